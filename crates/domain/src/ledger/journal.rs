//! A journal: what one event moves between accounts.

use super::Account;
use kernel::{Fen, Timestamp};

/// Left or right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// 借.
    Debit,
    /// 贷.
    Credit,
}

impl Side {
    /// The column's letter.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debit => "D",
            Self::Credit => "C",
        }
    }

    /// From the column's letter.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "D" => Some(Self::Debit),
            "C" => Some(Self::Credit),
            _ => None,
        }
    }

    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Debit => Self::Credit,
            Self::Credit => Self::Debit,
        }
    }
}

/// One movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where.
    pub account: Account,
    /// Which side.
    pub side: Side,
    /// How much; more than nothing.
    pub amount: Fen,
}

impl Line {
    /// What it does to the account's balance, which grows on its kind's own side.
    pub fn effect(&self) -> Fen {
        if self.side == self.account.kind().normal_side() {
            self.amount
        } else {
            -self.amount
        }
    }
}

/// What kind of event a journal is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JournalKind {
    /// J1: a top-up was paid.
    Recharge,
    /// J2: what the channel keeps.
    ChannelFee,
    /// J3: money held for an order.
    Freeze,
    /// J4: an order was paid before it began.
    Prepay,
    /// J5: an order's bill.
    Settle,
    /// J6: the bill among those who earn.
    Split,
    /// J7: what an order did not use.
    Release,
    /// J8: what a direct payment did not use goes back.
    RefundPrepay,
    /// J9: commission becomes payable.
    Mature,
    /// J10: a plug was left in.
    Occupancy,
    /// J11: money back after the settlement.
    RefundOrder,
    /// J12: a member takes unused money back.
    WalletWithdraw,
    /// A channel has paid a refund out.
    RefundPaid,
    /// A channel could not pay a refund out.
    RefundFailed,
    /// J13: somebody who earns wants it paid out.
    WithdrawRequest,
    /// J13: it was paid out.
    WithdrawPaid,
    /// J13: it was not.
    WithdrawReturned,
    /// J14: gifts that are not given any more.
    GiftExpired,
    /// J15: a correction by two persons.
    Adjustment,
    /// J17: cash at the counter for a card.
    CardRecharge,
    /// A stored-value card pays money back at the counter.
    CardRefund,
    /// J18: a company has paid.
    CompanyPaid,
    /// J19, J20: a partner has paid, or was paid.
    PartnerCleared,
    /// J21: money without a reason.
    Unmatched,
    /// J21: the reason was found.
    UnmatchedResolved,
    /// J22: a small debt is given up.
    Writeoff,
    /// A member pays what they owe.
    DebtPaid,
    /// A reservation's fee.
    Reservation,
    /// J23 and corrections: takes another journal back.
    Reversal,
    /// Money from a channel to the bank.
    Transfer,
}

impl JournalKind {
    /// All of them.
    pub const ALL: [Self; 30] = [
        Self::Recharge,
        Self::ChannelFee,
        Self::Freeze,
        Self::Prepay,
        Self::Settle,
        Self::Split,
        Self::Release,
        Self::RefundPrepay,
        Self::Mature,
        Self::Occupancy,
        Self::RefundOrder,
        Self::WalletWithdraw,
        Self::RefundPaid,
        Self::RefundFailed,
        Self::WithdrawRequest,
        Self::WithdrawPaid,
        Self::WithdrawReturned,
        Self::GiftExpired,
        Self::Adjustment,
        Self::CardRecharge,
        Self::CardRefund,
        Self::CompanyPaid,
        Self::PartnerCleared,
        Self::Unmatched,
        Self::UnmatchedResolved,
        Self::Writeoff,
        Self::DebtPaid,
        Self::Reservation,
        Self::Reversal,
        Self::Transfer,
    ];

    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recharge => "recharge",
            Self::ChannelFee => "channel_fee",
            Self::Freeze => "freeze",
            Self::Prepay => "prepay",
            Self::Settle => "settle",
            Self::Split => "split",
            Self::Release => "release",
            Self::RefundPrepay => "refund_prepay",
            Self::Mature => "mature",
            Self::Occupancy => "occupancy",
            Self::RefundOrder => "refund_order",
            Self::WalletWithdraw => "wallet_withdraw",
            Self::RefundPaid => "refund_paid",
            Self::RefundFailed => "refund_failed",
            Self::WithdrawRequest => "withdraw_request",
            Self::WithdrawPaid => "withdraw_paid",
            Self::WithdrawReturned => "withdraw_returned",
            Self::GiftExpired => "gift_expired",
            Self::Adjustment => "adjustment",
            Self::CardRecharge => "card_recharge",
            Self::CardRefund => "card_refund",
            Self::CompanyPaid => "company_paid",
            Self::PartnerCleared => "partner_cleared",
            Self::Unmatched => "unmatched",
            Self::UnmatchedResolved => "unmatched_resolved",
            Self::Writeoff => "writeoff",
            Self::DebtPaid => "debt_paid",
            Self::Reservation => "reservation",
            Self::Reversal => "reversal",
            Self::Transfer => "transfer",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What one event moves. Written whole or not at all, and never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Of which event.
    pub kind: JournalKind,
    /// The order, payment, withdrawal … that it belongs to.
    pub biz_no: String,
    /// The event's own key: posting it again changes nothing.
    pub key: String,
    /// In words, where there is more to say.
    pub memo: Option<String>,
    /// The key of the journal that it takes back.
    pub reverses: Option<String>,
    /// The movement at a payment channel that it writes down.
    pub moved: Option<Moved>,
    /// The movements.
    pub lines: Vec<Line>,
}

/// What a channel's statement says of the same movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Our number of it there: of a payment, of a refund.
    pub document_no: String,
    /// When the channel moved the money, which may be another day than that of the posting.
    pub at: Timestamp,
}

/// Debits and credits differ, a line is not positive, or a sum does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("journal {key} does not balance")]
pub struct Unbalanced {
    /// Which one.
    pub key: String,
}

impl Journal {
    /// An empty one; its key is its kind and `key`, which must name the event among all of that
    /// kind.
    pub fn of(kind: JournalKind, biz_no: impl Into<String>, key: impl AsRef<str>) -> Self {
        Self {
            kind,
            biz_no: biz_no.into(),
            key: format!("{}:{}", kind.as_str(), key.as_ref()),
            memo: None,
            reverses: None,
            moved: None,
            lines: Vec::new(),
        }
    }

    /// With a debit. Nothing is written for nothing.
    #[must_use]
    pub fn debit(self, account: Account, amount: Fen) -> Self {
        self.line(account, Side::Debit, amount)
    }

    /// With a credit. Nothing is written for nothing.
    #[must_use]
    pub fn credit(self, account: Account, amount: Fen) -> Self {
        self.line(account, Side::Credit, amount)
    }

    fn line(mut self, account: Account, side: Side, amount: Fen) -> Self {
        if amount != Fen::ZERO {
            self.lines.push(Line {
                account,
                side,
                amount,
            });
        }
        self
    }

    /// With words.
    #[must_use]
    pub fn with_memo(mut self, memo: impl Into<String>) -> Self {
        self.memo = Some(memo.into());
        self
    }

    /// Of a movement at a payment channel. Every journal of money that a channel's trade bill lists
    /// says so: the daily reconciliation finds it by this number and on this day.
    #[must_use]
    pub fn at_channel(mut self, document_no: impl Into<String>, at: Timestamp) -> Self {
        self.moved = Some(Moved {
            document_no: document_no.into(),
            at,
        });
        self
    }

    /// Nothing moves.
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The journal that takes this one back.
    #[must_use]
    pub fn reversed(&self, memo: impl Into<String>) -> Self {
        let turned = self.lines.iter().map(|line| Line {
            side: line.side.opposite(),
            ..line.clone()
        });
        Self {
            kind: JournalKind::Reversal,
            biz_no: self.biz_no.clone(),
            key: format!("{}:{}", JournalKind::Reversal.as_str(), self.key),
            memo: Some(memo.into()),
            reverses: Some(self.key.clone()),
            moved: None,
            lines: turned.collect(),
        }
    }

    /// Checks the one law.
    ///
    /// # Errors
    /// [`Unbalanced`] when it is broken.
    pub fn check(&self) -> Result<(), Unbalanced> {
        let mut sum: i128 = 0;
        let mut lawful = true;
        for line in &self.lines {
            lawful &= line.amount > Fen::ZERO;
            sum += match line.side {
                Side::Debit => i128::from(line.amount.0),
                Side::Credit => -i128::from(line.amount.0),
            };
        }
        if lawful && sum == 0 {
            Ok(())
        } else {
            Err(Unbalanced {
                key: self.key.clone(),
            })
        }
    }
}
