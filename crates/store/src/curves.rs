//! `order_curves`, the charging curves in packed chunks, and `order_tiers`, what each power tier
//! took.

use crate::db::{Batch, Cell, Kind, ToCell, args, row};
use crate::{Conn, Result, StoreError};
use domain::curve::{CurvePoint, pack, unpack};
use kernel::{Energy, Fen, OrderNo, Timestamp};

/// Chunks of one order that are read: two days of a point per ten seconds.
const CHUNKS_MAX: i64 = 4_000;

row! {
    /// What one power tier took.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Tier {
        /// 1 for the lowest.
        pub tier: i16,
        /// Upper bound in W.
        pub max_w: i32,
        /// Seconds in it.
        pub seconds: i64,
        /// Energy in it.
        pub e4: Energy,
        /// Price of it.
        pub fen: Fen,
    }
}

row! {
    struct Chunk {
        pub packed: Vec<u8>,
    }
}

/// Adds chunks of consecutive points, of one order or of many, in one statement. A chunk that
/// begins where another of the order began is ignored: it has been written before.
pub async fn insert(conn: Conn<'_>, chunks: &[(OrderNo, Vec<CurvePoint>)]) -> Result<u64> {
    static INSERT: Batch<5> = Batch::new(
        "insert into order_curves (order_no, from_at, until_at, points, packed) \
         select v.order_no, v.from_at, v.until_at, v.points, v.packed from {rows} where true \
         on conflict (order_no, from_at) do nothing",
        [
            ("order_no", Kind::Text),
            ("from_at", Kind::Time),
            ("until_at", Kind::Time),
            ("points", Kind::Int),
            ("packed", Kind::Bytes),
        ],
    );
    let rows: Vec<_> = chunks
        .iter()
        .filter_map(|(order_no, points)| {
            let (first, last) = (points.first()?, points.last()?);
            Some([
                order_no.cell(),
                first.at.cell(),
                last.at.cell(),
                Cell::Int(i64::try_from(points.len()).unwrap_or(i64::MAX)),
                Cell::Bytes(pack(points).into()),
            ])
        })
        .collect();
    INSERT.execute(conn, &rows).await
}

/// The curve of an order, oldest point first.
///
/// # Errors
/// [`StoreError::Other`] when a chunk is damaged.
pub async fn list(conn: Conn<'_>, order_no: OrderNo) -> Result<Vec<CurvePoint>> {
    let chunks: Vec<Chunk> = conn
        .all(
            "select packed from order_curves where order_no = $1 order by from_at limit $2",
            args![order_no, CHUNKS_MAX],
        )
        .await?;
    let mut points = Vec::new();
    for chunk in chunks {
        let read = unpack(&chunk.packed).map_err(|damaged| StoreError::Other(damaged.into()))?;
        points.extend(read);
    }
    Ok(points)
}

/// Deletes chunks that ended before `before`, at most `limit`. Returns how many. On PostgreSQL
/// those without a month; the months go as a whole (`months::drop_before`).
pub async fn purge(conn: Conn<'_>, before: Timestamp, limit: u16) -> Result<u64> {
    let sql = conn.choose(
        "delete from order_curves where rowid in \
         (select rowid from order_curves where until_at < $1 order by until_at limit $2)",
        "delete from order_curves_rest where ctid = any(array( \
         select ctid from order_curves_rest where until_at < $1 order by until_at limit $2))",
    );
    conn.execute(sql, args![before, limit]).await
}

/// Writes what each tier took, replacing what an earlier report said.
pub async fn put_tiers(conn: Conn<'_>, order_no: OrderNo, tiers: &[Tier]) -> Result<u64> {
    static PUT: Batch<6> = Batch::new(
        "insert into order_tiers (order_no, tier, max_w, seconds, e4, fen) \
         select v.order_no, v.tier, v.max_w, v.seconds, v.e4, v.fen from {rows} where true \
         on conflict (order_no, tier) do update set max_w = excluded.max_w, \
         seconds = excluded.seconds, e4 = excluded.e4, fen = excluded.fen",
        [
            ("order_no", Kind::Text),
            ("tier", Kind::Int),
            ("max_w", Kind::Int),
            ("seconds", Kind::Int),
            ("e4", Kind::Int),
            ("fen", Kind::Int),
        ],
    );
    let rows: Vec<_> = tiers
        .iter()
        .map(|tier| {
            [
                order_no.cell(),
                tier.tier.cell(),
                tier.max_w.cell(),
                tier.seconds.cell(),
                tier.e4.cell(),
                tier.fen.cell(),
            ]
        })
        .collect();
    PUT.execute(conn, &rows).await
}

/// What each tier of an order took, lowest first.
pub async fn list_tiers(conn: Conn<'_>, order_no: OrderNo) -> Result<Vec<Tier>> {
    conn.all(
        "select tier, max_w, seconds, e4, fen from order_tiers where order_no = $1 order by tier",
        args![order_no],
    )
    .await
}
