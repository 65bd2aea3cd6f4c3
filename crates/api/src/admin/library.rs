//! The library of firmware.

use crate::Api;
use crate::access::Client;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload, read_body};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use axum::extract::{Request, State};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::net::Ipv4Addr;
use store::firmware::{Firmware, FirmwareEntry, FtpAddress};
use utoipa::{IntoParams, ToSchema};

/// Longest name of anything here.
const NAME_MAX: usize = 100;
/// Longest path of a file.
const PATH_MAX: usize = 128;

/// What an image is for.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Target {
    /// The gateway or main board.
    #[default]
    Main,
    /// The sockets or power boards.
    Socket,
    /// The radio module.
    Radio,
}

impl Target {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Socket => "socket",
            Self::Radio => "radio",
        }
    }
}

/// What describes an image.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadQuery {
    /// Protocol of the devices that take it, for example `ap3000`.
    family: String,
    /// Their model; none for all of the family.
    device_model: Option<String>,
    /// Its version, as devices report it.
    version: String,
    /// What is replaced: `main` (when absent), `socket` or `radio`.
    #[serde(default)]
    #[param(inline)]
    target: Target,
    /// Name of the file.
    file_name: String,
    /// Free text.
    notes: Option<String>,
}

/// An image that devices fetch by themselves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"family": "ykc", "version": "V4.2", "host": "203.0.113.7",
    "path": "/fw/v42.bin", "user": "pile", "password": "secret"}))]
pub(crate) struct AddressBody {
    /// Protocol of the devices that take it.
    family: String,
    /// Their model; none for all of the family.
    device_model: Option<String>,
    /// Its version, as devices report it.
    version: String,
    /// What is replaced.
    #[serde(default)]
    target: Target,
    /// The FTP server, an IPv4 address.
    #[schema(value_type = String, example = "203.0.113.7")]
    host: Ipv4Addr,
    /// Its port; 21 when absent.
    port: Option<u16>,
    /// The file with its path.
    path: String,
    /// Who logs in.
    user: Option<String>,
    /// With which password.
    password: Option<String>,
    /// Free text.
    notes: Option<String>,
}

/// An entry of the library.
#[derive(Serialize, ToSchema)]
pub(crate) struct FirmwareOut {
    /// Its id.
    id: i64,
    /// Protocol of the devices that take it.
    #[schema(example = "ap3000")]
    family: String,
    /// Their model; none for all of the family.
    device_model: Option<String>,
    /// Its version.
    version: String,
    /// `main`, `socket` or `radio`.
    target: String,
    /// Name of the file.
    file_name: String,
    /// Length in bytes, when it is kept here.
    size: Option<i64>,
    /// SHA-256 in hex, when it is kept here.
    sha256: Option<String>,
    /// Where devices fetch it, when it is not pushed; without the password.
    ftp: Option<String>,
    /// Free text.
    notes: Option<String>,
    /// Who handed it in.
    uploaded_by: String,
    /// When, Unix seconds.
    created_at: i64,
}

impl From<Firmware> for FirmwareOut {
    fn from(row: Firmware) -> Self {
        let entry = row.entry;
        let address = |ftp: FtpAddress| {
            let slash = if ftp.path.starts_with('/') { "" } else { "/" };
            format!("ftp://{}:{}{slash}{}", ftp.host, ftp.port, ftp.path)
        };
        Self {
            id: row.id,
            family: entry.family,
            device_model: entry.device_model,
            version: entry.version,
            target: entry.target,
            file_name: entry.file_name,
            size: entry.size,
            sha256: entry.sha256,
            ftp: entry.ftp.map(address),
            notes: entry.notes,
            uploaded_by: entry.uploaded_by,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// Adds an image to the library. The body is the image itself, byte for byte.
#[utoipa::path(
    post,
    path = "/api/v1/admin/firmware",
    tag = "administration",
    operation_id = "upload_firmware",
    extensions(("x-access" = json!("device.firmware.upload"))),
    params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "The entry", body = Envelope<FirmwareOut>),
        (status = 422, description = "No such family", body = Refusal),
    )
)]
pub(crate) async fn upload(
    State(api): State<Api>,
    client: Client,
    Filter(query): Filter<UploadQuery>,
    request: Request,
) -> Answer<FirmwareOut> {
    let image = read_body(request, api.settings().image_max_bytes).await?;
    if image.is_empty() {
        return Err(Failure::invalid("body", "must be the firmware image"));
    }
    let size = i64::try_from(image.len()).unwrap_or(i64::MAX);
    let entry = FirmwareEntry {
        family: name("family", query.family)?,
        device_model: query.device_model,
        version: version(query.version)?,
        target: query.target.as_str().to_owned(),
        file_name: name("file_name", query.file_name)?,
        size: Some(size),
        sha256: Some(hex::encode(Sha256::digest(&image))),
        ftp: None,
        notes: query.notes,
        uploaded_by: client.caller.actor(),
    };
    let app = api.app().clone();
    let row = run_to_end(async move { app.add_firmware(entry, Some(&image)).await }).await?;
    Ok(ok(row.into()))
}

/// Adds the address of an image that devices fetch by FTP.
#[utoipa::path(
    post,
    path = "/api/v1/admin/firmware/addresses",
    tag = "administration",
    operation_id = "add_firmware_address",
    extensions(("x-access" = json!("device.firmware.upload"))),
    request_body = AddressBody,
    responses(
        (status = 200, description = "The entry", body = Envelope<FirmwareOut>),
        (status = 422, description = "No such family", body = Refusal),
    )
)]
pub(crate) async fn add_address(
    State(api): State<Api>,
    client: Client,
    Payload(body): Payload<AddressBody>,
) -> Answer<FirmwareOut> {
    let plain = body.path.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain || !(1..=PATH_MAX).contains(&body.path.len()) {
        let problem = "must be 1 to 128 plain ASCII characters";
        return Err(Failure::invalid("path", problem));
    }
    let file = body.path.rsplit('/').next().unwrap_or(&body.path);
    let entry = FirmwareEntry {
        family: name("family", body.family)?,
        device_model: body.device_model,
        version: version(body.version)?,
        target: body.target.as_str().to_owned(),
        file_name: file.to_owned(),
        size: None,
        sha256: None,
        ftp: Some(FtpAddress {
            host: body.host,
            port: body.port.unwrap_or(21),
            path: body.path,
            user: body.user,
            password: body.password,
        }),
        notes: body.notes,
        uploaded_by: client.caller.actor(),
    };
    let app = api.app().clone();
    let row = run_to_end(async move { app.add_firmware(entry, None).await }).await?;
    Ok(ok(row.into()))
}

pub(super) fn name(field: &str, said: String) -> Result<String, Failure> {
    if (1..=NAME_MAX).contains(&said.chars().count()) {
        Ok(said)
    } else {
        Err(Failure::invalid(field, "must have 1 to 100 characters"))
    }
}

/// Versions are compared by their numbers.
fn version(said: String) -> Result<String, Failure> {
    let said = name("version", said)?;
    if said.bytes().any(|byte| byte.is_ascii_digit()) {
        Ok(said)
    } else {
        Err(Failure::invalid("version", "must contain a number"))
    }
}

/// Which entries a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FirmwareQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// Of this family only.
    family: Option<String>,
}

impl PageQuery for FirmwareQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists the library, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/firmware",
    tag = "administration",
    operation_id = "list_firmware",
    extensions(("x-access" = json!("device.firmware.view"))),
    params(FirmwareQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<FirmwareOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<FirmwareQuery>,
) -> Answer<PageOut<FirmwareOut>> {
    let page = api
        .app()
        .list_firmware(query.family.as_deref(), query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, FirmwareOut::from)))
}

/// An entry's id in a path.
#[derive(Deserialize)]
pub(crate) struct FirmwareId(i64);

impl Named for FirmwareId {
    const NAME: &'static str = "firmware";
}

/// Takes an entry off the list; updates under way go on.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/firmware/{id}",
    tag = "administration",
    operation_id = "remove_firmware",
    extensions(("x-access" = json!("device.firmware.delete"))),
    params(("id" = i64, Path, description = "The entry", example = 1)),
    responses(
        (status = 200, description = "Gone", body = Envelope<FirmwareOut>),
        (status = 404, description = "No such entry", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    client: Client,
    At(FirmwareId(id)): At<FirmwareId>,
) -> Answer<FirmwareOut> {
    let known = api.app().firmware(id).await?;
    let app = api.app().clone();
    run_to_end(async move { app.remove_firmware(&client.caller.actor(), id).await }).await?;
    Ok(ok(known.into()))
}
