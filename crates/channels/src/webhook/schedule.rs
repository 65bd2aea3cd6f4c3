//! When a failed webhook is tried again: rules as data.

use std::time::Duration;

/// Pauses between attempts. In the fast lane an event holds back the later events of its order;
/// in the slow lane it no longer does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Pauses of the fast lane.
    pub fast: Vec<Duration>,
    /// Pauses of the slow lane, which follows.
    pub slow: Vec<Duration>,
}

/// How many times the scheduled pause a receiver may ask us to wait with `Retry-After`.
const RETRY_AFTER_STEPS_MAX: u32 = 2;

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextAttempt {
    /// Again after this pause; later events of the order wait.
    Fast(Duration),
    /// Again after this pause; later events of the order go ahead.
    Slow(Duration),
    /// No more: a dead letter.
    Never,
}

impl Default for Schedule {
    /// 1, 2, 4, 8, 16 s; then 1 min, 5 min, 30 min, 2 h, 6 h.
    fn default() -> Self {
        let seconds = |pauses: [u64; 5]| pauses.map(Duration::from_secs).to_vec();
        Self {
            fast: seconds([1, 2, 4, 8, 16]),
            slow: seconds([60, 300, 1800, 7200, 21_600]),
        }
    }
}

impl Schedule {
    /// What follows the `failures`-th failed attempt in a row (1 is the first). The receiver's
    /// `Retry-After` may lengthen the pause up to twice, never shorten it.
    pub fn after_failure(&self, failures: u32, retry_after: Option<Duration>) -> NextAttempt {
        let step = usize::try_from(failures.saturating_sub(1)).unwrap_or(usize::MAX);
        let stretched = |pause: &Duration| {
            let asked = retry_after.unwrap_or_default();
            asked.clamp(*pause, pause.saturating_mul(RETRY_AFTER_STEPS_MAX))
        };
        if let Some(pause) = self.fast.get(step) {
            NextAttempt::Fast(stretched(pause))
        } else if let Some(pause) = self.slow.get(step - self.fast.len()) {
            NextAttempt::Slow(stretched(pause))
        } else {
            NextAttempt::Never
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NextAttempt::{Fast, Never, Slow};
    use super::{NextAttempt, Schedule};
    use std::time::Duration;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn five_fast_and_five_slow_retries_then_dead() {
        let schedule = Schedule::default();
        let steps: Vec<NextAttempt> = (1..=12)
            .map(|failures| schedule.after_failure(failures, None))
            .collect();
        let expected = [
            Fast(s(1)),
            Fast(s(2)),
            Fast(s(4)),
            Fast(s(8)),
            Fast(s(16)),
            Slow(s(60)),
            Slow(s(300)),
            Slow(s(1800)),
            Slow(s(7200)),
            Slow(s(21_600)),
            Never,
            Never,
        ];
        assert_eq!(steps, expected);
        assert_eq!(schedule.after_failure(u32::MAX, None), Never);
    }

    #[test]
    fn a_receiver_may_ask_for_up_to_twice_the_pause() {
        let schedule = Schedule::default();
        assert_eq!(schedule.after_failure(3, Some(s(1))), Fast(s(4)));
        assert_eq!(schedule.after_failure(3, Some(s(6))), Fast(s(6)));
        assert_eq!(schedule.after_failure(3, Some(s(3600))), Fast(s(8)));
    }

    #[test]
    fn without_retries_the_first_failure_is_final() {
        let schedule = Schedule {
            fast: Vec::new(),
            slow: Vec::new(),
        };
        assert_eq!(schedule.after_failure(1, None), Never);
    }
}
