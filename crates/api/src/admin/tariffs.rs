//! Tariffs (计费模型): prices by the time of the day, approved by a second person.

pub(super) mod held;
mod prices;

use self::prices::{PricesBody, RateBody, rates_of};
use crate::Api;
use crate::access::Client;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::third::device_id;
use crate::view::{BillOut, PageOut, PageQuery, seconds};
use app::{Decision, Place, TariffView, preview};
use axum::extract::State;
use domain::tariff::VersionState;
use kernel::{Energy, PortNo, Timestamp};
use serde::{Deserialize, Serialize};
use store::tariffs::{Binding, Tariff, TariffVersion};
use utoipa::{IntoParams, ToSchema};

/// Longest name and note.
const TEXT_MAX: usize = 200;

/// A new tariff.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "City", "prices": {
    "rates": [{"elec_p5": 80000, "service_p5": 40000}], "slots": vec![0; 48]}}))]
pub(crate) struct TariffBody {
    /// Its name.
    name: String,
    /// Its first prices.
    prices: PricesBody,
}

/// A tariff.
#[derive(Serialize, ToSchema)]
pub(crate) struct TariffOut {
    /// Its id.
    id: i64,
    /// Its name.
    name: String,
    /// The number of its newest version.
    version: Option<i32>,
    /// What has become of that: `draft`, `submitted`, `approved`, `rejected`, `retired`.
    #[schema(example = "approved")]
    state: Option<&'static str>,
    /// From when on that is in force, Unix seconds.
    effective_at: Option<i64>,
    /// Who made it.
    created_by: String,
    /// When, Unix seconds.
    created_at: i64,
}

impl From<Tariff> for TariffOut {
    fn from(row: Tariff) -> Self {
        Self {
            id: row.id,
            name: row.name,
            version: row.version,
            state: row.state.map(VersionState::as_str),
            effective_at: seconds(row.effective_at),
            created_by: row.created_by,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// A version of a tariff.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionOut {
    /// 1 for the first.
    version: i32,
    /// `draft`, `submitted`, `approved`, `rejected`, `retired`.
    #[schema(example = "approved")]
    state: &'static str,
    /// The number by which devices know these prices.
    #[schema(example = "0001")]
    model_no: String,
    /// From when on they are in force, Unix seconds.
    effective_at: i64,
    /// By kind.
    rates: Vec<RateBody>,
    /// The kind of each half hour.
    slots: Vec<u8>,
    /// Who wrote it.
    written_by: String,
    /// Who decided on it.
    reviewed_by: Option<String>,
    /// When, Unix seconds.
    reviewed_at: Option<i64>,
    /// What they said.
    review_note: Option<String>,
}

impl From<TariffVersion> for VersionOut {
    fn from(row: TariffVersion) -> Self {
        Self {
            version: row.version,
            state: row.state.as_str(),
            model_no: format!("{:04}", row.table.model),
            effective_at: row.effective_at.unix_seconds(),
            rates: rates_of(&row.table),
            slots: row.table.slots,
            written_by: row.written_by,
            reviewed_by: row.reviewed_by,
            reviewed_at: seconds(row.reviewed_at),
            review_note: row.review_note,
        }
    }
}

/// A place where a tariff, a plan or a rule applies.
#[derive(Serialize, ToSchema)]
pub(crate) struct BindingOut {
    /// `station`, `device` or `port`.
    scope: String,
    /// The station.
    station_id: Option<i64>,
    /// The device.
    device_phy_id: Option<String>,
    /// The port.
    port_no: Option<u16>,
}

impl From<Binding> for BindingOut {
    fn from(binding: Binding) -> Self {
        Self {
            scope: binding.scope,
            station_id: binding.station_id,
            device_phy_id: binding.phy_id.map(|phy_id| phy_id.to_string()),
            port_no: binding.port_no.map(|port| port.0),
        }
    }
}

/// A tariff with its versions and where it applies.
#[derive(Serialize, ToSchema)]
pub(crate) struct TariffDetailOut {
    /// The tariff.
    tariff: TariffOut,
    /// Its versions, newest first.
    versions: Vec<VersionOut>,
    /// Where it applies.
    bindings: Vec<BindingOut>,
}

impl From<TariffView> for TariffDetailOut {
    fn from(view: TariffView) -> Self {
        let bindings = view.bindings.into_iter().map(BindingOut::from);
        Self {
            tariff: view.tariff.into(),
            bindings: bindings.collect(),
            versions: view.versions.into_iter().map(VersionOut::from).collect(),
        }
    }
}

fn named(field: &str, said: &str) -> Result<String, Failure> {
    if (1..=TEXT_MAX).contains(&said.trim().chars().count()) {
        Ok(said.trim().to_owned())
    } else {
        Err(Failure::invalid(field, "must have 1 to 200 characters"))
    }
}

/// A tariff's id in a path.
#[derive(Deserialize)]
pub(crate) struct TariffId(i64);

impl Named for TariffId {
    const NAME: &'static str = "tariff";
}

impl Named for (i64, i32) {
    const NAME: &'static str = "tariff version";
}

/// Makes a tariff with its first version, a draft.
#[utoipa::path(
    post,
    path = "/api/v1/admin/tariffs",
    tag = "administration",
    operation_id = "create_tariff",
    extensions(("x-access" = json!("device.tariff.create"))),
    request_body = TariffBody,
    responses(
        (status = 200, description = "The tariff", body = Envelope<TariffDetailOut>),
        (status = 422, description = "A price out of range", body = Refusal),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    client: Client,
    Payload(body): Payload<TariffBody>,
) -> Answer<TariffDetailOut> {
    let name = named("name", &body.name)?;
    let prices = body.prices.read(api.app().now())?;
    let app = api.app().clone();
    let view = run_to_end(async move {
        app.create_tariff(&client.caller.actor(), &name, &prices)
            .await
    })
    .await?;
    Ok(ok(view.into()))
}

/// Writes the next version of a tariff, or rewrites the last one while that is open.
#[utoipa::path(
    put,
    path = "/api/v1/admin/tariffs/{tariff_id}",
    tag = "administration",
    operation_id = "write_tariff",
    extensions(("x-access" = json!("device.tariff.edit")), ("x-scope" = json!("platform"))),
    params(("tariff_id" = i64, Path, description = "The tariff", example = 1)),
    request_body = PricesBody,
    responses(
        (status = 200, description = "The tariff", body = Envelope<TariffDetailOut>),
        (status = 404, description = "No such tariff", body = Refusal),
        (status = 409, description = "A version waits for its decision", body = Refusal),
        (status = 422, description = "A price out of range", body = Refusal),
    )
)]
pub(crate) async fn write(
    State(api): State<Api>,
    client: Client,
    At(TariffId(id)): At<TariffId>,
    Payload(body): Payload<PricesBody>,
) -> Answer<TariffDetailOut> {
    let prices = body.read(api.app().now())?;
    let app = api.app().clone();
    let view =
        run_to_end(async move { app.write_tariff(&client.caller.actor(), id, &prices).await })
            .await?;
    Ok(ok(view.into()))
}

/// Which page of a list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TariffQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
}

impl PageQuery for TariffQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists tariffs, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/tariffs",
    tag = "administration",
    operation_id = "list_tariffs",
    extensions(("x-access" = json!("device.tariff.view")), ("x-scope" = json!("org"))),
    params(TariffQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<TariffOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<TariffQuery>,
) -> Answer<PageOut<TariffOut>> {
    let page = api
        .app()
        .list_tariffs(&scope, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, TariffOut::from)))
}

/// Shows a tariff with its versions and where it applies.
#[utoipa::path(
    get,
    path = "/api/v1/admin/tariffs/{tariff_id}",
    tag = "administration",
    operation_id = "show_tariff",
    extensions(("x-access" = json!("device.tariff.view"))),
    params(("tariff_id" = i64, Path, description = "The tariff", example = 1)),
    responses(
        (status = 200, description = "The tariff", body = Envelope<TariffDetailOut>),
        (status = 404, description = "No such tariff", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Seen(scope): Seen,
    At(TariffId(id)): At<TariffId>,
) -> Answer<TariffDetailOut> {
    Ok(ok(api.app().tariff_seen_by(&scope, id).await?.into()))
}

/// What is to become of a version.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum VersionWish {
    /// It is ready to be looked at.
    Submit,
    /// It comes into force.
    Approve,
    /// It goes back.
    Reject,
    /// It goes out of force.
    Retire,
}

/// A decision on a version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "approve"}))]
pub(crate) struct DecisionBody {
    /// `submit`, `approve`, `reject` or `retire`.
    action: VersionWish,
    /// Kept with the version.
    note: Option<String>,
}

/// Submits, approves, rejects or retires a version. Whoever wrote it does not approve it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/tariffs/{tariff_id}/versions/{version}",
    tag = "administration",
    operation_id = "decide_tariff",
    extensions(("x-access" = json!("device.tariff.approve")), ("x-scope" = json!("platform"))),
    params(
        ("tariff_id" = i64, Path, description = "The tariff", example = 1),
        ("version" = i32, Path, description = "The version", example = 1)
    ),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "The tariff", body = Envelope<TariffDetailOut>),
        (status = 404, description = "No such version", body = Refusal),
        (status = 409, description = "Not in its state; `a second person has to approve`",
            body = Refusal),
    )
)]
pub(crate) async fn decide(
    State(api): State<Api>,
    client: Client,
    At(version): At<(i64, i32)>,
    Payload(body): Payload<DecisionBody>,
) -> Answer<TariffDetailOut> {
    let note = body.note.map(|note| named("note", &note)).transpose()?;
    let decision = match body.action {
        VersionWish::Submit => Decision::Submit,
        VersionWish::Approve => Decision::Approve,
        VersionWish::Reject => Decision::Reject,
        VersionWish::Retire => Decision::Retire,
    };
    let app = api.app().clone();
    let view = run_to_end(async move {
        app.decide_tariff(&client.caller.actor(), version, decision, note.as_deref())
            .await
    })
    .await?;
    Ok(ok(view.into()))
}

/// Where which tariff is to apply.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"tariff_id": 1, "device_phy_id": "82210225000520"}))]
pub(crate) struct PriceBindBody {
    /// The tariff; null lets none apply there.
    tariff_id: Option<i64>,
    /// At all devices of this station. This or a device.
    station_id: Option<i64>,
    /// At this device.
    device_phy_id: Option<String>,
    /// At this port of the device only.
    port_no: Option<u16>,
}

/// Lets a tariff apply at a station, a device or a port. Running charges keep their prices.
#[utoipa::path(
    put,
    path = "/api/v1/admin/tariffs/bindings",
    tag = "administration",
    operation_id = "bind_tariff",
    extensions(("x-access" = json!("device.tariff.bind")), ("x-audit" = json!("own"))),
    request_body = PriceBindBody,
    responses(
        (status = 200, description = "Done; the tariff, if one applies now",
            body = Envelope<Option<TariffDetailOut>>),
        (status = 404, description = "No such tariff or device", body = Refusal),
    )
)]
pub(crate) async fn bind(
    State(api): State<Api>,
    client: Client,
    Acting(actor): Acting,
    Payload(body): Payload<PriceBindBody>,
) -> Answer<Option<TariffDetailOut>> {
    let device = body.device_phy_id.as_deref().map(device_id).transpose()?;
    let place = match (body.station_id, device, body.port_no) {
        (Some(station), None, None) => Place::Station(station),
        (None, Some(device), None) => Place::Device(device),
        (None, Some(device), Some(port)) => Place::Port(device, PortNo(port)),
        _ => {
            let problem = "or station_id is required, not both";
            return Err(Failure::invalid("device_phy_id", problem));
        }
    };
    let app = api.app().clone();
    let tariff = body.tariff_id;
    run_to_end(async move {
        let object = place.object();
        let was = app
            .bind_tariff(&client.caller.actor(), tariff, place)
            .await?;
        let said = |id: Option<i64>| Some(serde_json::json!({ "tariff_id": id }));
        app.audit_change(
            &actor,
            "device.tariff.bind",
            &object,
            said(was),
            said(tariff),
        )
        .await
    })
    .await?;
    let view = match tariff {
        Some(id) => Some(api.app().tariff(id).await?.into()),
        None => None,
    };
    Ok(ok(view))
}

/// A charge to be priced.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": 1_729_407_600, "until": 1_729_414_800, "kwh": 30.5}))]
pub(crate) struct PreviewBody {
    /// The version; the newest when absent.
    version: Option<i32>,
    /// Begin, Unix seconds.
    from: i64,
    /// End, Unix seconds.
    until: i64,
    /// Energy.
    kwh: f64,
}

/// Shows what a charge with even power would cost.
#[utoipa::path(
    post,
    path = "/api/v1/admin/tariffs/{tariff_id}/preview",
    tag = "administration",
    operation_id = "preview_tariff",
    extensions(("x-access" = json!("device.tariff.view"))),
    params(("tariff_id" = i64, Path, description = "The tariff", example = 1)),
    request_body = PreviewBody,
    responses(
        (status = 200, description = "The bill", body = Envelope<BillOut>),
        (status = 404, description = "No such tariff or version", body = Refusal),
    )
)]
pub(crate) async fn show_preview(
    State(api): State<Api>,
    At(TariffId(id)): At<TariffId>,
    Payload(body): Payload<PreviewBody>,
) -> Answer<BillOut> {
    if body.until <= body.from || body.until - body.from > 7 * 86_400 {
        let problem = "must be after from, by at most a week";
        return Err(Failure::invalid("until", problem));
    }
    if !(0.0..=10_000.0).contains(&body.kwh) {
        return Err(Failure::invalid("kwh", "must be 0 to 10000"));
    }
    let versions = api.app().tariff(id).await?.versions;
    let mut fitting = versions.into_iter();
    let version = fitting.find(|known| body.version.is_none_or(|wanted| known.version == wanted));
    let version = version.ok_or_else(|| Failure::not_found("tariff version"))?;
    let sheet = preview(
        &version.table,
        Timestamp::from_unix_seconds(body.from),
        Timestamp::from_unix_seconds(body.until),
        e4(body.kwh),
    );
    Ok(ok((&sheet).into()))
}

/// Energy of a preview; nothing is billed by it.
#[expect(clippy::cast_possible_truncation, reason = "checked to be below 10000")]
fn e4(kwh: f64) -> Energy {
    Energy((kwh * 10_000.0).round() as i64)
}
