//! Charges of a member.

use super::guard::Caller;
use super::order::MemberOrderOut;
use super::wallet::LinesQuery;
use crate::Api;
use crate::envelope::{Answer, Envelope, Success, ok};
use crate::failure::{Conflict, Failure, Refusal};
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use app::PayBy;
use axum::extract::State;
use domain::points::Points;
use domain::request::start_plan;
use domain::settlement::Wishes;
use kernel::{OrderNo, PhyId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// A charge is wanted. What it costs is the place's price; what it may cost is what is in the
/// wallet, at most `amount`.
#[derive(ToSchema)]
#[schema(example = json!({"device": "82210225000520", "port_no": 1, "charge_mode": 4}))]
#[expect(dead_code, reason = "describes the body; domain::request reads it")]
pub(crate) struct MemberChargeBody {
    /// The device.
    device: String,
    /// The port; 255 chooses the lowest idle one.
    #[schema(minimum = 1, maximum = 500)]
    port_no: u16,
    /// What ends the charge: 1 time, 2 energy, 3 power, 4 full.
    #[schema(minimum = 1, maximum = 4)]
    charge_mode: i16,
    /// Time in seconds; required for mode 1.
    #[schema(minimum = 1, maximum = 86_400)]
    duration: Option<u32>,
    /// Energy of mode 2, kWh with up to four decimals.
    #[schema(minimum = 0)]
    kwh: Option<f64>,
    /// Most that it may cost, fen.
    #[schema(minimum = 0, maximum = 100_000_000)]
    amount: Option<i64>,
    /// `wallet`, `company`, `later`; `wallet` when absent.
    pay_by: Option<String>,
    /// A coupon of yours that the charge holds; it is used when it is billed.
    coupon_id: Option<i64>,
    /// Points that may pay, a multiple of 100; a tenth of the bill at most.
    #[schema(minimum = 0, maximum = 1_000_000)]
    points: Option<i64>,
}

/// What a member may ask for, of what third parties may.
const WISHES: [&str; 5] = ["port_no", "charge_mode", "duration", "kwh", "amount"];

/// A charge that was accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberCharge {
    /// Its number.
    #[schema(example = "APP1729407600001")]
    order_no: String,
    /// The device.
    device_phy_id: String,
    /// The port.
    port_no: u16,
    /// Always `pending`.
    #[schema(example = "pending")]
    status: &'static str,
    /// What it holds, fen: the most that it may cost.
    held_fen: i64,
}

/// Starts a charge.
#[utoipa::path(
    post,
    path = "/api/v1/member/charges",
    tag = "member",
    operation_id = "member_charge",
    request_body = MemberChargeBody,
    responses(
        (status = 200, description = "Accepted", body = Envelope<MemberCharge>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`port is busy`, `device offline`, `balance too low`, `an \
            earlier charge is not paid`, `no price applies here`, `the coupon is not free`, `not \
            enough points` …", body = Conflict),
        (status = 422, description = "Makes no sense, or the coupon is not for this charge",
            body = Refusal),
    )
)]
pub(crate) async fn start(
    State(api): State<Api>,
    caller: Caller,
    Payload(body): Payload<Value>,
) -> Answer<MemberCharge> {
    let Wish {
        device,
        mut rest,
        wishes,
    } = Wish::read(body)?;
    let pay_by = match text(&mut rest, "pay_by")? {
        None => PayBy::default(),
        Some(said) => PayBy::parse(&said)
            .ok_or_else(|| Failure::invalid("pay_by", "must be wallet, company or later"))?,
    };
    known(&rest)?;
    let most = api.app().max_freeze();
    rest.entry("amount").or_insert_with(|| most.0.into());
    let plan = start_plan(&Value::Object(rest))?;
    let app = api.app().clone();
    let started = run_to_end(async move {
        app.start_for_member(&caller.member, &device, plan, pay_by, wishes)
            .await
    })
    .await?;
    let order = started.order;
    Ok(Success::saying(
        "charge started successfully",
        MemberCharge {
            order_no: order.order_no.to_string(),
            device_phy_id: order.phy_id.to_string(),
            port_no: order.port_no.0,
            status: order.status.as_str(),
            held_fen: started.held.0,
        },
    ))
}

/// A wish, read as far as every way of paying has it.
pub(super) struct Wish {
    pub(super) device: PhyId,
    /// The plan, and what is said about paying.
    pub(super) rest: Map<String, Value>,
    pub(super) wishes: Wishes,
}

impl Wish {
    pub(super) fn read(body: Value) -> Result<Self, Failure> {
        let Value::Object(mut rest) = body else {
            return Err(Failure::invalid("body", "must be an object"));
        };
        let device =
            text(&mut rest, "device")?.ok_or_else(|| Failure::invalid("device", "is missing"))?;
        let device: PhyId = device
            .parse()
            .map_err(|_| Failure::invalid("device", "is no id of a device"))?;
        let wishes = Wishes {
            coupon: number(&mut rest, "coupon_id")?,
            points: Points(number(&mut rest, "points")?.unwrap_or(0)),
        };
        Ok(Self {
            device,
            rest,
            wishes,
        })
    }
}

/// Refuses what nobody reads.
pub(super) fn known(rest: &Map<String, Value>) -> Result<(), Failure> {
    match rest.keys().find(|key| !WISHES.contains(&key.as_str())) {
        Some(other) => Err(Failure::invalid(other, "is not known")),
        None => Ok(()),
    }
}

pub(super) fn text(wish: &mut Map<String, Value>, field: &str) -> Result<Option<String>, Failure> {
    match wish.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Failure::invalid(field, "must be a text")),
    }
}

fn number(wish: &mut Map<String, Value>, field: &str) -> Result<Option<i64>, Failure> {
    match wish.remove(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_i64() {
            Some(number) if (0..=i64::from(i32::MAX)).contains(&number) => Ok(Some(number)),
            _ => Err(Failure::invalid(field, "must be a whole number from 0 on")),
        },
    }
}

/// Stops a charge.
#[utoipa::path(
    post,
    path = "/api/v1/member/charges/{order_no}/stop",
    tag = "member",
    operation_id = "member_stop",
    params(("order_no" = String, Path, description = "Its number", example = "APP1729407600001")),
    responses(
        (status = 200, description = "The stop is on its way", body = Envelope<MemberOrderOut>),
        (status = 404, description = "No such charge of yours is running", body = Refusal),
    )
)]
pub(crate) async fn stop(
    State(api): State<Api>,
    caller: Caller,
    At(order_no): At<OrderNo>,
) -> Answer<MemberOrderOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let (order, bills) = run_to_end(async move {
        app.stop_for_member(member, order_no).await?;
        let order = app.member_order(member, order_no).await?;
        let bills = app.paid_bills(member, std::slice::from_ref(&order)).await?;
        Ok((order, bills))
    })
    .await?;
    Ok(ok(MemberOrderOut::of(order, &bills)))
}

/// Lists a member's orders, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/charges",
    tag = "member",
    operation_id = "member_charges",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<MemberOrderOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<MemberOrderOut>> {
    let member = caller.member.member_id();
    let page = api
        .app()
        .member_orders(member, query.page_request()?)
        .await?;
    let bills = api.app().paid_bills(member, &page.items).await?;
    Ok(ok(PageOut::of(page, |order| {
        MemberOrderOut::of(order, &bills)
    })))
}

/// Shows one of a member's orders.
#[utoipa::path(
    get,
    path = "/api/v1/member/charges/{order_no}",
    tag = "member",
    operation_id = "member_charge_of",
    params(("order_no" = String, Path, description = "Its number", example = "APP1729407600001")),
    responses(
        (status = 200, description = "The order", body = Envelope<MemberOrderOut>),
        (status = 404, description = "No such order of yours", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    At(order_no): At<OrderNo>,
) -> Answer<MemberOrderOut> {
    let member = caller.member.member_id();
    let order = api.app().member_order(member, order_no).await?;
    let own = std::slice::from_ref(&order);
    let bills = api.app().paid_bills(member, own).await?;
    Ok(ok(MemberOrderOut::of(order, &bills)))
}
