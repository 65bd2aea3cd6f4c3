-- Who works here: accounts, their roles and sessions, what they did, and what waits for a second
-- person.

create table roles (
    id {{id}},
    org_id {{i64}} not null references orgs (id),
    org_path text not null,
    code text not null,
    name text not null,
    -- Both trees with their toggles, as the console edits them.
    permission_tree {{json}} not null,
    -- The leaves of that tree that are granted, so that a call need not read the tree.
    granted {{json}} not null,
    tree_version {{i32}} not null,
    -- Areas and stations that it is limited to; empty: all of the organisation.
    data_scope {{json}} not null default '{}',
    remark text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    constraint roles_org_id_code_key unique (org_id, code)
){{strict}};

create index roles_by_org on roles (org_path);

create table admin_users (
    id {{id}},
    username text not null,
    -- argon2 in PHC form.
    password_hash text not null,
    real_name text,
    phone text,
    org_id {{i64}} not null references orgs (id),
    org_path text not null,
    -- Ids of roles.
    role_ids {{json}} not null default '[]',
    -- The built-in super administrator has every permission without a role.
    is_super {{bool}} not null default {{false}},
    -- 1 works, 0 disabled.
    state {{i16}} not null default 1,
    -- Secret of the second factor, base32.
    totp_secret text,
    -- The last period of the second factor that was used: a code works once.
    totp_step {{i64}},
    must_change_password {{bool}} not null default {{false}},
    last_login_at {{timestamp}},
    last_login_ip text,
    created_at {{timestamp}} not null,
    updated_at {{timestamp}} not null,
    deleted_at {{timestamp}},
    constraint admin_users_username_key unique (username)
){{strict}};

create index admin_users_by_org on admin_users (org_path);

create table admin_sessions (
    id {{id}},
    admin_id {{i64}} not null references admin_users (id),
    -- SHA-256 of the tokens; the tokens themselves are nowhere.
    token_hash text not null,
    refresh_hash text not null,
    ip text,
    user_agent text,
    created_at {{timestamp}} not null,
    expires_at {{timestamp}} not null,
    refresh_until {{timestamp}} not null,
    ended_at {{timestamp}},
    -- logout, kicked, password, disabled, refreshed.
    ended_by text,
    constraint admin_sessions_token_hash_key unique (token_hash),
    constraint admin_sessions_refresh_hash_key unique (refresh_hash)
){{hot}};

create index admin_sessions_by_admin on admin_sessions (admin_id, id);

-- Failed logins, by name and by address: "name:alice", "ip:203.0.113.7".
create table login_attempts (
    subject text primary key,
    failures {{i32}} not null,
    locks {{i32}} not null,
    locked_until {{timestamp}},
    last_at {{timestamp}} not null
){{hot}};

create table audit_logs (
    id {{id}},
    at {{timestamp}} not null,
    admin_id {{i64}},
    -- A user name, "api:7" for a key, "system".
    actor text not null,
    org_id {{i64}},
    org_path text not null,
    ip text,
    action text not null,
    object text,
    before {{json}},
    after {{json}}
){{strict}};

create index audit_logs_by_org on audit_logs (org_path, id);
create index audit_logs_by_admin on audit_logs (admin_id, id);
create index audit_logs_by_time on audit_logs (at);

-- What one person proposed and another must confirm.
create table pending_operations (
    id {{id}},
    kind text not null,
    payload {{json}} not null,
    summary text not null,
    -- pending, approved, rejected, expired.
    state text not null default 'pending',
    requested_by {{i64}},
    requested_name text not null,
    org_path text not null,
    requested_at {{timestamp}} not null,
    expires_at {{timestamp}} not null,
    decided_by {{i64}},
    decided_name text,
    decided_at {{timestamp}},
    reason text,
    -- What carrying it out gave.
    result {{json}}
){{strict}};

create index pending_operations_by_org on pending_operations (org_path, id);
create index pending_operations_open on pending_operations (expires_at) where state = 'pending';

-- Cards are narrowed by their owner too.
create index cards_by_owner on cards (org_path) where org_path is not null;
