//! Top-ups, and the packages that members choose from.

use super::paged_query;
use super::refunds::{OrderRefundBody, RefundOut};
use crate::Api;
use crate::choice::among;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use kernel::{Fen, MemberId};
use serde::{Deserialize, Serialize};
use store::payments::{PackageRow, RechargeRow};
use utoipa::ToSchema;

/// A top-up.
#[derive(Serialize, ToSchema)]
pub(crate) struct RechargeOut {
    /// Its number.
    #[schema(example = "RC2026010212000000000100")]
    recharge_no: String,
    /// Whose wallet.
    member_id: i64,
    /// The payment.
    payment_no: String,
    /// Through which it is paid: `wechat_jsapi`, `wechat_mini`, `wechat_app`, `wechat_h5`,
    /// `wechat_native`, `alipay_mini`, `alipay_app`, `mock`.
    channel: String,
    /// The package that was chosen.
    package_id: Option<i64>,
    /// Paid, fen.
    pay_fen: i64,
    /// Given on top, fen.
    gift_fen: i64,
    /// Of what was paid, given back through its channel, fen.
    refunded_fen: i64,
    /// `created`, `paid`, `closed`.
    #[schema(example = "paid")]
    state: String,
    /// When it was paid, Unix seconds.
    paid_at: Option<i64>,
    /// When it was begun, Unix seconds.
    created_at: i64,
}

impl From<RechargeRow> for RechargeOut {
    fn from(row: RechargeRow) -> Self {
        Self {
            recharge_no: row.recharge_no,
            member_id: row.member_id,
            payment_no: row.payment_no,
            channel: row.channel,
            package_id: row.package_id,
            pay_fen: row.pay_fen.0,
            gift_fen: row.gift_fen.0,
            refunded_fen: row.refunded_fen.0,
            state: row.state,
            paid_at: seconds(row.paid_at),
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// A package.
#[derive(Serialize, ToSchema)]
pub(crate) struct PackageOut {
    /// Its row.
    #[schema(example = 1)]
    id: i64,
    /// Its name.
    name: String,
    /// Paid, fen.
    pay_fen: i64,
    /// Given on top, fen.
    gift_fen: i64,
}

impl From<PackageRow> for PackageOut {
    fn from(row: PackageRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            pay_fen: row.pay_fen.0,
            gift_fen: row.gift_fen.0,
        }
    }
}

/// A new package.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "充100送10", "pay_fen": 10000, "gift_fen": 1000}))]
pub(crate) struct PackageBody {
    /// Its name.
    #[schema(max_length = 50)]
    name: String,
    /// Paid, fen.
    #[schema(minimum = 1, maximum = 5_000_000)]
    pay_fen: i64,
    /// Given on top, fen; at most what is paid.
    #[schema(minimum = 0)]
    #[serde(default)]
    gift_fen: i64,
}

/// A package's row in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct PackageId(i64);

impl Named for PackageId {
    const NAME: &'static str = "package";
}

paged_query! {
    /// Which top-ups a list shows.
    RechargeQuery {
        /// Of this member.
        member_id: i64,
        /// `created`, `paid`, `closed`.
        state: String,
    }
}

/// Lists top-ups, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/recharges",
    tag = "administration",
    operation_id = "list_recharges",
    extensions(("x-access" = json!("order.recharge.view")), ("x-dataset" = json!("payments"))),
    params(RechargeQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<RechargeOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<RechargeQuery>,
) -> Answer<PageOut<RechargeOut>> {
    let page = query.page_request()?;
    among(
        "state",
        query.state.as_deref(),
        &["created", "paid", "closed"],
    )?;
    let member = query.member_id.map(MemberId);
    let page = api
        .app()
        .list_recharges(member, query.state.as_deref(), page)
        .await?;
    Ok(ok(PageOut::of(page, RechargeOut::from)))
}

/// A top-up's number in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct RechargeNo(String);

impl Named for RechargeNo {
    const NAME: &'static str = "recharge";
}

/// Asks the channel now what became of a top-up.
#[utoipa::path(
    post,
    path = "/api/v1/admin/recharges/{recharge_no}/query",
    tag = "administration",
    operation_id = "query_recharge",
    extensions(
        ("x-access" = json!("order.recharge.query_channel")),
        ("x-dataset" = json!("payments")),
    ),
    params(("recharge_no" = String, Path, description = "Its number")),
    responses(
        (status = 200, description = "The top-up as it is now", body = Envelope<RechargeOut>),
        (status = 404, description = "No such top-up", body = Refusal),
    )
)]
pub(crate) async fn query(
    State(api): State<Api>,
    At(RechargeNo(number)): At<RechargeNo>,
) -> Answer<RechargeOut> {
    let app = api.app().clone();
    let asked = run_to_end(async move { app.ask_about_recharge(&number).await }).await?;
    Ok(ok(asked.recharge.into()))
}

/// Asks for unused money of a top-up to go back by the way it came. Somebody else has to agree.
#[utoipa::path(
    post,
    path = "/api/v1/admin/recharges/{recharge_no}/refund",
    tag = "administration",
    operation_id = "refund_recharge",
    extensions(
        ("x-access" = json!("order.recharge.refund")),
        ("x-dataset" = json!("payments")),
        ("x-audit" = json!("own")),
    ),
    params(("recharge_no" = String, Path, description = "Its number")),
    request_body = OrderRefundBody,
    responses(
        (status = 200, description = "It waits for a decision", body = Envelope<RefundOut>),
        (status = 404, description = "No such top-up", body = Refusal),
        (status = 409, description = "Less of it is there", body = Refusal),
    )
)]
pub(crate) async fn refund(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(RechargeNo(number)): At<RechargeNo>,
    Payload(body): Payload<OrderRefundBody>,
) -> Answer<RefundOut> {
    let app = api.app().clone();
    let refund = run_to_end(async move {
        app.ask_recharge_refund(&actor, &number, Fen(body.amount_fen), &body.reason)
            .await
    })
    .await?;
    Ok(ok(refund.into()))
}

/// Lists the packages on offer, smallest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/recharge-packages",
    tag = "administration",
    operation_id = "list_packages",
    extensions(("x-access" = json!("marketing.recharge_package.view"))),
    responses((status = 200, description = "All", body = Envelope<Vec<PackageOut>>))
)]
pub(crate) async fn packages(State(api): State<Api>) -> Answer<Vec<PackageOut>> {
    let packages = api.app().recharge_packages().await?;
    Ok(ok(packages.into_iter().map(PackageOut::from).collect()))
}

/// Offers a package.
#[utoipa::path(
    post,
    path = "/api/v1/admin/recharge-packages",
    tag = "administration",
    operation_id = "add_package",
    extensions(
        ("x-access" = json!("marketing.recharge_package.create")),
        ("x-audit" = json!("own")),
    ),
    request_body = PackageBody,
    responses((status = 200, description = "All on offer now", body = Envelope<Vec<PackageOut>>))
)]
pub(crate) async fn add_package(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<PackageBody>,
) -> Answer<Vec<PackageOut>> {
    let app = api.app().clone();
    run_to_end(async move {
        app.add_package(&actor, &body.name, Fen(body.pay_fen), Fen(body.gift_fen))
            .await
    })
    .await?;
    packages(State(api)).await
}

/// Takes a package off the offer.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/recharge-packages/{package_id}",
    tag = "administration",
    operation_id = "end_package",
    extensions(
        ("x-access" = json!("marketing.recharge_package.delete")),
        ("x-audit" = json!("own")),
    ),
    params(("package_id" = i64, Path, description = "Its row", example = 1)),
    responses(
        (status = 200, description = "All on offer now", body = Envelope<Vec<PackageOut>>),
        (status = 404, description = "No such package", body = Refusal),
    )
)]
pub(crate) async fn end_package(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(PackageId(id)): At<PackageId>,
) -> Answer<Vec<PackageOut>> {
    let app = api.app().clone();
    run_to_end(async move { app.end_package(&actor, id).await }).await?;
    packages(State(api)).await
}
