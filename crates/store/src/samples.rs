//! `order_samples`, the progress curve of an order, and `order_tiers`, what each power tier took.

use crate::db::{Batch, Kind, ToCell, args, row};
use crate::{Conn, Result};
use domain::order::Sample;
use kernel::{Current, Energy, Fen, OrderNo, Power, Timestamp, Voltage};

row! {
    /// One point of the curve.
    #[derive(Clone, Debug, PartialEq)]
    pub struct StoredSample {
        /// When, by the server's clock.
        pub at: Timestamp,
        /// Seconds charged.
        pub duration_sec: i64,
        /// Energy so far.
        pub e4: Energy,
        /// Power.
        pub power_w: Option<Power>,
        /// Voltage.
        pub voltage: Option<Voltage>,
        /// Current.
        pub current: Option<Current>,
        /// °C.
        pub temp: Option<i16>,
    }
}

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

/// Points of an order's curve that [`list`] returns at most: a day at one per 15 s.
const SAMPLES_MAX: i64 = 5760;

/// Adds points, of one order or of many, in one statement. A second point of the same instant
/// is ignored.
pub async fn insert(conn: Conn<'_>, samples: &[(OrderNo, Sample)]) -> Result<u64> {
    static INSERT: Batch<8> = Batch::new(
        "insert into order_samples (order_no, at, duration_sec, e4, power_w, voltage, current, \
         temp) select v.order_no, v.at, v.duration_sec, v.e4, v.power_w, v.voltage, v.amperes, \
         v.temp from {rows} where true on conflict (order_no, at) do nothing",
        [
            ("order_no", Kind::Text),
            ("at", Kind::Time),
            ("duration_sec", Kind::Int),
            ("e4", Kind::Int),
            ("power_w", Kind::Real),
            ("voltage", Kind::Real),
            ("amperes", Kind::Real),
            ("temp", Kind::Int),
        ],
    );
    let rows: Vec<_> = samples
        .iter()
        .map(|(order_no, sample)| {
            [
                order_no.cell(),
                sample.at.cell(),
                sample.duration_s.cell(),
                sample.energy.cell(),
                sample.power.cell(),
                sample.voltage.cell(),
                sample.current.cell(),
                sample.temperature_c.cell(),
            ]
        })
        .collect();
    INSERT.execute(conn, &rows).await
}

/// The curve of an order, oldest point first.
pub async fn list(conn: Conn<'_>, order_no: OrderNo) -> Result<Vec<StoredSample>> {
    conn.all(
        "select at, duration_sec, e4, power_w, voltage, current, temp from order_samples \
         where order_no = $1 order by at limit $2",
        args![order_no, SAMPLES_MAX],
    )
    .await
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
