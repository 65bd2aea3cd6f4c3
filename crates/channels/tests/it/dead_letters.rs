//! Events that were given up, and whose address they were for.

use crate::scene::{Scene, WallClock, event_for, order_no};
use bus::Doorbell;
use channels::webhook::Settings;
use channels::webhook::target::AddressPolicy;
use kernel::Clock;
use std::time::Duration;
use store::api_keys::{self, ConfiguredKey};
use store::deliveries::{self, Delivery};
use store::events::Target;
use store::{Db, PageRequest};
use testkit::both_engines;
use testkit::receiver::{PATIENCE, Reply, Signature, TestReceiver};
use tokio::time::{Instant, sleep};

/// Waits until so many deliveries are dead. The database has no bell, so it is asked.
async fn dead(db: &Db, count: usize) -> Vec<Delivery> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut view = db.view().await.expect("a connection");
        let page = deliveries::list_dead(view.conn(), PageRequest::default()).await;
        let items = page.expect("a list").items;
        if items.len() == count {
            return items;
        }
        assert!(Instant::now() < deadline, "{} dead letters", items.len());
        sleep(Duration::from_millis(10)).await;
    }
}

async fn replay(scene: &Scene, letter: &Delivery) {
    let mut tx = scene.db.begin().await.expect("a transaction");
    let now = WallClock.now();
    let replayed = deliveries::replay(tx.conn(), &[letter.id], now).await;
    assert_eq!(replayed.expect("replayed"), 1);
    tx.commit().await.expect("a commit");
    scene.bus.ring(Doorbell::Outbox);
}

both_engines! {
    async fn a_refused_event_is_dead_at_once_and_can_be_replayed(db: &Db) {
        let scene = Scene::new(db).await;
        scene.receiver.reply_to("order.created", Reply::Status(410));
        let running = scene.dispatch(scene.settings());
        scene.tell(&[scene.event("order.created", 1), scene.event("charging.started", 1)]).await;
        scene.receiver.wait_for("charging.started", "").await.expect("goes ahead");
        let letters = dead(db, 1).await;
        assert_eq!(letters[0].event_type, "order.created");
        assert_eq!(letters[0].http_status, Some(410));
        assert_eq!(letters[0].retry_count, 1);
        assert_eq!(scene.receiver.received().len(), 2, "one attempt each");

        scene.receiver.forget_special_replies();
        replay(&scene, &letters[0]).await;
        let event = scene.receiver.wait_for("order.created", "").await.expect("replayed");
        assert_eq!(event.event_id(), letters[0].event_id);
        running.stop().await;
        dead(db, 0).await;
    }

    async fn an_event_that_always_fails_dies_after_all_retries(db: &Db) {
        let scene = Scene::new(db).await;
        scene.receiver.reply_with(Reply::Status(500));
        let running = scene.dispatch(scene.settings());
        scene.tell(&[scene.event("order.created", 1)]).await;
        let letters = dead(db, 1).await;
        assert_eq!(scene.receiver.received().len(), 6, "one, three fast and two slow ones");
        let mut view = db.view().await.expect("a connection");
        let attempts = deliveries::list_attempts(view.conn(), letters[0].id).await.expect("a list");
        assert_eq!(attempts.len(), 6);
        assert!(attempts.iter().all(|attempt| attempt.http_status == Some(500)));
        drop(view);
        running.stop().await;
    }

    async fn a_redirect_is_a_refusal(db: &Db) {
        let scene = Scene::new(db).await;
        let elsewhere = TestReceiver::start().await.expect("a port");
        scene.receiver.reply_with(Reply::Redirect(elsewhere.url()));
        let running = scene.dispatch(scene.settings());
        scene.tell(&[scene.event("order.created", 1)]).await;
        assert_eq!(dead(db, 1).await[0].http_status, Some(307));
        assert!(elsewhere.received().is_empty());
        running.stop().await;
    }

    async fn addresses_inside_the_walls_are_not_called(db: &Db) {
        let scene = Scene::new(db).await;
        let inside = TestReceiver::start().await.expect("a port");
        let by_name = format!("http://localhost:{}/webhook", inside.address().port());
        let policy = AddressPolicy::public_only();
        let running = scene.dispatch(Settings { policy, ..scene.settings() });
        scene.tell(&[
            event_for("order.created", 1, &inside.url()),
            event_for("order.created", 2, &by_name),
            event_for("order.created", 3, "ftp://example.com/"),
            scene.event("order.created", 4),
        ]).await;
        let own = order_no(4);
        scene.receiver.wait_for("order.created", own.as_str()).await.expect("the operator's own");
        let letters = dead(db, 3).await;
        assert!(inside.received().is_empty());
        let error = |order| {
            let letter = letters.iter().find(|letter| letter.order_no == Some(order_no(order)));
            letter.and_then(|letter| letter.error.clone()).unwrap_or_default()
        };
        assert!(error(1).contains("allow_networks"), "{}", error(1));
        assert!(error(2).contains("allow_networks"), "{}", error(2));
        assert!(error(3).contains("http://"), "{}", error(3));
        running.stop().await;
    }

    async fn every_key_has_its_own_receiver_and_secret(db: &Db) {
        let scene = Scene::new(db).await;
        let partner = TestReceiver::start_with_secret("partner-secret").await.expect("a port");
        let running = scene.dispatch(scene.settings());
        scene.tell(&[scene.event("order.created", 1)]).await;
        scene.receiver.wait_for_accepted(1).await.expect("the dispatcher has read the keys");

        let key = ConfiguredKey {
            key: "partner-key".to_owned(),
            webhook_secret: Some("partner-secret".to_owned()),
            ..ConfiguredKey::default()
        };
        let mut tx = db.begin().await.expect("a transaction");
        api_keys::sync_configured(tx.conn(), &[key], WallClock.now()).await.expect("stored");
        let key = api_keys::find_by_key(tx.conn(), "partner-key").await.expect("read").expect("is there");
        tx.commit().await.expect("a commit");

        let mut event = scene.event("order.created", 2);
        event.targets[0].api_key_id = Some(key.id);
        event.targets.push(Target { url: partner.url(), api_key_id: Some(key.id) });
        scene.tell(&[event]).await;
        let theirs = partner.wait_for_accepted(1).await.expect("signed with their secret");
        assert_eq!(theirs[0].signature, Signature::Valid);
        assert_eq!(theirs[0].api_key.as_deref(), Some("partner-key"));
        let ours = scene.receiver.wait_for_accepted(2).await.expect("signed with ours");
        assert_eq!(ours[1].api_key.as_deref(), Some("partner-key"));
        assert_eq!(ours[1].event_id(), theirs[0].event_id());
        running.stop().await;
    }
}
