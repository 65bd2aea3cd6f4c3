//! Fields that an account may not see are nowhere: not in answers, filters, orders, bodies.

use super::world::{OWN_DEVICE, account, world};
use axum::http::Method;
use serde_json::{Value, json};

const CARDS: &str = "/api/v1/admin/cards";

#[tokio::test]
async fn fields_follow_their_leaves() {
    let world = world().await;
    let token = world
        .who_may(
            &world.merchant,
            "clerk",
            &[
                "user.card.view",
                "user.card.edit",
                "ds.cards.phone",
                "ds.cards.holder",
                "ds.cards.holder.plain",
                "user.vehicle.view",
                "ds.vehicles.plate",
            ],
        )
        .await;
    let reply = world.get(&token, CARDS).await.expect(200);
    let card = reply.data()["items"][0]
        .as_object()
        .expect("a card")
        .clone();
    assert_eq!(card["phone"], "138****8000");
    assert_eq!(card["holder"], "OWN");
    for hidden in ["card_no", "physical_no", "limit_fen"] {
        assert!(!card.contains_key(hidden), "{hidden}");
    }
    let reply = world
        .get(&token, "/api/v1/admin/vehicles")
        .await
        .expect(200);
    let vehicle = reply.data()["items"][0]
        .as_object()
        .expect("a vehicle")
        .clone();
    assert_eq!(vehicle["plate"], "川A***66");
    assert!(!vehicle.contains_key("vin"));
    // Filters and bodies with hidden fields tell, or write, what is not seen.
    let filter = world
        .get(&token, &format!("{CARDS}?card_no=OWN1"))
        .await
        .expect(403);
    assert_eq!(filter.data()["required"], "ds.cards.card_no");
    let sort = world
        .get(&token, &format!("{CARDS}?sort=-card_no"))
        .await
        .expect(403);
    assert_eq!(sort.data()["required"], "ds.cards.card_no");
    let one = format!("{CARDS}/OWN1");
    let body = json!({"limit_fen":1});
    let refused = world
        .call(&token, Method::PUT, &one, &body)
        .await
        .expect(403);
    assert_eq!(refused.data()["required"], "ds.cards.balance");
    let masked = json!({"phone":"138****8000"});
    world
        .call(&token, Method::PUT, &one, &masked)
        .await
        .expect(400);
    // A key sees everything.
    let reply = world.lab.get(CARDS).await.expect(200);
    assert!(reply.body.to_string().contains("13800138000"));
    world.lab.close().await;
}

#[tokio::test]
async fn orders_inside_a_device_follow_the_orders_leaves() {
    let world = world().await;
    let leaves = ["device.device.view", "ds.devices.ip"];
    let token = world.who_may(&world.merchant, "m", &leaves).await;
    let path = format!("/api/v1/admin/devices/{OWN_DEVICE}");
    let reply = world.get(&token, &path).await.expect(200);
    let device = reply.data();
    assert!(device.get("ip").is_some());
    assert!(device.get("iccid").is_none());
    let order = &device["active_orders"][0];
    assert!(order["order_no"].is_string());
    for hidden in [
        "amount",
        "final_amount_fen",
        "elec_fen",
        "vin",
        "card_no",
        "bill",
    ] {
        assert!(order.get(hidden).is_none(), "{hidden}");
    }
    world.lab.close().await;
}

#[tokio::test]
async fn enormous_pages_are_refused() {
    let world = world().await;
    let token = world
        .who_may(&world.merchant, "m", &["user.card.view"])
        .await;
    for query in [
        "size=501",
        "size=4294967295",
        "size=99999999999999999999",
        "size=0",
        "size=-1",
        "page=0",
        "page=4294967295",
        "page=x",
        "sort=id;drop",
        "format=pdf",
    ] {
        let reply = world.get(&token, &format!("{CARDS}?{query}")).await;
        assert_eq!(reply.status, 400, "{query}: {}", reply.body);
    }
    let reply = world
        .get(&token, &format!("{CARDS}?format=json&size=500"))
        .await;
    assert_eq!(reply.status, 200);
    let nothing = Value::Null;
    let reply = world
        .call(
            &token,
            Method::GET,
            &format!("{CARDS}?page=100000"),
            &nothing,
        )
        .await;
    assert_eq!(reply.data()["items"], json!([]));
    world.lab.close().await;
}

#[tokio::test]
async fn what_members_have_follows_its_leaves_in_lists_and_files() {
    let world = world().await;
    let platform = world.platform().await;
    let members = "/api/v1/admin/members";
    let leaves = [
        "user.member.view",
        "user.member.export",
        "user.member.edit",
        "ds.members.phone",
        "ds.members.gift",
    ];
    let token = world.who_may(&platform, "cashier", &leaves).await;
    let list = world.get(&token, members).await.expect(200);
    assert_eq!(list.data()["total"], 1);
    let row = list.data()["items"][0].as_object().expect("a row").clone();
    assert_eq!(row["phone"], "137****7000");
    assert_eq!(row["gift_fen"], 0);
    assert!(!row.contains_key("cash_fen"));
    let sorted = world
        .get(&token, &format!("{members}?sort=-cash_fen"))
        .await;
    assert_eq!(sorted.expect(403).data()["required"], "ds.members.balance");
    let file = world.get(&token, &format!("{members}?format=csv")).await;
    let text = file.body.as_str().expect("text").to_owned();
    assert!(
        text.contains("gift_fen") && text.contains("137****7000"),
        "{text}"
    );
    assert!(
        !text.contains("cash_fen") && !text.contains("13700137000"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 2, "as many as in the list");

    // Who may edit may not freeze; a company sees its own, and changes nobody.
    let id = row["id"].as_i64().expect("an id");
    let one = format!("{members}/{id}");
    let frozen = world
        .call(&token, Method::PUT, &one, &json!({"state":"frozen"}))
        .await;
    assert_eq!(frozen.expect(403).data()["required"], "user.member.freeze");
    let (_, _, boss) = account(&world.lab, &world.company, "boss", &[world.everything]).await;
    assert_eq!(
        world.get(&boss, members).await.expect(200).data()["total"],
        0
    );
    world.get(&boss, &one).await.expect(404);
    let company = json!({"company_id": world.company.id});
    world
        .call(&token, Method::PUT, &one, &company)
        .await
        .expect(200);
    let own = world.get(&boss, members).await.expect(200);
    assert_eq!(own.data()["items"][0]["company"], "company");
    world.get(&boss, &one).await.expect(200);
    let change = json!({"level": 3});
    world
        .call(&boss, Method::PUT, &one, &change)
        .await
        .expect(403);
    world.lab.close().await;
}
