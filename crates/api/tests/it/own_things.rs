//! What members call about their cards, vehicles, ports and debts.

use crate::lab::{DEVICE, Lab};
use crate::members::{PHONE, log_in, phone};
use axum::http::Method;
use serde_json::{Value, json};

const OTHER: &str = "13900139000";

#[tokio::test]
async fn a_member_holds_a_card_and_a_vehicle() {
    let lab = Lab::new().await;
    let card = json!({"card_no": "3000000001", "limit_fen": 10_000, "kind": "stored",
        "phone": PHONE, "daily_times": 3});
    let made = lab.post("/api/v1/admin/cards", card).await.expect(200);
    assert_eq!(made.data()["daily_times"], 3);
    let paid = json!({"amount_fen": 2500, "key": "R1"});
    let path = "/api/v1/admin/cards/3000000001/recharge";
    lab.post(path, paid).await.expect(200);
    let (mine, other) = (
        log_in(&lab, PHONE).await.expect(200),
        log_in(&lab, OTHER).await.expect(200),
    );
    let (mine, other) = (phone(&lab, &mine), phone(&lab, &other));

    let wish = json!({"card_no": "3000000001"});
    let refused = other.post("/cards", wish.clone()).await.expect(409);
    assert_eq!(refused.message(), "card and verification do not fit");
    let bound = mine.post("/cards", wish).await.expect(200);
    assert_eq!(bound.data()["balance_fen"], 2500);
    assert_eq!(
        mine.get("/cards").await.expect(200).data()[0]["status"],
        "active"
    );
    let loss = "/cards/3000000001/loss";
    other.post(loss, Value::Null).await.expect(404);
    assert_eq!(
        mine.post(loss, Value::Null).await.expect(200).data()["status"],
        "lost"
    );
    let found = mine.post("/cards/3000000001/unloss", Value::Null).await;
    assert_eq!(found.expect(200).data()["status"], "active");
    let gone = mine.call(Method::DELETE, "/cards/3000000001", Value::Null);
    gone.await.expect(200);
    assert_eq!(mine.get("/cards").await.expect(200).data(), &json!([]));

    let wish = json!({"plate": "京A·D12345", "vin": "LSGBC5345HG001234"});
    let bound = mine.post("/vehicles", wish.clone()).await.expect(200);
    assert_eq!(bound.data()["plate"], "京AD12345");
    other.post("/vehicles", wish).await.expect(409);
    let wrong = other
        .post("/vehicles", json!({"vin": "X"}))
        .await
        .expect(400);
    assert_eq!(wrong.field(), "vin");
    let path = format!("/vehicles/{}", bound.data()["id"]);
    other
        .call(Method::DELETE, &path, Value::Null)
        .await
        .expect(404);
    mine.call(Method::DELETE, &path, Value::Null)
        .await
        .expect(200);
    assert_eq!(mine.get("/vehicles").await.expect(200).data(), &json!([]));
    lab.close().await;
}

#[tokio::test]
async fn what_cannot_be_paid_or_kept_is_refused_by_its_name() {
    let lab = Lab::new().await;
    let session = log_in(&lab, PHONE).await.expect(200);
    let mine = phone(&lab, &session);
    assert_eq!(
        mine.get("/occupancies").await.expect(200).data()["total"],
        0
    );
    let paid = mine
        .post("/wallet/pay-debts", Value::Null)
        .await
        .expect(200);
    assert_eq!(paid.data()["owed_fen"], 0);

    let wish = json!({"device": DEVICE, "port_no": 1, "charge_mode": 4, "amount": 2000,
        "method": "mock"});
    for (field, value) in [
        ("method", json!("gold")),
        ("amount", json!(-1)),
        ("device", json!("")),
        ("price_per_kwh", json!(1)),
    ] {
        let mut wrong = wish.clone();
        wrong[field] = value;
        let refused = mine.post("/prepaid-charges", wrong).await.expect(400);
        assert_eq!(refused.field(), field);
    }
    let mut much = wish;
    much["amount"] = json!(20_001);
    let refused = mine.post("/prepaid-charges", much).await.expect(400);
    assert_eq!(refused.field(), "amount");
    let other = lab.order_on(2).await;
    mine.get(&format!("/prepaid-charges/{other}"))
        .await
        .expect(404);

    let nobody = json!({"device": "99999999999999", "port_no": 1});
    mine.post("/reservations", nobody).await.expect(404);
    let busy = json!({"device": DEVICE, "port_no": 2});
    mine.post("/reservations", busy).await.expect(409);
    assert_eq!(
        mine.get("/reservations").await.expect(200).data()["total"],
        0
    );
    let path = "/reservations/RS2026030109301500004201";
    mine.call(Method::DELETE, path, Value::Null)
        .await
        .expect(404);
    mine.post(&format!("{path}/unlock"), Value::Null)
        .await
        .expect(404);
    lab.close().await;
}
