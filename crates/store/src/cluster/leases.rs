//! `cluster_leases`: work that one run does for all, until its lease ends.

use crate::db::{Batch, Cell, Kind, Scalar, ToCell, args};
use crate::{Conn, Result};
use kernel::RunId;
use std::time::Duration;

/// Takes work, or keeps it: what nobody holds, what the run holds itself, and what its holder has
/// left alone for so long that the lease ended. Returns what the run holds now for `term`.
pub async fn take(
    conn: Conn<'_>,
    run: RunId,
    works: &[&str],
    term: Duration,
) -> Result<Vec<String>> {
    static TAKE_SQLITE: Batch<3> = Batch::new(
        "insert into cluster_leases (work, run_id, until) \
         select v.work, v.run_id, cast(unixepoch('subsec') * 1000 as integer) + v.term \
         from {rows} where true on conflict (work) do update set run_id = excluded.run_id, \
         until = excluded.until where cluster_leases.run_id = excluded.run_id \
         or cluster_leases.until < cast(unixepoch('subsec') * 1000 as integer) \
         returning work as value",
        COLUMNS,
    );
    static TAKE_POSTGRES: Batch<3> = Batch::new(
        "insert into cluster_leases (work, run_id, until) \
         select v.work, v.run_id, clock_timestamp() + make_interval(secs => v.term / 1000.0) \
         from {rows} where true on conflict (work) do update set run_id = excluded.run_id, \
         until = excluded.until where cluster_leases.run_id = excluded.run_id \
         or cluster_leases.until < clock_timestamp() returning work as value",
        COLUMNS,
    );
    let term = i64::try_from(term.as_millis()).unwrap_or(i64::MAX);
    let mut works = works.to_vec();
    // In one order everywhere, so that two nodes do not wait for each other.
    works.sort_unstable();
    let rows: Vec<_> = works
        .iter()
        .map(|work| [Cell::Text((*work).into()), run.cell(), term.cell()])
        .collect();
    let take = if conn.is_postgres() {
        &TAKE_POSTGRES
    } else {
        &TAKE_SQLITE
    };
    let held: Vec<Scalar<String>> = take.all(conn, &rows).await?;
    Ok(held.into_iter().map(|Scalar(work)| work).collect())
}

const COLUMNS: [(&str, Kind); 3] = [
    ("work", Kind::Text),
    ("run_id", Kind::Int),
    ("term", Kind::Int),
];

/// Gives work back, so that others need not wait for the end of its lease.
pub async fn give_back(conn: Conn<'_>, run: RunId, works: &[&str]) -> Result<()> {
    static GIVE_BACK: Batch<2> = Batch::new(
        "delete from cluster_leases where (work, run_id) in (select v.work, v.run_id from {rows})",
        [("work", Kind::Text), ("run_id", Kind::Int)],
    );
    let rows: Vec<_> = works
        .iter()
        .map(|work| [Cell::Text((*work).into()), run.cell()])
        .collect();
    GIVE_BACK.execute(conn, &rows).await?;
    Ok(())
}

/// Gives back all the work of a run that has ended.
pub async fn give_back_all(conn: Conn<'_>, run: RunId) -> Result<()> {
    conn.execute("delete from cluster_leases where run_id = $1", args![run])
        .await?;
    Ok(())
}

/// Who holds which work now.
pub async fn held(conn: Conn<'_>) -> Result<Vec<Lease>> {
    let sql = conn.choose(
        "select work, run_id from cluster_leases \
         where until >= cast(unixepoch('subsec') * 1000 as integer) order by work",
        "select work, run_id from cluster_leases where until >= clock_timestamp() order by work",
    );
    conn.all(sql, &[]).await
}

crate::db::row! {
    /// Work that somebody does.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Lease {
        /// Its name.
        pub work: String,
        /// Who does it.
        pub run_id: RunId,
    }
}
