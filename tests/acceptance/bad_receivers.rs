//! Webhook receivers that hang, redirect, fail, refuse or drip: each gets the documented
//! treatment, and other orders do not wait for it.

use crate::harness::site::body_a;
use crate::harness::{DEVICE, Site, eventually, fast, on_both_engines};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::receiver::Reply;

/// Attempts are short here, and three retries are all.
const SHORT: [(&str, &str); 4] = [
    ("WEBHOOK__TIMEOUT_S", "0.5"),
    ("WEBHOOK__FAST_RETRIES_S", "[0.1, 0.1]"),
    ("WEBHOOK__SLOW_RETRIES_S", "[0.2]"),
    ("RATE__WRITE__BURST", "50"),
];

async fn dead_letters(site: &Site) -> Vec<Value> {
    let answer = site
        .http
        .admin_get("/api/v1/admin/webhooks/dead-letters?size=200")
        .await;
    answer.data()["items"].as_array().expect("a list").clone()
}

fn attempts(site: &Site, order_no: &str) -> usize {
    let events = site.receiver.received();
    let created = events
        .iter()
        .filter(|event| event.event_type() == "order.created");
    created.filter(|event| event.order_no() == order_no).count()
}

on_both_engines! {
    async fn each_misbehaviour_has_its_answer(engine) {
        let site = Site::with(engine, &SHORT).await;
        let _device = site.device(fast(DEVICE)).await;
        let elsewhere = site.receiver.url_of("/elsewhere");
        let cases = [
            ("500", Reply::Status(500), 4),
            ("hang", Reply::Hang, 4),
            ("drip", Reply::Drip(Duration::from_millis(50)), 4),
            ("410", Reply::Status(410), 1),
            ("redirect", Reply::Redirect(elsewhere), 1),
            ("401", Reply::Status(401), 1),
        ];
        for (port, (name, reply, expected)) in (1..=6).zip(cases) {
            // One order at a time on four ports: the number is known only after the call.
            let port = 1 + (port - 1) % 4;
            site.receiver.reply_to("\"order.created\"", reply);
            let body = json!({"port_no": port, "charge_mode": 1, "duration": 60, "amount": 100});
            let order_no = site.start(DEVICE, &body).await;
            let dead = eventually(&format!("{name}: a dead letter"), async || {
                let letters = dead_letters(&site).await;
                letters.into_iter().find(|letter| letter["order_no"] == order_no.as_str())
            })
            .await;
            assert_eq!(attempts(&site, &order_no), expected, "{name}: {dead}");
            assert_eq!(dead["event_type"], "order.created", "{name}: {dead}");
            site.receiver.forget_special_replies();
            site.stop(DEVICE, &json!({"port_no": port})).await.data();
            // What comes later in the order's life is told, as soon as the earlier is given up.
            site.event("order.cancelled", &order_no).await;
        }
        let redirected = site.receiver.received();
        assert!(redirected.iter().all(|event| event.path != "/elsewhere"), "never followed");

        let path = "/api/v1/admin/webhooks/dead-letters/replay";
        site.http.admin_post(path, &json!({})).await.data();
        eventually("dead letters are delivered when they are replayed", async || {
            dead_letters(&site).await.is_empty().then_some(())
        })
        .await;
    }

    /// One order's receiver that hangs does not hold up another order's.
    async fn others_do_not_wait(engine) {
        let site = Site::open(engine).await;
        let _device = site.device(fast(DEVICE)).await;
        let slow = site.start(DEVICE, &json!({
            "port_no": 2, "charge_mode": 1, "duration": 60, "amount": 100,
            "notify_url": site.receiver.url_of("/slow"), "member_ref": "the-slow-one"
        }))
        .await;
        site.receiver.reply_to("the-slow-one", Reply::Hang);
        let before = tokio::time::Instant::now();
        let order_no = site.start(DEVICE, &body_a()).await;
        site.event("order.created", &order_no).await;
        assert!(before.elapsed() < Duration::from_secs(5), "A4-W11 for the others");
        assert_ne!(slow, order_no);
    }

    /// A few failures, then success: told once, and in order.
    async fn retries_keep_the_order(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        site.receiver.wait_for("device.registered", "").await.expect("it is told");
        site.receiver.reply_next([Reply::Status(500), Reply::TooMany(1), Reply::Status(503)]);
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        site.stop(DEVICE, &json!({"port_no": 1})).await.data();
        site.event("order.completed", &order_no).await;
        let types = site.event_types(&order_no);
        let mut expected = vec!["order.created", "charging.started"];
        expected.extend(vec!["charging.progress"; types.len() - 4]);
        expected.extend(["charging.ended", "order.completed"]);
        assert_eq!(types, expected);
    }
}
