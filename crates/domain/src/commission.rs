//! Who earns from a charge: the platform's cut, the owner of the station, agents.
//!
//! Each kind of fee has its own rule. The platform takes its cut first; what remains is shared by
//! fixed percentages, or along the chain of agents by the difference of their levels. Every share
//! is rounded down and what is left over is the owner's, so the shares always sum to the base.

mod refund;
mod rule;
mod split;

pub use refund::{Bearer, ReturnShare, held, share_of_refund, share_of_rest};
pub use rule::{
    CommissionRule, FeeRule, LEVELS_MAX, PAYEES_MAX, PayeeShare, RuleScope, StoredRule,
};
pub use split::{Entry, Owner, Payee, Split, split, split_fee};

use crate::day::Day;
use crate::text_enum::text_enum;
use kernel::Timestamp;

/// Days after which a share may be withdrawn, by default.
pub const MATURE_DAYS: u16 = 1;

text_enum! {
    /// Kind of fee that is shared.
    FeeType {
        /// Electricity.
        Elec = "elec",
        /// Service.
        Service = "service",
        /// Reservation.
        Reserve = "reserve",
        /// Occupancy of a port after the charge.
        Occupancy = "occupancy",
    }
}

text_enum! {
    /// State of a share.
    EntryState {
        /// Earned, but the order may still be disputed.
        Pending = "pending",
        /// May be withdrawn.
        Available = "available",
        /// Given back.
        Reversed = "reversed",
    }
}

/// When the share of an order that completed at an instant may be withdrawn: so many Shanghai
/// days later, at midnight.
pub fn matures_at(completed_at: Timestamp, days: u16) -> Timestamp {
    let completed = Day::of(completed_at);
    (0..days).fold(completed, |day, _| day.next()).begins()
}

#[cfg(test)]
mod tests;
