//! Partners with a secret: signed calls, and events that go to an address of their own.

use crate::harness::http::{Answer, send};
use crate::harness::site::{SECRET, body_a};
use crate::harness::{DEVICE, Site, fast, on_both_engines};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use sha2::{Digest as _, Sha256};

const KEY: &str = "partner-key";
const CHARGE: &str = "/api/v1/third/devices/82210225000520/charge";

/// A partner who must sign.
const PARTNER: &str = r#"[{ key: "partner-key", name: "partner", secret: "your-secret-key",
    require_hmac: true, webhook_secret: "your-secret-key" }]"#;

/// The published canonical form, written once more from its text.
fn sign(method: &str, path: &str, at: i64, nonce: &str, body: &str) -> String {
    let hash = hex::encode(Sha256::digest(body));
    let canonical = format!("{method}\n{path}\n{at}\n{nonce}\n{hash}");
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length will do");
    mac.update(canonical.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

async fn call(site: &Site, at: i64, nonce: &str, signature: &str) -> Answer {
    let request = site
        .http
        .request(Method::POST, CHARGE)
        .header("X-Api-Key", KEY);
    send(
        request
            .header("X-Timestamp", at.to_string())
            .header("X-Nonce", nonce)
            .header("X-Signature", signature)
            .body(body_a().to_string()),
    )
    .await
}

/// The published example of a signed call.
#[test]
fn signature_vector() {
    let path = "/api/v1/third/orders/THD1729407600001";
    let expected = "b632e6a3ff083830debbdd91f559cfdbc5ad15a0144492ce5dbd5ae2e679d45a";
    assert_eq!(sign("GET", path, 1_729_407_660, "n-0001", ""), expected);
}

on_both_engines! {
    async fn signed_calls(engine) {
        let site = Site::with(engine, &[("THIRD_PARTY__PARTNERS", PARTNER)]).await;
        let _device = site.device(fast(DEVICE)).await;
        let body = body_a().to_string();
        let bare = site.http.request(Method::POST, CHARGE).header("X-Api-Key", KEY);
        let answer = send(bare.body(body.clone())).await;
        assert_eq!(answer.status, 401, "unsigned: {}", answer.text);
        let now = crate::http_contract::unix_now();
        let wrong = sign("POST", "/elsewhere", now, "n1", &body);
        assert_eq!(call(&site, now, "n1", &wrong).await.status, 401, "of another path");
        let other = sign("POST", CHARGE, now, "n2", "{}");
        assert_eq!(call(&site, now, "n2", &other).await.status, 401, "of another body");
        let good = sign("POST", CHARGE, now, "n3", &body);
        let answer = call(&site, now, "n3", &good).await;
        let order_no = answer.data()["order_no"].as_str().expect("a number").to_owned();
        assert_eq!(call(&site, now, "n3", &good).await.status, 401, "a replay");
        let old = sign("POST", CHARGE, now - 301, "n4", &body);
        assert_eq!(call(&site, now - 301, "n4", &old).await.status, 401, "too old");
        site.event("order.created", &order_no).await;
    }
}
