//! The administration, beyond what every operation is tested for.

use crate::lab::{ADMIN, DEVICE, Lab};
use axum::http::Method;
use kernel::{PhyId, Timestamp};
use serde_json::json;
use store::comm_logs::{self, CommLogEntry};

/// A0-02: an entry with only the address filled
#[tokio::test]
async fn a_device_can_be_announced_by_its_address_alone() {
    let lab = Lab::new().await;
    lab.post("/api/v1/admin/devices", json!({"ip":"203.0.113.7"}))
        .await
        .expect(200);
    let page = lab.get("/api/v1/admin/devices").await.expect(200);
    assert_eq!(page.data()["total"], 2);
    assert!(page.data()["items"][1]["device_phy_id"].is_null());
    lab.post("/api/v1/admin/devices", json!({}))
        .await
        .expect(400);
    let again = json!({"phy_id": DEVICE});
    lab.post("/api/v1/admin/devices", again).await.expect(409);
    lab.post("/api/v1/admin/devices", json!({"ip":"not an address"}))
        .await
        .expect(400);
    lab.close().await;
}

/// A0-04: filtered by type, decoded next to the raw frame
#[tokio::test]
async fn the_communication_log_is_filtered_and_decoded() {
    let lab = Lab::new().await;
    let phy_id: PhyId = DEVICE.parse().expect("an id");
    let line = |second: i64, kind, phy_id, ip: &str| CommLogEntry {
        at: Timestamp::from_unix_seconds(second),
        ip: ip.to_owned(),
        phy_id,
        direction: if kind == "start" { "down" } else { "up" },
        kind,
        cmd: Some("0x82".to_owned()),
        msg_id: Some(7),
        raw: Box::from([0xfc, 0xfe, 0x01].as_slice()),
        result: None,
    };
    let lines = [
        line(1000, "heartbeat", Some(phy_id.clone()), "203.0.113.7"),
        line(1001, "start", Some(phy_id.clone()), "203.0.113.7"),
        line(1002, "record", Some(phy_id), "203.0.113.7"),
        line(1003, "noise", None, "198.51.100.1"),
    ];
    let mut lease = lab.db.db.direct().await.expect("a connection");
    comm_logs::insert_batch(lease.conn(), &lines)
        .await
        .expect("written");
    drop(lease);
    let logs = async |query: &str| {
        let reply = lab
            .get(&format!("/api/v1/admin/comm-logs?{query}"))
            .await
            .expect(200);
        reply.data().clone()
    };
    let start = logs("type=start").await;
    assert_eq!(start["total"], 1);
    assert_eq!(start["items"][0]["raw_hex"], "FCFE01");
    assert_eq!(start["items"][0]["decoded"], json!({"length": 3}));
    assert!(
        start["items"][0]["fields"].is_null(),
        "nobody asked for them"
    );
    let shown = logs("type=start&fields=true").await;
    let field = json!([{"offset": 0, "length": 3, "hex": "fcfe01", "name": "all", "value": 3,
        "meaning": null, "about": "all of it"}]);
    assert_eq!(shown["items"][0]["fields"], field);
    assert_eq!(start["items"][0]["direction"], "down");
    assert_eq!(logs(&format!("phy_id={DEVICE}")).await["total"], 3);
    assert_eq!(logs("ip=198.51.100.1").await["total"], 1);
    assert_eq!(logs("from=1001&to=1003").await["total"], 2);
    assert_eq!(logs("direction=up&type=record").await["total"], 1);
    let noise = lab
        .get("/api/v1/admin/noise?ip=198.51.100.1")
        .await
        .expect(200);
    assert_eq!(noise.data()["total"], 1);
    assert!(
        noise.data()["items"][0]["decoded"].is_null(),
        "no protocol knows these bytes"
    );
    lab.get("/api/v1/admin/comm-logs?direction=sideways")
        .await
        .expect(400);
    lab.get("/api/v1/admin/comm-logs?from=99999999999999")
        .await
        .expect(400);
    lab.close().await;
}

#[tokio::test]
async fn commands_wait_in_the_queue_of_their_device() {
    let lab = Lab::new().await;
    let order_no = lab.order_on(1).await;
    let path = format!("/api/v1/admin/devices/{DEVICE}");
    let body = json!({"params":[{"id":1,"value":2}],"via":"0x84"});
    lab.post(&format!("{path}/params"), body).await.expect(200);
    let two = json!({"params":[{"id":1,"value":2},{"id":2,"value":2}],"via":"0x84"});
    lab.post(&format!("{path}/params"), two).await.expect(422);
    let bad = json!({"params":[{"id":1,"value":2}],"via":"132"});
    lab.post(&format!("{path}/params"), bad).await.expect(400);
    let queue = lab.get(&format!("{path}/outbound")).await.expect(200);
    assert_eq!(queue.data()[0]["command"], "start_charge");
    assert_eq!(queue.data()[0]["order_no"], order_no.as_str());
    assert_eq!(queue.data()[0]["cmd"], "0x82");
    assert_eq!(queue.data()[1]["command"], "set_params");
    assert_eq!(queue.data()[1]["cmd"], "0x84");
    let filtered = lab
        .get(&format!("/api/v1/admin/commands?order_no={order_no}"))
        .await
        .expect(200);
    assert_eq!(filtered.data()["total"], 1);
    let filtered = lab
        .get("/api/v1/admin/commands?state=acked")
        .await
        .expect(200);
    assert_eq!(filtered.data()["total"], 0);
    lab.close().await;
}

#[tokio::test]
async fn orders_end_by_force() {
    let lab = Lab::new().await;
    let order_no = lab.order_on(1).await;
    let path = format!("/api/v1/admin/orders/{order_no}");
    let reply = lab
        .post(&format!("{path}/cancel"), json!({"reason":"a test"}))
        .await
        .expect(200);
    assert_eq!(reply.data()["status"], "cancelled");
    let history = lab.get(&format!("{path}/history")).await.expect(200);
    let changes = history.data().as_array().expect("changes");
    assert_eq!(changes.first().expect("a first")["to"], "pending");
    assert_eq!(changes.last().expect("a last")["to"], "cancelled");
    lab.post(&format!("{path}/finish"), json!({"reason":" "}))
        .await
        .expect(400);
    lab.close().await;
}

#[tokio::test]
async fn a_device_is_bound_to_networks_and_let_go() {
    let lab = Lab::new().await;
    let path = format!("/api/v1/admin/devices/{DEVICE}");
    let change = async |networks: serde_json::Value| {
        let headers = [("X-Api-Key", ADMIN)];
        let body = json!({ "allow_networks": networks }).to_string();
        lab.call(Method::PATCH, &path, &headers, body).await
    };
    let reply = lab.get(&path).await.expect(200);
    assert_eq!(reply.data()["allow_networks"], json!([]), "from anywhere");
    let reply = change(json!(["203.0.113.0/24", "2001:db8::7"]))
        .await
        .expect(200);
    let networks = json!(["203.0.113.0/24", "2001:db8::7/128"]);
    assert_eq!(reply.data()["allow_networks"], networks);
    for wrong in [json!(["ten"]), json!(["10.1.2.3/8"])] {
        let refused = change(wrong).await.expect(400);
        let said = refused.body.to_string();
        assert!(said.contains("allow_networks"), "{said}");
    }
    let reply = lab.get(&path).await.expect(200);
    assert_eq!(reply.data()["allow_networks"], networks, "as before");
    let reply = change(json!([])).await.expect(200);
    assert_eq!(reply.data()["allow_networks"], json!([]));
    lab.close().await;
}

#[tokio::test]
async fn traits_are_pinned_and_unpinned() {
    let lab = Lab::new().await;
    let path = format!("/api/v1/admin/devices/{DEVICE}");
    let change = async |body: serde_json::Value| {
        let headers = [("X-Api-Key", ADMIN)];
        lab.call(Method::PATCH, &path, &headers, body.to_string())
            .await
    };
    let reply = change(json!({"pinned":{"dialect":"v8.6"},"offline_after_s":90}))
        .await
        .expect(200);
    assert_eq!(reply.data()["pinned"], json!({"dialect": "v8.6"}));
    assert_eq!(reply.data()["offline_after_s"], 90);
    let reply = change(json!({"pinned":{"dialect":null},"offline_after_s":null}))
        .await
        .expect(200);
    assert_eq!(reply.data()["pinned"], json!({}));
    assert!(reply.data()["offline_after_s"].is_null());
    let reply = change(json!({"station_id":7})).await.expect(200);
    assert_eq!(reply.data()["station_id"], 7);
    let reply = change(json!({"name":"A"})).await.expect(200);
    assert_eq!(reply.data()["station_id"], 7, "absent fields stay");
    let reply = change(json!({"station_id":null})).await.expect(200);
    assert!(reply.data()["station_id"].is_null());
    change(json!({"station_id":0})).await.expect(400);
    change(json!({"offline_after_s":0})).await.expect(400);
    change(json!({"status":"broken"})).await.expect(400);
    change(json!({"rated_power_w":-1})).await.expect(400);
    lab.close().await;
}

#[tokio::test]
async fn an_image_may_be_longer_than_other_bodies() {
    let lab = Lab::new().await;
    let path = format!("/api/v1/admin/devices/{DEVICE}/firmware/image?target=main");
    let headers = [("X-Api-Key", ADMIN)];
    let image = vec![0xa5_u8; 200_000];
    lab.call(Method::POST, &path, &headers, image)
        .await
        .expect(200);
    let image = vec![0xa5_u8; 4 * 1024 * 1024 + 1];
    lab.call(Method::POST, &path, &headers, image)
        .await
        .expect(413);
    lab.call(Method::POST, &path, &headers, "")
        .await
        .expect(400);
    lab.close().await;
}

/// A number in the body is that of the address, or a new card's.
#[tokio::test]
async fn a_card_is_not_renamed_by_what_is_written_about_it() {
    let lab = Lab::new().await;
    let cards = "/api/v1/admin/cards";
    let nameless = lab.post(cards, json!({"limit_fen": 100})).await.expect(400);
    assert_eq!(nameless.field(), "card_no");
    let new = json!({"card_no": "0007", "limit_fen": 100});
    lab.post(cards, new).await.expect(200);
    let headers = [("X-Api-Key", ADMIN)];
    let put = |number: &str| {
        let body = json!({"card_no": number, "limit_fen": 200}).to_string();
        lab.call(Method::PUT, "/api/v1/admin/cards/7", &headers, body)
    };
    assert_eq!(put("8").await.expect(400).field(), "card_no");
    put("007").await.expect(200);
    lab.close().await;
}

/// Has a command for the device given up; its id.
async fn given_up(lab: &Lab, path: &str, body: serde_json::Value) -> i64 {
    let sent = lab.post(path, body).await.expect(200);
    let id = sent.data()["command_id"].as_i64().expect("an id");
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let now = lab.app.now();
    let buried = store::commands::bury(tx.conn(), kernel::CommandId(id), "no answer", now).await;
    assert!(buried.expect("written"));
    tx.commit().await.expect("committed");
    id
}

#[tokio::test]
async fn a_dead_letter_is_tried_again_or_thrown_away() {
    let lab = Lab::new().await;
    let params = format!("/api/v1/third/devices/{DEVICE}/params");
    let wish = || json!({"params": [{"id": 1, "value": 1}]});
    let first = given_up(&lab, &params, wish()).await;
    let second = given_up(&lab, &params, wish()).await;
    let letters = "/api/v1/admin/commands/dead-letters";
    let headers = [("X-Api-Key", ADMIN)];
    let count = async || lab.get(letters).await.expect(200).data()["total"].clone();
    assert_eq!(count().await, 2);
    let again = lab
        .post(&format!("{letters}/{first}/retry"), "")
        .await
        .expect(200);
    let new = again.data()["command_id"].as_i64().expect("an id");
    assert!(new > second);
    assert_eq!(again.data()["state"], "queued");
    assert_eq!(count().await, 1);
    // Once is enough.
    let twice = lab.post(&format!("{letters}/{first}/retry"), "").await;
    assert_eq!(twice.expect(404).message(), "dead letter not found");
    let path = format!("{letters}/{second}");
    lab.call(Method::DELETE, &path, &headers, "")
        .await
        .expect(200);
    lab.call(Method::DELETE, &path, &headers, "")
        .await
        .expect(404);
    assert_eq!(count().await, 0);
    let shown = lab
        .get(&format!("/api/v1/admin/commands/{second}"))
        .await
        .expect(200);
    assert_eq!(shown.data()["state"], "dead", "the command itself stays");
    // A start belongs to its order.
    let order = lab.order_on(1).await;
    let commands = lab
        .get(&format!("/api/v1/admin/commands?order_no={order}"))
        .await
        .expect(200);
    let start = commands.data()["items"][0]["id"].as_i64().expect("an id");
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let id = kernel::CommandId(start);
    assert!(
        store::commands::bury(tx.conn(), id, "no answer", lab.app.now())
            .await
            .expect("ok")
    );
    tx.commit().await.expect("committed");
    lab.post(&format!("{letters}/{start}/retry"), "")
        .await
        .expect(422);
    assert_eq!(count().await, 1, "it stays");
    lab.close().await;
}

#[tokio::test]
async fn bytes_are_taken_apart_by_whoever_the_program_brought_along() {
    let lab = Lab::new().await;
    let decode = "/api/v1/admin/ops/decode";
    let said = lab
        .post(decode, json!({"hex": "0102", "protocol": "bench"}))
        .await
        .expect(200);
    assert_eq!(said.data()["hex"], "0102");
    let refused = lab.post(decode, json!({"hex": "xyz"})).await.expect(400);
    assert_eq!(refused.field(), "hex");
    let refused = lab
        .post(decode, json!({"hex": "01", "protocol": "x"}))
        .await
        .expect(400);
    assert_eq!(refused.field(), "protocol");
    lab.close().await;
}
