//! `idempotency_keys`: a write that a caller repeats under the same key is done once and
//! answered alike.

use crate::db::{args, row};
use crate::{Conn, Result};
use kernel::Timestamp;
use serde_json::Value;

/// What is known of a key.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// It is new, or was forgotten: do the work, then [`finish`].
    Fresh,
    /// The work was begun and has not been finished.
    Underway,
    /// The work was done: answer the same.
    Done {
        /// HTTP status of the answer.
        http_status: u16,
        /// Body of the answer.
        response: Value,
    },
    /// The key was used for another request.
    Mismatch,
}

row! {
    struct Known {
        pub request_hash: String,
        pub http_status: Option<u16>,
        pub response: Option<Value>,
    }
}

/// Claims a key for a request. `scope` says whose key it is and for which operation. In the
/// transaction of the work, so that a failed attempt leaves nothing behind.
pub async fn claim(
    mut conn: Conn<'_>,
    scope: &str,
    key: &str,
    request_hash: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Claim> {
    let taken = conn
        .again()
        .execute(
            "insert into idempotency_keys (scope, key, request_hash, created_at, until) \
             values ($1, $2, $3, $4, $5) on conflict (scope, key) do update set \
             request_hash = excluded.request_hash, http_status = null, response = null, \
             created_at = excluded.created_at, until = excluded.until \
             where idempotency_keys.until <= $4",
            args![scope, key, request_hash, now, until],
        )
        .await?;
    if taken == 1 {
        return Ok(Claim::Fresh);
    }
    let known: Option<Known> = conn
        .optional(
            "select request_hash, http_status, response from idempotency_keys \
             where scope = $1 and key = $2",
            args![scope, key],
        )
        .await?;
    Ok(match known {
        Some(known) if known.request_hash != request_hash => Claim::Mismatch,
        Some(Known {
            http_status: Some(http_status),
            response: Some(response),
            ..
        }) => Claim::Done {
            http_status,
            response,
        },
        // Also when the other request has just given the key back: the caller tries again.
        _ => Claim::Underway,
    })
}

/// The answer that is kept under a key.
pub async fn answer(conn: Conn<'_>, scope: &str, key: &str) -> Result<Option<Value>> {
    let known: Option<Known> = conn
        .optional(
            "select request_hash, http_status, response from idempotency_keys \
             where scope = $1 and key = $2",
            args![scope, key],
        )
        .await?;
    Ok(known.and_then(|known| known.response))
}

/// Keeps the answer under the key.
pub async fn finish(
    conn: Conn<'_>,
    scope: &str,
    key: &str,
    http_status: u16,
    response: &Value,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update idempotency_keys set http_status = $3, response = $4 \
             where scope = $1 and key = $2",
            args![scope, key, http_status, response],
        )
        .await?;
    Ok(changed == 1)
}

/// Gives a key back whose work could not be done, so that it can be tried again.
pub async fn release(conn: Conn<'_>, scope: &str, key: &str) -> Result<bool> {
    let changed = conn
        .execute(
            "delete from idempotency_keys where scope = $1 and key = $2 and http_status is null",
            args![scope, key],
        )
        .await?;
    Ok(changed == 1)
}

/// Forgets keys whose time is over. Returns how many.
pub async fn purge(conn: Conn<'_>, now: Timestamp) -> Result<u64> {
    conn.execute("delete from idempotency_keys where until <= $1", args![now])
        .await
}
