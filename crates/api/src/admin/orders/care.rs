//! Orders that ended in a way that somebody should look at.

use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use axum::extract::State;
use kernel::OrderNo;
use serde::Deserialize;
use utoipa::ToSchema;

use super::lines::OrderLineOut;

/// Longest note, in characters.
const NOTE_MAX: usize = 500;

/// What came of looking at an order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"note": "the customer was called, the bill is right"}))]
pub(crate) struct HandlingBody {
    /// Kept with the order.
    #[schema(min_length = 1, max_length = 500)]
    note: String,
}

/// Notes that somebody looked at an order that is marked as abnormal, and what came of it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{order_no}/handle",
    tag = "administration",
    operation_id = "handle_order",
    extensions(
        ("x-access" = json!("order.abnormal.handle")),
        ("x-dataset" = json!("orders")),
        ("x-audit" = json!("own")),
    ),
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    request_body = HandlingBody,
    responses(
        (status = 200, description = "The order as it is now", body = Envelope<OrderLineOut>),
        (status = 400, description = "Without a note", body = Refusal),
        (status = 404, description = "No such order", body = Refusal),
        (status = 409, description = "It is not marked as abnormal, or its bill is held", body = Refusal),
    )
)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    At(order_no): At<OrderNo>,
    Payload(body): Payload<HandlingBody>,
) -> Answer<OrderLineOut> {
    let note = body.note.trim().to_owned();
    if !(1..=NOTE_MAX).contains(&note.chars().count()) {
        return Err(Failure::invalid("note", "must have 1 to 500 characters"));
    }
    let app = api.app().clone();
    run_to_end(async move { app.handle_order(&actor, order_no, &note).await }).await?;
    Ok(ok(api.app().order_line(order_no, &scope).await?.into()))
}
