-- Certification of a model with its firmware: what was tried on which device, and what came of it.

create table certifications (
    id {{id}},
    device_id {{i64}} not null references devices (id),
    phy_id text not null,
    protocol text,
    device_model text,
    firmware_version text,
    plan {{json}} not null,
    -- running, done, cancelled.
    state text not null,
    passed {{bool}},
    score {{i16}},
    note text,
    created_by text not null,
    created_at {{timestamp}} not null,
    ended_at {{timestamp}}
){{hot}};

-- A device is tried by one certification at a time.
create unique index certifications_one_per_device on certifications (device_id)
    where state = 'running';

create table certification_checks (
    certification_id {{i64}} not null references certifications (id),
    position {{i16}} not null,
    code text not null,
    -- pending, running, waiting, passed, failed.
    state text not null,
    -- What somebody at the device is asked to do.
    wanted text,
    reason text,
    figures {{json}} not null default '{}',
    memory {{json}},
    started_at {{timestamp}},
    ended_at {{timestamp}},
    constraint certification_checks_pkey primary key (certification_id, position)
){{hot}};

-- Which firmware of which model may be called certified.
create table certified_models (
    device_model text not null,
    firmware_version text not null,
    certified {{bool}} not null,
    certification_id {{i64}} not null references certifications (id),
    changed_by text not null,
    changed_at {{timestamp}} not null,
    constraint certified_models_pkey primary key (device_model, firmware_version)
){{strict}};
