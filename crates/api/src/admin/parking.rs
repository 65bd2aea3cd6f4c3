//! Car parks: what they grant, and what they were told.

use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use domain::parking::ParkingRule;
use kernel::OrderNo;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::parking_handovers::HandoverRow;
use store::parking_rules::ParkingRuleRow;
use utoipa::ToSchema;

/// States of a hand-over.
const STATES: [&str; 5] = ["pending", "done", "not_parked", "failed", "refused"];

/// What a car park grants.
#[derive(Serialize, ToSchema)]
pub(crate) struct ParkingRuleOut {
    /// Its id.
    #[schema(example = 1)]
    id: i64,
    /// The station.
    station_id: i64,
    /// What it says, as it was written.
    #[schema(value_type = Object)]
    terms: Value,
    /// Who wrote it.
    created_by: String,
    /// When, Unix seconds.
    created_at: i64,
    /// When it was taken away, Unix seconds.
    ended_at: Option<i64>,
}

impl From<ParkingRuleRow> for ParkingRuleOut {
    fn from(row: ParkingRuleRow) -> Self {
        Self {
            id: row.id,
            station_id: row.station_id,
            terms: json!(row.terms),
            created_by: row.created_by,
            created_at: row.created_at.unix_seconds(),
            ended_at: seconds(row.ended_at),
        }
    }
}

/// A station's car park grants something.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"station_id": 1, "terms": {"vendor": "north", "lot_id": "P7",
    "relief": {"type": "free_minutes", "minutes": 120}, "min_energy": 50_000, "min_fen": 1000,
    "min_minutes": 15, "cap_per_day": 1, "plate": "required"}}))]
pub(crate) struct ParkingRuleBody {
    /// The station.
    station_id: i64,
    /// `vendor` as it is configured, `lot_id` there, `relief` of `type` `free_minutes`, `free_fen`
    /// or `percent`; least `min_energy` (0.0001 kWh), `min_fen` and `min_minutes` of a charge,
    /// `cap_per_day` of one car, `plate` `required` or `optional`.
    #[schema(value_type = Object)]
    terms: Value,
}

/// A rule's row in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct ParkingRuleId(i64);

impl Named for ParkingRuleId {
    const NAME: &'static str = "rule";
}

super::money::paged_query! {
    /// Which rules a list shows.
    ParkingRuleQuery {
        /// Of this station.
        station_id: i64,
    }
}

super::money::paged_query! {
    /// Which hand-overs a list shows.
    HandoverQuery {
        /// In this state.
        state: String,
    }
}

/// Lists what car parks grant, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/parking-rules",
    tag = "administration",
    operation_id = "list_parking_rules",
    extensions(("x-access" = json!("device.station.view")), ("x-scope" = json!("org"))),
    params(ParkingRuleQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<ParkingRuleOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<ParkingRuleQuery>,
) -> Answer<PageOut<ParkingRuleOut>> {
    let page = query.page_request()?;
    let page = api
        .app()
        .list_parking_rules(&scope, query.station_id, page)
        .await?;
    Ok(ok(PageOut::of(page, ParkingRuleOut::from)))
}

/// Writes down what the car park of a station grants. A station has one rule at a time.
#[utoipa::path(
    post,
    path = "/api/v1/admin/parking-rules",
    tag = "administration",
    operation_id = "add_parking_rule",
    extensions(
        ("x-access" = json!("device.station.edit")),
        ("x-scope" = json!("org")),
        ("x-audit" = json!("own")),
    ),
    request_body = ParkingRuleBody,
    responses(
        (status = 200, description = "Added", body = Envelope<ParkingRuleOut>),
        (status = 404, description = "No such station", body = Refusal),
        (status = 409, description = "The station has a rule", body = Refusal),
        (status = 422, description = "It cannot stand, or its vendor is not configured",
            body = Refusal),
    )
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(_scope): Seen,
    Payload(body): Payload<ParkingRuleBody>,
) -> Answer<ParkingRuleOut> {
    let terms: ParkingRule = serde_json::from_value(body.terms)
        .map_err(|error| Failure::invalid("terms", &error.to_string()))?;
    let app = api.app().clone();
    let station = body.station_id;
    let row =
        run_to_end(async move { app.add_parking_rule(&actor, station, &terms).await }).await?;
    Ok(ok(row.into()))
}

/// Takes a rule away; charges that have ended under it are told all the same.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/parking-rules/{parking_rule_id}",
    tag = "administration",
    operation_id = "end_parking_rule",
    extensions(("x-access" = json!("device.station.edit")), ("x-audit" = json!("own"))),
    params(("parking_rule_id" = i64, Path, description = "Its id", example = 1)),
    responses(
        (status = 200, description = "Ended", body = Envelope<ParkingRuleEnded>),
        (status = 404, description = "No such rule", body = Refusal),
    )
)]
pub(crate) async fn end(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ParkingRuleId(id)): At<ParkingRuleId>,
) -> Answer<ParkingRuleEnded> {
    let app = api.app().clone();
    run_to_end(async move { app.end_parking_rule(&actor, id).await }).await?;
    Ok(ok(ParkingRuleEnded { id }))
}

/// A rule that was taken away.
#[derive(Serialize, ToSchema)]
pub(crate) struct ParkingRuleEnded {
    /// Its id.
    id: i64,
}

/// What a car park was told of a charge.
#[derive(Serialize, ToSchema)]
pub(crate) struct HandoverOut {
    /// The charge.
    #[schema(example = "APP1729407600001")]
    order_no: String,
    /// The rule.
    rule_id: i64,
    /// `pending`, `done`, `not_parked`, `failed`; `refused` where it earns no relief.
    #[schema(example = "done")]
    state: String,
    /// The plate.
    plate: Option<String>,
    /// How often it failed.
    failures: i32,
    /// When it is told next, Unix seconds.
    next_at: Option<i64>,
    /// What was said last.
    note: Option<String>,
    /// When the charge ended, Unix seconds.
    created_at: i64,
}

impl From<HandoverRow> for HandoverOut {
    fn from(row: HandoverRow) -> Self {
        Self {
            order_no: row.order_no.to_string(),
            rule_id: row.rule_id,
            state: row.state,
            plate: row.plate,
            failures: row.failures,
            next_at: seconds(row.next_at),
            note: row.note,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// Lists what car parks were told, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/parking-handovers",
    tag = "administration",
    operation_id = "list_parking_handovers",
    extensions(
        ("x-access" = json!("device.station.view")),
        ("x-dataset" = json!("vehicles")),
        ("x-scope" = json!("org")),
    ),
    params(HandoverQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<HandoverOut>>))
)]
pub(crate) async fn handovers(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<HandoverQuery>,
) -> Answer<PageOut<HandoverOut>> {
    let page = query.page_request()?;
    let state = query.state.as_deref();
    if state.is_some_and(|state| !STATES.contains(&state)) {
        let problem = "must be pending, done, not_parked, failed or refused";
        return Err(Failure::invalid("state", problem));
    }
    let page = api
        .app()
        .list_parking_handovers(&scope, state, page)
        .await?;
    Ok(ok(PageOut::of(page, HandoverOut::from)))
}

/// Tells a car park again what had been given up.
#[utoipa::path(
    post,
    path = "/api/v1/admin/parking-handovers/{order_no}/retry",
    tag = "administration",
    operation_id = "retry_parking_handover",
    extensions(
        ("x-access" = json!("device.station.edit")),
        ("x-dataset" = json!("vehicles")),
        ("x-audit" = json!("own")),
    ),
    params(("order_no" = String, Path, description = "The charge", example = "APP1729407600001")),
    responses(
        (status = 200, description = "It is told again", body = Envelope<HandoverOut>),
        (status = 404, description = "No car park is told of it", body = Refusal),
        (status = 409, description = "It is not given up", body = Refusal),
    )
)]
pub(crate) async fn retry(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(order_no): At<OrderNo>,
) -> Answer<HandoverOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.retell_car_park(&actor, order_no).await }).await?;
    Ok(ok(row.into()))
}
