//! A withdrawal: an agent or merchant takes out what he has earned.

mod account;
mod submit;

pub use account::{SettlementAccount, SettlementKind};
pub use submit::{Account, Amounts, Applicant, Application, WithdrawalRules};

use crate::machine::{NotPossible, Transition};
use crate::text_enum::text_enum;
use std::time::Duration;

/// A payee has so long to confirm a transfer.
pub const CONFIRM_TIME: Duration = Duration::from_hours(24);

text_enum! {
    /// State of a withdrawal.
    WithdrawalState {
        /// Waits for a decision; the money is frozen.
        Submitted = "submitted",
        /// Taken back by the applicant.
        Cancelled = "cancelled",
        /// Not granted.
        Rejected = "rejected",
        /// Granted.
        Approved = "approved",
        /// The channel has it.
        Paying = "paying",
        /// The payee must confirm it.
        WaitConfirm = "wait_confirm",
        /// The payee has his money.
        Success = "success",
        /// It did not happen, for certain.
        Failed = "failed",
    }
}

text_enum! {
    /// How it is paid.
    WithdrawalMethod {
        /// By WeChat Pay, to a person.
        WechatTransfer = "wechat_transfer",
        /// By Alipay, to a person.
        AlipayTransfer = "alipay_transfer",
        /// By the channel of tests and demonstrations.
        MockTransfer = "mock_transfer",
        /// By a file for the bank.
        Bank = "bank",
    }
}

impl WithdrawalMethod {
    /// Whether a channel pays it; otherwise the bank does.
    pub const fn is_transfer(self) -> bool {
        match self {
            Self::WechatTransfer | Self::AlipayTransfer | Self::MockTransfer => true,
            Self::Bank => false,
        }
    }
}

/// Who grants a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Nobody: it is small enough.
    Automatic,
    /// One person.
    One(String),
    /// Two different persons.
    Two(String, String),
}

/// What happens to a withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WithdrawalEvent {
    /// The applicant takes it back.
    Cancel {
        /// Who.
        by: String,
    },
    /// It is not granted.
    Reject {
        /// Why; must say something.
        reason: String,
    },
    /// It is granted.
    Approve(Approval),
    /// It goes to the channel.
    Send,
    /// The channel did not answer clearly.
    Unclear,
    /// The channel waits for the payee.
    MustBeConfirmed,
    /// The payee has not confirmed for 24 hours.
    NotConfirmed {
        /// How long he has been waited for.
        waited: Duration,
    },
    /// The channel says that it is done.
    Succeeded,
    /// The channel says for certain that it failed or was cancelled.
    Failed,
    /// The file for the bank was executed; here is its voucher.
    VoucherUploaded,
}

impl WithdrawalEvent {
    const fn name(&self) -> &'static str {
        match self {
            Self::Cancel { .. } => "cancel",
            Self::Reject { .. } => "reject",
            Self::Approve(_) => "approve",
            Self::Send => "send",
            Self::Unclear => "unclear",
            Self::MustBeConfirmed => "must_be_confirmed",
            Self::NotConfirmed { .. } => "not_confirmed",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::VoucherUploaded => "voucher_uploaded",
        }
    }
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WithdrawalEffect {
    /// Available money becomes frozen.
    Freeze,
    /// Frozen money becomes available again.
    Release,
    /// Frozen money leaves: net to the payee, fee to the platform, tax to the authority.
    PayOut,
    /// It is small enough to be granted at once.
    ApproveAtOnce,
    /// Transfer it. The bill number is fixed from now on: it is never sent under another one
    /// before the channel has said that it failed.
    SendToChannel,
    /// Ask the channel what became of it.
    Query,
    /// Show the payee what he has to confirm.
    ShowToPayee,
    /// Cancel it at the channel.
    CancelAtChannel,
    /// Tell the applicant.
    TellApplicant,
}

/// A withdrawal, as far as its steps depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// Its state.
    pub state: WithdrawalState,
    /// How much, fees included.
    pub amount: kernel::Fen,
    /// How it is paid.
    pub method: WithdrawalMethod,
    /// Who applied for it.
    pub applicant: String,
}

impl Withdrawal {
    /// The next step.
    ///
    /// # Errors
    /// There is no such step, or a condition of it does not hold.
    pub fn next(
        &self,
        event: &WithdrawalEvent,
        rules: &WithdrawalRules,
    ) -> Result<Transition<WithdrawalState, WithdrawalEffect>, NotPossible> {
        use WithdrawalEffect as E;
        use WithdrawalEvent as V;
        use WithdrawalState as S;
        let given_back = |to| Ok(Transition::new(to, [E::Release, E::TellApplicant]));
        match (self.state, event) {
            (S::Submitted, V::Cancel { by }) => {
                NotPossible::unless(*by == self.applicant, "only the applicant may cancel")?;
                Ok(Transition::new(S::Cancelled, [E::Release]))
            }
            // What is granted but not paid yet may still turn out wrong: an account that the bank
            // does not know.
            (S::Submitted | S::Approved, V::Reject { reason }) => {
                NotPossible::unless(!reason.trim().is_empty(), "a rejection needs a reason")?;
                given_back(S::Rejected)
            }
            (S::Submitted, V::Approve(approval)) => {
                self.granted(approval, rules)?;
                Ok(Transition::plain(S::Approved))
            }
            (S::Approved, V::Send) => {
                let other = "this withdrawal is paid another way";
                NotPossible::unless(self.method.is_transfer(), other)?;
                Ok(Transition::new(S::Paying, [E::SendToChannel]))
            }
            (S::Approved, V::VoucherUploaded) => {
                let other = "this withdrawal is paid another way";
                NotPossible::unless(!self.method.is_transfer(), other)?;
                Ok(Transition::new(S::Success, [E::PayOut, E::TellApplicant]))
            }
            (S::Paying | S::WaitConfirm, V::Unclear) => Ok(Transition::new(self.state, [E::Query])),
            (S::Paying, V::MustBeConfirmed) => Ok(Transition::new(
                S::WaitConfirm,
                [E::ShowToPayee, E::TellApplicant],
            )),
            (S::WaitConfirm, V::NotConfirmed { waited }) => {
                NotPossible::unless(*waited >= CONFIRM_TIME, "the payee has 24 hours")?;
                // The money stays frozen until the channel says that it is cancelled: the payee
                // may confirm in this very moment.
                Ok(Transition::new(
                    S::WaitConfirm,
                    [E::CancelAtChannel, E::Query],
                ))
            }
            (S::Paying | S::WaitConfirm, V::Succeeded) => {
                Ok(Transition::new(S::Success, [E::PayOut, E::TellApplicant]))
            }
            (S::Paying | S::WaitConfirm, V::Failed) => given_back(S::Failed),
            // Said once more.
            (S::WaitConfirm, V::MustBeConfirmed)
            | (S::Success, V::Succeeded)
            | (S::Failed, V::Failed) => Ok(Transition::plain(self.state)),
            (state, event) => Err(NotPossible::State {
                state: state.as_str(),
                event: event.name(),
            }),
        }
    }

    fn granted(&self, approval: &Approval, rules: &WithdrawalRules) -> Result<(), NotPossible> {
        let own = "nobody decides on his own request";
        match approval {
            Approval::Automatic => NotPossible::unless(
                self.amount <= rules.auto_limit,
                "a person must decide on it",
            ),
            Approval::One(reviewer) => {
                NotPossible::unless(*reviewer != self.applicant, own)?;
                NotPossible::unless(
                    self.amount <= rules.second_reviewer_above,
                    "a second person must decide on it",
                )
            }
            Approval::Two(first, second) => {
                NotPossible::unless(*first != self.applicant && *second != self.applicant, own)?;
                NotPossible::unless(first != second, "the second person must be another one")
            }
        }
    }
}

#[cfg(test)]
mod tests;
