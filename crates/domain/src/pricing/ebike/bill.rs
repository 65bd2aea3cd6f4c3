//! What a charge costs by a plan.

use super::{EbikePlan, PlanMode, ServiceMode, TIERS_MAX, Tier, TierRule};
use crate::order::SlotEnergy;
use crate::pricing::Bill;
use kernel::{Energy, Fen, Power, Timestamp, div_half_up};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// 0.0001 kWh × 0.00001 yuan per kWh are 1e-9 yuan; 0.0001 yuan has 1e5 of them.
const M4_PER_ENERGY: i128 = 100_000;

/// Seconds × 0.00001 yuan per hour; 0.0001 yuan has so many of them.
const M4_PER_TIME: i128 = 36_000;

/// Half an hour in milliseconds.
const SLOT_MS: i64 = 1_800_000;

/// Longest time that is billed: devices may name 136 years.
const SECONDS_MAX: i64 = 366 * 86_400;

/// Most energy that is billed, 0.0001 kWh.
const E4_MAX: i64 = 1_000_000_000_000;

/// Largest bill, with room for sums.
const BILL_MAX: i64 = 1_000_000_000_000_000;

/// What a charge used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage<'a> {
    /// Prepaid amount and limit of the bill; zero means no limit.
    pub amount: Fen,
    /// The amount has been paid; else it is a limit only, and no package price.
    pub prepaid: bool,
    /// Seconds charged.
    pub duration_s: i64,
    /// Energy delivered.
    pub energy: Energy,
    /// When it began, for prices that depend on the time of the day.
    pub start: Timestamp,
    /// Energy by half hour of the day, where it was gathered; else it is spread evenly.
    pub by_slot: Option<&'a SlotEnergy>,
    /// Seconds in each tier.
    pub tier_seconds: [i64; TIERS_MAX],
    /// Highest power after the warm-up.
    pub max_power: Power,
}

/// The bill: free while it is short and little, at least the minimum, at most the cap, and no
/// more than was prepaid unless the plan is post-paid.
pub fn bill(plan: &EbikePlan, usage: &Usage<'_>) -> Bill {
    let amount = usage.amount.0.max(0);
    if is_free(plan, usage) {
        return Bill::nothing(usage.amount);
    }
    let (elec, service) = metered(plan, usage);
    let mut total = (elec + service).max(plan.min_fen);
    if plan.max_fen > Fen::ZERO {
        total = total.min(plan.max_fen);
    }
    if amount > 0 {
        if !plan.post_pay {
            total = total.min(Fen(amount));
        }
        if !plan.refund_unused && usage.prepaid {
            total = total.max(Fen(amount));
        }
    }
    let elec = elec.min(total);
    Bill {
        total,
        elec,
        service: total - elec,
        refund: Fen((amount - total.0).max(0)),
    }
}

fn is_free(plan: &EbikePlan, usage: &Usage<'_>) -> bool {
    usage.duration_s <= i64::from(plan.free_seconds) && usage.energy <= plan.free_e4
}

/// What was used, in fen, before minimum, cap and prepayment: electricity and service.
pub fn metered(plan: &EbikePlan, usage: &Usage<'_>) -> (Fen, Fen) {
    let energy = i128::from(usage.energy.0.clamp(0, E4_MAX));
    let seconds = usage.duration_s.clamp(0, SECONDS_MAX);
    let elec_m4 = div_half_up(energy * i128::from(plan.elec_p5.0), M4_PER_ENERGY);
    let elec = to_fen(div_half_up(elec_m4, 100));
    if plan.bills_apart() {
        let service_m4 = match plan.service_mode {
            ServiceMode::PerKwh => service_by_energy(plan, usage),
            ServiceMode::PerMinute => service_by_time(plan, usage.start, seconds),
        };
        return (elec, to_fen(div_half_up(service_m4, 100)));
    }
    let unit = i128::from(plan.unit_price_fen.0);
    let total = match plan.mode {
        PlanMode::Time => {
            let unit_min = i64::from(plan.billing_unit_min.max(1));
            let started = seconds / (unit_min * 60) + i64::from(seconds % (unit_min * 60) > 0);
            let minutes = started * unit_min;
            let per = i128::from(plan.unit_minutes.max(1));
            to_fen(div_half_up(unit * i128::from(minutes), per))
        }
        PlanMode::Tier => by_tier(plan, usage, seconds),
        PlanMode::Energy | PlanMode::Full | PlanMode::ElecService => {
            to_fen(div_half_up(unit * energy, 10_000))
        }
    };
    let elec = elec.min(total);
    (elec, total - elec)
}

fn by_tier(plan: &EbikePlan, usage: &Usage<'_>, seconds: i64) -> Fen {
    match plan.tier_rule {
        TierRule::Accumulate => {
            let (over, under) = tier_sum(&plan.tiers, &usage.tier_seconds);
            to_fen(div_half_up(over, under))
        }
        TierRule::MaxPower => {
            let tier = plan.tier_of(usage.max_power);
            match tier.and_then(|index| plan.tiers.get(index)) {
                Some(tier) => to_fen(div_half_up(
                    i128::from(tier.fen.0) * i128::from(seconds),
                    i128::from(tier.minutes.max(1)) * 60,
                )),
                None => Fen::ZERO,
            }
        }
    }
}

/// Σ fen × seconds ÷ (minutes × 60) as one fraction: it is rounded once.
fn tier_sum(tiers: &[Tier], seconds: &[i64; TIERS_MAX]) -> (i128, i128) {
    let minutes = |tier: &Tier| i128::from(tier.minutes.max(1));
    let common: i128 = tiers.iter().take(TIERS_MAX).map(minutes).product();
    let pairs = tiers.iter().zip(seconds);
    let over = pairs
        .map(|(tier, seconds)| {
            let seconds = i128::from((*seconds).clamp(0, SECONDS_MAX));
            i128::from(tier.fen.0) * seconds * (common / minutes(tier))
        })
        .sum();
    (over, common * 60)
}

/// One tier of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TierLine {
    /// From 1.
    pub tier: u8,
    /// Its upper bound in W.
    pub max_w: u32,
    /// Seconds in it.
    pub seconds: i64,
    /// Its share; the lines add up to what was metered.
    pub fen: Fen,
}

/// The tiers that a charge was in, with their shares of what was metered: floor, and the rest to
/// the largest remainders. With the rule of the highest power, all time is in one.
pub fn tier_lines(plan: &EbikePlan, usage: &Usage<'_>) -> Vec<TierLine> {
    let mut seconds = usage.tier_seconds;
    if plan.tier_rule == TierRule::MaxPower {
        seconds = [0; TIERS_MAX];
        let place = plan.tier_of(usage.max_power);
        if let Some(all) = place.and_then(|index| seconds.get_mut(index)) {
            *all = usage.duration_s.clamp(0, SECONDS_MAX);
        }
    }
    let mut lines: Vec<(TierLine, i128)> = (1_u8..)
        .zip(plan.tiers.iter().zip(seconds))
        .filter(|(_, (_, seconds))| *seconds > 0)
        .map(|(number, (tier, seconds))| {
            let over = i128::from(tier.fen.0) * i128::from(seconds.min(SECONDS_MAX));
            let under = i128::from(tier.minutes.max(1)) * 60;
            let line = TierLine {
                tier: number,
                max_w: tier.max_w,
                seconds,
                fen: to_fen(over / under),
            };
            // Remainders are compared as parts of a million.
            (line, over % under * 1_000_000 / under)
        })
        .collect();
    let (over, under) = tier_sum(&plan.tiers, &seconds);
    let total = to_fen(div_half_up(over, under));
    let mut missing = total.0 - lines.iter().map(|(line, _)| line.fen.0).sum::<i64>();
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(lines.get(*index).map_or(0, |(_, rest)| *rest)));
    for index in order {
        if missing <= 0 {
            break;
        }
        if let Some((line, _)) = lines.get_mut(index) {
            line.fen.0 += 1;
            missing -= 1;
        }
    }
    lines.into_iter().map(|(line, _)| line).collect()
}

/// Service fee by energy, per period, 0.0001 yuan.
fn service_by_energy(plan: &EbikePlan, usage: &Usage<'_>) -> i128 {
    let energy = usage.energy.0.clamp(0, E4_MAX);
    let price_of =
        |e4: i64, price: i64| div_half_up(i128::from(e4) * i128::from(price), M4_PER_ENERGY);
    if plan.service_periods.is_empty() {
        return price_of(energy, plan.service_price.0);
    }
    let spread;
    let slots = match usage.by_slot {
        Some(slots) if slots.total() == Energy(energy) => slots,
        _ => {
            let seconds = u64::try_from(usage.duration_s.clamp(0, SECONDS_MAX)).unwrap_or(0);
            let mut evenly = SlotEnergy::default();
            let end = usage.start + Duration::from_secs(seconds);
            evenly.add(usage.start, end, Energy(energy));
            spread = evenly;
            &spread
        }
    };
    let mut parts = vec![0; plan.service_periods.len() + 1];
    for (slot, e4) in slots.slots().iter().enumerate() {
        put(&mut parts, plan.period_of(slot), e4.0);
    }
    by_period(plan, &parts, price_of)
}

/// Service fee by time, per period, 0.0001 yuan.
fn service_by_time(plan: &EbikePlan, start: Timestamp, seconds: i64) -> i128 {
    let price_of =
        |part: i64, price: i64| div_half_up(i128::from(part) * i128::from(price), M4_PER_TIME);
    if plan.service_periods.is_empty() {
        return price_of(seconds, plan.service_price.0);
    }
    let mut parts = vec![0; plan.service_periods.len() + 1];
    let mut at = start.0;
    let end = start.0.saturating_add(seconds * 1000);
    // At most a year of half hours.
    while at < end {
        let next = (at - at.rem_euclid(SLOT_MS) + SLOT_MS).min(end);
        let slot = crate::order::slot_of(Timestamp(at));
        put(&mut parts, plan.period_of(slot), next - at);
        at = next;
    }
    // Milliseconds by period become seconds without losing or inventing one.
    let mut whole = vec![0; parts.len()];
    let (mut reached, mut counted) = (0, 0);
    for (part, seconds) in parts.iter().zip(&mut whole) {
        reached += part;
        *seconds = reached / 1000 - counted;
        counted = reached / 1000;
    }
    by_period(plan, &whole, price_of)
}

fn put(parts: &mut [i64], period: Option<usize>, value: i64) {
    let index = period.unwrap_or(parts.len().saturating_sub(1));
    if let Some(part) = parts.get_mut(index) {
        *part += value;
    }
}

/// The last part is what lies in no period.
fn by_period(plan: &EbikePlan, parts: &[i64], price_of: impl Fn(i64, i64) -> i128) -> i128 {
    let own = plan
        .service_periods
        .iter()
        .map(|period| period.service_price);
    own.chain([plan.service_price])
        .zip(parts)
        .map(|(price, part)| price_of(*part, price.0))
        .sum()
}

fn to_fen(value: i128) -> Fen {
    Fen(i64::try_from(value).unwrap_or(BILL_MAX).clamp(0, BILL_MAX))
}
