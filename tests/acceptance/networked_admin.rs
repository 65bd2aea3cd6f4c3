//! What an operator does to a networked gateway: look, list its sockets, set parameters, teach it
//! when to speak.

use crate::harness::http::Answer;
use crate::harness::{DEVICE, Site, eventually, networked, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};
use simulator::pile::{Event, Setup};
use std::time::Duration;

async fn call(site: &Site, method: Method, what: &str, body: Value) -> Answer {
    let path = format!("/api/v1/admin/devices/{DEVICE}/{what}");
    site.http.admin(method, &path, Some(&body)).await
}

/// The call must be answered by the device within its time.
fn assert_accepted(answer: &Answer) {
    assert_eq!(
        answer.data()["result"]["outcome"],
        "accepted",
        "{}",
        answer.text
    );
}

/// The MAC address of a simulated gateway's first socket, from its serial number.
fn socket_mac() -> String {
    let serial: u64 = DEVICE[6..].parse().expect("digits");
    format!("85{:010x}", serial * 256)
}

on_both_engines! {
    async fn query_by_1d(engine) {
        let site = Site::open(engine).await;
        let device = site.device(networked(DEVICE)).await;
        let answer = call(&site, Method::POST, "query", json!({"port_no": 1, "wait": 20})).await;
        assert_accepted(&answer);
        let asked = |event: &Event| {
            matches!(event, Event::CommandReceived { command, .. } if command == "0x0015/1d")
        };
        device.wait_note(Duration::from_secs(5), asked).await.expect("1D on the wire");
    }

    async fn sockets_are_listed_added_and_removed(engine) {
        let site = Site::open(engine).await;
        let setup = Setup { sockets_listed: false, ..networked(DEVICE) };
        let _device = site.strange_device(setup);
        site.wait_device(DEVICE, "online", |seen| seen["online"] == true).await;
        let mac = socket_mac();
        let list = json!({"channel": 4, "sockets": [{"socket_no": 1, "mac": mac}], "wait": 20});
        assert_accepted(&call(&site, Method::PUT, "sockets", list).await);
        let path = format!("/api/v1/admin/devices/{DEVICE}/sockets");
        let online = eventually("the socket is heard", async || {
            let sockets = site.http.admin_get(&path).await;
            let first = sockets.data()[0].clone();
            (first["status"] == "online").then_some(first)
        })
        .await;
        assert_eq!(online["socket_no"], 1, "{online}");
        assert_eq!(online["mac"].as_str().map(str::to_lowercase), Some(mac), "{online}");
        site.wait_device(DEVICE, "has its ports", |seen| {
            seen["ports"].as_array().is_some_and(|ports| ports.len() >= 2)
        })
        .await;

        let other = json!({"socket_no": 2, "mac": "301015011403", "wait": 20});
        assert_accepted(&call(&site, Method::POST, "sockets", other).await);
        let refresh = call(&site, Method::POST, "sockets/refresh", json!({"wait": 20})).await;
        assert_accepted(&refresh);
        let removed = call(&site, Method::DELETE, "sockets/2", json!({})).await;
        removed.data();
        eventually("socket 2 is gone", async || {
            let sockets = site.http.admin_get(&path).await;
            (sockets.data().as_array().map(Vec::len) == Some(1)).then_some(())
        })
        .await;
    }

    async fn parameters_are_set_and_read_back(engine) {
        let site = Site::open(engine).await;
        let _device = site.device(networked(DEVICE)).await;
        let set = json!({"socket_no": 1, "wait": 20,
                         "params": [{"id": "power_limit_0_1w", "value": 7777}]});
        assert_accepted(&call(&site, Method::POST, "params", set).await);
        let ask = call(&site, Method::POST, "params/query", json!({"socket_no": 1, "wait": 20}));
        assert_accepted(&ask.await);
        let path = format!("/api/v1/admin/devices/{DEVICE}/params");
        eventually("the device's own value", async || {
            let params = site.http.admin_get(&path).await;
            let rows = params.data().as_array().expect("a list").clone();
            rows.iter().any(|row| row["value"] == 7777).then_some(())
        })
        .await;
        let wrong = json!({"socket_no": 1, "params": [{"id": "colour", "value": 1}]});
        assert_eq!(call(&site, Method::POST, "params", wrong).await.status, 422);
    }

    async fn voice(engine) {
        let site = Site::open(engine).await;
        let _device = site.device(networked(DEVICE)).await;
        let body = json!({"socket_no": 1, "hole": 0, "buzzer": true, "voice": false, "wait": 20,
                          "periods": [{"start": "08:00", "end": "21:30"}]});
        assert_accepted(&call(&site, Method::PUT, "voice", body).await);
    }

    /// What the dialect cannot carry is refused before anything is sent.
    async fn limits_of_the_dialect(engine) {
        let site = Site::with(engine, &[("RATE__WRITE__BURST", "20")]).await;
        let _device = site.device(networked(DEVICE)).await;
        for body in [
            json!({"port_no": 1, "charge_mode": 1, "duration": 54_060, "amount": 1}),
            json!({"port_no": 1, "charge_mode": 2, "kwh": 65.536, "amount": 1}),
            json!({"port_no": 9, "charge_mode": 1, "duration": 60, "amount": 1}),
            json!({"socket_no": 9, "hole": 0, "charge_mode": 1, "duration": 60, "amount": 1}),
        ] {
            let answer = site.charge(DEVICE, &body).await;
            assert_eq!(answer.status, 422, "{body}: {}", answer.text);
        }
        let hole = json!({"socket_no": 1, "hole": 1, "charge_mode": 1, "duration": 600,
                          "amount": 10});
        let answer = site.charge(DEVICE, &hole).await;
        assert_eq!(answer.data()["port_no"], 2, "R25: {}", answer.text);
        let adjust = answer.data()["order_no"].as_str().expect("a number").to_owned();
        let path = format!("/api/v1/admin/orders/{adjust}/adjust");
        let answer = site.http.admin_post(&path, &json!({"duration": 1200})).await;
        assert!(matches!(answer.status, 409 | 422), "no such command: {}", answer.text);
    }
}
