//! Looks at the files of all endpoints every few seconds, and when somebody asks for it.

use crate::endpoint::Endpoint;
use kernel::Clock;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// How often files are looked at: a few small reads.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// All endpoints of the program.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    endpoints: Arc<[Arc<Endpoint>]>,
    asked: Arc<Notify>,
}

impl Keeper {
    /// Keeps these.
    pub fn new(endpoints: Vec<Arc<Endpoint>>) -> Self {
        Self {
            endpoints: endpoints.into(),
            asked: Arc::default(),
        }
    }

    /// All of them.
    pub fn endpoints(&self) -> &[Arc<Endpoint>] {
        &self.endpoints
    }

    /// Has the files looked at now.
    pub fn ask(&self) {
        self.asked.notify_one();
    }

    /// Keeps them fresh until `stop`.
    pub async fn run(self, clock: Arc<dyn Clock>, stop: CancellationToken) {
        if self.endpoints.is_empty() {
            return;
        }
        loop {
            let asked = tokio::select! {
                () = stop.cancelled() => return,
                () = self.asked.notified() => true,
                () = sleep(LOOK_EVERY) => false,
            };
            let (endpoints, now) = (self.endpoints.clone(), clock.now());
            // Disks may be slow.
            let looking = tokio::task::spawn_blocking(move || {
                for endpoint in endpoints.iter() {
                    endpoint.look(now, asked);
                }
            });
            if let Err(error) = looking.await {
                warn!(%error, "certificates could not be looked at");
            }
        }
    }
}
