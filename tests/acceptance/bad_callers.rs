//! Callers that make mistakes, on purpose or not. Bad bodies of the charge call stand in A4-H13.

use crate::harness::http::{API_KEY, send};
use crate::harness::site::body_a;
use crate::harness::{DEVICE, Site, fast, on_both_engines};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

on_both_engines! {
    async fn unknown_things(engine) {
        let site = Site::with(engine, &[("RATE__WRITE__BURST", "50")]).await;
        let _device = site.device(fast(DEVICE)).await;
        let nobody = "/api/v1/third/devices/99999999999999";
        for (answer, what) in [
            (site.http.get(nobody).await, "device"),
            (site.http.post(&format!("{nobody}/charge"), &body_a()).await, "device"),
            (site.http.post(&format!("{nobody}/stop"), &json!({"port_no": 1})).await, "device"),
            (site.http.get("/api/v1/third/orders/THD1729407600001").await, "order"),
            (site.stop(DEVICE, &json!({"port_no": 1})).await, "session"),
            (site.http.get("/api/v1/third/commands/999999").await, "command"),
        ] {
            assert_eq!(answer.status, 404, "{what}: {}", answer.text);
            assert_eq!(answer.body["code"], 404, "{what}: {}", answer.text);
            assert!(answer.body["request_id"].is_string(), "{what}: {}", answer.text);
        }
        let wrong = send(site.http.request(Method::DELETE, "/healthz")).await;
        assert_eq!(wrong.status, 405, "{}", wrong.text);
        let path = format!("/api/v1/third/devices/{DEVICE}/stop");
        for body in ["{\"port_no\": \"one\"}", "{\"colour\": 1}", "[1]", "{\"port_no\": 1e99}"] {
            let answer = site.http.post_text(&path, body).await;
            assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        }
        for query in ["page=0", "size=100000", "status=lost", "colour=red", "page=x"] {
            let answer = site.http.get(&format!("/api/v1/third/orders?{query}")).await;
            assert_eq!(answer.status, 400, "{query}: {}", answer.text);
        }
    }

    async fn oversized_and_deep_bodies(engine) {
        let site = Site::with(engine, &[("RATE__WRITE__BURST", "50")]).await;
        let _device = site.device(fast(DEVICE)).await;
        let path = format!("/api/v1/third/devices/{DEVICE}/charge");
        let large = format!("{{\"member_ref\": \"{}\"}}", "x".repeat(200_000));
        let answer = site.http.post_text(&path, &large).await;
        assert_eq!(answer.status, 413, "{}", answer.text);
        let deep = "[".repeat(20_000);
        let answer = site.http.post_text(&path, &deep).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        let long = "x".repeat(5_000);
        let answer = site.http.get(&format!("/api/v1/third/devices/{long}")).await;
        assert!(matches!(answer.status, 400 | 404 | 414), "{}", answer.status);
        let answer = site.charge(DEVICE, &body_a()).await;
        answer.data();
    }

    /// Bytes that are no HTTP, and callers that never finish, disturb nobody.
    async fn broken_connections(engine) {
        let site = Site::open(engine).await;
        let _device = site.device(fast(DEVICE)).await;
        let address = site.http.base().strip_prefix("http://").expect("it begins so").to_owned();
        let mut idle = Vec::new();
        for bytes in [&b"\x16\x03\x01\x02\x00"[..], b"POST /api", b"GET / HTTP/1.1\r\nHost: x\r\n", b""] {
            let mut stream = tokio::net::TcpStream::connect(&address).await.expect("it listens");
            stream.write_all(bytes).await.expect("it reads");
            idle.push(stream);
        }
        let mut short = tokio::net::TcpStream::connect(&address).await.expect("it listens");
        let head = format!(
            "POST /api/v1/third/devices/{DEVICE}/charge HTTP/1.1\r\nHost: x\r\nX-Api-Key: \
             {API_KEY}\r\nContent-Length: 100\r\n\r\n{{\"port_no\": 1"
        );
        short.write_all(head.as_bytes()).await.expect("it reads");
        short.shutdown().await.expect("the socket is up");
        let mut answer = String::new();
        // Whatever it answers to half a body, it is no success.
        let _ = short.read_to_string(&mut answer).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
        site.charge(DEVICE, &body_a()).await.data();
        drop(idle);
    }

    /// A repeated call under the same key is done once and answered alike.
    async fn repeated_calls(engine) {
        let site = Site::open(engine).await;
        let _device = site.device(fast(DEVICE)).await;
        let path = format!("/api/v1/third/devices/{DEVICE}/charge");
        let call = || {
            let request = site.http.request(Method::POST, &path).header("X-Api-Key", API_KEY);
            send(request.header("Idempotency-Key", "order-4711").json(&body_a()))
        };
        let first = call().await;
        let second = call().await;
        assert_eq!(first.data()["order_no"], second.data()["order_no"], "{}", second.text);
        let all = site.http.get("/api/v1/third/orders").await;
        assert_eq!(all.data()["total"], 1, "{}", all.text);
    }
}
