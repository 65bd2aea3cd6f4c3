//! Counts of orders, and of what money and people do beside them, by hour and station. One pass
//! along an index for any stretch of time, so that the present day can be counted anew at any
//! moment, in the same words as the hours that are stored.

use super::{Tally, read};
use crate::db::{Columns, FromRow, args, row};
use crate::{Conn, Result};
use device::{ChargeMode, EndReason};
use domain::kpi::{Business, Counts, Detail, Figure, Kpi, PERIODS};
use domain::order::OrderSource;
use domain::pricing::time_of_use::BillSheet;
use kernel::Timestamp;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;

/// What was counted at stations (0 is none), by the hour.
pub type Hours = BTreeMap<Timestamp, BTreeMap<i64, Tally>>;

fn note(hours: &mut Hours, hour: i64, station: i64, figure: impl Into<Figure>, counts: Counts) {
    let stations = hours.entry(Timestamp(hour * HOUR_MS)).or_default();
    let tally = stations.entry(station).or_default();
    let known = tally.entry(figure.into()).or_default();
    *known = *known + counts;
}

fn part(count: i64) -> Counts {
    Counts::of(read(count), 0)
}

/// The number of hours since 1970 of a column.
fn hour(postgres: bool, column: &str) -> String {
    if postgres {
        format!("cast(floor(extract(epoch from {column}) / 3600) as bigint)")
    } else {
        format!("({column} / {HOUR_MS})")
    }
}

/// Sums of `$sum` expressions by hour and station, as `a`, `b`, `c` …
fn statement(postgres: bool, time: &str, station: &str, rest: &str, sums: [&str; 5]) -> String {
    let hour = hour(postgres, time);
    let named = sums.iter().zip(["a", "b", "c", "d", "e"]);
    let columns: Vec<String> = named
        .map(|(sum, name)| format!("cast(coalesce(sum({sum}), 0) as bigint) as {name}"))
        .collect();
    let columns = columns.join(", ");
    format!(
        "select {hour} as hour, coalesce({station}, 0) as station_id, {columns} {rest} \
         and {time} >= $1 and {time} < $2 group by 1, 2"
    )
}

row! {
    struct Sums {
        pub hour: i64,
        pub station_id: i64,
        pub a: i64,
        pub b: i64,
        pub c: i64,
        pub d: i64,
        pub e: i64,
    }
}

row! {
    struct Completed {
        pub hour: i64,
        pub station_id: i64,
        pub source: OrderSource,
        pub mode: i64,
        pub reason: i64,
        pub orders: i64,
        pub seconds: i64,
        pub e4: i64,
        pub elec: i64,
        pub service: i64,
        pub occupancy: i64,
        pub amount: i64,
        pub discount: i64,
        pub complained: i64,
    }
}

/// Everything about orders, refunds, top-ups, new members and alarms from one instant to another.
pub async fn by_hour(mut conn: Conn<'_>, from: Timestamp, to: Timestamp) -> Result<Hours> {
    let mut hours = Hours::new();
    completed(conn.again(), from, to, &mut hours).await?;
    created(conn.again(), from, to, &mut hours).await?;
    shares(conn.again(), from, to, &mut hours).await?;
    money(conn, from, to, &mut hours).await?;
    Ok(hours)
}

async fn completed(
    conn: Conn<'_>,
    from: Timestamp,
    to: Timestamp,
    hours: &mut Hours,
) -> Result<()> {
    let hour = hour(conn.is_postgres(), "o.end_time");
    let sql = format!(
        "select {hour} as hour, coalesce(o.station_id, 0) as station_id, o.source, \
         cast(o.charge_mode as bigint) as mode, \
         cast(coalesce(o.end_reason, 15) as bigint) as reason, count(*) as orders, \
         cast(sum(o.duration_sec) as bigint) as seconds, \
         cast(sum(o.energy_e4) as bigint) as e4, cast(sum(o.elec_fen) as bigint) as elec, \
         cast(sum(o.service_fen) as bigint) as service, \
         cast(sum(o.occupancy_fen) as bigint) as occupancy, \
         cast(sum(coalesce(o.final_amount, 0)) as bigint) as amount, \
         cast(sum(o.discount_fen) as bigint) as discount, \
         cast(sum(case when exists (select 1 from refunds r where r.biz_no = o.order_no \
         and r.kind in ('complaint', 'admin') \
         and r.state in ('approved', 'processing', 'success', 'abnormal')) then 1 else 0 end) \
         as bigint) as complained \
         from orders o where o.end_time >= $1 and o.end_time < $2 and o.status = 'completed' \
         group by 1, 2, 3, 4, 5"
    );
    let rows: Vec<Completed> = conn.all_anew(AssertSqlSafe(sql), args![from, to]).await?;
    for row in rows {
        let (at, orders) = ((row.hour, row.station_id), read(row.orders));
        let mut add = |figure: Figure, counts| note(hours, at.0, at.1, figure, counts);
        let energy = Counts::of(orders, read(row.e4));
        add(Business::Orders.into(), Counts::of(orders, 0));
        add(Business::Energy.into(), part(row.e4));
        add(Business::Electricity.into(), part(row.elec));
        add(Business::Service.into(), part(row.service));
        add(Business::Occupancy.into(), part(row.occupancy));
        add(
            Kpi::AverageDuration.into(),
            Counts::of(read(row.seconds), orders * 60),
        );
        add(
            Kpi::BillingAccuracy.into(),
            Counts::of(read(row.complained), orders),
        );
        add(Kpi::Complaint.into(), Counts::of(0, orders));
        add(Kpi::EnergyUtilisation.into(), part(row.e4));
        add(Detail::Amount.into(), part(row.amount));
        add(Detail::Discount.into(), part(row.discount));
        add(Detail::Duration.into(), part(row.seconds));
        add(Detail::source(row.source).into(), energy);
        add(Detail::source_amount(row.source).into(), part(row.amount));
        let mode = i16::try_from(row.mode).ok().and_then(ChargeMode::from_code);
        if let Some(mode) = mode {
            add(Detail::mode(mode).into(), energy);
            add(Detail::mode_amount(mode).into(), part(row.amount));
        }
        let reason = i16::try_from(row.reason).ok();
        let reason = reason.and_then(EndReason::from_code);
        add(
            Detail::reason(reason.unwrap_or(EndReason::Unknown)).into(),
            energy,
        );
    }
    Ok(())
}

/// Orders count as made, and starts as tried, in the hour in which they were asked for.
async fn created(conn: Conn<'_>, from: Timestamp, to: Timestamp, hours: &mut Hours) -> Result<()> {
    let sql = statement(
        conn.is_postgres(),
        "o.created_at",
        "o.station_id",
        "from orders o where true",
        [
            "1",
            "case when o.status = 'failed' then 1 else 0 end",
            "case when o.status = 'cancelled' then 1 else 0 end",
            "case when o.start_time is not null then 1 else 0 end",
            "case when o.start_time is null and o.status = 'failed' then 1 else 0 end",
        ],
    );
    let rows: Vec<Sums> = conn.all_anew(AssertSqlSafe(sql), args![from, to]).await?;
    for row in rows {
        let mut add = |figure: Figure, counts| {
            note(hours, row.hour, row.station_id, figure, counts);
        };
        // Shanghai is eight hours ahead.
        let of_day = u8::try_from((row.hour + 8).rem_euclid(24)).unwrap_or(0);
        let tried = Counts::of(read(row.d), read(row.d) + read(row.e));
        add(Kpi::ChargeSuccess.into(), tried);
        add(Detail::Created.into(), part(row.a));
        add(Detail::Hour(of_day).into(), part(row.a));
        add(Detail::Failed.into(), part(row.b));
        add(Detail::Cancelled.into(), part(row.c));
    }
    Ok(())
}

/// Who earns by the orders that were completed.
async fn shares(conn: Conn<'_>, from: Timestamp, to: Timestamp, hours: &mut Hours) -> Result<()> {
    let sql = statement(
        conn.is_postgres(),
        "o.end_time",
        "o.station_id",
        "from orders o join commission_entries c on c.order_no = o.order_no \
         where o.status = 'completed' and c.state <> 'reversed'",
        [
            "case when c.payee_type = 'platform' then c.amount_fen else 0 end",
            "case when c.payee_type = 'merchant' then c.amount_fen else 0 end",
            "case when c.payee_type = 'agent' then c.amount_fen else 0 end",
            "0",
            "0",
        ],
    );
    let rows: Vec<Sums> = conn.all_anew(AssertSqlSafe(sql), args![from, to]).await?;
    for row in rows {
        for (figure, fen) in [
            (Detail::SplitPlatform, row.a),
            (Detail::SplitMerchant, row.b),
            (Detail::SplitAgent, row.c),
        ] {
            note(hours, row.hour, row.station_id, figure, part(fen));
        }
    }
    Ok(())
}

/// Refunds, top-ups, people who came, alarms that began.
async fn money(
    mut conn: Conn<'_>,
    from: Timestamp,
    to: Timestamp,
    hours: &mut Hours,
) -> Result<()> {
    for (figure, time, station, rest, sum) in [
        (
            Figure::from(Business::Refund),
            "r.finished_at",
            "o.station_id",
            "from refunds r left join orders o on o.order_no = r.biz_no where r.state = 'success'",
            "r.amount_fen",
        ),
        (
            Figure::from(Business::Recharge),
            "r.paid_at",
            "null",
            "from recharge_orders r where true",
            "r.pay_fen",
        ),
        (
            Figure::from(Business::MembersNew),
            "m.registered_at",
            "null",
            "from members m where true",
            "1",
        ),
        (
            Figure::from(Detail::Alarms),
            "a.first_at",
            "d.station_id",
            "from alarms a join devices d on d.id = a.device_id where a.level in ('C', 'W')",
            "1",
        ),
    ] {
        let sums = [sum, "0", "0", "0", "0"];
        let sql = statement(conn.is_postgres(), time, station, rest, sums);
        let rows: Vec<Sums> = conn
            .again()
            .all_anew(AssertSqlSafe(sql), args![from, to])
            .await?;
        for row in rows.iter().filter(|row| row.a > 0) {
            note(hours, row.hour, row.station_id, figure, part(row.a));
        }
    }
    Ok(())
}

struct Billed {
    hour: i64,
    station: i64,
    sheet: Option<BillSheet>,
}

impl FromRow for Billed {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let bill = row.json_bytes("bill")?.unwrap_or_default();
        Ok(Self {
            hour: row.get("hour")?,
            station: row.get("station_id")?,
            // A bill by another rule has no such lines.
            sheet: serde_json::from_slice(bill).ok(),
        })
    }
}

/// Energy and money of completed orders by the kind of price, out of their bills. Reads every bill:
/// for hours, and for the present day now and then.
pub async fn periods(conn: Conn<'_>, from: Timestamp, to: Timestamp) -> Result<Hours> {
    let hour = hour(conn.is_postgres(), "end_time");
    let sql = format!(
        "select {hour} as hour, coalesce(station_id, 0) as station_id, bill from orders \
         where end_time >= $1 and end_time < $2 and status = 'completed' and bill is not null"
    );
    let rows: Vec<Billed> = conn.all_anew(AssertSqlSafe(sql), args![from, to]).await?;
    let mut hours = Hours::new();
    for row in rows {
        for line in row.sheet.iter().flat_map(|sheet| &sheet.lines) {
            if usize::from(line.kind) < PERIODS.len() {
                let counts =
                    Counts::of(read(line.e4.0), read((line.elec_fen + line.service_fen).0));
                let figure = Detail::Period(line.kind);
                note(&mut hours, row.hour, row.station, figure, counts);
            }
        }
    }
    Ok(hours)
}
