//! Members' invoices over HTTP: titles, the wish, the paper, the letter.

use crate::lab::{ADMIN, DEVICE, Lab};
use crate::members::{PHONE, Phone, log_in, phone};
use app::{Decision, Place, RuleTerms};
use axum::http::Method;
use domain::ledger::{Asset, postings};
use kernel::{Fen, MemberId};
use serde_json::{Value, json};
use std::time::Duration;
use store::ledger;

fn title(name: &str) -> Value {
    json!({"kind": "82", "buyer_kind": "company", "title": name,
        "tax_no": "91510100MA6CYYYY0Y", "email": "buyer@example.com"})
}

/// A member with 50 yuan, logged in, and a device that charges 1.50 yuan per kWh.
pub(crate) async fn member(lab: &Lab) -> Phone<'_> {
    let session = log_in(lab, PHONE).await.expect(200);
    let id = MemberId(session.data()["member"]["id"].as_i64().expect("an id"));
    let app = &lab.app;
    let topped = postings::recharge("RC1", id, Asset::Mock, Fen(5000), Fen::ZERO);
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    ledger::post(tx.conn(), &[topped], "test", app.now())
        .await
        .expect("posted");
    tx.commit().await.expect("committed");
    let plan = json!({"mode": "energy", "unit_price_fen": 150});
    let terms = RuleTerms::Ebike(Box::new(serde_json::from_value(plan).expect("a plan")));
    let kind = terms.kind();
    let rule = app
        .create_rule("anna", "Rule", &terms, app.now())
        .await
        .expect("made")
        .rule
        .id;
    for (actor, decision) in [("anna", Decision::Submit), ("ben", Decision::Approve)] {
        let decided = app
            .decide_rule(actor, kind, (rule, 1), decision, None)
            .await;
        decided.expect("decided");
    }
    let place = Place::Device(DEVICE.parse().expect("an id"));
    app.bind_rule("ben", kind, Some(rule), place)
        .await
        .expect("bound");
    phone(lab, &session)
}

/// Charges and pays.
async fn charge(lab: &Lab, member: &Phone<'_>, port: u16, centi_kwh: i64) -> String {
    charge_with(lab, member, port, centi_kwh, json!({})).await
}

/// The same with more said.
pub(crate) async fn charge_with(
    lab: &Lab,
    member: &Phone<'_>,
    port: u16,
    centi_kwh: i64,
    more: Value,
) -> String {
    let connection = lab.connect().await;
    let device = DEVICE.parse().expect("an id");
    lab.app.arrived(&connection, &device).await;
    let mut wish = json!({"device": DEVICE, "port_no": port, "charge_mode": 4, "amount": 1500});
    for (name, value) in more.as_object().into_iter().flatten() {
        wish[name] = value.clone();
    }
    let started = member.post("/charges", wish).await;
    assert_eq!(started.status.as_u16(), 200, "{}", started.body);
    let order_no = started.data()["order_no"]
        .as_str()
        .expect("a number")
        .to_owned();
    lab.begin(&order_no, port).await;
    lab.end_with_energy(&order_no, port, centi_kwh).await;
    order_no
}

/// Waits until so many letters have been sent: the application works on invoices by itself too.
async fn worked(lab: &Lab, letters: usize) {
    for _ in 0..400 {
        lab.app.work_on_invoices().await.expect("a database");
        if lab.letters.sent().len() >= letters {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no letter");
}

#[tokio::test]
async fn a_book_of_buyers() {
    let lab = Lab::new().await;
    let session = log_in(&lab, PHONE).await.expect(200);
    let member = phone(&lab, &session);
    let all = member.get("/invoice-titles").await.expect(200);
    assert_eq!(all.data(), &json!([]));
    for (change, field) in [
        (json!({"kind": "83"}), "kind"),
        (json!({"buyer_kind": "nobody"}), "buyer_kind"),
        (json!({"title": " "}), "title"),
        (json!({"tax_no": null}), "tax_no"),
        (json!({"tax_no": "9151 0100"}), "tax_no"),
        (json!({"email": "nowhere"}), "email"),
        (json!({"mobile": "123"}), "mobile"),
        (json!({"colour": "blue"}), "colour"),
    ] {
        let mut bad = title("甲");
        for (name, value) in change.as_object().expect("an object") {
            bad[name] = value.clone();
        }
        let refused = member.post("/invoice-titles", bad).await.expect(400);
        assert_eq!(refused.field(), field, "{}", refused.body);
    }
    let first = member
        .post("/invoice-titles", title("甲"))
        .await
        .expect(200);
    assert_eq!(first.data()["is_default"], true, "the first one is");
    let mut other = title("乙");
    other["is_default"] = json!(true);
    let second = member.post("/invoice-titles", other).await.expect(200);
    let path = format!("/invoice-titles/{}", first.data()["id"]);
    assert_eq!(
        member.get(&path).await.expect(200).data()["is_default"],
        false
    );
    let changed = member
        .call(Method::PUT, &path, title("丙"))
        .await
        .expect(200);
    assert_eq!(changed.data()["title"], "丙");
    let all = member.get("/invoice-titles").await.expect(200);
    assert_eq!(all.data()[0]["id"], second.data()["id"]);
    member
        .call(Method::DELETE, &path, Value::Null)
        .await
        .expect(200);
    for method in [Method::GET, Method::DELETE] {
        member.call(method, &path, Value::Null).await.expect(404);
    }
    member
        .call(Method::PUT, &path, title("丁"))
        .await
        .expect(404);
    member.get("/invoice-titles/x").await.expect(404);
    lab.close().await;
}

#[tokio::test]
async fn an_order_becomes_an_invoice_and_a_letter() {
    let lab = Lab::new().await;
    let member = member(&lab).await;
    let first = charge(&lab, &member, 1, 523).await;
    let second = charge(&lab, &member, 2, 200).await;
    let open = member.get("/invoice-orders").await;
    assert_eq!(open.status.as_u16(), 200, "{}", open.body);
    assert_eq!(open.data()["total"], 2);
    assert_eq!(open.data()["items"][1]["amount_fen"], 785);
    assert_eq!(open.data()["items"][1]["problem"], Value::Null);

    let wish = json!({"orders": [first, second], "remark": "谢谢"});
    let refused = member.post("/invoices", wish.clone()).await;
    assert_eq!(
        (refused.status.as_u16(), refused.field()),
        (400, "title_id")
    );
    member
        .post("/invoice-titles", title("成都某某科技有限公司"))
        .await;
    for (bad, status, field) in [
        (json!({"orders": []}), 400, "orders"),
        (json!({"orders": ["x"]}), 400, "orders[0]"),
        (json!({"orders": [first, first]}), 400, "orders"),
        (json!({"orders": [first], "email": "nowhere"}), 400, "email"),
        (json!({"orders": [first], "amount": 1}), 400, "amount"),
        (json!({"orders": [first], "title_id": 99}), 404, ""),
        (json!({"orders": ["APP1729407600999"]}), 404, ""),
    ] {
        let refused = member.post("/invoices", bad).await;
        assert_eq!(
            (refused.status.as_u16(), refused.field()),
            (status, field),
            "{}",
            refused.body
        );
    }
    let asked = member.post("/invoices", wish.clone()).await;
    assert_eq!(asked.status.as_u16(), 200, "{}", asked.body);
    assert_eq!(asked.data()["state"], "issuing");
    assert_eq!(asked.data()["amount_fen"], 1085);
    assert_eq!(
        member.post("/invoices", wish).await.status.as_u16(),
        409,
        "once"
    );
    let number = asked.data()["req_no"]
        .as_str()
        .expect("a number")
        .to_owned();
    let path = format!("/invoices/{number}");

    worked(&lab, 1).await;
    let shown = member.get(&path).await;
    let invoice = &shown.data()["invoice"];
    assert_eq!(invoice["state"], "issued", "{}", shown.body);
    let digits = invoice["invoice_no"].as_str().expect("a number");
    assert_eq!(digits.len(), 20);
    assert_eq!(shown.data()["orders"].as_array().map(Vec::len), Some(2));
    assert_eq!(shown.data()["files"][0]["form"], "html");
    assert_eq!(member.get("/invoices").await.data()["total"], 1);
    let letters = lab.letters.sent();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].2, [format!("{digits}.html")]);

    let file = member.get(&format!("{path}/file")).await;
    assert_eq!(file.status.as_u16(), 200);
    assert_eq!(file.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(file.headers["x-content-type-options"], "nosniff");
    let saved = file.headers["content-disposition"].to_str().expect("text");
    assert_eq!(saved, format!("attachment; filename=\"{number}.html\""));
    assert!(file.body.as_str().is_some_and(|page| page.contains(digits)));
    assert_eq!(
        member
            .get(&format!("{path}/file?form=pdf"))
            .await
            .status
            .as_u16(),
        404
    );
    assert_eq!(
        member.get(&format!("{path}/file?form=doc")).await.field(),
        "form"
    );

    // The staff of the seller has the same paper, whoever may see tax numbers at least.
    let desk = |path: String| {
        let path = format!("/api/v1/admin/invoices{path}");
        let lab = &lab;
        async move {
            lab.call(Method::GET, &path, &[("X-Api-Key", ADMIN)], "")
                .await
        }
    };
    let list = desk(format!("?invoice_no={digits}&state=issued")).await;
    assert_eq!(list.data()["total"], 1, "{}", list.body);
    assert_eq!(list.data()["items"][0]["amount_fen"], 1085);
    assert_eq!(desk("?state=failed".to_owned()).await.data()["total"], 0);
    let sheet = desk("?format=csv".to_owned()).await;
    let sheet = sheet.body.as_str().expect("text").to_owned();
    assert!(sheet.contains("1085") && sheet.contains(digits), "{sheet}");
    let copy = desk(format!("/{number}/file")).await;
    assert_eq!((copy.status, &copy.body), (file.status, &file.body));
    let told = member.get("/messages").await;
    assert_eq!(told.data()["items"][0]["kind"], "invoice_ok");

    let to = json!({"email": "other@example.com"});
    let sent = member.post(&format!("{path}/resend"), to).await;
    assert_eq!(sent.data()["email"], "other@example.com", "{}", sent.body);
    let nowhere = member
        .post(&format!("{path}/resend"), json!({"email": "x"}))
        .await;
    assert_eq!(nowhere.field(), "email");
    worked(&lab, 2).await;
    assert_eq!(
        lab.letters
            .sent()
            .last()
            .map(|letter| letter.0.clone())
            .as_deref(),
        Some("other@example.com")
    );
    let late = member.call(Method::DELETE, &path, Value::Null).await;
    assert_eq!(late.status.as_u16(), 409);
    lab.close().await;
}

#[tokio::test]
async fn somebody_else_s_invoice_is_none() {
    let lab = Lab::new().await;
    let session = log_in(&lab, "13900139000").await;
    let stranger = phone(&lab, &session);
    let owner = member(&lab).await;
    let order = charge(&lab, &owner, 1, 200).await;
    owner.post("/invoice-titles", title("甲")).await;
    let asked = owner.post("/invoices", json!({"orders": [order]})).await;
    let path = format!(
        "/invoices/{}",
        asked.data()["req_no"].as_str().expect("a number")
    );
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::GET, format!("{path}/file")),
        (Method::POST, format!("{path}/resend")),
        (Method::GET, "/invoices/nonsense".to_owned()),
    ] {
        let reply = stranger.call(method.clone(), &path, Value::Null).await;
        assert_eq!(
            reply.status.as_u16(),
            404,
            "{method} {path}: {}",
            reply.body
        );
    }
    let theirs = stranger
        .post("/invoices", json!({"orders": [order], "title_id": 1}))
        .await;
    assert_eq!(theirs.status.as_u16(), 404);
    assert_eq!(stranger.get("/invoices").await.data()["total"], 0);
    assert_eq!(stranger.get("/invoice-orders").await.data()["total"], 0);
    lab.close().await;
}
