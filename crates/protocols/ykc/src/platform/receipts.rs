//! Replies that wait until the platform has decided or stored.

use crate::frame::Sequence;
use crate::message::{ModelCode, StartRequest};
use crate::value::{ParallelNo, TransactionNo};
use device::Receipt;
use kernel::Timestamp;

/// Replies that may wait at the same time; a pile that asks more often has stopped waiting for
/// the oldest.
const WAITING_MAX: usize = 64;

/// A reply, ready but for the platform's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// To a record.
    Record(TransactionNo),
    /// To a card or a vehicle.
    Request(Box<Request>),
    /// To a check of the billing model.
    ModelCheck(ModelCode),
    /// To a request for it.
    ModelRequest,
}

/// Somebody who wants to charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    /// What was asked.
    pub(super) said: StartRequest,
    /// With several guns at once.
    pub(super) parallel: Option<ParallelNo>,
    /// When.
    pub(super) at: Timestamp,
}

/// All replies of one pile that wait.
#[derive(Default)]
pub(super) struct Receipts {
    last: u64,
    waiting: Vec<(Receipt, Sequence, Reply)>,
}

impl Receipts {
    /// The receipts of one pile of a connection. Numbers are unique among them, because each
    /// counts from its own `place`.
    pub(super) fn of_place(place: u64) -> Self {
        Self {
            last: place << 32,
            waiting: Vec::new(),
        }
    }

    /// Whether a receipt is from here and waits.
    pub(super) fn issued(&self, receipt: Receipt) -> bool {
        self.waiting.iter().any(|(issued, ..)| *issued == receipt)
    }

    /// Keeps a reply until its receipt comes back.
    pub(super) fn issue(&mut self, sequence: Sequence, reply: Reply) -> Receipt {
        self.last += 1;
        let receipt = Receipt(self.last);
        if self.waiting.len() == WAITING_MAX {
            self.waiting.remove(0);
        }
        self.waiting.push((receipt, sequence, reply));
        receipt
    }

    /// The sequence and reply of a receipt, once.
    pub(super) fn redeem(&mut self, receipt: Receipt) -> Option<(Sequence, Reply)> {
        let place = self
            .waiting
            .iter()
            .position(|(issued, ..)| *issued == receipt)?;
        let (_, sequence, reply) = self.waiting.remove(place);
        if self.waiting.is_empty() {
            self.waiting.shrink_to_fit();
        }
        Some((sequence, reply))
    }

    /// The same request waits already: its answer goes to the newer frame.
    pub(super) fn asked_again(&mut self, again: &Request, newer: Sequence) -> bool {
        let same = |reply: &Reply| match reply {
            Reply::Request(waiting) => {
                waiting.said == again.said && waiting.parallel == again.parallel
            }
            _ => false,
        };
        let waiting = self.waiting.iter_mut().find(|(_, _, reply)| same(reply));
        waiting.is_some_and(|(_, sequence, _)| {
            *sequence = newer;
            true
        })
    }
}
