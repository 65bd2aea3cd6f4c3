//! Looking at the console through an agent's eyes.

use super::OrgId;
use super::session::StaffOut;
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::At;
use crate::run_to_end::run_to_end;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use serde::Serialize;
use utoipa::ToSchema;

/// A session that only reads.
#[derive(Serialize, ToSchema)]
pub(crate) struct LookOut {
    /// Goes into `Authorization: Bearer …`; no cookie is set.
    token: String,
    /// The token is good until then, Unix seconds. It cannot be prolonged.
    expires_at: i64,
    /// What one sees.
    me: StaffOut,
}

/// Begins a session in which one sees the console as an agent does. It lasts half an hour, only
/// reads, and stands in the audit log with both names.
#[utoipa::path(
    post,
    path = "/api/v1/admin/agents/{org_id}/look-as",
    tag = "console",
    operation_id = "look_as_agent",
    extensions(
        ("x-access" = json!("user.agent.login_as")),
        ("x-audit" = json!("own")),
        ("x-secret" = json!("token")),
    ),
    params(("org_id" = i64, Path, description = "The agent", example = 7)),
    responses(
        (status = 200, description = "A session", body = Envelope<LookOut>),
        (status = 404, description = "No such agent; a key has no eyes", body = Refusal),
        (status = 409, description = "The agent is disabled", body = Refusal),
    )
)]
pub(crate) async fn begin(
    State(api): State<Api>,
    Acting(actor): Acting,
    headers: HeaderMap,
    At(id): At<OrgId>,
) -> Answer<LookOut> {
    let agent = headers
        .get(USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let agent = agent.map(str::to_owned);
    let app = api.app().clone();
    let began = run_to_end(async move { app.look_as(&actor, id.0, agent).await }).await?;
    Ok(ok(LookOut {
        token: began.token,
        expires_at: began.expires_at.unix_seconds(),
        me: StaffOut::from(&began.actor),
    }))
}
