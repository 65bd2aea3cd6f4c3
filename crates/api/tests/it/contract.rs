//! The HTTP contract of the third-party API, row by row.

use crate::lab::{ADMIN, DEVICE, GENEROUS, KEY, Lab, usual};
use api::Settings;
use axum::http::Method;
use domain::PortConflictPolicy;
use serde_json::json;

/// Body A of the contract.
const BODY_A: &str = r#"{"port_no":1,"charge_mode":1,"duration":3600,"amount":1000,"price_per_kwh":150,"service_fee":100}"#;

fn charge_path() -> String {
    format!("/api/v1/third/devices/{DEVICE}/charge")
}

/// A4-H01, A4-H02
#[tokio::test]
async fn a_start_is_accepted_as_published() {
    let lab = Lab::new().await;
    let reply = lab.post(&charge_path(), BODY_A).await.expect(200);
    assert_eq!(reply.message(), "charge started successfully");
    let order_no = reply.data()["order_no"].as_str().expect("an order number");
    let digits = order_no.strip_prefix("THD").expect("the prefix");
    assert!(digits.len() == 13 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(reply.data()["device_phy_id"], DEVICE);
    assert_eq!(reply.data()["port_no"], 1);
    assert_eq!(reply.data()["status"], "pending");
    assert!(reply.data().get("old_order").is_none());
    lab.close().await;
}

/// A caller's flow goes on here; without one, or with something else in its place, one begins.
#[tokio::test]
async fn a_call_belongs_to_a_flow_that_can_be_searched() {
    let lab = Lab::new().await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let headers = [("X-Api-Key", KEY), ("traceparent", parent.as_str())];
    let reply = lab
        .call(Method::POST, &charge_path(), &headers, BODY_A)
        .await
        .expect(200);
    assert_eq!(reply.headers["x-trace-id"], trace);
    let order_no = reply.data()["order_no"]
        .as_str()
        .expect("an order number")
        .to_owned();
    let found = lab
        .get(&format!("/api/v1/admin/search?q={trace}"))
        .await
        .expect(200);
    let group = &found.data()[0];
    assert_eq!(group["kind"], "orders", "{}", found.body);
    assert_eq!(group["hits"][0]["id"], order_no.as_str(), "{}", found.body);
    let headers = [("X-Api-Key", KEY), ("traceparent", "nonsense")];
    let device = format!("/api/v1/third/devices/{DEVICE}");
    let reply = lab
        .call(Method::GET, &device, &headers, "")
        .await
        .expect(200);
    let own = reply.headers["x-trace-id"].to_str().expect("text");
    assert!(own.len() == 32 && own != trace, "{own}");
    lab.close().await;
}

/// The page for the staff has a short address, and needs a key behind it.
#[tokio::test]
async fn the_page_of_health_is_for_the_staff() {
    let lab = Lab::new().await;
    // Neither the way nor the page comes in an envelope.
    let way = lab.call(Method::GET, "/status", &[], "").await;
    assert_eq!(way.status.as_u16(), 307);
    let page = way.headers["location"]
        .to_str()
        .expect("an address")
        .to_owned();
    lab.call(Method::GET, &page, &[], "").await.expect(401);
    lab.call(Method::GET, &page, &[("X-Api-Key", KEY)], "")
        .await
        .expect(403);
    let shown = lab
        .call(Method::GET, &page, &[("X-Api-Key", ADMIN)], "")
        .await;
    assert_eq!(shown.status.as_u16(), 200);
    assert_eq!(shown.headers["content-type"], "text/html; charset=utf-8");
    lab.close().await;
}

/// A4-H03, and every mode
#[tokio::test]
async fn all_published_variants_of_a_start_work() {
    let lab = Lab::new().await;
    lab.device("82241218000382", 16).await;
    let bodies = [
        json!({"charge_mode":1,"duration":3600,"amount":1000}),
        json!({"charge_mode":1,"duration":300,"amount":500,"price_per_kwh":150,"service_fee":50}),
        json!({"charge_mode":1,"duration":180,"amount":300}),
        json!({"charge_mode":1,"duration":60,"amount":100}),
        json!({"charge_mode":2,"kwh":5,"amount":750,"price_per_kwh":150}),
        json!({"charge_mode":2,"energy":0.5,"amount":750}),
        json!({"charge_mode":2,"amount":750,"price_per_kwh":150}),
        json!({"charge_mode":3,"power_limit_w":350.5,"amount":750}),
        json!({"charge_mode":4,"amount":1500,"member_ref":"m-1"}),
    ];
    for (port, mut body) in (1..).zip(bodies) {
        body["port_no"] = json!(port);
        let reply = lab.charge("82241218000382", body).await.expect(200);
        assert_eq!(reply.data()["port_no"], port);
    }
    let automatic = json!({"port_no":255,"charge_mode":4,"amount":100});
    lab.charge("82241218000382", automatic).await;
    let hole = json!({"socket_no":7,"hole":1,"charge_mode":4,"amount":100});
    let reply = lab.charge("82241218000382", hole).await.expect(200);
    assert_eq!(reply.data()["port_no"], 14);
    lab.close().await;
}

/// A4-H04, A4-TC002-01: the example call sends JSON under the name of a form
#[tokio::test]
async fn a_stop_needs_no_content_type() {
    let lab = Lab::new().await;
    let order_no = lab.order_on(1).await;
    let path = format!("/api/v1/third/devices/{DEVICE}/stop");
    let headers = [
        ("X-Api-Key", KEY),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let body = format!(r#"{{"port_no":1,"order_no":"{order_no}","reason":"user_cancelled"}}"#);
    let reply = lab
        .call(Method::POST, &path, &headers, body)
        .await
        .expect(200);
    assert_eq!(reply.message(), "stop command sent successfully");
    assert_eq!(reply.data()["order_no"], order_no.as_str());
    assert_eq!(reply.data()["port_no"], 1);
    lab.post(&path, json!({"port_no":1})).await.expect(404);
    lab.close().await;
}

/// A4-H05
#[tokio::test]
async fn a_device_shows_its_ports_and_orders() {
    let lab = Lab::new().await;
    let order_no = lab.order_on(2).await;
    let reply = lab
        .get(&format!("/api/v1/third/devices/{DEVICE}"))
        .await
        .expect(200);
    let device = reply.data();
    assert_eq!(device["online"], false);
    assert_eq!(device["device_phy_id"], DEVICE);
    let ports = device["ports"].as_array().expect("ports");
    assert_eq!(ports.len(), 4);
    assert_eq!(ports[1]["port_no"], 2);
    assert_eq!(ports[1]["order_no"], order_no.as_str());
    assert_eq!(ports[0]["status"], 0);
    assert_eq!(device["active_orders"][0]["order_no"], order_no.as_str());
    let page = lab
        .get("/api/v1/third/devices?page=1&size=10")
        .await
        .expect(200);
    assert_eq!(page.data()["total"], 1);
    assert_eq!(page.data()["items"][0]["device_phy_id"], DEVICE);
    lab.close().await;
}

/// A4-H06
#[tokio::test]
async fn an_order_shows_its_values() {
    let lab = Lab::new().await;
    let reply = lab.post(&charge_path(), BODY_A).await.expect(200);
    let order_no = reply.data()["order_no"]
        .as_str()
        .expect("a number")
        .to_owned();
    let reply = lab
        .get(&format!("/api/v1/third/orders/{order_no}"))
        .await
        .expect(200);
    let order = reply.data();
    for (field, value) in [
        ("order_no", json!(order_no)),
        ("device_phy_id", json!(DEVICE)),
        ("port_no", json!(1)),
        ("status", json!("pending")),
        ("duration_sec", json!(0)),
        ("total_kwh", json!(0.0)),
        ("current_power", json!(0.0)),
        ("peak_power", json!(0.0)),
        ("amount", json!(1000)),
        ("price_per_kwh", json!(150)),
        ("service_fee", json!(100)),
        ("start_time", json!(null)),
        ("final_amount", json!(null)),
    ] {
        assert_eq!(order[field], value, "{field}");
    }
    let page = lab
        .get("/api/v1/third/orders?page=1&size=5&status=pending")
        .await
        .expect(200);
    assert_eq!(page.data()["items"][0]["order_no"], order_no.as_str());
    assert_eq!(page.data()["size"], 5);
    let none = lab
        .get("/api/v1/third/orders?status=completed")
        .await
        .expect(200);
    assert_eq!(none.data()["total"], 0);
    let samples = lab
        .get(&format!("/api/v1/third/orders/{order_no}/samples"))
        .await
        .expect(200);
    assert_eq!(samples.data(), &json!([]));
    lab.close().await;
}

/// A4-H07, A4-X1-01
#[tokio::test]
async fn whether_a_device_lives_is_told_without_a_key() {
    let lab = Lab::new().await;
    let path = format!("/api/devices/{DEVICE}");
    let reply = lab.call(Method::GET, &path, &[], "").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body["online"], false);
    assert_eq!(reply.body["phy_id"], DEVICE);
    lab.call(Method::GET, "/api/devices/99999999999999", &[], "")
        .await
        .expect(404);
    lab.close().await;
    let shut = Lab::with(Settings {
        open_device_status: false,
        ..usual()
    })
    .await;
    shut.call(Method::GET, &path, &[], "").await.expect(404);
    shut.close().await;
}

/// A4-H08
#[tokio::test]
async fn parameters_are_queued_and_their_command_can_be_followed() {
    let lab = Lab::new().await;
    let path = format!("/api/v1/third/devices/{DEVICE}/params");
    let body = json!({"params":[{"id":1,"value":100},{"id":"full_power","value":-5}]});
    let reply = lab.post(&path, body).await.expect(200);
    assert_eq!(reply.data()["state"], "queued");
    assert!(reply.data()["msg_id"].is_u64());
    let id = reply.data()["command_id"].as_i64().expect("an id");
    let reply = lab
        .get(&format!("/api/v1/third/commands/{id}"))
        .await
        .expect(200);
    assert_eq!(reply.data()["command"], "set_params");
    assert_eq!(reply.data()["device_phy_id"], DEVICE);
    lab.close().await;
}

/// A4-H09, A4-X3-01, A4-S4.5, A4-S4.6
#[tokio::test]
async fn a_busy_port_is_refused_with_its_order() {
    let lab = Lab::new().await;
    let order_no = lab.order_on(1).await;
    let reply = lab.post(&charge_path(), BODY_A).await.expect(409);
    assert_eq!(reply.message(), "port is busy");
    assert_eq!(
        reply.data(),
        &json!({"current_order": order_no, "port_no": 1, "status": "pending"})
    );
    let first = lab
        .get(&format!("/api/v1/third/orders/{order_no}"))
        .await
        .expect(200);
    assert_eq!(first.data()["status"], "pending");
    lab.close().await;
}

/// A4-H10, A4-X3-02
#[tokio::test]
async fn a_busy_port_is_taken_over_where_that_was_agreed() {
    let settings = Settings {
        port_conflict: PortConflictPolicy::Replace,
        rates: GENEROUS,
        ..usual()
    };
    let lab = Lab::with(settings).await;
    let old_order = lab.order_on(1).await;
    let reply = lab.post(&charge_path(), BODY_A).await.expect(200);
    assert_eq!(reply.message(), "replaced previous order");
    assert_eq!(reply.data()["old_order"], old_order.as_str());
    assert_eq!(reply.data()["new_order"], reply.data()["order_no"]);
    let old = lab
        .get(&format!("/api/v1/third/orders/{old_order}"))
        .await
        .expect(200);
    assert!(old.data()["status"] != "pending" && old.data()["status"] != "charging");
    lab.close().await;
}

/// A4-H12
#[tokio::test]
async fn a_missing_or_wrong_key_is_refused() {
    let lab = Lab::new().await;
    let path = charge_path();
    lab.call(Method::POST, &path, &[], BODY_A).await.expect(401);
    lab.call(Method::POST, &path, &[("X-Api-Key", "wrong")], BODY_A)
        .await
        .expect(401);
    lab.call(Method::POST, &path, &[("X-Api-Key", "")], BODY_A)
        .await
        .expect(401);
    lab.call(Method::POST, &path, &[("x-api-key", ADMIN)], BODY_A)
        .await
        .expect(200);
    lab.close().await;
}

/// A4-H13
#[tokio::test]
async fn what_makes_no_order_leaves_none() {
    let lab = Lab::new().await;
    for (body, status, field) in [
        (
            json!({"charge_mode":1,"duration":60,"amount":100}),
            400,
            "port_no",
        ),
        (
            json!({"port_no":1,"charge_mode":1,"amount":100}),
            422,
            "duration",
        ),
        (
            json!({"port_no":1,"charge_mode":9,"duration":60,"amount":100}),
            400,
            "charge_mode",
        ),
        (
            json!({"port_no":0,"charge_mode":1,"duration":60,"amount":100}),
            400,
            "port_no",
        ),
        (
            json!({"port_no":"1","charge_mode":1,"duration":60,"amount":100}),
            400,
            "port_no",
        ),
        (
            json!({"port_no":1,"charge_mode":1,"duration":-1,"amount":100}),
            400,
            "duration",
        ),
        (
            json!({"port_no":1,"charge_mode":1,"duration":60,"amount":100,"x":1}),
            400,
            "x",
        ),
        (
            json!({"port_no":1,"charge_mode":2,"amount":100}),
            422,
            "kwh",
        ),
        (
            json!({"port_no":1,"charge_mode":1,"duration":70_000,"amount":100}),
            422,
            "duration",
        ),
    ] {
        let reply = lab.charge(DEVICE, body.clone()).await.expect(status);
        assert_eq!(reply.field(), field, "{body}: {}", reply.body);
    }
    let unknown_port = json!({"port_no":9,"charge_mode":1,"duration":60,"amount":100});
    lab.charge(DEVICE, unknown_port).await.expect(422);
    let body = json!({"port_no":1,"charge_mode":1,"duration":60,"amount":100});
    lab.charge("99999999999999", body.clone()).await.expect(404);
    lab.charge("no%20id", body).await.expect(404);
    let orders = lab.get("/api/v1/third/orders").await.expect(200);
    assert_eq!(orders.data()["total"], 0);
    lab.close().await;
}

#[tokio::test]
async fn a_webhook_address_must_not_point_inside() {
    let lab = Lab::new().await;
    let start = |url: &str| json!({"port_no":1,"charge_mode":1,"duration":60,"amount":100,"notify_url":url});
    let reply = lab
        .charge(DEVICE, start("http://127.0.0.1:1/"))
        .await
        .expect(422);
    assert_eq!(reply.field(), "notify_url");
    lab.charge(DEVICE, start("https://hooks.example.com/x"))
        .await
        .expect(200);
    lab.close().await;
}

#[tokio::test]
async fn a_disabled_device_takes_no_orders() {
    let lab = Lab::new().await;
    let path = format!("/api/v1/admin/devices/{DEVICE}");
    let headers = [("X-Api-Key", ADMIN)];
    let body = r#"{"status":"disabled"}"#;
    let reply = lab
        .call(Method::PATCH, &path, &headers, body)
        .await
        .expect(200);
    assert_eq!(reply.data()["status"], "disabled");
    let reply = lab.post(&charge_path(), BODY_A).await.expect(409);
    assert_eq!(reply.message(), "device disabled");
    assert!(reply.data().is_null());
    lab.close().await;
}

/// A4-TC005-01
#[tokio::test]
async fn four_ports_start_at_once() {
    let lab = Lab::with(usual()).await;
    let start = |port: u16| {
        lab.charge(
            DEVICE,
            json!({"port_no":port,"charge_mode":1,"duration":3600,"amount":1000}),
        )
    };
    let replies = tokio::join!(start(1), start(2), start(3), start(4));
    let mut numbers = Vec::new();
    for reply in [replies.0, replies.1, replies.2, replies.3] {
        let reply = reply.expect(200);
        numbers.push(
            reply.data()["order_no"]
                .as_str()
                .expect("a number")
                .to_owned(),
        );
    }
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), 4);
    lab.close().await;
}

#[tokio::test]
async fn every_enumeration_is_explained() {
    let lab = Lab::new().await;
    let reply = lab
        .get("/api/v1/third/status/definitions")
        .await
        .expect(200);
    assert_eq!(reply.data()["end_reason"][3]["name"], "remote_stop");
    assert_eq!(reply.data()["fault_code"][0]["code"], 4);
    assert_eq!(reply.data()["order_status"][0], "pending");
    lab.close().await;
}
