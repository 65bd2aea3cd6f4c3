//! A port that fails (O9), and a charge that the device no longer knows (O13).

use super::finish::{self, Ending, Word};
use super::transition::Draft;
use super::{Context, Effect, Order, OrderStatus, Transition, Trigger};
use device::{EndReason, Fault};
use kernel::{Energy, Timestamp};

/// A lost charge that ran shorter than this without energy counts as never begun, in seconds.
const NEVER_BEGUN_S: i64 = 60;

pub(super) fn port_fault(order: &Order, fault: Fault, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.status == OrderStatus::Charging && order.fault_deadline.is_none() {
        draft.order.fault_deadline = Some(ctx.now + ctx.policy.fault_wait);
        draft.order.stop_requested_at = order.stop_requested_at.or(Some(ctx.now));
        draft.order.stop_reason = order.stop_reason.or(Some(EndReason::DeviceFault));
        draft.order.abnormal = true;
        draft.order.abnormal_reason = Some(fault.message().to_owned());
        draft.stop();
    }
    draft.done()
}

/// O9's second half: no end report within the wait.
pub(super) fn settle_fault(draft: &mut Draft, ctx: &Context<'_>) {
    finish::complete(
        draft,
        Ending {
            reason: EndReason::DeviceFault,
            message: None,
            trigger: Trigger::PortFault,
            word: Word::Provisional { hold: false },
            abnormal: None,
            doubt: None,
        },
        ctx,
    );
}

pub(super) fn seen_idle(order: &Order, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.status != OrderStatus::Charging {
        return draft.done();
    }
    draft.live();
    let first = order.idle_since.is_none();
    draft.order.idle_reports = order.idle_reports.saturating_add(1);
    draft.order.idle_since = order.idle_since.or(Some(ctx.now));
    if idle_deadline(&draft.order, ctx).is_some_and(|at| at <= ctx.now) {
        settle_idle(&mut draft, ctx);
    } else if first {
        draft.push(Effect::QueryPort);
    }
    draft.done()
}

/// When enough idle reports over a long enough time say that the charge is over.
pub(super) fn idle_deadline(order: &Order, ctx: &Context<'_>) -> Option<Timestamp> {
    let confirm = if order.restarted_at.is_some() {
        ctx.policy.lost_confirm
    } else {
        ctx.policy.idle_confirm
    };
    let since = order.idle_since?;
    (order.idle_reports >= ctx.policy.idle_reports).then(|| since + confirm)
}

/// The port is idle and no end report came: lost in the device after a restart (O13), else an
/// end that was never reported (O10).
pub(super) fn settle_idle(draft: &mut Draft, ctx: &Context<'_>) {
    if draft.order.restarted_at.is_some() {
        return settle_lost(draft, ctx);
    }
    estimate_duration(draft);
    let stopped = draft.order.stop_reason;
    let reason = stopped
        .filter(|_| draft.order.stop_acked_at.is_some())
        .unwrap_or(EndReason::Timeout);
    finish::complete(
        draft,
        Ending {
            reason,
            message: None,
            trigger: Trigger::IdleUnreported,
            word: Word::Provisional { hold: true },
            abnormal: Some("port seen idle without an end report".into()),
            doubt: None,
        },
        ctx,
    );
}

fn settle_lost(draft: &mut Draft, ctx: &Context<'_>) {
    let lost = "order lost in device after a restart";
    if draft.order.energy == Energy::ZERO && draft.order.duration_s < NEVER_BEGUN_S {
        draft.order.abnormal = true;
        draft.order.abnormal_reason = Some(lost.into());
        draft.order.end_reason = Some(EndReason::DeviceFault);
        finish::failed(draft, Trigger::LostInDevice, lost.into());
        return;
    }
    finish::complete(
        draft,
        Ending {
            reason: EndReason::DeviceFault,
            message: None,
            trigger: Trigger::LostInDevice,
            word: Word::Provisional { hold: false },
            abnormal: Some(lost.into()),
            doubt: None,
        },
        ctx,
    );
}

/// A device that never reported anything: it charged until the port was seen idle, at most for
/// the paid time.
fn estimate_duration(draft: &mut Draft) {
    let order = &mut draft.order;
    if order.duration_s > 0 || order.energy > Energy::ZERO {
        return;
    }
    if let (Some(start), Some(idle)) = (order.start_time, order.idle_since) {
        let seen = i64::try_from(idle.since(start).as_secs()).unwrap_or(i64::MAX);
        order.duration_s = seen
            .min(order.planned_duration_s.unwrap_or(i64::MAX))
            .max(0);
    }
}
