//! Operations that wait for a second person.

use super::{OperationId, optional};
use crate::Api;
use crate::choice::among;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use app::staff::operation_kinds;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::pending_operations::{OperationFilter, PendingOperation};
use utoipa::{IntoParams, ToSchema};

/// What was proposed.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperationOut {
    /// Its id.
    operation_id: i64,
    /// What is to be done.
    #[schema(example = "admin.make_super")]
    kind: String,
    /// To what, and how.
    #[schema(value_type = Object)]
    payload: Value,
    /// The same for people.
    summary: String,
    /// `pending`, `approved`, `rejected`, `expired`.
    #[schema(example = "pending")]
    state: String,
    /// Which account proposed it.
    requested_by: Option<i64>,
    /// Its name.
    requested_name: String,
    /// When, Unix seconds.
    requested_at: i64,
    /// Until when it can be confirmed, Unix seconds.
    expires_at: i64,
    /// Which account decided.
    decided_by: Option<i64>,
    /// Its name.
    decided_name: Option<String>,
    /// When, Unix seconds.
    decided_at: Option<i64>,
    /// Why.
    reason: Option<String>,
    /// What carrying it out gave.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
}

impl From<PendingOperation> for OperationOut {
    fn from(row: PendingOperation) -> Self {
        Self {
            operation_id: row.id,
            kind: row.kind,
            payload: row.payload,
            summary: row.summary,
            state: row.state,
            requested_by: row.requested_by,
            requested_name: row.requested_name,
            requested_at: row.requested_at.unix_seconds(),
            expires_at: row.expires_at.unix_seconds(),
            decided_by: row.decided_by,
            decided_name: row.decided_name,
            decided_at: seconds(row.decided_at),
            reason: row.reason,
            result: row.result,
        }
    }
}

/// Which operations a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OperationQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// `pending`, `approved`, `rejected`, `expired`.
    state: Option<String>,
    /// Of this kind only.
    kind: Option<String>,
}

impl PageQuery for OperationQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists operations that wait, or waited, for a second person.
#[utoipa::path(
    get,
    path = "/api/v1/admin/operations",
    tag = "console",
    operation_id = "list_operations",
    extensions(
        ("x-access" = json!("system.operation.view")),
        ("x-dataset" = json!(["members", "companies"])),
        ("x-scope" = json!("org")),
    ),
    params(OperationQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<OperationOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<OperationQuery>,
) -> Answer<PageOut<OperationOut>> {
    let request = query.page_request()?;
    let states = ["pending", "approved", "rejected", "expired"];
    among("state", query.state.as_deref(), &states)?;
    among("kind", query.kind.as_deref(), &operation_kinds())?;
    let filter = OperationFilter {
        state: query.state.clone(),
        kind: query.kind.clone(),
        scope,
    };
    let page = api.app().list_operations(&filter, request).await?;
    Ok(ok(PageOut::of(page, OperationOut::from)))
}

/// A decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"approve": true}))]
pub(crate) struct OperationDecisionBody {
    /// Whether it is to be done.
    approve: bool,
    /// Why.
    reason: Option<String>,
}

/// Confirms or rejects an operation; what is confirmed is carried out at once. Who proposed it
/// cannot confirm it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/operations/{operation_id}/decision",
    tag = "console",
    operation_id = "decide_operation",
    extensions(
        ("x-access" = json!("system.operation.decide")),
        ("x-dataset" = json!(["members", "companies"])),
        ("x-audit" = json!("own")),
    ),
    params(("operation_id" = i64, Path, description = "The operation", example = 1)),
    request_body = OperationDecisionBody,
    responses(
        (status = 200, description = "Decided", body = Envelope<OperationOut>),
        (status = 404, description = "No such operation", body = Refusal),
        (status = 409, description = "Not open any more, or one's own", body = Refusal),
    )
)]
pub(crate) async fn decide(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(id): At<OperationId>,
    Payload(body): Payload<OperationDecisionBody>,
) -> Answer<OperationOut> {
    let reason = optional("reason", body.reason, 200)?;
    let app = api.app().clone();
    let operation = run_to_end(async move {
        app.decide_operation(&actor, id.0, body.approve, reason.as_deref())
            .await
    })
    .await?;
    Ok(ok(operation.into()))
}
