//! Firmware that must not charge: its devices are out of service as long as they have it.

use crate::staff::{Actor, Proposal};
use crate::{App, AppError};
use domain::device_status::DeviceStatus;
use domain::version::VersionRange;
use kernel::{DeviceId, PhyId, Timestamp};
use serde_json::{Value, json};
use store::firmware_blocks::{self, FirmwareBlock, HeldDevice, ModelDevice, NewBlock};
use store::pending_operations::PendingOperation;
use store::status_history::{self, StatusChange};
use store::{Page, PageRequest, Tx, devices};
use tracing::{info, warn};

/// Takes firmware out of service. Payload:
/// `{"device_model": "…", "version_range": "<2.0.0", "reason": "…"}`.
pub(crate) const BLOCK_FIRMWARE: &str = "firmware.block";

/// Devices that a preview names.
const NAMED_MAX: usize = 100;

const NO_BLOCK: AppError = AppError::NotFound("firmware block");

/// What is to be blocked.
#[derive(Clone, Debug)]
pub struct BlockWish {
    /// Of which model.
    pub device_model: String,
    /// Which versions.
    pub range: VersionRange,
    /// Why.
    pub reason: String,
}

/// What a block does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockPreview {
    /// Devices with such firmware that are in service.
    pub devices: usize,
    /// Orders of theirs that run; they end normally.
    pub active_orders: usize,
    /// The first of the devices.
    pub named: Vec<PhyId>,
}

/// What became of a wish.
#[derive(Clone, Debug)]
pub enum Blocked {
    /// It is in force.
    Done(FirmwareBlock),
    /// It waits for a second person.
    Waits(Box<PendingOperation>),
}

/// A block in force, as it is asked about at each registration.
pub(crate) struct ActiveBlock {
    id: i64,
    device_model: String,
    range: VersionRange,
}

impl App {
    /// What a block would do now.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn preview_block(
        &self,
        device_model: &str,
        range: &VersionRange,
    ) -> Result<BlockPreview, AppError> {
        let mut view = self.db.view().await?;
        let found = firmware_blocks::of_model(view.conn(), device_model).await?;
        drop(view);
        let mut preview = BlockPreview::default();
        for device in found {
            if !is_in_service(device.status) || !has(&device, range) {
                continue;
            }
            preview.devices += 1;
            preview.active_orders += self.orders.of_device(&device.phy_id).len();
            if preview.named.len() < NAMED_MAX {
                preview.named.push(device.phy_id);
            }
        }
        Ok(preview)
    }

    /// Takes firmware out of service: a key at once, a person with a second one's word.
    ///
    /// # Errors
    /// [`AppError::Denied`] without the leaf.
    pub async fn block_firmware(
        &self,
        actor: &Actor,
        wish: BlockWish,
    ) -> Result<Blocked, AppError> {
        if actor.admin_id.is_none() {
            let mut tx = self.db.begin().await?;
            let id = self.block_in(&mut tx, &wish, &actor.name, None).await?;
            let block = firmware_blocks::find(tx.conn(), id)
                .await?
                .ok_or(NO_BLOCK)?;
            let after = Some(view_of(&block));
            self.audit_in(
                &mut tx,
                actor,
                "device.firmware.block",
                &object(id),
                None,
                after,
            )
            .await?;
            tx.commit().await?;
            self.take_blocks().await?;
            return Ok(Blocked::Done(block));
        }
        let preview = self.preview_block(&wish.device_model, &wish.range).await?;
        let proposal = Proposal {
            kind: BLOCK_FIRMWARE.to_owned(),
            payload: json!({
                "device_model": wish.device_model,
                "version_range": wish.range.as_str(),
                "reason": wish.reason,
            }),
            summary: format!(
                "停用型号 {} 固件 {}（设备 {} 台，进行中订单 {} 笔）：{}",
                wish.device_model, wish.range, preview.devices, preview.active_orders, wish.reason
            ),
        };
        let waits = self.propose(actor, proposal).await?;
        Ok(Blocked::Waits(Box::new(waits)))
    }

    /// A second person has confirmed it.
    pub(crate) async fn block_confirmed_in(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        operation: &PendingOperation,
    ) -> Result<Value, AppError> {
        let said = |field: &str| operation.payload[field].as_str().unwrap_or_default();
        let range = VersionRange::parse(said("version_range"))
            .map_err(|_| AppError::Conflict("the range is not readable"))?;
        let wish = BlockWish {
            device_model: said("device_model").to_owned(),
            range,
            reason: said("reason").to_owned(),
        };
        let by = &operation.requested_name;
        let id = self.block_in(tx, &wish, by, Some(&actor.name)).await?;
        Ok(json!({ "block_id": id }))
    }

    async fn block_in(
        &self,
        tx: &mut Tx,
        wish: &BlockWish,
        by: &str,
        confirmed_by: Option<&str>,
    ) -> Result<i64, AppError> {
        let now = self.now();
        let new = NewBlock {
            device_model: &wish.device_model,
            version_range: wish.range.as_str(),
            reason: &wish.reason,
            created_by: by,
            confirmed_by,
        };
        let id = firmware_blocks::insert(tx.conn(), &new, now).await?;
        let mut count = 0_usize;
        for device in firmware_blocks::of_model(tx.conn(), &wish.device_model).await? {
            if has(&device, &wish.range) && hold_in(tx, id, &device, by, now).await? {
                count += 1;
            }
        }
        info!(block = id, model = wish.device_model, range = %wish.range, devices = count, by,
            "firmware blocked");
        Ok(id)
    }

    /// Puts firmware back into service: the devices that this block alone kept out of it go back
    /// to where they were. What an operator has decided since stays.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a block, [`AppError::Conflict`] when it is over.
    pub async fn lift_block(&self, actor: &Actor, id: i64) -> Result<FirmwareBlock, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = firmware_blocks::find(tx.conn(), id)
            .await?
            .ok_or(NO_BLOCK)?;
        if !firmware_blocks::lift(tx.conn(), id, &actor.name, now).await? {
            return Err(AppError::Conflict("the block is lifted already"));
        }
        for held in firmware_blocks::held(tx.conn(), id).await? {
            release_in(&mut tx, &held, &actor.name, now).await?;
        }
        let after = firmware_blocks::find(tx.conn(), id)
            .await?
            .ok_or(NO_BLOCK)?;
        let (was, is) = (Some(view_of(&before)), Some(view_of(&after)));
        self.audit_in(
            &mut tx,
            actor,
            "device.firmware.unblock",
            &object(id),
            was,
            is,
        )
        .await?;
        tx.commit().await?;
        self.take_blocks().await?;
        info!(block = id, actor = actor.name, "firmware block lifted");
        Ok(after)
    }

    /// A page of blocks, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_blocks(
        &self,
        is_active: Option<bool>,
        page: PageRequest,
    ) -> Result<Page<FirmwareBlock>, AppError> {
        let mut view = self.db.view().await?;
        Ok(firmware_blocks::list(view.conn(), is_active, page).await?)
    }

    /// One block.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a block.
    pub async fn firmware_block(&self, id: i64) -> Result<FirmwareBlock, AppError> {
        let mut view = self.db.view().await?;
        firmware_blocks::find(view.conn(), id)
            .await?
            .ok_or(NO_BLOCK)
    }

    /// Reads which firmware is blocked, and takes over what that means for devices in memory.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn take_blocks(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let rows = firmware_blocks::active(view.conn()).await?;
        let mut models: Vec<String> = rows.iter().map(|row| row.device_model.clone()).collect();
        models.extend(
            self.blocks
                .load()
                .iter()
                .map(|block| block.device_model.clone()),
        );
        models.sort_unstable();
        models.dedup();
        let mut states = Vec::new();
        for model in &models {
            states.extend(firmware_blocks::of_model(view.conn(), model).await?);
        }
        drop(view);
        let blocks = rows.into_iter().filter_map(|row| {
            let range = VersionRange::parse(&row.version_range);
            if range.is_err() {
                warn!(
                    block = row.id,
                    range = row.version_range,
                    "a block is not readable"
                );
            }
            Some(ActiveBlock {
                id: row.id,
                device_model: row.device_model,
                range: range.ok()?,
            })
        });
        self.blocks.store(std::sync::Arc::new(blocks.collect()));
        for device in states {
            self.live
                .change(&device.phy_id, |live| live.lifecycle = device.status);
        }
        Ok(())
    }

    /// A device has said what it runs: out of service if that is blocked, back if it was for that
    /// reason alone and is not any more.
    pub(crate) async fn gate(
        &self,
        phy_id: &PhyId,
        device_id: DeviceId,
        model: Option<&str>,
        firmware: Option<&str>,
    ) -> Result<(), AppError> {
        let lifecycle = self.live.read(phy_id, |live| live.lifecycle);
        let Some(lifecycle) = lifecycle else {
            return Ok(());
        };
        let row_model = self.model_of(device_id, model).await?;
        let blocks = self.blocks.load_full();
        let meant: Vec<i64> = blocks
            .iter()
            .filter(|block| Some(block.device_model.as_str()) == row_model.as_deref())
            .filter(|block| firmware.is_some_and(|version| block.range.contains(version)))
            .map(|block| block.id)
            .collect();
        if meant.is_empty() && lifecycle != DeviceStatus::Disabled {
            return Ok(());
        }
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let Some(row) = devices::find(tx.conn(), device_id).await? else {
            return Ok(());
        };
        let device = ModelDevice {
            id: device_id,
            phy_id: phy_id.clone(),
            firmware_version: firmware.map(str::to_owned),
            status: row.status,
        };
        for block in &meant {
            hold_in(&mut tx, *block, &device, "system", now).await?;
        }
        if firmware.is_some() {
            for held in firmware_blocks::holding(tx.conn(), device_id).await? {
                if !meant.contains(&held.block_id) {
                    release_in(&mut tx, &held, "system", now).await?;
                }
            }
        }
        let after = devices::find(tx.conn(), device_id).await?;
        tx.commit().await?;
        if let Some(after) = after
            && after.status != lifecycle
        {
            info!(device = %phy_id, from = lifecycle.as_str(), to = after.status.as_str(),
                firmware, "the firmware gate moved a device");
            self.live
                .change(phy_id, |live| live.lifecycle = after.status);
        }
        Ok(())
    }

    /// What the device says it is, or what is written down of it.
    async fn model_of(
        &self,
        device_id: DeviceId,
        said: Option<&str>,
    ) -> Result<Option<String>, AppError> {
        if said.is_some() || self.blocks.load().is_empty() {
            return Ok(said.map(str::to_owned));
        }
        let mut view = self.db.view().await?;
        let row = devices::find(view.conn(), device_id).await?;
        Ok(row.and_then(|row| row.device_model))
    }
}

/// Puts a device out of service for a block, unless an operator has done so before. Whether it is
/// out for this block now.
async fn hold_in(
    tx: &mut Tx,
    block_id: i64,
    device: &ModelDevice,
    by: &str,
    now: Timestamp,
) -> Result<bool, AppError> {
    let others = firmware_blocks::holding(tx.conn(), device.id).await?;
    let before = match device.status {
        DeviceStatus::Disabled => match others.first() {
            // Another block has done it: both must be gone before it charges again.
            Some(other) => other.status_before,
            None => return Ok(false),
        },
        status if is_in_service(status) => status,
        _ => return Ok(false),
    };
    let mine = others.iter().any(|held| held.block_id == block_id);
    if device.status == DeviceStatus::Disabled && mine {
        return Ok(true);
    }
    let held = HeldDevice {
        block_id,
        device_id: device.id,
        phy_id: device.phy_id.clone(),
        status_before: before,
    };
    firmware_blocks::hold(tx.conn(), &held, now).await?;
    if device.status != DeviceStatus::Disabled {
        let move_to = (device.status, DeviceStatus::Disabled);
        move_in(tx, &held, move_to, by, now).await?;
    }
    Ok(true)
}

/// Lets go of a device. It goes back to where it was if no other block holds it and nobody has
/// moved it since.
async fn release_in(
    tx: &mut Tx,
    held: &HeldDevice,
    by: &str,
    now: Timestamp,
) -> Result<(), AppError> {
    firmware_blocks::release(tx.conn(), held.block_id, held.device_id, now).await?;
    let others = firmware_blocks::holding(tx.conn(), held.device_id).await?;
    let row = devices::find(tx.conn(), held.device_id).await?;
    let is_out = row.is_some_and(|row| row.status == DeviceStatus::Disabled);
    if others.is_empty() && is_out {
        let back = (DeviceStatus::Disabled, held.status_before);
        move_in(tx, held, back, by, now).await?;
    }
    Ok(())
}

async fn move_in(
    tx: &mut Tx,
    held: &HeldDevice,
    (from, to): (DeviceStatus, DeviceStatus),
    by: &str,
    now: Timestamp,
) -> Result<(), AppError> {
    devices::set_status(tx.conn(), held.device_id, to, now).await?;
    let row = StatusChange {
        object_type: status_history::DEVICE.to_owned(),
        object_id: held.phy_id.to_string(),
        from_state: Some(from.as_str().to_owned()),
        to_state: to.as_str().to_owned(),
        cause: "firmware_block".to_owned(),
        actor: by.to_owned(),
        reason: Some(format!("firmware block {}", held.block_id)),
        at: now,
    };
    status_history::insert(tx.conn(), &[row]).await?;
    Ok(())
}

const fn is_in_service(status: DeviceStatus) -> bool {
    matches!(
        status,
        DeviceStatus::Registered | DeviceStatus::Active | DeviceStatus::Maintenance
    )
}

fn has(device: &ModelDevice, range: &VersionRange) -> bool {
    let version = device.firmware_version.as_deref();
    version.is_some_and(|version| range.contains(version))
}

fn object(id: i64) -> String {
    format!("firmware_block:{id}")
}

fn view_of(block: &FirmwareBlock) -> Value {
    json!({
        "device_model": block.device_model,
        "version_range": block.version_range,
        "reason": block.reason,
        "devices": block.devices,
        "lifted_at": block.lifted_at.map(Timestamp::unix_seconds),
    })
}
