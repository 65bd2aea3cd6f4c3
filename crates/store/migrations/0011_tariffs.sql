-- Prices by the time of the day (计费模型).

create table tariffs (
    id {{id}},
    name text not null,
    created_by text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{hot}};

create table tariff_versions (
    id {{id}},
    tariff_id {{i64}} not null references tariffs (id),
    version {{i32}} not null,
    -- draft, submitted, approved, rejected, retired.
    state text not null,
    effective_at {{timestamp}} not null,
    -- 1..=9999: by it a device and the platform tell whether they hold the same prices.
    model_no {{i32}} not null,
    -- By kind: electricity and service in 0.00001 yuan per kWh.
    rates {{json}} not null,
    -- The kind of each half hour.
    slots {{json}} not null,
    written_by text not null,
    written_at {{timestamp}} not null,
    reviewed_by text,
    reviewed_at {{timestamp}},
    review_note text,
    constraint tariff_versions_number_key unique (tariff_id, version)
){{hot}};

create index tariff_versions_valid on tariff_versions (tariff_id, effective_at)
    where state = 'approved';

-- Where a tariff applies: port before device before station.
create table tariff_bindings (
    id {{id}},
    tariff_id {{i64}} not null references tariffs (id),
    -- station, device, port.
    scope text not null,
    station_id {{i64}},
    device_id {{i64}} references devices (id),
    port_no {{i32}},
    bound_by text not null,
    bound_at {{timestamp}} not null
){{strict}};

create unique index tariff_bindings_one_per_station on tariff_bindings (station_id)
    where scope = 'station';
create unique index tariff_bindings_one_per_device on tariff_bindings (device_id)
    where scope = 'device';
create unique index tariff_bindings_one_per_port on tariff_bindings (device_id, port_no)
    where scope = 'port';

-- What became of prices on their way to devices.
create table tariff_push_log (
    id {{id}},
    device_id {{i64}} not null references devices (id),
    phy_id text not null,
    model_no {{i32}} not null,
    -- asked, same, pushed, accepted, refused, lapsed.
    result text not null,
    detail text,
    at {{timestamp}} not null
){{strict}};

create index tariff_push_log_by_device on tariff_push_log (device_id, id);
