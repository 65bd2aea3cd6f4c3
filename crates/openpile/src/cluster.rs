//! One node of a cluster: its name, its home, the line to the others, the clock that all share.

use crate::clock::{SharedClock, SystemClock};
use crate::config::Config;
use anyhow::{Context as _, bail};
use app::ClusterRules;
use bus::Bus;
use bus::cluster::Lines;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::Db;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

/// Names the data directory, whatever its path.
const HOME_FILE: &str = "home";

/// How often the clock is compared with the database's.
const COMPARE_EVERY: Duration = Duration::from_secs(10);

/// What makes this process a node of a cluster.
pub(crate) struct Node {
    pub(crate) rules: ClusterRules,
    pub(crate) bus: Bus,
    lines: Lines,
}

/// What a node does beside everything else.
pub(crate) struct Running {
    stop: CancellationToken,
    lines: JoinHandle<()>,
    clock: JoinHandle<()>,
}

/// The node that is configured; none where there is one alone.
///
/// # Errors
/// When the configuration is of no cluster, or the data directory cannot be written.
pub(crate) fn node(config: &Config) -> anyhow::Result<Option<Node>> {
    let Some(url) = &config.redis.url else {
        return Ok(None);
    };
    if config.database.url.is_none() {
        bail!("redis.url is set and database.url is not: the nodes of a cluster share PostgreSQL");
    }
    let (beat, dead) = (config.cluster.beat_s.0, config.cluster.dead_after_s.0);
    if beat.is_zero() || dead < beat * 3 {
        bail!("cluster.dead_after_s must be at least three times cluster.beat_s");
    }
    let name = match &config.cluster.node {
        Some(name) => name.clone(),
        None => machine_name().context("cluster.node is not set, and the machine has no name")?,
    };
    let (bus, lines) = Bus::clustered(url.address().clone());
    let rules = ClusterRules {
        node: name,
        home: home_of(&config.data_dir)?,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        beat_every: beat,
        dead_after: dead,
    };
    Ok(Some(Node { rules, bus, lines }))
}

impl Node {
    /// Begins to speak with the others, and to follow the database's clock.
    pub(crate) fn run(self, db: Db, clock: Arc<SharedClock>) -> Running {
        let stop = CancellationToken::new();
        Running {
            lines: tokio::spawn(self.lines.keep(stop.clone())),
            clock: tokio::spawn(follow(db, clock, stop.clone())),
            stop,
        }
    }
}

impl Running {
    /// Ends it, last of all.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        // Both end by themselves: their own timeouts bound what they wait for.
        let _ = self.lines.await;
        let _ = self.clock.await;
    }
}

/// Sets a clock by the database's.
///
/// # Errors
/// When the database is away.
pub(crate) async fn set(db: &Db, clock: &SharedClock) -> anyhow::Result<()> {
    let mut view = db.view().await?;
    let before = SystemClock::look();
    let theirs = store::cluster::clock(view.conn()).await?;
    let after = SystemClock::look();
    clock.follow(theirs, before, after);
    Ok(())
}

async fn follow(db: Db, clock: Arc<SharedClock>, stop: CancellationToken) {
    let mut tick = tokio::time::interval(COMPARE_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {}
        }
        if let Err(error) = set(&db, &clock).await {
            warn!(%error, "the clock could not be compared with the database's");
        }
    }
}

/// The name of a data directory: made once, and kept with it.
fn home_of(folder: &Path) -> anyhow::Result<String> {
    let file = folder.join(HOME_FILE);
    match std::fs::read_to_string(&file) {
        Ok(name) if !name.trim().is_empty() => Ok(name.trim().to_owned()),
        _ => {
            let name = Uuid::new_v4().to_string();
            std::fs::write(&file, &name)
                .with_context(|| format!("cannot write {}", file.display()))?;
            Ok(name)
        }
    }
}

fn machine_name() -> Option<String> {
    let name = rustix::system::uname();
    let name = name.nodename().to_str().ok()?.to_owned();
    (!name.is_empty()).then_some(name)
}
