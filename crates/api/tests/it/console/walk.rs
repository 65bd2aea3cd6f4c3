//! Every operation of the administration, with one account of each type of organisation.

use super::world::{FOREIGN, FOREIGN_DEVICE, World, account, vin, world};
use crate::schema::Documented;
use axum::http::Method;
use domain::permission::{dataset, default_tree};
use serde_json::{Value, json};

/// Operations that nobody needs a session for.
const PUBLIC: [&str; 2] = ["log_in", "refresh_session"];
/// Operations that need a session and nothing else.
const SESSION: [&str; 9] = [
    "show_session",
    "staff_notices",
    "log_out",
    "change_password",
    "offer_second_factor",
    "set_second_factor",
    "get_homepage_sidebar",
    "get_default_permission",
    // Each kind that it finds asks for its own.
    "search",
];

struct Op {
    id: String,
    method: Method,
    path: String,
    access: String,
    declared: Value,
    paged: bool,
}

fn operations() -> Vec<Op> {
    let document = Documented::load();
    let admin = document
        .operations()
        .filter(|(_, path, _)| path.starts_with("/api/v1/admin/"));
    admin
        .map(|(method, path, operation)| {
            let declared = operation["x-permission"].clone();
            let parameters = operation["parameters"].as_array();
            Op {
                id: operation["operationId"].as_str().expect("an id").to_owned(),
                method,
                path: path.to_owned(),
                access: declared["access"].as_str().unwrap_or_default().to_owned(),
                declared,
                paged: parameters.is_some_and(|list| list.iter().any(|p| p["name"] == "page")),
            }
        })
        .collect()
}

#[test]
fn every_operation_declares_what_it_needs() {
    let leaves = default_tree().leaves();
    let all = operations();
    assert!(all.len() > 100);
    for op in &all {
        let id = op.id.as_str();
        match op.access.as_str() {
            "public" => assert!(PUBLIC.contains(&id), "{id} is open to everybody"),
            "session" => assert!(SESSION.contains(&id), "{id} needs no leaf"),
            leaf => assert!(
                leaves.contains(leaf),
                "{id} declares the access id {leaf:?}"
            ),
        }
        let said = &op.declared["dataset"];
        let one = said.as_str().into_iter();
        let many = said
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        for name in one.chain(many) {
            assert!(
                dataset(name).is_some(),
                "{id} declares the dataset {name:?}"
            );
        }
        let scope = op.declared["scope"].as_str().unwrap_or("path");
        let known = ["path", "org", "any", "platform"];
        assert!(known.contains(&scope), "{id} declares the scope {scope:?}");
        if scope == "any" {
            // It reads bytes that the caller brings.
            let own = id == "decode_frames";
            let open = own || PUBLIC.contains(&id) || SESSION.contains(&id);
            assert!(open, "{id} shows rows to anybody");
        }
    }
}

/// A path with an id of somebody else's in each place; none when a place is not known.
fn foreign(world: &World, path: &str) -> Option<String> {
    let foreign = &world.foreign;
    let mut parts = Vec::new();
    for part in path.split('/') {
        let Some(name) = part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) else {
            parts.push(part.to_owned());
            continue;
        };
        parts.push(match name {
            "phy_id" => FOREIGN_DEVICE.to_owned(),
            "order_no" => foreign.order.clone(),
            "card_no" => format!("{FOREIGN}1"),
            "vin" => vin(FOREIGN),
            "station_id" => foreign.station.to_string(),
            "org_id" => foreign.org.id.to_string(),
            "admin_id" => foreign.admin.to_string(),
            "role_id" => foreign.role.to_string(),
            "session_id" => foreign.session.to_string(),
            "operation_id" => foreign.operation.to_string(),
            // Bound nowhere that they see.
            "tariff_id" | "ebike_plan_id" | "occupancy_rule_id" | "company_member_id"
            | "port_no" | "socket_no" => "1".to_owned(),
            "occ_no" => "OC1".to_owned(),
            "settlement_account_id"
            | "statement_id"
            | "parking_rule_id"
            | "cut_off_id"
            | "camera_id"
            | "screen_token_id" => "999999".to_owned(),
            "withdraw_no" => "WD1".to_owned(),
            "reservation_no" => "RS1".to_owned(),
            // The name of a figure and nobody's row; whose counts it shows is asked in the query.
            "kpi" => "nothing".to_owned(),
            other => foreign.service.id(other)?,
        });
    }
    Some(parts.join("/"))
}

fn filled(path: &str) -> String {
    let parts = path.split('/');
    let parts = parts.map(|part| if part.starts_with('{') { "1" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn without_its_leaf_nothing_is_done() {
    let world = world().await;
    let platform = world.platform().await;
    let (_, _, nobody) = account(&world.lab, &platform, "nobody", &[]).await;
    for op in operations() {
        let path = filled(&op.path);
        let reply = world.lab.call(op.method.clone(), &path, &[], "{}").await;
        if PUBLIC.contains(&op.id.as_str()) {
            continue;
        }
        assert_eq!(reply.status, 401, "{} without a session", op.id);
        if SESSION.contains(&op.id.as_str()) {
            continue;
        }
        let reply = world
            .call(&nobody, op.method.clone(), &path, &json!({}))
            .await;
        assert_eq!(
            reply.status, 403,
            "{} without its leaf: {}",
            op.id, reply.body
        );
        assert_eq!(reply.message(), "permission denied", "{}", op.id);
        assert_eq!(reply.data()["required"], op.access.as_str(), "{}", op.id);
    }
    world.lab.close().await;
}

#[tokio::test]
async fn nobody_sees_or_touches_rows_of_others() {
    let world = world().await;
    let orgs = [&world.agent, &world.merchant, &world.company];
    let mut tokens = Vec::new();
    for org in orgs {
        let name = org.entry.name.clone();
        let (_, _, token) = account(&world.lab, org, &name, &[world.everything]).await;
        tokens.push((name, token));
    }
    // Somebody of the platform whose role names a station stands there like a stranger.
    let platform = world.platform().await;
    let (_, _, token) = account(&world.lab, &platform, "limited", &[world.at_station]).await;
    tokens.push(("limited".to_owned(), token));
    let (mut lists, mut addressed, mut closed) = (0, 0, 0);
    for op in operations() {
        let id = op.id.as_str();
        let scope = op.declared["scope"].as_str();
        if scope == Some("any") || PUBLIC.contains(&id) || SESSION.contains(&id) {
            continue;
        }
        for (who, token) in &tokens {
            if op.path.contains('{') && scope != Some("platform") {
                let path = foreign(&world, &op.path);
                let (path, expected) = match path {
                    Some(path) => (path, 404),
                    // Nobody looks ids of that kind up, so only the platform may come.
                    None => (filled(&op.path), 403),
                };
                let reply = world
                    .call(token, op.method.clone(), &path, &json!({}))
                    .await;
                assert_eq!(reply.status, expected, "{id} by {who}: {}", reply.body);
                addressed += 1;
            } else if scope == Some("org") && op.method == Method::GET {
                let one = op.path.starts_with("/api/v1/admin/screen") || id == "show_dashboard";
                assert!(op.paged || one, "{id} is a list");
                let reply = world.get(token, &op.path).await;
                assert_eq!(reply.status, 200, "{id} by {who}: {}", reply.body);
                let text = reply.body.to_string();
                for mark in [FOREIGN, FOREIGN_DEVICE, world.foreign.order.as_str()] {
                    assert!(!text.contains(mark), "{id} shows {mark} to {who}: {text}");
                }
                lists += 1;
            } else if scope != Some("org") {
                let reply = world
                    .call(token, op.method.clone(), &op.path, &json!({}))
                    .await;
                assert_eq!(reply.status, 403, "{id} by {who}: {}", reply.body);
                closed += 1;
            }
        }
    }
    assert!(
        lists > 30 && addressed > 100 && closed > 60,
        "{lists} {addressed} {closed}"
    );
    world.lab.close().await;
}

#[tokio::test]
async fn everybody_sees_their_own_rows() {
    let world = world().await;
    let own = world.merchant.clone();
    assert!(World::scope(&own).path().is_some());
    for org in [&world.agent, &own] {
        let (_, _, token) = account(&world.lab, org, &org.entry.name, &[world.everything]).await;
        for list in ["devices", "orders", "cards", "vehicles", "stations"] {
            let reply = world.get(&token, &format!("/api/v1/admin/{list}")).await;
            assert_eq!(reply.data()["total"], 1, "{list}: {}", reply.body);
        }
        let device = format!("/api/v1/admin/devices/{}", super::world::OWN_DEVICE);
        world.get(&token, &device).await.expect(200);
    }
    let (_, _, token) = account(
        &world.lab,
        &world.platform().await,
        "p",
        &[world.everything],
    )
    .await;
    let reply = world.get(&token, "/api/v1/admin/stations").await;
    assert_eq!(reply.data()["total"], 2);
    world.lab.close().await;
}

#[tokio::test]
async fn foreign_ids_in_bodies_and_queries_do_not_exist() {
    let world = world().await;
    let name = &world.merchant.entry.name;
    let (_, _, token) = account(&world.lab, &world.merchant, name, &[world.everything]).await;
    let foreign = &world.foreign;
    let base = "/api/v1/admin";
    for (method, path, body) in [
        (
            Method::POST,
            format!("{base}/stations"),
            json!({"station_no":"X","name":"x","owner_org_id":foreign.org.id}),
        ),
        (
            Method::POST,
            format!("{base}/admins"),
            json!({"username":"xyz","org_id":1}),
        ),
        (
            Method::POST,
            format!("{base}/roles"),
            json!({"org_id":1,"code":"x","name":"x","granted":[]}),
        ),
        (
            Method::POST,
            format!("{base}/companies"),
            json!({"name":"x","parent_id":foreign.org.id}),
        ),
        (
            Method::PATCH,
            format!("{base}/devices/{}", super::world::OWN_DEVICE),
            json!({"station_id":foreign.station}),
        ),
        (
            Method::GET,
            format!("{base}/occupancies?device_phy_id={FOREIGN_DEVICE}"),
            Value::Null,
        ),
        (
            Method::GET,
            format!("{base}/admins?org_id={}", foreign.org.id),
            Value::Null,
        ),
    ] {
        let reply = world.call(&token, method, &path, &body).await;
        assert_eq!(reply.status, 404, "{path}: {}", reply.body);
    }
    world.lab.close().await;
}
