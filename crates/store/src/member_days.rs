//! `member_days`: who charged on days that are over, everywhere and at each station.

use crate::analytics::{self, Active, At};
use crate::db::{Batch, Kind, ToCell as _, args, row};
use crate::{Conn, Result};
use kernel::Timestamp;
use std::collections::BTreeMap;

/// Everywhere.
const EVERYWHERE: i64 = -1;

row! {
    /// Who charged at a station on one day.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct DayAtStation {
        /// The station: 0 none, -1 everywhere.
        pub station_id: i64,
        /// Who charged.
        pub active: i64,
        /// Those of them who had registered before that day.
        pub came_before: i64,
        /// Those of them who charged more than once.
        pub repeating: i64,
        /// Their charges.
        pub orders: i64,
        /// Their energy, 0.0001 kWh.
        pub e4: i64,
        /// What their charges came to, fen.
        pub fen: i64,
    }
}

row! {
    struct OfDay {
        pub at: Timestamp,
        pub active: i64,
        pub came_before: i64,
        pub repeating: i64,
        pub orders: i64,
        pub e4: i64,
        pub fen: i64,
    }
}

/// Counts the members of a day, everywhere and at each station.
pub async fn count(
    mut conn: Conn<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<DayAtStation>> {
    let mut found: Vec<DayAtStation> = conn
        .again()
        .all(
            "select t.station_id, count(*) as active, \
             cast(sum(case when m.registered_at < $1 then 1 else 0 end) as bigint) as came_before, \
             cast(sum(case when t.orders > 1 then 1 else 0 end) as bigint) as repeating, \
             cast(sum(t.orders) as bigint) as orders, cast(sum(t.e4) as bigint) as e4, \
             cast(sum(t.fen) as bigint) as fen from (select \
             coalesce(o.station_id, 0) as station_id, o.member_id, count(*) as orders, \
             sum(o.energy_e4) as e4, sum(coalesce(o.final_amount, 0)) as fen from orders o \
             where o.end_time >= $1 and o.end_time < $2 and o.status = 'completed' \
             and o.member_id is not null group by 1, 2) t \
             join members m on m.id = t.member_id group by t.station_id",
            args![from, to],
        )
        .await?;
    let all = analytics::active(conn, At::Anywhere, from, to).await?;
    found.push(DayAtStation {
        station_id: EVERYWHERE,
        active: all.active,
        came_before: all.came_before,
        repeating: all.repeating,
        orders: all.orders,
        e4: all.e4,
        fen: all.fen,
    });
    Ok(found)
}

/// Writes what was counted of the day that begins at `at`, in place of what was counted before.
pub async fn put(mut conn: Conn<'_>, at: Timestamp, found: &[DayAtStation]) -> Result<()> {
    static PUT: Batch<8> = Batch::new(
        "insert into member_days \
         (at, station_id, active, came_before, repeating, orders, e4, fen) \
         select v.at, v.station_id, v.active, v.came_before, v.repeating, v.orders, v.e4, v.fen \
         from {rows} where true",
        [
            ("at", Kind::Time),
            ("station_id", Kind::Int),
            ("active", Kind::Int),
            ("came_before", Kind::Int),
            ("repeating", Kind::Int),
            ("orders", Kind::Int),
            ("e4", Kind::Int),
            ("fen", Kind::Int),
        ],
    );
    conn.again()
        .execute("delete from member_days where at = $1", args![at])
        .await?;
    let rows: Vec<_> = found
        .iter()
        .map(|row| {
            [
                at.cell(),
                row.station_id.cell(),
                row.active.cell(),
                row.came_before.cell(),
                row.repeating.cell(),
                row.orders.cell(),
                row.e4.cell(),
                row.fen.cell(),
            ]
        })
        .collect();
    PUT.execute(conn, &rows).await?;
    Ok(())
}

/// The days of a time that were counted, by their beginning: of everything, or of one station.
pub async fn of(
    mut conn: Conn<'_>,
    station: Option<i64>,
    from: Timestamp,
    to: Timestamp,
) -> Result<BTreeMap<Timestamp, Active>> {
    let sql = "select at, active, came_before, repeating, orders, e4, fen from member_days \
         where station_id = $1 and at >= $2 and at < $3";
    let days: Vec<OfDay> = conn.again().all(sql, args![EVERYWHERE, from, to]).await?;
    let Some(station) = station else {
        return Ok(days.iter().map(told).collect());
    };
    let mut found: BTreeMap<Timestamp, Active> =
        days.iter().map(|day| (day.at, Active::default())).collect();
    let rows: Vec<OfDay> = conn.all(sql, args![station, from, to]).await?;
    found.extend(rows.iter().map(told));
    Ok(found)
}

fn told(day: &OfDay) -> (Timestamp, Active) {
    let active = Active {
        active: day.active,
        came_before: day.came_before,
        repeating: day.repeating,
        orders: day.orders,
        e4: day.e4,
        fen: day.fen,
    };
    (day.at, active)
}
