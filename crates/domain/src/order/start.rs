//! From the start command to the first evidence of charging (O2 to O5).

use super::transition::Draft;
use super::{
    Context, Effect, News, Order, OrderStatus, PortMove, Transition, Trigger, finish, late,
};
use device::Refusal;
use kernel::Timestamp;

pub(super) fn written(order: &Order, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.status == OrderStatus::Pending && !order.start_sent {
        draft.order.start_sent = true;
        draft.fact();
    }
    draft.done()
}

/// Its payment is there: what has waited for it is started. Said again it changes nothing.
/// `connected`: its device is, and gets the command at once.
pub(super) fn paid(order: &Order, connected: bool, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.status == OrderStatus::Pending && !order.start_sent {
        draft.order.start_sent = connected;
        draft.push(Effect::SendStart);
    }
    draft.done()
}

pub(super) fn accepted(order: &Order, session: Option<u16>, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.acked_at.is_none() && order.status.is_active() {
        draft.order.acked_at = Some(ctx.now);
        draft.order.start_sent = true;
        draft.fact();
    }
    if order.business_no.is_none() && session.is_some_and(|number| number != 0) {
        draft.order.business_no = session;
        draft.fact();
    }
    draft.done()
}

pub(super) fn refused(order: &Order, refusal: &Refusal, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.status == OrderStatus::Pending {
        let reason = match refusal.code {
            Some(code) => format!("refused by device: {} (code {code})", refusal.text),
            None => format!("refused by device: {}", refusal.text),
        };
        finish::failed(&mut draft, Trigger::Refused, reason);
    }
    draft.done()
}

pub(super) fn lapsed(order: &Order, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.status == OrderStatus::Pending && order.acked_at.is_none() {
        finish::failed(
            &mut draft,
            Trigger::Unanswered,
            "no answer from device".into(),
        );
        // What the device did is unknown: it must not charge for an order that failed.
        draft.stop();
    }
    draft.done()
}

pub(super) fn expired(order: &Order, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.status == OrderStatus::Pending && order.acked_at.is_none() {
        give_up(&mut draft, Trigger::StartExpired, "start command expired");
    }
    draft.done()
}

pub(super) fn confirmed(order: &Order, accepted: bool, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    match order.status {
        OrderStatus::Pending if accepted => begin(&mut draft, ctx.now, Trigger::Confirmed),
        OrderStatus::Pending => {
            finish::failed(&mut draft, Trigger::Refused, "rejected by device".into());
        }
        OrderStatus::Charging if accepted => {
            seen_alive(&mut draft);
            draft.live();
        }
        OrderStatus::Cancelled | OrderStatus::Failed if accepted => {
            late::power_without_order(&mut draft, ctx);
        }
        OrderStatus::Charging
        | OrderStatus::Completed
        | OrderStatus::Cancelled
        | OrderStatus::Failed => {}
    }
    draft.done()
}

/// O5: cancels a pending order and makes sure that the device does not begin it after all.
pub(super) fn give_up(draft: &mut Draft, trigger: Trigger, reason: &str) {
    let may_have_arrived = draft.order.start_sent;
    finish::cancelled(draft, trigger, reason.into());
    if may_have_arrived {
        draft.stop();
    }
}

/// O3: charging begins, exactly once. `start` is never before the order nor in the future.
pub(super) fn begin(draft: &mut Draft, start: Timestamp, trigger: Trigger) {
    let earliest = draft.order.acked_at.unwrap_or(draft.order.created_at);
    let start = start.max(earliest.min(draft.now)).min(draft.now);
    draft.order.start_time = Some(start);
    draft.order.start_sent = true;
    seen_alive(draft);
    draft.status(OrderStatus::Charging, trigger, None);
    draft.push(Effect::Port(PortMove::Charge));
    draft.emit(News::Started);
}

/// The order was seen running just now: every doubt is gone.
pub(super) fn seen_alive(draft: &mut Draft) {
    let order = &mut draft.order;
    order.last_progress_at = Some(draft.now);
    order.idle_reports = 0;
    order.idle_since = None;
    order.restarted_at = None;
    if order.interrupted_at.take().is_some() {
        draft.fact();
    }
}
