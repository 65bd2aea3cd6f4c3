//! The story of an order: everything in one line of time, as far as the reader may see it.

use super::world::{FOREIGN_DEVICE, world};
use crate::lab::DEVICE;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::comm_logs::{self, CommLogEntry};

fn kinds(story: &Value) -> BTreeSet<&str> {
    let entries = story["entries"].as_array().expect("entries").iter();
    entries
        .map(|entry| entry["kind"].as_str().expect("a kind"))
        .collect()
}

/// The words of the entries of a kind.
fn words<'a>(story: &'a Value, kind: &str) -> Vec<&'a str> {
    let entries = story["entries"].as_array().expect("entries").iter();
    entries
        .filter(|entry| entry["kind"] == kind)
        .map(|entry| entry["what"].as_str().expect("a word"))
        .collect()
}

#[tokio::test]
async fn everything_about_an_order_is_told_in_order() {
    let world = world().await;
    let lab = &world.lab;
    let order = lab.order_on(1).await;
    lab.begin(&order, 1).await;
    let path = format!("/api/v1/admin/orders/{order}/adjust");
    lab.post(&path, json!({"duration": 7200})).await.expect(200);
    let line = CommLogEntry {
        at: lab.app.now(),
        ip: "203.0.113.7".to_owned(),
        phy_id: Some(DEVICE.parse().expect("an id")),
        direction: "up",
        kind: "start",
        cmd: Some("0x82".to_owned()),
        msg_id: Some(7),
        raw: Box::from([1, 2, 3].as_slice()),
        result: None,
    };
    let mut lease = lab.db.db.direct().await.expect("a connection");
    comm_logs::insert_batch(lease.conn(), &[line])
        .await
        .expect("written");
    drop(lease);
    lab.end(&order, 1).await;
    let path = format!("/api/v1/admin/orders/{order}/story");
    let story = lab.get(&path).await.expect(200).data().clone();
    assert_eq!(story["left_out"], json!([]));
    let told = kinds(&story);
    for kind in ["call", "state", "command", "frame", "webhook"] {
        assert!(told.contains(kind), "{kind} in {told:?}");
    }
    assert_eq!(words(&story, "call"), ["adjust_order"]);
    let states = words(&story, "state");
    assert!(states.len() >= 3, "{states:?}");
    let commands = words(&story, "command");
    assert_eq!(
        commands.iter().filter(|word| **word == "queued").count(),
        2,
        "{commands:?}"
    );
    let entries = story["entries"].as_array().expect("entries");
    let at: Vec<i64> = entries
        .iter()
        .map(|entry| entry["at"].as_i64().expect("ms"))
        .collect();
    assert!(at.is_sorted());
    let frame = entries
        .iter()
        .find(|entry| entry["kind"] == "frame")
        .expect("a frame");
    assert_eq!(frame["what"], "start");
    assert_eq!(frame["details"]["raw_hex"], "010203");
    assert_eq!(frame["details"]["decoded"], json!({"length": 3}));
    assert!(frame["ids"]["comm_log_id"].is_i64());
    let events = words(&story, "webhook");
    for event in [
        "order.created",
        "charging.started",
        "charging.ended",
        "order.completed",
    ] {
        assert!(events.contains(&event), "{event} in {events:?}");
    }

    // Who may see the order and nothing else is told of its states and its curve, and what else
    // there would be.
    let platform = world.platform().await;
    let token = world
        .who_may(&platform, "reader", &["order.charge.view"])
        .await;
    let little = world.get(&token, &path).await.expect(200).data().clone();
    let told = kinds(&little);
    assert!(told.is_subset(&["state", "sample"].into()), "{told:?}");
    assert_eq!(words(&little, "state"), states);
    let left_out = little["left_out"].as_array().expect("a list");
    assert_eq!(left_out.len(), 8, "{left_out:?}");
    let frames = json!({"kind": "frame", "required": "ops.commlog.view"});
    assert!(left_out.contains(&frames), "{left_out:?}");
    // Who may see frames but not what is in them.
    let leaves = ["order.charge.view", "ops.commlog.view"];
    let token = world.who_may(&platform, "listener", &leaves).await;
    let veiled = world.get(&token, &path).await.expect(200).data().clone();
    let entries = veiled["entries"].as_array().expect("entries");
    let frame = entries
        .iter()
        .find(|entry| entry["kind"] == "frame")
        .expect("a frame");
    for hidden in ["raw_hex", "decoded", "ip"] {
        assert!(frame["details"].get(hidden).is_none(), "{hidden}");
    }
    // Somebody else's order does not exist.
    let token = world.who_may(&world.merchant, "stranger", &leaves).await;
    let foreign = format!("/api/v1/admin/orders/{}/story", world.foreign.order);
    world.get(&token, &foreign).await.expect(404);
    let logs = format!("/api/v1/admin/comm-logs?phy_id={FOREIGN_DEVICE}");
    world.get(&token, &logs).await.expect(404);
    world.lab.close().await;
}

#[tokio::test]
async fn the_curve_of_a_charge_is_followed() {
    let world = world().await;
    let lab = &world.lab;
    let order = lab.order_on(1).await;
    lab.begin(&order, 1).await;
    lab.meter(&order, 1, 15).await;
    let path = format!("/api/v1/admin/orders/{order}/samples");
    let curve = lab.get(&path).await.expect(200).data().clone();
    let points = curve.as_array().expect("points");
    assert_eq!(points.len(), 1, "{curve}");
    assert_eq!(points[0]["total_kwh"], json!(0.15));
    let at = points[0]["at"].as_i64().expect("an instant");
    let newer = lab.get(&format!("{path}?since={at}")).await.expect(200);
    assert_eq!(newer.data(), &json!([]));
    let newer = lab
        .get(&format!("{path}?since={}", at - 1))
        .await
        .expect(200);
    assert_eq!(newer.data(), &curve);
    assert_eq!(
        lab.get(&format!("{path}?since=-1"))
            .await
            .expect(400)
            .field(),
        "since"
    );
    world.lab.close().await;
}
