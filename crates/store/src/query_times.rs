//! How long the database takes to answer, as a distribution: a few counters, no lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Four steps for each doubling, from a microsecond on: 2³² µs are more than an hour.
const STEPS: usize = 4 * 32;

static TIMES: [AtomicU64; STEPS] = [const { AtomicU64::new(0) }; STEPS];

/// Counts what is timed when it goes out of scope.
pub(crate) struct Timed(Instant);

impl Timed {
    pub(crate) fn begin() -> Self {
        Self(Instant::now())
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        note(&TIMES, self.0.elapsed());
    }
}

/// A reader of these times: each sees what came since its own last look.
#[derive(Clone, Copy, Debug)]
pub struct QueryTimes {
    seen: [u64; STEPS],
}

impl Default for QueryTimes {
    fn default() -> Self {
        Self { seen: [0; STEPS] }
    }
}

impl QueryTimes {
    /// The 95th percentile of the answers since the last look, in microseconds; none when there
    /// were none. Rounded up by at most a quarter.
    pub fn take_p95(&mut self) -> Option<u64> {
        self.percentile(&TIMES, 95)
    }

    fn percentile(&mut self, times: &[AtomicU64; STEPS], percent: u64) -> Option<u64> {
        let mut counts = [0; STEPS];
        for ((count, seen), time) in counts.iter_mut().zip(&mut self.seen).zip(times) {
            let all = time.load(Ordering::Relaxed);
            *count = all - *seen;
            *seen = all;
        }
        let total: u64 = counts.iter().sum();
        if total == 0 {
            return None;
        }
        let wanted = (total * percent).div_ceil(100);
        let mut passed = 0;
        let found = counts.iter().position(|count| {
            passed += count;
            passed >= wanted
        });
        found.map(end_of)
    }
}

fn note(times: &[AtomicU64; STEPS], took: Duration) {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
    times[step(micros)].fetch_add(1, Ordering::Relaxed);
}

/// The step of a time: the power of two below it, and the quarter above that.
fn step(micros: u64) -> usize {
    let power = micros.ilog2();
    let quarter = if power >= 2 {
        (micros >> (power - 2)) & 3
    } else {
        (micros << (2 - power)) & 3
    };
    let place = u64::from(power) * 4 + quarter;
    usize::try_from(place).unwrap_or(STEPS).min(STEPS - 1)
}

/// The longest time of a step.
fn end_of(step: usize) -> u64 {
    let (power, quarter) = (step / 4, (step % 4) as u64);
    (1_u64 << power) * (5 + quarter) / 4
}

#[cfg(test)]
mod tests {
    use super::{QueryTimes, STEPS, end_of, note, step};
    use std::sync::atomic::AtomicU64;
    use std::time::Duration;

    #[test]
    fn ninety_five_of_a_hundred_are_no_slower() {
        let times = [const { AtomicU64::new(0) }; STEPS];
        for _ in 0..95 {
            note(&times, Duration::from_micros(900));
        }
        for _ in 0..5 {
            note(&times, Duration::from_millis(80));
        }
        let (mut reader, mut other) = (QueryTimes::default(), QueryTimes::default());
        assert_eq!(reader.percentile(&times, 95), Some(1024));
        assert_eq!(reader.percentile(&times, 95), None, "seen");
        assert_eq!(other.percentile(&times, 95), Some(1024), "by itself");
        for _ in 0..9 {
            note(&times, Duration::from_micros(900));
        }
        note(&times, Duration::from_millis(80));
        assert_eq!(reader.percentile(&times, 95), Some(81_920));
    }

    #[test]
    fn steps_are_quarters_of_doublings() {
        for micros in [1_u64, 2, 3, 5, 7, 100, 999, 50_000, 60_000_000] {
            let end = end_of(step(micros));
            assert!(
                end >= micros && end <= micros + micros.div_ceil(4) + 1,
                "{micros} {end}"
            );
        }
        assert_eq!(step(u64::MAX), STEPS - 1);
    }
}
