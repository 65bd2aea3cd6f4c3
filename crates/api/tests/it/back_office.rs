//! Marketing and service over HTTP, from both sides: what the staff does, what a member sees.

use crate::lab::{ADMIN, DEVICE, Lab};
use crate::members::{PHONE, Phone, log_in, phone};
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF";

async fn admin(lab: &Lab, method: Method, path: &str, body: Value) -> crate::lab::Reply {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let path = format!("/api/v1/admin{path}");
    lab.call(method, &path, &[("X-Api-Key", ADMIN)], body).await
}

async fn member(lab: &Lab) -> (Phone<'_>, i64) {
    let session = log_in(lab, PHONE).await.expect(200);
    let id = session.data()["member"]["id"].as_i64().expect("an id");
    (phone(lab, &session), id)
}

#[tokio::test]
async fn a_code_goes_from_the_console_to_a_wallet() {
    let lab = Lab::new().await;
    let (telephone, _) = member(&lab).await;
    let says = json!({"name": "立减1元", "kind": {"type": "cash", "value": 100},
        "funded_by": "platform", "valid": {"days": 7}, "stock": 10});
    let made = admin(&lab, Method::POST, "/coupons", says)
        .await
        .expect(200);
    let coupon = made.data()["coupon_id"].as_i64().expect("an id");
    assert_eq!(made.data()["terms"]["value_fen"], 100);
    let until = lab.app.now().unix_seconds() + 3600;
    let wish = json!({"count": 2, "expires_at": until, "note": "车展"});
    let path = format!("/coupons/{coupon}/codes");
    let batch = admin(&lab, Method::POST, &path, wish).await.expect(200);
    assert!(!batch.body.to_string().contains("codes\""), "not here");
    let id = batch.data()["batch_id"].as_i64().expect("an id");
    let path = format!("/coupon-code-batches/{id}/export");
    let out = admin(&lab, Method::POST, &path, Value::Null)
        .await
        .expect(200);
    let code = out.data()["codes"][0].as_str().expect("a code").to_owned();
    admin(&lab, Method::POST, &path, Value::Null)
        .await
        .expect(409);

    let wrong = telephone.post("/coupon-codes", json!({"code": "x"})).await;
    assert_eq!(wrong.expect(404).message(), "code not found");
    let mine = telephone
        .post("/coupon-codes", json!({"code": code}))
        .await
        .expect(200);
    assert_eq!(mine.data()["state"], "unused");
    telephone
        .post("/coupon-codes", json!({"code": code}))
        .await
        .expect(409);
    let grants = format!("/coupon-grants?coupon_id={coupon}");
    let grants = admin(&lab, Method::GET, &grants, Value::Null)
        .await
        .expect(200);
    assert_eq!(grants.data()["total"], 1);
    assert_eq!(
        grants.data()["items"][0]["granted_by"],
        format!("code:{id}")
    );
    let file = format!("/coupon-grants?coupon_id={coupon}&format=csv");
    let file = admin(&lab, Method::GET, &file, Value::Null).await;
    assert_eq!(file.status.as_u16(), 200);
    let text = file.body.as_str().expect("text").to_owned();
    assert_eq!(text.lines().count(), 2, "{text}");
    let mut tried = Vec::new();
    for _ in 0..6 {
        let reply = telephone
            .post("/coupon-codes", json!({"code": "ABCD"}))
            .await;
        tried.push(reply.status.as_u16());
    }
    assert_eq!(tried.last(), Some(&429), "{tried:?}");
    lab.close().await;
}

#[tokio::test]
async fn a_report_with_a_picture_is_answered() {
    let lab = Lab::new().await;
    let (telephone, _) = member(&lab).await;
    let bearer = format!("Bearer {}", telephone.token);
    let headers = [("Authorization", bearer.as_str())];
    let path = "/api/v1/member/pictures";
    let script = lab.call(Method::POST, path, &headers, "<script>").await;
    assert_eq!(script.expect(400).field(), "body");
    let long = vec![0xff_u8; (2 << 20) + 1];
    lab.call(Method::POST, path, &headers, Body::from(long))
        .await
        .expect(413);
    let mut big = JPEG.to_vec();
    big.resize(200 << 10, 0);
    let keyed = [headers[0], ("Idempotency-Key", "P1")];
    let mut addresses = Vec::new();
    for _ in 0..2 {
        let kept = lab
            .call(Method::POST, path, &keyed, Body::from(big.clone()))
            .await;
        assert_eq!(kept.status.as_u16(), 200, "{}", kept.body);
        addresses.push(kept.data()["address"].clone());
    }
    assert_eq!(addresses[0], addresses[1], "kept once");
    let kept = lab
        .call(Method::POST, path, &headers, Body::from(JPEG))
        .await;
    let address = kept.expect(200).data()["address"]
        .as_str()
        .expect("one")
        .to_owned();
    let shown = lab.call(Method::GET, &address, &headers, "").await;
    assert_eq!(shown.status.as_u16(), 200);
    assert_eq!(shown.headers["content-type"], "image/jpeg");
    assert_eq!(shown.headers["x-content-type-options"], "nosniff");
    lab.call(Method::GET, &address, &[], "").await.expect(401);

    let report = json!({"device": DEVICE, "port_no": 1, "type": "plug", "text": "拔不出来",
        "images": [address]});
    telephone.post("/faults", report).await.expect(200);
    let list = admin(&lab, Method::GET, "/fault-reports?state=new", Value::Null)
        .await
        .expect(200);
    assert_eq!(list.data()["total"], 1);
    let row = &list.data()["items"][0];
    let picture = row["images"][0].as_str().expect("an address").to_owned();
    assert!(
        picture.starts_with("/api/v1/admin/feedback-pictures/"),
        "{picture}"
    );
    let seen = lab
        .call(Method::GET, &picture, &[("X-Api-Key", ADMIN)], "")
        .await;
    assert_eq!(seen.headers["content-type"], "image/jpeg");
    let elsewhere = picture.replace("feedback", "review");
    lab.call(Method::GET, &elsewhere, &[("X-Api-Key", ADMIN)], "")
        .await
        .expect(404);
    let reply = format!("/fault-reports/{}/reply", row["fault_id"]);
    let said = json!({"reply": "已安排维修"});
    admin(&lab, Method::POST, &reply, said).await.expect(200);

    let unread = telephone.get("/messages/unread").await.expect(200);
    assert_eq!(unread.data()["unread"], 1);
    let inbox = telephone.get("/messages?unread=true").await.expect(200);
    let message = &inbox.data()["items"][0];
    assert_eq!(
        (message["kind"].as_str(), message["text"].as_str()),
        (Some("fault_reply"), Some("已安排维修"))
    );
    let read = format!("/messages/{}/read", message["id"]);
    let left = telephone.post(&read, Value::Null).await.expect(200);
    assert_eq!(left.data()["unread"], 0);
    telephone
        .post("/messages/999/read", Value::Null)
        .await
        .expect(404);
    let left = telephone
        .post("/messages/read", Value::Null)
        .await
        .expect(200);
    assert_eq!(left.data()["unread"], 0);
    lab.close().await;
}

#[tokio::test]
async fn banners_are_for_everybody_and_only_in_their_time() {
    let lab = Lab::new().await;
    let now = lab.app.now().unix_seconds();
    let banner = |title: &str, from: i64, shown: bool| {
        json!({"title": title, "image": "https://example.com/a.png", "place": "home",
            "valid_from": from, "valid_until": now + 3600, "shown": shown})
    };
    for (title, from, shown) in [
        ("now", now - 1, true),
        ("later", now + 60, true),
        ("hidden", now - 1, false),
    ] {
        admin(&lab, Method::POST, "/banners", banner(title, from, shown))
            .await
            .expect(200);
    }
    let bad = json!({"title": "x", "image": "javascript:alert(1)", "place": "home",
        "valid_from": now, "valid_until": now + 1});
    let bad = admin(&lab, Method::POST, "/banners", bad).await.expect(400);
    assert_eq!(bad.field(), "image");
    let seen = lab
        .call(Method::GET, "/api/v1/member/banners?place=home", &[], "")
        .await
        .expect(200);
    assert_eq!(seen.data()["total"], 1);
    assert_eq!(seen.data()["items"][0]["title"], "now");
    assert!(seen.data()["items"][0].get("created_by").is_none());
    let all = admin(&lab, Method::GET, "/banners", Value::Null)
        .await
        .expect(200);
    assert_eq!(all.data()["total"], 3);
    lab.close().await;
}

#[tokio::test]
async fn a_member_is_frozen_and_let_in_again() {
    let lab = Lab::new().await;
    let (telephone, id) = member(&lab).await;
    let freeze = format!("/members/{id}/freeze");
    let off = json!({"on": false});
    admin(&lab, Method::POST, &freeze, off.clone())
        .await
        .expect(409);
    let frozen = admin(&lab, Method::POST, &freeze, json!({"on": true}))
        .await
        .expect(200);
    assert_eq!(frozen.data()["state"], "frozen");
    telephone.get("/me").await.expect(401);
    let listed = format!("/members/{id}/blacklist");
    admin(&lab, Method::POST, &listed, off.clone())
        .await
        .expect(409);
    let back = admin(&lab, Method::POST, &freeze, off).await.expect(200);
    assert_eq!(back.data()["state"], "normal");
    let company = json!({"company_id": 1});
    let refused = admin(&lab, Method::PUT, &format!("/members/{id}"), company).await;
    assert_eq!(refused.expect(422).field(), "company_id");
    let points = json!({"points": 100, "reason": "道歉", "key": "A1"});
    let path = format!("/members/{id}/points");
    for _ in 0..2 {
        let given = admin(&lab, Method::POST, &path, points.clone())
            .await
            .expect(200);
        assert_eq!(given.data()["balance"], 100, "once");
    }
    let taken = json!({"points": -101, "reason": "误发", "key": "A2"});
    admin(&lab, Method::POST, &path, taken).await.expect(409);
    let list = admin(&lab, Method::GET, "/members?sort=-points", Value::Null)
        .await
        .expect(200);
    let row = &list.data()["items"][0];
    assert_eq!(
        (
            row["points"].as_i64(),
            row["cash_fen"].as_i64(),
            row["orders"].as_i64()
        ),
        (Some(100), Some(0), Some(0))
    );
    let wrong = admin(&lab, Method::GET, "/members?sort=shoe", Value::Null)
        .await
        .expect(400);
    assert_eq!(wrong.field(), "sort");
    lab.close().await;
}
