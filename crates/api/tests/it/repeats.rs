//! `Idempotency-Key`.

use crate::lab::{DEVICE, KEY, Lab, Reply};
use axum::http::Method;

impl Lab {
    async fn charge_once(&self, key: &str, port: u16) -> Reply {
        let path = format!("/api/v1/third/devices/{DEVICE}/charge");
        let headers = [("X-Api-Key", KEY), ("Idempotency-Key", key)];
        let body = format!(r#"{{"port_no":{port},"charge_mode":1,"duration":60,"amount":100}}"#);
        self.call(Method::POST, &path, &headers, body).await
    }
}

#[tokio::test]
async fn a_repeat_gets_the_same_answer() {
    let lab = Lab::new().await;
    let first = lab.charge_once("k-1", 1).await.expect(200);
    let second = lab.charge_once("k-1", 1).await;
    assert_eq!(second.status, 200);
    assert_eq!(second.body, first.body);
    assert_eq!(second.headers["idempotent-replayed"], "true");
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let orders = lab.get("/api/v1/third/orders").await.expect(200);
    assert_eq!(orders.data()["total"], 1);
    lab.charge_once("k-2", 1).await.expect(409);
    let refused = lab.charge_once("k-2", 1).await;
    assert_eq!(refused.status, 409, "a refusal is repeated too");
    assert_eq!(refused.headers["idempotent-replayed"], "true");
    lab.close().await;
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let lab = Lab::new().await;
    lab.charge_once("k-1", 1).await.expect(200);
    let reply = lab.charge_once("k-1", 2).await.expect(422);
    assert_eq!(reply.field(), "Idempotency-Key");
    lab.charge_once(&"k".repeat(129), 3).await.expect(400);
    lab.charge_once("", 3).await.expect(400);
    lab.close().await;
}

#[tokio::test]
async fn two_at_once_are_done_once() {
    let lab = Lab::new().await;
    let (one, two) = tokio::join!(lab.charge_once("k-1", 1), lab.charge_once("k-1", 1));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert!(
        statuses == [200, 200] || statuses == [200, 409],
        "{statuses:?}"
    );
    let orders = lab.get("/api/v1/third/orders").await.expect(200);
    assert_eq!(orders.data()["total"], 1);
    lab.close().await;
}
