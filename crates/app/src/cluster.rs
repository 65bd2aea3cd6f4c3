//! Several nodes over one database. Each holds the connections of some devices and looks after
//! these; what all must agree on stands in the database, and a node that is taken for dead by the
//! others lets go of everything.
//!
//! * [`membership`]: which runs of the program are alive; joining, dying, leaving;
//! * [`duties`]: work that one of them does for all;
//! * [`sessions`]: which run holds which device, and since which epoch;
//! * [`adoption`]: what comes into memory with a device, and leaves it;
//! * [`replicas`]: what this node knows of devices that others hold;
//! * [`entries`]: the register in Redis that other programs read;
//! * [`hearing`]: what the others say.
//!
//! A device is *ours* while a connection of this node carries it, and while nobody holds it and
//! this node is its home. Being ours makes a node look after deadlines and conditions; it is not
//! what keeps two nodes from doing the same thing: versions and states of rows are.

mod adoption;
mod answers;
mod continuity;
mod duties;
mod entries;
mod hearing;
mod home;
mod membership;
mod others_deeds;
mod replicas;
mod sessions;
mod watch;

use continuity::Continuity;
pub(crate) use duties::Duty;
pub(crate) use others_deeds::flowing;
pub(crate) use replicas::Told;

use crate::order_table::Guard;
use crate::{App, AppError, LiveDevice};
use arc_swap::ArcSwap;
use bus::Word;
use dashmap::DashMap;
use domain::order::Order;
use duties::Duties;
use kernel::{DeviceId, OrderNo, PhyId, RunId};
use parking_lot::Mutex;
use sessions::Request;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use store::cluster::runs::{Run, RunState};
use store::orders;
use tokio::sync::mpsc;

/// How this node takes part in a cluster.
#[derive(Clone, Debug)]
pub struct ClusterRules {
    /// Its name; no other node has it.
    pub node: String,
    /// Its data directory's own name: a run of the same directory was this node's before.
    pub home: String,
    /// Its version of the program.
    pub version: String,
    /// How often it says that it is there.
    pub beat_every: Duration,
    /// A node that has been silent for so long is taken for dead.
    pub dead_after: Duration,
}

/// What this node knows of the cluster.
pub(crate) struct Cluster {
    rules: ClusterRules,
    run: AtomicI64,
    /// The runs that have not ended, this one among them.
    living: ArcSwap<Vec<Run>>,
    duties: Mutex<Duties>,
    hearing: Mutex<Continuity>,
    /// Since when Redis has been away, by the steady clock.
    redis_away_since: Mutex<Option<Duration>>,
    /// Devices that connections of this node carry, as far as the database knows of it.
    held: DashMap<PhyId, Held>,
    requests: mpsc::Sender<Request>,
    waiting: Mutex<Option<mpsc::Receiver<Request>>>,
}

/// A device that this run holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    connection: u64,
    device: DeviceId,
    epoch: i64,
}

impl Cluster {
    pub(crate) fn new(rules: ClusterRules) -> Self {
        let (requests, waiting) = mpsc::channel(sessions::REQUESTS_MAX);
        Self {
            rules,
            run: AtomicI64::new(0),
            living: ArcSwap::default(),
            duties: Mutex::default(),
            hearing: Mutex::default(),
            redis_away_since: Mutex::default(),
            held: DashMap::new(),
            requests,
            waiting: Mutex::new(Some(waiting)),
        }
    }

    pub(crate) fn run(&self) -> RunId {
        RunId(self.run.load(Ordering::Acquire))
    }

    /// The runs that live, as was seen a moment ago.
    pub(crate) fn living(&self) -> Arc<Vec<Run>> {
        self.living.load_full()
    }

    fn is_alive(&self, run: RunId) -> bool {
        self.living.load().iter().any(|other| other.id == run)
    }

    /// The runs among which the devices that nobody holds are divided.
    fn homes(&self) -> Vec<RunId> {
        let living = self.living.load();
        let up = |run: &&Run| run.state == RunState::Up;
        let homes: Vec<RunId> = living.iter().filter(up).map(|run| run.id).collect();
        if homes.is_empty() {
            living.iter().map(|run| run.id).collect()
        } else {
            homes
        }
    }
}

/// How a device can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Over a connection of this node.
    Here,
    /// Over a connection of another node, or one that is just being written down: what waits in
    /// its queue is delivered there.
    Elsewhere,
    /// Not at all at present.
    Away,
}

impl App {
    /// This run of the program; none where there is one node alone.
    pub(crate) fn run(&self) -> Option<RunId> {
        self.cluster.as_ref().map(Cluster::run)
    }

    /// Whether this node looks after a device.
    pub(crate) fn looks_after(&self, device: &PhyId) -> bool {
        if self.cluster.is_none() {
            return true;
        }
        let known = self.live.read(device, |live| self.looks_after_live(live));
        known.unwrap_or_else(|| self.is_home_of(device))
    }

    /// The same, for whoever looks at the device already.
    pub(crate) fn looks_after_live(&self, live: &LiveDevice) -> bool {
        self.cluster.is_none()
            || self.sessions.find(&live.phy_id).is_some()
            || (live.elsewhere.is_none() && self.is_home_of(&live.phy_id))
    }

    fn is_home_of(&self, device: &PhyId) -> bool {
        self.cluster.as_ref().is_none_or(|cluster| {
            home::of(device.as_str(), &cluster.homes()) == Some(cluster.run())
        })
    }

    /// Keeps an order in memory as it was committed, if this node looks after it; otherwise tells
    /// whoever does.
    pub(crate) fn keep_order(&self, guard: &mut Guard<'_>, order: Order) {
        if self.looks_after(&order.phy_id) {
            guard.store(order);
            return;
        }
        if let Some(line) = self.bus.line() {
            line.tell(Word::Order {
                order: order.order_no,
                device: order.phy_id.clone(),
            });
        }
        guard.let_go(&order);
    }

    /// The other run that holds a device's connection, as far as is known here.
    pub(crate) fn held_elsewhere(&self, device: &PhyId) -> Option<RunId> {
        self.live.read(device, |live| live.elsewhere).flatten()
    }

    /// How a device can be reached now.
    pub(crate) fn reach_of(&self, device: &PhyId) -> Reach {
        if let Some(connection) = self.sessions.find(device) {
            let written = |cluster: &Cluster| {
                let held = cluster.held.get(device).map(|held| held.connection);
                held == Some(connection.id)
            };
            // Until the others know of it, what is said to the device waits in its queue.
            if self.cluster.as_ref().is_none_or(written) {
                Reach::Here
            } else {
                Reach::Elsewhere
            }
        } else if self.held_elsewhere(device).is_some() {
            Reach::Elsewhere
        } else {
            Reach::Away
        }
    }

    /// The order behind a lock, from the database where another node looks after it.
    pub(crate) async fn order_behind(
        &self,
        guard: &Guard<'_>,
        order_no: OrderNo,
    ) -> Result<Option<Order>, AppError> {
        if let Some(order) = guard.order() {
            return Ok(Some(order.clone()));
        }
        let mut view = self.db.view().await?;
        Ok(orders::find_by_no(view.conn(), order_no).await?)
    }

    /// An order as it is now: from memory where it is looked after here, else from the database.
    pub(crate) async fn order_now(&self, order_no: OrderNo) -> Result<Option<Order>, AppError> {
        if let Some(order) = self.orders.peek(order_no).await {
            return Ok(Some(order));
        }
        let mut view = self.db.view().await?;
        Ok(orders::find_by_no(view.conn(), order_no).await?)
    }

    /// The active orders of all nodes, with the newest values where they are looked after here.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn active_orders(&self) -> Result<Vec<Order>, AppError> {
        let mut active = Vec::new();
        if self.cluster.is_some() {
            let mut view = self.db.view().await?;
            active = orders::list_active(view.conn()).await?;
            drop(view);
            for order in &mut active {
                self.overlay(order);
            }
            return Ok(active);
        }
        for order_no in self.orders.all() {
            let order = self.orders.peek(order_no).await;
            active.extend(order.filter(|order| order.status.is_active()));
        }
        Ok(active)
    }
}
