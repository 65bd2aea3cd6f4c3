//! What members call about coupons, points, reviews, faults and complaints.

use crate::lab::{DEVICE, Lab, NOW_S};
use crate::members::{Phone, log_in, phone};
use app::staff::Actor;
use app::{Decision, Place, RuleTerms};
use axum::http::Method;
use domain::feedback::TicketEvent;
use domain::ledger::{Asset, postings};
use domain::promotion::{Alloc, CouponKind, CouponLimits, FundedBy, ValidRule};
use kernel::{Fen, MemberId, Timestamp};
use serde_json::{Value, json};
use store::coupons::NewCoupon;
use store::ledger;

const NOW: Timestamp = Timestamp::from_unix_seconds(NOW_S);

fn anna() -> Actor {
    Actor::trusted("anna")
}

async fn member(lab: &Lab, number: &str) -> (MemberId, String) {
    let session = log_in(lab, number).await.expect(200);
    let id = session.data()["member"]["id"].as_i64().expect("an id");
    let token = session.data()["token"].as_str().expect("a token");
    (MemberId(id), token.to_owned())
}

fn telephone(lab: &Lab, token: String) -> Phone<'_> {
    Phone { lab, token }
}

/// One yuan off whatever the bill is; one for each member.
async fn coupon(lab: &Lab, stock: i32) -> i64 {
    let new = NewCoupon {
        name: "立减1元".to_owned(),
        kind: CouponKind::Cash { value: Fen(100) },
        threshold: Fen::ZERO,
        alloc: Alloc::ServiceFirst,
        funded_by: FundedBy::Platform,
        limits: CouponLimits::default(),
        valid: ValidRule::Days { days: 7 },
        stock: Some(stock),
        per_user: Some(1),
        claimable: true,
    };
    let made = lab.app.create_coupon(&anna(), &new).await;
    made.expect("a coupon").id
}

/// 1.50 yuan per kWh at the device, and 50 yuan in the wallet.
async fn may_charge(lab: &Lab, member: MemberId) {
    let terms = json!({"mode": "energy", "unit_price_fen": 150});
    let terms = RuleTerms::Ebike(serde_json::from_value(terms).expect("a plan"));
    let (app, kind) = (&lab.app, terms.kind());
    let made = app.create_rule("anna", "Rule", &terms, app.now()).await;
    let id = made.expect("made").rule.id;
    for (actor, decision) in [("anna", Decision::Submit), ("ben", Decision::Approve)] {
        let decided = app.decide_rule(actor, kind, (id, 1), decision, None).await;
        decided.expect("decided");
    }
    let place = Place::Device(DEVICE.parse().expect("an id"));
    let bound = app.bind_rule("ben", kind, Some(id), place).await;
    bound.expect("bound");
    let paid = postings::recharge("RC1", member, Asset::Mock, Fen(5000), Fen::ZERO);
    let mut tx = lab.app.db().begin().await.expect("a transaction");
    ledger::post(tx.conn(), &[paid], "test", NOW)
        .await
        .expect("posted");
    tx.commit().await.expect("committed");
    lab.arrive().await;
}

async fn charged(lab: &Lab, phone: &Phone<'_>, wish: Value) -> String {
    let started = phone.post("/charges", wish).await.expect(200);
    let order_no = started.data()["order_no"]
        .as_str()
        .expect("a number")
        .to_owned();
    lab.begin(&order_no, 1).await;
    lab.end(&order_no, 1).await;
    order_no
}

#[tokio::test]
async fn a_coupon_is_claimed_and_pays() {
    let lab = Lab::new().await;
    let (id, token) = member(&lab, "13800138000").await;
    let first = telephone(&lab, token);
    may_charge(&lab, id).await;
    let template = coupon(&lab, 1).await;
    let centre = first.get("/coupon-centre").await.expect(200);
    assert_eq!(centre.data()["items"][0]["stock"], 1);
    assert_eq!(centre.data()["items"][0]["terms"]["value_fen"], 100);
    let claim = format!("/coupon-centre/{template}/claim");
    let mine = first.post(&claim, Value::Null).await.expect(200);
    assert_eq!(mine.data()["state"], "unused");
    let again = first.post(&claim, Value::Null).await.expect(409);
    assert_eq!(again.message(), "no coupon is left");
    first
        .post("/coupon-centre/999/claim", Value::Null)
        .await
        .expect(404);
    first
        .post("/coupon-centre/x/claim", Value::Null)
        .await
        .expect(404);

    let wish = |coupon: &Value, points: i64| {
        json!({"device": DEVICE, "port_no": 1, "charge_mode": 4, "coupon_id": coupon,
            "points": points})
    };
    let refused = first
        .post("/charges", wish(&json!("one"), 0))
        .await
        .expect(400);
    assert_eq!(refused.field(), "coupon_id");
    let refused = first
        .post("/charges", wish(&mine.data()["id"], 50))
        .await
        .expect(422);
    assert_eq!(refused.field(), "points");
    let refused = first
        .post("/charges", wish(&mine.data()["id"], 100))
        .await
        .expect(409);
    assert_eq!(refused.message(), "not enough points");
    first
        .post("/charges", wish(&json!(999), 0))
        .await
        .expect(404);

    let order_no = charged(&lab, &first, wish(&mine.data()["id"], 0)).await;
    let order = first.get(&format!("/charges/{order_no}")).await.expect(200);
    assert_eq!(order.data()["status"], "completed");
    assert_eq!(order.data()["final_amount_fen"], 150);
    for (field, fen) in [
        ("discount_fen", 100),
        ("payable_fen", 50),
        ("paid_cash_fen", 50),
        ("paid_gift_fen", 0),
    ] {
        assert_eq!(order.data()[field], fen, "{field}");
    }
    let listed = first.get("/charges").await.expect(200);
    assert_eq!(listed.data()["items"][0]["discount_fen"], 100);
    let wallet = first.get("/wallet").await.expect(200);
    assert_eq!(wallet.data()["cash_fen"], 4950);
    for (shelf, sees) in [("available", 0), ("used", 1), ("expired", 0)] {
        let page = first
            .get(&format!("/coupons?shelf={shelf}"))
            .await
            .expect(200);
        assert_eq!(page.data()["total"], sees, "{shelf}");
    }
    let refused = first.get("/coupons?shelf=mine").await.expect(400);
    assert_eq!(refused.field(), "shelf");
    lab.close().await;
}

#[tokio::test]
async fn a_check_in_earns_points() {
    let lab = Lab::new().await;
    let (_, token) = member(&lab, "13800138000").await;
    let first = telephone(&lab, token);
    let done = first.post("/check-ins", Value::Null).await.expect(200);
    assert_eq!(
        (&done.data()["day"], &done.data()["points"]),
        (&json!("2024-10-20"), &json!(1))
    );
    first.post("/check-ins", Value::Null).await.expect(409);
    let month = first.get("/check-ins").await.expect(200);
    assert_eq!(month.data()["checked_in_today"], true);
    assert_eq!(month.data()["days"].as_array().map(Vec::len), Some(1));
    let other = first.get("/check-ins?month=2024-09").await.expect(200);
    assert_eq!(other.data()["days"].as_array().map(Vec::len), Some(0));
    for month in ["2024-13", "2024-9", "soon"] {
        let refused = first
            .get(&format!("/check-ins?month={month}"))
            .await
            .expect(400);
        assert_eq!(refused.field(), "month", "{month}");
    }
    let points = first.get("/points").await.expect(200);
    assert_eq!(points.data()["available"], 1);
    assert_eq!(points.data()["ending_on"], "2025-12-31");
    let lines = first.get("/points/lines").await.expect(200);
    assert_eq!(lines.data()["items"][0]["reason"], "checkin");
    lab.close().await;
}

#[tokio::test]
async fn a_charge_is_reviewed_and_complained_about() {
    let lab = Lab::new().await;
    let (id, token) = member(&lab, "13800138000").await;
    let first = telephone(&lab, token);
    may_charge(&lab, id).await;
    let wish = json!({"device": DEVICE, "port_no": 1, "charge_mode": 4});
    let order_no = charged(&lab, &first, wish.clone()).await;
    let running = first.post("/charges", wish).await.expect(200);
    let running = running.data()["order_no"].as_str().expect("a number");
    let path = format!("/charges/{order_no}/review");
    for (body, field) in [
        (json!({"stars": 6}), "stars"),
        (json!({"stars": 5, "tags": [""]}), "tags[0]"),
        (
            json!({"stars": 5, "images": ["javascript:alert(1)"]}),
            "images[0]",
        ),
        (json!({"stars": 5, "text": "x".repeat(501)}), "text"),
    ] {
        assert_eq!(first.post(&path, body).await.expect(400).field(), field);
    }
    let said = json!({"stars": 4, "tags": ["干净"], "text": "很好"});
    let early = format!("/charges/{running}/review");
    first.post(&early, said.clone()).await.expect(409);
    let review = first.post(&path, said.clone()).await.expect(200);
    first.post(&path, said).await.expect(409);
    let row = review.data()["id"].as_i64().expect("an id");
    lab.app
        .reply_to_review(&anna(), row, "谢谢")
        .await
        .expect("replied");
    lab.app
        .hide_review(&anna(), row, true)
        .await
        .expect("hidden");
    let mine = first.get("/reviews").await.expect(200);
    assert_eq!(mine.data()["items"][0]["reply"], "谢谢");
    assert_eq!(mine.data()["items"][0]["state"], "hidden");
    let others = first.get("/stations/1/reviews").await.expect(200);
    assert_eq!(others.data()["total"], 0);

    let path = format!("/charges/{order_no}/complaints");
    let wrong = json!({"type": "weather", "text": "?"});
    assert_eq!(first.post(&path, wrong).await.expect(400).field(), "type");
    let said = json!({"type": "billing", "text": "多扣了"});
    let made = first.post(&path, said.clone()).await.expect(200);
    assert_eq!(made.data()["state"], "new");
    first.post(&path, said).await.expect(409);
    let row = made.data()["id"].as_i64().expect("an id");
    let objection = format!("/complaints/{row}/objection");
    first
        .post(&objection, json!({"text": "no"}))
        .await
        .expect(409);
    lab.app
        .reply_to_complaint(&anna(), row, "已核实")
        .await
        .expect("replied");
    let shown = first.get(&format!("/complaints/{row}")).await.expect(200);
    assert_eq!(
        (&shown.data()["state"], &shown.data()["reply"]),
        (&json!("replied"), &json!("已核实"))
    );
    let handled = first
        .post(&objection, json!({"text": "不满意"}))
        .await
        .expect(200);
    assert_eq!(handled.data()["state"], "handling");
    lab.app
        .reply_to_complaint(&anna(), row, "退款")
        .await
        .expect("replied");
    lab.app.close_complaint(&anna(), row).await.expect("closed");
    let listed = first.get("/complaints").await.expect(200);
    assert_eq!(listed.data()["items"][0]["state"], "closed");

    let session = log_in(&lab, "13800138001").await.expect(200);
    let second = phone(&lab, &session);
    for path in [format!("/complaints/{row}"), format!("/charges/{order_no}")] {
        second.get(&path).await.expect(404);
    }
    second
        .post(&format!("/charges/{order_no}/review"), json!({"stars": 1}))
        .await
        .expect(404);
    let theirs = json!({"type": "other", "text": "?"});
    second
        .post(&format!("/charges/{order_no}/complaints"), theirs)
        .await
        .expect(404);
    second
        .call(Method::POST, &objection, json!({"text": "?"}))
        .await
        .expect(404);
    lab.close().await;
}

#[tokio::test]
async fn a_fault_is_reported_and_followed() {
    let lab = Lab::new().await;
    let (_, token) = member(&lab, "13800138000").await;
    let first = telephone(&lab, token);
    let said = json!({"device": DEVICE, "port_no": 1, "type": "plug", "text": "拔不出来",
        "images": ["https://example.com/a.jpg"]});
    for (field, value) in [
        ("device", json!("a b")),
        ("port_no", json!(0)),
        ("type", json!("weather")),
        ("text", json!(" ")),
    ] {
        let mut wrong = said.clone();
        wrong[field] = value;
        assert_eq!(
            first.post("/faults", wrong).await.expect(400).field(),
            field
        );
    }
    let mut absent = said.clone();
    absent["device"] = json!("99999999999999");
    first.post("/faults", absent).await.expect(404);
    let made = first.post("/faults", said).await.expect(200);
    let row = made.data()["id"].as_i64().expect("an id");
    let app = &lab.app;
    let nobody = app.assign_fault(&anna(), row, "ben").await;
    let named = matches!(&nobody, Err(app::AppError::Invalid { field, .. }) if field == "assignee");
    assert!(named, "{nobody:?}");
    let new = json!({"username": "ben", "org_id": 1});
    lab.post("/api/v1/admin/admins", new).await.expect(200);
    app.assign_fault(&anna(), row, "ben")
        .await
        .expect("assigned");
    let ben = Actor::trusted("ben");
    for event in [TicketEvent::Begin, TicketEvent::Finish] {
        app.move_fault(&ben, row, event, None).await.expect("moved");
    }
    let own = app.move_fault(&ben, row, TicketEvent::Verify, None).await;
    assert!(own.is_err(), "somebody else must verify");
    app.reply_to_fault(&anna(), row, "已修好")
        .await
        .expect("replied");
    app.move_fault(&anna(), row, TicketEvent::Verify, None)
        .await
        .expect("verified");
    let shown = first.get(&format!("/faults/{row}")).await.expect(200);
    assert_eq!(
        (&shown.data()["state"], &shown.data()["reply"]),
        (&json!("verified"), &json!("已修好"))
    );
    assert_eq!(shown.data()["progress"].as_array().map(Vec::len), Some(5));
    assert_eq!(first.get("/faults").await.expect(200).data()["total"], 1);
    let session = log_in(&lab, "13800138001").await.expect(200);
    phone(&lab, &session)
        .get(&format!("/faults/{row}"))
        .await
        .expect(404);
    lab.close().await;
}
