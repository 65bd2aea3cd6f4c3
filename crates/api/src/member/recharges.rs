//! Topping the wallet up, and taking unused money back.

use super::guard::Caller;
use super::refund::MemberRefundOut;
use super::wallet::LinesQuery;
use crate::Api;
use crate::access::Address;
use crate::admin::{PackageOut, RechargeOut};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use app::{Cashier, RechargeWish};
use axum::extract::State;
use channels::payment::PaymentMethod;
use kernel::Fen;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::refunds::RefundFilter;
use utoipa::ToSchema;

/// A top-up is wanted: a package, or a sum.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_fen": 10000, "method": "wechat_mini"}))]
pub(crate) struct RechargeBody {
    /// A package on offer.
    package_id: Option<i64>,
    /// Instead of a package, fen.
    #[schema(minimum = 1, maximum = 5_000_000)]
    amount_fen: Option<i64>,
    /// `wechat_jsapi`, `wechat_mini`, `wechat_app`, `wechat_h5`, `wechat_native`, `alipay_mini`,
    /// `alipay_app`, or `mock` where that is configured.
    method: String,
}

/// What the telephone needs to show the cashier.
#[derive(Serialize, ToSchema)]
pub(crate) struct CashierOut {
    /// The top-up.
    recharge: RechargeOut,
    /// `created`, `paying`, `paid`, `closed` …
    payment_state: &'static str,
    /// Until when it can be paid, Unix seconds.
    expire_at: i64,
    /// To be handed to the channel's own call as it is.
    #[schema(value_type = Object)]
    client_params: Value,
}

impl From<Cashier> for CashierOut {
    fn from(cashier: Cashier) -> Self {
        Self {
            recharge: cashier.recharge.into(),
            payment_state: cashier.payment.state.as_str(),
            expire_at: cashier.payment.expire_at.unix_seconds(),
            client_params: cashier
                .payment
                .ticket
                .unwrap_or_else(|| Value::Object(serde_json::Map::new())),
        }
    }
}

/// Unused money is wanted back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_fen": 3000}))]
pub(crate) struct TakeBackBody {
    /// How much, fen. Gifts are never paid out.
    #[schema(minimum = 1)]
    amount_fen: i64,
}

/// A top-up's number in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct RechargeNo(String);

impl Named for RechargeNo {
    const NAME: &'static str = "recharge";
}

/// Lists the packages on offer, smallest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/recharge-packages",
    tag = "member",
    operation_id = "member_packages",
    responses((status = 200, description = "All", body = Envelope<Vec<PackageOut>>))
)]
pub(crate) async fn packages(State(api): State<Api>) -> Answer<Vec<PackageOut>> {
    let packages = api.app().recharge_packages().await?;
    Ok(ok(packages.into_iter().map(PackageOut::from).collect()))
}

/// Begins a top-up.
#[utoipa::path(
    post,
    path = "/api/v1/member/recharges",
    tag = "member",
    operation_id = "member_recharge",
    request_body = RechargeBody,
    responses(
        (status = 200, description = "It can be paid", body = Envelope<CashierOut>),
        (status = 404, description = "No such package", body = Refusal),
        (status = 409, description = "That way of paying is not offered, or refuses",
            body = Refusal),
    )
)]
pub(crate) async fn begin(
    State(api): State<Api>,
    caller: Caller,
    Address(ip): Address,
    Payload(body): Payload<RechargeBody>,
) -> Answer<CashierOut> {
    let method = PaymentMethod::from_name(&body.method)
        .ok_or_else(|| Failure::invalid("method", "is not known"))?;
    let wish = RechargeWish {
        package: body.package_id,
        amount: body.amount_fen.map(Fen),
        method,
        ip: ip.and_then(|ip| ip.parse().ok()),
    };
    let app = api.app().clone();
    let cashier = run_to_end(async move { app.recharge(&caller.member, &wish).await }).await?;
    Ok(ok(cashier.into()))
}

/// Lists top-ups, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/recharges",
    tag = "member",
    operation_id = "member_recharges",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<RechargeOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<RechargeOut>> {
    let member = Some(caller.member.member_id());
    let page = api
        .app()
        .list_recharges(member, None, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, RechargeOut::from)))
}

/// Shows a top-up and how its payment stands.
#[utoipa::path(
    get,
    path = "/api/v1/member/recharges/{recharge_no}",
    tag = "member",
    operation_id = "member_recharge_of",
    params(("recharge_no" = String, Path, description = "Its number")),
    responses(
        (status = 200, description = "The top-up", body = Envelope<CashierOut>),
        (status = 404, description = "No such top-up of yours", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    At(RechargeNo(number)): At<RechargeNo>,
) -> Answer<CashierOut> {
    let member = caller.member.member_id();
    Ok(ok(api.app().member_recharge(member, &number).await?.into()))
}

/// Asks for unused money back: by the way it came, oldest payments first, once somebody agrees.
#[utoipa::path(
    post,
    path = "/api/v1/member/wallet/refunds",
    tag = "member",
    operation_id = "member_take_back",
    request_body = TakeBackBody,
    responses(
        (status = 200, description = "One for each payment", body = Envelope<Vec<MemberRefundOut>>),
        (status = 409, description = "Less is there, or came through channels", body = Refusal),
    )
)]
pub(crate) async fn take_back(
    State(api): State<Api>,
    caller: Caller,
    Payload(body): Payload<TakeBackBody>,
) -> Answer<Vec<MemberRefundOut>> {
    let app = api.app().clone();
    let refunds = run_to_end(async move {
        app.withdraw_wallet(caller.member.member_id(), Fen(body.amount_fen))
            .await
    })
    .await?;
    Ok(ok(refunds.into_iter().map(MemberRefundOut::from).collect()))
}

/// Lists refunds, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/refunds",
    tag = "member",
    operation_id = "member_refunds",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<MemberRefundOut>>))
)]
pub(crate) async fn refunds(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<MemberRefundOut>> {
    let filter = RefundFilter {
        member: Some(caller.member.member_id()),
        ..RefundFilter::default()
    };
    let page = api
        .app()
        .list_refunds(&filter, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, MemberRefundOut::from)))
}
