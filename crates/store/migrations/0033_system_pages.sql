-- What operators keep for the whole system: dictionaries, notices, the history of settings.

create table dict_types (
    code text not null,
    name text not null,
    remark text,
    updated_by text not null,
    updated_at {{timestamp}} not null,
    constraint dict_types_pkey primary key (code)
){{strict}};

create table dict_entries (
    id {{id}},
    type_code text not null references dict_types (code),
    value text not null,
    label text not null,
    sort {{i32}} not null default 0,
    enabled {{bool}} not null default {{true}},
    remark text,
    updated_by text not null,
    updated_at {{timestamp}} not null,
    constraint dict_entries_value_key unique (type_code, value)
){{strict}};

create table notices (
    id {{id}},
    title text not null,
    body text not null,
    -- staff, members, everybody.
    audience text not null,
    -- Shown from here until there; no end: until it is taken away.
    publish_at {{timestamp}} not null,
    end_at {{timestamp}},
    -- Pinned notices come first.
    pinned {{bool}} not null default {{false}},
    created_by text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}}
){{strict}};

create index notices_by_time on notices (publish_at) where deleted_at is null;

create table sys_config_history (
    id {{id}},
    key text not null,
    before {{json}},
    after {{json}},
    changed_by text not null,
    changed_at {{timestamp}} not null
){{strict}};

create index sys_config_history_by_setting on sys_config_history (key, id);

-- Switches of payment channels; one without a row is on.
create table payment_channels (
    channel text not null,
    enabled {{bool}} not null,
    updated_by text not null,
    updated_at {{timestamp}} not null,
    constraint payment_channels_pkey primary key (channel)
){{strict}};
