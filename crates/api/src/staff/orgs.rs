//! Agents, merchants and companies: one kind of row, three pages with permissions of their own.

use super::{named, optional, sorted, stations::area};
use crate::Api;
use crate::choice::among;
use crate::envelope::{Answer, ok};
use crate::failure::Failure;
use crate::view::{PageOut, PageQuery};
use domain::org::{OrgType, Scope};
use kernel::Fen;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::orgs::{self, Org, OrgEntry, OrgFilter};
use store::party_figures::PartyFigures;
use utoipa::{IntoParams, ToSchema};

/// An organisation.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrgOut {
    /// Its id.
    #[schema(example = 2)]
    org_id: i64,
    /// `agent`, `merchant`, `company`.
    #[serde(rename = "type")]
    #[schema(example = "merchant")]
    kind: &'static str,
    /// What it stands under.
    parent_id: Option<i64>,
    /// Ids from the root down to it.
    #[schema(example = "/1/2/")]
    path: String,
    /// 1 to 3, for agents.
    level: Option<i16>,
    /// `active`, `disabled`.
    state: String,
    /// Its name.
    name: String,
    /// Whom to ask for.
    contact: Option<String>,
    /// That person's telephone.
    phone: Option<String>,
    /// Six digits of the administrative division.
    area_code: Option<String>,
    /// Number of its licence.
    licence: Option<String>,
    /// Where its withdrawals go.
    #[schema(value_type = Option<Object>)]
    settlement: Value,
    /// Free text.
    remark: Option<String>,
    /// When it was made, Unix seconds.
    created_at: i64,
    /// The name of what it stands under; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    /// Stations of its own, below it, and where it is the agent; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    stations: Option<i64>,
    /// Devices there; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    devices: Option<i64>,
    /// Earned in the present month, fen; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    month_income_fen: Option<i64>,
    /// Held, payable or not, fen; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance_fen: Option<i64>,
    /// A company's contract; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    contract_no: Option<String>,
    /// `prepaid`, `credit`, for companies; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'static str>,
    /// Most that a company may owe, fen; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_fen: Option<i64>,
    /// Day of the month on which a company is billed; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    bill_day: Option<i16>,
    /// Members whom a company pays for; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<i64>,
    /// Vehicles that a company pays for; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicles: Option<i64>,
}

impl OrgOut {
    fn with(self, figures: Option<&PartyFigures>) -> Self {
        let Some(figures) = figures else { return self };
        Self {
            parent: figures.parent.clone(),
            stations: Some(figures.stations),
            devices: Some(figures.devices),
            month_income_fen: Some(figures.income_fen.0),
            balance_fen: Some(figures.balance_fen.0),
            contract_no: figures.contract_no.clone(),
            mode: figures.credit_fen.map(company_mode),
            credit_fen: figures.credit_fen.map(|fen| fen.0),
            bill_day: figures.bill_day,
            members: figures.members,
            vehicles: figures.vehicles,
            ..self
        }
    }
}

impl From<Org> for OrgOut {
    fn from(row: Org) -> Self {
        let entry = row.entry;
        Self {
            org_id: row.id,
            kind: row.kind.as_str(),
            parent_id: row.parent_id,
            path: row.path,
            level: row.level,
            state: row.state,
            name: entry.name,
            contact: entry.contact,
            phone: entry.phone,
            area_code: entry.area_code,
            licence: entry.licence,
            settlement: entry.settlement,
            remark: entry.remark,
            created_at: row.created_at.unix_seconds(),
            parent: None,
            stations: None,
            devices: None,
            month_income_fen: None,
            balance_fen: None,
            contract_no: None,
            mode: None,
            credit_fen: None,
            bill_day: None,
            members: None,
            vehicles: None,
        }
    }
}

/// How a company pays that may owe so much.
pub(crate) fn company_mode(credit: Fen) -> &'static str {
    if credit > Fen::ZERO {
        "credit"
    } else {
        "prepaid"
    }
}

/// What is written about an organisation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "天府充电", "contact": "张三", "phone": "13800138000"}))]
pub(crate) struct OrgBody {
    /// What it stands under; one's own organisation when absent. Cannot be changed.
    parent_id: Option<i64>,
    /// Its name.
    name: String,
    /// Whom to ask for.
    contact: Option<String>,
    /// That person's telephone.
    phone: Option<String>,
    /// Six digits of the administrative division.
    area_code: Option<String>,
    /// Number of its licence.
    licence: Option<String>,
    /// Where its withdrawals go.
    #[schema(value_type = Option<Object>)]
    settlement: Option<Value>,
    /// Free text.
    remark: Option<String>,
}

impl OrgBody {
    fn read(self) -> Result<OrgEntry, Failure> {
        let settlement = self.settlement.unwrap_or_else(|| serde_json::json!({}));
        if !settlement.is_object() || settlement.to_string().len() > 4000 {
            return Err(Failure::invalid("settlement", "must be a small object"));
        }
        Ok(OrgEntry {
            name: named("name", &self.name, 50)?,
            contact: optional("contact", self.contact, 50)?,
            phone: optional("phone", self.phone, 20)?,
            area_code: area(self.area_code)?,
            licence: optional("licence", self.licence, 50)?,
            settlement,
            remark: optional("remark", self.remark, 200)?,
        })
    }
}

/// Which organisations a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrgQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// `path`, `name`, `created_at`, `-name`, `-created_at`.
    sort: Option<String>,
    /// `active`, `disabled`.
    state: Option<String>,
    /// Directly under this one only.
    parent_id: Option<i64>,
    /// In this area only.
    area_code: Option<String>,
    /// With this in its name only.
    name: Option<String>,
    /// With this telephone only.
    phone: Option<String>,
}

impl PageQuery for OrgQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

async fn page(api: &Api, kind: OrgType, scope: Scope, query: OrgQuery) -> Answer<PageOut<OrgOut>> {
    let request = query.page_request()?;
    let sort = sorted(query.sort.as_deref(), orgs::SORT)?;
    among("state", query.state.as_deref(), &["active", "disabled"])?;
    let filter = OrgFilter {
        id: None,
        kind: Some(kind),
        state: query.state,
        parent_id: query.parent_id,
        area_code: query.area_code,
        name: query.name,
        phone: query.phone,
        scope,
    };
    let page = api.app().list_orgs(&filter, sort, request).await?;
    let ids: Vec<i64> = page.items.iter().map(|org| org.id).collect();
    let figures = api.app().party_figures(&ids).await?;
    Ok(ok(PageOut::of(page, |org| {
        let own = figures.get(&org.id);
        OrgOut::from(org).with(own)
    })))
}

/// The operations of one type of organisation.
macro_rules! pages {
    (
        $module:ident, $kind:ident, $dataset:literal, $all:literal, $one:literal, $state:literal,
        list $list:literal $view:literal, create $create:literal $creates:literal,
        show $show:literal, change $change:literal $edits:literal,
        enable $enable:literal $disables:literal
    ) => {
        pub(super) mod $module {
            use super::{OrgBody, OrgOut, OrgQuery, page};
            use crate::Api;
            use crate::console::{Acting, Seen};
            use crate::envelope::{Answer, Envelope, ok};
            use crate::failure::{Failure, Refusal};
            use crate::payload::{At, Filter, Payload};
            use crate::run_to_end::run_to_end;
            use crate::staff::OrgId;
            use crate::staff::admins::EnabledBody;
            use crate::view::PageOut;
            use app::staff::NewOrg;
            use axum::extract::State;
            use domain::org::OrgType;
            use utoipa_axum::router::OpenApiRouter;
            use crate::routes::routes;

            /// Its routes.
            pub(crate) fn routes() -> OpenApiRouter<Api> {
                OpenApiRouter::default()
                    .routes(routes!(list, create))
                    .routes(routes!(show, change))
                    .routes(routes!(enable))
            }

            /// Lists them.
            #[utoipa::path(
                get,
                path = $all,
                tag = "console",
                operation_id = $list,
                extensions(
                    ("x-access" = json!($view)),
                    ("x-dataset" = json!($dataset)),
                    ("x-scope" = json!("org")),
                ),
                params(OrgQuery),
                responses(
                    (status = 200, description = "A page", body = Envelope<PageOut<OrgOut>>),
                    (status = 404, description = "No such parent", body = Refusal),
                )
            )]
            pub(crate) async fn list(
                State(api): State<Api>,
                Seen(scope): Seen,
                Filter(query): Filter<OrgQuery>,
            ) -> Answer<PageOut<OrgOut>> {
                page(&api, OrgType::$kind, scope, query).await
            }

            /// Adds one.
            #[utoipa::path(
                post,
                path = $all,
                tag = "console",
                operation_id = $create,
                extensions(
                    ("x-access" = json!($creates)),
                    ("x-dataset" = json!($dataset)),
                    ("x-scope" = json!("org")),
                    ("x-audit" = json!("own")),
                ),
                request_body = OrgBody,
                responses(
                    (status = 200, description = "Added", body = Envelope<OrgOut>),
                    (status = 404, description = "No such parent", body = Refusal),
                    (status = 422, description = "It cannot stand there", body = Refusal),
                )
            )]
            pub(crate) async fn create(
                State(api): State<Api>,
                Acting(actor): Acting,
                Payload(body): Payload<OrgBody>,
            ) -> Answer<OrgOut> {
                let new = NewOrg {
                    kind: OrgType::$kind,
                    parent_id: body.parent_id.unwrap_or(actor.org_id),
                    entry: body.read()?,
                };
                let app = api.app().clone();
                let row = run_to_end(async move { app.create_org(&actor, new).await }).await?;
                Ok(ok(row.into()))
            }

            /// Shows one.
            #[utoipa::path(
                get,
                path = $one,
                tag = "console",
                operation_id = $show,
                extensions(("x-access" = json!($view)), ("x-dataset" = json!($dataset))),
                params(("org_id" = i64, Path, description = "The organisation", example = 2)),
                responses(
                    (status = 200, description = "The organisation", body = Envelope<OrgOut>),
                    (status = 404, description = "No such organisation", body = Refusal),
                )
            )]
            pub(crate) async fn show(
                State(api): State<Api>,
                At(id): At<OrgId>,
            ) -> Answer<OrgOut> {
                Ok(ok(api.app().org(OrgType::$kind, id.0).await?.into()))
            }

            /// Replaces what is written about one. Its place in the tree stays.
            #[utoipa::path(
                put,
                path = $one,
                tag = "console",
                operation_id = $change,
                extensions(
                    ("x-access" = json!($edits)),
                    ("x-dataset" = json!($dataset)),
                    ("x-audit" = json!("own")),
                ),
                params(("org_id" = i64, Path, description = "The organisation", example = 2)),
                request_body = OrgBody,
                responses(
                    (status = 200, description = "The organisation", body = Envelope<OrgOut>),
                    (status = 404, description = "No such organisation", body = Refusal),
                )
            )]
            pub(crate) async fn change(
                State(api): State<Api>,
                Acting(actor): Acting,
                At(id): At<OrgId>,
                Payload(body): Payload<OrgBody>,
            ) -> Answer<OrgOut> {
                let parent = body.parent_id;
                if let Some(parent) = parent
                    && api.app().org(OrgType::$kind, id.0).await?.parent_id != Some(parent)
                {
                    return Err(Failure::invalid("parent_id", "cannot be changed"));
                }
                let entry = body.read()?;
                let app = api.app().clone();
                let row = run_to_end(async move {
                    app.change_org(&actor, OrgType::$kind, id.0, entry).await
                })
                .await?;
                Ok(ok(row.into()))
            }

            /// Lets the accounts of one, and of all below it, log in, or not.
            #[utoipa::path(
                put,
                path = $state,
                tag = "console",
                operation_id = $enable,
                extensions(
                    ("x-access" = json!($disables)),
                    ("x-dataset" = json!($dataset)),
                    ("x-audit" = json!("own")),
                ),
                params(("org_id" = i64, Path, description = "The organisation", example = 2)),
                request_body = EnabledBody,
                responses(
                    (status = 200, description = "The organisation", body = Envelope<OrgOut>),
                    (status = 404, description = "No such organisation", body = Refusal),
                    (status = 409, description = "One's own", body = Refusal),
                )
            )]
            pub(crate) async fn enable(
                State(api): State<Api>,
                Acting(actor): Acting,
                At(id): At<OrgId>,
                Payload(body): Payload<EnabledBody>,
            ) -> Answer<OrgOut> {
                let app = api.app().clone();
                let row = run_to_end(async move {
                    app.enable_org(&actor, OrgType::$kind, id.0, body.enabled)
                        .await
                })
                .await?;
                Ok(ok(row.into()))
            }
        }
    };
}

pages!(
    agents, Agent, "agents", "/api/v1/admin/agents", "/api/v1/admin/agents/{org_id}",
    "/api/v1/admin/agents/{org_id}/state",
    list "list_agents" "user.agent.view", create "create_agent" "user.agent.create",
    show "show_agent", change "change_agent" "user.agent.edit",
    enable "enable_agent" "user.agent.disable"
);

pages!(
    merchants, Merchant, "merchants", "/api/v1/admin/merchants",
    "/api/v1/admin/merchants/{org_id}", "/api/v1/admin/merchants/{org_id}/state",
    list "list_merchants" "user.merchant.view", create "create_merchant" "user.merchant.create",
    show "show_merchant", change "change_merchant" "user.merchant.edit",
    enable "enable_merchant" "user.merchant.disable"
);

pages!(
    companies, Company, "companies", "/api/v1/admin/companies",
    "/api/v1/admin/companies/{org_id}", "/api/v1/admin/companies/{org_id}/state",
    list "list_companies" "user.company.view", create "create_company" "user.company.create",
    show "show_company", change "change_company" "user.company.edit",
    enable "enable_company" "user.company.disable"
);
