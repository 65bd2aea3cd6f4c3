//! What was alive when the program stopped comes back into memory.

use crate::live::{ListedAlarm, LiveDevice};
use crate::live_port::LivePort;
use crate::port_locks::PortLock;
use crate::{App, AppError};
use device::PortState;
use domain::alarm::{AlarmCode, ToldBy};
use domain::order::{OrderEvent, OrderStatus, PortMove};
use kernel::{DeviceId, PhyId, PortNo, Timestamp};
use serde_json::Value;
use std::collections::HashMap;
use store::alarms::AlarmRow;
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
        if self.cluster.is_none() {
            let mut direct = self.db.direct().await?;
            commands::requeue_sent(direct.conn(), None, now).await?;
        }
        self.load_subscribers().await?;
        self.load_tuned().await?;
        self.load_alarm_rules().await?;
        self.take_blocks().await?;
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
                let elsewhere = self.holder_of(&row);
                // Our own absence is not the device's: its silence counts from now.
                self.live.change(&phy_id, |live| {
                    live.elsewhere = elsewhere;
                    live.offline_since = elsewhere.is_none().then_some(now);
                    live.online_since = row.online_since.filter(|_| elsewhere.is_some());
                });
            }
        }
        for row in alarms::list_open_of_devices(view.conn()).await? {
            let phy_id = row.device_id.and_then(|id| names.get(&id));
            if let Some(phy_id) = phy_id {
                self.live.change(phy_id, |live| remember(live, &row));
            }
        }
        // Also those whose hold ended while nobody was there: that is still to be told.
        let alive = orders::list_alive(view.conn(), Timestamp(0)).await?;
        drop(view);
        self.restore_occupied().await?;
        self.restore_reservations().await?;
        self.restore_fires().await?;
        self.restore_power().await?;
        let count = alive.len();
        let (mut running, mut held) = (Vec::new(), Vec::new());
        for mut order in alive {
            if !self.looks_after(&order.phy_id) {
                if order.status.is_active() {
                    let (device, port) = (&order.phy_id, order.port_no);
                    self.orders.point(device, port, Some(order.order_no));
                }
                continue;
            }
            if order.status.is_active() && order.interrupted_at.is_none() {
                running.push(order.order_no);
            }
            order.interrupted_at = order.interrupted_at.map(|_| now);
            let port = (order.phy_id.clone(), order.port_no, order.status);
            self.orders.insert(order);
            held.extend(port.2.is_active().then_some(port));
        }
        self.free_left_over_ports();
        for (device, port, status) in held {
            self.hold_again(&device, port, status);
        }
        self.restore_watches().await?;
        self.restore_kpis().await?;
        for order_no in running {
            self.happened(order_no, OrderEvent::DeviceOffline { since: now })
                .await?;
        }
        info!(devices = self.live.len(), orders = count, "state restored");
        Ok(())
    }

    /// Ports that run an order which is over: the program ended before it could write what it
    /// knew of them.
    fn free_left_over_ports(&self) {
        let mut left_over = Vec::new();
        self.live.for_each(|live| {
            let over = live.ports.iter().filter(|port| {
                matches!(
                    port.memory.state,
                    PortState::Starting | PortState::Charging | PortState::Suspended
                ) && self.orders.on_port(&live.phy_id, port.port).is_none()
            });
            left_over.extend(over.map(|port| (live.phy_id.clone(), port.port)));
        });
        for (device, port) in left_over {
            self.move_port(&device, port, PortMove::Release);
        }
    }

    /// The port of an active order shows it, also where the last values were not written.
    fn hold_again(&self, device: &PhyId, port: PortNo, status: OrderStatus) {
        let state = self
            .live
            .read(device, |live| live.port(port).map(|port| port.memory.state))
            .flatten();
        let runs = matches!(state, Some(PortState::Charging | PortState::Suspended));
        match status {
            OrderStatus::Charging if !runs => self.move_port(device, port, PortMove::Charge),
            OrderStatus::Pending => self.move_port(device, port, PortMove::Hold),
            _ => {}
        }
    }
}

/// Remembers an open alarm where its end will be noticed.
pub(crate) fn remember(live: &mut LiveDevice, row: &AlarmRow) {
    let Some(code) = AlarmCode::parse(&row.code) else {
        return;
    };
    if let Some(lock) = PortLock::of_row(row) {
        live.set_lock(lock, true);
    }
    let port = row.port_no;
    let said = row.details.get("fault_code").and_then(Value::as_u64);
    let Some(fault_code) = said.and_then(|code| u32::try_from(code).ok()) else {
        if code.recovers() {
            live.set_condition(code, port, true);
        }
        return;
    };
    let told_by = row.details.get("told_by").and_then(Value::as_str);
    match (told_by.map(ToldBy::parse).unwrap_or_default(), port) {
        (ToldBy::List, _) => {
            let fault = ListedAlarm {
                code,
                port,
                fault_code,
            };
            live.set_listed(fault, true);
        }
        (ToldBy::PortState, Some(port)) => live.port_mut(port).remember_fault(fault_code),
        (ToldBy::PortState, None) | (ToldBy::Message, _) => {}
    }
}
