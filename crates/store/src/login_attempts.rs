//! `login_attempts`: failed logins, by user name and by address.

use crate::db::{Batch, Kind, ToCell, args, row};
use crate::{Conn, Result};
use domain::login::Attempts;
use kernel::Timestamp;

row! {
    struct Row {
        pub failures: i32,
        pub locks: i32,
        pub locked_until: Option<Timestamp>,
        pub last_at: Timestamp,
    }
}

/// What is known about a name or an address, held until the end of the transaction: tries at the
/// same time are counted one after another.
pub async fn find(conn: Conn<'_>, subject: &str) -> Result<Attempts> {
    let sql = conn.choose(
        "select failures, locks, locked_until, last_at from login_attempts where subject = $1",
        "select failures, locks, locked_until, last_at from login_attempts where subject = $1 \
         for update",
    );
    let found: Option<Row> = conn.optional(sql, args![subject]).await?;
    Ok(found.map_or_else(Attempts::default, |row| Attempts {
        failures: row.failures,
        locks: row.locks,
        locked_until: row.locked_until,
        last_at: Some(row.last_at),
    }))
}

row! {
    /// A name or an address that has to wait.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Lock {
        /// Which.
        pub subject: String,
        /// Until when.
        pub locked_until: Timestamp,
    }
}

/// Those of the names and addresses that have to wait.
pub async fn locks(conn: Conn<'_>, subjects: &[String], now: Timestamp) -> Result<Vec<Lock>> {
    static LOCKS: Batch<2> = Batch::new(
        "select a.subject, a.locked_until from {rows} \
         join login_attempts a on a.subject = v.subject where a.locked_until > v.now",
        [("subject", Kind::Text), ("now", Kind::Time)],
    );
    let rows: Vec<_> = subjects
        .iter()
        .map(|subject| [subject.cell(), now.cell()])
        .collect();
    LOCKS.all(conn, &rows).await
}

/// Writes down what is known.
pub async fn put(conn: Conn<'_>, subject: &str, attempts: &Attempts, now: Timestamp) -> Result<()> {
    conn.execute(
        "insert into login_attempts (subject, failures, locks, locked_until, last_at) \
         values ($1, $2, $3, $4, $5) on conflict (subject) do update set \
         failures = excluded.failures, locks = excluded.locks, \
         locked_until = excluded.locked_until, last_at = excluded.last_at",
        args![
            subject,
            attempts.failures,
            attempts.locks,
            attempts.locked_until,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Forgets a name or an address. False when nothing was known.
pub async fn clear(conn: Conn<'_>, subject: &str) -> Result<bool> {
    let changed = conn
        .execute(
            "delete from login_attempts where subject = $1",
            args![subject],
        )
        .await?;
    Ok(changed == 1)
}

/// Forgets what lies further back; how many.
pub async fn purge(conn: Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.execute(
        "delete from login_attempts where last_at < $1",
        args![before],
    )
    .await
}
