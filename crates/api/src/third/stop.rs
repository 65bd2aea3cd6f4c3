use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, Success};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::run_to_end::run_to_end;
use app::StopRequest;
use axum::extract::State;
use kernel::{OrderNo, PhyId, PortNo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest reason, in characters.
const REASON_MAX: usize = 128;

/// A stop request. One of `port_no`, `order_no`, or `socket_no` with `hole`, is required.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"port_no": 1, "order_no": "THD1729407600001", "reason": "user_cancelled"}))]
pub(crate) struct StopBody {
    /// The port.
    #[schema(minimum = 1, maximum = 500)]
    port_no: Option<u16>,
    /// Socket behind a gateway, instead of `port_no`.
    #[schema(minimum = 1, maximum = 250)]
    socket_no: Option<u8>,
    /// Hole of that socket, 0 or 1.
    #[schema(minimum = 0, maximum = 1)]
    hole: Option<u8>,
    /// The order that must be running there.
    order_no: Option<String>,
    /// Kept with the order.
    #[schema(max_length = 128)]
    reason: Option<String>,
}

/// A stop that has been sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct StopSent {
    /// The order that is stopping.
    #[schema(example = "THD1729407600001")]
    order_no: String,
    /// The device.
    #[schema(example = "82210225000520")]
    device_phy_id: String,
    /// The port.
    #[schema(example = 1)]
    port_no: u16,
    /// Its status now: `charging` until the device has reported the end, or `cancelled` if it
    /// had not begun.
    #[schema(example = "charging")]
    status: &'static str,
}

/// Stops a charge.
///
/// The order ends when the device has reported its final values, or after some retries without
/// them.
#[utoipa::path(
    post,
    path = "/api/v1/third/devices/{phy_id}/stop",
    tag = "third-party",
    operation_id = "stop",
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = StopBody,
    responses(
        (status = 200, description = "The stop is on its way", body = Envelope<StopSent>),
        (status = 404, description = "No such device, or nothing is running there",
            body = Refusal),
        (status = 409, description = "Not possible in the order's state",
            body = Refusal),
        (status = 422, description = "The device has no such port",
            body = Refusal),
    )
)]
pub(crate) async fn stop(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<StopBody>,
) -> Answer<StopSent> {
    client.check_device(&phy_id)?;
    let request = body.read(&api, &phy_id)?;
    let app = api.app().clone();
    let stopping =
        run_to_end(async move { app.stop_charging(&client.caller, &phy_id, request).await })
            .await?;
    let order = stopping.order;
    Ok(Success::saying(
        "stop command sent successfully",
        StopSent {
            order_no: order.order_no.to_string(),
            device_phy_id: order.phy_id.to_string(),
            port_no: order.port_no.0,
            status: order.status.as_str(),
        },
    ))
}

impl StopBody {
    fn read(self, api: &Api, phy_id: &PhyId) -> Result<StopRequest, Failure> {
        if self
            .reason
            .as_ref()
            .is_some_and(|reason| reason.chars().count() > REASON_MAX)
        {
            return Err(Failure::invalid(
                "reason",
                "must have at most 128 characters",
            ));
        }
        let order_no = self
            .order_no
            .as_deref()
            .map(str::parse::<OrderNo>)
            .transpose();
        let order_no =
            order_no.map_err(|problem| Failure::invalid("order_no", &problem.to_string()))?;
        let port = match (self.port_no, self.socket_no, self.hole) {
            (Some(0 | 255 | 501..), ..) => {
                return Err(Failure::invalid("port_no", "must be 1 to 500, and not 255"));
            }
            (Some(number), None, None) => Some(PortNo(number)),
            (None, Some(socket), Some(hole)) => Some(port_of_hole(api, phy_id, socket, hole)?),
            (None, None, None) if order_no.is_some() => None,
            (None, None, None) => return Err(Failure::invalid("port_no", "is missing")),
            (None, Some(_), None) => return Err(Failure::invalid("hole", "is missing")),
            (None, None, Some(_)) => return Err(Failure::invalid("socket_no", "is missing")),
            (Some(_), _, _) => {
                return Err(Failure::invalid(
                    "port_no",
                    "must not stand beside socket_no and hole",
                ));
            }
        };
        Ok(StopRequest {
            port,
            order_no,
            reason: self.reason,
        })
    }
}

fn port_of_hole(api: &Api, phy_id: &PhyId, socket: u8, hole: u8) -> Result<PortNo, Failure> {
    if hole > 1 {
        return Err(Failure::invalid("hole", "must be 0 or 1"));
    }
    api.app()
        .live()
        .read(phy_id, |device| {
            device.protocol.port_of_hole(&device.profile, socket, hole)
        })
        .flatten()
        .ok_or_else(|| Failure::semantic("socket_no", "is not a socket of this device"))
}
