//! `complaints`: charges that members are not content with.

use crate::activities::json;
use crate::db::{Columns, FromRow, Scalar, args, from_json};
use crate::fault_reports::LogEntry;
use crate::paging::{AT_STATION, Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result};
use domain::feedback::ComplaintState;
use domain::org::Scope;
use kernel::{OrderNo, Timestamp};

crate::db::text_column! { ComplaintState }

/// What a member complains about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewComplaint {
    /// Who.
    pub member_id: i64,
    /// The charge.
    pub order_no: OrderNo,
    /// `billing`, `device`, `service`, `other`.
    pub kind: String,
    /// In their own words.
    pub text: String,
    /// Addresses of pictures.
    pub images: Vec<String>,
}

/// A row of `complaints`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Its row.
    pub id: i64,
    /// What was said.
    pub says: NewComplaint,
    /// Where it was charged.
    pub station_id: Option<i64>,
    /// Whose the device is.
    pub org_path: String,
    /// Where it is in its life.
    pub state: ComplaintState,
    /// Who looks into it.
    pub handler: Option<String>,
    /// What the member was answered.
    pub reply: Option<String>,
    /// When.
    pub replied_at: Option<Timestamp>,
    /// What was said and done.
    pub log: Vec<LogEntry>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened.
    pub updated_at: Timestamp,
}

impl FromRow for Complaint {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            says: NewComplaint {
                member_id: row.get("member_id")?,
                order_no: row.get("order_no")?,
                kind: row.get("kind")?,
                text: row.get("text")?,
                images: from_json(row, "images")?.unwrap_or_default(),
            },
            station_id: row.get("station_id")?,
            org_path: row.get("org_path")?,
            state: row.get("state")?,
            handler: row.get("handler")?,
            reply: row.get("reply")?,
            replied_at: row.get("replied_at")?,
            log: from_json(row, "log")?.unwrap_or_default(),
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, member_id, order_no, kind, text, images, station_id, org_path, state, handler, \
         reply, replied_at, log, created_at, updated_at"
    };
}

/// Adds a complaint, at the place of its order's device; its id. None without such an order.
pub async fn insert(conn: Conn<'_>, new: &NewComplaint, now: Timestamp) -> Result<Option<i64>> {
    let made: Option<Scalar<i64>> = conn
        .optional(
            "insert into complaints (member_id, order_no, station_id, org_path, kind, text, \
             images, created_at, updated_at) \
             select $2, o.order_no, d.station_id, d.org_path, $3, $4, $5, $6, $6 \
             from orders o join devices d on d.id = o.device_id where o.order_no = $1 \
             returning id as value",
            args![
                new.order_no,
                new.member_id,
                new.kind,
                new.text,
                json(&new.images)?,
                now
            ],
        )
        .await?;
    Ok(made.map(|Scalar(id)| id))
}

/// How many complaints about an order are not over.
pub async fn open_of(conn: Conn<'_>, order_no: OrderNo) -> Result<i64> {
    let Scalar(count) = conn
        .one(
            "select count(*) as value from complaints \
             where order_no = $1 and state <> 'closed'",
            args![order_no],
        )
        .await?;
    Ok(count)
}

/// The complaint with that row.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Complaint>> {
    conn.optional(
        concat!("select ", columns!(), " from complaints where id = $1"),
        args![id],
    )
    .await
}

/// The complaint with that row, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, id: i64) -> Result<Option<Complaint>> {
    let sql = conn.choose(
        concat!("select ", columns!(), " from complaints where id = $1"),
        concat!(
            "select ",
            columns!(),
            " from complaints where id = $1 for update"
        ),
    );
    conn.optional(sql, args![id]).await
}

/// Writes what became of it.
pub async fn update(conn: Conn<'_>, complaint: &Complaint, now: Timestamp) -> Result<()> {
    conn.execute(
        "update complaints set state = $2, handler = $3, reply = $4, replied_at = $5, log = $6, \
         updated_at = $7 where id = $1",
        args![
            complaint.id,
            complaint.state,
            complaint.handler,
            complaint.reply,
            complaint.replied_at,
            json(&complaint.log)?,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Which complaints a list shows.
#[derive(Clone, Debug, Default)]
pub struct ComplaintFilter {
    /// Of this member.
    pub member: Option<i64>,
    /// In this state.
    pub state: Option<ComplaintState>,
    /// About this order.
    pub order_no: Option<OrderNo>,
    /// Of this kind.
    pub kind: Option<String>,
    /// At this station.
    pub station: Option<i64>,
    /// In these hands.
    pub handler: Option<String>,
    /// Made from then on.
    pub from: Option<Timestamp>,
    /// Made before then.
    pub until: Option<Timestamp>,
}

/// A page of complaints, newest first.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    filter: &ComplaintFilter,
    page: PageRequest,
) -> Result<Page<Complaint>> {
    Listing::of(columns!(), "complaints")
        .within(OWNED.at(AT_STATION), scope)
        .narrow("member_id =", filter.member.as_ref())
        .narrow("state =", filter.state.as_ref())
        .narrow("order_no =", filter.order_no.as_ref())
        .narrow("kind =", filter.kind.as_ref())
        .narrow("station_id =", filter.station.as_ref())
        .narrow("handler =", filter.handler.as_ref())
        .narrow("created_at >=", filter.from.as_ref())
        .narrow("created_at <", filter.until.as_ref())
        .page(conn, "id desc", page)
        .await
}
