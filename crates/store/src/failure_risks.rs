//! `failure_risks` and `port_heat`: how likely ports and devices are to fail, and from what that
//! is known.

use crate::db::{Batch, Cell, Kind, ToCell, args, row};
use crate::paging::{Listing, OF_DEVICE, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::{DeviceId, PortNo, Timestamp};
use serde_json::Value;

row! {
    /// A row of `failure_risks`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct FailureRisk {
        /// The device.
        pub device_id: DeviceId,
        /// Its id on the wire.
        pub phy_id: String,
        /// Its station.
        pub station_id: Option<i64>,
        /// The port; 0: the device as a whole.
        pub port_no: PortNo,
        /// 0 to 100.
        pub score: i16,
        /// `low`, `medium`, `high`.
        pub level: String,
        /// Numbers of then and now.
        pub reasons: Value,
        /// When it was made.
        pub made_at: Timestamp,
    }
}

/// A row to be written.
#[derive(Clone, Debug)]
pub struct NewRisk {
    /// The device.
    pub device_id: DeviceId,
    /// The port; 0: the device as a whole.
    pub port_no: i64,
    /// 0 to 100.
    pub score: i64,
    /// `low`, `medium`, `high`.
    pub level: &'static str,
    /// Numbers of then and now.
    pub reasons: Value,
}

row! {
    /// Alarms of a port or device in two spans of time.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AlarmCounts {
        /// The device.
        pub device_id: DeviceId,
        /// The port; 0: the device itself.
        pub port_no: i64,
        /// Critical ones before.
        pub critical_then: i64,
        /// And in the last week.
        pub critical_now: i64,
        /// Other ones before.
        pub others_then: i64,
        /// And in the last week.
        pub others_now: i64,
        /// Of silence and reconnecting before.
        pub silences_then: i64,
        /// And in the last week.
        pub silences_now: i64,
    }
}

row! {
    /// Orders of a port in one span of time.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct OrderCounts {
        /// The device.
        pub device_id: DeviceId,
        /// The port.
        pub port_no: i64,
        /// All of them.
        pub starts: i64,
        /// Those that failed.
        pub failed: i64,
        /// Those that were completed.
        pub ends: i64,
        /// Those that a fault ended.
        pub faulty: i64,
        /// Those of more than ten minutes.
        pub long: i64,
        /// Their energy, 0.0001 kWh.
        pub energy_e4: i64,
        /// Their time, s.
        pub seconds: i64,
    }
}

row! {
    /// Temperatures of a port.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PortHeat {
        /// The device.
        pub device_id: DeviceId,
        /// The port.
        pub port_no: i64,
        /// The day, or the first of several.
        pub day_at: Timestamp,
        /// How many.
        pub readings: i64,
        /// Their sum, °C.
        pub sum_c: i64,
        /// The highest, °C.
        pub most_c: i64,
    }
}

/// Alarms that began from `then` on and before `now`, and from `now` on.
pub async fn alarm_counts(
    conn: Conn<'_>,
    then: Timestamp,
    now: Timestamp,
) -> Result<Vec<AlarmCounts>> {
    conn.all(
        "select device_id, cast(port_no as bigint) as port_no, \
         cast(sum(case when grave = 1 and late = 0 then 1 else 0 end) as bigint) as critical_then, \
         cast(sum(case when grave = 1 and late = 1 then 1 else 0 end) as bigint) as critical_now, \
         cast(sum(case when grave = 0 and silent = 0 and late = 0 then 1 else 0 end) as bigint) \
         as others_then, \
         cast(sum(case when grave = 0 and silent = 0 and late = 1 then 1 else 0 end) as bigint) \
         as others_now, \
         cast(sum(case when silent = 1 and late = 0 then 1 else 0 end) as bigint) as silences_then, \
         cast(sum(case when silent = 1 and late = 1 then 1 else 0 end) as bigint) as silences_now \
         from (select device_id, coalesce(port_no, 0) as port_no, \
         case when code in ('device_offline', 'device_flapping') then 1 else 0 end as silent, \
         case when level = 'C' then 1 else 0 end as grave, \
         case when first_at >= $2 then 1 else 0 end as late \
         from alarms where device_id is not null and first_at >= $1) as told \
         group by device_id, port_no",
        args![then, now],
    )
    .await
}

/// Orders that were created from one instant on and before another, by port.
pub async fn order_counts(
    conn: Conn<'_>,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<OrderCounts>> {
    conn.all(
        "select device_id, cast(port_no as bigint) as port_no, \
         cast(count(*) as bigint) as starts, \
         cast(sum(case when status = 'failed' then 1 else 0 end) as bigint) as failed, \
         cast(sum(case when status = 'completed' then 1 else 0 end) as bigint) as ends, \
         cast(sum(case when status = 'completed' and end_reason in (4, 8, 9, 13, 14, 16) \
         then 1 else 0 end) as bigint) as faulty, \
         cast(sum(case when duration_sec > 600 and status = 'completed' then 1 else 0 end) \
         as bigint) as long, \
         cast(sum(case when duration_sec > 600 and status = 'completed' then energy_e4 else 0 end) \
         as bigint) as energy_e4, \
         cast(sum(case when duration_sec > 600 and status = 'completed' then duration_sec else 0 \
         end) as bigint) as seconds \
         from orders where created_at >= $1 and created_at < $2 group by device_id, port_no",
        args![from, until],
    )
    .await
}

/// Temperatures of the days from one instant on and before another, by port.
pub async fn heat_counts(
    conn: Conn<'_>,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<PortHeat>> {
    conn.all(
        "select device_id, cast(port_no as bigint) as port_no, min(day_at) as day_at, \
         cast(sum(readings) as bigint) as readings, cast(sum(sum_c) as bigint) as sum_c, \
         max(most_c) as most_c from port_heat where day_at >= $1 and day_at < $2 \
         group by device_id, port_no",
        args![from, until],
    )
    .await
}

/// Adds readings to their days.
pub async fn add_heat(conn: Conn<'_>, rows: &[PortHeat]) -> Result<u64> {
    static ADD: Batch<6> = Batch::new(
        "insert into port_heat (device_id, port_no, day_at, readings, sum_c, most_c) \
         select v.device_id, v.port_no, v.day_at, v.readings, v.sum_c, v.most_c from {rows} \
         where true on conflict (device_id, port_no, day_at) do update set \
         readings = port_heat.readings + excluded.readings, \
         sum_c = port_heat.sum_c + excluded.sum_c, \
         most_c = case when excluded.most_c > port_heat.most_c then excluded.most_c \
         else port_heat.most_c end",
        [
            ("device_id", Kind::Int),
            ("port_no", Kind::Int),
            ("day_at", Kind::Time),
            ("readings", Kind::Int),
            ("sum_c", Kind::Int),
            ("most_c", Kind::Int),
        ],
    );
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            [
                row.device_id.cell(),
                row.port_no.cell(),
                row.day_at.cell(),
                row.readings.cell(),
                row.sum_c.cell(),
                row.most_c.cell(),
            ]
        })
        .collect();
    ADD.execute(conn, &rows).await
}

/// Writes what was found out, and forgets what is older than it and days from before `heat`.
pub async fn replace(
    mut conn: Conn<'_>,
    risks: &[NewRisk],
    now: Timestamp,
    heat: Timestamp,
) -> Result<()> {
    static PUT: Batch<6> = Batch::new(
        "insert into failure_risks (device_id, port_no, score, level, reasons, made_at) \
         select v.device_id, v.port_no, v.score, v.level, v.reasons, v.made_at from {rows} \
         where true on conflict (device_id, port_no) do update set score = excluded.score, \
         level = excluded.level, reasons = excluded.reasons, made_at = excluded.made_at",
        [
            ("device_id", Kind::Int),
            ("port_no", Kind::Int),
            ("score", Kind::Int),
            ("level", Kind::Text),
            ("reasons", Kind::Json),
            ("made_at", Kind::Time),
        ],
    );
    let rows: Vec<_> = risks
        .iter()
        .map(|risk| {
            [
                risk.device_id.cell(),
                risk.port_no.cell(),
                risk.score.cell(),
                risk.level.cell(),
                Cell::Json(risk.reasons.to_string()),
                now.cell(),
            ]
        })
        .collect();
    PUT.execute(conn.again(), &rows).await?;
    conn.again()
        .execute("delete from failure_risks where made_at < $1", args![now])
        .await?;
    conn.execute("delete from port_heat where day_at < $1", args![heat])
        .await?;
    Ok(())
}

/// Which risks a list shows.
#[derive(Clone, Debug, Default)]
pub struct RiskFilter {
    /// At this level only.
    pub level: Option<String>,
    /// Of this device only.
    pub phy_id: Option<kernel::PhyId>,
    /// Of this station only.
    pub station_id: Option<i64>,
    /// With at least this score.
    pub min_score: Option<i64>,
    /// Whole devices only.
    pub devices: bool,
    /// Ports only.
    pub ports: bool,
    /// Of these organisations only.
    pub scope: Scope,
}

/// A page of risks, the highest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &RiskFilter,
    page: PageRequest,
) -> Result<Page<FailureRisk>> {
    const FROM: &str = "(select r.device_id, r.port_no, r.score, r.level, r.reasons, r.made_at, \
         v.phy_id, v.station_id from failure_risks r join devices v on v.id = r.device_id) as risks";
    Listing::of(
        "device_id, phy_id, station_id, port_no, score, level, reasons, made_at",
        FROM,
    )
    .within(OF_DEVICE, &filter.scope)
    .narrow("level =", filter.level.as_ref())
    .narrow("phy_id =", filter.phy_id.as_ref())
    .narrow("station_id =", filter.station_id.as_ref())
    .narrow("score >=", filter.min_score.as_ref())
    .only("port_no = 0", filter.devices)
    .only("port_no > 0", filter.ports)
    .page(conn, "score desc, device_id, port_no", page)
    .await
}
