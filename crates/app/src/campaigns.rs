//! Firmware campaigns: an operator chooses an image and devices; the platform brings it to them
//! in waves, never to a device that charges, and stops by itself when too many fail.

use crate::cluster::Reach;
use crate::{App, AppError};
use device::FirmwareProgress;
use domain::campaign::{self, CampaignState, Rollout, Sighting, UpdateState};
use domain::command::CommandState;
use domain::device_status::DeviceStatus;
use domain::version;
use kernel::{PhyId, Timestamp};
use std::cmp::Ordering;
use store::firmware::{self, Campaign, CampaignDevice, Firmware};
use store::{Page, PageRequest, commands, devices};
use tracing::{info, warn};

/// Devices of one campaign.
pub const CAMPAIGN_DEVICES_MAX: usize = 20_000;

const NO_CAMPAIGN: AppError = AppError::NotFound("campaign");

/// Which devices a campaign takes.
#[derive(Clone, Debug, Default)]
pub struct CampaignTargets {
    /// These only.
    pub devices: Vec<PhyId>,
    /// At this station only.
    pub station_id: Option<i64>,
    /// Whose version is below this only.
    pub below_version: Option<String>,
}

/// A campaign to be made.
#[derive(Clone, Debug)]
pub struct NewCampaign {
    /// Its name.
    pub name: String,
    /// What it brings.
    pub firmware_id: i64,
    /// Its devices.
    pub targets: CampaignTargets,
    /// Its rules.
    pub rollout: Rollout,
    /// Who makes it.
    pub actor: String,
}

/// A device of a campaign with what is known only in memory.
#[derive(Clone, Debug)]
pub struct CampaignDeviceView {
    /// Its row.
    pub row: CampaignDevice,
    /// How far its image is.
    pub progress: Option<FirmwareProgress>,
}

/// A campaign with its devices.
#[derive(Clone, Debug)]
pub struct CampaignView {
    /// Its row.
    pub campaign: Campaign,
    /// What it brings; none once that was taken off the list.
    pub firmware: Option<Firmware>,
    /// Its devices, in the order of their turn.
    pub devices: Vec<CampaignDeviceView>,
}

impl App {
    /// Makes a campaign, still a draft: its devices are chosen now.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such firmware, [`AppError::Semantic`] when no device
    /// matches or one that was named does not.
    pub async fn create_campaign(&self, new: NewCampaign) -> Result<Campaign, AppError> {
        let chosen = self.firmware(new.firmware_id).await?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let mut matching = Vec::new();
        for row in devices::all(tx.conn()).await? {
            let Some(phy_id) = row.phy_id.clone() else {
                continue;
            };
            let named = new.targets.devices.contains(&phy_id);
            if !new.targets.devices.is_empty() && !named {
                continue;
            }
            if !fits(&chosen, &row, &new.targets) {
                if named {
                    return Err(AppError::Semantic {
                        field: "devices".to_owned(),
                        problem: format!("{phy_id} does not take this firmware"),
                    });
                }
                continue;
            }
            matching.push((phy_id, row));
        }
        if matching.is_empty() || matching.len() > CAMPAIGN_DEVICES_MAX {
            return Err(AppError::Semantic {
                field: "devices".to_owned(),
                problem: format!(
                    "must be 1 to {CAMPAIGN_DEVICES_MAX}, not {}",
                    matching.len()
                ),
            });
        }
        let rows: Vec<CampaignDevice> = matching
            .into_iter()
            .enumerate()
            .map(|(index, (phy_id, row))| CampaignDevice {
                device_id: row.id,
                phy_id,
                wave: new.rollout.wave_of(index),
                state: UpdateState::Waiting,
                from_version: row.firmware_version,
                to_version: None,
                command_id: None,
                error: None,
                since: now,
            })
            .collect();
        let mut campaign = Campaign {
            id: 0,
            name: new.name,
            firmware_id: new.firmware_id,
            state: CampaignState::Draft,
            rollout: new.rollout,
            pause_reason: None,
            created_by: new.actor,
            created_at: now,
            ended_at: None,
        };
        campaign.id = firmware::insert_campaign(tx.conn(), &campaign, &rows).await?;
        tx.commit().await?;
        info!(
            campaign = campaign.id,
            devices = rows.len(),
            actor = campaign.created_by,
            "campaign made"
        );
        Ok(campaign)
    }

    /// Starts, pauses, resumes or aborts a campaign. Aborted, devices whose turn has not come
    /// are skipped; those under way finish.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a campaign, [`AppError::Conflict`] when its state
    /// does not allow it.
    pub async fn move_campaign(
        &self,
        actor: &str,
        id: i64,
        to: CampaignState,
    ) -> Result<Campaign, AppError> {
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let campaign = firmware::find_campaign(tx.conn(), id).await?;
        let campaign = campaign.ok_or(NO_CAMPAIGN)?;
        let moved = campaign.state.may_become(to)
            && firmware::move_campaign(tx.conn(), id, campaign.state, to, None, now).await?;
        if !moved {
            return Err(AppError::Conflict("not possible in the campaign's state"));
        }
        if to == CampaignState::Aborted {
            let mut rows = firmware::list_devices(tx.conn(), id).await?;
            rows.retain(|row| row.state == UpdateState::Waiting);
            for row in &mut rows {
                row.state = UpdateState::Skipped;
                row.since = now;
            }
            firmware::put_devices(tx.conn(), id, &rows).await?;
        }
        let after = firmware::find_campaign(tx.conn(), id).await?;
        tx.commit().await?;
        info!(campaign = id, actor, state = to.as_str(), "campaign moved");
        after.ok_or(NO_CAMPAIGN)
    }

    /// A campaign with its devices.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a campaign.
    pub async fn campaign(&self, id: i64) -> Result<CampaignView, AppError> {
        let mut view = self.db.view().await?;
        let campaign = firmware::find_campaign(view.conn(), id).await?;
        let campaign = campaign.ok_or(NO_CAMPAIGN)?;
        let image = firmware::find(view.conn(), campaign.firmware_id).await?;
        let rows = firmware::list_devices(view.conn(), id).await?;
        let devices = rows.into_iter().map(|row| {
            let progress = self.live.read(&row.phy_id, |live| live.update.clone());
            CampaignDeviceView {
                progress: progress
                    .flatten()
                    .filter(|_| row.state == UpdateState::Updating),
                row,
            }
        });
        Ok(CampaignView {
            campaign,
            firmware: image,
            devices: devices.collect(),
        })
    }

    /// A page of campaigns, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_campaigns(&self, page: PageRequest) -> Result<Page<Campaign>, AppError> {
        let mut view = self.db.view().await?;
        Ok(firmware::list_campaigns(view.conn(), page).await?)
    }

    /// Looks after all campaigns once.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn step_campaigns(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let active = firmware::list_active_campaigns(view.conn()).await?;
        drop(view);
        for campaign in active {
            self.step_campaign(&campaign).await?;
        }
        Ok(())
    }

    async fn step_campaign(&self, campaign: &Campaign) -> Result<(), AppError> {
        let now = self.now();
        let mut view = self.db.view().await?;
        let image = firmware::find(view.conn(), campaign.firmware_id).await?;
        let mut rows = firmware::list_devices(view.conn(), campaign.id).await?;
        drop(view);
        let Some(image) = image else {
            let why = "its firmware was taken off the list";
            return self.pause(campaign, why, now).await;
        };
        let mut changed = Vec::new();
        for row in &mut rows {
            if self.look_at_update(row, &image, now).await? {
                changed.push(row.clone());
            }
        }
        let finished = |state| rows.iter().filter(|row| row.state == state).count();
        let (succeeded, failed) = (
            finished(UpdateState::Succeeded),
            finished(UpdateState::Failed),
        );
        if campaign.state == CampaignState::Running {
            if campaign.rollout.is_failing(succeeded, failed) {
                self.store_devices(campaign.id, &changed).await?;
                let why = format!("{failed} of {} devices failed", succeeded + failed);
                return self.pause(campaign, &why, now).await;
            }
            let open = rows.iter().filter(|row| !row.state.is_over());
            let Some(wave) = open.map(|row| row.wave).min() else {
                self.store_devices(campaign.id, &changed).await?;
                return self.end(campaign, now).await;
            };
            let turn = rows
                .iter_mut()
                .filter(|row| row.wave == wave && row.state == UpdateState::Waiting);
            for row in turn {
                if self.begin_update(row, &image, now).await? {
                    changed.push(row.clone());
                }
            }
        }
        self.store_devices(campaign.id, &changed).await
    }

    /// Moves a device under way on by what is known of it. True when that changed something.
    async fn look_at_update(
        &self,
        row: &mut CampaignDevice,
        image: &Firmware,
        now: Timestamp,
    ) -> Result<bool, AppError> {
        if !matches!(row.state, UpdateState::Updating | UpdateState::Verifying) {
            return Ok(false);
        }
        let Some(id) = row.command_id else {
            return Ok(false);
        };
        let mut view = self.db.view().await?;
        let command = commands::find(view.conn(), id).await?;
        drop(view);
        let failure = command
            .as_ref()
            .and_then(|command| command.last_error.clone());
        let failure = failure.unwrap_or_else(|| "the command did not get through".to_owned());
        let outcome = match command.as_ref().map(|command| command.state) {
            Some(CommandState::Queued | CommandState::Sent) => None,
            Some(CommandState::Acked) => Some(Ok(())),
            _ => Some(Err(failure.as_str())),
        };
        let version = self
            .live
            .read(&row.phy_id, |live| live.registration.firmware.clone());
        let version = version.flatten();
        let seen = Sighting {
            command: outcome,
            version: version.as_deref(),
            since: row.since,
        };
        let (state, why) = campaign::step(row.state, &image.entry.version, &seen, now);
        if state == row.state {
            return Ok(false);
        }
        row.state = state;
        row.error = why;
        row.since = now;
        if state.is_over() {
            row.to_version = version;
        }
        Ok(true)
    }

    /// Gives a device its image if it is there and idle. True when its state changed.
    async fn begin_update(
        &self,
        row: &mut CampaignDevice,
        image: &Firmware,
        now: Timestamp,
    ) -> Result<bool, AppError> {
        let version = self
            .live
            .read(&row.phy_id, |live| live.registration.firmware.clone());
        let same = |version: &String| {
            version::compare(version, &image.entry.version) == Some(Ordering::Equal)
        };
        if version.flatten().as_ref().is_some_and(same) {
            (row.state, row.since) = (UpdateState::Skipped, now);
            return Ok(true);
        }
        let away = self.reach_of(&row.phy_id) == Reach::Away;
        if away || !self.orders.of_device(&row.phy_id).is_empty() {
            return Ok(false);
        }
        let given = match self.update_command(&row.phy_id, image) {
            Ok(command) => {
                self.send_command("campaign", &row.phy_id, command, None)
                    .await
            }
            Err(fault) => Err(fault),
        };
        match given {
            Ok(ticket) => {
                row.command_id = Some(ticket.command);
                row.state = UpdateState::Updating;
            }
            Err(AppError::Unavailable) => return Err(AppError::Unavailable),
            Err(AppError::Overloaded | AppError::Conflict("device offline")) => return Ok(false),
            Err(fault) => {
                row.state = UpdateState::Failed;
                row.error = Some(fault.to_string());
            }
        }
        row.since = now;
        Ok(true)
    }

    async fn store_devices(&self, id: i64, rows: &[CampaignDevice]) -> Result<(), AppError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut direct = self.db.direct().await?;
        firmware::put_devices(direct.conn(), id, rows).await?;
        Ok(())
    }

    async fn pause(&self, campaign: &Campaign, why: &str, now: Timestamp) -> Result<(), AppError> {
        if campaign.state != CampaignState::Running {
            return Ok(());
        }
        let mut direct = self.db.direct().await?;
        let (from, to) = (campaign.state, CampaignState::Paused);
        if firmware::move_campaign(direct.conn(), campaign.id, from, to, Some(why), now).await? {
            warn!(
                campaign = campaign.id,
                reason = why,
                "campaign paused by itself"
            );
        }
        Ok(())
    }

    async fn end(&self, campaign: &Campaign, now: Timestamp) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        let (from, to) = (campaign.state, CampaignState::Done);
        if firmware::move_campaign(direct.conn(), campaign.id, from, to, None, now).await? {
            info!(campaign = campaign.id, "campaign done");
        }
        Ok(())
    }
}

/// Whether a device takes that firmware and belongs to those targets.
fn fits(firmware: &Firmware, row: &devices::Device, targets: &CampaignTargets) -> bool {
    let entry = &firmware.entry;
    let in_use = matches!(row.status, DeviceStatus::Registered | DeviceStatus::Active);
    let family = row.protocol.as_deref() == Some(entry.family.as_str());
    let model = entry.device_model.is_none() || entry.device_model == row.device_model;
    let station = targets.station_id.is_none() || targets.station_id == row.station_id;
    let below = match (&targets.below_version, &row.firmware_version) {
        (None, _) => true,
        (Some(limit), Some(version)) => version::is_below(version, limit),
        (Some(_), None) => false,
    };
    in_use && family && model && station && below
}
