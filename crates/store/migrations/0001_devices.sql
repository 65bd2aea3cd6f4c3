-- Devices and their ports. Names of tables and columns are read by scripts of operators.

create table devices (
    id {{id}},
    -- Null until an operator's entry, made with an address only, has met its device.
    phy_id text,
    gateway_id text,
    protocol text,
    dialect text,
    device_model text,
    firmware_version text,
    status text not null default 'registered',
    name text,
    iccid text,
    imei text,
    rssi {{i16}},
    temp {{i16}},
    ip text,
    last_seen_at {{timestamp}},
    online_since {{timestamp}},
    station_id {{i64}},
    owner_org_id {{i64}},
    rated_power_w {{i64}},
    max_power_pct {{i16}},
    port_count {{i16}},
    heartbeat_interval_s {{i32}},
    -- Null: as the protocol's profile says.
    offline_after_s {{i32}},
    tariff_id {{i64}},
    tariff_model_no text,
    tariff_synced {{bool}} not null default {{false}},
    install_date text,
    remark text,
    profile {{json}} not null default '{}',
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}},
    constraint devices_phy_id_key unique (phy_id)
){{hot}};

create index devices_waiting_for_contact on devices (ip) where phy_id is null;

create table ports (
    device_id {{i64}} not null references devices (id),
    port_no {{i32}} not null,
    -- 0 idle, 1 charging, 2 fault.
    status {{i16}} not null default 0,
    state text not null default 'unknown',
    raw_status {{i64}},
    fault_code {{i64}} not null default 0,
    power_w {{real}},
    voltage {{real}},
    current {{real}},
    temp {{i16}},
    soc {{i16}},
    plugged {{bool}},
    current_order_no text,
    connector_id text,
    connector_type {{i16}},
    kind text,
    rated_power_w {{i64}},
    rated_current_a {{real}},
    volt_min {{real}},
    volt_max {{real}},
    park_no text,
    park_status {{i16}},
    lock_status {{i16}},
    national_standard {{i16}},
    price_plan_id {{i64}},
    qr_code text,
    name text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}},
    constraint ports_pkey primary key (device_id, port_no)
){{hot}};

-- Port state as one number, for scripts written against the platform of seven years ago:
-- 0x81 charging, 0x09 online and idle, 0x01 fault, 0x00 offline.
create view ports_bkv as
select
    p.device_id,
    p.port_no,
    case
        when d.last_seen_at is null or not ({{seen_lately}}) then 0
        when p.status = 1 then 129
        when p.status = 2 then 1
        else 9
    end as status
from ports p
join devices d on d.id = p.device_id;

-- The socket boxes behind a gateway.
create table gateway_sockets (
    gateway_id {{i64}} not null references devices (id),
    socket_no {{i16}} not null,
    socket_mac text,
    socket_uid text,
    channel {{i16}},
    -- 0 offline, 1 online, 2 fault.
    status {{i16}} not null default 0,
    signal {{i16}},
    temp {{i16}},
    firmware text,
    last_seen_at {{timestamp}},
    updated_at {{timestamp}} not null,
    constraint gateway_sockets_pkey primary key (gateway_id, socket_no)
){{hot}};

-- Parameters as set by the platform or reported by the device. Socket 0 is the device itself.
create table device_params (
    device_id {{i64}} not null references devices (id),
    socket_no {{i16}} not null default 0,
    param_id text not null,
    value {{i64}} not null,
    -- 0 pending, 1 confirmed, 2 failed.
    state {{i16}} not null,
    msg_id {{i64}},
    confirmed_at {{timestamp}},
    updated_at {{timestamp}} not null,
    constraint device_params_pkey primary key (device_id, socket_no, param_id)
){{strict}};

-- Who changed the state of what, when and why: orders, devices, ports.
create table status_history (
    id {{id}},
    object_type text not null,
    object_id text not null,
    from_state text,
    to_state text not null,
    cause text not null,
    actor text not null,
    reason text,
    at {{timestamp}} not null
){{strict}};

create index status_history_by_object on status_history (object_type, object_id, id);
