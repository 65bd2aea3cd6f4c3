//! `station_power` and `device_power`: what stations may draw, and how their devices take part.

use crate::db::{args, row};
use crate::{Conn, Result};
use kernel::{DeviceId, Timestamp};

row! {
    /// A row of `station_power`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StationPower {
        /// The station.
        pub station_id: i64,
        /// Supply capacity, W.
        pub capacity_w: i64,
        /// What of it is kept for other uses, W.
        pub reserve_w: i64,
        /// Whether the load is balanced.
        pub balancing: bool,
        /// What a charge that begins needs at least, W.
        pub start_w: i64,
        /// Who set it.
        pub updated_by: String,
        /// When.
        pub updated_at: Timestamp,
    }
}

row! {
    /// A row of `device_power`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DevicePower {
        /// The device.
        pub device_id: DeviceId,
        /// 1 to 9: a larger share of what is left.
        pub weight: i16,
        /// Never limited below this share of its rating, %.
        pub least_pct: i16,
        /// Who set it.
        pub updated_by: String,
        /// When.
        pub updated_at: Timestamp,
    }
}

/// All stations with a capacity, for memory.
pub async fn all(conn: Conn<'_>) -> Result<Vec<StationPower>> {
    conn.all(
        "select station_id, capacity_w, reserve_w, balancing, start_w, updated_by, updated_at \
         from station_power",
        &[],
    )
    .await
}

/// All devices with shares of their own, for memory.
pub async fn all_devices(conn: Conn<'_>) -> Result<Vec<DevicePower>> {
    conn.all(
        "select device_id, weight, least_pct, updated_by, updated_at from device_power",
        &[],
    )
    .await
}

/// What a station may draw, if that was said.
pub async fn find(conn: Conn<'_>, station_id: i64) -> Result<Option<StationPower>> {
    conn.optional(
        "select station_id, capacity_w, reserve_w, balancing, start_w, updated_by, updated_at \
         from station_power where station_id = $1",
        args![station_id],
    )
    .await
}

/// Says what a station may draw.
pub async fn put(conn: Conn<'_>, power: &StationPower) -> Result<()> {
    conn.execute(
        "insert into station_power (station_id, capacity_w, reserve_w, balancing, start_w, \
         updated_by, updated_at) values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (station_id) do update set capacity_w = excluded.capacity_w, \
         reserve_w = excluded.reserve_w, balancing = excluded.balancing, \
         start_w = excluded.start_w, updated_by = excluded.updated_by, \
         updated_at = excluded.updated_at",
        args![
            power.station_id,
            power.capacity_w,
            power.reserve_w,
            power.balancing,
            power.start_w,
            power.updated_by,
            power.updated_at
        ],
    )
    .await?;
    Ok(())
}

/// Says how a device takes part.
pub async fn put_device(conn: Conn<'_>, power: &DevicePower) -> Result<()> {
    conn.execute(
        "insert into device_power (device_id, weight, least_pct, updated_by, updated_at) \
         values ($1, $2, $3, $4, $5) on conflict (device_id) do update set \
         weight = excluded.weight, least_pct = excluded.least_pct, \
         updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        args![
            power.device_id,
            power.weight,
            power.least_pct,
            power.updated_by,
            power.updated_at
        ],
    )
    .await?;
    Ok(())
}
