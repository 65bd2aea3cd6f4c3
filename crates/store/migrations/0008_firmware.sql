-- Firmware and how it gets to devices.

create table firmware (
    id {{id}},
    -- Name of the protocol whose devices take it.
    family text not null,
    -- Null: every model of the family.
    device_model text,
    version text not null,
    -- main, socket, radio.
    target text not null,
    file_name text not null,
    -- The image, pushed in pieces; or where devices fetch it.
    size_bytes {{i64}},
    sha256 text,
    ftp {{json}},
    notes text,
    uploaded_by text not null,
    created_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{strict}};

-- Apart from the list, which is read often.
create table firmware_images (
    firmware_id {{i64}} not null references firmware (id),
    image {{bytes}} not null,
    constraint firmware_images_pkey primary key (firmware_id)
){{strict}};

create table firmware_campaigns (
    id {{id}},
    name text not null,
    firmware_id {{i64}} not null references firmware (id),
    -- draft, running, paused, done, aborted.
    state text not null,
    -- Devices of the first wave, and of each that follows.
    first_wave {{i32}} not null,
    wave {{i32}} not null,
    -- Percent of the finished devices that may fail before it pauses by itself.
    failures_max_pct {{i16}} not null,
    pause_reason text,
    created_by text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    ended_at {{timestamp}}
){{hot}};

create index firmware_campaigns_running on firmware_campaigns (id) where state = 'running';

create table firmware_campaign_devices (
    campaign_id {{i64}} not null references firmware_campaigns (id),
    device_id {{i64}} not null references devices (id),
    phy_id text not null,
    wave {{i32}} not null,
    -- waiting, updating, verifying, succeeded, failed, skipped.
    state text not null,
    from_version text,
    to_version text,
    command_id {{i64}},
    error text,
    since {{timestamp}} not null,
    constraint firmware_campaign_devices_pkey primary key (campaign_id, device_id)
){{hot}};

create index firmware_campaign_devices_open on firmware_campaign_devices (campaign_id, wave)
    where state in ('waiting', 'updating', 'verifying');
