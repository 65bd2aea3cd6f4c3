//! Members.

use super::{analytics_query, paged, quotient, step_query};
use crate::Api;
use crate::admin::screen::kwh;
use crate::console::Seen;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::Filter;
use crate::routes::routes;
use crate::view::PageOut;
use app::analytics::{ConversionStep, MemberStep, RetentionStep, RfmClass};
use axum::extract::State;
use domain::org::Scope;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Their routes.
pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(analyse_members))
        .routes(routes!(member_retention))
        .routes(routes!(member_classes))
        .routes(routes!(recharge_conversion))
}

analytics_query! {
    /// Which rows a table of members has.
    MemberAnalyticsQuery {}
}

fn count(of: i64) -> u64 {
    u64::try_from(of).unwrap_or(0)
}

fn share(part: i64, whole: i64) -> Option<f64> {
    quotient(count(part), count(whole))
}

/// Members of an hour, day, week or month.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberStepOut {
    /// When it begins, Unix seconds.
    at: i64,
    /// When the next one begins, Unix seconds.
    until: i64,
    /// Who registered; null of less than the whole platform, whose members they are.
    new: Option<u64>,
    /// Who charged; each counts once.
    active: i64,
    /// Those of them who had registered before.
    returning: i64,
    /// Those of them who charged more than once in it.
    repeating: i64,
    /// The share of those; 1 is all, null without any.
    repeat_rate: Option<f64>,
    /// Their charges.
    orders: i64,
    /// Their energy, kWh.
    kwh: f64,
    /// What their charges came to, fen.
    amount_fen: i64,
    /// The same by member, fen; null without any.
    per_member_fen: Option<f64>,
}

impl From<MemberStep> for MemberStepOut {
    fn from(step: MemberStep) -> Self {
        let active = step.active;
        Self {
            at: step.at.unix_seconds(),
            until: step.until.unix_seconds(),
            new: step.new,
            active: active.active,
            returning: active.came_before,
            repeating: active.repeating,
            repeat_rate: share(active.repeating, active.active),
            orders: active.orders,
            kwh: kwh(count(active.e4)),
            amount_fen: active.fen,
            per_member_fen: share(active.fen, active.active),
        }
    }
}

/// Members who registered in an hour, day, week or month, and who of them came again.
#[derive(Serialize, ToSchema)]
pub(crate) struct RetentionStepOut {
    /// When it begins, Unix seconds.
    at: i64,
    /// When the next one begins, Unix seconds.
    until: i64,
    /// Who registered; of less than everything those of them who have ever charged there.
    registered: i64,
    /// Who charged on that day.
    day_0: i64,
    /// Who charged on the day after it.
    day_1: i64,
    /// Who charged on the seventh day after it.
    day_7: i64,
    /// Who charged on the thirtieth day after it.
    day_30: i64,
    /// The share of the day after; null without any.
    day_1_rate: Option<f64>,
    /// The share of the seventh day.
    day_7_rate: Option<f64>,
    /// The share of the thirtieth day.
    day_30_rate: Option<f64>,
}

impl From<RetentionStep> for RetentionStepOut {
    fn from(step: RetentionStep) -> Self {
        let cohort = step.cohort;
        Self {
            at: step.at.unix_seconds(),
            until: step.until.unix_seconds(),
            registered: cohort.registered,
            day_0: cohort.day_0,
            day_1: cohort.day_1,
            day_7: cohort.day_7,
            day_30: cohort.day_30,
            day_1_rate: share(cohort.day_1, cohort.registered),
            day_7_rate: share(cohort.day_7, cohort.registered),
            day_30_rate: share(cohort.day_30, cohort.registered),
        }
    }
}

/// Members of one class.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberClassOut {
    /// Its usual name.
    #[schema(example = "重要价值")]
    title: &'static str,
    /// The same in English.
    #[schema(example = "champions")]
    title_en: &'static str,
    /// Their last charge is later than the mean of all (R).
    lately: bool,
    /// They charged at least as often (F).
    often: bool,
    /// Their charges came to at least as much (M).
    much: bool,
    /// How many.
    members: i64,
    /// Their charges.
    orders: i64,
    /// What those came to, fen.
    amount_fen: i64,
}

impl From<RfmClass> for MemberClassOut {
    fn from(class: RfmClass) -> Self {
        let (title, title_en) = match (class.lately, class.often, class.much) {
            (true, true, true) => ("重要价值", "champions"),
            (true, false, true) => ("重要发展", "promising big spenders"),
            (false, true, true) => ("重要保持", "to be kept"),
            (false, false, true) => ("重要挽留", "to be won back"),
            (true, true, false) => ("一般价值", "loyal"),
            (true, false, false) => ("一般发展", "new"),
            (false, true, false) => ("一般保持", "cooling"),
            (false, false, false) => ("一般挽留", "lost"),
        };
        Self {
            title,
            title_en,
            lately: class.lately,
            often: class.often,
            much: class.much,
            members: class.members,
            orders: class.orders,
            amount_fen: class.fen,
        }
    }
}

/// Members who registered in an hour, day, week or month, and who of them pay.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConversionStepOut {
    /// When it begins, Unix seconds.
    at: i64,
    /// When the next one begins, Unix seconds.
    until: i64,
    /// Who registered.
    registered: i64,
    /// Who of them has charged since.
    charged: i64,
    /// Who of them has paid into their wallet since.
    recharged: i64,
    /// Who of them did so within seven days.
    within_week: i64,
    /// What they paid in, fen.
    recharge_fen: i64,
    /// The share of those who paid in; null without any.
    conversion_rate: Option<f64>,
}

impl From<ConversionStep> for ConversionStepOut {
    fn from(step: ConversionStep) -> Self {
        let of = step.conversion;
        Self {
            at: step.at.unix_seconds(),
            until: step.until.unix_seconds(),
            registered: of.registered,
            charged: of.charged,
            recharged: of.recharged,
            within_week: of.within_week,
            recharge_fen: of.fen,
            conversion_rate: share(of.recharged, of.registered),
        }
    }
}

super::super::money::paged_query! {
    /// Which members a table of conversion has.
    ConversionQuery {
        /// From the hour, day, week or month of this instant on, Unix seconds.
        from: i64,
        /// Until the end of that of this instant, Unix seconds; now when absent.
        to: i64,
        /// `hour`, `day`, `week`, `month`; `day` when absent.
        granularity: String,
    }
}

/// Lists who came and who charged by the hour, day, week or month, the oldest first; 400 days at
/// most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/member",
    tag = "administration",
    operation_id = "analyse_members",
    extensions(("x-access" = json!("analytics.member.view")), ("x-scope" = json!("org"))),
    params(MemberAnalyticsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<MemberStepOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn analyse_members(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<MemberAnalyticsQuery>,
) -> Answer<PageOut<MemberStepOut>> {
    let steps = api.app().member_steps(&query.steps(scope)?).await?;
    let rows = steps.into_iter().map(MemberStepOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}

/// Lists who of the members that registered charged on the first, seventh and thirtieth day after
/// it; 400 days at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/member/retention",
    tag = "administration",
    operation_id = "member_retention",
    extensions(("x-access" = json!("analytics.member.view")), ("x-scope" = json!("org"))),
    params(MemberAnalyticsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<RetentionStepOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn member_retention(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<MemberAnalyticsQuery>,
) -> Answer<PageOut<RetentionStepOut>> {
    let steps = api.app().member_retention(&query.steps(scope)?).await?;
    let rows = steps.into_iter().map(RetentionStepOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}

/// Lists members who charged by how lately, how often and for how much (RFM), each against the
/// mean of all; 400 days at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/member/classes",
    tag = "administration",
    operation_id = "member_classes",
    extensions(("x-access" = json!("analytics.member.view")), ("x-scope" = json!("org"))),
    params(MemberAnalyticsQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<MemberClassOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn member_classes(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<MemberAnalyticsQuery>,
) -> Answer<PageOut<MemberClassOut>> {
    let mut classes = api.app().member_classes(&query.steps(scope)?).await?;
    classes.sort_by_key(|class| std::cmp::Reverse((class.much, class.often, class.lately)));
    let rows = classes.into_iter().map(MemberClassOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}

/// Lists who of the members that registered paid into their wallets since; 400 days at most.
#[utoipa::path(
    get,
    path = "/api/v1/admin/analytics/member/conversion",
    tag = "administration",
    operation_id = "recharge_conversion",
    extensions(("x-access" = json!("analytics.member.view")), ("x-scope" = json!("platform"))),
    params(ConversionQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<ConversionStepOut>>),
        (status = 404, description = "No such station, organisation or area", body = Refusal),
    )
)]
pub(crate) async fn recharge_conversion(
    State(api): State<Api>,
    Filter(query): Filter<ConversionQuery>,
) -> Answer<PageOut<ConversionStepOut>> {
    let of = (query.from, query.to);
    let steps = step_query(
        Scope::Everything,
        (None, None, None),
        of,
        query.granularity.as_deref(),
    );
    let steps = api.app().recharge_conversion(&steps?).await?;
    let rows = steps.into_iter().map(ConversionStepOut::from).collect();
    Ok(ok(paged(rows, &query)?))
}
