//! One simulated device with a real connection.

mod log;
mod run;

pub use self::log::{Direction, FRAMES_MAX, FrameRecord, NOTES_MAX};

use self::log::Log;
use self::run::{Request, Runner};
use crate::clock::SimClock;
use crate::family::{Device, DeviceFault};
use crate::fleet::Counters;
use crate::target::Target;
use ::pile::{Action, Event, Impossible, Note, PortView};
use kernel::PortNo;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

/// Requests that may wait for a device; senders wait beyond that.
const REQUESTS_MAX: usize = 16;

/// Waits look at the ports so often.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A running device. Dropping the handle ends it.
pub struct SimDevice {
    id: String,
    requests: mpsc::Sender<Request>,
    log: Arc<Log>,
    online: watch::Receiver<bool>,
    task: tokio::task::JoinHandle<()>,
}

/// Why something could not be done to a device.
#[derive(Debug, thiserror::Error)]
pub enum ActFault {
    /// The device cannot do it.
    #[error(transparent)]
    Impossible(#[from] Impossible),
    /// The device has been shut down.
    #[error("the simulated device has ended")]
    Ended,
}

/// What was waited for did not happen in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{device}: {what} did not happen within {within:?}")]
pub struct TimedOut {
    device: String,
    what: &'static str,
    within: Duration,
}

/// What a device of a fleet shares with the others.
pub(crate) struct Company {
    pub(crate) clock: SimClock,
    pub(crate) counters: Arc<Counters>,
    /// Connections being set up at the same time.
    pub(crate) doors: Arc<Semaphore>,
    /// Whether frames and notes are kept.
    pub(crate) logs: bool,
    /// Before the device is switched on.
    pub(crate) delay: Duration,
}

impl SimDevice {
    /// Switches a device on; it connects at once and keeps everything it hears and says.
    ///
    /// # Errors
    /// When there can be no such device.
    pub fn spawn(device: impl Into<Device>, target: Target) -> Result<Self, DeviceFault> {
        let company = Company {
            clock: SimClock::start(),
            counters: Arc::default(),
            doors: Arc::new(Semaphore::new(1)),
            logs: true,
            delay: Duration::ZERO,
        };
        Self::join(device.into(), target, company)
    }

    /// Switches a device of a fleet on.
    pub(crate) fn join(
        device: Device,
        target: Target,
        company: Company,
    ) -> Result<Self, DeviceFault> {
        let log = Arc::new(Log::new(company.logs, device.framing()));
        let (requests, inbox) = mpsc::channel(REQUESTS_MAX);
        let (signal, online) = watch::channel(false);
        let pile = device.switch_on(company.clock.read() + company.delay)?;
        let id = pile.id().to_owned();
        let runner = Runner::new(pile, target, company, Arc::clone(&log), signal);
        let task = tokio::spawn(runner.run(inbox));
        Ok(Self {
            id,
            requests,
            log,
            online,
            task,
        })
    }

    /// As an operator would write it: gateway id, MAC, pile code.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it has a connection that it uses.
    pub fn is_online(&self) -> bool {
        *self.online.borrow()
    }

    /// Does something to the device; returns when it has happened.
    ///
    /// # Errors
    /// When the device cannot do it, or has ended.
    pub async fn act(&self, action: Action) -> Result<(), ActFault> {
        let (reply, done) = oneshot::channel();
        let request = Request::Act(action, reply);
        self.requests
            .send(request)
            .await
            .map_err(|_| ActFault::Ended)?;
        done.await.map_err(|_| ActFault::Ended)??;
        Ok(())
    }

    /// Plugs a vehicle in.
    ///
    /// # Errors
    /// As [`SimDevice::act`].
    pub async fn plug(&self, port: u16) -> Result<(), ActFault> {
        self.act(Action::Plug(PortNo(port))).await
    }

    /// Pulls the plug.
    ///
    /// # Errors
    /// As [`SimDevice::act`].
    pub async fn unplug(&self, port: u16) -> Result<(), ActFault> {
        self.act(Action::Unplug(PortNo(port))).await
    }

    /// Cuts the link without a word until [`SimDevice::restore`].
    ///
    /// # Errors
    /// As [`SimDevice::act`].
    pub async fn cut(&self) -> Result<(), ActFault> {
        self.act(Action::Cut { silent: true }).await
    }

    /// Lets the link be set up again.
    ///
    /// # Errors
    /// As [`SimDevice::act`].
    pub async fn restore(&self) -> Result<(), ActFault> {
        self.act(Action::Restore).await
    }

    /// All ports with their meters read now; empty when the device has ended.
    pub async fn ports(&self) -> Vec<PortView> {
        let (reply, views) = oneshot::channel();
        if self.requests.send(Request::Look(reply)).await.is_err() {
            return Vec::new();
        }
        views.await.unwrap_or_default()
    }

    /// One port.
    pub async fn port(&self, port: u16) -> Option<PortView> {
        let views = self.ports().await;
        views.into_iter().find(|view| view.port == PortNo(port))
    }

    /// Waits until the connection is up, or down.
    ///
    /// # Errors
    /// When that takes longer than `within`.
    pub async fn wait_online(&self, online: bool, within: Duration) -> Result<(), TimedOut> {
        let mut signal = self.online.clone();
        let reached = signal.wait_for(|now| *now == online);
        match tokio::time::timeout(within, reached).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) if !online => Ok(()),
            _ => Err(self.timed_out(if online { "online" } else { "offline" }, within)),
        }
    }

    /// Waits until a port looks as wished.
    ///
    /// # Errors
    /// When that takes longer than `within`.
    pub async fn wait_port(
        &self,
        port: u16,
        within: Duration,
        wished: impl Fn(&PortView) -> bool,
    ) -> Result<PortView, TimedOut> {
        let look = async {
            loop {
                if let Some(view) = self.port(port).await.filter(|view| wished(view)) {
                    return view;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let seen = tokio::time::timeout(within, look).await;
        seen.map_err(|_| self.timed_out("the wished state of the port", within))
    }

    /// Waits for a note, past ones included; the first that fits.
    ///
    /// # Errors
    /// When that takes longer than `within`.
    pub async fn wait_note(
        &self,
        within: Duration,
        wished: impl Fn(&Event) -> bool,
    ) -> Result<Note, TimedOut> {
        let find = self.log.first(|note| wished(&note.event));
        let found = tokio::time::timeout(within, find).await;
        found.map_err(|_| self.timed_out("the wished event", within))
    }

    /// Everything it did and heard that is worth knowing, oldest first; the newest
    /// [`NOTES_MAX`].
    pub fn notes(&self) -> Vec<Note> {
        self.log.notes()
    }

    /// All frames, oldest first; the newest [`FRAMES_MAX`].
    pub fn frames(&self) -> Vec<FrameRecord> {
        self.log.frames()
    }

    /// Forgets notes and frames so far.
    pub fn clear_log(&self) {
        self.log.clear();
    }

    /// Closes the connection and ends the device.
    pub async fn shutdown(self) {
        // A device that has ended by itself is as good.
        let _ = self.requests.send(Request::End).await;
        let Self { task, .. } = self;
        let _ = task.await;
    }

    fn timed_out(&self, what: &'static str, within: Duration) -> TimedOut {
        TimedOut {
            device: self.id.clone(),
            what,
            within,
        }
    }
}
