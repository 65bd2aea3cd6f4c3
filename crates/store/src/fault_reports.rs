//! `fault_reports`: what members say is broken, each a ticket.

use crate::activities::json;
use crate::db::{Columns, FromRow, Scalar, args, from_json};
use crate::paging::{AT_STATION, Listing, OWNED, Page, PageRequest, Sort};
use crate::{Conn, Result};
use domain::feedback::{TicketLevel, TicketState};
use domain::org::Scope;
use kernel::{PhyId, Timestamp};
use serde::{Deserialize, Serialize};

crate::db::text_column! { TicketLevel TicketState }

/// What a member says is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFault {
    /// Who says it.
    pub member_id: i64,
    /// The device.
    pub phy_id: PhyId,
    /// Its port.
    pub port_no: Option<i32>,
    /// `cannot_start`, `cannot_stop`, `plug`, `screen`, `damage`, `danger`, `other`.
    pub kind: String,
    /// In their own words.
    pub text: String,
    /// Addresses of pictures.
    pub images: Vec<String>,
    /// How grave it is.
    pub level: TicketLevel,
    /// When it is to be done.
    pub due_at: Timestamp,
}

/// Something that was done about a ticket or a complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// When, milliseconds since 1970.
    pub at: i64,
    /// Who.
    pub by: String,
    /// What: `assign`, `reply` …
    pub did: String,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A row of `fault_reports`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultReport {
    /// Its row.
    pub id: i64,
    /// What was said.
    pub says: NewFault,
    /// Where the device stands.
    pub station_id: Option<i64>,
    /// Whose it is.
    pub org_path: String,
    /// Where it is in its life.
    pub state: TicketState,
    /// Who works on it.
    pub assignee: Option<String>,
    /// What the member was answered.
    pub reply: Option<String>,
    /// Who answered.
    pub replied_by: Option<String>,
    /// When.
    pub replied_at: Option<Timestamp>,
    /// What was done.
    pub log: Vec<LogEntry>,
    /// When it was reported.
    pub created_at: Timestamp,
    /// When something last happened.
    pub updated_at: Timestamp,
}

impl FromRow for FaultReport {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            says: NewFault {
                member_id: row.get("member_id")?,
                phy_id: row.get("phy_id")?,
                port_no: row.get("port_no")?,
                kind: row.get("kind")?,
                text: row.get("text")?,
                images: from_json(row, "images")?.unwrap_or_default(),
                level: row.get("level")?,
                due_at: row.get("due_at")?,
            },
            station_id: row.get("station_id")?,
            org_path: row.get("org_path")?,
            state: row.get("state")?,
            assignee: row.get("assignee")?,
            reply: row.get("reply")?,
            replied_by: row.get("replied_by")?,
            replied_at: row.get("replied_at")?,
            log: from_json(row, "log")?.unwrap_or_default(),
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, member_id, phy_id, port_no, kind, text, images, level, due_at, station_id, \
         org_path, state, assignee, reply, replied_by, replied_at, log, created_at, updated_at"
    };
}

/// Adds a report, at the place of its device; its id. None without such a device.
pub async fn insert(conn: Conn<'_>, new: &NewFault, now: Timestamp) -> Result<Option<i64>> {
    let made: Option<Scalar<i64>> = conn
        .optional(
            "insert into fault_reports (member_id, device_id, phy_id, port_no, station_id, \
             org_path, kind, text, images, level, due_at, created_at, updated_at) \
             select $2, d.id, d.phy_id, $3, d.station_id, d.org_path, $4, $5, $6, $7, $8, $9, $9 \
             from devices d where d.phy_id = $1 and d.deleted_at is null returning id as value",
            args![
                new.phy_id,
                new.member_id,
                new.port_no,
                new.kind,
                new.text,
                json(&new.images)?,
                new.level,
                new.due_at,
                now
            ],
        )
        .await?;
    Ok(made.map(|Scalar(id)| id))
}

/// The report with that row.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<FaultReport>> {
    conn.optional(
        concat!("select ", columns!(), " from fault_reports where id = $1"),
        args![id],
    )
    .await
}

/// The report with that row, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, id: i64) -> Result<Option<FaultReport>> {
    let sql = conn.choose(
        concat!("select ", columns!(), " from fault_reports where id = $1"),
        concat!(
            "select ",
            columns!(),
            " from fault_reports where id = $1 for update"
        ),
    );
    conn.optional(sql, args![id]).await
}

/// Writes what became of it.
pub async fn update(conn: Conn<'_>, report: &FaultReport, now: Timestamp) -> Result<()> {
    conn.execute(
        "update fault_reports set level = $2, state = $3, assignee = $4, due_at = $5, \
         reply = $6, replied_by = $7, replied_at = $8, log = $9, updated_at = $10 where id = $1",
        args![
            report.id,
            report.says.level,
            report.state,
            report.assignee,
            report.says.due_at,
            report.reply,
            report.replied_by,
            report.replied_at,
            json(&report.log)?,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Which reports a list shows.
#[derive(Clone, Debug, Default)]
pub struct FaultFilter {
    /// Of this member.
    pub member: Option<i64>,
    /// At this station.
    pub station: Option<i64>,
    /// In this state.
    pub state: Option<TicketState>,
    /// Of this person.
    pub assignee: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// As grave as this.
    pub level: Option<TicketLevel>,
    /// About this device.
    pub phy_id: Option<PhyId>,
    /// Not done, and due before that instant.
    pub overdue_at: Option<Timestamp>,
    /// Reported from then on.
    pub from: Option<Timestamp>,
    /// Reported before then.
    pub until: Option<Timestamp>,
}

/// The orders of the list.
pub const SORT: Sort = Sort(&[
    ("-created_at", "id desc"),
    ("created_at", "id"),
    ("due_at", "due_at, id"),
]);

/// A page of reports, newest first unless another order is asked for.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    filter: &FaultFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<FaultReport>> {
    Listing::of(columns!(), "fault_reports")
        .within(OWNED.at(AT_STATION), scope)
        .narrow("member_id =", filter.member.as_ref())
        .narrow("station_id =", filter.station.as_ref())
        .narrow("state =", filter.state.as_ref())
        .narrow("assignee =", filter.assignee.as_ref())
        .narrow("kind =", filter.kind.as_ref())
        .narrow("level =", filter.level.as_ref())
        .narrow("phy_id =", filter.phy_id.as_ref())
        .narrow(
            "state not in ('done', 'verified') and due_at <",
            filter.overdue_at.as_ref(),
        )
        .narrow("created_at >=", filter.from.as_ref())
        .narrow("created_at <", filter.until.as_ref())
        .page(conn, SORT.clause(sort).unwrap_or("id desc"), page)
        .await
}
