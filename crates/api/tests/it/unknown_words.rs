//! A filter with a word that nobody knows is refused: an empty list would say that there is nothing
//! of the kind.

use crate::lab::Lab;
use serde_json::json;

#[tokio::test]
async fn unknown_words_are_refused_by_their_filter() {
    let lab = Lab::new().await;
    for (path, field, known) in [
        (
            "members?state=x",
            "state",
            "normal, frozen, blacklisted or cancelled",
        ),
        ("agents?state=x", "state", "active or disabled"),
        ("merchants?state=", "state", "active or disabled"),
        ("companies?state=ACTIVE", "state", "active or disabled"),
        ("recharges?state=x", "state", "created, paid or closed"),
        ("sms-log?result=x", "result", "sent, failed"),
        ("sms-log?template=x", "template", "SMS_LOGIN"),
        ("operations?kind=x", "kind", "member.adjust_balance"),
        (
            "operations?state=x",
            "state",
            "pending, approved, rejected or expired",
        ),
        (
            "earnings?state=x",
            "state",
            "pending, available or reversed",
        ),
        ("statements?state=x", "state", "generated or confirmed"),
        ("statements?month=2026-13", "month", "2026-03"),
        ("statements?month=May", "month", "2026-03"),
        ("ledger/lines?event_type=x", "event_type", "recharge"),
        ("ledger/sums?event_type=x", "event_type", "recharge"),
        ("merchant-ledger?event_type=x", "event_type", "split"),
        ("member-ledger?event_type=x", "event_type", "settle"),
        ("ops/protocol-quality?protocol=x", "protocol", "bench"),
        ("ops/protocol-quality/days?protocol=x", "protocol", "bench"),
    ] {
        let reply = lab.get(&format!("/api/v1/admin/{path}")).await.expect(400);
        assert_eq!(reply.field(), field, "{path}");
        assert!(
            reply.message().contains(known),
            "{path}: {}",
            reply.message()
        );
    }
    for path in [
        "members?state=frozen",
        "recharges?state=paid",
        "sms-log?result=sent&template=SMS_LOGIN",
        "operations?kind=admin.make_super",
        "earnings?state=pending",
        "statements?state=confirmed&month=2024-09",
        "ledger/lines?event_type=recharge",
        "ops/protocol-quality?protocol=bench&group=model",
    ] {
        lab.get(&format!("/api/v1/admin/{path}")).await.expect(200);
    }
    lab.close().await;
}

#[tokio::test]
async fn names_are_found_by_a_part() {
    let lab = Lab::new().await;
    for name in ["天府商户一", "锦江商户", "100%充电", "Chengdu Power"] {
        let body = json!({ "name": name });
        lab.post("/api/v1/admin/merchants", body).await.expect(200);
    }
    for (part, total) in [
        ("%E5%95%86%E6%88%B7", 2),
        ("%E9%94%A6%E6%B1%9F", 1),
        ("0%25", 1),
        ("%25", 1),
        ("_", 0),
        ("power", 1),
    ] {
        let list = format!("/api/v1/admin/merchants?name={part}");
        let reply = lab.get(&list).await.expect(200);
        assert_eq!(reply.data()["total"], total, "{part}");
    }
    lab.close().await;
}
