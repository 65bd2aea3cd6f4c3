//! A database of any age becomes one of today, with everything that was in it.

use kernel::PhyId;
use std::time::{Duration, Instant};
use store::{Db, PageRequest, StoreError, Tx, schema_versions};
use testkit::db::TestDb;

const DEVICE: &str = "82210225000520";
const ORDER: &str = "THD1729407600001";
/// Orders of the large database.
const MANY: i64 = 100_000;
/// A filled database of that size must be migrated in this time on two cores.
const LARGE_TIME_MAX: Duration = Duration::from_mins(1);

/// What stands in a database, by the first schema that has its table; `{now}` is an instant.
const ROWS: &[(i64, &str)] = &[
    (
        1,
        "insert into devices (phy_id, status, created_at, updated_at) \
         values ('82210225000520', 'active', {now}, {now})",
    ),
    (
        1,
        "insert into ports (device_id, port_no, created_at, updated_at) values (1, 1, {now}, {now})",
    ),
    (
        2,
        "insert into orders (order_no, device_id, phy_id, port_no, status, source, charge_mode, \
         amount, created_at, updated_at, tariff_snapshot) values ('THD1729407600001', 1, \
         '82210225000520', 1, 'charging', 'third', 1, 1000, {now}, {now}, \
         '{\"price_per_kwh\":150,\"service_fee\":100,\"service_fee_mode\":\"informational\"}')",
    ),
    (
        3,
        "insert into commands (device_id, phy_id, cmd, payload, priority, created_at, updated_at) \
         values (1, '82210225000520', 'restart', '\"restart\"', 5, {now}, {now})",
    ),
    (
        6,
        "insert into alarms (code, level, object_type, object_id, device_id, message, first_at, \
         last_at) values ('device_offline', 'W', 'device', '82210225000520', 1, 'away', {now}, \
         {now})",
    ),
];

/// Frames of the communication log: its table has another name from schema 10 on.
const FRAME: &str = "insert into {table} (at, ip, phy_id, direction, type, raw_hex) \
     values ({now}, '192.0.2.7', '82210225000520', 'up', 'status', 'FCFE')";

async fn run(db: &Db, sql: &str) {
    let now = if db.is_postgres() {
        "now()"
    } else {
        "1729407600000"
    };
    let sql = sqlx::AssertSqlSafe(sql.replace("{now}", now));
    let mut tx = db.begin().await.expect("a transaction");
    match &mut tx {
        Tx::Sqlite(tx) => drop(
            sqlx::query(sql)
                .execute(&mut **tx)
                .await
                .expect("a statement"),
        ),
        Tx::Pg(tx) => drop(
            sqlx::query(sql)
                .execute(&mut **tx)
                .await
                .expect("a statement"),
        ),
    }
    tx.commit().await.expect("committed");
}

/// Puts into a database what its schema has room for.
async fn fill(db: &Db, version: i64) {
    for (since, sql) in ROWS {
        if *since <= version {
            run(db, sql).await;
        }
    }
    if version >= 6 {
        let table = if version >= 10 {
            "comm_logs_current"
        } else {
            "comm_logs"
        };
        run(db, &FRAME.replace("{table}", table)).await;
    }
}

/// Everything that was put in is read by today's program.
async fn look(db: &Db, version: i64) {
    assert_eq!(
        db.schema_version().await.expect("readable"),
        schema_versions().last().copied()
    );
    let phy_id: PhyId = DEVICE.parse().expect("an id");
    let mut view = db.view().await.expect("a connection");
    let device = store::devices::find_by_phy_id(view.conn(), &phy_id).await;
    let device = device.expect("readable").expect("the device");
    assert_eq!(
        store::ports::all(view.conn())
            .await
            .expect("readable")
            .len(),
        1
    );
    if version >= 2 {
        let number = ORDER.parse().expect("a number");
        let order = store::orders::find_by_no(view.conn(), number).await;
        let order = order.expect("readable").expect("the order");
        assert_eq!(
            (order.amount.0, order.terms.price_per_kwh),
            (1000, Some(150))
        );
    }
    if version >= 3 {
        let open = store::commands::queue_length(view.conn(), device.id).await;
        assert_eq!(open.expect("readable"), 1, "from schema {version}");
    }
    if version >= 6 {
        let alarms = store::alarms::list_open_of_devices(view.conn()).await;
        assert_eq!(alarms.expect("readable").len(), 1);
        let filter = store::comm_logs::CommLogFilter::default();
        let page = PageRequest { page: 1, size: 20 };
        let frames = store::comm_logs::list(view.conn(), &filter, page).await;
        assert_eq!(
            frames.expect("readable").items.len(),
            1,
            "from schema {version}"
        );
    }
    drop(view);
    db.ping().await.expect("it can write");
}

async fn from_every_age(postgres: bool) {
    for version in schema_versions() {
        let test = if postgres {
            TestDb::empty_postgres().await.expect("a database")
        } else {
            TestDb::empty_sqlite().await.expect("a file")
        };
        let db = &test.db;
        assert_eq!(db.schema_version().await.expect("readable"), None);
        db.migrate_up_to(version)
            .await
            .expect("a schema of that age");
        assert_eq!(db.schema_version().await.expect("readable"), Some(version));
        fill(db, version).await;
        db.migrate().await.expect("brought up to date");
        look(db, version).await;
        test.remove().await.expect("removed");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_every_age_is_brought_up_to_date() {
    from_every_age(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_database_of_every_age_is_brought_up_to_date() {
    from_every_age(true).await;
}

/// The oldest schema that has orders, filled with many.
async fn large(test: TestDb) {
    let db = &test.db;
    db.migrate_up_to(2).await.expect("an old schema");
    fill(db, 2).await;
    let number = if db.is_postgres() {
        "'THD' || lpad((1629407600000 + i)::text, 13, '0')"
    } else {
        "'THD' || printf('%013d', 1629407600000 + i)"
    };
    let many = format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {MANY}) \
         insert into orders (order_no, device_id, phy_id, port_no, status, source, charge_mode, \
         amount, created_at, updated_at, tariff_snapshot, final_amount) select {number}, 1, \
         '{DEVICE}', 1, 'completed', 'third', 1, 1000, {{now}}, {{now}}, '{{\"price_per_kwh\":150,\
         \"service_fee\":100,\"service_fee_mode\":\"informational\"}}', 785 from n"
    );
    let many = if db.is_postgres() {
        // The text of a statement is no json by itself.
        many.replace("'{\"", "cast('{\"")
            .replace("}', 785", "}' as jsonb), 785")
    } else {
        many
    };
    run(db, &many).await;
    let begun = Instant::now();
    db.migrate().await.expect("brought up to date");
    let took = begun.elapsed();
    println!("{}: {MANY} orders migrated in {took:.1?}", db.engine());
    assert!(took < LARGE_TIME_MAX, "{took:?}");
    look(db, 2).await;
    let mut view = db.view().await.expect("a connection");
    let count = store::orders::count(view.conn(), domain::order::OrderStatus::Completed).await;
    assert_eq!(count.expect("readable"), MANY);
    drop(view);
    test.remove().await.expect("removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_is_migrated_in_bounded_time() {
    large(TestDb::empty_sqlite().await.expect("a file")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_server_database_is_migrated_in_bounded_time() {
    large(TestDb::empty_postgres().await.expect("a database")).await;
}

testkit::both_engines! {
    /// An older program must not touch what a newer one has written.
    async fn a_newer_schema_is_refused_in_a_clear_sentence(db: &Db) {
        let newest = schema_versions().last().copied().expect("there are some");
        let row = "insert into _sqlx_migrations (version, description, installed_on, success, \
             checksum, execution_time) select 9999, 'future', installed_on, success, checksum, \
             execution_time from _sqlx_migrations where version = 1";
        run(db, row).await;
        match db.migrate().await {
            Err(error @ StoreError::TooNew { found: 9999, known }) => {
                assert_eq!(known, newest);
                let text = error.to_string();
                assert!(text.contains("schema 9999"), "{text}");
                assert!(text.contains("newer program"), "{text}");
            }
            other => panic!("{other:?}"),
        }
        db.ping().await.expect("it is untouched");
    }
}
