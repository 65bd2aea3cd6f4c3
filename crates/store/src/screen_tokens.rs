//! `screen_tokens`: who may look at the big screen and at nothing else. Stored as hashes only.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::Timestamp;

row! {
    /// A row of `screen_tokens`, without its hash.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ScreenToken {
        /// Its row.
        pub id: i64,
        /// What people call it.
        pub name: String,
        /// Whose rows it shows.
        pub org_id: i64,
        /// The path of that.
        pub org_path: String,
        /// Of this area only.
        pub area_code: Option<String>,
        /// Who made it.
        pub created_by: String,
        /// When.
        pub created_at: Timestamp,
        /// It is good until then; none: until somebody revokes it.
        pub expires_at: Option<Timestamp>,
        /// Who revoked it.
        pub revoked_by: Option<String>,
        /// When.
        pub revoked_at: Option<Timestamp>,
        /// When it was last shown, to the minute.
        pub last_used_at: Option<Timestamp>,
    }
}

/// A token to be.
#[derive(Clone, Debug)]
pub struct NewToken<'a> {
    /// What people call it.
    pub name: &'a str,
    /// SHA-256 of it, hexadecimal.
    pub token_hash: &'a str,
    /// Whose rows it shows.
    pub org_id: i64,
    /// The path of that.
    pub org_path: &'a str,
    /// Of this area only.
    pub area_code: Option<&'a str>,
    /// Who makes it.
    pub created_by: &'a str,
    /// It is good until then.
    pub expires_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, name, org_id, org_path, area_code, created_by, created_at, \
     expires_at, revoked_by, revoked_at, last_used_at";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, name, org_id, org_path, area_code, created_by, created_at, expires_at, \
             revoked_by, revoked_at, last_used_at from screen_tokens where ",
            $rest
        )
    };
}

/// Adds a token; its id.
pub async fn insert(conn: Conn<'_>, new: &NewToken<'_>, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into screen_tokens (name, token_hash, org_id, org_path, area_code, \
             created_by, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8) \
             returning id as value",
            args![
                new.name,
                new.token_hash,
                new.org_id,
                new.org_path,
                new.area_code,
                new.created_by,
                now,
                new.expires_at
            ],
        )
        .await?;
    Ok(id)
}

/// The token of that id.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<ScreenToken>> {
    conn.optional(select!("id = $1"), args![id]).await
}

/// The token with that hash that is good now.
pub async fn find_good(
    conn: Conn<'_>,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<ScreenToken>> {
    conn.optional(
        select!(
            "token_hash = $1 and revoked_at is null and (expires_at is null or expires_at > $2)"
        ),
        args![token_hash, now],
    )
    .await
}

/// Writes down that a token was shown.
pub async fn note_use(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<()> {
    conn.execute(
        "update screen_tokens set last_used_at = $2 where id = $1",
        args![id, now],
    )
    .await?;
    Ok(())
}

/// Ends a token. False when it has ended already.
pub async fn revoke(conn: Conn<'_>, id: i64, by: &str, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update screen_tokens set revoked_by = $2, revoked_at = $3 \
             where id = $1 and revoked_at is null",
            args![id, by, now],
        )
        .await?;
    Ok(changed == 1)
}

/// A page of tokens, newest first.
pub async fn list(conn: Conn<'_>, scope: &Scope, page: PageRequest) -> Result<Page<ScreenToken>> {
    Listing::of(COLUMNS, "screen_tokens")
        .within(OWNED, scope)
        .page(conn, "id desc", page)
        .await
}
