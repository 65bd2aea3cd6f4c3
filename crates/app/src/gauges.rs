//! Figures of how things stand: devices, ports, queues, and whether orders and ports agree.

use crate::{App, AppError};
use device::PortState;
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
        queue("notices_under_way", self.messages_under_way());
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
