//! Rules of occupancy fees (占位费), approved by a second person.

pub(super) mod preview;
mod terms;

use self::terms::OccupancyTerms;
use super::rules::{
    RuleBindBody, RuleDecisionBody, RuleId, RuleOut, RuleQuery, RuleStateOut, RuleVersionId,
    bindings, named,
};
use super::tariffs::BindingOut;
use crate::Api;
use crate::access::Client;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use app::{RuleTerms, RuleView};
use axum::extract::State;
use domain::pricing::occupancy::OccupancyRule;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::price_rules::RuleKind;
use utoipa::ToSchema;

/// An occupancy rule as it is written first.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Courtyard", "rule": {"free_minutes": 15, "price_fen_per_unit": 50, "cap_fen": 5000}}))]
pub(crate) struct OccupancyRuleBody {
    /// Its name.
    name: String,
    /// Its parameters.
    #[schema(value_type = OccupancyTerms)]
    rule: OccupancyRule,
    /// From when on it is in force, Unix seconds; at once when absent.
    effective_at: Option<i64>,
}

/// New parameters.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rule": {"free_minutes": 15, "price_fen_per_unit": 50, "cap_fen": 5000}}))]
pub(crate) struct OccupancyRuleTermsBody {
    /// The parameters.
    #[schema(value_type = OccupancyTerms)]
    rule: OccupancyRule,
    /// From when on they are in force, Unix seconds; at once when absent.
    effective_at: Option<i64>,
}

/// A version.
#[derive(Serialize, ToSchema)]
pub(crate) struct OccupancyRuleVersionOut {
    /// What is known of it.
    status: RuleStateOut,
    /// Its parameters.
    #[schema(value_type = OccupancyTerms)]
    rule: Value,
}

/// An occupancy rule with its versions and where it applies.
#[derive(Serialize, ToSchema)]
pub(crate) struct OccupancyRuleOut {
    /// Its name and origin.
    rule: RuleOut,
    /// Its versions, newest first.
    versions: Vec<OccupancyRuleVersionOut>,
    /// Where it applies.
    bindings: Vec<BindingOut>,
}

impl From<RuleView> for OccupancyRuleOut {
    fn from(view: RuleView) -> Self {
        let versions = view
            .versions
            .into_iter()
            .map(|version| OccupancyRuleVersionOut {
                status: (&version).into(),
                rule: version.terms,
            });
        Self {
            rule: view.rule.into(),
            versions: versions.collect(),
            bindings: bindings(view.bindings),
        }
    }
}

/// Makes an occupancy rule with its first version, a draft.
#[utoipa::path(
    post,
    path = "/api/v1/admin/occupancy-rules",
    tag = "administration",
    operation_id = "create_occupancy_rule",
    extensions(("x-access" = json!("order.occupancy.edit_rule"))),
    request_body = OccupancyRuleBody,
    responses(
        (status = 200, description = "Made", body = Envelope<OccupancyRuleOut>),
        (status = 422, description = "A value out of range", body = Refusal),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    client: Client,
    Payload(body): Payload<OccupancyRuleBody>,
) -> Answer<OccupancyRuleOut> {
    let name = named("name", &body.name)?;
    let from = api.app().now();
    let from = body.effective_at.map_or(from, Timestamp::from_unix_seconds);
    let terms = RuleTerms::Occupancy(Box::new(body.rule));
    let app = api.app().clone();
    let view = run_to_end(async move {
        app.create_rule(&client.caller.actor(), &name, &terms, from)
            .await
    })
    .await?;
    Ok(ok(view.into()))
}

/// Writes the next version of an occupancy rule, or rewrites the last one while that is open.
#[utoipa::path(
    put,
    path = "/api/v1/admin/occupancy-rules/{occupancy_rule_id}",
    tag = "administration",
    operation_id = "write_occupancy_rule",
    extensions(("x-access" = json!("order.occupancy.edit_rule")), ("x-scope" = json!("platform"))),
    params(("occupancy_rule_id" = i64, Path, description = "Its id", example = 1)),
    request_body = OccupancyRuleTermsBody,
    responses(
        (status = 200, description = "Written", body = Envelope<OccupancyRuleOut>),
        (status = 404, description = "There is none of that id", body = Refusal),
        (status = 409, description = "A version waits for its decision", body = Refusal),
        (status = 422, description = "A value out of range", body = Refusal),
    )
)]
pub(crate) async fn write(
    State(api): State<Api>,
    client: Client,
    At(RuleId(id)): At<RuleId>,
    Payload(body): Payload<OccupancyRuleTermsBody>,
) -> Answer<OccupancyRuleOut> {
    let from = api.app().now();
    let from = body.effective_at.map_or(from, Timestamp::from_unix_seconds);
    let terms = RuleTerms::Occupancy(Box::new(body.rule));
    let app = api.app().clone();
    let view = run_to_end(async move {
        app.write_rule(&client.caller.actor(), id, &terms, from)
            .await
    })
    .await?;
    Ok(ok(view.into()))
}

/// Lists them, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/occupancy-rules",
    tag = "administration",
    operation_id = "list_occupancy_rules",
    extensions(("x-access" = json!("order.occupancy.view")), ("x-scope" = json!("org"))),
    params(RuleQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<RuleOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<RuleQuery>,
) -> Answer<PageOut<RuleOut>> {
    let request = query.page_request()?;
    let page = api
        .app()
        .list_rules(RuleKind::Occupancy, &scope, request)
        .await?;
    Ok(ok(PageOut::of(page, RuleOut::from)))
}

/// Shows an occupancy rule with its versions and where it applies.
#[utoipa::path(
    get,
    path = "/api/v1/admin/occupancy-rules/{occupancy_rule_id}",
    tag = "administration",
    operation_id = "show_occupancy_rule",
    extensions(("x-access" = json!("order.occupancy.view"))),
    params(("occupancy_rule_id" = i64, Path, description = "Its id", example = 1)),
    responses(
        (status = 200, description = "All of it", body = Envelope<OccupancyRuleOut>),
        (status = 404, description = "There is none of that id", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Seen(scope): Seen,
    At(RuleId(id)): At<RuleId>,
) -> Answer<OccupancyRuleOut> {
    let view = api
        .app()
        .rule_seen_by(RuleKind::Occupancy, &scope, id)
        .await?;
    Ok(ok(view.into()))
}

/// Submits, approves, rejects or retires a version. Whoever wrote it does not approve it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/occupancy-rules/{occupancy_rule_id}/versions/{version}",
    tag = "administration",
    operation_id = "decide_occupancy_rule",
    extensions(("x-access" = json!("order.occupancy.approve_rule")), ("x-scope" = json!("platform"))),
    params(
        ("occupancy_rule_id" = i64, Path, description = "Its id", example = 1),
        ("version" = i32, Path, description = "The version", example = 1)
    ),
    request_body = RuleDecisionBody,
    responses(
        (status = 200, description = "Decided", body = Envelope<OccupancyRuleOut>),
        (status = 404, description = "No such version", body = Refusal),
        (status = 409, description = "Not in its state; `a second person has to approve`",
            body = Refusal),
    )
)]
pub(crate) async fn decide(
    State(api): State<Api>,
    client: Client,
    At(RuleVersionId(id, version)): At<RuleVersionId>,
    Payload(body): Payload<RuleDecisionBody>,
) -> Answer<OccupancyRuleOut> {
    let (decision, note) = body.read()?;
    let app = api.app().clone();
    let view = run_to_end(async move {
        let actor = client.caller.actor();
        let kind = RuleKind::Occupancy;
        app.decide_rule(&actor, kind, (id, version), decision, note.as_deref())
            .await
    })
    .await?;
    Ok(ok(view.into()))
}

/// Lets an occupancy rule apply at a station, a device or a port. What runs keeps its own.
#[utoipa::path(
    put,
    path = "/api/v1/admin/occupancy-rules/bindings",
    tag = "administration",
    operation_id = "bind_occupancy_rule",
    extensions(("x-access" = json!("order.occupancy.bind_rule")), ("x-audit" = json!("own"))),
    request_body = RuleBindBody,
    responses(
        (status = 200, description = "Done; what applies now, if anything does",
            body = Envelope<Option<OccupancyRuleOut>>),
        (status = 404, description = "There is none of that id, or no such device",
            body = Refusal),
    )
)]
pub(crate) async fn bind(
    State(api): State<Api>,
    client: Client,
    Acting(actor): Acting,
    Payload(body): Payload<RuleBindBody>,
) -> Answer<Option<OccupancyRuleOut>> {
    let (place, id) = (body.place()?, body.id);
    let (app, kind) = (api.app().clone(), RuleKind::Occupancy);
    run_to_end(async move {
        let object = place.object();
        let by = client.caller.actor();
        let was = app.bind_rule(&by, kind, id, place).await?;
        let said = |id: Option<i64>| Some(serde_json::json!({ "id": id }));
        app.audit_change(
            &actor,
            "order.occupancy.bind_rule",
            &object,
            said(was),
            said(id),
        )
        .await
    })
    .await?;
    let view = match id {
        Some(id) => Some(api.app().rule(kind, id).await?.into()),
        None => None,
    };
    Ok(ok(view))
}
