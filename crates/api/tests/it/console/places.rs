//! Areas, stations and grants: what narrows and widens the rows that somebody sees.

use super::world::{FOREIGN_DEVICE, OWN_DEVICE, World, account, role_at, world};
use axum::http::Method;
use domain::permission::default_tree;
use serde_json::{Value, json};

const BASE: &str = "/api/v1/admin";

async fn total(world: &World, token: &str, list: &str) -> Value {
    let reply = world.get(token, &format!("{BASE}/{list}")).await;
    assert_eq!(reply.status, 200, "{list}: {}", reply.body);
    reply.data()["total"].clone()
}

/// At both stations a car park's rule, and a charge that was begun with a card.
async fn rows_of_stations(world: &World) {
    let terms = json!({"vendor":"north","lot_id":"P7","plate":"required",
        "relief":{"type":"percent","percent":50}});
    let terms = serde_json::from_value(terms).expect("a rule");
    let mut direct = world.lab.db.db.direct().await.expect("a connection");
    for station in [world.station, world.foreign.station] {
        let now = super::world::NOW;
        store::parking_rules::insert(direct.conn(), station, &terms, "anna", now)
            .await
            .expect("a rule");
    }
    drop(direct);
    let list = world.lab.get(&format!("{BASE}/orders")).await.expect(200);
    let orders = list.data()["items"].as_array().expect("orders").clone();
    for (number, order) in (1_729_407_690_001_i64..).zip(orders) {
        let like = order["order_no"].as_str().expect("a number").parse();
        let mut direct = world.lab.db.db.direct().await.expect("a connection");
        let like = store::orders::find_by_no(direct.conn(), like.expect("legal")).await;
        let mut charge = like.expect("read").expect("there");
        charge.order_no = format!("CRD{number}").parse().expect("legal");
        charge.card_no = Some("1000000001".to_owned());
        charge.status = domain::order::OrderStatus::Cancelled;
        store::orders::insert(direct.conn(), &mut charge)
            .await
            .expect("a charge");
    }
}

#[tokio::test]
async fn a_long_tree_is_read_and_an_unlimited_role_written_back() {
    let world = world().await;
    let tree = serde_json::to_string_pretty(&default_tree()).expect("JSON");
    let tree: Value = serde_json::from_str(&tree).expect("JSON");
    let body = json!({"code":"long","name":"long","permission_tree":tree});
    let body = serde_json::to_string_pretty(&body).expect("JSON");
    assert!(body.len() > 65_536, "{}", body.len());
    let made = world
        .lab
        .post(&format!("{BASE}/roles"), &body)
        .await
        .expect(200);
    assert_eq!(made.data()["data_scope"], Value::Null);
    let back = json!({"code":"long","name":"long","granted":[],
        "data_scope":made.data()["data_scope"]});
    let path = format!("{BASE}/roles/{}", made.data()["role_id"]);
    let headers = [("X-Api-Key", crate::lab::ADMIN)];
    let put = world
        .lab
        .call(Method::PUT, &path, &headers, back.to_string())
        .await;
    assert_eq!(put.expect(200).data()["data_scope"], Value::Null);
    let flood = format!("{{\"code\":\"x\",\"name\":\"{}\"}}", "x".repeat(300_000));
    assert_eq!(
        world.lab.post(&format!("{BASE}/roles"), flood).await.status,
        413
    );
    world.lab.close().await;
}

#[tokio::test]
async fn a_role_with_stations_shows_and_touches_what_stands_there() {
    let world = world().await;
    let platform = world.platform().await;
    let (_, _, token) = account(&world.lab, &platform, "limited", &[world.at_station]).await;
    for list in ["devices", "orders", "stations"] {
        assert_eq!(total(&world, &token, list).await, 1, "{list}");
    }
    rows_of_stations(&world).await;
    for list in ["card-orders", "parking-rules"] {
        assert_eq!(total(&world, &token, list).await, 1, "{list}");
    }
    // What stands at no station is not theirs.
    for list in [
        "cards",
        "vehicles",
        "agents",
        "roles",
        "admins",
        "audit-logs",
    ] {
        assert_eq!(total(&world, &token, list).await, 0, "{list}");
    }
    let own = format!("{BASE}/devices/{OWN_DEVICE}");
    world.get(&token, &own).await.expect(200);
    world
        .call(&token, Method::PATCH, &own, &json!({"name":"A"}))
        .await
        .expect(200);
    let foreign = format!("{BASE}/devices/{FOREIGN_DEVICE}");
    world.get(&token, &foreign).await.expect(404);
    let away = json!({"station_id":world.foreign.station});
    world
        .call(&token, Method::PATCH, &own, &away)
        .await
        .expect(404);
    // What they would make stands nowhere.
    let card = json!({"card_no":"77","limit_fen":100});
    world
        .call(&token, Method::POST, &format!("{BASE}/cards"), &card)
        .await
        .expect(403);
    let file = format!("{BASE}/devices?format=csv");
    let reply = world.get(&token, &file).await;
    let text = reply.body.to_string();
    assert!(text.contains(OWN_DEVICE) && !text.contains(FOREIGN_DEVICE));
    world.lab.close().await;
}

#[tokio::test]
async fn areas_hold_the_stations_that_lie_in_them() {
    let world = world().await;
    let platform = world.platform().await;
    let all: Vec<String> = default_tree().leaves().into_iter().collect();
    for (station, area) in [(world.station, "510104"), (world.foreign.station, "520100")] {
        let path = format!("{BASE}/stations/{station}");
        let shown = world.lab.get(&path).await.expect(200);
        let body = json!({
            "station_no": shown.data()["station_no"],
            "name": shown.data()["name"],
            "owner_org_id": shown.data()["owner_org_id"],
            "area_code": area,
        });
        let headers = [("X-Api-Key", crate::lab::ADMIN)];
        world
            .lab
            .call(Method::PUT, &path, &headers, body.to_string())
            .await
            .expect(200);
    }
    let mut seen = Vec::new();
    for (name, areas) in [
        ("city", "510100"),
        ("province", "520000"),
        ("none", "110000"),
    ] {
        let places = json!({ "areas": [areas] });
        let role = role_at(&world.lab, 1, name, &all, places).await;
        let (_, _, token) = account(&world.lab, &platform, name, &[role]).await;
        seen.push(total(&world, &token, "devices").await);
        // Their own station stays in its area whatever they write.
        if name == "city" {
            let path = format!("{BASE}/stations/{}", world.station);
            let body = json!({"station_no":"OWN","name":"new","area_code":"520100",
                "owner_org_id":world.merchant.id});
            let reply = world.call(&token, Method::PUT, &path, &body).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.data()["area_code"], "510104");
            assert_eq!(reply.data()["name"], "new");
        }
    }
    assert_eq!(seen, [1, 1, 0]);
    // A second role without limits lifts them.
    let places = json!({ "areas": ["110000"] });
    let role = role_at(&world.lab, 1, "narrow", &all, places).await;
    let roles = [role, world.everything];
    let (_, _, token) = account(&world.lab, &platform, "wide", &roles).await;
    assert_eq!(total(&world, &token, "stations").await, 2);
    world.lab.close().await;
}

#[tokio::test]
async fn what_cannot_be_read_opens_nothing_and_is_not_written() {
    let world = world().await;
    let platform = world.platform().await;
    let all: Vec<String> = default_tree().leaves().into_iter().collect();
    let places = json!({ "provinces": ["51"] });
    let role = role_at(&world.lab, 1, "old", &all, places).await;
    let (_, _, token) = account(&world.lab, &platform, "old", &[role]).await;
    assert_eq!(total(&world, &token, "devices").await, 0);
    let places = json!({ "stations": [] });
    let role = role_at(&world.lab, 1, "left", &all, places).await;
    let (_, _, token) = account(&world.lab, &platform, "left", &[role]).await;
    assert_eq!(
        total(&world, &token, "devices").await,
        0,
        "no station is left"
    );
    for places in [
        json!({"areas":["51"]}),
        json!({"stations":[0]}),
        json!({"provinces":["51"]}),
        json!({"stations":[]}),
        json!({"areas":[],"stations":[]}),
        json!({}),
        json!([1]),
    ] {
        let body = json!({"code":"x","name":"x","granted":[],"data_scope":places});
        let reply = world.lab.post(&format!("{BASE}/roles"), body).await;
        assert_eq!(reply.status, 400, "{}", reply.body);
    }
    world.lab.close().await;
}

#[tokio::test]
async fn a_granted_station_is_seen_and_not_changed() {
    let world = world().await;
    let merchant = &world.merchant;
    let (_, _, token) = account(&world.lab, merchant, "m", &[world.everything]).await;
    assert_eq!(total(&world, &token, "devices").await, 1);
    let grants = format!("{BASE}/stations/{}/grants", world.foreign.station);
    // Nobody grants themselves anything.
    let body = json!({"org_ids":[merchant.id]});
    world
        .call(&token, Method::PUT, &grants, &body)
        .await
        .expect(403);
    let headers = [("X-Api-Key", crate::lab::ADMIN)];
    let put = async |ids: Value| {
        let body = json!({ "org_ids": ids }).to_string();
        world.lab.call(Method::PUT, &grants, &headers, body).await
    };
    let reply = put(json!([merchant.id])).await.expect(200);
    assert_eq!(reply.data()[0]["org_id"], merchant.id);
    put(json!([99_999])).await.expect(404);
    for list in ["devices", "orders", "stations"] {
        assert_eq!(total(&world, &token, list).await, 2, "{list}");
    }
    rows_of_stations(&world).await;
    for list in ["card-orders", "parking-rules"] {
        assert_eq!(total(&world, &token, list).await, 2, "{list}");
    }
    let device = format!("{BASE}/devices/{FOREIGN_DEVICE}");
    world.get(&token, &device).await.expect(200);
    let name = json!({"name":"mine"});
    world
        .call(&token, Method::PATCH, &device, &name)
        .await
        .expect(404);
    let stop = format!("{BASE}/orders/{}/finish", world.foreign.order);
    let reason = json!({"reason":"mine"});
    world
        .call(&token, Method::POST, &stop, &reason)
        .await
        .expect(404);
    put(json!([])).await.expect(200);
    assert_eq!(total(&world, &token, "devices").await, 1);
    world.get(&token, &device).await.expect(404);
    world.lab.close().await;
}

#[tokio::test]
async fn tenants_see_the_prices_the_log_and_the_dead_commands_of_their_devices() {
    let world = world().await;
    let rates = json!({"rates":[{"elec_p5":80000,"service_p5":40000}],"slots":vec![0; 48]});
    let mut ids = Vec::new();
    for station in [world.station, world.foreign.station] {
        let body = json!({"name":format!("at {station}"),"prices":rates});
        let made = world
            .lab
            .post(&format!("{BASE}/tariffs"), body)
            .await
            .expect(200);
        let id = made.data()["tariff"]["id"].clone();
        let body = json!({"tariff_id":id,"station_id":station});
        let headers = [("X-Api-Key", crate::lab::ADMIN)];
        let path = format!("{BASE}/tariffs/bindings");
        let reply = world
            .lab
            .call(Method::PUT, &path, &headers, body.to_string())
            .await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        ids.push(id);
    }
    let (_, _, token) = account(&world.lab, &world.merchant, "m", &[world.everything]).await;
    let (_, _, limited) = account(
        &world.lab,
        &world.platform().await,
        "l",
        &[world.at_station],
    )
    .await;
    for token in [&token, &limited] {
        let list = world.get(token, &format!("{BASE}/tariffs")).await;
        assert_eq!(list.data()["total"], 1, "{}", list.body);
        assert_eq!(list.data()["items"][0]["id"], ids[0]);
        let show = |id: &Value| format!("{BASE}/tariffs/{id}");
        world.get(token, &show(&ids[0])).await.expect(200);
        world.get(token, &show(&ids[1])).await.expect(404);
        // Prices are the platform's to write.
        let reply = world.call(token, Method::PUT, &show(&ids[0]), &rates).await;
        assert_eq!(reply.status, 403, "{}", reply.body);
    }
    world.lab.close().await;
}
