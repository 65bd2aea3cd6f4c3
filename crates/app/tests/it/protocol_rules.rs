//! What devices do wrong is counted with its evidence, and what they do right is points.

use crate::scene::{DEVICE, Pile, Scene, end, id, port_report, progress, settings};
use crate::town::Town;
use app::{AppError, QualityDetail, QualityQuery};
use device::{
    AlarmReport, ChargeKey, EndReason, EndReport, Event, PortState, Progress, Registration, Tally,
};
use domain::kpi::{Counts, Kpi};
use domain::org::Scope;
use domain::quality::{Area, Rule};
use kernel::{DeviceId, Energy, OrderNo, PortNo, Power};
use std::time::Duration;
use store::PageRequest;
use store::protocol_quality::{Found, Grouping};
use store::session_quality::{self, SessionRow};

async fn session(scene: &Scene, order: OrderNo) -> Option<SessionRow> {
    let mut view = scene.app.db().view().await.expect("a connection");
    let found = session_quality::find(view.conn(), order).await;
    found.expect("a readable row")
}

async fn written(scene: &Scene) {
    scene.app.look_at_kpis().await.expect("a database");
    scene.app.write_kpis().await.expect("a database");
}

async fn detail(scene: &Scene) -> QualityDetail {
    let query = QualityQuery {
        device: Some(id(DEVICE)),
        ..QualityQuery::default()
    };
    let found = scene.app.protocol_quality_detail(&query).await;
    found.expect("something was counted")
}

async fn groups(scene: &Scene, grouping: Grouping, scope: Scope) -> Vec<Found> {
    let query = QualityQuery {
        scope,
        ..QualityQuery::default()
    };
    let found = scene.app.protocol_quality(&query, grouping).await;
    found.expect("a database")
}

/// Its protocol wants meter values of it, and how many ports it has.
async fn owes_meter(pile: &Pile) {
    let learnt = Event::Learnt {
        key: "owes",
        value: "meter".to_owned(),
    };
    pile.says(learnt).await;
}

testkit::both_engines! {
    /// §18.1: a session that keeps every rule is compliant; it is written with its end.
    async fn a_good_session_is_compliant(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        for report in 1..=10_u32 {
            scene.advance(11);
            pile.progresses(order.order_no, 1, report * 11, i64::from(report) / 3).await;
        }
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 110, 4)).await;
        let row = session(&scene, order.order_no).await.expect("judged");
        assert_eq!((row.expected, row.received, row.longest_gap_s), (10, 10, 11));
        assert_eq!((row.compliant, row.acked, row.bad_frames), (Some(true), true, 0));
        assert_eq!(row.ended_by.as_deref(), Some("end_report"));
        assert_eq!((row.firmware.as_str(), row.protocol.as_str()), ("v8.6", "toy"));
        written(&scene).await;
        let detail = detail(&scene).await;
        let evidence = &detail.sum.evidence;
        assert_eq!((evidence.sessions, evidence.compliant, evidence.violations()), (1, 1, 0));
        assert_eq!(evidence.reports, Counts::of(10, 10));
        assert_eq!(evidence.score().map(|score| score.0), Some(100_000_000));
        assert_eq!(detail.days.len(), 1);
    }

    /// Silence, bad frames and a late end each cost the session its mark.
    async fn a_bad_session_is_not(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        scene.advance(11);
        pile.progresses(order.order_no, 1, 11, 1).await;
        let tally = Tally { bad_frames: 2, malformed: 40, ..Tally::default() };
        scene.app.bytes_seen(Some(&pile.device), 40, &tally);
        scene.app.malformed(&pile.device, "checksum", &[0xFC, 0xFE]);
        scene.advance(611);
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 622, 10)).await;
        let row = session(&scene, order.order_no).await.expect("judged");
        assert_eq!((row.expected, row.received), (56, 1));
        assert_eq!((row.longest_gap_s, row.bad_frames), (611, 2));
        assert_eq!(row.compliant, Some(false));
        written(&scene).await;
        let detail = detail(&scene).await;
        let evidence = &detail.sum.evidence;
        assert_eq!((evidence.bad_frames, evidence.compliant), (2, 0));
        assert_eq!(evidence.violations.get(&Rule::MalformedFrame), Some(&1));
        let example = detail.examples.iter().find(|example| example.rule == Rule::MalformedFrame);
        assert_eq!(example.expect("kept").last_raw_hex.as_deref(), Some("FCFE"));
    }

    /// A charge that a watchdog closes has no report; one that comes later is noted and does not
    /// make it compliant.
    async fn a_missing_end_report_is_counted(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.progresses(order.order_no, 1, 60, 10).await;
        pile.leave();
        scene.settle().await;
        scene.live_through(301).await;
        let row = session(&scene, order.order_no).await.expect("judged");
        assert_eq!((row.ended_by.as_deref(), row.reported_at), (Some("offline"), None));
        assert_eq!(row.compliant, Some(false));
        let back = scene.connect(DEVICE).await;
        back.ends(end(ChargeKey::Order(order.order_no), 1, 70, 12)).await;
        let row = session(&scene, order.order_no).await.expect("judged");
        assert!(row.reported_at.is_some(), "the report counts as received");
        assert_eq!((row.ended_by.as_deref(), row.compliant), (Some("offline"), Some(false)));
        written(&scene).await;
        let evidence = detail(&scene).await.sum.evidence;
        assert_eq!(evidence.violations.get(&Rule::EndReportMissing), Some(&1));
        assert_eq!(evidence.violations.get(&Rule::EndReportLate), Some(&1));
        assert_eq!(evidence.checks(Area::Reporting), Counts::of(1, 2));
    }

    /// What was seen of a charge outlives the program.
    async fn a_restart_in_the_middle_keeps_what_was_seen(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        for report in 1..=5_u32 {
            scene.advance(11);
            pile.progresses(order.order_no, 1, report * 11, i64::from(report) / 3).await;
        }
        let tally = Tally { bad_frames: 1, ..Tally::default() };
        scene.app.bytes_seen(Some(&pile.device), 0, &tally);
        written(&scene).await;
        drop((pile, scene.app));
        let again = Scene::restarted(db, settings(), scene.clock).await;
        let back = again.connect(DEVICE).await;
        for report in 6..=8_u32 {
            again.advance(11);
            back.progresses(order.order_no, 1, report * 11, i64::from(report) / 3).await;
        }
        back.ends(end(ChargeKey::Order(order.order_no), 1, 88, 3)).await;
        let row = session(&again, order.order_no).await.expect("judged");
        assert_eq!((row.received, row.bad_frames, row.compliant), (8, 1, Some(false)));
    }

    /// §16.1: every broken rule is counted under the device, with the last example.
    async fn broken_rules_are_counted_with_examples(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        let charge = ChargeKey::Order(order.order_no);
        scene.advance(60);
        pile.progresses(order.order_no, 1, 60, 2).await;
        scene.advance(60);
        // Backwards, and 7.3 kW at a device of 6 kW.
        let wild = Progress {
            power: Some(Power::from_watts(7300)),
            ..progress(charge.clone(), 1, 50, 1)
        };
        pile.says(Event::Progress(wild)).await;
        // Its first word is prompt, the second is 31 s late, the third two hours old.
        let alarm = Event::Alarm(AlarmReport {
            port: None, fault: None, code: 9, active: true, values: Vec::new(),
        });
        let now = scene.app.now();
        pile.says_at(alarm.clone(), now).await;
        pile.says_at(alarm.clone(), now - std::time::Duration::from_secs(31)).await;
        pile.says_at(alarm, now - std::time::Duration::from_hours(2)).await;
        let strange = EndReport {
            reason: EndReason::Unknown,
            energy: Energy::from_centi_kwh(5),
            ..end(charge, 1, 0, 5)
        };
        pile.ends(strange).await;
        let nobody: OrderNo = "THD1600000000001".parse().expect("a number");
        pile.ends(end(ChargeKey::Order(nobody), 2, 60, 1)).await;
        written(&scene).await;
        let detail = detail(&scene).await;
        let broken: Vec<(Rule, u64)> =
            detail.sum.evidence.violations.iter().map(|(rule, count)| (*rule, *count)).collect();
        assert_eq!(broken, [
            (Rule::StaleMessage, 1),
            (Rule::Decreasing, 1),
            (Rule::ImplausibleEnergy, 1),
            (Rule::OverRatedPower, 1),
            (Rule::EndBelowProgress, 1),
            (Rule::EndIncomplete, 1),
            (Rule::UnknownReason, 1),
            (Rule::UnknownOrder, 1),
            (Rule::LateException, 2),
        ]);
        let example = detail.examples.iter().find(|example| example.rule == Rule::OverRatedPower);
        let example = example.expect("kept");
        assert_eq!(example.last_order_no, Some(order.order_no));
        assert_eq!(example.last_raw_hex.as_deref(), Some("6672616D65"));
        let exceptions = detail.sum.evidence.checks(Area::Exceptions);
        assert_eq!(exceptions, Counts::of(1, 3));
    }

    /// Session numbers are unique for a while, statuses of a lonely charge are nobody's.
    async fn numbers_and_strangers(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        for _ in 0..2 {
            let order = scene.start(1).await.expect("accepted").order;
            pile.begins(&order).await;
            scene.advance(60);
            pile.says(Event::Progress(progress(ChargeKey::Session(77), 1, 60, 5))).await;
            pile.ends(end(ChargeKey::Order(order.order_no), 1, 60, 5)).await;
        }
        for _ in 0..3 {
            scene.advance(60);
            let report = device::PortReport {
                meter: Some(progress(ChargeKey::Session(5), 2, 60, 5)),
                ..port_report(2, PortState::Charging)
            };
            pile.shows(report).await;
        }
        written(&scene).await;
        let broken = detail(&scene).await.sum.evidence.violations;
        assert_eq!(broken.get(&Rule::NumberReused), Some(&1));
        assert_eq!(broken.get(&Rule::UnknownCharge), Some(&2), "one period of grace");
    }

    /// Bytes add up, of devices and of nobody; other people's devices are not seen.
    async fn bytes_add_up_and_belong_to_somebody(db: &store::Db) {
        let town = Town::new(db).await;
        let scene = &town.scene;
        let pile = scene.connect(DEVICE).await;
        let tally = Tally {
            decoded: 70, unknown: 10, malformed: 15, skipped: 5, frames: 4, bad_frames: 1,
        };
        scene.app.bytes_seen(Some(&pile.device), 100, &tally);
        written(scene).await;
        scene.app.bytes_seen(Some(&pile.device), 100, &tally);
        scene.app.bytes_seen(None, 9, &Tally { skipped: 9, ..Tally::default() });
        written(scene).await;
        let all = groups(scene, Grouping::Device, Scope::Everything).await;
        let bytes: Vec<_> = all.iter().map(|found| (found.phy_id.clone(), found.bytes)).collect();
        assert_eq!(bytes, [
            (None, [9, 0, 0, 0, 9]),
            (Some(id(DEVICE)), [200, 140, 20, 30, 10]),
        ]);
        for found in &all {
            let [received, rest @ ..] = found.bytes;
            assert_eq!(received, rest.iter().sum::<i64>());
        }
        let merchant = Scope::Within(format!("/1/{}/{}/", town.agent.0, town.merchant.0));
        let own = groups(scene, Grouping::Firmware, merchant.clone()).await;
        assert_eq!(own.iter().map(|found| (found.firmware.as_str(), found.bytes[0]))
            .collect::<Vec<_>>(), [("v8.6", 200)]);
        let stranger = Scope::Within("/1/999/".to_owned());
        assert_eq!(groups(scene, Grouping::Model, stranger.clone()).await, []);
        let query = |scope| QualityQuery {
            device: Some(id(DEVICE)), scope, ..QualityQuery::default()
        };
        assert!(scene.app.protocol_quality_detail(&query(merchant)).await.is_ok());
        let foreign = scene.app.protocol_quality_detail(&query(stranger)).await;
        assert!(matches!(foreign, Err(AppError::NotFound(_))));
        let backwards = QualityQuery {
            from: domain::day::Day::parse("2024-10-21"),
            to: domain::day::Day::parse("2024-10-20"),
            ..QualityQuery::default()
        };
        let refused = scene.app.protocol_quality(&backwards, Grouping::Device).await;
        assert!(matches!(refused, Err(AppError::Invalid { .. })));
    }

    /// §16.1: a report about a port that the device does not have is evidence and a check that was
    /// not passed; no port comes of it. Devices that do not count their ports make them by what
    /// they say.
    async fn ports_that_are_not_there_are_evidence(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        pile.shows(port_report(7, PortState::Idle)).await;
        pile.shows(port_report(513, PortState::Idle)).await;
        owes_meter(&pile).await;
        for state in [PortState::Idle, PortState::Charging] {
            pile.shows(port_report(99, state)).await;
        }
        pile.says(Event::Progress(progress(ChargeKey::Session(5), 99, 60, 5))).await;
        pile.ends(end(ChargeKey::Session(5), 99, 60, 5)).await;
        pile.shows(port_report(7, PortState::Idle)).await;
        pile.shows(port_report(4, PortState::Idle)).await;
        assert!(scene.app.flush().await);
        written(&scene).await;
        let detail = detail(&scene).await;
        let evidence = &detail.sum.evidence;
        let broken: Vec<(Rule, u64)> =
            evidence.violations.iter().map(|(rule, count)| (*rule, *count)).collect();
        assert_eq!(broken, [(Rule::UnknownPort, 5), (Rule::UnknownOrder, 1)]);
        assert_eq!(evidence.checks(Area::Status), Counts::of(0, 5));
        let example = detail.examples.iter().find(|example| example.rule == Rule::UnknownPort);
        let example = example.expect("kept");
        assert_eq!(example.last_port_no, Some(PortNo(99)));
        assert_eq!(example.last_raw_hex.as_deref(), Some("6672616D65"));
        let mut view = db.view().await.expect("a connection");
        let device = store::devices::find_by_phy_id(view.conn(), &id(DEVICE)).await;
        let device = device.expect("a readable row").expect("the device").id;
        for (port, there) in [(4, true), (7, true), (99, false), (513, false)] {
            let found = store::ports::find(view.conn(), device, PortNo(port)).await;
            assert_eq!(found.expect("a readable row").is_some(), there, "port {port}");
        }
    }

    /// Reports are due while a charge runs, until its end, and not before it began.
    async fn only_a_charge_owes_reports(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        pile.shows(port_report(1, PortState::Idle)).await;
        scene.advance(3600);
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        scene.advance(11);
        pile.progresses(order.order_no, 1, 11, 1).await;
        scene.advance(110);
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 121, 4)).await;
        let row = session(&scene, order.order_no).await.expect("judged");
        assert_eq!((row.expected, row.received), (11, 1));
        written(&scene).await;
        assert_eq!(detail(&scene).await.sum.evidence.reports, Counts::of(1, 11));
    }

    /// Where meter values are owed, heartbeats that show a charge are no reports of it.
    async fn meter_values_are_owed_where_the_protocol_says_so(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        owes_meter(&pile).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        for _ in 0..5 {
            scene.advance(11);
            pile.shows(port_report(1, PortState::Charging)).await;
        }
        scene.advance(11);
        pile.progresses(order.order_no, 1, 66, 2).await;
        scene.advance(11);
        pile.says(Event::Progress(progress(ChargeKey::Port, 1, 77, 2))).await;
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 77, 2)).await;
        let row = session(&scene, order.order_no).await.expect("judged");
        assert_eq!((row.expected, row.received, row.longest_gap_s), (7, 2, 66));
        written(&scene).await;
        let evidence = detail(&scene).await.sum.evidence;
        assert_eq!(evidence.reports, Counts::of(2, 7));
        assert_eq!(evidence.statuses, 2);
        assert_eq!(evidence.violations.get(&Rule::StatusIncomplete), Some(&1));
        assert_eq!(evidence.checks(Area::Status), Counts::of(3, 9));
    }

    /// A model has a row, a trend by day and key figures of its own; models of two protocols that
    /// are called the same are two.
    async fn models_stand_by_themselves(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let model = Registration { model: Some("B1".to_owned()), ..Registration::default() };
        pile.says(Event::Registered(model)).await;
        for _ in 0..2 {
            let order = scene.start(1).await.expect("accepted").order;
            pile.begins(&order).await;
            scene.advance(11);
            pile.progresses(order.order_no, 1, 11, 1).await;
            pile.ends(end(ChargeKey::Order(order.order_no), 1, 11, 1)).await;
            let tally = Tally { frames: 9, bad_frames: 1, ..Tally::default() };
            scene.app.bytes_seen(Some(&pile.device), 100, &tally);
            scene.app.malformed(&pile.device, "checksum", &[1]);
            written(&scene).await;
            scene.advance(86_400);
        }
        // Of another family: one report in time, one a second too late, one that never came.
        let now = scene.app.now();
        let rows: Vec<SessionRow> = [Some(60), Some(61), None]
            .into_iter()
            .zip(1_u32..)
            .map(|(late, number)| SessionRow {
                order_no: format!("THD{number:013}").parse().expect("a number"),
                device_id: DeviceId(1),
                station_id: 0,
                protocol: "other".to_owned(),
                model: "B1".to_owned(),
                firmware: "v8.6".to_owned(),
                started_at: now - Duration::from_mins(30),
                ended_at: Some(now),
                day: Some(domain::day::Day::of(now).to_string()),
                expected: 6,
                received: 5,
                last_report_at: None,
                longest_gap_s: 0,
                bad_frames: 0,
                acked: true,
                ended_by: Some(if late.is_some() { "end_report" } else { "stuck" }.to_owned()),
                reported_at: late.map(|late| now + Duration::from_secs(late)),
                complete: true,
                compliant: Some(late == Some(60)),
            })
            .collect();
        let mut tx = db.begin().await.expect("a transaction");
        session_quality::put(tx.conn(), &rows).await.expect("written");
        tx.commit().await.expect("committed");

        let models = groups(&scene, Grouping::Model, Scope::Everything).await;
        let named: Vec<_> = models
            .iter()
            .map(|found| (found.protocol.as_str(), found.model.as_str(), found.devices))
            .collect();
        assert_eq!(named, [("other", "B1", 0), ("toy", "B1", 1)]);
        let figure = |found: &Found, kpi: Kpi| found.figures.get(&kpi.into()).copied();
        let [other, own] = &models[..] else { panic!("{models:?}") };
        assert_eq!((other.evidence.sessions, other.evidence.reported), (3, 1));
        for (kpi, part, whole) in [
            (Kpi::ProtocolCompliance, 1, 3),
            (Kpi::StatusReportMissing, 3, 18),
            (Kpi::EndReport, 2, 3),
            (Kpi::OrderCompletion, 2, 3),
            (Kpi::Stuck, 1, 3),
        ] {
            assert_eq!(figure(other, kpi), Some(Counts::of(part, whole)), "{kpi:?}");
        }
        assert_eq!(figure(own, Kpi::ProtocolError), Some(Counts::of(2, 20)));
        assert_eq!(figure(own, Kpi::ProtocolCompliance), Some(Counts::of(2, 2)));
        assert_eq!(own.evidence.violations.get(&Rule::MalformedFrame), Some(&2));

        let of_model = |protocol: &str| QualityQuery {
            protocol: Some(protocol.to_owned()),
            model: Some("B1".to_owned()),
            ..QualityQuery::default()
        };
        let days = scene.app.protocol_quality(&of_model("toy"), Grouping::Day).await;
        let days = days.expect("a database");
        let trend: Vec<_> = days
            .iter()
            .map(|found| (found.day.as_str(), figure(found, Kpi::ProtocolError)))
            .collect();
        let one = Some(Counts::of(1, 10));
        assert_eq!(trend, [("2024-10-20", one), ("2024-10-21", one)]);
        let page = PageRequest { page: 1, size: 10 };
        let examples = scene.app.protocol_quality_examples(&of_model("toy"), page).await;
        let examples = examples.expect("a database").items;
        let known: Vec<_> = examples
            .iter()
            .map(|example| (example.protocol.as_str(), example.model.as_str()))
            .collect();
        assert_eq!(known, [("toy", "B1"); 2]);
        let refused = scene.app.protocol_quality(&of_model("fax"), Grouping::Day).await;
        assert!(matches!(refused, Err(AppError::Invalid { .. })));
    }

    /// A device shows what it runs now, not what sorts last.
    async fn a_device_shows_its_last_firmware(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        for firmware in ["v9.0", "v10.0"] {
            let news = Registration {
                firmware: Some(firmware.to_owned()),
                ..Registration::default()
            };
            pile.says(Event::Registered(news)).await;
            scene.app.bytes_seen(Some(&pile.device), 10, &Tally::default());
            written(&scene).await;
            scene.advance(86_400);
        }
        assert_eq!(detail(&scene).await.sum.firmware, "v10.0");
    }
}
