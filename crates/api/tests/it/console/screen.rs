//! Screens on walls: a token opens the big screen, and nothing else, and shows nobody.

use super::world::{FOREIGN, World, world};
use crate::lab::NOW_S;
use crate::schema::Documented;
use axum::http::Method;
use serde_json::{Value, json};
use testkit::db::run_sql;

const SCREEN: &str = "/api/v1/admin/screen";
const TOKENS: &str = "/api/v1/admin/screen-tokens";

/// Somebody of the platform who may do everything with tokens makes one; its row and its text.
async fn token(world: &World, body: Value) -> (i64, String) {
    let made = world.lab.post(TOKENS, body).await.expect(200);
    let data = made.data();
    let text = data["token"].as_str().expect("a text").to_owned();
    (data["screen_token_id"].as_i64().expect("a row"), text)
}

/// Method, path, and whether it is open to everybody.
fn operations() -> Vec<(Method, String, bool)> {
    let document = Documented::load();
    document
        .operations()
        .filter(|(_, path, _)| path.starts_with("/api/v1/admin/"))
        .map(|(method, path, operation)| {
            let parts = path.split('/');
            let parts = parts.map(|part| if part.starts_with('{') { "1" } else { part });
            let public = operation["x-permission"]["access"] == "public";
            (method, parts.collect::<Vec<_>>().join("/"), public)
        })
        .collect()
}

#[tokio::test]
async fn a_token_opens_every_widget_and_nothing_else() {
    let world = world().await;
    let (_, token) = token(&world, json!({"name": "hall"})).await;
    let (mut open, mut closed) = (0, 0);
    for (method, path, public) in operations() {
        let reply = world.call(&token, method.clone(), &path, &json!({})).await;
        let is_widget = path == SCREEN || path.starts_with(&format!("{SCREEN}/"));
        if is_widget {
            assert_eq!(reply.status, 200, "{path}: {}", reply.body);
            open += 1;
        } else if public {
            // Open to everybody, with or without a token.
        } else {
            assert_eq!(reply.status, 403, "{method} {path}: {}", reply.body);
            closed += 1;
        }
    }
    assert_eq!(open, 14, "every widget, and all of them at once");
    assert!(closed > 300, "{closed}");
    world.lab.close().await;
}

#[tokio::test]
async fn a_token_sees_what_its_organisation_sees() {
    let world = world().await;
    let merchant = world.merchant.id;
    let (_, own) = token(&world, json!({"name": "own", "org_id": merchant})).await;
    let (_, all) = token(&world, json!({"name": "all"})).await;
    let counters = format!("{SCREEN}/counters");
    let of_all = world.get(&all, &counters).await.expect(200);
    let of_own = world.get(&own, &counters).await.expect(200);
    assert_eq!(of_all.data()["stations"], 2);
    assert_eq!(of_own.data()["stations"], 1);
    let shown = world.get(&own, SCREEN).await.expect(200).body.to_string();
    assert!(!shown.contains(FOREIGN), "{shown}");
    let foreign = format!("{SCREEN}?org_id={}", world.foreign.org.id);
    world.get(&own, &foreign).await.expect(404);
    let narrowed = format!("{counters}?org_id={merchant}");
    let of_org = world.get(&all, &narrowed).await.expect(200);
    assert_eq!(of_org.data()["stations"], 1);
    world.lab.close().await;
}

#[tokio::test]
async fn a_token_of_an_area_stays_there() {
    let world = world().await;
    let station = format!("/api/v1/admin/stations/{}", world.station);
    let body = json!({"station_no":"OWN","name":"OWN","owner_org_id":world.merchant.id,
        "area_code":"510104"});
    let key = [("X-Api-Key", crate::lab::ADMIN)];
    let changed = world
        .lab
        .call(Method::PUT, &station, &key, body.to_string());
    changed.await.expect(200);
    let (_, city) = token(&world, json!({"name": "city", "area_code": "510100"})).await;
    let (_, other) = token(&world, json!({"name": "other", "area_code": "440100"})).await;
    let counters = format!("{SCREEN}/counters");
    for (token, query, stations) in [
        (&city, "", 1),
        (&city, "?area_code=510104", 1),
        (&other, "", 0),
    ] {
        let reply = world
            .get(token, &format!("{counters}{query}"))
            .await
            .expect(200);
        assert_eq!(reply.data()["stations"], stations, "{query}");
    }
    for query in ["?area_code=510000", "?area_code=440100"] {
        world
            .get(&city, &format!("{counters}{query}"))
            .await
            .expect(404);
    }
    world.lab.close().await;
}

#[tokio::test]
async fn a_token_ends_and_is_never_told_again() {
    let world = world().await;
    let soon = NOW_S + 3600;
    let (id, short) = token(&world, json!({"name": "short", "expires_at": soon})).await;
    let (long_id, long) = token(&world, json!({"name": "long"})).await;
    assert!(short.starts_with("screen_") && short.len() > 60);
    let past = json!({"name": "past", "expires_at": NOW_S});
    world.lab.post(TOKENS, past).await.expect(400);
    world.get(&short, SCREEN).await.expect(200);
    let list = world.lab.get(TOKENS).await.expect(200);
    let text = list.body.to_string();
    assert!(!text.contains(&short) && !text.contains(&long), "{text}");
    let row = &list.data()["items"][1];
    assert_eq!(
        (&row["screen_token_id"], &row["name"]),
        (&json!(id), &json!("short"))
    );
    assert_eq!(row["last_used_at"], NOW_S);
    let revoke = format!("{TOKENS}/{long_id}");
    let key = [("X-Api-Key", crate::lab::ADMIN)];
    let call = || world.lab.call(Method::DELETE, &revoke, &key, "");
    let revoked = call().await.expect(200);
    assert_eq!(revoked.data()["revoked_at"], NOW_S);
    call().await.expect(200);
    world.get(&long, SCREEN).await.expect(401);
    // The time of its end has come.
    let sql = format!("update screen_tokens set expires_at = created_at where id = {id}");
    run_sql(&world.lab.db.db, &sql).await.expect("over");
    world.get(&short, SCREEN).await.expect(401);
    world.get("screen_nonsense", SCREEN).await.expect(401);
    let written = world
        .lab
        .get("/api/v1/admin/audit-logs?size=100")
        .await
        .expect(200);
    let actions: Vec<&str> = written.data()["items"]
        .as_array()
        .expect("lines")
        .iter()
        .filter_map(|line| line["action"].as_str())
        .filter(|action| action.starts_with("screen.token"))
        .collect();
    let made = [
        "screen.token.delete",
        "screen.token.create",
        "screen.token.create",
    ];
    assert_eq!(actions, made, "a second revocation is none");
    world.lab.close().await;
}

#[tokio::test]
async fn who_may_not_make_tokens_does_not() {
    let world = world().await;
    let looks = world
        .who_may(&world.merchant, "looks", &["screen.main.view"])
        .await;
    world.get(&looks, SCREEN).await.expect(200);
    let body = json!({"name": "x"});
    let reply = world.call(&looks, Method::POST, TOKENS, &body).await;
    assert_eq!(reply.status, 403);
    let makes = [
        "screen.token.create",
        "screen.token.view",
        "screen.token.delete",
    ];
    let makes = world.who_may(&world.merchant, "makes", &makes).await;
    let made = world
        .call(&makes, Method::POST, TOKENS, &body)
        .await
        .expect(200);
    assert_eq!(made.data()["org_id"], world.merchant.id);
    // Nobody gives away what they do not see, nor revokes what is not theirs.
    let foreign = json!({"name": "x", "org_id": world.foreign.org.id});
    let reply = world.call(&makes, Method::POST, TOKENS, &foreign).await;
    assert_eq!(reply.status, 404);
    let (platforms, _) = token(&world, json!({"name": "of the platform"})).await;
    let path = format!("{TOKENS}/{platforms}");
    let reply = world.call(&makes, Method::DELETE, &path, &json!({})).await;
    assert_eq!(reply.status, 404);
    let list = world.get(&makes, TOKENS).await.expect(200);
    assert_eq!(list.data()["total"], 1);
    world.lab.close().await;
}

#[tokio::test]
async fn a_screen_shows_nobody() {
    let world = world().await;
    let (_, token) = token(&world, json!({"name": "hall"})).await;
    let number = world.lab.order_on(1).await;
    let member = "13800138000";
    let mut tx = world.lab.db.db.begin().await.expect("a transaction");
    let now = super::world::NOW;
    let member_id = store::members::register(tx.conn(), member, now)
        .await
        .expect("registered");
    tx.commit().await.expect("committed");
    let sql = format!(
        "update orders set member_id = {} where order_no = '{number}'",
        member_id.0
    );
    run_sql(&world.lab.db.db, &sql).await.expect("theirs");
    world.lab.begin(&number, 1).await;
    let shown = world.get(&token, SCREEN).await.expect(200);
    let line = &shown.data()["live_orders"]["items"][0];
    assert_eq!(line["user"], "138****8000", "{}", shown.body);
    assert!(!shown.body.to_string().contains(member));
    world.lab.close().await;
}
