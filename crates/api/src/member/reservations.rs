//! Ports that are kept for a member.

use super::guard::Caller;
use super::sessions::MemberDone;
use super::wallet::LinesQuery;
use crate::Api;
use crate::admin::ReservationNo;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, ReservationOut};
use axum::extract::State;
use kernel::{PhyId, PortNo};
use serde::Deserialize;
use store::reservations::ReservationFilter;
use utoipa::ToSchema;

/// A port is to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"device": "82210225000520", "port_no": 1}))]
pub(crate) struct ReserveBody {
    /// The device.
    device: String,
    /// The port.
    #[schema(minimum = 1, maximum = 500)]
    port_no: u16,
}

/// Has a free port kept. One reservation at a time.
#[utoipa::path(
    post,
    path = "/api/v1/member/reservations",
    tag = "member",
    operation_id = "member_reserve",
    request_body = ReserveBody,
    responses(
        (status = 200, description = "It is kept", body = Envelope<ReservationOut>),
        (status = 404, description = "No such device or port", body = Refusal),
        (status = 409, description = "`port is not free`, `port is reserved`, `device offline`, \
            `you have a reservation already`, `balance too low` …", body = Refusal),
    )
)]
pub(crate) async fn reserve(
    State(api): State<Api>,
    caller: Caller,
    Payload(body): Payload<ReserveBody>,
) -> Answer<ReservationOut> {
    let device: PhyId = body
        .device
        .parse()
        .map_err(|_| Failure::invalid("device", "is no id of a device"))?;
    let app = api.app().clone();
    let port = PortNo(body.port_no);
    let row = run_to_end(async move { app.reserve(&caller.member, &device, port).await }).await?;
    Ok(ok(row.into()))
}

/// Lists the member's reservations, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/reservations",
    tag = "member",
    operation_id = "member_reservations",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<ReservationOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<ReservationOut>> {
    let filter = ReservationFilter {
        member: Some(caller.member.member_id()),
        ..ReservationFilter::default()
    };
    let page = api
        .app()
        .list_reservations(&filter, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, ReservationOut::from)))
}

/// Gives a reservation up; its fee is free again.
#[utoipa::path(
    delete,
    path = "/api/v1/member/reservations/{reservation_no}",
    tag = "member",
    operation_id = "member_cancel_reservation",
    params(("reservation_no" = String, Path, description = "Its number")),
    responses(
        (status = 200, description = "Cancelled", body = Envelope<ReservationOut>),
        (status = 404, description = "No such reservation of yours", body = Refusal),
        (status = 409, description = "It is over", body = Refusal),
    )
)]
pub(crate) async fn cancel(
    State(api): State<Api>,
    caller: Caller,
    At(number): At<ReservationNo>,
) -> Answer<ReservationOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let row =
        run_to_end(async move { app.cancel_own_reservation(member, &number.0).await }).await?;
    Ok(ok(row.into()))
}

/// Lowers the lock of the parking space, where there is one.
#[utoipa::path(
    post,
    path = "/api/v1/member/reservations/{reservation_no}/unlock",
    tag = "member",
    operation_id = "member_unlock",
    params(("reservation_no" = String, Path, description = "Its number")),
    responses(
        (status = 200, description = "The device has been told", body = Envelope<MemberDone>),
        (status = 404, description = "No such reservation of yours", body = Refusal),
        (status = 409, description = "It is over, or the device is away", body = Refusal),
        (status = 422, description = "There is no such lock", body = Refusal),
    )
)]
pub(crate) async fn unlock(
    State(api): State<Api>,
    caller: Caller,
    At(number): At<ReservationNo>,
) -> Answer<MemberDone> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    run_to_end(async move { app.open_ground_lock(member, &number.0).await }).await?;
    Ok(ok(MemberDone { done: true }))
}
