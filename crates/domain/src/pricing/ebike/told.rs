//! A plan in the words of devices that compute by themselves. What they compute ends the charge;
//! the bill is the platform's.

use super::{EbikePlan, ServiceMode, TierRule};
use device::{FeeSegment, PowerTier, ServiceFeePlan};
use kernel::Price;
use serde::{Deserialize, Serialize};

/// What a device is told of the plan of an order, beside time and energy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Nothing: it keeps time and energy, the platform watches the rest.
    #[default]
    Limits,
    /// The power tiers.
    Tiers,
    /// Electricity and service fee.
    Fees,
}

/// The tiers, for devices that meter them. None where the highest power decides: devices add the
/// tiers up.
pub fn power_tiers(plan: &EbikePlan) -> Option<Vec<PowerTier>> {
    if !plan.meters_tiers() || plan.tier_rule == TierRule::MaxPower {
        return None;
    }
    let tiers = plan.tiers.iter().map(|tier| PowerTier {
        up_to: tier.limit(),
        price: tier.fen,
        minutes: tier.minutes,
    });
    Some(tiers.collect())
}

/// Electricity and service fee, for devices that compute them. None where a price is not whole
/// fen, in which devices count.
pub fn fees(plan: &EbikePlan) -> Option<ServiceFeePlan> {
    if !plan.bills_apart() {
        return None;
    }
    let electricity = whole_fen(plan.elec_p5)?;
    let mut segments: Vec<FeeSegment> = Vec::new();
    for slot in 0..48 {
        let service = whole_fen(plan.service_at(slot))?;
        let end = u8::try_from(slot + 1).ok()?;
        let until = if end == 48 {
            (23, 59)
        } else {
            (end / 2, end % 2 * 30)
        };
        match segments.last_mut() {
            Some(last) if last.service == service => last.until = until,
            _ => segments.push(FeeSegment {
                until,
                electricity,
                service,
            }),
        }
    }
    Some(ServiceFeePlan {
        service_by_time: plan.service_mode == ServiceMode::PerMinute,
        segments,
    })
}

fn whole_fen(price: Price) -> Option<u16> {
    (price.0 % 1000 == 0)
        .then(|| u16::try_from(price.0 / 1000).ok())
        .flatten()
}
