-- What devices said, kept as evidence, and what needs somebody's eye.

create table comm_logs (
    id {{id}},
    at {{timestamp}} not null,
    ip text not null,
    protocol text,
    phy_id text,
    -- up, down.
    direction text not null,
    -- register, heartbeat, start, record, status, noise, …
    type text not null,
    cmd text,
    msg_id {{i64}},
    raw_hex text not null,
    parsed {{json}},
    result text
){{strict}};

create index comm_logs_by_age on comm_logs (at);
create index comm_logs_by_device on comm_logs (phy_id, id) where phy_id is not null;
create index comm_logs_by_type on comm_logs (type, id);
create index comm_logs_of_strangers on comm_logs (ip, id) where phy_id is null;

-- Every end report as it came, also those that changed nothing.
create table device_records (
    id {{id}},
    device_id {{i64}} not null references devices (id),
    phy_id text not null,
    port_no {{i32}} not null,
    -- Equal for two reports exactly if they speak of the same charge.
    natural_key text not null,
    order_no text,
    -- matched, duplicate, late, orphan, conflict.
    kind text not null,
    report {{json}} not null,
    raw_hex text not null,
    device_time {{timestamp}},
    at {{timestamp}} not null
){{strict}};

create index device_records_by_charge on device_records (device_id, natural_key, id);
create index device_records_by_order on device_records (order_no, id) where order_no is not null;

create table alarms (
    id {{id}},
    code text not null,
    -- C critical, W warning, I information.
    level text not null,
    object_type text not null,
    object_id text not null,
    station_id {{i64}},
    device_id {{i64}},
    port_no {{i32}},
    order_no text,
    message text not null,
    details {{json}} not null default '{}',
    first_at {{timestamp}} not null,
    last_at {{timestamp}} not null,
    count {{i32}} not null default 1,
    -- open, acked, processing, auto_recovered, resolved, closed.
    state text not null default 'open',
    handler text,
    note text,
    recovered_at {{timestamp}}
){{hot}};

-- A repeat of an alarm that is not over counts it up.
create unique index alarms_one_open_per_object on alarms (code, object_type, object_id)
    where state in ('open', 'acked', 'processing');
create index alarms_by_state on alarms (state, id);
create index alarms_by_device on alarms (device_id, id) where device_id is not null;
