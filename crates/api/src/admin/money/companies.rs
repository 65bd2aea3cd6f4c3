//! Companies that pay for their people: contract, money, people, statements.

use super::paged_query;
use super::receipt_key;
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload, read_body};
use crate::routes::routes;
use crate::run_to_end::run_to_end;
use crate::staff::{OperationOut, OrgId as CompanyId, company_mode, optional};
use crate::view::{PageOut, PageQuery};
use app::{CompanyAccount, ContractEntry, ImportReport, TotalsFilter};
use axum::extract::{Request, State};
use domain::org::Scope;
use kernel::{Fen, OrgId, Timestamp};
use serde::{Deserialize, Serialize};
use store::ledger::{HeldLine, Ledgers, PartyFilter};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Its routes.
pub(in crate::admin) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(account))
        .routes(routes!(contract))
        .routes(routes!(recharge))
        .routes(routes!(credit))
        .routes(routes!(import))
        .routes(routes!(remove_member))
        .routes(routes!(statement))
        .routes(routes!(statement_total))
}

/// What was agreed with a company, and its money.
#[derive(Serialize, ToSchema)]
pub(crate) struct CompanyAccountOut {
    /// The company.
    #[schema(example = 4)]
    org_id: i64,
    /// The contract's number.
    contract_no: Option<String>,
    /// `prepaid`, `credit`.
    #[schema(example = "credit")]
    mode: &'static str,
    /// Most that it may owe, fen.
    credit_fen: i64,
    /// What is left of that, fen.
    credit_left_fen: i64,
    /// Paid in, free, fen.
    balance_fen: i64,
    /// Held by running charges, of paid-in money and of credit, fen.
    held_fen: i64,
    /// Owed, fen.
    owed_fen: i64,
    /// Day of the month on which it is billed.
    bill_day: i16,
    /// Most that one of its members may charge for in a day, fen.
    member_daily_fen: Option<i64>,
    /// Stations at which it pays; empty: everywhere.
    stations: Vec<i64>,
    /// Members whom it pays for.
    members: i64,
    /// Vehicles that it pays for.
    vehicles: i64,
}

impl From<CompanyAccount> for CompanyAccountOut {
    fn from(account: CompanyAccount) -> Self {
        let left = account.credit_left();
        let contract = account.contract;
        Self {
            org_id: contract.org_id,
            contract_no: contract.contract_no,
            mode: company_mode(contract.credit_limit_fen),
            credit_fen: contract.credit_limit_fen.0,
            credit_left_fen: left.0,
            balance_fen: account.cash.0,
            held_fen: (account.frozen + account.reserved).0,
            owed_fen: account.owed.0,
            bill_day: contract.bill_day,
            member_daily_fen: contract.member_daily_fen.map(|fen| fen.0),
            stations: serde_json::from_value(contract.stations).unwrap_or_default(),
            members: account.members,
            vehicles: account.vehicles,
        }
    }
}

/// What is agreed with a company. Its credit has a way of its own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"contract_no": "HT-2026-001", "bill_day": 5}))]
pub(crate) struct ContractBody {
    /// The contract's number.
    #[schema(max_length = 100)]
    contract_no: Option<String>,
    /// Day of the month on which it is billed; 1 when absent.
    #[schema(minimum = 1, maximum = 28)]
    bill_day: Option<i16>,
    /// Most that one of its members may charge for in a day, fen; no limit when absent.
    #[schema(minimum = 1)]
    member_daily_fen: Option<i64>,
    /// Stations at which it pays; everywhere when absent or empty.
    #[serde(default)]
    stations: Vec<i64>,
}

/// A company has paid.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_fen": 1_000_000, "key": "2026-01-02-17"}))]
pub(crate) struct CompanyPaidBody {
    /// How much, fen.
    #[schema(minimum = 1)]
    amount_fen: i64,
    /// The bank's own number of the payment: the same again changes nothing.
    #[schema(max_length = 64)]
    key: String,
}

/// Another credit limit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"credit_fen": 5_000_000, "reason": "pays in time"}))]
pub(crate) struct CreditBody {
    /// Most that it may owe, fen; 0: prepaid only.
    #[schema(minimum = 0)]
    credit_fen: i64,
    /// Why.
    #[schema(max_length = 100)]
    reason: String,
}

/// What became of a list of people.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportOut {
    /// People whom the company pays for from now on.
    added: usize,
    /// People whom it paid for before.
    known: usize,
    /// People who are members already and are asked whether they want it.
    invited: usize,
    /// Lines that were passed over.
    faults: Vec<ImportFaultOut>,
}

/// What is wrong with a line.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportFaultOut {
    /// Which line, 1 for the first of the list.
    line: usize,
    /// What is wrong.
    problem: String,
}

impl From<ImportReport> for ImportOut {
    fn from(report: ImportReport) -> Self {
        let faults = report.faults.into_iter().map(|fault| ImportFaultOut {
            line: fault.line,
            problem: fault.problem,
        });
        Self {
            added: report.added,
            known: report.known,
            invited: report.invited,
            faults: faults.collect(),
        }
    }
}

/// Somebody does not belong to a company any more.
#[derive(Serialize, ToSchema)]
pub(crate) struct CompanyMemberRemoved {
    /// Always true.
    removed: bool,
}

/// A line of a company's statement.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatementLineOut {
    /// When, Unix seconds.
    at: i64,
    /// `charge`, `payment`, `refund`, `correction`.
    #[serde(rename = "type")]
    #[schema(example = "charge")]
    kind: &'static str,
    /// The order; of a payment the company.
    biz_no: String,
    /// The number of the receipt of a payment.
    receipt: Option<String>,
    /// What it paid or got back, fen.
    in_fen: i64,
    /// What it was charged, fen.
    out_fen: i64,
    /// What it had afterwards, prepaid less owed, fen.
    balance_fen: i64,
}

impl From<HeldLine> for StatementLineOut {
    fn from(HeldLine { line, after }: HeldLine) -> Self {
        Self {
            at: line.posted_at.unix_seconds(),
            kind: match line.event_type.as_str() {
                "settle" => "charge",
                "company_paid" => "payment",
                "refund_order" => "refund",
                _ => "correction",
            },
            biz_no: line.biz_no,
            receipt: line.receipt,
            in_fen: line.change_fen.max(Fen::ZERO).0,
            out_fen: (-line.change_fen).max(Fen::ZERO).0,
            balance_fen: after.0,
        }
    }
}

/// What a company's statement comes to; balances are prepaid less owed.
#[expect(
    clippy::struct_field_names,
    reason = "the unit is part of the contract"
)]
#[derive(Serialize, ToSchema)]
pub(crate) struct StatementTotalOut {
    /// What it had before, fen.
    opening_fen: i64,
    /// What it paid or got back, fen.
    in_fen: i64,
    /// What it was charged, fen.
    out_fen: i64,
    /// What it had afterwards, fen.
    closing_fen: i64,
}

/// A company and a member in a path.
#[derive(Clone, Copy, Deserialize)]
pub(crate) struct MemberOf(i64, i64);

impl crate::payload::Named for MemberOf {
    const NAME: &'static str = "member";
}

paged_query! {
    /// Which lines a statement shows.
    StatementQuery {
        /// From then on, Unix seconds.
        from: i64,
        /// Before then, Unix seconds.
        to: i64,
    }
}

/// Of which time a statement's sums are wanted.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatementTime {
    /// From then on, Unix seconds.
    from: Option<i64>,
    /// Before then, Unix seconds.
    to: Option<i64>,
}

/// Shows what was agreed with a company, and its money.
#[utoipa::path(
    get,
    path = "/api/v1/admin/companies/{org_id}/account",
    tag = "console",
    operation_id = "company_account",
    extensions(("x-access" = json!("user.company.view")), ("x-dataset" = json!("companies"))),
    params(("org_id" = i64, Path, description = "The company", example = 4)),
    responses(
        (status = 200, description = "Its account", body = Envelope<CompanyAccountOut>),
        (status = 404, description = "No such company", body = Refusal),
    )
)]
pub(crate) async fn account(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CompanyId(id)): At<CompanyId>,
) -> Answer<CompanyAccountOut> {
    Ok(ok(api
        .app()
        .company_account(&actor, OrgId(id))
        .await?
        .into()))
}

/// Writes what is agreed with a company.
#[utoipa::path(
    put,
    path = "/api/v1/admin/companies/{org_id}/contract",
    tag = "console",
    operation_id = "change_contract",
    extensions(
        ("x-access" = json!("user.company.edit")),
        ("x-dataset" = json!("companies")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("org_id" = i64, Path, description = "The company", example = 4)),
    request_body = ContractBody,
    responses(
        (status = 200, description = "Its account", body = Envelope<CompanyAccountOut>),
        (status = 404, description = "No such company", body = Refusal),
        (status = 422, description = "A station that is not there", body = Refusal),
    )
)]
pub(crate) async fn contract(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CompanyId(id)): At<CompanyId>,
    Payload(body): Payload<ContractBody>,
) -> Answer<CompanyAccountOut> {
    let entry = ContractEntry {
        contract_no: optional("contract_no", body.contract_no, 100)?,
        bill_day: body.bill_day.unwrap_or(1),
        member_daily: body.member_daily_fen.map(Fen),
        stations: body.stations,
    };
    let app = api.app().clone();
    let work = async move { app.change_contract(&actor, OrgId(id), entry).await };
    Ok(ok(run_to_end(work).await?.into()))
}

/// Writes down that a company has paid: first what it owes, the rest is prepaid.
#[utoipa::path(
    post,
    path = "/api/v1/admin/companies/{org_id}/recharge",
    tag = "console",
    operation_id = "recharge_company",
    extensions(
        ("x-access" = json!("user.company.recharge")),
        ("x-dataset" = json!("companies")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("org_id" = i64, Path, description = "The company", example = 4)),
    request_body = CompanyPaidBody,
    responses(
        (status = 200, description = "Its account", body = Envelope<CompanyAccountOut>),
        (status = 404, description = "No such company", body = Refusal),
    )
)]
pub(crate) async fn recharge(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CompanyId(id)): At<CompanyId>,
    Payload(body): Payload<CompanyPaidBody>,
) -> Answer<CompanyAccountOut> {
    let key = receipt_key(body.key)?;
    let app = api.app().clone();
    let amount = Fen(body.amount_fen);
    let work = async move { app.recharge_company(&actor, OrgId(id), amount, &key).await };
    Ok(ok(run_to_end(work).await?.into()))
}

/// Proposes another credit limit. It counts once a second person has confirmed it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/companies/{org_id}/adjust-credit",
    tag = "console",
    operation_id = "adjust_credit",
    extensions(
        ("x-access" = json!("user.company.adjust_credit")),
        ("x-dataset" = json!("companies")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("org_id" = i64, Path, description = "The company", example = 4)),
    request_body = CreditBody,
    responses(
        (status = 200, description = "It waits", body = Envelope<OperationOut>),
        (status = 404, description = "No such company", body = Refusal),
    )
)]
pub(crate) async fn credit(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CompanyId(id)): At<CompanyId>,
    Payload(body): Payload<CreditBody>,
) -> Answer<OperationOut> {
    let app = api.app().clone();
    let limit = Fen(body.credit_fen);
    let work = async move {
        app.propose_credit(&actor, OrgId(id), limit, &body.reason)
            .await
    };
    Ok(ok(run_to_end(work).await?.into()))
}

/// Takes a company's people from a list.
///
/// The body is the list itself, comma-separated values in UTF-8: telephone number, name. A line of
/// titles may come first. Who is a member already is invited, and decides.
#[utoipa::path(
    post,
    path = "/api/v1/admin/companies/{org_id}/members/import",
    tag = "console",
    operation_id = "import_company_members",
    extensions(
        ("x-access" = json!("user.company.import_members")),
        ("x-dataset" = json!("companies")),
        ("x-audit" = json!("own")),
    ),
    params(("org_id" = i64, Path, description = "The company", example = 4)),
    request_body(content = String, content_type = "text/csv"),
    responses(
        (status = 200, description = "What became of it", body = Envelope<ImportOut>),
        (status = 404, description = "No such company", body = Refusal),
    )
)]
pub(crate) async fn import(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(CompanyId(id)): At<CompanyId>,
    request: Request,
) -> Answer<ImportOut> {
    let body = read_body(request, api.settings().image_max_bytes).await?;
    let list = String::from_utf8(body.to_vec())
        .map_err(|_| Failure::invalid("body", "must be text in UTF-8"))?;
    let app = api.app().clone();
    let work = async move { app.import_company_members(&actor, OrgId(id), &list).await };
    Ok(ok(run_to_end(work).await?.into()))
}

/// A company does not pay for a member any more.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/companies/{org_id}/members/{company_member_id}",
    tag = "console",
    operation_id = "remove_company_member",
    extensions(
        ("x-access" = json!("user.company.import_members")),
        ("x-dataset" = json!("companies")),
        ("x-audit" = json!("own")),
    ),
    params(
        ("org_id" = i64, Path, description = "The company", example = 4),
        ("company_member_id" = i64, Path, description = "The member", example = 12),
    ),
    responses(
        (status = 200, description = "Gone", body = Envelope<CompanyMemberRemoved>),
        (status = 404, description = "No such company, or no such member of it",
            body = Refusal),
    )
)]
pub(crate) async fn remove_member(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(MemberOf(org, member)): At<MemberOf>,
) -> Answer<CompanyMemberRemoved> {
    let app = api.app().clone();
    let member = kernel::MemberId(member);
    run_to_end(async move { app.remove_company_member(&actor, OrgId(org), member).await }).await?;
    Ok(ok(CompanyMemberRemoved { removed: true }))
}

/// Lists what a company was charged and paid, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/companies/{org_id}/statement",
    tag = "console",
    operation_id = "company_statement",
    extensions(
        ("x-access" = json!("user.company.statement")),
        ("x-dataset" = json!("companies")),
    ),
    params(("org_id" = i64, Path, description = "The company", example = 4), StatementQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<StatementLineOut>>),
        (status = 404, description = "No such company", body = Refusal),
    )
)]
pub(crate) async fn statement(
    State(api): State<Api>,
    At(CompanyId(id)): At<CompanyId>,
    Filter(query): Filter<StatementQuery>,
) -> Answer<PageOut<StatementLineOut>> {
    let page = query.page_request()?;
    let filter = PartyFilter {
        owner: Some(id),
        from: query.from.map(Timestamp::from_unix_seconds),
        until: query.to.map(Timestamp::from_unix_seconds),
        scope: Scope::Everything,
        ..PartyFilter::default()
    };
    let page = api.app().party_ledger(Ledgers::Companies, &filter, page);
    Ok(ok(PageOut::of(page.await?, StatementLineOut::from)))
}

/// Shows what a company's statement comes to.
#[utoipa::path(
    get,
    path = "/api/v1/admin/companies/{org_id}/statement/total",
    tag = "console",
    operation_id = "company_statement_total",
    extensions(
        ("x-access" = json!("user.company.statement")),
        ("x-dataset" = json!("companies")),
    ),
    params(("org_id" = i64, Path, description = "The company", example = 4), StatementTime),
    responses(
        (status = 200, description = "The sums", body = Envelope<StatementTotalOut>),
        (status = 404, description = "No such company", body = Refusal),
    )
)]
pub(crate) async fn statement_total(
    State(api): State<Api>,
    At(CompanyId(id)): At<CompanyId>,
    Filter(query): Filter<StatementTime>,
) -> Answer<StatementTotalOut> {
    let filter = TotalsFilter {
        owner: Some(id),
        from: query.from.map(Timestamp::from_unix_seconds),
        until: query.to.map(Timestamp::from_unix_seconds),
        ..TotalsFilter::default()
    };
    let page = store::PageRequest { page: 1, size: 1 };
    let totals = api.app().party_totals(Ledgers::Companies, &filter, page);
    let total = totals.await?.items.into_iter().next();
    let sums = total.ok_or(Failure::not_found("company"))?.sums;
    Ok(ok(StatementTotalOut {
        opening_fen: sums.opening.0,
        in_fen: sums.grown.0,
        out_fen: sums.shrunk.0,
        closing_fen: sums.closing().0,
    }))
}
