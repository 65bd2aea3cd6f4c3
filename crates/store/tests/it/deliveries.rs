use crate::events::{about_order, target, tell};
use crate::fixtures::{NOW, later, order_no};
use kernel::{OrderNo, Timestamp};
use std::collections::BTreeSet;
use std::time::Duration;
use store::deliveries::{self, Attempt, Delivery, Verdict};
use store::{Db, PageRequest, events};

const LEASE: Duration = Duration::from_secs(30);
const FAST: i16 = 5;

async fn claim(db: &Db, now: Timestamp) -> Vec<Delivery> {
    let mut tx = db.begin().await.expect("a transaction");
    let claimed = deliveries::claim(tx.conn(), now, None, LEASE, FAST, 100)
        .await
        .expect("ok");
    tx.commit().await.expect("committed");
    claimed
}

async fn record(db: &Db, delivery: &Delivery, at: Timestamp, verdict: Verdict) {
    let failed = verdict != Verdict::Delivered;
    let attempt = Attempt {
        delivery_id: delivery.id,
        attempt: delivery.retry_count + 1,
        at,
        http_status: Some(if failed { 500 } else { 200 }),
        error: failed.then(|| "answered 500".to_owned()),
        duration_ms: 12,
        verdict,
    };
    let mut tx = db.begin().await.expect("a transaction");
    deliveries::record(tx.conn(), &[attempt]).await.expect("ok");
    tx.commit().await.expect("committed");
}

fn kinds(claimed: &[Delivery]) -> Vec<&str> {
    claimed.iter().map(|one| one.event_type.as_str()).collect()
}

fn one() -> OrderNo {
    order_no("THD1729407600001")
}

testkit::both_engines! {
    async fn one_order_in_sequence_different_orders_in_parallel(db: &Db) {
        let other = order_no("THD1729407600002");
        tell(db, &[
            about_order("order.created", one(), NOW),
            about_order("charging.started", one(), NOW),
            about_order("order.created", other, NOW),
        ]).await;
        let first = claim(db, NOW).await;
        assert_eq!(kinds(&first), ["order.created", "order.created"]);
        assert_eq!(first[0].payload["order_no"], "THD1729407600001");
        assert_eq!(first[0].event_id, "order.created-THD1729407600001-1729407600");
        assert_eq!((first[0].sequence_no, first[0].url.as_str()), (1, "http://127.0.0.1:8888/webhook"));
        assert!(claim(db, NOW).await.is_empty(), "claimed, and the next in line waits");
        record(db, &first[0], NOW, Verdict::Delivered).await;
        let second = claim(db, NOW).await;
        assert_eq!(kinds(&second), ["charging.started"]);
    }

    async fn a_claim_of_a_crashed_node_comes_back(db: &Db) {
        tell(db, &[about_order("order.created", one(), NOW)]).await;
        assert_eq!(claim(db, NOW).await.len(), 1);
        let mut lease = db.view().await.expect("a connection");
        let due = deliveries::next_due(lease.conn()).await.expect("ok");
        assert_eq!(due, Some(NOW + LEASE));
        assert_eq!(claim(db, NOW + LEASE).await.len(), 1);
    }

    async fn a_failing_event_blocks_only_during_the_fast_retries(db: &Db) {
        tell(db, &[
            about_order("order.created", one(), NOW),
            about_order("charging.started", one(), NOW),
        ]).await;
        let mut now = NOW;
        for failed in 1..=6 {
            let claimed = claim(db, now).await;
            assert_eq!(kinds(&claimed), ["order.created"], "attempt {failed}");
            assert_eq!(claimed[0].retry_count, failed - 1);
            now = Timestamp(now.0 + 60_000);
            let wait = Duration::from_secs(if failed < 6 { 0 } else { 60 });
            record(db, &claimed[0], now, Verdict::Retry(now + wait)).await;
        }
        assert_eq!(kinds(&claim(db, now).await), ["charging.started"], "order is given up");
        let late = claim(db, now + Duration::from_mins(1)).await;
        assert_eq!(kinds(&late), ["order.created", "charging.started"], "both leases are over");
        let mut lease = db.view().await.expect("a connection");
        let attempts = deliveries::list_attempts(lease.conn(), late[0].id).await.expect("ok");
        assert_eq!(attempts.len(), 6);
        assert_eq!((attempts[5].http_status, attempts[5].duration_ms), (Some(500), 12));
    }

    async fn every_address_hears_of_it(db: &Db) {
        let mut event = about_order("order.created", one(), NOW);
        event.targets.push(target("http://127.0.0.1:8888/api/iot/webhook"));
        let ids = tell(db, &[event]).await;
        let claimed = claim(db, NOW).await;
        assert_eq!(claimed.len(), 2);
        record(db, &claimed[0], later(1), Verdict::Delivered).await;
        let mut lease = db.view().await.expect("a connection");
        let all = deliveries::list_of_event(lease.conn(), &ids[0]).await.expect("ok");
        let states: Vec<i16> = all.iter().map(|delivery| delivery.status).collect();
        assert_eq!(states, [1, 0]);
        assert_eq!((all[0].pushed_at, all[0].http_status), (Some(later(1)), Some(200)));
    }

    async fn dead_letters_are_listed_and_replayed(db: &Db) {
        let numbers = ["THD1729407600001", "THD1729407600002", "THD1729407600003"];
        let news: Vec<_> = numbers.iter()
            .map(|number| about_order("order.created", order_no(number), NOW)).collect();
        tell(db, &news).await;
        let claimed = claim(db, NOW).await;
        for delivery in &claimed {
            record(db, delivery, later(1), Verdict::Dead).await;
        }
        record(db, &claimed[0], later(2), Verdict::Delivered).await;
        let mut lease = db.direct().await.expect("a connection");
        let counts = deliveries::counts(lease.conn()).await.expect("ok");
        assert_eq!((counts.pending, counts.dead), (0, 3), "the settled stays settled");
        let page = PageRequest { page: 1, size: 2 };
        let dead = deliveries::list_dead(lease.conn(), page).await.expect("ok");
        assert_eq!((dead.total, dead.items.len()), (3, 2));
        assert_eq!(dead.items[0].error.as_deref(), Some("answered 500"));
        let ids = [dead.items[0].id, dead.items[0].id + 1000];
        assert_eq!(deliveries::replay(lease.conn(), &ids, later(3)).await.expect("ok"), 1);
        assert_eq!(deliveries::replay_all(lease.conn(), later(3)).await.expect("ok"), 2);
        drop(lease);
        let again = claim(db, later(3)).await;
        assert_eq!(again.len(), 3);
        assert!(again.iter().all(|delivery| delivery.retry_count == 0));
    }

    /// Four dispatchers at once: nobody gets what another has.
    async fn no_delivery_is_claimed_twice(db: &Db) {
        let news: Vec<_> = (0..200_i64)
            .map(|second| {
                let number = OrderNo::compose("THD", 1_729_407_600 + second, 1).expect("legal");
                about_order("order.created", number, NOW)
            })
            .collect();
        tell(db, &news).await;
        let mut dispatchers = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let db = db.clone();
            dispatchers.spawn(async move {
                let mut mine = Vec::new();
                for _ in 0..20 {
                    let mut tx = db.begin().await.expect("a transaction");
                    let some = deliveries::claim(tx.conn(), NOW, None, LEASE, FAST, 10).await;
                    mine.extend(some.expect("ok").into_iter().map(|delivery| delivery.id));
                    tx.commit().await.expect("committed");
                }
                mine
            });
        }
        let all: Vec<i64> = dispatchers.join_all().await.into_iter().flatten().collect();
        let distinct: BTreeSet<i64> = all.iter().copied().collect();
        assert_eq!((all.len(), distinct.len()), (200, 200));
    }

    async fn old_events_are_forgotten_when_they_are_told(db: &Db) {
        let other = order_no("THD1729407600002");
        let told = tell(db, &[about_order("order.created", one(), NOW)]).await;
        let untold = tell(db, &[about_order("order.created", other, NOW)]).await;
        let claimed = claim(db, NOW).await;
        record(db, &claimed[0], later(1), Verdict::Delivered).await;
        let mut tx = db.begin().await.expect("a transaction");
        assert_eq!(events::purge(tx.conn(), NOW, 100).await.expect("ok"), 0);
        assert_eq!(events::purge(tx.conn(), later(1), 100).await.expect("ok"), 1);
        assert!(events::find(tx.conn(), &told[0]).await.expect("ok").is_none());
        assert!(events::find(tx.conn(), &untold[0]).await.expect("ok").is_some());
        let attempts = deliveries::list_attempts(tx.conn(), claimed[0].id).await.expect("ok");
        assert!(attempts.is_empty());
        tx.commit().await.expect("committed");
    }
}
