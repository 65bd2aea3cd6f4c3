//! What lists of the fleet show beside the values that memory holds: names, stations, prices; and
//! which devices somebody sees.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, OWNED_OR_OPERATED, listed};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::{DeviceId, Energy, Fen, PortNo, Timestamp};
use sqlx::AssertSqlSafe;
use std::collections::{BTreeSet, HashSet};

row! {
    /// What people call a device, and where it stands.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct DeviceLabel {
        /// The device.
        pub device_id: DeviceId,
        /// Name for people.
        pub name: Option<String>,
        /// Its station.
        pub station_id: Option<i64>,
        /// The station's name.
        pub station_name: Option<String>,
        /// The number of the prices that it said it holds.
        pub tariff_model_no: Option<String>,
        /// Whether those are the ones that it should hold.
        pub tariff_synced: bool,
    }
}

row! {
    /// What people call a port, and what it is.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PortLabel {
        /// Its device.
        pub device_id: DeviceId,
        /// Its number.
        pub port_no: PortNo,
        /// Name for people.
        pub name: Option<String>,
        /// Its number for partners.
        pub connector_id: Option<String>,
        /// What kind of outlet it is.
        pub kind: Option<String>,
    }
}

row! {
    /// The prices of a station, by name.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StationTariff {
        /// The station.
        pub station_id: i64,
        /// What applies there.
        pub tariff_id: i64,
        /// Its name.
        pub name: String,
    }
}

row! {
    /// What a station has sold since an instant.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct StationSales {
        /// The station.
        pub station_id: i64,
        /// Energy of orders that ended since then.
        pub energy: Energy,
        /// What was billed for them.
        pub amount: Fen,
    }
}

row! {
    /// A device's open commands.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OpenCommands {
        /// The device.
        pub device_id: DeviceId,
        /// How many wait for it or for its answer.
        pub open: i64,
    }
}

fn ids(devices: &[DeviceId]) -> String {
    let set: BTreeSet<i64> = devices.iter().map(|device| device.0).collect();
    listed(&set)
}

/// The labels of devices, in no order.
pub async fn of_devices(conn: Conn<'_>, devices: &[DeviceId]) -> Result<Vec<DeviceLabel>> {
    let sql = format!(
        "select d.id as device_id, d.name, d.station_id, s.name as station_name, \
         d.tariff_model_no, d.tariff_synced from devices d \
         left join stations s on s.id = d.station_id and s.deleted_at is null \
         where d.id in ({})",
        ids(devices)
    );
    conn.all_anew(AssertSqlSafe(sql), &[]).await
}

/// The labels of the ports of devices, in no order.
pub async fn of_ports(conn: Conn<'_>, devices: &[DeviceId]) -> Result<Vec<PortLabel>> {
    let sql = format!(
        "select device_id, port_no, name, connector_id, kind from ports \
         where deleted_at is null and device_id in ({})",
        ids(devices)
    );
    conn.all_anew(AssertSqlSafe(sql), &[]).await
}

/// The commands that wait for devices, or for their answers; devices without any are left out.
pub async fn open_commands(conn: Conn<'_>, devices: &[DeviceId]) -> Result<Vec<OpenCommands>> {
    let sql = format!(
        "select device_id, count(*) as open from commands \
         where state in ('queued', 'sent') and device_id in ({}) group by device_id",
        ids(devices)
    );
    conn.all_anew(AssertSqlSafe(sql), &[]).await
}

/// The devices that somebody sees; none where they see all.
pub async fn seen(conn: Conn<'_>, scope: &Scope) -> Result<Option<HashSet<DeviceId>>> {
    /// More than any subtree of one installation has.
    const DEVICES_MAX: u32 = 1_000_000;
    if scope.path().is_none() {
        return Ok(None);
    }
    let ids: Vec<Scalar<DeviceId>> = Listing::of("id as value", "devices")
        .only("deleted_at is null", true)
        .within(OWNED_OR_OPERATED, scope)
        .grouped(conn, "id", DEVICES_MAX)
        .await?;
    Ok(Some(ids.into_iter().map(|Scalar(id)| id).collect()))
}

/// What is bound to stations, in no order.
pub async fn station_tariffs(
    conn: Conn<'_>,
    stations: &BTreeSet<i64>,
) -> Result<Vec<StationTariff>> {
    let sql = format!(
        "select b.station_id, t.id as tariff_id, t.name from tariff_bindings b \
         join tariffs t on t.id = b.tariff_id and t.deleted_at is null \
         where b.scope = 'station' and b.station_id in ({})",
        listed(stations)
    );
    conn.all_anew(AssertSqlSafe(sql), &[]).await
}

/// What each station has sold since an instant, by the ends of its orders.
pub async fn station_sales(conn: Conn<'_>, since: Timestamp) -> Result<Vec<StationSales>> {
    conn.all(
        "select station_id, cast(sum(energy_e4) as bigint) as energy, \
         cast(sum(coalesce(final_amount, 0)) as bigint) as amount from orders \
         where end_time >= $1 and station_id is not null and status = 'completed' \
         group by station_id",
        args![since],
    )
    .await
}
