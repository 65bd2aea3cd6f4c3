//! What every write of the administration leaves in the audit log.

use crate::lab::Lab;
use axum::http::Method;
use store::PageRequest;
use store::audit_logs::{self, AuditFilter, AuditLine};

/// What changes nothing but the caller's own session. Keys have none.
const OF_SESSIONS: [&str; 4] = [
    "log_in",
    "refresh_session",
    "log_out",
    "offer_second_factor",
];

/// Changes that have no state before them that can be shown: they put something where there was
/// nothing, or tell a device something.
const NOTHING_BEFORE: &[&str] = &[
    "bind_ebike_plan",
    "bind_occupancy_rule",
    "bind_tariff",
    "remove_firmware",
    "set_voice",
];

async fn lines(lab: &Lab) -> Vec<AuditLine> {
    let mut view = lab.db.db.view().await.expect("a view");
    let page = PageRequest { page: 1, size: 20 };
    let page = audit_logs::list(view.conn(), &AuditFilter::default(), page).await;
    page.expect("read").items
}

/// The newest line that stands there.
pub(super) async fn newest(lab: &Lab) -> i64 {
    lines(lab).await.first().map_or(0, |line| line.id)
}

/// Asserts that a write has left a line that says what it did, and what was there before it where
/// something was.
pub(super) async fn check(lab: &Lab, id: &str, method: &Method, since: i64) {
    if OF_SESSIONS.contains(&id) {
        return;
    }
    let lines: Vec<AuditLine> = lines(lab)
        .await
        .into_iter()
        .filter(|line| line.id > since)
        .collect();
    let says = |line: &AuditLine| line.before.is_some() || line.after.is_some();
    assert!(lines.iter().any(says), "{id} leaves no trace: {lines:?}");
    let changes = [Method::PUT, Method::PATCH, Method::DELETE].contains(method);
    if changes && !NOTHING_BEFORE.contains(&id) {
        let before = lines.iter().any(|line| line.before.is_some());
        assert!(before, "{id} does not say what was there: {lines:?}");
    }
    let text = format!("{lines:?}");
    for secret in ["\"password\":\"1234\"", "\"secret\":\"a\""] {
        assert!(!text.contains(secret), "{id} tells a secret: {text}");
    }
}
