//! Devices that go away and come back.

use crate::scene::{DEVICE, Scene, end, id, settings};
use device::{ChargeKey, Event, Vitals};
use domain::order::{OrderStatus, SettleStatus};
use kernel::Fen;
use store::events::EventFilter;

testkit::both_engines! {
    /// A4-TC003: a short absence leaves a mark and nothing else.
    async fn a_short_absence_only_marks_the_order(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.leave();
        scene.settle().await;
        let away = scene.order(order.order_no).await;
        assert_eq!(away.status, OrderStatus::Charging);
        assert!(away.interrupted_at.is_some());
        assert!(!scene.app.is_online(&id(DEVICE)));
        scene.live_through(60).await;
        let back = scene.connect(DEVICE).await;
        back.progresses(order.order_no, 1, 650, 270).await;
        scene.app.flush().await;
        let row = scene.order(order.order_no).await;
        assert_eq!((row.status, row.duration_s), (OrderStatus::Charging, 650));
        assert_eq!(row.interrupted_at, None);
    }

    /// Five minutes away: completed provisionally, re-opened by progress, billed again.
    async fn a_long_absence_is_corrected(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.progresses(order.order_no, 1, 600, 100).await;
        pile.leave();
        scene.settle().await;
        scene.live_through(301).await;
        let closed = scene.order(order.order_no).await;
        assert_eq!((closed.status, closed.provisional), (OrderStatus::Completed, true));
        assert_eq!(closed.final_amount, Some(Fen(150)));
        let back = scene.connect(DEVICE).await;
        back.progresses(order.order_no, 1, 1000, 200).await;
        let open = scene.order(order.order_no).await;
        assert_eq!((open.status, open.reopened_count), (OrderStatus::Charging, 1));
        back.ends(end(ChargeKey::Order(order.order_no), 1, 1800, 300)).await;
        let done = scene.order(order.order_no).await;
        assert_eq!((done.status, done.final_amount), (OrderStatus::Completed, Some(Fen(450))));
        assert_eq!(done.settle_status, SettleStatus::Adjusted);
        let told = scene.told(order.order_no).await;
        assert_eq!(told.iter().filter(|kind| *kind == "charging.started").count(), 1);
        assert_eq!(told.iter().filter(|kind| *kind == "order.completed").count(), 2);
    }

    /// A late report corrects a provisional bill without re-opening the order.
    async fn a_late_report_adjusts_the_bill(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.progresses(order.order_no, 1, 600, 100).await;
        pile.leave();
        scene.settle().await;
        scene.live_through(301).await;
        let back = scene.connect(DEVICE).await;
        back.ends(end(ChargeKey::Order(order.order_no), 1, 700, 120)).await;
        let done = scene.order(order.order_no).await;
        assert_eq!((done.provisional, done.final_amount), (false, Some(Fen(180))));
        assert_eq!(done.settle_status, SettleStatus::Adjusted);
    }

    /// Silence is absence, also without the end of the connection; a word ends it.
    async fn silence_is_absence(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        assert!(scene.app.is_online(&id(DEVICE)));
        scene.live_through(31).await;
        assert!(!scene.app.is_online(&id(DEVICE)));
        scene.live_through(300).await;
        let filter = EventFilter {
            event_type: Some("device.alarm".to_owned()),
            ..EventFilter::default()
        };
        let alarms = scene.events(&filter).await;
        assert_eq!(alarms.len(), 1);
        assert_eq!(alarms[0].payload["alarm_type"], "device_offline");
        let back = scene.connect(DEVICE).await;
        drop(pile);
        assert!(scene.app.is_online(&back.device));
        let alarms = scene.events(&filter).await;
        assert_eq!(alarms.len(), 2);
        assert!(alarms.iter().any(|alarm| alarm.payload["recovered"] == true));
    }

    /// Every tenth heartbeat is told, a session once, the row is fresh after a flush.
    async fn heartbeats_reach_the_database_in_batches(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        for _ in 0..25 {
            scene.advance(11);
            pile.says(Event::Heartbeat(Vitals { signal: Some(21), ..Vitals::default() })).await;
        }
        scene.app.flush().await;
        let of_type = |kind: &str| EventFilter {
            event_type: Some(kind.to_owned()),
            ..EventFilter::default()
        };
        assert_eq!(scene.events(&of_type("device.heartbeat")).await.len(), 2);
        assert_eq!(scene.events(&of_type("device.registered")).await.len(), 1);
        let mut view = db.view().await.expect("a connection");
        let row = store::devices::find_by_phy_id(view.conn(), &id(DEVICE)).await;
        assert_eq!(row.expect("a readable row").expect("the device").rssi, Some(21));
    }

    /// A new program on the same database knows the charge and goes on with it.
    async fn a_restart_in_the_middle_loses_nothing(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.progresses(order.order_no, 1, 300, 50).await;
        let waiting = scene.start(2).await.expect("accepted").order;
        drop((pile, scene.app));
        let again = Scene::restarted(db, settings(), scene.clock).await;
        assert_eq!(again.app.orders().len(), 2);
        assert!(again.order(order.order_no).await.interrupted_at.is_some());
        let mut back = again.connect(DEVICE).await;
        let start = back.command().expect("the start that was never answered");
        assert!(start.attempted, "it may have arrived before");
        back.progresses(order.order_no, 1, 400, 60).await;
        back.begins_with(&start, &waiting).await;
        back.ends(end(ChargeKey::Order(order.order_no), 1, 3600, 523)).await;
        assert_eq!(again.order(order.order_no).await.final_amount, Some(Fen(785)));
        assert_eq!(again.order(waiting.order_no).await.status, OrderStatus::Charging);
    }
}
