//! One-row commits: what the database can do when a fact is one row and nothing else happens.

use super::numbers::Times;
use anyhow::Result;
use kernel::{Clock as _, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use store::{Db, DbOptions};
use tokio::task::JoinSet;

/// Connections to a server, as the measured program has.
const CONNECTIONS: u32 = 32;

/// A database of its own for one-row commits, on the same disk or server as the measured one.
#[derive(Clone, Debug)]
pub struct OneRow {
    db: Db,
    now: Timestamp,
    next: Arc<AtomicU64>,
}

impl OneRow {
    /// Opens it and brings its schema up.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn open(target: String) -> Result<Self> {
        let db = Db::connect_with(&DbOptions {
            pg_connections: CONNECTIONS,
            ..DbOptions::new(target)
        })
        .await?;
        db.migrate().await?;
        Ok(Self {
            db,
            now: crate::clock::SimClock::start().now(),
            next: Arc::default(),
        })
    }

    /// Writes one row and waits until it is durable.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn commit(&self) -> Result<()> {
        let key = format!("load-{}", self.next.fetch_add(1, Ordering::Relaxed));
        let mut direct = self.db.direct().await?;
        store::settings::put(direct.conn(), &key, &Value::from(1), "load", self.now).await?;
        Ok(())
    }

    /// Commits of so many clients at once. Returns how many there were, and the time.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn run(&self, clients: usize, time: Duration) -> Result<(u64, Duration)> {
        let began = Instant::now();
        let mut running = JoinSet::new();
        for _ in 0..clients {
            let probe = self.clone();
            running.spawn(async move {
                let mut commits = 0_u64;
                while began.elapsed() < time {
                    probe.commit().await?;
                    commits += 1;
                }
                anyhow::Ok(commits)
            });
        }
        let mut commits = 0;
        while let Some(joined) = running.join_next().await {
            commits += joined??;
        }
        Ok((commits, began.elapsed()))
    }

    /// The times of `count` commits, begun one every `every`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn paced(&self, count: u32, every: Duration) -> Result<Times> {
        let began = tokio::time::Instant::now();
        let mut times = Vec::new();
        for turn in 0..count {
            let due = began + every * turn;
            tokio::time::sleep_until(due).await;
            self.commit().await?;
            times.push(due.elapsed());
        }
        Ok(Times::new(times))
    }

    /// Closes it.
    pub async fn close(self) {
        self.db.close().await;
    }
}
