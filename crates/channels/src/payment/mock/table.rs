//! Records by number, the oldest forgotten when there are too many.

use std::collections::{HashMap, VecDeque};

/// Most records of one kind.
const RECORDS_MAX: usize = 50_000;

#[derive(Debug)]
pub(super) struct Table<T> {
    records: HashMap<String, T>,
    order: VecDeque<String>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            records: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<T> Table<T> {
    pub(super) fn get(&self, number: &str) -> Option<&T> {
        self.records.get(number)
    }

    pub(super) fn get_mut(&mut self, number: &str) -> Option<&mut T> {
        self.records.get_mut(number)
    }

    /// Adds a record whose number is new.
    pub(super) fn add(&mut self, number: &str, record: T) {
        if self.order.len() >= RECORDS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.records.remove(&oldest);
        }
        self.order.push_back(number.to_owned());
        self.records.insert(number.to_owned(), record);
    }
}

#[cfg(test)]
mod tests {
    use super::{RECORDS_MAX, Table};

    #[test]
    fn the_oldest_is_forgotten() {
        let mut table = Table::default();
        for number in 0..=RECORDS_MAX {
            table.add(&number.to_string(), number);
        }
        assert_eq!(table.get("0"), None);
        assert_eq!(table.get("1"), Some(&1));
        assert_eq!(table.records.len(), RECORDS_MAX);
    }
}
