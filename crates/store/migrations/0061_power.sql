-- What stations may draw, what they drew, and how it is shared among their devices.

create table station_power (
    station_id {{i64}} not null,
    -- Supply capacity in W, and what of it is kept for other uses.
    capacity_w {{i64}} not null,
    reserve_w {{i64}} not null default 0,
    -- Whether the load is balanced over its devices, and starts refused without room.
    balancing {{bool}} not null default {{false}},
    -- What a charge that begins needs at least, W.
    start_w {{i64}} not null,
    updated_by text not null,
    updated_at {{timestamp}} not null,
    constraint station_power_pkey primary key (station_id)
){{strict}};

-- How a device takes part: missing rows are 1 and 30 %.
create table device_power (
    device_id {{i64}} not null references devices (id),
    -- 1 to 9: a larger share of what is left.
    weight {{i16}} not null,
    -- Never limited below this share of its rating.
    least_pct {{i16}} not null,
    updated_by text not null,
    updated_at {{timestamp}} not null,
    constraint device_power_pkey primary key (device_id)
){{strict}};

-- The limit that a device was given last.
create table power_limits (
    device_id {{i64}} not null references devices (id),
    station_id {{i64}} not null,
    percent {{i16}} not null,
    command_id {{i64}} not null,
    sent_at {{timestamp}} not null,
    -- sent, taken, refused, unanswered.
    state text not null,
    answered_at {{timestamp}},
    constraint power_limits_pkey primary key (device_id)
){{strict}};

create index power_limits_by_station on power_limits (station_id);

-- Ten minutes of means, one number a minute in W; -1 where nothing was measured.
create table power_curves (
    -- s station, d device.
    kind text not null,
    object_id {{i64}} not null,
    from_at {{timestamp}} not null,
    means {{json}} not null,
    most_w {{i64}} not null,
    constraint power_curves_pkey primary key (kind, object_id, from_at)
){{strict}};

create index power_curves_by_age on power_curves (from_at);
