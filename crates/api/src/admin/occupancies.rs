//! Plugs that were left in after a charge.

use super::rules::named;
use crate::Api;
use crate::access::Client;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use domain::occupancy::{Occupancy, OccupancyState};
use kernel::{Fen, OrderNo};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A plug that was left in.
#[derive(Serialize, ToSchema)]
pub(crate) struct OccupancyOut {
    /// Its number.
    #[schema(example = "OC2024102015000000000100")]
    occ_no: String,
    /// The charge that it followed.
    #[schema(example = "THD1729407600001")]
    order_no: String,
    /// The device.
    #[schema(example = "82210225000520")]
    device_phy_id: String,
    /// The port.
    #[schema(example = 1)]
    port_no: u16,
    /// Who charged.
    member_ref: Option<String>,
    /// `waiting` while it is free, `timing`, `to_pay`, `paid`, `waived`.
    #[schema(example = "timing")]
    state: &'static str,
    /// From when on the time counts, Unix seconds.
    started_at: i64,
    /// When the plug came out, Unix seconds.
    ended_at: Option<i64>,
    /// The clock stands still: the device is away, or its port is faulty.
    paused: bool,
    /// Seconds that cost nothing.
    free_seconds: u64,
    /// Seconds that count, until now or the end.
    charge_seconds: i64,
    /// Started units.
    units: i64,
    /// What they come to, fen.
    #[schema(example = 50)]
    fee_fen: i64,
    /// Why nobody has to pay.
    note: Option<String>,
}

impl From<Occupancy> for OccupancyOut {
    fn from(occupancy: Occupancy) -> Self {
        Self {
            paused: occupancy.state.is_open() && occupancy.clock.since.is_none(),
            free_seconds: occupancy.rule.free().as_secs(),
            occ_no: occupancy.occ_no,
            order_no: occupancy.order_no.to_string(),
            device_phy_id: occupancy.phy_id.to_string(),
            port_no: occupancy.port_no.0,
            member_ref: occupancy.member_ref,
            state: occupancy.state.as_str(),
            started_at: occupancy.started_at.unix_seconds(),
            ended_at: seconds(occupancy.ended_at),
            charge_seconds: occupancy.fee.seconds,
            units: occupancy.fee.units,
            fee_fen: occupancy.fee.fen.0,
            note: occupancy.note,
        }
    }
}

/// Its number in a path.
#[derive(Deserialize)]
pub(crate) struct OccNo(String);

impl Named for OccNo {
    const NAME: &'static str = "occupancy";
}

/// Which of them a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OccupancyQuery {
    /// In this state.
    #[param(example = "to_pay")]
    state: Option<String>,
    /// Of this device.
    device_phy_id: Option<String>,
    /// After this charge.
    order_no: Option<String>,
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
}

impl PageQuery for OccupancyQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists plugs that were left in, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/occupancies",
    tag = "administration",
    operation_id = "list_occupancies",
    extensions(
        ("x-access" = json!("order.occupancy.view")),
        ("x-dataset" = json!("orders")),
        ("x-scope" = json!("org")),
    ),
    params(OccupancyQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<OccupancyOut>>),
        (status = 404, description = "No such device", body = Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<OccupancyQuery>,
) -> Answer<PageOut<OccupancyOut>> {
    let request = query.page_request()?;
    let state = query.state.as_deref().map(|text| {
        OccupancyState::parse(text).ok_or_else(|| {
            let problem = "must be waiting, timing, to_pay, paid or waived";
            Failure::invalid("state", problem)
        })
    });
    let state = state.transpose()?;
    let device = query.device_phy_id.as_deref().map(device_id).transpose()?;
    let order_no = query.order_no.as_deref().map(|text| {
        text.parse::<OrderNo>()
            .map_err(|_| Failure::invalid("order_no", "must be an order number"))
    });
    let page = api
        .app()
        .list_occupancies(
            scope,
            state,
            device.as_ref(),
            order_no.transpose()?,
            request,
        )
        .await?;
    Ok(ok(PageOut::of(page, OccupancyOut::from)))
}

/// Shows one of them.
#[utoipa::path(
    get,
    path = "/api/v1/admin/occupancies/{occ_no}",
    tag = "administration",
    operation_id = "show_occupancy",
    extensions(("x-access" = json!("order.occupancy.view")), ("x-dataset" = json!("orders"))),
    params(("occ_no" = String, Path, description = "Its number",
        example = "OC2024102015000000000100")),
    responses(
        (status = 200, description = "As it stands now", body = Envelope<OccupancyOut>),
        (status = 404, description = "No such number", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(OccNo(occ_no)): At<OccNo>,
) -> Answer<OccupancyOut> {
    Ok(ok(api.app().occupancy(&occ_no).await?.into()))
}

/// Why nobody has to pay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "the barrier was stuck"}))]
pub(crate) struct WaiveBody {
    /// Kept with it.
    reason: String,
}

/// Lets nobody pay for it. One that is open ends; what has been paid goes back.
#[utoipa::path(
    post,
    path = "/api/v1/admin/occupancies/{occ_no}/waive",
    tag = "administration",
    operation_id = "waive_occupancy",
    extensions(("x-access" = json!("order.occupancy.waive")), ("x-dataset" = json!("orders"))),
    params(("occ_no" = String, Path, description = "Its number",
        example = "OC2024102015000000000100")),
    request_body = WaiveBody,
    responses(
        (status = 200, description = "Waived", body = Envelope<OccupancyOut>),
        (status = 404, description = "No such number", body = Refusal),
        (status = 409, description = "It changes in this very moment", body = Refusal),
    )
)]
pub(crate) async fn waive(
    State(api): State<Api>,
    client: Client,
    At(OccNo(occ_no)): At<OccNo>,
    Payload(body): Payload<WaiveBody>,
) -> Answer<OccupancyOut> {
    let reason = named("reason", &body.reason)?;
    let app = api.app().clone();
    let waived = run_to_end(async move {
        app.waive_occupancy(&client.caller.actor(), &occ_no, &reason)
            .await
    })
    .await?;
    Ok(ok(waived.into()))
}

/// Less is to be taken.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"fee_fen": 200, "reason": "the barrier was stuck"}))]
pub(crate) struct ReduceBody {
    /// What it comes to from now on, fen; less than before, more than nothing.
    #[schema(minimum = 1)]
    fee_fen: i64,
    /// Kept with it.
    #[schema(max_length = 200)]
    reason: String,
}

/// Takes less for one that is over; what has been paid beyond it goes back.
#[utoipa::path(
    post,
    path = "/api/v1/admin/occupancies/{occ_no}/reduce",
    tag = "administration",
    operation_id = "reduce_occupancy",
    extensions(
        ("x-access" = json!("order.occupancy.reduce")),
        ("x-dataset" = json!("orders")),
        ("x-audit" = json!("own")),
    ),
    params(("occ_no" = String, Path, description = "Its number",
        example = "OC2024102015000000000100")),
    request_body = ReduceBody,
    responses(
        (status = 200, description = "Reduced", body = Envelope<OccupancyOut>),
        (status = 404, description = "No such number", body = Refusal),
        (status = 409, description = "The plug is in, or nobody has to pay", body = Refusal),
    )
)]
pub(crate) async fn reduce(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(OccNo(occ_no)): At<OccNo>,
    Payload(body): Payload<ReduceBody>,
) -> Answer<OccupancyOut> {
    let app = api.app().clone();
    let reduced = run_to_end(async move {
        app.reduce_occupancy(&actor, &occ_no, Fen(body.fee_fen), &body.reason)
            .await
    })
    .await?;
    Ok(ok(reduced.into()))
}
