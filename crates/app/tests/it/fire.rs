//! Charges that are cut off for fire safety: power off first, evidence, alarm, lock, release.

use crate::scene::{DEVICE, Pile, Scene, end, id, port_report, progress, settings};
use crate::town::{Town, anna};
use app::{AppError, DeviceChange, Settings};
use device::{ChargeKey, Command, EndReason, Event, Fault, FaultList, ListedFault, PortReport};
use device::{PortState, Progress};
use domain::fire::{FireLimits, FireSample};
use domain::order::{Order, OrderStatus};
use kernel::{OrderNo, PortNo, Power};
use std::collections::BTreeMap;
use std::time::Duration;
use store::PageRequest;
use store::fire_cut_offs::{CutOff, CutOffFilter};

/// The device charges e-bikes.
async fn serves_ebikes(scene: &Scene) {
    let change = DeviceChange {
        pinned: BTreeMap::from([("serves".to_owned(), Some("ebikes".to_owned()))]),
        ..DeviceChange::default()
    };
    let changed = scene.app.change_device("test", &id(DEVICE), change).await;
    changed.expect("changed");
}

fn report(order: &Order, seconds: u32, watts: i64, celsius: Option<i16>) -> Progress {
    Progress {
        power: Some(Power::from_watts(watts)),
        temperature_c: celsius,
        ..progress(
            ChargeKey::Order(order.order_no),
            order.port_no.0,
            seconds,
            i64::from(seconds) / 100,
        )
    }
}

/// Reports every ten seconds, this hot.
async fn heats(scene: &Scene, pile: &Pile, order: &Order, readings: &[i16]) {
    let began = scene.app.orders().peek(order.order_no).await;
    let mut seconds = began.map_or(0, |order| u32::try_from(order.duration_s).expect("short"));
    for celsius in readings {
        scene.advance(10);
        seconds += 10;
        let said = report(order, seconds, 150, Some(*celsius));
        pile.says(Event::Progress(said)).await;
    }
    scene.app.look_after_fires().await.expect("written");
}

async fn cut_offs(scene: &Scene) -> Vec<CutOff> {
    let page = PageRequest::default();
    let list = scene
        .app
        .list_cut_offs(&CutOffFilter::default(), page)
        .await;
    list.expect("read").items
}

async fn charging(scene: &Scene, pile: &mut Pile, port: u16) -> Order {
    let order = scene.start(port).await.expect("started").order;
    pile.begins(&order).await;
    scene.order(order.order_no).await
}

fn stops(pile: &mut Pile) -> Vec<OrderNo> {
    let mut stopped = Vec::new();
    while let Some(dispatch) = pile.command() {
        if let Command::StopCharge { order, .. } = dispatch.command {
            stopped.push(order);
        }
    }
    stopped
}

async fn has_smoke(pile: &Pile) {
    let listed = ListedFault {
        fault: Some(Fault::Smoke),
        code: Fault::Smoke.code(),
        values: Vec::new(),
    };
    let list = FaultList {
        port: None,
        faults: vec![listed],
    };
    pile.says(Event::Faults(list)).await;
}

testkit::both_engines! {
    async fn a_hot_port_is_cut_off_locked_and_released(db: &store::Db) {
        let scene = Scene::new(db).await;
        serves_ebikes(&scene).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile, 1).await;
        heats(&scene, &pile, &order, &[30, 255, 31, 90, 32, 0, -40]).await;
        assert!(cut_offs(&scene).await.is_empty(), "single lies");
        assert!(stops(&mut pile).is_empty());
        heats(&scene, &pile, &order, &[60, 84, 88, 91]).await;
        assert_eq!(stops(&mut pile), [order.order_no]);
        let stopping = scene.order(order.order_no).await;
        assert_eq!(stopping.stop_reason, Some(EndReason::FireSafety));
        assert_eq!((stopping.status, stopping.abnormal), (OrderStatus::Charging, true));
        let row = cut_offs(&scene).await.remove(0);
        assert_eq!((row.rule.as_str(), row.value, row.threshold), ("temp_high", 91, 85));
        assert_eq!((row.state.as_str(), row.lock_state.as_str()), ("cutting", "locked"));
        let samples: Vec<FireSample> = serde_json::from_value(row.samples).expect("samples");
        let last = samples.last().expect("evidence");
        assert_eq!((last.temperature_c, last.power), (Some(91), Some(Power::from_watts(150))));
        assert_eq!(samples.len(), 11);
        assert_eq!(row.limits["temp_max_c"], 85);
        assert!(scene.open_alarms().await.contains(&"fire_temp_high".to_owned()));

        pile.ends(end(ChargeKey::Order(order.order_no), 1, 110, 50)).await;
        scene.app.look_after_fires().await.expect("written");
        let ended = scene.order(order.order_no).await;
        assert_eq!(ended.end_reason, Some(EndReason::FireSafety));
        assert_eq!(cut_offs(&scene).await[0].state, "off");
        let refused = scene.start(1).await;
        assert!(refused.is_err(), "locked");
        scene.start(2).await.expect("another port");

        // The lock outlives the program.
        scene.app.flush().await;
        let again = Scene::restarted(db, settings(), scene.clock.clone()).await;
        let pile = again.connect(DEVICE).await;
        pile.shows(port_report(1, PortState::Idle)).await;
        assert!(again.start(1).await.is_err(), "still locked");
        let bad = again.app.release_cut_off(&anna(), row.id, " ").await;
        assert!(matches!(bad, Err(AppError::Invalid { .. })));
        let note = "socket replaced";
        let released = again.app.release_cut_off(&anna(), row.id, note).await.expect("released");
        assert_eq!(released.lock_state, "released");
        assert_eq!(released.note.as_deref(), Some(note));
        let twice = again.app.release_cut_off(&anna(), row.id, note).await;
        assert!(matches!(twice, Err(AppError::Conflict(_))));
        assert!(!again.open_alarms().await.contains(&"fire_temp_high".to_owned()));
        again.start(1).await.expect("free again");
    }

    /// The stop has no effect: it is repeated at once, somebody is told, and it goes on after the
    /// order was closed.
    async fn power_that_flows_on_is_escalated(db: &store::Db) {
        let patient = Settings { offline_after: Some(Duration::from_hours(1)), ..settings() };
        let scene = Scene::with(db, patient).await;
        serves_ebikes(&scene).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile, 1).await;
        heats(&scene, &pile, &order, &[40, 90, 91]).await;
        assert_eq!(stops(&mut pile).len(), 1);
        let mut seconds = 30;
        for _ in 0..7 {
            scene.live_through(10).await;
            seconds += 10;
            let said = report(&order, seconds, 150, Some(92));
            pile.says(Event::Progress(said)).await;
            scene.app.look_after_fires().await.expect("written");
        }
        let repeated = stops(&mut pile).len();
        assert!(repeated >= 4, "{repeated} in a minute");
        assert_eq!(cut_offs(&scene).await.len(), 1, "one fire");
        assert_eq!(cut_offs(&scene).await[0].state, "failed");
        assert!(scene.open_alarms().await.contains(&"cut_off_failed".to_owned()));
        let row = cut_offs(&scene).await.remove(0);
        let early = scene.app.release_cut_off(&anna(), row.id, "looked").await;
        assert!(matches!(early, Err(AppError::Conflict("power may still flow"))));
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 130, 50)).await;
        pile.shows(port_report(1, PortState::Idle)).await;
        scene.app.look_after_fires().await.expect("written");
        assert_eq!(cut_offs(&scene).await[0].state, "off");
        assert!(!scene.open_alarms().await.contains(&"cut_off_failed".to_owned()));
    }

    async fn smoke_stops_every_port_of_the_device(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let first = charging(&scene, &mut pile, 1).await;
        let second = charging(&scene, &mut pile, 3).await;
        has_smoke(&pile).await;
        scene.app.look_after_fires().await.expect("written");
        let mut stopped = stops(&mut pile);
        stopped.sort();
        let mut both = vec![first.order_no, second.order_no];
        both.sort();
        assert_eq!(stopped, both);
        let rows = cut_offs(&scene).await;
        assert_eq!((rows.len(), rows[0].port_no, rows[0].rule.as_str()), (1, None, "smoke"));
        let alarms = scene.open_alarms().await;
        assert!(alarms.contains(&"smoke".to_owned()) && alarms.contains(&"fire_smoke".to_owned()));
        assert!(scene.start(2).await.is_err(), "all ports are locked");
        has_smoke(&pile).await;
        scene.app.look_after_fires().await.expect("written");
        assert_eq!(cut_offs(&scene).await.len(), 1, "told twice");
        for order in [&first, &second] {
            let report = end(ChargeKey::Order(order.order_no), order.port_no.0, 60, 10);
            pile.ends(report).await;
        }
        scene.app.look_after_fires().await.expect("written");
        let id = rows[0].id;
        scene.app.release_cut_off(&anna(), id, "a cigarette").await.expect("released");
        scene.start(2).await.expect("free again");
    }

    /// What a charge drew before the program was restarted is judged with what it draws now.
    async fn a_restart_forgets_no_full_battery(db: &store::Db) {
        let scene = Scene::new(db).await;
        serves_ebikes(&scene).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile, 1).await;
        let mut seconds = 0;
        for watts in [200, 200, 200, 12, 12, 12, 12] {
            scene.advance(60);
            seconds += 60;
            pile.says(Event::Progress(report(&order, seconds, watts, None))).await;
        }
        scene.advance(61);
        assert!(scene.app.flush().await);
        drop(pile);
        let scene = Scene::restarted(db, settings(), scene.clock.clone()).await;
        let mut pile = scene.connect(DEVICE).await;
        seconds += 61;
        pile.says(Event::Progress(report(&order, seconds, 12, None))).await;
        scene.app.look_after_fires().await.expect("read");
        for _ in 0..4 {
            scene.advance(60);
            seconds += 60;
            pile.says(Event::Progress(report(&order, seconds, 120, None))).await;
        }
        scene.app.look_after_fires().await.expect("written");
        let rows = cut_offs(&scene).await;
        assert_eq!((rows.len(), rows[0].rule.as_str()), (1, "after_full"));
        assert_eq!(stops(&mut pile), [order.order_no]);
    }

    async fn the_member_is_told_and_thresholds_are_the_stations(db: &store::Db) {
        let town = Town::new(db).await;
        serves_ebikes(&town.scene).await;
        let app = &town.scene.app;
        let limits = FireLimits { temp_max_c: 60, ..FireLimits::default() };
        let set = app.set_station_fire_limits(&anna(), town.station, Some(limits)).await;
        assert_eq!(set.expect("set").limits.temp_max_c, 60);
        let wrong = FireLimits { rise_window_s: 5, ..limits };
        let refused = app.set_station_fire_limits(&anna(), town.station, Some(wrong)).await;
        assert!(matches!(refused, Err(AppError::Semantic { field, .. }) if field == "rise_window_s"));
        let missing = app.set_station_fire_limits(&anna(), 999, Some(limits)).await;
        assert!(matches!(missing, Err(AppError::NotFound("station"))));
        let member = town.member("13800138000", 5000).await;
        let clock = town.scene.clock.clone();
        let again = Scene::restarted_among(db, settings(), clock, town.outside.clone()).await;
        let town = Town { scene: again, ..town };
        let mut pile = town.scene.connect(DEVICE).await;
        let order = town.start(member, 1, 1000).await.expect("started");
        pile.begins(&order).await;
        heats(&town.scene, &pile, &order, &[40, 61, 62]).await;
        assert_eq!(cut_offs(&town.scene).await[0].threshold, 60);
        let page = PageRequest::default();
        let told = town.scene.app.member_messages(member, true, page).await.expect("read").items;
        assert_eq!((told[0].kind.as_str(), told[0].biz_no.as_str()),
            ("charge_cut_off", order.order_no.as_str()));
        assert!(told[0].text.contains("温度过高"));
        let app = &town.scene.app;
        let gone = app.set_station_fire_limits(&anna(), town.station, None).await.expect("gone");
        assert_eq!((gone.limits.temp_max_c, gone.own), (85, None));
    }

    /// A device of cars, and a station that watches nobody.
    async fn only_what_is_watched_is_cut_off(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile, 1).await;
        heats(&scene, &pile, &order, &[90, 91, 92]).await;
        assert!(cut_offs(&scene).await.is_empty(), "cars have their own");
        serves_ebikes(&scene).await;
        let off = Some(serde_json::json!(0));
        scene.app.change_setting(&anna(), "fire.enabled", off).await.expect("off");
        heats(&scene, &pile, &order, &[90, 91, 92]).await;
        assert!(cut_offs(&scene).await.is_empty(), "switched off");
        scene.app.change_setting(&anna(), "fire.enabled", None).await.expect("on");
        let hot = PortReport {
            temperature_c: Some(95),
            charge: Some(ChargeKey::Order(order.order_no)),
            power: Some(Power::from_watts(100)),
            ..port_report(1, PortState::Charging)
        };
        for _ in 0..2 {
            scene.advance(10);
            pile.shows(hot.clone()).await;
        }
        scene.app.look_after_fires().await.expect("written");
        let rows = cut_offs(&scene).await;
        assert_eq!((rows.len(), rows[0].port_no), (1, Some(PortNo(1))), "by its status");
    }
}
