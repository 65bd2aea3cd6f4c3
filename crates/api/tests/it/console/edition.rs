//! Two people who edit one thing, and what the console is told of fields that it does not get.

use super::world::{World, account, world};
use crate::lab::{ADMIN, Reply};
use axum::http::Method;
use axum::http::header::ETAG;
use serde_json::{Value, json};

const BASE: &str = "/api/v1/admin";

/// Replaces a thing that was seen in an edition.
async fn put(world: &World, path: &str, edition: &str, body: &Value) -> Reply {
    let headers = [("X-Api-Key", ADMIN), ("If-Match", edition)];
    world
        .lab
        .call(Method::PUT, path, &headers, body.to_string())
        .await
}

async fn edition(world: &World, path: &str) -> String {
    let reply = world.lab.get(path).await.expect(200);
    reply.headers[ETAG].to_str().expect("a text").to_owned()
}

#[tokio::test]
async fn the_second_of_two_who_edit_one_thing_is_told() {
    let world = world().await;
    let merchant = format!("{BASE}/merchants/{}", world.merchant.id);
    let first = edition(&world, &merchant).await;
    assert_eq!(first, edition(&world, &merchant).await, "nothing happened");
    let named = |name: &str| json!({"name": name, "phone": "13800138000"});
    put(&world, &merchant, &first, &named("first"))
        .await
        .expect(200);
    let told = put(&world, &merchant, &first, &named("second")).await;
    told.expect(412);
    let now = world.lab.get(&merchant).await.expect(200);
    assert_eq!(now.data()["name"], "first", "the first one's words stand");
    let second = edition(&world, &merchant).await;
    assert_ne!(first, second);
    put(&world, &merchant, &second, &named("second"))
        .await
        .expect(200);
    // Who names no edition takes what there is.
    let headers = [("X-Api-Key", ADMIN)];
    world
        .lab
        .call(Method::PUT, &merchant, &headers, named("third").to_string())
        .await
        .expect(200);
    world.lab.close().await;
}

#[tokio::test]
async fn who_does_not_see_a_field_edits_the_same_edition() {
    let world = world().await;
    let leaves = ["user.merchant.view", "user.merchant.edit"];
    let token = world.who_may(&world.merchant, "clerk", &leaves).await;
    let merchant = format!("{BASE}/merchants/{}", world.merchant.id);
    let seen = world.get(&token, &merchant).await.expect(200);
    assert!(seen.data().get("phone").is_none(), "{}", seen.body);
    let tag = seen.headers[ETAG].to_str().expect("a text").to_owned();
    assert_eq!(tag, edition(&world, &merchant).await);
    world.lab.close().await;
}

#[tokio::test]
async fn a_session_tells_which_fields_its_answers_lack() {
    let world = world().await;
    let (_, _, boss) = account(&world.lab, &world.merchant, "boss", &[]).await;
    let told = world
        .get(&boss, &format!("{BASE}/session"))
        .await
        .expect(200);
    let hidden = &told.data()["hidden_fields"];
    let orders = hidden["orders"].as_array().expect("names");
    assert!(orders.contains(&json!("member_phone")), "{hidden}");
    let key = world.lab.get(&format!("{BASE}/session")).await.expect(200);
    assert_eq!(key.data()["hidden_fields"], json!({}), "a key sees all");
    world.lab.close().await;
}
