//! `checkins`: who has been here on which day.

use crate::db::{args, row};
use crate::points::day_of;
use crate::{Conn, Result};
use domain::checkin::CheckIn;
use domain::day::Day;
use domain::points::Points;
use kernel::{MemberId, Timestamp};

row! {
    struct Row {
        pub day: String,
        pub streak: i16,
        pub points: i64,
    }
}

impl Row {
    fn check_in(&self) -> Option<CheckIn> {
        Some(CheckIn {
            day: day_of(&self.day)?,
            streak: u8::try_from(self.streak).ok()?,
            points: Points(self.points),
        })
    }
}

/// A member's last check-in.
pub async fn last(conn: Conn<'_>, member: MemberId) -> Result<Option<CheckIn>> {
    let row: Option<Row> = conn
        .optional(
            "select day, streak, points from checkins where member_id = $1 \
             order by day desc limit 1",
            args![member.0],
        )
        .await?;
    Ok(row.as_ref().and_then(Row::check_in))
}

/// Adds a check-in. False when there is one of that day.
pub async fn insert(
    conn: Conn<'_>,
    member: MemberId,
    check_in: CheckIn,
    now: Timestamp,
) -> Result<bool> {
    let added = conn
        .execute(
            "insert into checkins (member_id, day, streak, points, created_at) \
             values ($1, $2, $3, $4, $5) on conflict do nothing",
            args![
                member.0,
                check_in.day.to_string(),
                i16::from(check_in.streak),
                check_in.points.0,
                now
            ],
        )
        .await?;
    Ok(added == 1)
}

/// The check-ins from one day to another, both included, the first first.
pub async fn between(
    conn: Conn<'_>,
    member: MemberId,
    first: Day,
    last: Day,
) -> Result<Vec<CheckIn>> {
    let rows: Vec<Row> = conn
        .all(
            "select day, streak, points from checkins \
             where member_id = $1 and day >= $2 and day <= $3 order by day",
            args![member.0, first.to_string(), last.to_string()],
        )
        .await?;
    Ok(rows.iter().filter_map(Row::check_in).collect())
}
