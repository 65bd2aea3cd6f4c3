//! Key figures: counted out of facts, surviving restarts, watched, shown to whom they belong.

use crate::scene::{DEVICE, NOON, Scene, caller, end, id, settings};
use crate::town::{Town, anna};
use app::{AppError, CurveStep, KpiQuery, Period};
use device::{ChargeKey, Event, Outcome, Refusal, Tally, Vitals};
use domain::kpi::{Business, Counts, Figure, Kpi, Millionths, Rating};
use domain::org::Scope;
use kernel::{DeviceId, OrderNo, Timestamp};
use serde_json::json;
use std::time::Duration;
use store::session_quality::{self, SessionRow};

async fn of(scene: &Scene, period: Period, figure: impl Into<Figure>) -> Counts {
    let table = scene.app.kpi_table(&KpiQuery::default(), period).await;
    let table = table.expect("a table");
    table
        .counts
        .get(&figure.into())
        .copied()
        .unwrap_or_default()
}

/// So many charges that ended just now, so many of them compliant, so many closed by a watchdog.
async fn sessions(scene: &Scene, first: u32, all: u32, compliant: u32, stuck: u32) {
    let now = scene.app.now();
    let rows: Vec<SessionRow> = (0..all)
        .map(|number| SessionRow {
            order_no: format!("THD{:013}", first + number)
                .parse::<OrderNo>()
                .expect("a number"),
            device_id: DeviceId(1),
            station_id: 0,
            protocol: "toy".to_owned(),
            model: String::new(),
            firmware: "v8.6".to_owned(),
            started_at: now - Duration::from_mins(30),
            ended_at: Some(now),
            day: Some(domain::day::Day::of(now).to_string()),
            expected: 6,
            received: 6,
            last_report_at: None,
            longest_gap_s: 0,
            bad_frames: 0,
            acked: true,
            ended_by: Some(
                if number < stuck {
                    "stuck"
                } else {
                    "end_report"
                }
                .to_owned(),
            ),
            reported_at: Some(now),
            complete: true,
            compliant: Some(number >= all - compliant),
        })
        .collect();
    let mut tx = scene.app.db().begin().await.expect("a transaction");
    session_quality::put(tx.conn(), &rows)
        .await
        .expect("written");
    tx.commit().await.expect("committed");
}

async fn looks(scene: &Scene, minutes: u64) {
    for _ in 0..minutes {
        scene.advance(60);
        scene.app.look_at_kpis().await.expect("a database");
    }
}

testkit::both_engines! {
    /// A charge is counted in the hour in which it ended, once, however often it is counted; a
    /// correction counts afterwards.
    async fn hours_are_counted_out_of_facts(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        scene.advance(3600);
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 3600, 523)).await;
        let failing = scene.start(2).await.expect("accepted").order;
        let start = pile.command().expect("a start");
        let no = Outcome::Refused(Refusal { code: Some(7), text: "no".to_owned() });
        pile.answers(&start, no).await;
        drop(failing);
        for _ in 0..2 {
            scene.app.look_at_kpis().await.expect("a database");
            scene.app.write_kpis().await.expect("a database");
            for period in [Period::Day, Period::Week, Period::Month] {
                assert_eq!(of(&scene, period, Kpi::ChargeSuccess).await, Counts::of(1, 2));
                assert_eq!(of(&scene, period, Kpi::OrderCompletion).await, Counts::of(1, 1));
                assert_eq!(of(&scene, period, Kpi::EndReport).await, Counts::of(1, 1));
                assert_eq!(of(&scene, period, Kpi::Stuck).await, Counts::of(0, 1));
                assert_eq!(of(&scene, period, Kpi::AverageDuration).await, Counts::of(3600, 60));
                assert_eq!(of(&scene, period, Kpi::CommandSuccess).await, Counts::of(1, 2));
                assert_eq!(of(&scene, period, Business::Energy).await.part, 52_300);
                assert_eq!(of(&scene, period, Business::Orders).await.part, 1);
                assert_eq!(of(&scene, period, Business::Electricity).await.part
                    + of(&scene, period, Business::Service).await.part, 785);
            }
        }
        // The hour before the last has the start, the last one the end.
        let curve = scene.app.kpi_curve(&KpiQuery::default(), CurveStep::Hour, None, None).await;
        let curve = curve.expect("a curve");
        let orders: Vec<_> = curve.iter()
            .map(|point| (point.at, point.of(Business::Orders.into()).part))
            .filter(|(_, orders)| *orders > 0)
            .collect();
        assert_eq!(orders, [(NOON + Duration::from_hours(1), 1)]);
        // Another program counts the same out of the same facts.
        let again = Scene::restarted(db, settings(), scene.clock.clone()).await;
        again.app.write_kpis().await.expect("a database");
        assert_eq!(of(&again, Period::Day, Kpi::ChargeSuccess).await, Counts::of(1, 2));
        assert_eq!(of(&again, Period::Hour, Kpi::OrderCompletion).await, Counts::of(1, 1));
    }

    /// A program that was away for days counts what it missed, by the hour in which it happened.
    async fn downtime_is_caught_up_with(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, 100)).await;
        scene.advance(50 * 3600);
        let back = Scene::restarted(db, settings(), scene.clock.clone()).await;
        back.app.write_kpis().await.expect("a database");
        assert_eq!(of(&back, Period::Day, Business::Orders).await.part, 0);
        assert_eq!(of(&back, Period::Week, Business::Orders).await.part, 1);
        let curve = back.app.kpi_curve(&KpiQuery::default(), CurveStep::Day, None, None).await;
        let days: Vec<_> = curve.expect("a curve").iter()
            .filter(|point| point.of(Business::Orders.into()).part == 1)
            .map(|point| domain::day::Day::of(point.at).to_string())
            .collect();
        assert_eq!(days, ["2024-10-20"]);
    }

    /// What only memory sees is written every minute as additions, and is not lost with it.
    async fn counts_of_memory_survive_a_restart(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        scene.app.look_at_kpis().await.expect("a database");
        for beat in 0..20_u32 {
            // Every fifth is lost.
            scene.advance(11);
            if beat % 5 != 4 {
                pile.says(Event::Heartbeat(Vitals::default())).await;
            }
        }
        pile.says(Event::Heartbeat(Vitals::default())).await;
        scene.app.count_consistency(1440, 2);
        scene.app.look_at_kpis().await.expect("a database");
        let lost = of(&scene, Period::Hour, Kpi::HeartbeatLoss).await;
        assert_eq!(lost, Counts::of(17, 20));
        assert_eq!(of(&scene, Period::Hour, Kpi::DeviceOnline).await, Counts::of(220, 220));
        drop((pile, scene.app));
        let again = Scene::restarted(db, settings(), scene.clock).await;
        assert_eq!(of(&again, Period::Hour, Kpi::HeartbeatLoss).await, Counts::of(17, 20));
        assert_eq!(of(&again, Period::Hour, Kpi::StateConsistency).await, Counts::of(2, 1440));
        again.app.count_consistency(60, 0);
        again.app.look_at_kpis().await.expect("a database");
        again.app.write_kpis().await.expect("a database");
        for period in [Period::Hour, Period::Day] {
            let counts = of(&again, period, Kpi::StateConsistency).await;
            assert_eq!(counts, Counts::of(2, 1500));
            assert_eq!(Kpi::StateConsistency.value(counts), Some(Millionths(998_667)));
        }
        // An hour later it is past.
        again.advance(3600 + 300);
        again.app.look_at_kpis().await.expect("a database");
        assert_eq!(of(&again, Period::Hour, Kpi::StateConsistency).await, Counts::default());
        assert_eq!(of(&again, Period::Day, Kpi::StateConsistency).await, Counts::of(2, 1500));
    }

    /// A2-39: the critical alarms come with bad figures, outlive a restart, and end ten minutes
    /// after the figures are back.
    async fn bad_figures_wake_somebody_and_good_ones_end_it(db: &store::Db) {
        let scene = Scene::new(db).await;
        sessions(&scene, 0, 1000, 940, 25).await;
        let tally = Tally { frames: 180, bad_frames: 20, ..Tally::default() };
        scene.app.bytes_seen(Some(&id(DEVICE)), 0, &tally);
        scene.app.look_at_kpis().await.expect("a database");
        let wanted = [
            "kpi_warning",
            "protocol_compliance_low",
            "protocol_error_high",
            "stuck_rate_high",
        ];
        let open = |mut codes: Vec<String>| { codes.sort(); codes };
        assert_eq!(open(scene.open_alarms().await), wanted, "completion is a warning");
        // They stay while the figures stay, one alarm each.
        looks(&scene, 15).await;
        assert_eq!(open(scene.open_alarms().await), wanted);
        let again = Scene::restarted(db, settings(), scene.clock.clone()).await;
        // 54 minutes later the bad hour is over.
        again.advance(54 * 60);
        looks(&again, 10).await;
        assert_eq!(open(again.open_alarms().await), wanted, "nine minutes are not enough");
        looks(&again, 1).await;
        assert_eq!(again.open_alarms().await, Vec::<String>::new());
        // Nineteen say nothing.
        sessions(&again, 5000, 19, 0, 19).await;
        looks(&again, 1).await;
        assert_eq!(again.open_alarms().await, Vec::<String>::new());
    }

    /// Starts that fail are an alarm of their own; a warning is another.
    async fn failing_starts_are_told(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        for number in 0..20_u16 {
            // A port that has failed three times is not tried again.
            let device = format!("8221022500{:04}", number / 2);
            if number % 2 == 0 {
                let new = app::NewDevice {
                    phy_id: Some(id(&device)),
                    port_count: Some(4),
                    ..app::NewDevice::default()
                };
                scene.app.create_device("test", new).await.expect("made");
                pile = scene.connect(&device).await;
            }
            let body = json!({ "port_no": 1, "charge_mode": 1, "duration": 60, "amount": 100 });
            let plan = domain::request::start_plan(&body).expect("a legal request");
            let started = scene.app.start_charging(&caller(), &id(&device), plan).await;
            started.expect("accepted");
            let start = pile.command().expect("a start");
            let no = Outcome::Refused(Refusal { code: None, text: "no".to_owned() });
            pile.answers(&start, no).await;
        }
        scene.app.look_at_kpis().await.expect("a database");
        assert_eq!(of(&scene, Period::Hour, Kpi::ChargeSuccess).await, Counts::of(0, 20));
        let open = scene.open_alarms().await;
        assert!(open.contains(&"charge_success_low".to_owned()), "{open:?}");
    }

    /// What is good is the operator's to say, at once and without a restart.
    async fn thresholds_are_settings(db: &store::Db) {
        let scene = Scene::new(db).await;
        sessions(&scene, 0, 1000, 1000, 15).await;
        scene.app.look_at_kpis().await.expect("a database");
        let counts = of(&scene, Period::Hour, Kpi::Stuck).await;
        let rated = |scene: &Scene| Kpi::Stuck.rating(counts, scene.app.kpi_bounds(Kpi::Stuck));
        assert_eq!(rated(&scene), Some(Rating::Warning));
        let app = &scene.app;
        let key = "kpi.stuck_rate.critical";
        let set = app.change_setting(&anna(), key, Some(json!(120))).await.expect("changed");
        assert_eq!((set.value, set.default), (json!(120), json!(200)));
        assert_eq!(rated(&scene), Some(Rating::Critical));
        let refused = app.change_setting(&anna(), key, Some(json!(10_001))).await;
        assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
        looks(&scene, 1).await;
        assert!(scene.open_alarms().await.contains(&"stuck_rate_high".to_owned()));
        app.change_setting(&anna(), key, None).await.expect("taken back");
        assert_eq!(rated(&scene), Some(Rating::Warning));
        let again = Scene::restarted(db, settings(), scene.clock.clone()).await;
        assert_eq!(rated(&again), Some(Rating::Warning));
    }

    /// A station's figures are its owner's, its agent's and the platform's, and nobody else's.
    async fn figures_belong_to_somebody(db: &store::Db) {
        let town = Town::new(db).await;
        let scene = &town.scene;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, 100)).await;
        let mut tx = db.begin().await.expect("a transaction");
        let other = crate::town::org(tx.conn(), domain::org::OrgType::Merchant, 1).await;
        tx.commit().await.expect("committed");
        scene.app.look_at_kpis().await.expect("a database");
        scene.app.write_kpis().await.expect("a database");
        let agent = Scope::Within(format!("/1/{}/", town.agent.0));
        let merchant = Scope::Within(format!("/1/{}/{}/", town.agent.0, town.merchant.0));
        let stranger = Scope::Within(other.path.clone());
        for (scope, station, org, orders) in [
            (Scope::Everything, None, None, Ok(1)),
            (Scope::Everything, Some(town.station), None, Ok(1)),
            (Scope::Everything, None, Some(other.id), Ok(0)),
            (agent.clone(), None, None, Ok(1)),
            (agent.clone(), None, Some(town.merchant.0), Ok(1)),
            (merchant.clone(), None, None, Ok(1)),
            (merchant.clone(), None, Some(town.agent.0), Err("organisation")),
            (stranger.clone(), None, None, Ok(0)),
            (stranger.clone(), Some(town.station), None, Err("station")),
            (stranger, None, Some(town.merchant.0), Err("organisation")),
            (Scope::Everything, Some(999), None, Err("station")),
        ] {
            let query = KpiQuery { station, org, scope };
            for period in [Period::Hour, Period::Day, Period::Year] {
                let found = scene.app.kpi_table(&query, period).await;
                let found = found.map(|table| {
                    table.counts.get(&Business::Orders.into()).map_or(0, |counts| counts.part)
                });
                match (found, orders) {
                    (Ok(found), Ok(orders)) => assert_eq!(found, orders, "{query:?} {period:?}"),
                    (Err(AppError::NotFound(what)), Err(wanted)) => assert_eq!(what, wanted),
                    other => panic!("{query:?} {period:?}: {other:?}"),
                }
            }
        }
        let all = KpiQuery::default();
        let (from, to) = (Some(NOON), Some(Timestamp(NOON.0 - 1)));
        let curve = scene.app.kpi_curve(&all, CurveStep::Hour, from, to).await;
        assert!(matches!(curve, Err(AppError::Invalid { .. })));
    }
}
