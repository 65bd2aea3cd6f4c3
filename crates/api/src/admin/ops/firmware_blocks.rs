//! Firmware that is taken out of service.

use crate::Api;
use crate::choice::among;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, json, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::operations::OperationOut;
use crate::view::{PageOut, PageQuery, seconds};
use app::{BlockPreview, BlockWish, Blocked};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::version::VersionRange;
use serde::{Deserialize, Serialize};
use store::firmware_blocks::FirmwareBlock;
use utoipa::{IntoParams, ToSchema};

/// Longest name of a model.
const MODEL_MAX: usize = 64;
/// Longest reason.
const REASON_MAX: usize = 500;

/// A block.
#[derive(Serialize, ToSchema)]
pub(crate) struct FirmwareBlockOut {
    /// Its row.
    firmware_block_id: i64,
    /// Of which model.
    #[schema(example = "组网版设备")]
    device_model: String,
    /// Which versions.
    #[schema(example = "<2.0.0")]
    version_range: String,
    /// Why.
    reason: String,
    /// Who blocked it.
    created_by: String,
    /// Who confirmed that; none where a key did it alone.
    confirmed_by: Option<String>,
    /// When, Unix seconds.
    created_at: i64,
    /// Who lifted it.
    lifted_by: Option<String>,
    /// When, Unix seconds.
    lifted_at: Option<i64>,
    /// Devices that are out of service because of it now.
    #[schema(example = 12)]
    devices: i64,
}

impl From<FirmwareBlock> for FirmwareBlockOut {
    fn from(row: FirmwareBlock) -> Self {
        Self {
            firmware_block_id: row.id,
            device_model: row.device_model,
            version_range: row.version_range,
            reason: row.reason,
            created_by: row.created_by,
            confirmed_by: row.confirmed_by,
            created_at: row.created_at.unix_seconds(),
            lifted_by: row.lifted_by,
            lifted_at: seconds(row.lifted_at),
            devices: row.devices,
        }
    }
}

/// What a block would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct FirmwareBlockPreviewOut {
    /// Devices that would be out of service.
    #[schema(example = 12)]
    devices: usize,
    /// Orders of theirs that run; they end normally.
    #[schema(example = 3)]
    active_orders: usize,
    /// The first hundred of the devices.
    #[schema(value_type = Vec<String>)]
    phy_ids: Vec<String>,
}

impl From<BlockPreview> for FirmwareBlockPreviewOut {
    fn from(preview: BlockPreview) -> Self {
        let names = preview.named.iter().map(ToString::to_string);
        Self {
            devices: preview.devices,
            active_orders: preview.active_orders,
            phy_ids: names.collect(),
        }
    }
}

/// Which firmware.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"device_model": "组网版设备", "version_range": "<2.0.0"}))]
pub(crate) struct FirmwareRangeBody {
    /// Of which model, as devices report it.
    device_model: String,
    /// `<2.0.0`, `>=1.2.0 <1.4.0`, `=1.3`; compared by their numbers.
    version_range: String,
}

/// What is to be blocked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"device_model": "组网版设备", "version_range": "<2.0.0",
    "reason": "结束报告缺失"}))]
pub(crate) struct FirmwareBlockBody {
    /// Of which model, as devices report it.
    device_model: String,
    /// `<2.0.0`, `>=1.2.0 <1.4.0`, `=1.3`; compared by their numbers.
    version_range: String,
    /// Why; shown wherever the block is.
    reason: String,
}

/// Which blocks.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FirmwareBlockQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// `active` or `lifted` only.
    #[param(example = "active")]
    state: Option<String>,
}

impl PageQuery for FirmwareBlockQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// A block's row, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct FirmwareBlockId(i64);

impl Named for FirmwareBlockId {
    const NAME: &'static str = "firmware block";
}

/// Lists blocks, newest first; `state=active` is what the console warns of on every page.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/firmware-blocks",
    tag = "administration",
    operation_id = "list_firmware_blocks",
    extensions(("x-access" = json!("device.firmware.view"))),
    params(FirmwareBlockQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<FirmwareBlockOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<FirmwareBlockQuery>,
) -> Answer<PageOut<FirmwareBlockOut>> {
    let state = among("state", query.state.as_deref(), &["active", "lifted"])?;
    let page = query.page_request()?;
    let is_active = state.map(|state| state == "active");
    let page = api.app().list_blocks(is_active, page).await?;
    Ok(ok(PageOut::of(page, FirmwareBlockOut::from)))
}

/// Shows a block.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/firmware-blocks/{firmware_block_id}",
    tag = "administration",
    operation_id = "show_firmware_block",
    extensions(("x-access" = json!("device.firmware.view"))),
    params(("firmware_block_id" = i64, Path, description = "The block", example = 1)),
    responses(
        (status = 200, description = "The block", body = Envelope<FirmwareBlockOut>),
        (status = 404, description = "No such block", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(FirmwareBlockId(id)): At<FirmwareBlockId>,
) -> Answer<FirmwareBlockOut> {
    Ok(ok(api.app().firmware_block(id).await?.into()))
}

/// Shows what a block would do now, without doing it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ops/firmware-blocks/preview",
    tag = "administration",
    operation_id = "preview_firmware_block",
    extensions(("x-access" = json!("device.firmware.block"))),
    request_body = FirmwareRangeBody,
    responses(
        (status = 200, description = "What it would do", body = Envelope<FirmwareBlockPreviewOut>),
    )
)]
pub(crate) async fn preview(
    State(api): State<Api>,
    Payload(body): Payload<FirmwareRangeBody>,
) -> Answer<FirmwareBlockPreviewOut> {
    let (model, range) = firmware(&body.device_model, &body.version_range)?;
    Ok(ok(api.app().preview_block(&model, &range).await?.into()))
}

/// Takes firmware out of service: its devices take no new orders, running ones end normally, and
/// devices that connect with it later are treated alike. A key does it at once; what a person asks
/// for waits for another one.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ops/firmware-blocks",
    tag = "administration",
    operation_id = "block_firmware",
    extensions(("x-access" = json!("device.firmware.block")), ("x-audit" = json!("own"))),
    request_body = FirmwareBlockBody,
    responses(
        (status = 200, description = "The block", body = Envelope<FirmwareBlockOut>),
        (status = 202, description = "What waits for a second person",
            body = Envelope<OperationOut>),
    )
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<FirmwareBlockBody>,
) -> Result<Response, Failure> {
    let (device_model, range) = firmware(&body.device_model, &body.version_range)?;
    let wish = BlockWish {
        device_model,
        range,
        reason: text("reason", &body.reason, REASON_MAX)?,
    };
    let app = api.app().clone();
    let done = run_to_end(async move { app.block_firmware(&actor, wish).await });
    match done.await? {
        Blocked::Done(block) => Ok(ok(FirmwareBlockOut::from(block)).into_response()),
        Blocked::Waits(operation) => {
            let message = "waits for a second person";
            let body = Envelope::new(0, message, OperationOut::from(*operation));
            Ok(json(StatusCode::ACCEPTED, &body))
        }
    }
}

/// Puts firmware back into service: the devices that this block alone kept out of it go back to
/// where they were.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ops/firmware-blocks/{firmware_block_id}/lift",
    tag = "administration",
    operation_id = "lift_firmware_block",
    extensions(("x-access" = json!("device.firmware.unblock")), ("x-audit" = json!("own"))),
    params(("firmware_block_id" = i64, Path, description = "The block", example = 1)),
    responses(
        (status = 200, description = "The block as it is now", body = Envelope<FirmwareBlockOut>),
        (status = 404, description = "No such block", body = Refusal),
        (status = 409, description = "It is lifted already", body = Refusal),
    )
)]
pub(crate) async fn lift(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(FirmwareBlockId(id)): At<FirmwareBlockId>,
) -> Answer<FirmwareBlockOut> {
    let app = api.app().clone();
    let lifted = run_to_end(async move { app.lift_block(&actor, id).await });
    Ok(ok(lifted.await?.into()))
}

fn firmware(model: &str, range: &str) -> Result<(String, VersionRange), Failure> {
    let model = text("device_model", model, MODEL_MAX)?;
    let range = VersionRange::parse(range)
        .map_err(|error| Failure::invalid("version_range", &error.to_string()))?;
    Ok((model, range))
}

fn text(field: &str, said: &str, max: usize) -> Result<String, Failure> {
    let said = said.trim().to_owned();
    if (1..=max).contains(&said.chars().count()) {
        Ok(said)
    } else {
        let problem = format!("must have 1 to {max} characters");
        Err(Failure::invalid(field, &problem))
    }
}
