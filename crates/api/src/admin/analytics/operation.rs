//! The operation of places.

use super::{analytics_query, paged, quotient};
use crate::Api;
use crate::admin::kpis::shown;
use crate::admin::screen::kwh;
use crate::choice::one_of;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::Filter;
use crate::routes::routes;
use crate::view::PageOut;
use app::analytics::{AreaLevel, AreaSum, StationSum};
use axum::extract::State;
use domain::kpi::{Business, Counts, Detail, Kpi};
use serde::Serialize;
use store::kpis::Tally;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Their routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(analyse_operation))
        .routes(routes!(rank_stations))
        .routes(routes!(compare_areas))
}

/// Seconds of a day.
const DAY_S: u64 = 86_400;

analytics_query! {
    /// Which rows a table of the operation has.
    OperationAnalyticsQuery {}
}

analytics_query! {
    /// Which stations are ranked.
    StationRankQuery {
        /// By what, the most first: `revenue`, `energy`, `orders`, `utilisation`, `online`,
        /// `alarms`; `revenue` when absent.
        sort: String,
    }
}

analytics_query! {
    /// Which areas are compared.
    AreaCompareQuery {
        /// How coarse areas are: `province`, `city`, `district`; `city` when absent.
        level: String,
    }
}

/// How places did.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlaceFiguresOut {
    /// Charges that were completed.
    orders: u64,
    /// Their energy, kWh.
    kwh: f64,
    /// Electricity, service and occupancy of them, fen.
    revenue_fen: u64,
    /// Days in which ports were in service.
    port_days: Option<f64>,
    /// The share of the time in service in which ports charged; null where none was counted, as
    /// everywhere below.
    utilisation: Option<f64>,
    /// The rest of it.
    idle_ratio: Option<f64>,
    /// Charges by port and day in service.
    turns_per_port_day: Option<f64>,
    /// Energy by rated kW and day, kWh.
    kwh_per_kw_day: Option<f64>,
    /// What was delivered of what rated power could have.
    energy_utilisation: Option<f64>,
    /// Critical alarms and warnings about devices.
    alarms: u64,
    /// The same by port and day in service.
    faults_per_port_day: Option<f64>,
    /// From an alarm to its end on average, minutes.
    mttr_minutes: Option<f64>,
    /// The share of the time in which devices were online.
    online_rate: Option<f64>,
}

impl From<&Tally> for PlaceFiguresOut {
    fn from(tally: &Tally) -> Self {
        let counts = |figure: domain::kpi::Figure| tally.get(&figure).copied().unwrap_or_default();
        let sum = |figure: Business| counts(figure.into()).part;
        let value = |kpi: Kpi| kpi.value(counts(kpi.into())).map(shown);
        let (orders, port_s) = (sum(Business::Orders), sum(Business::PortSeconds));
        let Counts { part, whole } = counts(Kpi::EnergyUtilisation.into());
        let alarms = counts(Detail::Alarms.into()).part;
        let utilisation = value(Kpi::PortUtilisation);
        Self {
            orders,
            kwh: kwh(sum(Business::Energy)),
            revenue_fen: sum(Business::Electricity)
                + sum(Business::Service)
                + sum(Business::Occupancy),
            port_days: quotient(port_s, DAY_S).filter(|days| *days > 0.0),
            utilisation,
            idle_ratio: utilisation.map(|share| (1.0 - share).max(0.0)),
            turns_per_port_day: quotient(orders.saturating_mul(DAY_S), port_s),
            // Rated kW for a day could have been 24 kWh.
            kwh_per_kw_day: quotient(part.saturating_mul(24), whole),
            energy_utilisation: value(Kpi::EnergyUtilisation),
            alarms,
            faults_per_port_day: quotient(alarms.saturating_mul(DAY_S), port_s),
            mttr_minutes: value(Kpi::Handling),
            online_rate: value(Kpi::DeviceOnline),
        }
    }
}

/// How places did in an hour, day, week or month.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperationStepOut {
    /// When it begins, Unix seconds.
    at: i64,
    /// When the next one begins, Unix seconds.
    until: i64,
    /// How they did.
    #[serde(flatten)]
    did: PlaceFiguresOut,
}

/// How a station did.
#[derive(Serialize, ToSchema)]
pub(crate) struct StationRankOut {
    /// Its place.
    #[schema(example = 1)]
    rank: usize,
    /// The station.
    station_id: i64,
    /// Its name.
    name: String,
    /// Six digits of its administrative division.
    area_code: Option<String>,
    /// How it did.
    #[serde(flatten)]
    did: PlaceFiguresOut,
}

/// How an area did.
#[derive(Serialize, ToSchema)]
pub(crate) struct AreaCompareOut {
    /// Its code; empty of stations whose area nobody said.
    #[schema(example = "510100")]
    area_code: String,
    /// Its stations.
    stations: usize,
    /// How they did.
    #[serde(flatten)]
    did: PlaceFiguresOut,
}

impl From<AreaSum> for AreaCompareOut {
    fn from(area: AreaSum) -> Self {
        Self {
            did: PlaceFiguresOut::from(&area.counts),
            area_code: area.area_code,
            stations: area.stations,
        }
    }
}

/// What stations are ranked by.
#[derive(Clone, Copy)]
enum RankBy {
    Revenue,
    Energy,
    Orders,
    Utilisation,
    Online,
    Alarms,
}

impl RankBy {
    const ALL: [Self; 6] = [
        Self::Revenue,
        Self::Energy,
        Self::Orders,
        Self::Utilisation,
        Self::Online,
        Self::Alarms,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::Energy => "energy",
            Self::Orders => "orders",
            Self::Utilisation => "utilisation",
            Self::Online => "online",
            Self::Alarms => "alarms",
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "the order of such numbers is right"
    )]
    fn of(self, did: &PlaceFiguresOut) -> f64 {
        match self {
            Self::Revenue => did.revenue_fen as f64,
            Self::Energy => did.kwh,
            Self::Orders => did.orders as f64,
            Self::Utilisation => did.utilisation.unwrap_or(-1.0),
            Self::Online => did.online_rate.unwrap_or(-1.0),
            Self::Alarms => did.alarms as f64,
        }
    }
}

fn ranked(sums: Vec<StationSum>, by: RankBy) -> Vec<StationRankOut> {
    let mut rows: Vec<StationRankOut> = sums
        .into_iter()
        .map(|sum| StationRankOut {
            rank: 0,
            did: PlaceFiguresOut::from(&sum.counts),
            station_id: sum.station_id,
            name: sum.name,
            area_code: sum.area_code,
        })
        .collect();
    rows.sort_by(|one, two| {
        let value = |row: &StationRankOut| by.of(&row.did);
        value(two)
            .total_cmp(&value(one))
            .then(one.station_id.cmp(&two.station_id))
    });
    for (rank, row) in (1..).zip(&mut rows) {
        row.rank = rank;
    }
    rows
}

/// Lists how places did by the hour, day, week or month, the oldest first; each step has a row.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/operation",
    tag = "administration",
    operation_id = "analyse_operation",
    extensions(("x-access" = json!("analytics.operation.view")), ("x-scope" = json!("org"))),
    params(OperationAnalyticsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<OperationStepOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn analyse_operation(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<OperationAnalyticsQuery>,
) -> Answer<PageOut<OperationStepOut>> {
    let steps = api.app().figure_steps(&query.steps(scope)?).await?;
    let rows = steps.iter().map(|step| OperationStepOut {
        at: step.at.unix_seconds(),
        until: step.until.unix_seconds(),
        did: PlaceFiguresOut::from(&step.counts),
    });
    Ok(ok(paged(rows.collect(), &query)?))
}

/// Lists how stations did in whole days, the best first, also those with nothing; 400 days at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/operation/stations",
    tag = "administration",
    operation_id = "rank_stations",
    extensions(("x-access" = json!("analytics.operation.view")), ("x-scope" = json!("org"))),
    params(StationRankQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<StationRankOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn rank_stations(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<StationRankQuery>,
) -> Answer<PageOut<StationRankOut>> {
    let by = one_of("sort", query.sort.as_deref(), &RankBy::ALL, RankBy::as_str)?;
    let sums = api.app().station_sums(&query.steps(scope)?).await?;
    let rows = ranked(sums, by.unwrap_or(RankBy::Revenue));
    Ok(ok(paged(rows, &query)?))
}

/// Lists how areas did in whole days, by their codes; 400 days at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/operation/areas",
    tag = "administration",
    operation_id = "compare_areas",
    extensions(("x-access" = json!("analytics.operation.view")), ("x-scope" = json!("org"))),
    params(AreaCompareQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<AreaCompareOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn compare_areas(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<AreaCompareQuery>,
) -> Answer<PageOut<AreaCompareOut>> {
    let said = query.level.as_deref();
    let level = one_of("level", said, &AreaLevel::ALL, AreaLevel::as_str)?;
    let level = level.unwrap_or(AreaLevel::City);
    let areas = api.app().area_sums(&query.steps(scope)?, level).await?;
    let rows = areas.into_iter().map(AreaCompareOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}
