//! O7: somebody wants a charge to end.

use super::transition::Draft;
use super::{Actor, Context, Effect, NotPossible, Order, OrderStatus, Transition, Trigger, start};
use device::EndReason;

pub(super) fn requested(
    order: &Order,
    reason: EndReason,
    actor: &Actor,
    ctx: &Context<'_>,
) -> Result<Transition, NotPossible> {
    let mut draft = Draft::of(order, ctx.now);
    match order.status {
        OrderStatus::Pending => {
            let said = match actor {
                Actor::Api(Some(said)) => said.as_str(),
                Actor::Api(None) | Actor::Member | Actor::Card => "user_cancelled",
                Actor::Admin => "cancelled by administrator",
                Actor::Platform => "cancelled by platform",
            };
            start::give_up(&mut draft, Trigger::UserCancelled, said);
        }
        OrderStatus::Charging => request(&mut draft, reason, ctx),
        OrderStatus::Completed | OrderStatus::Cancelled | OrderStatus::Failed => {
            return Err(NotPossible::NotActive);
        }
    }
    Ok(draft.done())
}

/// Requests the stop of a charging order. Asking again repeats the command only when the last
/// one has had time to be answered.
pub(super) fn request(draft: &mut Draft, reason: EndReason, ctx: &Context<'_>) {
    let under_way = draft
        .order
        .stop_sent_at
        .is_some_and(|sent| ctx.now < sent + ctx.policy.ack_timeout);
    let danger = reason == EndReason::FireSafety && draft.order.stop_reason != Some(reason);
    if draft.order.stop_requested_at.is_none() || danger {
        draft.order.stop_requested_at = Some(ctx.now);
        draft.order.stop_reason = Some(reason);
        if danger {
            draft.order.stop_attempts = 0;
            draft.order.abnormal = true;
            draft.order.abnormal_reason = Some("power was cut off for fire safety".to_owned());
        }
        draft.stop();
    } else if !under_way {
        draft.stop();
    }
}

pub(super) fn accepted(order: &Order, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.status == OrderStatus::Charging && order.stop_acked_at.is_none() {
        draft.order.stop_acked_at = Some(ctx.now);
        draft.fact();
    }
    draft.done()
}

/// A refused stop usually means that nothing runs there: the port is asked.
pub(super) fn refused(order: &Order, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if order.status == OrderStatus::Charging {
        draft.push(Effect::QueryPort);
    }
    draft.done()
}
