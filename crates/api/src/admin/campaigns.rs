//! Campaigns that bring firmware to devices.

use super::library::{FirmwareOut, name};
use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use app::{CampaignDeviceView, CampaignTargets, CampaignView, NewCampaign};
use axum::extract::State;
use domain::campaign::{CampaignState, Rollout, UpdateState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::firmware::Campaign;
use utoipa::{IntoParams, ToSchema};

/// Largest wave.
const WAVE_MAX: u32 = 10_000;

/// A campaign to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Spring", "firmware_id": 1, "first_wave": 2, "wave": 50,
    "failures_max_percent": 10}))]
pub(crate) struct CampaignBody {
    /// Its name.
    name: String,
    /// What it brings.
    firmware_id: i64,
    /// These devices only; all that match the firmware when absent.
    #[serde(default)]
    devices: Vec<String>,
    /// At this station only.
    station_id: Option<i64>,
    /// Devices whose version is below this only.
    below_version: Option<String>,
    /// Devices of the first wave; 1 when absent.
    first_wave: Option<u32>,
    /// Devices of each wave that follows; 10 when absent.
    wave: Option<u32>,
    /// Percent of the finished devices that may fail before it pauses by itself; 10 when absent.
    failures_max_percent: Option<u8>,
}

/// A campaign.
#[derive(Serialize, ToSchema)]
pub(crate) struct CampaignOut {
    /// Its id.
    id: i64,
    /// Its name.
    name: String,
    /// What it brings.
    firmware_id: i64,
    /// `draft`, `running`, `paused`, `done`, `aborted`.
    #[schema(example = "running")]
    state: &'static str,
    /// Why it paused by itself.
    pause_reason: Option<String>,
    /// Devices of the first wave.
    first_wave: u32,
    /// Devices of each wave that follows.
    wave: u32,
    /// Percent of the finished devices that may fail.
    failures_max_percent: u8,
    /// Who made it.
    created_by: String,
    /// When, Unix seconds.
    created_at: i64,
    /// When it ended, Unix seconds.
    ended_at: Option<i64>,
}

impl From<Campaign> for CampaignOut {
    fn from(row: Campaign) -> Self {
        Self {
            id: row.id,
            name: row.name,
            firmware_id: row.firmware_id,
            state: row.state.as_str(),
            pause_reason: row.pause_reason,
            first_wave: row.rollout.first_wave,
            wave: row.rollout.wave,
            failures_max_percent: row.rollout.failures_max_pct,
            created_by: row.created_by,
            created_at: row.created_at.unix_seconds(),
            ended_at: seconds(row.ended_at),
        }
    }
}

/// A campaign with its devices.
#[derive(Serialize, ToSchema)]
pub(crate) struct CampaignDetailOut {
    /// The campaign.
    campaign: CampaignOut,
    /// What it brings; none once that was taken off the list.
    firmware: Option<FirmwareOut>,
    /// How many devices are in which state.
    counts: BTreeMap<&'static str, usize>,
    /// Its devices, in the order of their turn.
    devices: Vec<CampaignDeviceOut>,
}

/// A device of a campaign.
#[derive(Serialize, ToSchema)]
pub(crate) struct CampaignDeviceOut {
    /// The device.
    device_phy_id: String,
    /// Its wave, 0 first.
    wave: u32,
    /// `waiting`, `updating`, `verifying`, `succeeded`, `failed`, `skipped`.
    #[schema(example = "updating")]
    state: &'static str,
    /// What it had.
    from_version: Option<String>,
    /// What it reported afterwards.
    to_version: Option<String>,
    /// Its command.
    command_id: Option<i64>,
    /// Pieces done, while it takes the image.
    done: Option<u32>,
    /// Of how many.
    total: Option<u32>,
    /// Why it failed.
    error: Option<String>,
    /// Since when it is in its state, Unix seconds.
    since: i64,
}

impl From<CampaignDeviceView> for CampaignDeviceOut {
    fn from(view: CampaignDeviceView) -> Self {
        let row = view.row;
        Self {
            device_phy_id: row.phy_id.to_string(),
            wave: row.wave,
            state: row.state.as_str(),
            from_version: row.from_version,
            to_version: row.to_version,
            command_id: row.command_id.map(|id| id.0),
            done: view.progress.as_ref().map(|progress| progress.done),
            total: view.progress.as_ref().map(|progress| progress.total),
            error: row.error,
            since: row.since.unix_seconds(),
        }
    }
}

impl From<CampaignView> for CampaignDetailOut {
    fn from(view: CampaignView) -> Self {
        let mut counts: BTreeMap<&'static str, usize> = UpdateState::ALL
            .into_iter()
            .map(|state| (state.as_str(), 0))
            .collect();
        for device in &view.devices {
            *counts.entry(device.row.state.as_str()).or_default() += 1;
        }
        Self {
            campaign: view.campaign.into(),
            firmware: view.firmware.map(FirmwareOut::from),
            counts,
            devices: view
                .devices
                .into_iter()
                .map(CampaignDeviceOut::from)
                .collect(),
        }
    }
}

/// Makes a campaign, still a draft.
#[utoipa::path(
    post,
    path = "/api/v1/admin/firmware/campaigns",
    tag = "administration",
    operation_id = "create_campaign",
    extensions(("x-access" = json!("device.firmware.ota_task"))),
    request_body = CampaignBody,
    responses(
        (status = 200, description = "The campaign", body = Envelope<CampaignOut>),
        (status = 404, description = "No such firmware", body = Refusal),
        (status = 422, description = "No device matches", body = Refusal),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    client: Client,
    Payload(body): Payload<CampaignBody>,
) -> Answer<CampaignOut> {
    let (first_wave, wave) = (body.first_wave.unwrap_or(1), body.wave.unwrap_or(10));
    for (field, size) in [("first_wave", first_wave), ("wave", wave)] {
        if !(1..=WAVE_MAX).contains(&size) {
            return Err(Failure::invalid(field, "must be 1 to 10000"));
        }
    }
    let failures_max_pct = body.failures_max_percent.unwrap_or(10);
    if failures_max_pct > 100 {
        return Err(Failure::invalid("failures_max_percent", "must be 0 to 100"));
    }
    let devices = body.devices.iter().map(|text| device_id(text));
    let new = NewCampaign {
        name: name("name", body.name)?,
        firmware_id: body.firmware_id,
        targets: CampaignTargets {
            devices: devices.collect::<Result<_, _>>()?,
            station_id: body.station_id,
            below_version: body.below_version,
        },
        rollout: Rollout {
            first_wave,
            wave,
            failures_max_pct,
        },
        actor: client.caller.actor(),
    };
    let app = api.app().clone();
    let row = run_to_end(async move { app.create_campaign(new).await }).await?;
    Ok(ok(row.into()))
}

/// Which campaigns a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CampaignQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
}

impl PageQuery for CampaignQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists campaigns, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/firmware/campaigns",
    tag = "administration",
    operation_id = "list_campaigns",
    extensions(("x-access" = json!("device.firmware.view"))),
    params(CampaignQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<CampaignOut>>))
)]
pub(crate) async fn campaigns(
    State(api): State<Api>,
    Filter(query): Filter<CampaignQuery>,
) -> Answer<PageOut<CampaignOut>> {
    let page = api.app().list_campaigns(query.page_request()?).await?;
    Ok(ok(PageOut::of(page, CampaignOut::from)))
}

/// A campaign's id in a path.
#[derive(Deserialize)]
pub(crate) struct CampaignId(i64);

impl Named for CampaignId {
    const NAME: &'static str = "campaign";
}

/// Shows a campaign with its devices.
#[utoipa::path(
    get,
    path = "/api/v1/admin/firmware/campaigns/{id}",
    tag = "administration",
    operation_id = "show_campaign",
    extensions(("x-access" = json!("device.firmware.view"))),
    params(("id" = i64, Path, description = "The campaign", example = 1)),
    responses(
        (status = 200, description = "The campaign", body = Envelope<CampaignDetailOut>),
        (status = 404, description = "No such campaign", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(CampaignId(id)): At<CampaignId>,
) -> Answer<CampaignDetailOut> {
    Ok(ok(api.app().campaign(id).await?.into()))
}

/// What is to become of a campaign.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CampaignWish {
    /// It begins, or goes on.
    Start,
    /// No further device begins.
    Pause,
    /// It ends; devices whose turn has not come are skipped.
    Abort,
}

/// What is to become of a campaign.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "start"}))]
pub(crate) struct MoveBody {
    /// `start`, `pause` or `abort`.
    action: CampaignWish,
}

/// Starts, pauses, resumes or aborts a campaign.
#[utoipa::path(
    post,
    path = "/api/v1/admin/firmware/campaigns/{id}",
    tag = "administration",
    operation_id = "move_campaign",
    extensions(("x-access" = json!("device.firmware.ota_task"))),
    params(("id" = i64, Path, description = "The campaign", example = 1)),
    request_body = MoveBody,
    responses(
        (status = 200, description = "The campaign", body = Envelope<CampaignOut>),
        (status = 404, description = "No such campaign", body = Refusal),
        (status = 409, description = "Not possible in its state", body = Refusal),
    )
)]
pub(crate) async fn act(
    State(api): State<Api>,
    client: Client,
    At(CampaignId(id)): At<CampaignId>,
    Payload(body): Payload<MoveBody>,
) -> Answer<CampaignOut> {
    let to = match body.action {
        CampaignWish::Start => CampaignState::Running,
        CampaignWish::Pause => CampaignState::Paused,
        CampaignWish::Abort => CampaignState::Aborted,
    };
    let app = api.app().clone();
    let row =
        run_to_end(async move { app.move_campaign(&client.caller.actor(), id, to).await }).await?;
    Ok(ok(row.into()))
}
