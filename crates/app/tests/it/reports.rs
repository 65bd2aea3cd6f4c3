//! End reports that come twice, late, for nobody, or against what is known.

use crate::scene::{DEVICE, Scene, end, id, port_report, progress};
use device::{
    Answer, ChargeKey, DeviceStart, EndReport, Event, PortReport, PortState, RecordDetails,
    StartSource,
};
use domain::order::{OrderStatus, RecordKind, SettleStatus};
use kernel::{Fen, OrderNo, PortNo};

async fn records(scene: &Scene) -> Vec<RecordKind> {
    let mut view = scene.app.db().view().await.expect("a connection");
    let device = store::devices::find_by_phy_id(view.conn(), &id(DEVICE)).await;
    let device = device.expect("a readable row").expect("the device").id;
    let rows = store::device_records::list_of_device(view.conn(), device).await;
    rows.expect("readable rows")
        .into_iter()
        .rev()
        .map(|row| row.kind)
        .collect()
}

testkit::both_engines! {
    /// O16 and O17: the same again is acknowledged, something else is kept and reported.
    async fn repeats_and_contradictions_change_no_bill(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        let charge = ChargeKey::Order(order.order_no);
        for centi_kwh in [523, 523, 600] {
            let answer = pile.ends(end(charge.clone(), 1, 3600, centi_kwh)).await;
            assert_eq!(answer, Some(Answer::Stored), "every report is acknowledged");
        }
        assert_eq!(scene.order(order.order_no).await.final_amount, Some(Fen(785)));
        assert_eq!(
            records(&scene).await,
            [RecordKind::Matched, RecordKind::Duplicate, RecordKind::Conflict]
        );
        assert_eq!(scene.open_alarms().await, ["billing_mismatch"]);
        let told = scene.told(order.order_no).await;
        assert_eq!(told.iter().filter(|kind| *kind == "order.completed").count(), 1);
    }

    /// A report of no order of ours is stored once, with an alarm, and acknowledged each time.
    async fn an_orphan_is_kept_and_acknowledged(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        let stranger: OrderNo = "THD1600000000001".parse().expect("a legal number");
        for _ in 0..2 {
            let answer = pile.ends(end(ChargeKey::Order(stranger), 1, 60, 1)).await;
            assert_eq!(answer, Some(Answer::Stored));
        }
        assert_eq!(records(&scene).await, [RecordKind::Orphan]);
        assert_eq!(scene.open_alarms().await, ["order_orphan"]);
    }

    /// The record is durable before the device hears that it is.
    async fn settlement_comes_before_the_acknowledgement(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        let report = end(ChargeKey::Order(order.order_no), 1, 3600, 523);
        assert_eq!(pile.ends(report).await, Some(Answer::Stored));
        // Another program on the same database sees it: nothing waits in memory.
        let clock = scene.clock.clone();
        let other = Scene::restarted(db, crate::scene::settings(), clock).await;
        let row = other.order(order.order_no).await;
        assert_eq!((row.status, row.settle_status), (OrderStatus::Completed, SettleStatus::Settled));
        assert_eq!(records(&other).await, [RecordKind::Matched]);
    }

    /// The start, its confirmation and its progress were lost; the report still finds its order.
    async fn an_end_report_begins_an_order_that_was_never_seen(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        scene.advance(600);
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 590, 100)).await;
        let done = scene.order(order.order_no).await;
        assert_eq!((done.status, done.final_amount), (OrderStatus::Completed, Some(Fen(150))));
        assert_eq!(
            scene.told(order.order_no).await,
            ["order.created", "charging.started", "charging.ended", "order.completed"]
        );
    }

    /// A device that was away delivers the record of a card's charge while an order of ours
    /// charges at the port: it ends nothing, and what it says of that charge is not ours.
    async fn a_charge_that_the_device_began_is_not_taken_for_ours(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        scene.advance(600);
        pile.progresses(order.order_no, 1, 600, 25).await;
        let other = ChargeKey::Serial("0012345678@20241020120000".to_owned());
        for source in [StartSource::OfflineCard, StartSource::Card, StartSource::Local] {
            pile.says(Event::Began(DeviceStart {
                charge: other.clone(),
                port: PortNo(1),
                source,
                card_no: Some("0012345678".to_owned()),
                vin: None,
                started_at: None,
            }))
            .await;
            let details = RecordDetails { source, ..RecordDetails::default() };
            let report = EndReport {
                details: Some(Box::new(details)),
                ..end(other.clone(), 1, 300, 900)
            };
            assert_eq!(pile.ends(report).await, Some(Answer::Stored));
        }
        // Its meter values are not ours either.
        let report = PortReport {
            charge: Some(other.clone()),
            meter: Some(progress(other, 1, 700, 900)),
            ..port_report(1, PortState::Charging)
        };
        pile.shows(report).await;
        let ours = scene.order(order.order_no).await;
        assert_eq!(ours.status, OrderStatus::Charging);
        assert_eq!(ours.energy.centi_kwh(), 25);
        assert_eq!(ours.trade_no, Some(order.order_no.to_string()));
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, 25)).await;
        let ours = scene.order(order.order_no).await;
        assert_eq!((ours.status, ours.final_amount), (OrderStatus::Completed, Some(Fen(38))));
    }
}
