//! `prepaid_orders`: orders that are paid for by themselves, and what they have to hear of it.

use crate::db::{args, row};
use crate::{Conn, Result};
use kernel::{OrderNo, Timestamp};

row! {
    /// A row of `prepaid_orders`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PrepaidOrder {
        /// The order.
        pub order_no: OrderNo,
        /// Its payment.
        pub payment_no: String,
        /// `waiting`, `paid`, `closed`, `done`.
        pub state: String,
    }
}

/// Adds an order that waits for its payment.
pub async fn insert(
    conn: Conn<'_>,
    order_no: OrderNo,
    payment_no: &str,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into prepaid_orders (order_no, payment_no, state, created_at, updated_at) \
         values ($1, $2, 'waiting', $3, $3)",
        args![order_no, payment_no, now],
    )
    .await?;
    Ok(())
}

/// Writes what became of the payment of an order that still waits for it.
pub async fn settle(
    conn: Conn<'_>,
    order_no: OrderNo,
    state: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update prepaid_orders set state = $2, updated_at = $3 \
             where order_no = $1 and state = 'waiting'",
            args![order_no, state, now],
        )
        .await?;
    Ok(changed == 1)
}

/// The order has heard what became of its payment. False when it had heard before.
pub async fn finish(conn: Conn<'_>, order_no: OrderNo, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update prepaid_orders set state = 'done', updated_at = $2 \
             where order_no = $1 and state in ('paid', 'closed')",
            args![order_no, now],
        )
        .await?;
    Ok(changed == 1)
}

/// An order that was to be paid for by itself.
pub async fn find(conn: Conn<'_>, order_no: OrderNo) -> Result<Option<PrepaidOrder>> {
    conn.optional(
        "select order_no, payment_no, state from prepaid_orders where order_no = $1",
        args![order_no],
    )
    .await
}

/// Orders that have not heard yet what became of their payments, oldest first.
pub async fn to_tell(conn: Conn<'_>, limit: u32) -> Result<Vec<PrepaidOrder>> {
    conn.all(
        "select order_no, payment_no, state from prepaid_orders \
         where state in ('paid', 'closed') order by updated_at limit $1",
        args![limit],
    )
    .await
}
