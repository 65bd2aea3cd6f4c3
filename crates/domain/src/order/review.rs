//! Bills that somebody has to look at: a record that contradicts itself is stored and
//! acknowledged, and nobody pays for it before an operator has decided.

use super::transition::Draft;
use super::{Context, News, NotPossible, Order, OrderStatus, SettleStatus, Transition, Trigger};
use super::{finish, progress};
use crate::alarm::AlarmCode;
use device::EndReport;
use kernel::Energy;
use std::time::Duration;

/// No charge takes more energy.
const ENERGY_MAX: Energy = Energy(10_000_000);

/// No charge takes longer.
const DURATION_MAX: Duration = Duration::from_hours(24);

/// The meter's difference and the record's energy agree when they differ by no more: 0.05 kWh
/// or one in so many.
const METER_TOLERANCE: Energy = Energy(500);
const METER_TOLERANCE_SHARE: i64 = 100;

/// Why the bill of a record has to wait for an operator; none when it need not. Only records of
/// EV piles are judged: the sums are large, and they carry enough to be judged by.
pub(super) fn doubt(report: &EndReport) -> Option<String> {
    let details = report.details.as_deref()?;
    let mut doubts: Vec<&str> = details.doubts.iter().map(AsRef::as_ref).collect();
    if report.energy > ENERGY_MAX {
        doubts.push("more energy than a charge can take");
    }
    if Duration::from_secs(u64::from(report.duration_s)) > DURATION_MAX {
        doubts.push("longer than a day");
    }
    if details
        .meter
        .is_some_and(|meter| !agrees(meter, report.energy))
    {
        doubts.push("energy is not what the meter says");
    }
    (!doubts.is_empty()).then(|| doubts.join(", "))
}

/// Why the bill of an order without a price has to wait.
pub(super) fn unpriced(order: &Order) -> Option<String> {
    let owed = order.is_unpriced() && order.energy > Energy::ZERO;
    owed.then(|| "no price applies".to_owned())
}

fn agrees((before, after): (Energy, Energy), energy: Energy) -> bool {
    let metered = after.0.saturating_sub(before.0);
    // Devices without a meter reading send zeros.
    let unread = before == Energy::ZERO && after == Energy::ZERO;
    let tolerance = METER_TOLERANCE.0.max(energy.0 / METER_TOLERANCE_SHARE);
    unread || (metered - energy.0).abs() <= tolerance
}

/// Holds a bill that has just been made.
pub(super) fn hold(draft: &mut Draft, doubt: &str) {
    let order = &mut draft.order;
    order.abnormal = true;
    order.settle_status = SettleStatus::Error;
    order.abnormal_reason = Some(doubt.to_owned());
    draft.raise(AlarmCode::SettleError, format!("bill held: {doubt}"));
}

/// An operator decides on a held bill, taking the energy as it is or as they found it to be.
pub(super) fn reviewed(
    order: &Order,
    energy: Option<Energy>,
    reason: String,
    ctx: &Context<'_>,
) -> Result<Transition, NotPossible> {
    let held = order.settle_status == SettleStatus::Error;
    if order.status != OrderStatus::Completed || !held {
        return Err(NotPossible::NotHeld);
    }
    let mut draft = Draft::of(order, ctx.now);
    if let Some(energy) = energy {
        let ended = order.end_time.unwrap_or(ctx.now);
        progress::correct(&mut draft.order, energy, ended);
    }
    finish::settle(&mut draft, true);
    draft.status(OrderStatus::Completed, Trigger::Reviewed, Some(reason));
    draft.push(super::Effect::Clear(AlarmCode::SettleError));
    draft.emit(News::Completed);
    Ok(draft.done())
}
