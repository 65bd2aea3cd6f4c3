//! O6: reports of a running charge. Values only grow; every elapsed minute is announced once.

use super::transition::Draft;
use super::{
    Context, News, Order, OrderStatus, Sample, Transition, Trigger, Violation, late, limits, plan,
    start,
};
use crate::alarm::AlarmCode;
use device::{ChargeKey, Progress};
use kernel::{Energy, Power, Timestamp};
use std::time::Duration;

pub(super) fn progress(order: &Order, report: &Progress, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    match order.status {
        OrderStatus::Pending => {
            let elapsed = Duration::from_secs(u64::from(report.duration_s));
            start::begin(&mut draft, ctx.now - elapsed, Trigger::Evidence);
        }
        OrderStatus::Charging => {}
        OrderStatus::Completed if late::may_reopen(order, report, ctx) => {
            late::reopen(&mut draft);
        }
        OrderStatus::Completed | OrderStatus::Cancelled | OrderStatus::Failed => {
            if late::shows_live_charge(order, report) && !late::may_be_kept(&mut draft, report) {
                late::power_without_order(&mut draft, ctx);
            }
            return draft.done();
        }
    }
    learn_name(&mut draft, &report.charge);
    take(&mut draft, report, ctx);
    draft.done()
}

pub(super) fn seen_charging(order: &Order, charge: &ChargeKey, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    match order.status {
        // A nameless status may show what ran before: it does not begin an order.
        OrderStatus::Pending if *charge == ChargeKey::Port => return draft.done(),
        OrderStatus::Pending => start::begin(&mut draft, ctx.now, Trigger::Evidence),
        OrderStatus::Charging => {
            start::seen_alive(&mut draft);
            draft.live();
        }
        OrderStatus::Completed if *charge != ChargeKey::Port && late::in_hold(order, ctx) => {
            late::reopen(&mut draft);
        }
        OrderStatus::Completed | OrderStatus::Cancelled | OrderStatus::Failed => {
            // The status may lag behind the end report by one period; it is no proof.
            return draft.done();
        }
    }
    learn_name(&mut draft, charge);
    draft.done()
}

/// Keeps who is charging. A vehicle that is not the one that asked is somebody's money.
pub(super) fn vehicle_seen(order: &Order, vin: String, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    match &order.vin {
        None => {
            draft.order.vin = Some(vin);
            draft.fact();
        }
        Some(known) if *known != vin => {
            let details = format!("vehicle {vin} charges on the order of {known}");
            draft.raise(AlarmCode::BillingMismatch, details);
        }
        Some(_) => {}
    }
    draft.done()
}

/// An order that the device has given no name keeps its own: what the port runs is another's, and
/// neither its meter values nor its end are this order's.
pub(super) fn other_charge(order: &Order, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.trade_no.is_none() {
        draft.order.trade_no = Some(order.order_no.to_string());
        draft.fact();
    }
    draft.done()
}

/// Keeps the name by which the device calls the charge.
pub(super) fn learn_name(draft: &mut Draft, charge: &ChargeKey) {
    match charge {
        ChargeKey::Session(number) if draft.order.business_no.is_none() && *number != 0 => {
            draft.order.business_no = Some(*number);
            draft.fact();
        }
        ChargeKey::Serial(serial) if draft.order.trade_no.is_none() => {
            draft.order.trade_no = Some(serial.clone());
            draft.fact();
        }
        ChargeKey::Order(_) | ChargeKey::Session(_) | ChargeKey::Serial(_) | ChargeKey::Port => {}
    }
}

fn take(draft: &mut Draft, report: &Progress, ctx: &Context<'_>) {
    start::seen_alive(draft);
    draft.live();
    let duration_s = i64::from(report.duration_s);
    let energy = report.energy.max(Energy::ZERO);
    let order = &mut draft.order;
    let stale = duration_s < order.duration_s || energy < order.energy;
    let negative = report.energy < Energy::ZERO;
    if duration_s >= order.duration_s {
        plan::meter(order, duration_s, energy, report.power);
        if let Some(power) = report.power {
            let power = power.max(Power::ZERO);
            let seconds = duration_s - order.duration_s;
            order.power_integral = order
                .power_integral
                .saturating_add(power.0.saturating_mul(seconds));
            order.power_seconds = order.power_seconds.saturating_add(seconds);
            order.current_power = power;
        }
        order.duration_s = duration_s;
    }
    spread(order, energy, ctx.now);
    order.energy = order.energy.max(energy);
    if let Some(soc) = report.soc {
        order.start_soc.get_or_insert(soc);
        order.soc = Some(soc);
    }
    for power in [report.power, report.peak_power].into_iter().flatten() {
        order.peak_power = order.peak_power.max(power);
    }
    if negative {
        draft.violates(Violation::Negative);
    } else if stale {
        draft.violates(Violation::Decreasing);
    }
    limits::watch(draft, ctx);
    announce(draft, report, ctx);
}

/// Replaces the energy of a charge by what it proved to be.
pub(super) fn correct(order: &mut Order, energy: Energy, until: Timestamp) {
    let energy = energy.max(Energy::ZERO);
    spread(order, energy, until);
    if let Some(slots) = &mut order.by_slot {
        slots.take(until, Energy(slots.total().0 - energy.0));
    }
    order.energy = energy;
}

/// Spreads what flowed since the last report over the half hours of the day. Gaps are treated
/// the same way.
pub(super) fn spread(order: &mut Order, energy: Energy, until: Timestamp) {
    let since = order.metered_at.or(order.start_time).unwrap_or(until);
    if let Some(slots) = &mut order.by_slot {
        let flowed = Energy(energy.0.saturating_sub(order.energy.0));
        slots.add(since, until, flowed);
        order.metered_at = Some(until);
    }
}

/// Tells progress when the number of elapsed intervals has grown since it was last told. A
/// test for `duration % 60 == 0` would fire every 660 s with reports 11 s apart.
fn announce(draft: &mut Draft, report: &Progress, ctx: &Context<'_>) {
    let minute = draft.order.duration_s / ctx.policy.progress_interval_s.max(1);
    if minute <= draft.order.announced_minute {
        return;
    }
    draft.order.announced_minute = minute;
    let sample = Sample {
        at: ctx.now,
        duration_s: draft.order.duration_s,
        energy: draft.order.energy,
        power: draft.order.current_power,
        voltage: report.voltage,
        current: report.current,
        temperature_c: report.temperature_c,
    };
    draft.emit(News::Progress(sample));
    if is_implausible(&draft.order) {
        draft.violates(Violation::ImplausibleEnergy);
    }
}

/// Whether the energy exceeds peak power × time × 1.05 + 0.02 kWh. A warning only: published
/// sample numbers of real platforms break it.
pub(super) fn is_implausible(order: &Order) -> bool {
    // 0.1 W × s ÷ 3600 is 0.1 Wh, which is the unit of energy.
    let possible = i128::from(order.peak_power.0) * i128::from(order.duration_s) * 105 / 360_000;
    order.peak_power > Power::ZERO && i128::from(order.energy.0) > possible + 200
}
