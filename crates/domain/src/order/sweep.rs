//! What the passing of time does to an order: the stuck-order rules and every other deadline.
//!
//! [`next_deadline`] says when [`sweep`] has something to do, so that a shell can keep a cheap
//! list of times instead of looking at every order. One call takes one step.

use super::finish::{self, Ending, Word};
use super::transition::Draft;
use super::{
    Context, Effect, News, Order, OrderStatus, Transition, Trigger, evidence, fault, start, stop,
};
use crate::alarm::AlarmCode;
use crate::payer::Payer;
use device::{EndReason, OfflinePolicy};
use kernel::Timestamp;
use std::time::Duration;

/// What is noted later than that after the present instant is not believed.
const FUTURE: Duration = Duration::from_mins(1);

/// Whether the device can be reached, by its own liveness profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connectivity {
    /// It can.
    Online,
    /// It cannot.
    Offline {
        /// Since it was declared offline, not since its last frame.
        since: Timestamp,
    },
}

/// Which deadline. The order is that of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// O5 by time to live or plug-in timeout.
    StartOver,
    /// R-PENDING's warning.
    PendingWarning,
    /// O9.
    Fault,
    /// O13, or an end that was not reported.
    Idle,
    /// R-OFFLINE.
    Offline,
    /// R-STUCK.
    Stuck,
    /// R-OVERDUE.
    Overdue,
    /// O7: the stop has had no effect so far.
    StopWithoutEffect,
    /// R-MAX.
    TooLong,
    /// The hold of a provisional completion is over.
    HoldOver,
}

/// When the order next needs a [`sweep`], if no event comes before. It may lie in the past.
pub fn next_deadline(
    order: &Order,
    connectivity: Connectivity,
    ctx: &Context<'_>,
) -> Option<Timestamp> {
    deadlines(order, connectivity, ctx)
        .into_iter()
        .map(|(at, _)| at)
        .min()
}

/// Applies the first rule whose time has come.
pub fn sweep(order: &Order, connectivity: Connectivity, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if let Connectivity::Offline { since } = connectivity
        && order.status.is_active()
        && order.interrupted_at.is_none()
    {
        draft.order.interrupted_at = Some(since.min(ctx.now));
        draft.fact();
    }
    let due = deadlines(&draft.order, connectivity, ctx)
        .into_iter()
        .find(|(at, _)| *at <= ctx.now);
    if let Some((_, rule)) = due {
        apply(&mut draft, rule, connectivity, ctx);
    }
    draft.done()
}

fn deadlines(
    order: &Order,
    connectivity: Connectivity,
    ctx: &Context<'_>,
) -> Vec<(Timestamp, Rule)> {
    match order.status {
        OrderStatus::Pending => pending(order, ctx),
        OrderStatus::Charging => charging(order, connectivity, ctx),
        OrderStatus::Completed => order
            .hold_until
            .map(|until| (until, Rule::HoldOver))
            .into_iter()
            .collect(),
        OrderStatus::Cancelled | OrderStatus::Failed => Vec::new(),
    }
}

fn pending(order: &Order, ctx: &Context<'_>) -> Vec<(Timestamp, Rule)> {
    let listening = ctx.policy.listening_since;
    let over = match order.acked_at {
        Some(acked) => acked.max(listening) + ctx.policy.plug_timeout,
        // It may charge, and its device has not been able to say so while we were away.
        None if order.start_sent => order.created_at.max(listening) + ctx.policy.start_ttl,
        None => believed(order.created_at, ctx) + ctx.policy.start_ttl,
    };
    let mut rules = vec![(over, Rule::StartOver)];
    let warning = order.created_at + ctx.policy.pending_warning;
    // The warning itself moves `updated_at`, so it comes once. What waits for its payer is not
    // the device's fault.
    let waits_for_payer =
        !order.start_sent && matches!(order.payer.as_deref(), Some(Payer::Prepaid { .. }));
    if order.updated_at < warning && !waits_for_payer {
        rules.push((warning, Rule::PendingWarning));
    }
    rules
}

fn charging(
    order: &Order,
    connectivity: Connectivity,
    ctx: &Context<'_>,
) -> Vec<(Timestamp, Rule)> {
    let policy = ctx.policy;
    let alive = believed(evidence(order), ctx).max(policy.listening_since);
    let away = offline_since(order, connectivity);
    let mut rules = Vec::with_capacity(6);
    let mut add = |at: Option<Timestamp>, rule| rules.extend(at.map(|at| (at, rule)));
    add(order.fault_deadline, Rule::Fault);
    add(fault::idle_deadline(order, ctx), Rule::Idle);
    if let Some(since) = away {
        if policy.offline_policy == OfflinePolicy::Complete {
            add(Some(since + policy.offline_complete), Rule::Offline);
        }
        add(Some(alive + policy.stuck_timeout), Rule::Stuck);
        return rules;
    }
    add(Some(alive + policy.stuck_timeout), Rule::Stuck);
    let start = order.start_time.unwrap_or(order.created_at);
    add(
        order.planned_duration_s.map(|planned| {
            let paid = Duration::from_secs(u64::try_from(planned).unwrap_or(0));
            let expected = start + paid + policy.overdue_grace;
            expected.max(alive + policy.report_interval * 2)
        }),
        Rule::Overdue,
    );
    match order.stop_sent_at.or(order.stop_requested_at) {
        Some(sent) if order.stop_requested_at.is_some() => {
            // Where there may be a fire nobody waits for a minute.
            let wait = match order.stop_reason {
                Some(EndReason::FireSafety) => policy.ack_timeout,
                _ => policy.stop_wait,
            };
            add(Some(sent + wait), Rule::StopWithoutEffect);
        }
        _ => add(Some(start + policy.max_duration), Rule::TooLong),
    }
    rules
}

/// A sign of life from the future was noted before the clock was set back and the program ended:
/// what it is worth shows from our start on.
fn believed(at: Timestamp, ctx: &Context<'_>) -> Timestamp {
    if at > ctx.now + FUTURE {
        ctx.policy.listening_since
    } else {
        at
    }
}

fn offline_since(order: &Order, connectivity: Connectivity) -> Option<Timestamp> {
    match connectivity {
        Connectivity::Online => order.interrupted_at,
        Connectivity::Offline { since } => Some(order.interrupted_at.unwrap_or(since)),
    }
}

fn apply(draft: &mut Draft, rule: Rule, connectivity: Connectivity, ctx: &Context<'_>) {
    let online = offline_since(&draft.order, connectivity).is_none();
    match rule {
        Rule::StartOver if draft.order.acked_at.is_some() => {
            start::give_up(draft, Trigger::PlugTimeout, "nobody plugged in");
        }
        Rule::StartOver => start::give_up(draft, Trigger::StartExpired, "start command expired"),
        Rule::PendingWarning => {
            draft.raise(AlarmCode::OrderPending, "start not confirmed for 5 minutes");
            if online {
                draft.push(Effect::QueryPort);
            }
        }
        Rule::Fault => fault::settle_fault(draft, ctx),
        Rule::Idle => fault::settle_idle(draft, ctx),
        Rule::Offline => close(draft, Trigger::Offline, online, ctx),
        Rule::Stuck => close(draft, Trigger::Stuck, online, ctx),
        Rule::Overdue => close(draft, Trigger::Overdue, online, ctx),
        Rule::StopWithoutEffect => stop_without_effect(draft, ctx),
        Rule::TooLong => stop::request(draft, EndReason::Timeout, ctx),
        Rule::HoldOver => {
            draft.order.hold_until = None;
            draft.fact();
            if draft.order.refund_fen.0 > 0 {
                let reason = "no end report within the hold".into();
                draft.emit(News::Refunded { reason });
            }
        }
    }
}

/// O7: repeat, then ask, then close.
fn stop_without_effect(draft: &mut Draft, ctx: &Context<'_>) {
    let attempts = draft.order.stop_attempts;
    if attempts > ctx.policy.stop_retries {
        return close(draft, Trigger::StopFailed, true, ctx);
    }
    draft.order.stop_attempts = attempts.saturating_add(1);
    if attempts < ctx.policy.stop_retries {
        draft.stop();
    } else {
        draft.order.stop_sent_at = Some(ctx.now);
        draft.push(Effect::QueryPort);
    }
}

/// O10: closes a silent order with its last values. A device that can be reached is told to
/// stop, so that no free power flows; one that cannot may go on when it returns within the hold.
fn close(draft: &mut Draft, trigger: Trigger, online: bool, ctx: &Context<'_>) {
    let stop_reason = draft.order.stop_reason;
    let reason = stop_reason
        .filter(|_| draft.order.stop_acked_at.is_some())
        .unwrap_or(EndReason::Timeout);
    let what = match trigger {
        Trigger::Offline => "device offline while charging",
        Trigger::Overdue => "paid time is over and the device is silent",
        Trigger::StopFailed => "stop commands had no effect",
        _ => "no sign of life while charging",
    };
    finish::complete(
        draft,
        Ending {
            reason,
            message: None,
            trigger,
            word: Word::Provisional { hold: true },
            abnormal: Some(what.to_owned()),
            doubt: None,
        },
        ctx,
    );
    draft.raise(AlarmCode::OrderStuck, what);
    if online {
        draft.stop();
    }
}
