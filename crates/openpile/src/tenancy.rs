//! Keeps the right to use the database while the server runs.

use anyhow::{Context as _, bail};
use std::time::Duration;
use store::{Db, Tenancy, Tenure};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

/// A server that has just been killed may still be counted, for a moment; one whose host has
/// vanished, for eleven seconds.
const PATIENCE: Duration = Duration::from_secs(15);

/// How often it is looked whether the right still holds.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Takes the right to use the database.
///
/// # Errors
/// When another server uses it that knows nothing of this one, or the database is away.
pub(crate) async fn take(db: &Db, tenancy: Tenancy) -> anyhow::Result<Tenure> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(tenure) = db.take(tenancy).await.context("the use of the database")? {
            return Ok(tenure);
        }
        if Instant::now() > until {
            bail!(
                "another server uses this database; several share it only when all of them \
                 have the same redis.url"
            );
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// Takes the right anew whenever its connection has ended. Meanwhile nobody is kept out, so a
/// server that came in is told of, again and again, until one of the two is stopped.
pub(crate) async fn keep(db: Db, tenancy: Tenancy, mut tenure: Tenure, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(LOOK_EVERY) => {}
        }
        if tenure.holds().await {
            continue;
        }
        match db.take(tenancy).await {
            Ok(Some(anew)) => tenure = anew,
            Ok(None) => error!(
                "another server uses this database and knows nothing of this one: stop one of them"
            ),
            Err(error) => warn!(%error, "the use of the database could not be claimed anew"),
        }
    }
}
