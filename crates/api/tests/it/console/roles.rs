//! Nobody gives away, or takes, what they do not have.

use super::world::{account, role, world};
use axum::http::Method;
use serde_json::{Value, json};

const ROLES: &str = "/api/v1/admin/roles";
const ADMINS: &str = "/api/v1/admin/admins";

#[tokio::test]
async fn a_role_grants_only_what_its_maker_has() {
    let world = world().await;
    let leaves = [
        "system.role.view",
        "system.role.create",
        "system.role.edit",
        "system.role.copy",
        "system.role.delete",
        "order.charge.view",
    ];
    let token = world.who_may(&world.agent, "maker", &leaves).await;
    let draft = |granted: &[&str]| json!({"code":"x","name":"x","granted":granted});
    let refused = world
        .call(
            &token,
            Method::POST,
            ROLES,
            &draft(&["order.charge.view", "order.charge.refund"]),
        )
        .await
        .expect(403);
    assert_eq!(refused.data()["required"], "order.charge.refund");
    let unknown = draft(&["order.charge.nothing"]);
    world
        .call(&token, Method::POST, ROLES, &unknown)
        .await
        .expect(400);
    let made = world
        .call(&token, Method::POST, ROLES, &draft(&["order.charge.view"]))
        .await
        .expect(200);
    let tree = made.data()["permission_tree"].to_string();
    assert_eq!(tree.matches("\"toggle\":true").count(), 1);
    let one = format!("{ROLES}/{}", made.data()["role_id"]);
    world
        .call(&token, Method::PUT, &one, &draft(&["ds.orders.vin"]))
        .await
        .expect(403);
    // The tree form grants the same, and a parent's toggle grants nothing.
    let tree = json!({"version":1,"datasetPermission":[],"accessPermission":[
        {"id":"order","label":"","type":"menu","toggle":true,"children":[
            {"id":"order.charge.view","label":"","type":"action","toggle":false}]}]});
    let body = json!({"code":"x","name":"x","permission_tree":tree});
    let changed = world
        .call(&token, Method::PUT, &one, &body)
        .await
        .expect(200);
    assert_eq!(changed.data()["granted"], json!([]));
    // A role with more than its maker has can be neither changed, nor copied, nor taken away.
    let strong = role(
        &world.lab,
        world.merchant.id,
        "s",
        &["order.charge.refund".to_owned()],
    )
    .await;
    let strong = format!("{ROLES}/{strong}");
    let copy = json!({"code":"y","name":"y"});
    for (method, path, body) in [
        (Method::PUT, strong.clone(), draft(&[])),
        (Method::POST, format!("{strong}/copy"), copy),
        (Method::DELETE, strong, Value::Null),
    ] {
        world.call(&token, method, &path, &body).await.expect(403);
    }
    world
        .call(&token, Method::DELETE, &one, &Value::Null)
        .await
        .expect(200);
    world.lab.close().await;
}

#[tokio::test]
async fn an_account_gets_only_what_its_maker_has() {
    let world = world().await;
    let leaves = [
        "system.admin.view",
        "system.admin.create",
        "system.admin.edit",
        "system.admin.reset_password",
        "system.admin.disable",
        "system.admin.kick",
        "ds.admins.phone",
    ];
    let platform = world.platform().await;
    let token = world.who_may(&platform, "personnel", &leaves).await;
    let (strong, ..) = account(&world.lab, &platform, "strong", &[world.everything]).await;
    world
        .lab
        .app
        .open_console(Some("a long way to 7"))
        .await
        .expect("ok");
    let all = format!("{ADMINS}?username=admin");
    let all = world.get(&token, &all).await.expect(200);
    let super_id = all.data()["items"][0]["admin_id"].clone();
    let new = json!({"username":"friend","org_id":1,"role_ids":[world.everything]});
    world
        .call(&token, Method::POST, ADMINS, &new)
        .await
        .expect(403);
    for id in [json!(strong), super_id] {
        let one = format!("{ADMINS}/{id}");
        let off = json!({"enabled":false});
        for (method, path, body) in [
            (Method::PUT, one.clone(), json!({})),
            (Method::PUT, format!("{one}/state"), off),
            (Method::POST, format!("{one}/password"), Value::Null),
            (Method::DELETE, format!("{one}/sessions"), Value::Null),
            (Method::POST, format!("{one}/super"), Value::Null),
        ] {
            let reply = world.call(&token, method, &path, &body).await;
            assert_eq!(reply.status, 403, "{path}: {}", reply.body);
        }
    }
    // Not a role of somebody else's, and not one of an organisation beside the account's.
    let (weak, ..) = account(&world.lab, &world.company, "weak", &[]).await;
    let beside = role(&world.lab, world.foreign.org.id, "beside", &[]).await;
    let body = json!({"role_ids":[beside]});
    let path = format!("{ADMINS}/{weak}");
    let refused = world
        .call(&token, Method::PUT, &path, &body)
        .await
        .expect(400);
    assert_eq!(refused.field(), "role_ids");
    world.lab.close().await;
}

#[tokio::test]
async fn what_is_done_is_written_down() {
    let world = world().await;
    let platform = world.platform().await;
    let (id, _, token) = account(&world.lab, &platform, "boss", &[world.everything]).await;
    let body = json!({"code":"x","name":"x","granted":["order.charge.view"]});
    world
        .call(&token, Method::POST, ROLES, &body)
        .await
        .expect(200);
    let device = format!("/api/v1/admin/devices/{}", super::world::OWN_DEVICE);
    world
        .call(&token, Method::PATCH, &device, &json!({"name":"N"}))
        .await
        .expect(200);
    let path = format!("/api/v1/admin/audit-logs?admin_id={id}");
    let lines = world.get(&token, &path).await.expect(200);
    let actions: Vec<&str> = lines.data()["items"]
        .as_array()
        .expect("lines")
        .iter()
        .filter_map(|line| line["action"].as_str())
        .collect();
    assert_eq!(actions, ["change_device", "system.role.create"]);
    let granted = &lines.data()["items"][1]["after"]["granted"];
    assert_eq!(granted, &json!(["order.charge.view"]));
    world.lab.close().await;
}
