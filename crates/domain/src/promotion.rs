//! What reduces a bill, in which order, and who bears it.
//!
//! The list price is reduced by one price promotion (an activity, a member level or a contract:
//! whichever reduces most), then by one coupon, then by points; what is left is paid from the
//! wallet. Each step works on the result of the one before and never goes below zero.
//!
//! A reduction that the merchant funds lowers what is split. One that the platform funds is its
//! expense, and the merchant gets his share of the undiminished amount.

mod applied;
mod coupon;
mod parts;
mod price;
mod wallet;

pub use applied::{Applied, CouponUse, Offers, PromotionRules, Reduction, Step, apply};
pub use coupon::{Coupon, CouponKind, CouponLimits, CouponRefusal};
pub use parts::{Alloc, FundedBy, Parts};
pub use price::{LevelPrice, PriceCut, PricePromotion, PriceSource};
pub use wallet::{GiftInSplit, Wallet, WalletOrder, WalletShare};

use crate::day::Day;
use crate::fault::FieldFault;
use kernel::{Energy, StationId, Timestamp};
use serde::{Deserialize, Serialize};

/// Most windows of the day that a promotion names.
pub const WINDOWS_MAX: usize = 8;

/// What promotions need to know of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Its bill at list price.
    pub list: Parts,
    /// What was charged.
    pub energy: Energy,
    /// Where; a promotion for certain stations is not for a device without one.
    pub station: Option<StationId>,
    /// When it began: this instant decides which promotions are valid.
    pub began_at: Timestamp,
    /// What the member charged before.
    pub history: History,
}

/// Whether a member is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum History {
    /// This is the first order that he completes.
    First,
    /// There were others.
    Later,
}

/// From when until when a coupon is valid that is granted now, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ValidRule {
    /// For all grants the same.
    Fixed {
        /// Its first instant.
        from: Timestamp,
        /// The instant after its last.
        until: Timestamp,
    },
    /// So many Shanghai days, the day of the grant included.
    Days {
        /// How many.
        days: u16,
    },
}

/// Longest life of a coupon in days after it was granted.
pub const VALID_DAYS_MAX: u16 = 3660;

impl ValidRule {
    /// The dates of a coupon that is granted at an instant.
    pub fn of(self, at: Timestamp) -> Validity {
        match self {
            Self::Fixed { from, until } => Validity { from, until },
            Self::Days { days } => Validity {
                from: at,
                until: (0..days).fold(Day::of(at), |day, _| day.next()).begins(),
            },
        }
    }

    /// Checks it before it is stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(self) -> Result<(), FieldFault> {
        match self {
            Self::Fixed { from, until } => {
                FieldFault::unless(from < until, "valid.until", "must be after valid.from")
            }
            Self::Days { days } => FieldFault::unless(
                (1..=VALID_DAYS_MAX).contains(&days),
                "valid.days",
                format!("must be 1 to {VALID_DAYS_MAX}"),
            ),
        }
    }
}

/// From when until when something is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// Its first instant.
    pub from: Timestamp,
    /// The instant after its last.
    pub until: Timestamp,
}

impl Validity {
    /// Whether it is valid at an instant.
    pub fn covers(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

fn serves(stations: Option<&[StationId]>, station: Option<StationId>) -> bool {
    match stations {
        None => true,
        Some(stations) => station.is_some_and(|station| stations.contains(&station)),
    }
}

fn minute_of(at: Timestamp) -> u16 {
    let [_, _, _, hour, minute, _] = at.shanghai();
    hour * 60 + minute
}

#[cfg(test)]
mod tests;
