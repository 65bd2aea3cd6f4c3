use super::send::{send, yes};
use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload, read_body};
use crate::ticket::TicketOut;
use axum::extract::{Request, State};
use device::{Command, FirmwareSource, FirmwareTarget};
use kernel::PhyId;
use serde::Deserialize;
use std::net::Ipv4Addr;
use utoipa::{IntoParams, ToSchema};

/// Longest file name.
const FILE_NAME_MAX: usize = 64;

/// What an update replaces.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UpdateTarget {
    /// The gateway or main board.
    Main,
    /// The sockets or relay boards.
    Socket,
    /// The radio module.
    Radio,
}

impl From<UpdateTarget> for FirmwareTarget {
    fn from(target: UpdateTarget) -> Self {
        match target {
            UpdateTarget::Main => Self::Main,
            UpdateTarget::Socket => Self::Socket,
            UpdateTarget::Radio => Self::Radio,
        }
    }
}

/// Where a device fetches its firmware. We never connect to that address ourselves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "target": "main", "host": "203.0.113.7", "port": 21, "file": "gw_2.1.0.bin"
}))]
pub(crate) struct FirmwareFtpBody {
    /// What is replaced.
    target: UpdateTarget,
    /// IPv4 address of the FTP server.
    #[schema(value_type = String, format = "ipv4")]
    host: Ipv4Addr,
    /// Its port.
    #[serde(default = "ftp_port")]
    #[schema(minimum = 1, maximum = 65535)]
    port: u16,
    /// Name of the file, plain ASCII.
    #[schema(min_length = 1, max_length = 64)]
    file: String,
    /// Only while nothing charges, the default, where the device can wait for that.
    #[serde(default = "yes")]
    when_idle: bool,
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[schema(maximum = 25)]
    wait: Option<u8>,
}

const fn ftp_port() -> u16 {
    21
}

/// Has a device fetch its firmware by FTP.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/firmware",
    tag = "administration",
    operation_id = "update_firmware_by_ftp",
    extensions(("x-access" = json!("device.device.ota"))),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = FirmwareFtpBody,
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device cannot be updated that way",
            body = Refusal),
    )
)]
pub(crate) async fn by_ftp(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<FirmwareFtpBody>,
) -> Answer<TicketOut> {
    if body.port == 0 {
        return Err(Failure::invalid("port", "must be 1 to 65535"));
    }
    let plain = body.file.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain || !(1..=FILE_NAME_MAX).contains(&body.file.len()) {
        return Err(Failure::invalid(
            "file",
            "must be 1 to 64 plain ASCII characters",
        ));
    }
    let source = FirmwareSource::Ftp {
        host: body.host,
        port: body.port,
        file: body.file,
        user: None,
        password: None,
        when_idle: body.when_idle,
    };
    let command = Command::UpdateFirmware {
        target: body.target.into(),
        source,
    };
    send(&api, client, phy_id, command, body.wait).await
}

/// What an image is for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImageQuery {
    /// What is replaced.
    #[param(inline)]
    target: UpdateTarget,
    /// Seconds to wait for the device's answer; 0, the default, does not wait.
    #[param(maximum = 25)]
    wait: Option<u8>,
}

/// Pushes a firmware image to a device.
///
/// The body is the image itself, byte for byte; it may be longer than other bodies.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/firmware/image",
    tag = "administration",
    operation_id = "update_firmware_by_image",
    extensions(("x-access" = json!("device.device.ota"))),
    params(
        ("phy_id" = String, Path, description = "The device's id", example = "82210225000520"),
        ImageQuery
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "Queued, or answered if that was waited for",
            body = Envelope<TicketOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "`protocol_retired`", body = Refusal),
        (status = 422, description = "The device cannot be updated that way",
            body = Refusal),
    )
)]
pub(crate) async fn by_image(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Filter(query): Filter<ImageQuery>,
    request: Request,
) -> Answer<TicketOut> {
    let image = read_body(request, api.settings().image_max_bytes).await?;
    if image.is_empty() {
        return Err(Failure::invalid("body", "must be the firmware image"));
    }
    let source = FirmwareSource::Image {
        hex: hex::encode(&image),
    };
    let command = Command::UpdateFirmware {
        target: query.target.into(),
        source,
    };
    send(&api, client, phy_id, command, query.wait).await
}
