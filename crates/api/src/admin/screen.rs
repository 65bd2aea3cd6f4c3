//! The big screen (数据大屏): an operation for each widget, and one for all of them. What is shown is
//! kept for as long as the widget is shown, so that a wall of screens costs what one does.

mod tokens;
mod views;

use crate::Api;
use crate::choice::one_of;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::Filter;
use crate::routes::routes;
use app::screen::RankPeriod;
use app::staff::Actor;
use app::{KpiQuery, Slice};
use axum::extract::State;
use domain::org::Scope;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
pub(super) use views::kwh;
use views::{
    ChargingChartOut, CountersOut, GaugeOut, LiveOrdersOut, LoadChartOut, MemberDayOut,
    PeriodDayOut, PileTypeOut, PortCountsOut, RankingOut, RechargeChartOut, ScreenAlarmsOut,
    ScreenMapOut,
};

/// Its routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(all))
        .routes(routes!(map))
        .routes(routes!(counters))
        .routes(routes!(pile_types))
        .routes(routes!(port_status))
        .routes(routes!(recharge))
        .routes(routes!(charging))
        .routes(routes!(load))
        .routes(routes!(periods))
        .routes(routes!(ranking))
        .routes(routes!(alarms))
        .routes(routes!(live_orders))
        .routes(routes!(gauges))
        .routes(routes!(members))
        .merge(tokens::routes())
}

/// Which part of the business is shown.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ScreenQuery {
    /// Of this organisation only, with all below it.
    org_id: Option<i64>,
    /// In this area only: `510000` a province, `510100` a city, `510104` a district.
    area_code: Option<String>,
}

/// The same of a ranking.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RankingQuery {
    /// Of this organisation only, with all below it.
    org_id: Option<i64>,
    /// In this area only: `510000` a province, `510100` a city, `510104` a district.
    area_code: Option<String>,
    /// Since when: `day`, `week` (from Monday on), `month`; `month` when absent.
    period: Option<String>,
}

/// What somebody sees of what they ask for. A token may be for one area only.
fn slice(
    actor: &Actor,
    scope: Scope,
    org: Option<i64>,
    area: Option<String>,
) -> Result<Slice, Failure> {
    let own = actor.screen.as_ref().and_then(|sight| sight.area.clone());
    let area = match (own, area) {
        (None, area) => area,
        (Some(own), None) => Some(own),
        (Some(own), Some(asked)) => {
            let inside = asked.starts_with(domain::data_scope::area_prefix(&own));
            if !inside {
                return Err(Failure::not_found("area"));
            }
            Some(asked)
        }
    };
    let of = KpiQuery {
        station: None,
        org,
        scope,
    };
    Ok(Slice { of, area })
}

/// Shows stations on a map with what their ports are doing; a minute old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/map",
    tag = "administration",
    operation_id = "screen_map",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<ScreenMapOut>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn map(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<ScreenMapOut> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_map(&slice).await?;
    Ok(ok(ScreenMapOut::from(&*shown)))
}

/// Shows the headline: stations, devices, members, what was charged today and ever; ten seconds old
/// at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/counters",
    tag = "administration",
    operation_id = "screen_counters",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<CountersOut>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn counters(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<CountersOut> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_counters(&slice).await?;
    Ok(ok(CountersOut::from(&*shown)))
}

/// Shows devices by what they are; five minutes old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/pile-types",
    tag = "administration",
    operation_id = "screen_pile_types",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<Vec<PileTypeOut>>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn pile_types(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<Vec<PileTypeOut>> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_pile_types(&slice).await?;
    Ok(ok(shown.iter().map(PileTypeOut::from).collect()))
}

/// Shows ports by what they are doing; ten seconds old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/port-status",
    tag = "administration",
    operation_id = "screen_port_status",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<PortCountsOut>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn port_status(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<PortCountsOut> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_port_status(&slice).await?;
    Ok(ok(PortCountsOut::from(&*shown)))
}

/// Shows what was paid into wallets this month; a minute old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/recharge",
    tag = "administration",
    operation_id = "screen_recharge",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<RechargeChartOut>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn recharge(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<RechargeChartOut> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_recharge(&slice).await?;
    Ok(ok(RechargeChartOut::from(&*shown)))
}

/// Shows what charges came to, by day of this month and hour of today; a minute old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/charging",
    tag = "administration",
    operation_id = "screen_charging",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<ChargingChartOut>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn charging(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<ChargingChartOut> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_charging(&slice).await?;
    Ok(ok(ChargingChartOut::from(&*shown)))
}

/// Shows what is drawn, by the quarter of an hour; a minute old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/load",
    tag = "administration",
    operation_id = "screen_load",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<LoadChartOut>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn load(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<LoadChartOut> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_load(&slice).await?;
    Ok(ok(LoadChartOut::from(&*shown)))
}

/// Shows energy by the kind of its price, of seven days; five minutes old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/periods",
    tag = "administration",
    operation_id = "screen_periods",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<Vec<PeriodDayOut>>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn periods(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<Vec<PeriodDayOut>> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_periods(&slice).await?;
    Ok(ok(shown.days.iter().map(PeriodDayOut::from).collect()))
}

/// Shows the first ten stations; five minutes old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/ranking",
    tag = "administration",
    operation_id = "screen_ranking",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(RankingQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<RankingOut>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn ranking(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<RankingQuery>,
) -> Answer<RankingOut> {
    let said = query.period.as_deref();
    let period = one_of("period", said, &RankPeriod::ALL, RankPeriod::as_str)?;
    let period = period.unwrap_or(RankPeriod::Month);
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_ranking(&slice, period).await?;
    Ok(ok(RankingOut::from(&*shown)))
}

/// Shows alarms about stations and devices that are not over; five seconds old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/alarms",
    tag = "administration",
    operation_id = "screen_alarms",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<ScreenAlarmsOut>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn alarms(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<ScreenAlarmsOut> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_alarms(&slice).await?;
    Ok(ok(ScreenAlarmsOut::from(&*shown)))
}

/// Shows charges that run, of people only what a mask leaves; five seconds old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/live-orders",
    tag = "administration",
    operation_id = "screen_live_orders",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<LiveOrdersOut>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn live_orders(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<LiveOrdersOut> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_live_orders(&slice).await?;
    Ok(ok(LiveOrdersOut::from(&*shown)))
}

/// Shows key figures of the last hour; a minute old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/gauges",
    tag = "administration",
    operation_id = "screen_gauges",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<Vec<GaugeOut>>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn gauges(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<Vec<GaugeOut>> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_gauges(&slice).await?;
    Ok(ok(shown.iter().map(GaugeOut::from).collect()))
}

/// Shows who came and who charged in thirty days; five minutes old at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen/members",
    tag = "administration",
    operation_id = "screen_members",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<Vec<MemberDayOut>>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn members(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<Vec<MemberDayOut>> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let shown = api.app().screen_members(&slice).await?;
    Ok(ok(shown.days.iter().map(MemberDayOut::from).collect()))
}

/// Every widget of the big screen.
#[derive(Serialize, ToSchema)]
pub(crate) struct ScreenOut {
    /// Stations on a map.
    map: ScreenMapOut,
    /// The headline.
    counters: CountersOut,
    /// Devices by what they are.
    pile_types: Vec<PileTypeOut>,
    /// Ports by what they are doing.
    port_status: PortCountsOut,
    /// What was paid into wallets.
    recharge: RechargeChartOut,
    /// What charges came to.
    charging: ChargingChartOut,
    /// What is drawn.
    load: LoadChartOut,
    /// Energy by the kind of its price, by day.
    periods: Vec<PeriodDayOut>,
    /// The first stations of this month.
    ranking: RankingOut,
    /// Alarms that are not over.
    alarms: ScreenAlarmsOut,
    /// Charges that run.
    live_orders: LiveOrdersOut,
    /// Key figures of the last hour.
    gauges: Vec<GaugeOut>,
    /// Members by day.
    members: Vec<MemberDayOut>,
}

/// Shows every widget at once, each as old as it may be: what one screen polls.
#[utoipa::path(
    get,
    path = "/api/v1/admin/screen",
    tag = "administration",
    operation_id = "show_screen",
    extensions(("x-access" = json!("screen.main.view")), ("x-scope" = json!("org"))),
    params(ScreenQuery),
    responses(
        (status = 200, description = "What is shown", body = Envelope<ScreenOut>),
        (status = 404, description = "No such organisation or area", body = Refusal),
    )
)]
pub(crate) async fn all(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<ScreenQuery>,
) -> Answer<ScreenOut> {
    let slice = slice(&actor, scope, query.org_id, query.area_code)?;
    let app = api.app();
    let kinds = app.screen_pile_types(&slice).await?;
    let periods = app.screen_periods(&slice).await?;
    let gauges = app.screen_gauges(&slice).await?;
    let members = app.screen_members(&slice).await?;
    let ranking = app.screen_ranking(&slice, RankPeriod::Month).await?;
    Ok(ok(ScreenOut {
        map: ScreenMapOut::from(&*app.screen_map(&slice).await?),
        counters: CountersOut::from(&*app.screen_counters(&slice).await?),
        pile_types: kinds.iter().map(PileTypeOut::from).collect(),
        port_status: PortCountsOut::from(&*app.screen_port_status(&slice).await?),
        recharge: RechargeChartOut::from(&*app.screen_recharge(&slice).await?),
        charging: ChargingChartOut::from(&*app.screen_charging(&slice).await?),
        load: LoadChartOut::from(&*app.screen_load(&slice).await?),
        periods: periods.days.iter().map(PeriodDayOut::from).collect(),
        ranking: RankingOut::from(&*ranking),
        alarms: ScreenAlarmsOut::from(&*app.screen_alarms(&slice).await?),
        live_orders: LiveOrdersOut::from(&*app.screen_live_orders(&slice).await?),
        gauges: gauges.iter().map(GaugeOut::from).collect(),
        members: members.days.iter().map(MemberDayOut::from).collect(),
    }))
}
