//! `alarm_rules`: what operators changed about kinds of alarms.

use crate::db::{args, row};
use crate::{Conn, Result};
use kernel::Timestamp;

row! {
    /// A row of `alarm_rules`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RuleRow {
        /// The cause.
        pub code: String,
        /// Whether it is raised at all.
        pub enabled: bool,
        /// C, W, I.
        pub level: String,
        /// Its cause must be gone for so long, seconds.
        pub recover_s: i32,
        /// It is told again after so long, seconds.
        pub repeat_s: Option<i32>,
        /// It goes to the second tier after so long, seconds.
        pub escalate_s: Option<i32>,
        /// Who changed it.
        pub updated_by: String,
        /// When.
        pub updated_at: Timestamp,
    }
}

/// All that was changed.
pub async fn list(conn: Conn<'_>) -> Result<Vec<RuleRow>> {
    conn.all(
        "select code, enabled, level, recover_s, repeat_s, escalate_s, updated_by, updated_at \
         from alarm_rules order by code",
        &[],
    )
    .await
}

/// Writes a change.
pub async fn put(conn: Conn<'_>, rule: &RuleRow) -> Result<()> {
    conn.execute(
        "insert into alarm_rules (code, enabled, level, recover_s, repeat_s, escalate_s, \
         updated_by, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8) \
         on conflict (code) do update set enabled = excluded.enabled, level = excluded.level, \
         recover_s = excluded.recover_s, repeat_s = excluded.repeat_s, \
         escalate_s = excluded.escalate_s, updated_by = excluded.updated_by, \
         updated_at = excluded.updated_at",
        args![
            rule.code,
            rule.enabled,
            rule.level,
            rule.recover_s,
            rule.repeat_s,
            rule.escalate_s,
            rule.updated_by,
            rule.updated_at
        ],
    )
    .await?;
    Ok(())
}

/// Takes a change back.
pub async fn remove(conn: Conn<'_>, code: &str) -> Result<()> {
    conn.execute("delete from alarm_rules where code = $1", args![code])
        .await?;
    Ok(())
}
