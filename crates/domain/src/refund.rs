//! A refund: who may grant it, how it reaches the payer, and what happens when it does not.

use crate::alarm::AlarmCode;
use crate::machine::{NotPossible, Transition};
use crate::text_enum::text_enum;
use kernel::{Fen, Timestamp};
use std::time::Duration;

/// Highest refund that needs no person, by default.
pub const AUTO_LIMIT: Fen = Fen(20_000);
/// Channels take refunds of a payment for so long.
pub const AGE_MAX: Duration = Duration::from_hours(365 * 24);

text_enum! {
    /// State of a refund.
    RefundState {
        /// Waits for a person.
        Requested = "requested",
        /// Granted.
        Approved = "approved",
        /// Not granted.
        Rejected = "rejected",
        /// The channel has it.
        Processing = "processing",
        /// The payer has his money.
        Success = "success",
        /// The channel cannot deliver it: a person decides how.
        Abnormal = "abnormal",
        /// The channel says for certain that it did not happen.
        Failed = "failed",
    }
}

text_enum! {
    /// Why there is a refund.
    RefundKind {
        /// Prepaid money that was not used.
        AutoUnused = "auto_unused",
        /// A start that failed, a fault.
        Fault = "fault",
        /// A complaint.
        Complaint = "complaint",
        /// An operator's decision.
        Admin = "admin",
        /// A member takes his cash out of the wallet.
        WalletWithdraw = "wallet_withdraw",
    }
}

impl RefundKind {
    /// Whether nobody asks for it: it follows from what happened.
    pub const fn is_automatic(self) -> bool {
        match self {
            Self::AutoUnused | Self::Fault => true,
            Self::Complaint | Self::Admin | Self::WalletWithdraw => false,
        }
    }
}

text_enum! {
    /// Where the money goes.
    RefundRoute {
        /// Back on the way that it came.
        Original = "original",
        /// Into the member's wallet.
        Wallet = "wallet",
    }
}

/// The payment that a refund comes out of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundedPayment {
    /// What was paid.
    pub amount: Fen,
    /// Other refunds of it that succeeded or are under way.
    pub refunded: Fen,
    /// When it was paid.
    pub paid_at: Timestamp,
}

/// What happens to a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundEvent {
    /// A person grants it.
    Approve {
        /// Who.
        reviewer: String,
    },
    /// A person does not grant it.
    Reject {
        /// Who.
        reviewer: String,
    },
    /// It goes to the channel.
    Send {
        /// Out of which payment.
        payment: RefundedPayment,
        /// When.
        at: Timestamp,
    },
    /// The channel did not answer clearly.
    Unclear,
    /// The channel says that it is done.
    Succeeded,
    /// The channel cannot deliver it.
    Undeliverable,
    /// The channel says for certain that it will not happen.
    Closed,
    /// The member gets it in his wallet.
    ToWallet,
    /// It was paid outside of the channels, against a voucher.
    PaidOffline,
}

impl RefundEvent {
    const fn name(&self) -> &'static str {
        match self {
            Self::Approve { .. } => "approve",
            Self::Reject { .. } => "reject",
            Self::Send { .. } => "send",
            Self::Unclear => "unclear",
            Self::Succeeded => "succeeded",
            Self::Undeliverable => "undeliverable",
            Self::Closed => "closed",
            Self::ToWallet => "to_wallet",
            Self::PaidOffline => "paid_offline",
        }
    }
}

/// What is posted for a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundJournal {
    /// Out of where the money was, into refunds under way.
    Begin,
    /// Out of refunds under way, out of the channel.
    Settle,
    /// The first posting is undone.
    Undo,
    /// Out of where the money was, into the wallet.
    Wallet,
    /// Out of refunds under way, into the wallet.
    InflightToWallet,
    /// Out of refunds under way, out of the bank account.
    InflightToBank,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundEffect {
    /// Post it.
    Post(RefundJournal),
    /// Ask the channel for it, under its own number.
    SendToChannel,
    /// Ask the channel what became of it. It is never sent under another number before the
    /// channel has said that it failed.
    Query,
    /// The payment has been refunded by this much more.
    CountAtPayment,
    /// Tell the member.
    TellMember,
    /// Raise an alarm.
    Raise(AlarmCode),
}

/// A refund, as far as its steps depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Its state.
    pub state: RefundState,
    /// How much.
    pub amount: Fen,
    /// Where to.
    pub route: RefundRoute,
    /// Who asked for it.
    pub applicant: String,
}

/// The state in which a refund begins: granted when it follows by itself and is small enough,
/// otherwise it waits for a person.
///
/// # Errors
/// The amount is not more than zero.
pub fn begin(
    kind: RefundKind,
    amount: Fen,
    auto_limit: Fen,
) -> Result<Transition<RefundState, RefundEffect>, NotPossible> {
    NotPossible::unless(amount > Fen::ZERO, "a refund must be more than zero")?;
    Ok(Transition::plain(
        if kind.is_automatic() && amount <= auto_limit {
            RefundState::Approved
        } else {
            RefundState::Requested
        },
    ))
}

impl RefundState {
    /// Whether the same money may be refunded under a new number: only after the channel has said
    /// that the old one failed.
    pub const fn may_be_tried_anew(self) -> bool {
        match self {
            Self::Failed => true,
            Self::Requested
            | Self::Approved
            | Self::Rejected
            | Self::Processing
            | Self::Success
            | Self::Abnormal => false,
        }
    }
}

impl Refund {
    /// The next step.
    ///
    /// # Errors
    /// There is no such step; the reviewer is the applicant; the payment does not cover it or is
    /// too old; it was to go another way.
    pub fn next(
        &self,
        event: &RefundEvent,
    ) -> Result<Transition<RefundState, RefundEffect>, NotPossible> {
        use RefundEffect as E;
        use RefundState as S;
        let done = |journal| {
            let effects = [E::Post(journal), E::CountAtPayment, E::TellMember];
            Ok(Transition::new(S::Success, effects))
        };
        match (self.state, event) {
            (S::Requested, RefundEvent::Approve { reviewer }) => {
                self.reviewed_by(reviewer)?;
                Ok(Transition::plain(S::Approved))
            }
            (S::Requested, RefundEvent::Reject { reviewer }) => {
                self.reviewed_by(reviewer)?;
                Ok(Transition::new(S::Rejected, [E::TellMember]))
            }
            (S::Approved, RefundEvent::Send { payment, at }) => {
                let original = self.route == RefundRoute::Original;
                NotPossible::unless(original, "this refund goes to the wallet")?;
                self.covered_by(*payment, *at)?;
                let effects = [E::Post(RefundJournal::Begin), E::SendToChannel];
                Ok(Transition::new(S::Processing, effects))
            }
            (S::Approved, RefundEvent::ToWallet) => {
                let wallet = self.route == RefundRoute::Wallet;
                NotPossible::unless(wallet, "this refund goes back the way it came")?;
                done(RefundJournal::Wallet)
            }
            (S::Processing | S::Abnormal, RefundEvent::Succeeded) => done(RefundJournal::Settle),
            (S::Processing, RefundEvent::Undeliverable) => Ok(Transition::new(
                S::Abnormal,
                [E::Raise(AlarmCode::RefundAbnormal)],
            )),
            (S::Processing | S::Abnormal, RefundEvent::Closed) => {
                Ok(Transition::new(S::Failed, [E::Post(RefundJournal::Undo)]))
            }
            (S::Processing, RefundEvent::Unclear) => Ok(Transition::new(S::Processing, [E::Query])),
            (S::Abnormal, RefundEvent::ToWallet) => done(RefundJournal::InflightToWallet),
            (S::Abnormal, RefundEvent::PaidOffline) => done(RefundJournal::InflightToBank),
            // Said once more.
            (S::Success, RefundEvent::Succeeded)
            | (S::Abnormal, RefundEvent::Undeliverable | RefundEvent::Unclear)
            | (S::Failed, RefundEvent::Closed) => Ok(Transition::plain(self.state)),
            (state, event) => Err(NotPossible::State {
                state: state.as_str(),
                event: event.name(),
            }),
        }
    }

    fn reviewed_by(&self, reviewer: &str) -> Result<(), NotPossible> {
        NotPossible::unless(
            reviewer != self.applicant,
            "nobody decides on his own request",
        )
    }

    fn covered_by(&self, payment: RefundedPayment, at: Timestamp) -> Result<(), NotPossible> {
        let together = payment.refunded.checked_add(self.amount);
        let covered = together.is_some_and(|sum| sum <= payment.amount);
        NotPossible::unless(covered, "refunds must not exceed the payment")?;
        let young = at.since(payment.paid_at) <= AGE_MAX;
        NotPossible::unless(young, "the payment is more than 365 days old")
    }
}

#[cfg(test)]
mod tests;
