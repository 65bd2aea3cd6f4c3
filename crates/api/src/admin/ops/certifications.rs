//! Certification of models and their firmware.

pub(crate) mod report;
mod views;

pub(crate) use views::{CertificationOut, CertificationRowOut, CertifiedModelOut};

use crate::Api;
use crate::choice::one_of;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use axum::extract::State;
use domain::certification::{CertificationPlan, CertificationState};
use kernel::PhyId;
use serde::Deserialize;
use store::certifications::CertificationFilter;
use utoipa::{IntoParams, ToSchema};

/// Longest reason, and longest name of a model or firmware.
const TEXT_MAX: usize = 200;

/// What is to be certified. What is left out is as certification demands; shorter trials certify
/// nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phy_id": "82210225000520", "port_no": 1}))]
pub(crate) struct CertificationBody {
    /// The device to try; its model and firmware are certified.
    #[schema(value_type = String)]
    phy_id: PhyId,
    /// Its port; 1 when absent.
    #[schema(minimum = 1, maximum = 500)]
    port_no: Option<u16>,
    /// Seconds of a charge; 420 when absent.
    #[schema(minimum = 60, maximum = 3600)]
    charge_s: Option<u32>,
    /// Full charges; 100 when absent.
    #[schema(minimum = 1, maximum = 10000)]
    cycles: Option<u32>,
    /// Seconds without an interruption; a day when absent.
    continuous_s: Option<u64>,
    /// Seconds without a failed charge; a week when absent.
    stability_s: Option<u64>,
    /// Seconds that whoever stands at the device has for what is asked; 1800 when absent.
    patience_s: Option<u64>,
}

/// Which certifications.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CertificationQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// `running`, `done` or `cancelled` only.
    #[param(example = "running")]
    state: Option<String>,
    /// Of this device only.
    #[param(value_type = Option<String>)]
    phy_id: Option<PhyId>,
    /// Of this model only.
    device_model: Option<String>,
}

impl PageQuery for CertificationQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Which page of models.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CertifiedModelQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
}

impl PageQuery for CertifiedModelQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// A certification's row, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct CertificationId(i64);

impl Named for CertificationId {
    const NAME: &'static str = "certification";
}

/// Begins to certify what a device is. It goes on over days and over restarts; where somebody at
/// the device has to do something, the check waits and says what.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ops/certifications",
    tag = "administration",
    operation_id = "begin_certification",
    extensions(
        ("x-access" = json!("device.model.run_certification")),
        ("x-audit" = json!("own"))
    ),
    request_body = CertificationBody,
    responses(
        (status = 200, description = "The certification", body = Envelope<CertificationOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "The device is being certified", body = Refusal),
        (status = 422, description = "The device cannot follow such a plan", body = Refusal),
    )
)]
pub(crate) async fn begin(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<CertificationBody>,
) -> Answer<CertificationOut> {
    let full = CertificationPlan::default();
    let plan = CertificationPlan {
        port: body.port_no.unwrap_or(full.port),
        charge_s: body.charge_s.unwrap_or(full.charge_s),
        cycles: body.cycles.unwrap_or(full.cycles),
        continuous_s: body.continuous_s.unwrap_or(full.continuous_s),
        stability_s: body.stability_s.unwrap_or(full.stability_s),
        patience_s: body.patience_s.unwrap_or(full.patience_s),
    };
    plan.check()
        .map_err(|fault| Failure::invalid(fault.field, &fault.to_string()))?;
    let app = api.app().clone();
    let begun =
        run_to_end(async move { app.begin_certification(&actor, &body.phy_id, plan).await });
    Ok(ok(begun.await?.into()))
}

/// Lists certifications, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/certifications",
    tag = "administration",
    operation_id = "list_certifications",
    extensions(("x-access" = json!("device.model.view"))),
    params(CertificationQuery),
    responses((status = 200, description = "A page",
        body = Envelope<PageOut<CertificationRowOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<CertificationQuery>,
) -> Answer<PageOut<CertificationRowOut>> {
    let filter = CertificationFilter {
        state: one_of(
            "state",
            query.state.as_deref(),
            CertificationState::ALL,
            CertificationState::as_str,
        )?,
        phy_id: query.phy_id.clone(),
        device_model: query.device_model.clone(),
    };
    let page = query.page_request()?;
    let page = api.app().list_certifications(&filter, page).await?;
    Ok(ok(PageOut::of(page, CertificationRowOut::from)))
}

/// Shows a certification with its checks and what somebody at the device is asked to do.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/certifications/{certification_id}",
    tag = "administration",
    operation_id = "show_certification",
    extensions(("x-access" = json!("device.model.view"))),
    params(("certification_id" = i64, Path, description = "The certification", example = 1)),
    responses(
        (status = 200, description = "The certification", body = Envelope<CertificationOut>),
        (status = 404, description = "No such certification", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(CertificationId(id)): At<CertificationId>,
) -> Answer<CertificationOut> {
    Ok(ok(api.app().certification(id).await?.into()))
}

/// Why a certification is cancelled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "设备需返修"}))]
pub(crate) struct CancelCertificationBody {
    /// In words.
    reason: String,
}

/// Ends a certification before its time; its charge is stopped.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ops/certifications/{certification_id}/cancel",
    tag = "administration",
    operation_id = "cancel_certification",
    extensions(
        ("x-access" = json!("device.model.run_certification")),
        ("x-audit" = json!("own"))
    ),
    params(("certification_id" = i64, Path, description = "The certification", example = 1)),
    request_body = CancelCertificationBody,
    responses(
        (status = 200, description = "The certification", body = Envelope<CertificationOut>),
        (status = 404, description = "No such certification", body = Refusal),
        (status = 409, description = "It is over", body = Refusal),
    )
)]
pub(crate) async fn cancel(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CertificationId(id)): At<CertificationId>,
    Payload(body): Payload<CancelCertificationBody>,
) -> Answer<CertificationOut> {
    let reason = text("reason", &body.reason)?;
    let app = api.app().clone();
    let ended = run_to_end(async move { app.cancel_certification(&actor, id, &reason).await });
    Ok(ok(ended.await?.into()))
}

/// Lists models with their firmware that were said to be certified, or not any more.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/certified-models",
    tag = "administration",
    operation_id = "list_certified_models",
    extensions(("x-access" = json!("device.model.view"))),
    params(CertifiedModelQuery),
    responses((status = 200, description = "A page",
        body = Envelope<PageOut<CertifiedModelOut>>))
)]
pub(crate) async fn models(
    State(api): State<Api>,
    Filter(query): Filter<CertifiedModelQuery>,
) -> Answer<PageOut<CertifiedModelOut>> {
    let page = query.page_request()?;
    let page = api.app().list_certified_models(page).await?;
    Ok(ok(PageOut::of(page, CertifiedModelOut::from)))
}

/// What is said of a model with its firmware.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"device_model": "组网版设备", "firmware_version": "v2.0",
    "certified": true}))]
pub(crate) struct CertifiedModelBody {
    /// The model.
    device_model: String,
    /// Its firmware.
    firmware_version: String,
    /// Whether it may be called certified.
    certified: bool,
}

/// Says whether a model with a firmware may be called certified, which needs a full certification
/// of it that passed.
#[utoipa::path(
    put,
    path = "/api/v1/admin/ops/certified-models",
    tag = "administration",
    operation_id = "certify_model",
    extensions(("x-access" = json!("device.model.edit")), ("x-audit" = json!("own"))),
    request_body = CertifiedModelBody,
    responses(
        (status = 200, description = "What is said now", body = Envelope<CertifiedModelOut>),
        (status = 409, description = "No full certification of it has passed", body = Refusal),
    )
)]
pub(crate) async fn certify(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<CertifiedModelBody>,
) -> Answer<CertifiedModelOut> {
    let model = text("device_model", &body.device_model)?;
    let firmware = text("firmware_version", &body.firmware_version)?;
    let app = api.app().clone();
    let said = run_to_end(async move {
        app.certify_model(&actor, &model, &firmware, body.certified)
            .await
    });
    Ok(ok(said.await?.into()))
}

fn text(field: &str, said: &str) -> Result<String, Failure> {
    let said = said.trim();
    if (1..=TEXT_MAX).contains(&said.chars().count()) {
        Ok(said.to_owned())
    } else {
        Err(Failure::invalid(field, "must have 1 to 200 characters"))
    }
}
