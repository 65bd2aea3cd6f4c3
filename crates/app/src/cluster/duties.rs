//! Work that one node does for all. Each kind has a lease in the database, and prefers one of the
//! living nodes: what a node had goes elsewhere when it ends, and comes to one that joins.

use super::{Cluster, home};
use crate::{App, AppError};
use kernel::RunId;
use std::collections::HashMap;
use std::time::Duration;
use store::cluster::leases;
use tracing::{debug, info};

/// A kind of work that one node does for all, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Duty(pub(crate) &'static str);

impl Duty {
    /// Commands that grew too old, and requests that were written into the database by hand.
    pub(crate) const QUEUES: Self = Self("queues");
    /// Rows that have been kept long enough.
    pub(crate) const PURGE: Self = Self("purge");
    /// Checks of everything against everything.
    pub(crate) const CONSISTENCY: Self = Self("consistency");
    /// Alarms about what all nodes share.
    pub(crate) const SYSTEM: Self = Self("system");
    /// Alarms of the key figures.
    pub(crate) const KEY_FIGURES: Self = Self("key_figures");
}

/// Duties that are no rounds of their own.
const ALONE: [Duty; 5] = [
    Duty::QUEUES,
    Duty::PURGE,
    Duty::CONSISTENCY,
    Duty::SYSTEM,
    Duty::KEY_FIGURES,
];

/// What this node knows of the duties.
#[derive(Debug)]
pub(super) struct Duties {
    /// All kinds.
    kinds: Vec<Duty>,
    /// Those that are this node's, and until when by its own steady clock.
    ours: HashMap<Duty, Duration>,
}

impl Default for Duties {
    fn default() -> Self {
        Self {
            kinds: ALONE.to_vec(),
            ours: HashMap::new(),
        }
    }
}

impl Duties {
    /// Nothing is this node's any more.
    pub(super) fn clear(&mut self) {
        self.ours.clear();
    }
}

impl Cluster {
    /// The kinds of work that are this node's by preference, and those that are another's.
    fn divided(&self) -> (Vec<&'static str>, Vec<&'static str>) {
        let homes: Vec<RunId> = self.homes();
        let kinds = self.duties.lock().kinds.clone();
        let names = kinds.into_iter().map(|duty| duty.0);
        names.partition(|name| home::of(name, &homes) == Some(self.run()))
    }
}

impl App {
    /// Adds a kind of work.
    pub(crate) fn take_part_in(&self, duty: Duty) {
        if let Some(cluster) = &self.cluster {
            cluster.duties.lock().kinds.push(duty);
        }
    }

    /// Whether that work is this node's at present.
    pub(crate) fn holds(&self, duty: Duty) -> bool {
        let Some(cluster) = &self.cluster else {
            return true;
        };
        let until = cluster.duties.lock().ours.get(&duty).copied();
        until.is_some_and(|until| self.clock.steady() < until)
    }

    /// Keeps what is this node's, gives back what another prefers.
    pub(super) async fn renew_duties(&self, cluster: &Cluster) -> Result<(), AppError> {
        let (ours, theirs) = cluster.divided();
        let term = cluster.rules.dead_after;
        // From before the question: the lease in the database ends later than we think.
        let until = self.clock.steady() + term.mul_f64(0.9);
        let had: Vec<Duty> = cluster.duties.lock().ours.keys().copied().collect();
        let to_give: Vec<&str> = theirs
            .into_iter()
            .filter(|name| had.contains(&Duty(name)))
            .collect();
        for name in &to_give {
            cluster.duties.lock().ours.remove(&Duty(name));
        }
        let mut direct = self.db.direct().await?;
        if !to_give.is_empty() {
            debug!(?to_give, "work goes to another node");
            leases::give_back(direct.conn(), cluster.run(), &to_give).await?;
        }
        let held = leases::take(direct.conn(), cluster.run(), &ours, term).await?;
        let is_held = |name: &&&str| held.iter().any(|held| held == **name);
        let held: Vec<Duty> = ours.iter().filter(is_held).map(|name| Duty(name)).collect();
        let new: Vec<&str> = held
            .iter()
            .filter(|duty| !had.contains(duty))
            .map(|duty| duty.0)
            .collect();
        if !new.is_empty() {
            info!(work = new.join(" "), "work for the cluster is done here");
        }
        let mut duties = cluster.duties.lock();
        duties.ours = held.into_iter().map(|duty| (duty, until)).collect();
        #[expect(clippy::cast_precision_loss, reason = "some dozens")]
        metrics::gauge!("openpile_cluster_duties").set(duties.ours.len() as f64);
        Ok(())
    }
}
