//! A circuit breaker: who fails ten times in a row is left alone for a minute, then tried once.

use kernel::Timestamp;
use std::time::Duration;

/// Failures in a row that open it (domain §19).
pub const FAILURES_MAX: u32 = 10;
/// How long it stays open.
pub const OPEN_FOR: Duration = Duration::from_mins(1);

/// What it is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// Calls go through.
    Closed,
    /// None goes through.
    Open,
    /// One goes through, to see.
    HalfOpen,
}

impl BreakerState {
    /// `closed`, `open`, `half_open`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }
}

/// Counts failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    failures: u32,
    open_until: Option<Timestamp>,
}

impl Breaker {
    /// Whether a call may go through now; while it is half open the first that asks. One that is
    /// never heard of again counts as failed: the next may try a minute later.
    pub fn allows(&mut self, now: Timestamp) -> bool {
        match self.open_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                self.open_until = Some(now + OPEN_FOR);
                true
            }
        }
    }

    /// What it is doing.
    pub fn state(&self, now: Timestamp) -> BreakerState {
        match self.open_until {
            None => BreakerState::Closed,
            Some(until) if now < until => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    /// A call succeeded.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// A call failed, or took too long.
    pub fn failed(&mut self, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= FAILURES_MAX {
            self.open_until = Some(now + OPEN_FOR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Breaker, BreakerState, FAILURES_MAX, OPEN_FOR};
    use kernel::Timestamp;
    use std::time::Duration;

    const NOON: Timestamp = Timestamp(1_729_407_600_000);

    #[test]
    fn ten_failures_open_it_for_a_minute_and_one_call_tries() {
        let mut breaker = Breaker::default();
        for _ in 1..FAILURES_MAX {
            assert!(breaker.allows(NOON));
            breaker.failed(NOON);
        }
        assert_eq!(breaker.state(NOON), BreakerState::Closed);
        breaker.failed(NOON);
        assert_eq!(breaker.state(NOON), BreakerState::Open);
        let soon = NOON + OPEN_FOR - Duration::from_secs(1);
        assert!(!breaker.allows(soon));
        let later = NOON + OPEN_FOR;
        assert_eq!(breaker.state(later), BreakerState::HalfOpen);
        assert!(breaker.allows(later) && !breaker.allows(later), "one only");
        breaker.failed(later);
        assert!(!breaker.allows(later), "it is open again at once");
        let again = later + OPEN_FOR;
        assert!(breaker.allows(again) && !breaker.allows(again));
        let again = again + OPEN_FOR;
        assert!(breaker.allows(again), "the try before was never heard of");
        breaker.succeeded();
        assert_eq!(breaker.state(again), BreakerState::Closed);
    }

    #[test]
    fn a_success_forgets_the_failures_before_it() {
        let mut breaker = Breaker::default();
        for _ in 0..3 {
            for _ in 1..FAILURES_MAX {
                breaker.failed(NOON);
            }
            breaker.succeeded();
        }
        assert!(breaker.allows(NOON));
    }
}
