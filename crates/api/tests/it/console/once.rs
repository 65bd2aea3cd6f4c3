//! A write with an `Idempotency-Key` is done once, whoever of the staff sends it.

use super::world::{NOW, World, account, world};
use crate::lab::Reply;
use axum::http::Method;
use serde_json::{Value, json};
use store::admin_users;

const MERCHANTS: &str = "/api/v1/admin/merchants";
const ADMINS: &str = "/api/v1/admin/admins";

impl World {
    /// Writes with a session and a key.
    async fn once(&self, token: &str, key: &str, path: &str, body: &Value) -> Reply {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", &*bearer), ("Idempotency-Key", key)];
        let (method, body) = (Method::POST, body.to_string());
        self.lab.call(method, path, &headers, body).await
    }

    /// How many merchants have that name.
    async fn merchants(&self, name: &str) -> Value {
        let path = format!("{MERCHANTS}?name={name}");
        self.lab.get(&path).await.expect(200).data()["total"].clone()
    }
}

#[tokio::test]
async fn the_staff_does_it_once() {
    let world = world().await;
    let platform = world.platform().await;
    let (_, _, token) = account(&world.lab, &platform, "clerk", &[world.everything]).await;
    let body = json!({"name":"twice","phone":"13800138001"});
    let ask = || world.once(&token, "k-1", MERCHANTS, &body);
    let all = tokio::join!(ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask());
    let all = [all.0, all.1, all.2, all.3, all.4, all.5, all.6, all.7];
    let done = |reply: &&Reply| reply.status == 200;
    let id = all.iter().find(done).expect("one of them").data()["org_id"].clone();
    assert!(id.is_i64(), "{id}");
    for reply in &all {
        assert!(reply.status == 200 || reply.status == 409, "{}", reply.body);
        assert!(reply.status == 409 || reply.data()["org_id"] == id);
    }
    let again = ask().await;
    assert_eq!(again.status, 200);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.data()["org_id"], id);
    assert_eq!(world.merchants("twice").await, 1);
    let log = world
        .lab
        .get("/api/v1/admin/audit-logs?action=user.merchant.create");
    assert_eq!(log.await.expect(200).data()["total"], 1);

    let other = json!({"name":"thrice"});
    let reply = world
        .once(&token, "k-1", MERCHANTS, &other)
        .await
        .expect(422);
    assert_eq!(reply.field(), "Idempotency-Key");
    assert_eq!(world.merchants("thrice").await, 0);
    let endless = "k".repeat(201);
    world
        .once(&token, &endless, MERCHANTS, &other)
        .await
        .expect(400);
    // Somebody else's key is another key, a repeat of which finds who may see the answer.
    let (_, _, second) = account(&world.lab, &platform, "second", &[world.everything]).await;
    world
        .once(&second, "k-1", MERCHANTS, &other)
        .await
        .expect(200);
    assert_eq!(world.merchants("thrice").await, 1);
    let headers = [("X-Api-Key", crate::lab::ADMIN), ("Idempotency-Key", "k-1")];
    for _ in 0..2 {
        let body = json!({"name":"by key"}).to_string();
        let reply = world
            .lab
            .call(Method::POST, MERCHANTS, &headers, body)
            .await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    assert_eq!(world.merchants("by%20key").await, 1);
    world.lab.close().await;
}

#[tokio::test]
async fn a_write_that_the_diary_keeps_stands_there_once() {
    let world = world().await;
    let platform = world.platform().await;
    let (_, _, token) = account(&world.lab, &platform, "clerk", &[world.everything]).await;
    let body = json!({"card_no":"777","limit_fen":1000});
    for _ in 0..3 {
        let reply = world.once(&token, "k", "/api/v1/admin/cards", &body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
    let log = world
        .lab
        .get("/api/v1/admin/audit-logs?action=add_card&actor=clerk");
    assert_eq!(log.await.expect(200).data()["total"], 1);
    world.lab.close().await;
}

#[tokio::test]
async fn a_repeat_shows_no_more_than_is_to_be_seen_then() {
    let world = world().await;
    let platform = world.platform().await;
    let (_, _, token) = account(&world.lab, &platform, "clerk", &[world.everything]).await;
    let body = json!({"name":"shown","phone":"13800138001"});
    let first = world.once(&token, "k", MERCHANTS, &body).await.expect(200);
    assert_eq!(first.data()["phone"], "13800138001");
    // The role loses the field, then the deed.
    for (leaves, status) in [
        (&["user.merchant.create", "ds.merchants.phone"][..], 200),
        (&[], 403),
    ] {
        let body = json!({"code":"everything","name":"less","granted":leaves});
        let path = format!("/api/v1/admin/roles/{}", world.everything);
        let headers = [("X-Api-Key", crate::lab::ADMIN)];
        let put = world
            .lab
            .call(Method::PUT, &path, &headers, body.to_string());
        put.await.expect(200);
        let body = json!({"name":"shown","phone":"13800138001"});
        let reply = world.once(&token, "k", MERCHANTS, &body).await;
        assert_eq!(reply.status, status, "{}", reply.body);
        assert!(
            !reply.body.to_string().contains("13800138001"),
            "{}",
            reply.body
        );
    }
    assert_eq!(world.merchants("shown").await, 1);
    world.lab.close().await;
}

#[tokio::test]
async fn what_is_shown_once_is_kept_nowhere() {
    let world = world().await;
    let platform = world.platform().await;
    let (id, _, token) = account(&world.lab, &platform, "boss", &[]).await;
    let mut direct = world.lab.db.db.direct().await.expect("a connection");
    admin_users::make_super(direct.conn(), id, NOW)
        .await
        .expect("ok");
    drop(direct);
    let key = json!({"name":"a key","scopes":["admin"]});
    let new = json!({"username":"newcomer","org_id":1});
    let none = json!({});
    let keys = "/api/v1/admin/api-keys";
    let factor = "/api/v1/admin/session/totp";
    for (path, body, secrets) in [
        (ADMINS, &new, &["password"][..]),
        (keys, &key, &["key", "secret"]),
        (factor, &none, &["secret", "url"]),
    ] {
        let first = world.once(&token, path, path, body).await.expect(200);
        let again = world.once(&token, path, path, body).await;
        assert_eq!(again.status, 200, "{}", again.body);
        assert_eq!(again.headers["idempotent-replayed"], "true");
        for name in secrets {
            let secret = first.data()[*name].as_str().expect("shown the first time");
            assert!(again.data().get(*name).is_none(), "{path}: {name}");
            assert!(!again.body.to_string().contains(secret), "{path}: {name}");
            let mut view = world.lab.db.db.view().await.expect("a view");
            let scope = format!("admin:{id}");
            let kept = store::idempotency::answer(view.conn(), &scope, path).await;
            let kept = kept.expect("ok").expect("an answer").to_string();
            assert!(!kept.contains(secret), "{path}: {kept}");
        }
    }
    world.lab.close().await;
}

#[tokio::test]
async fn only_the_platform_makes_and_decides_about_its_money() {
    let world = world().await;
    let platform = world.platform().await;
    let proposed = |org: &store::orgs::Org| store::pending_operations::NewOperation {
        kind: app::staff::ADJUST_BALANCE.to_owned(),
        payload: json!({"member_id":1,"amount_fen":100,"reason":"x"}),
        summary: "x".to_owned(),
        requested_by: None,
        requested_name: "somebody".to_owned(),
        org_path: org.path.clone(),
        expires_at: kernel::Timestamp(NOW.0 + 60_000),
    };
    for org in [&world.company, &world.merchant, &world.agent, &platform] {
        let name = format!("z-{}", org.id);
        let role = if org.id == 1 {
            world.at_station
        } else {
            world.everything
        };
        let (_, _, token) = account(&world.lab, org, &name, &[role]).await;
        let money = json!({"amount_fen":1,"key":"k"});
        let wallet = json!({"amount_fen":1,"reason":"x"});
        for (path, body) in [
            ("/api/v1/admin/members/1/adjust-balance", &wallet),
            ("/api/v1/admin/members/1/write-off", &wallet),
            ("/api/v1/admin/cards/OWN1/recharge", &money),
            ("/api/v1/admin/cards/OWN1/refund", &money),
        ] {
            let reply = world
                .call(&token, Method::POST, path, body)
                .await
                .expect(403);
            assert_eq!(reply.data()["required"], "platform", "{path} by {name}");
        }
        let mut direct = world.lab.db.db.direct().await.expect("a connection");
        let operation = proposed(org);
        let operation = store::pending_operations::insert(direct.conn(), &operation, NOW);
        let operation = operation.await.expect("an operation");
        drop(direct);
        let path = format!("/api/v1/admin/operations/{operation}/decision");
        let yes = json!({"approve":true});
        let reply = world.call(&token, Method::POST, &path, &yes).await;
        assert!(
            reply.status == 403 || org.id == 1 && reply.status == 404,
            "{}",
            reply.body
        );
    }
    world.lab.close().await;
}
