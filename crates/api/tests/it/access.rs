//! Keys, signatures, replays.

use crate::lab::{ADMIN, DEVICE, KEY, Lab, NOW_S, usual};
use api::Settings;
use axum::body::Body;
use axum::http::{Method, Request};
use channels::webhook::signature::SignedRequest;
use kernel::ApiKeyId;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use store::api_keys::{self, ConfiguredKey};

const SECRET: &str = "your-secret-key";

impl Lab {
    /// Gives the configured key a secret and restrictions, as an operator would.
    async fn secure(&self, require_hmac: bool, devices: Value, networks: Value, scopes: Value) {
        let now = kernel::Timestamp::from_unix_seconds(NOW_S);
        let key = |key: &str, secret: Option<&str>| ConfiguredKey {
            key: key.to_owned(),
            secret: secret.map(str::to_owned),
            require_hmac: require_hmac && secret.is_some(),
            ..ConfiguredKey::default()
        };
        let mut tx = self.db.db.begin().await.expect("a transaction");
        let keys = [key(KEY, Some(SECRET)), key(ADMIN, None)];
        api_keys::sync_configured(tx.conn(), &keys, now)
            .await
            .expect("written");
        let id = self.key_id(&mut tx).await;
        api_keys::restrict(tx.conn(), id, &devices, &networks, &scopes, now)
            .await
            .expect("written");
        tx.commit().await.expect("committed");
        self.api.reload_keys().await.expect("read");
    }

    async fn key_id(&self, tx: &mut store::Tx) -> ApiKeyId {
        let key = api_keys::find_by_key(tx.conn(), KEY).await.expect("read");
        key.expect("the configured key").id
    }

    /// A signed call.
    async fn signed(&self, method: Method, path: &str, body: &str, call: Signed<'_>) -> u16 {
        let request = SignedRequest {
            method: method.as_str(),
            path: path.split('?').next().unwrap_or(path),
            timestamp: call.timestamp,
            nonce: call.nonce,
            body: body.as_bytes(),
        };
        let signature = request.sign(call.secret);
        let timestamp = call.timestamp.to_string();
        let headers = [
            ("X-Api-Key", KEY),
            ("X-Timestamp", &timestamp),
            ("X-Nonce", call.nonce),
            ("X-Signature", &signature),
        ];
        let sent = call.body_sent.unwrap_or(body).to_owned();
        self.call(method, path, &headers, sent)
            .await
            .status
            .as_u16()
    }
}

#[derive(Clone, Copy)]
struct Signed<'a> {
    timestamp: i64,
    nonce: &'a str,
    secret: &'a str,
    body_sent: Option<&'a str>,
}

impl<'a> Signed<'a> {
    const fn with(nonce: &'a str) -> Self {
        Self {
            timestamp: NOW_S,
            nonce,
            secret: SECRET,
            body_sent: None,
        }
    }
}

#[tokio::test]
async fn a_key_may_demand_signatures() {
    let lab = Lab::new().await;
    lab.secure(true, json!([]), json!([]), json!([])).await;
    let path = format!("/api/v1/third/devices/{DEVICE}");
    lab.get(&path).await.expect(401);
    let get = |call| lab.signed(Method::GET, &path, "", call);
    assert_eq!(get(Signed::with("n-1")).await, 200);
    assert_eq!(get(Signed::with("n-1")).await, 401, "a replay");
    assert_eq!(
        get(Signed {
            secret: "other",
            ..Signed::with("n-2")
        })
        .await,
        401
    );
    assert_eq!(
        get(Signed {
            timestamp: NOW_S - 301,
            ..Signed::with("n-3")
        })
        .await,
        401
    );
    assert_eq!(
        get(Signed {
            timestamp: NOW_S + 301,
            ..Signed::with("n-4")
        })
        .await,
        401
    );
    assert_eq!(
        get(Signed {
            timestamp: NOW_S - 300,
            ..Signed::with("n-5")
        })
        .await,
        200
    );
    let charge = format!("{path}/charge");
    let body = r#"{"port_no":1,"charge_mode":1,"duration":60,"amount":100}"#;
    let altered = body.replace("100", "900");
    let post = |call| lab.signed(Method::POST, &charge, body, call);
    assert_eq!(
        post(Signed {
            body_sent: Some(&altered),
            ..Signed::with("n-6")
        })
        .await,
        401
    );
    assert_eq!(post(Signed::with("n-7")).await, 200);
    assert_eq!(post(Signed::with("n-7")).await, 401);
    let query = format!("{path}?x");
    assert_eq!(
        lab.signed(Method::GET, &query, "", Signed::with("n-8"))
            .await,
        200
    );
    lab.close().await;
}

/// The published vector of a call without a body
#[tokio::test]
async fn the_published_signature_holds() {
    let lab = Lab::new().await;
    lab.secure(true, json!([]), json!([]), json!([])).await;
    // The vector is of one minute later than the lab's clock stands.
    let headers = [
        ("X-Api-Key", KEY),
        ("X-Timestamp", "1729407660"),
        ("X-Nonce", "n-0001"),
        (
            "X-Signature",
            "b632e6a3ff083830debbdd91f559cfdbc5ad15a0144492ce5dbd5ae2e679d45a",
        ),
    ];
    let path = "/api/v1/third/orders/THD1729407600001";
    let reply = lab.call(Method::GET, path, &headers, "").await;
    assert_eq!(
        reply.status, 404,
        "the signature holds, the order is unknown: {}",
        reply.body
    );
    lab.close().await;
}

/// A signed write stays used up when memory is lost
#[tokio::test]
async fn nonces_of_signed_writes_outlive_a_restart() {
    let lab = Lab::new().await;
    lab.secure(false, json!([]), json!([]), json!([])).await;
    let path = format!("/api/v1/third/devices/{DEVICE}/stop");
    let body = r#"{"port_no":1}"#;
    assert_eq!(
        lab.signed(Method::POST, &path, body, Signed::with("n-1"))
            .await,
        404
    );
    let mut view = lab.db.db.view().await.expect("a view");
    assert_eq!(
        api_keys::count_nonces(view.conn()).await.expect("counted"),
        1
    );
    drop(view);
    let get = format!("/api/v1/third/devices/{DEVICE}");
    assert_eq!(
        lab.signed(Method::GET, &get, "", Signed::with("n-2")).await,
        200
    );
    let mut view = lab.db.db.view().await.expect("a view");
    assert_eq!(
        api_keys::count_nonces(view.conn()).await.expect("counted"),
        1,
        "reads need none"
    );
    drop(view);
    lab.close().await;
}

#[tokio::test]
async fn timestamps_and_nonces_count_without_a_signature_too() {
    let lab = Lab::new().await;
    let path = format!("/api/v1/third/devices/{DEVICE}");
    let get = async |timestamp: &str, nonce: &str| {
        let headers = [
            ("X-Api-Key", KEY),
            ("X-Timestamp", timestamp),
            ("X-Nonce", nonce),
        ];
        lab.call(Method::GET, &path, &headers, "")
            .await
            .status
            .as_u16()
    };
    let now = NOW_S.to_string();
    assert_eq!(get(&now, "8f14e45f-ceea-467f-a8f5-5a1c6c1d3b7e").await, 200);
    assert_eq!(get(&now, "8f14e45f-ceea-467f-a8f5-5a1c6c1d3b7e").await, 401);
    assert_eq!(get(&(NOW_S - 301).to_string(), "n-1").await, 401);
    assert_eq!(get("yesterday", "n-2").await, 401);
    assert_eq!(get("9223372036854775807", "n-3").await, 401);
    assert_eq!(get(&now, "").await, 401);
    assert_eq!(get(&now, &"n".repeat(65)).await, 401);
    lab.clock.advance(Duration::from_secs(1300));
    let later = (NOW_S + 1300).to_string();
    assert_eq!(
        get(&later, "8f14e45f-ceea-467f-a8f5-5a1c6c1d3b7e").await,
        200
    );
    lab.close().await;
}

#[tokio::test]
async fn a_key_may_be_bound_to_devices() {
    let lab = Lab::new().await;
    lab.device("82241218000382", 2).await;
    let foreign = lab.order_on(1).await;
    lab.secure(false, json!(["82241218000382"]), json!([]), json!([]))
        .await;
    let body = json!({"port_no":1,"charge_mode":1,"duration":60,"amount":100});
    lab.charge(DEVICE, body.clone()).await.expect(403);
    lab.get(&format!("/api/v1/third/devices/{DEVICE}"))
        .await
        .expect(403);
    lab.get(&format!("/api/v1/third/orders/{foreign}"))
        .await
        .expect(403);
    lab.get(&format!("/api/v1/third/orders?phy_id={DEVICE}"))
        .await
        .expect(403);
    lab.charge("82241218000382", body).await.expect(200);
    let devices = lab.get("/api/v1/third/devices").await.expect(200);
    assert_eq!(devices.data()["total"], 1);
    assert_eq!(
        devices.data()["items"][0]["device_phy_id"],
        "82241218000382"
    );
    lab.get("/api/v1/third/orders").await.expect(200);
    lab.close().await;
}

#[tokio::test]
async fn a_key_may_be_bound_to_addresses() {
    let lab = Lab::new().await;
    lab.secure(false, json!([]), json!(["203.0.113.0/24"]), json!([]))
        .await;
    let path = format!("/api/v1/third/devices/{DEVICE}");
    lab.get(&path).await.expect(403);
    for (peer, status) in [("203.0.113.9:4711", 200), ("198.51.100.1:4711", 403)] {
        let peer: SocketAddr = peer.parse().expect("an address");
        let request = Request::get(&path)
            .header("X-Api-Key", KEY)
            .extension(api::Peer(peer))
            .body(Body::empty())
            .expect("a request");
        lab.send(request).await.expect(status);
    }
    lab.close().await;
}

#[tokio::test]
async fn scopes_divide_the_api() {
    let lab = Lab::new().await;
    lab.call(
        Method::GET,
        "/api/v1/admin/stats",
        &[("X-Api-Key", KEY)],
        "",
    )
    .await
    .expect(403);
    lab.call(Method::GET, "/api/v1/admin/stats", &[], "")
        .await
        .expect(401);
    lab.secure(false, json!([]), json!([]), json!(["reports"]))
        .await;
    lab.get(&format!("/api/v1/third/devices/{DEVICE}"))
        .await
        .expect(403);
    lab.close().await;
}

#[tokio::test]
async fn a_restriction_that_cannot_be_read_closes_the_key() {
    let lab = Lab::new().await;
    lab.secure(false, json!([]), json!(["everywhere"]), json!([]))
        .await;
    lab.get(&format!("/api/v1/third/devices/{DEVICE}"))
        .await
        .expect(401);
    lab.close().await;
}

#[tokio::test]
async fn a_key_that_left_the_configuration_is_closed() {
    let lab = Lab::new().await;
    let path = format!("/api/v1/third/devices/{DEVICE}");
    lab.get(&path).await.expect(200);
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let now = kernel::Timestamp::from_unix_seconds(NOW_S);
    api_keys::sync_configured(tx.conn(), &[], now)
        .await
        .expect("written");
    tx.commit().await.expect("committed");
    lab.api.reload_keys().await.expect("read");
    lab.get(&path).await.expect(401);
    lab.close().await;
}

#[tokio::test]
async fn an_administrator_is_one_no_longer_than_the_configuration_says() {
    let lab = Lab::new().await;
    lab.get("/api/v1/admin/stats").await.expect(200);
    let demoted = Settings {
        third_party_keys: vec![KEY.to_owned(), ADMIN.to_owned()],
        admin_keys: Vec::new(),
        ..usual()
    };
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new()
        .build_recorder()
        .handle();
    let again = api::Api::new(lab.app.clone(), demoted, metrics, api::Readiness::default()).await;
    again.expect("an API");
    lab.api.reload_keys().await.expect("read");
    lab.get("/api/v1/admin/stats").await.expect(403);
    lab.close().await;
}
