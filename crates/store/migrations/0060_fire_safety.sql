-- Power that was cut off for fire safety, with the readings that led to it, and the thresholds of
-- stations that have their own.

create table fire_cut_offs (
    id {{id}},
    device_id {{i64}} not null references devices (id),
    phy_id text not null,
    -- None: all ports of the device.
    port_no {{i32}},
    station_id {{i64}},
    order_no text,
    -- temp_high, temp_rise, after_full, plateau, over_power, night_power, night_time, smoke, leakage.
    rule text not null,
    -- What was seen and what it was compared with, in the rule's own unit.
    value {{i64}} not null,
    threshold {{i64}} not null,
    limits {{json}} not null,
    samples {{json}} not null,
    at {{timestamp}} not null,
    -- cutting, failed (power flows a minute later), off.
    state text not null,
    off_at {{timestamp}},
    -- none, locked, released.
    lock_state text not null,
    released_by text,
    released_at {{timestamp}},
    note text
){{strict}};

create index fire_cut_offs_by_device on fire_cut_offs (device_id, id);
create index fire_cut_offs_by_order on fire_cut_offs (order_no) where order_no is not null;
create index fire_cut_offs_locked on fire_cut_offs (lock_state, id) where lock_state = 'locked';
create index fire_cut_offs_flowing on fire_cut_offs (state, id) where state in ('cutting', 'failed');

create table station_fire_limits (
    station_id {{i64}} not null,
    limits {{json}} not null,
    updated_by text not null,
    updated_at {{timestamp}} not null,
    constraint station_fire_limits_pkey primary key (station_id)
){{strict}};
