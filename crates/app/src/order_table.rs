//! The orders that are alive in this process: active ones, and provisional ones in their hold.
//!
//! Each sits behind its own lock, so that everything that happens to one order happens one after
//! the other, while orders never wait for each other. Meter values are kept here between two
//! flushes; state changes go to the database first and only then into this table.

use dashmap::DashMap;
use domain::order::Order;
use kernel::{OrderNo, PhyId, PortNo};
use parking_lot::Mutex as SyncMutex;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// One order and its lock. `None` once it is no longer alive, or when it has to be read anew.
pub(crate) type Slot = Arc<Mutex<Option<Order>>>;

/// All orders alive.
#[derive(Default)]
pub struct OrderTable {
    orders: DashMap<OrderNo, Slot>,
    /// The ports of a device that have an active order.
    by_device: DashMap<PhyId, Vec<(PortNo, OrderNo)>>,
    dirty: SyncMutex<HashSet<OrderNo>>,
}

impl OrderTable {
    /// Adds an order that was loaded from the database.
    pub fn insert(&self, order: Order) {
        self.note_port(&order);
        self.orders
            .insert(order.order_no, Arc::new(Mutex::new(Some(order))));
    }

    /// The active order of a port.
    pub fn on_port(&self, phy_id: &PhyId, port: PortNo) -> Option<OrderNo> {
        let ports = self.by_device.get(phy_id)?;
        ports
            .iter()
            .find(|(number, _)| *number == port)
            .map(|(_, order_no)| *order_no)
    }

    /// The active orders of a device.
    pub fn of_device(&self, phy_id: &PhyId) -> Vec<OrderNo> {
        self.by_device
            .get(phy_id)
            .map(|ports| ports.iter().map(|(_, order_no)| *order_no).collect())
            .unwrap_or_default()
    }

    /// Remembers which active order a port has, where another node looks after it.
    pub(crate) fn point(&self, phy_id: &PhyId, port: PortNo, order_no: Option<OrderNo>) {
        if let Some(mut ports) = self.by_device.get_mut(phy_id) {
            ports.retain(|(held, _)| *held != port);
        }
        if let Some(order_no) = order_no {
            let mut ports = self.by_device.entry(phy_id.clone()).or_default();
            ports.push((port, order_no));
        }
        self.by_device
            .remove_if(phy_id, |_, ports| ports.is_empty());
    }

    /// The same for all ports of a device.
    pub(crate) fn point_all(&self, phy_id: &PhyId, held: Vec<(PortNo, OrderNo)>) {
        if held.is_empty() {
            self.by_device.remove(phy_id);
        } else {
            self.by_device.insert(phy_id.clone(), held);
        }
    }

    fn note_port(&self, order: &Order) {
        let place = (order.port_no, order.order_no);
        if order.status.is_active() {
            let mut ports = self.by_device.entry(order.phy_id.clone()).or_default();
            ports.retain(|(port, _)| *port != order.port_no);
            ports.push(place);
            return;
        }
        if let Some(mut ports) = self.by_device.get_mut(&order.phy_id) {
            ports.retain(|held| *held != place);
        }
        self.by_device
            .remove_if(&order.phy_id, |_, ports| ports.is_empty());
    }

    /// The slot of an order, without waiting for its lock.
    pub(crate) fn slot(&self, order_no: OrderNo) -> Option<Slot> {
        self.orders.get(&order_no).map(|slot| slot.clone())
    }

    /// Locks an order. Orders that are not alive have a lock too, so that two late reports of
    /// one order cannot run at once; it is forgotten with the guard.
    pub async fn lock(&self, order_no: OrderNo) -> Guard<'_> {
        let slot = self.orders.entry(order_no).or_default().clone();
        Guard {
            table: self,
            order_no,
            doubtful: false,
            order: slot.lock_owned().await,
        }
    }

    /// The order as it is in memory, after whoever works on it now.
    pub async fn peek(&self, order_no: OrderNo) -> Option<Order> {
        let slot = self.slot(order_no)?;
        let order = slot.lock().await;
        order.clone()
    }

    /// Remembers that an order's meter values are newer than the database.
    pub fn mark_dirty(&self, order_no: OrderNo) {
        self.dirty.lock().insert(order_no);
    }

    /// The orders whose meter values are newer than the database.
    pub fn drain_dirty(&self) -> Vec<OrderNo> {
        std::mem::take(&mut *self.dirty.lock())
            .into_iter()
            .collect()
    }

    /// Every order number in the table.
    pub fn all(&self) -> Vec<OrderNo> {
        self.orders.iter().map(|entry| *entry.key()).collect()
    }

    /// How many orders are alive.
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }
}

/// Exclusive use of one order.
pub struct Guard<'a> {
    table: &'a OrderTable,
    order_no: OrderNo,
    doubtful: bool,
    order: OwnedMutexGuard<Option<Order>>,
}

impl Guard<'_> {
    /// The order as it is in memory, if it is alive.
    pub fn order(&self) -> Option<&Order> {
        self.order.as_ref()
    }

    /// Stores the committed state. An order that is neither active nor in its hold leaves the
    /// table with the guard.
    pub fn store(&mut self, order: Order) {
        self.table.note_port(&order);
        let alive = order.status.is_active() || order.hold_until.is_some();
        *self.order = alive.then_some(order);
        self.doubtful = false;
    }

    /// Leaves an order to another node. Its port still shows it.
    pub fn let_go(&mut self, order: &Order) {
        self.table.note_port(order);
        *self.order = None;
        self.doubtful = false;
    }

    /// Forgets what memory holds, after another writer proved to be ahead or a commit was cut
    /// off. The order stays in the table: whoever comes next reads it from the database.
    pub fn forget(&mut self) {
        *self.order = None;
        self.doubtful = true;
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if self.order.is_none() && !self.doubtful {
            // Whoever waits for this lock holds the slot as well; two owners are the map and us.
            let order_no = self.order_no;
            self.table
                .orders
                .remove_if(&order_no, |_, slot| Arc::strong_count(slot) <= 2);
        }
    }
}
