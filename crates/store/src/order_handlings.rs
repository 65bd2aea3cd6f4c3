//! Orders that somebody should look at, and who did.

use crate::db::args;
use crate::{Conn, Result};
use kernel::{OrderNo, Timestamp};

/// Notes that somebody looked at an order and at what marks it; what was noted before gives way.
pub async fn put(
    conn: Conn<'_>,
    order: OrderNo,
    about: Option<&str>,
    by: &str,
    note: &str,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into order_handlings (order_no, about, handled_by, handled_at, note) \
         values ($1, $2, $3, $4, $5) on conflict (order_no) do update set \
         about = excluded.about, handled_by = excluded.handled_by, \
         handled_at = excluded.handled_at, note = excluded.note",
        args![order, about.unwrap_or_default(), by, now, note],
    )
    .await?;
    Ok(())
}
