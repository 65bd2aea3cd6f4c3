use super::send::{WaitBody, send};
use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Payload};
use crate::ticket::TicketOut;
use crate::view::seconds;
use axum::extract::State;
use device::{Command, SocketEntry};
use kernel::PhyId;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use store::gateway_sockets::GatewaySocket;
use utoipa::ToSchema;

/// Sockets of one gateway.
const SOCKETS_MAX: usize = 250;
/// Radio channel of a gateway whose list does not say.
const CHANNEL_DEFAULT: u8 = 1;

/// A socket behind a gateway.
#[derive(Serialize, ToSchema)]
pub(crate) struct SocketOut {
    /// Its number, 1 to 250.
    #[schema(example = 1)]
    socket_no: i16,
    /// 12 hexadecimal digits.
    #[schema(example = "301015011402")]
    mac: Option<String>,
    /// Radio channel, 1 to 15.
    #[schema(example = 4)]
    channel: Option<i16>,
    /// `offline`, `online` or `fault`.
    #[schema(example = "online")]
    status: &'static str,
    /// Radio signal.
    signal: Option<i16>,
    /// °C.
    temp: Option<i16>,
    /// Its firmware.
    firmware: Option<String>,
    /// Its last sign of life, Unix seconds.
    last_seen_at: Option<i64>,
}

impl From<GatewaySocket> for SocketOut {
    fn from(socket: GatewaySocket) -> Self {
        Self {
            socket_no: socket.socket_no,
            mac: socket.socket_mac,
            channel: socket.channel,
            status: match socket.status {
                1 => "online",
                2 => "fault",
                _ => "offline",
            },
            signal: socket.signal,
            temp: socket.temp,
            firmware: socket.firmware,
            last_seen_at: seconds(socket.last_seen_at),
        }
    }
}

/// One socket of a list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SocketBody {
    /// Its number.
    #[schema(minimum = 1, maximum = 250, example = 1)]
    socket_no: u8,
    /// 12 hexadecimal digits.
    #[schema(example = "301015011402")]
    mac: String,
}

impl SocketBody {
    fn read(self, inside: &str) -> Result<SocketEntry, Failure> {
        if !(1..=250).contains(&self.socket_no) {
            return Err(Failure::invalid(
                &format!("{inside}socket_no"),
                "must be 1 to 250",
            ));
        }
        if self.mac.len() != 12 || !self.mac.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let field = format!("{inside}mac");
            return Err(Failure::invalid(&field, "must be 12 hexadecimal digits"));
        }
        Ok(SocketEntry {
            socket_no: self.socket_no,
            mac: self.mac.to_ascii_uppercase(),
        })
    }
}

/// Shows the sockets behind a gateway.
#[utoipa::path(
    get,
    path = "/api/v1/admin/devices/{phy_id}/sockets",
    tag = "administration",
    operation_id = "list_sockets",
    extensions(("x-access" = json!("device.device.view"))),
    params(("phy_id" = String, Path, description = "The gateway's id", example = "82200520004869")),
    responses(
        (status = 200, description = "The sockets", body = Envelope<Vec<SocketOut>>),
        (status = 404, description = "No such device", body = Refusal),
    )
)]
pub(crate) async fn list(State(api): State<Api>, At(phy_id): At<PhyId>) -> Answer<Vec<SocketOut>> {
    let sockets = api.app().sockets(&phy_id).await?;
    Ok(ok(sockets.into_iter().map(SocketOut::from).collect()))
}

/// A gateway's whole list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "channel": 4, "sockets": [{"socket_no": 1, "mac": "301015011402"}]
}))]
pub(crate) struct SocketListBody {
    /// Radio channel.
    #[schema(minimum = 1, maximum = 15)]
    channel: u8,
    /// All sockets.
    #[schema(min_items = 1, max_items = 250)]
    sockets: Vec<SocketBody>,
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[schema(maximum = 25)]
    wait: Option<u8>,
}

/// Replaces the whole socket list of a gateway.
#[utoipa::path(
    put,
    path = "/api/v1/admin/devices/{phy_id}/sockets",
    tag = "administration",
    operation_id = "replace_sockets",
    extensions(("x-access" = json!("device.device.set_params"))),
    params(("phy_id" = String, Path, description = "The gateway's id", example = "82200520004869")),
    request_body = SocketListBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device is no gateway, or the list has a socket twice",
            body = Refusal),
    )
)]
pub(crate) async fn replace(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<SocketListBody>,
) -> Answer<TicketOut> {
    if !(1..=15).contains(&body.channel) {
        return Err(Failure::invalid("channel", "must be 1 to 15"));
    }
    if !(1..=SOCKETS_MAX).contains(&body.sockets.len()) {
        return Err(Failure::invalid("sockets", "must be 1 to 250 sockets"));
    }
    let mut numbers = HashSet::new();
    let mut sockets = Vec::with_capacity(body.sockets.len());
    for (index, socket) in body.sockets.into_iter().enumerate() {
        let entry = socket.read(&format!("sockets[{index}]."))?;
        if !numbers.insert(entry.socket_no) {
            let field = format!("sockets[{index}].socket_no");
            return Err(Failure::semantic(&field, "is in the list twice"));
        }
        sockets.push(entry);
    }
    let command = Command::ReplaceSockets {
        channel: body.channel,
        sockets,
    };
    send(&api, client, phy_id, command, body.wait).await
}

/// A socket to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"socket_no": 2, "mac": "301015011403"}))]
pub(crate) struct AddSocketBody {
    /// Its number.
    #[schema(minimum = 1, maximum = 250)]
    socket_no: u8,
    /// 12 hexadecimal digits.
    mac: String,
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[schema(maximum = 25)]
    wait: Option<u8>,
}

/// Adds a socket to a gateway.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/sockets",
    tag = "administration",
    operation_id = "add_socket",
    extensions(("x-access" = json!("device.device.set_params"))),
    params(("phy_id" = String, Path, description = "The gateway's id", example = "82200520004869")),
    request_body = AddSocketBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device is no gateway",
            body = Refusal),
    )
)]
pub(crate) async fn add(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<AddSocketBody>,
) -> Answer<TicketOut> {
    let entry = SocketBody {
        socket_no: body.socket_no,
        mac: body.mac,
    }
    .read("")?;
    send(&api, client, phy_id, Command::AddSocket(entry), body.wait).await
}

/// Removes a socket from a gateway.
///
/// The socket must be known with its MAC address, which the gateway wants to hear again.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/devices/{phy_id}/sockets/{socket_no}",
    tag = "administration",
    operation_id = "remove_socket",
    extensions(("x-access" = json!("device.device.set_params"))),
    params(
        ("phy_id" = String, Path, description = "The gateway's id", example = "82200520004869"),
        ("socket_no" = u8, Path, description = "The socket", example = 2),
    ),
    responses(
        (status = 200, description = "Queued", body = Envelope<TicketOut>),
        (status = 404, description = "No such device or socket",
            body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device is no gateway, or the socket's MAC address is \
            not known", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    client: Client,
    At((phy_id, socket_no)): At<(PhyId, u8)>,
) -> Answer<TicketOut> {
    let sockets = api.app().sockets(&phy_id).await?;
    let socket = sockets
        .into_iter()
        .find(|socket| socket.socket_no == i16::from(socket_no));
    let socket = socket.ok_or_else(|| Failure::not_found("socket"))?;
    let mac = socket
        .socket_mac
        .ok_or_else(|| Failure::semantic("socket_no", "is a socket whose MAC is not known"))?;
    let command = Command::RemoveSocket(SocketEntry { socket_no, mac });
    send(&api, client, phy_id, command, None).await
}

/// Sends a gateway the list that the platform has of its sockets (刷新列表).
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/sockets/refresh",
    tag = "administration",
    operation_id = "refresh_sockets",
    extensions(("x-access" = json!("device.device.query"))),
    params(("phy_id" = String, Path, description = "The gateway's id", example = "82200520004869")),
    request_body = WaitBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device is no gateway, or no list of it is known",
            body = Refusal),
    )
)]
pub(crate) async fn refresh(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<WaitBody>,
) -> Answer<TicketOut> {
    let known = api.app().sockets(&phy_id).await?;
    let channel = known
        .iter()
        .find_map(|socket| u8::try_from(socket.channel?).ok());
    let sockets: Vec<SocketEntry> = known
        .into_iter()
        .filter_map(|socket| {
            let socket_no = u8::try_from(socket.socket_no).ok()?;
            Some(SocketEntry {
                socket_no,
                mac: socket.socket_mac?,
            })
        })
        .collect();
    if sockets.is_empty() {
        return Err(Failure::semantic(
            "sockets",
            "are not known: replace the list first",
        ));
    }
    let channel = channel.unwrap_or(CHANNEL_DEFAULT);
    let command = Command::ReplaceSockets { channel, sockets };
    send(&api, client, phy_id, command, body.wait).await
}
