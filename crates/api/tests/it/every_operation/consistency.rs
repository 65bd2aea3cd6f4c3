//! Whether everything hangs together.

use super::{Case, act, read};
use crate::lab::{DEVICE, Lab, NOW_S};
use axum::http::Method;
use domain::consistency::{Issue, Severity};
use kernel::Timestamp;
use store::consistency::{self, Found};

pub(super) async fn cases(lab: &Lab, charging: &str) -> Vec<Case> {
    let at = |path: &str| format!("/api/v1/admin/ops/{path}");
    let found = Found {
        issue_type: Issue::OrphanedChargingOrder,
        object_id: charging.to_owned(),
        order_no: Some(charging.to_owned()),
        device_id: None,
        phy_id: Some(DEVICE.to_owned()),
        port_no: Some(9),
        details: "is charging but no active port found".to_owned(),
    };
    let now = Timestamp::from_unix_seconds(NOW_S);
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    consistency::put(tx.conn(), &[(found, Severity::Info)], now)
        .await
        .expect("written");
    let row = consistency::open(tx.conn())
        .await
        .expect("read")
        .remove(0)
        .id;
    tx.commit().await.expect("committed");
    vec![
        act(
            "fix_finding",
            Method::POST,
            &at(&format!("consistency/findings/{row}/fix")),
            Some("/api/v1/admin/ops/consistency/findings/999999/fix"),
        ),
        read("health_report", at("health"), None),
        read("list_nodes", at("nodes"), None),
        read("health_page", at("health.html"), None),
        read("check_consistency", at("consistency"), None),
        act("run_consistency", Method::POST, &at("consistency"), None),
        read(
            "consistency_runs",
            at("consistency/runs"),
            Some(("/api/v1/admin/ops/consistency/runs?size=501", 400)),
        ),
        read(
            "consistency_findings",
            at("consistency/findings?open=true&severity=info"),
            Some(("/api/v1/admin/ops/consistency/findings?issue_type=x", 400)),
        ),
        read(
            "stuck_orders",
            at("stuck-orders"),
            Some(("/api/v1/admin/ops/stuck-orders?size=501", 400)),
        ),
        act(
            "fix_stuck_order",
            Method::POST,
            &at(&format!("stuck-orders/{charging}/fix")),
            Some("/api/v1/admin/ops/stuck-orders/THD1600000000009/fix"),
        ),
    ]
}
