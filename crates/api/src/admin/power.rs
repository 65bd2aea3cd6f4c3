//! What stations and devices draw, what they may draw, and how that is shared.

use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter, Payload};
use crate::routes::routes;
use crate::run_to_end::run_to_end;
use crate::staff::StationId;
use crate::view::{PageOut, PageQuery, seconds};
use app::{
    DeviceLoad, DeviceShareWish, PlanLine, PowerPlan, PowerPoint, StationLoad, StationPowerWish,
};
use axum::extract::State;
use kernel::{PhyId, PortNo, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::power_limits::PowerLimitRow;
use store::station_power::StationPower;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

/// A curve that names no beginning shows so much.
const CURVE: Duration = Duration::from_hours(24);

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(stations))
        .routes(routes!(station))
        .routes(routes!(station_curve))
        .routes(routes!(device_curve))
        .routes(routes!(capacity))
        .routes(routes!(balancing))
        .routes(routes!(plan))
        .routes(routes!(share))
}

super::money::paged_query! {
    /// Which stations a list shows.
    PowerQuery {
        /// With this in their name.
        name: String,
    }
}

/// What a station may draw.
#[derive(Serialize, ToSchema)]
pub(crate) struct StationPowerOut {
    /// Supply capacity, W.
    #[schema(example = 630_000)]
    capacity_w: i64,
    /// What of it is kept for other uses, W.
    #[schema(example = 30_000)]
    reserve_w: i64,
    /// What a charge that begins is taken to need, W.
    start_w: i64,
    /// Whether its load is balanced.
    balancing: bool,
    /// Who set it.
    updated_by: String,
    /// When, Unix seconds.
    updated_at: i64,
}

impl From<StationPower> for StationPowerOut {
    fn from(row: StationPower) -> Self {
        Self {
            capacity_w: row.capacity_w,
            reserve_w: row.reserve_w,
            start_w: row.start_w,
            balancing: row.balancing,
            updated_by: row.updated_by,
            updated_at: row.updated_at.unix_seconds(),
        }
    }
}

/// A station and what it draws.
#[derive(Serialize, ToSchema)]
pub(crate) struct StationLoadOut {
    /// The station.
    station_id: i64,
    /// Its number.
    station_no: String,
    /// Its name.
    name: String,
    /// What it draws now, W.
    #[schema(example = 120_500)]
    draw_w: i64,
    /// Rated power of its devices together, W.
    rated_w: i64,
    /// Supply capacity, W, if that was said.
    capacity_w: Option<i64>,
    /// What it draws of its capacity, basis points.
    #[schema(example = 1912)]
    load_bp: Option<i64>,
    /// Its devices.
    devices: usize,
    /// Those that are online.
    online: usize,
    /// Its orders that are pending or charge.
    orders: usize,
    /// Whether its load is balanced.
    balancing: bool,
}

impl From<StationLoad> for StationLoadOut {
    fn from(load: StationLoad) -> Self {
        let capacity_w = load.power.as_ref().map(|power| power.capacity_w);
        Self {
            load_bp: capacity_w.map(|most| load.draw_w.saturating_mul(10_000) / most.max(1)),
            capacity_w,
            balancing: load.power.is_some_and(|power| power.balancing),
            station_id: load.station_id,
            station_no: load.station_no,
            name: load.name,
            draw_w: load.draw_w,
            rated_w: load.rated_w,
            devices: load.devices,
            online: load.online,
            orders: load.orders,
        }
    }
}

/// The limit that a device was given last.
#[derive(Serialize, ToSchema)]
pub(crate) struct PowerLimitOut {
    /// Share of its rating, %.
    percent: i16,
    /// The command.
    command_id: i64,
    /// When it was sent, Unix seconds.
    sent_at: i64,
    /// `sent`, `taken`, `refused`, `unanswered`.
    #[schema(example = "taken")]
    state: String,
    /// When the answer was known, Unix seconds.
    answered_at: Option<i64>,
}

impl From<PowerLimitRow> for PowerLimitOut {
    fn from(row: PowerLimitRow) -> Self {
        Self {
            percent: row.percent,
            command_id: row.command_id.0,
            sent_at: row.sent_at.unix_seconds(),
            state: row.state,
            answered_at: seconds(row.answered_at),
        }
    }
}

/// A port and what it draws.
#[derive(Serialize, ToSchema)]
pub(crate) struct PortLoadOut {
    /// Its number.
    port_no: u16,
    /// What it is doing.
    #[schema(example = "charging")]
    state: &'static str,
    /// What it draws, W.
    power_w: f64,
    /// °C, where known.
    temperature_c: Option<i16>,
    /// The order that holds it.
    order_no: Option<String>,
}

/// A device and what it draws.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeviceLoadOut {
    /// The device.
    phy_id: String,
    /// Whether it is online.
    online: bool,
    /// What it draws, W.
    draw_w: i64,
    /// Its rating, W; 0 when unknown.
    rated_w: i64,
    /// Whether its protocol has a command that limits it.
    takes_limits: bool,
    /// The limit that it was given last.
    limit: Option<PowerLimitOut>,
    /// Its ports.
    ports: Vec<PortLoadOut>,
}

impl From<DeviceLoad> for DeviceLoadOut {
    fn from(load: DeviceLoad) -> Self {
        let ports = load.ports.into_iter().map(|port| PortLoadOut {
            port_no: port.port_no.0,
            state: port.state.as_str(),
            power_w: port.power.watts(),
            temperature_c: port.temperature_c,
            order_no: port.order_no.map(|order_no| order_no.to_string()),
        });
        Self {
            phy_id: load.phy_id.to_string(),
            online: load.online,
            draw_w: load.draw_w,
            rated_w: load.rated_w,
            takes_limits: load.takes_limits,
            limit: load.limit.map(PowerLimitOut::from),
            ports: ports.collect(),
        }
    }
}

/// Lists stations with what they draw now.
#[utoipa::path(
    get,
    path = "/api/v1/admin/power/stations",
    tag = "administration",
    operation_id = "list_station_loads",
    extensions(("x-access" = json!("device.power.view")), ("x-scope" = json!("org"))),
    params(PowerQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<StationLoadOut>>))
)]
pub(crate) async fn stations(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<PowerQuery>,
) -> Answer<PageOut<StationLoadOut>> {
    let page = query.page_request()?;
    let page = api.app().station_loads(scope, query.name, page).await?;
    Ok(ok(PageOut::of(page, StationLoadOut::from)))
}

/// Shows what the devices and ports of a station draw now.
#[utoipa::path(
    get,
    path = "/api/v1/admin/power/stations/{station_id}",
    tag = "administration",
    operation_id = "show_station_load",
    extensions(("x-access" = json!("device.power.view"))),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    responses(
        (status = 200, description = "They", body = Envelope<Vec<DeviceLoadOut>>),
        (status = 404, description = "No such station", body = Refusal),
    )
)]
pub(crate) async fn station(
    State(api): State<Api>,
    At(station): At<StationId>,
) -> Answer<Vec<DeviceLoadOut>> {
    let loads = api.app().station_devices_load(station.0).await?;
    Ok(ok(loads.into_iter().map(DeviceLoadOut::from).collect()))
}

/// Which part of a curve is shown.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CurveQuery {
    /// From here, Unix seconds; without it, 24 hours.
    from: Option<i64>,
    /// Until there, Unix seconds; without it, now. At most 7 days.
    until: Option<i64>,
}

impl CurveQuery {
    fn span(&self, now: Timestamp) -> (Timestamp, Timestamp) {
        let until = self.until.map_or(now, Timestamp::from_unix_seconds);
        let from = self
            .from
            .map_or(until - CURVE, Timestamp::from_unix_seconds);
        (from, until)
    }
}

/// One minute of a curve.
#[derive(Serialize, ToSchema)]
pub(crate) struct PowerPointOut {
    /// Its beginning, Unix seconds.
    at: i64,
    /// The mean, W.
    mean_w: i64,
}

impl From<PowerPoint> for PowerPointOut {
    fn from(point: PowerPoint) -> Self {
        Self {
            at: point.at.unix_seconds(),
            mean_w: point.mean_w,
        }
    }
}

/// Shows what a station drew, by the minute; minutes in which nothing was measured are left out.
#[utoipa::path(
    get,
    path = "/api/v1/admin/power/stations/{station_id}/curve",
    tag = "administration",
    operation_id = "station_power_curve",
    extensions(("x-access" = json!("device.power.view"))),
    params(("station_id" = i64, Path, description = "The station", example = 1), CurveQuery),
    responses(
        (status = 200, description = "Oldest first", body = Envelope<Vec<PowerPointOut>>),
        (status = 404, description = "No such station", body = Refusal),
    )
)]
pub(crate) async fn station_curve(
    State(api): State<Api>,
    At(station): At<StationId>,
    Filter(query): Filter<CurveQuery>,
) -> Answer<Vec<PowerPointOut>> {
    let (from, until) = query.span(api.app().now());
    let points = api.app().station_curve(station.0, from, until).await?;
    Ok(ok(points.into_iter().map(PowerPointOut::from).collect()))
}

/// Which part of a device's curve is shown.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeviceCurveQuery {
    /// Of this port alone; of ports three days are kept.
    #[param(minimum = 1, example = 1)]
    port_no: Option<u16>,
    /// From here, Unix seconds; without it, 24 hours.
    from: Option<i64>,
    /// Until there, Unix seconds; without it, now. At most 7 days.
    until: Option<i64>,
}

/// Shows what a device, or one of its ports, drew by the minute; minutes in which nothing was
/// measured are left out.
#[utoipa::path(
    get,
    path = "/api/v1/admin/power/devices/{phy_id}/curve",
    tag = "administration",
    operation_id = "device_power_curve",
    extensions(("x-access" = json!("device.power.view"))),
    params(
        ("phy_id" = String, Path, description = "The device", example = "82210225000520"),
        DeviceCurveQuery,
    ),
    responses(
        (status = 200, description = "Oldest first", body = Envelope<Vec<PowerPointOut>>),
        (status = 404, description = "No such device or port", body = Refusal),
    )
)]
pub(crate) async fn device_curve(
    State(api): State<Api>,
    At(phy_id): At<PhyId>,
    Filter(query): Filter<DeviceCurveQuery>,
) -> Answer<Vec<PowerPointOut>> {
    let app = api.app();
    let DeviceCurveQuery {
        port_no,
        from,
        until,
    } = query;
    let (from, until) = CurveQuery { from, until }.span(app.now());
    let points = match port_no {
        Some(port) => app.port_curve(&phy_id, PortNo(port), from, until).await?,
        None => app.device_curve(&phy_id, from, until).await?,
    };
    Ok(ok(points.into_iter().map(PowerPointOut::from).collect()))
}

/// What a station is to draw at most.
#[expect(
    clippy::struct_field_names,
    reason = "published names carry their unit"
)]
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"capacity_w": 630_000, "reserve_w": 30_000}))]
pub(crate) struct CapacityBody {
    /// Supply capacity, W.
    #[schema(minimum = 1, maximum = 100_000_000)]
    capacity_w: i64,
    /// What of it is kept for other uses, W.
    #[serde(default)]
    #[schema(minimum = 0)]
    reserve_w: i64,
    /// What a charge that begins is taken to need, W; 3500 until it is said.
    start_w: Option<i64>,
}

/// Says what a station may draw: alarms begin at 90 % of it.
#[utoipa::path(
    put,
    path = "/api/v1/admin/power/stations/{station_id}/capacity",
    tag = "administration",
    operation_id = "set_station_capacity",
    extensions(("x-access" = json!("device.power.set_limit")), ("x-audit" = json!("own"))),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    request_body = CapacityBody,
    responses(
        (status = 200, description = "Set", body = Envelope<StationPowerOut>),
        (status = 404, description = "No such station", body = Refusal),
    )
)]
pub(crate) async fn capacity(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(station): At<StationId>,
    Payload(body): Payload<CapacityBody>,
) -> Answer<StationPowerOut> {
    let wish = StationPowerWish {
        capacity_w: body.capacity_w,
        reserve_w: body.reserve_w,
        start_w: body.start_w,
    };
    let app = api.app().clone();
    let set = run_to_end(async move { app.set_station_power(&actor, station.0, wish).await });
    Ok(ok(set.await?.into()))
}

/// Whether a station's load is balanced.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": true}))]
pub(crate) struct BalancingBody {
    /// It is.
    enabled: bool,
}

/// Switches the balancing of a station's load on or off. Devices that take limits are limited
/// within its supply; where there is no room left, starts are refused.
#[utoipa::path(
    put,
    path = "/api/v1/admin/power/stations/{station_id}/balancing",
    tag = "administration",
    operation_id = "set_station_balancing",
    extensions(("x-access" = json!("device.power.load_balance")), ("x-audit" = json!("own"))),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    request_body = BalancingBody,
    responses(
        (status = 200, description = "Set", body = Envelope<StationPowerOut>),
        (status = 404, description = "No such station", body = Refusal),
        (status = 409, description = "Nobody has said what it may draw", body = Refusal),
    )
)]
pub(crate) async fn balancing(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(station): At<StationId>,
    Payload(body): Payload<BalancingBody>,
) -> Answer<StationPowerOut> {
    let app = api.app().clone();
    let set = run_to_end(async move { app.set_balancing(&actor, station.0, body.enabled).await });
    Ok(ok(set.await?.into()))
}

/// What becomes of one device.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlanLineOut {
    /// The device.
    phy_id: String,
    /// `steerable`; `measured`: it takes no limits and counts with what it draws; `silent`: it
    /// does not answer and counts with all that it might draw.
    #[schema(example = "steerable")]
    steering: &'static str,
    /// What it draws, W.
    draw_w: i64,
    /// Its rating, W.
    rated_w: i64,
    /// The limit that it is to have, %.
    percent: Option<u8>,
    /// What is granted to it, or what it counts with, W.
    granted_w: i64,
    /// What it was told last, and what it said.
    limit: Option<PowerLimitOut>,
}

impl From<PlanLine> for PlanLineOut {
    fn from(line: PlanLine) -> Self {
        Self {
            phy_id: line.phy_id.to_string(),
            steering: line.steering,
            draw_w: line.draw_w,
            rated_w: line.rated_w,
            percent: line.percent,
            granted_w: line.granted_w,
            limit: line.limit.map(PowerLimitOut::from),
        }
    }
}

/// How a station's supply is shared.
#[derive(Serialize, ToSchema)]
pub(crate) struct PowerPlanOut {
    /// When it was made, Unix seconds; none before the first look.
    made_at: Option<i64>,
    /// What may be shared, W.
    available_w: i64,
    /// What those that cannot be limited count with, W.
    fixed_w: i64,
    /// What is left for further starts, W.
    room_w: i64,
    /// There is not enough for everything that charges.
    short: bool,
    /// By device.
    lines: Vec<PlanLineOut>,
}

impl From<PowerPlan> for PowerPlanOut {
    fn from(plan: PowerPlan) -> Self {
        Self {
            made_at: seconds(plan.made_at),
            available_w: plan.available_w,
            fixed_w: plan.fixed_w,
            room_w: plan.room_w,
            short: plan.short,
            lines: plan.lines.into_iter().map(PlanLineOut::from).collect(),
        }
    }
}

/// Shows how a station's supply is shared, what its devices were told and what they said.
#[utoipa::path(
    get,
    path = "/api/v1/admin/power/stations/{station_id}/plan",
    tag = "administration",
    operation_id = "show_power_plan",
    extensions(("x-access" = json!("device.power.view"))),
    params(("station_id" = i64, Path, description = "The station", example = 1)),
    responses(
        (status = 200, description = "The plan", body = Envelope<PowerPlanOut>),
        (status = 404, description = "No such station", body = Refusal),
        (status = 409, description = "It is not balanced", body = Refusal),
    )
)]
pub(crate) async fn plan(
    State(api): State<Api>,
    At(station): At<StationId>,
) -> Answer<PowerPlanOut> {
    Ok(ok(api.app().power_plan(station.0).await?.into()))
}

/// How a device takes part in the balancing.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"weight": 3, "least_pct": 40}))]
pub(crate) struct DeviceShareBody {
    /// A larger weight is a larger share of what is left; 1 until it is said.
    #[schema(minimum = 1, maximum = 9)]
    weight: i16,
    /// Never limited below this share of its rating, %; 30 until it is said.
    #[schema(minimum = 30, maximum = 100)]
    least_pct: i16,
}

/// Says how a device takes part in the balancing of its station.
#[utoipa::path(
    put,
    path = "/api/v1/admin/power/devices/{phy_id}/share",
    tag = "administration",
    operation_id = "set_device_share",
    extensions(("x-access" = json!("device.power.set_limit")), ("x-audit" = json!("own"))),
    params(("phy_id" = String, Path, description = "The device", example = "82210225000520")),
    request_body = DeviceShareBody,
    responses(
        (status = 200, description = "Set", body = Envelope<DeviceShareBody>),
        (status = 404, description = "No such device", body = Refusal),
    )
)]
pub(crate) async fn share(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(phy_id): At<PhyId>,
    Payload(body): Payload<DeviceShareBody>,
) -> Answer<DeviceShareBody> {
    let wish = DeviceShareWish {
        weight: body.weight,
        least_pct: body.least_pct,
    };
    let app = api.app().clone();
    let row = run_to_end(async move { app.set_device_share(&actor, &phy_id, wish).await }).await?;
    Ok(ok(DeviceShareBody {
        weight: row.weight,
        least_pct: row.least_pct,
    }))
}
