//! The records that a pile keeps.

use super::words::record::{Place, Record};
use std::collections::VecDeque;

/// Records that the memory of a pile holds; the oldest is overwritten.
const RECORDS_MAX: usize = 1000;
/// Answered records that come again after a restart, at most.
const AGAIN_MAX: usize = 49;

/// All records, oldest first, and those that wait for their answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    entries: VecDeque<Record>,
    /// Indexes to be sent, in order; the first is the one under way.
    queue: VecDeque<u32>,
    last_index: u32,
    /// How often the first of the queue has been sent.
    attempts: u32,
}

impl Book {
    /// Keeps a record, to be sent.
    pub(super) fn add(&mut self, mut record: Record) {
        self.last_index += 1;
        record.index = self.last_index;
        if self.entries.len() == RECORDS_MAX {
            let gone = self.entries.pop_front();
            let gone = gone.map(|record| record.index);
            self.queue.retain(|index| Some(*index) != gone);
        }
        self.queue.push_back(record.index);
        self.entries.push_back(record);
    }

    /// The record that waits for its answer.
    pub(super) fn current(&self) -> Option<&Record> {
        self.find(*self.queue.front()?)
    }

    /// It has been sent once more; how often that is.
    pub(super) fn sent(&mut self) -> u32 {
        self.attempts += 1;
        self.attempts
    }

    /// It has been answered.
    pub(super) fn answered(&mut self) -> Option<Record> {
        let index = self.queue.pop_front()?;
        self.attempts = 0;
        self.find(index).cloned()
    }

    /// A new connection: counting begins again.
    pub(super) fn reconnected(&mut self) {
        self.attempts = 0;
    }

    /// After a restart, the newest records are sent once more.
    pub(super) fn again(&mut self) {
        let first = self.entries.len().saturating_sub(AGAIN_MAX);
        let indexes = self.entries.iter().skip(first).map(|record| record.index);
        self.queue = indexes.collect();
        self.attempts = 0;
    }

    /// Sends a record once more: the newest of this gun.
    pub(super) fn repeat(&mut self, gun_no: u8) -> bool {
        let newest = self
            .entries
            .iter()
            .rev()
            .find(|record| record.gun_no == gun_no);
        let Some(index) = newest.map(|record| record.index) else {
            return false;
        };
        if !self.queue.contains(&index) {
            self.queue.push_back(index);
        }
        true
    }

    /// Everything is forgotten.
    pub(super) fn forget(&mut self) {
        *self = Self {
            last_index: self.last_index,
            ..Self::default()
        };
    }

    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// Index and total that a record shows; some firmware writes the newest index everywhere.
    pub(super) fn place(&self, record: &Record, newest: bool) -> Place {
        Place {
            index: if newest {
                self.last_index
            } else {
                record.index
            },
            total: self.len(),
        }
    }

    /// Records from an index on.
    pub(super) fn from(&self, first: u32, count: usize) -> Vec<Record> {
        let wanted = self.entries.iter().filter(|record| record.index >= first);
        wanted.take(count).cloned().collect()
    }

    fn find(&self, index: u32) -> Option<&Record> {
        self.entries.iter().find(|record| record.index == index)
    }
}
