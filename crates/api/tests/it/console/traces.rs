//! What the audit log says about writes that older operations leave to the guard.

use super::world::{OWN_DEVICE, account, world};
use axum::http::Method;
use serde_json::json;

const BASE: &str = "/api/v1/admin";

#[tokio::test]
async fn a_change_is_told_with_what_was_there() {
    let world = world().await;
    let platform = world.platform().await;
    let (_, _, token) = account(&world.lab, &platform, "clerk", &[world.everything]).await;
    let device = format!("{BASE}/devices/{OWN_DEVICE}");
    for name in ["first", "second"] {
        let body = json!({ "name": name });
        world
            .call(&token, Method::PATCH, &device, &body)
            .await
            .expect(200);
    }
    let log = format!("{BASE}/audit-logs?action=change_device");
    let log = world.get(&token, &log).await.expect(200);
    assert_eq!(log.data()["total"], 2, "{}", log.body);
    let line = &log.data()["items"][0];
    assert_eq!(line["actor"], "clerk");
    assert_eq!(line["object"], device.as_str());
    assert_eq!(line["before"]["name"], "first", "{line}");
    assert_eq!(line["after"]["now"]["name"], "second", "{line}");
    assert_eq!(line["after"]["asked"], json!({"name":"second"}));
    world.lab.close().await;
}

#[tokio::test]
async fn refused_writes_and_secrets_stand_nowhere() {
    let world = world().await;
    let platform = world.platform().await;
    let (_, _, token) = account(&world.lab, &platform, "clerk", &[world.everything]).await;
    let card = json!({"card_no":"777","limit_fen":100,"password":"4711"});
    world
        .call(&token, Method::POST, &format!("{BASE}/cards"), &card)
        .await
        .expect(200);
    let bad = json!({"card_no":"778","limit_fen":-1});
    let refused = world
        .call(&token, Method::POST, &format!("{BASE}/cards"), &bad)
        .await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let log = format!("{BASE}/audit-logs?actor=clerk");
    let log = world.get(&token, &log).await.expect(200);
    assert_eq!(log.data()["total"], 1, "{}", log.body);
    assert!(!log.body.to_string().contains("4711"), "{}", log.body);
    assert_eq!(log.data()["items"][0]["before"], json!(null));
    world.lab.close().await;
}
