//! How much one peer may send: a token bucket of bytes and one of frames, each one second deep.
//! A peer over its budget is not read until it has tokens again, so TCP itself slows it down.

use crate::Limits;
use kernel::Timestamp;
use std::time::Duration;

pub(crate) struct Budget {
    bytes: Bucket,
    frames: Bucket,
    /// Since when the peer has been over its budget without a pause.
    held_since: Option<Timestamp>,
}

impl Budget {
    pub(crate) fn new(limits: &Limits, now: Timestamp) -> Self {
        Self {
            bytes: Bucket::full(limits.bytes_per_second, now),
            frames: Bucket::full(limits.frames_per_second, now),
            held_since: None,
        }
    }

    /// Charges what has been read. Returns until when the peer must not be read, if it is over.
    pub(crate) fn spend(&mut self, bytes: usize, frames: u64, now: Timestamp) -> Option<Timestamp> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let frames = i64::try_from(frames).unwrap_or(i64::MAX);
        let wait = self
            .bytes
            .spend(bytes, now)
            .max(self.frames.spend(frames, now));
        if wait.is_zero() {
            self.held_since = None;
            return None;
        }
        self.held_since.get_or_insert(now);
        Some(now + wait)
    }

    /// Whether the peer has been over its budget for longer than it is given.
    pub(crate) fn is_flooding(&self, limits: &Limits, now: Timestamp) -> bool {
        self.held_since
            .is_some_and(|since| now.since(since) > limits.flood_close_after)
    }
}

struct Bucket {
    per_second: i64,
    /// Thousandths of tokens; negative while the peer is over.
    milli_tokens: i64,
    at: Timestamp,
}

impl Bucket {
    fn full(per_second: u32, now: Timestamp) -> Self {
        let per_second = i64::from(per_second.max(1));
        Self {
            per_second,
            milli_tokens: per_second * 1000,
            at: now,
        }
    }

    fn spend(&mut self, tokens: i64, now: Timestamp) -> Duration {
        let elapsed_ms = i64::try_from(now.since(self.at).as_millis()).unwrap_or(i64::MAX);
        let refill = elapsed_ms.saturating_mul(self.per_second);
        self.milli_tokens = self
            .milli_tokens
            .saturating_add(refill)
            .min(self.per_second.saturating_mul(1000));
        self.at = now;
        self.milli_tokens = self
            .milli_tokens
            .saturating_sub(tokens.saturating_mul(1000));
        let missing_ms = ((-self.milli_tokens).max(0) + self.per_second - 1) / self.per_second;
        Duration::from_millis(u64::try_from(missing_ms).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;
    use crate::Limits;
    use kernel::Timestamp;
    use std::time::Duration;

    fn limits() -> Limits {
        Limits {
            frames_per_second: 10,
            bytes_per_second: 1000,
            ..Limits::default()
        }
    }

    #[test]
    fn a_calm_peer_is_never_held() {
        let mut budget = Budget::new(&limits(), Timestamp(0));
        for second in 0..100 {
            assert_eq!(budget.spend(900, 9, Timestamp(second * 1000)), None);
        }
    }

    #[test]
    fn a_flood_is_held_and_then_closed() {
        let mut budget = Budget::new(&limits(), Timestamp(0));
        let mut now = Timestamp(0);
        assert_eq!(
            budget.spend(100, 10, now),
            None,
            "one second's worth is a legal burst"
        );
        for _ in 0..11 {
            let until = budget.spend(100, 10, now).expect("over the budget");
            assert!(!budget.is_flooding(&limits(), now));
            now = until;
        }
        now = now + Duration::from_secs(1);
        budget.spend(100, 100, now);
        assert!(budget.is_flooding(&limits(), now));
    }

    #[test]
    fn a_pause_forgives() {
        let mut budget = Budget::new(&limits(), Timestamp(0));
        assert!(budget.spend(5000, 1, Timestamp(0)).is_some());
        assert_eq!(budget.spend(10, 1, Timestamp(20_000)), None);
        assert!(!budget.is_flooding(&limits(), Timestamp(20_000)));
    }
}
