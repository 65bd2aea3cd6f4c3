//! Replies that wait until the platform has decided or stored.

use super::words::Address;
use crate::message::v86::OrderText;
use crate::port::Outlet;
use device::Receipt;
use kernel::Timestamp;
use wire::Digits;

/// Replies that may wait at the same time; a gateway that asks more often has stopped waiting
/// for the oldest.
const WAITING_MAX: usize = 64;

/// A reply, ready but for the platform's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// To an end report of sub 02, 0C or 18.
    End {
        /// The sub-command of the report.
        sub_cmd: u8,
        /// Sequence of the report.
        seq: u32,
        /// What the report was about, to recognise a repeat.
        report: EndMark,
        /// When it was heard.
        heard: Timestamp,
    },
    /// A container that is acknowledged with further elements beside its header.
    Container {
        /// Whom to.
        address: Address,
        /// The command.
        bkv_cmd: u16,
        /// Sequence of the report.
        seq: u64,
        /// Behind the header.
        elements: Vec<(u32, Vec<u8>)>,
    },
    /// To a card at a networked socket.
    Card {
        /// Where.
        outlet: Outlet,
        /// The number that the device proposed.
        business_no: u16,
    },
    /// What a card is worth, networked.
    Balance {
        /// Where.
        outlet: Outlet,
        /// The card.
        card: Digits<6>,
    },
    /// To a v8.6 confirmation or settlement.
    Order {
        /// 0003 or 0004.
        cmd: u16,
        /// Sequence of the report.
        seq: u32,
        /// The order.
        order: OrderText,
    },
    /// To a v8.6 card.
    V86Card {
        /// Sequence of the swipe.
        seq: u32,
        /// The card.
        card_no: u32,
    },
    /// To a card at a stand-alone device.
    DirectBalance {
        /// Sequence of the request.
        seq: u64,
        /// The card, as it came.
        card: Vec<u8>,
        /// The port, as it came.
        port: u8,
    },
}

/// What tells one end report from another: live values differ between repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EndMark {
    pub(super) outlet: Outlet,
    pub(super) business_no: u16,
    pub(super) minutes: u16,
    pub(super) energy_wh: u16,
}

/// All replies of one gateway that wait.
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
