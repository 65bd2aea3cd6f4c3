//! Statements of agents and merchants.

use super::paged_query;
use crate::Api;
use crate::choice::among;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::routes::routes;
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use domain::org::OrgType;
use serde::{Deserialize, Serialize};
use store::statements::{StatementFilter, StatementRow};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Its routes.
pub(in crate::admin) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(list, make))
        .routes(routes!(confirm))
}

/// What a party earned and took out in a month: before, earned, given back, paid out, all else,
/// afterwards.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatementOut {
    /// Its row.
    #[schema(example = 1)]
    statement_id: i64,
    /// Whose.
    org_id: i64,
    /// The name of that.
    party: String,
    /// `agent`, `merchant`.
    #[schema(example = "merchant")]
    org_type: &'static str,
    /// Which month.
    #[schema(example = "2026-03")]
    month: String,
    /// Held before, fen.
    opening_fen: i64,
    /// Earned by charges, corrected bills included, fen.
    earned_fen: i64,
    /// Given back for refunded charges, fen.
    refunded_fen: i64,
    /// Paid out, fees and taxes included, fen.
    withdrawn_fen: i64,
    /// All else, fen.
    other_fen: i64,
    /// Held afterwards, fen.
    closing_fen: i64,
    /// Charges that brought something.
    orders: i64,
    /// `generated`, `confirmed`.
    state: String,
    /// Who made it.
    generated_by: String,
    /// Who of the party agreed.
    confirmed_by: Option<String>,
    /// When, Unix seconds.
    confirmed_at: Option<i64>,
    /// When it was made, Unix seconds.
    created_at: i64,
}

impl From<StatementRow> for StatementOut {
    fn from(row: StatementRow) -> Self {
        Self {
            statement_id: row.id,
            org_id: row.org_id,
            party: row.org_name,
            org_type: row.org_type.as_str(),
            month: row.month,
            opening_fen: row.opening_fen.0,
            earned_fen: row.earned_fen.0,
            refunded_fen: row.refunded_fen.0,
            withdrawn_fen: row.withdrawn_fen.0,
            other_fen: row.other_fen.0,
            closing_fen: row.closing_fen.0,
            orders: row.orders,
            state: row.state,
            generated_by: row.generated_by,
            confirmed_by: row.confirmed_by,
            confirmed_at: seconds(row.confirmed_at),
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// A statement is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"org_id": 2, "month": "2026-03"}))]
pub(crate) struct StatementBody {
    /// Of which agent or merchant.
    org_id: i64,
    /// Of which month of the Shanghai calendar.
    month: String,
}

/// A statement's row in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct StatementId(i64);

impl Named for StatementId {
    const NAME: &'static str = "statement";
}

paged_query! {
    /// Which statements a list shows.
    StatementsQuery {
        /// Of this organisation.
        org_id: i64,
        /// `agent`, `merchant`.
        org_type: String,
        /// Of this month, `2026-03`.
        month: String,
        /// `generated`, `confirmed`.
        state: String,
    }
}

/// Lists statements, newest month first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/statements",
    tag = "console",
    operation_id = "list_statements",
    extensions(("x-access" = json!("finance.statement.view")), ("x-scope" = json!("org"))),
    params(StatementsQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<StatementOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<StatementsQuery>,
) -> Answer<PageOut<StatementOut>> {
    let page = query.page_request()?;
    among("state", query.state.as_deref(), &["generated", "confirmed"])?;
    let kind = match query.org_type.as_deref() {
        None => None,
        Some("agent") => Some(OrgType::Agent),
        Some("merchant") => Some(OrgType::Merchant),
        Some(_) => return Err(Failure::invalid("org_type", "must be agent or merchant")),
    };
    let filter = StatementFilter {
        org_id: query.org_id,
        org_type: kind,
        month: query.month,
        state: query.state,
        scope,
    };
    let page = api.app().list_statements(&filter, page).await?;
    Ok(ok(PageOut::of(page, StatementOut::from)))
}

/// Makes the statement of a party for a month that is over. The one that is there stays as it is.
#[utoipa::path(
    post,
    path = "/api/v1/admin/statements",
    tag = "console",
    operation_id = "make_statement",
    extensions(
        ("x-access" = json!("finance.statement.generate")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    request_body = StatementBody,
    responses(
        (status = 200, description = "The statement", body = Envelope<StatementOut>),
        (status = 404, description = "No such agent or merchant", body = Refusal),
    )
)]
pub(crate) async fn make(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<StatementBody>,
) -> Answer<StatementOut> {
    let app = api.app().clone();
    let work = async move { app.make_statement(&actor, body.org_id, &body.month).await };
    Ok(ok(run_to_end(work).await?.into()))
}

/// Agrees to a statement of one's own organisation.
#[utoipa::path(
    post,
    path = "/api/v1/admin/statements/{statement_id}/confirm",
    tag = "console",
    operation_id = "confirm_statement",
    extensions(
        ("x-access" = json!("finance.statement.confirm")),
        ("x-audit" = json!("own")),
    ),
    params(("statement_id" = i64, Path, description = "Its row", example = 1)),
    responses(
        (status = 200, description = "The statement", body = Envelope<StatementOut>),
        (status = 404, description = "No such statement", body = Refusal),
        (status = 409, description = "Somebody else's, or confirmed", body = Refusal),
    )
)]
pub(crate) async fn confirm(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(StatementId(id)): At<StatementId>,
) -> Answer<StatementOut> {
    let app = api.app().clone();
    let work = async move { app.confirm_statement(&actor, id).await };
    Ok(ok(run_to_end(work).await?.into()))
}
