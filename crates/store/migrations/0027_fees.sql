-- Fees beside the charge that somebody here pays: plugs that are left in, reservations.

create table fees (
    -- OC..., RS...
    fee_no text not null,
    -- occupancy, reserve.
    kind text not null,
    -- domain::payer::Payer.
    payer {{json}} not null,
    member_id {{i64}},
    company_id {{i64}},
    card_no text,
    station_id {{i64}},
    owner_org_id {{i64}},
    -- Organisations above the owner, level 1 first.
    agents {{json}} not null,
    -- held, charged, released.
    state text not null,
    round {{i32}} not null,
    -- Held before it is due.
    held_fen {{i64}} not null default 0,
    -- Paid at once, and owed then.
    paid_fen {{i64}} not null default 0,
    owed_fen {{i64}} not null default 0,
    -- Given back since.
    returned_fen {{i64}} not null default 0,
    -- Who earned it, and what they have given back.
    shares {{json}} not null default '[]',
    returned {{json}} not null default '[]',
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint fees_pkey primary key (fee_no)
){{hot}};

create index fees_by_member on fees (member_id, fee_no) where member_id is not null;
create index fees_by_card on fees (card_no, fee_no) where card_no is not null;
create index fees_held on fees (member_id) where state = 'held';
