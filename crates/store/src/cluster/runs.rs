//! `cluster_runs`: which processes share this database, and which of them are still there.

use crate::db::{Scalar, args, row, text_column};
use crate::{Conn, Result, Tx, constraint};
use kernel::{RunId, Timestamp};
use std::time::Duration;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It takes devices and calls.
    Up,
    /// It is about to end and takes nothing new.
    Draining,
    /// It has ended.
    Gone,
    /// It fell silent and was taken for dead. It never comes back.
    Lost,
}

impl RunState {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Draining => "draining",
            Self::Gone => "gone",
            Self::Lost => "lost",
        }
    }

    /// The inverse of [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "up" => Some(Self::Up),
            "draining" => Some(Self::Draining),
            "gone" => Some(Self::Gone),
            "lost" => Some(Self::Lost),
            _ => None,
        }
    }
}

text_column!(RunState);

row! {
    /// A run of the program.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Run {
        /// Its number; a later one is larger.
        pub id: RunId,
        /// The node that runs.
        pub node: String,
        /// Which data directory it has.
        pub home: String,
        /// Which version of the program it is.
        pub version: String,
        /// How far it is.
        pub state: RunState,
        /// When it began.
        pub started_at: Timestamp,
        /// When it last said that it is there.
        pub seen_at: Timestamp,
        /// How long it has been silent, ms.
        pub silent_ms: i64,
    }
}

macro_rules! select {
    ($engine_silence:literal, $rest:literal) => {
        concat!(
            "select id, node, home, version, state, started_at, seen_at, ",
            $engine_silence,
            " as silent_ms from cluster_runs ",
            $rest
        )
    };
}

macro_rules! choose {
    ($conn:expr, $rest:literal) => {
        $conn.choose(
            select!(
                "cast(unixepoch('subsec') * 1000 as integer) - seen_at",
                $rest
            ),
            select!(
                "cast(extract(epoch from clock_timestamp() - seen_at) * 1000 as bigint)",
                $rest
            ),
        )
    };
}

/// Nodes that are named at once.
const NODES_MAX: u16 = 1000;

/// What begins a run.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// The node.
    pub node: String,
    /// Its data directory.
    pub home: String,
    /// Its version of the program.
    pub version: String,
}

/// Begins a run. `None` when another run of that name has not ended: see [`of_node`].
///
/// # Errors
/// When the database is away.
pub async fn begin(mut tx: Tx, new: &NewRun) -> Result<Option<RunId>> {
    let sql = tx.conn().choose(
        "insert into cluster_runs (node, home, version, state, started_at, seen_at) \
         values ($1, $2, $3, 'up', cast(unixepoch('subsec') * 1000 as integer), \
         cast(unixepoch('subsec') * 1000 as integer)) returning id as value",
        "insert into cluster_runs (node, home, version, state, started_at, seen_at) \
         values ($1, $2, $3, 'up', clock_timestamp(), clock_timestamp()) returning id as value",
    );
    let begun = tx
        .conn()
        .one::<Scalar<RunId>>(sql, args![new.node, new.home, new.version])
        .await;
    match begun {
        Ok(Scalar(run)) => {
            tx.commit().await?;
            Ok(Some(run))
        }
        Err(error) if error.violates(constraint::ONE_LIVING_RUN_PER_NODE) => {
            tx.rollback().await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Says that a run is still there. False when it was taken for dead meanwhile: it must let go of
/// everything that it holds.
pub async fn beat(conn: Conn<'_>, run: RunId) -> Result<bool> {
    let sql = conn.choose(
        "update cluster_runs set seen_at = cast(unixepoch('subsec') * 1000 as integer) \
         where id = $1 and state in ('up', 'draining')",
        "update cluster_runs set seen_at = clock_timestamp() where id = $1 and state in ('up', 'draining')",
    );
    Ok(conn.execute(sql, args![run]).await? == 1)
}

/// Says that a run is about to end.
pub async fn drain(conn: Conn<'_>, run: RunId) -> Result<()> {
    let sql = "update cluster_runs set state = 'draining' where id = $1 and state = 'up'";
    conn.execute(sql, args![run]).await?;
    Ok(())
}

/// Ends a run for good. False when it had ended before.
pub async fn end(conn: Conn<'_>, run: RunId) -> Result<bool> {
    let sql =
        "update cluster_runs set state = 'gone' where id = $1 and state in ('up', 'draining')";
    Ok(conn.execute(sql, args![run]).await? == 1)
}

/// Ends the runs that have been silent for longer than `patience`. Returns which.
pub async fn end_silent(conn: Conn<'_>, patience: Duration) -> Result<Vec<RunId>> {
    let sql = conn.choose(
        "update cluster_runs set state = 'lost' where state in ('up', 'draining') \
         and seen_at < cast(unixepoch('subsec') * 1000 as integer) - $1 returning id as value",
        "update cluster_runs set state = 'lost' where state in ('up', 'draining') \
         and seen_at < clock_timestamp() - make_interval(secs => $1::bigint / 1000.0) \
         returning id as value",
    );
    let patience = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
    let ended: Vec<Scalar<RunId>> = conn.all(sql, args![patience]).await?;
    Ok(ended.into_iter().map(|Scalar(run)| run).collect())
}

/// The run of that node that has not ended.
pub async fn of_node(conn: Conn<'_>, node: &str) -> Result<Option<Run>> {
    let sql = choose!(conn, "where node = $1 and state in ('up', 'draining')");
    conn.optional(sql, args![node]).await
}

/// All runs that have not ended, by number.
pub async fn living(conn: Conn<'_>) -> Result<Vec<Run>> {
    let sql = choose!(conn, "where state in ('up', 'draining') order by id");
    conn.all(sql, &[]).await
}

row! {
    /// A node, by its newest run.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Node {
        /// The run.
        pub id: RunId,
        /// The name of the node.
        pub node: String,
        /// Which version of the program it is.
        pub version: String,
        /// How far it is.
        pub state: RunState,
        /// When it began.
        pub started_at: Timestamp,
        /// When it last said that it is there.
        pub seen_at: Timestamp,
        /// Devices whose connection it holds.
        pub devices: i64,
    }
}

/// All nodes that there have been in the last month, by name.
pub async fn nodes(conn: Conn<'_>) -> Result<Vec<Node>> {
    conn.all(
        "select r.id, r.node, r.version, r.state, r.started_at, r.seen_at, \
         (select count(*) from devices d where d.session_run = r.id) as devices \
         from cluster_runs r where not exists (select 1 from cluster_runs newer \
         where newer.node = r.node and newer.id > r.id) order by r.node limit $1",
        args![NODES_MAX],
    )
    .await
}

/// The nodes whose newest run was taken for dead since `since`.
pub async fn lost_nodes(conn: Conn<'_>, since: Timestamp) -> Result<Vec<String>> {
    let lost: Vec<Scalar<String>> = conn
        .all(
            "select r.node as value from cluster_runs r where r.state = 'lost' \
             and r.seen_at >= $1 and not exists (select 1 from cluster_runs newer \
             where newer.node = r.node and newer.id > r.id) order by r.node",
            args![since],
        )
        .await?;
    Ok(lost.into_iter().map(|Scalar(node)| node).collect())
}

/// Forgets runs that ended a month ago and hold nothing any more.
pub async fn purge(conn: Conn<'_>) -> Result<u64> {
    let sql = conn.choose(
        "delete from cluster_runs where state in ('gone', 'lost') \
         and seen_at < cast(unixepoch('subsec') * 1000 as integer) - 30 * 86400000 \
         and not exists (select 1 from devices where devices.session_run = cluster_runs.id)",
        "delete from cluster_runs where state in ('gone', 'lost') \
         and seen_at < clock_timestamp() - interval '30 days' \
         and not exists (select 1 from devices where devices.session_run = cluster_runs.id)",
    );
    conn.execute(sql, &[]).await
}
