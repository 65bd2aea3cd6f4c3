//! Refusals are for people: they name the field as who asked calls it, and say what would be right.

use crate::lab::{ADMIN, Lab, Reply};
use crate::members;
use axum::http::Method;
use serde_json::{Value, json};

const BASE: &str = "/api/v1/admin";

async fn post(lab: &Lab, path: &str, body: Value) -> Reply {
    lab.post(&format!("{BASE}{path}"), body).await
}

#[tokio::test]
async fn numbers_in_queries_are_asked_for_in_plain_language() {
    let lab = Lab::new().await;
    for (path, field, problem) in [
        (
            "/orders?page=x",
            "page",
            "must be a whole number from 0 to 4294967295",
        ),
        (
            "/orders?port_no=70000",
            "port_no",
            "must be a whole number from 0 to 65535",
        ),
        ("/orders?abnormal=1", "abnormal", "must be true or false"),
        (
            "/orders?member_id=",
            "member_id",
            "must be a whole number from -9223372036854775808 to 9223372036854775807",
        ),
    ] {
        let refused = lab.get(&format!("{BASE}{path}")).await.expect(400);
        assert_eq!(refused.field(), field, "{path}");
        assert_eq!(refused.message(), format!("{field}: {problem}"), "{path}");
    }
    let unknown = lab.get(&format!("{BASE}/orders?pag=1")).await.expect(400);
    assert!(
        unknown.message().starts_with("pag: is not known"),
        "{}",
        unknown.message()
    );
    lab.close().await;
}

#[tokio::test]
async fn a_coupon_is_refused_by_the_fields_of_its_body() {
    let lab = Lab::new().await;
    let good = json!({"name": "立减1元", "kind": {"type": "cash", "value": 100},
        "funded_by": "platform", "valid": {"days": 7}});
    for (field, wrong, status) in [
        ("threshold_fen", json!(-1), 400),
        ("min_amount_fen", json!(-1), 400),
        ("stations", json!([]), 422),
        ("stations", json!([999]), 422),
        ("stock", json!(0), 400),
    ] {
        let mut body = good.clone();
        body[field] = wrong;
        let refused = post(&lab, "/coupons", body).await.expect(status);
        assert_eq!(refused.field(), field);
    }
    let mut body = good;
    body["kind"]["value"] = json!(-5);
    let refused = post(&lab, "/coupons", body).await.expect(400);
    assert_eq!(refused.field(), "kind.value");
    lab.close().await;
}

#[tokio::test]
async fn a_refused_grant_says_why_and_for_whom() {
    let lab = Lab::new().await;
    let mut ids = Vec::new();
    for phone in ["13800138000", "13800138001"] {
        let session = members::log_in(&lab, phone).await.expect(200);
        ids.push(session.data()["member"]["id"].as_i64().expect("an id"));
    }
    let says = json!({"name": "立减1元", "kind": {"type": "cash", "value": 100},
        "funded_by": "platform", "valid": {"days": 7}, "per_user": 1});
    let made = post(&lab, "/coupons", says).await.expect(200);
    let coupon = made.data()["coupon_id"].clone();
    let give = |to: &[i64]| json!({"coupon_id": coupon, "members": to});
    post(&lab, "/coupon-grants", give(&ids[1..]))
        .await
        .expect(200);
    let refused = post(&lab, "/coupon-grants", give(&ids)).await.expect(409);
    let whom = format!("member {}: ", ids[1]);
    assert!(
        refused.message().starts_with(&whom),
        "{}",
        refused.message()
    );
    post(&lab, &format!("/coupons/{coupon}/disable"), json!({}))
        .await
        .expect(200);
    let refused = post(&lab, "/coupon-grants", give(&ids[..1]))
        .await
        .expect(409);
    assert_eq!(
        refused.message(),
        "the coupon is granted no more: it was disabled"
    );
    lab.close().await;
}

#[tokio::test]
async fn telephones_and_plates_of_the_staff_are_checked_like_those_of_members() {
    let lab = Lab::new().await;
    let account = json!({"username": "clerk", "org_id": 1, "phone": "12345"});
    let refused = post(&lab, "/admins", account).await.expect(400);
    assert_eq!(refused.field(), "phone");
    let vehicle = json!({"vin": "LSVAU2180E2123456", "limit_fen": 100});
    for (field, wrong) in [("plate", "??"), ("phone", "2380013800"), ("plate", "川A")] {
        let mut body = vehicle.clone();
        body[field] = json!(wrong);
        let refused = post(&lab, "/vehicles", body).await.expect(400);
        assert_eq!(refused.field(), field);
    }
    let mut body = vehicle;
    body["plate"] = json!("川a·12345");
    let made = post(&lab, "/vehicles", body).await.expect(200);
    assert_eq!(made.data()["plate"], "川A12345");
    lab.close().await;
}

#[tokio::test]
async fn the_console_asks_for_a_login() {
    let lab = Lab::new().await;
    let reply = lab
        .call(Method::GET, &format!("{BASE}/orders"), &[], "")
        .await;
    assert_eq!(
        reply.expect(401).message(),
        "a login is needed, or an X-Api-Key"
    );
    lab.close().await;
}

#[tokio::test]
async fn an_ended_rule_is_shown_as_ended() {
    let lab = Lab::new().await;
    let flat = json!({"style": "flat", "platform_cut_bp": 500,
        "payees": [{"org_id": null, "pct": 100}]});
    let rule = json!({"scope": "default", "terms": {"elec": flat, "service": flat,
        "reserve": flat, "occupancy": flat}});
    let made = post(&lab, "/split-rules", rule).await.expect(200);
    let path = format!("{BASE}/split-rules/{}", made.data()["id"]);
    let key = [("X-Api-Key", ADMIN)];
    let ended = lab.call(Method::DELETE, &path, &key, "").await.expect(200);
    assert_eq!(ended.data()["id"], made.data()["id"]);
    assert!(ended.data()["ended_at"].is_i64(), "{}", ended.body);
    lab.close().await;
}

#[tokio::test]
async fn who_is_locked_out_is_shown_and_accounts_are_found_by_role() {
    let lab = Lab::new().await;
    let role = json!({"code": "clerk", "name": "Clerk", "granted": ["order.charge.view"]});
    let role = post(&lab, "/roles", role).await.expect(200);
    let role = role.data()["role_id"].clone();
    for (name, roles) in [("anna", json!([role])), ("bert", json!([]))] {
        let account = json!({"username": name, "org_id": 1, "role_ids": roles,
            "password": "correct horse battery"});
        post(&lab, "/admins", account).await.expect(200);
    }
    for _ in 0..6 {
        let wrong = json!({"username": "bert", "password": "nonsense"}).to_string();
        lab.call(Method::POST, &format!("{BASE}/session"), &[], wrong)
            .await;
    }
    let list = lab
        .get(&format!("{BASE}/admins?sort=username"))
        .await
        .expect(200);
    let locked: Vec<(&str, bool)> = list.data()["items"]
        .as_array()
        .expect("a page")
        .iter()
        .map(|row| {
            (
                row["username"].as_str().expect("a name"),
                row["locked_until"].is_i64(),
            )
        })
        .filter(|(name, _)| ["anna", "bert"].contains(name))
        .collect();
    assert_eq!(locked, [("anna", false), ("bert", true)]);
    let path = format!("{BASE}/admins?role_id={role}");
    let found = lab.get(&path).await.expect(200);
    assert_eq!(found.data()["total"], 1);
    assert_eq!(found.data()["items"][0]["username"], "anna");
    lab.close().await;
}
