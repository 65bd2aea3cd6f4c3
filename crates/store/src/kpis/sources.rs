//! Counts of facts that the database has, of any stretch of time.

use super::{Seen, Tally, read};
use crate::db::{args, row};
use crate::{Conn, Result};
use domain::kpi::{Counts, Figure, Kpi};
use kernel::Timestamp;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;
use std::fmt::Write as _;

row! {
    /// What one statement counts at a station, in an order of its own.
    struct Row {
        pub station_id: i64,
        pub a: i64,
        pub b: i64,
        pub c: i64,
        pub d: i64,
        pub e: i64,
        pub f: i64,
        pub g: i64,
    }
}

/// Milliseconds between two columns.
fn between(postgres: bool, earlier: &str, later: &str) -> String {
    if postgres {
        format!("(extract(epoch from ({later} - {earlier})) * 1000)")
    } else {
        format!("({later} - {earlier})")
    }
}

/// A statement: sums of up to seven expressions by station.
fn sums(station: &str, from: &str, sums: &[&str]) -> String {
    let mut sql = format!("select coalesce({station}, 0) as station_id");
    for (position, name) in ["a", "b", "c", "d", "e", "f", "g"].iter().enumerate() {
        let sum = sums.get(position).copied().unwrap_or("0");
        write!(sql, ", cast(coalesce(sum({sum}), 0) as bigint) as {name}")
            .expect("writing to a string");
    }
    write!(sql, " {from} group by coalesce({station}, 0)").expect("writing to a string");
    sql
}

type Found = BTreeMap<i64, Tally>;

fn note(found: &mut Found, station: i64, figure: impl Into<Figure>, part: i64, whole: i64) {
    let tally = found.entry(station).or_default();
    let known = tally.entry(figure.into()).or_default();
    *known = *known + Counts::of(read(part), read(whole));
}

async fn rows(conn: Conn<'_>, sql: String, from: Timestamp, to: Timestamp) -> Result<Vec<Row>> {
    conn.all_anew(AssertSqlSafe(sql), args![from, to]).await
}

/// Everything that is counted at stations from one instant to another: facts of the database, and
/// what memory has written down.
pub async fn counted(
    mut conn: Conn<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<BTreeMap<i64, Tally>> {
    let mut found = Found::new();
    for stations in super::by_hour(conn.again(), from, to).await?.into_values() {
        for (station, tally) in stations {
            super::add_all(found.entry(station).or_default(), &tally);
        }
    }
    sessions(conn.again(), from, to, &mut found).await?;
    commands(conn.again(), from, to, &mut found).await?;
    webhooks(conn.again(), from, to, &mut found).await?;
    people(conn.again(), from, to, &mut found).await?;
    for seen in seen(conn, from, to).await? {
        let tally = found.entry(seen.station_id).or_default();
        let known = tally.entry(seen.figure).or_default();
        *known = *known + seen.counts;
    }
    Ok(found)
}

async fn sessions(conn: Conn<'_>, from: Timestamp, to: Timestamp, found: &mut Found) -> Result<()> {
    let sql = sums(
        "q.station_id",
        "from session_quality q where q.ended_at >= $1 and q.ended_at < $2",
        &[
            "1",
            "case when q.compliant then 1 else 0 end",
            "case when q.expected > q.received then q.expected - q.received else 0 end",
            "q.expected",
            "case when q.reported_at is not null then 1 else 0 end",
            "case when q.ended_by = 'end_report' then 1 else 0 end",
            "case when q.ended_by in ('stuck', 'offline', 'overdue') then 1 else 0 end",
        ],
    );
    for row in rows(conn, sql, from, to).await? {
        let (at, ended) = (row.station_id, row.a);
        let mut add = |kpi, part, whole| note(found, at, kpi, part, whole);
        add(Kpi::ProtocolCompliance, row.b, ended);
        add(Kpi::StatusReportMissing, row.c, row.d);
        add(Kpi::EndReport, row.e, ended);
        add(Kpi::OrderCompletion, row.f, ended);
        add(Kpi::Stuck, row.g, ended);
    }
    Ok(())
}

/// Commands under way have not failed yet.
async fn commands(conn: Conn<'_>, from: Timestamp, to: Timestamp, found: &mut Found) -> Result<()> {
    let waited = between(conn.is_postgres(), "c.created_at", "c.sent_at");
    let online = "d.online_since is not null and d.online_since <= c.created_at";
    let sql = sums(
        "d.station_id",
        "from commands c join devices d on d.id = c.device_id \
         where c.sent_at >= $1 and c.sent_at < $2",
        &[
            "case when c.state = 'acked' then 1 else 0 end",
            "case when c.state in ('acked', 'nacked', 'dead', 'expired') then 1 else 0 end",
            &format!("case when {online} then {waited} else 0 end"),
            &format!("case when {online} then 1 else 0 end"),
        ],
    );
    for row in rows(conn, sql, from, to).await? {
        let at = row.station_id;
        note(found, at, Kpi::CommandSuccess, row.a, row.b);
        note(found, at, Kpi::CommandLatency, row.c, row.d);
    }
    Ok(())
}

/// Deliveries that have not been tried yet have not failed.
async fn webhooks(conn: Conn<'_>, from: Timestamp, to: Timestamp, found: &mut Found) -> Result<()> {
    let waited = between(conn.is_postgres(), "e.occurred_at", "a.at");
    let sql = sums(
        "d.station_id",
        "from webhook_deliveries w join events e on e.id = w.event_row \
         left join devices d on d.id = e.device_id \
         left join webhook_attempts a on a.delivery_id = w.id and a.attempt = 1 \
         where w.created_at >= $1 and w.created_at < $2",
        &[
            "case when w.status = 1 then 1 else 0 end",
            "case when w.status <> 0 or w.retry_count > 0 then 1 else 0 end",
            &format!(
                "case when a.at is not null and a.at >= e.occurred_at then {waited} else 0 end"
            ),
            "case when a.at is not null then 1 else 0 end",
        ],
    );
    for row in rows(conn, sql, from, to).await? {
        let at = row.station_id;
        note(found, at, Kpi::WebhookSuccess, row.a, row.b);
        note(found, at, Kpi::WebhookLatency, row.c, row.d);
    }
    Ok(())
}

/// Alarms that ended, what members complained of and what they praised.
async fn people(
    mut conn: Conn<'_>,
    from: Timestamp,
    to: Timestamp,
    found: &mut Found,
) -> Result<()> {
    let lasted = between(conn.is_postgres(), "a.first_at", "a.recovered_at");
    let handled = sums(
        "d.station_id",
        "from alarms a left join devices d on d.id = a.device_id \
         where a.recovered_at >= $1 and a.recovered_at < $2 and a.level in ('C', 'W')",
        &[&format!("{lasted} / 1000"), "60"],
    );
    for row in rows(conn.again(), handled, from, to).await? {
        note(found, row.station_id, Kpi::Handling, row.a, row.b);
    }
    let complaints = sums(
        "c.station_id",
        "from complaints c where c.created_at >= $1 and c.created_at < $2",
        &["1"],
    );
    for row in rows(conn.again(), complaints, from, to).await? {
        note(found, row.station_id, Kpi::Complaint, row.a, 0);
    }
    let reviews = sums(
        "r.station_id",
        "from reviews r where r.created_at >= $1 and r.created_at < $2",
        &["case when r.stars >= 4 then 1 else 0 end", "1"],
    );
    for row in rows(conn, reviews, from, to).await? {
        note(found, row.station_id, Kpi::Satisfaction, row.a, row.b);
    }
    Ok(())
}

row! {
    struct Slot {
        pub station_id: i64,
        pub figure: String,
        pub part: i64,
        pub whole: i64,
    }
}

/// What memory has written down.
async fn seen(conn: Conn<'_>, from: Timestamp, to: Timestamp) -> Result<Vec<Seen>> {
    let slots: Vec<Slot> = conn
        .all(
            "select station_id, figure, cast(sum(part) as bigint) as part, \
             cast(sum(whole) as bigint) as whole from kpi_slots \
             where at >= $1 and at < $2 group by station_id, figure",
            args![from, to],
        )
        .await?;
    let known = slots.into_iter().filter_map(|slot| {
        Some(Seen {
            station_id: slot.station_id,
            figure: Figure::parse(&slot.figure)?,
            counts: Counts::of(read(slot.part), read(slot.whole)),
        })
    });
    Ok(known.collect())
}
