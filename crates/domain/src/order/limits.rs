//! Limits of a charge that its device does not keep by itself: the platform watches them and
//! stops the charge.

use super::transition::Draft;
use super::{Context, Order, OrderStatus, PlanSnapshot, finish, plan, stop};
use crate::pricing::ebike::Told;
use device::EndReason;
use kernel::{Energy, Fen, Power, div_half_up};

/// Least distance to the money limit at which a charge is stopped.
const MARGIN_MIN: Fen = Fen(50);

/// Looks at the limits after new meter values.
pub(super) fn watch(draft: &mut Draft, ctx: &Context<'_>) {
    if draft.order.status != OrderStatus::Charging || draft.order.stop_requested_at.is_some() {
        return;
    }
    if let Some(reason) = reached(draft, ctx) {
        stop::request(draft, reason, ctx);
    }
}

fn reached(draft: &Draft, ctx: &Context<'_>) -> Option<EndReason> {
    let (order, keeps) = (&draft.order, ctx.policy.keeps);
    let by_plan = order.terms.plan.as_deref();
    if let Some(reason) = by_plan.and_then(|snapshot| reached_by_plan(order, snapshot)) {
        return Some(reason);
    }
    let energy = order.planned_energy.filter(|_| !keeps.energy);
    if energy.is_some_and(|planned| order.energy >= planned) {
        return Some(EndReason::Normal);
    }
    let time = order.planned_duration_s.filter(|_| !keeps.time);
    if time.is_some_and(|planned| order.duration_s >= planned) {
        return Some(EndReason::Normal);
    }
    // A device that keeps the money limit computes with its own prices; the bill is ours.
    let priced = order.terms.depends_on_time() || order.terms.price_per_kwh.is_some();
    let limited = priced && order.terms.plan.is_none() && order.amount > Fen::ZERO;
    let spent = finish::estimate(order);
    let near = limited && spent.0 + margin(draft, ctx).0 >= order.amount.0;
    if near && (spent >= order.amount || !ends_within(order, spent, ctx)) {
        // Who has got what was bought has not run out of money, even if the device, which keeps
        // that limit, has not said yet that it has stopped.
        let bought = order
            .planned_energy
            .is_some_and(|planned| order.energy >= planned);
        return Some(if bought {
            EndReason::Normal
        } else {
            EndReason::InsufficientBalance
        });
    }
    None
}

/// Whether the device stops by itself at what was bought, and the money is enough for that: it is
/// not to be stopped a moment before.
fn ends_within(order: &Order, spent: Fen, ctx: &Context<'_>) -> bool {
    let bought = order.planned_energy.filter(|_| ctx.policy.keeps.energy);
    let Some(bought) = bought.filter(|_| !order.terms.depends_on_time()) else {
        return false;
    };
    // At the price of what has flowed, whose last fen may be rounded up.
    let [spent, amount] = [spent.0 - 1, order.amount.0].map(i128::from);
    spent * i128::from(bought.0) <= amount * i128::from(order.energy.0)
}

/// The limits of a plan. What flows until the stop takes effect is the operator's: a plan never
/// bills more than was prepaid.
fn reached_by_plan(order: &Order, snapshot: &PlanSnapshot) -> Option<EndReason> {
    let rules = &snapshot.plan;
    if rules.is_too_much(order.current_power) {
        return Some(EndReason::OverPower);
    }
    if order.duration_s >= i64::from(rules.max_minutes) * 60 {
        return Some(EndReason::Timeout);
    }
    // A device that computes by itself was not told the time.
    let planned = order.planned_duration_s;
    let untold = planned.filter(|_| snapshot.told != Told::Limits);
    if untold.is_some_and(|planned| order.duration_s >= planned) {
        return Some(EndReason::Normal);
    }
    let limited = order.amount > Fen::ZERO && !rules.post_pay;
    let used_up = limited && plan::spent(order, rules) >= order.amount;
    used_up.then_some(EndReason::InsufficientBalance)
}

/// What may still flow until the stop takes effect: twice what one report interval costs at the
/// present power. A tariff's guard keeps at least [`MARGIN_MIN`]; on a third party's small
/// prepayments that would be hours of an e-bike, and what flows beyond them is the operator's.
fn margin(draft: &Draft, ctx: &Context<'_>) -> Fen {
    let order = &draft.order;
    let interval_s = i128::from(ctx.policy.report_interval.as_secs());
    let power = i128::from(order.current_power.max(Power::ZERO).0);
    // 0.1 W × s ÷ 3600 is 0.1 Wh, which is the unit of energy.
    let energy = Energy(i64::try_from(power * interval_s * 2 / 3600).unwrap_or(0));
    let price = i128::from(order.terms.price_at(ctx.now).0);
    // 0.0001 kWh × 0.00001 yuan is 1e-9 yuan; a fen has 1e7 of them.
    let cost = div_half_up(i128::from(energy.0) * price, 10_000_000);
    let cost = Fen(i64::try_from(cost).unwrap_or(0));
    if order.terms.depends_on_time() {
        MARGIN_MIN.max(cost)
    } else {
        cost
    }
}
