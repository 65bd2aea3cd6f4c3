//! What a prepaid amount buys by a plan: the limits that a device is told, or that the platform
//! watches.

use super::{EbikePlan, PlanMode, ServiceMode};
use kernel::{Energy, Fen};

/// What an amount buys. Never more than what was paid for; where a plan bills by what cannot be
/// known before, the most that it could be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    /// Longest time in seconds; never above the safety limit of the plan.
    pub duration_s: u32,
    /// Energy, in plans whose price follows from the energy alone.
    pub energy: Option<Energy>,
}

impl EbikePlan {
    /// Whole minutes that an amount buys in a tier, from 0.
    pub fn minutes_in_tier(&self, tier: usize, amount: Fen) -> Option<i64> {
        let tier = self.tiers.get(tier)?;
        let minutes = i128::from(amount.0.max(0)) * i128::from(tier.minutes);
        i64::try_from(minutes / i128::from(tier.fen.0.max(1))).ok()
    }

    /// What an amount buys. Zero is no limit but the plan's own, and so is an amount that the
    /// plan's cap does not reach, and post-payment.
    pub fn bought(&self, amount: Fen) -> Bought {
        let longest = i64::from(self.max_minutes);
        let mut bought = Bought {
            duration_s: u32::from(self.max_minutes) * 60,
            energy: None,
        };
        let capped = self.max_fen > Fen::ZERO && amount >= self.max_fen;
        if amount.0 <= 0 || self.post_pay || capped {
            return bought;
        }
        let minutes = match self.mode {
            PlanMode::Time => Some(self.minutes_for(amount)),
            PlanMode::Tier => (0..self.tiers.len())
                .filter_map(|tier| self.minutes_in_tier(tier, amount))
                .max(),
            PlanMode::Energy | PlanMode::Full | PlanMode::ElecService => None,
        };
        if let Some(minutes) = minutes {
            let minutes = minutes.clamp(1, longest);
            bought.duration_s = u32::try_from(minutes).unwrap_or(u32::MAX / 60) * 60;
        }
        bought.energy = self.energy_for(amount);
        bought
    }

    fn minutes_for(&self, amount: Fen) -> i64 {
        let price = i128::from(self.unit_price_fen.0.max(1));
        let minutes = i128::from(amount.0) * i128::from(self.unit_minutes) / price;
        let unit = i128::from(self.billing_unit_min.max(1));
        i64::try_from(minutes / unit * unit).unwrap_or(i64::MAX)
    }

    fn energy_for(&self, amount: Fen) -> Option<Energy> {
        // Fen per kWh are 1000 of a price's unit.
        let unit = i128::from(self.unit_price_fen.0) * 1000;
        let price = match self.mode {
            PlanMode::Time | PlanMode::Tier => return None,
            _ if !self.bills_apart() => unit,
            _ if self.depends_on_time() || self.service_mode == ServiceMode::PerMinute => {
                return None;
            }
            _ => i128::from(self.elec_p5.0) + i128::from(self.service_price.0),
        };
        if price <= 0 {
            return None;
        }
        // A fen has 1e7 of 0.0001 kWh × 0.00001 yuan.
        let energy = i128::from(amount.0) * 10_000_000 / price;
        Some(Energy(i64::try_from(energy).unwrap_or(i64::MAX)))
    }
}
