//! Which devices are connected.

use crate::Api;
use crate::access::Client;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter};
use crate::third::device_id;
use crate::view::{PageOut, PageQuery, seconds};
use app::queries::{SessionFilter, SessionLine};
use axum::extract::State;
use kernel::PhyId;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::{IntoParams, ToSchema};

/// Which sessions a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SessionQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// Of this device only.
    phy_id: Option<String>,
    /// Of devices at this station only.
    station_id: Option<i64>,
    /// Of this protocol only, for example `bkv`.
    protocol: Option<String>,
    /// From this address only.
    #[param(value_type = Option<String>)]
    ip: Option<IpAddr>,
}

impl PageQuery for SessionQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// A device that is connected.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceSessionOut {
    /// The device.
    #[schema(example = "82210225000520")]
    device_phy_id: String,
    /// What people call it.
    device_name: Option<String>,
    /// Its station.
    station_id: Option<i64>,
    /// The same, for people.
    station_name: Option<String>,
    /// What the connection speaks.
    #[schema(example = "bkv")]
    protocol: &'static str,
    /// The node of the cluster that holds the connection; null where the program runs alone.
    #[schema(example = "node-1")]
    node: Option<String>,
    /// Which connection, in this run of the program: devices behind one host share one, and its
    /// counts. Null, like the port and the counts, at another node than the one that answers.
    #[schema(example = 17)]
    connection: Option<u64>,
    /// The other end: address.
    #[schema(example = "203.0.113.7")]
    ip: Option<String>,
    /// The other end: port.
    #[schema(example = 50_123)]
    remote_port: Option<u16>,
    /// When the connection was accepted, Unix seconds; at another node, since when the device is
    /// online.
    #[schema(example = 1_729_407_600)]
    since: Option<i64>,
    /// The last valid frame of the device, Unix seconds.
    last_seen_at: Option<i64>,
    /// Well-formed frames from the device.
    frames_in: Option<u64>,
    /// Frames to the device.
    frames_out: Option<u64>,
    /// Bytes from the device.
    bytes_in: Option<u64>,
    /// Bytes to the device.
    bytes_out: Option<u64>,
    /// Commands that wait for the device, or for its answer.
    pending_commands: i64,
}

impl From<SessionLine> for DeviceSessionOut {
    fn from(line: SessionLine) -> Self {
        let (device_name, station_name) = line
            .label
            .map_or((None, None), |label| (label.name, label.station_name));
        let traffic = line.held.map(|held| held.traffic);
        Self {
            device_phy_id: line.phy_id.to_string(),
            device_name,
            station_id: line.station_id,
            station_name,
            protocol: line.protocol,
            node: line.node,
            connection: line.held.map(|held| held.connection),
            ip: line.ip.map(|ip| ip.to_string()),
            remote_port: line.held.map(|held| held.remote_port),
            since: seconds(line.since),
            last_seen_at: seconds(line.last_seen),
            frames_in: traffic.map(|traffic| traffic.frames_in),
            frames_out: traffic.map(|traffic| traffic.frames_out),
            bytes_in: traffic.map(|traffic| traffic.bytes_in),
            bytes_out: traffic.map(|traffic| traffic.bytes_out),
            pending_commands: line.commands,
        }
    }
}

/// Lists the devices that are connected to any node (在线会话), by their ids.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/sessions",
    tag = "administration",
    operation_id = "list_device_sessions",
    extensions(
        ("x-access" = json!("ops.session.view")),
        ("x-dataset" = json!("devices")),
        ("x-scope" = json!("org")),
    ),
    params(SessionQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<DeviceSessionOut>>),
        (status = 404, description = "No such device or station", body = Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<SessionQuery>,
) -> Answer<PageOut<DeviceSessionOut>> {
    let filter = SessionFilter {
        phy_id: query.phy_id.as_deref().map(device_id).transpose()?,
        station_id: query.station_id,
        protocol: query.protocol.clone(),
        ip: query.ip,
        scope,
    };
    let page = api
        .app()
        .session_lines(&filter, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, DeviceSessionOut::from)))
}

/// A connection that is being closed.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceKicked {
    /// Which; null at another node, which is asked to close it.
    #[schema(example = 17)]
    connection: Option<u64>,
}

/// Closes the connection of a device (踢下线), and with it the sessions of devices that share it.
/// They may come back.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/ops/sessions/{phy_id}",
    tag = "administration",
    operation_id = "kick_device_session",
    extensions(("x-access" = json!("ops.session.kick"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    responses(
        (status = 200, description = "It is being closed", body = Envelope<DeviceKicked>),
        (status = 404, description = "Not connected", body = Refusal),
    )
)]
pub(crate) async fn kick(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
) -> Answer<DeviceKicked> {
    let connection = api.app().kick_session(&client.caller.actor(), &phy_id)?;
    Ok(ok(DeviceKicked { connection }))
}
