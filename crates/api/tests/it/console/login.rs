use super::world::{World, account, world};
use crate::lab::Lab;
use app::staff::{Actor, NewAccount};
use axum::http::Method;
use serde_json::{Value, json};
use std::time::Duration;
use store::admin_users::AdminEntry;

const SESSION: &str = "/api/v1/admin/session";
const PASSWORD: &str = "a long way to 7";

async fn try_login(lab: &Lab, username: &str, password: &str) -> crate::lab::Reply {
    let body = json!({"username":username,"password":password}).to_string();
    lab.call(Method::POST, SESSION, &[], body).await
}

async fn clerk(lab: &Lab) {
    let new = NewAccount {
        username: "clerk".to_owned(),
        password: Some(PASSWORD.to_owned()),
        org_id: 1,
        entry: AdminEntry::default(),
    };
    let actor = Actor::trusted("test");
    lab.app
        .create_account(&actor, new)
        .await
        .expect("an account");
}

fn token(data: &Value) -> String {
    data["token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn guessing_is_answered_alike_and_locks() {
    let lab = Lab::new().await;
    clerk(&lab).await;
    let wrong = try_login(&lab, "clerk", "not it").await.expect(401);
    let nobody = try_login(&lab, "nobody", "not it").await.expect(401);
    assert_eq!(wrong.message(), nobody.message());
    for _ in 0..4 {
        try_login(&lab, "clerk", "not it").await.expect(401);
        try_login(&lab, "nobody", "not it").await.expect(401);
    }
    // Even the right one does not get in now, and a name that does not exist is locked as well.
    let locked = try_login(&lab, "CLERK", PASSWORD).await.expect(429);
    let wait: u64 = locked.headers["retry-after"]
        .to_str()
        .expect("text")
        .parse()
        .expect("s");
    assert!((890..=901).contains(&wait), "{wait}");
    try_login(&lab, "nobody", "not it").await.expect(429);
    lab.clock.advance(Duration::from_secs(901));
    let body = json!({"username":"clerk","password":PASSWORD}).to_string();
    let reply = lab.call(Method::POST, SESSION, &[], body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let cookie = reply.headers["set-cookie"].to_str().expect("text");
    assert!(cookie.starts_with("__Host-openpile="), "{cookie}");
    for part in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    lab.close().await;
}

#[tokio::test]
async fn a_first_password_must_be_changed() {
    let lab = Lab::new().await;
    lab.app.open_console(Some(PASSWORD)).await.expect("ok");
    let reply = try_login(&lab, "admin", PASSWORD).await.expect(200);
    assert_eq!(reply.data()["me"]["must_change_password"], true);
    assert_eq!(reply.data()["me"]["is_super"], true);
    let bearer = format!("Bearer {}", token(reply.data()));
    let headers = [("Authorization", bearer.as_str())];
    let refused = lab
        .call(Method::GET, "/api/v1/admin/devices", &headers, "")
        .await
        .expect(403);
    assert!(refused.message().contains("password"));
    let path = format!("{SESSION}/password");
    for (old, new, field) in [
        ("wrong", "another way to 8", "old_password"),
        (PASSWORD, PASSWORD, "new_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "my-admin-12345", "new_password"),
    ] {
        let body = json!({"old_password":old,"new_password":new}).to_string();
        let refused = lab
            .call(Method::PUT, &path, &headers, body)
            .await
            .expect(400);
        assert_eq!(refused.field(), field);
    }
    let body = json!({"old_password":PASSWORD,"new_password":"another way to 8"}).to_string();
    lab.call(Method::PUT, &path, &headers, body)
        .await
        .expect(200);
    lab.call(Method::GET, "/api/v1/admin/devices", &headers, "")
        .await
        .expect(200);
    try_login(&lab, "admin", PASSWORD).await.expect(401);
    let key = [("X-Api-Key", crate::lab::ADMIN)];
    let body = json!({"old_password":"x","new_password":"y"}).to_string();
    lab.call(Method::PUT, &path, &key, body).await.expect(404);
    lab.close().await;
}

#[tokio::test]
async fn tokens_that_are_not_good_are_refused() {
    let world = world().await;
    let platform = world.platform().await;
    let (id, _, good) = account(&world.lab, &platform, "good", &[world.everything]).await;
    world.get(&good, SESSION).await.expect(200);
    for bad in [
        "",
        "x",
        "token-goo",
        "token-goodx",
        "TOKEN-GOOD",
        "refresh-good",
    ] {
        let reply = world.get(bad, SESSION).await;
        assert_eq!(reply.status, 401, "{bad:?}");
    }
    for header in ["Basic abc", "Bearer", "bearer token-good"] {
        let headers = [("Authorization", header)];
        world
            .lab
            .call(Method::GET, SESSION, &headers, "")
            .await
            .expect(401);
    }
    // A disabled account, and an organisation that is, end at once.
    let state = format!("/api/v1/admin/admins/{id}/state");
    let key = [("X-Api-Key", crate::lab::ADMIN)];
    let off = json!({"enabled":false}).to_string();
    world
        .lab
        .call(Method::PUT, &state, &key, off.clone())
        .await
        .expect(200);
    world.get(&good, SESSION).await.expect(401);
    let (_, _, below) = account(&world.lab, &world.merchant, "below", &[]).await;
    world.get(&below, SESSION).await.expect(200);
    let state = format!("/api/v1/admin/agents/{}/state", world.agent.id);
    world
        .lab
        .call(Method::PUT, &state, &key, off)
        .await
        .expect(200);
    world.get(&below, SESSION).await.expect(401);
    world.lab.close().await;
}

#[tokio::test]
async fn a_token_ends_and_a_refresh_token_is_good_once() {
    let lab = Lab::new().await;
    clerk(&lab).await;
    let first = try_login(&lab, "clerk", PASSWORD).await.expect(200);
    let refresh = first.data()["refresh_token"]
        .as_str()
        .expect("a token")
        .to_owned();
    let old = token(first.data());
    let path = format!("{SESSION}/refresh");
    let body = json!({ "refresh_token": refresh }).to_string();
    let second = lab
        .call(Method::POST, &path, &[], body.clone())
        .await
        .expect(200);
    let new = token(second.data());
    let status = async |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str())];
        lab.call(Method::GET, SESSION, &headers, "")
            .await
            .status
            .as_u16()
    };
    assert_eq!((status(&old).await, status(&new).await), (401, 200));
    lab.call(Method::POST, &path, &[], body.clone())
        .await
        .expect(401);
    assert_eq!(status(&new).await, 200, "two windows at once");
    // The second use, later, shows that it was stolen: everything ends.
    lab.clock.advance(Duration::from_secs(31));
    let reply = lab.call(Method::POST, &path, &[], body).await;
    assert_eq!(reply.status, 401);
    assert_eq!(status(&new).await, 401);
    let third = try_login(&lab, "clerk", PASSWORD).await;
    let third = token(third.data());
    assert_eq!(status(&third).await, 200);
    lab.clock.advance(Duration::from_hours(2));
    assert_eq!(status(&third).await, 401);
    lab.close().await;
}

#[tokio::test]
async fn a_cookie_needs_a_header_to_write() {
    let world = world().await;
    let platform = world.platform().await;
    account(&world.lab, &platform, "web", &[world.everything]).await;
    let cookie = ("Cookie", "theme=dark; __Host-openpile=token-web");
    world
        .lab
        .call(Method::GET, SESSION, &[cookie], "")
        .await
        .expect(200);
    world
        .lab
        .call(Method::DELETE, SESSION, &[cookie], "")
        .await
        .expect(403);
    let with = [cookie, ("X-Requested-With", "console")];
    world
        .lab
        .call(Method::DELETE, SESSION, &with, "")
        .await
        .expect(200);
    world
        .lab
        .call(Method::GET, SESSION, &[cookie], "")
        .await
        .expect(401);
    world.lab.close().await;
}

#[tokio::test]
async fn who_one_is_has_what_pages_need() {
    let world = world().await;
    let leaves = ["order.charge.view", "ds.orders.vin"];
    let token = world.who_may(&world.merchant, "m", &leaves).await;
    let reply = world.get(&token, SESSION).await.expect(200);
    let me = reply.data();
    assert_eq!(me["org_type"], "merchant");
    assert_eq!(me["sidebar"][0]["id"], "order");
    assert_eq!(me["sidebar"][0]["children"][0]["id"], "order.charge");
    assert_eq!(me["version"], domain::permission::VERSION);
    for (tree, leaf) in [
        ("accessPermission", leaves[0]),
        ("datasetPermission", leaves[1]),
    ] {
        let text = me[tree].to_string();
        assert_eq!(text.matches("\"toggle\":true").count(), 1, "{tree}");
        assert!(text.contains(leaf));
    }
    let sidebar = world.get(&token, "/api/v1/admin/sidebar").await.expect(200);
    assert_eq!(sidebar.data(), &me["sidebar"]);
    let default = "/api/v1/admin/permissions/default";
    let default = world.get(&token, default).await.expect(200);
    assert!(!default.body.to_string().contains("\"toggle\":true"));
    world.lab.close().await;
}

#[tokio::test]
async fn sessions_can_be_ended_by_others() {
    let world = world().await;
    let platform = world.platform().await;
    let (id, session, victim) = account(&world.lab, &platform, "victim", &[]).await;
    let (_, _, boss) = account(&world.lab, &platform, "boss", &[world.everything]).await;
    let path = format!("/api/v1/admin/admins/{id}/sessions");
    let list = world.get(&boss, &path).await.expect(200);
    assert_eq!(list.data()["items"][0]["session_id"], session);
    let one = format!("{path}/{session}");
    let kicked = world
        .call(&boss, Method::DELETE, &one, &Value::Null)
        .await
        .expect(200);
    assert_eq!(kicked.data()["ended"], 1);
    world.get(&victim, SESSION).await.expect(401);
    world.lab.close().await;
}

#[tokio::test]
async fn a_second_factor_is_asked_for() {
    let world: World = world().await;
    let lab = &world.lab;
    clerk(lab).await;
    let reply = try_login(lab, "clerk", PASSWORD).await.expect(200);
    let bearer = format!("Bearer {}", token(reply.data()));
    let headers = [("Authorization", bearer.as_str())];
    let path = format!("{SESSION}/totp");
    let offer = lab
        .call(Method::POST, &path, &headers, "")
        .await
        .expect(200);
    let secret = offer.data()["secret"]
        .as_str()
        .expect("a secret")
        .to_owned();
    assert!(
        offer.data()["url"]
            .as_str()
            .is_some_and(|url| url.contains(&secret))
    );
    let body = json!({"secret":secret,"code":"12345"}).to_string();
    let refused = lab
        .call(Method::PUT, &path, &headers, body)
        .await
        .expect(400);
    assert_eq!(refused.field(), "code");
    let none = json!({"code":"123456"}).to_string();
    lab.call(Method::PUT, &path, &headers, none)
        .await
        .expect(409);
    let actor = lab
        .app
        .actor_by_token(&token(reply.data()))
        .await
        .expect("ok")
        .expect("good");
    // A known secret, so that the test knows the code: the period of the lab's clock.
    let known = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let code = "799912";
    let set = lab.app.set_second_factor(&actor, Some(known), code).await;
    set.expect("a second factor");
    try_login(lab, "clerk", PASSWORD).await.expect(401);
    let body = json!({"username":"clerk","password":PASSWORD,"code":code}).to_string();
    let session = lab.call(Method::POST, SESSION, &[], body.clone()).await;
    let session = session.expect(200);
    assert_eq!(session.data()["me"]["has_second_factor"], true);
    lab.call(Method::POST, SESSION, &[], body).await.expect(401);
    world.lab.close().await;
}
