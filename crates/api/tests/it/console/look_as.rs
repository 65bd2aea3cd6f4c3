//! Looking at the console through an agent's eyes.

use super::world::{FOREIGN, FOREIGN_DEVICE, OWN_DEVICE, World, account, world};
use axum::http::Method;
use serde_json::json;
use std::time::Duration;

const BASE: &str = "/api/v1/admin";

async fn looking(world: &World, viewer: &str) -> String {
    let path = format!("{BASE}/agents/{}/look-as", world.agent.id);
    let reply = world
        .call(viewer, Method::POST, &path, &json!({}))
        .await
        .expect(200);
    assert_eq!(reply.data()["me"]["viewer"], "viewer");
    assert_eq!(reply.data()["me"]["org_id"], world.agent.id);
    assert_eq!(reply.data()["me"]["is_super"], false);
    reply.data()["token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn it_reads_what_the_agent_sees_and_writes_nothing() {
    let world = world().await;
    let platform = world.platform().await;
    let (_, _, viewer) = account(&world.lab, &platform, "viewer", &[world.everything]).await;
    let token = looking(&world, &viewer).await;
    for list in ["devices", "orders", "stations"] {
        let reply = world
            .get(&token, &format!("{BASE}/{list}"))
            .await
            .expect(200);
        assert_eq!(reply.data()["total"], 1, "{list}: {}", reply.body);
        assert!(!reply.body.to_string().contains(FOREIGN));
    }
    let foreign = format!("{BASE}/devices/{FOREIGN_DEVICE}");
    world.get(&token, &foreign).await.expect(404);

    // Every write of the administration, one after another.
    let document = crate::schema::Documented::load();
    let mut tried = 0;
    for (method, path, operation) in document.operations() {
        let open = ["log_in", "refresh_session", "log_out"];
        let id = operation["operationId"].as_str().expect("an id");
        if !path.starts_with("/api/v1/admin/") || method == Method::GET || open.contains(&id) {
            continue;
        }
        let path = path
            .replace("{phy_id}", OWN_DEVICE)
            .replace("{station_id}", &world.station.to_string())
            .replace("{org_id}", &world.agent.id.to_string());
        let reply = world.call(&token, method, &path, &json!({})).await;
        assert_eq!(reply.status, 403, "{id}: {}", reply.body);
        tried += 1;
    }
    assert!(tried > 60, "{tried}");

    // Files are the agent's own affair.
    let file = format!("{BASE}/devices?format=csv");
    world.get(&token, &file).await.expect(403);
    let log = format!("{BASE}/audit-logs?action=user.agent.login_as");
    let log = world.get(&viewer, &log).await.expect(200);
    let line = &log.data()["items"][0];
    assert_eq!(line["actor"], "viewer");
    assert_eq!(line["after"]["agent"], "agent");
    world
        .call(
            &token,
            Method::DELETE,
            &format!("{BASE}/session"),
            &json!(null),
        )
        .await
        .expect(200);
    world
        .get(&token, &format!("{BASE}/devices"))
        .await
        .expect(401);
    // The line is the agent's: it stands there with both names.
    let (_, _, agent) = account(&world.lab, &world.agent, "a", &[world.everything]).await;
    let log = format!("{BASE}/audit-logs?action=session.logout");
    let log = world.get(&agent, &log).await.expect(200);
    assert_eq!(log.data()["items"][0]["actor"], "viewer as agent");
    world.lab.close().await;
}

#[tokio::test]
async fn it_is_short_and_only_for_those_who_may() {
    let world = world().await;
    let platform = world.platform().await;
    let path = format!("{BASE}/agents/{}/look-as", world.agent.id);
    // A key has no eyes, an agent has its own, and another kind of organisation is none.
    world.lab.post(&path, json!({})).await.expect(404);
    let (_, _, other) = account(&world.lab, &world.merchant, "m", &[world.everything]).await;
    world
        .call(&other, Method::POST, &path, &json!({}))
        .await
        .expect(404);
    let (_, _, viewer) = account(&world.lab, &platform, "viewer", &[world.everything]).await;
    let merchant = format!("{BASE}/agents/{}/look-as", world.merchant.id);
    world
        .call(&viewer, Method::POST, &merchant, &json!({}))
        .await
        .expect(404);
    let clerk = world
        .who_may(&platform, "clerk", &["user.agent.view"])
        .await;
    world
        .call(&clerk, Method::POST, &path, &json!({}))
        .await
        .expect(403);

    let token = looking(&world, &viewer).await;
    // It does not look through further eyes.
    world
        .call(&token, Method::POST, &path, &json!({}))
        .await
        .expect(403);
    world.lab.clock.advance(Duration::from_mins(29));
    let devices = format!("{BASE}/devices");
    assert_eq!(world.get(&token, &devices).await.status, 200);
    world.lab.clock.advance(Duration::from_mins(1));
    assert_eq!(world.get(&token, &devices).await.status, 401);
    world.lab.close().await;
}
