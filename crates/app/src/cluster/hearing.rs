//! What the other nodes say.

use crate::{App, AppError};
use bus::Word;
use bus::cluster::Heard;
use kernel::{PhyId, RunId};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

impl App {
    pub(crate) async fn hear_regularly(self: Arc<Self>, stop: CancellationToken) {
        let Some(line) = self.bus.line() else { return };
        let mut ears = line.listen();
        // What was said before: nothing that the database does not know.
        loop {
            let heard = tokio::select! {
                () = stop.cancelled() => return,
                heard = ears.next() => heard,
            };
            let outcome = match heard {
                Heard::Word(run, word) => self.hear(run, word).await,
                Heard::Lost => self.know_all_anew().await,
                Heard::Again(touched) => {
                    let entered = self.enter_all(touched).await;
                    self.know_all_anew().await.and(entered)
                }
            };
            if let Err(error) = outcome {
                warn!(%error, "what another node said could not be followed");
            }
        }
    }

    async fn hear(self: &Arc<Self>, from: RunId, word: Word) -> Result<(), AppError> {
        match word {
            Word::Arrived { run, devices } => self.have_arrived(run, &devices),
            Word::Left { devices } => self.are_alone(&devices).await,
            Word::Live { values } => self.take_values(values),
            Word::Order { order, device } => self.reread(order, &device).await?,
            Word::Device { device } => self.device_was_changed(&device).await?,
            Word::Settled { command, outcome } => match serde_json::from_value(outcome) {
                Ok(outcome) => self.waiters.settle(command, &outcome),
                Err(error) => debug!(%from, %error, "an outcome of another version"),
            },
            Word::Ask { device, port } => {
                if self.sessions.find(&device).is_some() {
                    self.ask_port(&device, port);
                }
            }
            Word::Kick { device } => {
                if self.kick_here(&device).is_some() {
                    info!(%device, %from, "session closed by hand at another node");
                }
            }
            Word::Decisions => self.take_in_decisions().await?,
            // The bus itself hears these.
            Word::Outbox | Word::Commands { .. } | Word::Changed { .. } | Word::Watching { .. } => {
            }
        }
        Ok(())
    }

    /// Somebody has done something by hand in the console: the other nodes read anew what is
    /// decided there.
    pub fn done_by_hand(&self) {
        if let Some(line) = self.bus.line() {
            line.tell(Word::Decisions);
        }
    }

    async fn take_in_decisions(&self) -> Result<(), AppError> {
        self.load_decisions().await?;
        self.load_subscribers().await?;
        self.load_power().await?;
        self.load_fire_limits().await
    }

    fn have_arrived(&self, run: RunId, devices: &[(PhyId, i64)]) {
        let Some(cluster) = &self.cluster else { return };
        for (device, epoch) in devices {
            let held = cluster.held.get(device).map(|held| *held);
            if let Some(held) = held {
                if held.epoch > *epoch {
                    // Said before we took it over.
                    continue;
                }
                self.lose(device, held.connection);
            } else if self.sessions.find(device).is_some() {
                // Ours is being written down at this moment; whoever is newer comes to know.
                continue;
            }
            let now = self.now();
            self.live.witness(device, |live| {
                live.elsewhere = Some(run);
                live.epoch = live.epoch.max(*epoch);
                live.online_since.get_or_insert(now);
                live.offline_since = None;
            });
            self.hint_presence(device);
        }
    }
}
