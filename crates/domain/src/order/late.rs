//! What arrives after the end: repeats, corrections, contradictions, and power that nobody
//! pays for (O11, O12, O16, O17).

use super::transition::Draft;
use super::{
    Context, Effect, News, Order, OrderStatus, PortMove, RecordKind, SettleStatus, Transition,
    Trigger, end, end_message, finish, review,
};
use crate::alarm::AlarmCode;
use device::{ChargeKey, EndReason, EndReport, Progress};
use kernel::{Energy, Fen, Power};
use std::time::Duration;

/// An end report for an order that has ended.
pub(super) fn report(order: &Order, report: &EndReport, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    match order.status {
        OrderStatus::Completed if order.provisional && correctable(order, ctx) => {
            adjust(&mut draft, report, ctx);
        }
        OrderStatus::Completed if says_the_same(order, report) => {
            draft.push(Effect::Record(RecordKind::Duplicate));
        }
        OrderStatus::Completed => {
            draft.push(Effect::Record(RecordKind::Conflict));
            contradiction(&mut draft, report);
        }
        OrderStatus::Pending
        | OrderStatus::Charging
        | OrderStatus::Cancelled
        | OrderStatus::Failed => {
            draft.push(Effect::Record(RecordKind::Late));
            if report.energy > Energy::ZERO {
                contradiction(&mut draft, report);
            }
        }
    }
    draft.done()
}

/// O12: the device's word replaces ours.
fn adjust(draft: &mut Draft, report: &EndReport, ctx: &Context<'_>) {
    let ended = draft.order.end_time.unwrap_or(ctx.now);
    let until = end::end_time(&draft.order, report, ended, ctx.now);
    let oddities = end::take(draft, report, until, true);
    let kept = draft.order.end_reason.filter(|r| *r != EndReason::Timeout);
    let reason = kept.unwrap_or_else(|| end::reason_of(&draft.order, report, ctx.now));
    let order = &mut draft.order;
    order.end_time = Some(until);
    if kept.is_none() {
        order.end_reason = Some(reason);
        order.end_reason_msg = Some(end_message(order, reason));
        order.abnormal = false;
        order.abnormal_reason = None;
    }
    oddities.mark(order);
    order.provisional = false;
    order.hold_until = None;
    draft.push(Effect::Record(RecordKind::Matched));
    finish::settle(draft, true);
    let doubt = review::doubt(report).or_else(|| review::unpriced(&draft.order));
    let held = doubt.is_some();
    if let Some(doubt) = doubt {
        review::hold(draft, &doubt);
    }
    draft.status(OrderStatus::Completed, Trigger::Adjusted, None);
    draft.push(Effect::Clear(AlarmCode::EndReportMissing));
    draft.push(Effect::Clear(AlarmCode::OrderStuck));
    if !held {
        draft.emit(News::Completed);
    }
}

fn correctable(order: &Order, ctx: &Context<'_>) -> bool {
    order
        .end_time
        .is_some_and(|ended| ctx.now <= ended + ctx.policy.correction_window)
}

fn says_the_same(order: &Order, report: &EndReport) -> bool {
    order.duration_s == i64::from(report.duration_s)
        && order.energy == report.energy.max(Energy::ZERO)
}

fn contradiction(draft: &mut Draft, report: &EndReport) {
    let details = format!(
        "late record: {} s, {:.4} kWh; order is {}",
        report.duration_s,
        report.energy.kwh(),
        draft.order.status.as_str(),
    );
    draft.raise(AlarmCode::BillingMismatch, details);
}

/// Whether a provisional order still waits for its device.
pub(super) fn in_hold(order: &Order, ctx: &Context<'_>) -> bool {
    order.provisional
        && order.hold_until.is_some_and(|until| ctx.now < until)
        && !ctx.port_taken
        && order.reopened_count < ctx.policy.max_reopens
}

/// O11's guard: progress that is not older than what is known.
pub(super) fn may_reopen(order: &Order, report: &Progress, ctx: &Context<'_>) -> bool {
    in_hold(order, ctx) && i64::from(report.duration_s) >= order.duration_s
}

/// O11: it was not over after all. The bill is taken back; charging.started is not repeated.
pub(super) fn reopen(draft: &mut Draft) {
    let order = &mut draft.order;
    order.reopened_count += 1;
    order.end_time = None;
    order.end_reason = None;
    order.end_reason_msg = None;
    order.bill = None;
    order.final_amount = None;
    order.elec_fen = Fen::ZERO;
    order.service_fen = Fen::ZERO;
    order.refund_fen = Fen::ZERO;
    order.settle_status = SettleStatus::None;
    order.provisional = false;
    order.hold_until = None;
    order.abnormal = false;
    order.abnormal_reason = None;
    order.stop_attempts = 0;
    order.last_progress_at = Some(draft.now);
    let stopping = order.stop_requested_at.is_some();
    draft.status(OrderStatus::Charging, Trigger::Reopened, None);
    draft.push(Effect::Port(PortMove::Charge));
    draft.push(Effect::Clear(AlarmCode::OrderStuck));
    draft.push(Effect::Clear(AlarmCode::EndReportMissing));
    if stopping {
        draft.stop();
    }
}

/// Whether progress for an ended order shows power flowing now. Stored data can look alike, so
/// it must go beyond what was billed.
pub(super) fn shows_live_charge(order: &Order, report: &Progress) -> bool {
    let drawing = report.power.is_none_or(|power| power > Power::ZERO);
    drawing && i64::from(report.duration_s) > order.duration_s
}

/// Piles that name charges by their own numbers keep what they measured while they were away and
/// deliver it later: one such report is no proof, two of them so far apart are.
const SEEN_APART: Duration = Duration::from_secs(10);

/// Whether a report of an ended order may be one that was kept; noted, to judge the next one.
pub(super) fn may_be_kept(draft: &mut Draft, report: &Progress) -> bool {
    if !matches!(report.charge, ChargeKey::Serial(_)) {
        return false;
    }
    let order = &mut draft.order;
    let seen = order
        .last_progress_at
        .filter(|seen| order.end_time.is_none_or(|ended| *seen > ended));
    if seen.is_none() {
        order.last_progress_at = Some(draft.now);
        draft.fact();
    }
    seen.is_none_or(|seen| draft.now < seen + SEEN_APART)
}

/// O17: no unbilled power. The stop is not repeated while the last one may still work, and is
/// not sent where it could hit another order.
pub(super) fn power_without_order(draft: &mut Draft, ctx: &Context<'_>) {
    let recent = draft
        .order
        .stop_sent_at
        .is_some_and(|sent| ctx.now < sent + ctx.policy.stop_wait);
    if recent {
        return;
    }
    let details = format!(
        "still charging although the order is {}",
        draft.order.status.as_str()
    );
    draft.raise(AlarmCode::BillingMismatch, details);
    if ctx.port_taken {
        draft.order.stop_sent_at = Some(ctx.now);
    } else {
        draft.stop();
    }
}
