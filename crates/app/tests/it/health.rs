//! What is told of the program itself, on both engines.

use crate::scene::{DEVICE, NOON, Scene, end};
use app::{BackupRules, Health, Settings, health_page};
use device::ChargeKey;
use domain::health::{Condition, Level};
use domain::tier::{Module, Switch};
use kernel::Timestamp;
use serde_json::json;
use std::time::Duration;
use store::alarms::{self, NewAlarm};
use store::events::{self, NewEvent, Target};
use store::{Db, DbOptions};
use testkit::db::TestDb;

fn named<'a>(health: &'a Health, what: &str) -> &'a Condition {
    let found = health.conditions.iter().find(|one| one.what == what);
    found.unwrap_or_else(|| panic!("{what}: {:#?}", health.conditions))
}

fn about(code: &str, level: &str, (object_type, object_id): (&str, &str)) -> NewAlarm {
    NewAlarm {
        code: code.to_owned(),
        level: level.to_owned(),
        object_type: object_type.to_owned(),
        object_id: object_id.to_owned(),
        device_id: None,
        port_no: None,
        order_no: None,
        message: code.to_owned(),
        details: json!({}),
        at: NOON,
    }
}

async fn raise(db: &Db, alarm: &NewAlarm) {
    let mut tx = db.begin().await.expect("a transaction");
    alarms::raise(tx.conn(), alarm).await.expect("raised");
    tx.commit().await.expect("committed");
}

async fn webhook_of(db: &Db, at: Timestamp) {
    let event = NewEvent {
        event_type: "device.online".into(),
        order_no: None,
        device_id: None,
        phy_id: None,
        port_no: None,
        data: json!({}),
        at,
        targets: vec![Target {
            url: "https://example.com/hook".to_owned(),
            api_key_id: None,
        }],
    };
    let mut tx = db.begin().await.expect("a transaction");
    events::insert(tx.conn(), &[event]).await.expect("written");
    tx.commit().await.expect("committed");
}

testkit::both_engines! {
    async fn a_program_that_has_just_begun_is_well(db: &Db) {
        let scene = Scene::new(db).await;
        let health = scene.app.health(true).await;
        assert_eq!(health.level, Level::Info, "{:#?}", health.conditions);
        let doubtful = health.conditions.iter().filter(|one| one.level != Level::Fine);
        for one in doubtful {
            assert!(["notices", "backups"].contains(&one.what.as_str()), "{one:?}");
        }
        for what in ["database", "connections", "webhooks", "books", "task/consistency"] {
            assert_eq!(named(&health, what).level, Level::Fine, "{what}");
        }
        let deaf = scene.app.health(false).await;
        assert_eq!(named(&deaf, "connections").level, Level::Critical);
        assert_eq!(deaf.conditions[0].what, "connections", "the worst comes first");
    }

    async fn tasks_that_do_not_run_are_told_with_when_they_were_due(db: &Db) {
        let scene = Scene::new(db).await;
        scene.advance(3600);
        let health = scene.app.health(true).await;
        assert_eq!(named(&health, "task/consistency").level, Level::Warning);
        scene.app.keep_consistent("schedule").await.expect("a database");
        scene.app.look_at_kpis().await.expect("a database");
        let health = scene.app.health(true).await;
        let task = named(&health, "task/consistency");
        assert_eq!((task.level, task.since), (Level::Fine, None), "{task:?}");
        assert!(named(&health, "database").words.en.contains("95 % within"), "measured");
    }

    async fn modules_that_rest_are_told_with_who_decided_it(db: &Db) {
        let scene = Scene::new(db).await;
        assert_eq!(named(&scene.app.health(true).await, "module/cameras").level, Level::Fine);
        let off = Some(Switch::Off);
        let actor = app::staff::Actor::trusted("anna");
        scene.app.switch_module(&actor, Module::Cameras, off).await.expect("switched");
        let health = scene.app.health(true).await;
        let cameras = named(&health, "module/cameras");
        assert_eq!((cameras.level, cameras.since), (Level::Warning, Some(NOON)));
        assert!(cameras.words.zh.contains("anna") && cameras.words.en.contains("anna"));
    }

    async fn open_alarms_about_the_program_are_told_once(db: &Db) {
        let scene = Scene::new(db).await;
        raise(db, &about("ledger_invariant", "C", ("ledger", "journal_balances"))).await;
        raise(db, &about("clock_jump", "W", ("system", "clock"))).await;
        raise(db, &about("webhook_backlog", "W", ("system", "webhooks"))).await;
        raise(db, &about("kpi_warning", "W", ("kpi", "complaint_rate/7"))).await;
        raise(db, &about("payment_mismatch", "C", ("payment", "P1"))).await;
        let health = scene.app.health(true).await;
        assert_eq!(health.level, Level::Critical);
        let books = named(&health, "books");
        assert_eq!((books.level, books.since), (Level::Critical, Some(NOON)));
        assert!(books.words.zh.contains("journal_balances"), "{books:?}");
        let webhooks = named(&health, "webhooks");
        assert_eq!((webhooks.level, webhooks.since), (Level::Warning, Some(NOON)));
        let clock = named(&health, "alarm/clock_jump/clock");
        assert_eq!(clock.words.zh, "系统时钟跳变（clock）");
        let alarms = health.conditions.iter().filter(|one| one.what.starts_with("alarm/"));
        assert_eq!(alarms.count(), 1, "what a part has told, and what is about a station or a payment");
        let page = health_page(&health);
        assert!(page.contains("class=\"failed\"") && page.contains("journal_balances"), "{page}");
    }

    async fn a_webhook_that_hangs_is_told_with_since_when(db: &Db) {
        let scene = Scene::new(db).await;
        webhook_of(db, NOON).await;
        scene.advance(60);
        let health = scene.app.health(true).await;
        assert_eq!(named(&health, "webhooks").level, Level::Fine, "it waits its turn");
        scene.advance(3600);
        let health = scene.app.health(true).await;
        let webhooks = named(&health, "webhooks");
        assert_eq!((webhooks.level, webhooks.since), (Level::Warning, Some(NOON)));
        assert!(webhooks.words.en.starts_with("1 webhooks wait"), "{webhooks:?}");
    }

    async fn a_database_that_is_away_is_told(db: &Db) {
        let scene = Scene::new(db).await;
        db.close().await;
        let health = scene.app.health(true).await;
        assert_eq!(health.conditions[0].what, "database");
        assert_eq!(health.level, Level::Critical);
        let asked = health.conditions.iter().any(|one| one.what == "books");
        assert!(!asked, "nothing is said of what cannot be seen");
    }
}

/// Copies that are missed are told as well as those that are only wished for by hand.
#[tokio::test]
async fn a_copy_that_was_not_made_is_told() {
    let test = TestDb::sqlite().await.expect("a SQLite file");
    let folder = std::env::temp_dir().join(format!("openpile-health-{}", std::process::id()));
    let settings = Settings {
        backups: BackupRules {
            folder: folder.clone(),
            every: Some(Duration::from_hours(6)),
            keep: 2,
        },
        ..Settings::default()
    };
    let clock = std::sync::Arc::new(kernel::ManualClock::at(NOON));
    let scene = Scene::restarted(&test.db, settings, clock).await;
    let health = scene.app.health(true).await;
    assert_eq!(named(&health, "backups").level, Level::Fine);
    scene.advance(7 * 3600);
    let health = scene.app.health(true).await;
    let late = named(&health, "backups");
    assert_eq!(late.level, Level::Critical);
    assert_eq!(late.since, Some(NOON + Duration::from_mins(375)));
    scene.app.back_up("test").await.expect("copied");
    let health = scene.app.health(true).await;
    assert_eq!(named(&health, "backups").level, Level::Fine);
    std::fs::remove_dir_all(folder).expect("removed");
    test.remove().await.expect("removed");
}

/// Live values that cannot be written are told with when that began; and no more once they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_cannot_be_written_are_told() {
    let test = TestDb::sqlite().await.expect("a SQLite file");
    let options = DbOptions {
        acquire_timeout: Duration::from_secs(2),
        ..DbOptions::new(test.target())
    };
    let db = Db::connect_with(&options).await.expect("the same file");
    let scene = Scene::new(&db).await;
    let mut pile = scene.connect(DEVICE).await;
    let order = scene.start(1).await.expect("accepted").order;
    pile.begins(&order).await;
    pile.progresses(order.order_no, 1, 30, 5).await;
    let hold = db.begin().await.expect("the writer");
    assert!(!scene.app.flush().await);
    scene.advance(30);
    assert!(!scene.app.flush().await);
    let health = scene.app.health(true).await;
    let values = named(&health, "task/live_values");
    assert_eq!(values.level, Level::Critical);
    assert!(values.since.expect("a beginning") < health.at);
    drop(hold);
    assert!(scene.app.flush().await);
    let health = scene.app.health(true).await;
    assert_eq!(named(&health, "task/live_values").level, Level::Fine);
    let ended = pile
        .ends(end(ChargeKey::Order(order.order_no), 1, 60, 5))
        .await;
    assert!(ended.is_some());
    db.close().await;
    test.remove().await.expect("removed");
}
