//! `api_keys`: who may call, under which rules.

use crate::db::{Batch, Kind, Scalar, ToCell, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::{ApiKeyId, Timestamp};
use serde_json::Value;

row! {
    /// A row of `api_keys`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ApiKey {
        /// Row id.
        pub id: ApiKeyId,
        /// What the caller sends.
        pub key: String,
        /// Name for people.
        pub name: Option<String>,
        /// Secret of request signatures.
        pub secret: Option<String>,
        /// Whether every request must be signed.
        pub require_hmac: bool,
        /// Networks that it may call from, as a JSON list; empty: from anywhere.
        pub ip_allow: Value,
        /// Devices that it may use, as a JSON list of ids; empty: all.
        pub device_allow: Value,
        /// What it may do, as a JSON list; empty: everything that keys may do.
        pub scopes: Value,
        /// Rate limits that differ from the configured ones.
        pub rate: Option<Value>,
        /// Where its events go.
        pub webhook_url: Option<String>,
        /// Secret of its events' signatures.
        pub webhook_secret: Option<String>,
        /// What its service fee does to the bill.
        pub service_fee_mode: Option<String>,
        /// What a start on a busy port does.
        pub port_conflict_policy: Option<String>,
        /// Whether its orders are settled through a partner account.
        pub settle_via_platform: bool,
        /// `active` or `disabled`.
        pub state: String,
        /// `config` or `operator`.
        pub origin: String,
    }
}

/// A key that the configuration names.
#[derive(Clone, Debug, Default)]
pub struct ConfiguredKey {
    /// What the caller sends.
    pub key: String,
    /// Name for people.
    pub name: Option<String>,
    /// Secret of request signatures.
    pub secret: Option<String>,
    /// Whether every request must be signed.
    pub require_hmac: bool,
    /// Whether its orders are settled through a partner account.
    pub settle_via_platform: bool,
    /// Where its events go.
    pub webhook_url: Option<String>,
    /// Secret of its events' signatures.
    pub webhook_secret: Option<String>,
    /// Rate limits that differ from the configured ones.
    pub rate: Option<Value>,
    /// What its service fee does to the bill.
    pub service_fee_mode: Option<String>,
    /// What a start on a busy port does.
    pub port_conflict_policy: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, key, name, secret, require_hmac, ip_allow, device_allow, scopes, rate, ",
            "webhook_url, webhook_secret, service_fee_mode, port_conflict_policy, ",
            "settle_via_platform, state, origin from api_keys where deleted_at is null ",
            $rest
        )
    };
}

/// Makes the table agree with the configuration: its keys exist and are active, keys that it
/// named earlier and no longer names are disabled. Keys of operators keep what they have but
/// become the configuration's when it names them. Belongs in a transaction.
pub async fn sync_configured(
    mut conn: Conn<'_>,
    keys: &[ConfiguredKey],
    now: Timestamp,
) -> Result<()> {
    static UPSERT: Batch<11> = Batch::new(
        "insert into api_keys (key, name, secret, require_hmac, settle_via_platform, webhook_url, \
         webhook_secret, rate, service_fee_mode, port_conflict_policy, state, origin, created_at, updated_at) \
         select v.key, v.name, v.secret, v.require_hmac, v.settle_via_platform, v.webhook_url, \
         v.webhook_secret, v.rate, \
         v.service_fee_mode, v.port_conflict_policy, 'active', 'config', v.at, v.at \
         from {rows} where true \
         on conflict (key) do update set name = excluded.name, secret = excluded.secret, \
         require_hmac = excluded.require_hmac, \
         settle_via_platform = excluded.settle_via_platform, webhook_url = excluded.webhook_url, \
         webhook_secret = excluded.webhook_secret, rate = excluded.rate, \
         service_fee_mode = excluded.service_fee_mode, \
         port_conflict_policy = excluded.port_conflict_policy, state = 'active', \
         origin = 'config', updated_at = excluded.updated_at",
        [
            ("key", Kind::Text),
            ("name", Kind::Text),
            ("secret", Kind::Text),
            ("require_hmac", Kind::Bool),
            ("settle_via_platform", Kind::Bool),
            ("webhook_url", Kind::Text),
            ("webhook_secret", Kind::Text),
            ("rate", Kind::Json),
            ("service_fee_mode", Kind::Text),
            ("port_conflict_policy", Kind::Text),
            ("at", Kind::Time),
        ],
    );
    conn.again()
        .execute(
            "update api_keys set state = 'disabled', updated_at = $1 where origin = 'config'",
            args![now],
        )
        .await?;
    let rows: Vec<_> = keys
        .iter()
        .map(|key| {
            [
                key.key.cell(),
                key.name.cell(),
                key.secret.cell(),
                key.require_hmac.cell(),
                key.settle_via_platform.cell(),
                key.webhook_url.cell(),
                key.webhook_secret.cell(),
                key.rate.cell(),
                key.service_fee_mode.cell(),
                key.port_conflict_policy.cell(),
                now.cell(),
            ]
        })
        .collect();
    UPSERT.execute(conn, &rows).await?;
    Ok(())
}

/// The key that a caller sent, whatever its state.
pub async fn find_by_key(conn: Conn<'_>, key: &str) -> Result<Option<ApiKey>> {
    conn.optional(select!("and key = $1"), args![key]).await
}

/// The key of that row.
pub async fn find(conn: Conn<'_>, id: ApiKeyId) -> Result<Option<ApiKey>> {
    conn.optional(select!("and id = $1"), args![id]).await
}

/// All keys, oldest first.
pub async fn list(conn: Conn<'_>) -> Result<Vec<ApiKey>> {
    conn.all(select!("order by id"), &[]).await
}

/// Says which devices a key may use, which networks it may call from and what it may do; JSON
/// lists, empty for no limit. False when there is no such key.
pub async fn restrict(
    conn: Conn<'_>,
    id: ApiKeyId,
    device_allow: &Value,
    ip_allow: &Value,
    scopes: &Value,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update api_keys set device_allow = $2, ip_allow = $3, scopes = $4, updated_at = $5 \
             where id = $1",
            args![id, device_allow, ip_allow, scopes, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Remembers a nonce until `until`. False when the same key used it before and it has not been
/// forgotten yet: the request is a replay.
pub async fn use_nonce(
    conn: Conn<'_>,
    key: ApiKeyId,
    nonce: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "insert into api_nonces (api_key_id, nonce, until) values ($1, $2, $3) \
             on conflict (api_key_id, nonce) do update set until = excluded.until \
             where api_nonces.until <= $4",
            args![key, nonce, until, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Forgets nonces whose time is over. Returns how many.
pub async fn purge_nonces(conn: Conn<'_>, now: Timestamp) -> Result<u64> {
    conn.execute("delete from api_nonces where until <= $1", args![now])
        .await
}

/// How many nonces are remembered.
pub async fn count_nonces(conn: Conn<'_>) -> Result<i64> {
    let Scalar(count) = conn
        .one("select count(*) as value from api_nonces", &[])
        .await?;
    Ok(count)
}

/// What an operator says about a key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyEntry {
    /// Name for people.
    pub name: String,
    /// Whether every request must be signed.
    pub require_hmac: bool,
    /// Networks that it may call from, as a JSON list; empty: from anywhere.
    pub ip_allow: Value,
    /// Devices that it may use, as a JSON list of ids; empty: all.
    pub device_allow: Value,
    /// What it may do, as a JSON list; empty: the third-party API.
    pub scopes: Value,
    /// Rate limits that differ from the configured ones.
    pub rate: Option<Value>,
    /// Where its events go.
    pub webhook_url: Option<String>,
    /// Whether its orders are settled through a partner account; none: as it was, and not at first.
    pub settle_via_platform: Option<bool>,
}

/// A page of keys, newest first.
pub async fn page(conn: Conn<'_>, page: PageRequest) -> Result<Page<ApiKey>> {
    Listing::of(
        "id, key, name, secret, require_hmac, ip_allow, device_allow, scopes, rate, \
         webhook_url, webhook_secret, service_fee_mode, port_conflict_policy, \
         settle_via_platform, state, origin",
        "api_keys",
    )
    .only("deleted_at is null", true)
    .page(conn, "id desc", page)
    .await
}

/// Adds an operator's key; its id.
pub async fn insert(
    conn: Conn<'_>,
    (key, secret): (&str, &str),
    entry: &KeyEntry,
    now: Timestamp,
) -> Result<ApiKeyId> {
    let Scalar(id) = conn
        .one(
            "insert into api_keys (key, secret, webhook_secret, name, require_hmac, ip_allow, \
             device_allow, scopes, rate, webhook_url, settle_via_platform, state, origin, \
             created_at, updated_at) \
             values ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9, $11, 'active', 'operator', $10, $10) \
             returning id as value",
            args![
                key,
                secret,
                entry.name,
                entry.require_hmac,
                entry.ip_allow,
                entry.device_allow,
                entry.scopes,
                entry.rate,
                entry.webhook_url,
                now,
                entry.settle_via_platform.unwrap_or(false)
            ],
        )
        .await?;
    Ok(ApiKeyId(id))
}

/// Replaces what is said about a key.
pub async fn update(
    conn: Conn<'_>,
    id: ApiKeyId,
    entry: &KeyEntry,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update api_keys set name = $2, require_hmac = $3, ip_allow = $4, device_allow = $5, \
             scopes = $6, rate = $7, webhook_url = $8, updated_at = $9, \
             settle_via_platform = coalesce($10, settle_via_platform) \
             where id = $1 and deleted_at is null",
            args![
                id,
                entry.name,
                entry.require_hmac,
                entry.ip_allow,
                entry.device_allow,
                entry.scopes,
                entry.rate,
                entry.webhook_url,
                now,
                entry.settle_via_platform
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Gives a key another text and another secret; the old ones are good no more.
pub async fn rotate(
    conn: Conn<'_>,
    id: ApiKeyId,
    (key, secret): (&str, &str),
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update api_keys set key = $2, secret = $3, webhook_secret = $3, updated_at = $4 \
             where id = $1 and deleted_at is null",
            args![id, key, secret, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Lets a key call, or not any more.
pub async fn set_state(conn: Conn<'_>, id: ApiKeyId, state: &str, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update api_keys set state = $2, updated_at = $3 \
             where id = $1 and deleted_at is null",
            args![id, state, now],
        )
        .await?;
    Ok(changed == 1)
}
