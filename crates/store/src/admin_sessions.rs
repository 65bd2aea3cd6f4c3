//! `admin_sessions`: who is logged in at the console. Tokens are stored as hashes only.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::Timestamp;

row! {
    /// A row of `admin_sessions`, without its hashes.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AdminSession {
        /// Its id.
        pub id: i64,
        /// Whose it is.
        pub admin_id: i64,
        /// Where the login came from.
        pub ip: Option<String>,
        /// What it came from.
        pub user_agent: Option<String>,
        /// When it began.
        pub created_at: Timestamp,
        /// The token is good until then.
        pub expires_at: Timestamp,
        /// A new token is given until then.
        pub refresh_until: Timestamp,
        /// When it was ended before that.
        pub ended_at: Option<Timestamp>,
        /// What ended it.
        pub ended_by: Option<String>,
        /// Who looks through the eyes of an organisation.
        pub viewer_name: Option<String>,
        /// Whose eyes those are.
        pub viewed_org_id: Option<i64>,
    }
}

/// A new session.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose it is.
    pub admin_id: i64,
    /// SHA-256 of the token, hexadecimal.
    pub token_hash: String,
    /// SHA-256 of the refresh token, hexadecimal.
    pub refresh_hash: String,
    /// Where the login came from.
    pub ip: Option<String>,
    /// What it came from.
    pub user_agent: Option<String>,
    /// The token is good until then.
    pub expires_at: Timestamp,
    /// A new token is given until then.
    pub refresh_until: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, admin_id, ip, user_agent, created_at, expires_at, refresh_until, \
             ended_at, ended_by, viewer_name, viewed_org_id from admin_sessions where ",
            $rest
        )
    };
}

/// Begins a session; its id.
pub async fn insert(conn: Conn<'_>, new: &NewSession, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into admin_sessions (admin_id, token_hash, refresh_hash, ip, user_agent, \
             created_at, expires_at, refresh_until) values ($1, $2, $3, $4, $5, $6, $7, $8) \
             returning id as value",
            args![
                new.admin_id,
                new.token_hash,
                new.refresh_hash,
                new.ip,
                new.user_agent,
                now,
                new.expires_at,
                new.refresh_until
            ],
        )
        .await?;
    Ok(id)
}

/// Makes a session one in which somebody looks through the eyes of an organisation.
pub async fn look_as(
    conn: Conn<'_>,
    id: i64,
    (viewer_id, viewer_name): (i64, &str),
    org_id: i64,
) -> Result<()> {
    conn.execute(
        "update admin_sessions set viewer_id = $2, viewer_name = $3, viewed_org_id = $4 \
         where id = $1",
        args![id, viewer_id, viewer_name, org_id],
    )
    .await?;
    Ok(())
}

/// The session whose token is good now.
pub async fn find_by_token(
    conn: Conn<'_>,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<AdminSession>> {
    conn.optional(
        select!("token_hash = $1 and ended_at is null and expires_at > $2"),
        args![token_hash, now],
    )
    .await
}

/// The session whose refresh token that is, ended or not.
pub async fn find_by_refresh(conn: Conn<'_>, refresh_hash: &str) -> Result<Option<AdminSession>> {
    conn.optional(select!("refresh_hash = $1"), args![refresh_hash])
        .await
}

/// The session of that id.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<AdminSession>> {
    conn.optional(select!("id = $1"), args![id]).await
}

/// Ends a session. False when it has ended already.
pub async fn end(conn: Conn<'_>, id: i64, by: &str, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update admin_sessions set ended_at = $2, ended_by = $3 \
             where id = $1 and ended_at is null",
            args![id, now, by],
        )
        .await?;
    Ok(changed == 1)
}

/// Ends all sessions of an account but one; how many.
pub async fn end_all(
    conn: Conn<'_>,
    admin_id: i64,
    but: Option<i64>,
    by: &str,
    now: Timestamp,
) -> Result<u64> {
    conn.execute(
        "update admin_sessions set ended_at = $3, ended_by = $4 \
         where admin_id = $1 and ended_at is null and id <> $2",
        args![admin_id, but.unwrap_or(0), now, by],
    )
    .await
}

/// A page of an account's sessions, newest first.
pub async fn list(conn: Conn<'_>, admin_id: i64, page: PageRequest) -> Result<Page<AdminSession>> {
    Listing::of(
        "id, admin_id, ip, user_agent, created_at, expires_at, refresh_until, ended_at, ended_by, \
         viewer_name, viewed_org_id",
        "admin_sessions",
    )
    .narrow("admin_id =", Some(&admin_id))
    .page(conn, "id desc", page)
    .await
}

/// Forgets sessions that nobody can use any more since an instant; how many.
pub async fn purge(conn: Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.execute(
        "delete from admin_sessions where refresh_until < $1 or ended_at < $1",
        args![before],
    )
    .await
}
