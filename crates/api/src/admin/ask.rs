use super::send::{WaitBody, send, yes};
use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope};
use crate::failure::Refusal;
use crate::payload::{At, Payload};
use crate::ticket::TicketOut;
use axum::extract::State;
use device::Command;
use kernel::{PhyId, PortNo};
use serde::Deserialize;
use utoipa::ToSchema;

/// Which port is asked about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"port_no": 1, "wait": 5}))]
pub(crate) struct QueryBody {
    /// The port; without it, all.
    #[schema(minimum = 1, maximum = 500)]
    port_no: Option<u16>,
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[schema(maximum = 25)]
    wait: Option<u8>,
}

/// Asks a device for the present state of one port, or of all.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/query",
    tag = "administration",
    operation_id = "query_ports",
    extensions(("x-access" = json!("device.device.query"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = QueryBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device has no such port or no such command",
            body = Refusal),
    )
)]
pub(crate) async fn query_ports(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<QueryBody>,
) -> Answer<TicketOut> {
    let command = Command::QueryPort {
        port: body.port_no.map(PortNo),
    };
    send(&api, client, phy_id, command, body.wait).await
}

/// How a device is to be restarted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"when_idle": true, "wait": 5}))]
pub(crate) struct RestartBody {
    /// Only while nothing charges, the default: devices wait for that or refuse.
    #[serde(default = "yes")]
    when_idle: bool,
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[schema(maximum = 25)]
    wait: Option<u8>,
}

/// Restarts a device.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/restart",
    tag = "administration",
    operation_id = "restart_device",
    extensions(("x-access" = json!("device.device.remote_restart"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = RestartBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device has no such command",
            body = Refusal),
    )
)]
pub(crate) async fn restart(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<RestartBody>,
) -> Answer<TicketOut> {
    send(
        &api,
        client,
        phy_id,
        Command::Restart {
            when_idle: body.when_idle,
        },
        body.wait,
    )
    .await
}

/// Sets a device's clock.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/sync-time",
    tag = "administration",
    operation_id = "sync_time",
    extensions(("x-access" = json!("device.device.time_sync"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = WaitBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device has no such command",
            body = Refusal),
    )
)]
pub(crate) async fn sync_time(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<WaitBody>,
) -> Answer<TicketOut> {
    send(&api, client, phy_id, Command::SyncTime, body.wait).await
}
