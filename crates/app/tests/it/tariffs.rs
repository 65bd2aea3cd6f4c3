//! Prices by the time of the day: two persons, places, devices that hold them, and bills.

use crate::scene::{DEVICE, NOON, Pile, Scene, end, id, progress};
use app::{AppError, Decision, DeviceChange, Place, Prices};
use device::{
    Answer, ChargeKey, Command, EnergySplit, Event, Outcome, Rate, RateShare, RecordDetails,
    Refusal, StartSource, TariffTable,
};
use domain::order::SettleStatus;
use domain::request::start_plan;
use domain::tariff::VersionState;
use kernel::{Energy, Fen, OrderNo, PortNo, Price, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;
use store::alarms::AlarmFilter;
use store::{Db, PageRequest};

/// Sharp from 15:00 to 17:00, flat before and after.
fn prices(sharp: i64) -> Prices {
    let rate = |electricity| Rate {
        electricity: Price(electricity),
        service: Price(40_000),
    };
    let mut slots = vec![2; 48];
    slots[30..34].fill(0);
    Prices {
        rates: vec![rate(sharp), rate(100_000), rate(70_000)],
        slots,
        effective_at: NOON,
        free: false,
    }
}

/// A tariff in force at the device.
async fn in_force(scene: &Scene, prices: &Prices) -> i64 {
    let id = approved(scene, prices).await;
    let place = Place::Device(self::id(DEVICE));
    let bound = scene.app.bind_tariff("anna", Some(id), place).await;
    bound.expect("bound");
    id
}

async fn approved(scene: &Scene, prices: &Prices) -> i64 {
    let made = scene.app.create_tariff("anna", "T1", prices).await;
    let id = made.expect("a draft").tariff.id;
    approve(scene, id, 1).await;
    id
}

async fn approve(scene: &Scene, tariff: i64, version: i32) {
    for (actor, decision) in [("anna", Decision::Submit), ("bela", Decision::Approve)] {
        let decided = scene
            .app
            .decide_tariff(actor, (tariff, version), decision, None);
        decided.await.expect("decided");
    }
}

/// How the device comes to its prices.
async fn uses(scene: &Scene, how: &str) {
    let change = DeviceChange {
        pinned: BTreeMap::from([("prices".to_owned(), Some(how.to_owned()))]),
        ..DeviceChange::default()
    };
    let changed = scene.app.change_device("test", &id(DEVICE), change).await;
    changed.expect("changed");
}

/// The prices in force at a port of the device.
async fn table(scene: &Scene, port: u16) -> TariffTable {
    let (device, at) = (id(DEVICE), scene.app.now());
    let found = scene.app.prices_at(&device, PortNo(port), at).await;
    found.expect("prices").table
}

async fn sync(scene: &Scene, seconds: u64) {
    scene.advance(seconds);
    scene.app.sync_tariffs().await.expect("a database");
}

async fn pushed(scene: &Scene, pile: &mut Pile, seconds: u64) -> Option<u16> {
    sync(scene, seconds).await;
    match pile.command()?.command {
        Command::PushTariff(table) => Some(table.model),
        other => panic!("{other:?}"),
    }
}

async fn asks(pile: &Pile, model: Option<u16>) -> Option<u16> {
    match pile.says(Event::TariffAsked { model }).await {
        Some(Answer::Tariff(table)) => table.map(|table| table.model),
        other => panic!("{other:?}"),
    }
}

/// What became of prices on their way, newest first.
async fn pushes(scene: &Scene) -> Vec<String> {
    let page = PageRequest { page: 1, size: 50 };
    let notes = scene.app.tariff_pushes(&id(DEVICE), page).await;
    let notes = notes.expect("readable").items.into_iter();
    notes.map(|note| note.result).collect()
}

async fn unsynced(scene: &Scene) -> usize {
    open_alarms(scene, "tariff_unsynced").await
}

async fn open_alarms(scene: &Scene, code: &str) -> usize {
    let filter = AlarmFilter {
        code: Some(code.to_owned()),
        open: true,
        ..AlarmFilter::default()
    };
    let mut view = scene.app.db().view().await.expect("a connection");
    let page = PageRequest { page: 1, size: 50 };
    let page = store::alarms::list(view.conn(), &filter, page).await;
    page.expect("readable").items.len()
}

/// A charge without a price of its own, begun on a port.
async fn charge(scene: &Scene, pile: &mut Pile, port: u16) -> OrderNo {
    let body = json!({ "port_no": port, "charge_mode": 4, "amount": 10_000 });
    let plan = start_plan(&body).expect("a legal request");
    let (caller, device) = (crate::scene::caller(), id(DEVICE));
    let started = scene.app.start_charging(&caller, &device, plan).await;
    let order = started.expect("started").order;
    pile.begins(&order).await;
    order.order_no
}

testkit::both_engines! {
    async fn nobody_approves_what_they_wrote(db: &Db) {
        let scene = Scene::new(db).await;
        let app = &scene.app;
        let id = app.create_tariff("anna", "T1", &prices(120_000)).await.expect("a draft").tariff.id;
        let decide = |actor, decision| app.decide_tariff(actor, (id, 1), decision, None);
        let early = decide("bela", Decision::Approve).await;
        assert!(matches!(early, Err(AppError::Conflict(_))), "not submitted: {early:?}");
        decide("anna", Decision::Submit).await.expect("submitted");
        let own = decide("anna", Decision::Approve).await;
        assert!(matches!(own, Err(AppError::Conflict("a second person has to approve"))), "{own:?}");
        let late = app.write_tariff("anna", id, &prices(1)).await;
        assert!(matches!(late, Err(AppError::Conflict(_))), "submitted: {late:?}");
        let back = app.decide_tariff("bela", (id, 1), Decision::Reject, Some("too cheap")).await;
        assert_eq!(back.expect("rejected").versions[0].review_note.as_deref(), Some("too cheap"));
        // Rewritten by another, who is its author from then on.
        app.write_tariff("bela", id, &prices(130_000)).await.expect("rewritten");
        decide("bela", Decision::Submit).await.expect("submitted");
        assert!(decide("bela", Decision::Approve).await.is_err());
        let view = decide("anna", Decision::Approve).await.expect("approved");
        assert_eq!(view.versions.len(), 1);
        assert_eq!(view.versions[0].state, VersionState::Approved);
        assert_eq!(view.versions[0].table.rates[0].electricity, Price(130_000));
        // A change of prices is another version; the first stays what it was.
        let view = app.write_tariff("anna", id, &prices(140_000)).await.expect("a draft");
        let states: Vec<_> = view.versions.iter().map(|v| (v.version, v.state)).collect();
        assert_eq!(states, [(2, VersionState::Draft), (1, VersionState::Approved)]);
        assert_eq!(view.versions[1].table.rates[0].electricity, Price(130_000));
        let none = app.decide_tariff("anna", (id, 3), Decision::Submit, None).await;
        assert!(matches!(none, Err(AppError::NotFound(_))), "{none:?}");
    }

    async fn prices_out_of_range_name_their_field(db: &Db) {
        let scene = Scene::new(db).await;
        let mut dear = prices(10_000_000);
        let refused = scene.app.create_tariff("anna", "T1", &dear).await;
        let Err(AppError::Semantic { field, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(field, "rates[0].electricity");
        dear.rates[0].electricity = Price(0);
        dear.slots.pop();
        let refused = scene.app.create_tariff("anna", "T1", &dear).await;
        assert!(matches!(refused, Err(AppError::Semantic { field, .. }) if field == "slots"));
    }

    async fn a_bill_splits_at_the_change_of_prices_and_keeps_them(db: &Db) {
        let scene = Scene::new(db).await;
        let tariff = in_force(&scene, &prices(120_000)).await;
        let mut pile = scene.connect(DEVICE).await;
        // 14:50 would be before the tariff; from 16:50 on ten minutes are sharp, twenty flat.
        scene.advance(6600);
        let order = charge(&scene, &mut pile, 1).await;
        // New prices do not touch a charge that runs.
        scene.app.write_tariff("anna", tariff, &prices(1)).await.expect("written");
        approve(&scene, tariff, 2).await;
        assert_eq!(table(&scene, 1).await.rates[0].electricity, Price(1));
        scene.advance(1800);
        pile.says(Event::Progress(progress(ChargeKey::Order(order), 1, 1800, 1500))).await;
        pile.ends(end(ChargeKey::Order(order), 1, 1800, 1500)).await;
        let order = scene.order(order).await;
        let bill = order.bill.as_ref().expect("lines");
        let lines: Vec<_> = bill.lines.iter().map(|line| (line.kind, line.e4.0)).collect();
        assert_eq!(lines, [(0, 50_000), (2, 100_000)]);
        // 5 × 1.20 + 10 × 0.70, and 15 × 0.40.
        assert_eq!((order.elec_fen, order.service_fen), (Fen(1300), Fen(600)));
        assert_eq!(order.final_amount, Some(Fen(1900)));
        assert_eq!(order.refund_fen, Fen(8100));
        assert_eq!(order.terms.tariff.as_ref().map(|kept| kept.version), Some(1));
    }

    async fn the_records_split_goes_before_the_reports_if_it_adds_up(db: &Db) {
        let scene = Scene::new(db).await;
        in_force(&scene, &prices(120_000)).await;
        let mut pile = scene.connect(DEVICE).await;
        let share = |kind, energy| RateShare { kind, energy: Energy(energy), amount: None };
        for (shares, elec) in [
            (vec![share(0, 20_000), share(1, 0), share(2, 30_000)], 240 + 210),
            // It contradicts itself: the reports decide, and they were all in sharp.
            (vec![share(0, 20_000), share(1, 0), share(2, 10_000)], 600),
        ] {
            let order = charge(&scene, &mut pile, 1).await;
            scene.advance(60);
            pile.progresses(order, 1, 60, 500).await;
            let mut report = end(ChargeKey::Order(order), 1, 60, 500);
            report.details = Some(Box::new(RecordDetails {
                split: EnergySplit::ByRate(shares),
                ..details()
            }));
            pile.ends(report).await;
            let order = scene.order(order).await;
            assert_eq!((order.elec_fen, order.service_fen), (Fen(elec), Fen(200)));
            assert_eq!(order.settle_status, SettleStatus::Settled);
        }
    }

    async fn a_port_has_its_own_prices_before_those_of_its_device(db: &Db) {
        let scene = Scene::new(db).await;
        in_force(&scene, &prices(120_000)).await;
        let own = approved(&scene, &prices(90_000)).await;
        let place = Place::Port(id(DEVICE), PortNo(2));
        scene.app.bind_tariff("anna", Some(own), place.clone()).await.expect("bound");
        assert_eq!(table(&scene, 1).await.rates[0].electricity, Price(120_000));
        assert_eq!(table(&scene, 2).await.rates[0].electricity, Price(90_000));
        scene.app.bind_tariff("anna", None, place).await.expect("unbound");
        assert_eq!(table(&scene, 2).await.rates[0].electricity, Price(120_000));
        // A station's are the last to be looked at.
        let third = approved(&scene, &prices(80_000)).await;
        let station = Place::Station(7);
        scene.app.bind_tariff("anna", Some(third), station).await.expect("bound");
        let change = DeviceChange { station_id: Some(Some(7)), ..DeviceChange::default() };
        scene.app.change_device("test", &id(DEVICE), change).await.expect("moved");
        assert_eq!(table(&scene, 1).await.rates[0].electricity, Price(120_000));
        let device = Place::Device(id(DEVICE));
        scene.app.bind_tariff("anna", None, device).await.expect("unbound");
        assert_eq!(table(&scene, 1).await.rates[0].electricity, Price(80_000));
        let none = scene.app.bind_tariff("anna", Some(99), Place::Device(id(DEVICE))).await;
        assert!(matches!(none, Err(AppError::NotFound(_))), "{none:?}");
    }

    async fn a_device_that_compares_is_told_and_then_left_alone(db: &Db) {
        let scene = Scene::new(db).await;
        uses(&scene, "compares").await;
        in_force(&scene, &prices(120_000)).await;
        let model = table(&scene, 1).await.model;
        let mut pile = scene.connect(DEVICE).await;
        assert_eq!(pushed(&scene, &mut pile, 5).await, None, "it may be about to ask");
        assert_eq!(asks(&pile, Some(model + 1)).await, Some(model));
        assert_eq!(asks(&pile, None).await, Some(model), "and now it holds them");
        assert_eq!(pushed(&scene, &mut pile, 3600).await, None);
        assert_eq!(asks(&pile, Some(model)).await, Some(model));
        assert_eq!(pushes(&scene).await, ["same", "asked", "asked"]);
    }

    async fn a_device_without_prices_that_asks_all_the_time_is_one_fact(db: &Db) {
        let scene = Scene::new(db).await;
        uses(&scene, "compares").await;
        let mut pile = scene.connect(DEVICE).await;
        for _ in 0..100 {
            assert_eq!(asks(&pile, Some(0)).await, None);
            assert_eq!(asks(&pile, None).await, None);
            scene.advance(1);
        }
        assert_eq!(pushes(&scene).await.len(), 2, "each question once");
        assert_eq!(open_alarms(&scene, "tariff_missing").await, 1);
        // Lost connections, an hour apart.
        for _ in 0..3 {
            pile.leave();
            scene.settle().await;
            pile = scene.connect(DEVICE).await;
            asks(&pile, None).await;
            scene.advance(3600);
        }
        assert!(pushes(&scene).await.len() <= 2 + 3);
        assert_eq!(open_alarms(&scene, "device_exception").await, 0);
        in_force(&scene, &prices(120_000)).await;
        sync(&scene, 5).await;
        assert_eq!(open_alarms(&scene, "tariff_missing").await, 0);
        assert!(asks(&pile, None).await.is_some());
    }

    async fn a_device_that_never_asks_is_pushed_to(db: &Db) {
        let scene = Scene::new(db).await;
        uses(&scene, "compares").await;
        in_force(&scene, &prices(120_000)).await;
        let model = table(&scene, 1).await.model;
        let mut pile = scene.connect(DEVICE).await;
        assert_eq!(pushed(&scene, &mut pile, 0).await, None);
        assert_eq!(pushed(&scene, &mut pile, 61).await, Some(model));
    }

    async fn new_prices_reach_idle_devices_once_and_wait_for_charges(db: &Db) {
        let scene = Scene::new(db).await;
        uses(&scene, "pushed").await;
        let tariff = in_force(&scene, &prices(120_000)).await;
        let mut pile = scene.connect(DEVICE).await;
        sync(&scene, 0).await;
        let dispatch = pile.command().expect("prices");
        assert_eq!(pushed(&scene, &mut pile, 60).await, None, "no second while one is under way");
        pile.accepts(&dispatch).await;
        assert_eq!(pushed(&scene, &mut pile, 3600).await, None);

        let order = charge(&scene, &mut pile, 1).await;
        scene.app.write_tariff("anna", tariff, &prices(110_000)).await.expect("written");
        approve(&scene, tariff, 2).await;
        assert_eq!(pushed(&scene, &mut pile, 5).await, None, "it charges");
        pile.ends(end(ChargeKey::Order(order), 1, 60, 10)).await;
        let model = table(&scene, 1).await.model;
        assert_eq!(pushed(&scene, &mut pile, 5).await, Some(model));
        assert_eq!(pushes(&scene).await, ["accepted"]);
    }

    async fn a_device_that_refuses_is_asked_again_and_somebody_is_told(db: &Db) {
        let scene = Scene::new(db).await;
        uses(&scene, "pushed").await;
        let tariff = in_force(&scene, &prices(120_000)).await;
        let mut pile = scene.connect(DEVICE).await;
        sync(&scene, 0).await;
        let dispatch = pile.command().expect("prices");
        let no = Refusal { code: Some(1), text: "charging".to_owned() };
        pile.answers(&dispatch, Outcome::Refused(no)).await;
        assert_eq!(pushed(&scene, &mut pile, 60).await, None, "not at once");
        assert!(pushed(&scene, &mut pile, 300).await.is_some());
        assert_eq!(unsynced(&scene).await, 0);
        // A reconnect does not start the ten minutes anew.
        pile.leave();
        scene.settle().await;
        let mut pile = scene.connect(DEVICE).await;
        sync(&scene, 300).await;
        assert_eq!(unsynced(&scene).await, 1);
        let dispatch = pile.command().expect("prices");
        pile.accepts(&dispatch).await;
        sync(&scene, 5).await;
        assert_eq!(unsynced(&scene).await, 0, "over");

        // Nor is the alarm forgotten when the prices go away.
        scene.app.write_tariff("anna", tariff, &prices(110_000)).await.expect("written");
        approve(&scene, tariff, 2).await;
        sync(&scene, 5).await;
        sync(&scene, 601).await;
        assert_eq!(unsynced(&scene).await, 1);
        let place = Place::Device(id(DEVICE));
        scene.app.bind_tariff("anna", None, place).await.expect("unbound");
        sync(&scene, 5).await;
        assert_eq!(unsynced(&scene).await, 0);
    }

    async fn prices_that_a_device_cannot_hold_are_no_storm(db: &Db) {
        let scene = Scene::new(db).await;
        uses(&scene, "pushed").await;
        let mut five = prices(120_000);
        five.rates.extend([five.rates[2], five.rates[2]]);
        let tariff = in_force(&scene, &five).await;
        let mut pile = scene.connect(DEVICE).await;
        for _ in 0..3 {
            assert_eq!(pushed(&scene, &mut pile, 5).await, None);
        }
        sync(&scene, 601).await;
        assert_eq!(unsynced(&scene).await, 1);
        scene.app.write_tariff("anna", tariff, &prices(110_000)).await.expect("written");
        approve(&scene, tariff, 2).await;
        let model = table(&scene, 1).await.model;
        assert_eq!(pushed(&scene, &mut pile, 5).await, Some(model), "others do not wait");
    }

    async fn a_device_in_a_charge_is_compared_with_what_it_began_with(db: &Db) {
        let scene = Scene::new(db).await;
        uses(&scene, "compares").await;
        let tariff = in_force(&scene, &prices(120_000)).await;
        let first = table(&scene, 1).await.model;
        let own = approved(&scene, &prices(90_000)).await;
        let place = Place::Port(id(DEVICE), PortNo(2));
        scene.app.bind_tariff("anna", Some(own), place).await.expect("bound");
        let mut pile = scene.connect(DEVICE).await;
        assert_eq!(asks(&pile, Some(first)).await, Some(first));
        // The port's own prices are the order's, and never the device's.
        let other = charge(&scene, &mut pile, 2).await;
        assert_eq!(asks(&pile, Some(first)).await, Some(first));
        let order = charge(&scene, &mut pile, 1).await;
        scene.app.write_tariff("anna", tariff, &prices(110_000)).await.expect("written");
        approve(&scene, tariff, 2).await;
        let second = table(&scene, 1).await.model;
        assert_eq!(asks(&pile, Some(first)).await, Some(first), "the charge goes on");
        assert_eq!(asks(&pile, None).await, Some(first), "also when it lost them");
        for (order, port) in [(order, 1), (other, 2)] {
            pile.ends(end(ChargeKey::Order(order), port, 60, 10)).await;
        }
        assert_eq!(asks(&pile, Some(first)).await, Some(second));
    }

    async fn a_device_without_prices_hears_that_there_are_none(db: &Db) {
        let scene = Scene::new(db).await;
        uses(&scene, "compares").await;
        let mut pile = scene.connect(DEVICE).await;
        assert_eq!(asks(&pile, Some(7)).await, None);
        assert_eq!(pushed(&scene, &mut pile, 3600).await, None);
        let none = scene.app.push_tariff("anna", &id(DEVICE), None).await;
        assert!(matches!(none, Err(AppError::Conflict("device has no tariff"))));
    }

    async fn who_named_a_price_pays_that_price(db: &Db) {
        let scene = Scene::new(db).await;
        in_force(&scene, &prices(120_000)).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("started").order;
        pile.begins(&order).await;
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 60, 523)).await;
        let order = scene.order(order.order_no).await;
        assert_eq!((order.final_amount, order.bill), (Some(Fen(785)), None));
    }

    async fn prices_come_into_force_at_their_instant(db: &Db) {
        let scene = Scene::new(db).await;
        let mut later = prices(120_000);
        later.effective_at = Timestamp(NOON.0 + 3_600_000);
        in_force(&scene, &later).await;
        let at = |seconds: i64| {
            let at = Timestamp(NOON.0 + seconds * 1000);
            let app = scene.app.clone();
            async move { app.prices_at(&id(DEVICE), PortNo(1), at).await }
        };
        assert!(matches!(at(3599).await, Err(AppError::NotFound(_))));
        assert_eq!(at(3600).await.expect("in force").version, 1);
    }
}

/// Details of a record that say nothing.
fn details() -> RecordDetails {
    RecordDetails {
        source: StartSource::Remote,
        started_at: None,
        vin: None,
        physical_card: None,
        meter: None,
        soc: None,
        split: EnergySplit::Whole,
        doubts: Vec::new(),
    }
}
