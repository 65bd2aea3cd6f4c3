//! Whether what the platform believes hangs together, and how it mends what does not.

use crate::scene::{DEVICE, Scene, id, port_report};
use app::staff::Actor;
use device::PortState;
use domain::consistency::{Issue, Severity};
use domain::order::OrderStatus;
use kernel::PortNo;
use std::time::{Duration, Instant};
use store::consistency::{FindingFilter, FindingRow};
use store::{Db, PageRequest};

impl Scene {
    async fn findings(&self, open: bool) -> Vec<FindingRow> {
        let filter = FindingFilter {
            open,
            ..FindingFilter::default()
        };
        let actor = Actor::trusted("anna");
        let page = self
            .app
            .list_findings(&actor, &filter, PageRequest::default());
        let mut rows = page.await.expect("readable rows").items;
        rows.sort_by_key(|row| row.id);
        rows
    }

    async fn looks(&self) -> app::ConsistencyReport {
        self.app
            .keep_consistent("schedule")
            .await
            .expect("a database")
    }

    /// What no report of a device did.
    fn bend_port(&self, port: u16, state: PortState) {
        self.app.live().change(&id(DEVICE), |live| {
            live.port_mut(PortNo(port)).memory.state = state;
        });
    }

    async fn open_alarm_levels(&self) -> Vec<(String, String)> {
        let mut view = self.app.db().view().await.expect("a connection");
        let filter = store::alarms::AlarmFilter {
            open: true,
            ..Default::default()
        };
        let rows = store::alarms::list(view.conn(), &filter, PageRequest::default()).await;
        let rows = rows.expect("readable rows").items;
        rows.into_iter().map(|row| (row.code, row.level)).collect()
    }
}

fn kinds(rows: &[FindingRow]) -> Vec<Issue> {
    rows.iter().map(|row| row.issue_type).collect()
}

testkit::both_engines! {
    async fn a_healthy_system_has_no_findings(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        for port in 1..=3 {
            let order = scene.start(port).await.expect("accepted").order;
            pile.begins(&order).await;
        }
        let report = scene.looks().await;
        assert_eq!((report.checked, report.inconsistent), (3, 0));
        assert!(report.found.is_empty(), "{:?}", report.found);
        assert!(scene.findings(false).await.is_empty());
        let runs = scene.app.list_consistency_runs(PageRequest::default()).await;
        let runs = runs.expect("readable rows").items;
        assert_eq!((runs.len(), runs[0].checked), (1, 3));
    }

    /// A2-22 and A2-23, and the healing order: asked, corrected by the device's word.
    async fn a_port_that_disagrees_with_its_order_is_asked_and_corrected(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        while pile.word().is_some() {}
        scene.bend_port(1, PortState::Idle);
        let report = scene.looks().await;
        assert_eq!((report.checked, report.inconsistent), (1, 1));
        let words: Vec<&str> = report.found.iter().map(|found| found.details.as_str()).collect();
        let number = order.order_no;
        assert_eq!(words, [
            format!("Order {number} status=charging but port status=idle"),
            format!("Order {number} is charging but no active port found"),
        ]);
        assert!(pile.word().is_none(), "one look is no proof");
        scene.advance(60);
        scene.looks().await;
        assert!(pile.word().is_some(), "the port is asked");
        let rows = scene.findings(true).await;
        assert_eq!(kinds(&rows), [Issue::OrderPortMismatch, Issue::OrphanedChargingOrder]);
        assert_eq!((rows[0].seen, rows[0].action.as_deref()), (2, Some("port asked")));
        pile.shows(port_report(1, PortState::Charging)).await;
        scene.looks().await;
        assert!(scene.findings(true).await.is_empty());
        let over = scene.findings(false).await;
        assert_eq!(over[0].action.as_deref(), Some("port asked, agrees again"));
        assert_eq!(scene.order(number).await.status, OrderStatus::Charging);
    }

    async fn what_lasts_grows_graver_and_is_alarmed_once_an_order(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        scene.bend_port(1, PortState::Idle);
        for (minutes, severity, alarms) in [
            (0, Severity::Info, vec![]),
            (4, Severity::Info, vec![]),
            (1, Severity::Warning, vec![("order_port_mismatch".to_owned(), "W".to_owned())]),
            (5, Severity::Warning, vec![("order_port_mismatch".to_owned(), "W".to_owned())]),
            (5, Severity::Error, vec![("order_port_mismatch".to_owned(), "C".to_owned())]),
        ] {
            scene.advance(minutes * 60);
            scene.looks().await;
            assert_eq!(scene.findings(true).await[0].severity, severity, "{minutes}");
            assert_eq!(scene.open_alarm_levels().await, alarms, "{minutes}");
        }
        pile.ends(crate::scene::end(device::ChargeKey::Order(order.order_no), 1, 900, 20)).await;
        scene.looks().await;
        assert!(scene.findings(true).await.is_empty());
        assert!(scene.open_alarm_levels().await.is_empty());
        let over = scene.findings(false).await;
        assert!(over[0].action.as_deref().is_some_and(|did| did.ends_with("order ended")));
    }

    /// A2-23: also when there is no such port at all.
    async fn a_missing_port_is_added_again(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(2).await.expect("accepted").order;
        pile.begins(&order).await;
        scene.app.live().change(&id(DEVICE), |live| live.ports.retain(|port| port.port.0 != 2));
        let report = scene.looks().await;
        let found: Vec<Issue> = report.found.iter().map(|found| found.issue_type).collect();
        assert_eq!(found, [Issue::OrphanedChargingOrder]);
        scene.advance(60);
        scene.looks().await;
        assert_eq!(scene.findings(true).await[0].action.as_deref(), Some("port added"));
        pile.shows(port_report(2, PortState::Charging)).await;
        scene.looks().await;
        assert!(scene.findings(true).await.is_empty());
    }

    async fn a_port_without_an_order_is_set_free_when_its_device_stays_away(db: &Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        pile.leave();
        scene.settle().await;
        scene.advance(600);
        scene.app.sweep().await;
        scene.bend_port(3, PortState::Charging);
        scene.looks().await;
        scene.advance(60);
        scene.looks().await;
        assert_eq!(kinds(&scene.findings(true).await), [Issue::LonelyChargingPort]);
        scene.advance(15 * 60);
        scene.looks().await;
        scene.looks().await;
        assert!(scene.findings(true).await.is_empty());
        let over = scene.findings(false).await;
        assert_eq!(over[0].action.as_deref(), Some("port set free, agrees again"));
    }

    async fn an_order_that_memory_lost_is_taken_up_again(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        let mut ended = scene.app.orders().peek(order.order_no).await.expect("alive");
        ended.status = OrderStatus::Completed;
        scene.app.orders().lock(order.order_no).await.store(ended);
        let report = scene.looks().await;
        let found: Vec<Issue> = report.found.iter().map(|found| found.issue_type).collect();
        assert!(found.contains(&Issue::ForgottenOrder), "{found:?}");
        scene.advance(60);
        scene.looks().await;
        let known = scene.app.orders().peek(order.order_no).await;
        assert_eq!(known.map(|order| order.status), Some(OrderStatus::Charging));
        scene.looks().await;
        let open = kinds(&scene.findings(true).await);
        assert!(!open.contains(&Issue::ForgottenOrder), "{open:?}");
    }

    async fn a_device_that_counts_as_online_without_a_connection_is_noticed(db: &Db) {
        let scene = Scene::new(db).await;
        let now = scene.app.now();
        scene.app.live().change(&id(DEVICE), |live| {
            live.last_seen = Some(now);
            live.online_since = Some(now);
        });
        let report = scene.looks().await;
        assert_eq!(report.found[0].issue_type, Issue::TrackerMismatch);
        scene.advance(60);
        scene.looks().await;
        let online = scene.app.live().read(&id(DEVICE), app::LiveDevice::is_online);
        assert_eq!(online, Some(false));
    }

    async fn a_finding_can_be_mended_at_once_and_only_once(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        scene.bend_port(1, PortState::Idle);
        scene.looks().await;
        let row = scene.findings(true).await.remove(0);
        let anna = Actor::trusted("anna");
        let mended = scene.app.mend_finding(&anna, row.id).await.expect("asked");
        assert_eq!(mended.action.as_deref(), Some("port asked"));
        pile.shows(port_report(1, PortState::Charging)).await;
        scene.looks().await;
        let again = scene.app.mend_finding(&anna, row.id).await;
        assert!(matches!(again, Err(app::AppError::Conflict(_))), "{again:?}");
        let nobody = scene.app.mend_finding(&anna, 999).await;
        assert!(matches!(nobody, Err(app::AppError::NotFound(_))), "{nobody:?}");
    }
}

/// The look and the sweep over many active orders, and what a device that charges notices of
/// them; prints what they took.
async fn many_orders_are_looked_at(test: testkit::db::TestDb) {
    const DEVICES: u32 = 10_000;
    let scene = Scene::new(&test.db).await;
    let mut pile = scene.connect(DEVICE).await;
    let order = scene.start(1).await.expect("accepted").order;
    pile.begins(&order).await;
    let model = scene.app.orders().peek(order.order_no).await;
    let model = model.expect("alive");
    for device in 0..DEVICES {
        let phy_id = id(&format!("9{device:013}"));
        let new = app::NewDevice {
            phy_id: Some(phy_id.clone()),
            port_count: Some(10),
            ..app::NewDevice::default()
        };
        let made = scene.app.create_device("test", new).await;
        made.expect("a device");
        for port in 1..=10_u16 {
            let number = format!("THD17{:011}", u64::from(device) * 10 + u64::from(port));
            let mut copy = model.clone();
            copy.order_no = number.parse().expect("legal");
            copy.phy_id = phy_id.clone();
            copy.port_no = PortNo(port);
            copy.interrupted_at = None;
            scene.app.orders().insert(copy);
            scene.app.live().change(&phy_id, |live| {
                live.port_mut(PortNo(port)).memory.state = PortState::Charging;
            });
        }
    }
    let began = Instant::now();
    let report = scene.app.check_consistency().await.expect("a database");
    let looked = began.elapsed();
    assert_eq!(report.checked, 100_001);
    let mut slowest = [Duration::ZERO; 2];
    let mut swept = Duration::ZERO;
    for (sweeps, slowest) in [false, true].into_iter().zip(&mut slowest) {
        let app = scene.app.clone();
        let began = Instant::now();
        let sweeping = tokio::spawn(async move {
            if sweeps {
                app.sweep().await;
            } else {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let mut seconds = 0;
        while !sweeping.is_finished() {
            seconds += 1;
            let said = Instant::now();
            pile.progresses(order.order_no, 1, seconds, 1).await;
            *slowest = said.elapsed().max(*slowest);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        sweeping.await.expect("it does not panic");
        swept = began.elapsed();
    }
    println!(
        "100,001 active orders: looked at in {looked:?}, swept in {swept:?}; \
         the slowest report beside the sweep {:?}, without it {:?}",
        slowest[1], slowest[0]
    );
    test.remove().await.expect("removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a while; run it with --release"]
async fn a_hundred_thousand_orders_are_looked_at_sqlite() {
    let test = testkit::db::TestDb::sqlite().await;
    many_orders_are_looked_at(test.expect("SQLite")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a while; run it with --release"]
async fn a_hundred_thousand_orders_are_looked_at_postgres() {
    let test = testkit::db::TestDb::postgres().await;
    many_orders_are_looked_at(test.expect("PostgreSQL")).await;
}
