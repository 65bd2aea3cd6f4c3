//! What stations draw: curves, alarms, the sharing of their supply.

use crate::scene::Scene;
use crate::scene::{DEVICE, Pile, id, port_report, progress, settings};
use crate::town::{Town, anna};
use app::{AppError, DeviceShareWish, Settings, StationPowerWish};
use device::Outcome;
use device::{ChargeKey, Command, Event, PortReport, PortState, PowerLimit, Progress, Refusal};
use domain::order::Order;
use domain::org::Scope;
use kernel::{PortNo, Power};
use std::time::Duration;
use store::PageRequest;
use store::alarms::{self, AlarmFilter, AlarmRow};
use store::fire_cut_offs::CutOffFilter;

/// A town whose device stands at its station, online for an hour whatever it says.
async fn town(db: &store::Db) -> Town {
    let town = Town::new(db).await;
    let bound = town
        .scene
        .app
        .bind_devices(&anna(), town.station, &[id(DEVICE)])
        .await;
    assert_eq!(bound.expect("bound"), 1);
    let patient = Settings {
        offline_after: Some(Duration::from_hours(1)),
        ..settings()
    };
    let clock = town.scene.clock.clone();
    let scene = Scene::restarted_among(db, patient, clock, town.outside.clone()).await;
    Town { scene, ..town }
}

async fn capacity(town: &Town, watts: i64) {
    let wish = StationPowerWish {
        capacity_w: watts,
        reserve_w: 0,
        start_w: Some(1000),
    };
    let set = town
        .scene
        .app
        .set_station_power(&anna(), town.station, wish)
        .await;
    set.expect("set");
}

async fn look(town: &Town, seconds: u64) {
    town.scene.advance(seconds);
    town.scene.app.look_at_power().await.expect("looked");
}

async fn draws(pile: &Pile, order: &Order, seconds: u32, watts: i64) {
    let said = Progress {
        power: Some(Power::from_watts(watts)),
        ..progress(
            ChargeKey::Order(order.order_no),
            order.port_no.0,
            seconds,
            10,
        )
    };
    pile.says(Event::Progress(said)).await;
}

async fn charging(town: &Town, pile: &mut Pile, port: u16) -> Order {
    let order = town.scene.start(port).await.expect("started").order;
    pile.begins(&order).await;
    order
}

fn limits(pile: &mut Pile) -> Vec<(device::Dispatch, u8)> {
    let mut told = Vec::new();
    while let Some(dispatch) = pile.command() {
        if let Command::SetPowerLimit {
            limit: PowerLimit::Percent(percent),
            ..
        } = dispatch.command
        {
            told.push((dispatch, percent));
        }
    }
    told
}

async fn of_station(town: &Town) -> Vec<AlarmRow> {
    let mut view = town.scene.app.db().view().await.expect("a connection");
    let filter = AlarmFilter {
        open: true,
        ..AlarmFilter::default()
    };
    let list = alarms::list(view.conn(), &filter, PageRequest::default()).await;
    let rows = list.expect("read").items;
    rows.into_iter()
        .filter(|row| row.object_type == "station")
        .collect()
}

testkit::both_engines! {
    async fn the_supply_is_shared_and_answers_are_heard(db: &store::Db) {
        let town = town(db).await;
        let app = &town.scene.app;
        let early = app.set_balancing(&anna(), town.station, true).await;
        assert!(matches!(early, Err(AppError::Conflict(_))), "nobody said how much");
        capacity(&town, 3000).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let order = charging(&town, &mut pile, 1).await;
        draws(&pile, &order, 10, 1500).await;
        look(&town, 10).await;
        assert!(limits(&mut pile).is_empty(), "off until somebody wants it");
        let none = app.power_plan(town.station).await;
        assert!(matches!(none, Err(AppError::Conflict("the station is not balanced"))));
        app.set_balancing(&anna(), town.station, true).await.expect("on");
        look(&town, 10).await;
        let told = limits(&mut pile);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].1, 50, "3 of 6 kW");
        pile.accepts(&told[0].0).await;
        look(&town, 10).await;
        let plan = app.power_plan(town.station).await.expect("a plan");
        assert_eq!((plan.available_w, plan.fixed_w, plan.short), (3000, 0, false));
        let line = &plan.lines[0];
        assert_eq!((line.steering, line.percent, line.granted_w), ("steerable", Some(50), 3000));
        assert_eq!(line.limit.as_ref().expect("sent").state, "taken");
        capacity(&town, 6000).await;
        look(&town, 10).await;
        assert!(limits(&mut pile).is_empty(), "it rises no sooner than after a minute");
        look(&town, 60).await;
        let told = limits(&mut pile);
        assert_eq!(told.iter().map(|(_, percent)| *percent).collect::<Vec<_>>(), [100]);
        // The limit outlives the program.
        let clock = town.scene.clock.clone();
        let again = Scene::restarted_among(db, settings(), clock, town.outside.clone()).await;
        let loads = again.app.station_devices_load(town.station).await.expect("read");
        assert_eq!(loads[0].limit.as_ref().expect("kept").percent, 100);
    }

    /// A device that does not answer counts with all that it might draw, and nobody else begins.
    async fn silence_counts_with_the_full_draw(db: &store::Db) {
        let town = town(db).await;
        let app = &town.scene.app;
        capacity(&town, 5000).await;
        app.set_balancing(&anna(), town.station, true).await.expect("on");
        let mut pile = town.scene.connect(DEVICE).await;
        let order = charging(&town, &mut pile, 1).await;
        draws(&pile, &order, 10, 1500).await;
        look(&town, 10).await;
        assert_eq!(limits(&mut pile)[0].1, 83);
        town.scene.start(2).await.expect("there is room within its limit");
        look(&town, 31).await;
        let plan = app.power_plan(town.station).await.expect("a plan");
        assert_eq!((plan.lines[0].steering, plan.lines[0].granted_w), ("silent", 6000));
        assert!(plan.short);
        assert_eq!(plan.lines[0].limit.as_ref().expect("sent").state, "unanswered");
        let refused = town.scene.start(3).await;
        assert!(matches!(refused, Err(AppError::Conflict("device power limit reached"))));
        look(&town, 300).await;
        let again = limits(&mut pile);
        assert_eq!(again[0].1, 30, "asked again, for its least");
        let no = Refusal { code: Some(1), text: "no".to_owned() };
        pile.answers(&again[0].0, Outcome::Refused(no)).await;
        look(&town, 10).await;
        let plan = app.power_plan(town.station).await.expect("a plan");
        assert_eq!(plan.lines[0].limit.as_ref().expect("sent").state, "refused");
        app.set_balancing(&anna(), town.station, false).await.expect("off");
        town.scene.start(3).await.expect("as before");
    }

    async fn what_is_set_is_checked(db: &store::Db) {
        let town = town(db).await;
        let app = &town.scene.app;
        let wish = StationPowerWish { capacity_w: 1000, reserve_w: 1000, start_w: None };
        let wrong = app.set_station_power(&anna(), town.station, wish).await;
        assert!(matches!(wrong, Err(AppError::Invalid { field, .. }) if field == "reserve_w"));
        let wish = StationPowerWish { reserve_w: 0, ..wish };
        let missing = app.set_station_power(&anna(), 99, wish).await;
        assert!(matches!(missing, Err(AppError::NotFound("station"))));
        let share = DeviceShareWish { weight: 3, least_pct: 29 };
        let wrong = app.set_device_share(&anna(), &id(DEVICE), share).await;
        assert!(matches!(wrong, Err(AppError::Invalid { field, .. }) if field == "least_pct"));
        let share = DeviceShareWish { least_pct: 40, ..share };
        let set = app.set_device_share(&anna(), &id(DEVICE), share).await.expect("set");
        assert_eq!((set.weight, set.least_pct), (3, 40));
    }

    async fn curves_are_means_by_the_minute(db: &store::Db) {
        let town = town(db).await;
        let app = &town.scene.app;
        let begin = app.now();
        let mut pile = town.scene.connect(DEVICE).await;
        let order = charging(&town, &mut pile, 1).await;
        for (seconds, watts) in [(20, 1000), (40, 2000), (80, 900)] {
            draws(&pile, &order, seconds, watts).await;
            look(&town, 20).await;
        }
        let until = begin + Duration::from_hours(1);
        let points = app.station_curve(town.station, begin, until).await.expect("read");
        let watts: Vec<i64> = points.iter().map(|point| point.mean_w).collect();
        assert_eq!(watts, [1500, 900]);
        assert_eq!(points[1].at, begin + Duration::from_mins(1));
        look(&town, 600).await;
        let written = app.device_curve(&id(DEVICE), begin, until).await.expect("read");
        assert_eq!(written[..2], points[..2]);
        let of_port = app.port_curve(&id(DEVICE), PortNo(1), begin, until).await.expect("read");
        assert_eq!(of_port[..2], points[..2], "nothing else draws there");
        let idle = app.port_curve(&id(DEVICE), PortNo(2), begin, until).await.expect("read");
        assert!(idle.is_empty(), "{idle:?}");
        let none = app.port_curve(&id(DEVICE), PortNo(99), begin, until).await;
        assert!(matches!(none, Err(AppError::NotFound("port"))));
        let back = app.station_curve(town.station, until, begin).await;
        assert!(matches!(back, Err(AppError::Invalid { .. })));
        let page = PageRequest::default();
        let loads = app.station_loads(Scope::Everything, None, page).await.expect("read");
        let load = &loads.items[0];
        assert_eq!((load.draw_w, load.rated_w, load.devices, load.orders), (900, 6000, 1, 1));
    }

    async fn overload_is_warned_of_and_then_critical(db: &store::Db) {
        let town = town(db).await;
        capacity(&town, 1660).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let order = charging(&town, &mut pile, 1).await;
        let mut levels = Vec::new();
        let steps = [(10, 1400), (20, 1500), (30, 1700), (40, 1450), (50, 1000)];
        for (seconds, watts) in steps {
            draws(&pile, &order, seconds, watts).await;
            look(&town, 10).await;
            let rows = of_station(&town).await;
            levels.push(rows.first().map(|row| (row.code.clone(), row.level.clone())));
        }
        let at = |level: &str| Some(("power_overload".to_owned(), level.to_owned()));
        assert_eq!(levels, [None, at("W"), at("C"), at("W"), None]);
    }

    /// The port of a relay that does not open stays locked after the power is gone, until
    /// somebody has looked.
    async fn a_stuck_relay_locks_its_port(db: &store::Db) {
        let town = town(db).await;
        let (scene, app) = (&town.scene, &town.scene.app);
        let pile = scene.connect(DEVICE).await;
        let draws = |watts| PortReport {
            power: Some(Power::from_watts(watts)),
            ..port_report(2, PortState::Idle)
        };
        pile.shows(draws(40)).await;
        look(&town, 10).await;
        look(&town, 61).await;
        app.look_after_fires().await.expect("written");
        assert!(scene.open_alarms().await.contains(&"relay_stuck".to_owned()));
        assert!(scene.start(2).await.is_err(), "it would charge whoever comes");
        let rows = app.list_cut_offs(&CutOffFilter::default(), PageRequest::default()).await;
        let row = rows.expect("read").items.remove(0);
        assert_eq!((row.rule.as_str(), row.lock_state.as_str()), ("relay_stuck", "locked"));
        assert_eq!((row.value, row.threshold, row.order_no), (400, 50, None));
        let early = app.release_cut_off(&anna(), row.id, "looked").await;
        assert!(matches!(early, Err(AppError::Conflict("power may still flow"))));

        pile.shows(draws(0)).await;
        look(&town, 10).await;
        app.look_after_fires().await.expect("written");
        assert!(!scene.open_alarms().await.contains(&"relay_stuck".to_owned()));
        assert!(scene.start(2).await.is_err(), "the lock stays");
        app.release_cut_off(&anna(), row.id, "relay replaced").await.expect("released");
        scene.start(2).await.expect("free again");
    }

    async fn a_station_that_is_away_and_a_gun_that_hangs_about(db: &store::Db) {
        let town = town(db).await;
        look(&town, 10).await;
        assert!(of_station(&town).await.is_empty());
        let mut pile = town.scene.connect(DEVICE).await;
        let order = charging(&town, &mut pile, 1).await;
        pile.ends(crate::scene::end(ChargeKey::Order(order.order_no), 1, 60, 10)).await;
        let left_in = PortReport { plugged: Some(true), ..port_report(1, PortState::Finishing) };
        pile.shows(left_in).await;
        look(&town, 10).await;
        look(&town, 1790).await;
        assert!(!town.scene.open_alarms().await.contains(&"gun_not_returned".to_owned()));
        look(&town, 20).await;
        assert!(town.scene.open_alarms().await.contains(&"gun_not_returned".to_owned()));
        let out = PortReport { plugged: Some(false), ..port_report(1, PortState::Idle) };
        pile.shows(out).await;
        look(&town, 10).await;
        assert!(!town.scene.open_alarms().await.contains(&"gun_not_returned".to_owned()));
        let drawing = PortReport {
            power: Some(Power::from_watts(40)),
            ..port_report(2, PortState::Idle)
        };
        pile.shows(drawing).await;
        look(&town, 10).await;
        look(&town, 61).await;
        town.scene.app.look_after_fires().await.expect("written");
        assert!(town.scene.open_alarms().await.contains(&"relay_stuck".to_owned()));
        pile.leave();
        town.scene.settle().await;
        look(&town, 290).await;
        assert!(of_station(&town).await.is_empty(), "not yet");
        look(&town, 20).await;
        let row = of_station(&town).await.remove(0);
        assert_eq!((row.code.as_str(), row.station_id), ("station_offline", Some(town.station)));
        // It is the station's owner's, and nobody else's.
        let seen_by = async |path: String| {
            let mut view = town.scene.app.db().view().await.expect("a connection");
            let filter = AlarmFilter {
                open: true,
                code: Some("station_offline".to_owned()),
                scope: Scope::Within(path),
                ..AlarmFilter::default()
            };
            let list = alarms::list(view.conn(), &filter, PageRequest::default()).await;
            list.expect("read").items.len()
        };
        let owner = format!("/1/{}/{}/", town.agent.0, town.merchant.0);
        assert_eq!((seen_by(owner).await, seen_by("/1/999/".to_owned()).await), (1, 0));
        // The silence of its devices is not told beside it.
        town.scene.advance(300);
        town.scene.app.sweep().await;
        town.scene.app.decide_on_alarms().await.expect("a database");
        let mut view = town.scene.app.db().view().await.expect("a connection");
        let filter = AlarmFilter { code: Some("device_offline".to_owned()), ..AlarmFilter::default() };
        let silent = alarms::list(view.conn(), &filter, PageRequest::default()).await;
        let silent = silent.expect("read").items;
        assert_eq!(silent.len(), 1);
        assert_eq!(silent[0].silenced_by.as_deref(), Some("parent"));
        drop(view);
        town.scene.connect(DEVICE).await;
        look(&town, 10).await;
        assert!(of_station(&town).await.is_empty());
    }
}
