//! Settlements: what a device writes down when a relay opens, and forgets when it is answered.

use kernel::Timestamp;
use std::collections::VecDeque;

/// Records in the EEPROM of a device; the oldest gives way (no document tells the real number).
const RECORDS_MAX: usize = 100;

/// One charge that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) duration_s: u16,
    pub(super) max_power_dw: u16,
    pub(super) centi_kwh: u16,
    /// Counted from 0.
    pub(super) port: u8,
    pub(super) start_type: u8,
    pub(super) card: [u8; 4],
    pub(super) reason: u8,
    pub(super) order: [u8; 16],
    pub(super) second_max_dw: u16,
    /// Unix seconds of the device's clock.
    pub(super) clock: u32,
    pub(super) occupancy_min: u16,
}

/// A record that the platform has not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) record: Record,
    /// The message id of the last try.
    pub(super) msg: u16,
    /// How often it was sent.
    pub(super) tries: u32,
    /// When it is sent next.
    pub(super) due: Timestamp,
    /// Said once more although it was answered.
    pub(super) copy: bool,
}

/// The records of one device, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Records(VecDeque<Kept>);

impl Records {
    pub(super) fn keep(&mut self, record: Record, due: Timestamp) {
        self.add(record, due, false);
    }

    /// Keeps what was answered before.
    pub(super) fn keep_copy(&mut self, record: Record, due: Timestamp) {
        self.add(record, due, true);
    }

    fn add(&mut self, record: Record, due: Timestamp, copy: bool) {
        if self.0.len() == RECORDS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Kept {
            record,
            msg: 0,
            tries: 0,
            due,
            copy,
        });
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.0.iter().map(|kept| kept.due).min()
    }

    /// The first record that is due.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<&mut Kept> {
        self.0.iter_mut().find(|kept| kept.due <= now)
    }

    /// The record that was last sent with this message id is answered; the next stored one
    /// follows at `follow`.
    pub(super) fn answered(&mut self, msg: u16, follow: Timestamp) -> Option<Kept> {
        let sent = |kept: &Kept| kept.tries > 0 && kept.msg == msg;
        let place = self.0.iter().position(sent)?;
        let done = self.0.remove(place);
        if let Some(next) = self.0.front_mut() {
            next.due = next.due.min(follow);
        }
        done
    }

    /// The connection is back: the oldest record that was tried in vain, or could not be, goes
    /// first and does not wait for its half hour.
    pub(super) fn hurry(&mut self, first: Timestamp) {
        if let Some(oldest) = self.0.front_mut() {
            oldest.due = oldest.due.min(first);
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{RECORDS_MAX, Record, Records};
    use kernel::Timestamp;

    fn record(number: u8) -> Record {
        Record {
            duration_s: 60,
            max_power_dw: 1800,
            centi_kwh: 3,
            port: 0,
            start_type: 1,
            card: [0; 4],
            reason: 7,
            order: [number; 16],
            second_max_dw: 1800,
            clock: 0,
            occupancy_min: 0,
        }
    }

    #[test]
    fn a_backlog_drains_one_by_one() {
        let mut records = Records::default();
        for number in 1..=3 {
            records.keep(record(number), Timestamp(1000));
        }
        for msg in 1..=3 {
            let kept = records.due(Timestamp(1000)).expect("due");
            (kept.msg, kept.tries, kept.due) = (msg, 1, Timestamp(9_000_000));
        }
        assert!(records.answered(7, Timestamp(2000)).is_none());
        let done = records.answered(2, Timestamp(2000)).expect("the second");
        assert_eq!(done.record.order, [2; 16]);
        assert_eq!(records.next(), Some(Timestamp(2000)));
        assert_eq!(records.0.len(), 2);
        records.hurry(Timestamp(1500));
        assert_eq!(records.due(Timestamp(1500)).map(|kept| kept.msg), Some(1));
    }

    #[test]
    fn memory_is_finite() {
        let mut records = Records::default();
        for number in 0..=u8::MAX {
            records.keep(record(number), Timestamp(0));
        }
        assert_eq!(records.0.len(), RECORDS_MAX);
        records.clear();
        assert_eq!(records.next(), None);
    }
}
