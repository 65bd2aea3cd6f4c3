//! The question about the present state, 0x81. It is not answered as such: the device introduces
//! itself and sends a heartbeat. One question serves everybody who asks at the same time, and no
//! command waits for it.

use kernel::{CommandId, Timestamp};
use std::time::Duration;

/// A heartbeat may take so long.
const WAIT: Duration = Duration::from_secs(15);
/// The question is written at most so often.
const TRIES: u16 = 2;
/// Commands that one question may serve.
const ASKERS_MAX: usize = 16;
/// A device that shows itself on a new connection is asked if it has not told its state by then.
const SILENT_FOR: Duration = Duration::from_secs(3);

/// What is asked of one device.
#[derive(Clone, Debug, Default)]
pub(super) struct Asking {
    /// Stored commands that wait for the state, with the numbers that the platform gave them.
    askers: Vec<(CommandId, u16)>,
    /// When to write it.
    due: Option<Timestamp>,
    /// It has been written; until when the answer is awaited.
    until: Option<Timestamp>,
    attempts: u16,
}

impl Asking {
    /// Asks a device that keeps silent on a new connection.
    pub(super) fn once_silent(now: Timestamp) -> Self {
        Self {
            due: Some(now + SILENT_FOR),
            ..Self::default()
        }
    }

    /// Asks as soon as may be, on the link's own account.
    pub(super) fn ask(&mut self, now: Timestamp) {
        if self.until.is_none() {
            self.due = Some(self.due.map_or(now, |due| due.min(now)));
        }
    }

    /// The same for a stored command. False when too many ask already.
    pub(super) fn ask_for(&mut self, id: CommandId, msg_id: u16, now: Timestamp) -> bool {
        if self.askers.len() == ASKERS_MAX {
            return false;
        }
        self.askers.push((id, msg_id));
        self.ask(now);
        true
    }

    /// Whether a stored command asks.
    pub(super) fn holds(&self, id: CommandId) -> bool {
        self.askers.iter().any(|(other, _)| *other == id)
    }

    /// Takes a stored command back that has not been written yet.
    pub(super) fn withdraw(&mut self, id: CommandId) -> bool {
        if self.until.is_some() || self.attempts > 0 || !self.holds(id) {
            return false;
        }
        self.askers.retain(|(other, _)| *other != id);
        true
    }

    /// When it is to be written, if it is.
    pub(super) const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// When its answer is overdue, if it flies.
    pub(super) const fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// The number to write it with: that of the first command that asks.
    pub(super) fn msg_id(&self) -> Option<u16> {
        self.askers.first().map(|(_, msg_id)| *msg_id)
    }

    /// It has been written; who asks, and for the how many-th time.
    pub(super) fn written(&mut self, now: Timestamp) -> (Vec<CommandId>, u16) {
        self.due = None;
        self.until = Some(now + WAIT);
        self.attempts += 1;
        let ids = self.askers.iter().map(|(id, _)| *id);
        (ids.collect(), self.attempts)
    }

    /// No heartbeat came. Who asked in vain, once all tries are used up.
    pub(super) fn overdue(&mut self, now: Timestamp) -> Vec<CommandId> {
        self.until = None;
        if self.attempts < TRIES {
            self.due = Some(now);
            return Vec::new();
        }
        self.settle()
    }

    /// How often it was written at most.
    pub(super) const fn tries() -> u16 {
        TRIES
    }

    /// The state has been told. Who asked.
    pub(super) fn settle(&mut self) -> Vec<CommandId> {
        let askers = std::mem::take(self).askers;
        askers.into_iter().map(|(id, _)| id).collect()
    }
}
