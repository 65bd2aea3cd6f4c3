//! The clock of the machine.

use kernel::{Clock, Timestamp};
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The instant from which [`Clock::steady`] counts.
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The machine's clock: the only place where the program asks for the time of day.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn steady(&self) -> Duration {
        BEGUN.elapsed()
    }
}
