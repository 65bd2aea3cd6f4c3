//! Waiting for something that will be true soon, instead of sleeping.

use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longest time that anything may take in a test before it counts as failed. Generous, because
/// all tests share a small machine.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// Pause between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Looks until there is something to see; panics, naming `what`, when it does not come.
pub async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    within(PATIENCE, what, look).await
}

/// As [`eventually`], with another limit.
pub async fn within<T>(limit: Duration, what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let until = Instant::now() + limit;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < until, "not within {limit:?}: {what}");
        sleep(LOOK_EVERY).await;
    }
}

/// Panics when the condition ceases to hold within `span`: for what must not happen.
pub async fn holds(span: Duration, what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + span;
    while Instant::now() < until {
        assert!(condition().await, "does not hold: {what}");
        sleep(LOOK_EVERY).await;
    }
}
