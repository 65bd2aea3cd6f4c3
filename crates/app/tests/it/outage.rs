//! A database that is away and comes back.

use crate::backups::beside;
use crate::scene::{DEVICE, Scene, end, settings};
use app::{AppError, Settings};
use device::{Answer, ChargeKey};
use domain::order::OrderStatus;
use kernel::Fen;
use std::path::{Path, PathBuf};
use std::time::Duration;
use store::{Db, DbOptions};
use testkit::db::TestDb;

/// The same SQLite file, opened with little patience, and a way to hold its only writer.
async fn impatient(test: &TestDb) -> Db {
    let options = DbOptions {
        acquire_timeout: Duration::from_secs(1),
        ..DbOptions::new(test.target())
    };
    Db::connect_with(&options).await.expect("the same file")
}

/// While nobody can write, a device is not answered; when writing works again, it is billed
/// once, and values that were held back in memory arrive.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_wait_for_the_database() {
    let test = TestDb::sqlite().await.expect("a SQLite file");
    let db = impatient(&test).await;
    let scene = Scene::new(&db).await;
    let mut pile = scene.connect(DEVICE).await;
    let order = scene.start(1).await.expect("accepted").order;
    pile.begins(&order).await;
    pile.progresses(order.order_no, 1, 30, 5).await;

    let hold = db.begin().await.expect("the writer");
    scene.app.flush().await;
    assert!(matches!(scene.start(2).await, Err(AppError::Unavailable)));
    let ending = pile.ends(end(ChargeKey::Order(order.order_no), 1, 3600, 523));
    let releasing = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        let before = scene.order(order.order_no).await;
        assert_eq!(
            before.status,
            OrderStatus::Charging,
            "nothing is settled behind our back"
        );
        drop(hold);
    };
    let (answer, ()) = tokio::join!(ending, releasing);
    assert_eq!(answer, Some(Answer::Stored));
    let done = scene.order(order.order_no).await;
    assert_eq!(
        (done.status, done.final_amount),
        (OrderStatus::Completed, Some(Fen(785)))
    );
    scene.app.flush().await;
    assert!(scene.port(1).await.current_order_no.is_none());
    assert!(
        scene.start(2).await.is_ok(),
        "the refused start left nothing behind"
    );
    db.close().await;
    test.remove().await.expect("the file is removed");
}

fn spooling(folder: &Path) -> Settings {
    Settings {
        spool: Some(folder.to_path_buf()),
        ..settings()
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

/// With a folder to keep end reports in: the device is thanked while nobody can write, the program
/// may even end, and the charge is billed once by what the report says, repeated or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn end_reports_wait_on_disk() {
    let test = TestDb::sqlite().await.expect("a SQLite file");
    let spool = beside(&test, "spool");
    let db = impatient(&test).await;
    let scene = Scene::with(&db, spooling(&spool)).await;
    let mut pile = scene.connect(DEVICE).await;
    let order = scene.start(1).await.expect("accepted").order;
    pile.begins(&order).await;
    pile.progresses(order.order_no, 1, 30, 5).await;
    scene.app.flush().await;

    let hold = db.begin().await.expect("the writer");
    let report = end(ChargeKey::Order(order.order_no), 1, 3600, 523);
    for _ in 0..2 {
        let answer = pile.ends(report.clone()).await;
        assert_eq!(answer, Some(Answer::Stored), "it is safe");
    }
    assert_eq!(files(&spool).len(), 2, "said twice");
    assert!(scene.app.replay_spool().await.is_err());
    assert_eq!(files(&spool).len(), 2, "everything stays");
    drop(hold);

    // Another program on the same folder: the first one is gone.
    let clock = scene.clock.clone();
    drop((pile, scene));
    let again = Scene::restarted(&db, spooling(&spool), clock).await;
    assert_eq!(again.app.replay_spool().await.expect("settled"), 2);
    assert!(files(&spool).is_empty());
    let done = again.order(order.order_no).await;
    assert_eq!(
        (done.status, done.final_amount, done.provisional),
        (OrderStatus::Completed, Some(Fen(785)), false)
    );
    let told = again.told(order.order_no).await;
    let ended = told.iter().filter(|kind| *kind == "order.completed");
    assert_eq!(ended.count(), 1, "{told:?}");
    assert_eq!(again.app.replay_spool().await.expect("nothing"), 0);
    db.close().await;
    test.remove().await.expect("the file is removed");
}

/// What is no report is laid aside and told of; what waits behind it is settled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spooled_report_that_cannot_be_read_holds_up_nobody() {
    let test = TestDb::sqlite().await.expect("a SQLite file");
    let folder = beside(&test, "spool");
    let db = impatient(&test).await;
    let scene = Scene::with(&db, spooling(&folder)).await;
    let mut pile = scene.connect(DEVICE).await;
    let order = scene.start(1).await.expect("accepted").order;
    pile.begins(&order).await;
    let hold = db.begin().await.expect("the writer");
    let report = end(ChargeKey::Order(order.order_no), 1, 3600, 523);
    assert_eq!(pile.ends(report).await, Some(Answer::Stored));
    drop(hold);
    let clock = scene.clock.clone();
    drop((pile, scene));
    std::fs::write(folder.join("000.json"), "{").expect("written");
    std::fs::write(folder.join("001.part"), "half").expect("written");
    let again = Scene::restarted(&db, spooling(&folder), clock).await;
    assert_eq!(again.app.replay_spool().await.expect("settled"), 1);
    let done = again.order(order.order_no).await;
    assert_eq!(done.final_amount, Some(Fen(785)));
    assert_eq!(again.open_alarms().await, ["settle_error"]);
    let left: Vec<PathBuf> = ["000.refused", "001.part"]
        .map(|name| folder.join(name))
        .into();
    assert_eq!(files(&folder), left);
    db.close().await;
    test.remove().await.expect("the file is removed");
}
