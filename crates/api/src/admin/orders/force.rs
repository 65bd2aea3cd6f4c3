//! Orders that are ended without their device's word.

use super::ReasonBody;
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Envelope, json, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::operations::OperationOut;
use crate::view::OrderOut;
use app::ForcedEnd;
use app::staff::Actor;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::OrderNo;
use std::sync::Arc;

/// Completes an active order on its last known values. A key does it at once; what a person asks for
/// waits for another one.
#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{order_no}/finish",
    tag = "administration",
    operation_id = "finish_order",
    extensions(("x-access" = json!("order.charge.force_finish")), ("x-dataset" = json!("orders"))),
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    request_body = ReasonBody,
    responses(
        (status = 200, description = "The order as it is now", body = Envelope<OrderOut>),
        (status = 202, description = "What waits for a second person",
            body = Envelope<OperationOut>),
        (status = 404, description = "No such order, or it is not active",
            body = Refusal),
        (status = 409, description = "Not possible in the order's state",
            body = Refusal),
    )
)]
pub(crate) async fn finish(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(order_no): At<OrderNo>,
    Payload(body): Payload<ReasonBody>,
) -> Result<Response, Failure> {
    ended(api, actor, order_no, ForcedEnd::Finish, body).await
}

/// Cancels an active order; nothing is billed. A key does it at once; what a person asks for
/// waits for another one.
#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{order_no}/cancel",
    tag = "administration",
    operation_id = "cancel_order",
    extensions(("x-access" = json!("order.charge.cancel")), ("x-dataset" = json!("orders"))),
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    request_body = ReasonBody,
    responses(
        (status = 200, description = "The order as it is now", body = Envelope<OrderOut>),
        (status = 202, description = "What waits for a second person",
            body = Envelope<OperationOut>),
        (status = 404, description = "No such order, or it is not active",
            body = Refusal),
        (status = 409, description = "Not possible in the order's state",
            body = Refusal),
    )
)]
pub(crate) async fn cancel(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(order_no): At<OrderNo>,
    Payload(body): Payload<ReasonBody>,
) -> Result<Response, Failure> {
    ended(api, actor, order_no, ForcedEnd::Cancel, body).await
}

async fn ended(
    api: Api,
    actor: Arc<Actor>,
    order_no: OrderNo,
    end: ForcedEnd,
    body: ReasonBody,
) -> Result<Response, Failure> {
    let reason = body.read()?;
    let app = api.app().clone();
    let waits = run_to_end(async move { app.force_end(&actor, order_no, end, &reason).await });
    if let Some(operation) = waits.await? {
        let message = "waits for a second person";
        let body = Envelope::new(0, message, OperationOut::from(operation));
        return Ok(json(StatusCode::ACCEPTED, &body));
    }
    let order: OrderOut = api.app().order(order_no).await?.into();
    Ok(ok(order).into_response())
}
