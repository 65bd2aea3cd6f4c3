//! What a device means to do, and when.

use kernel::Timestamp;

/// Entries that an agenda holds at most; a device that plans more forgets the newest.
const AGENDA_MAX: usize = 8192;

/// Timers in device time. Few at a time, so a list is the fastest structure.
#[derive(Clone, Debug)]
pub(super) struct Agenda<T> {
    entries: Vec<(Timestamp, T)>,
}

impl<T: PartialEq + Clone> Agenda<T> {
    pub(super) fn new() -> Self {
        Self {
            entries: Vec::new(),
        }
    }

    /// Sets a timer; the same timer set before is replaced.
    pub(super) fn set(&mut self, at: Timestamp, what: T) {
        self.cancel(&what);
        self.add(at, what);
    }

    /// Adds an entry, whatever else is planned.
    pub(super) fn add(&mut self, at: Timestamp, what: T) {
        if self.entries.len() < AGENDA_MAX {
            self.entries.push((at, what));
        }
    }

    pub(super) fn cancel(&mut self, what: &T) {
        self.entries.retain(|(_, planned)| planned != what);
    }

    /// Keeps the entries that `keep` says.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.entries.retain(|(_, planned)| keep(planned));
    }

    pub(super) fn has(&self, wanted: impl Fn(&T) -> bool) -> bool {
        self.entries.iter().any(|(_, planned)| wanted(planned))
    }

    pub(super) fn count(&self, wanted: impl Fn(&T) -> bool) -> usize {
        self.entries
            .iter()
            .filter(|(_, planned)| wanted(planned))
            .count()
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.entries.iter().map(|(at, _)| *at).min()
    }

    /// Takes the earliest entry that is due; entries of the same instant in the order in which
    /// they were planned.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<T> {
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
