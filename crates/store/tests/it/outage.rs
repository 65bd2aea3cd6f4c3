//! A database that goes away is reported as such, and used again when it is back.

use crate::fixtures::NOW;
use std::time::Duration;
use store::{Db, DbOptions, StoreError, settings};
use testkit::db::{PgServer, TestDb};

async fn write(db: &Db) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    settings::put(tx.conn(), "a", &serde_json::json!(1), "test", NOW).await?;
    tx.commit().await
}

async fn read(db: &Db) -> Result<(), StoreError> {
    let mut lease = db.view().await?;
    settings::get(lease.conn(), "a").await.map(|_| ())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_restarts_is_found_again() {
    let server = tokio::task::spawn_blocking(PgServer::start)
        .await
        .expect("no panic")
        .expect("PostgreSQL");
    let options = DbOptions {
        acquire_timeout: Duration::from_millis(1500),
        pg_connections: 8,
        ..DbOptions::new(server.url())
    };
    let db = Db::connect_with(&options).await.expect("connected");
    db.migrate().await.expect("migrated");
    // All connections of the pool have been used, so all are dead after the restart.
    let mut all = Vec::new();
    for _ in 0..8 {
        all.push(db.direct().await.expect("a connection"));
    }
    drop(all);
    write(&db).await.expect("it works");

    server.kill().expect("killed");
    for _ in 0..3 {
        let error = write(&db).await.expect_err("nobody is there");
        assert!(error.is_unavailable(), "{}", error.cause());
        let error = read(&db).await.expect_err("nobody is there");
        assert!(error.is_unavailable(), "{}", error.cause());
    }

    server.resume().expect("started");
    write(&db)
        .await
        .expect("the first transaction finds it again");
    tokio::time::sleep(Duration::from_millis(1100)).await;
    read(&db).await.expect("so does the first read");

    server.stop().expect("stopped");
    server.resume().expect("started");
    write(&db)
        .await
        .expect("a restart between two transactions is not noticed");
    db.close().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_reported_in_time() {
    let options = DbOptions {
        acquire_timeout: Duration::from_millis(300),
        ..DbOptions::new("postgres://nobody@127.0.0.1:1/none")
    };
    let error = Db::connect_with(&options)
        .await
        .expect_err("nobody listens");
    assert!(error.is_unavailable(), "{}", error.cause());
}

#[tokio::test]
async fn a_writer_that_holds_on_does_not_hold_the_others_for_ever() {
    let test = TestDb::sqlite().await.expect("SQLite");
    let options = DbOptions {
        acquire_timeout: Duration::from_millis(200),
        ..DbOptions::new(test.target())
    };
    let db = Db::connect_with(&options).await.expect("connected");
    let held = db.begin().await.expect("the writer");
    let error = db.begin().await.expect_err("there is one writer");
    assert!(error.is_unavailable(), "{}", error.cause());
    read(&db).await.expect("readers read beside it");
    drop(held);
    write(&db).await.expect("free again");
    db.close().await;
    test.remove().await.expect("removed");
}

#[tokio::test]
async fn addresses_that_make_no_sense_are_refused() {
    for target in [
        "",
        "mysql://x/y",
        "sqlite::memory:",
        "postgres://h:notaport/x",
    ] {
        let error = Db::connect(target).await.expect_err("refused");
        assert!(
            matches!(error, StoreError::BadAddress { .. }),
            "{target}: {error:?}"
        );
    }
}

testkit::both_engines! {
    async fn what_is_not_committed_is_gone(db: &Db) {
        let mut tx = db.begin().await.expect("a transaction");
        settings::put(tx.conn(), "a", &serde_json::json!(1), "test", NOW).await.expect("ok");
        drop(tx);
        let mut lease = db.direct().await.expect("the connection is free again");
        assert_eq!(settings::get(lease.conn(), "a").await.expect("ok"), None);
    }
}
