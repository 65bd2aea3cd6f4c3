-- What a charge holds, has captured and has given back. Orders that a third party bills have no
-- row here.

alter table orders add column payer {{json}};
create index orders_by_member on orders (member_id, id) where member_id is not null;
create index orders_by_company on orders (company_id, id) where company_id is not null;

create table order_money (
    order_no text not null references orders (order_no),
    payer {{json}} not null,
    member_id {{i64}},
    company_id {{i64}},
    card_no text,
    station_id {{i64}},
    owner_org_id {{i64}},
    -- The agents above the owner, level 1 first.
    agents {{json}} not null default '[]',
    -- held, settled, closed.
    state text not null,
    -- How often it was settled; part of the journals' keys.
    round {{i32}} not null default 0,
    -- Held now.
    held_cash_fen {{i64}} not null,
    held_gift_fen {{i64}} not null,
    -- Of a company's credit, which no account holds.
    reserved_fen {{i64}} not null default 0,
    -- domain::settlement::Settled of the present round.
    settled {{json}},
    -- What the member chose: coupon, points.
    wishes {{json}} not null default '{}',
    refunded_fen {{i64}} not null default 0,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint order_money_pkey primary key (order_no)
){{hot}};

create index order_money_by_member on order_money (member_id) where state = 'held';
create index order_money_by_company on order_money (company_id) where state = 'held';

create table commission_rules (
    id {{id}},
    -- station, merchant, default.
    scope text not null,
    scope_id {{i64}},
    terms {{json}} not null,
    effective_at {{timestamp}} not null,
    created_by text not null,
    created_at {{timestamp}} not null,
    ended_at {{timestamp}}
){{strict}};

create index commission_rules_by_scope on commission_rules (scope, scope_id, effective_at);

create table commission_entries (
    id {{id}},
    order_no text not null,
    round {{i32}} not null,
    payee_org_id {{i64}} not null,
    -- merchant, agent, platform.
    payee_type text not null,
    -- elec, service, reserve, occupancy.
    fee_type text not null,
    level {{i16}},
    base_fen {{i64}} not null,
    rate_bp {{i32}} not null,
    amount_fen {{i64}} not null,
    -- pending, available, reversed.
    state text not null,
    mature_at {{timestamp}},
    created_at {{timestamp}} not null
){{hot}};

create index commission_entries_by_order on commission_entries (order_no);
create index commission_entries_by_payee on commission_entries (payee_org_id, id);
create index commission_entries_maturing on commission_entries (mature_at) where state = 'pending';
