//! `power_curves`: what stations, devices and ports drew, ten minutes of means in a row.

use crate::db::{Batch, Cell, Kind, ToCell, args, row};
use crate::{Conn, Result};
use kernel::Timestamp;
use serde_json::{Value, json};

/// Rows of one answer: a week of one object.
const ROWS_MAX: i64 = 1_100;

row! {
    /// A row of `power_curves`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct PowerChunk {
        /// `s` station, `d` device, `p` port.
        pub kind: String,
        /// Which; of ports the device's row times a thousand and the port's number.
        pub object_id: i64,
        /// Its first minute.
        pub from_at: Timestamp,
        /// W, one number a minute; -1 where nothing was measured.
        pub means: Value,
        /// The highest moment, W.
        pub most_w: i64,
    }
}

/// Writes chunks; one that was written before is replaced.
pub async fn put(conn: Conn<'_>, chunks: &[PowerChunk]) -> Result<u64> {
    static PUT: Batch<5> = Batch::new(
        "insert into power_curves (kind, object_id, from_at, means, most_w) \
         select v.kind, v.object_id, v.from_at, v.means, v.most_w from {rows} where true \
         on conflict (kind, object_id, from_at) do update set means = excluded.means, \
         most_w = excluded.most_w",
        [
            ("kind", Kind::Text),
            ("object_id", Kind::Int),
            ("from_at", Kind::Time),
            ("means", Kind::Json),
            ("most_w", Kind::Int),
        ],
    );
    let rows: Vec<_> = chunks
        .iter()
        .map(|chunk| {
            [
                chunk.kind.cell(),
                chunk.object_id.cell(),
                chunk.from_at.cell(),
                Cell::Json(json!(chunk.means).to_string()),
                chunk.most_w.cell(),
            ]
        })
        .collect();
    PUT.execute(conn, &rows).await
}

/// The chunks of an object that begin from one instant on and before another, oldest first.
pub async fn list(
    conn: Conn<'_>,
    kind: &str,
    object_id: i64,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<PowerChunk>> {
    conn.all(
        "select kind, object_id, from_at, means, most_w from power_curves \
         where kind = $1 and object_id = $2 and from_at >= $3 and from_at < $4 \
         order by from_at limit $5",
        args![kind, object_id, from, until, ROWS_MAX],
    )
    .await
}

/// The chunks of all stations that begin from one instant on and before another.
pub async fn of_stations(
    conn: Conn<'_>,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<PowerChunk>> {
    conn.all(
        "select c.kind, c.object_id, c.from_at, c.means, c.most_w from stations s \
         join power_curves c on c.kind = 's' and c.object_id = s.id \
         where c.from_at >= $1 and c.from_at < $2",
        args![from, until],
    )
    .await
}

/// Deletes chunks of one kind from before an instant, at most `limit`. Returns how many.
pub async fn purge(conn: Conn<'_>, kind: &str, before: Timestamp, limit: u16) -> Result<u64> {
    let sql = conn.choose(
        "delete from power_curves where rowid in (select rowid from power_curves \
         where from_at < $2 and kind = $1 order by from_at limit $3)",
        "delete from power_curves where ctid = any(array(select ctid from power_curves \
         where from_at < $2 and kind = $1 order by from_at limit $3))",
    );
    conn.execute(sql, args![kind, before, limit]).await
}
