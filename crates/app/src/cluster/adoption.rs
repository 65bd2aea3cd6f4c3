//! What comes into memory when a device becomes this node's, and leaves it when it becomes
//! another's.

use crate::live::LiveDevice;
use crate::live_port::LivePort;
use crate::restore::remember;
use crate::sessions::Downlink;
use crate::{App, AppError};
use domain::order::{Order, OrderEvent, OrderStatus};
use kernel::{DeviceId, OrderNo, PhyId};
use std::collections::HashMap;
use std::sync::Arc;
use store::alarms::AlarmRow;
use store::cluster::sessions::Session;
use store::devices::Device;
use store::{alarms, commands, devices, orders, ports};
use tracing::{info, warn};

/// Devices whose rows are read at once.
const AT_ONCE: usize = 500;

impl App {
    /// Reads devices anew, with their ports and open alarms, and takes their orders in.
    ///
    /// # Errors
    /// When the database is away.
    pub(super) async fn adopt(&self, ids: &[DeviceId]) -> Result<(), AppError> {
        for ids in ids.chunks(AT_ONCE) {
            let mut view = self.db.view().await?;
            let rows = devices::all_of(view.conn(), ids).await?;
            let port_rows = ports::all_of(view.conn(), ids).await?;
            let open = alarms::list_open_of(view.conn(), ids).await?;
            let alive = orders::list_alive_of(view.conn(), ids).await?;
            drop(view);
            self.know_anew(&rows, &port_rows, &open);
            for order in alive {
                self.take_in(order).await;
            }
        }
        Ok(())
    }

    /// Puts rows of devices in the place of what memory knew of them.
    pub(super) fn know_anew(&self, rows: &[Device], port_rows: &[ports::Port], open: &[AlarmRow]) {
        let mut by_device: HashMap<DeviceId, Vec<LivePort>> = HashMap::new();
        for row in port_rows {
            let ports = by_device.entry(row.device_id).or_default();
            ports.push(LivePort::from_row(row));
        }
        let mut alarms: HashMap<DeviceId, Vec<&AlarmRow>> = HashMap::new();
        for row in open {
            if let Some(id) = row.device_id {
                alarms.entry(id).or_default().push(row);
            }
        }
        for row in rows {
            let Some(phy_id) = &row.phy_id else { continue };
            let ports = by_device.remove(&row.id).unwrap_or_default();
            self.enliven(phy_id, row, Vec::new());
            let elsewhere = self.holder_of(row);
            let here = self.sessions.find(phy_id).is_some();
            self.live.witness(phy_id, |live| {
                live.know_anew(row, ports, &self.settings);
                live.elsewhere = elsewhere.filter(|_| !here);
                if !here {
                    live.online_since = row.online_since.filter(|_| elsewhere.is_some());
                    live.last_seen = row.last_seen_at;
                    live.offline_since = row.last_seen_at.filter(|_| live.online_since.is_none());
                }
                for alarm in alarms.get(&row.id).into_iter().flatten() {
                    remember(live, alarm);
                }
            });
        }
    }

    /// The other living run that holds a device, by its row.
    pub(crate) fn holder_of(&self, row: &Device) -> Option<kernel::RunId> {
        let cluster = self.cluster.as_ref()?;
        let others = row.session_run.filter(|run| *run != cluster.run());
        others.filter(|run| cluster.is_alive(*run))
    }

    /// Takes an order into memory unless memory is ahead. Its port follows.
    pub(super) async fn take_in(&self, order: Order) {
        let mut guard = self.orders.lock(order.order_no).await;
        let known = guard.order().map(|known| known.version);
        if known.is_none_or(|known| known < order.version) {
            self.take_back(&mut guard, &order);
        }
    }

    /// Reads an order anew that another node has changed, if its device is ours.
    ///
    /// # Errors
    /// When the database is away.
    pub(super) async fn reread(&self, order_no: OrderNo, device: &PhyId) -> Result<(), AppError> {
        if !self.looks_after(device) {
            return Ok(());
        }
        let mut view = self.db.view().await?;
        let found = orders::find_by_no(view.conn(), order_no).await?;
        let Some(order) = found else { return Ok(()) };
        // One that has just been made has raised no alarm and ended none.
        let id = self.live.read(device, |live| live.id);
        if let Some(id) = id.filter(|_| order.status != OrderStatus::Pending) {
            let open = alarms::list_open_of(view.conn(), &[id]).await?;
            self.live.witness(device, |live| {
                live.forget_alarms();
                for alarm in &open {
                    remember(live, alarm);
                }
            });
        }
        drop(view);
        let over = !order.status.is_active();
        self.take_in(order).await;
        if over {
            self.recall_start(order_no);
        }
        Ok(())
    }

    /// A connection of another node carries a device that one of ours carried.
    pub(super) fn lose(&self, device: &PhyId, connection_id: u64) {
        let Some(cluster) = &self.cluster else { return };
        cluster
            .held
            .remove_if(device, |_, held| held.connection == connection_id);
        let connection = self.sessions.find(device);
        if let Some(connection) = connection.filter(|held| held.id == connection_id) {
            self.sessions.unbind(device, connection_id);
            self.forget_flights(&connection, device);
            connection.tell(Downlink::Unbind(device.clone()));
            metrics::counter!("openpile_sessions_replaced_total").increment(1);
            info!(%device, from = %connection.peer, "device has moved to another node");
        }
    }

    /// Sessions of a node that has ended, or went without a word: nobody holds these devices.
    pub(super) async fn freed(&self, freed: &[Session]) {
        self.tell_left(freed);
        let devices: Vec<PhyId> = freed.iter().map(|session| session.phy_id.clone()).collect();
        self.are_alone(&devices).await;
    }

    /// Nobody holds these devices any more: whoever is their home looks after them.
    pub(super) async fn are_alone(&self, devices: &[PhyId]) {
        let now = self.now();
        let mut ours = Vec::new();
        for device in devices {
            if self.sessions.find(device).is_some() {
                continue;
            }
            let id = self.live.witness(device, |live| {
                live.elsewhere = None;
                live.id
            });
            self.go_offline(device, now);
            if self.looks_after(device) {
                ours.extend(id);
            }
        }
        if let Err(error) = self.look_after_devices(&ours).await {
            warn!(%error, devices = ours.len(), "devices that nobody holds are looked after later");
        }
    }

    /// Looks after devices that nobody holds: their orders come into memory, and are marked;
    /// their unanswered commands wait again.
    async fn look_after_devices(&self, ids: &[DeviceId]) -> Result<(), AppError> {
        self.adopt(ids).await?;
        let now = self.now();
        for id in ids {
            let mut direct = self.db.direct().await?;
            commands::requeue_sent(direct.conn(), Some(*id), now).await?;
        }
        let mut alive = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let mut view = self.db.view().await?;
            alive.extend(orders::list_alive_of(view.conn(), ids).await?);
        }
        for order in alive {
            if order.status.is_active() && order.interrupted_at.is_none() {
                let last = self.live.read(&order.phy_id, |live| live.last_seen);
                let since = last.flatten().unwrap_or(now);
                self.happened(order.order_no, OrderEvent::DeviceOffline { since })
                    .await?;
            }
        }
        Ok(())
    }

    /// Finds orders of devices that nobody holds and whose home is here, and lets go of those that
    /// are another's by now.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn look_after_the_lonely(self: &Arc<Self>) -> Result<(), AppError> {
        if self.cluster.is_none() {
            return Ok(());
        }
        let mut view = self.db.view().await?;
        let alone = orders::devices_alone_with_orders(view.conn()).await?;
        drop(view);
        let mut ids = Vec::new();
        for device in alone {
            if self.sessions.find(&device).is_some() {
                continue;
            }
            if self.live.read(&device, |_| ()).is_none() {
                self.ensure_live(&device).await?;
            }
            self.live.witness(&device, |live| live.elsewhere = None);
            if self.looks_after(&device) && self.orders.of_device(&device).is_empty() {
                ids.extend(self.live.read(&device, |live| live.id));
            }
        }
        self.look_after_devices(&ids).await?;
        for order_no in self.orders.all() {
            let Some(slot) = self.orders.slot(order_no) else {
                continue;
            };
            let Ok(order) = slot.try_lock() else { continue };
            let others = order
                .clone()
                .filter(|order| !self.looks_after(&order.phy_id));
            drop(order);
            if let Some(order) = others {
                self.orders.lock(order_no).await.let_go(&order);
            }
        }
        Ok(())
    }
}

impl LiveDevice {
    fn forget_alarms(&mut self) {
        self.conditions.clear();
        self.listed.clear();
        self.locked_by.clear();
    }

    /// Takes what the database knows, with nothing left of what was known before.
    fn know_anew(&mut self, row: &Device, ports: Vec<LivePort>, settings: &crate::Settings) {
        self.take_row(row, settings);
        self.forget_alarms();
        self.ports = ports;
    }
}
