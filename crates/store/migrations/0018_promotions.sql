-- What makes charging cheaper, and what people say about it.

create table activities (
    id {{id}},
    name text not null,
    -- domain::promotion::PriceCut.
    cut {{json}} not null,
    -- platform, merchant.
    funded_by text not null,
    -- Ids; null: at all.
    stations {{json}},
    valid_from {{timestamp}} not null,
    valid_until {{timestamp}} not null,
    priority {{i32}} not null default 0,
    -- Who made it; what an account sees begins with its own path.
    org_path text not null,
    created_by text not null,
    created_at {{timestamp}} not null,
    -- Ended before its time.
    ended_at {{timestamp}}
){{strict}};

create index activities_by_end on activities (valid_until);

-- Templates. One is never changed, only ended: who was granted a coupon keeps what it says.
create table coupons (
    id {{id}},
    name text not null,
    -- domain::promotion::CouponKind.
    kind {{json}} not null,
    threshold_fen {{i64}} not null default 0,
    -- service_first, proportional.
    alloc text not null default 'service_first',
    funded_by text not null,
    -- domain::promotion::CouponLimits.
    limits {{json}} not null,
    -- domain::promotion::ValidRule.
    valid {{json}} not null,
    -- How many are left; null: as many as are wanted.
    stock {{i32}},
    per_user {{i32}},
    -- Members may take it themselves.
    claimable {{bool}} not null,
    -- Nobody takes one from then on, because it would be over.
    claim_until {{timestamp}} not null,
    granted {{i64}} not null default 0,
    used {{i64}} not null default 0,
    org_path text not null,
    created_by text not null,
    created_at {{timestamp}} not null,
    ended_at {{timestamp}}
){{hot}};

create table coupon_grants (
    id {{id}},
    coupon_id {{i64}} not null references coupons (id),
    member_id {{i64}} not null references members (id),
    -- unused, locked, used, expired.
    state text not null default 'unused',
    -- The order that holds or used it.
    order_no text,
    valid_from {{timestamp}} not null,
    valid_until {{timestamp}} not null,
    -- claim, or who of the staff granted it.
    granted_by text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null
){{hot}};

create index coupon_grants_by_member on coupon_grants (member_id, coupon_id);
create index coupon_grants_by_coupon on coupon_grants (coupon_id, id);
create index coupon_grants_ending on coupon_grants (valid_until) where state = 'unused';

-- Movements of points. One that adds is a lot: what is left of it is spent first come, first
-- gone. The lots of a member together are his balance, or nothing where that is below zero.
create table points_log (
    id {{id}},
    member_id {{i64}} not null references members (id),
    change {{i64}} not null,
    balance {{i64}} not null,
    -- order, checkin, spend, returned, reversed, expired, staff.
    reason text not null,
    biz_no text not null,
    -- The occasion: the same occasion again changes nothing.
    occasion text not null,
    -- Of a lot: how many are not yet spent.
    left_over {{i64}} not null default 0,
    -- Of a lot: its last day, 2027-12-31.
    expires_on text,
    -- Of what was spent: [lot, points] pairs.
    taken {{json}} not null default '[]',
    created_at {{timestamp}} not null,
    constraint points_log_member_id_occasion_key unique (member_id, occasion)
){{hot}};

create index points_log_by_member on points_log (member_id, id);
create index points_log_lots on points_log (expires_on) where left_over > 0;

create table checkins (
    member_id {{i64}} not null references members (id),
    -- Shanghai date, 2026-03-01.
    day text not null,
    streak {{i16}} not null,
    points {{i64}} not null,
    created_at {{timestamp}} not null,
    constraint checkins_pkey primary key (member_id, day)
){{strict}};

create table reviews (
    id {{id}},
    order_no text not null,
    member_id {{i64}} not null references members (id),
    station_id {{i64}},
    device_id {{i64}} not null,
    org_path text not null,
    stars {{i16}} not null,
    tags {{json}} not null,
    text text not null,
    images {{json}} not null,
    -- shown, hidden.
    state text not null default 'shown',
    reply text,
    replied_by text,
    replied_at {{timestamp}},
    created_at {{timestamp}} not null,
    constraint reviews_order_no_key unique (order_no)
){{hot}};

create index reviews_by_station on reviews (station_id, id) where station_id is not null;
create index reviews_by_owner on reviews (org_path, id);
create index reviews_by_member on reviews (member_id, id);

create table fault_reports (
    id {{id}},
    member_id {{i64}} not null references members (id),
    device_id {{i64}} not null,
    phy_id text not null,
    port_no {{i32}},
    station_id {{i64}},
    org_path text not null,
    -- cannot_start, cannot_stop, plug, screen, damage, danger, other.
    kind text not null,
    text text not null,
    images {{json}} not null,
    -- critical, major, minor.
    level text not null,
    -- new, assigned, doing, done, verified, reopened.
    state text not null default 'new',
    assignee text,
    due_at {{timestamp}} not null,
    reply text,
    replied_by text,
    replied_at {{timestamp}},
    -- Who did what when.
    log {{json}} not null default '[]',
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null
){{hot}};

create index fault_reports_by_owner on fault_reports (org_path, id);
create index fault_reports_by_member on fault_reports (member_id, id);

create table complaints (
    id {{id}},
    member_id {{i64}} not null references members (id),
    order_no text not null,
    station_id {{i64}},
    org_path text not null,
    -- billing, device, service, other.
    kind text not null,
    text text not null,
    images {{json}} not null,
    -- new, handling, replied, closed.
    state text not null default 'new',
    handler text,
    reply text,
    replied_at {{timestamp}},
    -- Who did what when.
    log {{json}} not null default '[]',
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null
){{hot}};

create index complaints_by_owner on complaints (org_path, id);
create index complaints_by_member on complaints (member_id, id);
create index complaints_by_order on complaints (order_no);

create index order_money_billed on order_money (member_id) where state = 'settled';
