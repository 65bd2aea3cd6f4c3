//! What raises alarms, cause by cause, and what ends them.

use crate::scene::{DEVICE, NOON, Pile, Scene, end, id, port_report, progress, settings};
use app::staff::Actor;
use app::{AppError, Certificate, Certificates, Disk, DiskRules, Outside, Room, Settings};
use device::{
    AlarmReport, ChargeKey, Event, Fault, Outcome, PortReport, PortState, Progress, Refusal, Vitals,
};
use kernel::{ManualClock, PhyId, PortNo, Power, Voltage};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::alarms::{AlarmFilter, AlarmRow};
use store::deliveries::{Attempt, Verdict};
use store::events::{NewEvent, Target};
use store::{Db, PageRequest, deliveries, devices, events};

fn anna() -> Actor {
    Actor::trusted("anna")
}

/// A device whose sockets hang on the mains.
async fn socket(db: &Db) -> Scene {
    with_trait(db, ("serves", "ebikes")).await
}

async fn with_trait(db: &Db, (name, value): (&str, &str)) -> Scene {
    let scene = Scene::new(db).await;
    let mut tx = db.begin().await.expect("a transaction");
    let device = devices::find_by_phy_id(tx.conn(), &id(DEVICE)).await;
    let device = device.expect("a readable row").expect("the device").id;
    let traits = BTreeMap::from([(name.to_owned(), value.to_owned())]);
    devices::learn(tx.conn(), device, &traits, NOON)
        .await
        .expect("learnt");
    tx.commit().await.expect("committed");
    Scene::restarted(db, settings(), scene.clock.clone()).await
}

async fn told(pile: &Pile, fault: Fault, active: bool) {
    let report = AlarmReport {
        port: Some(PortNo(1)),
        fault: Some(fault),
        code: fault.code(),
        active,
        values: Vec::new(),
    };
    pile.says(Event::Alarm(report)).await;
}

async fn open_rows(scene: &Scene) -> Vec<AlarmRow> {
    let mut view = scene.app.db().view().await.expect("a connection");
    let filter = AlarmFilter {
        open: true,
        ..AlarmFilter::default()
    };
    let page = PageRequest { page: 1, size: 200 };
    let rows = store::alarms::list(view.conn(), &filter, page).await;
    rows.expect("readable rows").items
}

async fn has(scene: &Scene, code: &str) -> bool {
    scene.open_alarms().await.iter().any(|open| open == code)
}

async fn fails_to_start(scene: &Scene, pile: &mut Pile) {
    scene.start(1).await.expect("accepted");
    let start = pile.command().expect("a start");
    let no = Refusal {
        code: None,
        text: "no".to_owned(),
    };
    pile.answers(&start, Outcome::Refused(no)).await;
}

/// Certificates that expire when a test says.
#[derive(Debug, Default)]
struct TestCertificates(Mutex<Vec<Certificate>>);

impl Certificates for TestCertificates {
    fn certificates(&self) -> Vec<Certificate> {
        self.0.lock().clone()
    }
}

/// A disk that is as full as a test says.
#[derive(Debug)]
struct TestDisk(Mutex<u64>);

impl Disk for TestDisk {
    fn room(&self) -> Option<Room> {
        Some(Room {
            free: *self.0.lock(),
            total: 10_000,
        })
    }
}

/// So many webhooks to nobody.
async fn webhooks(scene: &Scene, count: usize) {
    let target = Target {
        url: "https://nobody.test/".to_owned(),
        api_key_id: None,
    };
    let news: Vec<NewEvent> = (0..count)
        .map(|number| NewEvent {
            event_type: "device.online".into(),
            order_no: None,
            device_id: None,
            phy_id: Some(format!("9{number:013}").parse::<PhyId>().expect("legal")),
            port_no: None,
            data: serde_json::json!({}),
            at: scene.app.now(),
            targets: vec![target.clone()],
        })
        .collect();
    let mut tx = scene.app.db().begin().await.expect("a transaction");
    for some in news.chunks(500) {
        events::insert(tx.conn(), some).await.expect("written");
    }
    tx.commit().await.expect("committed");
}

/// All that wait are tried; so many are delivered, the others given up.
async fn tried(scene: &Scene, delivered: usize) {
    tried_for_the(1, scene, delivered).await;
}

async fn tried_for_the(nth: i16, scene: &Scene, delivered: usize) {
    let (now, mut left) = (scene.app.now(), delivered);
    loop {
        let mut tx = scene.app.db().begin().await.expect("a transaction");
        let lease = Duration::from_mins(1);
        let some = deliveries::claim(tx.conn(), now, None, lease, 5, 500).await;
        let some = some.expect("claimed");
        let attempts: Vec<Attempt> = some
            .iter()
            .map(|delivery| {
                let well = left > 0;
                left = left.saturating_sub(1);
                let (status, verdict) = if well {
                    (200, Verdict::Delivered)
                } else {
                    (410, Verdict::Dead)
                };
                Attempt {
                    delivery_id: delivery.id,
                    attempt: nth,
                    at: now,
                    http_status: Some(status),
                    error: None,
                    duration_ms: 1,
                    verdict,
                }
            })
            .collect();
        deliveries::record(tx.conn(), &attempts)
            .await
            .expect("written");
        tx.commit().await.expect("committed");
        if some.is_empty() {
            return;
        }
    }
}

testkit::both_engines! {
    /// Whatever a device can say of itself is an alarm with the catalogue's code, and is over when
    /// it says so.
    async fn what_a_device_says_of_itself_is_told_and_ends(db: &Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        for (fault, code) in [
            (Fault::ShortCircuit, "port_fault"),
            (Fault::OverCurrent, "port_fault"),
            (Fault::OverTemperature, "port_fault"),
            (Fault::OverPower, "port_over_power"),
            (Fault::OverVoltage, "port_over_voltage"),
            (Fault::UnderVoltage, "port_under_voltage"),
            (Fault::EmergencyStop, "emergency_stop"),
            (Fault::Meter, "meter_fault"),
            (Fault::Relay, "relay_stuck"),
            (Fault::Insulation, "port_leakage"),
            (Fault::Door, "device_exception"),
        ] {
            told(&pile, fault, true).await;
            assert_eq!(scene.open_alarms().await, [code], "{fault:?}");
            told(&pile, fault, true).await;
            assert_eq!(open_rows(&scene).await[0].count, 2, "{fault:?} once more");
            told(&pile, fault, false).await;
            // What is measured has to stay away for a minute.
            scene.advance(61);
            scene.app.age_alarms().await.expect("a database");
            assert_eq!(scene.open_alarms().await, [""; 0], "{fault:?} is over");
        }
    }

    async fn bad_mains_are_told_and_end_after_a_good_minute(db: &Db) {
        let scene = socket(db).await;
        let pile = scene.connect(DEVICE).await;
        let shows = async |decivolts: i64| {
            let report = PortReport {
                voltage: Some(Voltage(decivolts)),
                ..port_report(2, PortState::Idle)
            };
            pile.is_heard();
            pile.shows(report).await;
            scene.app.sweep().await;
        };
        shows(2640).await;
        assert_eq!(scene.open_alarms().await, [""; 0], "264 V are borne");
        shows(2650).await;
        assert_eq!(scene.open_alarms().await, ["port_over_voltage"]);
        shows(1750).await;
        scene.advance(20);
        shows(2200).await;
        scene.advance(20);
        shows(2200).await;
        scene.app.age_alarms().await.expect("a database");
        assert!(has(&scene, "port_under_voltage").await, "not for a minute yet");
        for _ in 0..3 {
            scene.advance(20);
            shows(2200).await;
        }
        scene.app.age_alarms().await.expect("a database");
        assert_eq!(scene.open_alarms().await, [""; 0]);
        // What the device itself measures counts as well.
        let vitals = Vitals { voltage: Some(Voltage(1700)), ..Vitals::default() };
        pile.says(Event::Heartbeat(vitals)).await;
        scene.app.sweep().await;
        assert_eq!(scene.open_alarms().await, ["port_under_voltage"]);
    }

    /// Chargers of cars tell the voltage of their output: that is not the mains.
    async fn the_voltage_of_a_car_is_nobodys_alarm(db: &Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        let report = PortReport { voltage: Some(Voltage(7500)), ..port_report(1, PortState::Idle) };
        pile.shows(report).await;
        scene.app.sweep().await;
        assert_eq!(scene.open_alarms().await, [""; 0]);
    }

    /// A port that draws more than its charge was started with, and a device that draws more than
    /// it is rated for.
    async fn too_much_power_is_told(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let body = serde_json::json!({ "port_no": 1, "charge_mode": 3, "amount": 1000,
            "price_per_kwh": 150, "power_limit_w": 2000 });
        let plan = domain::request::start_plan(&body).expect("a legal request");
        let started = scene.app.start_charging(&crate::scene::caller(), &id(DEVICE), plan).await;
        let order = started.expect("accepted").order;
        assert_eq!(order.power_limit, Some(Power::from_watts(2000)));
        pile.begins(&order).await;
        let mut seconds = 0;
        let mut draws = async |watts: i64| {
            scene.advance(20);
            pile.is_heard();
            seconds += 20;
            let said = Progress {
                power: Some(Power::from_watts(watts)),
                ..progress(ChargeKey::Order(order.order_no), 1, seconds, 1)
            };
            pile.says(Event::Progress(said)).await;
            scene.app.sweep().await;
            scene.app.age_alarms().await.expect("a database");
        };
        draws(2100).await;
        assert_eq!(scene.open_alarms().await, [""; 0], "the meter's own error");
        draws(2300).await;
        assert_eq!(scene.open_alarms().await, ["port_over_power"]);
        draws(6100).await;
        assert!(has(&scene, "total_power_device").await, "of 6000 W");
        let refused = scene.start(2).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
        for _ in 0..5 {
            draws(1000).await;
        }
        assert_eq!(scene.open_alarms().await, [""; 0]);
    }

    async fn silence_and_a_wrong_clock_are_told(db: &Db) {
        let patient = Settings {
            offline_after: Some(Duration::from_hours(1)),
            ..settings()
        };
        let scene = Scene::with(db, patient).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.progresses(order.order_no, 1, 10, 1).await;
        scene.advance(599);
        scene.app.sweep().await;
        assert_eq!(scene.open_alarms().await, [""; 0]);
        scene.advance(2);
        scene.app.sweep().await;
        assert_eq!(scene.open_alarms().await, ["status_report_gap"]);
        let said = scene.app.now() + Duration::from_secs(121);
        let report = progress(ChargeKey::Order(order.order_no), 1, 620, 2);
        pile.says_at(Event::Progress(report), said).await;
        scene.app.sweep().await;
        assert_eq!(scene.open_alarms().await, ["device_clock_drift"], "it reports again");
    }

    /// A clock that is off is set, once for each time that it is found to be off.
    async fn a_wrong_clock_is_set(db: &Db) {
        let scene = with_trait(db, ("clock", "set")).await;
        let mut pile = scene.connect(DEVICE).await;
        let said = scene.app.now() - Duration::from_mins(3);
        for _ in 0..3 {
            pile.says_at(Event::Heartbeat(Vitals::default()), said).await;
            scene.app.sweep().await;
        }
        assert_eq!(scene.open_alarms().await, ["device_clock_drift"]);
        let told = pile.command().expect("the time");
        assert_eq!(told.command, device::Command::SyncTime);
        assert!(pile.command().is_none(), "once");
        pile.says_at(Event::Heartbeat(Vitals::default()), scene.app.now()).await;
        scene.app.sweep().await;
        assert_eq!(scene.open_alarms().await, [""; 0]);
    }

    /// Three refusals in a row are the port's fault: nobody else is sent there until somebody has
    /// looked. So is a meter that is broken, until it says that it is not.
    async fn a_port_that_does_not_work_is_not_sold(db: &Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        for _ in 0..2 {
            fails_to_start(&scene, &mut pile).await;
        }
        // One that works in between forgives the two.
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 60, 5)).await;
        for _ in 0..3 {
            fails_to_start(&scene, &mut pile).await;
        }
        let refused = scene.start(1).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
        assert!(scene.start(2).await.is_ok(), "its neighbour works");
        let of_port = |rows: Vec<AlarmRow>| {
            rows.into_iter().find(|row| row.code == "start_failed" && row.object_type == "port")
        };
        let again = Scene::restarted(db, settings(), scene.clock.clone()).await;
        let mut pile = again.connect(DEVICE).await;
        while pile.command().is_some() {}
        let refused = again.start(1).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "also after a restart");
        let alarm = of_port(open_rows(&again).await).expect("an alarm about the port");
        again.app.resolve_alarm(&anna(), alarm.id, "插座已更换").await.expect("resolved");
        fails_to_start(&again, &mut pile).await;
        assert!(of_port(open_rows(&again).await).is_none(), "it is counted anew");

        told(&pile, Fault::Meter, true).await;
        assert!(has(&again, "meter_fault").await);
        let refused = again.start(1).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
        told(&pile, Fault::Meter, false).await;
        let started = again.start(1).await;
        assert!(started.is_ok(), "{:?}", started.err());
    }

    async fn webhooks_that_fail_are_told_and_end(db: &Db) {
        let scene = Scene::new(db).await;
        let looks = async || scene.app.look_at_kpis().await.expect("a database");
        webhooks(&scene, 19).await;
        tried(&scene, 0).await;
        looks().await;
        assert_eq!(scene.open_alarms().await, [""; 0], "too few to say anything");
        scene.advance(1);
        webhooks(&scene, 200).await;
        tried(&scene, 199).await;
        looks().await;
        assert_eq!(scene.open_alarms().await, ["webhook_failing"], "199 of 219");
        scene.advance(2 * 3600);
        webhooks(&scene, 200).await;
        tried(&scene, 200).await;
        for _ in 0..12 {
            scene.advance(60);
            looks().await;
        }
        assert_eq!(scene.open_alarms().await, [""; 0], "ten good minutes");
        webhooks(&scene, 1_001).await;
        tried(&scene, 0).await;
        scene.app.watch_system().await.expect("a database");
        assert_eq!(scene.open_alarms().await, ["webhook_failing"], "a thousand dead ones");
        let mut tx = db.begin().await.expect("a transaction");
        deliveries::replay_all(tx.conn(), scene.app.now()).await.expect("replayed");
        tx.commit().await.expect("committed");
        scene.app.watch_system().await.expect("a database");
        assert_eq!(scene.open_alarms().await, [""; 0]);
    }

    /// All are delivered, but too many of them at the second try.
    async fn webhooks_that_take_many_tries_are_told(db: &Db) {
        let scene = Scene::new(db).await;
        let watch = async || scene.app.watch_system().await.expect("a database");
        webhooks(&scene, 190).await;
        tried(&scene, 190).await;
        webhooks(&scene, 10).await;
        tried_for_the(2, &scene, 10).await;
        watch().await;
        assert_eq!(scene.open_alarms().await, [""; 0], "one in twenty");
        webhooks(&scene, 1).await;
        tried_for_the(2, &scene, 1).await;
        watch().await;
        assert_eq!(scene.open_alarms().await, ["webhook_failing"], "more than that");
        scene.advance(11 * 60);
        watch().await;
        assert_eq!(scene.open_alarms().await, [""; 0], "none of late");
    }

    async fn webhooks_that_wait_are_told(db: &Db) {
        let scene = Scene::new(db).await;
        webhooks(&scene, 10_000).await;
        scene.app.watch_system().await.expect("a database");
        assert_eq!(scene.open_alarms().await, [""; 0]);
        scene.advance(1);
        webhooks(&scene, 1).await;
        scene.app.watch_system().await.expect("a database");
        assert_eq!(scene.open_alarms().await, ["webhook_backlog"]);
        tried(&scene, 10_001).await;
        scene.app.watch_system().await.expect("a database");
        assert_eq!(scene.open_alarms().await, [""; 0]);
    }

    /// One that is renewed ends its alarm, and so does one that is used no more.
    async fn a_certificate_that_expires_is_told_and_ends_with_its_successor(db: &Db) {
        let held = Arc::new(TestCertificates::default());
        let outside = Outside { certificates: held.clone(), ..Outside::default() };
        let clock = Arc::new(ManualClock::at(NOON));
        let scene = Scene::among(db, settings(), clock, outside).await;
        let look = async |ends: &[(&str, u64)]| {
            *held.0.lock() = ends
                .iter()
                .map(|(name, days)| Certificate {
                    name: (*name).to_owned(),
                    expires_at: NOON + Duration::from_hours(24 * days),
                })
                .collect();
            scene.app.watch_system().await.expect("a database");
            let rows = open_rows(&scene).await;
            let mut told: Vec<String> = rows.into_iter().map(|row| row.object_id).collect();
            told.sort();
            told
        };
        assert_eq!(look(&[("http.tls", 14), ("tcp.tls[0]", 90)]).await, [""; 0]);
        assert_eq!(look(&[("http.tls", 13), ("tcp.tls[0]", 0)]).await, ["http.tls", "tcp.tls[0]"]);
        assert_eq!(open_rows(&scene).await[0].code, "certificate_expiring");
        assert_eq!(look(&[("http.tls", 90), ("tcp.tls[0]", 0)]).await, ["tcp.tls[0]"]);
        assert_eq!(look(&[("http.tls", 90)]).await, [""; 0]);
    }

    /// The log stops first, then new charges; charges that run are settled.
    async fn a_disk_that_fills_up_is_told_before_it_is_full(db: &Db) {
        let disk = Arc::new(TestDisk(Mutex::new(9_000)));
        let outside = Outside { disk: disk.clone(), ..Outside::default() };
        let rules = DiskRules { warning: 2_000, critical: 800 };
        let settings = Settings { disk: rules, ..settings() };
        let clock = Arc::new(ManualClock::at(NOON));
        let scene = Scene::among(db, settings, clock, outside).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        let look = async |free: u64| {
            *disk.0.lock() = free;
            scene.app.watch_disk().await.expect("a database");
            let rows = open_rows(&scene).await;
            rows.iter().map(|row| row.level.clone()).collect::<Vec<_>>()
        };
        assert_eq!(look(2_000).await, [""; 0]);
        assert_eq!(look(1_999).await, ["W"]);
        assert_eq!(look(799).await, ["C"], "the same alarm, graver");
        assert!(scene.start(2).await.is_ok(), "there is room for charges");
        assert_eq!(look(99).await, ["C"]);
        let refused = scene.start(3).await;
        if db.is_postgres() {
            assert!(refused.is_ok(), "its server has a disk of its own");
        } else {
            assert!(matches!(refused, Err(AppError::Unavailable)), "{refused:?}");
        }
        let charge = ChargeKey::Order(order.order_no);
        pile.ends(end(charge, 1, 3600, 523)).await;
        assert_eq!(scene.order(order.order_no).await.final_amount, Some(kernel::Fen(785)));
        assert_eq!(look(1_000).await, ["W"]);
        assert!(scene.start(1).await.is_ok());
        assert_eq!(look(5_000).await, [""; 0]);
        assert!(!has(&scene, "disk_full").await);
    }
}
