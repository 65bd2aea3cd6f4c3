//! A database that is away and comes back.

use crate::scene::{DEVICE, Scene, end};
use app::AppError;
use device::{Answer, ChargeKey};
use domain::order::OrderStatus;
use kernel::Fen;
use std::time::Duration;
use store::{Db, DbOptions};
use testkit::db::TestDb;

/// The same SQLite file, opened with little patience, and a way to hold its only writer.
async fn impatient(test: &TestDb) -> Db {
    let options = DbOptions {
        acquire_timeout: Duration::from_millis(200),
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
        tokio::time::sleep(Duration::from_millis(700)).await;
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
