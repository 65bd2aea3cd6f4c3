//! The wall's time for simulated devices: read once, then counted by the runtime's clock, so
//! that a step of the system clock does not make devices jump.

use kernel::{Clock, Timestamp};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The clock of one simulation.
#[derive(Clone, Copy, Debug)]
pub struct SimClock {
    origin: Timestamp,
    started: Instant,
}

impl SimClock {
    /// Reads the system clock. To be called inside a tokio runtime.
    #[expect(
        clippy::disallowed_methods,
        reason = "simulated devices have a shell of their own, and this is its clock"
    )]
    pub fn start() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            origin: Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
            started: Instant::now(),
        }
    }

    /// The runtime's instant at which this clock shows `at`.
    pub fn instant(&self, at: Timestamp) -> Instant {
        self.started + at.since(self.origin)
    }

    /// Now, a moment past the millisecond that a timer was set for.
    pub fn read(&self) -> Timestamp {
        self.origin + Duration::from_millis(u64::try_from(self.elapsed_ms()).unwrap_or(u64::MAX))
    }

    fn elapsed_ms(&self) -> u128 {
        self.started.elapsed().as_millis()
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.read()
    }

    fn steady(&self) -> Duration {
        self.started.elapsed()
    }
}
