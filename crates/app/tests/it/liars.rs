//! Devices that lie, and devices that cannot stop talking: what they say moves no money that is
//! not theirs, and nobody else is disturbed.

use crate::scene::{DEVICE, Pile, Scene, end, id, port_report, progress};
use device::{AlarmReport, ChargeKey, Event, Fault, PortReport, PortState, Progress};
use domain::order::{Order, OrderStatus};
use kernel::{Energy, Fen, PortNo, Power};
use std::time::Instant;
use store::alarms::AlarmFilter;
use store::{Db, PageRequest};

async fn charging(scene: &Scene, pile: &mut Pile, port: u16) -> Order {
    let order = scene.start(port).await.expect("accepted").order;
    pile.begins(&order).await;
    order
}

async fn all_alarms(db: &Db) -> i64 {
    let mut view = db.view().await.expect("a connection");
    let page = PageRequest { page: 1, size: 1 };
    let list = store::alarms::list(view.conn(), &AlarmFilter::default(), page).await;
    list.expect("readable rows").total
}

fn says_port(port: u16, state: PortState, watts: i64) -> PortReport {
    PortReport {
        power: Some(Power::from_watts(watts)),
        ..port_report(port, state)
    }
}

testkit::both_engines! {
    /// Energy without power, energy that runs backwards, power above what the plug can carry: the
    /// greatest energy is billed, and the lie is written down.
    async fn values_that_cannot_be_do_not_lower_a_bill(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile, 1).await;
        let charge = ChargeKey::Order(order.order_no);
        let lies = [
            // Two kilowatt-hours within a minute, without any power.
            (60, 200, 0),
            // Less than before, and less time.
            (30, 100, 1500),
            // Hundred kilowatts at a plug of six.
            (120, 201, 100_000),
        ];
        for (seconds, centi_kwh, watts) in lies {
            scene.advance(60);
            pile.is_heard();
            let said = Progress {
                power: Some(Power::from_watts(watts)),
                peak_power: Some(Power::from_watts(watts)),
                energy: Energy::from_centi_kwh(centi_kwh),
                ..progress(charge.clone(), 1, seconds, 0)
            };
            pile.says(Event::Progress(said)).await;
            scene.app.sweep().await;
        }
        let memory = scene.app.orders().peek(order.order_no).await.expect("alive");
        assert_eq!((memory.duration_s, memory.energy), (120, Energy::from_centi_kwh(201)));
        assert!(scene.open_alarms().await.contains(&"total_power_device".to_owned()));
        // Its last word takes back half of what it had said.
        pile.ends(end(charge, 1, 180, 100)).await;
        let done = scene.order(order.order_no).await;
        assert_eq!(done.status, OrderStatus::Completed);
        assert!(done.final_amount.is_some_and(|sum| sum > Fen::ZERO), "{:?}", done.final_amount);
        assert!(done.final_amount <= Some(order.amount), "never more than was paid");
    }

    /// Energy that would take ten years: the bill stays within what was paid.
    async fn a_bill_stays_within_what_was_paid(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile, 1).await;
        let report = end(ChargeKey::Order(order.order_no), 1, u32::MAX, i64::from(u32::MAX));
        pile.ends(report).await;
        let done = scene.order(order.order_no).await;
        assert_eq!(done.status, OrderStatus::Completed);
        assert!(done.final_amount <= Some(order.amount), "{:?}", done.final_amount);
    }

    /// A port that says it is idle while its charge reports: the charge goes on, and nobody else
    /// gets the port.
    async fn idle_while_it_charges(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile, 1).await;
        for minute in 1..=5_u32 {
            scene.advance(11);
            pile.is_heard();
            pile.shows(says_port(1, PortState::Idle, 1500)).await;
            scene.advance(11);
            pile.progresses(order.order_no, 1, minute * 22, i64::from(minute)).await;
            scene.app.sweep().await;
        }
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Charging);
        let refused = scene.start(1).await;
        assert!(refused.is_err(), "somebody charges there: {refused:?}");
    }

    /// A thousand alarms a second, each of another fault, then one that comes and goes: the table
    /// does not grow with them, the neighbour is served, and the last word counts.
    async fn a_storm_of_alarms_is_bounded(db: &Db) {
        let scene = Scene::new(db).await;
        let neighbour = app::NewDevice {
            phy_id: Some(id("82210225000521")),
            port_count: Some(2),
            ..app::NewDevice::default()
        };
        scene.app.create_device("test", neighbour).await.expect("made");
        let (pile, calm) = (scene.connect(DEVICE).await, scene.connect("82210225000521").await);
        let alarm = |code: u32, active: bool| {
            Event::Alarm(AlarmReport {
                port: Some(PortNo(1)),
                fault: None,
                code,
                active,
                values: Vec::new(),
            })
        };
        let began = Instant::now();
        for code in 0..1_000 {
            pile.says(alarm(code, true)).await;
        }
        println!("1,000 alarms of other faults took {:?}", began.elapsed());
        let bounded = all_alarms(db).await;
        assert!(bounded <= 61, "sixty and the one about the storm: {bounded}");
        for _ in 0..500 {
            pile.says(alarm(5_000, true)).await;
            pile.says(alarm(5_000, false)).await;
        }
        assert!(all_alarms(db).await <= 61);
        let mut smoke = port_report(1, PortState::Fault);
        smoke.faults = vec![Fault::ShortCircuit];
        calm.shows(smoke).await;
        assert!(scene.open_alarms().await.contains(&"port_fault".to_owned()), "the neighbour's");
        // What was held back is written bit by bit, then the storm is over.
        for _ in 0..300 {
            scene.advance(1);
            pile.is_heard();
            calm.is_heard();
            scene.app.sweep().await;
        }
        let all = all_alarms(db).await;
        assert!((150..=200).contains(&all), "what memory kept, not all: {all}");
        let mut view = db.view().await.expect("a connection");
        let filter = AlarmFilter { open: true, ..AlarmFilter::default() };
        let page = PageRequest { page: 1, size: 200 };
        let open = store::alarms::list(view.conn(), &filter, page).await.expect("rows").items;
        assert!(open.iter().all(|row| row.details["fault_code"] != 5_000), "its last word: over");
        assert!(open.iter().all(|row| row.object_id != DEVICE), "the storm is over");
    }

    /// A device that registers a hundred times a minute is one alarm, and its charge goes on.
    async fn a_device_that_comes_and_goes_is_one_alarm(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile, 1).await;
        for _ in 0..100 {
            pile.leave();
            pile = scene.connect(DEVICE).await;
        }
        scene.settle().await;
        scene.app.sweep().await;
        let codes = scene.open_alarms().await;
        assert_eq!(codes, ["device_flapping"], "once");
        pile.progresses(order.order_no, 1, 60, 10).await;
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Charging);
    }
}
