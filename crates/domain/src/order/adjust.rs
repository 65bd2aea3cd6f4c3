//! New limits of a running charge, once the device has taken them over.

use super::transition::Draft;
use super::{Context, Order, Transition};
use kernel::Energy;

pub(super) fn adjusted(
    order: &Order,
    duration_s: Option<u32>,
    energy: Option<Energy>,
    ctx: &Context<'_>,
) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if !order.status.is_active() {
        return draft.done();
    }
    let duration = duration_s.map(i64::from).or(order.planned_duration_s);
    let energy = energy.or(order.planned_energy);
    if (duration, energy) != (order.planned_duration_s, order.planned_energy) {
        draft.order.planned_duration_s = duration;
        draft.order.planned_energy = energy;
        draft.fact();
    }
    draft.done()
}
