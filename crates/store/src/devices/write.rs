use super::{Identity, NewDevice};
use crate::db::{Scalar, args};
use crate::{Conn, Result};
use device::Profile;
use domain::device_status::DeviceStatus;
use domain::networks::Networks;
use kernel::{DeviceId, PhyId, Timestamp};
use std::collections::BTreeMap;

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
    for (key, value) in traits {
        profile.learnt.insert(key.as_str(), value.as_str());
    }
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

/// Sets where a device may connect from. False when there is no such device.
pub async fn set_networks(
    conn: Conn<'_>,
    id: DeviceId,
    networks: &Networks,
    now: Timestamp,
) -> Result<bool> {
    let networks = serde_json::json!(networks.texts());
    let changed = conn
        .execute(
            "update devices set allow_networks = $2, updated_at = $3 where id = $1",
            args![id, networks, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Puts a device into a station, or takes it out of any. It belongs to the owner of its station
/// and is run by whoever runs that; without a station it is the platform's.
pub async fn set_station(
    conn: Conn<'_>,
    id: DeviceId,
    station: Option<i64>,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update devices set station_id = $2, updated_at = $3, \
             org_path = coalesce((select s.org_path from stations s where s.id = $2 \
             and s.deleted_at is null), '/1/'), \
             operator_path = (select s.operator_path from stations s where s.id = $2 \
             and s.deleted_at is null) where id = $1",
            args![id, station, now],
        )
        .await?;
    Ok(changed == 1)
}

fn profile_json(profile: &Profile) -> serde_json::Value {
    serde_json::json!({ "learnt": profile.learnt, "pinned": profile.pinned })
}
