//! Money of channels without a reason.

use super::paged_query;
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::operations::OperationOut;
use crate::view::{PageOut, PageQuery};
use app::UnmatchedWay;
use axum::extract::State;
use kernel::MemberId;
use serde::{Deserialize, Serialize};
use store::unmatched::UnmatchedRow;
use utoipa::ToSchema;

/// Money without a reason.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnmatchedOut {
    /// A payment's number, an order's, or the channel and its own number.
    #[schema(example = "PY2026030109301500004201")]
    reference: String,
    /// What is left of it, fen.
    amount_fen: i64,
    /// Since when, Unix seconds.
    since: i64,
}

impl From<UnmatchedRow> for UnmatchedOut {
    fn from(row: UnmatchedRow) -> Self {
        Self {
            reference: row.reference,
            amount_fen: row.amount_fen.0,
            since: row.since.unix_seconds(),
        }
    }
}

paged_query! {
    /// What the list shows.
    UnmatchedQuery {
        /// Under this name.
        reference: String,
    }
}

/// Where money without a reason is to go.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reference": "PY2026030109301500004201", "way": "wallet",
    "member_id": 12, "reason": "paid twice"}))]
pub(crate) struct UnmatchedBody {
    /// As the list names it.
    reference: String,
    /// `refund`: back as it came; `wallet`: to a member.
    way: String,
    /// Whose it is, for `wallet`.
    member_id: Option<i64>,
    /// Why.
    #[schema(max_length = 200)]
    reason: String,
}

/// Lists money that waits for its reason, oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/unmatched",
    tag = "administration",
    operation_id = "list_unmatched",
    extensions(("x-access" = json!("finance.reconcile.view"))),
    params(UnmatchedQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<UnmatchedOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<UnmatchedQuery>,
) -> Answer<PageOut<UnmatchedOut>> {
    let page = query.page_request()?;
    let page = api
        .app()
        .list_unmatched(query.reference.as_deref(), page)
        .await?;
    Ok(ok(PageOut::of(page, UnmatchedOut::from)))
}

/// Proposes where money without a reason goes. A second person confirms it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/unmatched/resolve",
    tag = "administration",
    operation_id = "propose_unmatched",
    extensions(("x-access" = json!("finance.reconcile.resolve")), ("x-audit" = json!("own"))),
    request_body = UnmatchedBody,
    responses(
        (status = 200, description = "What waits now", body = Envelope<OperationOut>),
        (status = 404, description = "Nothing waits under that name, or no such member",
            body = Refusal),
        (status = 409, description = "It cannot go back, or goes back already", body = Refusal),
    )
)]
pub(crate) async fn resolve(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<UnmatchedBody>,
) -> Answer<OperationOut> {
    let way = match (body.way.as_str(), body.member_id) {
        ("refund", None) => UnmatchedWay::Refund,
        ("wallet", Some(id)) => UnmatchedWay::Wallet(MemberId(id)),
        ("refund", Some(_)) => {
            return Err(Failure::invalid("member_id", "is for wallet only"));
        }
        ("wallet", None) => return Err(Failure::invalid("member_id", "is missing")),
        _ => return Err(Failure::invalid("way", "must be refund or wallet")),
    };
    let app = api.app().clone();
    let operation = run_to_end(async move {
        app.propose_unmatched(&actor, &body.reference, way, &body.reason)
            .await
    })
    .await?;
    Ok(ok(operation.into()))
}
