//! Which run holds which device. Connections that begin and end are written in batches, however
//! many devices come back at once; each gets the epoch that begins with it.

use super::{Cluster, Held};
use crate::sessions::Connection;
use crate::{App, AppError};
use bus::Word;
use kernel::{DeviceId, PhyId};
use std::collections::HashMap;
use std::sync::Arc;
use store::cluster::sessions::{self, Claim, Session};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

/// Beginnings and ends that wait to be written; whoever comes then waits too.
pub(super) const REQUESTS_MAX: usize = 4096;

/// Written in one go.
const BATCH_MAX: usize = 500;

/// A connection that begins to carry a device, or ends.
#[derive(Debug)]
pub(super) enum Request {
    /// It begins.
    Claim {
        device: PhyId,
        id: DeviceId,
        connection: u64,
        done: oneshot::Sender<Result<(), AppError>>,
    },
    /// It has ended. Whether the device is away now, and not elsewhere.
    Release {
        device: PhyId,
        held: Held,
        done: oneshot::Sender<Result<bool, AppError>>,
    },
}

impl App {
    /// Makes this run the holder of a device that a connection carries, and brings the device's
    /// orders into memory.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] when the database is away.
    pub(crate) async fn hold(
        &self,
        connection: &Connection,
        device: &PhyId,
    ) -> Result<(), AppError> {
        let Some(cluster) = &self.cluster else {
            return Ok(());
        };
        let known = cluster.held.get(device).map(|held| held.connection);
        if known == Some(connection.id) {
            return Ok(());
        }
        let Some(id) = self.live.read(device, |live| live.id) else {
            return Ok(());
        };
        let (done, answer) = oneshot::channel();
        let request = Request::Claim {
            device: device.clone(),
            id,
            connection: connection.id,
            done,
        };
        asked(cluster, request, answer).await
    }

    /// Lets go of a device whose connection has ended. False when it is elsewhere by now.
    ///
    /// # Errors
    /// [`AppError::Unavailable`] when the database is away.
    pub(crate) async fn let_go(&self, device: &PhyId, connection: u64) -> Result<bool, AppError> {
        let Some(cluster) = &self.cluster else {
            return Ok(true);
        };
        let held = cluster.held.get(device).map(|held| *held);
        let Some(held) = held.filter(|held| held.connection == connection) else {
            // It was never written down: whoever has it now, if anybody, says so.
            return Ok(self.held_elsewhere(device).is_none());
        };
        let (done, answer) = oneshot::channel();
        let request = Request::Release {
            device: device.clone(),
            held,
            done,
        };
        asked(cluster, request, answer).await
    }

    /// Writes beginnings and ends, until everything else has stopped.
    pub(crate) async fn write_sessions(self: Arc<Self>, stop: CancellationToken) {
        let Some(cluster) = &self.cluster else { return };
        let Some(mut waiting) = cluster.waiting.lock().take() else {
            return;
        };
        let mut batch = Vec::with_capacity(BATCH_MAX);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = waiting.recv_many(&mut batch, BATCH_MAX) => {}
            }
            self.write_session_batch(cluster, &mut batch).await;
        }
    }

    async fn write_session_batch(&self, cluster: &Cluster, batch: &mut Vec<Request>) {
        let (mut claims, mut releases) = (Vec::new(), Vec::new());
        for request in batch.drain(..) {
            match request {
                Request::Claim {
                    device,
                    id,
                    connection,
                    done,
                } => claims.push((device, id, connection, done)),
                Request::Release { device, held, done } => releases.push((device, held, done)),
            }
        }
        // Beginnings first: an end that is older than a beginning is none.
        if !claims.is_empty() {
            let wanted: Vec<_> = claims
                .iter()
                .map(|(device, id, connection, _)| (device.clone(), *id, *connection))
                .collect();
            let outcome = self.claim_all(cluster, &wanted).await;
            for (.., done) in claims {
                let _ = done.send(copied(&outcome));
            }
        }
        if !releases.is_empty() {
            let ended: Vec<_> = releases
                .iter()
                .map(|(device, held, _)| (device.clone(), *held))
                .collect();
            let outcome = self.release_all(cluster, &ended).await;
            for (device, held, done) in releases {
                let answer = match &outcome {
                    Ok(freed) => Ok(freed.iter().any(|session| session.id == held.device)),
                    Err(error) => Err(unavailable(error)),
                };
                if answer.is_ok() {
                    cluster.held.remove_if(&device, |_, now| *now == held);
                }
                let _ = done.send(answer);
            }
        }
    }

    async fn claim_all(
        &self,
        cluster: &Cluster,
        wanted: &[(PhyId, DeviceId, u64)],
    ) -> Result<(), AppError> {
        let run = cluster.run();
        let mut ids: Vec<DeviceId> = wanted.iter().map(|(_, id, _)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut direct = self.db.direct().await?;
        let claims = sessions::claim(direct.conn(), run, &ids).await?;
        drop(direct);
        let by_id: HashMap<DeviceId, Claim> =
            claims.into_iter().map(|claim| (claim.id, claim)).collect();
        // What this run has held without a gap is in memory as it is.
        let unknown: Vec<DeviceId> = wanted
            .iter()
            .filter(|(device, id, _)| {
                let before = by_id.get(id).and_then(|claim| claim.before);
                before != Some(run) || !cluster.held.contains_key(device)
            })
            .map(|(_, id, _)| *id)
            .collect();
        self.adopt(&unknown).await?;
        let mut arrived = Vec::with_capacity(wanted.len());
        for (device, id, connection) in wanted {
            let Some(claim) = by_id.get(id) else { continue };
            let held = Held {
                connection: *connection,
                device: *id,
                epoch: claim.session_epoch,
            };
            // Of two connections in one batch the newer stays.
            let older = cluster.held.get(device).map(|held| held.connection);
            if older.is_none_or(|older| older <= *connection) {
                cluster.held.insert(device.clone(), held);
            }
            if let Some(connection) = self.sessions.find(device) {
                self.enter_session(device, &connection, claim.session_epoch);
            }
            arrived.push((device.clone(), claim.session_epoch));
        }
        if let Some(line) = self.bus.line() {
            line.tell(Word::Arrived {
                run,
                devices: arrived,
            });
        }
        Ok(())
    }

    async fn release_all(
        &self,
        cluster: &Cluster,
        ended: &[(PhyId, Held)],
    ) -> Result<Vec<Session>, AppError> {
        let epochs: Vec<_> = ended
            .iter()
            .map(|(_, held)| (held.device, held.epoch))
            .collect();
        let mut direct = self.db.direct().await?;
        let freed = sessions::release(direct.conn(), cluster.run(), &epochs).await?;
        drop(direct);
        self.tell_left(&freed);
        Ok(freed)
    }

    /// Sessions have ended: the register and the other nodes are told.
    pub(super) fn tell_left(&self, freed: &[Session]) {
        for session in freed {
            self.enter_session_ended(&session.phy_id, session.session_epoch);
        }
        if let Some(line) = self.bus.line()
            && !freed.is_empty()
        {
            let devices = freed.iter().map(|session| session.phy_id.clone()).collect();
            line.tell(Word::Left { devices });
        }
    }

    /// Compares what the database knows of this run's sessions with the connections that there
    /// are: what went wrong while the database or the other nodes were away is made good.
    ///
    /// # Errors
    /// When the database is away.
    pub(crate) async fn compare_sessions(self: &Arc<Self>) -> Result<(), AppError> {
        let Some(cluster) = &self.cluster else {
            return Ok(());
        };
        let before: HashMap<PhyId, Held> = cluster
            .held
            .iter()
            .map(|entry| (entry.key().clone(), *entry.value()))
            .collect();
        let mut view = self.db.view().await?;
        let written = sessions::of_run(view.conn(), cluster.run()).await?;
        drop(view);
        let mut left_over = Vec::new();
        let mut written_of: HashMap<PhyId, i64> = HashMap::with_capacity(written.len());
        for session in written {
            let carried = self.sessions.find(&session.phy_id).is_some();
            if !carried && !cluster.held.contains_key(&session.phy_id) {
                left_over.push((session.id, session.session_epoch));
            }
            written_of.insert(session.phy_id, session.session_epoch);
        }
        if !left_over.is_empty() {
            let mut direct = self.db.direct().await?;
            let freed = sessions::release(direct.conn(), cluster.run(), &left_over).await?;
            drop(direct);
            self.freed(&freed).await;
        }
        for (device, held) in before {
            let moved = written_of
                .get(&device)
                .is_none_or(|epoch| *epoch > held.epoch);
            let now = cluster.held.get(&device).map(|held| *held);
            if moved && now == Some(held) {
                info!(%device, "another node holds this device by now");
                self.lose(&device, held.connection);
            }
        }
        for device in self.sessions.devices() {
            let Some(connection) = self.sessions.find(&device) else {
                continue;
            };
            let known = cluster.held.get(&device).map(|held| held.connection);
            if known != Some(connection.id) {
                debug!(%device, "a session that nobody knows of is written down");
                let (app, device) = (self.clone(), device.clone());
                self.chores
                    .spawn(async move { app.arrived(&connection, &device).await });
            }
        }
        Ok(())
    }
}

async fn asked<T>(
    cluster: &Cluster,
    request: Request,
    answer: oneshot::Receiver<Result<T, AppError>>,
) -> Result<T, AppError> {
    if cluster.requests.send(request).await.is_err() {
        return Err(AppError::Unavailable);
    }
    answer.await.unwrap_or(Err(AppError::Unavailable))
}

fn copied(outcome: &Result<(), AppError>) -> Result<(), AppError> {
    match outcome {
        Ok(()) => Ok(()),
        Err(error) => Err(unavailable(error)),
    }
}

/// One failure was that of many; they all try again.
fn unavailable(error: &AppError) -> AppError {
    if !matches!(error, AppError::Unavailable) {
        warn!(%error, "sessions could not be written");
    }
    AppError::Unavailable
}
