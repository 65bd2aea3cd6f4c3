use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, Success};
use crate::failure::{Conflict, Failure, Refusal};
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use axum::extract::State;
use channels::webhook::target::{Target, Trust};
use domain::request::{FaultClass, RequestFault, StartPlan, start_plan};
use kernel::PhyId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A start request. `port_no`, or `socket_no` with `hole`, is required.
#[derive(ToSchema)]
#[schema(example = json!({
    "port_no": 1, "charge_mode": 1, "duration": 3600, "amount": 1000,
    "price_per_kwh": 150, "service_fee": 100
}))]
#[expect(dead_code, reason = "describes the body; domain::request reads it")]
pub(crate) struct ChargeBody {
    /// 1 to 500, as far as the device has that port; 255 chooses the lowest idle port.
    #[schema(minimum = 1, maximum = 500)]
    port_no: Option<u16>,
    /// A second port that feeds the same vehicle, at EV piles that can: it becomes an order of its
    /// own with half of the amount and of the energy. Both begin, or none.
    #[schema(minimum = 1, maximum = 500)]
    parallel_port_no: Option<u16>,
    /// Socket behind a gateway, instead of `port_no`.
    #[schema(minimum = 1, maximum = 250)]
    socket_no: Option<u8>,
    /// Hole of that socket, 0 or 1.
    #[schema(minimum = 0, maximum = 1)]
    hole: Option<u8>,
    /// What ends the charge: 1 time, 2 energy, 3 power, 4 full.
    #[schema(minimum = 1, maximum = 4)]
    charge_mode: i16,
    /// Paid time in seconds; required for mode 1.
    #[schema(minimum = 1, maximum = 86_400)]
    duration: Option<u32>,
    /// Prepaid amount and limit of the bill, fen; 0 is no limit.
    #[schema(minimum = 0, maximum = 100_000_000)]
    amount: Option<i64>,
    /// Fen per kWh; without it the bill is pro rata of the amount.
    #[schema(minimum = 0, maximum = 100_000)]
    price_per_kwh: Option<i64>,
    /// The e-bike plan to bill by, instead of a price; without either the one of the port applies,
    /// where it has one.
    #[schema(minimum = 1)]
    plan_id: Option<i64>,
    /// Thousandths; what it does to the bill has been agreed with the key.
    #[schema(minimum = 0, maximum = 10_000)]
    service_fee: Option<i32>,
    /// Paid energy of mode 2, kWh with up to four decimals. Without it the amount at the price.
    #[schema(minimum = 0)]
    kwh: Option<f64>,
    /// The same as `kwh`.
    #[schema(minimum = 0)]
    energy: Option<f64>,
    /// Power limit of mode 3, W.
    #[schema(minimum = 0)]
    power_limit_w: Option<f64>,
    /// The caller's own reference, echoed.
    #[schema(max_length = 128)]
    member_ref: Option<String>,
    /// Receives the events of this order instead of the configured address.
    #[schema(max_length = 500)]
    notify_url: Option<String>,
}

/// An order that has been accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChargeStarted {
    /// Its number.
    #[schema(example = "THD1729407600001")]
    order_no: String,
    /// The device.
    #[schema(example = "82210225000520")]
    device_phy_id: String,
    /// The port, also when it was left to us.
    #[schema(example = 1)]
    port_no: u16,
    /// Always `pending`.
    #[schema(example = "pending")]
    status: &'static str,
    /// The order of the second port.
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_order_no: Option<String>,
    /// The order that was ended to make room (policy `replace` only).
    #[serde(skip_serializing_if = "Option::is_none")]
    old_order: Option<String>,
    /// The same as `order_no`, beside `old_order`.
    #[serde(skip_serializing_if = "Option::is_none")]
    new_order: Option<String>,
    /// The caller's own reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    member_ref: Option<String>,
}

/// Starts a charge.
///
/// The order is accepted also while the device is offline: the command waits, by default for ten
/// minutes. A port that is in use is refused with 409, or taken over when the policy agreed with
/// the key is `replace` (message `replaced previous order`).
#[utoipa::path(
    post,
    path = "/api/v1/third/devices/{phy_id}/charge",
    tag = "third-party",
    operation_id = "charge",
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = ChargeBody,
    responses(
        (status = 200, description = "Accepted", body = Envelope<ChargeStarted>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`port is busy` with the order that holds it; or `device \
            disabled`, `port fault`, `device offline`, `no idle port`, `protocol_retired` \
            without data", body = Conflict),
        (status = 422, description = "Makes no sense: a mode without its field, a port that the \
            device does not have, more than its protocol can carry",
            body = Refusal),
    )
)]
pub(crate) async fn charge(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<Value>,
) -> Answer<ChargeStarted> {
    client.check_device(&phy_id)?;
    let plan = start_plan(&body)?;
    check_notify_url(&api, &plan)?;
    let app = api.app().clone();
    let started =
        run_to_end(async move { app.start_charging(&client.caller, &phy_id, plan).await }).await?;
    let order = started.order;
    let replaced = started.replaced.map(|order_no| order_no.to_string());
    let message = match replaced {
        Some(_) => "replaced previous order",
        None => "charge started successfully",
    };
    Ok(Success::saying(
        message,
        ChargeStarted {
            order_no: order.order_no.to_string(),
            device_phy_id: order.phy_id.to_string(),
            port_no: order.port_no.0,
            status: order.status.as_str(),
            parallel_order_no: started.parallel.map(|order_no| order_no.to_string()),
            new_order: replaced.is_some().then(|| order.order_no.to_string()),
            old_order: replaced,
            member_ref: order.member_ref,
        },
    ))
}

fn check_notify_url(api: &Api, plan: &StartPlan) -> Result<(), Failure> {
    let Some(url) = &plan.notify_url else {
        return Ok(());
    };
    Target::parse(url, Trust::Guarded, &api.settings().webhook_addresses)
        .map(|_| ())
        .map_err(|problem| Failure::semantic("notify_url", &problem.to_string()))
}

impl From<RequestFault> for Failure {
    fn from(fault: RequestFault) -> Self {
        match fault.class {
            FaultClass::Malformed => Self::invalid(&fault.field, &fault.problem),
            FaultClass::Semantic => Self::semantic(&fault.field, &fault.problem),
        }
    }
}
