//! The days of the communication log. Every day has a table of its own, so that old days go in
//! one piece and new lines never meet large indexes; a view shows all of them.

use crate::db::{Scalar, Tx, args};
use crate::{Conn, Result};
use kernel::Timestamp;
use sqlx::AssertSqlSafe;

/// The setting that says which day the current table holds.
const SETTING: &str = "comm_log.day";

/// Ids of one day; the first id of a day follows from the day alone, so that ids grow with time.
const IDS_PER_DAY: i64 = 1_000_000_000;

/// Held while tables change, so that two nodes do not do it at once.
const LOCK: i64 = 7_302_619_411;

/// A day of the business calendar, as `YYYYMMDD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(u32);

impl Day {
    /// The day of an instant, Beijing time.
    pub fn of(at: Timestamp) -> Self {
        let [year, month, day, ..] = at.shanghai().map(u32::from);
        Self(year * 10_000 + month * 100 + day)
    }

    fn table(self) -> String {
        format!("comm_logs_d{:08}", self.0)
    }

    fn first_id(self) -> i64 {
        i64::from(self.0) * IDS_PER_DAY
    }
}

/// Makes the current table that of `day`; the one before becomes a day of the past. Does nothing
/// when it is that day's already, also by another node's doing.
pub async fn rotate(tx: &mut Tx, day: Day, now: Timestamp) -> Result<()> {
    lock(tx.conn()).await?;
    let known = crate::settings::get(tx.conn(), SETTING).await?;
    let known = known.and_then(|value| u32::try_from(value.as_u64()?).ok());
    // Lines from before there were days belong to the day before the first.
    let known = Day(known.unwrap_or(0));
    if known >= day {
        return Ok(());
    }
    run(tx.conn(), "drop view if exists comm_logs".to_owned()).await?;
    let past = known.table();
    run(
        tx.conn(),
        format!("alter table comm_logs_current rename to {past}"),
    )
    .await?;
    create(tx, day).await?;
    show_all(tx).await?;
    crate::settings::put(tx.conn(), SETTING, &day.0.into(), "system", now).await
}

/// Drops the days before `day`. Returns how many.
pub async fn drop_before(tx: &mut Tx, day: Day) -> Result<usize> {
    lock(tx.conn()).await?;
    let past: Vec<String> = days(tx.conn())
        .await?
        .into_iter()
        .filter(|table| *table < day.table())
        .collect();
    if past.is_empty() {
        return Ok(0);
    }
    run(tx.conn(), "drop view if exists comm_logs".to_owned()).await?;
    for table in &past {
        run(tx.conn(), format!("drop table {table}")).await?;
    }
    show_all(tx).await?;
    Ok(past.len())
}

async fn lock(conn: Conn<'_>) -> Result<()> {
    // SQLite's write transaction is the only one anyway.
    if conn.is_postgres() {
        let Scalar(_): Scalar<String> = conn
            .one(
                "select pg_advisory_xact_lock($1)::text as value",
                args![LOCK],
            )
            .await?;
    }
    Ok(())
}

async fn days(conn: Conn<'_>) -> Result<Vec<String>> {
    let sql = conn.choose(
        "select name as value from sqlite_master \
         where type = 'table' and name like 'comm_logs_d%' order by name desc",
        "select tablename as value from pg_tables where schemaname = current_schema() \
         and tablename like 'comm_logs_d%' order by tablename desc",
    );
    let rows: Vec<Scalar<String>> = conn.all(sql, &[]).await?;
    Ok(rows.into_iter().map(|Scalar(name)| name).collect())
}

async fn create(tx: &mut Tx, day: Day) -> Result<()> {
    let postgres = tx.conn().is_postgres();
    let text = crate::migrate::expand(
        "create table comm_logs_current (
            id {{id}},
            at {{timestamp}} not null,
            ip text not null,
            protocol text,
            phy_id text,
            direction text not null,
            type text not null,
            cmd text,
            msg_id {{i64}},
            raw_hex text not null,
            parsed {{json}},
            result text
        ){{strict}}",
        postgres,
    );
    run(tx.conn(), text).await?;
    let first = day.first_id();
    let start = if postgres {
        format!("alter table comm_logs_current alter column id restart with {first}")
    } else {
        format!("insert into sqlite_sequence (name, seq) values ('comm_logs_current', {first})")
    };
    run(tx.conn(), start).await?;
    // Indexes keep their names when their table is renamed.
    for (name, rest) in [
        ("device", "(phy_id, id) where phy_id is not null"),
        ("type", "(type, id)"),
        ("stranger", "(ip, id) where phy_id is null"),
    ] {
        let index = format!(
            "create index comm_logs_{:08}_by_{name} on comm_logs_current {rest}",
            day.0
        );
        run(tx.conn(), index).await?;
    }
    Ok(())
}

async fn show_all(tx: &mut Tx) -> Result<()> {
    let mut view = String::from("create view comm_logs as select * from comm_logs_current");
    for table in days(tx.conn()).await? {
        view.push_str(" union all select * from ");
        view.push_str(&table);
    }
    run(tx.conn(), view).await
}

/// Runs a statement whose text is made here alone: names of days are digits.
async fn run(conn: Conn<'_>, sql: String) -> Result<()> {
    conn.execute(AssertSqlSafe(sql), &[]).await?;
    Ok(())
}
