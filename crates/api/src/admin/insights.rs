//! What is likely to fail, which interfaces are called, and one search over everything.

use crate::Api;
use crate::choice::among;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Failure;
use crate::payload::Filter;
use crate::routes::routes;
use crate::run_to_end::run_to_end;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use app::{Found, FoundGroup};
use axum::extract::State;
use domain::failure_risk::Reason;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::failure_risks::{FailureRisk, RiskFilter};
use store::interface_calls::{CallCount, CallFilter};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

/// Shortest and longest text that is looked for, in characters.
const WORDS: std::ops::RangeInclusive<usize> = 3..=64;
/// Sums that name no beginning are of so long.
const SPAN: Duration = Duration::from_hours(24);

/// Their routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(risks, assess_risks))
        .routes(routes!(calls))
        .routes(routes!(totals))
        .routes(routes!(search))
}

super::money::paged_query! {
    /// Which risks a list shows.
    RiskQuery {
        /// At this level: `low`, `medium`, `high`.
        level: String,
        /// Whole devices or ports only: `device`, `port`.
        kind: String,
        /// Of this device.
        phy_id: String,
        /// Of this station.
        station_id: i64,
        /// With at least this score.
        min_score: i64,
    }
}

/// Why something is likely to fail.
#[derive(Serialize, ToSchema)]
pub(crate) struct RiskReasonOut {
    /// `critical_alarms`, `alarms`, `silence`, `failed_starts`, `faulty_ends`, `efficiency`,
    /// `temperature`, `heat`.
    #[schema(example = "temperature")]
    factor: String,
    /// In the four weeks before; counts are per week.
    #[schema(example = 31)]
    then: i64,
    /// In the last week.
    #[schema(example = 46)]
    now: i64,
    /// `times`, `‰`, `W`, `°C`.
    #[schema(example = "°C")]
    unit: String,
    /// What it adds to the score.
    #[schema(example = 22)]
    points: i64,
}

impl From<Reason> for RiskReasonOut {
    fn from(reason: Reason) -> Self {
        Self {
            factor: reason.factor,
            then: reason.then,
            now: reason.now,
            unit: reason.unit,
            points: reason.points,
        }
    }
}

/// How likely a port or device is to fail.
#[derive(Serialize, ToSchema)]
pub(crate) struct FailureRiskOut {
    /// The device.
    phy_id: String,
    /// The port; none: the device as a whole.
    port_no: Option<u16>,
    /// Its station.
    station_id: Option<i64>,
    /// 0 to 100.
    #[schema(example = 64)]
    score: i16,
    /// `low`, `medium`, `high`.
    #[schema(example = "high")]
    level: String,
    /// Why, the gravest first.
    reasons: Vec<RiskReasonOut>,
    /// When it was found out, Unix seconds.
    made_at: i64,
}

impl From<FailureRisk> for FailureRiskOut {
    fn from(row: FailureRisk) -> Self {
        let reasons: Vec<Reason> = serde_json::from_value(row.reasons).unwrap_or_default();
        Self {
            phy_id: row.phy_id,
            port_no: Some(row.port_no.0).filter(|port| *port > 0),
            station_id: row.station_id,
            score: row.score,
            level: row.level,
            reasons: reasons.into_iter().map(RiskReasonOut::from).collect(),
            made_at: row.made_at.unix_seconds(),
        }
    }
}

/// Lists ports and devices by how likely they are to fail, as it was found out last night.
#[utoipa::path(
    get,
    path = "/api/v1/admin/failure-risks",
    tag = "administration",
    operation_id = "list_failure_risks",
    extensions(("x-access" = json!("device.fault.view")), ("x-scope" = json!("org"))),
    params(RiskQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<FailureRiskOut>>))
)]
pub(crate) async fn risks(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<RiskQuery>,
) -> Answer<PageOut<FailureRiskOut>> {
    let page = query.page_request()?;
    let levels = &["low", "medium", "high"];
    let kind = among("kind", query.kind.as_deref(), &["device", "port"])?;
    let filter = RiskFilter {
        level: among("level", query.level.as_deref(), levels)?.map(str::to_owned),
        phy_id: query.phy_id.as_deref().map(device_id).transpose()?,
        station_id: query.station_id,
        min_score: query.min_score,
        devices: kind == Some("device"),
        ports: kind == Some("port"),
        scope,
    };
    let page = api.app().list_failure_risks(&filter, page).await?;
    Ok(ok(PageOut::of(page, FailureRiskOut::from)))
}

/// What was found out.
#[derive(Serialize, ToSchema)]
pub(crate) struct RisksAssessedOut {
    /// Devices and ports with a risk.
    #[schema(example = 12)]
    places: usize,
}

/// Finds out now what is likely to fail, instead of waiting for the night.
#[utoipa::path(
    post,
    path = "/api/v1/admin/failure-risks",
    tag = "administration",
    operation_id = "assess_failure_risks",
    extensions(("x-access" = json!("device.fault.view")), ("x-audit" = json!("own"))),
    responses((status = 200, description = "Found out", body = Envelope<RisksAssessedOut>))
)]
pub(crate) async fn assess_risks(
    State(api): State<Api>,
    Acting(actor): Acting,
) -> Answer<RisksAssessedOut> {
    let app = api.app().clone();
    let found = run_to_end(async move { app.assess_failure_risks(&actor).await });
    let places = found.await?;
    Ok(ok(RisksAssessedOut { places }))
}

super::money::paged_query! {
    /// Which hours a list shows.
    CallQuery {
        /// From this hour on, Unix seconds.
        from: i64,
        /// Before then, Unix seconds.
        until: i64,
        /// Of routes with this part.
        route: String,
        /// Of this caller: the name of a key, `staff:` and a user name, `members`, `nobody`.
        caller: String,
        /// With this method: `GET`, `POST`, `PUT`, `PATCH`, `DELETE`.
        method: String,
    }
}

/// Calls of one route by one caller.
#[derive(Serialize, ToSchema)]
pub(crate) struct CallCountOut {
    /// The hour's beginning, Unix seconds; of a sum, the first.
    hour: i64,
    /// The method.
    #[schema(example = "POST")]
    method: String,
    /// The route, with its parameters by name.
    #[schema(example = "/api/v1/third/devices/{device_id}/charge")]
    route: String,
    /// Who called.
    #[schema(example = "某某平台")]
    caller: String,
    /// How often.
    calls: i64,
    /// Answers of 400 to 499.
    refused: i64,
    /// Answers from 500 on.
    failed: i64,
    /// Milliseconds on average.
    mean_ms: i64,
    /// Milliseconds of the longest.
    most_ms: i64,
}

impl From<CallCount> for CallCountOut {
    fn from(row: CallCount) -> Self {
        Self {
            hour: row.hour.unix_seconds(),
            method: row.method,
            route: row.route,
            caller: row.caller,
            calls: row.calls,
            refused: row.refused,
            failed: row.failed,
            mean_ms: row.total_ms / row.calls.max(1),
            most_ms: row.most_ms,
        }
    }
}

/// Lists which interfaces were called, hour by hour, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/interface-calls",
    tag = "administration",
    operation_id = "list_interface_calls",
    extensions(("x-access" = json!("ops.health.view")), ("x-scope" = json!("platform"))),
    params(CallQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<CallCountOut>>))
)]
pub(crate) async fn calls(
    State(api): State<Api>,
    Filter(query): Filter<CallQuery>,
) -> Answer<PageOut<CallCountOut>> {
    let page = query.page_request()?;
    let methods = &["GET", "POST", "PUT", "PATCH", "DELETE"];
    let filter = CallFilter {
        from: query.from.map(Timestamp::from_unix_seconds),
        until: query.until.map(Timestamp::from_unix_seconds),
        route: query.route,
        caller: query.caller,
        method: among("method", query.method.as_deref(), methods)?.map(str::to_owned),
    };
    let page = api.app().list_calls(&filter, page).await?;
    Ok(ok(PageOut::of(page, CallCountOut::from)))
}

/// Which hours are added up.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TotalsQuery {
    /// From this hour on, Unix seconds; without it, 24 hours.
    from: Option<i64>,
    /// Before then, Unix seconds; without it, now. At most 31 days.
    until: Option<i64>,
}

/// Adds up which interfaces were called by whom, the most called first; at most 500.
#[utoipa::path(
    get,
    path = "/api/v1/admin/interface-calls/totals",
    tag = "administration",
    operation_id = "interface_call_totals",
    extensions(("x-access" = json!("ops.health.view")), ("x-scope" = json!("platform"))),
    params(TotalsQuery),
    responses((status = 200, description = "The sums", body = Envelope<Vec<CallCountOut>>))
)]
pub(crate) async fn totals(
    State(api): State<Api>,
    Filter(query): Filter<TotalsQuery>,
) -> Answer<Vec<CallCountOut>> {
    let until = query
        .until
        .map_or(api.app().now(), Timestamp::from_unix_seconds);
    let from = query
        .from
        .map_or(until - SPAN, Timestamp::from_unix_seconds);
    let rows = api.app().call_totals(from, until).await?;
    Ok(ok(rows.into_iter().map(CallCountOut::from).collect()))
}

/// What is looked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// An order's number (or six of its characters or more, from its beginning or its end), a
    /// pile's number, a type of webhooks or frames, the name of a command or of an action, a whole
    /// telephone number, licence plate or VIN.
    #[param(min_length = 3, max_length = 64, example = "THD1729407600001")]
    q: String,
}

/// Something that was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundOut {
    /// By which it is addressed.
    id: String,
    /// What it is.
    title: String,
    /// Its state, or what it is about.
    detail: Option<String>,
    /// The device, where it is about one.
    phy_id: Option<String>,
    /// The order, where it is about one.
    order_no: Option<String>,
    /// When, Unix seconds.
    at: Option<i64>,
}

impl From<Found> for FoundOut {
    fn from(found: Found) -> Self {
        Self {
            id: found.id,
            title: found.title,
            detail: found.detail,
            phy_id: found.phy_id.map(|phy_id| phy_id.to_string()),
            order_no: found.order_no.map(|order_no| order_no.to_string()),
            at: seconds(found.at),
        }
    }
}

/// What was found of one kind.
#[derive(Serialize, ToSchema)]
pub(crate) struct FoundGroupOut {
    /// `orders`, `devices`, `commands`, `frames`, `webhooks`, `audit`, `members`,
    /// `vehicles`.
    #[schema(example = "orders")]
    kind: &'static str,
    /// The newest, at most ten.
    hits: Vec<FoundOut>,
    /// How many there are; counted up to 10 000.
    total: i64,
}

impl From<FoundGroup> for FoundGroupOut {
    fn from(group: FoundGroup) -> Self {
        Self {
            kind: group.kind,
            hits: group.hits.into_iter().map(FoundOut::from).collect(),
            total: group.total,
        }
    }
}

/// Looks for a number or a name in everything that the caller may see.
#[utoipa::path(
    get,
    path = "/api/v1/admin/search",
    tag = "administration",
    operation_id = "search",
    extensions(("x-access" = json!("session")), ("x-scope" = json!("org"))),
    params(SearchQuery),
    responses((status = 200, description = "By kind", body = Envelope<Vec<FoundGroupOut>>))
)]
pub(crate) async fn search(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(_scope): Seen,
    Filter(query): Filter<SearchQuery>,
) -> Answer<Vec<FoundGroupOut>> {
    if !WORDS.contains(&query.q.trim().chars().count()) {
        return Err(Failure::invalid("q", "must have 3 to 64 characters"));
    }
    let groups = api.app().search(&actor, &query.q).await?;
    Ok(ok(groups.into_iter().map(FoundGroupOut::from).collect()))
}
