use super::{BilledOrder, InvoiceRefusal, Line, LineLayout};
use crate::promotion::Parts;
use kernel::{Energy, Fen, OrderNo, OrgId, Timestamp};
use std::collections::HashSet;

/// Most orders on one invoice.
pub const ORDERS_MAX: usize = 500;

/// What stands on an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Who issues it.
    pub seller: OrgId,
    /// The orders, in the order in which they were given.
    pub orders: Vec<OrderNo>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What all lines cost together.
    pub amount: Fen,
    /// The tax that is in it.
    pub tax: Fen,
}

impl Draft {
    /// The lines of the red invoice that takes all of it back.
    pub fn reversed(&self) -> Vec<Line> {
        self.lines.iter().map(Line::reversed).collect()
    }
}

/// Why orders do not make an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftFault {
    /// There is none, or there are too many.
    #[error("an invoice has 1 to 500 orders")]
    Count,
    /// One stands twice.
    #[error("order {0} stands twice")]
    Twice(OrderNo),
    /// They have different sellers.
    #[error("order {0} has another seller")]
    OtherSeller(OrderNo),
    /// One of them cannot be invoiced.
    #[error("order {order}: {refusal}")]
    Order {
        /// Which.
        order: OrderNo,
        /// Why.
        refusal: InvoiceRefusal,
    },
}

/// Puts an invoice together from orders of one seller.
///
/// # Errors
/// The first order that cannot be on it.
pub fn draft(
    orders: &[BilledOrder],
    layout: &LineLayout,
    now: Timestamp,
) -> Result<Draft, DraftFault> {
    compose(orders, layout, |order| order.admit(now))
}

/// Puts the invoice together that replaces a reversed one: what is left of its orders, however old
/// they are by now. None when nothing is left.
///
/// # Errors
/// The first order that cannot be on it.
pub fn reissue(orders: &[BilledOrder], layout: &LineLayout) -> Result<Option<Draft>, DraftFault> {
    let left: Vec<BilledOrder> = orders
        .iter()
        .filter(|order| order.cash() > Fen::ZERO)
        .copied()
        .collect();
    if left.is_empty() {
        return Ok(None);
    }
    compose(&left, layout, BilledOrder::admit_at_any_age).map(Some)
}

fn compose(
    orders: &[BilledOrder],
    layout: &LineLayout,
    admit: impl Fn(&BilledOrder) -> Result<(), InvoiceRefusal>,
) -> Result<Draft, DraftFault> {
    let first = orders.first().ok_or(DraftFault::Count)?;
    if orders.len() > ORDERS_MAX {
        return Err(DraftFault::Count);
    }
    let mut known = HashSet::new();
    let mut cash = Parts::ZERO;
    let mut energy = Energy::ZERO;
    for order in orders {
        let number = order.order_no;
        if !known.insert(number) {
            return Err(DraftFault::Twice(number));
        }
        if order.seller != first.seller {
            return Err(DraftFault::OtherSeller(number));
        }
        admit(order).map_err(|refusal| DraftFault::Order {
            order: number,
            refusal,
        })?;
        cash = cash.plus(order.cash_parts());
        energy = Energy(energy.0.saturating_add(order.energy.0.max(0)));
    }
    let count = i64::try_from(orders.len()).unwrap_or(i64::MAX);
    let lines = layout.lines(cash, energy, count);
    Ok(Draft {
        seller: first.seller,
        orders: orders.iter().map(|order| order.order_no).collect(),
        amount: Fen(lines.iter().map(|line| line.gross().0).sum()),
        tax: Fen(lines.iter().map(|line| line.tax.0).sum()),
        lines,
    })
}
