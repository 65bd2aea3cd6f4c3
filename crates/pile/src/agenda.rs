//! What a device means to do, and when.

use kernel::Timestamp;

/// Entries that an agenda holds at most; a device that plans more forgets the newest.
pub const AGENDA_MAX: usize = 8192;

/// Timers in device time. Few at a time, so a list is the fastest structure.
#[derive(Clone, Debug)]
pub struct Agenda<T> {
    entries: Vec<(Timestamp, T)>,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
        }
    }
}

impl<T: PartialEq> Agenda<T> {
    /// Nothing planned.
    pub const fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// Sets a timer; the same timer set before is replaced.
    pub fn set(&mut self, at: Timestamp, what: T) {
        self.cancel(&what);
        self.add(at, what);
    }

    /// Adds an entry, whatever else is planned.
    pub fn add(&mut self, at: Timestamp, what: T) {
        if self.entries.len() < AGENDA_MAX {
            self.entries.push((at, what));
        }
    }

    /// Forgets the entries that are equal to this.
    pub fn cancel(&mut self, what: &T) {
        self.entries.retain(|(_, planned)| planned != what);
    }

    /// Keeps the entries that `keep` says.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.entries.retain(|(_, planned)| keep(planned));
    }

    /// Whether such an entry is planned.
    pub fn has(&self, wanted: impl Fn(&T) -> bool) -> bool {
        self.entries.iter().any(|(_, planned)| wanted(planned))
    }

    /// How many such entries are planned.
    pub fn count(&self, wanted: impl Fn(&T) -> bool) -> usize {
        self.entries
            .iter()
            .filter(|(_, planned)| wanted(planned))
            .count()
    }

    /// When the earliest entry is due, device time.
    pub fn next(&self) -> Option<Timestamp> {
        self.entries.iter().map(|(at, _)| *at).min()
    }

    /// Takes the earliest entry that is due; entries of the same instant in the order in which
    /// they were planned.
    pub fn pop(&mut self, now: Timestamp) -> Option<T> {
        let earliest = self.next().filter(|at| *at <= now)?;
        let index = self.entries.iter().position(|(at, _)| *at == earliest)?;
        Some(self.entries.remove(index).1)
    }
}

#[cfg(test)]
mod tests {
    use super::Agenda;
    use kernel::Timestamp;

    #[test]
    fn entries_come_in_the_order_of_their_times() {
        let mut agenda = Agenda::new();
        agenda.add(Timestamp(20), "second");
        agenda.add(Timestamp(10), "first");
        agenda.set(Timestamp(20), "third");
        assert_eq!(agenda.next(), Some(Timestamp(10)));
        assert_eq!(agenda.pop(Timestamp(5)), None);
        let order: Vec<_> = std::iter::from_fn(|| agenda.pop(Timestamp(20))).collect();
        assert_eq!(order, ["first", "second", "third"]);
    }

    #[test]
    fn setting_a_timer_again_moves_it() {
        let mut agenda = Agenda::new();
        agenda.set(Timestamp(10), 'a');
        agenda.set(Timestamp(30), 'a');
        assert_eq!(agenda.next(), Some(Timestamp(30)));
        agenda.cancel(&'a');
        assert!(!agenda.has(|what| *what == 'a'));
    }
}
