//! Ports that are kept for members.

use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, ReservationOut};
use axum::extract::State;
use domain::reservation::{NoShow, ReservationRules, ReservationState};
use kernel::{Fen, MemberId};
use serde::{Deserialize, Serialize};
use store::reservations::ReservationFilter;
use utoipa::ToSchema;

super::money::paged_query! {
    /// Which reservations a list shows.
    ReservationQuery {
        /// In this state.
        state: String,
        /// Of this member.
        member_id: i64,
        /// At this device.
        device_phy_id: String,
    }
}

/// A reservation's number in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct ReservationNo(pub(crate) String);

impl Named for ReservationNo {
    const NAME: &'static str = "reservation";
}

/// Lists reservations, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/reservations",
    tag = "administration",
    operation_id = "list_reservations",
    extensions(
        ("x-access" = json!("order.reserve.view")),
        ("x-dataset" = json!("orders")),
        ("x-scope" = json!("org")),
    ),
    params(ReservationQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<ReservationOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<ReservationQuery>,
) -> Answer<PageOut<ReservationOut>> {
    let page = query.page_request()?;
    let state = query.state.as_deref().map(|text| {
        ReservationState::parse(text).ok_or_else(|| {
            let problem = "must be reserved, used, expired or cancelled";
            Failure::invalid("state", problem)
        })
    });
    let filter = ReservationFilter {
        state: state.transpose()?,
        member: query.member_id.map(MemberId),
        phy_id: query.device_phy_id.as_deref().map(device_id).transpose()?,
        scope,
    };
    let page = api.app().list_reservations(&filter, page).await?;
    Ok(ok(PageOut::of(page, ReservationOut::from)))
}

/// Why a reservation is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "the port is needed"}))]
pub(crate) struct CancelReservationBody {
    /// Kept with it.
    #[schema(max_length = 200)]
    reason: String,
}

/// Takes a reservation back; its fee is free again.
#[utoipa::path(
    post,
    path = "/api/v1/admin/reservations/{reservation_no}/cancel",
    tag = "administration",
    operation_id = "cancel_reservation",
    extensions(
        ("x-access" = json!("order.reserve.cancel")),
        ("x-dataset" = json!("orders")),
        ("x-audit" = json!("own")),
    ),
    params(("reservation_no" = String, Path, description = "Its number")),
    request_body = CancelReservationBody,
    responses(
        (status = 200, description = "Cancelled", body = Envelope<ReservationOut>),
        (status = 404, description = "No such reservation", body = Refusal),
        (status = 409, description = "It is over", body = Refusal),
    )
)]
pub(crate) async fn cancel(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(number): At<ReservationNo>,
    Payload(body): Payload<CancelReservationBody>,
) -> Answer<ReservationOut> {
    let app = api.app().clone();
    let row = run_to_end(async move {
        app.cancel_reservation(&actor, &number.0, &body.reason)
            .await
    })
    .await?;
    Ok(ok(row.into()))
}

/// What has been decided about reservations.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": true, "minutes": 15, "fee_fen": 200,
    "no_show": "keeps_fee"}))]
pub(crate) struct ReservationRulesBody {
    /// Members may have ports kept.
    enabled: bool,
    /// For so many minutes.
    #[schema(minimum = 1, maximum = 240)]
    minutes: u16,
    /// What it costs, fen; held until it is known whether it is due.
    #[schema(minimum = 0, maximum = 100_000)]
    fee_fen: i64,
    /// What it costs not to come: `free`, `keeps_fee`.
    no_show: String,
}

impl From<ReservationRules> for ReservationRulesBody {
    fn from(rules: ReservationRules) -> Self {
        Self {
            enabled: rules.enabled,
            minutes: rules.minutes,
            fee_fen: rules.fee_fen.0,
            no_show: rules.no_show.as_str().to_owned(),
        }
    }
}

/// Shows what has been decided about reservations.
#[utoipa::path(
    get,
    path = "/api/v1/admin/reservation-rules",
    tag = "administration",
    operation_id = "reservation_rules",
    extensions(("x-access" = json!("system.config.view"))),
    responses((status = 200, description = "The rules", body = Envelope<ReservationRulesBody>))
)]
pub(crate) async fn rules(State(api): State<Api>) -> Answer<ReservationRulesBody> {
    Ok(ok(api.app().reservation_rules().await?.into()))
}

/// Decides about reservations; those that stand do not change.
#[utoipa::path(
    put,
    path = "/api/v1/admin/reservation-rules",
    tag = "administration",
    operation_id = "set_reservation_rules",
    extensions(("x-access" = json!("system.config.edit")), ("x-audit" = json!("own"))),
    request_body = ReservationRulesBody,
    responses((status = 200, description = "Decided", body = Envelope<ReservationRulesBody>))
)]
pub(crate) async fn set_rules(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<ReservationRulesBody>,
) -> Answer<ReservationRulesBody> {
    let no_show = NoShow::parse(&body.no_show)
        .ok_or_else(|| Failure::invalid("no_show", "must be free or keeps_fee"))?;
    let rules = ReservationRules {
        enabled: body.enabled,
        minutes: body.minutes,
        fee_fen: Fen(body.fee_fen),
        no_show,
    };
    let app = api.app().clone();
    run_to_end(async move { app.set_reservation_rules(&actor, &rules).await }).await?;
    Ok(ok(rules.into()))
}
