-- What an agent or a merchant earned and took out in a month, as both sides agreed on it.

create table statements (
    id {{id}},
    org_id {{i64}} not null references orgs (id),
    -- agent, merchant.
    org_type text not null,
    org_path text not null,
    -- Of the Shanghai calendar, 2026-03.
    month text not null,
    opening_fen {{i64}} not null,
    earned_fen {{i64}} not null,
    refunded_fen {{i64}} not null,
    withdrawn_fen {{i64}} not null,
    other_fen {{i64}} not null,
    closing_fen {{i64}} not null,
    orders {{i64}} not null,
    -- generated, confirmed.
    state text not null default 'generated',
    generated_by text not null,
    confirmed_by text,
    confirmed_at {{timestamp}},
    created_at {{timestamp}} not null,
    constraint statements_org_month_key unique (org_id, month),
    constraint statements_sum_check check
        (closing_fen = opening_fen + earned_fen - refunded_fen - withdrawn_fen + other_fen)
){{strict}};

create index statements_by_owner on statements (org_path, id);
