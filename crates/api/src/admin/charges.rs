//! Charges that the staff begins and ends: a test at a device, a stop for a customer who calls.

use super::orders::ReasonBody;
use super::send::send;
use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Conflict, Failure, Refusal};
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use crate::ticket::TicketOut;
use crate::view::OrderOut;
use app::StopRequest;
use axum::extract::State;
use device::Command;
use domain::order::Order;
use domain::request::start_plan;
use kernel::{OrderNo, PhyId, PortNo};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Longest test, seconds.
const TEST_MAX_S: u32 = 7200;

/// A charge that nobody pays for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"port_no": 1, "duration": 600}))]
pub(crate) struct TestChargeBody {
    /// The port; 255 chooses the lowest idle one.
    #[schema(minimum = 1, maximum = 500)]
    port_no: u16,
    /// How long it may take, seconds.
    #[schema(minimum = 60, maximum = 7200)]
    duration: u32,
}

/// Whether a port serves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"in_service": false}))]
pub(crate) struct PortServiceBody {
    /// Whether it may charge.
    in_service: bool,
}

/// A charge of the staff's.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffChargeOut {
    /// Its order.
    #[schema(example = "THD1729407600001")]
    order_no: String,
    /// The port that it has.
    #[schema(example = 1)]
    port_no: u16,
    /// `pending`, `charging`, `cancelled`.
    #[schema(example = "pending")]
    status: &'static str,
}

impl From<&Order> for StaffChargeOut {
    fn from(order: &Order) -> Self {
        Self {
            order_no: order.order_no.to_string(),
            port_no: order.port_no.0,
            status: order.status.as_str(),
        }
    }
}

/// Starts a charge to test a port. Nobody pays for it; its order is of source `test`.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/test-charge",
    tag = "administration",
    operation_id = "start_test_charge",
    extensions(("x-access" = json!("device.device.start_test"))),
    params(("phy_id" = String, Path, description = "The device", example = "82210225000520")),
    request_body = TestChargeBody,
    responses(
        (status = 200, description = "Accepted", body = Envelope<StaffChargeOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "The port or the device cannot charge now", body = Conflict),
        (status = 422, description = "The device has no such port", body = Refusal),
    )
)]
pub(crate) async fn start_test(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<TestChargeBody>,
) -> Answer<StaffChargeOut> {
    if !(60..=TEST_MAX_S).contains(&body.duration) {
        return Err(Failure::invalid("duration", "must be 60 to 7200"));
    }
    let plan = start_plan(&json!({
        "port_no": body.port_no,
        "charge_mode": 1,
        "duration": body.duration,
        "amount": 0,
        "price_per_kwh": 0,
    }))?;
    let app = api.app().clone();
    let started =
        run_to_end(async move { app.start_charging(&client.caller, &phy_id, plan).await }).await?;
    Ok(ok(StaffChargeOut::from(&started.order)))
}

/// Stops what charges at a port.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/ports/{port_no}/stop",
    tag = "administration",
    operation_id = "stop_port",
    extensions(("x-access" = json!("device.port.stop"))),
    params(
        ("phy_id" = String, Path, description = "The device", example = "82210225000520"),
        ("port_no" = u16, Path, description = "The port", example = 1),
    ),
    request_body = ReasonBody,
    responses(
        (status = 200, description = "The stop is on its way", body = Envelope<StaffChargeOut>),
        (status = 404, description = "No such device, or nothing is running there",
            body = Refusal),
        (status = 409, description = "The device is away", body = Refusal),
    )
)]
pub(crate) async fn stop_port(
    State(api): State<Api>,
    client: Client,
    At((phy_id, port_no)): At<(PhyId, u16)>,
    Payload(body): Payload<ReasonBody>,
) -> Answer<StaffChargeOut> {
    let request = StopRequest {
        port: Some(PortNo(port_no)),
        order_no: None,
        reason: Some(body.read()?),
    };
    let app = api.app().clone();
    let stopping =
        run_to_end(async move { app.stop_charging(&client.caller, &phy_id, request).await })
            .await?;
    Ok(ok(StaffChargeOut::from(&stopping.order)))
}

/// Takes a port out of service, or back.
#[utoipa::path(
    put,
    path = "/api/v1/admin/devices/{phy_id}/ports/{port_no}/service",
    tag = "administration",
    operation_id = "set_port_service",
    extensions(("x-access" = json!("device.port.disable"))),
    params(
        ("phy_id" = String, Path, description = "The device", example = "32010600013534"),
        ("port_no" = u16, Path, description = "The port", example = 1),
    ),
    request_body = PortServiceBody,
    responses(
        (status = 200, description = "On its way to the device", body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 422, description = "Its family knows no such command", body = Refusal),
    )
)]
pub(crate) async fn set_port_service(
    State(api): State<Api>,
    client: Client,
    At((phy_id, port_no)): At<(PhyId, u16)>,
    Payload(body): Payload<PortServiceBody>,
) -> Answer<TicketOut> {
    let command = Command::SetService {
        port: Some(PortNo(port_no)),
        in_service: body.in_service,
    };
    send(&api, client, phy_id, command, None).await
}

/// Stops a charge; one that has not begun is cancelled. It is billed as far as it went.
#[utoipa::path(
    post,
    path = "/api/v1/admin/orders/{order_no}/stop",
    tag = "administration",
    operation_id = "stop_order",
    extensions(("x-access" = json!("order.charge.stop")), ("x-dataset" = json!("orders"))),
    params(("order_no" = String, Path, description = "The order", example = "THD1729407600001")),
    request_body = ReasonBody,
    responses(
        (status = 200, description = "The order as it is now", body = Envelope<OrderOut>),
        (status = 404, description = "No such order, or it is over", body = Refusal),
    )
)]
pub(crate) async fn stop_order(
    State(api): State<Api>,
    client: Client,
    At(order_no): At<OrderNo>,
    Payload(body): Payload<ReasonBody>,
) -> Answer<OrderOut> {
    let reason = body.read()?;
    let app = api.app().clone();
    let order = run_to_end(async move {
        app.cancel_order(&client.caller, order_no, &reason).await?;
        app.order(order_no).await
    })
    .await?;
    Ok(ok(order.into()))
}
