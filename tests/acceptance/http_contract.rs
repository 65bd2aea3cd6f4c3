//! A4-H01 to H13: the calls of a third party, to the letter.

use crate::harness::http::{API_KEY, send};
use crate::harness::site::body_a;
use crate::harness::{DEVICE, Site, eventually, fast, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};
use simulator::pile::Event;
use std::time::Duration;

/// Whether a text is an order number of the plan: `^THD\d{13}$`.
fn is_order_number(text: &str) -> bool {
    let digits = text.strip_prefix("THD").unwrap_or_default();
    digits.len() == 13 && digits.bytes().all(|digit| digit.is_ascii_digit())
}

async fn orders(site: &Site) -> i64 {
    let answer = site.http.get("/api/v1/third/orders").await;
    answer.data()["total"].as_i64().expect("a number")
}

on_both_engines! {
    async fn a4_h01_h02_h03_charge(engine) {
        let site = Site::with(engine, &[("RATE__WRITE__BURST", "50")]).await;
        let device = site.device(fast(DEVICE)).await;
        let answer = site.charge(DEVICE, &body_a()).await;
        let data = answer.data();
        let order_no = data["order_no"].as_str().expect("A4-H01");
        assert_eq!(answer.body["message"], "charge started successfully", "A4-H01");
        assert!(is_order_number(order_no), "A4-H01: {order_no}");
        assert_eq!(data["device_phy_id"], DEVICE, "A4-H01");
        assert_eq!(data["port_no"], 1, "A4-H01");
        assert_eq!(data["status"], "pending", "A4-H01");
        let request_id = answer.body["request_id"].as_str().expect("A4-H01");
        assert!(request_id.starts_with("req-"), "A4-H01: {request_id}");
        assert!(answer.body["timestamp"].is_i64(), "A4-H01");

        let variants = [
            json!({"port_no": 2, "charge_mode": 1, "duration": 3600, "amount": 1000}),
            json!({"port_no": 2, "charge_mode": 1, "duration": 300, "amount": 500,
                   "price_per_kwh": 150, "service_fee": 50}),
            json!({"port_no": 2, "charge_mode": 1, "duration": 180, "amount": 300}),
            json!({"port_no": 2, "charge_mode": 1, "duration": 60, "amount": 100}),
        ];
        for body in variants {
            let order_no = site.start(DEVICE, &body).await;
            assert!(is_order_number(&order_no), "A4-H03: {body}");
            site.stop(DEVICE, &json!({"port_no": 2})).await.data();
            site.wait_status(&order_no, "cancelled").await;
            free_again(&device, 2).await;
        }

        let automatic = json!({"port_no": 255, "charge_mode": 2, "kwh": 0.5, "amount": 500,
                               "price_per_kwh": 150});
        let answer = site.charge(DEVICE, &automatic).await;
        assert_eq!(answer.data()["port_no"], 2, "A4-H02: the lowest idle port");
        let full = json!({"port_no": 3, "charge_mode": 4, "amount": 1500, "price_per_kwh": 150});
        site.charge(DEVICE, &full).await.data();
        let power = json!({"port_no": 4, "charge_mode": 3, "power_limit_w": 700, "amount": 500});
        site.charge(DEVICE, &power).await.data();
        let answer = site.charge(DEVICE, &automatic).await;
        assert_eq!(answer.status, 409, "A4-H02: no idle port is left: {}", answer.text);
        eventually("A4-H02: mode and value on the wire", async || {
            starts_on_wire(&device).ends_with(&[(2, 50), (4, 0), (3, 7000)]).then_some(())
        })
        .await;
    }

    async fn a4_h04_stop(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        let answer = site.stop(DEVICE, &json!({"port_no": 1, "order_no": order_no})).await;
        assert_eq!(answer.data()["order_no"], order_no.as_str(), "A4-H04: reason is optional");
        let stopped = device
            .wait_note(Duration::from_secs(20), |event| matches!(event, Event::StopReceived { .. }))
            .await
            .expect("A4-H04: the device receives the stop command");
        let Event::StopReceived { port, order, accepted } = stopped.event else {
            panic!("waited for this");
        };
        assert_eq!((port.0, order.as_deref(), accepted), (1, Some(order_no.as_str()), true));
        site.wait_status(&order_no, "completed").await;
        let answer = site.stop(DEVICE, &json!({"port_no": 1})).await;
        assert_eq!(answer.status, 404, "A4-H04: nothing runs there any more: {}", answer.text);
    }

    async fn a4_h05_h06_h07_reads(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let seen = site.device_view(DEVICE).await;
        assert_eq!(seen["online"], true, "A4-H05");
        assert_eq!(seen["ports"].as_array().map(Vec::len), Some(4), "A4-H05");
        assert!(seen["ports"][0]["status"].is_i64(), "A4-H05: {seen}");

        let order_no = site.start_charging(&device, 1, &body_a()).await;
        let order = site
            .wait_order(&order_no, "A4-H06 reports", |order| {
                order["total_kwh"].as_f64() > Some(0.0)
            })
            .await;
        assert_eq!(order["order_no"], order_no.as_str(), "A4-H06");
        assert_eq!(order["device_phy_id"], DEVICE, "A4-H06");
        assert_eq!(order["port_no"], 1, "A4-H06");
        assert_eq!(order["status"], "charging", "A4-H06");
        assert_eq!(order["amount"], 1000, "A4-H06");
        assert!(order["start_time"].is_i64() && order["duration_sec"].is_i64(), "A4-H06: {order}");
        assert_eq!(order["current_power"], 1500.0, "A4-H06");
        assert_eq!(order["peak_power"], 1800.0, "A4-H06");

        let open = site.http.get_bare(&format!("/api/devices/{DEVICE}")).await;
        assert_eq!((open.status, &open.body["online"]), (200, &json!(true)), "A4-H07");
    }

    async fn a4_h08_params(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let path = format!("/api/v1/third/devices/{DEVICE}/params");
        let body = json!({"params": [{"id": 1, "value": 100}], "wait": 10});
        let answer = site.http.post(&path, &body).await;
        assert_eq!(answer.data()["state"], "acked", "A4-H08: {}", answer.text);
        assert!(answer.body["data"]["msg_id"].is_i64(), "A4-H08");
        let heard = |event: &Event| {
            matches!(event, Event::CommandReceived { command, .. } if command == "0x0083")
        };
        device.wait_note(Duration::from_secs(5), heard).await.expect("A4-H08");
    }

    async fn a4_h09_h10_busy_port(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        let answer = site.charge(DEVICE, &body_a()).await;
        assert_eq!(answer.status, 409, "A4-H09");
        assert_eq!(answer.body["code"], 409, "A4-H09");
        assert_eq!(answer.body["message"], "port is busy", "A4-H09");
        let expected = json!({"current_order": order_no, "port_no": 1, "status": "charging"});
        assert_eq!(answer.body["data"], expected, "A4-H09");
        drop((site, device));

        let site = Site::with(engine, &[("PORT_CONFLICT_POLICY", "replace")]).await;
        let device = site.device(fast(DEVICE)).await;
        let old = site.start_charging(&device, 1, &body_a()).await;
        let answer = site.charge(DEVICE, &body_a()).await;
        assert_eq!(answer.data()["old_order"], old.as_str(), "A4-H10");
        assert_eq!(answer.body["message"], "replaced previous order", "A4-H10");
        let new = answer.data()["new_order"].as_str().expect("A4-H10");
        assert!(is_order_number(new) && new != old, "A4-H10: {new}");
    }

    async fn a4_h11_s53_ten_calls_within_a_second(engine) {
        let site = Site::open(engine).await;
        let _device = site.device(fast(DEVICE)).await;
        let mut limited = 0;
        for _ in 0..10 {
            let answer = site.charge(DEVICE, &body_a()).await;
            if answer.status == 429 {
                limited += 1;
                assert_eq!(answer.body["message"], "too many requests", "A4-H11");
                assert!(answer.retry_after.is_some_and(|wait| wait >= 1), "A4-H11: Retry-After");
            } else {
                assert!(matches!(answer.status, 200 | 409), "A4-H11: {}", answer.text);
            }
        }
        assert!(limited >= 1, "A4-H11: at least one 429");
        assert_eq!(orders(&site).await, 1, "A4-H11: one order came of it");
    }

    async fn a4_h12_keys(engine) {
        let site = Site::open(engine).await;
        let path = format!("/api/v1/third/devices/{DEVICE}");
        for key in [None, Some("wrong"), Some(""), Some("test-api-key ")] {
            let mut request = site.http.request(Method::GET, &path);
            if let Some(key) = key.filter(|key| key.trim() == *key) {
                request = request.header("X-Api-Key", key);
            }
            let answer = send(request).await;
            assert_eq!((answer.status, &answer.body["code"]), (401, &json!(401)), "A4-H12 {key:?}");
        }
        for key in [API_KEY, "test-api-key-12345"] {
            let request = site.http.request(Method::GET, &path).header("X-Api-Key", key);
            assert_eq!(send(request).await.status, 404, "A4-E06: {key} is valid");
        }
        let admin = site.http.get("/api/v1/admin/stats").await;
        assert!(matches!(admin.status, 401 | 403), "third parties administrate nothing");
    }

    async fn a4_h13_bad_bodies_make_no_order(engine) {
        let site = Site::with(engine, &[("RATE__WRITE__BURST", "100")]).await;
        let _device = site.device(fast(DEVICE)).await;
        let path = format!("/api/v1/third/devices/{DEVICE}/charge");
        for text in ["", "{", "null", "[]", "port_no=1", "{\"port_no\":1", "\u{0}"] {
            let answer = site.http.post_text(&path, text).await;
            assert_eq!(answer.status, 400, "A4-H13 {text:?}: {}", answer.text);
        }
        let wrong: [(Value, &[u16]); 10] = [
            (json!({"port_no": 1, "charge_mode": 1, "amount": 1000}), &[422]),
            (json!({"port_no": 99, "charge_mode": 1, "duration": 60, "amount": 1}), &[422]),
            (json!({"port_no": 0, "charge_mode": 1, "duration": 60, "amount": 1}), &[400, 422]),
            (json!({"port_no": 1, "charge_mode": 9, "duration": 60, "amount": 1}), &[400, 422]),
            (json!({"port_no": 1, "charge_mode": 1, "duration": -1, "amount": 1}), &[400, 422]),
            (json!({"port_no": 1, "charge_mode": 1, "duration": 70_000, "amount": 1}), &[422]),
            (json!({"port_no": 1, "charge_mode": 1, "duration": 60, "amount": -5}), &[400, 422]),
            (json!({"port_no": "1", "charge_mode": 1, "duration": 60}), &[400]),
            (json!({"charge_mode": 1, "duration": 60, "amount": 1}), &[400, 422]),
            (json!({"port_no": 1, "charge_mode": 1, "duration": 60, "amount": 1, "colour": 7}),
             &[400]),
        ];
        for (body, allowed) in wrong {
            let answer = site.charge(DEVICE, &body).await;
            assert!(allowed.contains(&answer.status), "A4-H13 {body}: {}", answer.text);
            assert_eq!(answer.body["code"], answer.status, "A4-H13: {}", answer.text);
        }
        assert_eq!(orders(&site).await, 0, "A4-H13: no order row");
        if let Some(rows) = site.database.psql("SELECT count(*) FROM orders") {
            assert_eq!(rows, [["0"]], "A4-H13: no order row");
        }
    }

    /// Inbound signatures and replay protection, and the two published documents.
    async fn inbound_signatures_and_documents(engine) {
        let site = Site::open(engine).await;
        let now = unix_now();
        let path = "/api/v1/third/status/definitions";
        let call = |at: i64, nonce: &'static str| {
            let request = site.http.request(Method::GET, path).header("X-Api-Key", API_KEY);
            send(request.header("X-Timestamp", at.to_string()).header("X-Nonce", nonce))
        };
        assert_eq!(call(now, "a1").await.status, 200);
        assert_eq!(call(now, "a1").await.status, 401, "a nonce counts once");
        assert_eq!(call(now - 301, "a2").await.status, 401, "too old");
        assert_eq!(call(now + 330, "a3").await.status, 401, "from the future");

        let document = site.http.get_bare("/openapi.json").await;
        assert_eq!(document.status, 200);
        let charge = &document.body["paths"]["/api/v1/third/devices/{phy_id}/charge"]["post"];
        assert!(charge.is_object(), "the document describes the charge call");
        let docs = send(site.http.request(Method::GET, "/docs")).await;
        assert_eq!(docs.status, 200, "the browsable page");
        assert!(docs.text.contains("<html"), "{}", docs.text);
        assert_eq!(site.http.get_bare("/healthz").await.status, 200);
        assert_eq!(site.http.get_bare("/readyz").await.status, 200);
        assert_eq!(site.http.get_bare("/no/such/page").await.status, 404);
    }
}

/// Mode and value of every start command that the device has heard.
fn starts_on_wire(device: &simulator::SimDevice) -> Vec<(u8, u16)> {
    crate::harness::site::frames(device, simulator::device::Direction::Down, 0x0082)
        .iter()
        .filter(|frame| frame.body[6] == 1)
        .map(|frame| {
            (
                frame.body[0],
                u16::from_be_bytes([frame.body[7], frame.body[8]]),
            )
        })
        .collect()
}

/// Waits until the device has dropped what it held on a port.
async fn free_again(device: &simulator::SimDevice, port: u16) {
    device
        .wait_port(port, Duration::from_secs(20), |view| view.session.is_none())
        .await
        .expect("the stop reaches the device");
}

#[expect(
    clippy::disallowed_methods,
    reason = "a caller of the API has a clock of its own"
)]
pub fn unix_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.expect("after 1970").as_secs()).expect("before the year 292 billion")
}
