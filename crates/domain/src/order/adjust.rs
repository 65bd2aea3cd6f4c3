//! New limits of a running charge, once the device has taken them over.

use super::transition::Draft;
use super::{Context, Order, Transition};
use kernel::{Energy, Fen};

/// What changes; the rest stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewLimits {
    /// Total duration in seconds.
    pub duration_s: Option<u32>,
    /// Total energy.
    pub energy: Option<Energy>,
    /// All that has been prepaid.
    pub amount: Option<Fen>,
}

pub(super) fn adjusted(order: &Order, limits: &NewLimits, ctx: &Context<'_>) -> Transition {
    let mut draft = Draft::of(order, ctx.now);
    if !order.status.is_active() {
        return draft.done();
    }
    let next = &mut draft.order;
    next.planned_duration_s = limits.duration_s.map(i64::from).or(next.planned_duration_s);
    next.planned_energy = limits.energy.or(next.planned_energy);
    // Answers to two commands may cross: what has been prepaid never shrinks.
    next.amount = next.amount.max(limits.amount.unwrap_or_default());
    if *next != *order {
        draft.fact();
    }
    draft.done()
}
