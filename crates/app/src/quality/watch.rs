//! What is seen of one charge while it runs.

use kernel::{ClockSet, OrderNo, Timestamp};
use std::time::Duration;
use store::session_quality::SessionRow;

/// What is seen of the charge at a port.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) order: OrderNo,
    pub(crate) started_at: Timestamp,
    /// Reports that came, those of one frame as one.
    pub(crate) received: u64,
    counted_at: Option<Timestamp>,
    pub(crate) heard_at: Option<Timestamp>,
    pub(crate) longest_gap: Duration,
    /// Bad frames of the device before it began, and those that another run of the program saw.
    bad_before: u64,
    bad_earlier: u64,
    /// Its end report named everything.
    pub(crate) complete: bool,
    /// It has changed since it was last written down.
    pub(crate) dirty: bool,
}

impl Watch {
    pub(crate) fn begin(order: OrderNo, started_at: Timestamp, bad_frames: u64) -> Self {
        Self {
            order,
            started_at,
            received: 0,
            counted_at: None,
            heard_at: None,
            longest_gap: Duration::ZERO,
            bad_before: bad_frames,
            bad_earlier: 0,
            complete: true,
            dirty: true,
        }
    }

    /// A charge that ran when the program ended.
    pub(crate) fn of_row(row: &SessionRow, bad_frames: u64) -> Self {
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Self {
            received: count(row.received),
            counted_at: row.last_report_at,
            heard_at: row.last_report_at,
            longest_gap: Duration::from_secs(count(row.longest_gap_s)),
            bad_earlier: count(row.bad_frames),
            complete: row.complete,
            dirty: false,
            ..Self::begin(row.order_no, row.started_at, bad_frames)
        }
    }

    /// Somebody set the clock: nothing was missed meanwhile.
    pub(crate) fn clock_was_set(&mut self, set: &ClockSet) {
        self.started_at = set.moved(self.started_at);
        set.move_some(&mut self.counted_at);
        set.move_some(&mut self.heard_at);
    }

    /// A report of it came.
    pub(crate) fn heard(&mut self, now: Timestamp, period: Duration) {
        self.longest_gap = self.longest_gap.max(self.silence(now));
        self.heard_at = Some(now);
        let again = self
            .counted_at
            .is_some_and(|counted| now.since(counted) < period / 2);
        if !again {
            self.received += 1;
            self.counted_at = Some(now);
        }
        self.dirty = true;
    }

    /// How long it has not been heard of.
    pub(crate) fn silence(&self, now: Timestamp) -> Duration {
        now.since(self.heard_at.unwrap_or(self.started_at))
    }

    /// Bad frames of its device while it ran.
    pub(crate) fn bad_frames(&self, now: u64) -> u64 {
        self.bad_earlier + now.saturating_sub(self.bad_before)
    }
}

#[cfg(test)]
mod tests {
    use super::Watch;
    use kernel::Timestamp;
    use std::time::Duration;

    #[test]
    fn reports_and_gaps_are_counted() {
        let at = |second: i64| Timestamp::from_unix_seconds(second);
        let order = "THD1600000000001".parse().expect("a number");
        let period = Duration::from_mins(5);
        let mut watch = Watch::begin(order, at(0), 5);
        for second in [300, 301, 600, 1500] {
            watch.heard(at(second), period);
        }
        assert_eq!(watch.received, 3, "one came in two frames");
        assert_eq!(watch.longest_gap, Duration::from_mins(15));
        assert_eq!(watch.silence(at(1600)), Duration::from_secs(100));
        assert_eq!(watch.bad_frames(7), 2);
    }
}
