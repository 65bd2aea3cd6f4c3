//! Orders that are billed by an e-bike plan: their limits, their time by tier, their bill.

use super::{Order, OrderSource};
use crate::pricing::Bill;
use crate::pricing::ebike::{self, EbikePlan, TierLine, TierRule, Told, Usage};
use crate::request::{RequestFault, StartPlan};
use device::{ChargeMode, ChargePlan, EndReport};
use kernel::{Energy, Fen, Power};
use serde::{Deserialize, Serialize};

/// The version of a plan that an order is billed by, for its whole life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSnapshot {
    /// The plan's row.
    pub plan_id: i64,
    /// Which version of it.
    pub version: i32,
    /// Its name when the order was created.
    pub name: String,
    /// What the device is told of it.
    #[serde(default)]
    pub told: Told,
    /// Its parameters.
    pub plan: EbikePlan,
}

impl PlanSnapshot {
    /// The request with the limits that follow from the plan: no longer than is safe, and no
    /// more than what was paid for.
    ///
    /// # Errors
    /// When the charge is to end by energy, and neither request nor plan say by how much.
    pub fn limited(&self, mut request: StartPlan) -> Result<StartPlan, RequestFault> {
        let bought = self.plan.bought(request.amount);
        let asked = request.duration_s.unwrap_or(u32::MAX);
        request.duration_s = Some(asked.min(bought.duration_s));
        if request.charge_mode == ChargeMode::Energy {
            let known = [request.energy, bought.energy].into_iter().flatten();
            let least = known.min().filter(|energy| *energy > Energy::ZERO);
            request.energy = Some(least.ok_or_else(|| {
                RequestFault::semantic("kwh", "is required: the plan does not bill by energy")
            })?);
        }
        Ok(request)
    }

    /// What a device may be told of the plan, the most that it could hold first.
    pub fn tellings(&self) -> Vec<Told> {
        let tiers = ebike::power_tiers(&self.plan).map(|_| Told::Tiers);
        let fees = ebike::fees(&self.plan).map(|_| Told::Fees);
        tiers
            .into_iter()
            .chain(fees)
            .chain([Told::Limits])
            .collect()
    }

    /// Writes what the device is told of the plan into its start command.
    pub fn tell(&self, command: &mut ChargePlan) {
        match self.told {
            Told::Tiers => command.tiers = ebike::power_tiers(&self.plan).unwrap_or_default(),
            Told::Fees => command.fees = ebike::fees(&self.plan),
            // Power is the platform's to watch then, and no limit that was asked for.
            Told::Limits if command.mode == ChargeMode::Power && command.power_limit.is_none() => {
                command.mode = ChargeMode::Time;
            }
            Told::Limits => {}
        }
    }
}

/// The bill of an order by its plan.
pub(super) fn bill(order: &Order, plan: &EbikePlan) -> Bill {
    ebike::bill(plan, &usage(order))
}

/// What an order has spent so far, before its minimum and up to the cap of the plan.
pub(super) fn spent(order: &Order, plan: &EbikePlan) -> Fen {
    let (elec, service) = ebike::metered(plan, &usage(order));
    let spent = elec + service;
    if plan.max_fen > Fen::ZERO {
        spent.min(plan.max_fen)
    } else {
        spent
    }
}

/// The tiers that an order was in, where its plan has such.
pub fn tier_lines(order: &Order) -> Vec<TierLine> {
    match &order.terms.plan {
        Some(snapshot) if snapshot.plan.meters_tiers() => {
            ebike::tier_lines(&snapshot.plan, &usage(order))
        }
        _ => Vec::new(),
    }
}

fn usage(order: &Order) -> Usage<'_> {
    let meter = order.tier_meter.as_deref();
    let highest = meter.map_or(Power::ZERO, ebike::TierMeter::highest);
    let max_power = if highest > Power::ZERO {
        highest
    } else {
        mean(order.energy, order.duration_s)
    };
    // What flowed while nobody could ask was limited by nobody: all of it is owed.
    let limit = match order.source {
        OrderSource::Offline => Fen::ZERO,
        _ => order.amount,
    };
    Usage {
        amount: limit,
        prepaid: is_prepaid(order.source),
        duration_s: order.duration_s,
        energy: order.energy,
        start: order.start_time.unwrap_or(order.created_at),
        by_slot: order.by_slot.as_deref(),
        tier_seconds: meter.map(ebike::TierMeter::seconds).unwrap_or_default(),
        max_power,
    }
}

/// Whether the amount has been paid; what cards and vehicles have is only a limit.
const fn is_prepaid(source: OrderSource) -> bool {
    match source {
        OrderSource::Third | OrderSource::App | OrderSource::Interconnect | OrderSource::Test => {
            true
        }
        OrderSource::Card | OrderSource::Vin | OrderSource::Offline => false,
    }
}

/// Takes the time since the last report into its tier. To be called before the order takes the
/// report's values.
pub(super) fn meter(order: &mut Order, duration_s: i64, energy: Energy, power: Option<Power>) {
    let mean = mean_since(order, duration_s, energy);
    if let (Some(snapshot), Some(meter)) = (&order.terms.plan, &mut order.tier_meter) {
        meter.add(&snapshot.plan, duration_s, power.unwrap_or(mean));
    }
}

/// Takes the device's account of the whole charge: its own tiers where it metered such, else
/// what was gathered, the rest at its mean power. To be called before the order takes the
/// report's values.
pub(super) fn close(order: &mut Order, report: &EndReport) {
    let duration_s = i64::from(report.duration_s);
    let mean = mean_since(order, duration_s, report.energy);
    if let (Some(snapshot), Some(meter)) = (&order.terms.plan, &mut order.tier_meter) {
        let plan = &snapshot.plan;
        meter.close(plan, duration_s, mean);
        if plan.tier_rule == TierRule::Accumulate {
            meter.take(plan, &report.tier_minutes, duration_s);
        }
    }
}

/// The mean power between the last report and this one.
fn mean_since(order: &Order, duration_s: i64, energy: Energy) -> Power {
    let flowed = Energy(energy.0.saturating_sub(order.energy.0).max(0));
    mean(flowed, duration_s - order.duration_s)
}

fn mean(energy: Energy, seconds: i64) -> Power {
    if seconds <= 0 {
        return Power::ZERO;
    }
    // 0.0001 kWh are 360 W·s, that is 3600 of 0.1 W·s.
    let power = i128::from(energy.0.max(0)) * 3600 / i128::from(seconds);
    Power(i64::try_from(power).unwrap_or(i64::MAX))
}
