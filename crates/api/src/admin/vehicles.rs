//! Vehicles that may charge by being plugged in.

use super::cards::{LIMIT_MAX, NOT_OF_ADDRESS, status, text};
use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::mobile;
use crate::view::{PageOut, PageQuery};
use app::check_plate;
use axum::extract::State;
use domain::card::{CardStatus, Vehicle, plain_number};
use kernel::{Fen, MemberId, OrgId};
use serde::{Deserialize, Serialize};
use store::vehicles::{VehicleEntry, VehicleRow};
use utoipa::{IntoParams, ToSchema};

/// Characters of a vehicle identification number.
const VIN_LENGTH: usize = 17;

/// What is written about a vehicle.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"vin": "LSVAU2180E2123456", "limit_fen": 20000, "plate": "京AD12345"}))]
pub(crate) struct VehicleBody {
    /// Vehicle identification number, 17 letters and digits. Required for a new vehicle; where
    /// the address has it, it may be left out and not be another.
    vin: Option<String>,
    /// Licence plate.
    plate: Option<String>,
    /// `inactive`, `active`, `lost`, `blocked`, `cancelled`; `active` when absent.
    status: Option<String>,
    /// Whether its holder wants to charge without card and app; yes when absent.
    plug_and_charge: Option<bool>,
    /// The card that stands for it on devices that show one.
    card_no: Option<String>,
    /// Most that one charge may cost, fen.
    #[schema(minimum = 1, maximum = 100_000_000)]
    limit_fen: i64,
    /// The member whose wallet pays.
    member_id: Option<i64>,
    /// The company that pays; it goes before the member.
    company_id: Option<i64>,
    /// Who drives it.
    holder: Option<String>,
    /// That person's telephone.
    phone: Option<String>,
    /// Free text.
    remark: Option<String>,
}

/// A vehicle.
#[derive(Serialize, ToSchema)]
pub(crate) struct VehicleOut {
    /// Vehicle identification number.
    #[schema(example = "LSVAU2180E2123456")]
    vin: String,
    /// Licence plate.
    plate: Option<String>,
    /// `inactive`, `active`, `lost`, `blocked`, `cancelled`.
    #[schema(example = "active")]
    status: &'static str,
    /// Whether its holder wants to charge without card and app.
    plug_and_charge: bool,
    /// The card that stands for it.
    card_no: Option<String>,
    /// Most that one charge may cost, fen.
    limit_fen: i64,
    /// The member whose wallet pays.
    member_id: Option<i64>,
    /// The company that pays.
    company_id: Option<i64>,
    /// Who drives it.
    holder: Option<String>,
    /// That person's telephone.
    phone: Option<String>,
    /// Free text.
    remark: Option<String>,
    /// When it was handed in, Unix seconds.
    created_at: i64,
}

impl From<VehicleRow> for VehicleOut {
    fn from(row: VehicleRow) -> Self {
        let entry = row.entry;
        Self {
            vin: entry.vehicle.vin,
            plate: entry.plate,
            status: entry.vehicle.status.as_str(),
            plug_and_charge: entry.vehicle.plug_and_charge,
            card_no: entry.vehicle.card_no,
            limit_fen: entry.vehicle.limit.0,
            member_id: entry.vehicle.member.map(|id| id.0),
            company_id: entry.vehicle.company.map(|id| id.0),
            holder: entry.holder,
            phone: entry.phone,
            remark: entry.remark,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

impl VehicleBody {
    fn read(self, vin: String) -> Result<VehicleEntry, Failure> {
        if !(1..=LIMIT_MAX).contains(&self.limit_fen) {
            return Err(Failure::invalid("limit_fen", "must be 1 to 100000000"));
        }
        let status = self.status.as_deref().map(status).transpose()?;
        Ok(VehicleEntry {
            vehicle: Vehicle {
                vin,
                status: status.unwrap_or(CardStatus::Active),
                plug_and_charge: self.plug_and_charge.unwrap_or(true),
                limit: Fen(self.limit_fen),
                member: self.member_id.map(MemberId),
                company: self.company_id.map(OrgId),
                card_no: text("card_no", self.card_no)?.map(|number| plain_number(&number)),
            },
            plate: text("plate", self.plate)?
                .map(|plate| check_plate(&plate))
                .transpose()?,
            holder: text("holder", self.holder)?,
            phone: mobile(text("phone", self.phone)?)?,
            remark: text("remark", self.remark)?,
        })
    }
}

fn vin(said: &str) -> Result<String, Failure> {
    let plain = said.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain && said.len() == VIN_LENGTH {
        Ok(said.to_ascii_uppercase())
    } else {
        Err(Failure::invalid("vin", "must be 17 letters and digits"))
    }
}

/// A vehicle's number in a path.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Vin(String);

impl TryFrom<String> for Vin {
    type Error = &'static str;

    fn try_from(said: String) -> Result<Self, &'static str> {
        vin(&said).map(Self).map_err(|_| "no such number")
    }
}

impl Named for Vin {
    const NAME: &'static str = "vehicle";
}

/// Which vehicles a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VehicleQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// With this number only.
    vin: Option<String>,
    /// With this plate only.
    plate: Option<String>,
    /// That this company pays for only.
    company_id: Option<i64>,
}

impl PageQuery for VehicleQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists vehicles, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/vehicles",
    tag = "administration",
    operation_id = "list_vehicles",
    extensions(
        ("x-access" = json!("user.vehicle.view")),
        ("x-dataset" = json!("vehicles")),
        ("x-scope" = json!("org")),
    ),
    params(VehicleQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<VehicleOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<VehicleQuery>,
) -> Answer<PageOut<VehicleOut>> {
    let number = query.vin.as_deref().map(vin).transpose()?;
    let page = api
        .app()
        .list_vehicles(
            &scope,
            number.as_deref(),
            query.plate.as_deref(),
            query.company_id,
            query.page_request()?,
        )
        .await?;
    Ok(ok(PageOut::of(page, VehicleOut::from)))
}

/// Adds a vehicle.
#[utoipa::path(
    post,
    path = "/api/v1/admin/vehicles",
    tag = "administration",
    operation_id = "add_vehicle",
    extensions(
        ("x-access" = json!("user.vehicle.create")),
        ("x-dataset" = json!("vehicles")),
        ("x-scope" = json!("org")),
    ),
    request_body = VehicleBody,
    responses(
        (status = 200, description = "The vehicle", body = Envelope<VehicleOut>),
        (status = 409, description = "`vehicle exists`", body = Refusal),
    )
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<VehicleBody>,
) -> Answer<VehicleOut> {
    let number = body.vin.as_deref();
    let number = vin(number.ok_or_else(|| Failure::invalid("vin", "is missing"))?)?;
    let entry = body.read(number)?;
    let app = api.app().clone();
    let row = run_to_end(async move { app.add_vehicle(&actor, entry).await }).await?;
    Ok(ok(row.into()))
}

/// Shows a vehicle.
#[utoipa::path(
    get,
    path = "/api/v1/admin/vehicles/{vin}",
    tag = "administration",
    operation_id = "show_vehicle",
    extensions(("x-access" = json!("user.vehicle.view")), ("x-dataset" = json!("vehicles"))),
    params(("vin" = String, Path, description = "Its number", example = "LSVAU2180E2123456")),
    responses(
        (status = 200, description = "The vehicle", body = Envelope<VehicleOut>),
        (status = 404, description = "No such vehicle", body = Refusal),
    )
)]
pub(crate) async fn show(State(api): State<Api>, At(number): At<Vin>) -> Answer<VehicleOut> {
    Ok(ok(api.app().vehicle(&number.0).await?.into()))
}

/// Replaces what is written about a vehicle.
#[utoipa::path(
    put,
    path = "/api/v1/admin/vehicles/{vin}",
    tag = "administration",
    operation_id = "change_vehicle",
    extensions(("x-access" = json!("user.vehicle.edit")), ("x-dataset" = json!("vehicles"))),
    params(("vin" = String, Path, description = "Its number", example = "LSVAU2180E2123456")),
    request_body = VehicleBody,
    responses(
        (status = 200, description = "The vehicle", body = Envelope<VehicleOut>),
        (status = 404, description = "No such vehicle", body = Refusal),
        (status = 409, description = "It cannot go into that state", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(number): At<Vin>,
    Payload(body): Payload<VehicleBody>,
) -> Answer<VehicleOut> {
    if let Some(said) = &body.vin
        && vin(said)? != number.0
    {
        return Err(Failure::invalid("vin", NOT_OF_ADDRESS));
    }
    let entry = body.read(number.0)?;
    let app = api.app().clone();
    let row = run_to_end(async move { app.change_vehicle(&actor, entry).await }).await?;
    Ok(ok(row.into()))
}

/// Takes a vehicle off the list. A charge that it started goes on.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/vehicles/{vin}",
    tag = "administration",
    operation_id = "remove_vehicle",
    extensions(("x-access" = json!("user.vehicle.delete")), ("x-dataset" = json!("vehicles"))),
    params(("vin" = String, Path, description = "Its number", example = "LSVAU2180E2123456")),
    responses(
        (status = 200, description = "Gone", body = Envelope<VehicleOut>),
        (status = 404, description = "No such vehicle", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(number): At<Vin>,
) -> Answer<VehicleOut> {
    let number = number.0;
    let known = api.app().vehicle(&number).await?;
    let app = api.app().clone();
    run_to_end(async move { app.remove_vehicle(&actor, &number).await }).await?;
    Ok(ok(known.into()))
}
