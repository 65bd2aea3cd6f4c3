//! `station_fire_limits`: thresholds of stations that have their own.

use crate::db::{args, row};
use crate::{Conn, Result};
use kernel::Timestamp;
use serde_json::Value;

row! {
    /// A row of `station_fire_limits`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct StationLimits {
        /// The station.
        pub station_id: i64,
        /// Its thresholds.
        pub limits: Value,
        /// Who set them.
        pub updated_by: String,
        /// When.
        pub updated_at: Timestamp,
    }
}

/// All of them, for memory.
pub async fn all(conn: Conn<'_>) -> Result<Vec<StationLimits>> {
    conn.all(
        "select station_id, limits, updated_by, updated_at from station_fire_limits",
        &[],
    )
    .await
}

/// Those of a station, if it has its own.
pub async fn find(conn: Conn<'_>, station_id: i64) -> Result<Option<StationLimits>> {
    conn.optional(
        "select station_id, limits, updated_by, updated_at from station_fire_limits \
         where station_id = $1",
        args![station_id],
    )
    .await
}

/// Sets those of a station.
pub async fn put(
    conn: Conn<'_>,
    station_id: i64,
    limits: &Value,
    actor: &str,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into station_fire_limits (station_id, limits, updated_by, updated_at) \
         values ($1, $2, $3, $4) on conflict (station_id) do update set \
         limits = excluded.limits, updated_by = excluded.updated_by, \
         updated_at = excluded.updated_at",
        args![station_id, limits, actor, now],
    )
    .await?;
    Ok(())
}

/// Takes them away: those of the system apply again. False when it had none.
pub async fn remove(conn: Conn<'_>, station_id: i64) -> Result<bool> {
    let gone = conn
        .execute(
            "delete from station_fire_limits where station_id = $1",
            args![station_id],
        )
        .await?;
    Ok(gone == 1)
}
