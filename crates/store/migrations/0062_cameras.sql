create table cameras (
    id {{id}},
    station_id {{i64}} not null references stations (id),
    device_id {{i64}} references devices (id),
    name text not null,
    vendor text,
    -- The number of a national video platform (GB/T 28181), where it has one.
    gb28181_id text,
    -- Where pictures, streams and their credentials are: never shown without their leaf.
    snapshot_url text,
    stream_url text,
    username text,
    password text,
    sign_key text,
    -- unknown, online, offline.
    state text not null default 'unknown',
    state_since {{timestamp}},
    checked_at {{timestamp}},
    snapshot_at {{timestamp}},
    problem text,
    created_by text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{strict}};

create index cameras_by_station on cameras (station_id, id) where deleted_at is null;
