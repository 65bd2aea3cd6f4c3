//! `alarm_mutes`: times in which nobody is told of some alarms.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::Timestamp;

/// What is muted, and when. What is none narrows nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMute {
    /// Alarms of this cause.
    pub code: Option<String>,
    /// Alarms at this station.
    pub station_id: Option<i64>,
    /// Alarms of this device.
    pub device_id: Option<i64>,
    /// This alarm.
    pub alarm_id: Option<i64>,
    /// From then.
    pub starts_at: Timestamp,
    /// Until then.
    pub ends_at: Timestamp,
    /// Why.
    pub reason: String,
    /// Whose alarms.
    pub org_path: String,
}

row! {
    /// A row of `alarm_mutes`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Mute {
        /// Its row.
        pub id: i64,
        /// Alarms of this cause.
        pub code: Option<String>,
        /// Alarms at this station.
        pub station_id: Option<i64>,
        /// Alarms of this device.
        pub device_id: Option<i64>,
        /// This alarm.
        pub alarm_id: Option<i64>,
        /// From then.
        pub starts_at: Timestamp,
        /// Until then.
        pub ends_at: Timestamp,
        /// Why.
        pub reason: String,
        /// Who wished it.
        pub created_by: String,
        /// When.
        pub created_at: Timestamp,
        /// When it was taken back.
        pub lifted_at: Option<Timestamp>,
        /// Whose alarms.
        pub org_path: String,
    }
}

macro_rules! columns {
    () => {
        "id, code, station_id, device_id, alarm_id, starts_at, ends_at, reason, created_by, \
         created_at, lifted_at, org_path"
    };
}

/// Adds one; its id.
pub async fn insert(conn: Conn<'_>, new: &NewMute, by: &str, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into alarm_mutes (code, station_id, device_id, alarm_id, starts_at, ends_at, \
             reason, org_path, created_by, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id as value",
            args![
                new.code,
                new.station_id,
                new.device_id,
                new.alarm_id,
                new.starts_at,
                new.ends_at,
                new.reason,
                new.org_path,
                by,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// The one with that row.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Mute>> {
    conn.optional(
        concat!("select ", columns!(), " from alarm_mutes where id = $1"),
        args![id],
    )
    .await
}

/// Takes one back. False when it is over already.
pub async fn lift(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update alarm_mutes set lifted_at = $2 where id = $1 and lifted_at is null \
             and ends_at > $2",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Those that hold at an instant.
pub async fn in_force(conn: Conn<'_>, now: Timestamp) -> Result<Vec<Mute>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from alarm_mutes where lifted_at is null and ends_at > $1 and starts_at <= $1"
        ),
        args![now],
    )
    .await
}

/// A page of them, newest first.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    open_at: Option<Timestamp>,
    page: PageRequest,
) -> Result<Page<Mute>> {
    Listing::of(columns!(), "alarm_mutes")
        .within(OWNED, scope)
        .narrow("ends_at >", open_at.as_ref())
        .only("lifted_at is null", open_at.is_some())
        .page(conn, "id desc", page)
        .await
}
