//! Rates.

use crate::lab::{DEVICE, KEY, Lab, usual};
use api::{Bucket, Rates, Settings};
use axum::http::Method;
use futures_util::future::join_all;
use serde_json::json;

/// A4-H11, A4-S5.3: ten calls within one second
#[tokio::test]
async fn ten_calls_at_once_are_too_many() {
    let lab = Lab::with(usual()).await;
    let body = json!({"port_no":1,"charge_mode":1,"duration":60,"amount":100});
    let replies = join_all((0..10).map(|_| lab.charge(DEVICE, body.clone()))).await;
    for reply in replies.iter().filter(|reply| reply.status == 429) {
        assert_eq!(reply.message(), "too many requests");
        let wait = reply.headers["retry-after"].to_str().expect("text");
        assert_eq!(wait, "1");
    }
    let count = |status: u16| {
        replies
            .iter()
            .filter(|reply| reply.status == status)
            .count()
    };
    assert_eq!(count(200), 1, "the port takes one");
    assert!(count(429) > 0, "ten are too many");
    assert!(count(429) <= 6, "four calls pass");
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
    // All at once: on a slow machine a bucket fills faster than it is emptied one by one.
    let read = async |key: &str, times: usize| {
        let headers = [("X-Api-Key", key)];
        let calls = (0..times).map(|_| lab.call(Method::GET, &path, &headers, ""));
        let replies = join_all(calls).await;
        replies.iter().filter(|reply| reply.status == 429).count()
    };
    assert!(read("slow-key", 6).await >= 2);
    assert_eq!(read(KEY, 15).await, 0);
    assert!(read(KEY, 60).await > 0);
    lab.close().await;
}

#[tokio::test]
async fn callers_without_a_key_are_held_back_too() {
    let lab = Lab::with(usual()).await;
    let path = format!("/api/devices/{DEVICE}");
    let calls = (0..60).map(|_| lab.call(Method::GET, &path, &[], ""));
    let replies = join_all(calls).await;
    assert!(replies.iter().any(|reply| reply.status == 429));
    lab.close().await;
}
