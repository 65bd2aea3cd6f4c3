//! Guessing passwords: after some failures in a row nobody gets in for a while, and each further
//! round waits twice as long.

use kernel::Timestamp;
use std::time::Duration;

/// The first lock.
const LOCK: Duration = Duration::from_mins(15);
/// The longest lock.
const LOCK_MAX: Duration = Duration::from_hours(24);
/// Failures that lie further back do not count any more.
const MEMORY: Duration = Duration::from_hours(24);

/// How many failures in a row are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A user name, whether there is such a user or not.
    Name,
    /// A network address: many people may stand behind one.
    Address,
}

impl Subject {
    const fn failures_max(self) -> i32 {
        match self {
            Self::Name => 5,
            Self::Address => 20,
        }
    }
}

/// What is known about the failures of a name or an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Failures since the last success or lock.
    pub failures: i32,
    /// Locks since the last success.
    pub locks: i32,
    /// Nobody gets in before this instant.
    pub locked_until: Option<Timestamp>,
    /// The last failure.
    pub last_at: Option<Timestamp>,
}

impl Attempts {
    /// How long to wait, while it is locked.
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        let left = self.locked_until?.0.checked_sub(now.0)?;
        u64::try_from(left)
            .ok()
            .filter(|left| *left > 0)
            .map(Duration::from_millis)
    }

    /// After another failure.
    #[must_use]
    pub fn failed(self, subject: Subject, now: Timestamp) -> Self {
        let forgotten = self.last_at.is_some_and(|last| {
            let quiet = self
                .locked_until
                .map_or(last.0, |until| until.0.max(last.0));
            u128::from(now.0.saturating_sub(quiet).unsigned_abs()) > MEMORY.as_millis()
        });
        let known = if forgotten { Self::default() } else { self };
        let failures = known.failures + 1;
        if failures < subject.failures_max() {
            return Self {
                failures,
                last_at: Some(now),
                ..known
            };
        }
        let doublings = u32::try_from(known.locks).unwrap_or(0).min(10);
        let lock = LOCK.saturating_mul(1 << doublings).min(LOCK_MAX);
        Self {
            failures: 0,
            locks: known.locks.saturating_add(1),
            locked_until: Some(now + lock),
            last_at: Some(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempts, Subject};
    use kernel::Timestamp;
    use std::time::Duration;

    const MINUTE_MS: i64 = 60_000;

    fn failed(mut attempts: Attempts, times: usize, now: Timestamp) -> Attempts {
        for _ in 0..times {
            attempts = attempts.failed(Subject::Name, now);
        }
        attempts
    }

    #[test]
    fn five_failures_lock_and_each_round_doubles_the_wait() {
        let now = Timestamp(1_000_000_000);
        let four = failed(Attempts::default(), 4, now);
        assert_eq!(four.wait(now), None);
        let five = failed(four, 1, now);
        assert_eq!(five.wait(now), Some(Duration::from_mins(15)));
        let later = Timestamp(now.0 + 15 * MINUTE_MS);
        assert_eq!(five.wait(later), None);
        let ten = failed(five, 5, later);
        assert_eq!(ten.wait(later), Some(Duration::from_mins(30)));
        let mut many = ten;
        for _ in 0..40 {
            many = failed(many, 5, later);
        }
        assert_eq!(many.wait(later), Some(Duration::from_hours(24)));
    }

    #[test]
    fn old_failures_are_forgotten_and_addresses_have_more_patience() {
        let now = Timestamp(1_000_000_000);
        let five = failed(Attempts::default(), 5, now);
        let later = Timestamp(now.0 + 26 * 60 * MINUTE_MS);
        assert_eq!(failed(five, 1, later).failures, 1);
        assert_eq!(
            failed(five, 5, later).wait(later),
            Some(Duration::from_mins(15))
        );
        let address = (0..19).fold(Attempts::default(), |known, _| {
            known.failed(Subject::Address, now)
        });
        assert_eq!(address.wait(now), None);
        assert!(address.failed(Subject::Address, now).wait(now).is_some());
    }
}
