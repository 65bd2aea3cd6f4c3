-- Firmware that must not charge, and the devices that are out of service because of it.

create table firmware_blocks (
    id {{id}},
    device_model text not null,
    -- <2.0.0, >=1.2.0 <1.4.0
    version_range text not null,
    reason text not null,
    created_by text not null,
    -- Null where a key did it alone.
    confirmed_by text,
    created_at {{timestamp}} not null,
    lifted_by text,
    lifted_at {{timestamp}}
){{strict}};

create index firmware_blocks_active on firmware_blocks (id) where lifted_at is null;

create table firmware_block_devices (
    block_id {{i64}} not null references firmware_blocks (id),
    device_id {{i64}} not null references devices (id),
    phy_id text not null,
    -- Where it goes back to.
    status_before text not null,
    blocked_at {{timestamp}} not null,
    released_at {{timestamp}},
    constraint firmware_block_devices_pkey primary key (block_id, device_id)
){{strict}};

create index firmware_block_devices_held on firmware_block_devices (device_id)
    where released_at is null;
