//! A charge from its start to its bill.

use crate::scene::{DEVICE, Scene, caller, end, id};
use app::{AppError, Caller, StopRequest};
use device::{Answer, ChargeKey, Command, EndReason, Fault, Outcome, PortState, Refusal};
use domain::order::OrderStatus;
use domain::policy::PortConflictPolicy;
use domain::request::start_plan;
use kernel::{Energy, Fen, PortNo};
use serde_json::json;
use store::events::EventFilter;

testkit::both_engines! {
    /// A4-TC001 in meaning: pending, charging, an hour of progress, 785 fen.
    async fn a_charge_runs_from_start_to_bill(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        assert_eq!(order.status, OrderStatus::Pending);
        assert!(order.start_sent, "the device is connected");
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Pending);
        assert_eq!(scene.port(1).await.state, PortState::Starting);

        pile.begins(&order).await;
        let charging = scene.order(order.order_no).await;
        assert_eq!(charging.status, OrderStatus::Charging);
        assert!(charging.start_time.is_some());

        for step in 1..=12_u32 {
            scene.advance(11);
            pile.progresses(order.order_no, 1, step * 11, i64::from(step) * 2).await;
        }
        scene.app.flush().await;
        let row = scene.order(order.order_no).await;
        assert_eq!(row.duration_s, 132);
        assert_eq!(row.energy, Energy::from_centi_kwh(24));
        assert_eq!(scene.port(1).await.status, 1);

        scene.advance(3468);
        let answer = pile.ends(end(ChargeKey::Order(order.order_no), 1, 3600, 523)).await;
        assert_eq!(answer, Some(Answer::Stored));
        let done = scene.order(order.order_no).await;
        assert_eq!(done.status, OrderStatus::Completed);
        assert_eq!(done.final_amount, Some(Fen(785)));
        assert_eq!(done.end_reason, Some(EndReason::Normal));
        assert_eq!(
            scene.told(order.order_no).await,
            ["order.created", "charging.started", "charging.progress", "charging.progress",
             "charging.ended", "order.completed"]
        );
        scene.app.flush().await;
        let port = scene.port(1).await;
        assert_eq!((port.status, port.power_w.map(|power| power.0)), (0, Some(0)));
        assert_eq!(port.current_order_no, None);
        assert!(scene.app.orders().is_empty(), "nothing stays behind in memory");
    }

    /// A second start on a busy port is refused and changes nothing.
    async fn a_busy_port_is_refused(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        match scene.start(1).await {
            Err(AppError::PortBusy { order_no, port, status }) => {
                assert_eq!((order_no, port), (order.order_no, PortNo(1)));
                assert_eq!(status, OrderStatus::Charging);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Charging);
        assert!(pile.command().is_none());
    }

    /// Of many starts at the same moment the database lets exactly one through.
    async fn racing_starts_have_one_winner(db: &store::Db) {
        let scene = Scene::new(db).await;
        let _pile = scene.connect(DEVICE).await;
        let racers = (0..8).map(|_| scene.start(2));
        let outcomes = futures_util::future::join_all(racers).await;
        let winners = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(winners, 1);
        for outcome in outcomes.into_iter().filter_map(Result::err) {
            assert!(matches!(outcome, AppError::PortBusy { .. }), "{outcome:?}");
        }
    }

    /// A4-TC005: four ports, four numbers; 255 takes the lowest idle port.
    async fn ports_are_independent(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        let mut reports = Vec::new();
        for port in 1..=4 {
            reports.push(crate::scene::port_report(port, PortState::Idle));
        }
        for report in reports {
            pile.shows(report).await;
        }
        let mut numbers = Vec::new();
        for port in [255, 255, 3, 255] {
            let order = scene.start(port).await.expect("accepted").order;
            numbers.push((order.port_no.0, order.order_no));
        }
        assert_eq!(numbers.iter().map(|(port, _)| *port).collect::<Vec<_>>(), [1, 2, 3, 4]);
        numbers.sort_by_key(|(_, number)| *number);
        numbers.dedup_by_key(|(_, number)| *number);
        assert_eq!(numbers.len(), 4);
        assert!(matches!(scene.start(255).await, Err(AppError::Conflict("no idle port"))));
    }

    /// A4-X3-02: the older order ends, its stop goes out before the newer start.
    async fn replacing_ends_the_older_order(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let old = scene.start(1).await.expect("accepted").order;
        pile.begins(&old).await;
        pile.progresses(old.order_no, 1, 600, 100).await;
        let body = json!({ "port_no": 1, "charge_mode": 1, "duration": 600, "amount": 500 });
        let plan = start_plan(&body).expect("a legal request");
        let replacing = Caller { port_conflict: PortConflictPolicy::Replace, ..caller() };
        let started =
            scene.app.start_charging(&replacing, &id(DEVICE), plan).await.expect("accepted");
        assert_eq!(started.replaced, Some(old.order_no));
        let ended = scene.order(old.order_no).await;
        assert_eq!(ended.status, OrderStatus::Completed);
        assert_eq!(ended.end_reason, Some(EndReason::UserStop));
        let first = pile.command().expect("the stop");
        assert!(matches!(first.command, Command::StopCharge { order, .. } if order == old.order_no));
        let second = pile.command().expect("the start");
        assert!(matches!(&second.command,
            Command::StartCharge(plan) if plan.order == started.order.order_no));
        assert_eq!(scene.app.orders().on_port(&id(DEVICE), PortNo(1)), Some(started.order.order_no));
    }

    /// A4-TC002: stop, its command, the device's report with its reason.
    async fn a_remote_stop_ends_the_charge(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        scene.advance(1200);
        let request = StopRequest { port: Some(PortNo(1)), ..StopRequest::default() };
        for _ in 0..2 {
            let stopping = scene
                .app
                .stop_charging(&caller(), &id(DEVICE), request.clone())
                .await
                .expect("a charge to stop");
            assert_eq!(stopping.order.order_no, order.order_no);
        }
        let stop = pile.command().expect("the stop");
        assert!(matches!(stop.command, Command::StopCharge { .. }));
        assert!(pile.command().is_none(), "asked twice, sent once");
        pile.accepts(&stop).await;
        let mut report = end(ChargeKey::Order(order.order_no), 1, 1200, 50);
        report.reason = EndReason::RemoteStop;
        pile.ends(report).await;
        let done = scene.order(order.order_no).await;
        assert_eq!((done.status, done.end_reason),
            (OrderStatus::Completed, Some(EndReason::RemoteStop)));
        let again = scene.app.stop_charging(&caller(), &id(DEVICE), request).await;
        assert!(matches!(again, Err(AppError::NotFound("active session"))));
    }

    /// A refused start fails the order and gives everything back.
    async fn a_refused_start_fails(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        let dispatch = pile.command().expect("a start");
        let no = Refusal { code: Some(3), text: "no plug".to_owned() };
        pile.answers(&dispatch, Outcome::Refused(no)).await;
        let failed = scene.order(order.order_no).await;
        assert_eq!((failed.status, failed.refund_fen), (OrderStatus::Failed, Fen(1000)));
        assert_eq!(scene.told(order.order_no).await, ["order.created", "order.failed"]);
        assert!(scene.start(1).await.is_ok(), "the port is free again");
    }

    /// A4-X2-01: short circuit while charging: alarm 4, stop, settled by actual use.
    async fn a_port_fault_ends_the_charge(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.progresses(order.order_no, 1, 600, 100).await;
        let mut report = crate::scene::port_report(1, PortState::Fault);
        report.faults = vec![Fault::ShortCircuit];
        pile.shows(report.clone()).await;
        pile.shows(report).await;
        assert!(matches!(pile.command().expect("a stop").command, Command::StopCharge { .. }));
        let filter = EventFilter {
            event_type: Some("device.alarm".to_owned()),
            ..EventFilter::default()
        };
        let alarms = scene.events(&filter).await;
        assert_eq!(alarms.len(), 1, "told once, however often it is reported");
        assert_eq!(alarms[0].payload["alarm_type"], "port_fault");
        assert_eq!(alarms[0].payload["fault_code"], 4);
        assert_eq!(alarms[0].payload["fault_msg"], "短路保护触发");
        scene.live_through(11).await;
        let done = scene.order(order.order_no).await;
        assert_eq!((done.status, done.end_reason),
            (OrderStatus::Completed, Some(EndReason::DeviceFault)));
        assert_eq!(done.final_amount, Some(Fen(150)));
        scene.app.flush().await;
        let port = scene.port(1).await;
        assert_eq!((port.status, port.fault_code), (2, 4));
        assert!(matches!(scene.start(1).await, Err(AppError::Conflict("port fault"))));
    }
}
