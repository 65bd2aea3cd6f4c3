//! A charge whose money is used up, before anybody has stopped it.

use super::{Order, OrderStatus};
use device::EndReason;

/// Whether a step asks a charge to stop only because what it holds is used up: with more money it
/// would go on.
pub fn runs_out(before: &Order, after: &Order) -> bool {
    after.status == OrderStatus::Charging
        && before.stop_requested_at.is_none()
        && after.stop_requested_at.is_some()
        && after.stop_reason == Some(EndReason::InsufficientBalance)
}
