use super::FeeType;
use crate::fault::FieldFault;
use crate::text_enum::text_enum;
use kernel::{BasisPoints, OrgId, Timestamp};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashSet;

/// Most payees of one kind of fee.
pub const PAYEES_MAX: usize = 20;
/// Most levels of agents.
pub const LEVELS_MAX: usize = 3;

text_enum! {
    /// For whom a rule is made; the narrowest that is in force applies.
    RuleScope {
        /// One station.
        Station = "station",
        /// All stations of one merchant.
        Merchant = "merchant",
        /// Whoever has no rule of his own.
        Default = "default",
    }
}

/// A payee and his percentage of what the platform leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayeeShare {
    /// Who; none: whoever owns the station, so that one rule serves many stations.
    #[serde(default)]
    pub org_id: Option<OrgId>,
    /// 1 to 100.
    pub pct: u8,
}

/// The rule of one kind of fee, as it is stored:
/// `{"style":"flat","platform_cut_bp":2000,"payees":[{"org_id":null,"pct":70},{"org_id":8,"pct":30}]}`
/// or `{"style":"level_difference","platform_cut_bp":2000,"rates_bp":[1000,700,500]}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "style", rename_all = "snake_case", deny_unknown_fields)]
pub enum FeeRule {
    /// Fixed percentages, 100 together.
    Flat {
        /// What the platform takes first.
        platform_cut_bp: BasisPoints,
        /// Who shares the rest.
        payees: Vec<PayeeShare>,
    },
    /// Each agent of the chain gets his own rate less the rate of the one below him; the rest is
    /// the owner's.
    LevelDifference {
        /// What the platform takes first.
        platform_cut_bp: BasisPoints,
        /// Rates of the levels, level 1 (the highest) first; never rising downwards. A level
        /// without a rate has none.
        rates_bp: Vec<BasisPoints>,
    },
}

impl FeeRule {
    /// The owner keeps everything but the platform's cut.
    pub fn all_to_owner(platform_cut_bp: BasisPoints) -> Self {
        Self::Flat {
            platform_cut_bp,
            payees: vec![PayeeShare {
                org_id: None,
                pct: 100,
            }],
        }
    }

    /// What the platform takes first.
    pub const fn platform_cut(&self) -> BasisPoints {
        match self {
            Self::Flat {
                platform_cut_bp, ..
            }
            | Self::LevelDifference {
                platform_cut_bp, ..
            } => *platform_cut_bp,
        }
    }

    /// Those whom it names, with their places in the list.
    pub fn payees(&self) -> impl Iterator<Item = (usize, OrgId)> + '_ {
        let payees = match self {
            Self::Flat { payees, .. } => payees.as_slice(),
            Self::LevelDifference { .. } => &[],
        };
        let named = |(index, payee): (usize, &PayeeShare)| Some((index, payee.org_id?));
        payees.iter().enumerate().filter_map(named)
    }

    /// Checks the rule before it is stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        FieldFault::unless(
            self.platform_cut().is_share(),
            "platform_cut_bp",
            "must be 0 to 10000",
        )?;
        match self {
            Self::Flat { payees, .. } => check_payees(payees),
            Self::LevelDifference { rates_bp, .. } => check_rates(rates_bp),
        }
    }
}

fn check_payees(payees: &[PayeeShare]) -> Result<(), FieldFault> {
    let fits = (1..=PAYEES_MAX).contains(&payees.len());
    FieldFault::unless(fits, "payees", format!("must be 1 to {PAYEES_MAX}"))?;
    let mut known = HashSet::new();
    for (index, payee) in payees.iter().enumerate() {
        FieldFault::unless(
            (1..=100).contains(&payee.pct),
            &format!("payees[{index}].pct"),
            "must be 1 to 100",
        )?;
        FieldFault::unless(
            known.insert(payee.org_id),
            &format!("payees[{index}].org_id"),
            "stands twice",
        )?;
    }
    let sum: u32 = payees.iter().map(|payee| u32::from(payee.pct)).sum();
    FieldFault::unless(
        sum == 100,
        "payees",
        format!("must sum to 100, not to {sum}"),
    )
}

fn check_rates(rates: &[BasisPoints]) -> Result<(), FieldFault> {
    let fits = (1..=LEVELS_MAX).contains(&rates.len());
    FieldFault::unless(fits, "rates_bp", format!("must be 1 to {LEVELS_MAX}"))?;
    let mut above = BasisPoints::WHOLE;
    for (index, rate) in rates.iter().enumerate() {
        let field = format!("rates_bp[{index}]");
        FieldFault::unless(rate.is_share(), &field, "must be 0 to 10000")?;
        FieldFault::unless(
            *rate <= above,
            &field,
            "must not be higher than the rate of the level above",
        )?;
        above = *rate;
    }
    Ok(())
}

/// A rule with its scope, as it is stored. It is never changed: another one takes its place from
/// an instant on, and an order keeps the rule that was in force when it completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRule {
    /// For whom it is made.
    pub scope: RuleScope,
    /// Of which fee.
    pub fee_type: FeeType,
    /// Its first instant.
    pub effective_at: Timestamp,
    /// The rule.
    pub rule: FeeRule,
}

impl StoredRule {
    /// The rule in force at an instant, among those of one station, its merchant and the default:
    /// the narrowest scope that has one, and of that the newest.
    pub fn in_force(rules: &[Self], fee_type: FeeType, at: Timestamp) -> Option<&FeeRule> {
        rules
            .iter()
            .filter(|stored| stored.fee_type == fee_type && stored.effective_at <= at)
            .min_by_key(|stored| (stored.scope, Reverse(stored.effective_at)))
            .map(|stored| &stored.rule)
    }
}

/// The rules of all kinds of fees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommissionRule {
    /// Electricity; commonly all of it goes to the owner.
    pub elec: FeeRule,
    /// Service.
    pub service: FeeRule,
    /// Reservation.
    pub reserve: FeeRule,
    /// Occupancy.
    pub occupancy: FeeRule,
}

impl CommissionRule {
    /// The rule of one kind of fee.
    pub const fn of(&self, fee_type: FeeType) -> &FeeRule {
        match fee_type {
            FeeType::Elec => &self.elec,
            FeeType::Service => &self.service,
            FeeType::Reserve => &self.reserve,
            FeeType::Occupancy => &self.occupancy,
        }
    }

    /// Checks the rules before they are stored.
    ///
    /// # Errors
    /// The first value that cannot stand, named with its kind of fee.
    pub fn check(&self) -> Result<(), FieldFault> {
        FeeType::ALL.iter().try_for_each(|fee_type| {
            let checked = self.of(*fee_type).check();
            checked.map_err(|fault| fault.within(fee_type.as_str()))
        })
    }
}
