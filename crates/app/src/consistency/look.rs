//! The look itself.

use crate::cluster::Duty;
use crate::{App, AppError, LiveDevice};
use domain::consistency::{Issue, charges, of_charging_order};
use domain::order::OrderStatus;
use kernel::{OrderNo, PhyId};
use std::collections::HashSet;
use store::consistency::{self, Found};

/// Orders or devices after which others are let through.
const YIELD_EVERY: usize = 1_000;
/// Findings of one look; a thousand are as alarming as ten thousand.
const FOUND_MAX: usize = 10_000;

/// What a look saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Charging orders.
    pub(super) checked: u64,
    /// Those that do not agree with their port.
    pub(super) inconsistent: u64,
    /// Everything that does not hang together.
    pub(super) found: Vec<Found>,
}

impl App {
    /// Looks at everything once.
    pub(super) async fn look_for_inconsistencies(&self) -> Result<Seen, AppError> {
        let mut seen = Seen::default();
        self.look_at_orders(&mut seen).await;
        self.look_at_connections(&mut seen);
        self.look_at_database(&mut seen).await?;
        seen.found.truncate(FOUND_MAX);
        Ok(seen)
    }

    async fn look_at_orders(&self, seen: &mut Seen) {
        for (number, order_no) in self.orders.all().into_iter().enumerate() {
            if number % YIELD_EVERY == YIELD_EVERY - 1 {
                tokio::task::yield_now().await;
            }
            let Some(slot) = self.orders.slot(order_no) else {
                continue;
            };
            // Whoever is working on it has it in hand.
            let Ok(guard) = slot.try_lock() else {
                continue;
            };
            let Some(order) = guard
                .as_ref()
                .filter(|order| order.status == OrderStatus::Charging)
            else {
                continue;
            };
            seen.checked += 1;
            let (phy_id, port_no) = (order.phy_id.clone(), order.port_no);
            let device_id = order.device_id.0;
            drop(guard);
            let state = self
                .live
                .read(&phy_id, |live| {
                    live.port(port_no).map(|port| port.memory.state)
                })
                .flatten();
            let found = of_charging_order(order_no, OrderStatus::Charging.as_str(), state);
            seen.inconsistent += u64::from(!found.is_empty());
            seen.found
                .extend(found.into_iter().map(|(issue_type, details)| Found {
                    issue_type,
                    object_id: order_no.to_string(),
                    order_no: Some(order_no.to_string()),
                    device_id: Some(device_id),
                    phy_id: Some(phy_id.to_string()),
                    port_no: Some(i32::from(port_no.0)),
                    details,
                }));
        }
    }

    fn look_at_connections(&self, seen: &mut Seen) {
        self.live.for_each(|live| {
            if !self.looks_after_live(live) {
                return;
            }
            let connected = self.sessions.find(&live.phy_id).is_some();
            if live.is_online() && !connected {
                let details = format!("Device {} is online without a connection", live.phy_id);
                seen.found
                    .push(of_device(live, Issue::TrackerMismatch, details));
            }
            for port in &live.ports {
                let charging = charges(port.memory.state);
                if charging && self.orders.on_port(&live.phy_id, port.port).is_none() {
                    let details = format!(
                        "Port {} of {} status={} but no active order",
                        port.port,
                        live.phy_id,
                        port.memory.state.as_str()
                    );
                    seen.found.push(Found {
                        object_id: format!("{}/{}", live.phy_id, port.port),
                        port_no: Some(i32::from(port.port.0)),
                        ..of_device(live, Issue::LonelyChargingPort, details)
                    });
                }
            }
        });
    }

    /// Orders that the database believes active and nobody looks after, and ports with several.
    async fn look_at_database(&self, seen: &mut Seen) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let stored = consistency::active_orders(view.conn()).await?;
        let stored = stored.into_iter();
        let stored = stored.filter(|(_, device)| self.looks_after(device));
        if self.holds(Duty::CONSISTENCY) {
            seen.found
                .extend(consistency::duplicates(view.conn()).await?);
        }
        drop(view);
        // Taken after the database was read: an order that is new since then is in memory only.
        let known: HashSet<OrderNo> = self.orders.all().into_iter().collect();
        let mut forgotten: Vec<(OrderNo, PhyId)> = stored
            .filter(|(number, _)| !known.contains(number))
            .collect();
        if !forgotten.is_empty() {
            // One may have ended between the two looks.
            let mut view = self.db.view().await?;
            let again = consistency::active_orders(view.conn()).await?;
            let again: HashSet<OrderNo> = again.into_iter().map(|(number, _)| number).collect();
            forgotten.retain(|(number, _)| again.contains(number));
        }
        let forgotten = forgotten.into_iter();
        seen.found.extend(forgotten.map(|(order_no, device)| Found {
            issue_type: Issue::ForgottenOrder,
            object_id: order_no.to_string(),
            order_no: Some(order_no.to_string()),
            device_id: None,
            phy_id: Some(device.to_string()),
            port_no: None,
            details: format!("Order {order_no} is active in the database only"),
        }));
        Ok(())
    }
}

fn of_device(live: &LiveDevice, issue_type: Issue, details: String) -> Found {
    Found {
        issue_type,
        object_id: live.phy_id.to_string(),
        order_no: None,
        device_id: Some(live.id.0),
        phy_id: Some(live.phy_id.to_string()),
        port_no: None,
        details,
    }
}
