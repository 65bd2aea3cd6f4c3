//! Charges that a member pays for by themselves, without the wallet.

use super::charges::{Wish, known, text};
use super::guard::Caller;
use crate::Api;
use crate::access::Address;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Conflict, Failure, Refusal};
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use app::{PrepaidCharge, PrepaidWish};
use axum::extract::State;
use channels::payment::PaymentMethod;
use domain::request::start_plan;
use kernel::OrderNo;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A charge is wanted that is paid for by itself.
#[derive(ToSchema)]
#[schema(example = json!({"device": "82210225000520", "port_no": 1, "charge_mode": 4,
    "amount": 2000, "method": "wechat_mini"}))]
#[expect(dead_code, reason = "describes the body; domain::request reads it")]
pub(crate) struct PrepaidBody {
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
    /// What is paid now, fen; what the charge does not use goes back the way it came.
    #[schema(minimum = 1, maximum = 100_000_000)]
    amount: i64,
    /// `wechat_jsapi`, `wechat_mini`, `wechat_app`, `wechat_h5`, `wechat_native`, `alipay_mini`,
    /// `alipay_app`, or `mock` where that is configured.
    method: String,
    /// A coupon of yours that the charge holds; it is used when it is billed.
    coupon_id: Option<i64>,
    /// Points that may pay, a multiple of 100; a tenth of the bill at most.
    #[schema(minimum = 0, maximum = 1_000_000)]
    points: Option<i64>,
}

/// A charge and its payment.
#[derive(Serialize, ToSchema)]
pub(crate) struct PrepaidOut {
    /// Its number.
    #[schema(example = "APP1729407600001")]
    order_no: String,
    /// The device.
    device_phy_id: String,
    /// The port, kept until the payment is there or its time is over.
    port_no: u16,
    /// `pending` until it is paid and has begun.
    #[schema(example = "pending")]
    status: &'static str,
    /// What is paid, fen: the most that it may cost.
    #[schema(example = 2000)]
    amount_fen: i64,
    /// The payment.
    #[schema(example = "PY2026010212000000000100")]
    payment_no: String,
    /// `created`, `paying`, `paid`, `closed`, `part_refunded`, `refunded`, `paid_late`.
    #[schema(example = "paying")]
    payment_state: &'static str,
    /// Of it went back, fen.
    refunded_fen: i64,
    /// Until when it can be paid, Unix seconds.
    expire_at: i64,
    /// To be handed to the channel's own call as it is.
    #[schema(value_type = Object)]
    client_params: Value,
}

impl From<PrepaidCharge> for PrepaidOut {
    fn from(charge: PrepaidCharge) -> Self {
        let PrepaidCharge { order, payment } = charge;
        Self {
            order_no: order.order_no.to_string(),
            device_phy_id: order.phy_id.to_string(),
            port_no: order.port_no.0,
            status: order.status.as_str(),
            amount_fen: order.amount.0,
            payment_no: payment.payment_no,
            payment_state: payment.state.as_str(),
            refunded_fen: payment.refunded.0,
            expire_at: payment.expire_at.unix_seconds(),
            client_params: payment
                .ticket
                .unwrap_or_else(|| Value::Object(serde_json::Map::new())),
        }
    }
}

/// Asks for a charge and its payment. It starts when the payment is there; after five minutes
/// without one it is cancelled. What it does not use goes back through the channel.
#[utoipa::path(
    post,
    path = "/api/v1/member/prepaid-charges",
    tag = "member",
    operation_id = "member_prepay",
    request_body = PrepaidBody,
    responses(
        (status = 200, description = "It can be paid", body = Envelope<PrepaidOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`port is busy`, `device offline`, `an earlier charge is not \
            paid`, `this way of paying is not offered`, `the payment channel refused` …",
            body = Conflict),
        (status = 422, description = "Makes no sense, or the coupon is not for this charge",
            body = Refusal),
    )
)]
pub(crate) async fn ask(
    State(api): State<Api>,
    caller: Caller,
    Address(ip): Address,
    Payload(body): Payload<Value>,
) -> Answer<PrepaidOut> {
    let Wish {
        device,
        mut rest,
        wishes,
    } = Wish::read(body)?;
    let method =
        text(&mut rest, "method")?.ok_or_else(|| Failure::invalid("method", "is missing"))?;
    let method = PaymentMethod::from_name(&method)
        .ok_or_else(|| Failure::invalid("method", "is not known"))?;
    known(&rest)?;
    if !rest.contains_key("amount") {
        return Err(Failure::invalid("amount", "is missing"));
    }
    let wish = PrepaidWish {
        plan: start_plan(&Value::Object(rest))?,
        wishes,
        method,
        ip: ip.and_then(|ip| ip.parse().ok()),
    };
    let app = api.app().clone();
    let charge =
        run_to_end(async move { app.prepay_charge(&caller.member, &device, &wish).await }).await?;
    Ok(ok(charge.into()))
}

/// Shows a charge that is paid for by itself, and how its payment stands.
#[utoipa::path(
    get,
    path = "/api/v1/member/prepaid-charges/{order_no}",
    tag = "member",
    operation_id = "member_prepaid",
    params(("order_no" = String, Path, description = "Its number", example = "APP1729407600001")),
    responses(
        (status = 200, description = "The charge and its payment", body = Envelope<PrepaidOut>),
        (status = 404, description = "No such charge of yours", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    At(order_no): At<OrderNo>,
) -> Answer<PrepaidOut> {
    let member = caller.member.member_id();
    let charge = api.app().prepaid_charge(member, order_no).await?;
    Ok(ok(charge.into()))
}
