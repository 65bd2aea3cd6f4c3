//! Somebody sets the clock of the machine while devices charge.

use crate::scene::{DEVICE, Pile, Scene, end, port_report, settings};
use device::{ChargeKey, PortReport, PortState};
use domain::order::{Order, OrderStatus};
use kernel::{Fen, Timestamp};
use store::Db;

async fn charging(scene: &Scene, pile: &mut Pile, port: u16) -> Order {
    let order = scene.start(port).await.expect("accepted").order;
    pile.begins(&order).await;
    order
}

/// A report of a charge every eleven seconds, with a look of the sweep each second.
async fn charges(scene: &Scene, pile: &Pile, order: &Order, from: u32, until: u32) {
    let mut at = from;
    while at < until {
        at += 11;
        scene.live_through(11).await;
        pile.is_heard();
        pile.progresses(order.order_no, order.port_no.0, at, i64::from(at) / 7)
            .await;
    }
}

fn online(scene: &Scene) -> bool {
    let online = scene
        .app
        .live()
        .read(&crate::scene::id(DEVICE), app::LiveDevice::is_online);
    online == Some(true)
}

/// What runs goes on running, nobody counts as away, the bill is that of the device's own time,
/// and an alarm says what happened.
async fn goes_on(db: &Db, by: i64) {
    let scene = Scene::new(db).await;
    let mut pile = scene.connect(DEVICE).await;
    let order = charging(&scene, &mut pile, 1).await;
    charges(&scene, &pile, &order, 0, 110).await;
    scene.clock.set_by(by);
    scene.app.sweep().await;
    assert!(online(&scene), "it was heard a moment ago");
    assert_eq!(scene.open_alarms().await, ["clock_jump"]);
    charges(&scene, &pile, &order, 110, 330).await;
    let now = scene.order(order.order_no).await;
    assert_eq!(now.status, OrderStatus::Charging);
    let charge = ChargeKey::Order(order.order_no);
    pile.ends(end(charge, 1, 330, 523)).await;
    let done = scene.order(order.order_no).await;
    assert_eq!(done.status, OrderStatus::Completed);
    assert_eq!((done.final_amount, done.duration_s), (Some(Fen(785)), 330));
    let lasted = done.end_time.zip(done.start_time);
    let lasted = lasted.map(|(end, start)| end.since(start).as_secs());
    assert_eq!(lasted, Some(330), "by the server's clock");
    assert_eq!(scene.open_alarms().await, ["clock_jump"]);
}

/// Held money keeps its deadline.
async fn holds_as_long(db: &Db, by: i64) {
    let scene = Scene::new(db).await;
    let mut pile = scene.connect(DEVICE).await;
    let order = charging(&scene, &mut pile, 1).await;
    pile.progresses(order.order_no, 1, 60, 10).await;
    pile.leave();
    scene.settle().await;
    for _ in 0..6 {
        scene.advance(60);
        scene.app.sweep().await;
    }
    let held = scene.order(order.order_no).await;
    assert!(
        held.provisional && held.hold_until.is_some(),
        "{:?}",
        held.status
    );
    scene.clock.set_by(by);
    scene.app.sweep().await;
    let held = scene.order(order.order_no).await;
    assert!(held.hold_until.is_some(), "not cut short");
    for _ in 0..42 {
        scene.advance(60);
        scene.app.sweep().await;
    }
    assert_eq!(scene.order(order.order_no).await.hold_until, None, "over");
}

testkit::both_engines! {
    async fn an_hour_forward(db: &Db) {
        goes_on(db, 3600).await;
    }

    async fn an_hour_back(db: &Db) {
        goes_on(db, -3600).await;
    }

    async fn a_year_forward(db: &Db) {
        goes_on(db, 31_536_000).await;
    }

    async fn a_year_back(db: &Db) {
        goes_on(db, -31_536_000).await;
    }

    async fn a_hold_is_not_cut_short(db: &Db) {
        holds_as_long(db, 86_400).await;
    }

    async fn a_hold_is_not_endless(db: &Db) {
        holds_as_long(db, -86_400).await;
    }

    /// A charge that falls silent after the clock was set back is closed half an hour later, not a
    /// year.
    async fn silence_is_noticed_by_the_time_that_passes(db: &Db) {
        let patient = app::Settings {
            offline_after: Some(std::time::Duration::from_hours(48)),
            ..settings()
        };
        let scene = Scene::with(db, patient.clone()).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile, 1).await;
        let second = charging(&scene, &mut pile, 2).await;
        pile.progresses(order.order_no, 1, 60, 10).await;
        scene.clock.set_by(-31_536_000);
        scene.app.sweep().await;
        for _ in 0..29 {
            scene.advance(60);
            scene.app.sweep().await;
        }
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Charging);
        // The program ends as well: what the database has of the second charge is from the future.
        let again = Scene::restarted(db, patient, scene.clock.clone()).await;
        for _ in 0..31 {
            again.advance(60);
            again.app.sweep().await;
        }
        for order_no in [order.order_no, second.order_no] {
            let done = again.order(order_no).await;
            assert_eq!(done.status, OrderStatus::Completed, "closed");
            assert!(done.provisional);
        }
    }

    /// What is remembered of ports moves along.
    async fn what_is_remembered_of_ports_moves_along(db: &Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        let report = PortReport {
            charge: None,
            ..port_report(3, PortState::Charging)
        };
        pile.shows(report.clone()).await;
        scene.clock.set_by(86_400);
        scene.app.sweep().await;
        assert_eq!(scene.open_alarms().await, ["clock_jump"], "it has charged for a second");
        for _ in 0..7 {
            scene.advance(10);
            pile.is_heard();
            pile.shows(report.clone()).await;
            scene.app.sweep().await;
        }
        let codes = scene.open_alarms().await;
        assert!(codes.contains(&"lonely_port".to_owned()), "after a minute it is: {codes:?}");
        let seen = scene.app.live().read(&crate::scene::id(DEVICE), |live| live.last_seen);
        assert!(seen.flatten().is_none_or(|at| at <= scene.app.now() && at > Timestamp(0)));
    }
}
