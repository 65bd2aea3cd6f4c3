//! Money that goes back.

pub(in crate::admin) mod by_hand;

use super::paged_query;
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use domain::refund::RefundState;
use kernel::{Fen, MemberId, OrderNo};
use serde::{Deserialize, Serialize};
use store::refunds::{RefundFilter, RefundRow};
use utoipa::ToSchema;

/// A refund.
#[derive(Serialize, ToSchema)]
pub(crate) struct RefundOut {
    /// Its number.
    #[schema(example = "RF2026010212000000000100")]
    refund_no: String,
    /// Out of which payment; none: into the wallet.
    payment_no: Option<String>,
    /// The order that it belongs to, or `wallet:` and the member.
    biz_no: String,
    /// Whose money.
    member_id: Option<i64>,
    /// How much, fen.
    amount_fen: i64,
    /// `auto_unused`, `fault`, `complaint`, `admin`, `wallet_withdraw`.
    kind: &'static str,
    /// `original`, `wallet`.
    route: &'static str,
    /// `requested`, `approved`, `rejected`, `processing`, `success`, `abnormal`, `failed`.
    #[schema(example = "requested")]
    state: &'static str,
    /// In words.
    reason: String,
    /// Who asked.
    applicant: String,
    /// Who decided.
    auditor: Option<String>,
    /// The channel's number.
    channel_refund_no: Option<String>,
    /// When it was asked for, Unix seconds.
    created_at: i64,
    /// When it was over, Unix seconds.
    finished_at: Option<i64>,
}

impl From<RefundRow> for RefundOut {
    fn from(row: RefundRow) -> Self {
        Self {
            refund_no: row.refund_no,
            payment_no: row.payment_no,
            biz_no: row.biz_no,
            member_id: row.member.map(|id| id.0),
            amount_fen: row.amount.0,
            kind: row.kind.as_str(),
            route: row.route.as_str(),
            state: row.state.as_str(),
            reason: row.reason,
            applicant: row.applicant,
            auditor: row.auditor,
            channel_refund_no: row.channel_refund_no,
            created_at: row.created_at.unix_seconds(),
            finished_at: seconds(row.finished_at),
        }
    }
}

/// A refund is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_fen": 1000, "reason": "charged too slowly"}))]
pub(crate) struct OrderRefundBody {
    /// How much, fen.
    #[schema(minimum = 1)]
    pub(super) amount_fen: i64,
    /// Why.
    #[schema(max_length = 80)]
    pub(super) reason: String,
}

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"agree": true}))]
pub(crate) struct RefundDecision {
    /// Whether it is granted.
    agree: bool,
}

/// A refund's number in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct RefundNo(String);

impl Named for RefundNo {
    const NAME: &'static str = "refund";
}

paged_query! {
    /// Which refunds a list shows.
    RefundQuery {
        /// The one of this number.
        refund_no: String,
        /// Of this member.
        member_id: i64,
        /// In this state.
        state: String,
        /// Of this order.
        biz_no: String,
    }
}

/// Lists refunds, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/refunds",
    tag = "administration",
    operation_id = "list_refunds",
    extensions(("x-access" = json!("order.refund.view")), ("x-dataset" = json!("payments"))),
    params(RefundQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<RefundOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<RefundQuery>,
) -> Answer<PageOut<RefundOut>> {
    let page = query.page_request()?;
    let state = query.state.as_deref().map(|text| {
        RefundState::parse(text).ok_or_else(|| Failure::invalid("state", "is not known"))
    });
    let state = state.transpose()?;
    let filter = RefundFilter {
        refund_no: query.refund_no,
        member: query.member_id.map(MemberId),
        state,
        biz_no: query.biz_no,
    };
    let page = api.app().list_refunds(&filter, page).await?;
    Ok(ok(PageOut::of(page, RefundOut::from)))
}

/// Asks for part of a paid bill to go back. Somebody else has to agree.
#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{order_no}/refund",
    tag = "administration",
    operation_id = "refund_order",
    extensions(
        ("x-access" = json!("order.charge.refund")),
        ("x-dataset" = json!("orders")),
        ("x-audit" = json!("own")),
    ),
    params(("order_no" = String, Path, description = "Its number", example = "APP1729407600001")),
    request_body = OrderRefundBody,
    responses(
        (status = 200, description = "It waits for a decision", body = Envelope<RefundOut>),
        (status = 404, description = "No such bill", body = Refusal),
        (status = 409, description = "More than was paid, or nobody here paid", body = Refusal),
    )
)]
pub(crate) async fn ask(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(order_no): At<OrderNo>,
    Payload(body): Payload<OrderRefundBody>,
) -> Answer<RefundOut> {
    let app = api.app().clone();
    let refund = run_to_end(async move {
        app.ask_order_refund(&actor, order_no, Fen(body.amount_fen), &body.reason)
            .await
    })
    .await?;
    Ok(ok(refund.into()))
}

/// Decides on a refund that somebody else asked for.
#[utoipa::path(
    post,
    path = "/api/v1/admin/refunds/{refund_no}/decide",
    tag = "administration",
    operation_id = "decide_refund",
    extensions(
        ("x-access" = json!("order.refund.audit")),
        ("x-dataset" = json!("payments")),
        ("x-audit" = json!("own")),
    ),
    params(("refund_no" = String, Path, description = "Its number")),
    request_body = RefundDecision,
    responses(
        (status = 200, description = "The refund", body = Envelope<RefundOut>),
        (status = 404, description = "No such refund", body = Refusal),
        (status = 409, description = "Your own request, or decided already", body = Refusal),
    )
)]
pub(crate) async fn decide(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(RefundNo(refund_no)): At<RefundNo>,
    Payload(body): Payload<RefundDecision>,
) -> Answer<RefundOut> {
    let app = api.app().clone();
    let refund =
        run_to_end(async move { app.decide_refund(&actor, &refund_no, body.agree).await }).await?;
    Ok(ok(refund.into()))
}
