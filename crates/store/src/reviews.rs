//! `reviews`: what members say about their charges.

use crate::activities::json;
use crate::db::{Columns, FromRow, Scalar, args, from_json};
use crate::paging::{AT_STATION, Listing, OWNED, Page, PageRequest, Sort};
use crate::{Conn, Result};
use domain::org::Scope;
use kernel::{OrderNo, Timestamp};

/// What a member says about a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReview {
    /// The charge.
    pub order_no: OrderNo,
    /// Who says it.
    pub member_id: i64,
    /// 1 to 5.
    pub stars: i16,
    /// Single words.
    pub tags: Vec<String>,
    /// In their own words.
    pub text: String,
    /// Addresses of pictures.
    pub images: Vec<String>,
}

/// A row of `reviews`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Its row.
    pub id: i64,
    /// What was said.
    pub says: NewReview,
    /// Where.
    pub station_id: Option<i64>,
    /// Whose station or device it is.
    pub org_path: String,
    /// `shown`, `hidden`.
    pub state: String,
    /// What the operator answered.
    pub reply: Option<String>,
    /// Who answered.
    pub replied_by: Option<String>,
    /// When.
    pub replied_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
}

impl FromRow for Review {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            says: NewReview {
                order_no: row.get("order_no")?,
                member_id: row.get("member_id")?,
                stars: row.get("stars")?,
                tags: from_json(row, "tags")?.unwrap_or_default(),
                text: row.get("text")?,
                images: from_json(row, "images")?.unwrap_or_default(),
            },
            station_id: row.get("station_id")?,
            org_path: row.get("org_path")?,
            state: row.get("state")?,
            reply: row.get("reply")?,
            replied_by: row.get("replied_by")?,
            replied_at: row.get("replied_at")?,
            created_at: row.get("created_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, order_no, member_id, stars, tags, text, images, station_id, org_path, state, reply, \
         replied_by, replied_at, created_at"
    };
}

/// Adds a review, at the place of its order's device; its id. None when there is one already, or no
/// such order.
pub async fn insert(conn: Conn<'_>, new: &NewReview, now: Timestamp) -> Result<Option<i64>> {
    let made: Option<Scalar<i64>> = conn
        .optional(
            "insert into reviews (order_no, member_id, station_id, device_id, org_path, stars, \
             tags, text, images, created_at) \
             select o.order_no, $2, d.station_id, d.id, d.org_path, $3, $4, $5, $6, $7 \
             from orders o join devices d on d.id = o.device_id where o.order_no = $1 \
             on conflict (order_no) do nothing returning id as value",
            args![
                new.order_no,
                new.member_id,
                new.stars,
                json(&new.tags)?,
                new.text,
                json(&new.images)?,
                now
            ],
        )
        .await?;
    Ok(made.map(|Scalar(id)| id))
}

/// The review with that row.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Review>> {
    conn.optional(
        concat!("select ", columns!(), " from reviews where id = $1"),
        args![id],
    )
    .await
}

/// Writes the operator's answer.
pub async fn reply(conn: Conn<'_>, id: i64, text: &str, by: &str, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update reviews set reply = $2, replied_by = $3, replied_at = $4 where id = $1",
            args![id, text, by, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Shows or hides one.
pub async fn set_state(conn: Conn<'_>, id: i64, state: &str) -> Result<bool> {
    let changed = conn
        .execute(
            "update reviews set state = $2 where id = $1",
            args![id, state],
        )
        .await?;
    Ok(changed == 1)
}

/// Which reviews a list shows.
#[derive(Clone, Debug, Default)]
pub struct ReviewFilter {
    /// Of this member.
    pub member: Option<i64>,
    /// Of this station.
    pub station: Option<i64>,
    /// `shown`, `hidden`.
    pub state: Option<String>,
    /// With so many stars at most.
    pub stars_max: Option<i16>,
    /// Only those that were, or were not, answered.
    pub answered: Option<bool>,
    /// Written from then on.
    pub from: Option<Timestamp>,
    /// Written before then.
    pub until: Option<Timestamp>,
}

/// The orders of the list.
pub const SORT: Sort = Sort(&[
    ("-created_at", "id desc"),
    ("created_at", "id"),
    ("stars", "stars, id desc"),
    ("-stars", "stars desc, id desc"),
]);

/// A page of reviews, newest first unless another order is asked for.
pub async fn list(
    conn: Conn<'_>,
    scope: &Scope,
    filter: &ReviewFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<Review>> {
    Listing::of(columns!(), "reviews")
        .within(OWNED.at(AT_STATION), scope)
        .narrow("member_id =", filter.member.as_ref())
        .narrow("station_id =", filter.station.as_ref())
        .narrow("state =", filter.state.as_ref())
        .narrow("stars <=", filter.stars_max.as_ref())
        .only("reply is not null", filter.answered == Some(true))
        .only("reply is null", filter.answered == Some(false))
        .narrow("created_at >=", filter.from.as_ref())
        .narrow("created_at <", filter.until.as_ref())
        .page(conn, SORT.clause(sort).unwrap_or("id desc"), page)
        .await
}
