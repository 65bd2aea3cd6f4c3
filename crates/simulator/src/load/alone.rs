//! Work that one core does over and over, with nothing else around it.

use super::numbers::{median, rate};
use std::time::{Duration, Instant};

/// How long each loop runs.
const ROUND: Duration = Duration::from_millis(200);
/// Rounds of each kind.
const ROUNDS: usize = 5;

/// Two pieces of work in turn; how often each is done in a second of one core. `batch` is the
/// number of times between two looks at the clock.
pub fn per_second(batch: u64, mut work: impl FnMut(), mut beside: impl FnMut()) -> (f64, f64) {
    let (mut works, mut besides) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        besides.push(round(batch, &mut beside));
        works.push(round(batch, &mut work));
    }
    (median(&works), median(&besides))
}

fn round(batch: u64, work: &mut impl FnMut()) -> f64 {
    let began = Instant::now();
    let mut done = 0_u64;
    while began.elapsed() < ROUND {
        for _ in 0..batch {
            work();
        }
        done += batch;
    }
    rate(done, began.elapsed())
}
