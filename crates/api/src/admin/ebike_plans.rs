//! E-bike plans (电动自行车), approved by a second person.

pub(super) mod preview;
mod terms;

use self::terms::PlanTerms;
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
use domain::pricing::ebike::EbikePlan;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::price_rules::RuleKind;
use utoipa::ToSchema;

/// An e-bike plan as it is written first.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Courtyard", "plan": {"mode": "elec_service", "elec_p5": 54690, "service_price": 30000}}))]
pub(crate) struct EbikePlanBody {
    /// Its name.
    name: String,
    /// Its parameters.
    #[schema(value_type = PlanTerms)]
    plan: EbikePlan,
    /// From when on it is in force, Unix seconds; at once when absent.
    effective_at: Option<i64>,
}

/// New parameters.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"plan": {"mode": "elec_service", "elec_p5": 54690, "service_price": 30000}}))]
pub(crate) struct EbikePlanTermsBody {
    /// The parameters.
    #[schema(value_type = PlanTerms)]
    plan: EbikePlan,
    /// From when on they are in force, Unix seconds; at once when absent.
    effective_at: Option<i64>,
}

/// A version.
#[derive(Serialize, ToSchema)]
pub(crate) struct EbikePlanVersionOut {
    /// What is known of it.
    status: RuleStateOut,
    /// Its parameters.
    #[schema(value_type = PlanTerms)]
    plan: Value,
}

/// An e-bike plan with its versions and where it applies.
#[derive(Serialize, ToSchema)]
pub(crate) struct EbikePlanOut {
    /// Its name and origin.
    rule: RuleOut,
    /// Its versions, newest first.
    versions: Vec<EbikePlanVersionOut>,
    /// Where it applies.
    bindings: Vec<BindingOut>,
}

impl From<RuleView> for EbikePlanOut {
    fn from(view: RuleView) -> Self {
        let versions = view
            .versions
            .into_iter()
            .map(|version| EbikePlanVersionOut {
                status: (&version).into(),
                plan: version.terms,
            });
        Self {
            rule: view.rule.into(),
            versions: versions.collect(),
            bindings: bindings(view.bindings),
        }
    }
}

/// Makes an e-bike plan with its first version, a draft.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ebike-plans",
    tag = "administration",
    operation_id = "create_ebike_plan",
    extensions(("x-access" = json!("device.ebikeplan.create"))),
    request_body = EbikePlanBody,
    responses(
        (status = 200, description = "Made", body = Envelope<EbikePlanOut>),
        (status = 422, description = "A value out of range", body = Refusal),
    )
)]
pub(crate) async fn create(
    State(api): State<Api>,
    client: Client,
    Payload(body): Payload<EbikePlanBody>,
) -> Answer<EbikePlanOut> {
    let name = named("name", &body.name)?;
    let from = api.app().now();
    let from = body.effective_at.map_or(from, Timestamp::from_unix_seconds);
    let terms = RuleTerms::Ebike(Box::new(body.plan));
    let app = api.app().clone();
    let view = run_to_end(async move {
        app.create_rule(&client.caller.actor(), &name, &terms, from)
            .await
    })
    .await?;
    Ok(ok(view.into()))
}

/// Writes the next version of an e-bike plan, or rewrites the last one while that is open.
#[utoipa::path(
    put,
    path = "/api/v1/admin/ebike-plans/{ebike_plan_id}",
    tag = "administration",
    operation_id = "write_ebike_plan",
    extensions(("x-access" = json!("device.ebikeplan.edit")), ("x-scope" = json!("platform"))),
    params(("ebike_plan_id" = i64, Path, description = "Its id", example = 1)),
    request_body = EbikePlanTermsBody,
    responses(
        (status = 200, description = "Written", body = Envelope<EbikePlanOut>),
        (status = 404, description = "There is none of that id", body = Refusal),
        (status = 409, description = "A version waits for its decision", body = Refusal),
        (status = 422, description = "A value out of range", body = Refusal),
    )
)]
pub(crate) async fn write(
    State(api): State<Api>,
    client: Client,
    At(RuleId(id)): At<RuleId>,
    Payload(body): Payload<EbikePlanTermsBody>,
) -> Answer<EbikePlanOut> {
    let from = api.app().now();
    let from = body.effective_at.map_or(from, Timestamp::from_unix_seconds);
    let terms = RuleTerms::Ebike(Box::new(body.plan));
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
    path = "/api/v1/admin/ebike-plans",
    tag = "administration",
    operation_id = "list_ebike_plans",
    extensions(("x-access" = json!("device.ebikeplan.view")), ("x-scope" = json!("org"))),
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
        .list_rules(RuleKind::Ebike, &scope, request)
        .await?;
    Ok(ok(PageOut::of(page, RuleOut::from)))
}

/// Shows an e-bike plan with its versions and where it applies.
#[utoipa::path(
    get,
    path = "/api/v1/admin/ebike-plans/{ebike_plan_id}",
    tag = "administration",
    operation_id = "show_ebike_plan",
    extensions(("x-access" = json!("device.ebikeplan.view"))),
    params(("ebike_plan_id" = i64, Path, description = "Its id", example = 1)),
    responses(
        (status = 200, description = "All of it", body = Envelope<EbikePlanOut>),
        (status = 404, description = "There is none of that id", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Seen(scope): Seen,
    At(RuleId(id)): At<RuleId>,
) -> Answer<EbikePlanOut> {
    let view = api.app().rule_seen_by(RuleKind::Ebike, &scope, id).await?;
    Ok(ok(view.into()))
}

/// Submits, approves, rejects or retires a version. Whoever wrote it does not approve it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/ebike-plans/{ebike_plan_id}/versions/{version}",
    tag = "administration",
    operation_id = "decide_ebike_plan",
    extensions(("x-access" = json!("device.ebikeplan.approve")), ("x-scope" = json!("platform"))),
    params(
        ("ebike_plan_id" = i64, Path, description = "Its id", example = 1),
        ("version" = i32, Path, description = "The version", example = 1)
    ),
    request_body = RuleDecisionBody,
    responses(
        (status = 200, description = "Decided", body = Envelope<EbikePlanOut>),
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
) -> Answer<EbikePlanOut> {
    let (decision, note) = body.read()?;
    let app = api.app().clone();
    let view = run_to_end(async move {
        let actor = client.caller.actor();
        let kind = RuleKind::Ebike;
        app.decide_rule(&actor, kind, (id, version), decision, note.as_deref())
            .await
    })
    .await?;
    Ok(ok(view.into()))
}

/// Lets an e-bike plan apply at a station, a device or a port. What runs keeps its own.
#[utoipa::path(
    put,
    path = "/api/v1/admin/ebike-plans/bindings",
    tag = "administration",
    operation_id = "bind_ebike_plan",
    extensions(("x-access" = json!("device.ebikeplan.bind")), ("x-audit" = json!("own"))),
    request_body = RuleBindBody,
    responses(
        (status = 200, description = "Done; what applies now, if anything does",
            body = Envelope<Option<EbikePlanOut>>),
        (status = 404, description = "There is none of that id, or no such device",
            body = Refusal),
    )
)]
pub(crate) async fn bind(
    State(api): State<Api>,
    client: Client,
    Acting(actor): Acting,
    Payload(body): Payload<RuleBindBody>,
) -> Answer<Option<EbikePlanOut>> {
    let (place, id) = (body.place()?, body.id);
    let (app, kind) = (api.app().clone(), RuleKind::Ebike);
    run_to_end(async move {
        let object = place.object();
        let by = client.caller.actor();
        let was = app.bind_rule(&by, kind, id, place).await?;
        let said = |id: Option<i64>| Some(serde_json::json!({ "id": id }));
        app.audit_change(
            &actor,
            "device.ebikeplan.bind",
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
