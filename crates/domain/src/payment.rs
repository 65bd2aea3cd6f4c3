//! A payment through a channel: from the order for it to the money, or to nothing.
//!
//! Callbacks and queries say the same things and may say them often, late or wrongly. Money is
//! posted exactly once; what does not fit is never posted, but always raised.

use crate::alarm::AlarmCode;
use crate::machine::{NotPossible, Transition};
use crate::text_enum::text_enum;
use kernel::Fen;
use std::time::Duration;

/// Shortest time that a payer may be given.
pub const VALID_MIN: Duration = Duration::from_mins(5);
/// Longest.
pub const VALID_MAX: Duration = Duration::from_mins(30);

/// Waits before the channel is asked again, seconds. After the last one the daily reconciliation
/// finds what is still open.
const QUERY_DELAYS_S: [u64; 8] = [5, 15, 30, 60, 120, 300, 600, 1800];

text_enum! {
    /// State of a payment.
    PaymentState {
        /// Written down; the channel does not know of it yet.
        Created = "created",
        /// The payer may pay.
        Paying = "paying",
        /// The money is there.
        Paid = "paid",
        /// The money came after it had been closed, and goes back.
        PaidLate = "paid_late",
        /// Nobody paid in time.
        Closed = "closed",
        /// Part of it went back.
        PartRefunded = "part_refunded",
        /// All of it went back.
        Refunded = "refunded",
    }
}

/// To whom a channel says that money was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Addressee {
    /// To our app and merchant number.
    Us,
    /// To another one.
    Other,
}

/// Whether the payer's time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PayerTime {
    /// He may still pay.
    Running,
    /// It is over.
    Over,
}

/// What happens to a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentEvent {
    /// The channel took the order; the payer has so much time.
    Prepaid {
        /// 5 to 30 minutes.
        valid_for: Duration,
    },
    /// A verified callback or a query says that it was paid.
    Succeeded {
        /// How much.
        amount: Fen,
        /// To whom.
        addressee: Addressee,
    },
    /// A query says that it was not paid.
    Unpaid {
        /// Whether there is still time.
        time: PayerTime,
        /// How often the channel has been asked, from 1.
        attempt: u32,
    },
    /// The channel could not be asked.
    QueryFailed {
        /// How often it has been tried, from 1.
        attempt: u32,
    },
    /// The channel has closed it by itself.
    ClosedByChannel,
    /// A refund succeeded.
    Refunded {
        /// All successful refunds of this payment together.
        total: Fen,
    },
}

impl PaymentEvent {
    const fn name(self) -> &'static str {
        match self {
            Self::Prepaid { .. } => "prepaid",
            Self::Succeeded { .. } => "succeeded",
            Self::Unpaid { .. } => "unpaid",
            Self::QueryFailed { .. } => "query_failed",
            Self::ClosedByChannel => "closed_by_channel",
            Self::Refunded { .. } => "refunded",
        }
    }
}

/// What is posted for a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentJournal {
    /// The money of the channel becomes what it was paid for.
    Received,
    /// Money that belongs to nothing any more: it waits in suspense for its refund.
    Unmatched,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentEffect {
    /// Ask the channel after this time, unless something was heard before.
    QueryAfter(Duration),
    /// Leave it to the daily reconciliation.
    LeaveToReconciliation,
    /// Close it at the channel, so that nobody pays any more.
    CloseAtChannel,
    /// Post it.
    Post(PaymentJournal),
    /// Go on with what was paid for: credit the wallet, start the charge.
    Deliver,
    /// Give all of it back without being asked.
    RefundAll,
    /// Raise an alarm.
    Raise(AlarmCode),
    /// Answer the callback with an error.
    RejectCallback,
}

/// A payment, as far as its steps depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its state.
    pub state: PaymentState,
    /// What is to be paid.
    pub amount: Fen,
}

/// How long to wait before the channel is asked for the `attempt`-th time, counted from 1; none
/// when it has been asked often enough.
pub fn query_delay(attempt: u32) -> Option<Duration> {
    let index = usize::try_from(attempt.max(1) - 1).ok()?;
    QUERY_DELAYS_S.get(index).copied().map(Duration::from_secs)
}

fn ask_again(attempts_made: u32) -> PaymentEffect {
    query_delay(attempts_made.saturating_add(1)).map_or(
        PaymentEffect::LeaveToReconciliation,
        PaymentEffect::QueryAfter,
    )
}

impl Payment {
    /// The next step.
    ///
    /// # Errors
    /// There is no such step, or the time given to the payer or the sum of refunds is out of range.
    pub fn next(
        self,
        event: PaymentEvent,
    ) -> Result<Transition<PaymentState, PaymentEffect>, NotPossible> {
        use PaymentState as S;
        let impossible = Err(NotPossible::State {
            state: self.state.as_str(),
            event: event.name(),
        });
        match event {
            PaymentEvent::Prepaid { valid_for } => match self.state {
                S::Created => {
                    let fits = (VALID_MIN..=VALID_MAX).contains(&valid_for);
                    NotPossible::unless(fits, "a payer gets 5 to 30 minutes")?;
                    Ok(Transition::new(S::Paying, [ask_again(0)]))
                }
                S::Paying | S::Paid | S::PaidLate | S::Closed | S::PartRefunded | S::Refunded => {
                    impossible
                }
            },
            PaymentEvent::Succeeded { amount, addressee } => Ok(self.succeeded(amount, addressee)),
            PaymentEvent::Unpaid { time, attempt } => match (self.state, time) {
                (S::Created | S::Paying, PayerTime::Running) => {
                    Ok(Transition::new(self.state, [ask_again(attempt)]))
                }
                (S::Created | S::Paying, PayerTime::Over) => {
                    Ok(Transition::new(S::Closed, [PaymentEffect::CloseAtChannel]))
                }
                (S::Closed, _) => Ok(Transition::plain(S::Closed)),
                (S::Paid | S::PaidLate | S::PartRefunded | S::Refunded, _) => impossible,
            },
            PaymentEvent::QueryFailed { attempt } => match self.state {
                S::Created | S::Paying => Ok(Transition::new(self.state, [ask_again(attempt)])),
                S::Paid | S::PaidLate | S::Closed | S::PartRefunded | S::Refunded => {
                    Ok(Transition::plain(self.state))
                }
            },
            PaymentEvent::ClosedByChannel => match self.state {
                S::Created | S::Paying | S::Closed => Ok(Transition::plain(S::Closed)),
                S::Paid | S::PaidLate | S::PartRefunded | S::Refunded => impossible,
            },
            PaymentEvent::Refunded { total } => match self.state {
                S::Paid | S::PaidLate | S::PartRefunded | S::Refunded => {
                    let fits = total > Fen::ZERO && total <= self.amount;
                    NotPossible::unless(fits, "refunds must not exceed the payment")?;
                    Ok(Transition::plain(if total == self.amount {
                        S::Refunded
                    } else {
                        S::PartRefunded
                    }))
                }
                S::Created | S::Paying | S::Closed => impossible,
            },
        }
    }

    fn succeeded(
        self,
        amount: Fen,
        addressee: Addressee,
    ) -> Transition<PaymentState, PaymentEffect> {
        use PaymentEffect as E;
        use PaymentState as S;
        if amount != self.amount || addressee == Addressee::Other {
            let raised = E::Raise(AlarmCode::PaymentMismatch);
            return Transition::new(self.state, [raised, E::RejectCallback]);
        }
        match self.state {
            S::Created | S::Paying => {
                let posted = E::Post(PaymentJournal::Received);
                Transition::new(S::Paid, [posted, E::Deliver])
            }
            S::Closed => Transition::new(
                S::PaidLate,
                [
                    E::Post(PaymentJournal::Unmatched),
                    E::Raise(AlarmCode::LatePayment),
                    E::RefundAll,
                ],
            ),
            // Said once more.
            S::Paid | S::PaidLate | S::PartRefunded | S::Refunded => Transition::plain(self.state),
        }
    }
}

#[cfg(test)]
mod tests;
