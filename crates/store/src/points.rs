//! `points_log`: movements of points, and the lots of which they consist.

use crate::activities::json;
use crate::db::{Columns, FromRow, Scalar, args, from_json, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::day::Day;
use domain::points::{Lot, Points};
use kernel::{MemberId, Timestamp};

/// A row of `points_log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointsLine {
    /// Its row.
    pub id: i64,
    /// How many; less than nothing when they went away.
    pub change: i64,
    /// How many there were then.
    pub balance: i64,
    /// `order`, `checkin`, `spend`, `returned`, `reversed`, `expired`, `staff`.
    pub reason: String,
    /// The order, the date …
    pub biz_no: String,
    /// Their last day, 2027-12-31.
    pub expires_on: Option<String>,
    /// The lots that they were taken out of.
    pub taken: Vec<(i64, i64)>,
    /// When.
    pub created_at: Timestamp,
}

impl FromRow for PointsLine {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            change: row.get("change")?,
            balance: row.get("balance")?,
            reason: row.get("reason")?,
            biz_no: row.get("biz_no")?,
            expires_on: row.get("expires_on")?,
            taken: from_json(row, "taken")?.unwrap_or_default(),
            created_at: row.get("created_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, change, balance, reason, biz_no, expires_on, taken, created_at"
    };
}

/// A movement to be written.
#[derive(Clone, Debug)]
pub struct NewLine<'a> {
    /// Whose.
    pub member: MemberId,
    /// How many.
    pub change: i64,
    /// How many there are then.
    pub balance: i64,
    /// Why.
    pub reason: &'static str,
    /// The order, the date …
    pub biz_no: &'a str,
    /// Names the occasion: each happens once.
    pub occasion: &'a str,
    /// Of a lot: how many of it can be spent.
    pub left: i64,
    /// Of a lot: its last day.
    pub expires_on: Option<Day>,
    /// The lots that they were taken out of.
    pub taken: &'a [(i64, i64)],
}

/// A member's points, locked until the transaction ends; none without such a member.
pub async fn lock(conn: Conn<'_>, member: MemberId) -> Result<Option<i64>> {
    let sql = conn.choose(
        "select points as value from members where id = $1",
        "select points as value from members where id = $1 for no key update",
    );
    let found: Option<Scalar<i64>> = conn.optional(sql, args![member.0]).await?;
    Ok(found.map(|Scalar(points)| points))
}

/// Writes a movement and the member's new balance, unless its occasion has been written before.
/// The member is locked.
pub async fn insert(mut conn: Conn<'_>, new: &NewLine<'_>, now: Timestamp) -> Result<Option<i64>> {
    let written: Option<Scalar<i64>> = conn
        .again()
        .optional(
            "insert into points_log (member_id, change, balance, reason, biz_no, occasion, \
             left_over, expires_on, taken, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             on conflict (member_id, occasion) do nothing returning id as value",
            args![
                new.member.0,
                new.change,
                new.balance,
                new.reason,
                new.biz_no,
                new.occasion,
                new.left,
                new.expires_on.map(|day| day.to_string()),
                json(&new.taken)?,
                now
            ],
        )
        .await?;
    let Some(Scalar(id)) = written else {
        return Ok(None);
    };
    conn.execute(
        "update members set points = $2 where id = $1",
        args![new.member.0, new.balance],
    )
    .await?;
    Ok(Some(id))
}

/// The movement of an occasion.
pub async fn of_occasion(
    conn: Conn<'_>,
    member: MemberId,
    occasion: &str,
) -> Result<Option<PointsLine>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from points_log where member_id = $1 and occasion = $2"
        ),
        args![member.0, occasion],
    )
    .await
}

/// A member's lots that are not yet spent, with their rows, the oldest first.
pub async fn lots(conn: Conn<'_>, member: MemberId) -> Result<Vec<(i64, Lot)>> {
    row! {
        struct Row {
            pub id: i64,
            pub left_over: i64,
            pub expires_on: String,
        }
    }
    let rows: Vec<Row> = conn
        .all(
            "select id, left_over, expires_on from points_log \
             where member_id = $1 and left_over > 0 order by expires_on, id",
            args![member.0],
        )
        .await?;
    let lot = |row: Row| {
        let day = day_of(&row.expires_on)?;
        let left = Points(row.left_over);
        Some((
            row.id,
            Lot {
                left,
                expires_on: day,
            },
        ))
    };
    Ok(rows.into_iter().filter_map(lot).collect())
}

/// Takes points out of a lot, or, below zero, puts them back.
pub async fn take(conn: Conn<'_>, lot: i64, points: i64) -> Result<()> {
    conn.execute(
        "update points_log set left_over = left_over - $2 where id = $1",
        args![lot, points],
    )
    .await?;
    Ok(())
}

/// Members with lots that ended before a day, at most `limit`.
pub async fn ending(conn: Conn<'_>, before: Day, limit: u32) -> Result<Vec<MemberId>> {
    let rows: Vec<Scalar<i64>> = conn
        .all(
            "select distinct member_id as value from points_log \
             where left_over > 0 and expires_on < $1 limit $2",
            args![before.to_string(), limit],
        )
        .await?;
    Ok(rows.into_iter().map(|Scalar(id)| MemberId(id)).collect())
}

/// A page of a member's movements, newest first.
pub async fn list(conn: Conn<'_>, member: MemberId, page: PageRequest) -> Result<Page<PointsLine>> {
    Listing::of(columns!(), "points_log")
        .narrow("member_id =", Some(&member.0))
        .page(conn, "id desc", page)
        .await
}

/// From `2027-12-31`.
pub(crate) fn day_of(text: &str) -> Option<Day> {
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<u16>().ok());
    Day::from_civil([parts.next()??, parts.next()??, parts.next()??])
}
