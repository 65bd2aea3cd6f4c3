//! For how long the database has been heard without a gap.

use std::time::Duration;

/// From when to when it was heard, by the steady clock.
#[derive(Debug, Default)]
pub(super) struct Continuity(Option<(Duration, Duration)>);

impl Continuity {
    /// Notes that it was heard `now`. For how long it has been, without a gap longer than `gap`.
    pub(super) fn heard(&mut self, now: Duration, gap: Duration) -> Duration {
        let since = match self.0 {
            Some((since, last)) if now.saturating_sub(last) <= gap => since,
            _ => now,
        };
        self.0 = Some((since, now));
        now.saturating_sub(since)
    }
}

#[cfg(test)]
mod tests {
    use super::Continuity;
    use std::time::Duration;

    #[test]
    fn a_gap_begins_anew() {
        let mut continuity = Continuity::default();
        let heard = [0, 2, 4, 10, 12].map(|now| {
            let now = Duration::from_secs(now);
            continuity.heard(now, Duration::from_secs(5)).as_secs()
        });
        assert_eq!(heard, [0, 2, 4, 0, 2]);
    }
}
