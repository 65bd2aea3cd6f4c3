//! `notice_channels`: where people are told of alarms.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::alarm::ChannelKind;
use kernel::Timestamp;
use serde_json::Value;

crate::db::text_column! { ChannelKind }

/// What operators write.
#[derive(Clone, Debug, PartialEq)]
pub struct NewChannel {
    /// Its name.
    pub name: String,
    /// What carries the notices.
    pub kind: ChannelKind,
    /// Address, secret, recipients.
    pub settings: Value,
    /// Which level is told how.
    pub levels: Value,
    /// Only these causes; empty: all.
    pub codes: Value,
    /// Only at these stations; empty: everywhere.
    pub station_ids: Value,
    /// 1 is told first, 2 of what nobody has taken.
    pub tier: i16,
    /// Minute of the day from which only critical alarms are told.
    pub quiet_from: Option<i16>,
    /// Minute of the day until which that is so.
    pub quiet_until: Option<i16>,
    /// Minute of the day at which the digest goes out.
    pub digest_at: i16,
    /// `zh` or `en`.
    pub language: String,
    /// Whether it is used.
    pub enabled: bool,
}

row! {
    /// A row of `notice_channels`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Channel {
        /// Its row.
        pub id: i64,
        /// Its name.
        pub name: String,
        /// What carries the notices.
        pub kind: ChannelKind,
        /// Address, secret, recipients.
        pub settings: Value,
        /// Which level is told how.
        pub levels: Value,
        /// Only these causes; empty: all.
        pub codes: Value,
        /// Only at these stations; empty: everywhere.
        pub station_ids: Value,
        /// 1 is told first, 2 of what nobody has taken.
        pub tier: i16,
        /// Minute of the day from which only critical alarms are told.
        pub quiet_from: Option<i16>,
        /// Minute of the day until which that is so.
        pub quiet_until: Option<i16>,
        /// Minute of the day at which the digest goes out.
        pub digest_at: i16,
        /// `zh` or `en`.
        pub language: String,
        /// Whether it is used.
        pub enabled: bool,
        /// When a message last arrived.
        pub sent_at: Option<Timestamp>,
        /// When one last did not.
        pub failed_at: Option<Timestamp>,
        /// Why not.
        pub error: Option<String>,
        /// No message before that.
        pub wait_until: Option<Timestamp>,
        /// Messages in a row that did not arrive.
        pub failures: i32,
        /// Who made it.
        pub created_by: String,
        /// When.
        pub created_at: Timestamp,
        /// When it last changed.
        pub updated_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, name, kind, settings, levels, codes, station_ids, tier, quiet_from, quiet_until, \
         digest_at, language, enabled, sent_at, failed_at, error, wait_until, failures, \
         created_by, created_at, updated_at"
    };
}

/// Adds a channel; its id.
pub async fn insert(conn: Conn<'_>, new: &NewChannel, by: &str, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into notice_channels (name, kind, settings, levels, codes, station_ids, \
             tier, quiet_from, quiet_until, digest_at, language, enabled, created_by, \
             created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) \
             returning id as value",
            args![
                new.name,
                new.kind,
                new.settings,
                new.levels,
                new.codes,
                new.station_ids,
                new.tier,
                new.quiet_from,
                new.quiet_until,
                new.digest_at,
                new.language,
                new.enabled,
                by,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// Writes a channel anew; what it was told to wait for is forgotten.
pub async fn update(conn: Conn<'_>, id: i64, new: &NewChannel, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update notice_channels set name = $2, kind = $3, settings = $4, levels = $5, \
             codes = $6, station_ids = $7, tier = $8, quiet_from = $9, quiet_until = $10, \
             digest_at = $11, language = $12, enabled = $13, updated_at = $14, \
             wait_until = null where id = $1 and deleted_at is null",
            args![
                id,
                new.name,
                new.kind,
                new.settings,
                new.levels,
                new.codes,
                new.station_ids,
                new.tier,
                new.quiet_from,
                new.quiet_until,
                new.digest_at,
                new.language,
                new.enabled,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Takes a channel away.
pub async fn remove(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update notice_channels set deleted_at = $2 where id = $1 and deleted_at is null",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// The channel with that row.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Channel>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from notice_channels where id = $1 and deleted_at is null"
        ),
        args![id],
    )
    .await
}

/// Those that are used.
pub async fn enabled(conn: Conn<'_>) -> Result<Vec<Channel>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from notice_channels where enabled and deleted_at is null order by id"
        ),
        &[],
    )
    .await
}

/// A page of them.
pub async fn list(conn: Conn<'_>, page: PageRequest) -> Result<Page<Channel>> {
    Listing::of(columns!(), "notice_channels")
        .only("deleted_at is null", true)
        .page(conn, "id", page)
        .await
}

/// A message arrived.
pub async fn succeeded(
    conn: Conn<'_>,
    id: i64,
    now: Timestamp,
    wait_until: Timestamp,
) -> Result<()> {
    conn.execute(
        "update notice_channels set sent_at = $2, failures = 0, error = null, wait_until = $3 \
         where id = $1",
        args![id, now, wait_until],
    )
    .await?;
    Ok(())
}

/// A message did not arrive; how many in a row did not.
pub async fn failed(
    conn: Conn<'_>,
    id: i64,
    error: &str,
    now: Timestamp,
    wait_until: Timestamp,
) -> Result<i32> {
    let Scalar(failures) = conn
        .one(
            "update notice_channels set failed_at = $2, failures = failures + 1, error = $3, \
             wait_until = $4 where id = $1 returning failures as value",
            args![id, now, error, wait_until],
        )
        .await?;
    Ok(failures)
}
