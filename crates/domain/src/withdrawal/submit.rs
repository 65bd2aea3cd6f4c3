use super::{WithdrawalEffect, WithdrawalState};
use crate::fault::FieldFault;
use crate::machine::{NotPossible, Transition};
use kernel::{BasisPoints, Fen};
use serde::{Deserialize, Serialize};

/// What an operator decides about withdrawals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WithdrawalRules {
    /// Least amount.
    pub min: Fen,
    /// Most applications of one organisation on one day.
    pub max_per_day: u32,
    /// Most that one organisation takes out on one day; none: no limit.
    pub max_fen_per_day: Option<Fen>,
    /// What the platform keeps as its fee.
    pub fee_bp: BasisPoints,
    /// What it keeps back as tax.
    pub tax_bp: BasisPoints,
    /// Up to this amount nobody needs to grant it.
    pub auto_limit: Fen,
    /// Above this amount two persons must grant it.
    pub second_reviewer_above: Fen,
}

impl Default for WithdrawalRules {
    fn default() -> Self {
        Self {
            min: Fen(1000),
            max_per_day: 3,
            max_fen_per_day: None,
            fee_bp: BasisPoints(60),
            tax_bp: BasisPoints::ZERO,
            auto_limit: Fen::ZERO,
            second_reviewer_above: Fen(2_000_000),
        }
    }
}

/// What becomes of a withdrawn amount: `fee + tax + net` is the amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// The platform's fee.
    pub fee: Fen,
    /// Tax that is kept back.
    pub tax: Fen,
    /// What the payee gets.
    pub net: Fen,
}

/// What an organisation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Applicant {
    /// It earns commission.
    Agent,
    /// It owns stations.
    Merchant,
    /// It earns nothing.
    Other,
}

/// Whether the account that the money goes to was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    /// It was.
    Verified,
    /// It was not, or there is none.
    Unverified,
}

/// An application for a withdrawal, with what it is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Application {
    /// How much, fees included.
    pub amount: Fen,
    /// Who applies.
    pub applicant: Applicant,
    /// Where the money would go.
    pub account: Account,
    /// What he may dispose of.
    pub available: Fen,
    /// His applications of that day, those that came to nothing not counted.
    pub today: u32,
    /// What they amount to.
    pub today_fen: Fen,
}

impl WithdrawalRules {
    /// Checks them before they are stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        FieldFault::unless(self.min > Fen::ZERO, "min_fen", "must be more than zero")?;
        let some = self.max_per_day > 0;
        FieldFault::unless(some, "max_per_day", "must be more than zero")?;
        let some = self.max_fen_per_day.is_none_or(|max| max >= self.min);
        FieldFault::unless(some, "max_fen_per_day", "must not be below min_fen")?;
        for (field, rate) in [("fee_bp", self.fee_bp), ("tax_bp", self.tax_bp)] {
            FieldFault::unless(rate.is_share(), field, "must be 0 to 10000")?;
        }
        let together = self.fee_bp.0 + self.tax_bp.0;
        FieldFault::unless(
            together < BasisPoints::WHOLE.0,
            "tax_bp",
            "must leave something together with fee_bp",
        )?;
        let limit = self.auto_limit >= Fen::ZERO;
        FieldFault::unless(limit, "auto_limit_fen", "must not be below zero")?;
        FieldFault::unless(
            self.second_reviewer_above >= self.auto_limit,
            "second_reviewer_fen",
            "must not be below auto_limit_fen",
        )
    }

    /// Fee and tax are rounded half up, as everywhere; the payee gets the rest.
    pub fn amounts(&self, amount: Fen) -> Amounts {
        let fee = self.fee_bp.of(amount);
        let tax = self.tax_bp.of(amount);
        Amounts {
            fee,
            tax,
            net: amount - fee - tax,
        }
    }

    /// Takes an application, if it may be made.
    ///
    /// # Errors
    /// The condition that does not hold.
    pub fn submit(
        &self,
        application: &Application,
    ) -> Result<(Transition<WithdrawalState, WithdrawalEffect>, Amounts), NotPossible> {
        let Application {
            amount,
            applicant,
            account,
            available,
            today,
            today_fen,
        } = *application;
        let entitled = match applicant {
            Applicant::Agent | Applicant::Merchant => true,
            Applicant::Other => false,
        };
        NotPossible::unless(entitled, "only agents and merchants withdraw")?;
        let verified = account == Account::Verified;
        NotPossible::unless(verified, "the settlement account is not verified")?;
        NotPossible::unless(amount >= self.min, "the amount is below the least one")?;
        NotPossible::unless(amount <= available, "the amount is more than is available")?;
        NotPossible::unless(today < self.max_per_day, "no more withdrawals on this day")?;
        let within = self
            .max_fen_per_day
            .is_none_or(|max| today_fen.checked_add(amount).is_some_and(|sum| sum <= max));
        NotPossible::unless(within, "the amount is more than is left for this day")?;
        let amounts = self.amounts(amount);
        NotPossible::unless(amounts.net > Fen::ZERO, "nothing would be left after fees")?;
        let mut effects = vec![WithdrawalEffect::Freeze];
        if amount <= self.auto_limit {
            effects.push(WithdrawalEffect::ApproveAtOnce);
        }
        Ok((
            Transition::new(WithdrawalState::Submitted, effects),
            amounts,
        ))
    }
}
