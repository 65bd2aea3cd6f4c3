//! Deliveries that were claimed and come back without an attempt.

use kernel::{OrderNo, Timestamp};
use serde_json::json;
use std::time::Duration;
use store::events::{self, NewEvent, Target};
use store::{Db, deliveries};
use testkit::both_engines;

const NOW: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);
const LEASE: Duration = Duration::from_secs(30);

async fn claim(db: &Db, now: Timestamp) -> Vec<i64> {
    let mut tx = db.begin().await.expect("a transaction");
    let claimed = deliveries::claim(tx.conn(), now, None, LEASE, 5, 10)
        .await
        .expect("a claim");
    tx.commit().await.expect("a commit");
    claimed.into_iter().map(|delivery| delivery.id).collect()
}

/// Two deliveries of different orders, claimed at [`NOW`].
async fn two_claimed(db: &Db) -> Vec<i64> {
    let event = |sequence| NewEvent {
        event_type: "order.created".into(),
        order_no: OrderNo::compose("THD", 1_729_407_600, sequence).ok(),
        device_id: None,
        phy_id: None,
        port_no: None,
        data: json!({}),
        at: NOW,
        targets: vec![Target {
            url: "http://example.com/".to_owned(),
            api_key_id: None,
        }],
    };
    let mut tx = db.begin().await.expect("a transaction");
    events::insert(tx.conn(), &[event(1), event(2)])
        .await
        .expect("stored");
    tx.commit().await.expect("a commit");
    let claimed = claim(db, NOW).await;
    assert_eq!(claimed.len(), 2);
    assert!(claim(db, NOW).await.is_empty(), "they are lent");
    claimed
}

both_engines! {
    async fn a_delivery_that_was_put_back_is_due_when_said(db: &Db) {
        let ids = two_claimed(db).await;
        let later = NOW + Duration::from_secs(2);
        let mut direct = db.direct().await.expect("a connection");
        let back = deliveries::put_back(direct.conn(), &[(ids[0], later), (-1, later)]).await;
        drop(direct);
        assert_eq!(back.expect("put back"), 1);
        assert!(claim(db, NOW).await.is_empty());
        assert_eq!(claim(db, later).await, ids[..1]);
    }

    async fn what_was_never_attempted_can_be_freed(db: &Db) {
        let ids = two_claimed(db).await;
        let failed = deliveries::Attempt {
            delivery_id: ids[0],
            attempt: 1,
            at: NOW,
            http_status: Some(500),
            error: None,
            duration_ms: 1,
            verdict: deliveries::Verdict::Retry(NOW + LEASE),
        };
        let mut tx = db.begin().await.expect("a transaction");
        deliveries::record(tx.conn(), &[failed]).await.expect("recorded");
        assert_eq!(deliveries::release_unattempted(tx.conn(), NOW).await.expect("freed"), 1);
        tx.commit().await.expect("a commit");
        assert_eq!(claim(db, NOW).await, ids[1..], "the other one has a pause to keep");
    }
}
