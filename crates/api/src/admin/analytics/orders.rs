//! Orders.

use super::{analytics_query, paged, quotient};
use crate::Api;
use crate::admin::screen::kwh;
use crate::choice::one_of;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::Filter;
use crate::routes::routes;
use crate::view::PageOut;
use app::Step;
use app::analytics::{Failed, GroupBy, HeatCell, OrderGroup};
use axum::extract::State;
use domain::kpi::{Business, Detail};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Their routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(analyse_orders))
        .routes(routes!(group_orders))
        .routes(routes!(order_heat_map))
        .routes(routes!(order_failures))
}

analytics_query! {
    /// Which rows a table of orders has.
    OrderAnalyticsQuery {}
}

analytics_query! {
    /// Which orders are told apart.
    OrderGroupsQuery {
        /// By what: `source`, `mode`, `end_reason`; `source` when absent.
        by: String,
    }
}

/// Orders of an hour, day, week or month.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderStepOut {
    /// When it begins, Unix seconds.
    at: i64,
    /// When the next one begins, Unix seconds.
    until: i64,
    /// Orders that were made in it.
    created: u64,
    /// Those of them that failed before they began.
    failed: u64,
    /// Those of them that were taken back before they began.
    cancelled: u64,
    /// Orders that were completed in it.
    completed: u64,
    /// Their energy, kWh.
    kwh: f64,
    /// What they came to, fen: the sum of `final_amount` of the orders.
    amount_fen: u64,
    /// Electricity of it, fen.
    elec_fen: u64,
    /// Service of it, fen.
    service_fen: u64,
    /// Occupancy beside it, fen.
    occupancy_fen: u64,
    /// What promotions, coupons and points took off, fen.
    discount_fen: u64,
    /// How long they took on average, minutes; null without any.
    mean_minutes: Option<f64>,
    /// Their energy on average, kWh; null without any.
    mean_kwh: Option<f64>,
}

impl From<&Step> for OrderStepOut {
    fn from(step: &Step) -> Self {
        let (completed, energy) = (step.sum(Business::Orders), step.sum(Business::Energy));
        let minutes = quotient(step.sum(Detail::Duration), completed.saturating_mul(60));
        Self {
            at: step.at.unix_seconds(),
            until: step.until.unix_seconds(),
            created: step.sum(Detail::Created),
            failed: step.sum(Detail::Failed),
            cancelled: step.sum(Detail::Cancelled),
            completed,
            kwh: kwh(energy),
            amount_fen: step.sum(Detail::Amount),
            elec_fen: step.sum(Business::Electricity),
            service_fen: step.sum(Business::Service),
            occupancy_fen: step.sum(Business::Occupancy),
            discount_fen: step.sum(Detail::Discount),
            mean_minutes: minutes,
            mean_kwh: quotient(energy, completed.saturating_mul(10_000)),
        }
    }
}

/// Completed orders of one kind.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderGroupOut {
    /// Its name: a source, a mode, an end reason.
    #[schema(example = "app")]
    name: &'static str,
    /// How many.
    orders: u64,
    /// Their energy, kWh.
    kwh: f64,
    /// What they came to, fen; not kept of end reasons.
    amount_fen: Option<u64>,
}

impl From<OrderGroup> for OrderGroupOut {
    fn from(group: OrderGroup) -> Self {
        Self {
            name: group.name,
            orders: group.orders,
            kwh: kwh(group.energy_e4),
            amount_fen: group.amount_fen,
        }
    }
}

/// Orders that were made in one hour of one day of the week.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeatCellOut {
    /// 1 for Monday to 7 for Sunday.
    weekday: u8,
    /// 0 to 23, in Shanghai.
    hour: u8,
    /// How many.
    orders: u64,
}

impl From<HeatCell> for HeatCellOut {
    fn from(cell: HeatCell) -> Self {
        Self {
            weekday: cell.weekday,
            hour: cell.hour,
            orders: cell.orders,
        }
    }
}

/// Orders that came to nothing for one reason.
#[derive(Serialize, ToSchema)]
pub(crate) struct FailedOrdersOut {
    /// `failed`, `cancelled`.
    #[schema(example = "failed")]
    status: String,
    /// Why, in words.
    reason: String,
    /// How many.
    orders: i64,
}

impl From<Failed> for FailedOrdersOut {
    fn from(failed: Failed) -> Self {
        Self {
            status: failed.status,
            reason: failed.reason,
            orders: failed.orders,
        }
    }
}

/// Lists orders by the hour, day, week or month, the oldest first; each step has a row.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/order",
    tag = "administration",
    operation_id = "analyse_orders",
    extensions(("x-access" = json!("analytics.order.view")), ("x-scope" = json!("org"))),
    params(OrderAnalyticsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<OrderStepOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn analyse_orders(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<OrderAnalyticsQuery>,
) -> Answer<PageOut<OrderStepOut>> {
    let steps = api.app().figure_steps(&query.steps(scope)?).await?;
    let rows = steps.iter().map(OrderStepOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}

/// Lists completed orders by how they began, what was to end them or what did, the most frequent
/// first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/order/groups",
    tag = "administration",
    operation_id = "group_orders",
    extensions(("x-access" = json!("analytics.order.view")), ("x-scope" = json!("org"))),
    params(OrderGroupsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<OrderGroupOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn group_orders(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<OrderGroupsQuery>,
) -> Answer<PageOut<OrderGroupOut>> {
    let by = one_of("by", query.by.as_deref(), &GroupBy::ALL, GroupBy::as_str)?;
    let by = by.unwrap_or(GroupBy::Source);
    let groups = api.app().order_groups(&query.steps(scope)?, by).await?;
    let rows = groups.into_iter().map(OrderGroupOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}

/// Lists orders that were made by the day of the week and the hour of the day: 168 cells.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/order/heat-map",
    tag = "administration",
    operation_id = "order_heat_map",
    extensions(("x-access" = json!("analytics.order.view")), ("x-scope" = json!("org"))),
    params(OrderAnalyticsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<HeatCellOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn order_heat_map(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<OrderAnalyticsQuery>,
) -> Answer<PageOut<HeatCellOut>> {
    let cells = api.app().order_heat_map(&query.steps(scope)?).await?;
    let rows = cells.into_iter().map(HeatCellOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}

/// Lists why orders came to nothing, the most frequent reason first; at most a hundred, of 400
/// days at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/order/failures",
    tag = "administration",
    operation_id = "order_failures",
    extensions(("x-access" = json!("analytics.order.view")), ("x-scope" = json!("org"))),
    params(OrderAnalyticsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<FailedOrdersOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn order_failures(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<OrderAnalyticsQuery>,
) -> Answer<PageOut<FailedOrdersOut>> {
    let failed = api.app().order_failures(&query.steps(scope)?).await?;
    let rows = failed.into_iter().map(FailedOrdersOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}
