//! Charges that were cut off for fire safety, and the thresholds of stations.

use crate::Api;
use crate::choice::{among, one_of};
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::routes::routes;
use crate::run_to_end::run_to_end;
use crate::staff::StationId;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use app::StationFireLimits;
use axum::extract::State;
use domain::fire::{FireLimits, FireRule, FireSample};
use kernel::OrderNo;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::fire_cut_offs::{CutOff, CutOffFilter};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(release))
        .routes(routes!(limits, set_limits, end_limits))
}

super::money::paged_query! {
    /// Which cut-offs a list shows.
    CutOffQuery {
        /// For this reason: `temp_high`, `temp_rise`, `after_full`, `plateau`, `over_power`,
        /// `night_power`, `night_time`, `smoke`, `leakage`.
        rule: String,
        /// In this state: `cutting`, `failed`, `off`.
        state: String,
        /// With this lock: `none`, `locked`, `released`.
        lock_state: String,
        /// Of this device.
        phy_id: String,
        /// Of this station.
        station_id: i64,
        /// Of this charge.
        order_no: String,
    }
}

/// Power that was cut off.
#[derive(Serialize, ToSchema)]
pub(crate) struct CutOffOut {
    /// Its id.
    #[schema(example = 1)]
    cut_off_id: i64,
    /// The device.
    phy_id: String,
    /// The port; none: all of the device.
    port_no: Option<u16>,
    /// Its station then.
    station_id: Option<i64>,
    /// The charge.
    order_no: Option<String>,
    /// Why.
    #[schema(example = "temp_rise")]
    rule: String,
    /// The same for people.
    #[schema(example = "温升过快")]
    rule_name: Option<&'static str>,
    /// What was seen.
    #[schema(example = 62)]
    value: i64,
    /// What it was compared with.
    #[schema(example = 50)]
    threshold: i64,
    /// Unit of both.
    #[schema(example = "0.1 °C/min")]
    unit: &'static str,
    /// When, Unix seconds.
    at: i64,
    /// `cutting`, `failed` (power flows a minute later), `off`.
    #[schema(example = "off")]
    state: String,
    /// When no power flowed any more, Unix seconds.
    off_at: Option<i64>,
    /// `none`, `locked`, `released`.
    #[schema(example = "locked")]
    lock_state: String,
    /// Who released it.
    released_by: Option<String>,
    /// When, Unix seconds.
    released_at: Option<i64>,
    /// What they found.
    note: Option<String>,
}

impl From<CutOff> for CutOffOut {
    fn from(row: CutOff) -> Self {
        let rule = FireRule::parse(&row.rule);
        Self {
            cut_off_id: row.id,
            phy_id: row.phy_id.to_string(),
            port_no: row.port_no.map(|port| port.0),
            station_id: row.station_id,
            order_no: row.order_no.map(|order_no| order_no.to_string()),
            rule: row.rule,
            rule_name: rule.map(FireRule::title),
            value: row.value,
            threshold: row.threshold,
            unit: rule.map_or("", FireRule::unit),
            at: row.at.unix_seconds(),
            state: row.state,
            off_at: seconds(row.off_at),
            lock_state: row.lock_state,
            released_by: row.released_by,
            released_at: seconds(row.released_at),
            note: row.note,
        }
    }
}

/// One reading of the evidence.
#[derive(Serialize, ToSchema)]
pub(crate) struct CutOffSampleOut {
    /// Unix seconds.
    at: i64,
    /// W, where it was told.
    power_w: Option<f64>,
    /// °C, where it was told.
    temperature_c: Option<i16>,
}

/// A cut-off with what led to it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CutOffDetail {
    /// What happened.
    cut_off: CutOffOut,
    /// The thresholds in force then.
    #[schema(value_type = Object)]
    limits: Value,
    /// The readings that led to it, oldest first.
    samples: Vec<CutOffSampleOut>,
}

impl From<CutOff> for CutOffDetail {
    fn from(mut row: CutOff) -> Self {
        let samples: Vec<FireSample> =
            serde_json::from_value(row.samples.take()).unwrap_or_default();
        let samples = samples.into_iter().map(|sample| CutOffSampleOut {
            at: sample.at.unix_seconds(),
            power_w: sample.power.map(kernel::Power::watts),
            temperature_c: sample.temperature_c,
        });
        Self {
            limits: row.limits.take(),
            samples: samples.collect(),
            cut_off: row.into(),
        }
    }
}

/// A cut-off in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct CutOffId(i64);

impl Named for CutOffId {
    const NAME: &'static str = "cut-off";
}

/// Lists power that was cut off for fire safety, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/fire/cut-offs",
    tag = "administration",
    operation_id = "list_cut_offs",
    extensions(("x-access" = json!("device.alarm.view")), ("x-scope" = json!("org"))),
    params(CutOffQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<CutOffOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<CutOffQuery>,
) -> Answer<PageOut<CutOffOut>> {
    let page = query.page_request()?;
    let rule = one_of(
        "rule",
        query.rule.as_deref(),
        FireRule::ALL,
        FireRule::as_str,
    )?;
    let states = &["cutting", "failed", "off"];
    let locks = &["none", "locked", "released"];
    let order_no = query
        .order_no
        .as_deref()
        .map(str::parse::<OrderNo>)
        .transpose();
    let filter = CutOffFilter {
        rule: rule.map(|rule| rule.as_str().to_owned()),
        state: among("state", query.state.as_deref(), states)?.map(str::to_owned),
        lock_state: among("lock_state", query.lock_state.as_deref(), locks)?.map(str::to_owned),
        phy_id: query.phy_id.as_deref().map(device_id).transpose()?,
        station_id: query.station_id,
        order_no: order_no.map_err(|problem| Failure::invalid("order_no", &problem.to_string()))?,
        scope,
    };
    let page = api.app().list_cut_offs(&filter, page).await?;
    Ok(ok(PageOut::of(page, CutOffOut::from)))
}

/// Shows a cut-off with the readings that led to it.
#[utoipa::path(
    get,
    path = "/api/v1/admin/fire/cut-offs/{cut_off_id}",
    tag = "administration",
    operation_id = "show_cut_off",
    extensions(("x-access" = json!("device.alarm.view"))),
    params(("cut_off_id" = i64, Path, description = "Its id", example = 1)),
    responses(
        (status = 200, description = "It", body = Envelope<CutOffDetail>),
        (status = 404, description = "No such cut-off", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(CutOffId(id)): At<CutOffId>,
) -> Answer<CutOffDetail> {
    Ok(ok(api.app().cut_off_of(id).await?.into()))
}

/// Somebody has looked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "插座已更换"}))]
pub(crate) struct ReleaseBody {
    /// What they found.
    #[schema(min_length = 1, max_length = 500)]
    note: String,
}

/// Releases what a cut-off locked, after somebody has looked at it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/fire/cut-offs/{cut_off_id}/release",
    tag = "administration",
    operation_id = "release_cut_off",
    extensions(("x-access" = json!("device.port.unlock")), ("x-audit" = json!("own"))),
    params(("cut_off_id" = i64, Path, description = "Its id", example = 1)),
    request_body = ReleaseBody,
    responses(
        (status = 200, description = "Released", body = Envelope<CutOffOut>),
        (status = 404, description = "No such cut-off", body = Refusal),
        (status = 409, description = "It holds no lock, or power may still flow", body = Refusal),
    )
)]
pub(crate) async fn release(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CutOffId(id)): At<CutOffId>,
    Payload(body): Payload<ReleaseBody>,
) -> Answer<CutOffOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.release_cut_off(&actor, id, &body.note).await }).await?;
    Ok(ok(row.into()))
}

/// The thresholds in force at a station.
#[derive(Serialize, ToSchema)]
pub(crate) struct FireLimitsOut {
    /// The station.
    station_id: i64,
    /// By name; the settings `fire.*` say what each means and may be.
    #[schema(value_type = Object, example = json!({"temp_max_c": 85, "rise_dc_per_min": 50}))]
    limits: Value,
    /// Whether they are the station's own.
    own: bool,
    /// Who set them.
    updated_by: Option<String>,
    /// When, Unix seconds.
    updated_at: Option<i64>,
}

impl From<StationFireLimits> for FireLimitsOut {
    fn from(view: StationFireLimits) -> Self {
        let (updated_by, updated_at) = view.own.unzip();
        Self {
            station_id: view.station_id,
            limits: json!(view.limits),
            own: updated_by.is_some(),
            updated_by,
            updated_at: seconds(updated_at),
        }
    }
}

/// Shows the thresholds of fire safety in force at a station.
#[utoipa::path(
    get,
    path = "/api/v1/admin/stations/{station_id}/fire-limits",
    tag = "administration",
    operation_id = "show_fire_limits",
    extensions(("x-access" = json!("device.power.view"))),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    responses(
        (status = 200, description = "They", body = Envelope<FireLimitsOut>),
        (status = 404, description = "No such station", body = Refusal),
    )
)]
pub(crate) async fn limits(
    State(api): State<Api>,
    At(station): At<StationId>,
) -> Answer<FireLimitsOut> {
    Ok(ok(api.app().station_fire_limits(station.0).await?.into()))
}

/// Thresholds of a station; what is left out is as usual.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"limits": {"temp_max_c": 75, "night_from_min": 1320,
    "night_until_min": 360, "night_power_w": 400}}))]
pub(crate) struct FireLimitsBody {
    /// By name, as the settings `fire.*`.
    #[schema(value_type = Object)]
    limits: Value,
}

/// Gives a station thresholds of its own.
#[utoipa::path(
    put,
    path = "/api/v1/admin/stations/{station_id}/fire-limits",
    tag = "administration",
    operation_id = "set_fire_limits",
    extensions(("x-access" = json!("device.power.set_limit")), ("x-audit" = json!("own"))),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    request_body = FireLimitsBody,
    responses(
        (status = 200, description = "In force", body = Envelope<FireLimitsOut>),
        (status = 404, description = "No such station", body = Refusal),
        (status = 422, description = "They cannot stand", body = Refusal),
    )
)]
pub(crate) async fn set_limits(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(station): At<StationId>,
    Payload(body): Payload<FireLimitsBody>,
) -> Answer<FireLimitsOut> {
    let limits: FireLimits = serde_json::from_value(body.limits)
        .map_err(|error| Failure::invalid("limits", &error.to_string()))?;
    let app = api.app().clone();
    let set = run_to_end(async move {
        app.set_station_fire_limits(&actor, station.0, Some(limits))
            .await
    });
    Ok(ok(set.await?.into()))
}

/// Takes a station's own thresholds away: those of the system apply again.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/stations/{station_id}/fire-limits",
    tag = "administration",
    operation_id = "end_fire_limits",
    extensions(("x-access" = json!("device.power.set_limit")), ("x-audit" = json!("own"))),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    responses(
        (status = 200, description = "In force", body = Envelope<FireLimitsOut>),
        (status = 404, description = "No such station", body = Refusal),
    )
)]
pub(crate) async fn end_limits(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(station): At<StationId>,
) -> Answer<FireLimitsOut> {
    let app = api.app().clone();
    let set = run_to_end(async move { app.set_station_fire_limits(&actor, station.0, None).await });
    Ok(ok(set.await?.into()))
}
