//! Coupons in members' hands (发券记录): who has which, giving and taking back.

use super::{GrantId, between, instant};
use crate::Api;
use crate::admin::money::paged_query;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use app::CrowdStep;
use axum::extract::State;
use domain::coupon_grant::GrantState;
use kernel::MemberId;
use serde::{Deserialize, Serialize};
use store::coupon_grants::{Crowd, GrantFilter, GrantRow};
use utoipa::ToSchema;

/// Longest reason, in characters.
const REASON_MAX: usize = 80;

/// A coupon in a member's hand.
#[derive(Serialize, ToSchema)]
pub(crate) struct GrantOut {
    /// Its row.
    #[schema(example = 71)]
    grant_id: i64,
    /// The coupon.
    #[schema(example = 3)]
    coupon_id: i64,
    /// Its name.
    #[schema(example = "满30减5")]
    coupon: String,
    /// Whose it is.
    #[schema(example = 12)]
    member_id: i64,
    /// `unused`, `locked` by a running charge, `used`, `expired`, `revoked`.
    #[schema(example = "unused")]
    state: &'static str,
    /// The charge that holds or used it.
    order_no: Option<String>,
    /// It may be used from then on, Unix seconds.
    valid_from: i64,
    /// It may be used before then, Unix seconds.
    valid_until: i64,
    /// `claim`, `code:` and the batch, or who of the staff gave it.
    granted_by: String,
    /// When, Unix seconds.
    created_at: i64,
}

impl From<GrantRow> for GrantOut {
    fn from(row: GrantRow) -> Self {
        Self {
            grant_id: row.id,
            coupon_id: row.coupon_id,
            coupon: row.says.name,
            member_id: row.member_id,
            state: row.grant.state.as_str(),
            order_no: row.grant.order.map(|order| order.to_string()),
            valid_from: row.grant.valid.from.unix_seconds(),
            valid_until: row.grant.valid.until.unix_seconds(),
            granted_by: row.granted_by,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

paged_query! {
    /// Which coupons a list shows.
    GrantQuery {
        /// Of this member.
        member_id: i64,
        /// Of this coupon.
        coupon_id: i64,
        /// `unused`, `locked`, `used`, `expired`, `revoked`.
        state: String,
        /// Given from then on, Unix seconds.
        from: i64,
        /// Given before then, Unix seconds.
        to: i64,
    }
}

/// Lists coupons in members' hands, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/coupon-grants",
    tag = "administration",
    operation_id = "list_coupon_grants",
    extensions(("x-access" = json!("marketing.grant.view")), ("x-scope" = json!("org"))),
    params(GrantQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<GrantOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Acting(actor): Acting,
    Filter(query): Filter<GrantQuery>,
) -> Answer<PageOut<GrantOut>> {
    let page = query.page_request()?;
    let state = query.state.as_deref().map(|text| {
        GrantState::parse(text).ok_or_else(|| Failure::invalid("state", "is not known"))
    });
    let (from, until) = between(query.from, query.to)?;
    let filter = GrantFilter {
        member: query.member_id.map(MemberId),
        coupon: query.coupon_id,
        state: state.transpose()?,
        from,
        until,
        ..GrantFilter::default()
    };
    let page = api.app().list_grants(&actor, filter, page).await?;
    Ok(ok(PageOut::of(page, GrantOut::from)))
}

/// Members are to get a coupon.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"coupon_id": 3, "members": [12, 13]}))]
pub(crate) struct GrantBody {
    /// The coupon.
    coupon_id: i64,
    /// Their rows, at most a thousand.
    members: Vec<i64>,
}

/// Gives members a coupon: all of them or none.
#[utoipa::path(
    post,
    path = "/api/v1/admin/coupon-grants",
    tag = "administration",
    operation_id = "grant_coupons",
    extensions(
        ("x-access" = json!("marketing.grant.create")),
        ("x-scope" = json!("org")),
        ("x-audit" = json!("own")),
    ),
    request_body = GrantBody,
    responses(
        (status = 200, description = "What they have now", body = Envelope<Vec<GrantOut>>),
        (status = 409, description = "Not enough are left, or somebody has had theirs",
            body = Refusal),
        (status = 422, description = "Somebody is no member", body = Refusal),
    )
)]
pub(crate) async fn give(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<GrantBody>,
) -> Answer<Vec<GrantOut>> {
    let members: Vec<MemberId> = body.members.into_iter().map(MemberId).collect();
    let app = api.app().clone();
    let granted =
        run_to_end(async move { app.grant_coupon(&actor, body.coupon_id, &members).await }).await?;
    Ok(ok(granted.into_iter().map(GrantOut::from).collect()))
}

/// Everybody of a crowd is to get a coupon.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"coupon_id": 3, "level": 2, "after": 0}))]
pub(crate) struct CrowdBody {
    /// The coupon.
    coupon_id: i64,
    /// Of this level.
    level: Option<i16>,
    /// Of this company.
    company_id: Option<i64>,
    /// Registered from then on, Unix seconds.
    registered_from: Option<i64>,
    /// Registered before then, Unix seconds.
    registered_to: Option<i64>,
    /// Not here since then, Unix seconds.
    away_since: Option<i64>,
    /// `next` of the step before; 0, or nothing, for the first.
    #[serde(default)]
    after: i64,
}

/// What a step came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct CrowdOut {
    /// Members who got one.
    #[schema(example = 200)]
    granted: u32,
    /// Members who may not have it.
    skipped: u32,
    /// What the next step says as `after`; none: it is done.
    next: Option<i64>,
    /// Nothing is left in the stock.
    sold_out: bool,
}

impl From<CrowdStep> for CrowdOut {
    fn from(step: CrowdStep) -> Self {
        Self {
            granted: step.granted,
            skipped: step.skipped,
            next: step.next,
            sold_out: step.sold_out,
        }
    }
}

/// Gives a coupon to everybody of a crowd who has none of it, two hundred members a step.
#[utoipa::path(
    post,
    path = "/api/v1/admin/coupon-grants/crowd",
    tag = "administration",
    operation_id = "grant_coupons_to_crowd",
    extensions(
        ("x-access" = json!("marketing.grant.create")),
        ("x-scope" = json!("org")),
        ("x-audit" = json!("own")),
    ),
    request_body = CrowdBody,
    responses((status = 200, description = "This step", body = Envelope<CrowdOut>))
)]
pub(crate) async fn give_to_crowd(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<CrowdBody>,
) -> Answer<CrowdOut> {
    let at = |field: &str, seconds: Option<i64>| {
        let read = seconds.map(|seconds| instant(field, seconds));
        read.transpose()
    };
    let crowd = Crowd {
        level: body.level,
        company: body.company_id,
        registered_from: at("registered_from", body.registered_from)?,
        registered_until: at("registered_to", body.registered_to)?,
        away_since: at("away_since", body.away_since)?,
        ..Crowd::default()
    };
    let app = api.app().clone();
    let step = run_to_end(async move {
        app.grant_to_crowd(&actor, body.coupon_id, &crowd, body.after)
            .await
    })
    .await?;
    Ok(ok(step.into()))
}

/// A coupon is to be taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "given by mistake"}))]
pub(crate) struct RevokeBody {
    /// Why.
    #[schema(max_length = 80)]
    reason: String,
}

/// Takes a coupon back that its member has not used.
#[utoipa::path(
    post,
    path = "/api/v1/admin/coupon-grants/{grant_id}/revoke",
    tag = "administration",
    operation_id = "revoke_coupon_grant",
    extensions(("x-access" = json!("marketing.grant.revoke")), ("x-audit" = json!("own"))),
    params(("grant_id" = i64, Path, description = "Its row", example = 71)),
    request_body = RevokeBody,
    responses(
        (status = 200, description = "As it is now", body = Envelope<GrantOut>),
        (status = 409, description = "It is held, used or over", body = Refusal),
    )
)]
pub(crate) async fn revoke(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(GrantId(id)): At<GrantId>,
    Payload(body): Payload<RevokeBody>,
) -> Answer<GrantOut> {
    let reason = body.reason.trim().to_owned();
    if !(1..=REASON_MAX).contains(&reason.chars().count()) {
        return Err(Failure::invalid("reason", "must have 1 to 80 characters"));
    }
    let app = api.app().clone();
    let row = run_to_end(async move { app.revoke_grant(&actor, id, &reason).await }).await?;
    Ok(ok(row.into()))
}
