//! What a change does not name stays as it was; null takes away, where there is something to take.

use crate::lab::{ADMIN, Lab, Reply};
use axum::http::Method;
use serde_json::{Value, json};

async fn put(lab: &Lab, path: &str, body: Value) -> Reply {
    let path = format!("/api/v1/admin{path}");
    let key = [("X-Api-Key", ADMIN)];
    lab.call(Method::PUT, &path, &key, body.to_string()).await
}

#[tokio::test]
async fn a_coupon_keeps_its_stock() {
    let lab = Lab::new().await;
    let says = json!({"name": "立减1元", "kind": {"type": "cash", "value": 100},
        "funded_by": "platform", "valid": {"days": 7}, "stock": 97, "per_user": 2,
        "claimable": true});
    let made = lab.post("/api/v1/admin/coupons", says).await.expect(200);
    let path = format!("/coupons/{}", made.data()["coupon_id"]);
    let of = |reply: &Reply| {
        let row = reply.data();
        let name = row["terms"]["name"].clone();
        (
            name,
            row["stock"].clone(),
            row["per_user"].clone(),
            row["claimable"].clone(),
        )
    };
    for (change, now) in [
        (
            json!({}),
            (json!("立减1元"), json!(97), json!(2), json!(true)),
        ),
        (
            json!({"name": "减一元"}),
            (json!("减一元"), json!(97), json!(2), json!(true)),
        ),
        (
            json!({"add_stock": 3}),
            (json!("减一元"), json!(100), json!(2), json!(true)),
        ),
        (
            json!({"add_stock": -50, "claimable": false}),
            (json!("减一元"), json!(50), json!(2), json!(false)),
        ),
        (
            json!({"per_user": null}),
            (json!("减一元"), json!(50), json!(null), json!(false)),
        ),
        (
            json!({"stock": null}),
            (json!("减一元"), json!(null), json!(null), json!(false)),
        ),
        (
            json!({"stock": 5}),
            (json!("减一元"), json!(5), json!(null), json!(false)),
        ),
    ] {
        let reply = put(&lab, &path, change.clone()).await.expect(200);
        assert_eq!(of(&reply), now, "{change}");
    }
    put(&lab, &path, json!({"add_stock": -6})).await.expect(409);
    let both = put(&lab, &path, json!({"stock": 9, "add_stock": 1})).await;
    assert_eq!(both.expect(400).field(), "add_stock");
    lab.close().await;
}

#[tokio::test]
async fn rules_keep_what_is_not_named() {
    let lab = Lab::new().await;
    let points = "/points-rules";
    let decided = json!({"rules": {"points_cap": 1000, "points_per_yuan": 7},
        "levels": [{"level": 1, "off_bp": 500, "funded_by": "platform"}]});
    let before = put(&lab, points, decided).await.expect(200);
    assert_eq!(before.data()["rules"]["points_per_yuan"], 7);
    let after = put(&lab, points, json!({"rules": {"points_cap": 2000}}))
        .await
        .expect(200);
    let mut wanted = before.data().clone();
    wanted["rules"]["points_cap"] = json!(2000);
    assert_eq!(after.data(), &wanted);
    let after = put(&lab, points, json!({"levels": []})).await.expect(200);
    wanted["levels"] = json!([]);
    assert_eq!(after.data(), &wanted);
    let shown = lab.get("/api/v1/admin/points-rules").await.expect(200);
    assert_eq!(shown.data(), &wanted);
    let nothing = put(&lab, points, json!({"rules": {"points_cap": null}})).await;
    assert_eq!(nothing.expect(400).field(), "rules.points_cap");

    let ladder = "/checkin-rules";
    put(&lab, ladder, json!({"enabled": true, "ladder": [5, 50]}))
        .await
        .expect(200);
    let off = put(&lab, ladder, json!({"enabled": false}))
        .await
        .expect(200);
    assert_eq!(off.data(), &json!({"enabled": false, "ladder": [5, 50]}));
    let on = put(&lab, ladder, json!({"ladder": [1]})).await.expect(200);
    assert_eq!(on.data(), &json!({"enabled": false, "ladder": [1]}));
    lab.close().await;
}
