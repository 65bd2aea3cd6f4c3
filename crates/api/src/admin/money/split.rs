//! Who earns from a charge: the rules, and what came of them.

use super::paged_query;
use crate::Api;
use crate::choice::among;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use domain::commission::CommissionRule;
use domain::org::OrgType;
use kernel::{OrgId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::commission::{EntryRow, RuleRow};
use utoipa::ToSchema;

/// A rule.
#[derive(Serialize, ToSchema)]
pub(crate) struct SplitRuleOut {
    /// Its row.
    #[schema(example = 1)]
    id: i64,
    /// `station`, `merchant`, `default`.
    #[schema(example = "default")]
    scope: String,
    /// The station or merchant.
    scope_id: Option<i64>,
    /// What it says, per kind of fee.
    #[schema(value_type = Object)]
    terms: Value,
    /// From when on, Unix seconds.
    effective_at: i64,
    /// Who wrote it.
    created_by: String,
    /// Until when, if it was taken away, Unix seconds.
    ended_at: Option<i64>,
}

impl From<RuleRow> for SplitRuleOut {
    fn from(row: RuleRow) -> Self {
        Self {
            id: row.id,
            scope: row.scope,
            scope_id: row.scope_id,
            terms: serde_json::to_value(&row.terms).unwrap_or_default(),
            effective_at: row.effective_at.unix_seconds(),
            created_by: row.created_by,
            ended_at: seconds(row.ended_at),
        }
    }
}

/// A new rule.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scope": "default", "terms": {
    "elec": {"style": "flat", "platform_cut_bp": 500, "payees": [{"org_id": null, "pct": 100}]},
    "service": {"style": "flat", "platform_cut_bp": 2000, "payees": [{"org_id": null, "pct": 100}]},
    "reserve": {"style": "flat", "platform_cut_bp": 0, "payees": [{"org_id": null, "pct": 100}]},
    "occupancy": {"style": "flat", "platform_cut_bp": 0, "payees": [{"org_id": null, "pct": 100}]}}}))]
pub(crate) struct SplitRuleBody {
    /// `station`, `merchant`, `default`.
    scope: String,
    /// The station or merchant.
    scope_id: Option<i64>,
    /// What it says: `flat` with payees whose percentages sum to 100, where no `org_id` means the
    /// owner; or `level_difference` with rates of the agents' levels.
    #[schema(value_type = Object)]
    terms: Value,
    /// From when on, Unix seconds; at once when absent.
    effective_at: Option<i64>,
}

/// How a merchant's bills are shared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"terms": {
    "elec": {"style": "flat", "platform_cut_bp": 500, "payees": [{"org_id": null, "pct": 100}]},
    "service": {"style": "flat", "platform_cut_bp": 2000, "payees": [{"org_id": null, "pct": 100}]},
    "reserve": {"style": "flat", "platform_cut_bp": 0, "payees": [{"org_id": null, "pct": 100}]},
    "occupancy": {"style": "flat", "platform_cut_bp": 0, "payees": [{"org_id": null, "pct": 100}]}}}))]
pub(crate) struct MerchantSplitBody {
    /// What the rule says: as in `split-rules`.
    #[schema(value_type = Object)]
    terms: Value,
    /// From when on, Unix seconds; at once when absent.
    effective_at: Option<i64>,
}

/// A merchant in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct MerchantId(i64);

impl Named for MerchantId {
    const NAME: &'static str = "organisation";
}

/// A rule's row in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct RuleId(i64);

impl Named for RuleId {
    const NAME: &'static str = "rule";
}

/// A share of a bill.
#[derive(Serialize, ToSchema)]
pub(crate) struct EarningOut {
    /// Of which order.
    order_no: String,
    /// Whose.
    payee_org_id: i64,
    /// `platform`, `merchant`, `agent`.
    payee_type: String,
    /// `elec`, `service`, `reserve`, `occupancy`.
    fee_type: String,
    /// Of an agent.
    level: Option<i16>,
    /// What the rate was applied to, fen.
    base_fen: i64,
    /// The rate, 1/10000.
    rate_bp: i32,
    /// The share, fen.
    amount_fen: i64,
    /// `pending`, `available`, `reversed`.
    state: String,
    /// When it becomes payable, Unix seconds.
    mature_at: Option<i64>,
    /// When it was earned, Unix seconds.
    created_at: i64,
}

impl From<EntryRow> for EarningOut {
    fn from(row: EntryRow) -> Self {
        Self {
            order_no: row.order_no,
            payee_org_id: row.payee_org_id,
            payee_type: row.payee_type,
            fee_type: row.fee_type,
            level: row.level,
            base_fen: row.base_fen.0,
            rate_bp: row.rate_bp,
            amount_fen: row.amount_fen.0,
            state: row.state,
            mature_at: seconds(row.mature_at),
            created_at: row.created_at.unix_seconds(),
        }
    }
}

paged_query! {
    /// Which rules a list shows.
    SplitRuleQuery {
        /// `station`, `merchant`, `default`.
        scope: String,
    }
}

paged_query! {
    /// Which shares a list shows.
    EarningQuery {
        /// Of this organisation.
        org_id: i64,
        /// Of this order.
        order_no: String,
        /// `pending`, `available`, `reversed`.
        state: String,
    }
}

/// Lists rules, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/split-rules",
    tag = "administration",
    operation_id = "list_split_rules",
    extensions(("x-access" = json!("finance.split.view"))),
    params(SplitRuleQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<SplitRuleOut>>))
)]
pub(crate) async fn rules(
    State(api): State<Api>,
    Filter(query): Filter<SplitRuleQuery>,
) -> Answer<PageOut<SplitRuleOut>> {
    let page = query.page_request()?;
    let page = api
        .app()
        .list_split_rules(query.scope.as_deref(), page)
        .await?;
    Ok(ok(PageOut::of(page, SplitRuleOut::from)))
}

/// Adds a rule. Bills of before keep theirs.
#[utoipa::path(
    post,
    path = "/api/v1/admin/split-rules",
    tag = "administration",
    operation_id = "add_split_rule",
    extensions(("x-access" = json!("finance.split.create")), ("x-audit" = json!("own"))),
    request_body = SplitRuleBody,
    responses(
        (status = 200, description = "The rule", body = Envelope<SplitRuleOut>),
        (status = 422, description = "Shares that do not add up", body = Refusal),
    )
)]
pub(crate) async fn add_rule(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<SplitRuleBody>,
) -> Answer<SplitRuleOut> {
    let terms: CommissionRule = serde_json::from_value(body.terms)
        .map_err(|fault| Failure::invalid("terms", &fault.to_string()))?;
    let at = body.effective_at.map(Timestamp::from_unix_seconds);
    let app = api.app().clone();
    let rule = run_to_end(async move {
        app.add_split_rule(&actor, &body.scope, body.scope_id, &terms, at)
            .await
    })
    .await?;
    Ok(ok(rule.into()))
}

/// Sets how a merchant's bills are shared from then on. Stations with a rule of their own keep it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/merchants/{org_id}/split",
    tag = "administration",
    operation_id = "set_merchant_split",
    extensions(
        ("x-access" = json!("user.merchant.set_split")),
        ("x-dataset" = json!("merchants")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("org_id" = i64, Path, description = "The merchant", example = 2)),
    request_body = MerchantSplitBody,
    responses(
        (status = 200, description = "The rule", body = Envelope<SplitRuleOut>),
        (status = 404, description = "No such merchant", body = Refusal),
        (status = 422, description = "Shares that do not add up", body = Refusal),
    )
)]
pub(crate) async fn set_merchant(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(MerchantId(id)): At<MerchantId>,
    Payload(body): Payload<MerchantSplitBody>,
) -> Answer<SplitRuleOut> {
    let terms: CommissionRule = serde_json::from_value(body.terms)
        .map_err(|fault| Failure::invalid("terms", &fault.to_string()))?;
    let at = body.effective_at.map(Timestamp::from_unix_seconds);
    api.app().org(OrgType::Merchant, id).await?;
    let app = api.app().clone();
    let rule = run_to_end(async move {
        app.add_split_rule(&actor, "merchant", Some(id), &terms, at)
            .await
    })
    .await?;
    Ok(ok(rule.into()))
}

/// Takes a rule away; the next wider one applies.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/split-rules/{rule_id}",
    tag = "administration",
    operation_id = "end_split_rule",
    extensions(("x-access" = json!("finance.split.delete")), ("x-audit" = json!("own"))),
    params(("rule_id" = i64, Path, description = "Its row", example = 1)),
    responses(
        (status = 200, description = "The rule, ended", body = Envelope<SplitRuleOut>),
        (status = 404, description = "No such rule", body = Refusal),
    )
)]
pub(crate) async fn end_rule(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(RuleId(id)): At<RuleId>,
) -> Answer<SplitRuleOut> {
    let app = api.app().clone();
    let ended = run_to_end(async move { app.end_split_rule(&actor, id).await }).await?;
    Ok(ok(ended.into()))
}

/// Lists who earned what, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/earnings",
    tag = "administration",
    operation_id = "list_earnings",
    extensions(
        ("x-access" = json!("finance.merchant.view")),
        ("x-dataset" = json!("merchants")),
        ("x-scope" = json!("org")),
    ),
    params(EarningQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<EarningOut>>))
)]
pub(crate) async fn earnings(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<EarningQuery>,
) -> Answer<PageOut<EarningOut>> {
    let page = query.page_request()?;
    let states = ["pending", "available", "reversed"];
    among("state", query.state.as_deref(), &states)?;
    let (payee, order, state) = (query.org_id.map(OrgId), query.order_no, query.state);
    let page = api
        .app()
        .list_earnings(&scope, payee, order.as_deref(), state.as_deref(), page)
        .await?;
    Ok(ok(PageOut::of(page, EarningOut::from)))
}
