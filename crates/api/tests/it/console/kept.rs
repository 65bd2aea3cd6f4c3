//! Who does not see a field does not erase it, and does not read it in the audit log.

use super::world::{World, account, vin, world};
use axum::http::Method;
use serde_json::{Value, json};

const BASE: &str = "/api/v1/admin";

impl World {
    async fn put(&self, token: &str, path: &str, body: Value) -> Value {
        let reply = self.call(token, Method::PUT, path, &body).await.expect(200);
        reply.data().clone()
    }

    /// With all fields.
    async fn whole(&self, path: &str) -> Value {
        self.lab.get(path).await.expect(200).data().clone()
    }
}

#[tokio::test]
async fn what_is_not_seen_stays_when_a_row_is_replaced() {
    let world = world().await;
    let edits = [
        "user.card.edit",
        "user.vehicle.edit",
        "user.merchant.edit",
        "system.admin.edit",
    ];
    let masks = [
        "ds.cards.phone",
        "ds.cards.balance",
        "ds.merchants.phone",
        "ds.vehicles.vin",
    ];
    let masked: Vec<&str> = edits.iter().chain(&masks).copied().collect();
    let clerk = world.who_may(&world.merchant, "clerk", &edits).await;
    let half = world.who_may(&world.merchant, "half", &masked).await;
    let (boss, _, _) = account(&world.lab, &world.merchant, "boss", &[]).await;
    let card = format!("{BASE}/cards/OWN1");
    let vehicle = format!("{BASE}/vehicles/{}", vin("OWN"));
    let merchant = format!("{BASE}/merchants/{}", world.merchant.id);
    let headers = [("X-Api-Key", crate::lab::ADMIN)];
    let full = json!({"name":"merchant","phone":"13800138000","licence":"L1",
        "settlement":{"bank":"6222021234567890123"}});
    world
        .lab
        .call(Method::PUT, &merchant, &headers, full.to_string())
        .await
        .expect(200);
    let was = [
        world.whole(&card).await,
        world.whole(&vehicle).await,
        world.whole(&merchant).await,
    ];
    for token in [&clerk, &half] {
        let limit = if *token == half {
            json!({"limit_fen":100})
        } else {
            json!({})
        };
        let mut body = limit.as_object().expect("an object").clone();
        body.insert("remark".to_owned(), json!("seen"));
        world.put(token, &card, Value::Object(body)).await;
        world.put(token, &vehicle, json!({"remark":"seen"})).await;
        // The parent is above the merchant, and may be named as it is.
        let parent = world.merchant.parent_id;
        world
            .put(token, &merchant, json!({"name":"new","parent_id":parent}))
            .await;
        for (path, was, kept) in [
            (
                &card,
                &was[0],
                &["phone", "holder", "limit_fen", "physical_no"][..],
            ),
            (
                &vehicle,
                &was[1],
                &["phone", "holder", "plate", "limit_fen", "vin"],
            ),
            (&merchant, &was[2], &["phone", "licence", "settlement"]),
        ] {
            let now = world.whole(path).await;
            for field in kept {
                assert_eq!(now[field], was[field], "{path}: {field}");
            }
        }
        assert_eq!(world.whole(&card).await["remark"], "seen");
        assert_eq!(world.whole(&merchant).await["name"], "new");
        let admin = format!("{BASE}/admins/{boss}");
        world.put(token, &admin, json!({"real_name":"B"})).await;
        let admin = world.whole(&admin).await;
        assert_eq!(
            (&admin["phone"], &admin["real_name"]),
            (&json!("13900139000"), &json!("B"))
        );
    }
    // A repeat is the same although what was kept has changed meanwhile.
    let bearer = format!("Bearer {clerk}");
    let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", "k")];
    let body = json!({"name":"again"}).to_string();
    let first = world
        .lab
        .call(Method::PUT, &merchant, &headers, body.clone())
        .await;
    assert_eq!(first.status, 200, "{}", first.body);
    let key = [("X-Api-Key", crate::lab::ADMIN)];
    let other = json!({"name":"other","phone":"13700137009"}).to_string();
    world
        .lab
        .call(Method::PUT, &merchant, &key, other)
        .await
        .expect(200);
    let second = world.lab.call(Method::PUT, &merchant, &headers, body).await;
    assert_eq!(second.status, 200, "{}", second.body);
    let now = world.whole(&merchant).await;
    assert_eq!(
        (&now["name"], &now["phone"]),
        (&json!("other"), &json!("13700137009"))
    );
    let moved = json!({"name":"new","parent_id":world.foreign.org.id});
    let reply = world
        .call(&clerk, Method::PUT, &merchant, &moved)
        .await
        .expect(400);
    assert_eq!(reply.field(), "parent_id");
    // What is seen is erased by who leaves it out.
    let all = world
        .who_may(
            &world.merchant,
            "all",
            &[
                "user.card.edit",
                "ds.cards.phone",
                "ds.cards.phone.plain",
                "ds.cards.balance",
            ],
        )
        .await;
    world.put(&all, &card, json!({"limit_fen":100})).await;
    let now = world.whole(&card).await;
    assert_eq!(
        (&now["phone"], &now["holder"]),
        (&Value::Null, &json!("OWN"))
    );
    world.lab.close().await;
}

#[tokio::test]
async fn the_log_shows_no_more_of_a_row_than_the_row() {
    let world = world().await;
    let platform = world.platform().await;
    let (_, _, writer) = account(&world.lab, &platform, "writer", &[world.everything]).await;
    let card = format!("{BASE}/cards/OWN1");
    let body =
        json!({"limit_fen":77,"phone":"13700137001","holder":"Zhang","physical_no":"AABBCCDD"});
    world.put(&writer, &card, body).await;
    let block = format!("{card}/block");
    world
        .call(&writer, Method::POST, &block, &json!({"blocked":true}))
        .await;
    let org = format!("{BASE}/merchants/{}", world.merchant.id);
    let body =
        json!({"name":"m","phone":"13700137002","settlement":{"bank":"6222021234567890123"}});
    world.put(&writer, &org, body).await;
    let leaves = ["system.audit.view", "ds.audit_logs.diff", "ds.cards.phone"];
    let reader = world.who_may(&platform, "reader", &leaves).await;
    let log = world
        .get(&reader, &format!("{BASE}/audit-logs?actor=writer"))
        .await
        .expect(200);
    assert!(log.data()["total"].as_i64() >= Some(2), "{}", log.body);
    let text = log.body.to_string();
    for secret in [
        "13700137001",
        "13700137002",
        "Zhang",
        "AABBCCDD",
        "OWN1",
        "6222021234567890123",
    ] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    assert!(text.contains("137****7001"), "{text}");
    let file = world
        .get(
            &reader,
            &format!("{BASE}/audit-logs?actor=writer&format=csv"),
        )
        .await;
    assert_eq!(file.status, 403, "no export");
    let search = format!("{BASE}/audit-logs?object=card:OWN1");
    let refused = world.get(&reader, &search).await.expect(403);
    assert_eq!(refused.data()["required"], "ds.cards.card_no");
    let (_, _, all) = account(&world.lab, &platform, "all", &[world.everything]).await;
    let log = world
        .get(&all, &format!("{BASE}/audit-logs?actor=writer"))
        .await
        .expect(200);
    let text = log.body.to_string();
    assert!(
        text.contains("13700137001") && text.contains("OWN1"),
        "{text}"
    );
    world.lab.close().await;
}
