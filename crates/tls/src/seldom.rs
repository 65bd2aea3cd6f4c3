//! Log lines that others can cause are written seldom; how many were not is told with the next.

use parking_lot::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// Lets one line through in a while.
#[derive(Debug)]
pub struct Seldom {
    every: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    left_out: u64,
}

impl Seldom {
    /// At most one line in `every`.
    pub fn new(every: Duration) -> Self {
        Self {
            every,
            state: Mutex::default(),
        }
    }

    /// Whether a line may be written now, and how many were not since the last one.
    pub fn may_write(&self) -> Option<u64> {
        let mut state = self.state.lock();
        let now = Instant::now();
        if state.last.is_some_and(|last| now < last + self.every) {
            state.left_out = state.left_out.saturating_add(1);
            return None;
        }
        state.last = Some(now);
        Some(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::Seldom;
    use std::time::Duration;
    use tokio::time::advance;

    #[tokio::test(start_paused = true)]
    async fn what_is_left_out_is_counted() {
        let seldom = Seldom::new(Duration::from_secs(10));
        assert_eq!(seldom.may_write(), Some(0));
        assert_eq!(seldom.may_write(), None);
        assert_eq!(seldom.may_write(), None);
        advance(Duration::from_secs(10)).await;
        assert_eq!(seldom.may_write(), Some(2));
        advance(Duration::from_secs(10)).await;
        assert_eq!(seldom.may_write(), Some(0));
    }
}
