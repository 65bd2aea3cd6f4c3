//! Fire safety: charges of e-bikes are watched in memory, and cut off when a rule is broken.
//!
//! [`feed`] hands every report to the watch of its order, without a database. What breaks a rule
//! waits in a list, and so does power that flows without an order; [`cut_off`] stops the charge, keeps the evidence, raises the alarm, locks the
//! port and tells the member; [`aftercare`] looks whether power still flows, repeats and escalates.

mod aftercare;
mod cut_off;
mod feed;
mod limits;
mod release;

pub use limits::StationFireLimits;

use crate::cluster::flowing;
use crate::{App, AppError};
use arc_swap::ArcSwap;
use dashmap::DashMap;
use domain::fire::{FireLimits, FireRule, FireSample, Hit, Watch};
use kernel::{OrderNo, PhyId, PortNo, Timestamp};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use store::fire_cut_offs::{self, CutOff};
use store::fire_limits;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How often it is looked whether power still flows, and whose watch is not needed any more.
const EVERY: Duration = Duration::from_secs(5);
/// How often the thresholds are read anew: another node may have changed them.
const RELOAD_EVERY: Duration = Duration::from_mins(1);
/// Dangers that wait for the database; more are the same fire.
const DANGERS_MAX: usize = 10_000;

/// What memory knows of it.
#[derive(Default)]
pub(crate) struct FireGuard {
    watches: DashMap<OrderNo, Watch>,
    /// Charges that ran before this program did: their curves are to be read.
    unread: Mutex<VecDeque<OrderNo>>,
    dangers: Mutex<VecDeque<Danger>>,
    woken: Notify,
    stations: ArcSwap<HashMap<i64, FireLimits>>,
    /// Ports, or whole devices, that nobody has released yet, and by which rows.
    locks: DashMap<(PhyId, Option<PortNo>), Vec<i64>>,
    /// Cut-offs after which power may still flow.
    flowing: Mutex<Vec<Flowing>>,
}

/// A rule that was broken and has not been dealt with.
#[derive(Clone)]
struct Danger {
    device: PhyId,
    port: Option<PortNo>,
    order: Option<OrderNo>,
    hit: Hit,
    limits: FireLimits,
    samples: Vec<FireSample>,
}

/// A cut-off after which power may still flow.
#[derive(Clone, Debug)]
pub(crate) struct Flowing {
    pub(crate) id: i64,
    pub(crate) device: PhyId,
    pub(crate) port: Option<PortNo>,
    pub(crate) rule: FireRule,
    pub(crate) order: Option<OrderNo>,
    pub(crate) at: Timestamp,
    pub(crate) told_at: Timestamp,
    pub(crate) repeats: u32,
    pub(crate) failed: bool,
}

impl FireGuard {
    /// Somebody set the clock: every watch begins anew, as nobody knows when its readings were.
    pub(crate) fn clock_was_set(&self) {
        for mut watch in self.watches.iter_mut() {
            *watch = Watch::default();
        }
    }

    /// Keeps the place of a cut-off from being used.
    pub(crate) fn lock(&self, row: &CutOff) {
        let place = (row.phy_id.clone(), row.port_no);
        let mut ids = self.locks.entry(place).or_default();
        if !ids.contains(&row.id) {
            ids.push(row.id);
        }
    }

    /// The rows that keep places from being used.
    pub(crate) fn known_rows(&self) -> Vec<i64> {
        self.locks
            .iter()
            .flat_map(|ids| ids.value().clone())
            .collect()
    }

    /// These rows do not keep any place any more.
    pub(crate) fn unlock(&self, rows: &[i64]) {
        self.locks.retain(|_, ids| {
            ids.retain(|id| !rows.contains(id));
            !ids.is_empty()
        });
    }

    /// Looks whether power still flows after a cut-off, if nobody here does already.
    pub(crate) fn watch_flow(&self, flowing: Flowing) {
        let mut list = self.flowing.lock();
        if list.iter().all(|known| known.id != flowing.id) {
            list.push(flowing);
        }
    }

    /// Leaves the flows of other devices alone.
    pub(crate) fn keep_flows(&self, ours: impl Fn(&PhyId) -> bool) {
        self.flowing.lock().retain(|flowing| ours(&flowing.device));
    }

    fn add(&self, danger: Danger) {
        let mut dangers = self.dangers.lock();
        let known = dangers.iter().any(|other| {
            (&other.device, other.port, other.order) == (&danger.device, danger.port, danger.order)
        });
        if known || dangers.len() >= DANGERS_MAX {
            return;
        }
        dangers.push_back(danger);
        drop(dangers);
        self.woken.notify_one();
    }
}

impl App {
    pub(crate) async fn fire_regularly(self: Arc<Self>, stop: CancellationToken) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut reload = tokio::time::interval(RELOAD_EVERY);
        reload.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let outcome = tokio::select! {
                () = stop.cancelled() => return,
                () = self.fire.woken.notified() => self.guard_fires().await,
                _ = tick.tick() => self.look_after_fires().await,
                _ = reload.tick() => self.load_fire_limits().await,
            };
            if let Err(error) = outcome {
                warn!(%error, "fire safety waits for the database");
            }
        }
    }

    /// The look of every few seconds: dangers that waited, power that still flows.
    ///
    /// # Errors
    /// When the database is away; nothing is forgotten.
    pub async fn look_after_fires(self: &Arc<Self>) -> Result<(), AppError> {
        self.read_curves().await?;
        self.guard_fires().await?;
        self.look_after_cut_offs().await?;
        self.fire
            .watches
            .retain(|order_no, _| self.orders.slot(*order_no).is_some());
        Ok(())
    }

    /// Thresholds, locks and unfinished cut-offs come back into memory.
    pub(crate) async fn restore_fires(&self) -> Result<(), AppError> {
        self.load_fire_limits().await?;
        let mut view = self.db.view().await?;
        let rows = fire_cut_offs::list_alive(view.conn()).await?;
        drop(view);
        for row in rows {
            if row.lock_state == "locked" {
                self.fire.lock(&row);
            }
            if row.state != "off" && self.looks_after(&row.phy_id) {
                self.fire.watch_flow(flowing(&row));
            }
        }
        Ok(())
    }

    pub(crate) async fn load_fire_limits(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let rows = fire_limits::all(view.conn()).await?;
        let limits = rows.into_iter().filter_map(|row| {
            let limits = serde_json::from_value(row.limits).ok()?;
            Some((row.station_id, limits))
        });
        self.fire.stations.store(Arc::new(limits.collect()));
        Ok(())
    }

    /// The thresholds in force at a station.
    pub(crate) fn fire_limits_at(&self, station: Option<i64>) -> FireLimits {
        let own = station.and_then(|id| self.fire.stations.load().get(&id).copied());
        own.unwrap_or_else(|| self.tuned.load().fire)
    }
}
