//! Settlement accounts: where withdrawals go.

use super::super::paged_query;
use crate::Api;
use crate::envelope::{Answer, ok};
use crate::failure::Failure;
use crate::payload::Named;
use crate::view::{PageOut, PageQuery, seconds};
use app::SettlementWish;
use domain::org::{OrgType, Scope};
use domain::withdrawal::{SettlementAccount, SettlementKind};
use serde::{Deserialize, Serialize};
use store::settlement_accounts::{SettlementFilter, SettlementRow};
use utoipa::ToSchema;

/// Where withdrawals go.
#[derive(Serialize, ToSchema)]
pub(crate) struct SettlementOut {
    /// Its row.
    #[schema(example = 1)]
    settlement_account_id: i64,
    /// Whose.
    org_id: i64,
    /// `bank`, `wechat`, `alipay`, `mock`.
    #[schema(example = "bank")]
    kind: &'static str,
    /// The name that it is in.
    holder: String,
    /// The bank and its branch.
    bank: Option<String>,
    /// Account number, openid, user id.
    account_no: String,
    /// `submitted`, `verified`, `rejected`, `removed`.
    #[schema(example = "verified")]
    state: String,
    /// Who entered it.
    entered_by: String,
    /// Who looked at it.
    decided_by: Option<String>,
    /// When, Unix seconds.
    decided_at: Option<i64>,
    /// Why it was refused.
    reason: Option<String>,
    /// When it was entered, Unix seconds.
    created_at: i64,
}

impl From<SettlementRow> for SettlementOut {
    fn from(row: SettlementRow) -> Self {
        Self {
            settlement_account_id: row.id,
            org_id: row.org_id,
            kind: row.kind.as_str(),
            holder: row.holder,
            bank: row.bank,
            account_no: row.account_no,
            state: row.state,
            entered_by: row.entered_by,
            decided_by: row.decided_by,
            decided_at: seconds(row.decided_at),
            reason: row.reason,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

/// An account to be entered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "bank", "holder": "成都天府充电有限公司",
    "bank": "中国银行成都分行", "account_no": "6222020200112233"}))]
pub(crate) struct SettlementBody {
    /// Whose; one's own organisation when absent.
    org_id: Option<i64>,
    /// `bank`, `wechat`, `alipay`, `mock`.
    kind: String,
    /// The name that it is in.
    #[schema(max_length = 50)]
    holder: String,
    /// The bank and its branch; only for accounts at a bank.
    #[schema(max_length = 50)]
    bank: Option<String>,
    /// Account number, openid, user id.
    #[schema(max_length = 64)]
    account_no: String,
}

impl SettlementBody {
    fn read(self, own: i64) -> Result<SettlementWish, Failure> {
        let kind = SettlementKind::parse(&self.kind)
            .ok_or_else(|| Failure::invalid("kind", "must be bank, wechat, alipay or mock"))?;
        Ok(SettlementWish {
            org_id: self.org_id.unwrap_or(own),
            account: SettlementAccount {
                kind,
                holder: self.holder.trim().to_owned(),
                bank: self.bank.map(|bank| bank.trim().to_owned()),
                number: self.account_no.trim().to_owned(),
            },
        })
    }
}

/// Whether an account was found to be right.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"verified": true}))]
pub(crate) struct SettlementDecisionBody {
    /// Whether it was.
    verified: bool,
    /// Why not.
    #[schema(max_length = 200)]
    reason: Option<String>,
}

/// An account's row in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct SettlementId(i64);

impl Named for SettlementId {
    const NAME: &'static str = "settlement account";
}

paged_query! {
    /// Which accounts a list shows.
    SettlementQuery {
        /// Of this organisation.
        org_id: i64,
        /// In this state; all but removed ones when absent.
        state: String,
    }
}

async fn page(
    api: &Api,
    kind: OrgType,
    scope: Scope,
    query: SettlementQuery,
) -> Answer<PageOut<SettlementOut>> {
    let request = query.page_request()?;
    let states = ["submitted", "verified", "rejected", "removed"];
    if let Some(state) = &query.state
        && !states.contains(&state.as_str())
    {
        return Err(Failure::invalid("state", "is not known"));
    }
    let filter = SettlementFilter {
        org_type: Some(kind),
        org_id: query.org_id,
        state: query.state,
        scope,
    };
    let page = api.app().list_settlement_accounts(&filter, request).await?;
    Ok(ok(PageOut::of(page, SettlementOut::from)))
}

macro_rules! accounts {
    (
        $module:ident, $kind:ident,
        view $view:literal, apply $apply:literal, audit $audit:literal,
        all $all:literal $list_id:literal $add_id:literal,
        one $one:literal $remove_id:literal,
        decide $decide:literal $decide_id:literal
    ) => {
        pub(in crate::admin) mod $module {
            use super::{
                SettlementBody, SettlementDecisionBody, SettlementId, SettlementOut,
                SettlementQuery, page,
            };
            use crate::Api;
            use crate::console::{Acting, Seen};
            use crate::envelope::{Answer, Envelope, ok};
            use crate::failure::Refusal;
            use crate::payload::{At, Filter, Payload};
            use crate::run_to_end::run_to_end;
            use crate::staff::optional;
            use crate::view::PageOut;
            use axum::extract::State;
            use domain::org::OrgType;
            use utoipa_axum::router::OpenApiRouter;
            use crate::routes::routes;

            /// Its routes.
            pub(in crate::admin) fn routes() -> OpenApiRouter<Api> {
                OpenApiRouter::default()
                    .routes(routes!(list, add))
                    .routes(routes!(remove))
                    .routes(routes!(decide))
            }

            /// Lists settlement accounts, newest first.
            #[utoipa::path(
                get,
                path = $all,
                tag = "console",
                operation_id = $list_id,
                extensions(
                    ("x-access" = json!($view)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-scope" = json!("org")),
                ),
                params(SettlementQuery),
                responses(
                    (status = 200, description = "A page", body = Envelope<PageOut<SettlementOut>>),
                )
            )]
            pub(crate) async fn list(
                State(api): State<Api>,
                Seen(scope): Seen,
                Filter(query): Filter<SettlementQuery>,
            ) -> Answer<PageOut<SettlementOut>> {
                page(&api, OrgType::$kind, scope, query).await
            }

            /// Enters a settlement account. The platform has to verify it.
            #[utoipa::path(
                post,
                path = $all,
                tag = "console",
                operation_id = $add_id,
                extensions(
                    ("x-access" = json!($apply)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-scope" = json!("org")),
                    ("x-audit" = json!("own")),
                ),
                request_body = SettlementBody,
                responses(
                    (status = 200, description = "Entered", body = Envelope<SettlementOut>),
                    (status = 404, description = "No such organisation", body = Refusal),
                    (status = 409, description = "It has too many", body = Refusal),
                )
            )]
            pub(crate) async fn add(
                State(api): State<Api>,
                Acting(actor): Acting,
                Payload(body): Payload<SettlementBody>,
            ) -> Answer<SettlementOut> {
                let wish = body.read(actor.org_id)?;
                let app = api.app().clone();
                let work = async move {
                    app.add_settlement_account(&actor, OrgType::$kind, &wish)
                        .await
                };
                Ok(ok(run_to_end(work).await?.into()))
            }

            /// Takes a settlement account away. What is on its way to it stays on its way.
            #[utoipa::path(
                delete,
                path = $one,
                tag = "console",
                operation_id = $remove_id,
                extensions(
                    ("x-access" = json!($apply)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-audit" = json!("own")),
                ),
                params(("settlement_account_id" = i64, Path, description = "Its row")),
                responses(
                    (status = 200, description = "Removed", body = Envelope<SettlementOut>),
                    (status = 404, description = "No such account", body = Refusal),
                )
            )]
            pub(crate) async fn remove(
                State(api): State<Api>,
                Acting(actor): Acting,
                At(SettlementId(id)): At<SettlementId>,
            ) -> Answer<SettlementOut> {
                let app = api.app().clone();
                let at = (OrgType::$kind, id);
                let work = async move { app.remove_settlement_account(&actor, at).await };
                Ok(ok(run_to_end(work).await?.into()))
            }

            /// Verifies a settlement account that somebody else entered, or refuses it.
            #[utoipa::path(
                post,
                path = $decide,
                tag = "console",
                operation_id = $decide_id,
                extensions(
                    ("x-access" = json!($audit)),
                    ("x-dataset" = json!("withdrawals")),
                    ("x-scope" = json!("platform")),
                    ("x-audit" = json!("own")),
                ),
                params(("settlement_account_id" = i64, Path, description = "Its row")),
                request_body = SettlementDecisionBody,
                responses(
                    (status = 200, description = "The account", body = Envelope<SettlementOut>),
                    (status = 404, description = "No such account", body = Refusal),
                    (status = 409, description = "One's own, or decided", body = Refusal),
                )
            )]
            pub(crate) async fn decide(
                State(api): State<Api>,
                Acting(actor): Acting,
                At(SettlementId(id)): At<SettlementId>,
                Payload(body): Payload<SettlementDecisionBody>,
            ) -> Answer<SettlementOut> {
                let reason = optional("reason", body.reason, 200)?;
                let app = api.app().clone();
                let at = (OrgType::$kind, id);
                let work = async move {
                    app.decide_settlement_account(&actor, at, body.verified, reason.as_deref())
                        .await
                };
                Ok(ok(run_to_end(work).await?.into()))
            }
        }
    };
}

accounts!(
    agent_accounts, Agent,
    view "finance.agent_withdraw.view", apply "finance.agent_withdraw.apply",
    audit "finance.agent_withdraw.audit",
    all "/api/v1/admin/agent-settlement-accounts" "list_agent_settlement_accounts"
        "add_agent_settlement_account",
    one "/api/v1/admin/agent-settlement-accounts/{settlement_account_id}"
        "remove_agent_settlement_account",
    decide "/api/v1/admin/agent-settlement-accounts/{settlement_account_id}/decide"
        "decide_agent_settlement_account"
);

accounts!(
    merchant_accounts, Merchant,
    view "finance.merchant_withdraw.view", apply "finance.merchant_withdraw.apply",
    audit "finance.merchant_withdraw.audit",
    all "/api/v1/admin/merchant-settlement-accounts" "list_merchant_settlement_accounts"
        "add_merchant_settlement_account",
    one "/api/v1/admin/merchant-settlement-accounts/{settlement_account_id}"
        "remove_merchant_settlement_account",
    decide "/api/v1/admin/merchant-settlement-accounts/{settlement_account_id}/decide"
        "decide_merchant_settlement_account"
);
