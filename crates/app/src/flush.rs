//! Live values on their way to the database: one transaction a second for the whole fleet.

use crate::App;
use crate::cluster::Told;
use crate::curves::Chunk;
use crate::outbox::News;
use bus::cluster::Line;
use domain::order::Order;
use kernel::{OrderNo, PhyId, PortNo, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{StoreError, curves, devices, events, orders, ports, status_history};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

/// Events written in one transaction; more wait for the next flush.
const EVENTS_PER_FLUSH: usize = 2000;

/// What one flush writes.
#[derive(Default)]
struct Batch {
    devices: BTreeMap<i64, devices::LiveDevice>,
    ports: Vec<(PhyId, ports::LivePort)>,
    seen: Vec<PhyId>,
    orders: Vec<Order>,
    curves: Vec<Chunk>,
    news: News,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.seen.is_empty()
            && self.orders.is_empty()
            && self.curves.is_empty()
            && self.news.events.is_empty()
            && self.news.changes.is_empty()
    }
}

impl App {
    pub(crate) async fn flush_regularly(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(self.settings.flush_every);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {
                    self.flush().await;
                }
            }
        }
    }

    /// Writes what has changed in memory since the last flush. When the database is away,
    /// nothing is lost: the next flush writes it. Whether it was written.
    pub async fn flush(&self) -> bool {
        let now = self.now();
        let mut batch = self.collect(now);
        let mut outcome = self.write_batch(&batch).await;
        if let Err(error) = &outcome
            && !error.is_unavailable()
        {
            // Refused, and refused again for ever: the values of the fleet must not wait for it.
            let lost = std::mem::take(&mut batch.news);
            let count = lost.events.len() + lost.changes.len();
            error!(error = error.cause(), count, "news refused by the database");
            metrics::counter!("openpile_news_dropped_total").increment(count as u64);
            outcome = self.write_batch(&batch).await;
        }
        if !batch.is_empty() {
            let failure = outcome.as_ref().err().map(StoreError::cause);
            self.writes.note(now, failure);
        }
        match outcome {
            Ok(()) => {
                self.curves.written();
                self.ring_outbox(!batch.news.events.is_empty());
                true
            }
            Err(error) => {
                warn!(
                    error = error.cause(),
                    devices = batch.seen.len(),
                    "live values not written, trying again"
                );
                metrics::counter!("openpile_flush_failures_total").increment(1);
                self.put_back(batch);
                false
            }
        }
    }

    fn collect(&self, now: Timestamp) -> Batch {
        let mut batch = Batch::default();
        let tells = self.bus.line().is_some_and(Line::is_up);
        let mut told = Vec::new();
        let drained = self.live.drain_dirty(|live| {
            if !self.looks_after_live(live) {
                // Whoever carries it writes what it says.
                for port in &mut live.ports {
                    port.dirty = false;
                }
                return None;
            }
            let device = devices::LiveDevice {
                id: live.id,
                last_seen_at: live.last_seen,
                online_since: live.online_since,
                rssi: live.vitals.signal,
                temp: live.vitals.temperature_c,
                ip: live.ip.map(|ip| ip.to_string()),
            };
            let mut dirty = Vec::new();
            for port in live.ports.iter_mut().filter(|port| port.dirty) {
                port.dirty = false;
                let order = self.orders.on_port(&live.phy_id, port.port);
                dirty.push(port.to_row(live.id, order, now));
            }
            let turned = live.told_online != live.is_online();
            if tells && (turned || !dirty.is_empty()) && self.sessions.find(&live.phy_id).is_some()
            {
                live.told_online = live.is_online();
                let news: Vec<PortNo> = dirty.iter().map(|port| port.port_no).collect();
                let on_port = |port| self.orders.on_port(&live.phy_id, port);
                told.push(Told::of(live, &news, on_port));
            }
            Some((live.phy_id.clone(), device, dirty))
        });
        self.tell_values(&told);
        for (phy_id, device, dirty) in drained.into_iter().flatten() {
            batch.devices.insert(device.id.0, device);
            batch
                .ports
                .extend(dirty.into_iter().map(|port| (phy_id.clone(), port)));
            batch.seen.push(phy_id);
        }
        for order_no in self.orders.drain_dirty() {
            let Some(slot) = self.orders.slot(order_no) else {
                continue;
            };
            match slot.try_lock() {
                Ok(order) => batch.orders.extend(order.clone()),
                // Somebody is working on it; the next flush sees the outcome.
                Err(_) => self.orders.mark_dirty(order_no),
            }
        }
        batch.curves = self
            .curves
            .take(now, |order_no| self.orders.slot(order_no).is_some());
        let mut news = self.news.lock();
        let taken = news.events.len().min(EVENTS_PER_FLUSH);
        let rest = news.events.split_off(taken);
        batch.news.events = std::mem::replace(&mut news.events, rest);
        batch.news.changes = std::mem::take(&mut news.changes);
        batch
    }

    async fn write_batch(&self, batch: &Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        let devices: Vec<devices::LiveDevice> = batch.devices.values().cloned().collect();
        let mut ports: Vec<ports::LivePort> =
            batch.ports.iter().map(|(_, port)| port.clone()).collect();
        ports.sort_by_key(|port| (port.device_id, port.port_no));
        // All writers take orders before ports, so that none waits for another in a circle.
        let mut tx = self.db.begin().await?;
        if !batch.orders.is_empty() {
            orders::flush_live(tx.conn(), &batch.orders).await?;
        }
        if !devices.is_empty() {
            devices::flush_live(tx.conn(), self.run(), &devices).await?;
        }
        if !ports.is_empty() {
            ports::flush_live(tx.conn(), self.run(), &ports).await?;
        }
        if !batch.curves.is_empty() {
            curves::insert(tx.conn(), &batch.curves).await?;
        }
        if !batch.news.changes.is_empty() {
            status_history::insert(tx.conn(), &batch.news.changes).await?;
        }
        if !batch.news.events.is_empty() {
            events::insert(tx.conn(), &batch.news.events).await?;
        }
        tx.commit().await
    }

    fn put_back(&self, batch: Batch) {
        let mut by_device: BTreeMap<PhyId, Vec<PortNo>> = batch
            .seen
            .into_iter()
            .map(|phy_id| (phy_id, Vec::new()))
            .collect();
        for (phy_id, port) in batch.ports {
            by_device.entry(phy_id).or_default().push(port.port_no);
        }
        for (phy_id, ports) in by_device {
            self.live.change(&phy_id, |live| {
                for port in ports {
                    live.port_mut(port).dirty = true;
                }
            });
        }
        let order_nos: Vec<OrderNo> = batch.orders.iter().map(|order| order.order_no).collect();
        for order_no in order_nos {
            self.orders.mark_dirty(order_no);
        }
        self.curves.put_back(batch.curves);
        self.put_news_back(batch.news);
    }
}
