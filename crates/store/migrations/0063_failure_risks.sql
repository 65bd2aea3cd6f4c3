-- How likely ports and devices are to fail, made anew every night from their own history, and the
-- temperatures of each day, which nothing else keeps by port.

create table failure_risks (
    device_id {{i64}} not null references devices (id),
    -- 0: the device as a whole.
    port_no {{i32}} not null,
    -- 0 to 100.
    score {{i16}} not null,
    -- low, medium, high.
    level text not null,
    -- What was compared: numbers of then and now.
    reasons {{json}} not null,
    made_at {{timestamp}} not null,
    constraint failure_risks_pkey primary key (device_id, port_no)
){{strict}};

create index failure_risks_by_score on failure_risks (score, device_id);

create table port_heat (
    device_id {{i64}} not null,
    port_no {{i32}} not null,
    -- The day's beginning in Shanghai.
    day_at {{timestamp}} not null,
    readings {{i64}} not null,
    sum_c {{i64}} not null,
    most_c {{i64}} not null,
    constraint port_heat_pkey primary key (device_id, port_no, day_at)
){{strict}};

create index port_heat_by_day on port_heat (day_at);
