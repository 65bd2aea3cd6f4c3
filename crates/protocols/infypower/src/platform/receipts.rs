//! Replies that wait until the platform has decided or stored.

use crate::value::Ascii;
use device::Receipt;

/// Replies that may wait at the same time; a pile that asks more often has stopped waiting for
/// the oldest.
const WAITING_MAX: usize = 64;

/// A reply, ready but for the platform's word. Each carries the sequence of its question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// To a record.
    Record(RecordReply),
    /// To a card: 203.
    Card {
        seq: u8,
        card: Ascii<32>,
        /// The card carries a black mark.
        black: bool,
    },
    /// To a card's password: 205.
    Password { seq: u8, card: Ascii<32> },
    /// To a vehicle: 207.
    Vin {
        seq: u8,
        code: Ascii<32>,
        gun_no: u8,
        vin: Ascii<17>,
    },
}

/// What a record is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RecordReply {
    /// Command of the answer: 201, 501 or 221.
    pub(super) cmd: u16,
    pub(super) seq: u8,
    /// Body length of the answer.
    pub(super) length: usize,
    pub(super) gun_no: u8,
    pub(super) card: Ascii<32>,
    pub(super) order: Ascii<32>,
    pub(super) index: u32,
    /// Tells repeats of the record.
    pub(super) mark: u64,
}

/// All replies of one pile that wait.
#[derive(Default)]
pub(super) struct Receipts {
    last: u64,
    waiting: Vec<(Receipt, Reply)>,
}

impl Receipts {
    /// Keeps a reply until its receipt comes back.
    pub(super) fn issue(&mut self, reply: Reply) -> Receipt {
        self.last += 1;
        let receipt = Receipt(self.last);
        if self.waiting.len() == WAITING_MAX {
            self.waiting.remove(0);
        }
        self.waiting.push((receipt, reply));
        receipt
    }

    /// The reply of a receipt, once.
    pub(super) fn redeem(&mut self, receipt: Receipt) -> Option<Reply> {
        let place = self
            .waiting
            .iter()
            .position(|(issued, _)| *issued == receipt)?;
        Some(self.waiting.remove(place).1)
    }
}
