-- Plans of e-bike charges (电动自行车) and rules of occupancy fees (占位费): both are lists of
-- versions that one person writes and another approves.

create table price_rules (
    id {{id}},
    -- ebike, occupancy.
    kind text not null,
    name text not null,
    created_by text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{hot}};

create index price_rules_by_kind on price_rules (kind, id) where deleted_at is null;

create table price_rule_versions (
    id {{id}},
    rule_id {{i64}} not null references price_rules (id),
    version {{i32}} not null,
    -- draft, submitted, approved, rejected, retired.
    state text not null,
    effective_at {{timestamp}} not null,
    -- The parameters; which ones is told by the kind.
    terms {{json}} not null,
    written_by text not null,
    written_at {{timestamp}} not null,
    reviewed_by text,
    reviewed_at {{timestamp}},
    review_note text,
    constraint price_rule_versions_number_key unique (rule_id, version)
){{hot}};

create index price_rule_versions_valid on price_rule_versions (rule_id, effective_at)
    where state = 'approved';

-- Where a rule applies: port before device before station, one of each kind.
create table price_rule_bindings (
    id {{id}},
    rule_id {{i64}} not null references price_rules (id),
    kind text not null,
    -- station, device, port.
    scope text not null,
    station_id {{i64}},
    device_id {{i64}} references devices (id),
    port_no {{i32}},
    bound_by text not null,
    bound_at {{timestamp}} not null
){{strict}};

create unique index price_rule_bindings_one_per_station
    on price_rule_bindings (kind, station_id) where scope = 'station';
create unique index price_rule_bindings_one_per_device
    on price_rule_bindings (kind, device_id) where scope = 'device';
create unique index price_rule_bindings_one_per_port
    on price_rule_bindings (kind, device_id, port_no) where scope = 'port';

-- Plugs that were left in after a charge. One per charge: the number follows from the order's.
create table occupancy_orders (
    occ_no text not null,
    order_no text not null references orders (order_no),
    device_id {{i64}} not null references devices (id),
    phy_id text not null,
    port_no {{i32}} not null,
    member_ref text,
    api_key_id {{i64}},
    -- The rule, as it was when the wait began.
    rule {{json}} not null,
    -- waiting, timing, to_pay, paid, waived.
    state text not null,
    started_at {{timestamp}} not null,
    ended_at {{timestamp}},
    free_seconds {{i64}} not null,
    charge_seconds {{i64}} not null,
    units {{i64}} not null,
    fee_fen {{i64}} not null,
    -- The clock: how long it has run, how much of that counts, since when it runs.
    ran_ms {{i64}} not null,
    counted_ms {{i64}} not null,
    running_since {{timestamp}},
    note text,
    updated_at {{timestamp}} not null,
    constraint occupancy_orders_pkey primary key (occ_no)
){{hot}};

create index occupancy_orders_open on occupancy_orders (device_id, port_no)
    where state in ('waiting', 'timing');
create index occupancy_orders_by_order on occupancy_orders (order_no);
create index occupancy_orders_by_time on occupancy_orders (started_at);

-- Time by power tier, where an e-bike plan bills by it.
alter table orders add column tier_meter {{json}};
