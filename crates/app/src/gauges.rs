//! Figures of how things stand: devices, ports, queues, and whether orders and ports agree.

use crate::transact::{STUCK, count_revenue};
use crate::{App, AppError};
use device::PortState;
use domain::consistency::Issue;
use domain::order::{OrderSource, RecordKind};
use domain::org::Scope;
use kernel::Fen;
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
        let (mut online, mut offline) = (0_i64, 0_i64);
        let mut ports = [0_i64; STATES.len()];
        let (mut all, mut all_online) = (0_i64, 0_i64);
        self.live.for_each(|live| {
            all += 1;
            all_online += i64::from(live.is_online());
            // Those of other nodes are counted there: the nodes' figures add up.
            if !self.looks_after_live(live) {
                return;
            }
            if live.is_online() {
                online += 1;
            } else {
                offline += 1;
            }
            for port in &live.ports {
                for (count, state) in ports.iter_mut().zip(STATES) {
                    *count += i64::from(port.memory.state == state);
                }
            }
        });
        metrics::gauge!("openpile_devices", "state" => "online").set(figure(online));
        metrics::gauge!("openpile_devices", "state" => "offline").set(figure(offline));
        let ratio = figure(all_online) / figure(all.max(1));
        metrics::gauge!("openpile_device_online_ratio").set(ratio);
        for (count, state) in ports.into_iter().zip(STATES) {
            metrics::gauge!("openpile_ports", "state" => state.as_str()).set(figure(count));
        }
        let size = |length: usize| figure(i64::try_from(length).unwrap_or(i64::MAX));
        metrics::gauge!("openpile_sessions_active").set(size(self.sessions.len()));
        let queue = |name: &'static str, length: usize| {
            metrics::gauge!("openpile_queue_length", "queue" => name).set(size(length));
        };
        queue("orders_alive", self.orders.len());
        queue("commands_in_flight", self.in_flight.len());
        queue("news", self.news.lock().events.len());
        queue("strangers", self.strangers.len());
        queue("comm_log", self.comm_log.waiting());
        queue("notices_under_way", self.messages_under_way());
    }

    pub(crate) async fn count_dead_letters(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let page = PageRequest { page: 1, size: 1 };
        let dead = commands::list_dead(view.conn(), &Scope::Everything, None, page).await?;
        metrics::gauge!("openpile_dead_letters", "queue" => "commands").set(figure(dead.total));
        Ok(())
    }
}

/// Counts that nothing has happened yet, so that the first time that something does is seen as a
/// change: what is not there at first seems to have been there always.
pub(crate) fn begin_at_nothing() {
    let orders = |source: OrderSource, result: &'static str| {
        metrics::counter!("openpile_orders_total", "source" => source.as_str(), "result" => result)
            .increment(0);
    };
    for source in OrderSource::ALL {
        for result in ["created", "completed", "failed", "cancelled"] {
            orders(source, result);
        }
    }
    for rule in STUCK {
        metrics::counter!("openpile_order_stuck_total", "rule" => rule.as_str()).increment(0);
    }
    for result in ["success", "failed", "refused"] {
        metrics::counter!("openpile_start_result_total", "result" => result).increment(0);
    }
    for kind in RecordKind::ALL {
        metrics::counter!("openpile_end_reports_total", "kind" => kind.as_str()).increment(0);
    }
    for kind in ["electricity", "service", "occupancy"] {
        count_revenue(kind, Fen::ZERO);
    }
    for issue in Issue::ALL {
        metrics::counter!("openpile_consistency_inconsistent_total", "issue" => issue.as_str())
            .increment(0);
    }
    metrics::counter!("openpile_consistency_checked_total").increment(0);
    metrics::counter!("openpile_status_reports_expected_total").increment(0);
    metrics::counter!("openpile_status_reports_received_total").increment(0);
    metrics::counter!("openpile_heartbeats_expected_total").increment(0);
    metrics::counter!("openpile_heartbeats_received_total").increment(0);
    metrics::gauge!("openpile_energy_kwh_total").increment(0.0);
}

/// A count as metrics want it; more than a double holds exactly is rounded.
#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge shows a size, not an exact count"
)]
pub(crate) fn figure(count: i64) -> f64 {
    count as f64
}
