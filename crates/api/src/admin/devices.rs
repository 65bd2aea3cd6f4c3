use crate::Api;
use crate::access::Client;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload, given};
use crate::run_to_end::run_to_end;
use crate::staff::sorted;
use crate::third::device_status;
use crate::view::{AdminDeviceOut, DeviceLineOut, PageOut, PageQuery};
use app::queries::DeviceFilter;
use app::{DeviceChange, NewDevice};
use axum::extract::State;
use domain::networks::Networks;
use kernel::PhyId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use store::devices;
use utoipa::{IntoParams, ToSchema};

/// Longest name, model, note or trait, in characters.
const TEXT_MAX: usize = 200;
/// Traits that one call may pin.
const TRAITS_MAX: usize = 32;
/// Highest rated power in W: 100 MW.
const RATED_POWER_MAX_W: i64 = 100_000_000;
/// Longest silence that an operator may allow, in seconds: a day.
const OFFLINE_AFTER_MAX_S: u32 = 86_400;

/// Which devices a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AdminDeviceQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// In this state only: `registered`, `active`, `disabled`, `maintenance`, `retired`.
    status: Option<String>,
    /// Of this protocol only, for example `bkv`.
    protocol: Option<String>,
    /// Of this model only.
    model: Option<String>,
    /// At this station only.
    station_id: Option<i64>,
    /// With this firmware only.
    firmware: Option<String>,
    /// Online only, or offline only, as last written down: at most some seconds behind.
    online: Option<bool>,
    /// With this in its name, or at the beginning or end of its id, only.
    q: Option<String>,
    /// `device_id`, `phy_id`, `name`, `last_seen_at`, `firmware`, `status`; with `-` before it the
    /// other way round.
    sort: Option<String>,
}

impl PageQuery for AdminDeviceQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists devices.
#[utoipa::path(
    get,
    path = "/api/v1/admin/devices",
    tag = "administration",
    operation_id = "list_devices",
    extensions(
        ("x-access" = json!("device.device.view")),
        ("x-dataset" = json!("devices")),
        ("x-scope" = json!("org")),
    ),
    params(AdminDeviceQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<DeviceLineOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<AdminDeviceQuery>,
) -> Answer<PageOut<DeviceLineOut>> {
    let filter = DeviceFilter {
        status: query.status.as_deref().map(device_status).transpose()?,
        protocol: query.protocol.clone(),
        device_model: query.model.clone(),
        station_id: query.station_id,
        firmware: query.firmware.clone(),
        online: query.online,
        text: searched(query.q.as_deref())?,
        scope,
        ..DeviceFilter::default()
    };
    let sort = sorted(query.sort.as_deref(), devices::SORT)?;
    let page = api
        .app()
        .device_lines(&filter, sort, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, DeviceLineOut::from)))
}

/// A text that names are searched for: at most 200 characters; nothing at all is no text.
fn searched(text: Option<&str>) -> Result<Option<String>, Failure> {
    check_text("q", text)?;
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    Ok(text.map(str::to_owned))
}

/// A device to announce. `phy_id` or `ip` is required; the rest is filled in on first contact.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"ip": "203.0.113.7"}))]
pub(crate) struct NewDeviceBody {
    /// Its id on the wire.
    #[schema(example = "82210225000520")]
    phy_id: Option<String>,
    /// The address that it will come from.
    #[schema(value_type = Option<String>, example = "203.0.113.7")]
    ip: Option<IpAddr>,
    /// What it speaks.
    #[schema(example = "bkv")]
    protocol: Option<String>,
    /// Dialect of its protocol.
    #[schema(example = "v8.6")]
    dialect: Option<String>,
    /// Its model.
    #[schema(max_length = 200)]
    model: Option<String>,
    /// Name for people.
    #[schema(max_length = 200)]
    name: Option<String>,
    /// A note.
    #[schema(max_length = 200)]
    remark: Option<String>,
    /// Number of ports.
    #[schema(minimum = 0, maximum = 512)]
    port_count: Option<u16>,
    /// Rated power of the whole device, W.
    #[schema(minimum = 0)]
    rated_power_w: Option<i64>,
}

/// A device that has been announced.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceCreated {
    /// Its row.
    #[schema(example = 1)]
    device_id: i64,
}

/// Announces a device, if need be by its address alone.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices",
    tag = "administration",
    operation_id = "create_device",
    extensions(("x-access" = json!("device.device.create")), ("x-dataset" = json!("devices"))),
    request_body = NewDeviceBody,
    responses(
        (status = 200, description = "Announced", body = Envelope<DeviceCreated>),
        (status = 409, description = "`device exists`", body = Refusal),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    client: Client,
    Payload(body): Payload<NewDeviceBody>,
) -> Answer<DeviceCreated> {
    let new = body.read()?;
    let app = api.app().clone();
    let id =
        run_to_end(async move { app.create_device(&client.caller.actor(), new).await }).await?;
    Ok(ok(DeviceCreated { device_id: id.0 }))
}

impl NewDeviceBody {
    fn read(self) -> Result<NewDevice, Failure> {
        check_text("protocol", self.protocol.as_deref())?;
        check_text("dialect", self.dialect.as_deref())?;
        check_text("model", self.model.as_deref())?;
        check_text("name", self.name.as_deref())?;
        check_text("remark", self.remark.as_deref())?;
        check_rated_power(self.rated_power_w)?;
        let phy_id = self.phy_id.as_deref().map(str::parse::<PhyId>).transpose();
        Ok(NewDevice {
            phy_id: phy_id.map_err(|problem| Failure::invalid("phy_id", &problem.to_string()))?,
            ip: self.ip,
            protocol: self.protocol,
            model: self.model,
            name: self.name,
            remark: self.remark,
            port_count: self.port_count,
            rated_power_w: self.rated_power_w,
            dialect: self.dialect,
        })
    }
}

fn check_text(field: &str, text: Option<&str>) -> Result<(), Failure> {
    match text {
        Some(text) if text.chars().count() > TEXT_MAX => {
            Err(Failure::invalid(field, "must have at most 200 characters"))
        }
        _ => Ok(()),
    }
}

fn check_rated_power(watts: Option<i64>) -> Result<(), Failure> {
    match watts {
        Some(watts) if !(0..=RATED_POWER_MAX_W).contains(&watts) => {
            Err(Failure::invalid("rated_power_w", "must be 0 to 100000000"))
        }
        _ => Ok(()),
    }
}

/// Shows a device with everything that is known of it.
#[utoipa::path(
    get,
    path = "/api/v1/admin/devices/{phy_id}",
    tag = "administration",
    operation_id = "show_device",
    extensions(
        ("x-access" = json!("device.device.view")),
        ("x-dataset" = json!(["devices", "orders"])),
    ),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    responses(
        (status = 200, description = "The device", body = Envelope<AdminDeviceOut>),
        (status = 404, description = "No such device", body = Refusal),
    )
)]
pub(crate) async fn show(State(api): State<Api>, At(phy_id): At<PhyId>) -> Answer<AdminDeviceOut> {
    Ok(ok(api.app().device(&phy_id).await?.into()))
}

/// What is to be changed. Absent fields stay as they are.
#[expect(
    clippy::option_option,
    reason = "absent, null and a number are three things here"
)]
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "active", "pinned": {"dialect": "v8.6"}}))]
pub(crate) struct DeviceChangeBody {
    /// `registered`, `active`, `disabled`, `maintenance` or `retired`.
    #[schema(example = "active")]
    status: Option<String>,
    /// Traits of its protocol to pin; null unpins.
    #[serde(default)]
    pinned: BTreeMap<String, Option<String>>,
    /// Rated power of the whole device, W; 0 is unknown.
    #[schema(minimum = 0)]
    rated_power_w: Option<i64>,
    /// Silence in seconds after which it counts as offline; null: as its profile says.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 86_400)]
    offline_after_s: Option<Option<u32>>,
    /// The station that it belongs to: its tariffs and plans apply here; null: to none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 1)]
    station_id: Option<Option<i64>>,
    /// Networks in CIDR notation that it may connect from, `203.0.113.0/24`, or addresses; an empty
    /// list: from anywhere. A session from elsewhere is closed.
    #[schema(max_items = 64, example = json!(["203.0.113.0/24"]))]
    allow_networks: Option<Vec<String>>,
    /// Name for people.
    #[schema(max_length = 200)]
    name: Option<String>,
    /// A note.
    #[schema(max_length = 200)]
    remark: Option<String>,
}

/// Changes a device: its lifecycle, pinned traits, ratings, station, networks, names.
#[utoipa::path(
    patch,
    path = "/api/v1/admin/devices/{phy_id}",
    tag = "administration",
    operation_id = "change_device",
    extensions(
        ("x-access" = json!("device.device.edit")),
        ("x-dataset" = json!(["devices", "orders"])),
    ),
    params(("phy_id" = String, Path, description = "The device's id", example = "82210225000520")),
    request_body = DeviceChangeBody,
    responses(
        (status = 200, description = "The device as it is now", body = Envelope<AdminDeviceOut>),
        (status = 404, description = "No such device", body = Refusal),
        (status = 409, description = "Not possible in its state",
            body = Refusal),
        (status = 422, description = "Makes no sense for this device",
            body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<DeviceChangeBody>,
) -> Answer<AdminDeviceOut> {
    let change = body.read()?;
    let (app, device) = (api.app().clone(), phy_id.clone());
    run_to_end(async move {
        app.change_device(&client.caller.actor(), &device, change)
            .await
    })
    .await?;
    Ok(ok(api.app().device(&phy_id).await?.into()))
}

impl DeviceChangeBody {
    fn read(self) -> Result<DeviceChange, Failure> {
        check_text("name", self.name.as_deref())?;
        check_text("remark", self.remark.as_deref())?;
        check_rated_power(self.rated_power_w)?;
        if self.pinned.len() > TRAITS_MAX {
            return Err(Failure::invalid("pinned", "must be at most 32 traits"));
        }
        for (name, value) in &self.pinned {
            check_text("pinned", Some(name))?;
            check_text(&format!("pinned.{name}"), value.as_deref())?;
        }
        let allowed = 1..=OFFLINE_AFTER_MAX_S;
        if self
            .offline_after_s
            .flatten()
            .is_some_and(|seconds| !allowed.contains(&seconds))
        {
            return Err(Failure::invalid(
                "offline_after_s",
                "must be 1 to 86400 seconds",
            ));
        }
        if self.station_id.flatten().is_some_and(|station| station < 1) {
            return Err(Failure::invalid("station_id", "must be 1 or more"));
        }
        let networks = self.allow_networks.as_deref().map(Networks::parse);
        Ok(DeviceChange {
            allow_networks: networks
                .transpose()
                .map_err(|problem| Failure::invalid("allow_networks", &problem.to_string()))?,
            station_id: self.station_id,
            status: self.status.as_deref().map(device_status).transpose()?,
            pinned: self.pinned,
            rated_power_w: self.rated_power_w,
            offline_after_s: self.offline_after_s,
            name: self.name,
            remark: self.remark,
        })
    }
}

/// Makes a stranger of the noise log one of ours.
///
/// If it is still connected it is taken up at once. A device that is ours already stays so.
#[utoipa::path(
    post,
    path = "/api/v1/admin/devices/{phy_id}/adopt",
    tag = "administration",
    operation_id = "adopt_device",
    extensions(("x-access" = json!("ops.commlog.adopt")), ("x-scope" = json!("platform"))),
    params(("phy_id" = String, Path, description = "The id that the stranger gave",
        example = "82210225000520")),
    responses(
        (status = 200, description = "Adopted", body = Envelope<DeviceCreated>),
        (status = 404, description = "Not an id of a device", body = Refusal),
        (status = 409, description = "Somebody else adopts it at this moment",
            body = Refusal),
    )
)]
pub(crate) async fn adopt(
    State(api): State<Api>,
    client: Client,
    At(phy_id): At<PhyId>,
) -> Answer<DeviceCreated> {
    let app = api.app().clone();
    let id =
        run_to_end(async move { app.adopt_device(&client.caller.actor(), &phy_id).await }).await?;
    Ok(ok(DeviceCreated { device_id: id.0 }))
}
