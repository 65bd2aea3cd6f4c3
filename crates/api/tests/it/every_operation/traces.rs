//! What every write of the administration leaves in the audit log.

use crate::lab::Lab;
use axum::http::Method;
use store::PageRequest;
use store::audit_logs::{self, AuditFilter, AuditLine};

/// What changes nothing but the caller's own session, which keys have not, and what only reads.
const NO_CHANGE: [&str; 5] = [
    "decode_frames",
    "log_in",
    "refresh_session",
    "log_out",
    "offer_second_factor",
];

/// Changes that have no state before them that can be shown: they put something where there was
/// nothing, or tell a device something.
const NOTHING_BEFORE: &[&str] = &[
    "remove_firmware",
    "remove_socket",
    "replace_sockets",
    "set_port_service",
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

/// What is wrong with the line that a write has left: it says what was done, and what was there
/// before it where something was.
pub(super) async fn problem(lab: &Lab, id: &str, method: &Method, since: i64) -> Option<String> {
    if NO_CHANGE.contains(&id) {
        return None;
    }
    let lines: Vec<AuditLine> = lines(lab)
        .await
        .into_iter()
        .filter(|line| line.id > since)
        .collect();
    let says = |line: &AuditLine| line.before.is_some() || line.after.is_some();
    if !lines.iter().any(says) {
        return Some(format!("{id} leaves no trace: {lines:?}"));
    }
    let changes = [Method::PUT, Method::PATCH, Method::DELETE].contains(method);
    let before = lines.iter().any(|line| line.before.is_some());
    if changes && !before && !NOTHING_BEFORE.contains(&id) {
        return Some(format!("{id} does not say what was there: {lines:?}"));
    }
    // The password of the card that a case adds.
    let told = format!("{lines:?}").contains("String(\"1234\")");
    told.then(|| format!("{id} tells a secret: {lines:?}"))
}
