//! `alarms`: what needs somebody's eye. One row per cause and object while it is not over.

use crate::db::{Batch, Kind, ToCell, args, row};
use crate::paging::{Listing, Page, PageRequest, Whose};
use crate::{Conn, Result};
use domain::alarm::AlarmState;
use domain::org::Scope;
use kernel::{DeviceId, OrderNo, PortNo, Timestamp};
use serde_json::Value;

crate::db::text_column! { AlarmState }

row! {
    /// A row of `alarms`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct AlarmRow {
        /// Row id.
        pub id: i64,
        /// Cause: `device_offline`, `port_fault` …
        pub code: String,
        /// C critical, W warning, I information.
        pub level: String,
        /// Kind of object: `device`, `port`, `order` …
        pub object_type: String,
        /// Which one.
        pub object_id: String,
        /// Where, if it is about a device or a station.
        pub station_id: Option<i64>,
        /// The device.
        pub device_id: Option<DeviceId>,
        /// The port.
        pub port_no: Option<PortNo>,
        /// The order.
        pub order_no: Option<OrderNo>,
        /// In words.
        pub message: String,
        /// Values that came with it.
        pub details: Value,
        /// When it was raised first.
        pub first_at: Timestamp,
        /// When it was raised last.
        pub last_at: Timestamp,
        /// How often it was raised.
        pub count: i32,
        /// Where it is in its life.
        pub state: AlarmState,
        /// When its cause was gone.
        pub recovered_at: Option<Timestamp>,
        /// When somebody took it.
        pub acked_at: Option<Timestamp>,
        /// Who.
        pub acked_by: Option<String>,
        /// When somebody said that it is mended.
        pub resolved_at: Option<Timestamp>,
        /// Who.
        pub resolved_by: Option<String>,
        /// What was done.
        pub note: Option<String>,
        /// The ticket that was written for it.
        pub ticket_id: Option<i64>,
        /// When people were last told of it.
        pub noticed_at: Option<Timestamp>,
        /// When it went to the second tier.
        pub escalated_at: Option<Timestamp>,
        /// Why nobody is told of it: `maintenance`, `mute`, `parent`.
        pub silenced_by: Option<String>,
    }
}

/// An alarm to be raised.
#[derive(Clone, Debug)]
pub struct NewAlarm {
    /// Cause.
    pub code: String,
    /// C critical, W warning, I information.
    pub level: String,
    /// Kind of object.
    pub object_type: String,
    /// Which one.
    pub object_id: String,
    /// The device.
    pub device_id: Option<DeviceId>,
    /// The port.
    pub port_no: Option<PortNo>,
    /// The order.
    pub order_no: Option<OrderNo>,
    /// In words.
    pub message: String,
    /// Values that came with it.
    pub details: Value,
    /// When.
    pub at: Timestamp,
}

/// Which alarms a list shows.
#[derive(Clone, Debug, Default)]
pub struct AlarmFilter {
    /// In this state only.
    pub state: Option<AlarmState>,
    /// Those that are not over only.
    pub open: bool,
    /// With this cause only.
    pub code: Option<String>,
    /// Of this level only: C, W, I.
    pub level: Option<String>,
    /// At this station only.
    pub station_id: Option<i64>,
    /// Of this device only.
    pub device_id: Option<DeviceId>,
    /// Of this order only.
    pub order_no: Option<OrderNo>,
    /// About devices and stations only, not about the program.
    pub of_places: bool,
    /// About devices of these organisations only.
    pub scope: Scope,
}

/// Alarms belong to the owner and the operator of their device, or of their station where they
/// are about no device.
const OF_ALARM: Whose = Whose::bound(
    "(device_id in (select d.id from devices d \
     where d.org_path like {path} or d.operator_path like {path}) \
     or device_id is null and station_id in (select s.id from stations s \
     where s.org_path like {path} or s.operator_path like {path}))",
    "(device_id in (select d.id from devices d where d.station_id in ({stations})) \
     or device_id is null and station_id in ({stations}))",
);

macro_rules! columns {
    () => {
        "id, code, level, object_type, object_id, station_id, device_id, port_no, order_no, \
         message, details, first_at, last_at, count, state, recovered_at, acked_at, acked_by, \
         resolved_at, resolved_by, note, ticket_id, noticed_at, escalated_at, silenced_by"
    };
}

pub(crate) use columns;
/// The alarms of a device that began in a stretch of time, oldest first.
pub async fn of_device_between(
    conn: Conn<'_>,
    device: DeviceId,
    from: Timestamp,
    until: Timestamp,
    limit: u16,
) -> Result<Vec<AlarmRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from alarms where device_id = $1 and first_at >= $2 and first_at < $3 \
             order by id limit $4"
        ),
        args![device, from, until, i64::from(limit)],
    )
    .await
}

/// Raises an alarm. While one with the same cause and object is not over, that one is counted
/// up instead: `count` is 1 exactly if the alarm is new. It is told of at once when it is new or
/// has become graver.
pub async fn raise(conn: Conn<'_>, new: &NewAlarm) -> Result<AlarmRow> {
    conn.one(
        concat!(
            "insert into alarms (code, level, object_type, object_id, device_id, station_id, ",
            "port_no, order_no, message, details, first_at, last_at, notify_at) ",
            "values ($1, $2, $3, $4, $5, ",
            "(select d.station_id from devices d where d.id = $5), ",
            "$6, $7, $8, $9, $10, $10, $10) ",
            "on conflict (code, object_type, object_id) ",
            "where state in ('open', 'acked', 'processing') do update set ",
            "count = alarms.count + 1, last_at = excluded.last_at, message = excluded.message, ",
            "details = excluded.details, order_no = coalesce(excluded.order_no, alarms.order_no), ",
            "clearing_since = null, level = excluded.level, ",
            "notify_at = case when excluded.level = 'C' and alarms.level <> 'C' ",
            "and alarms.state = 'open' then excluded.last_at else alarms.notify_at end, ",
            "noticed_at = case when excluded.level = 'C' and alarms.level <> 'C' then null ",
            "else alarms.noticed_at end ",
            "returning ",
            columns!()
        ),
        args![
            new.code,
            new.level,
            new.object_type,
            new.object_id,
            new.device_id,
            new.port_no,
            new.order_no,
            new.message,
            new.details,
            new.at
        ],
    )
    .await
}

/// Says at which station an open alarm is that is about no device.
pub async fn place(
    conn: Conn<'_>,
    (code, object_type, object_id): (&str, &str, &str),
    station_id: i64,
) -> Result<()> {
    conn.execute(
        "update alarms set station_id = $4 where code = $1 and object_type = $2 \
         and object_id = $3 and state in ('open', 'acked', 'processing')",
        args![code, object_type, object_id, station_id],
    )
    .await?;
    Ok(())
}

/// The cause is gone: ends the alarm as `auto_recovered`. `None` when there was none open.
pub async fn recover(
    conn: Conn<'_>,
    code: &str,
    object_type: &str,
    object_id: &str,
    at: Timestamp,
) -> Result<Option<AlarmRow>> {
    conn.optional(
        concat!(
            "update alarms set state = 'auto_recovered', recovered_at = $4, notify_at = $4, ",
            "clearing_since = null ",
            "where code = $1 and object_type = $2 and object_id = $3 ",
            "and state in ('open', 'acked', 'processing') returning ",
            columns!()
        ),
        args![code, object_type, object_id, at],
    )
    .await
}

/// The cause seems gone; the alarm ends when that has lasted.
pub async fn begin_clearing(
    conn: Conn<'_>,
    code: &str,
    object_type: &str,
    object_id: &str,
    at: Timestamp,
) -> Result<()> {
    conn.execute(
        "update alarms set clearing_since = coalesce(clearing_since, $4) \
         where code = $1 and object_type = $2 and object_id = $3 \
         and state in ('open', 'acked', 'processing')",
        args![code, object_type, object_id, at],
    )
    .await?;
    Ok(())
}

/// Ends the alarms of a cause that have been clear since an instant.
pub async fn end_cleared(
    conn: Conn<'_>,
    code: &str,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<AlarmRow>> {
    conn.all(
        concat!(
            "update alarms set state = 'auto_recovered', recovered_at = clearing_since, ",
            "notify_at = $3, clearing_since = null ",
            "where code = $1 and clearing_since is not null and clearing_since <= $2 ",
            "and state in ('open', 'acked', 'processing') returning ",
            columns!()
        ),
        args![code, since, now],
    )
    .await
}

/// Causes of alarms that wait whether they are over.
pub async fn clearing_codes(conn: Conn<'_>) -> Result<Vec<String>> {
    let codes: Vec<crate::db::Scalar<String>> = conn
        .all(
            "select distinct code as value from alarms where clearing_since is not null",
            &[],
        )
        .await?;
    Ok(codes.into_iter().map(|code| code.0).collect())
}

/// Causes and objects of the open alarms about one kind of object.
pub async fn open_of_type(conn: Conn<'_>, object_type: &str) -> Result<Vec<(String, String)>> {
    let rows: Vec<OpenAlarm> = conn
        .all(
            "select code, object_id from alarms where object_type = $1 \
             and state in ('open', 'acked', 'processing')",
            args![object_type],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.code, row.object_id))
        .collect())
}

row! {
    struct OpenAlarm {
        pub code: String,
        pub object_id: String,
    }
}

/// The alarm with that row.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<AlarmRow>> {
    conn.optional(
        concat!("select ", columns!(), " from alarms where id = $1"),
        args![id],
    )
    .await
}

/// The alarm with that row, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, id: i64) -> Result<Option<AlarmRow>> {
    let sql = conn.choose(
        concat!("select ", columns!(), " from alarms where id = $1"),
        concat!(
            "select ",
            columns!(),
            " from alarms where id = $1 for update"
        ),
    );
    conn.optional(sql, args![id]).await
}

/// Writes what somebody did with an alarm. It is told of its end, and of nothing else any more.
pub async fn step(conn: Conn<'_>, alarm: &AlarmRow, now: Timestamp) -> Result<()> {
    let notify_at = (!alarm.state.is_open()).then_some(now);
    conn.execute(
        "update alarms set state = $2, acked_at = $3, acked_by = $4, resolved_at = $5, \
         resolved_by = $6, note = $7, ticket_id = $8, notify_at = $9 where id = $1",
        args![
            alarm.id,
            alarm.state,
            alarm.acked_at,
            alarm.acked_by,
            alarm.resolved_at,
            alarm.resolved_by,
            alarm.note,
            alarm.ticket_id,
            notify_at
        ],
    )
    .await?;
    Ok(())
}

/// Alarms with one of these causes which nobody has taken since an instant, and of which that
/// has not been said.
pub async fn unhandled(conn: Conn<'_>, codes: &[&str], since: Timestamp) -> Result<Vec<AlarmRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from alarms where state = 'open' and first_at <= $1 ",
            "and $2 like '%,' || code || ',%' and not exists (select 1 from alarms u ",
            "where u.code = 'exception_unhandled' and u.object_type = 'alarm' ",
            "and u.object_id = cast(alarms.id as text) ",
            "and u.state in ('open', 'acked', 'processing')) order by id limit 500"
        ),
        args![since, format!(",{},", codes.join(","))],
    )
    .await
}

/// Objects of open alarms about alarms whose own alarm is taken or over.
pub async fn handled(conn: Conn<'_>, code: &str) -> Result<Vec<String>> {
    let ids: Vec<crate::db::Scalar<String>> = conn
        .all(
            "select u.object_id as value from alarms u where u.code = $1 \
             and u.object_type = 'alarm' and u.state in ('open', 'acked', 'processing') \
             and not exists (select 1 from alarms a where a.id = cast(u.object_id as bigint) \
             and a.state = 'open')",
            args![code],
        )
        .await?;
    Ok(ids.into_iter().map(|id| id.0).collect())
}

/// Closes what has been over since an instant; how many.
pub async fn close_old(conn: Conn<'_>, over_since: Timestamp) -> Result<u64> {
    conn.execute(
        "update alarms set state = 'closed' where state in ('auto_recovered', 'resolved') \
         and coalesce(resolved_at, recovered_at, last_at) <= $1",
        args![over_since],
    )
    .await
}

/// How many are not over, by level letter.
pub async fn count_open(conn: Conn<'_>) -> Result<Vec<(String, i64)>> {
    let rows: Vec<LevelCount> = conn
        .all(
            "select level, count(*) as number from alarms \
             where state in ('open', 'acked', 'processing') group by level",
            &[],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.level, row.number))
        .collect())
}

/// The same of what somebody sees, about devices and stations only where that is wished.
pub async fn count_open_of(
    conn: Conn<'_>,
    scope: &Scope,
    of_places: bool,
) -> Result<Vec<(String, i64)>> {
    let rows: Vec<LevelCount> = Listing::of("level, count(*) as number", "alarms")
        .only("state in ('open', 'acked', 'processing')", true)
        .only(
            "(device_id is not null or station_id is not null)",
            of_places,
        )
        .within(OF_ALARM, scope)
        .grouped(conn, "level", 10)
        .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|row| (row.level, row.number)).collect())
}

row! {
    struct LevelCount {
        pub level: String,
        pub number: i64,
    }
}

/// The alarms of devices and ports that are not over, for the table in memory.
pub async fn list_open_of_devices(conn: Conn<'_>) -> Result<Vec<AlarmRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from alarms where state in ('open', 'acked', 'processing') ",
            "and object_type in ('device', 'port') order by id"
        ),
        &[],
    )
    .await
}

/// The same of some devices.
pub async fn list_open_of(conn: Conn<'_>, devices: &[DeviceId]) -> Result<Vec<AlarmRow>> {
    static OPEN_OF: Batch<1> = Batch::new(
        concat!(
            "select ",
            columns!(),
            " from alarms where state in ('open', 'acked', 'processing') ",
            "and object_type in ('device', 'port') ",
            "and device_id in (select v.id from {rows}) order by id"
        ),
        [("id", Kind::Int)],
    );
    let rows: Vec<_> = devices.iter().map(|id| [id.cell()]).collect();
    OPEN_OF.all(conn, &rows).await
}

/// The alarms about the program itself that are not over, oldest first: its queues and clock, its
/// channels, its books, its key figures as a whole.
pub async fn list_open_of_program(conn: Conn<'_>) -> Result<Vec<AlarmRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from alarms where state in ('open', 'acked', 'processing') ",
            "and object_type in ('system', 'channel', 'ledger', 'kpi') ",
            "and not (object_type = 'kpi' and object_id like '%/%') order by id limit 100"
        ),
        &[],
    )
    .await
}

/// A page of alarms, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &AlarmFilter,
    page: PageRequest,
) -> Result<Page<AlarmRow>> {
    Listing::of(columns!(), "alarms")
        .within(OF_ALARM, &filter.scope)
        .narrow("state =", filter.state.as_ref())
        .only("state in ('open', 'acked', 'processing')", filter.open)
        .narrow("code =", filter.code.as_ref())
        .narrow("level =", filter.level.as_ref())
        .narrow("station_id =", filter.station_id.as_ref())
        .narrow("device_id =", filter.device_id.as_ref())
        .narrow("order_no =", filter.order_no.as_ref())
        .only(
            "(device_id is not null or station_id is not null)",
            filter.of_places,
        )
        .page(conn, "id desc", page)
        .await
}
