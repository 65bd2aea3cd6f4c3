//! `member_sums`: how often and how much members have charged, kept with every bill so that
//! nobody has to add orders up.

use crate::db::args;
use crate::{Conn, Result};
use kernel::{Energy, MemberId};

/// Moves the sums of a member: one order counts with that energy, where it counted with the other
/// before. None: it does not count.
pub async fn count(
    conn: Conn<'_>,
    member: MemberId,
    before: Option<Energy>,
    after: Option<Energy>,
) -> Result<()> {
    let orders = i64::from(after.is_some()) - i64::from(before.is_some());
    let energy = |counted: Option<Energy>| counted.map_or(0, |energy| energy.0);
    conn.execute(
        "insert into member_sums (member_id, orders, energy_e4) values ($1, $2, $3) \
         on conflict (member_id) do update set orders = member_sums.orders + excluded.orders, \
         energy_e4 = member_sums.energy_e4 + excluded.energy_e4",
        args![member.0, orders, energy(after) - energy(before)],
    )
    .await?;
    Ok(())
}
