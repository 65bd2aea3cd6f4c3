-- Who may look at the big screen and at nothing else. Tokens are stored as hashes only.

create table screen_tokens (
    id {{id}},
    name text not null,
    -- SHA-256 of the token; the token itself is nowhere.
    token_hash text not null,
    -- Whose rows it shows, of which area; null: of all of them.
    org_id {{i64}} not null references orgs (id),
    org_path text not null,
    area_code text,
    created_by text not null,
    created_at {{timestamp}} not null,
    -- Null: until somebody revokes it.
    expires_at {{timestamp}},
    revoked_by text,
    revoked_at {{timestamp}},
    last_used_at {{timestamp}},
    constraint screen_tokens_token_hash_key unique (token_hash)
){{strict}};

create index screen_tokens_by_org on screen_tokens (org_path, id);
