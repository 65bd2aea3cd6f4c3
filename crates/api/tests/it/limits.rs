//! Rates.

use crate::lab::{DEVICE, KEY, Lab, usual};
use api::{Bucket, Rates, Settings};
use axum::http::Method;
use serde_json::json;

/// A4-H11, A4-S5.3: ten calls within one second
#[tokio::test]
async fn ten_calls_at_once_are_too_many() {
    let lab = Lab::with(usual()).await;
    let body = json!({"port_no":1,"charge_mode":1,"duration":60,"amount":100});
    let mut statuses = Vec::new();
    for _ in 0..10 {
        let reply = lab.charge(DEVICE, body.clone()).await;
        if reply.status == 429 {
            assert_eq!(reply.message(), "too many requests");
            let wait = reply.headers["retry-after"].to_str().expect("text");
            assert_eq!(wait, "1");
        }
        statuses.push(reply.status.as_u16());
    }
    assert!(statuses.contains(&429), "{statuses:?}");
    assert_eq!(statuses[0], 200);
    assert!(
        !statuses[..4].contains(&429),
        "four calls pass: {statuses:?}"
    );
    lab.close().await;
}

#[tokio::test]
async fn a_device_does_not_pay_for_another() {
    let lab = Lab::with(usual()).await;
    lab.device("82241218000382", 4).await;
    let body = json!({"port_no":1,"charge_mode":1,"duration":60,"amount":100});
    for _ in 0..10 {
        lab.charge(DEVICE, body.clone()).await;
    }
    lab.charge("82241218000382", body).await.expect(200);
    lab.close().await;
}

#[tokio::test]
async fn reads_have_their_own_bucket_and_keys_their_own_figures() {
    let patient = Rates {
        write: Bucket::new(2, 1),
        read: Bucket::new(3, 1),
    };
    let settings = Settings {
        third_party_keys: vec![KEY.to_owned(), "slow-key".to_owned()],
        rate_overrides: vec![("slow-key".to_owned(), patient)],
        ..usual()
    };
    let lab = Lab::with(settings).await;
    let path = format!("/api/v1/third/devices/{DEVICE}");
    let read = async |key: &str, times: usize| {
        let mut refused = 0;
        for _ in 0..times {
            let reply = lab
                .call(Method::GET, &path, &[("X-Api-Key", key)], "")
                .await;
            refused += usize::from(reply.status == 429);
        }
        refused
    };
    assert!(read("slow-key", 6).await >= 2);
    assert_eq!(read(KEY, 15).await, 0);
    assert!(read(KEY, 30).await > 0);
    lab.close().await;
}

#[tokio::test]
async fn callers_without_a_key_are_held_back_too() {
    let lab = Lab::with(usual()).await;
    let path = format!("/api/devices/{DEVICE}");
    let mut refused = 0;
    for _ in 0..40 {
        let reply = lab.call(Method::GET, &path, &[], "").await;
        refused += usize::from(reply.status == 429);
    }
    assert!(refused > 0);
    lab.close().await;
}
