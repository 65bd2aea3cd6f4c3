-- Who may call, and what was called.

create table api_keys (
    id {{id}},
    key text not null,
    name text,
    secret text,
    org_id {{i64}},
    require_hmac {{bool}} not null default {{false}},
    -- Lists; empty means everything.
    ip_allow {{json}} not null default '[]',
    device_allow {{json}} not null default '[]',
    scopes {{json}} not null default '[]',
    -- Limits that differ from the configured ones.
    rate {{json}},
    webhook_url text,
    webhook_secret text,
    service_fee_mode text,
    port_conflict_policy text,
    settle_via_platform {{bool}} not null default {{false}},
    -- active, disabled.
    state text not null default 'active',
    -- config, operator: what the configuration brought, it may take away again.
    origin text not null,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}},
    constraint api_keys_key_key unique (key)
){{strict}};

create table api_nonces (
    api_key_id {{i64}} not null,
    nonce text not null,
    until {{timestamp}} not null,
    constraint api_nonces_pkey primary key (api_key_id, nonce)
){{strict}};

create index api_nonces_by_age on api_nonces (until);

create table idempotency_keys (
    -- Who calls and what: a key means something only there.
    scope text not null,
    key text not null,
    request_hash text not null,
    http_status {{i16}},
    response {{document}},
    created_at {{timestamp}} not null,
    until {{timestamp}} not null,
    constraint idempotency_keys_pkey primary key (scope, key)
){{strict}};

create index idempotency_keys_by_age on idempotency_keys (until);

create table sys_config (
    key text not null,
    value {{json}} not null,
    updated_by text not null,
    updated_at {{timestamp}} not null,
    constraint sys_config_pkey primary key (key)
){{strict}};
