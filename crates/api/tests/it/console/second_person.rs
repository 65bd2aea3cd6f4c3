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
