//! What other programs find in Redis (A4-R01, A4-R02, A4-R03).

use crate::harness::site::body_a;
use crate::harness::{DEVICE, Nodes, eventually, fast};
use serde_json::Value;

/// `LLEN outbound:{id}`.
fn waiting(site: &Nodes, id: &str) -> String {
    let length = site.redis.cli(&["LLEN", &format!("outbound:{id}")]);
    length.expect("Redis answers")
}

fn session(site: &Nodes, id: &str) -> String {
    let record = site.redis.cli(&["GET", &format!("session:{id}")]);
    record.expect("Redis answers")
}

async fn until_waiting(site: &Nodes, id: &str, wanted: &str) {
    eventually(&format!("LLEN outbound:{id} = {wanted}"), async || {
        (waiting(site, id) == wanted).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a4_r01_r02_the_queue_names_what_waits_for_a_device_until_it_answers() {
    let site = Nodes::open(1).await;
    let node = &site.all[0];
    let device = site.device(fast(DEVICE)).await;
    assert_eq!(waiting(&site, DEVICE), "0");
    drop(device);
    node.wait_online(DEVICE, false).await;
    // Offline: the command stays.
    let path = format!("/api/v1/third/devices/{DEVICE}/charge");
    let answer = node.http.post(&path, &body_a()).await;
    let order_no = answer.data()["order_no"]
        .as_str()
        .expect("a number")
        .to_owned();
    until_waiting(&site, DEVICE, "1").await;
    let item = site
        .redis
        .cli(&["LINDEX", &format!("outbound:{DEVICE}"), "0"]);
    let item = item.expect("Redis answers");
    assert!(item.contains(r#""cmd":"0x82""#), "{item}");
    let item: Value = serde_json::from_str(&item).expect("JSON");
    assert_eq!(item["order_no"], order_no.as_str());
    for key in [
        "msg_id",
        "payload_hex",
        "priority",
        "created_at",
        "expire_at",
    ] {
        assert!(item.get(key).is_some(), "{key} of {item}");
    }
    // The device comes back and answers.
    let device = site.device(fast(DEVICE)).await;
    until_waiting(&site, DEVICE, "0").await;
    device.plug(1).await.expect("the device lives");
    node.wait_status(&order_no, "charging").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a4_r03_a_session_stands_while_its_connection_does() {
    let site = Nodes::open(1).await;
    let device = site.device(fast(DEVICE)).await;
    let record: Value = serde_json::from_str(&session(&site, DEVICE)).expect("JSON");
    assert_eq!(record["protocol"], "bkv");
    assert_eq!(record["server_id"], "node-0");
    for key in ["conn_id", "remote_addr", "last_seen", "epoch"] {
        assert!(record.get(key).is_some(), "{key} of {record}");
    }
    drop(device);
    eventually("the session is gone", async || {
        session(&site, DEVICE).is_empty().then_some(())
    })
    .await;
    // One that was there before Redis lost everything is there again.
    let _device = site.device(fast(DEVICE)).await;
    let epoch = |record: &str| {
        let record: Value = serde_json::from_str(record).unwrap_or_default();
        record["epoch"].as_i64()
    };
    let before = epoch(&session(&site, DEVICE));
    assert!(before.is_some());
    // It may be entered anew before anybody sees it missing: another key shows that all was lost.
    let redis = |words: &[&str]| site.redis.cli(words).expect("Redis answers");
    redis(&["SET", "of_somebody_else", "1"]);
    redis(&["FLUSHALL"]);
    assert_eq!(redis(&["EXISTS", "of_somebody_else"]).trim(), "0");
    eventually("the session is entered anew", async || {
        (epoch(&session(&site, DEVICE)) == before).then_some(())
    })
    .await;
}
