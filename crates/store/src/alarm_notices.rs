//! `alarm_notices`: who is to be told what of which alarm. What is due of one channel goes into
//! one message.

use crate::alarms::{self, AlarmRow};
use crate::db::{Batch, Columns, FromRow, Kind, ToCell, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::alarm::{AlarmState, NoticeKind};
use kernel::Timestamp;

crate::db::text_column! { NoticeKind }

/// An alarm whose next notice is to be decided on.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// The alarm.
    pub alarm: AlarmRow,
    /// When people were last told of an earlier one of the same kind about the same object.
    pub same_at: Option<Timestamp>,
    /// `phy_id` of its device.
    pub phy_id: Option<String>,
    /// Whether another alarm says it already: its device's or its station's silence.
    pub has_parent: bool,
    /// Whether its device is in maintenance.
    pub in_maintenance: bool,
}

impl FromRow for Due {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            alarm: AlarmRow::from_row(row)?,
            same_at: row.get("same_at")?,
            phy_id: row.get("phy_id")?,
            has_parent: row.get("has_parent")?,
            in_maintenance: row.get("in_maintenance")?,
        })
    }
}

/// Alarms whose next notice is to be decided on, the longest waiting first.
pub async fn due(conn: Conn<'_>, now: Timestamp, limit: u16) -> Result<Vec<Due>> {
    conn.all(
        concat!(
            "select ",
            alarms::columns!(),
            ", same_at, phy_id, has_parent, in_maintenance from (select a.*, ",
            "(select max(p.noticed_at) from alarms p where p.code = a.code ",
            "and p.object_type = a.object_type and p.object_id = a.object_id and p.id < a.id) ",
            "as same_at, ",
            "(select d.phy_id from devices d where d.id = a.device_id) as phy_id, ",
            "coalesce((select d.status = 'maintenance' from devices d where d.id = a.device_id), ",
            "1 = 0) as in_maintenance, ",
            // What a silent device or station lets one suspect is not told beside its silence.
            "(a.object_type in ('device', 'port') and (",
            "(a.code <> 'device_offline' and a.level <> 'C' and exists (select 1 from alarms o ",
            "where o.device_id = a.device_id and o.code = 'device_offline' ",
            "and o.state in ('open', 'acked', 'processing'))) ",
            "or (a.code = 'device_offline' and exists (select 1 from alarms s ",
            "where s.station_id = a.station_id and s.code = 'station_offline' ",
            "and s.state in ('open', 'acked', 'processing'))))) as has_parent ",
            "from alarms a where a.notify_at is not null and a.notify_at <= $1 ",
            "order by a.notify_at, a.id limit $2) due"
        ),
        args![now, i32::from(limit)],
    )
    .await
}

/// What became of the look at an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// The alarm.
    pub alarm_id: i64,
    /// When people were last told of it.
    pub noticed_at: Option<Timestamp>,
    /// When it went to the second tier.
    pub escalated_at: Option<Timestamp>,
    /// When to look again.
    pub notify_at: Option<Timestamp>,
    /// Why nobody is told.
    pub silenced_by: Option<&'static str>,
}

/// Writes down what was decided, unless an alarm has changed its state meanwhile: that one is
/// looked at anew.
pub async fn looked(conn: Conn<'_>, seen: &[(AlarmState, Looked)]) -> Result<u64> {
    static LOOKED: Batch<6> = Batch::new(
        "update alarms set noticed_at = v.noticed_at, escalated_at = v.escalated_at, \
         notify_at = v.notify_at, silenced_by = v.silenced_by from {rows} \
         where alarms.id = v.id and alarms.state = v.state",
        [
            ("id", Kind::Int),
            ("state", Kind::Text),
            ("noticed_at", Kind::Time),
            ("escalated_at", Kind::Time),
            ("notify_at", Kind::Time),
            ("silenced_by", Kind::Text),
        ],
    );
    let rows: Vec<_> = seen
        .iter()
        .map(|(state, seen)| {
            [
                seen.alarm_id.cell(),
                state.cell(),
                seen.noticed_at.cell(),
                seen.escalated_at.cell(),
                seen.notify_at.cell(),
                seen.silenced_by.cell(),
            ]
        })
        .collect();
    LOOKED.execute(conn, &rows).await
}

/// Something that a channel is to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    /// The alarm.
    pub alarm_id: i64,
    /// Who tells it.
    pub channel_id: i64,
    /// What.
    pub kind: NoticeKind,
    /// How often it had been raised.
    pub count: i32,
    /// When.
    pub due_at: Timestamp,
}

/// Adds notices.
pub async fn insert(conn: Conn<'_>, new: &[NewNotice], now: Timestamp) -> Result<()> {
    static INSERT: Batch<6> = Batch::new(
        "insert into alarm_notices (alarm_id, channel_id, kind, count, due_at, created_at) \
         select v.alarm_id, v.channel_id, v.kind, v.count, v.due_at, v.created_at from {rows}",
        [
            ("alarm_id", Kind::Int),
            ("channel_id", Kind::Int),
            ("kind", Kind::Text),
            ("count", Kind::Int),
            ("due_at", Kind::Time),
            ("created_at", Kind::Time),
        ],
    );
    let rows: Vec<_> = new
        .iter()
        .map(|notice| {
            [
                notice.alarm_id.cell(),
                notice.channel_id.cell(),
                notice.kind.cell(),
                notice.count.cell(),
                notice.due_at.cell(),
                now.cell(),
            ]
        })
        .collect();
    INSERT.execute(conn, &rows).await?;
    Ok(())
}

/// A notice with what it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its row.
    pub id: i64,
    /// What is told.
    pub kind: NoticeKind,
    /// How often it was tried.
    pub attempts: i32,
    /// The alarm as it is now.
    pub alarm: AlarmRow,
    /// `phy_id` of its device.
    pub phy_id: Option<String>,
    /// Name of its station.
    pub station: Option<String>,
}

impl FromRow for Waiting {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("notice_id")?,
            kind: row.get("notice_kind")?,
            attempts: row.get("attempts")?,
            alarm: AlarmRow::from_row(row)?,
            phy_id: row.get("phy_id")?,
            station: row.get("station")?,
        })
    }
}

/// What a channel has to tell now, oldest first.
pub async fn waiting(
    conn: Conn<'_>,
    channel: i64,
    now: Timestamp,
    limit: u16,
) -> Result<Vec<Waiting>> {
    conn.all(
        concat!(
            "select ",
            alarms::columns!(),
            ", notice_id, notice_kind, attempts, phy_id, station from (",
            "select a.*, n.id as notice_id, n.kind as notice_kind, n.attempts as attempts, ",
            "d.phy_id as phy_id, s.name as station from alarm_notices n ",
            "join alarms a on a.id = n.alarm_id ",
            "left join devices d on d.id = a.device_id ",
            "left join stations s on s.id = a.station_id ",
            "where n.channel_id = $1 and n.state = 'pending' and n.due_at <= $2 ",
            "order by n.due_at, n.id limit $3) due"
        ),
        args![channel, now, i32::from(limit)],
    )
    .await
}

/// A message arrived.
pub async fn sent(conn: Conn<'_>, ids: &[i64], now: Timestamp) -> Result<()> {
    tried(
        conn,
        ids,
        Tried {
            state: "sent",
            error: None,
            done_at: Some(now),
        },
    )
    .await
}

/// A message did not arrive, and will not be tried any more.
pub async fn dead(conn: Conn<'_>, ids: &[i64], error: &str, now: Timestamp) -> Result<()> {
    let error = Some(error);
    tried(
        conn,
        ids,
        Tried {
            state: "dead",
            error,
            done_at: Some(now),
        },
    )
    .await
}

/// A message did not arrive and is tried again.
pub async fn delayed(conn: Conn<'_>, ids: &[i64], error: &str) -> Result<()> {
    let error = Some(error);
    tried(
        conn,
        ids,
        Tried {
            state: "pending",
            error,
            done_at: None,
        },
    )
    .await
}

struct Tried<'a> {
    state: &'static str,
    error: Option<&'a str>,
    done_at: Option<Timestamp>,
}

async fn tried(conn: Conn<'_>, ids: &[i64], how: Tried<'_>) -> Result<()> {
    static TRIED: Batch<4> = Batch::new(
        "update alarm_notices set state = v.state, attempts = attempts + 1, error = v.error, \
         done_at = v.done_at from {rows} where alarm_notices.id = v.id",
        [
            ("id", Kind::Int),
            ("state", Kind::Text),
            ("error", Kind::Text),
            ("done_at", Kind::Time),
        ],
    );
    let rows: Vec<_> = ids
        .iter()
        .map(|id| {
            [
                id.cell(),
                how.state.cell(),
                how.error.cell(),
                how.done_at.cell(),
            ]
        })
        .collect();
    TRIED.execute(conn, &rows).await?;
    Ok(())
}

/// How many wait that were due before an instant.
pub async fn overdue(conn: Conn<'_>, before: Timestamp) -> Result<i64> {
    let crate::db::Scalar(count) = conn
        .one(
            "select count(*) as value from alarm_notices where state = 'pending' and due_at < $1",
            args![before],
        )
        .await?;
    Ok(count)
}

/// Forgets old ones; how many.
pub async fn purge(conn: Conn<'_>, before: Timestamp, limit: u16) -> Result<u64> {
    conn.execute(
        "delete from alarm_notices where id in (select id from alarm_notices \
         where created_at < $1 and state <> 'pending' order by created_at limit $2)",
        args![before, i32::from(limit)],
    )
    .await
}

row! {
    /// A row of `alarm_notices`, for people.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Notice {
        /// Its row.
        pub id: i64,
        /// The alarm.
        pub alarm_id: i64,
        /// Who tells it.
        pub channel_id: i64,
        /// Its name.
        pub channel: Option<String>,
        /// What is told.
        pub kind: NoticeKind,
        /// When.
        pub due_at: Timestamp,
        /// `pending`, `sent`, `dead`.
        pub state: String,
        /// How often it was tried.
        pub attempts: i32,
        /// What went wrong last.
        pub error: Option<String>,
        /// When it arrived, or was given up.
        pub done_at: Option<Timestamp>,
    }
}

/// A page of notices, newest first.
pub async fn list(
    conn: Conn<'_>,
    alarm: Option<i64>,
    channel: Option<i64>,
    state: Option<&str>,
    page: PageRequest,
) -> Result<Page<Notice>> {
    Listing::of(
        "id, alarm_id, channel_id, \
         (select c.name from notice_channels c where c.id = alarm_notices.channel_id) as channel, \
         kind, due_at, state, attempts, error, done_at",
        "alarm_notices",
    )
    .narrow("alarm_id =", alarm.as_ref())
    .narrow("channel_id =", channel.as_ref())
    .narrow("state =", state.map(str::to_owned).as_ref())
    .page(conn, "id desc", page)
    .await
}

/// Gives up what a channel still had to tell.
pub async fn give_up(conn: Conn<'_>, channel: i64, why: &str, now: Timestamp) -> Result<u64> {
    conn.execute(
        "update alarm_notices set state = 'dead', error = $2, done_at = $3 \
         where channel_id = $1 and state = 'pending'",
        args![channel, why, now],
    )
    .await
}
