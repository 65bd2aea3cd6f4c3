//! Copies of the embedded database.

use crate::scene::{NOON, Scene, settings};
use app::{AppError, BackupRules, Settings};
use kernel::ManualClock;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::Db;
use store::backup::{self, BackupFault};
use testkit::db::TestDb;

fn with_folder(folder: PathBuf) -> Settings {
    Settings {
        backups: BackupRules {
            folder,
            every: Some(Duration::from_hours(6)),
            keep: 2,
        },
        ..settings()
    }
}

pub(crate) fn beside(test: &TestDb, name: &str) -> PathBuf {
    let file = PathBuf::from(test.target());
    file.parent().expect("a folder").join(name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_holds_what_was_committed_and_the_old_ones_go() {
    let test = TestDb::sqlite().await.expect("a file");
    let folder = beside(&test, "copies");
    let scene = Scene::with(&test.db, with_folder(folder.clone())).await;
    let _pile = scene.connect(crate::scene::DEVICE).await;
    let order = scene.start(1).await.expect("accepted").order;
    let made = scene.app.back_up("anna").await.expect("a copy");
    assert_eq!(made.name, "openpile-20241020-150000.db");
    let file = folder.join(&made.name);
    let checked = backup::check(&file).await.expect("sound");
    assert_eq!(checked.bytes, made.bytes);

    let copy = Db::connect(&file.display().to_string())
        .await
        .expect("it opens");
    let mut view = copy.view().await.expect("a connection");
    let found = store::orders::find_by_no(view.conn(), order.order_no).await;
    assert_eq!(
        found.expect("readable").expect("the order").port_no,
        order.port_no
    );
    drop(view);
    copy.close().await;

    assert!(
        !scene.app.back_up_if_due().await.expect("looked"),
        "six hours are not over"
    );
    for _ in 0..2 {
        scene.advance(6 * 3600);
        assert!(scene.app.back_up_if_due().await.expect("a copy"));
    }
    let names: Vec<String> = scene
        .app
        .list_backups()
        .expect("readable")
        .into_iter()
        .map(|copy| copy.name)
        .collect();
    assert_eq!(
        names,
        ["openpile-20241021-030000.db", "openpile-20241020-210000.db"]
    );
    test.remove().await.expect("removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_fails_is_an_alarm_until_one_succeeds() {
    let test = TestDb::sqlite().await.expect("a file");
    let folder = beside(&test, "blocked");
    std::fs::write(&folder, b"a file where the folder should be").expect("written");
    let scene = Scene::with(&test.db, with_folder(folder.clone())).await;
    let failed = scene.app.back_up("anna").await;
    assert!(matches!(failed, Err(AppError::Internal(_))), "{failed:?}");
    assert_eq!(scene.open_alarms().await, ["backup_failed"]);
    std::fs::remove_file(&folder).expect("removed");
    scene.app.back_up("anna").await.expect("a copy");
    assert_eq!(scene.open_alarms().await, Vec::<String>::new());
    test.remove().await.expect("removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_never_replaces_a_file_unasked_and_damage_is_found() {
    let test = TestDb::sqlite().await.expect("a file");
    let file = beside(&test, "copy.db");
    std::fs::write(&file, b"something else").expect("written");
    let refused = backup::write(&test.db, &file, false).await;
    assert!(
        matches!(refused, Err(BackupFault::Exists(_))),
        "{refused:?}"
    );
    assert_eq!(
        std::fs::read(&file).expect("still there"),
        b"something else"
    );
    let no_database = backup::check(&file).await;
    assert!(
        matches!(no_database, Err(BackupFault::Damaged { .. })),
        "{no_database:?}"
    );
    backup::write(&test.db, &file, true)
        .await
        .expect("replaced");
    let mut bytes = std::fs::read(&file).expect("readable");
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 8192] {
        *byte = 0xA5;
    }
    std::fs::write(&file, bytes).expect("written");
    let damaged = backup::check(&file).await;
    assert!(
        matches!(damaged, Err(BackupFault::Damaged { .. })),
        "{damaged:?}"
    );
    let missing = backup::check(&beside(&test, "nowhere.db")).await;
    assert!(
        matches!(missing, Err(BackupFault::File { .. })),
        "{missing:?}"
    );
    test.remove().await.expect("removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_servers_database_is_left_to_its_own_tools() {
    let test = TestDb::postgres().await.expect("a database");
    let clock = Arc::new(ManualClock::at(NOON));
    let settings = with_folder(std::env::temp_dir().join("never-written"));
    let scene = Scene::among(&test.db, settings, clock, app::Outside::default()).await;
    let refused = scene.app.back_up("anna").await;
    assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
    assert_eq!(scene.open_alarms().await, Vec::<String>::new());
    test.remove().await.expect("removed");
}
