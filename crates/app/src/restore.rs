//! What was alive when the program stopped comes back into memory.

use crate::live_port::LivePort;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::order::OrderEvent;
use kernel::{DeviceId, PhyId};
use std::collections::HashMap;
use store::{alarms, commands, devices, orders, ports};
use tracing::info;

impl App {
    /// Loads devices, open alarms, and the orders that are active or in their hold. Nobody has a
    /// session yet: the orders are marked as interrupted, unanswered commands wait again.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn restore(&self) -> Result<(), AppError> {
        let now = self.now();
        let mut direct = self.db.direct().await?;
        commands::requeue_sent(direct.conn(), None, now).await?;
        drop(direct);
        self.load_subscribers().await?;
        let mut view = self.db.view().await?;
        let mut by_device: HashMap<DeviceId, Vec<LivePort>> = HashMap::new();
        for row in ports::all(view.conn()).await? {
            by_device
                .entry(row.device_id)
                .or_default()
                .push(LivePort::from_row(&row));
        }
        let mut names: HashMap<DeviceId, PhyId> = HashMap::new();
        for row in devices::all(view.conn()).await? {
            if let Some(phy_id) = row.phy_id.clone() {
                let ports = by_device.remove(&row.id).unwrap_or_default();
                names.insert(row.id, phy_id.clone());
                self.enliven(&phy_id, &row, ports);
                // Our own absence is not the device's: its silence counts from now.
                self.live
                    .change(&phy_id, |live| live.offline_since = Some(now));
            }
        }
        for row in alarms::list_open_of_devices(view.conn()).await? {
            let phy_id = row.device_id.and_then(|id| names.get(&id));
            if let (Some(phy_id), Some(code)) = (phy_id, AlarmCode::parse(&row.code))
                && row
                    .details
                    .get("fault_code")
                    .is_none_or(serde_json::Value::is_null)
                && code.recovers()
            {
                self.live
                    .change(phy_id, |live| live.set_condition(code, row.port_no, true));
            }
        }
        let alive = orders::list_alive(view.conn(), now).await?;
        drop(view);
        let count = alive.len();
        let mut running = Vec::new();
        for mut order in alive {
            if order.status.is_active() && order.interrupted_at.is_none() {
                running.push(order.order_no);
            }
            order.interrupted_at = order.interrupted_at.map(|_| now);
            self.orders.insert(order);
        }
        for order_no in running {
            self.happened(order_no, OrderEvent::DeviceOffline { since: now })
                .await?;
        }
        info!(devices = self.live.len(), orders = count, "state restored");
        Ok(())
    }
}
