//! A charge as its member sees it: with what it really cost him.

use crate::view::OrderOut;
use domain::order::Order;
use serde::Serialize;
use store::order_money::PaidBill;
use utoipa::ToSchema;

/// A member's charge.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberOrderOut {
    #[serde(flatten)]
    order: OrderOut,
    /// What promotions, the coupon and points took off the bill, fen.
    #[schema(example = 947)]
    discount_fen: i64,
    /// What was to be paid, fen.
    #[schema(example = 2632)]
    payable_fen: i64,
    /// Of it out of what the member paid in, fen.
    #[schema(example = 2000)]
    paid_cash_fen: i64,
    /// Of it out of gifts, fen.
    #[schema(example = 632)]
    paid_gift_fen: i64,
}

impl MemberOrderOut {
    /// An order and what its payer bears of its bill.
    pub(crate) fn of(order: Order, bills: &[PaidBill]) -> Self {
        let bill = bills.iter().find(|bill| bill.id == order.id.0);
        let bill = bill.copied().unwrap_or_default();
        Self {
            order: order.into(),
            discount_fen: bill.discount_fen.0,
            payable_fen: bill.payable_fen.0,
            paid_cash_fen: bill.paid_cash_fen.0,
            paid_gift_fen: bill.paid_gift_fen.0,
        }
    }
}
