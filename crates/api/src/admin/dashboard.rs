//! The first page of the console.

use super::screen::kwh;
use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use app::{DashboardItem, DayFigures};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// Figures of a day; those whose page the account does not see are left out.
#[derive(Serialize, ToSchema)]
pub(crate) struct DayFiguresOut {
    /// Charges that were completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 128)]
    orders: Option<u64>,
    /// Their energy, kWh.
    #[serde(skip_serializing_if = "Option::is_none")]
    kwh: Option<f64>,
    /// Electricity, service and occupancy of them, fen.
    #[serde(skip_serializing_if = "Option::is_none")]
    revenue_fen: Option<u64>,
    /// Members who registered; of the whole platform only.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<u64>,
}

impl From<DayFigures> for DayFiguresOut {
    fn from(day: DayFigures) -> Self {
        Self {
            orders: day.orders,
            kwh: day.energy_e4.map(kwh),
            revenue_fen: day.revenue_fen,
            members: day.members,
        }
    }
}

/// Something that is to be looked at.
#[derive(Serialize, ToSchema)]
pub(crate) struct DashboardItemOut {
    /// `devices_online`, `devices_offline`, `alarms_critical`, `alarms_warning`, `alarms_info`,
    /// `tickets_overdue`, `orders_abnormal`, `orders_stuck`, `operations_waiting`,
    /// `findings_open`, `commands_dead`, `webhooks_dead`.
    #[schema(example = "tickets_overdue")]
    item: &'static str,
    /// The page where it is dealt with.
    #[schema(example = "device.fault")]
    page: &'static str,
    /// How many; lists are counted up to 10 000.
    #[schema(example = 2)]
    count: i64,
}

impl From<DashboardItem> for DashboardItemOut {
    fn from(item: DashboardItem) -> Self {
        Self {
            item: item.item,
            page: item.page,
            count: item.count,
        }
    }
}

/// The first page of the console.
#[derive(Serialize, ToSchema)]
pub(crate) struct DashboardOut {
    /// Since midnight.
    today: DayFiguresOut,
    /// The whole of yesterday.
    yesterday: DayFiguresOut,
    /// Yesterday until the beginning of the hour that it is now.
    yesterday_by_now: DayFiguresOut,
    /// What waits and how things stand, of pages that the account sees.
    items: Vec<DashboardItemOut>,
}

/// Shows how today goes against yesterday, and what waits to be dealt with.
#[utoipa::path(
    get,
    path = "/api/v1/admin/dashboard",
    tag = "administration",
    operation_id = "show_dashboard",
    extensions(("x-access" = json!("dashboard.home.view")), ("x-scope" = json!("org"))),
    responses((status = 200, description = "The page", body = Envelope<DashboardOut>))
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(_scope): Seen,
) -> Answer<DashboardOut> {
    let shown = api.app().dashboard(&actor).await?;
    Ok(ok(DashboardOut {
        today: shown.today.into(),
        yesterday: shown.yesterday.into(),
        yesterday_by_now: shown.yesterday_by_now.into(),
        items: shown
            .items
            .into_iter()
            .map(DashboardItemOut::from)
            .collect(),
    }))
}
