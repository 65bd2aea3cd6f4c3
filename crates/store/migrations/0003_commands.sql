-- What devices are asked to do.

create table commands (
    id {{id}},
    device_id {{i64}} not null references devices (id),
    phy_id text not null,
    port_no {{i32}},
    order_no text,
    -- Name of the command.
    cmd text not null,
    payload {{json}} not null,
    -- The frame as it was last written.
    wire_cmd {{i32}},
    payload_hex text,
    msg_id {{i64}},
    -- 1 stop … 5 background.
    priority {{i16}} not null,
    -- queued, sent, acked, nacked, dead, expired, cancelled.
    state text not null default 'queued',
    retries {{i16}} not null default 0,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    expire_at {{timestamp}},
    sent_at {{timestamp}},
    acked_at {{timestamp}},
    result {{json}},
    last_error text
){{hot}};

create index commands_open on commands (device_id, priority, id)
    where state in ('queued', 'sent');
create index commands_expiring on commands (expire_at) where state = 'queued';
create index commands_by_order on commands (order_no, id) where order_no is not null;

create table outbound_dead_letters (
    id {{id}},
    command_id {{i64}} not null,
    device_id {{i64}} not null,
    phy_id text not null,
    order_no text,
    cmd text not null,
    payload {{json}} not null,
    payload_hex text,
    priority {{i16}} not null,
    retries {{i16}} not null,
    last_error text,
    failed_at {{timestamp}} not null
){{strict}};

-- The last message id used towards a device.
create table msg_sequences (
    device_id {{i64}} not null,
    last {{i64}} not null,
    constraint msg_sequences_pkey primary key (device_id)
){{hot}};
