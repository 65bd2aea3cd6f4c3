//! What an operator wants to know in the morning: how today goes against yesterday, and what waits
//! to be dealt with, each with the page where that is done.

use crate::kpi::{Cut, Fresh, Granularity, KpiQuery, Slice};
use crate::screen::revenue;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::day::Day;
use domain::kpi::Business;
use kernel::Timestamp;
use std::time::Duration;
use store::consistency::FindingFilter;
use store::fault_tickets::TicketFilter;
use store::kpis::{self, Tally};
use store::orders::OrderFilter;
use store::pending_operations::OperationFilter;
use store::{
    PageRequest, alarms, commands, consistency, deliveries, fault_tickets, orders,
    pending_operations,
};

/// The lists are asked for their totals; a row is the least that they give.
const TOTAL_ONLY: PageRequest = PageRequest { page: 1, size: 1 };
const DAY: Duration = Duration::from_hours(24);
/// Many may look at the first page at once.
const A_MOMENT: Duration = Duration::from_secs(10);

/// The page of orders, of members and of money, whose leaves open the figures.
const ORDERS: &str = "order.charge";
const MEMBERS: &str = "user.member";
const MONEY: &str = "analytics.finance";

/// The first page of the console.
#[derive(Clone, Debug)]
pub struct Dashboard {
    /// Since midnight.
    pub today: DayFigures,
    /// The whole of yesterday.
    pub yesterday: DayFigures,
    /// Yesterday until the hour that it is now.
    pub yesterday_by_now: DayFigures,
    /// What waits, and how things stand.
    pub items: Vec<DashboardItem>,
}

/// Figures of a day; none of those whose page somebody does not see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayFigures {
    /// Charges that were completed.
    pub orders: Option<u64>,
    /// Their energy, 0.0001 kWh.
    pub energy_e4: Option<u64>,
    /// Electricity, service and occupancy of them, fen.
    pub revenue_fen: Option<u64>,
    /// Members who registered.
    pub members: Option<u64>,
}

/// Something that is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DashboardItem {
    /// What it is.
    pub item: &'static str,
    /// The page where it is dealt with.
    pub page: &'static str,
    /// How many; counted up to ten thousand where a list is behind it.
    pub count: i64,
}

fn figures(actor: &Actor, cut: &Cut, tally: &Tally) -> DayFigures {
    let sees = |page: &str| actor.has(&format!("{page}.view"));
    let sum = |figure: Business| tally.get(&figure.into()).map_or(0, |counts| counts.part);
    DayFigures {
        orders: sees(ORDERS).then(|| sum(Business::Orders)),
        energy_e4: sees(ORDERS).then(|| sum(Business::Energy)),
        revenue_fen: sees(MONEY).then(|| revenue(tally)),
        members: (sees(MEMBERS) && cut.whole).then(|| sum(Business::MembersNew)),
    }
}

impl App {
    /// The first page of the console, as far as somebody may see it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn dashboard(&self, actor: &Actor) -> Result<Dashboard, AppError> {
        let slice = Slice {
            of: KpiQuery {
                station: None,
                org: None,
                scope: actor.scope(),
            },
            area: None,
        };
        let cut = self.cut(&slice).await?;
        let now = self.now();
        let midnight = Day::of(now).begins();
        let yesterday = Day::of(now).before(1).begins();
        let span = (yesterday, Timestamp(now.0.saturating_add(1)));
        let hours = self
            .parts_of(&cut, Granularity::Hour, span, Fresh::Within(A_MOMENT))
            .await?;
        let sum = |from: Timestamp, until: Timestamp| {
            let mut sum = Tally::new();
            for (_, tally) in hours.range(from..until) {
                kpis::add_all(&mut sum, tally);
            }
            figures(actor, &cut, &sum)
        };
        Ok(Dashboard {
            today: sum(midnight, span.1),
            yesterday: sum(yesterday, midnight),
            yesterday_by_now: sum(yesterday, Granularity::Hour.begin(now - DAY)),
            items: self.dashboard_items(actor, &cut).await?,
        })
    }

    async fn dashboard_items(
        &self,
        actor: &Actor,
        cut: &Cut,
    ) -> Result<Vec<DashboardItem>, AppError> {
        let sees = |page: &str| actor.has(&format!("{page}.view"));
        let mut items = Vec::new();
        let mut note = |item, page, count: i64| items.push(DashboardItem { item, page, count });
        let scope = &cut.scope;
        if sees("device.device") {
            let (mut online, mut offline) = (0, 0);
            self.devices_of(cut, |live| {
                if live.is_online() {
                    online += 1;
                } else {
                    offline += 1;
                }
            });
            note("devices_online", "device.device", online);
            note("devices_offline", "device.device", offline);
        }
        let mut view = self.db.view().await?;
        if sees("device.alarm") {
            let open = alarms::count_open_of(view.conn(), scope, false).await?;
            for (level, item) in [
                ("C", "alarms_critical"),
                ("W", "alarms_warning"),
                ("I", "alarms_info"),
            ] {
                let found = open.iter().find(|(known, _)| known == level);
                note(item, "device.alarm", found.map_or(0, |(_, count)| *count));
            }
        }
        if sees("device.fault") {
            let late = TicketFilter {
                late_at: Some(self.now()),
                ..TicketFilter::default()
            };
            let late = fault_tickets::list(view.conn(), scope, &late, None, TOTAL_ONLY).await?;
            note("tickets_overdue", "device.fault", late.total);
        }
        if sees("order.abnormal") {
            let filter = OrderFilter {
                abnormal: Some(true),
                handled: Some(false),
                scope: scope.clone(),
                ..OrderFilter::default()
            };
            let abnormal = orders::list(view.conn(), &filter, None, TOTAL_ONLY).await?;
            note("orders_abnormal", "order.abnormal", abnormal.total);
        }
        if sees("system.operation") {
            let filter = OperationFilter {
                state: Some("pending".to_owned()),
                scope: scope.clone(),
                ..OperationFilter::default()
            };
            let waiting = pending_operations::list(view.conn(), &filter, TOTAL_ONLY).await?;
            note("operations_waiting", "system.operation", waiting.total);
        }
        if sees("ops.consistency") {
            let filter = FindingFilter {
                open: true,
                ..FindingFilter::default()
            };
            let open = consistency::list(view.conn(), scope, &filter, TOTAL_ONLY).await?;
            note("findings_open", "ops.consistency", open.total);
        }
        if sees("ops.command") {
            let dead = commands::list_dead(view.conn(), scope, None, TOTAL_ONLY).await?;
            note("commands_dead", "ops.command", dead.total);
        }
        // Webhooks belong to the platform's keys.
        if sees("ops.webhook") && actor.is_platform() {
            let dead = deliveries::list_dead(view.conn(), TOTAL_ONLY).await?;
            note("webhooks_dead", "ops.webhook", dead.total);
        }
        drop(view);
        if sees("ops.stuck") {
            let stuck = self.silent_orders_of(scope).await?.len();
            note(
                "orders_stuck",
                "ops.stuck",
                i64::try_from(stuck).unwrap_or(i64::MAX),
            );
        }
        Ok(items)
    }
}
