//! `figure_changes`: hours whose facts changed after they had ended. The database itself writes
//! them down, in the transaction of the change.

use crate::db::{Batch, Kind, ToCell as _, row};
use crate::{Conn, Result};
use kernel::Timestamp;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;
/// Changes that are read at once.
const READ_MAX: u32 = 1_000_000;
/// Changes that are taken away in one transaction.
pub const SETTLED_MAX: usize = 20_000;

/// What is known of an hour's changes. As long as it stays the same, nobody changed anything more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    count: i64,
    ids: i64,
}

impl Mark {
    /// What is known of all changes of a time.
    pub fn of(marks: &BTreeMap<Timestamp, Self>, from: Timestamp, to: Timestamp) -> Option<Self> {
        let within = marks.range(from..to.max(from)).map(|(_, mark)| *mark);
        within.reduce(|sum, mark| Self {
            count: sum.count.saturating_add(mark.count),
            ids: sum.ids.saturating_add(mark.ids),
        })
    }
}

row! {
    struct Sum {
        pub hour: i64,
        pub count: i64,
        pub ids: i64,
    }
}

row! {
    struct Change {
        pub id: i64,
        pub hour: i64,
    }
}

/// The hours that changed since somebody took their changes away. Ids become visible in any order,
/// so that it is not the highest that tells something new but all of them together.
pub async fn marks(conn: Conn<'_>) -> Result<BTreeMap<Timestamp, Mark>> {
    let rows: Vec<Sum> = conn
        .all(
            "select hour, count(*) as count, cast(sum(id) as bigint) as ids \
             from figure_changes group by hour",
            &[],
        )
        .await?;
    let rows = rows.into_iter().map(|row| {
        let mark = Mark {
            count: row.count,
            ids: row.ids,
        };
        (Timestamp(row.hour.saturating_mul(HOUR_MS)), mark)
    });
    Ok(rows.collect())
}

/// Changes by their hour, a bounded number of them: who has counted those hours afterwards takes
/// just these away.
pub async fn changes(conn: Conn<'_>) -> Result<BTreeMap<Timestamp, Vec<i64>>> {
    let sql = format!("select id, hour from figure_changes order by id limit {READ_MAX}");
    let rows: Vec<Change> = conn.all(AssertSqlSafe(sql), &[]).await?;
    let mut hours: BTreeMap<Timestamp, Vec<i64>> = BTreeMap::new();
    for row in rows {
        let hour = Timestamp(row.hour.saturating_mul(HOUR_MS));
        hours.entry(hour).or_default().push(row.id);
    }
    Ok(hours)
}

/// Takes away changes whose hours have been counted since they were read, at most [`SETTLED_MAX`].
pub async fn settle(conn: Conn<'_>, ids: &[i64]) -> Result<u64> {
    static SETTLE: Batch<1> = Batch::new(
        "delete from figure_changes where id in (select v.id from {rows})",
        [("id", Kind::Int)],
    );
    let rows: Vec<_> = ids.iter().map(|id| [id.cell()]).collect();
    SETTLE.execute(conn, &rows).await
}
