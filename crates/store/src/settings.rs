//! `sys_config`: settings that operators change while the program runs.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::Timestamp;
use serde_json::Value;

row! {
    /// A row of `sys_config`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Setting {
        /// Its name, as in the configuration file.
        pub key: String,
        /// Its value.
        pub value: Value,
        /// Who set it.
        pub updated_by: String,
        /// When.
        pub updated_at: Timestamp,
    }
}

/// The value of a setting; none when nobody set it.
pub async fn get(conn: Conn<'_>, key: &str) -> Result<Option<Value>> {
    let found: Option<Scalar<Value>> = conn
        .optional("select value from sys_config where key = $1", args![key])
        .await?;
    Ok(found.map(|Scalar(value)| value))
}

/// The same, held until the end of the transaction: another who changes it waits.
pub async fn lock(conn: Conn<'_>, key: &str) -> Result<Option<Value>> {
    let sql = conn.choose(
        "select value from sys_config where key = $1",
        "select value from sys_config where key = $1 for update",
    );
    let found: Option<Scalar<Value>> = conn.optional(sql, args![key]).await?;
    Ok(found.map(|Scalar(value)| value))
}

/// Sets a value.
pub async fn put(conn: Conn<'_>, key: &str, value: &Value, by: &str, now: Timestamp) -> Result<()> {
    conn.execute(
        "insert into sys_config (key, value, updated_by, updated_at) values ($1, $2, $3, $4) \
         on conflict (key) do update set value = excluded.value, \
         updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        args![key, value, by, now],
    )
    .await?;
    Ok(())
}

/// All settings that somebody set, by name.
pub async fn list(conn: Conn<'_>) -> Result<Vec<Setting>> {
    conn.all(
        "select key, value, updated_by, updated_at from sys_config order by key",
        &[],
    )
    .await
}

/// Takes a setting back to its default.
pub async fn remove(conn: Conn<'_>, key: &str) -> Result<()> {
    conn.execute("delete from sys_config where key = $1", args![key])
        .await?;
    Ok(())
}

row! {
    /// A row of `sys_config_history`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct SettingChange {
        /// Its row.
        pub id: i64,
        /// Which setting.
        pub key: String,
        /// What it was; none: the default.
        pub before: Option<Value>,
        /// What it became; none: the default.
        pub after: Option<Value>,
        /// Who changed it.
        pub changed_by: String,
        /// When.
        pub changed_at: Timestamp,
    }
}

/// Writes a change down.
pub async fn remember(
    conn: Conn<'_>,
    key: &str,
    (before, after): (Option<&Value>, Option<&Value>),
    by: &str,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into sys_config_history (key, before, after, changed_by, changed_at) \
         values ($1, $2, $3, $4, $5)",
        args![key, before, after, by, now],
    )
    .await?;
    Ok(())
}

/// A page of the changes of a setting, newest first.
pub async fn history(conn: Conn<'_>, key: &str, page: PageRequest) -> Result<Page<SettingChange>> {
    Listing::of(
        "id, key, before, after, changed_by, changed_at",
        "sys_config_history",
    )
    .narrow("key =", Some(&key))
    .page(conn, "id desc", page)
    .await
}
