//! Debts that are given up.

use super::members::MemberRow;
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::operations::OperationOut;
use axum::extract::State;
use kernel::{Fen, MemberId};
use serde::Deserialize;
use utoipa::ToSchema;

/// What is to be given up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_fen": 500, "reason": "cannot be reached"}))]
pub(crate) struct WriteOffBody {
    /// How much of what is owed, fen.
    #[schema(minimum = 1)]
    amount_fen: i64,
    /// Why.
    #[schema(max_length = 200)]
    reason: String,
}

/// Proposes to give up what a member owes. A second person confirms it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/members/{member_id}/write-off",
    tag = "administration",
    operation_id = "propose_write_off",
    extensions(
        ("x-access" = json!("user.member.adjust_balance")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("member_id" = i64, Path, description = "Their row", example = 12)),
    request_body = WriteOffBody,
    responses(
        (status = 200, description = "What waits now", body = Envelope<OperationOut>),
        (status = 404, description = "No such member", body = Refusal),
        (status = 409, description = "Less is owed", body = Refusal),
    )
)]
pub(crate) async fn propose(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(MemberRow(id)): At<MemberRow>,
    Payload(body): Payload<WriteOffBody>,
) -> Answer<OperationOut> {
    let app = api.app().clone();
    let operation = run_to_end(async move {
        app.propose_write_off(&actor, MemberId(id), Fen(body.amount_fen), &body.reason)
            .await
    })
    .await?;
    Ok(ok(operation.into()))
}
