//! Records that the platform has not confirmed: repeated, and kept through the night.

use super::gun::Transaction;
use kernel::Timestamp;
use std::collections::VecDeque;
use std::time::Duration;

/// Records that a pile keeps at most; the oldest is given up beyond that.
const RECORDS_MAX: usize = 256;
/// After the quick repetitions a record comes once more after so long (the document's chapter
/// 8.8), and then with every login.
const LATER: Duration = Duration::from_mins(5);

/// One record.
#[derive(Clone, Debug)]
pub(super) struct Outstanding<R> {
    pub(super) transaction: Transaction,
    pub(super) record: R,
    /// How often it went out.
    pub(super) tries: u32,
    /// Confirmations that were not understood.
    overheard: u32,
    /// When it goes out next, device time; none: with the next login.
    due: Option<Timestamp>,
}

/// The pile's memory of records, oldest first.
#[derive(Clone, Debug)]
pub(super) struct Records<R>(VecDeque<Outstanding<R>>);

impl<R> Records<R> {
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Keeps a record that goes out at `due`.
    pub(super) fn keep(&mut self, transaction: Transaction, record: R, due: Timestamp) {
        if self.0.len() == RECORDS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Outstanding {
            transaction,
            record,
            tries: 0,
            overheard: 0,
            due: Some(due),
        });
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.0.iter().filter_map(|record| record.due).min()
    }

    /// After a login everything goes out again, one record a second.
    pub(super) fn all_due(&mut self, now: Timestamp) {
        for (place, record) in self.0.iter_mut().enumerate() {
            let wait = u64::try_from(place).unwrap_or(u64::MAX).min(3600);
            record.due = Some(now + Duration::from_secs(wait));
            record.tries = 0;
        }
    }

    /// Without a connection nothing goes out.
    pub(super) fn hold(&mut self) {
        for record in &mut self.0 {
            record.due = None;
        }
    }

    /// The record that is due, if one is; its next time is set.
    pub(super) fn take_due(
        &mut self,
        now: Timestamp,
        every: Duration,
        tries: u32,
    ) -> Option<&Outstanding<R>> {
        let record = self
            .0
            .iter_mut()
            .find(|record| record.due.is_some_and(|due| due <= now))?;
        record.tries += 1;
        record.due = match record.tries {
            // The first sending and its repetitions.
            sent if sent <= tries => Some(now + every),
            sent if sent == tries + 1 => Some(now + LATER),
            _ => None,
        };
        Some(record)
    }

    /// The platform confirmed a record; true when the pile took note of it. A pile that
    /// overhears needs to be told more often.
    pub(super) fn confirmed(&mut self, transaction: &Transaction, overhears: u32) -> bool {
        let place = self
            .0
            .iter()
            .position(|record| record.transaction == *transaction);
        let Some(record) = place.and_then(|place| self.0.get_mut(place)) else {
            return false;
        };
        if record.overheard < overhears {
            record.overheard += 1;
            return false;
        }
        self.0.retain(|record| record.transaction != *transaction);
        true
    }

    /// Memory is lost.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::Records;
    use kernel::Timestamp;
    use std::time::Duration;

    const EVERY: Duration = Duration::from_secs(30);

    fn sent_until(records: &mut Records<u8>, end: i64) -> Vec<i64> {
        let mut sent = Vec::new();
        while let Some(due) = records.next().filter(|due| due.0 <= end) {
            assert!(records.take_due(due, EVERY, 3).is_some());
            sent.push(due.0 / 1000);
        }
        sent
    }

    #[test]
    fn a_record_is_repeated_and_then_waits_for_a_login() {
        let mut records = Records::new();
        records.keep([1; 16], 1, Timestamp(2_000));
        assert_eq!(sent_until(&mut records, 10_000_000), [2, 32, 62, 92, 392]);
        records.all_due(Timestamp(20_000_000));
        assert_eq!(records.next(), Some(Timestamp(20_000_000)));
        assert!(records.confirmed(&[1; 16], 0));
        assert_eq!(records.next(), None);
        assert!(!records.confirmed(&[1; 16], 0), "forgotten already");
    }

    #[test]
    fn some_piles_must_be_told_thrice() {
        let mut records = Records::new();
        records.keep([1; 16], 1, Timestamp(0));
        assert!(!records.confirmed(&[1; 16], 2));
        assert!(!records.confirmed(&[1; 16], 2));
        assert!(records.confirmed(&[1; 16], 2));
    }

    #[test]
    fn nothing_is_lost_without_a_connection() {
        let mut records = Records::new();
        records.keep([1; 16], 1, Timestamp(0));
        records.keep([2; 16], 2, Timestamp(0));
        records.hold();
        assert_eq!(records.next(), None);
        records.all_due(Timestamp(5_000));
        assert_eq!(sent_until(&mut records, 6_000), [5, 6]);
        records.forget();
        assert_eq!(records.next(), None);
    }
}
