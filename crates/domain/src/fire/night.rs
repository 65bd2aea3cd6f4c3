//! Night hours of the day in Shanghai, which may lie on both sides of midnight.

use kernel::Timestamp;

const DAY_MS: i64 = 86_400_000;
const SHANGHAI_MS: i64 = 8 * 3_600_000;

/// From one minute of the day until another; none when they are equal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Night {
    from_ms: i64,
    length_ms: i64,
}

impl Night {
    pub(super) fn of(from_min: i32, until_min: i32) -> Option<Self> {
        let length_min = (until_min - from_min).rem_euclid(24 * 60);
        (length_min > 0).then_some(Self {
            from_ms: i64::from(from_min) * 60_000,
            length_ms: i64::from(length_min) * 60_000,
        })
    }

    pub(super) fn covers(self, at: Timestamp) -> bool {
        (at.0 + SHANGHAI_MS - self.from_ms).rem_euclid(DAY_MS) < self.length_ms
    }

    /// Milliseconds between two instants that lie in nights.
    pub(super) fn within(self, from: Timestamp, until: Timestamp) -> i64 {
        (self.passed(until) - self.passed(from)).max(0)
    }

    /// Milliseconds of nights since some fixed beginning.
    fn passed(self, at: Timestamp) -> i64 {
        let since = at.0 + SHANGHAI_MS - self.from_ms;
        since.div_euclid(DAY_MS) * self.length_ms + since.rem_euclid(DAY_MS).min(self.length_ms)
    }
}
