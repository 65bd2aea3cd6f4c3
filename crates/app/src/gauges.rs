//! Figures of how things stand: devices, ports, queues, and whether orders and ports agree.

use crate::{App, AppError};
use device::PortState;
use domain::order::OrderStatus;
use domain::org::Scope;
use store::{PageRequest, commands};

/// All states of a port, each with its own figure.
const STATES: [PortState; 10] = [
    PortState::Unknown,
    PortState::Idle,
    PortState::Plugged,
    PortState::Reserved,
    PortState::Starting,
    PortState::Charging,
    PortState::Suspended,
    PortState::Finishing,
    PortState::Fault,
    PortState::Disabled,
];

impl App {
    pub(crate) fn set_gauges(&self) {
        let (mut online, mut offline) = (0, 0);
        let mut ports = [0; STATES.len()];
        self.live.for_each(|live| {
            if live.is_online() {
                online += 1;
            } else {
                offline += 1;
            }
            for port in &live.ports {
                for (count, state) in ports.iter_mut().zip(STATES) {
                    *count += usize::from(port.memory.state == state);
                }
            }
        });
        metrics::gauge!("openpile_devices", "state" => "online").set(figure(online));
        metrics::gauge!("openpile_devices", "state" => "offline").set(figure(offline));
        let ratio = figure(online) / figure((online + offline).max(1));
        metrics::gauge!("openpile_device_online_ratio").set(ratio);
        for (count, state) in ports.into_iter().zip(STATES) {
            metrics::gauge!("openpile_ports", "state" => state.as_str()).set(figure(count));
        }
        metrics::gauge!("openpile_sessions_active").set(figure(self.sessions.len()));
        let queue = |name: &'static str, length: usize| {
            metrics::gauge!("openpile_queue_length", "queue" => name).set(figure(length));
        };
        queue("orders_alive", self.orders.len());
        queue("commands_in_flight", self.in_flight.len());
        queue("news", self.news.lock().events.len());
        queue("strangers", self.strangers.len());
        queue("comm_log", self.comm_log.waiting());
    }

    /// Counts the charging orders, and those whose port does not charge or is not known.
    pub(crate) fn compare_orders_with_ports(&self) {
        let (mut checked, mut mismatched, mut orphaned) = (0, 0, 0);
        for order_no in self.orders.all() {
            let Some(slot) = self.orders.slot(order_no) else {
                continue;
            };
            let order = slot.try_lock().ok().and_then(|order| order.clone());
            let Some(order) = order.filter(|order| order.status == OrderStatus::Charging) else {
                continue;
            };
            checked += 1;
            let state = self.live.read(&order.phy_id, |live| {
                live.port(order.port_no).map(|port| port.memory.state)
            });
            match state.flatten() {
                Some(PortState::Charging | PortState::Suspended) => {}
                Some(_) => {
                    mismatched += 1;
                    orphaned += 1;
                }
                None => orphaned += 1,
            }
        }
        let issue = |issue: &'static str, found: u64| {
            metrics::counter!("openpile_consistency_inconsistent_total", "issue" => issue)
                .increment(found);
        };
        metrics::counter!("openpile_consistency_checked_total").increment(checked);
        issue("order_port_mismatch", mismatched);
        issue("orphaned_charging_order", orphaned);
    }

    pub(crate) async fn count_dead_letters(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let page = PageRequest { page: 1, size: 1 };
        let dead = commands::list_dead(view.conn(), &Scope::Everything, None, page).await?;
        metrics::gauge!("openpile_dead_letters", "queue" => "commands")
            .set(figure(usize::try_from(dead.total).unwrap_or(0)));
        Ok(())
    }
}

/// A count as metrics want it.
fn figure(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
