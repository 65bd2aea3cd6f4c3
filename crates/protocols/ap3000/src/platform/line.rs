//! What all devices of one connection share: the SIM card, the bus behind the host, the replies
//! that wait for the platform.

use crate::PhysicalId;
use crate::message::UpperHex;
use device::{Output, Receipt};
use kernel::Timestamp;
use std::time::Duration;

/// Replies that may wait at the same time; a device that asks more often has stopped waiting for
/// the oldest.
const WAITING_MAX: usize = 256;

/// What the devices of one connection share.
#[derive(Default)]
pub(super) struct Line {
    /// Number of the SIM card.
    pub(super) iccid: Option<String>,
    /// The last command to any device.
    last_command: Option<(PhysicalId, Timestamp)>,
    /// Devices of which the others have to know something.
    doings: Vec<(PhysicalId, Doings)>,
    last_receipt: u64,
    replies: Vec<(Receipt, Reply)>,
}

/// What a device does that concerns the others of its connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Doings {
    /// It charges, or is about to, or may do so.
    pub(super) charges: bool,
    /// Firmware is on its way through it or to it, and the others depend on it.
    pub(super) updates: bool,
}

/// A reply, ready but for the platform's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The device that waits.
    pub(super) id: PhysicalId,
    /// The number to copy.
    pub(super) msg_id: u16,
    /// What it waits for.
    pub(super) about: About,
}

/// What a device waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// That a settlement is stored.
    Settlement,
    /// That a confirmation is stored; its socket as on the wire.
    Confirmation(u8),
    /// A word on a card, at a socket as on the wire.
    Card(UpperHex<4>, u8),
}

impl Line {
    /// When a command to this device may be written, as far as the bus goes.
    pub(super) fn free_at(&self, id: PhysicalId, gap: Duration) -> Option<Timestamp> {
        let (_, at) = self.last_command.filter(|(other, _)| *other != id)?;
        Some(at + gap)
    }

    /// A command has been written.
    pub(super) fn commanded(&mut self, id: PhysicalId, now: Timestamp) {
        self.last_command = Some((id, now));
    }

    /// A device does this now.
    pub(super) fn show(&mut self, id: PhysicalId, doings: Doings) {
        let idle = doings == Doings::default();
        let place = self.doings.iter().position(|(other, _)| *other == id);
        match (place, idle) {
            (Some(place), true) => drop(self.doings.swap_remove(place)),
            (None, false) => self.doings.push((id, doings)),
            (place, _) => {
                if let Some((_, known)) = place.and_then(|place| self.doings.get_mut(place)) {
                    *known = doings;
                }
            }
        }
    }

    /// Whether another device of the connection charges, as far as is known.
    pub(super) fn others_charge(&self, id: PhysicalId) -> bool {
        self.others(id).any(|doings| doings.charges)
    }

    /// Whether the host that another device depends on gets firmware.
    pub(super) fn others_update(&self, id: PhysicalId) -> bool {
        self.others(id).any(|doings| doings.updates)
    }

    fn others(&self, id: PhysicalId) -> impl Iterator<Item = Doings> {
        let others = self.doings.iter().filter(move |(other, _)| *other != id);
        others.map(|(_, doings)| *doings)
    }

    /// Keeps a reply until its receipt comes back.
    pub(super) fn issue(&mut self, reply: Reply) -> Receipt {
        self.last_receipt += 1;
        let receipt = Receipt(self.last_receipt);
        if self.replies.len() == WAITING_MAX {
            self.replies.remove(0);
        }
        self.replies.push((receipt, reply));
        receipt
    }

    /// The reply of a receipt, once.
    pub(super) fn redeem(&mut self, receipt: Receipt) -> Option<Reply> {
        let place = self
            .replies
            .iter()
            .position(|(issued, _)| *issued == receipt)?;
        Some(self.replies.remove(place).1)
    }

    /// Whether a settlement waits to be stored.
    pub(super) fn has_open_settlement(&self, id: PhysicalId) -> bool {
        self.replies
            .iter()
            .any(|(_, reply)| reply.id == id && reply.about == About::Settlement)
    }

    /// Drops what waits for a device that is elsewhere now.
    pub(super) fn forget(&mut self, id: PhysicalId) {
        self.replies.retain(|(_, reply)| reply.id != id);
        self.doings.retain(|(other, _)| *other != id);
    }
}

/// One call of the link: the time, what is shared, and where results go.
pub(super) struct Turn<'a> {
    /// The link's time, for everything that is waited for.
    pub(super) now: Timestamp,
    /// The caller's time, for everything that is told.
    pub(super) at: Timestamp,
    /// What is shared.
    pub(super) line: &'a mut Line,
    /// Where results go.
    pub(super) out: &'a mut Output,
}
