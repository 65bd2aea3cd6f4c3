//! Tables of PostgreSQL that are partitioned by month, business calendar (Beijing time). A month
//! has its partition before it begins, and is dropped in one piece when all of it has been kept
//! for long enough.
//!
//! `{table}_m{YYYYMM}` holds a month, the oldest of them everything before as well;
//! `{table}_rest` holds what no month was prepared for. SQLite has no partitions: there, and in
//! the rest, old rows are deleted by batches (`curves::purge`, `commands::purge`).

use crate::db::{Scalar, args};
use crate::{Conn, Db, Result};
use kernel::Timestamp;
use sqlx::AssertSqlSafe;

/// A table whose rows belong to months.
#[derive(Clone, Copy, Debug)]
pub struct Monthly {
    table: &'static str,
    by: &'static str,
    /// A month in which there is such a row is kept, however old it is.
    keep: Option<&'static str>,
    with: &'static str,
}

/// Charging curves.
pub const CURVES: Monthly = Monthly {
    table: "order_curves",
    by: "from_at",
    keep: None,
    with: "",
};

/// Commands to devices.
pub const COMMANDS: Monthly = Monthly {
    table: "commands",
    by: "created_at",
    keep: Some("state in ('queued', 'sent')"),
    with: " with (fillfactor = 80)",
};

/// Months that have their partition: the present one and those that follow.
const MONTHS_READY: usize = 3;

/// Held while partitions change, so that two nodes do not do it at once.
const LOCK: i64 = 7_302_619_412;

impl Monthly {
    const ALL: [Self; 2] = [CURVES, COMMANDS];

    /// Gives a month its partition, and this what has come for it too early.
    async fn prepare(self, mut conn: Conn<'_>, month: Month) -> Result<()> {
        let Self {
            table, by, with, ..
        } = self;
        let name = month.of(table);
        let (from, to) = (month.begin(), month.next().begin());
        for sql in [
            format!(
                "create table {name} (like {table} including defaults including constraints){with}"
            ),
            format!(
                "with early as (delete from {table}_rest where {by} >= {from} and {by} < {to} \
                 returning *) insert into {name} select * from early"
            ),
            format!(
                "alter table {table} attach partition {name} for values from ({from}) to ({to})"
            ),
        ] {
            run(conn.again(), sql).await?;
        }
        Ok(())
    }

    /// The months that have a partition, oldest first.
    async fn months(self, conn: Conn<'_>) -> Result<Vec<Month>> {
        let rows: Vec<Scalar<i64>> = conn
            .all(
                "select right(c.relname, 6)::bigint as value from pg_inherits i \
                 join pg_class c on c.oid = i.inhrelid where i.inhparent = to_regclass($1) \
                 and c.relname ~ '_m[0-9]{6}$' order by value",
                args![self.table],
            )
            .await?;
        Ok(rows.into_iter().map(|Scalar(month)| Month(month)).collect())
    }
}

/// A month of the business calendar, as `YYYYMM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Month(i64);

impl Month {
    fn containing(at: Timestamp) -> Self {
        let [year, month, ..] = at.shanghai().map(i64::from);
        Self(year * 100 + month)
    }

    fn next(self) -> Self {
        Self(if self.0 % 100 == 12 {
            self.0 + 89
        } else {
            self.0 + 1
        })
    }

    /// The name of its partition.
    fn of(self, table: &str) -> String {
        format!("{table}_m{:06}", self.0)
    }

    /// Its first instant, as SQL spells it.
    fn begin(self) -> String {
        format!("'{:04}-{:02}-01 00:00:00+08'", self.0 / 100, self.0 % 100)
    }
}

/// Prepares the partitions of the month of `now` and of those that follow. Nothing on SQLite.
pub async fn prepare(db: &Db, now: Timestamp) -> Result<()> {
    if !db.is_postgres() {
        return Ok(());
    }
    let coming = std::iter::successors(Some(Month::containing(now)), |month| Some(month.next()));
    let coming: Vec<Month> = coming.take(MONTHS_READY).collect();
    for table in Monthly::ALL {
        let mut view = db.view().await?;
        let there = table.months(view.conn()).await?;
        drop(view);
        if coming.iter().all(|month| there.contains(month)) {
            continue;
        }
        let mut tx = db.begin().await?;
        lock(tx.conn()).await?;
        let there = table.months(tx.conn()).await?;
        for month in coming.iter().filter(|month| !there.contains(month)) {
            table.prepare(tx.conn(), *month).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Drops the months of a table of which every instant is before `before`, but for those that are
/// still needed. Returns how many. Nothing on SQLite.
pub async fn drop_before(db: &Db, table: Monthly, before: Timestamp) -> Result<usize> {
    if !db.is_postgres() {
        return Ok(0);
    }
    let mut view = db.view().await?;
    let months = table.months(view.conn()).await?;
    drop(view);
    let kept_from = Month::containing(before);
    let mut dropped = 0;
    for month in months.into_iter().take_while(|month| *month < kept_from) {
        let name = month.of(table.table);
        let mut tx = db.begin().await?;
        lock(tx.conn()).await?;
        if let Some(keep) = table.keep {
            let sql = format!("select 1::bigint as value from {name} where {keep} limit 1");
            let needed: Option<Scalar<i64>> = tx.conn().optional(AssertSqlSafe(sql), &[]).await?;
            if needed.is_some() {
                continue;
            }
        }
        run(tx.conn(), format!("drop table if exists {name}")).await?;
        tx.commit().await?;
        dropped += 1;
    }
    Ok(dropped)
}

async fn lock(conn: Conn<'_>) -> Result<()> {
    let Scalar(_): Scalar<String> = conn
        .one(
            "select pg_advisory_xact_lock($1)::text as value",
            args![LOCK],
        )
        .await?;
    Ok(())
}

/// Runs a statement whose text is made here alone.
async fn run(conn: Conn<'_>, sql: String) -> Result<()> {
    conn.execute(AssertSqlSafe(sql), &[]).await?;
    Ok(())
}
