//! The clock of the machine, and one that all nodes of a cluster share.

use kernel::{Clock, Timestamp};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tracing::warn;

/// The instant from which [`Clock::steady`] counts.
static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The machine's clock: the only place where the program asks for the time of day.
pub struct SystemClock;

impl SystemClock {
    /// What it shows.
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    pub(crate) fn look() -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Self::look()
    }

    fn steady(&self) -> Duration {
        BEGUN.elapsed()
    }
}

/// A difference that is not worth a correction.
const TOLERANCE_MS: i64 = 50;
/// A difference that somebody should know of.
const NOTEWORTHY_MS: i64 = 1000;

/// The clock of the database, kept by the machine's: what all nodes of a cluster agree on, however
/// far their own clocks are apart.
#[derive(Debug, Default)]
pub(crate) struct SharedClock {
    /// By how much the database's is ahead of the machine's.
    ahead_ms: AtomicI64,
}

impl SharedClock {
    /// Compares: the database's clock showed `theirs` at some moment between the machine's
    /// `before` and `after`.
    pub(crate) fn follow(&self, theirs: Timestamp, before: Timestamp, after: Timestamp) {
        let doubt = (after.0 - before.0).max(0) / 2;
        let ahead = theirs.0 - before.0 - doubt;
        let known = self.ahead_ms.load(Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "for people")]
        metrics::gauge!("openpile_clock_offset_seconds").set(ahead as f64 / 1000.0);
        if (ahead - known).abs() <= TOLERANCE_MS.max(doubt) {
            return;
        }
        if (ahead - known).abs() >= NOTEWORTHY_MS {
            warn!(
                ahead_ms = ahead,
                "the machine's clock is not the database's, which holds"
            );
        }
        self.ahead_ms.store(ahead, Ordering::Relaxed);
    }
}

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock::look().0 + self.ahead_ms.load(Ordering::Relaxed))
    }

    fn steady(&self) -> Duration {
        BEGUN.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::{SharedClock, SystemClock};
    use kernel::{Clock, Timestamp};

    #[test]
    fn a_machine_minutes_behind_shows_what_the_database_shows() {
        let clock = SharedClock::default();
        let before = SystemClock::look();
        let theirs = Timestamp(before.0 + 300_000);
        clock.follow(theirs, before, before);
        assert!((clock.now().0 - theirs.0).abs() < 60_000);
        // A difference within the doubt of a slow answer changes nothing.
        let shown = clock.now();
        clock.follow(
            Timestamp(shown.0 + 900),
            SystemClock::look(),
            Timestamp(SystemClock::look().0 + 4000),
        );
        assert!(clock.now().0 - shown.0 < 60_000);
    }
}
