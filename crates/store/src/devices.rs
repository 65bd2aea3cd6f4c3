//! `devices`: what is known of each device, and since when it has been heard of.

use crate::db::{Batch, Kind, Scalar, ToCell, args, row, text_column};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use device::Profile;
use domain::device_status::DeviceStatus;
use kernel::{DeviceId, PhyId, Timestamp};
use std::collections::BTreeMap;

row! {
    /// A row of `devices`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Device {
        /// Row id.
        pub id: DeviceId,
        /// The id on the wire; none while an operator's entry waits for its device.
        pub phy_id: Option<PhyId>,
        /// The gateway in front of it, where it is not its own.
        pub gateway_id: Option<String>,
        /// Name of its protocol: `bkv`, `ap3000` …; none before the first contact.
        pub protocol: Option<String>,
        /// Dialect of that protocol.
        pub dialect: Option<String>,
        /// Model as the device writes it.
        pub device_model: Option<String>,
        /// Firmware as the device writes it.
        pub firmware_version: Option<String>,
        /// Where it is in its life.
        pub status: DeviceStatus,
        /// Name for people.
        pub name: Option<String>,
        /// SIM card number.
        pub iccid: Option<String>,
        /// Modem number.
        pub imei: Option<String>,
        /// Radio signal, in the protocol's own scale.
        pub rssi: Option<i16>,
        /// °C.
        pub temp: Option<i16>,
        /// Address of its last connection, or the one an operator expects it from.
        pub ip: Option<String>,
        /// Its last valid frame; at most some seconds behind.
        pub last_seen_at: Option<Timestamp>,
        /// Since when it has been online; none while offline.
        pub online_since: Option<Timestamp>,
        /// The station it belongs to.
        pub station_id: Option<i64>,
        /// Rated power of the whole device in W.
        pub rated_power_w: Option<i64>,
        /// Percent of the rated power that it may use, 30..=100.
        pub max_power_pct: Option<i16>,
        /// Number of ports.
        pub port_count: Option<u16>,
        /// Period of its heartbeat in seconds.
        pub heartbeat_interval_s: Option<i32>,
        /// Silence in seconds after which it is offline; none: as its protocol's profile says.
        pub offline_after_s: Option<i32>,
        /// An operator's note.
        pub remark: Option<String>,
        /// What its link learnt of it and an operator pinned.
        pub profile: Profile,
        /// When the row was made.
        pub created_at: Timestamp,
        /// When it last changed, leaving signs of life aside.
        pub updated_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, phy_id, gateway_id, protocol, dialect, device_model, firmware_version, status, name, \
         iccid, imei, rssi, temp, ip, last_seen_at, online_since, station_id, rated_power_w, \
         max_power_pct, port_count, heartbeat_interval_s, offline_after_s, remark, profile, \
         created_at, updated_at"
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

/// What an operator or an enrolment knows of a device at first.
#[derive(Clone, Debug, Default)]
pub struct NewDevice {
    /// The id on the wire. Without it the row waits for a device from `ip`.
    pub phy_id: Option<PhyId>,
    /// Name of its protocol.
    pub protocol: Option<String>,
    /// Address that it will come from, or came from.
    pub ip: Option<String>,
    /// Name for people.
    pub name: Option<String>,
    /// Model.
    pub device_model: Option<String>,
    /// Number of ports.
    pub port_count: Option<u16>,
    /// Rated power of the whole device in W.
    pub rated_power_w: Option<i64>,
    /// Silence in seconds after which it is offline.
    pub offline_after_s: Option<i32>,
    /// A note.
    pub remark: Option<String>,
    /// Pinned traits.
    pub profile: Profile,
}

/// What a device has told about itself. Absent fields leave the row as it is.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Name of its protocol.
    pub protocol: Option<String>,
    /// Dialect of it.
    pub dialect: Option<String>,
    /// Model.
    pub device_model: Option<String>,
    /// Firmware.
    pub firmware_version: Option<String>,
    /// SIM card number.
    pub iccid: Option<String>,
    /// Modem number.
    pub imei: Option<String>,
    /// Number of ports.
    pub port_count: Option<u16>,
    /// Address of its connection.
    pub ip: Option<String>,
    /// Period of its heartbeat in seconds.
    pub heartbeat_interval_s: Option<i32>,
    /// The gateway in front of it.
    pub gateway_id: Option<String>,
}

/// Signs of life of one device, for [`flush_live`].
#[derive(Clone, Debug)]
pub struct LiveDevice {
    /// The row.
    pub id: DeviceId,
    /// Its last valid frame. An older one than the row's is ignored.
    pub last_seen_at: Option<Timestamp>,
    /// Since when it has been online; none: it is offline.
    pub online_since: Option<Timestamp>,
    /// Radio signal; none leaves the old value.
    pub rssi: Option<i16>,
    /// °C; none leaves the old value.
    pub temp: Option<i16>,
    /// Address of its connection; none leaves the old value.
    pub ip: Option<String>,
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
    /// Heard of since then only.
    pub seen_since: Option<Timestamp>,
    /// Not heard of since then only.
    pub silent_since: Option<Timestamp>,
}

/// The device with that id on the wire.
pub async fn find_by_phy_id(conn: Conn<'_>, phy_id: &PhyId) -> Result<Option<Device>> {
    conn.optional(select!("and phy_id = $1"), args![phy_id])
        .await
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

/// A page of devices, by row id.
pub async fn list(
    conn: Conn<'_>,
    filter: &DeviceFilter,
    page: PageRequest,
) -> Result<Page<Device>> {
    Listing::of(columns!(), "devices")
        .only("deleted_at is null", true)
        .narrow("status =", filter.status.as_ref())
        .narrow("protocol =", filter.protocol.as_ref())
        .narrow("device_model =", filter.device_model.as_ref())
        .narrow("last_seen_at >", filter.seen_since.as_ref())
        .narrow("last_seen_at <=", filter.silent_since.as_ref())
        .page(conn, "id", page)
        .await
}

/// Adds a device in the state `registered`.
///
/// # Errors
/// [`crate::constraint::DEVICE_PHY_ID`] is violated when the id is taken.
pub async fn insert(conn: Conn<'_>, new: &NewDevice, now: Timestamp) -> Result<DeviceId> {
    let profile = profile_json(&new.profile);
    let Scalar(id) = conn
        .one(
            "insert into devices (phy_id, protocol, ip, name, device_model, port_count, \
             rated_power_w, offline_after_s, remark, profile, status, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'registered', $11, $11) \
             returning id as value",
            args![
                new.phy_id,
                new.protocol,
                new.ip,
                new.name,
                new.device_model,
                new.port_count,
                new.rated_power_w,
                new.offline_after_s,
                new.remark,
                profile,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// Gives an entry that was waiting its device. False when another connection was faster.
///
/// # Errors
/// [`crate::constraint::DEVICE_PHY_ID`] is violated when the id is taken.
pub async fn identify(
    conn: Conn<'_>,
    id: DeviceId,
    phy_id: &PhyId,
    protocol: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update devices set phy_id = $2, protocol = $3, updated_at = $4 \
             where id = $1 and phy_id is null",
            args![id, phy_id, protocol, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes what a device told about itself. False when there is no such device.
pub async fn update_identity(
    conn: Conn<'_>,
    id: DeviceId,
    identity: &Identity,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update devices set protocol = coalesce($2, protocol), \
             dialect = coalesce($3, dialect), device_model = coalesce($4, device_model), \
             firmware_version = coalesce($5, firmware_version), iccid = coalesce($6, iccid), \
             imei = coalesce($7, imei), port_count = coalesce($8, port_count), \
             ip = coalesce($9, ip), heartbeat_interval_s = coalesce($10, heartbeat_interval_s), \
             gateway_id = coalesce($11, gateway_id), updated_at = $12 where id = $1",
            args![
                id,
                identity.protocol,
                identity.dialect,
                identity.device_model,
                identity.firmware_version,
                identity.iccid,
                identity.imei,
                identity.port_count,
                identity.ip,
                identity.heartbeat_interval_s,
                identity.gateway_id,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Adds learnt traits to a device's profile; known keys get the new value. Returns the whole
/// profile, or `None` when there is no such device. Belongs in a transaction.
pub async fn learn(
    mut conn: Conn<'_>,
    id: DeviceId,
    traits: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Option<Profile>> {
    let lock = conn.choose(
        "select profile as value from devices where id = $1",
        "select profile as value from devices where id = $1 for update",
    );
    let Some(Scalar(profile)) = conn
        .again()
        .optional::<Scalar<Profile>>(lock, args![id])
        .await?
    else {
        return Ok(None);
    };
    let mut profile = profile;
    profile.learnt.extend(
        traits
            .iter()
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    set_profile(conn, id, &profile, now).await?;
    Ok(Some(profile))
}

/// Replaces a device's profile. False when there is no such device.
pub async fn set_profile(
    conn: Conn<'_>,
    id: DeviceId,
    profile: &Profile,
    now: Timestamp,
) -> Result<bool> {
    let profile = profile_json(profile);
    let changed = conn
        .execute(
            "update devices set profile = $2, updated_at = $3 where id = $1",
            args![id, profile, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Moves a device to another state of its life. False when there is no such device.
pub async fn set_status(
    conn: Conn<'_>,
    id: DeviceId,
    status: DeviceStatus,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update devices set status = $2, updated_at = $3 where id = $1",
            args![id, status, now],
        )
        .await?;
    Ok(changed == 1)
}

/// What an operator writes into a row. Absent fields stay.
#[derive(Clone, Debug, Default)]
pub struct AdminChange {
    /// Name for people.
    pub name: Option<String>,
    /// A note.
    pub remark: Option<String>,
    /// Rated power of the whole device in W.
    pub rated_power_w: Option<i64>,
}

/// Writes what an operator knows better. False when there is no such device.
pub async fn change_by_hand(
    conn: Conn<'_>,
    id: DeviceId,
    change: &AdminChange,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update devices set name = coalesce($2, name), remark = coalesce($3, remark), \
             rated_power_w = coalesce($4, rated_power_w), updated_at = $5 where id = $1",
            args![id, change.name, change.remark, change.rated_power_w, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Sets the silence in seconds after which a device is offline; none: as its profile says.
pub async fn set_offline_after(
    conn: Conn<'_>,
    id: DeviceId,
    seconds: Option<i32>,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update devices set offline_after_s = $2, updated_at = $3 where id = $1",
            args![id, seconds, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Writes the signs of life of many devices in one statement. Returns how many rows there were.
pub async fn flush_live(conn: Conn<'_>, devices: &[LiveDevice]) -> Result<u64> {
    static FLUSH: Batch<6> = Batch::new(
        "update devices set \
         last_seen_at = case when devices.last_seen_at > v.last_seen_at \
             then devices.last_seen_at else coalesce(v.last_seen_at, devices.last_seen_at) end, \
         online_since = v.online_since, rssi = coalesce(v.rssi, devices.rssi), \
         temp = coalesce(v.temp, devices.temp), ip = coalesce(v.ip, devices.ip) \
         from {rows} where devices.id = v.id",
        [
            ("id", Kind::Int),
            ("last_seen_at", Kind::Time),
            ("online_since", Kind::Time),
            ("rssi", Kind::Int),
            ("temp", Kind::Int),
            ("ip", Kind::Text),
        ],
    );
    let rows: Vec<_> = devices
        .iter()
        .map(|device| {
            [
                device.id.cell(),
                device.last_seen_at.cell(),
                device.online_since.cell(),
                device.rssi.cell(),
                device.temp.cell(),
                device.ip.cell(),
            ]
        })
        .collect();
    FLUSH.execute(conn, &rows).await
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

fn profile_json(profile: &Profile) -> serde_json::Value {
    serde_json::json!({ "learnt": profile.learnt, "pinned": profile.pinned })
}

text_column!(DeviceStatus);

impl crate::db::FromCell for Profile {
    fn read(row: &impl crate::db::Columns, column: &str) -> sqlx::Result<Option<Self>> {
        crate::db::from_json(row, column)
    }
}
