//! Who pays for cards, and what a company sees of the members for whom it pays.

use super::world::{World, account, world};
use crate::members::{PHONE, log_in, phone};
use axum::http::Method;
use serde_json::{Value, json};

const CARDS: &str = "/api/v1/admin/cards";
const MEMBERS: &str = "/api/v1/admin/members";

impl World {
    async fn as_key(&self, method: Method, path: &str, body: &Value) -> crate::lab::Reply {
        let headers = [("X-Api-Key", crate::lab::ADMIN)];
        self.lab
            .call(method, path, &headers, body.to_string())
            .await
    }
}

#[tokio::test]
async fn no_payer_is_dropped_silently() {
    let world = world().await;
    let company = world.company.id;
    for (body, field) in [
        (
            json!({"card_no":"81","limit_fen":100,"company_id":company}),
            "kind",
        ),
        (
            json!({"card_no":"81","limit_fen":100,"member_id":1}),
            "kind",
        ),
        (
            json!({"card_no":"81","limit_fen":100,"kind":"listed","member_id":1}),
            "kind",
        ),
        (
            json!({"card_no":"81","limit_fen":100,"kind":"account","member_id":9999}),
            "member_id",
        ),
        (
            json!({"card_no":"81","limit_fen":100,"kind":"account",
                "company_id":world.merchant.id}),
            "company_id",
        ),
    ] {
        let reply = world.lab.post(CARDS, &body).await.expect(400);
        assert_eq!(reply.field(), field, "{body}");
    }
    let body = json!({"card_no":"82","limit_fen":100,"kind":"account","company_id":company});
    world.lab.post(CARDS, &body).await.expect(200);
    // A change that leaves the kind out leaves the payer too, and names no other.
    let one = format!("{CARDS}/82");
    let other = json!({"limit_fen":100,"company_id":world.merchant.id});
    assert_eq!(
        world
            .as_key(Method::PUT, &one, &other)
            .await
            .expect(400)
            .field(),
        "kind"
    );
    let same = json!({"limit_fen":100,"company_id":company});
    let kept = world.as_key(Method::PUT, &one, &same).await.expect(200);
    assert_eq!(kept.data()["company_id"], company);
    // The company sees the card that the platform made for it, and others do not.
    let (_, _, boss) = account(&world.lab, &world.company, "boss", &[world.everything]).await;
    let list = world.get(&boss, CARDS).await.expect(200);
    assert_eq!(
        (&list.data()["total"], &list.data()["items"][0]["card_no"]),
        (&json!(1), &json!("82"))
    );
    world.get(&boss, &one).await.expect(200);
    let foreign = json!({"card_no":"83","limit_fen":100,"kind":"account",
        "company_id":world.foreign.org.id + 2});
    let reply = world
        .call(&boss, Method::POST, CARDS, &foreign)
        .await
        .expect(400);
    assert_eq!(reply.field(), "company_id");
    world.lab.close().await;
}

#[tokio::test]
async fn a_company_invites_and_sees_what_it_pays_for() {
    let world = world().await;
    let (_, _, boss) = account(&world.lab, &world.company, "boss", &[world.everything]).await;
    let session = log_in(&world.lab, PHONE).await.expect(200);
    let telephone = phone(&world.lab, &session);
    let id = telephone.get("/me").await.expect(200).data()["id"]
        .as_i64()
        .expect("an id");
    let member = format!("{MEMBERS}/{id}");
    let import = format!(
        "/api/v1/admin/companies/{}/members/import",
        world.company.id
    );
    let bearer = format!("Bearer {boss}");
    let headers = [("Authorization", bearer.as_str())];
    let list = format!("{PHONE},Zhang\n13900139001,Li\n");
    let report = world
        .lab
        .call(Method::POST, &import, &headers, list)
        .await
        .expect(200);
    let counted = |name: &str| report.data()[name].as_i64().expect("a number");
    assert_eq!(
        (counted("added"), counted("invited")),
        (1, 1),
        "{}",
        report.body
    );
    world.get(&boss, &member).await.expect(404);
    let waiting = telephone.get("/company-invitations").await.expect(200);
    let invitation = &waiting.data()["items"][0];
    assert_eq!(
        (&invitation["company"], &invitation["state"]),
        (&json!("company"), &json!("pending"))
    );
    assert_eq!(
        telephone.get("/messages/unread").await.expect(200).data()["unread"],
        1
    );
    let accept = format!("/company-invitations/{}/accept", invitation["id"]);
    let stranger = log_in(&world.lab, "13800138009").await.expect(200);
    phone(&world.lab, &stranger)
        .post(&accept, Value::Null)
        .await
        .expect(404);
    let done = telephone.post(&accept, Value::Null).await.expect(200);
    assert_eq!(done.data()["state"], "accepted");
    telephone.post(&accept, Value::Null).await.expect(409);

    // Name and telephone; nothing of their own money and charges, whatever the role says.
    let shown = world.get(&boss, &member).await.expect(200);
    assert_eq!(shown.data()["member"]["phone"], PHONE);
    assert_eq!(shown.data()["member"]["real_name"], "Zhang");
    assert_eq!(shown.data()["company_paid_fen"], 0);
    let lines = world.get(&boss, MEMBERS).await.expect(200);
    assert_eq!(lines.data()["total"], 2);
    let line = lines.data()["items"]
        .as_array()
        .expect("rows")
        .last()
        .expect("a row")
        .clone();
    for row in [&shown.data()["member"], shown.data(), &line] {
        for hidden in [
            "cash_fen",
            "gift_fen",
            "frozen_fen",
            "owed_fen",
            "points",
            "orders",
            "kwh",
            "wx_openid",
            "last_visit_at",
        ] {
            assert!(row.get(hidden).is_none(), "{hidden}: {row}");
        }
    }
    for path in [
        format!("{member}/points"),
        format!("{MEMBERS}?sort=-cash_fen"),
        format!("{MEMBERS}?seen_from=1"),
        "/api/v1/admin/member-ledger".to_owned(),
        "/api/v1/admin/member-ledger/totals".to_owned(),
    ] {
        let reply = world.get(&boss, &path).await.expect(403);
        assert_eq!(reply.data()["required"], "platform", "{path}");
    }
    let all = world.lab.get(&member).await.expect(200);
    assert_eq!(all.data()["cash_fen"], 0, "the platform sees it");
    let declined = telephone.get("/company-invitations?size=0").await;
    assert_eq!(declined.status, 400);
    world.lab.close().await;
}
