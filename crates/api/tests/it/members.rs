//! What members call, from the first code to a charge that is refused for want of money.

use crate::lab::{DEVICE, Lab, Reply};
use crate::schema::Documented;
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

pub(crate) const PHONE: &str = "13800138000";

/// A member's telephone.
pub(crate) struct Phone<'a> {
    pub(crate) lab: &'a Lab,
    pub(crate) token: String,
}

impl Phone<'_> {
    pub(crate) async fn call(&self, method: Method, path: &str, body: Value) -> Reply {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Authorization", bearer.as_str())];
        let path = format!("/api/v1/member{path}");
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.lab.call(method, &path, &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path, body).await
    }
}

async fn door(lab: &Lab, path: &str, body: Value) -> Reply {
    let path = format!("/api/v1/member{path}");
    lab.call(Method::POST, &path, &[], body.to_string()).await
}

pub(crate) async fn log_in(lab: &Lab, phone: &str) -> Reply {
    lab.texts.clear();
    let asked = json!({"phone": phone, "purpose": "login"});
    door(lab, "/codes", asked).await.expect(200);
    let code = lab.texts.code(phone).await;
    door(lab, "/sessions", json!({"phone": phone, "code": code})).await
}

pub(crate) fn phone<'a>(lab: &'a Lab, session: &Reply) -> Phone<'a> {
    let token = session.data()["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    Phone { lab, token }
}

#[tokio::test]
async fn a_member_registers_looks_and_leaves() {
    let lab = Lab::new().await;
    let session = log_in(&lab, PHONE).await.expect(200);
    assert_eq!(session.data()["member"]["has_password"], false);
    let first = phone(&lab, &session);
    let me = first.get("/me").await.expect(200);
    assert_eq!(me.data()["phone"], PHONE);
    let said = json!({"nickname": "Anna", "wx_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"});
    let me = first.call(Method::PUT, "/me", said).await.expect(200);
    assert_eq!(me.data()["nickname"], "Anna");
    let wrong = json!({"nickname": "x".repeat(33)});
    assert_eq!(
        first
            .call(Method::PUT, "/me", wrong)
            .await
            .expect(400)
            .field(),
        "nickname"
    );

    let wallet = first.get("/wallet").await.expect(200);
    assert_eq!(wallet.data()["cash_fen"], 0);
    assert_eq!(
        first.get("/wallet/lines").await.expect(200).data()["total"],
        0
    );
    assert_eq!(
        first
            .get("/wallet/lines?size=501")
            .await
            .expect(400)
            .field(),
        "size"
    );
    assert_eq!(first.get("/charges").await.expect(200).data()["total"], 0);
    assert_eq!(first.get("/notices").await.expect(200).data()["total"], 0);
    first.get("/notices?size=501").await.expect(400);
    first.get("/dicts/none").await.expect(404);

    // Nothing in the wallet: no charge.
    let wish = json!({"device": DEVICE, "port_no": 1, "charge_mode": 4});
    let refused = first.post("/charges", wish.clone()).await.expect(409);
    assert_eq!(refused.message(), "balance too low");
    let mut cheeky = wish.clone();
    cheeky["price_per_kwh"] = json!(1);
    assert_eq!(
        first.post("/charges", cheeky).await.expect(400).field(),
        "price_per_kwh"
    );
    let mut unknown = wish;
    unknown["pay_by"] = json!("barter");
    assert_eq!(
        first.post("/charges", unknown).await.expect(400).field(),
        "pay_by"
    );
    // Somebody else's order is none.
    let other = lab.order_on(2).await;
    first.get(&format!("/charges/{other}")).await.expect(404);
    first
        .post(&format!("/charges/{other}/stop"), Value::Null)
        .await
        .expect(404);

    first
        .call(Method::DELETE, "/sessions", Value::Null)
        .await
        .expect(200);
    first.get("/me").await.expect(401);
    lab.close().await;
}

#[tokio::test]
async fn a_password_opens_as_well_and_guessing_is_stopped() {
    let lab = Lab::new().await;
    let session = log_in(&lab, PHONE).await.expect(200);
    let telephone = phone(&lab, &session);
    lab.texts.clear();
    lab.clock.advance(Duration::from_secs(61));
    let asked = json!({"phone": PHONE, "purpose": "password"});
    let path = "/api/v1/member/codes";
    let texted = lab.call(Method::POST, path, &[], asked.to_string()).await;
    assert_eq!(texted.status.as_u16(), 200, "{}", texted.body);
    let code = lab.texts.code(PHONE).await;
    let weak = json!({"code": code, "password": "short"});
    let refused = telephone.post("/password", weak).await;
    assert_eq!(refused.status.as_u16(), 400, "{}", refused.body);
    let strong = json!({"code": code, "password": "correct horse battery 9"});
    let set = telephone.post("/password", strong).await;
    assert_eq!(set.status.as_u16(), 200, "{}", set.body);
    assert_eq!(
        telephone.get("/me").await.status.as_u16(),
        401,
        "all sessions end"
    );

    let with = |password: &str| json!({"phone": PHONE, "password": password});
    let open = door(&lab, "/sessions", with("correct horse battery 9")).await;
    assert_eq!(open.status.as_u16(), 200, "{}", open.body);
    let refresh = json!({"refresh_token": open.data()["refresh_token"]});
    let renewed = door(&lab, "/sessions/refresh", refresh.clone()).await;
    assert_eq!(renewed.status.as_u16(), 200, "{}", renewed.body);
    assert_eq!(
        door(&lab, "/sessions/refresh", refresh)
            .await
            .status
            .as_u16(),
        401,
        "once"
    );
    assert_eq!(
        phone(&lab, &open).get("/me").await.status.as_u16(),
        401,
        "the old token is gone"
    );
    assert_eq!(phone(&lab, &renewed).get("/me").await.status.as_u16(), 200);

    let mut statuses = Vec::new();
    for _ in 0..7 {
        statuses.push(door(&lab, "/sessions", with("guess")).await.status.as_u16());
    }
    assert_eq!(statuses.first(), Some(&401));
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    let right = door(&lab, "/sessions", with("correct horse battery 9")).await;
    assert_eq!(right.status.as_u16(), 429, "also with the right one");
    lab.close().await;
}

#[tokio::test]
async fn codes_are_few_and_good_once() {
    let lab = Lab::new().await;
    let asked = json!({"phone": PHONE, "purpose": "login"});
    door(&lab, "/codes", asked.clone()).await.expect(200);
    let again = door(&lab, "/codes", asked.clone()).await.expect(429);
    assert_eq!(again.headers["retry-after"], "60");
    assert_eq!(again.message(), "another may be asked for in 60 seconds");
    lab.clock.advance(Duration::from_secs(45));
    let again = door(&lab, "/codes", asked.clone()).await.answers(429);
    assert_eq!(again.headers["retry-after"], "15");
    lab.clock.advance(Duration::from_secs(15));
    lab.texts.code(PHONE).await;
    lab.texts.clear();
    door(&lab, "/codes", asked).await.answers(200);
    let code = lab.texts.code(PHONE).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let with = |code: &str| json!({"phone": PHONE, "code": code});
    door(&lab, "/sessions", with(wrong)).await.answers(401);
    door(&lab, "/sessions", with(&code)).await.answers(200);
    door(&lab, "/sessions", with(&code)).await.answers(401);
    for (body, field) in [
        (json!({"phone": "1380013800", "purpose": "login"}), "phone"),
        (json!({"phone": PHONE, "purpose": "fun"}), "purpose"),
    ] {
        assert_eq!(door(&lab, "/codes", body).await.answers(400).field(), field);
    }
    let both = json!({"phone": PHONE, "code": "1", "password": "2"});
    assert_eq!(
        door(&lab, "/sessions", both).await.answers(400).field(),
        "code"
    );
    lab.close().await;
}

/// Every operation of members refuses who is not logged in, but for the doors.
#[tokio::test]
async fn nothing_of_members_is_open() {
    let lab = Lab::new().await;
    let document = Documented::load();
    let mut seen = BTreeSet::new();
    for (method, path, operation) in document.operations() {
        if operation["tags"][0] != "member" || operation["security"].is_null() {
            continue;
        }
        let path = path
            .replace("{order_no}", "APP1729407600001")
            .replace("{req_no}", "IV2026030109301500004201")
            .replace("{card_no}", "1000000001")
            .replace("{reservation_no}", "RS2026030109301500004201")
            .replace("{id}", "1");
        for headers in [vec![], vec![("Authorization", "Bearer nonsense")]] {
            let reply = lab.call(method.clone(), &path, &headers, "{}").await;
            assert_eq!(reply.status.as_u16(), 401, "{method} {path}");
        }
        seen.insert(
            operation["operationId"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        );
    }
    assert!(seen.len() >= 37, "{seen:?}");
    lab.close().await;
}
