//! Joining the cluster, staying in it, leaving it; and what becomes of those who fell silent.

use super::Cluster;
use crate::sessions::Downlink;
use crate::{App, AppError};
use kernel::RunId;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use store::cluster::runs::{self, NewRun, Run};
use store::cluster::{leases, sessions};
use store::deliveries;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// Sessions of a dead node that are ended in one statement.
const FREED_AT_ONCE: u16 = 1000;

/// How often sessions of runs that ended without letting go are looked for.
const LOOK_FOR_LEFT_OVER_EVERY: u32 = 15;

impl App {
    /// Begins a run in the cluster, at the start of the program.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when another node that is alive has the name.
    pub(crate) async fn join_cluster(&self) -> Result<(), AppError> {
        let Some(cluster) = &self.cluster else {
            return Ok(());
        };
        let run = self.begin_run(cluster).await?;
        self.see_who_lives(cluster).await?;
        info!(node = cluster.rules.node, %run, nodes = cluster.living.load().len(),
            "joined the cluster");
        Ok(())
    }

    /// A run of the same name and data directory is over, because we are here. Any other gets the
    /// chance to show that it is alive.
    async fn begin_run(&self, cluster: &Cluster) -> Result<RunId, AppError> {
        let rules = &cluster.rules;
        let new = NewRun {
            node: rules.node.clone(),
            home: rules.home.clone(),
            version: rules.version.clone(),
        };
        let mut seen: Option<Run> = None;
        loop {
            let tx = self.db.begin().await?;
            if let Some(run) = runs::begin(tx, &new).await? {
                cluster.run.store(run.0, Ordering::Release);
                if let Some(line) = self.bus.line() {
                    line.speak_as(run);
                }
                return Ok(run);
            }
            let mut direct = self.db.direct().await?;
            let Some(holder) = runs::of_node(direct.conn(), &rules.node).await? else {
                continue;
            };
            let patience = i64::try_from(rules.dead_after.as_millis()).unwrap_or(i64::MAX);
            if holder.home == rules.home || holder.silent_ms > patience {
                info!(node = rules.node, run = %holder.id, "the last run of this node is over");
                runs::end(direct.conn(), holder.id).await?;
                drop(direct);
                self.bury(holder.id).await?;
                continue;
            }
            drop(direct);
            if seen.is_some_and(|seen| seen.id == holder.id && seen.seen_at < holder.seen_at) {
                error!(node = rules.node, run = %holder.id, "another node has this name");
                return Err(AppError::Conflict(
                    "cluster.node: another node of this name is alive",
                ));
            }
            warn!(node = rules.node, run = %holder.id,
                "a run of this name has not ended; waiting whether it is alive");
            seen = Some(holder);
            tokio::time::sleep(rules.beat_every * 2).await;
        }
    }

    pub(crate) async fn beat_regularly(self: Arc<Self>, stop: CancellationToken) {
        let Some(cluster) = &self.cluster else { return };
        let mut tick = tokio::time::interval(cluster.rules.beat_every);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut beats: u32 = 0;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            let outcome = self.beat(cluster, beats).await;
            beats = beats.wrapping_add(1);
            if let Err(error) = outcome {
                warn!(%error, "the other nodes cannot hear this one");
            }
        }
    }

    async fn beat(self: &Arc<Self>, cluster: &Cluster, beats: u32) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        if !runs::beat(direct.conn(), cluster.run()).await? {
            drop(direct);
            return self.come_back_from_the_dead(cluster).await;
        }
        drop(direct);
        let changed = self.see_who_lives(cluster).await?;
        self.renew_duties(cluster).await?;
        let dead_after = cluster.rules.dead_after;
        let heard_for = cluster
            .hearing
            .lock()
            .heard(self.clock.steady(), dead_after / 2);
        // While the database was away nobody was heard: who cannot tell silence from that is
        // patient with the others as long as with itself.
        if heard_for > dead_after {
            self.end_the_silent(cluster).await?;
        }
        if changed || beats.is_multiple_of(LOOK_FOR_LEFT_OVER_EVERY) {
            self.bury_left_over(cluster).await?;
        }
        Ok(())
    }

    /// Whether the living are others than before.
    async fn see_who_lives(&self, cluster: &Cluster) -> Result<bool, AppError> {
        let mut view = self.db.view().await?;
        let living = runs::living(view.conn()).await?;
        drop(view);
        let what = |run: &Run| (run.id, run.state);
        let before = cluster.living.load();
        let changed = !before.iter().map(what).eq(living.iter().map(what));
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        metrics::gauge!("openpile_cluster_nodes").set(living.len() as f64);
        cluster.living.store(Arc::new(living));
        Ok(changed)
    }

    async fn end_the_silent(self: &Arc<Self>, cluster: &Cluster) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        let ended = runs::end_silent(direct.conn(), cluster.rules.dead_after).await?;
        drop(direct);
        for run in ended {
            warn!(%run, "a node has been silent for too long and counts as dead");
            metrics::counter!("openpile_cluster_nodes_lost_total").increment(1);
            self.bury(run).await?;
        }
        Ok(())
    }

    /// Sessions of runs that have ended and let go of nothing: whoever ended them was cut off.
    async fn bury_left_over(self: &Arc<Self>, cluster: &Cluster) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let holders = sessions::holders(view.conn()).await?;
        drop(view);
        for run in holders {
            if !cluster.is_alive(run) {
                self.bury(run).await?;
            }
        }
        Ok(())
    }

    /// Frees everything that a run held which has ended.
    async fn bury(&self, run: RunId) -> Result<(), AppError> {
        let mut direct = self.db.direct().await?;
        leases::give_back_all(direct.conn(), run).await?;
        deliveries::release_of_run(direct.conn(), run, self.now()).await?;
        loop {
            let freed = sessions::release_of_run(direct.conn(), run, FREED_AT_ONCE).await?;
            if freed.is_empty() {
                break;
            }
            info!(%run, devices = freed.len(), "devices of a node that has ended are free");
            self.freed(&freed).await;
        }
        Ok(())
    }

    /// The others took this run for dead and have taken over what it held. Nothing of it may be
    /// used any more: all connections are closed, and a new run begins.
    async fn come_back_from_the_dead(self: &Arc<Self>, cluster: &Cluster) -> Result<(), AppError> {
        error!(run = %cluster.run(), "the other nodes took this one for dead; it begins anew");
        metrics::counter!("openpile_cluster_fenced_total").increment(1);
        cluster.duties.lock().clear();
        cluster.held.clear();
        for device in self.sessions.devices() {
            if let Some(connection) = self.sessions.find(&device) {
                self.sessions.unbind(&device, connection.id);
                connection.tell(Downlink::Close);
            }
        }
        self.in_flight.clear();
        self.begin_run(cluster).await?;
        self.see_who_lives(cluster).await?;
        self.know_all_anew().await
    }

    /// Says that this node is about to end: the others take its homes and its work.
    pub async fn drain_cluster(&self) {
        let Some(cluster) = &self.cluster else { return };
        let drained = async {
            let mut direct = self.db.direct().await?;
            runs::drain(direct.conn(), cluster.run()).await?;
            leases::give_back_all(direct.conn(), cluster.run()).await
        };
        cluster.duties.lock().clear();
        if let Err(error) = drained.await {
            warn!(%error, "the other nodes could not be told that this one ends");
        }
    }

    /// Ends this run, last of all.
    pub(crate) async fn leave_cluster(&self) {
        let Some(cluster) = &self.cluster else { return };
        let run = cluster.run();
        let left = async {
            let mut direct = self.db.direct().await?;
            runs::end(direct.conn(), run).await?;
            drop(direct);
            self.bury(run).await
        };
        // The others notice by themselves.
        if let Err(error) = left.await {
            warn!(%error, "the other nodes could not be told that this one has ended");
        }
    }
}
