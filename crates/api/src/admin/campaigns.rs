//! Firmware: the library, and campaigns that bring it to devices.

use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload, read_body};
use crate::run_to_end::run_to_end;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use app::{CampaignDeviceView, CampaignTargets, CampaignView, NewCampaign};
use axum::extract::{Request, State};
use domain::campaign::{CampaignState, Rollout, UpdateState};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use store::firmware::{Campaign, Firmware, FirmwareEntry, FtpAddress};
use utoipa::{IntoParams, ToSchema};

/// Longest name of anything here.
const NAME_MAX: usize = 100;
/// Longest path of a file.
const PATH_MAX: usize = 128;
/// Largest wave.
const WAVE_MAX: u32 = 10_000;

/// What an image is for.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Target {
    /// The gateway or main board.
    #[default]
    Main,
    /// The sockets or power boards.
    Socket,
    /// The radio module.
    Radio,
}

impl Target {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Socket => "socket",
            Self::Radio => "radio",
        }
    }
}

/// What describes an image.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// Protocol of the devices that take it, for example `ap3000`.
    family: String,
    /// Their model; none for all of the family.
    device_model: Option<String>,
    /// Its version, as devices report it.
    version: String,
    /// What is replaced: `main` (when absent), `socket` or `radio`.
    #[serde(default)]
    #[param(inline)]
    target: Target,
    /// Name of the file.
    file_name: String,
    /// Free text.
    notes: Option<String>,
}

/// An image that devices fetch by themselves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"family": "ykc", "version": "V4.2", "host": "203.0.113.7",
    "path": "/fw/v42.bin", "user": "pile", "password": "secret"}))]
pub(crate) struct AddressBody {
    /// Protocol of the devices that take it.
    family: String,
    /// Their model; none for all of the family.
    device_model: Option<String>,
    /// Its version, as devices report it.
    version: String,
    /// What is replaced.
    #[serde(default)]
    target: Target,
    /// The FTP server, an IPv4 address.
    #[schema(value_type = String, example = "203.0.113.7")]
    host: Ipv4Addr,
    /// Its port; 21 when absent.
    port: Option<u16>,
    /// The file with its path.
    path: String,
    /// Who logs in.
    user: Option<String>,
    /// With which password.
    password: Option<String>,
    /// Free text.
    notes: Option<String>,
}

/// An entry of the library.
#[derive(Serialize, ToSchema)]
pub(crate) struct FirmwareOut {
    /// Its id.
    id: i64,
    /// Protocol of the devices that take it.
    #[schema(example = "ap3000")]
    family: String,
    /// Their model; none for all of the family.
    device_model: Option<String>,
    /// Its version.
    version: String,
    /// `main`, `socket` or `radio`.
    target: String,
    /// Name of the file.
    file_name: String,
    /// Length in bytes, when it is kept here.
    size: Option<i64>,
    /// SHA-256 in hex, when it is kept here.
    sha256: Option<String>,
    /// Where devices fetch it, when it is not pushed; without the password.
    ftp: Option<String>,
    /// Free text.
    notes: Option<String>,
    /// Who handed it in.
    uploaded_by: String,
    /// When, Unix seconds.
    created_at: i64,
}

impl From<Firmware> for FirmwareOut {
    fn from(row: Firmware) -> Self {
        let entry = row.entry;
        let address = |ftp: FtpAddress| {
            let slash = if ftp.path.starts_with('/') { "" } else { "/" };
            format!("ftp://{}:{}{slash}{}", ftp.host, ftp.port, ftp.path)
        };
        Self {
            id: row.id,
            family: entry.family,
            device_model: entry.device_model,
            version: entry.version,
            target: entry.target,
            file_name: entry.file_name,
            size: entry.size,
            sha256: entry.sha256,
            ftp: entry.ftp.map(address),
            notes: entry.notes,
            uploaded_by: entry.uploaded_by,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// Adds an image to the library. The body is the image itself, byte for byte.
#[utoipa::path(
    post,
    path = "/api/v1/admin/firmware",
    tag = "administration",
    operation_id = "upload_firmware",
    params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The entry", body = Envelope<FirmwareOut>),
        (status = 422, description = "No such family", body = Refusal),
    )
)]
pub(crate) async fn upload(
    State(api): State<Api>,
    client: Client,
    Filter(query): Filter<UploadQuery>,
    request: Request,
) -> Answer<FirmwareOut> {
    let image = read_body(request, api.settings().image_max_bytes).await?;
    if image.is_empty() {
        return Err(Failure::invalid("body", "must be the firmware image"));
    }
    let size = i64::try_from(image.len()).unwrap_or(i64::MAX);
    let entry = FirmwareEntry {
        family: name("family", query.family)?,
        device_model: query.device_model,
        version: version(query.version)?,
        target: query.target.as_str().to_owned(),
        file_name: name("file_name", query.file_name)?,
        size: Some(size),
        sha256: Some(hex::encode(Sha256::digest(&image))),
        ftp: None,
        notes: query.notes,
        uploaded_by: client.caller.actor(),
    };
    let app = api.app().clone();
    let row = run_to_end(async move { app.add_firmware(entry, Some(&image)).await }).await?;
    Ok(ok(row.into()))
}

/// Adds the address of an image that devices fetch by FTP.
#[utoipa::path(
    post,
    path = "/api/v1/admin/firmware/addresses",
    tag = "administration",
    operation_id = "add_firmware_address",
    request_body = AddressBody,
    responses(
        (status = 200, description = "The entry", body = Envelope<FirmwareOut>),
        (status = 422, description = "No such family", body = Refusal),
    )
)]
pub(crate) async fn add_address(
    State(api): State<Api>,
    client: Client,
    Payload(body): Payload<AddressBody>,
) -> Answer<FirmwareOut> {
    let plain = body.path.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain || !(1..=PATH_MAX).contains(&body.path.len()) {
        let problem = "must be 1 to 128 plain ASCII characters";
        return Err(Failure::invalid("path", problem));
    }
    let file = body.path.rsplit('/').next().unwrap_or(&body.path);
    let entry = FirmwareEntry {
        family: name("family", body.family)?,
        device_model: body.device_model,
        version: version(body.version)?,
        target: body.target.as_str().to_owned(),
        file_name: file.to_owned(),
        size: None,
        sha256: None,
        ftp: Some(FtpAddress {
            host: body.host,
            port: body.port.unwrap_or(21),
            path: body.path,
            user: body.user,
            password: body.password,
        }),
        notes: body.notes,
        uploaded_by: client.caller.actor(),
    };
    let app = api.app().clone();
    let row = run_to_end(async move { app.add_firmware(entry, None).await }).await?;
    Ok(ok(row.into()))
}

fn name(field: &str, said: String) -> Result<String, Failure> {
    if (1..=NAME_MAX).contains(&said.chars().count()) {
        Ok(said)
    } else {
        Err(Failure::invalid(field, "must have 1 to 100 characters"))
    }
}

/// Versions are compared by their numbers.
fn version(said: String) -> Result<String, Failure> {
    let said = name("version", said)?;
    if said.bytes().any(|byte| byte.is_ascii_digit()) {
        Ok(said)
    } else {
        Err(Failure::invalid("version", "must contain a number"))
    }
}

/// Which entries a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FirmwareQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// Of this family only.
    family: Option<String>,
}

impl PageQuery for FirmwareQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists the library, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/firmware",
    tag = "administration",
    operation_id = "list_firmware",
    params(FirmwareQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<FirmwareOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<FirmwareQuery>,
) -> Answer<PageOut<FirmwareOut>> {
    let page = api
        .app()
        .list_firmware(query.family.as_deref(), query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, FirmwareOut::from)))
}

/// An entry's id in a path.
#[derive(Deserialize)]
pub(crate) struct FirmwareId(i64);

impl Named for FirmwareId {
    const NAME: &'static str = "firmware";
}

/// Takes an entry off the list; updates under way go on.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/firmware/{id}",
    tag = "administration",
    operation_id = "remove_firmware",
    params(("id" = i64, Path, description = "The entry", example = 1)),
    responses(
        (status = 200, description = "Gone", body = Envelope<FirmwareOut>),
        (status = 404, description = "No such entry", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    client: Client,
    At(FirmwareId(id)): At<FirmwareId>,
) -> Answer<FirmwareOut> {
    let known = api.app().firmware(id).await?;
    let app = api.app().clone();
    run_to_end(async move { app.remove_firmware(&client.caller.actor(), id).await }).await?;
    Ok(ok(known.into()))
}

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
enum Wish {
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
    action: Wish,
}

/// Starts, pauses, resumes or aborts a campaign.
#[utoipa::path(
    post,
    path = "/api/v1/admin/firmware/campaigns/{id}",
    tag = "administration",
    operation_id = "move_campaign",
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
        Wish::Start => CampaignState::Running,
        Wish::Pause => CampaignState::Paused,
        Wish::Abort => CampaignState::Aborted,
    };
    let app = api.app().clone();
    let row =
        run_to_end(async move { app.move_campaign(&client.caller.actor(), id, to).await }).await?;
    Ok(ok(row.into()))
}
