//! Modules that can be spared: switched off, broken, in the way of nothing.

use crate::scene::{DEVICE, Scene, settings};
use crate::town::{Town, anna};
use app::{AppError, ModuleState};
use domain::breaker::BreakerState;
use domain::order::{OrderStatus, SettleStatus};
use domain::tier::{Module, Switch, Tier};
use domain::trouble::LASTING;
use kernel::Fen;
use store::Db;
use testkit::db::run_sql;

/// The tables of the modules that may rest; the others have none of their own.
const TABLES: &[(Module, &[&str])] = &[
    (
        Module::Invoices,
        &[
            "invoices",
            "invoice_items",
            "invoice_orders",
            "invoice_tasks",
            "invoice_titles",
        ],
    ),
    (
        Module::Promotions,
        &[
            "activities",
            "coupons",
            "coupon_codes",
            "coupon_code_batches",
            "coupon_grants",
            "points_log",
            "checkins",
        ],
    ),
    (Module::Feedback, &["reviews", "complaints", "pictures"]),
    (
        Module::Notices,
        &[
            "messages",
            "notice_channels",
            "notices",
            "alarm_mutes",
            "sms_log",
        ],
    ),
    (
        Module::Analytics,
        &[
            "kpi_counts",
            "kpi_slots",
            "member_days",
            "protocol_days",
            "protocol_violations",
            "session_quality",
        ],
    ),
    (Module::Occupancy, &["occupancy_orders"]),
    (
        Module::Firmware,
        &["firmware_campaigns", "firmware_campaign_devices"],
    ),
    (
        Module::Certification,
        &["certifications", "certification_checks", "certified_models"],
    ),
    (Module::FailureRisks, &["failure_risks", "port_heat"]),
    (Module::Cameras, &["cameras"]),
    (Module::InterfaceCalls, &["interface_calls"]),
];

async fn rename(db: &Db, tables: &[&str], (from, to): (&str, &str)) {
    for table in tables {
        let sql = format!("alter table {table}{from} rename to {table}{to}");
        run_sql(db, &sql).await.expect("renamed");
    }
}

fn state_of(scene: &Scene, module: Module) -> ModuleState {
    let states = scene.app.modules().into_iter();
    let mut states = states.filter(|state| state.module == module);
    states.next().expect("every module is listed")
}

testkit::both_engines! {
    /// Each module that can be spared loses its tables while a member charges: the charge begins,
    /// ends, is billed to the fen, told to webhooks, and the books are right.
    async fn a_charge_does_not_need_what_can_be_spared(db: &Db) {
        let town = Town::new(db).await;
        town.plugs_cost().await;
        let mut pile = town.scene.connect(DEVICE).await;
        for (number, (module, tables)) in TABLES.iter().enumerate() {
            let phone = format!("138001380{number:02}");
            let member = town.member(&phone, 2_000).await;
            let running = town.start(member, 1, 1_000).await.expect("started");
            rename(db, tables, ("", "_gone")).await;
            town.charges(&mut pile, &running, 200).await;
            let done = town.scene.order(running.order_no).await;
            assert_eq!(done.status, OrderStatus::Completed, "{module:?}");
            assert_eq!(done.settle_status, SettleStatus::Settled, "{module:?}");
            assert_eq!(done.final_amount, Some(Fen(300)), "{module:?}");
            assert_eq!(town.wallet(member).await, (1_700, 0), "{module:?}");
            let told = town.scene.told(running.order_no).await;
            assert!(told.iter().any(|kind| kind == "order.completed"), "{module:?}: {told:?}");
            rename(db, tables, ("_gone", "")).await;
            town.books_are_right().await;
            town.unplugs(&pile, 1, 30).await;
        }
    }

    /// A bill whose reductions cannot be worked out is one at full price, and somebody is told.
    async fn a_bill_without_its_reductions_is_looked_at(db: &Db) {
        let town = Town::new(db).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let member = town.member("13800138000", 2_000).await;
        let order = town.start(member, 1, 1_000).await.expect("started");
        rename(db, &["activities"], ("", "_gone")).await;
        town.charges(&mut pile, &order, 200).await;
        assert_eq!(town.scene.order(order.order_no).await.final_amount, Some(Fen(300)));
        assert_eq!(town.scene.open_alarms().await, ["billing_mismatch"]);
        let ledger = state_of(&town.scene, Module::Ledger);
        assert_eq!(ledger.word(), "failing");
        let work = ledger.works.iter().find(|work| work.name == "reductions_of_bills");
        assert!(work.expect("noted").error.contains("refused a statement"));
        rename(db, &["activities"], ("_gone", "")).await;
        town.books_are_right().await;
    }

    /// What fails ten times is left alone for a minute, then tried once.
    async fn a_breaker_opens_and_closes(db: &Db) {
        let town = Town::new(db).await;
        let mut pile = town.scene.connect(DEVICE).await;
        rename(db, &["session_quality"], ("", "_gone")).await;
        let breaker = |town: &Town| {
            let analytics = state_of(&town.scene, Module::Analytics);
            let work = analytics.works.into_iter().find(|work| work.name == "quality_of_sessions");
            work.and_then(|work| work.breaker).map(BreakerState::as_str)
        };
        for number in 0..10 {
            let member = town.member(&format!("138001380{number:02}"), 2_000).await;
            let order = town.start(member, 1, 1_000).await.expect("started");
            town.charges(&mut pile, &order, 200).await;
            town.unplugs(&pile, 1, 5).await;
        }
        assert_eq!(breaker(&town), Some("open"));
        rename(db, &["session_quality"], ("_gone", "")).await;
        town.scene.advance(61);
        assert_eq!(breaker(&town), Some("half_open"));
        let member = town.member("13800138099", 2_000).await;
        let order = town.start(member, 1, 1_000).await.expect("started");
        town.charges(&mut pile, &order, 200).await;
        assert_eq!(breaker(&town), Some("closed"));
        town.books_are_right().await;
    }

    /// An operator switches modules off and on; what charging needs is refused. Another program on
    /// the same database does as it was decided.
    async fn a_switch_is_kept(db: &Db) {
        let scene = Scene::new(db).await;
        for module in Module::ALL {
            let outcome = scene.app.switch_module(&anna(), *module, Some(Switch::Off)).await;
            if module.tier() <= Tier::Key {
                let refused = outcome.expect_err("never switched off");
                assert!(matches!(refused, AppError::Semantic { .. }), "{refused}");
                assert!(!scene.app.rests(*module));
            } else {
                assert_eq!(outcome.expect("switched").word(), "off", "{module:?}");
                assert!(scene.app.rests(*module));
            }
        }
        let clock = scene.clock.clone();
        let again = Scene::restarted(db, settings(), clock).await;
        again.app.load_decisions().await.expect("read");
        assert!(again.app.rests(Module::Cameras));
        let state = again.app.switch_module(&anna(), Module::Cameras, None).await;
        assert_eq!(state.expect("switched").word(), "ok");
        assert!(scene.app.rests(Module::Cameras), "not read yet");
        scene.app.load_decisions().await.expect("read");
        assert!(!scene.app.rests(Module::Cameras));
    }

    /// A member who charges while notices rest is not told, and charges all the same.
    async fn what_rests_is_left_out(db: &Db) {
        let town = Town::new(db).await;
        let off = Some(Switch::Off);
        town.scene.app.switch_module(&anna(), Module::Notices, off).await.expect("switched");
        let mut pile = town.scene.connect(DEVICE).await;
        let member = town.member("13800138000", 2_000).await;
        let order = town.start(member, 1, 1_000).await.expect("started");
        town.charges(&mut pile, &order, 200).await;
        assert_eq!(town.scene.order(order.order_no).await.final_amount, Some(Fen(300)));
        let mut view = db.view().await.expect("a connection");
        let told = store::messages::unread(view.conn(), member).await.expect("read");
        assert_eq!(told, 0);
    }
}

/// A database that is away for two minutes is trouble; two minutes after it is back, everything
/// runs again. Those who are told of the trouble are told all the while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trouble_lets_rest_what_can_be_spared() {
    let test = testkit::db::TestDb::sqlite().await.expect("a SQLite file");
    let options = store::DbOptions {
        acquire_timeout: std::time::Duration::from_millis(100),
        ..store::DbOptions::new(test.target())
    };
    let db = Db::connect_with(&options).await.expect("the same file");
    let scene = Scene::new(&db).await;
    scene.app.look_for_trouble().await.expect("no trouble");
    let hold = db.begin().await.expect("the writer");
    assert!(scene.app.look_for_trouble().await.is_err());
    assert!(!scene.app.rests(Module::Analytics), "it has not lasted");
    scene.clock.advance(LASTING);
    assert!(scene.app.look_for_trouble().await.is_err());
    for module in Module::ALL {
        let rests = module.tier() >= Tier::General && *module != Module::Notices;
        assert_eq!(scene.app.rests(*module), rests, "{module:?}");
    }
    let cameras = state_of(&scene, Module::Cameras);
    assert_eq!(
        (cameras.word(), cameras.trouble_since),
        ("resting", Some(scene.app.now()))
    );
    drop(hold);
    scene.app.look_for_trouble().await.expect("answered");
    assert!(scene.app.rests(Module::Analytics), "not at once");
    scene.clock.advance(LASTING);
    scene.app.look_for_trouble().await.expect("answered");
    assert!(!scene.app.rests(Module::Analytics));
    db.close().await;
    test.remove().await.expect("the file is removed");
}
