use super::Device;
use crate::db::{Batch, Kind, Scalar, ToCell, args};
use crate::paging::{Listing, OWNED_OR_OPERATED, Page, PageRequest, Sort};
use crate::{Conn, Result};
use domain::device_status::DeviceStatus;
use domain::org::Scope;
use kernel::{DeviceId, PhyId, Timestamp};

macro_rules! columns {
    () => {
        "id, phy_id, gateway_id, protocol, dialect, device_model, firmware_version, status, name, \
         iccid, imei, rssi, temp, ip, last_seen_at, online_since, station_id, rated_power_w, \
         max_power_pct, port_count, heartbeat_interval_s, offline_after_s, allow_networks, remark, \
         profile, session_run, session_epoch, created_at, updated_at"
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select ",
            columns!(),
            " from devices where deleted_at is null ",
            $rest
        )
    };
}

/// Which devices a list shows.
#[derive(Clone, Debug, Default)]
pub struct DeviceFilter {
    /// In this state only.
    pub status: Option<DeviceStatus>,
    /// Of this protocol only.
    pub protocol: Option<String>,
    /// Of this model only.
    pub device_model: Option<String>,
    /// At this station only.
    pub station_id: Option<i64>,
    /// With this firmware only.
    pub firmware: Option<String>,
    /// Online only, or offline only, as last written down: at most some seconds behind.
    pub online: Option<bool>,
    /// With this in its name, or at the beginning or end of its id, only.
    pub text: Option<String>,
    /// Heard of since then only.
    pub seen_since: Option<Timestamp>,
    /// Not heard of since then only.
    pub silent_since: Option<Timestamp>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// The device with that id on the wire.
pub async fn find_by_phy_id(conn: Conn<'_>, phy_id: &PhyId) -> Result<Option<Device>> {
    conn.optional(select!("and phy_id = $1"), args![phy_id])
        .await
}

/// Those of the ids on the wire that are devices.
pub async fn all_by_phy_id(conn: Conn<'_>, phy_ids: &[PhyId]) -> Result<Vec<Device>> {
    static BY_PHY_ID: Batch<1> = Batch::new(
        select!("and phy_id in (select v.phy_id from {rows}) order by id"),
        [("phy_id", Kind::Text)],
    );
    let rows: Vec<_> = phy_ids.iter().map(|phy_id| [phy_id.cell()]).collect();
    BY_PHY_ID.all(conn, &rows).await
}

/// The device of that row.
pub async fn find(conn: Conn<'_>, id: DeviceId) -> Result<Option<Device>> {
    conn.optional(select!("and id = $1"), args![id]).await
}

/// The oldest entry that waits for a device from that address.
pub async fn find_awaiting_contact(conn: Conn<'_>, ip: &str) -> Result<Option<Device>> {
    conn.optional(
        select!("and phy_id is null and ip = $1 order by id limit 1"),
        args![ip],
    )
    .await
}

/// All devices, for the table in memory.
pub async fn all(conn: Conn<'_>) -> Result<Vec<Device>> {
    conn.all(select!("order by id"), &[]).await
}

/// Some devices.
pub async fn all_of(conn: Conn<'_>, devices: &[DeviceId]) -> Result<Vec<Device>> {
    static ALL_OF: Batch<1> = Batch::new(
        select!("and id in (select v.id from {rows}) order by id"),
        [("id", Kind::Int)],
    );
    let rows: Vec<_> = devices.iter().map(|id| [id.cell()]).collect();
    ALL_OF.all(conn, &rows).await
}

/// The orders of the list.
pub const SORT: Sort = Sort(&[
    ("device_id", "id"),
    ("-device_id", "id desc"),
    ("phy_id", "phy_id, id"),
    ("-phy_id", "phy_id desc, id desc"),
    ("name", "name, id"),
    ("-name", "name desc, id desc"),
    ("last_seen_at", "last_seen_at, id"),
    ("-last_seen_at", "last_seen_at desc, id desc"),
    ("firmware", "firmware_version, id"),
    ("-firmware", "firmware_version desc, id desc"),
    ("status", "status, id"),
    ("-status", "status desc, id desc"),
]);

/// A page of devices, by row id unless another order is wanted.
pub async fn list(
    conn: Conn<'_>,
    filter: &DeviceFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<Device>> {
    Listing::of(columns!(), "devices")
        .only("deleted_at is null", true)
        .within(OWNED_OR_OPERATED, &filter.scope)
        .narrow("status =", filter.status.as_ref())
        .narrow("protocol =", filter.protocol.as_ref())
        .narrow("device_model =", filter.device_model.as_ref())
        .narrow("station_id =", filter.station_id.as_ref())
        .narrow("firmware_version =", filter.firmware.as_ref())
        .only("online_since is not null", filter.online == Some(true))
        .only("online_since is null", filter.online == Some(false))
        .called(("name", "phy_id"), filter.text.as_deref())
        .narrow("last_seen_at >", filter.seen_since.as_ref())
        .narrow("last_seen_at <=", filter.silent_since.as_ref())
        .page(conn, SORT.clause(sort).unwrap_or("id"), page)
        .await
}

/// How many devices there are, and how many of them were heard of since `since`.
pub async fn count(mut conn: Conn<'_>, since: Timestamp) -> Result<(i64, i64)> {
    let Scalar(all) = conn
        .again()
        .one(
            "select count(*) as value from devices where deleted_at is null",
            &[],
        )
        .await?;
    let Scalar(heard) = conn
        .one(
            "select count(*) as value from devices where deleted_at is null and last_seen_at > $1",
            args![since],
        )
        .await?;
    Ok((all, heard))
}
