//! `member_sums`: how often and how much members have charged, kept with every bill so that
//! nobody has to add orders up.

use crate::db::{Scalar, args};
use crate::{Conn, Result};
use kernel::{Energy, MemberId, OrderNo};

/// Brings an order into the sums of its member, corrects it there, or, with none, takes it out.
/// The row of `order_money` is locked.
pub async fn count(
    mut conn: Conn<'_>,
    member: MemberId,
    order_no: OrderNo,
    energy: Option<Energy>,
) -> Result<()> {
    let Scalar::<Option<i64>>(before) = conn
        .again()
        .one(
            "select counted_e4 as value from order_money where order_no = $1",
            args![order_no],
        )
        .await?;
    let after = energy.map(|energy| energy.0);
    if before == after {
        return Ok(());
    }
    let orders = i64::from(after.is_some()) - i64::from(before.is_some());
    let change = after.unwrap_or(0) - before.unwrap_or(0);
    conn.again()
        .execute(
            "update order_money set counted_e4 = $2 where order_no = $1",
            args![order_no, after],
        )
        .await?;
    conn.execute(
        "insert into member_sums (member_id, orders, energy_e4) values ($1, $2, $3) \
         on conflict (member_id) do update set orders = member_sums.orders + excluded.orders, \
         energy_e4 = member_sums.energy_e4 + excluded.energy_e4",
        args![member.0, orders, change],
    )
    .await?;
    Ok(())
}
