//! Money.

use super::{analytics_query, paged};
use crate::Api;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::Filter;
use crate::routes::routes;
use crate::view::PageOut;
use app::analytics::{FinanceStep, Owed};
use axum::extract::State;
use domain::kpi::{Business, Detail};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Their routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(analyse_finance))
        .routes(routes!(analyse_income))
        .routes(routes!(receivables))
}

analytics_query! {
    /// Which rows a table of money has.
    FinanceAnalyticsQuery {}
}

super::super::money::paged_query! {
    /// Which debts a table has: all.
    ReceivablesQuery {}
}

/// Money of an hour, day, week or month.
#[derive(Serialize, ToSchema)]
pub(crate) struct FinanceStepOut {
    /// When it begins, Unix seconds.
    at: i64,
    /// When the next one begins, Unix seconds.
    until: i64,
    /// Charges that were completed.
    orders: u64,
    /// What they came to with their occupancy, before anything was taken off, fen.
    gross_fen: u64,
    /// What promotions, coupons and points took off, fen.
    discount_fen: u64,
    /// Given back since, in the step in which it was, fen.
    refund_fen: u64,
    /// Gross without discount and refunds, fen.
    net_fen: i64,
    /// Paid into wallets, fen; null of less than the whole platform.
    recharge_fen: Option<u64>,
    /// What the platform keeps of those charges, fen; null of less than the whole platform.
    split_platform_fen: Option<u64>,
    /// What merchants earn by them, fen; likewise.
    split_merchant_fen: Option<u64>,
    /// What agents earn by them, fen; likewise.
    split_agent_fen: Option<u64>,
    /// What payment channels kept, by the day of their statements, fen; likewise, and null by the
    /// hour.
    channel_fee_fen: Option<i64>,
}

impl From<&FinanceStep> for FinanceStepOut {
    fn from(of: &FinanceStep) -> Self {
        let step = &of.step;
        let whole = |figure: Detail| of.whole.then(|| step.sum(figure));
        let gross = step.sum(Detail::Amount) + step.sum(Business::Occupancy);
        let (discount, refund) = (step.sum(Detail::Discount), step.sum(Business::Refund));
        let signed = |fen: u64| i64::try_from(fen).unwrap_or(i64::MAX);
        Self {
            at: step.at.unix_seconds(),
            until: step.until.unix_seconds(),
            orders: step.sum(Business::Orders),
            gross_fen: gross,
            discount_fen: discount,
            refund_fen: refund,
            net_fen: signed(gross) - signed(discount) - signed(refund),
            recharge_fen: of.whole.then(|| step.sum(Business::Recharge)),
            split_platform_fen: whole(Detail::SplitPlatform),
            split_merchant_fen: whole(Detail::SplitMerchant),
            split_agent_fen: whole(Detail::SplitAgent),
            channel_fee_fen: of.channel_fen,
        }
    }
}

/// Income of one type.
#[derive(Serialize, ToSchema)]
pub(crate) struct IncomeOut {
    /// `elec`, `service`, `occupancy`, `other`: amounts that no bill tells apart.
    #[serde(rename = "type")]
    #[schema(example = "elec")]
    kind: &'static str,
    /// Fen.
    fen: u64,
}

/// What one kind of debtor owes, by how old it is.
#[derive(Serialize, ToSchema)]
pub(crate) struct OwedOut {
    /// `member`, `card`, `company`.
    #[schema(example = "company")]
    debtor: String,
    /// How many owe.
    debtors: i64,
    /// All of it, fen.
    fen: i64,
    /// Of it younger than 30 days, fen.
    days_30_fen: i64,
    /// Of 30 to 60 days, fen.
    days_60_fen: i64,
    /// Of 60 to 90 days, fen.
    days_90_fen: i64,
    /// Older, fen.
    older_fen: i64,
}

impl From<Owed> for OwedOut {
    fn from(owed: Owed) -> Self {
        Self {
            debtor: owed.debtor,
            debtors: owed.debtors,
            fen: owed.fen,
            days_30_fen: owed.days_30,
            days_60_fen: owed.days_60,
            days_90_fen: owed.days_90,
            older_fen: owed.older,
        }
    }
}

/// Lists money by the hour, day, week or month, the oldest first; each step has a row.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/finance",
    tag = "administration",
    operation_id = "analyse_finance",
    extensions(("x-access" = json!("analytics.finance.view")), ("x-scope" = json!("org"))),
    params(FinanceAnalyticsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<FinanceStepOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn analyse_finance(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<FinanceAnalyticsQuery>,
) -> Answer<PageOut<FinanceStepOut>> {
    let steps = api.app().finance_steps(&query.steps(scope)?).await?;
    let rows = steps.iter().map(FinanceStepOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}

/// Lists the income of a time by its type.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/finance/income",
    tag = "administration",
    operation_id = "analyse_income",
    extensions(("x-access" = json!("analytics.finance.view")), ("x-scope" = json!("org"))),
    params(FinanceAnalyticsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<IncomeOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn analyse_income(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<FinanceAnalyticsQuery>,
) -> Answer<PageOut<IncomeOut>> {
    let steps = api.app().figure_steps(&query.steps(scope)?).await?;
    let elec: u64 = steps
        .iter()
        .map(|step| step.sum(Business::Electricity))
        .sum();
    let service: u64 = steps.iter().map(|step| step.sum(Business::Service)).sum();
    let amount: u64 = steps.iter().map(|step| step.sum(Detail::Amount)).sum();
    let occupancy = steps.iter().map(|step| step.sum(Business::Occupancy)).sum();
    let rows = [
        ("elec", elec),
        ("service", service),
        ("occupancy", occupancy),
        ("other", amount.saturating_sub(elec + service)),
    ];
    let rows = rows.map(|(kind, fen)| IncomeOut { kind, fen });
    Ok(ok(paged(rows.into(), &query)?))
}

/// Lists what is owed to the platform by who owes it and how old it is: who pays pays the oldest
/// first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/finance/receivables",
    tag = "administration",
    operation_id = "receivables",
    extensions(("x-access" = json!("analytics.finance.view")), ("x-scope" = json!("platform"))),
    params(ReceivablesQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<OwedOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn receivables(
    State(api): State<Api>,
    Filter(query): Filter<ReceivablesQuery>,
) -> Answer<PageOut<OwedOut>> {
    let owed = api.app().receivables().await?;
    let rows = owed.into_iter().map(OwedOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}
