//! Who did what.

use crate::Api;
use crate::console::{Acting, Seen, Trace};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::Filter;
use crate::view::{PageOut, PageQuery};
use app::staff::Actor;
use axum::extract::State;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::audit_logs::{AuditFilter, AuditLine};
use utoipa::{IntoParams, ToSchema};

/// Latest instant that a filter may name: the year 9999.
const SECONDS_MAX: i64 = 253_402_300_799;

/// A line of the audit log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditOut {
    /// Its id.
    id: i64,
    /// When, Unix seconds.
    at: i64,
    /// Which account; none for keys and the program.
    admin_id: Option<i64>,
    /// Its name.
    #[schema(example = "admin")]
    actor: String,
    /// Where it works.
    org_id: Option<i64>,
    /// From where.
    ip: Option<String>,
    /// What was done: a permission leaf, or the id of an operation.
    #[schema(example = "system.role.edit")]
    action: String,
    /// To what.
    #[schema(example = "role:7")]
    object: Option<String>,
    /// What it was before.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// What it is after.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
}

impl AuditOut {
    /// The line as somebody may see it.
    fn of(mut line: AuditLine, actor: &Actor) -> Self {
        let trace = Trace::of(actor, line.object.as_deref());
        trace.cover(&mut line.before);
        trace.cover(&mut line.after);
        Self {
            id: line.id,
            at: line.at.unix_seconds(),
            admin_id: line.admin_id,
            actor: line.actor,
            org_id: line.org_id,
            ip: line.ip,
            action: line.action,
            object: line.object.map(|object| trace.object(&object)),
            before: line.before,
            after: line.after,
        }
    }
}

/// Which lines a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// Of this account only.
    admin_id: Option<i64>,
    /// Of this name only.
    actor: Option<String>,
    /// Of this action only.
    action: Option<String>,
    /// To this object only.
    object: Option<String>,
    /// From this address only.
    ip: Option<String>,
    /// At or after this instant only, Unix seconds.
    from: Option<i64>,
    /// Before this instant only, Unix seconds.
    to: Option<i64>,
}

impl PageQuery for AuditQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

fn instant(field: &str, said: Option<i64>) -> Result<Option<Timestamp>, Failure> {
    match said {
        Some(seconds) if !(0..=SECONDS_MAX).contains(&seconds) => {
            Err(Failure::invalid(field, "must be Unix seconds"))
        }
        said => Ok(said.map(Timestamp::from_unix_seconds)),
    }
}

/// Lists who did what, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/audit-logs",
    tag = "console",
    operation_id = "list_audit_logs",
    extensions(
        ("x-access" = json!("system.audit.view")),
        ("x-dataset" = json!("audit_logs")),
        ("x-scope" = json!("org")),
    ),
    params(AuditQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<AuditOut>>),
        (status = 404, description = "No such account", body = Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Acting(actor): Acting,
    Seen(scope): Seen,
    Filter(query): Filter<AuditQuery>,
) -> Answer<PageOut<AuditOut>> {
    let request = query.page_request()?;
    Trace::of(&actor, query.object.as_deref()).check_filter()?;
    let filter = AuditFilter {
        admin_id: query.admin_id,
        actor: query.actor.clone(),
        action: query.action.clone(),
        object: query.object.clone(),
        ip: query.ip.clone(),
        from: instant("from", query.from)?,
        until: instant("to", query.to)?,
        scope,
    };
    let page = api.app().list_audit(&filter, request).await?;
    Ok(ok(PageOut::of(page, |line| AuditOut::of(line, &actor))))
}
