//! Members, as the staff sees them.

use super::paged_query;
use crate::Api;
use crate::admin::marketing::grants::GrantOut;
use crate::admin::marketing::{between, instant};
use crate::choice::among;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::{OperationOut, sorted};
use crate::view::{PageOut, PageQuery, seconds};
use app::{AppError, Wallet};
use axum::extract::State;
use kernel::{Fen, MemberId, OrgId};
use serde::{Deserialize, Serialize};
use store::members::{Member, MemberChange, MemberFilter, MemberLine, SORT};
use utoipa::ToSchema;

/// A member's row in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct MemberRow(pub(super) i64);

impl Named for MemberRow {
    const NAME: &'static str = "member";
}

/// A member.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberOut {
    /// Their row.
    #[schema(example = 12)]
    id: i64,
    /// Eleven digits.
    #[schema(example = "13800138000")]
    phone: String,
    /// What they call themselves.
    nickname: Option<String>,
    /// Their name.
    real_name: Option<String>,
    /// Who they are in WeChat.
    wx_openid: Option<String>,
    /// `normal`, `frozen`, `blacklisted`, `cancelled`.
    #[schema(example = "normal")]
    state: String,
    /// Their level.
    level: i16,
    /// The company that pays for them.
    company_id: Option<i64>,
    /// May charge without paying before.
    post_pay: bool,
    /// Points.
    points: i64,
    /// Since when they are here, Unix seconds.
    registered_at: i64,
    /// When they were last here, Unix seconds.
    last_visit_at: Option<i64>,
    /// A note.
    remark: Option<String>,
}

impl From<Member> for MemberOut {
    fn from(member: Member) -> Self {
        Self {
            id: member.id,
            phone: member.phone,
            nickname: member.nickname,
            real_name: member.real_name,
            wx_openid: member.wx_openid,
            state: member.state,
            level: member.level,
            company_id: member.company_id,
            post_pay: member.post_pay,
            points: member.points,
            registered_at: member.registered_at.unix_seconds(),
            last_visit_at: seconds(member.last_visit_at),
            remark: member.remark,
        }
    }
}

/// A member with what they have and have charged.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberLineOut {
    /// The member.
    #[serde(flatten)]
    member: MemberOut,
    /// The company that pays for them, for people.
    company: Option<String>,
    /// Paid in, free, fen.
    #[schema(example = 5000)]
    cash_fen: i64,
    /// Given on top, free, fen.
    gift_fen: i64,
    /// Charges that were billed.
    #[schema(example = 17)]
    orders: i64,
    /// What they charged, kWh.
    #[schema(example = 213.5)]
    kwh: f64,
}

impl From<MemberLine> for MemberLineOut {
    fn from(line: MemberLine) -> Self {
        Self {
            company: line.company,
            cash_fen: line.cash.0,
            gift_fen: line.gift.0,
            orders: line.orders,
            kwh: line.energy.kwh(),
            member: line.member.into(),
        }
    }
}

/// A member with what they have.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberDetail {
    /// The member.
    member: MemberOut,
    /// Paid in, free, fen.
    cash_fen: i64,
    /// Given on top, free, fen.
    gift_fen: i64,
    /// Held by running charges, fen.
    frozen_fen: i64,
    /// Owed, fen.
    owed_fen: i64,
    /// What the company was billed for their charges, fen; none without a company.
    company_paid_fen: Option<i64>,
    /// Charges that were billed.
    orders: i64,
    /// What they charged, kWh.
    kwh: f64,
}

impl MemberDetail {
    fn of(line: MemberLine, wallet: Wallet, company_paid: Option<Fen>) -> Self {
        Self {
            orders: line.orders,
            kwh: line.energy.kwh(),
            member: line.member.into(),
            cash_fen: wallet.cash.0,
            gift_fen: wallet.gift.0,
            frozen_fen: wallet.frozen.0,
            owed_fen: wallet.owed.0,
            company_paid_fen: company_paid.map(|fen| fen.0),
        }
    }
}

/// What the staff decides about a member; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"state": "frozen", "remark": "asked for it"}))]
pub(crate) struct MemberBody {
    /// `normal`, `frozen`, `blacklisted`: who is not normal is logged out and cannot charge.
    state: Option<String>,
    /// Their level.
    #[schema(minimum = 0, maximum = 9)]
    level: Option<i16>,
    /// The company that pays for them; 0 takes them out of it.
    company_id: Option<i64>,
    /// May charge without paying before.
    post_pay: Option<bool>,
    /// A note.
    #[schema(max_length = 200)]
    remark: Option<String>,
}

/// A correction of a wallet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount_fen": 500, "reason": "the charger stopped too early"}))]
pub(crate) struct AdjustmentBody {
    /// What is put into the wallet, fen; less than nothing: taken out.
    amount_fen: i64,
    /// Why.
    #[schema(max_length = 200)]
    reason: String,
}

paged_query! {
    /// Which members a list shows.
    MemberQuery {
        /// With this number.
        phone: String,
        /// In this state: `normal`, `frozen`, `blacklisted`, `cancelled`.
        state: String,
        /// Of this level.
        level: i16,
        /// Of this company.
        company_id: i64,
        /// Registered from then on, Unix seconds.
        from: i64,
        /// Registered before then, Unix seconds.
        to: i64,
        /// Here since then, Unix seconds.
        seen_from: i64,
        /// `-registered_at` (when absent), `registered_at`, `-last_visit_at`, `-points`,
        /// `-cash_fen`, `-gift_fen`, `-orders`, `-kwh`.
        sort: String,
    }
}

/// Lists members, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/members",
    tag = "administration",
    operation_id = "list_members",
    extensions(
        ("x-access" = json!("user.member.view")),
        ("x-dataset" = json!("members")),
        ("x-scope" = json!("org")),
    ),
    params(MemberQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<MemberLineOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<MemberQuery>,
) -> Answer<PageOut<MemberLineOut>> {
    let page = query.page_request()?;
    let sort = sorted(query.sort.as_deref(), SORT)?;
    let (from, until) = between(query.from, query.to)?;
    let states = ["normal", "frozen", "blacklisted", "cancelled"];
    among("state", query.state.as_deref(), &states)?;
    let seen_from = query.seen_from.map(|at| instant("seen_from", at));
    let filter = MemberFilter {
        phone: query.phone,
        state: query.state,
        level: query.level,
        company: query.company_id,
        from,
        until,
        seen_from: seen_from.transpose()?,
        scope,
        ..MemberFilter::default()
    };
    let page = api.app().list_members(&filter, sort, page).await?;
    Ok(ok(PageOut::of(page, MemberLineOut::from)))
}

/// Shows a member and what they have.
#[utoipa::path(
    get,
    path = "/api/v1/admin/members/{member_id}",
    tag = "administration",
    operation_id = "show_member",
    extensions(("x-access" = json!("user.member.view")), ("x-dataset" = json!("members"))),
    params(("member_id" = i64, Path, description = "Their row", example = 12)),
    responses(
        (status = 200, description = "The member", body = Envelope<MemberDetail>),
        (status = 404, description = "No such member", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(MemberRow(id)): At<MemberRow>,
) -> Answer<MemberDetail> {
    let id = MemberId(id);
    let line = api.app().member_line(id).await?;
    let wallet = api.app().wallet(id).await?;
    let paid = api.app().company_paid(&line.member).await?;
    Ok(ok(MemberDetail::of(line, wallet, paid)))
}

/// Changes what the staff decides about a member.
#[utoipa::path(
    put,
    path = "/api/v1/admin/members/{member_id}",
    tag = "administration",
    operation_id = "change_member",
    extensions(
        ("x-access" = json!("user.member.edit")),
        ("x-dataset" = json!("members")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("member_id" = i64, Path, description = "Their row", example = 12)),
    request_body = MemberBody,
    responses(
        (status = 200, description = "The member", body = Envelope<MemberOut>),
        (status = 404, description = "No such member", body = Refusal),
        (status = 422, description = "No such company", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(MemberRow(id)): At<MemberRow>,
    Payload(body): Payload<MemberBody>,
) -> Answer<MemberOut> {
    if let Some(state) = body.state.as_deref() {
        let known = api.app().member(MemberId(id)).await?.state;
        for state in [state, known.as_str()] {
            let leaf = match state {
                "frozen" => "user.member.freeze",
                "blacklisted" => "user.member.blacklist",
                _ => continue,
            };
            if !actor.has(leaf) {
                return Err(Failure::denied(leaf));
            }
        }
    }
    if body.level.is_some_and(|level| !(0..=9).contains(&level)) {
        return Err(Failure::invalid("level", "must be 0 to 9"));
    }
    if body
        .remark
        .as_ref()
        .is_some_and(|text| text.chars().count() > 200)
    {
        return Err(Failure::invalid(
            "remark",
            "must have at most 200 characters",
        ));
    }
    let change = MemberChange {
        state: body.state,
        level: body.level,
        company: body.company_id.map(|id| (id != 0).then_some(OrgId(id))),
        post_pay: body.post_pay,
        remark: body.remark,
    };
    let app = api.app().clone();
    let member =
        run_to_end(async move { app.change_member(&actor, MemberId(id), &change).await }).await?;
    Ok(ok(member.into()))
}

/// Proposes to correct a member's wallet. It is done once a second person has confirmed it.
#[utoipa::path(
    post,
    path = "/api/v1/admin/members/{member_id}/adjust-balance",
    tag = "administration",
    operation_id = "adjust_balance",
    extensions(
        ("x-access" = json!("user.member.adjust_balance")),
        ("x-dataset" = json!("members")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("member_id" = i64, Path, description = "Their row", example = 12)),
    request_body = AdjustmentBody,
    responses(
        (status = 200, description = "It waits", body = Envelope<OperationOut>),
        (status = 404, description = "No such member", body = Refusal),
        (status = 409, description = "Less is in the wallet", body = Refusal),
    )
)]
pub(crate) async fn adjust(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(MemberRow(id)): At<MemberRow>,
    Payload(body): Payload<AdjustmentBody>,
) -> Answer<OperationOut> {
    let app = api.app().clone();
    let (member, amount) = (MemberId(id), Fen(body.amount_fen));
    let work = async move {
        app.propose_adjustment(&actor, member, amount, &body.reason)
            .await
    };
    Ok(ok(run_to_end(work).await?.into()))
}

/// Whether a member is shut out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"on": true, "remark": "lost the telephone"}))]
pub(crate) struct ShutOutBody {
    /// True shuts them out, false lets them in again.
    on: bool,
    /// A note.
    #[schema(max_length = 200)]
    remark: Option<String>,
}

async fn shut_out(
    api: &Api,
    actor: std::sync::Arc<app::staff::Actor>,
    id: i64,
    body: ShutOutBody,
    state: &'static str,
) -> Answer<MemberOut> {
    if body
        .remark
        .as_ref()
        .is_some_and(|text| text.chars().count() > 200)
    {
        let problem = "must have at most 200 characters";
        return Err(Failure::invalid("remark", problem));
    }
    let known = api.app().member(MemberId(id)).await?;
    // Whoever lets somebody in may undo what that leaf is for, and nothing else.
    if !body.on && known.state != state {
        return Err(AppError::Conflict("the member is not in that state").into());
    }
    let state = if body.on { state } else { "normal" };
    let change = MemberChange {
        state: Some(state.to_owned()),
        remark: body.remark,
        ..MemberChange::default()
    };
    let app = api.app().clone();
    let member =
        run_to_end(async move { app.change_member(&actor, MemberId(id), &change).await }).await?;
    Ok(ok(member.into()))
}

/// Freezes a member, who is logged out and cannot charge, or lets them in again.
#[utoipa::path(
    post,
    path = "/api/v1/admin/members/{member_id}/freeze",
    tag = "administration",
    operation_id = "freeze_member",
    extensions(
        ("x-access" = json!("user.member.freeze")),
        ("x-dataset" = json!("members")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("member_id" = i64, Path, description = "Their row", example = 12)),
    request_body = ShutOutBody,
    responses(
        (status = 200, description = "The member", body = Envelope<MemberOut>),
        (status = 409, description = "The member is not frozen", body = Refusal),
    )
)]
pub(crate) async fn freeze(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(MemberRow(id)): At<MemberRow>,
    Payload(body): Payload<ShutOutBody>,
) -> Answer<MemberOut> {
    shut_out(&api, actor, id, body, "frozen").await
}

/// Puts a member on the black list, or takes them off.
#[utoipa::path(
    post,
    path = "/api/v1/admin/members/{member_id}/blacklist",
    tag = "administration",
    operation_id = "blacklist_member",
    extensions(
        ("x-access" = json!("user.member.blacklist")),
        ("x-dataset" = json!("members")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("member_id" = i64, Path, description = "Their row", example = 12)),
    request_body = ShutOutBody,
    responses(
        (status = 200, description = "The member", body = Envelope<MemberOut>),
        (status = 409, description = "The member is not on the list", body = Refusal),
    )
)]
pub(crate) async fn blacklist(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(MemberRow(id)): At<MemberRow>,
    Payload(body): Payload<ShutOutBody>,
) -> Answer<MemberOut> {
    shut_out(&api, actor, id, body, "blacklisted").await
}

/// Points that the staff gives or takes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"points": 100, "reason": "an apology", "key": "2026-01-02-17"}))]
pub(crate) struct PointsAdjustBody {
    /// How many; less than nothing takes them.
    #[schema(minimum = -1_000_000, maximum = 1_000_000)]
    points: i64,
    /// Why, 1 to 80 characters.
    reason: String,
    /// Names the deed: the same key again changes nothing.
    key: String,
}

/// Points of a member.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberPointsOut {
    /// All of them; less than nothing when points are owed.
    #[schema(example = 320)]
    balance: i64,
    /// What may be spent today.
    #[schema(example = 320)]
    available: i64,
}

/// Gives a member points, or takes them.
#[utoipa::path(
    post,
    path = "/api/v1/admin/members/{member_id}/points",
    tag = "administration",
    operation_id = "adjust_member_points",
    extensions(
        ("x-access" = json!("user.member.adjust_points")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("member_id" = i64, Path, description = "Their row", example = 12)),
    request_body = PointsAdjustBody,
    responses(
        (status = 200, description = "What they have now", body = Envelope<MemberPointsOut>),
        (status = 409, description = "They have not so many", body = Refusal),
    )
)]
pub(crate) async fn adjust_points(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(MemberRow(id)): At<MemberRow>,
    Payload(body): Payload<PointsAdjustBody>,
) -> Answer<MemberPointsOut> {
    let plain = |byte: u8| byte.is_ascii_graphic();
    if !(1..=64).contains(&body.key.len()) || !body.key.bytes().all(plain) {
        return Err(Failure::invalid("key", "must be 1 to 64 plain characters"));
    }
    if !(1..=80).contains(&body.reason.trim().chars().count()) {
        return Err(Failure::invalid("reason", "must have 1 to 80 characters"));
    }
    let app = api.app().clone();
    let points = run_to_end(async move {
        app.adjust_points(&actor, MemberId(id), body.points, &body.reason, &body.key)
            .await
    })
    .await?;
    Ok(ok(MemberPointsOut {
        balance: points.balance,
        available: points.available.0,
    }))
}

paged_query! {
    /// Which page.
    MemberPointsQuery {}
}

/// A movement of points.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberPointsLineOut {
    /// When, Unix seconds.
    at: i64,
    /// `order`, `checkin`, `spend`, `returned`, `reversed`, `expired`, `staff`.
    #[schema(example = "order")]
    reason: String,
    /// The order, the date … that it belongs to.
    biz_no: String,
    /// How many; less than nothing when they went away.
    points: i64,
    /// How many there were then.
    balance: i64,
}

/// Lists what happened to a member's points, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/members/{member_id}/points",
    tag = "administration",
    operation_id = "list_member_points",
    extensions(("x-access" = json!("user.member.view")), ("x-scope" = json!("platform"))),
    params(
        ("member_id" = i64, Path, description = "Their row", example = 12),
        MemberPointsQuery
    ),
    responses((status = 200, description = "A page",
        body = Envelope<PageOut<MemberPointsLineOut>>))
)]
pub(crate) async fn points_lines(
    State(api): State<Api>,
    At(MemberRow(id)): At<MemberRow>,
    Filter(query): Filter<MemberPointsQuery>,
) -> Answer<PageOut<MemberPointsLineOut>> {
    let page = query.page_request()?;
    let id = MemberId(id);
    api.app().member(id).await?;
    let page = api.app().points_lines(id, page).await?;
    Ok(ok(PageOut::of(page, |line| MemberPointsLineOut {
        at: line.created_at.unix_seconds(),
        reason: line.reason,
        biz_no: line.biz_no,
        points: line.change,
        balance: line.balance,
    })))
}

/// A coupon is to be given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"coupon_id": 3}))]
pub(crate) struct MemberCouponBody {
    /// Which.
    coupon_id: i64,
}

/// Gives a member a coupon.
#[utoipa::path(
    post,
    path = "/api/v1/admin/members/{member_id}/coupons",
    tag = "administration",
    operation_id = "grant_member_coupon",
    extensions(
        ("x-access" = json!("user.member.grant_coupon")),
        ("x-scope" = json!("platform")),
        ("x-audit" = json!("own")),
    ),
    params(("member_id" = i64, Path, description = "Their row", example = 12)),
    request_body = MemberCouponBody,
    responses(
        (status = 200, description = "The coupon in their hand", body = Envelope<GrantOut>),
        (status = 409, description = "None is left, or they have had theirs", body = Refusal),
        (status = 422, description = "No such member", body = Refusal),
    )
)]
pub(crate) async fn grant_coupon(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(MemberRow(id)): At<MemberRow>,
    Payload(body): Payload<MemberCouponBody>,
) -> Answer<GrantOut> {
    let app = api.app().clone();
    let granted = run_to_end(async move {
        app.grant_coupon(&actor, body.coupon_id, &[MemberId(id)])
            .await
    })
    .await?;
    let first = granted.into_iter().next();
    Ok(ok(first.ok_or(Failure::not_found("coupon"))?.into()))
}
