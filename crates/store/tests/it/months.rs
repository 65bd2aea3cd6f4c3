//! Partitions of PostgreSQL by month.

use crate::fixtures::device;
use kernel::Timestamp;
use std::time::Duration;
use store::{Db, commands, curves, months};
use testkit::db::{TestDb, run_sql};

const DAY: Duration = Duration::from_hours(24);

/// A command of a month of the business calendar, so many months from now.
const COMMAND: &str = "insert into commands (device_id, phy_id, cmd, payload, priority, state, \
     created_at, updated_at) select 1, '82210225000520', 'restart', '\"restart\"', 5, 'queued', \
     at, at from (select (date_trunc('month', now() at time zone 'Asia/Shanghai') \
     + interval '{months} months') at time zone 'Asia/Shanghai' as at) as moment";

async fn command(db: &Db, months: i32) {
    let sql = COMMAND.replace("{months}", &months.to_string());
    run_sql(db, &sql).await.expect("a command");
}

async fn texts(db: &Db, sql: &'static str) -> Vec<String> {
    let Db::Pg(database) = db else {
        panic!("PostgreSQL alone has partitions");
    };
    let rows = sqlx::query_scalar(sql).fetch_all(&database.pool()).await;
    rows.expect("rows")
}

/// The partitions of a table that hold commands, in the order of these.
async fn places(db: &Db) -> Vec<String> {
    texts(
        db,
        "select tableoid::regclass::text from commands order by id",
    )
    .await
}

/// The partitions that are months.
async fn partitions(db: &Db) -> Vec<String> {
    let sql = "select inhrelid::regclass::text as name from pg_inherits \
        where inhparent in ('commands'::regclass, 'order_curves'::regclass) \
        and inhrelid::regclass::text ~ '_m[0-9]{6}$' order by name";
    texts(db, sql).await
}

/// `YYYYMM` of this month and the two after it.
async fn calendar(db: &Db) -> [String; 3] {
    let sql = "select to_char((now() at time zone 'Asia/Shanghai')::date \
        - extract(day from now() at time zone 'Asia/Shanghai')::int + 1 \
        + make_interval(months => later), 'YYYYMM') from generate_series(0, 2) as later";
    texts(db, sql).await.try_into().expect("three months")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn months_are_prepared_and_dropped_as_a_whole() {
    let test = TestDb::postgres().await.expect("a PostgreSQL database");
    let db = &test.db;
    device(db, "82210225000520").await;
    let [this, next, after] = calendar(db).await;
    let [commands_of, curves_of] = ["commands_m", "order_curves_m"];
    assert_eq!(
        partitions(db).await,
        [commands_of, curves_of].map(|table| format!("{table}{this}"))
    );
    // One comes before its month has a partition, one from long ago.
    command(db, 1).await;
    command(db, -30).await;
    let [first, second] = [
        format!("{commands_of}{this}"),
        format!("{commands_of}{next}"),
    ];
    assert_eq!(places(db).await, ["commands_rest", &first]);
    let now = texts(db, "select extract(epoch from now())::bigint::text").await;
    let now = Timestamp::from_unix_seconds(now[0].parse().expect("seconds"));
    for _ in 0..2 {
        months::prepare(db, now).await.expect("prepared, once");
    }
    let prepared: Vec<String> = [commands_of, curves_of]
        .iter()
        .flat_map(|table| [&this, &next, &after].map(|month| format!("{table}{month}")))
        .collect();
    assert_eq!(partitions(db).await, prepared);
    assert_eq!(places(db).await, [second.clone(), first]);
    // A month with something that still waits is kept, and so is the present one.
    let drop_before = async |at| {
        let dropped = months::drop_before(db, months::COMMANDS, at).await;
        dropped.expect("dropped")
    };
    assert_eq!(drop_before(now).await, 0);
    assert_eq!(drop_before(now + DAY * 31).await, 0);
    run_sql(
        db,
        "update commands set state = 'acked' where created_at < now()",
    )
    .await
    .expect("over");
    assert_eq!(drop_before(now + DAY * 31).await, 1);
    assert_eq!(places(db).await, [second]);
    assert_eq!(
        months::drop_before(db, months::CURVES, now + DAY * 100)
            .await
            .expect("dropped"),
        3
    );
    // What no month was prepared for is deleted by rows.
    command(db, -30).await;
    run_sql(
        db,
        "update commands set state = 'acked' where created_at < now()",
    )
    .await
    .expect("over");
    let mut lease = db.direct().await.expect("a connection");
    let gone = commands::purge(lease.conn(), now, 10).await;
    assert_eq!(gone.expect("purged"), 1);
    assert_eq!(
        curves::purge(lease.conn(), now, 10).await.expect("purged"),
        0
    );
    drop(lease);
    test.remove().await.expect("the database is dropped");
}
