//! Settings, notices, channels, texts and keys, as they work.

use super::world::{account, world};
use crate::lab::{ADMIN, Lab, Reply};
use crate::members;
use axum::http::Method;
use serde_json::{Value, json};
use std::time::Duration;

const BASE: &str = "/api/v1/admin";

async fn put(lab: &Lab, path: &str, body: Value) -> Reply {
    let headers = [("X-Api-Key", ADMIN)];
    let path = format!("{BASE}/{path}");
    lab.call(Method::PUT, &path, &headers, body.to_string())
        .await
}

async fn get(lab: &Lab, path: &str) -> Reply {
    let headers = [("X-Api-Key", ADMIN)];
    let path = format!("{BASE}/{path}");
    lab.call(Method::GET, &path, &headers, "").await
}

#[tokio::test]
async fn settings_are_in_force_at_once_and_remembered() {
    let lab = Lab::new().await;
    let site = lab
        .call(Method::GET, "/api/v1/member/site", &[], "")
        .await
        .expect(200);
    assert_eq!(site.data()["settings"]["site.name"], "");
    assert_eq!(site.data()["settings"]["money.min_start_fen"], json!(null));
    put(&lab, "settings/site.name", json!({"value":"一"}))
        .await
        .expect(200);
    put(&lab, "settings/site.name", json!({"value":"二"}))
        .await
        .expect(200);
    let back = put(&lab, "settings/site.name", json!({ "value": null })).await;
    assert_eq!(back.expect(200).data()["value"], "");
    let history = get(&lab, "settings/site.name/history").await.expect(200);
    let changes: Vec<(Value, Value)> = history.data()["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|change| (change["before"].clone(), change["after"].clone()))
        .collect();
    assert_eq!(
        changes,
        [
            (json!("二"), json!(null)),
            (json!("一"), json!("二")),
            (json!(null), json!("一"))
        ]
    );

    // A number of money: below the largest freeze, in force for the next charge.
    let refused = put(
        &lab,
        "settings/money.min_start_fen",
        json!({"value":20_001}),
    )
    .await;
    assert_eq!(refused.expect(422).field(), "value");
    put(&lab, "settings/money.min_start_fen", json!({"value":1}))
        .await
        .expect(200);
    put(&lab, "settings/nothing", json!({"value":1}))
        .await
        .expect(404);
    put(&lab, "settings/site.name", json!({})).await.expect(400);
    let all = get(&lab, "settings?group=money").await.expect(200);
    let least = &all.data()[0];
    assert_eq!(least["key"], "money.min_start_fen");
    assert_eq!(
        (&least["value"], &least["default"]),
        (&json!(1), &json!(500))
    );
    lab.close().await;
}

#[tokio::test]
async fn notices_are_shown_in_their_time_to_their_readers() {
    let lab = Lab::new().await;
    let now = crate::lab::NOW_S;
    for (title, audience, from, until, pinned) in [
        ("old", "everybody", now - 100, Some(now - 1), false),
        ("staff", "staff", now - 50, None, false),
        ("members", "members", now - 50, Some(now + 60), false),
        ("later", "everybody", now + 3600, None, false),
        ("pinned", "everybody", now - 90, None, true),
    ] {
        let body = json!({"title":title,"body":"b","audience":audience,"publish_at":from,
            "end_at":until,"pinned":pinned});
        lab.post(&format!("{BASE}/notices"), body).await.expect(200);
    }
    let end = json!({"title":"x","body":"b","audience":"staff","publish_at":now,"end_at":now});
    lab.post(&format!("{BASE}/notices"), end).await.expect(422);
    let titles = |reply: Reply| -> Vec<String> {
        let items = reply.data()["items"].as_array().expect("a list").clone();
        let title = |item: &Value| item["title"].as_str().expect("a title").to_owned();
        items.iter().map(title).collect()
    };
    let session = members::log_in(&lab, members::PHONE).await.expect(200);
    let phone = members::phone(&lab, &session);
    assert_eq!(titles(phone.get("/notices").await), ["pinned", "members"]);
    assert_eq!(
        titles(get(&lab, "session/notices").await),
        ["pinned", "staff"]
    );
    lab.clock.advance(Duration::from_hours(1));
    assert_eq!(
        titles(phone.get("/notices").await),
        ["later", "pinned"]
            .map(str::to_owned)
            .into_iter()
            .rev()
            .collect::<Vec<_>>()
    );
    lab.close().await;
}

#[tokio::test]
async fn words_of_a_dictionary_reach_members() {
    let lab = Lab::new().await;
    lab.post(&format!("{BASE}/dicts"), json!({"code":"kind","name":"类"}))
        .await
        .expect(200);
    for (value, sort, enabled) in [("b", 2, true), ("a", 1, true), ("c", 0, false)] {
        let body = json!({"value":value,"label":value,"sort":sort,"enabled":enabled});
        lab.post(&format!("{BASE}/dicts/kind/entries"), body)
            .await
            .expect(200);
    }
    let twice = json!({"value":"a","label":"again"});
    lab.post(&format!("{BASE}/dicts/kind/entries"), twice)
        .await
        .expect(409);
    lab.post(&format!("{BASE}/dicts"), json!({"code":"kind","name":"类"}))
        .await
        .expect(409);
    let session = members::log_in(&lab, members::PHONE).await.expect(200);
    let phone = members::phone(&lab, &session);
    let words = phone.get("/dicts/kind").await.expect(200);
    let words = words.data().as_array().expect("a list").clone();
    let values: Vec<&str> = words
        .iter()
        .filter_map(|word| word["value"].as_str())
        .collect();
    assert_eq!(values, ["a", "b"]);
    phone.get("/dicts/none").await.expect(404);
    lab.close().await;
}

#[tokio::test]
async fn a_channel_that_is_off_takes_no_payments() {
    let lab = Lab::new().await;
    let session = members::log_in(&lab, members::PHONE).await.expect(200);
    let phone = members::phone(&lab, &session);
    let wish = json!({"amount_fen":1000,"method":"mock"});
    let begun = phone.post("/recharges", wish.clone()).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    let off = put(
        &lab,
        "payment-channels/mock/state",
        json!({"enabled":false}),
    )
    .await;
    assert_eq!(off.expect(200).data()["enabled"], false);
    phone.post("/recharges", wish.clone()).await.expect(409);
    let shown = get(&lab, "payment-channels").await.expect(200);
    let wechat = &shown.data()[0];
    assert_eq!(
        (&wechat["channel"], &wechat["configured"]),
        (&json!("wechat"), &json!(false))
    );
    assert_eq!(shown.data()[2]["enabled"], false);
    let wechat = "payment-channels/wechat/state";
    let refused = put(&lab, wechat, json!({"enabled":true})).await.expect(409);
    assert_eq!(refused.message(), "the payment channel is not configured");
    let test = format!("{BASE}/payment-channels/wechat/test");
    let refused = lab.post(&test, json!({})).await.expect(409);
    assert_eq!(refused.message(), "the payment channel is not configured");
    put(
        &lab,
        "payment-channels/barter/state",
        json!({"enabled":true}),
    )
    .await
    .expect(404);
    put(&lab, "payment-channels/mock/state", json!({"enabled":true}))
        .await
        .expect(200);
    let begun = phone.post("/recharges", wish).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    lab.close().await;
}

#[tokio::test]
async fn texts_are_changed_turned_off_and_logged_without_what_they_say() {
    let lab = Lab::new().await;
    let wording = json!({"text":"码${code}","provider_code":"T7"});
    put(&lab, "sms-templates/SMS_LOGIN", wording)
        .await
        .expect(200);
    let unknown = json!({"text":"${name}"});
    put(&lab, "sms-templates/SMS_LOGIN", unknown)
        .await
        .expect(422);
    put(&lab, "sms-templates/NOTHING", json!({"text":"x"}))
        .await
        .expect(404);
    let useless = json!({"text":"欢迎"});
    let refused = put(&lab, "sms-templates/SMS_LOGIN", useless)
        .await
        .expect(422);
    assert_eq!(refused.message(), "text: must have ${code}");
    members::log_in(&lab, members::PHONE).await.expect(200);
    let off = json!({"text":"码${code}","enabled":false});
    put(&lab, "sms-templates/SMS_LOGIN", off).await.expect(200);
    let asked = json!({"phone": "13700137000", "purpose": "login"}).to_string();
    let codes = lab
        .call(Method::POST, "/api/v1/member/codes", &[], asked)
        .await;
    assert_eq!(codes.expect(409).message(), "no codes are sent at present");
    let test = format!("{BASE}/sms-templates/SMS_LOGIN/test");
    lab.post(&test, json!({"phone":"13900139000"}))
        .await
        .expect(409);
    let log = get(&lab, "sms-log").await.expect(200);
    let lines = log.data()["items"].as_array().expect("a list").clone();
    assert_eq!(lines.len(), 2, "{}", log.body);
    assert_eq!(lines[0]["result"], "off");
    assert_eq!(lines[0]["phone"], "139****9000");
    assert!(lines[0]["sent_by"].is_string());
    assert_eq!(lines[1]["result"], "sent");
    assert_eq!(lines[1]["sent_by"], json!(null));
    assert!(!log.body.to_string().contains(members::PHONE));
    lab.close().await;
}

#[tokio::test]
async fn a_key_lives_changes_and_dies() {
    let world = world().await;
    let lab = &world.lab;
    let made = lab
        .post(&format!("{BASE}/api-keys"), json!({"name":"partner"}))
        .await
        .expect(200);
    let id = made.data()["row"]["key_id"].clone();
    let text = |reply: &Reply| reply.data()["key"].as_str().expect("a key").to_owned();
    let first = text(&made);
    let third = async |key: &str| {
        let headers = [("X-Api-Key", key)];
        let path = "/api/v1/third/devices";
        lab.call(Method::GET, path, &headers, "")
            .await
            .status
            .as_u16()
    };
    assert_eq!(third(&first).await, 200);
    let rotated = lab
        .post(&format!("{BASE}/api-keys/{id}/rotate"), json!({}))
        .await
        .expect(200);
    let second = text(&rotated);
    assert_eq!((third(&first).await, third(&second).await), (401, 200));
    assert_eq!(made.data()["row"]["settle_via_platform"], false);
    let one = format!("api-keys/{id}");
    for (said, settles) in [
        (json!({"name":"partner","settle_via_platform":true}), true),
        (json!({"name":"partner"}), true),
        (json!({"name":"partner","settle_via_platform":false}), false),
    ] {
        let changed = put(lab, &one, said).await.expect(200);
        assert_eq!(changed.data()["settle_via_platform"], settles);
    }
    let partner = json!({"name":"other","settle_via_platform":true});
    let other = lab
        .post(&format!("{BASE}/api-keys"), partner)
        .await
        .expect(200);
    assert_eq!(other.data()["row"]["settle_via_platform"], true);
    let log = get(lab, "audit-logs?action=system.apikey.edit")
        .await
        .expect(200);
    let line = &log.data()["items"][0];
    let told = (
        &line["before"]["settle_via_platform"],
        &line["after"]["settle_via_platform"],
    );
    assert_eq!(told, (&json!(true), &json!(false)));
    let bound = json!({"name":"partner","ip_allow":["203.0.113.0/24"]});
    put(lab, &format!("api-keys/{id}"), bound).await.expect(200);
    assert_ne!(third(&second).await, 200);
    put(lab, &format!("api-keys/{id}"), json!({"name":"partner"}))
        .await
        .expect(200);
    assert_eq!(third(&second).await, 200);
    let state = format!("api-keys/{id}/state");
    put(lab, &state, json!({"enabled":false})).await.expect(200);
    assert_eq!(third(&second).await, 401);

    // What the configuration says is changed there.
    let keys = get(lab, "api-keys?size=100").await.expect(200);
    let all = keys.data()["items"].as_array().expect("a list").clone();
    let configured = all.iter().find(|key| key["origin"] == "config");
    let configured = configured.expect("the keys of this test")["key_id"].clone();
    put(lab, &format!("api-keys/{configured}"), json!({"name":"x"}))
        .await
        .expect(409);
    let text = keys.body.to_string();
    assert!(!text.contains(&second) && !text.contains(ADMIN), "{text}");
    let log = get(lab, "audit-logs?object=api_key:".to_owned().as_str())
        .await
        .expect(200);
    assert!(!log.body.to_string().contains(&second));

    // Nobody but a super administrator makes a key of the administration.
    let platform = world.platform().await;
    let (_, _, clerk) = account(lab, &platform, "clerk", &[world.everything]).await;
    let admin = json!({"name":"mine","scopes":["admin"]});
    let path = format!("{BASE}/api-keys");
    world
        .call(&clerk, Method::POST, &path, &admin)
        .await
        .expect(403);
    // Events do not go into the house.
    let inward = json!({"name":"mine","webhook_url":"http://127.0.0.1:5432/"});
    let reply = world.call(&clerk, Method::POST, &path, &inward).await;
    assert_eq!(reply.expect(422).field(), "webhook_url");
    let odd = json!({"name":"mine","scopes":["everything"]});
    world
        .call(&clerk, Method::POST, &path, &odd)
        .await
        .expect(422);
    world.lab.close().await;
}

#[tokio::test]
async fn permissions_are_searched_and_taken_as_a_file() {
    let lab = Lab::new().await;
    let found = get(&lab, "permissions?search=order.charge.refund")
        .await
        .expect(200);
    assert_eq!(found.data()["total"], 1);
    let node = &found.data()["items"][0];
    assert_eq!(node["parent_id"], "order.charge");
    assert_eq!(node["type"], "action");
    assert_eq!(node["label"], "退款");
    let menus = get(&lab, "permissions?type=menu&size=5").await.expect(200);
    assert_eq!(menus.data()["items"].as_array().map(Vec::len), Some(5));
    assert_eq!(menus.data()["total"], 12);
    get(&lab, "permissions?type=x").await.expect(400);
    let file = get(&lab, "permissions?type=menu&format=csv").await;
    let text = file.body.as_str().expect("text");
    assert_eq!(text.matches("\r\n").count(), 13, "{text}");
    lab.close().await;
}
