//! Ends that people decide: replaced by a newer order (O14), forced by an administrator (O15).

use super::finish::{self, Ending, Word};
use super::transition::Draft;
use super::{Context, NotPossible, Order, OrderStatus, Transition, Trigger, start};
use device::EndReason;

pub(super) fn replaced(order: &Order, ctx: &Context<'_>) -> Result<Transition, NotPossible> {
    let mut draft = Draft::of(order, ctx.now);
    match order.status {
        OrderStatus::Pending => {
            start::give_up(&mut draft, Trigger::Replaced, "replaced by a newer order");
        }
        OrderStatus::Charging => {
            let ending = Ending {
                reason: EndReason::UserStop,
                message: Some(EndReason::Replaced.message()),
                trigger: Trigger::Replaced,
                word: Word::Provisional { hold: false },
                abnormal: None,
                doubt: None,
            };
            finish::complete(&mut draft, ending, ctx);
            draft.stop();
        }
        OrderStatus::Completed | OrderStatus::Cancelled | OrderStatus::Failed => {
            return Err(NotPossible::NotActive);
        }
    }
    Ok(draft.done())
}

pub(super) fn force_finished(
    order: &Order,
    reason: String,
    ctx: &Context<'_>,
) -> Result<Transition, NotPossible> {
    if order.status != OrderStatus::Charging {
        return Err(NotPossible::NotCharging);
    }
    let mut draft = Draft::of(order, ctx.now);
    let ending = Ending {
        reason: EndReason::RemoteStop,
        message: None,
        trigger: Trigger::ForceFinished,
        word: Word::Provisional { hold: false },
        abnormal: Some(reason),
        doubt: None,
    };
    finish::complete(&mut draft, ending, ctx);
    draft.stop();
    Ok(draft.done())
}

pub(super) fn force_cancelled(
    order: &Order,
    reason: String,
    ctx: &Context<'_>,
) -> Result<Transition, NotPossible> {
    if !order.status.is_active() {
        return Err(NotPossible::NotActive);
    }
    let mut draft = Draft::of(order, ctx.now);
    let reached = order.start_sent || order.status == OrderStatus::Charging;
    finish::cancelled(&mut draft, Trigger::ForceCancelled, reason);
    if reached {
        draft.stop();
    }
    Ok(draft.done())
}
