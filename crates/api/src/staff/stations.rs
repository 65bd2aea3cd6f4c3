//! Stations (站场) and which devices stand there.

use super::{StationId, named, optional, sorted};
use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, PortTallyOut};
use app::queries::StationLine;
use app::staff::StationDraft;
use axum::extract::State;
use domain::org::OperationMode;
use kernel::PhyId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::stations::{self, Station, StationEntry, StationFilter};
use utoipa::{IntoParams, ToSchema};

/// Devices that are bound at once.
const DEVICES_MAX: usize = 500;
/// Longest details, as JSON.
const DETAILS_MAX: usize = 20_000;
/// Known types of stations.
const TYPES: [i16; 7] = [1, 50, 100, 101, 102, 103, 255];
/// Known states of stations.
const STATES: [i16; 5] = [0, 1, 5, 6, 50];

/// A station.
#[derive(Serialize, ToSchema)]
pub(crate) struct StationOut {
    /// Its id.
    #[schema(example = 1)]
    station_id: i64,
    /// Number for people.
    #[schema(example = "CD001")]
    station_no: String,
    /// Its name.
    name: String,
    /// Whose it is.
    owner_org_id: i64,
    /// Who runs it, where that is somebody else.
    operator_org_id: Option<i64>,
    /// The lowest agent that earns here.
    agent_org_id: Option<i64>,
    /// `self_self`, `self_other`, `entrusted`, `aggregated`.
    #[schema(example = "self_self")]
    operation_mode: Option<&'static str>,
    /// Six digits of the administrative division.
    area_code: Option<String>,
    /// Where it is.
    address: Option<String>,
    /// Degrees east.
    lng: Option<f64>,
    /// Degrees north.
    lat: Option<f64>,
    /// 1 public, 50 private, 100 bus, 101 sanitation, 102 logistics, 103 taxi, 255 other.
    station_type: i16,
    /// 0 unknown, 1 building, 5 closed, 6 maintenance, 50 normal.
    station_status: i16,
    /// Telephone for drivers.
    service_tel: Option<String>,
    /// `platform` or `merchant`.
    invoice_by: String,
    /// What supervision platforms, maps and phones show beyond that.
    #[schema(value_type = Object)]
    details: Value,
    /// Free text.
    remark: Option<String>,
    /// When it was made, Unix seconds.
    created_at: i64,
}

impl From<Station> for StationOut {
    fn from(row: Station) -> Self {
        let entry = row.entry;
        Self {
            station_id: row.id,
            station_no: entry.station_no,
            name: entry.name,
            owner_org_id: entry.owner_org_id,
            operator_org_id: entry.operator_org_id,
            agent_org_id: entry.agent_org_id,
            operation_mode: Some(entry.operation_mode.as_str()),
            area_code: entry.area_code,
            address: entry.address,
            lng: entry.lng,
            lat: entry.lat,
            station_type: entry.station_type,
            station_status: entry.station_status,
            service_tel: entry.service_tel,
            invoice_by: entry.invoice_by,
            details: entry.details,
            remark: entry.remark,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// A station in a list, with what goes on there.
#[derive(Serialize, ToSchema)]
pub(crate) struct StationLineOut {
    /// The station.
    #[serde(flatten)]
    station: StationOut,
    /// Devices that stand there.
    #[schema(example = 12)]
    devices: u32,
    /// Those of them that can be reached.
    #[schema(example = 11)]
    devices_online: u32,
    /// What their ports are doing.
    ports: PortTallyOut,
    /// The prices that are bound to it.
    tariff_id: Option<i64>,
    /// The same, for people.
    tariff_name: Option<String>,
    /// Energy of the orders that ended there today, kWh; at most ten seconds old.
    #[schema(example = 128.5)]
    kwh_today: f64,
    /// What was billed for them, fen.
    #[schema(example = 15_420)]
    amount_today_fen: i64,
}

impl From<StationLine> for StationLineOut {
    fn from(line: StationLine) -> Self {
        let tariff = line.tariff;
        Self {
            station: line.row.into(),
            devices: line.devices,
            devices_online: line.devices_online,
            ports: line.ports.into(),
            tariff_id: tariff.as_ref().map(|tariff| tariff.tariff_id),
            tariff_name: tariff.map(|tariff| tariff.name),
            kwh_today: line.energy_today.kwh(),
            amount_today_fen: line.amount_today.0,
        }
    }
}

/// What is written about a station.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"station_no": "CD001", "name": "天府站", "owner_org_id": 1}))]
pub(crate) struct StationBody {
    /// Number for people, 1 to 20 letters, digits, `_`, `-`.
    station_no: String,
    /// Its name.
    name: String,
    /// Whose it is: a merchant, or the platform.
    owner_org_id: i64,
    /// Who runs it; required for `self_other`.
    operator_org_id: Option<i64>,
    /// The lowest agent that earns here.
    agent_org_id: Option<i64>,
    /// `self_self` when absent.
    operation_mode: Option<String>,
    /// Six digits of the administrative division.
    area_code: Option<String>,
    /// Where it is.
    address: Option<String>,
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180)]
    lng: Option<f64>,
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90)]
    lat: Option<f64>,
    /// 1 (public) when absent.
    station_type: Option<i16>,
    /// 50 (normal) when absent.
    station_status: Option<i16>,
    /// Telephone for drivers.
    service_tel: Option<String>,
    /// `platform` when absent.
    invoice_by: Option<String>,
    /// What supervision platforms, maps and phones show beyond that.
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
    /// Free text.
    remark: Option<String>,
}

fn mode(said: &str) -> Result<OperationMode, Failure> {
    OperationMode::parse(said).ok_or_else(|| {
        let problem = "must be self_self, self_other, entrusted or aggregated";
        Failure::invalid("operation_mode", problem)
    })
}

fn degrees(field: &str, said: Option<f64>, max: f64) -> Result<Option<f64>, Failure> {
    match said {
        Some(degrees) if !(-max..=max).contains(&degrees) => Err(Failure::invalid(
            field,
            &format!("must be -{max} to {max} degrees"),
        )),
        said => Ok(said),
    }
}

/// Six digits of an administrative division.
pub(crate) fn area(said: Option<String>) -> Result<Option<String>, Failure> {
    match said {
        Some(code) if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) => {
            Err(Failure::invalid("area_code", "must be six digits"))
        }
        said => Ok(said),
    }
}

fn one_of(field: &str, said: Option<i16>, known: &[i16], usual: i16) -> Result<i16, Failure> {
    let value = said.unwrap_or(usual);
    if known.contains(&value) {
        Ok(value)
    } else {
        Err(Failure::invalid(
            field,
            &format!("must be one of {known:?}"),
        ))
    }
}

impl StationBody {
    fn read(self) -> Result<StationDraft, Failure> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        let number = &self.station_no;
        if !(1..=20).contains(&number.len()) || !number.bytes().all(plain) {
            let problem = "must be 1 to 20 letters, digits, `_` or `-`";
            return Err(Failure::invalid("station_no", problem));
        }
        let operation_mode = self.operation_mode.as_deref().map(mode).transpose()?;
        let invoice_by = self.invoice_by.unwrap_or_else(|| "platform".to_owned());
        if !matches!(invoice_by.as_str(), "platform" | "merchant") {
            let problem = "must be platform or merchant";
            return Err(Failure::invalid("invoice_by", problem));
        }
        let details = self.details.unwrap_or_else(|| serde_json::json!({}));
        if !details.is_object() || details.to_string().len() > DETAILS_MAX {
            let problem = "must be an object of at most 20000 bytes";
            return Err(Failure::invalid("details", problem));
        }
        Ok(StationDraft(StationEntry {
            name: named("name", &self.name, 50)?,
            station_no: self.station_no,
            owner_org_id: self.owner_org_id,
            operator_org_id: self.operator_org_id,
            agent_org_id: self.agent_org_id,
            operation_mode: operation_mode.unwrap_or(OperationMode::SelfSelf),
            org_path: String::new(),
            operator_path: None,
            area_code: area(self.area_code)?,
            address: optional("address", self.address, 200)?,
            lng: degrees("lng", self.lng, 180.0)?,
            lat: degrees("lat", self.lat, 90.0)?,
            station_type: one_of("station_type", self.station_type, &TYPES, 1)?,
            station_status: one_of("station_status", self.station_status, &STATES, 50)?,
            service_tel: optional("service_tel", self.service_tel, 30)?,
            invoice_by,
            details,
            remark: optional("remark", self.remark, 200)?,
        }))
    }
}

/// Which stations a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StationQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// `station_no`, `name`, `created_at`; with `-` before it the other way round.
    sort: Option<String>,
    /// Of this owner only.
    owner_org_id: Option<i64>,
    /// In this area only.
    area_code: Option<String>,
    /// In this state only.
    station_status: Option<i16>,
    /// Of this type only.
    station_type: Option<i16>,
    /// Run in this way only.
    operation_mode: Option<String>,
    /// With this in its name only.
    name: Option<String>,
    /// With this number only.
    station_no: Option<String>,
}

impl PageQuery for StationQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists stations.
#[utoipa::path(
    get,
    path = "/api/v1/admin/stations",
    tag = "console",
    operation_id = "list_stations",
    extensions(
        ("x-access" = json!("device.station.view")),
        ("x-dataset" = json!("stations")),
        ("x-scope" = json!("org")),
    ),
    params(StationQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<StationLineOut>>),
        (status = 404, description = "No such owner", body = Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<StationQuery>,
) -> Answer<PageOut<StationLineOut>> {
    let request = query.page_request()?;
    let sort = sorted(query.sort.as_deref(), stations::SORT)?;
    let filter = StationFilter {
        owner_org_id: query.owner_org_id,
        area_code: area(query.area_code.clone())?,
        station_status: query.station_status,
        station_type: query.station_type,
        operation_mode: query.operation_mode.as_deref().map(mode).transpose()?,
        name: query.name.clone(),
        station_no: query.station_no.clone(),
        scope,
    };
    let page = api.app().station_lines(&filter, sort, request).await?;
    Ok(ok(PageOut::of(page, StationLineOut::from)))
}

/// Makes a station.
#[utoipa::path(
    post,
    path = "/api/v1/admin/stations",
    tag = "console",
    operation_id = "create_station",
    extensions(
        ("x-access" = json!("device.station.create")),
        ("x-dataset" = json!("stations")),
        ("x-scope" = json!("org")),
        ("x-audit" = json!("own")),
    ),
    request_body = StationBody,
    responses(
        (status = 200, description = "The station", body = Envelope<StationOut>),
        (status = 404, description = "No such organisation", body = Refusal),
        (status = 409, description = "`station number exists`", body = Refusal),
        (status = 422, description = "Not an organisation of that kind", body = Refusal),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<StationBody>,
) -> Answer<StationOut> {
    let draft = body.read()?;
    let app = api.app().clone();
    let row = run_to_end(async move { app.create_station(&actor, draft).await }).await?;
    Ok(ok(row.into()))
}

/// Shows a station.
#[utoipa::path(
    get,
    path = "/api/v1/admin/stations/{station_id}",
    tag = "console",
    operation_id = "show_station",
    extensions(
        ("x-access" = json!("device.station.view")),
        ("x-dataset" = json!("stations")),
    ),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    responses(
        (status = 200, description = "The station", body = Envelope<StationOut>),
        (status = 404, description = "No such station", body = Refusal),
    )
)]
pub(crate) async fn show(State(api): State<Api>, At(id): At<StationId>) -> Answer<StationOut> {
    Ok(ok(api.app().station(id.0).await?.into()))
}

/// Replaces what is written about a station. Its devices follow their new owner.
#[utoipa::path(
    put,
    path = "/api/v1/admin/stations/{station_id}",
    tag = "console",
    operation_id = "change_station",
    extensions(
        ("x-access" = json!("device.station.edit")),
        ("x-dataset" = json!("stations")),
        ("x-audit" = json!("own")),
    ),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    request_body = StationBody,
    responses(
        (status = 200, description = "The station", body = Envelope<StationOut>),
        (status = 404, description = "No such station or organisation", body = Refusal),
        (status = 409, description = "`station number exists`", body = Refusal),
        (status = 422, description = "Not an organisation of that kind", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<StationId>,
    Payload(body): Payload<StationBody>,
) -> Answer<StationOut> {
    let draft = body.read()?;
    let app = api.app().clone();
    let row = run_to_end(async move { app.change_station(&actor, id.0, draft).await }).await?;
    Ok(ok(row.into()))
}

/// Devices that are to stand somewhere.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phy_ids": ["82210225000520"]}))]
pub(crate) struct StationDevicesBody {
    /// Their ids, at most 500.
    phy_ids: Vec<String>,
}

/// How many devices stand there now that did not before.
#[derive(Serialize, ToSchema)]
pub(crate) struct Bound {
    /// Devices.
    bound: u64,
}

/// Puts devices into a station; they belong to its owner from then on.
#[utoipa::path(
    post,
    path = "/api/v1/admin/stations/{station_id}/devices",
    tag = "console",
    operation_id = "bind_devices",
    extensions(("x-access" = json!("device.device.bind")), ("x-audit" = json!("own"))),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    request_body = StationDevicesBody,
    responses(
        (status = 200, description = "Bound", body = Envelope<Bound>),
        (status = 404, description = "No such station or device", body = Refusal),
    )
)]
pub(crate) async fn bind(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<StationId>,
    Payload(body): Payload<StationDevicesBody>,
) -> Answer<Bound> {
    if body.phy_ids.is_empty() || body.phy_ids.len() > DEVICES_MAX {
        return Err(Failure::invalid("phy_ids", "must be 1 to 500 devices"));
    }
    let mut devices = Vec::new();
    for text in &body.phy_ids {
        let phy_id: PhyId = text
            .parse()
            .map_err(|_| Failure::invalid("phy_ids", "must be ids of devices"))?;
        devices.push(phy_id);
    }
    let app = api.app().clone();
    let bound = run_to_end(async move { app.bind_devices(&actor, id.0, &devices).await }).await?;
    Ok(ok(Bound { bound }))
}
