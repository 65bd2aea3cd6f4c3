//! What one person proposes and another confirms.

use super::world::{account, world};
use axum::http::Method;
use serde_json::json;
use store::admin_users;

#[tokio::test]
async fn it_takes_two() {
    let world = world().await;
    let platform = world.platform().await;
    let (one, _, first) = account(&world.lab, &platform, "first", &[]).await;
    let (two, _, second) = account(&world.lab, &platform, "second", &[]).await;
    let (id, ..) = account(&world.lab, &platform, "candidate", &[]).await;
    let mut direct = world.lab.db.db.direct().await.expect("a connection");
    for id in [one, two] {
        let now = super::world::NOW;
        admin_users::make_super(direct.conn(), id, now)
            .await
            .expect("ok");
    }
    drop(direct);
    let path = format!("/api/v1/admin/admins/{id}/super");
    let waits = world
        .call(&first, Method::POST, &path, &json!({}))
        .await
        .expect(200);
    assert_eq!(waits.data()["state"], "pending");
    let decide = format!(
        "/api/v1/admin/operations/{}/decision",
        waits.data()["operation_id"]
    );
    let yes = json!({"approve":true,"reason":"known"});
    world
        .call(&first, Method::POST, &decide, &yes)
        .await
        .expect(409);
    let list = "/api/v1/admin/operations?state=pending&kind=admin.make_super";
    assert_eq!(
        world.get(&second, list).await.expect(200).data()["total"],
        1
    );
    let done = world
        .call(&second, Method::POST, &decide, &yes)
        .await
        .expect(200);
    assert_eq!(done.data()["state"], "approved");
    assert_eq!(done.data()["result"]["admin_id"], id);
    world
        .call(&second, Method::POST, &decide, &yes)
        .await
        .expect(409);
    let me = world
        .get("token-candidate", "/api/v1/admin/session")
        .await
        .expect(200);
    assert_eq!(me.data()["is_super"], true);
    world.lab.close().await;
}

/// A person's forced end waits for another person; a key's is done at once.
#[tokio::test]
async fn an_order_ends_by_force_with_two_persons() {
    let world = world().await;
    let platform = world.platform().await;
    let leaves = [
        "order.charge.view",
        "order.charge.force_finish",
        "order.charge.cancel",
        "system.operation.view",
        "system.operation.decide",
    ];
    let anna = world.who_may(&platform, "anna", &leaves).await;
    let ben = world.who_may(&platform, "ben", &leaves).await;
    let guest = world.who_may(&platform, "guest", &leaves[3..]).await;
    let lab = &world.lab;
    let order = lab.order_on(1).await;
    let path = format!("/api/v1/admin/orders/{order}");
    let reason = json!({"reason":"dismounted"});
    let force = async |who: &str, what: &str| {
        let path = format!("{path}/{what}");
        world.call(who, Method::POST, &path, &reason).await
    };
    force(&anna, "finish").await.expect(409);
    lab.begin(&order, 1).await;
    let waits = force(&anna, "finish").await.expect(202);
    assert_eq!(waits.data()["kind"], "order.force_finish");
    assert_eq!(lab.get(&path).await.data()["status"], "charging");
    let decide = format!(
        "/api/v1/admin/operations/{}/decision",
        waits.data()["operation_id"]
    );
    let yes = json!({"approve":true});
    for (who, status) in [(&anna, 409), (&guest, 403)] {
        let refused = world.call(who, Method::POST, &decide, &yes).await;
        refused.expect(status);
    }
    assert_eq!(lab.get(&path).await.data()["status"], "charging");
    let done = world.call(&ben, Method::POST, &decide, &yes).await;
    assert_eq!(done.expect(200).data()["result"]["order_no"], order);
    assert_eq!(lab.get(&path).await.data()["status"], "completed");
    world
        .call(&ben, Method::POST, &decide, &yes)
        .await
        .expect(409);
    let history = lab.get(&format!("{path}/history")).await.expect(200);
    let last = history.data().as_array().expect("changes").last().cloned();
    assert_eq!(last.expect("a change")["actor"], "anna, ben");
    force(&anna, "cancel").await.expect(404);
    world.lab.close().await;
}

/// A2-01: old firmware of a model is taken out of service in one action that two persons agree
/// on. Versions are compared by their numbers; no new order begins, the running one ends normally.
#[tokio::test]
async fn firmware_is_blocked_by_two_persons() {
    let world = world().await;
    let platform = world.platform().await;
    let leaves = [
        "device.firmware.view",
        "device.firmware.block",
        "device.firmware.unblock",
        "system.operation.decide",
    ];
    let anna = world.who_may(&platform, "anna", &leaves).await;
    let ben = world.who_may(&platform, "ben", &leaves).await;
    let guest = world.who_may(&platform, "guest", &leaves[3..]).await;
    let lab = &world.lab;
    let blocks = "/api/v1/admin/ops/firmware-blocks";
    let block = |range: &str| json!({"device_model": "组网版设备", "version_range": range});
    lab.register("组网版设备", "v1.9").await;
    let order = lab.order_on(1).await;
    lab.begin(&order, 1).await;

    let preview = format!("{blocks}/preview");
    for (range, devices) in [("<2.0", 1), ("<1.10", 1), (">=1.10", 0), ("<1.9", 0)] {
        let seen = world
            .call(&anna, Method::POST, &preview, &block(range))
            .await
            .expect(200);
        assert_eq!(seen.data()["devices"], devices, "{range}: {}", seen.body);
        assert_eq!(seen.data()["active_orders"], devices, "{range}");
    }
    let mut wish = block("<2.0");
    wish["reason"] = json!("结束报告缺失");
    let refused = world.call(&guest, Method::POST, blocks, &wish).await;
    refused.expect(403);
    let waits = world.call(&anna, Method::POST, blocks, &wish).await;
    let waits = waits.expect(202);
    assert_eq!(waits.data()["kind"], "firmware.block");
    let summary = waits.data()["summary"].as_str().expect("words").to_owned();
    assert!(summary.contains("设备 1 台，进行中订单 1 笔"), "{summary}");
    let active = format!("{blocks}?state=active");
    let none = world.get(&anna, &active).await.expect(200);
    assert_eq!(none.data()["total"], 0, "only asked for");

    let decide = format!(
        "/api/v1/admin/operations/{}/decision",
        waits.data()["operation_id"]
    );
    let yes = json!({"approve": true});
    for (who, status) in [(&anna, 409), (&guest, 403)] {
        let refused = world.call(who, Method::POST, &decide, &yes).await;
        refused.expect(status);
    }
    let done = world.call(&ben, Method::POST, &decide, &yes).await;
    let id = done.expect(200).data()["result"]["block_id"].clone();
    let shown = world.get(&anna, &active).await.expect(200);
    let row = &shown.data()["items"][0];
    assert_eq!(
        (&row["firmware_block_id"], &row["devices"]),
        (&id, &json!(1))
    );
    assert_eq!(
        (&row["created_by"], &row["confirmed_by"]),
        (&json!("anna"), &json!("ben"))
    );

    let more = json!({"port_no": 2, "charge_mode": 1, "duration": 600, "amount": 500});
    let new = lab.charge(crate::lab::DEVICE, more.clone()).await;
    let new = new.expect(409);
    assert_eq!(new.message(), "device disabled");
    lab.end(&order, 1).await;
    let ended = lab.get(&format!("/api/v1/admin/orders/{order}")).await;
    let ended = ended.expect(200);
    assert_eq!(ended.data()["status"], "completed", "it ends normally");
    assert_eq!(ended.data()["end_reason"], "normal");

    lab.register("组网版设备", "v10.0").await;
    lab.charge(crate::lab::DEVICE, more).await.expect(200);
    let lift = format!("{blocks}/{id}/lift");
    world
        .call(&ben, Method::POST, &lift, &json!({}))
        .await
        .expect(200);
    world.lab.close().await;
}

/// What has ended meanwhile cannot be ended any more.
#[tokio::test]
async fn a_confirmation_that_comes_too_late_says_so() {
    let world = world().await;
    let platform = world.platform().await;
    let leaves = ["order.charge.cancel", "system.operation.decide"];
    let anna = world.who_may(&platform, "anna", &leaves).await;
    let ben = world.who_may(&platform, "ben", &leaves).await;
    let order = world.lab.order_on(1).await;
    let cancel = format!("/api/v1/admin/orders/{order}/cancel");
    let reason = json!({"reason":"a mistake"});
    let waits = world.call(&anna, Method::POST, &cancel, &reason).await;
    let id = waits.expect(202).data()["operation_id"].clone();
    world.lab.post(&cancel, reason).await.expect(200);
    let decide = format!("/api/v1/admin/operations/{id}/decision");
    let yes = json!({"approve":true});
    let late = world
        .call(&ben, Method::POST, &decide, &yes)
        .await
        .expect(409);
    assert!(late.message().contains("over by now"), "{}", late.body);
    world.lab.close().await;
}

#[tokio::test]
async fn nobody_confirms_without_the_leaf_or_too_late() {
    let world = world().await;
    let platform = world.platform().await;
    let (id, _, _) = account(&world.lab, &platform, "candidate", &[]).await;
    let (_, _, clerk) = account(&world.lab, &platform, "clerk", &[world.everything]).await;
    let path = format!("/api/v1/admin/admins/{id}/super");
    let waits = world.lab.post(&path, json!({})).await.expect(200);
    let decide = format!(
        "/api/v1/admin/operations/{}/decision",
        waits.data()["operation_id"]
    );
    let yes = json!({"approve":true});
    let refused = world
        .call(&clerk, Method::POST, &decide, &yes)
        .await
        .expect(403);
    assert_eq!(refused.data()["required"], "super");
    world.lab.clock.advance(std::time::Duration::from_hours(24));
    assert_eq!(world.lab.post(&decide, yes).await.status, 409);
    let list = "/api/v1/admin/operations?state=expired&kind=admin.make_super";
    assert_eq!(world.lab.get(list).await.data()["total"], 1);
    world.lab.close().await;
}
