use super::RedStatus;
use crate::machine::{NotPossible, Transition};
use crate::text_enum::text_enum;

text_enum! {
    /// State of an invoice.
    InvoiceState {
        /// Being put together.
        Draft = "draft",
        /// Waits for the seller.
        Submitted = "submitted",
        /// The issuer has it.
        Issuing = "issuing",
        /// It has a number.
        Issued = "issued",
        /// Its reversal was applied for.
        RedApplying = "red_applying",
        /// Its reversal was confirmed.
        RedConfirmed = "red_confirmed",
        /// Reversed by a red invoice.
        Reversed = "reversed",
        /// The seller does not issue it.
        Rejected = "rejected",
        /// The issuer could not issue it; may be tried again.
        Failed = "failed",
        /// Given up before it was issued.
        Cancelled = "cancelled",
    }
}

/// What happens to an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvoiceEvent<'a> {
    /// The buyer asks for it.
    Submit,
    /// The seller issues it.
    Issue,
    /// The seller does not.
    Reject {
        /// Why; must say something.
        reason: &'a str,
    },
    /// The buyer gives it up.
    Cancel,
    /// The issuer did not answer clearly.
    Unclear,
    /// The issuer has given it a number.
    Issued,
    /// The issuer says for certain that it did not issue it.
    IssueFailed,
    /// Once more.
    Retry,
    /// Money of one of its orders went back.
    OrderRefunded,
    /// Something on it is wrong: it is to be reversed.
    ApplyRed,
    /// The gateway says how far the confirmation is.
    Red(RedStatus),
    /// The red invoice has its number.
    RedIssued,
}

impl InvoiceEvent<'_> {
    const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Issue => "issue",
            Self::Reject { .. } => "reject",
            Self::Cancel => "cancel",
            Self::Unclear => "unclear",
            Self::Issued => "issued",
            Self::IssueFailed => "issue_failed",
            Self::Retry => "retry",
            Self::OrderRefunded => "order_refunded",
            Self::ApplyRed => "apply_red",
            Self::Red(_) => "red",
            Self::RedIssued => "red_issued",
        }
    }
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InvoiceEffect {
    /// Send it to the issuer, under its own request number.
    SendToIssuer,
    /// Ask the issuer what became of it.
    Query,
    /// Send it to the buyer, by message and mail.
    Deliver,
    /// Tell the buyer why there is none.
    TellBuyer,
    /// Its orders may be invoiced anew.
    ReleaseOrders,
    /// Put it together anew from what is left of its orders; give it up when nothing is.
    Recompute,
    /// Apply for its reversal.
    ApplyRed,
    /// Apply for its reversal as soon as it is issued.
    ApplyRedWhenIssued,
    /// The application must be corrected by a person.
    CorrectApplication,
    /// Tell the seller that it could not be reversed.
    TellSeller,
    /// Have the red invoice issued.
    SendRed,
    /// Issue what is left of its orders anew.
    Reissue,
}

impl InvoiceState {
    /// The next step.
    ///
    /// # Errors
    /// There is no such step, or a rejection says nothing.
    pub fn next(
        self,
        event: InvoiceEvent<'_>,
    ) -> Result<Transition<Self, InvoiceEffect>, NotPossible> {
        use InvoiceEffect as E;
        use InvoiceEvent as V;
        let to = |state, effects: &[E]| Ok(Transition::new(state, effects));
        match (self, event) {
            (Self::Draft, V::Submit) => to(Self::Submitted, &[]),
            (Self::Submitted, V::Issue) | (Self::Failed, V::Retry) => {
                to(Self::Issuing, &[E::SendToIssuer])
            }
            (Self::Submitted, V::Reject { reason }) => {
                NotPossible::unless(!reason.trim().is_empty(), "a rejection needs a reason")?;
                to(Self::Rejected, &[E::ReleaseOrders, E::TellBuyer])
            }
            (Self::Draft | Self::Submitted | Self::Failed, V::Cancel) => {
                to(Self::Cancelled, &[E::ReleaseOrders])
            }
            (Self::Issuing, V::Unclear) => to(Self::Issuing, &[E::Query]),
            (Self::Issuing, V::Issued) => to(Self::Issued, &[E::Deliver]),
            (Self::Issuing, V::IssueFailed) => to(Self::Failed, &[]),
            (Self::Issued, V::ApplyRed | V::OrderRefunded) => to(Self::RedApplying, &[E::ApplyRed]),
            (Self::Draft | Self::Submitted | Self::Failed, V::OrderRefunded) => {
                to(self, &[E::Recompute])
            }
            (Self::Issuing, V::OrderRefunded) => to(Self::Issuing, &[E::ApplyRedWhenIssued]),
            (Self::RedApplying, V::Red(status)) => match status {
                RedStatus::Submitted | RedStatus::Accepted | RedStatus::UnderReview => {
                    to(Self::RedApplying, &[E::Query])
                }
                RedStatus::ToBeCorrected => to(Self::RedApplying, &[E::CorrectApplication]),
                RedStatus::Withdrawn | RedStatus::NotAccepted | RedStatus::NotPassed => {
                    to(Self::Issued, &[E::TellSeller])
                }
                RedStatus::Passed => to(Self::RedConfirmed, &[E::SendRed]),
            },
            (Self::RedApplying | Self::RedConfirmed, V::Unclear) => to(self, &[E::Query]),
            (Self::RedConfirmed, V::RedIssued) => {
                to(Self::Reversed, &[E::ReleaseOrders, E::Reissue])
            }
            // Said once more; or a refund that is seen when the rest is issued anew, or of orders
            // that are not on it any more.
            (Self::Issued, V::Issued)
            | (Self::Failed, V::IssueFailed)
            | (Self::RedConfirmed, V::Red(RedStatus::Passed))
            | (Self::Reversed, V::RedIssued)
            | (
                Self::RedApplying
                | Self::RedConfirmed
                | Self::Reversed
                | Self::Rejected
                | Self::Cancelled,
                V::OrderRefunded,
            ) => to(self, &[]),
            (state, event) => Err(NotPossible::State {
                state: state.as_str(),
                event: event.name(),
            }),
        }
    }

    /// Whether its orders belong to it and to no other invoice.
    pub const fn holds_orders(self) -> bool {
        match self {
            Self::Draft
            | Self::Submitted
            | Self::Issuing
            | Self::Issued
            | Self::RedApplying
            | Self::RedConfirmed
            | Self::Failed => true,
            Self::Reversed | Self::Rejected | Self::Cancelled => false,
        }
    }
}
