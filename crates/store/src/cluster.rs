//! What the nodes of a cluster agree on through the database: which runs of the program are alive,
//! who does what for all, and which run holds the connection of which device. All instants are of
//! the database's clock: the clocks of the nodes may differ.

pub mod leases;
pub mod runs;
pub mod sessions;

use crate::db::Scalar;
use crate::{Conn, Result};
use kernel::Timestamp;

/// What the clock of the database shows.
pub async fn clock(conn: Conn<'_>) -> Result<Timestamp> {
    let sql = conn.choose(
        "select cast(unixepoch('subsec') * 1000 as integer) as value",
        "select clock_timestamp() as value",
    );
    let Scalar(now) = conn.one(sql, &[]).await?;
    Ok(now)
}
