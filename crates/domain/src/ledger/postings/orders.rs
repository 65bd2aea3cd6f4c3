//! J3, J5 to J7, J11, J16: a charge holds money, is billed, gives the rest back.

use crate::ledger::{Account, Expense, Journal, JournalKind};
use crate::payer::{Money, Payer, Sums};
use kernel::{Fen, OrderNo};
use serde::{Deserialize, Serialize};

/// A part of a bill and who gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Whose.
    pub account: Account,
    /// How much.
    pub amount: Fen,
}

/// How a bill is paid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// Of what was held.
    pub held: Sums,
    /// Neither held nor free: owed.
    pub owed: Fen,
    /// Given up, because it is small.
    pub waived: Fen,
    /// A coupon or promotion that the platform pays for.
    pub coupon: Fen,
    /// Points that were redeemed.
    pub points: Fen,
    /// Of the gift money in `held`: what is not split, because only paid money is shared.
    #[serde(default)]
    pub gift_aside: Fen,
}

impl Capture {
    /// All of it: what is split.
    pub fn total(&self) -> Fen {
        self.paid() + self.coupon + self.points - self.gift_aside
    }

    /// What the payer bears.
    pub fn paid(&self) -> Fen {
        self.held.total() + self.owed + self.waived
    }
}

/// J3: money is held for an order.
pub fn freeze(order: OrderNo, payer: &Payer, sums: Sums) -> Journal {
    moves(
        Journal::of(JournalKind::Freeze, order.as_str(), order.as_str()),
        payer,
        sums,
        true,
    )
}

/// J3 once more: a running order holds more. `round` counts the times.
pub fn extend(order: OrderNo, payer: &Payer, sums: Sums, round: i32) -> Journal {
    let key = format!("{order}:more{round}");
    moves(
        Journal::of(JournalKind::Freeze, order.as_str(), key),
        payer,
        sums,
        true,
    )
}

/// J7: what an order does not use is free again. What was paid for this order alone has no
/// pocket to return to: see [`super::refund_prepay`]. `round` counts the times.
pub fn release(order: OrderNo, payer: &Payer, sums: Sums, round: i32) -> Journal {
    let key = format!("{order}:{round}");
    moves(
        Journal::of(JournalKind::Release, order.as_str(), key),
        payer,
        sums,
        false,
    )
}

fn moves(mut journal: Journal, payer: &Payer, sums: Sums, hold: bool) -> Journal {
    for pocket in payer.pockets() {
        let amount = sums.of(pocket.money);
        let (from, to) = if hold {
            (pocket.free, pocket.held)
        } else {
            (pocket.held, pocket.free)
        };
        journal = journal.debit(from, amount).credit(to, amount);
    }
    journal
}

/// J5 and J6, with J16's parts: the bill is paid out of what was held, and goes to those who
/// earn it. The shares' sum must be the capture's. `round` counts the settlements of the order.
pub fn settle(
    order: OrderNo,
    payer: &Payer,
    capture: &Capture,
    shares: &[Share],
    round: i32,
) -> [Journal; 2] {
    let key = format!("{order}:{round}");
    let mut bill = Journal::of(JournalKind::Settle, order.as_str(), &key);
    for money in [Money::Cash, Money::Gift] {
        if let Some(held) = payer.held_in(order, money) {
            bill = bill.debit(held, capture.held.of(money));
        }
    }
    let bill = bill
        .debit(payer.debt(), capture.owed)
        .debit(Account::Expense(Expense::Writeoff), capture.waived)
        .debit(Account::Expense(Expense::Coupon), capture.coupon)
        .debit(Account::Expense(Expense::Points), capture.points)
        .credit(Account::Expense(Expense::Gift), capture.gift_aside)
        .credit(Account::ClearingOrder, capture.total());
    let split = Journal::of(JournalKind::Split, order.as_str(), &key);
    let mut split = split.debit(Account::ClearingOrder, capture.total());
    for share in shares {
        split = split.credit(share.account.clone(), share.amount);
    }
    [bill, split]
}

/// J11: money back after the settlement, taken from those who earned it. `to` is what the payer
/// still owes and where his money is, or [`Account::RefundInflight`] when it goes back through a
/// channel.
pub fn refund(
    order: OrderNo,
    refund_no: &str,
    shares: &[Share],
    to: impl IntoIterator<Item = (Account, Fen)>,
) -> Journal {
    let mut journal = Journal::of(JournalKind::RefundOrder, order.as_str(), refund_no);
    for share in shares {
        journal = journal.debit(share.account.clone(), share.amount);
    }
    for (account, amount) in to {
        journal = journal.credit(account, amount);
    }
    journal
}
