//! `fault_tickets`: work orders (工单), from alarms, from members' reports, from people.

use crate::activities::json;
use crate::db::{Columns, FromRow, Scalar, args, from_json};
use crate::fault_reports::LogEntry;
use crate::paging::{AT_STATION, Listing, OWNED, Page, PageRequest, Sort};
use crate::{Conn, Result};
use domain::feedback::{TicketLevel, TicketState};
use domain::org::Scope;
use kernel::Timestamp;

/// A ticket to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTicket {
    /// `alarm`, `report`, `manual`.
    pub source: &'static str,
    /// The alarm that it is for.
    pub alarm_id: Option<i64>,
    /// The member's report that it is for.
    pub report_id: Option<i64>,
    /// What is wrong, in a few words.
    pub title: String,
    /// The rest.
    pub text: String,
    /// The device.
    pub phy_id: Option<String>,
    /// Its port.
    pub port_no: Option<i32>,
    /// Where, if it is about no device.
    pub station_id: Option<i64>,
    /// Whose, if it is about no device.
    pub org_path: String,
    /// How grave it is.
    pub level: TicketLevel,
    /// When it is to be done.
    pub due_at: Timestamp,
}

/// A row of `fault_tickets`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Its row.
    pub id: i64,
    /// `alarm`, `report`, `manual`.
    pub source: String,
    /// The alarm that it is for.
    pub alarm_id: Option<i64>,
    /// The member's report that it is for.
    pub report_id: Option<i64>,
    /// What is wrong, in a few words.
    pub title: String,
    /// The rest.
    pub text: String,
    /// The device.
    pub phy_id: Option<String>,
    /// Its port.
    pub port_no: Option<i32>,
    /// Where.
    pub station_id: Option<i64>,
    /// Whose.
    pub org_path: String,
    /// How grave it is.
    pub level: TicketLevel,
    /// Where it is in its life.
    pub state: TicketState,
    /// Who works on it.
    pub assignee: Option<String>,
    /// When it is to be done.
    pub due_at: Timestamp,
    /// What was done.
    pub log: Vec<LogEntry>,
    /// Who wrote it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When something last happened.
    pub updated_at: Timestamp,
}

impl FromRow for Ticket {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            source: row.get("source")?,
            alarm_id: row.get("alarm_id")?,
            report_id: row.get("report_id")?,
            title: row.get("title")?,
            text: row.get("text")?,
            phy_id: row.get("phy_id")?,
            port_no: row.get("port_no")?,
            station_id: row.get("station_id")?,
            org_path: row.get("org_path")?,
            level: row.get("level")?,
            state: row.get("state")?,
            assignee: row.get("assignee")?,
            due_at: row.get("due_at")?,
            log: from_json(row, "log")?.unwrap_or_default(),
            created_by: row.get("created_by")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, source, alarm_id, report_id, title, text, phy_id, port_no, station_id, org_path, \
         level, state, assignee, due_at, log, created_by, created_at, updated_at"
    };
}

/// Adds a ticket, at the place of its device if it has one; its id.
pub async fn insert(
    conn: Conn<'_>,
    new: &NewTicket,
    log: &[LogEntry],
    by: &str,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into fault_tickets (source, alarm_id, report_id, title, text, phy_id, \
             port_no, level, due_at, log, created_by, created_at, updated_at, \
             device_id, station_id, org_path) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, \
             (select id from devices where phy_id = $6 and deleted_at is null), \
             coalesce((select station_id from devices where phy_id = $6 \
             and deleted_at is null), $13), \
             coalesce((select org_path from devices where phy_id = $6 \
             and deleted_at is null), $14)) returning id as value",
            args![
                new.source,
                new.alarm_id,
                new.report_id,
                new.title,
                new.text,
                new.phy_id,
                new.port_no,
                new.level,
                new.due_at,
                json(&log)?,
                by,
                now,
                new.station_id,
                new.org_path
            ],
        )
        .await?;
    Ok(id)
}

/// The ticket with that row.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Ticket>> {
    conn.optional(
        concat!("select ", columns!(), " from fault_tickets where id = $1"),
        args![id],
    )
    .await
}

/// The ticket with that row, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, id: i64) -> Result<Option<Ticket>> {
    let sql = conn.choose(
        concat!("select ", columns!(), " from fault_tickets where id = $1"),
        concat!(
            "select ",
            columns!(),
            " from fault_tickets where id = $1 for update"
        ),
    );
    conn.optional(sql, args![id]).await
}

/// Writes what became of it.
pub async fn update(conn: Conn<'_>, ticket: &Ticket, now: Timestamp) -> Result<()> {
    conn.execute(
        "update fault_tickets set level = $2, state = $3, assignee = $4, due_at = $5, log = $6, \
         updated_at = $7, late_told_at = case when due_at = $5 then late_told_at end \
         where id = $1",
        args![
            ticket.id,
            ticket.level,
            ticket.state,
            ticket.assignee,
            ticket.due_at,
            json(&ticket.log)?,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Tickets that should have been done by now and of which nobody was told; they count as told.
pub async fn take_late(conn: Conn<'_>, now: Timestamp) -> Result<Vec<Ticket>> {
    conn.all(
        concat!(
            "update fault_tickets set late_told_at = $1 where due_at <= $1 ",
            "and late_told_at is null and state in ('new', 'assigned', 'doing', 'reopened') ",
            "returning ",
            columns!()
        ),
        args![now],
    )
    .await
}

/// Which tickets a list shows.
#[derive(Clone, Debug, Default)]
pub struct TicketFilter {
    /// In this state only.
    pub state: Option<TicketState>,
    /// Of this level only.
    pub level: Option<TicketLevel>,
    /// From there only: `alarm`, `report`, `manual`.
    pub source: Option<String>,
    /// Of whom only.
    pub assignee: Option<String>,
    /// Of this device only.
    pub phy_id: Option<String>,
    /// At this station only.
    pub station_id: Option<i64>,
    /// Late ones only: open, and due before this instant.
    pub late_at: Option<Timestamp>,
}

/// The orders that the list can be read in.
pub const SORT: Sort = Sort(&[
    ("-created_at", "id desc"),
    ("created_at", "id"),
    ("due_at", "due_at, id"),
]);

/// A page of tickets, newest first unless another order is asked for.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    filter: &TicketFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<Ticket>> {
    let order = SORT.clause(sort).unwrap_or("id desc");
    Listing::of(columns!(), "fault_tickets")
        .within(OWNED.at(AT_STATION), scope)
        .narrow("state =", filter.state.as_ref())
        .narrow("level =", filter.level.as_ref())
        .narrow("source =", filter.source.as_ref())
        .narrow("assignee =", filter.assignee.as_ref())
        .narrow("phy_id =", filter.phy_id.as_ref())
        .narrow("station_id =", filter.station_id.as_ref())
        .narrow("due_at <", filter.late_at.as_ref())
        .only(
            "state in ('new', 'assigned', 'doing', 'reopened')",
            filter.late_at.is_some(),
        )
        .page(conn, order, page)
        .await
}
