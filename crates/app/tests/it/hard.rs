//! Things that go wrong at the worst moment: work cut off in the middle, connections that take
//! nothing, values that are older than the row, programs that end before they have written.

use crate::scene::{DEVICE, Pile, Scene, caller, end, id, port_report, progress, settings};
use app::{App, Downlink, Parts, StopRequest};
use bus::Bus;
use device::{
    Answer, ChargeKey, Command, Direction, Event, FrameNote, Outcome, ParamValue, PortState, Vitals,
};
use domain::command::CommandState;
use domain::order::{NewLimits, OrderStatus, RecordKind};
use futures_util::poll;
use kernel::{ManualClock, PortNo};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use store::events::EventFilter;

/// Suspension points of one use case that are tried; there are fewer.
const CUTS: usize = 24;

/// Runs a future for so many steps and then drops it.
async fn cut_after<T>(steps: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    for _ in 0..steps {
        if let Poll::Ready(done) = poll!(work.as_mut()) {
            return Some(done);
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    None
}

fn params() -> Command {
    let id = "1".to_owned();
    Command::SetParams {
        socket: None,
        values: vec![ParamValue {
            id,
            value: 60.into(),
        }],
        via: None,
    }
}

testkit::both_engines! {
    /// The connection ends while its end report is being settled: billed once, the port is free.
    async fn a_settlement_that_is_cut_off_is_whole(db: &store::Db) {
        let scene = Scene::new(db).await;
        for steps in 0..CUTS {
            let mut pile = scene.connect(DEVICE).await;
            let order = scene.start(1).await.expect("the port is free").order;
            pile.begins(&order).await;
            pile.progresses(order.order_no, 1, 60, 10).await;
            let report = end(ChargeKey::Order(order.order_no), 1, 90, 12);
            cut_after(steps, pile.ends(report.clone())).await;
            pile.leave();
            let back = scene.connect(DEVICE).await;
            assert_eq!(back.ends(report).await, Some(Answer::Stored));
            let told = scene.told(order.order_no).await;
            let bills = told.iter().filter(|kind| *kind == "order.completed").count();
            assert_eq!(bills, 1, "cut after {steps} steps");
            scene.app.flush().await;
            let port = scene.port(1).await;
            assert_eq!((port.status, port.current_order_no), (0, None), "after {steps} steps");
        }
    }

    /// The caller goes away while a start is being written: no order is left that nobody ends.
    async fn a_start_that_is_cut_off_is_not_forgotten(db: &store::Db) {
        let scene = Scene::new(db).await;
        for steps in 0..CUTS {
            let started = cut_after(steps, Box::pin(scene.start(1))).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            scene.advance(601);
            for _ in 0..2 {
                scene.app.sweep().await;
            }
            let mut view = db.view().await.expect("a connection");
            let active = store::orders::list_active(view.conn()).await.expect("readable rows");
            assert!(active.is_empty(), "after {steps} steps: {active:?}");
            if started.is_some() {
                break;
            }
        }
    }

    /// A connection that takes nothing for a while wears no command out.
    async fn a_full_connection_keeps_its_commands(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        for _ in 0..app::DOWNLINK_QUEUE_MAX {
            scene.app.send_command("test", &id(DEVICE), params(), None).await.expect("accepted");
        }
        let order = scene.start(1).await.expect("accepted").order;
        for _ in 0..8 {
            scene.app.deliver(&id(DEVICE)).await.expect("a database");
        }
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Pending);
        while pile.command().is_some() {}
        scene.app.deliver(&id(DEVICE)).await.expect("a database");
        pile.begins(&order).await;
    }

    /// A connection that is stuck when a newer one replaces it still hears that it is over.
    async fn a_stuck_connection_is_told_in_the_end(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut old = scene.connect(DEVICE).await;
        for _ in 0..app::DOWNLINK_QUEUE_MAX {
            scene.app.send_command("test", &id(DEVICE), params(), None).await.expect("accepted");
        }
        let _new = scene.connect(DEVICE).await;
        let mut told = false;
        while let Some(word) = old.word() {
            told |= matches!(word, Downlink::Unbind(_));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert!(told);
    }

    /// A start whose answer was lost is not said again to a device that charges for it.
    async fn a_start_that_has_begun_is_not_repeated(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        let start = pile.command().expect("a start");
        pile.progresses(order.order_no, 1, 20, 1).await;
        pile.leave();
        scene.settle().await;
        let mut back = scene.connect(DEVICE).await;
        assert!(back.command().is_none());
        let mut view = db.view().await.expect("a connection");
        let row = store::commands::find(view.conn(), start.id).await.expect("a readable row");
        assert_eq!(row.expect("the command").state, CommandState::Acked);
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Charging);
    }

    /// Whatever is put into the queue rings: the device may have come back this very moment.
    async fn a_stop_for_a_device_that_is_away_rings(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.leave();
        scene.settle().await;
        let mut bell = scene.app.bus().command_bell();
        let request = StopRequest { port: Some(PortNo(1)), ..StopRequest::default() };
        scene.app.stop_charging(&caller(), &id(DEVICE), request).await.expect("a charge");
        let rung = tokio::time::timeout(Duration::from_secs(1), bell.rung()).await;
        assert!(rung.is_ok());
    }

    /// The device's answer to new limits changes the order, also for the next program.
    async fn accepted_limits_are_the_orders(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        for (seconds, accepted) in [(7200, true), (9000, false)] {
            let limits = NewLimits { duration_s: Some(seconds), ..NewLimits::default() };
            scene
                .app
                .adjust_charging(&caller(), order.order_no, limits)
                .await
                .expect("accepted");
            let adjust = pile.command().expect("a command");
            if accepted {
                pile.accepts(&adjust).await;
            } else {
                let no = device::Refusal { code: Some(1), text: "no".to_owned() };
                pile.answers(&adjust, Outcome::Refused(no)).await;
            }
        }
        assert_eq!(scene.order(order.order_no).await.planned_duration_s, Some(7200));
        let again = Scene::restarted(db, settings(), scene.clock.clone()).await;
        let known = again.app.orders().peek(order.order_no).await.expect("alive");
        assert_eq!(known.planned_duration_s, Some(7200));
    }

    /// The hold of a provisional bill ends while nobody is there: it is told after the restart.
    async fn a_hold_that_ended_unseen_is_told(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.progresses(order.order_no, 1, 600, 100).await;
        pile.leave();
        scene.settle().await;
        scene.live_through(301).await;
        assert!(scene.order(order.order_no).await.provisional);
        scene.advance(3 * 3600);
        let again = Scene::restarted(db, settings(), scene.clock.clone()).await;
        again.app.sweep().await;
        let told = again.told(order.order_no).await;
        assert_eq!(told.last().map(String::as_str), Some("order.refunded"));
        assert_eq!(again.order(order.order_no).await.hold_until, None);
    }

    /// Killed between an order's end and the last flush: the port does not stay charging.
    async fn a_port_left_over_by_a_crash_is_freed(db: &store::Db) {
        let scene = Scene::new(db).await;
        let device = scene.port(1).await.device_id;
        let mut direct = db.direct().await.expect("a connection");
        let now = scene.app.now();
        store::ports::set_state(direct.conn(), device, PortNo(1), PortState::Charging, None, now)
            .await
            .expect("written");
        drop(direct);
        let again = Scene::restarted(db, settings(), scene.clock.clone()).await;
        again.app.flush().await;
        assert_eq!(again.port(1).await.status, 0);
    }

    /// A device that never understands the answer fills no table.
    async fn endless_repeats_are_kept_once(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        for centi_kwh in [523, 523, 523, 523, 600, 600, 600] {
            let report = end(ChargeKey::Order(order.order_no), 1, 3600, centi_kwh);
            assert_eq!(pile.ends(report).await, Some(Answer::Stored));
        }
        let mut view = db.view().await.expect("a connection");
        let rows = store::device_records::list_of_order(view.conn(), order.order_no).await;
        let kinds: Vec<_> = rows.expect("readable rows").into_iter().map(|row| row.kind).collect();
        assert_eq!(kinds, [RecordKind::Matched, RecordKind::Duplicate, RecordKind::Conflict]);
    }

    /// A clock that is off by more than two minutes is an alarm until it is right; a record of
    /// the past is none.
    async fn a_clock_that_is_off_is_seen(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        let charge = ChargeKey::Order(order.order_no);
        for (off_s, alarms) in [(-100, 0), (600, 1), (590, 1), (5, 0), (-600, 1), (0, 0)] {
            let said = kernel::Timestamp(scene.app.now().0 + off_s * 1000);
            pile.says_at(Event::Progress(progress(charge.clone(), 1, 60, 10)), said).await;
            scene.app.sweep().await;
            assert_eq!(scene.open_alarms().await.len(), alarms, "off by {off_s} s");
        }
        let hour_ago = kernel::Timestamp(scene.app.now().0 - 3_600_000);
        pile.says_at(Event::Ended(end(charge, 1, 90, 12)), hour_ago).await;
        scene.app.sweep().await;
        assert!(scene.open_alarms().await.is_empty());
    }

    /// Ten heartbeats in a row are told once, also across a reconnect.
    async fn ten_heartbeats_are_told_once(db: &store::Db) {
        let scene = Scene::new(db).await;
        for _ in 0..2 {
            let pile = scene.connect(DEVICE).await;
            for _ in 0..5 {
                pile.says(Event::Heartbeat(Vitals::default())).await;
            }
        }
        scene.app.flush().await;
        let filter = EventFilter {
            event_type: Some("device.heartbeat".to_owned()),
            ..EventFilter::default()
        };
        assert_eq!(scene.events(&filter).await.len(), 1);
    }

    /// Port numbers that cannot be make no ports.
    async fn impossible_ports_are_not_believed(db: &store::Db) {
        let scene = Scene::new(db).await;
        let pile = scene.connect(DEVICE).await;
        for port in [0, 513] {
            pile.says(Event::Progress(progress(ChargeKey::Port, port, 10, 1))).await;
            pile.shows(port_report(port, PortState::Charging)).await;
        }
        scene.app.flush().await;
        let device = scene.port(1).await.device_id;
        let mut view = db.view().await.expect("a connection");
        let ports = store::ports::list(view.conn(), device).await.expect("readable rows");
        assert_eq!(ports.len(), 4);
    }

    /// Frames that come before the session counts as online do not begin it a second time.
    async fn coming_back_is_noticed_once(db: &store::Db) {
        let scene = Scene::new(db).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = scene.start(1).await.expect("accepted").order;
        pile.begins(&order).await;
        pile.leave();
        scene.settle().await;
        let mut back = Pile::new(&scene, DEVICE);
        scene.app.attach(&back.connection, &back.device);
        scene.app.frame_seen(&back.connection, FrameNote {
            direction: Direction::Up,
            device: id(DEVICE),
            cmd: 0,
            kind: "heartbeat",
            msg_id: None,
            data_len: 0,
            raw: Box::default(),
        });
        scene.app.arrived(&back.connection, &back.device).await;
        scene.settle().await;
        let mut questions = 0;
        while let Some(word) = back.word() {
            questions += usize::from(matches!(word, Downlink::Command(_)));
        }
        assert_eq!(questions, 1);
    }

    /// Everything that waits in memory is written before the program ends.
    async fn the_last_flush_leaves_nothing_behind(db: &store::Db) {
        let scene = Scene::new(db).await;
        let clock = Arc::new(ManualClock::at(crate::scene::NOON));
        let (app, background) = App::start(Parts {
            clock: clock.clone(),
            db: db.clone(),
            outside: app::Outside::default(),
            bus: Bus::in_process(),
            protocols: scene.app.protocols().clone(),
            settings: app::Settings { flush_every: Duration::from_hours(1), ..settings() },
        })
        .await
        .expect("a readable database");
        let pile = Pile::of(app.clone(), &scene, DEVICE);
        pile.arrive().await;
        for _ in 0..25_000 {
            clock.advance(Duration::from_secs(1));
            pile.says(Event::Heartbeat(Vitals::default())).await;
        }
        background.stop().await;
        let filter = EventFilter {
            event_type: Some("device.heartbeat".to_owned()),
            ..EventFilter::default()
        };
        let mut view = db.view().await.expect("a connection");
        let page = store::PageRequest { page: 1, size: 1 };
        let page = store::events::list(view.conn(), &filter, page).await.expect("readable rows");
        assert_eq!(page.total, 2500);
    }
}

/// Values collected before an order's end are not written over what the end wrote.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_values_do_not_overwrite_the_end_of_an_order() {
    let test = testkit::db::TestDb::sqlite().await.expect("a SQLite file");
    let scene = Scene::new(&test.db).await;
    let mut pile = scene.connect(DEVICE).await;
    let order = scene.start(1).await.expect("accepted").order;
    pile.begins(&order).await;
    scene.app.flush().await;
    pile.progresses(order.order_no, 1, 30, 5).await;
    let hold = test.db.begin().await.expect("the writer");
    let ending = pile.ends(end(ChargeKey::Order(order.order_no), 1, 60, 10));
    let flushing = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (written, ()) = tokio::join!(scene.app.flush(), async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            drop(hold);
        });
        written
    };
    let (answer, written) = tokio::join!(ending, flushing);
    assert_eq!((answer, written), (Some(Answer::Stored), true));
    let port = scene.port(1).await;
    assert_eq!((port.status, port.current_order_no), (0, None));
    test.remove().await.expect("the file is removed");
}
