//! Refunds as their member sees them.

use crate::invoices::{charge_with, member};
use crate::lab::Lab;
use serde_json::json;

#[tokio::test]
async fn a_member_sees_refunds_and_nobody_of_the_staff() {
    let lab = Lab::new().await;
    let phone = member(&lab).await;
    let order = charge_with(&lab, &phone, 1, 400, json!({})).await;
    let path = format!("/api/v1/admin/orders/{order}/refund");
    let wish = json!({"amount_fen": 100, "reason": "too slow"});
    let asked = lab.post(&path, wish).await.answers(200);
    assert!(
        asked.data()["applicant"].is_string(),
        "the staff sees who asked"
    );
    let seen = phone.get("/refunds").await.answers(200);
    assert_eq!(seen.data()["total"], 1);
    let refund = &seen.data()["items"][0];
    assert_eq!(refund["refund_no"], asked.data()["refund_no"]);
    assert_eq!(
        (&refund["amount_fen"], &refund["state"]),
        (&json!(100), &json!("requested"))
    );
    for hidden in ["applicant", "auditor", "reason", "member_id"] {
        assert!(refund.get(hidden).is_none(), "{hidden}");
    }
    lab.close().await;
}
