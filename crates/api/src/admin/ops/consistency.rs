//! Whether orders, ports, connections and the database agree.

use crate::Api;
use crate::admin::money::paged_query;
use crate::choice::one_of;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter, Named};
use crate::run_to_end::run_to_end;
use crate::system::SystemQuery;
use crate::view::{PageOut, PageQuery, seconds};
use app::ConsistencyReport;
use axum::extract::State;
use domain::consistency::{Issue, Severity};
use serde::{Deserialize, Serialize};
use store::consistency::{FindingFilter, FindingRow, Found, RunRow};
use utoipa::ToSchema;

/// A finding's row, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct FindingId(i64);

impl Named for FindingId {
    const NAME: &'static str = "finding";
}

/// Something that does not hang together.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssueOut {
    /// `order_port_mismatch`, `orphaned_charging_order`, `lonely_charging_port`,
    /// `duplicate_active_orders`, `freeze_mismatch`, `tracker_mismatch`, `forgotten_order`.
    #[schema(example = "order_port_mismatch")]
    issue_type: &'static str,
    /// The device's row.
    device_id: Option<i64>,
    /// The device.
    phy_id: Option<String>,
    /// The port.
    port_no: Option<i32>,
    /// The order.
    order_no: Option<String>,
    /// In words.
    #[schema(example = "Order THD1729407600001 status=charging but port status=idle")]
    details: String,
}

impl From<Found> for IssueOut {
    fn from(found: Found) -> Self {
        Self {
            issue_type: found.issue_type.as_str(),
            device_id: found.device_id,
            phy_id: found.phy_id,
            port_no: found.port_no,
            order_no: found.order_no,
            details: found.details,
        }
    }
}

/// What a look came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConsistencyOut {
    /// Charging orders that were looked at.
    checked: u64,
    /// Those that did not agree with their port, each once.
    inconsistent: u64,
    /// Milliseconds that the look took.
    took_ms: u64,
    /// Everything that was found; an order whose port does not charge is there twice, as a mismatch
    /// and as an orphan.
    issues: Vec<IssueOut>,
}

impl From<ConsistencyReport> for ConsistencyOut {
    fn from(report: ConsistencyReport) -> Self {
        Self {
            checked: report.checked,
            inconsistent: report.inconsistent,
            took_ms: u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
            issues: report.found.into_iter().map(IssueOut::from).collect(),
        }
    }
}

/// Looks whether everything hangs together now, and changes nothing.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/consistency",
    tag = "administration",
    operation_id = "check_consistency",
    extensions(("x-access" = json!("ops.consistency.view"))),
    responses((status = 200, description = "What was seen", body = Envelope<ConsistencyOut>))
)]
pub(crate) async fn check(State(api): State<Api>) -> Answer<ConsistencyOut> {
    Ok(ok(api.app().check_consistency().await?.into()))
}

/// Looks now as every minute: what is found is written down, and mended where that is safe.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ops/consistency",
    tag = "administration",
    operation_id = "run_consistency",
    extensions(("x-access" = json!("ops.consistency.run"))),
    responses((status = 200, description = "What was seen", body = Envelope<ConsistencyOut>))
)]
pub(crate) async fn run(State(api): State<Api>) -> Answer<ConsistencyOut> {
    let app = api.app().clone();
    let report = run_to_end(async move { app.keep_consistent("api").await }).await?;
    Ok(ok(report.into()))
}

/// A look of the past.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConsistencyRunOut {
    /// `schedule`, `api`.
    #[schema(example = "schedule")]
    source: String,
    /// When, Unix seconds.
    at: i64,
    /// Charging orders that were looked at.
    checked: i64,
    /// Those that did not agree with their port.
    inconsistent: i64,
    /// Everything that was found.
    findings: i64,
    /// Milliseconds that it took.
    took_ms: i64,
}

impl From<RunRow> for ConsistencyRunOut {
    fn from(row: RunRow) -> Self {
        Self {
            source: row.source,
            at: row.at.unix_seconds(),
            checked: row.checked,
            inconsistent: row.inconsistent,
            findings: row.findings,
            took_ms: row.took_ms,
        }
    }
}

/// Lists the looks that were taken, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/consistency/runs",
    tag = "administration",
    operation_id = "consistency_runs",
    extensions(("x-access" = json!("ops.consistency.view"))),
    params(SystemQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<ConsistencyRunOut>>))
)]
pub(crate) async fn runs(
    State(api): State<Api>,
    Filter(query): Filter<SystemQuery>,
) -> Answer<PageOut<ConsistencyRunOut>> {
    let page = api
        .app()
        .list_consistency_runs(query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, ConsistencyRunOut::from)))
}

/// Something that did not hang together, with its history.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConsistencyFindingOut {
    /// Its row.
    finding_id: i64,
    /// What.
    #[serde(flatten)]
    issue: IssueOut,
    /// `info`, `warning` after 5 minutes, `error` after 15.
    #[schema(example = "info")]
    severity: &'static str,
    /// When it was seen first, Unix seconds.
    first_seen: i64,
    /// When it was seen last, Unix seconds.
    last_seen: i64,
    /// In how many looks.
    seen: i32,
    /// What was done about it.
    action: Option<String>,
    /// When it was gone, Unix seconds.
    resolved_at: Option<i64>,
}

impl From<FindingRow> for ConsistencyFindingOut {
    fn from(row: FindingRow) -> Self {
        Self {
            finding_id: row.id,
            issue: IssueOut {
                issue_type: row.issue_type.as_str(),
                device_id: row.device_id.map(|id| id.0),
                phy_id: row.phy_id,
                port_no: row.port_no,
                order_no: row.order_no,
                details: row.details,
            },
            severity: row.severity.as_str(),
            first_seen: row.first_seen.unix_seconds(),
            last_seen: row.last_seen.unix_seconds(),
            seen: row.seen,
            action: row.action,
            resolved_at: seconds(row.resolved_at),
        }
    }
}

paged_query! {
    /// Which findings a list shows.
    FindingQuery {
        /// Only those that are not over.
        open: bool,
        /// Of this kind.
        issue_type: String,
        /// `info`, `warning`, `error`.
        severity: String,
        /// Of this order.
        order_no: String,
        /// Of this device.
        phy_id: String,
    }
}

/// Lists what did not hang together, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ops/consistency/findings",
    tag = "administration",
    operation_id = "consistency_findings",
    extensions(("x-access" = json!("ops.consistency.view")), ("x-scope" = json!("org"))),
    params(FindingQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<ConsistencyFindingOut>>))
)]
pub(crate) async fn findings(
    State(api): State<Api>,
    Acting(actor): Acting,
    Filter(query): Filter<FindingQuery>,
) -> Answer<PageOut<ConsistencyFindingOut>> {
    let page = query.page_request()?;
    let issue = query.issue_type.as_deref();
    let severity = query.severity.as_deref();
    let filter = FindingFilter {
        open: query.open.unwrap_or(false),
        issue: one_of("issue_type", issue, Issue::ALL, Issue::as_str)?,
        severity: one_of("severity", severity, Severity::ALL, Severity::as_str)?,
        order_no: query.order_no.clone(),
        phy_id: query.phy_id.clone(),
    };
    let page = api.app().list_findings(&actor, &filter, page).await?;
    Ok(ok(PageOut::of(page, ConsistencyFindingOut::from)))
}

/// Does now what is safe about a finding: asks the port, adds a missing one, sets one free whose
/// device has been away for a quarter of an hour, takes up an order that was forgotten.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ops/consistency/findings/{finding_id}/fix",
    tag = "administration",
    operation_id = "fix_finding",
    extensions(("x-access" = json!("ops.consistency.fix")), ("x-audit" = json!("own")),
        ("x-scope" = json!("platform"))),
    params(("finding_id" = i64, Path, description = "The finding", example = 1)),
    responses(
        (status = 200, description = "The finding", body = Envelope<ConsistencyFindingOut>),
        (status = 404, description = "No such finding", body = Refusal),
        (status = 409, description = "It is over, or nothing can be done but wait", body = Refusal),
    )
)]
pub(crate) async fn fix(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(FindingId(id)): At<FindingId>,
) -> Answer<ConsistencyFindingOut> {
    let app = api.app().clone();
    let finding = run_to_end(async move { app.mend_finding(&actor, id).await }).await?;
    Ok(ok(finding.into()))
}
