//! Refunds that their channel could not deliver, or refused.

use super::{RefundNo, RefundOut};
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::routes::routes;
use crate::run_to_end::run_to_end;
use app::OtherWay;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// What the bank says of a payment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"voucher": "20261121-0042"}))]
pub(crate) struct RefundVoucherBody {
    /// The bank's number of it, 1 to 64 characters.
    #[schema(max_length = 64)]
    voucher: String,
}

pub(in crate::admin) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(to_wallet))
        .routes(routes!(paid_by_bank))
        .routes(routes!(retry))
}

/// Puts a refund into the member's wallet that its channel cannot deliver.
#[utoipa::path(
    post,
    path = "/api/v1/admin/refunds/{refund_no}/to-wallet",
    tag = "administration",
    operation_id = "refund_to_wallet",
    extensions(
        ("x-access" = json!("order.refund.to_wallet")),
        ("x-dataset" = json!("payments")),
        ("x-audit" = json!("own")),
    ),
    params(("refund_no" = String, Path, description = "Its number")),
    responses(
        (status = 200, description = "The refund", body = Envelope<RefundOut>),
        (status = 404, description = "No such refund", body = Refusal),
        (status = 409, description = "Your own request, or not undeliverable", body = Refusal),
    )
)]
pub(crate) async fn to_wallet(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(RefundNo(number)): At<RefundNo>,
) -> Answer<RefundOut> {
    let app = api.app().clone();
    let way = OtherWay::Wallet;
    let ended = async move { app.end_refund_otherwise(&actor, &number, &way).await };
    Ok(ok(run_to_end(ended).await?.into()))
}

/// Records that the bank has paid a refund which its channel cannot deliver.
#[utoipa::path(
    post,
    path = "/api/v1/admin/refunds/{refund_no}/paid-by-bank",
    tag = "administration",
    operation_id = "refund_paid_by_bank",
    extensions(
        ("x-access" = json!("order.refund.audit")),
        ("x-dataset" = json!("payments")),
        ("x-audit" = json!("own")),
    ),
    params(("refund_no" = String, Path, description = "Its number")),
    request_body = RefundVoucherBody,
    responses(
        (status = 200, description = "The refund", body = Envelope<RefundOut>),
        (status = 404, description = "No such refund", body = Refusal),
        (status = 409, description = "Your own request, or not undeliverable", body = Refusal),
    )
)]
pub(crate) async fn paid_by_bank(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(RefundNo(number)): At<RefundNo>,
    Payload(body): Payload<RefundVoucherBody>,
) -> Answer<RefundOut> {
    let voucher = body.voucher.trim().to_owned();
    if !(1..=64).contains(&voucher.chars().count()) {
        return Err(Failure::invalid("voucher", "must have 1 to 64 characters"));
    }
    let app = api.app().clone();
    let way = OtherWay::Bank { voucher };
    let ended = async move { app.end_refund_otherwise(&actor, &number, &way).await };
    Ok(ok(run_to_end(ended).await?.into()))
}

/// Asks once more for a refund that its channel has refused. Somebody else has to agree.
#[utoipa::path(
    post,
    path = "/api/v1/admin/refunds/{refund_no}/retry",
    tag = "administration",
    operation_id = "retry_refund",
    extensions(
        ("x-access" = json!("order.refund.retry")),
        ("x-dataset" = json!("payments")),
        ("x-audit" = json!("own")),
    ),
    params(("refund_no" = String, Path, description = "Its number")),
    responses(
        (status = 200, description = "The new one", body = Envelope<RefundOut>),
        (status = 404, description = "No such refund", body = Refusal),
        (status = 409, description = "Not refused, or the money is elsewhere", body = Refusal),
    )
)]
pub(crate) async fn retry(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(RefundNo(number)): At<RefundNo>,
) -> Answer<RefundOut> {
    let app = api.app().clone();
    let again = async move { app.retry_refund(&actor, &number).await };
    Ok(ok(run_to_end(again).await?.into()))
}
