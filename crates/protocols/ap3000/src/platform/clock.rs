//! The link's own time: it never runs backwards, so that a clock that is set back holds nothing
//! up.

use kernel::Timestamp;

/// Turns the caller's time into the link's and back.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    latest: Timestamp,
    /// The link's time less the caller's, ms.
    ahead: i64,
}

impl Clock {
    /// The link's time at the caller's `now`.
    pub(super) fn read(&mut self, now: Timestamp) -> Timestamp {
        let inner = now.0.saturating_add(self.ahead);
        if inner < self.latest.0 {
            self.ahead = self.latest.0.saturating_sub(now.0);
            return self.latest;
        }
        self.latest = Timestamp(inner);
        self.latest
    }

    /// The caller's time at the link's `inner`.
    pub(super) fn outer(&self, inner: Timestamp) -> Timestamp {
        Timestamp(inner.0.saturating_sub(self.ahead))
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use kernel::Timestamp;

    #[test]
    fn a_clock_that_is_set_back_goes_on() {
        let mut clock = Clock::default();
        assert_eq!(clock.read(Timestamp(10_000)), Timestamp(10_000));
        assert_eq!(clock.read(Timestamp(4_000)), Timestamp(10_000));
        assert_eq!(clock.read(Timestamp(5_000)), Timestamp(11_000));
        assert_eq!(clock.outer(Timestamp(12_000)), Timestamp(6_000));
    }
}
