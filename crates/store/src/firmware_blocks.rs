//! `firmware_blocks`: firmware that must not charge, and the devices that it keeps out of service.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::device_status::DeviceStatus;
use kernel::{DeviceId, PhyId, Timestamp};

row! {
    /// A row of `firmware_blocks`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct FirmwareBlock {
        /// Row id.
        pub id: i64,
        /// Of which model.
        pub device_model: String,
        /// Which versions.
        pub version_range: String,
        /// Why.
        pub reason: String,
        /// Who blocked it.
        pub created_by: String,
        /// Who confirmed that; none where a key did it alone.
        pub confirmed_by: Option<String>,
        /// When.
        pub created_at: Timestamp,
        /// Who lifted it.
        pub lifted_by: Option<String>,
        /// When.
        pub lifted_at: Option<Timestamp>,
        /// Devices that are out of service because of it.
        pub devices: i64,
    }
}

row! {
    /// A device that a block keeps out of service.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HeldDevice {
        /// The block.
        pub block_id: i64,
        /// The device.
        pub device_id: DeviceId,
        /// Its id on the wire.
        pub phy_id: PhyId,
        /// Where it goes back to.
        pub status_before: DeviceStatus,
    }
}

row! {
    /// A device as the gate sees it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ModelDevice {
        /// The device.
        pub id: DeviceId,
        /// Its id on the wire.
        pub phy_id: PhyId,
        /// Its firmware.
        pub firmware_version: Option<String>,
        /// Where it is in its life.
        pub status: DeviceStatus,
    }
}

/// A new block.
#[derive(Clone, Debug)]
pub struct NewBlock<'a> {
    /// Of which model.
    pub device_model: &'a str,
    /// Which versions.
    pub version_range: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Who blocked it.
    pub created_by: &'a str,
    /// Who confirmed that.
    pub confirmed_by: Option<&'a str>,
}

macro_rules! columns {
    () => {
        "id, device_model, version_range, reason, created_by, confirmed_by, created_at, \
         lifted_by, lifted_at, (select count(*) from firmware_block_devices d \
         where d.block_id = firmware_blocks.id and d.released_at is null) as devices"
    };
}

/// Adds a block; its id.
pub async fn insert(conn: Conn<'_>, new: &NewBlock<'_>, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into firmware_blocks (device_model, version_range, reason, created_by, \
             confirmed_by, created_at) values ($1, $2, $3, $4, $5, $6) returning id as value",
            args![
                new.device_model,
                new.version_range,
                new.reason,
                new.created_by,
                new.confirmed_by,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// One block.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<FirmwareBlock>> {
    conn.optional(
        concat!("select ", columns!(), " from firmware_blocks where id = $1"),
        args![id],
    )
    .await
}

/// The blocks in force, oldest first.
pub async fn active(conn: Conn<'_>) -> Result<Vec<FirmwareBlock>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from firmware_blocks where lifted_at is null order by id"
        ),
        &[],
    )
    .await
}

/// A page of blocks, newest first; in force alone, or lifted alone.
pub async fn list(
    conn: Conn<'_>,
    is_active: Option<bool>,
    page: PageRequest,
) -> Result<Page<FirmwareBlock>> {
    Listing::of(columns!(), "firmware_blocks")
        .only("lifted_at is null", is_active == Some(true))
        .only("lifted_at is not null", is_active == Some(false))
        .page(conn, "id desc", page)
        .await
}

/// Ends a block. False when it is over, or there is none.
pub async fn lift(conn: Conn<'_>, id: i64, by: &str, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update firmware_blocks set lifted_by = $2, lifted_at = $3 \
             where id = $1 and lifted_at is null",
            args![id, by, now],
        )
        .await?;
    Ok(changed == 1)
}

/// All devices of a model that are not retired.
pub async fn of_model(conn: Conn<'_>, model: &str) -> Result<Vec<ModelDevice>> {
    conn.all(
        "select id, phy_id, firmware_version, status from devices \
         where deleted_at is null and phy_id is not null and device_model = $1 \
         and status <> 'retired' order by id",
        args![model],
    )
    .await
}

/// Notes that a block keeps a device out of service.
pub async fn hold(conn: Conn<'_>, held: &HeldDevice, now: Timestamp) -> Result<()> {
    conn.execute(
        "insert into firmware_block_devices (block_id, device_id, phy_id, status_before, \
         blocked_at) values ($1, $2, $3, $4, $5) \
         on conflict (block_id, device_id) do update set status_before = excluded.status_before, \
         blocked_at = excluded.blocked_at, released_at = null",
        args![
            held.block_id,
            held.device_id,
            held.phy_id,
            held.status_before,
            now
        ],
    )
    .await?;
    Ok(())
}

/// The blocks that keep a device out of service now.
pub async fn holding(conn: Conn<'_>, device: DeviceId) -> Result<Vec<HeldDevice>> {
    conn.all(
        "select block_id, device_id, phy_id, status_before from firmware_block_devices \
         where device_id = $1 and released_at is null order by block_id",
        args![device],
    )
    .await
}

/// The devices that a block keeps out of service.
pub async fn held(conn: Conn<'_>, block: i64) -> Result<Vec<HeldDevice>> {
    conn.all(
        "select block_id, device_id, phy_id, status_before from firmware_block_devices \
         where block_id = $1 and released_at is null order by device_id",
        args![block],
    )
    .await
}

/// Notes that a block lets go of a device.
pub async fn release(conn: Conn<'_>, block: i64, device: DeviceId, now: Timestamp) -> Result<()> {
    conn.execute(
        "update firmware_block_devices set released_at = $3 \
         where block_id = $1 and device_id = $2 and released_at is null",
        args![block, device, now],
    )
    .await?;
    Ok(())
}
