-- Members whom companies would like to pay for: nobody is taken in without a word of their own.
create table company_invitations (
    id {{id}},
    company_id {{i64}} not null references orgs (id),
    member_id {{i64}} not null references members (id),
    -- What the company calls them.
    name text,
    -- pending, accepted, declined.
    state text not null,
    created_by text not null,
    created_at {{timestamp}} not null,
    answered_at {{timestamp}}
){{hot}};

create unique index company_invitations_one_open on company_invitations (company_id, member_id)
    where state = 'pending';
create index company_invitations_by_member on company_invitations (member_id, id);
