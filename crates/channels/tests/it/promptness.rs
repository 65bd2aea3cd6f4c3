//! How soon a receiver hears of a fact.

use crate::scene::Scene;
use channels::webhook::Settings;
use std::collections::HashMap;
use std::time::Duration;
use store::Db;
use testkit::both_engines;
use testkit::receiver::Received;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Facts in this test, one commit each.
const FACTS: u16 = 1000;
/// 500 facts a second.
const PERIOD: Duration = Duration::from_millis(2);
/// How often it is looked for what nobody was woken for.
const SWEEP: Duration = Duration::from_secs(10);
/// Long before the next look: somebody was woken. Three in a hundred may be later, for this is a
/// debug build beside other tests; the load test measures how soon it is.
const SOON: Duration = Duration::from_secs(4);

both_engines! {
    async fn five_hundred_facts_a_second_are_told_promptly(db: &Db) {
        let scene = Scene::new(db).await;
        let settings = Settings { sweep: SWEEP, ..scene.settings() };
        let running = scene.dispatch(settings);
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut committed = HashMap::new();
        for order in 1..=FACTS {
            ticks.tick().await;
            let event = scene.event("order.created", order);
            let order_no = event.order_no.map(|order_no| order_no.to_string());
            scene.tell(&[event]).await;
            committed.insert(order_no.unwrap_or_default(), Instant::now());
        }
        let events = scene.receiver.wait_for_accepted(FACTS.into()).await.expect("all told");
        assert_eq!(events.len(), usize::from(FACTS), "each once");
        let delay = |event: &Received| event.at.saturating_duration_since(committed[event.order_no()]);
        let mut delays: Vec<Duration> = events.iter().map(delay).collect();
        delays.sort_unstable();
        let at = |percent: usize| delays[delays.len() * percent / 100 - 1];
        println!("{}: p50 {:?}, p97 {:?}, p99 {:?}", db.engine(), at(50), at(97), at(99));
        assert!(at(97) < SOON, "p97 {:?}", at(97));
        running.stop().await;
    }
}
