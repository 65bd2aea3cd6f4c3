//! From the committed row to the receiver's answer and back into the row.

use crate::scene::{ATTEMPT, Scene, event_for, order_no};
use channels::webhook::{Limits, Settings};
use std::collections::HashSet;
use std::time::Duration;
use store::Db;
use testkit::both_engines;
use testkit::receiver::{Received, Reply, Signature, TestReceiver};
use tokio::time::Instant;

/// The types of the accepted events of an order, as they came in.
fn accepted(events: &[Received], order: u16) -> Vec<String> {
    events
        .iter()
        .filter(|event| event.accepted() && event.order_no() == order_no(order).as_str())
        .map(|event| event.event_type().to_owned())
        .collect()
}

both_engines! {
    async fn an_event_is_delivered_once_and_signed(db: &Db) {
        let scene = Scene::new(db).await;
        let running = scene.dispatch(scene.settings());
        scene.tell(&[scene.event("order.created", 1)]).await;
        let event = scene.receiver.wait_for("order.created", "").await.expect("delivered");
        assert_eq!(event.signature, Signature::Valid);
        assert_eq!(event.api_key.as_deref(), Some("test-api-key"));
        assert_eq!(event.json["data"]["sequence_no"], 1);
        assert_eq!(event.json["data"]["final_amount"], 7.85);
        assert_eq!(event.json["nonce"].as_str(), event.nonce.as_deref());
        let nonce = event.nonce.expect("a nonce");
        assert!(nonce.len() == 8 && nonce.bytes().all(|digit| digit.is_ascii_hexdigit()));
        running.stop().await;

        let again = scene.dispatch(scene.settings());
        scene.tell(&[scene.event("order.created", 2)]).await;
        scene.receiver.wait_for("order.created", order_no(2).as_str()).await.expect("delivered");
        again.stop().await;
        assert_eq!(scene.receiver.received().len(), 2, "the first one is done with");
    }

    async fn a_lost_doorbell_costs_a_sweep(db: &Db) {
        let scene = Scene::new(db).await;
        let running = scene.dispatch(scene.settings());
        scene.tell(&[scene.event("order.created", 1)]).await;
        scene.receiver.wait_for_accepted(1).await.expect("delivered");
        scene.record(&[scene.event("order.created", 2)]).await;
        scene.receiver.wait_for_accepted(2).await.expect("found without a ring");
        running.stop().await;
    }

    async fn a_failing_event_holds_back_its_order_and_no_other(db: &Db) {
        let scene = Scene::new(db).await;
        scene.receiver.reply_to(order_no(1).as_str(), Reply::Status(500));
        let running = scene.dispatch(scene.settings());
        scene.tell(&[
            scene.event("order.created", 1),
            scene.event("charging.started", 1),
            scene.event("order.created", 2),
        ]).await;
        scene.receiver.wait_for("order.created", order_no(2).as_str()).await.expect("free");
        scene.receiver.forget_special_replies();
        let events = scene.receiver.wait_for_accepted(3).await.expect("all delivered");
        assert_eq!(accepted(&events, 1), ["order.created", "charging.started"]);
        running.stop().await;
    }

    async fn after_the_fast_retries_the_order_goes_on(db: &Db) {
        let scene = Scene::new(db).await;
        scene.receiver.reply_to("order.created", Reply::Status(503));
        let running = scene.dispatch(scene.settings());
        scene.tell(&[scene.event("order.created", 1), scene.event("charging.started", 1)]).await;
        scene.receiver.wait_for("charging.started", "").await.expect("goes ahead");
        let before = scene.receiver.received();
        let attempts = before.iter().filter(|event| event.event_type() == "order.created").count();
        assert_eq!(attempts, 4, "the first and three fast retries");
        scene.receiver.forget_special_replies();
        scene.receiver.wait_for("order.created", "").await.expect("delivered late");
        running.stop().await;
    }

    async fn retries_keep_to_the_schedule(db: &Db) {
        let scene = Scene::new(db).await;
        scene.receiver.reply_with(Reply::Status(500));
        let running = scene.dispatch(scene.settings());
        scene.tell(&[scene.event("order.created", 1)]).await;
        let events = scene.receiver.wait_for_requests(6).await.expect("six attempts");
        let pauses: Vec<Duration> = events.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
        for (pause, scheduled) in pauses.iter().zip([20, 40, 80, 160, 240]) {
            // Due times are whole milliseconds, rounded down.
            assert!(*pause + Duration::from_millis(1) >= Duration::from_millis(scheduled), "{pauses:?}");
        }
        let nonces: HashSet<_> = events.iter().map(|event| event.nonce.clone()).collect();
        assert_eq!(nonces.len(), 6, "each attempt has its own nonce");
        let ids: HashSet<_> = events.iter().map(Received::event_id).collect();
        assert_eq!(ids.len(), 1, "it is one event");
        running.stop().await;
    }

    async fn a_hanging_receiver_delays_nobody_else(db: &Db) {
        let scene = Scene::new(db).await;
        let stuck = TestReceiver::start().await.expect("a port");
        stuck.reply_with(Reply::Hang);
        let settings = Settings { attempt_timeout: Duration::from_secs(10), ..scene.settings() };
        let running = scene.dispatch(settings);
        let blocked: Vec<_> =
            (1000..1400).map(|order| event_for("order.created", order, &stuck.url())).collect();
        scene.tell(&blocked).await;
        stuck.wait_for_requests(1).await.expect("it hangs");
        let begun = Instant::now();
        let free: Vec<_> = (1..=100).map(|order| scene.event("order.created", order)).collect();
        scene.tell(&free).await;
        scene.receiver.wait_for_accepted(100).await.expect("undisturbed");
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        running.crash().await;
    }

    async fn a_silent_receiver_gets_few_attempts_until_it_answers(db: &Db) {
        let scene = Scene::new(db).await;
        scene.receiver.reply_with(Reply::Hang);
        let limits = Limits { attempts_per_receiver: 8, attempts_when_silent: 1, ..Limits::default() };
        let running = scene.dispatch(Settings { limits, ..scene.settings() });
        scene.tell(&[scene.event("order.created", 1)]).await;
        scene.receiver.wait_for_requests(2).await.expect("the first attempt timed out");
        let more: Vec<_> = (2..=20).map(|order| scene.event("order.created", order)).collect();
        scene.tell(&more).await;
        scene.receiver.wait_for_requests(4).await.expect("it is still tried");
        assert_eq!(scene.receiver.busiest(), 1);
        scene.receiver.reply_with(Reply::Accept);
        scene.receiver.wait_for_accepted(20).await.expect("all delivered");
        running.stop().await;
    }

    async fn attempts_under_way_are_bounded(db: &Db) {
        let scene = Scene::new(db).await;
        scene.receiver.reply_with(Reply::AcceptAfter(Duration::from_millis(30)));
        let limits = Limits { attempts_per_receiver: 4, waiting_per_receiver: 10, ..Limits::default() };
        let running = scene.dispatch(Settings { limits, ..scene.settings() });
        let events: Vec<_> = (1..=40).map(|order| scene.event("order.created", order)).collect();
        scene.tell(&events).await;
        let events = scene.receiver.wait_for_accepted(40).await.expect("all delivered");
        assert_eq!(scene.receiver.busiest(), 4);
        let ids: HashSet<_> = events.iter().map(Received::event_id).collect();
        assert_eq!((ids.len(), events.len()), (40, 40), "each once");
        running.stop().await;
    }

    async fn a_crash_in_the_middle_loses_nothing(db: &Db) {
        let scene = Scene::new(db).await;
        let events: Vec<_> = (1..=30)
            .flat_map(|order| ["order.created", "order.completed"].map(|kind| scene.event(kind, order)))
            .collect();
        scene.record(&events).await;
        scene.receiver.reply_with(Reply::AcceptAfter(Duration::from_millis(10)));
        for crash in 1..=3 {
            let running = scene.dispatch(scene.settings());
            scene.receiver.wait_for_requests(crash * 8).await.expect("under way");
            running.crash().await;
        }
        let running = scene.dispatch(scene.settings());
        let all = |events: &[Received]| {
            let accepted = events.iter().filter(|event| event.accepted());
            accepted.map(Received::event_id).collect::<HashSet<_>>().len() == 60
        };
        let events = scene.receiver.wait_until("sixty events", all).await.expect("nothing is lost");
        for order in 1..=30 {
            let mut order = accepted(&events, order);
            order.dedup();
            assert_eq!(order, ["order.created", "order.completed"]);
        }
        running.stop().await;
    }

    async fn what_a_crash_left_is_taken_up_at_once(db: &Db) {
        let scene = Scene::new(db).await;
        scene.receiver.reply_with(Reply::Hang);
        let hour = Duration::from_hours(1);
        let settings = || Settings { lease_margin: hour, attempt_timeout: hour, ..scene.settings() };
        let running = scene.dispatch(settings());
        scene.tell(&[scene.event("order.created", 1)]).await;
        scene.receiver.wait_for_requests(1).await.expect("under way");
        running.crash().await;
        scene.receiver.reply_with(Reply::Accept);
        let running = scene.dispatch(settings());
        scene.receiver.wait_for_accepted(1).await.expect("before the lease ends");
        running.stop().await;
    }

    async fn a_stopping_dispatcher_finishes_what_it_began(db: &Db) {
        let scene = Scene::new(db).await;
        scene.receiver.reply_with(Reply::AcceptAfter(Duration::from_millis(50)));
        let limits = Limits { attempts_per_receiver: 2, ..Limits::default() };
        let running = scene.dispatch(Settings { limits, ..scene.settings() });
        let events: Vec<_> = (1..=10).map(|order| scene.event("order.created", order)).collect();
        scene.tell(&events).await;
        scene.receiver.wait_for_requests(1).await.expect("under way");
        running.stop().await;
        let so_far = scene.receiver.received().len();
        assert!(so_far < 10, "it did not begin new ones");
        let next = scene.dispatch(scene.settings());
        let events = scene.receiver.wait_for_accepted(10).await.expect("the next one goes on");
        assert_eq!(events.len(), 10, "nothing is sent twice");
        next.stop().await;
    }

    async fn switched_off_it_records_and_sends_nothing(db: &Db) {
        let scene = Scene::new(db).await;
        let off = scene.dispatch(Settings { enabled: false, ..scene.settings() });
        scene.tell(&[scene.event("order.created", 1)]).await;
        off.stop().await;
        assert!(scene.receiver.received().is_empty());
        let on = scene.dispatch(scene.settings());
        scene.receiver.wait_for_accepted(1).await.expect("it was recorded");
        on.stop().await;
    }

    async fn a_hanging_attempt_ends_and_is_repeated(db: &Db) {
        let scene = Scene::new(db).await;
        scene.receiver.reply_next([Reply::Hang, Reply::Drip(Duration::from_millis(20))]);
        let running = scene.dispatch(scene.settings());
        scene.tell(&[scene.event("order.created", 1)]).await;
        scene.receiver.wait_for_accepted(1).await.expect("third time lucky");
        let events = scene.receiver.received();
        assert!(events[1].at - events[0].at >= ATTEMPT);
        assert!(events[2].at - events[1].at >= ATTEMPT);
        running.stop().await;
    }
}
