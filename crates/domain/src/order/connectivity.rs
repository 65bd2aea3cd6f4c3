//! The device goes away and comes back. The order's status never changes by that alone.

use super::transition::Draft;
use super::{Context, Effect, Order, OrderStatus, Transition};
use kernel::Timestamp;

pub(super) fn offline(order: &Order, since: Timestamp, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.status.is_active() && order.interrupted_at.is_none() {
        draft.order.interrupted_at = Some(since.min(ctx.now));
        draft.fact();
    }
    draft.done()
}

pub(super) fn online(order: &Order, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if !order.status.is_active() {
        return draft.done();
    }
    if order.interrupted_at.is_some() {
        draft.order.interrupted_at = None;
        draft.fact();
    }
    if order.status == OrderStatus::Charging {
        if order.stop_requested_at.is_some() {
            // The queued stop goes out now; its effect is awaited from here.
            draft.order.stop_sent_at = Some(ctx.now);
            draft.order.stop_attempts = 0;
            if !ctx.policy.stops_wait {
                draft.stop();
            }
        }
        draft.push(Effect::QueryPort);
    }
    draft.done()
}

pub(super) fn registered(order: &Order, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.status == OrderStatus::Charging {
        draft.order.restarted_at = Some(ctx.now);
        draft.order.idle_reports = 0;
        draft.order.idle_since = None;
        draft.fact();
    }
    draft.done()
}
