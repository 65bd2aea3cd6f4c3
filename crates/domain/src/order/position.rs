//! What an order's state means for the money that it holds.

use super::{Order, OrderStatus, SettleStatus};
use kernel::Fen;

/// What should be true of an order's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// It runs, or nobody has decided on its bill: all stays held.
    Held,
    /// It is billed.
    Billed {
        /// Electricity.
        elec: Fen,
        /// Service.
        service: Fen,
        /// The device's word is still awaited: what is not used stays held.
        keeps_rest: bool,
    },
    /// It never ran: everything is free again.
    Free,
}

/// What should be true of an order's money.
pub const fn position(order: &Order) -> Position {
    match order.status {
        OrderStatus::Pending | OrderStatus::Charging => Position::Held,
        OrderStatus::Cancelled | OrderStatus::Failed => Position::Free,
        OrderStatus::Completed => match order.settle_status {
            SettleStatus::Settled | SettleStatus::Adjusted => Position::Billed {
                elec: order.elec_fen,
                service: order.service_fen,
                keeps_rest: order.hold_until.is_some(),
            },
            SettleStatus::None | SettleStatus::Error => Position::Held,
        },
    }
}
