//! A database that nobody can write to for a while.

use crate::scene::{DEVICE, HEARTBEAT, LONG, SETTLEMENT, STATUS, Scene};
use crate::scene::{heartbeat, id, settlement, status};
use app::Settings;
use gateway::Limits;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Heartbeats and status are answered all the while, end reports only afterwards; a line of facts
/// that is full does not deafen the platform.
#[tokio::test]
async fn a_device_is_heard_while_the_database_is_away() {
    let scene = Scene::new(Limits {
        pending_facts_max: 4,
        ..Limits::default()
    })
    .await;
    let mut pile = scene.device(DEVICE).await;
    pile.send(&status(DEVICE, &[0, 0])).await;
    pile.frame(STATUS).await;
    sleep(Duration::from_millis(300)).await;
    let hold = scene.test.db.begin().await.expect("the writer");
    pile.send(&settlement(DEVICE, "THD1600000000001", 1)).await;
    // Each makes a port that has to be stored.
    for ports in 3..=12 {
        pile.send(&status(DEVICE, &vec![0; ports])).await;
    }
    assert!(pile.is_quiet(SETTLEMENT, Duration::from_millis(500)).await);
    for _ in 0..8 {
        pile.send(&heartbeat(DEVICE)).await;
        sleep(Duration::from_secs(1)).await;
    }
    pile.frame(HEARTBEAT).await;
    assert!(scene.app.is_online(&id(DEVICE)));
    drop(hold);
    // The device was not answered and says it again.
    let answered = async {
        loop {
            pile.send(&settlement(DEVICE, "THD1600000000001", 1)).await;
            if !pile.is_quiet(SETTLEMENT, Duration::from_secs(1)).await {
                return;
            }
        }
    };
    timeout(LONG, answered)
        .await
        .expect("acknowledged in the end");
    scene.end().await;
}

/// An end report does not stand behind facts that wait for the database: it goes to the disk and
/// is acknowledged, though nothing before it could be stored.
#[tokio::test]
async fn an_end_report_passes_a_line_that_waits() {
    let spool = tempfile::tempdir().expect("a folder");
    let settings = Settings {
        spool: Some(spool.path().to_owned()),
        ..Settings::default()
    };
    let scene = Scene::of_device(Limits::default(), settings).await;
    let mut pile = scene.device(DEVICE).await;
    let hold = scene.test.db.begin().await.expect("the writer");
    // Each makes a port that has to be stored.
    for ports in 3..=12 {
        pile.send(&status(DEVICE, &vec![0; ports])).await;
    }
    scene
        .until("a fact waits", app::App::waits_for_database)
        .await;
    pile.send(&settlement(DEVICE, "THD1600000000001", 1)).await;
    pile.frame(SETTLEMENT).await;
    let kept = || std::fs::read_dir(spool.path()).expect("a folder").count();
    assert_eq!(kept(), 1, "on disk");
    assert!(scene.app.waits_for_database(), "still");
    drop(hold);
    scene
        .until("nothing waits", |app| !app.waits_for_database())
        .await;
    assert_eq!(scene.app.replay_spool().await.expect("settled"), 1);
    assert_eq!(kept(), 0);
    scene.end().await;
}
