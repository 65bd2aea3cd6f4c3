//! `power_limits`: the limit that each device was given last, and what it said.

use crate::db::{args, row};
use crate::{Conn, Result};
use kernel::{CommandId, DeviceId, Timestamp};

row! {
    /// A row of `power_limits`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PowerLimitRow {
        /// The device.
        pub device_id: DeviceId,
        /// Its station then.
        pub station_id: i64,
        /// Share of its rating, %.
        pub percent: i16,
        /// The command.
        pub command_id: CommandId,
        /// When it was sent.
        pub sent_at: Timestamp,
        /// `sent`, `taken`, `refused`, `unanswered`.
        pub state: String,
        /// When the answer was known.
        pub answered_at: Option<Timestamp>,
    }
}

/// All of them, for memory.
pub async fn all(conn: Conn<'_>) -> Result<Vec<PowerLimitRow>> {
    conn.all(
        "select device_id, station_id, percent, command_id, sent_at, state, answered_at \
         from power_limits",
        &[],
    )
    .await
}

/// Writes the last limit of a device.
pub async fn put(conn: Conn<'_>, row: &PowerLimitRow) -> Result<()> {
    conn.execute(
        "insert into power_limits (device_id, station_id, percent, command_id, sent_at, state, \
         answered_at) values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (device_id) do update set station_id = excluded.station_id, \
         percent = excluded.percent, command_id = excluded.command_id, \
         sent_at = excluded.sent_at, state = excluded.state, \
         answered_at = excluded.answered_at",
        args![
            row.device_id,
            row.station_id,
            row.percent,
            row.command_id,
            row.sent_at,
            row.state,
            row.answered_at
        ],
    )
    .await?;
    Ok(())
}
