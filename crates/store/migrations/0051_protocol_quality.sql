-- How well devices keep to their protocols.

-- What was seen of each charge, and whether it kept the rules.
create table session_quality (
    order_no text not null,
    device_id {{i64}} not null,
    station_id {{i64}} not null default 0,
    protocol text not null,
    model text not null default '',
    firmware text not null default '',
    started_at {{timestamp}} not null,
    -- Null while it runs.
    ended_at {{timestamp}},
    -- The day of its end in Shanghai.
    day text,
    expected {{i64}} not null default 0,
    received {{i64}} not null default 0,
    last_report_at {{timestamp}},
    longest_gap_s {{i64}} not null default 0,
    bad_frames {{i64}} not null default 0,
    acked {{bool}} not null default {{false}},
    -- What ended it: domain::order::Trigger.
    ended_by text,
    reported_at {{timestamp}},
    -- The report named energy, time and reason.
    complete {{bool}} not null default {{true}},
    -- Null while it runs.
    compliant {{bool}},
    constraint session_quality_pkey primary key (order_no)
){{hot}};

create index session_quality_by_end on session_quality (ended_at) where ended_at is not null;
create index session_quality_by_device on session_quality (device_id, day);
create index session_quality_by_day on session_quality (day) where day is not null;
create index session_quality_running on session_quality (started_at) where ended_at is null;

-- What came from a device on a day. Device 0: bytes of nobody.
create table protocol_days (
    day text not null,
    device_id {{i64}} not null,
    firmware text not null,
    model text not null,
    protocol text not null,
    bytes_received {{i64}} not null,
    bytes_decoded {{i64}} not null,
    bytes_unknown {{i64}} not null,
    bytes_malformed {{i64}} not null,
    bytes_noise {{i64}} not null,
    frames {{i64}} not null,
    bad_frames {{i64}} not null,
    heartbeats_expected {{i64}} not null,
    heartbeats_received {{i64}} not null,
    reports_expected {{i64}} not null,
    reports_received {{i64}} not null,
    statuses {{i64}} not null,
    progresses {{i64}} not null,
    ends {{i64}} not null,
    exceptions {{i64}} not null,
    constraint protocol_days_pkey primary key (device_id, day, firmware)
){{hot}};

create index protocol_days_by_day on protocol_days (day);

-- Rules that were broken, with the last example.
create table protocol_violations (
    day text not null,
    device_id {{i64}} not null,
    firmware text not null,
    model text not null,
    -- domain::quality::Rule.
    rule text not null,
    count {{i64}} not null,
    last_at {{timestamp}} not null,
    last_port_no {{i32}},
    last_order_no text,
    -- The frame, as far as it was kept.
    last_raw_hex text,
    constraint protocol_violations_pkey primary key (device_id, day, firmware, rule)
){{hot}};

create index protocol_violations_by_day on protocol_violations (day);
