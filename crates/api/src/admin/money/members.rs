//! Members, as the staff sees them.

use super::paged_query;
use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::OperationOut;
use crate::view::{PageOut, PageQuery, seconds};
use app::Wallet;
use axum::extract::State;
use kernel::{Fen, MemberId, OrgId, Timestamp};
use serde::{Deserialize, Serialize};
use store::members::{Member, MemberChange, MemberFilter};
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
}

impl MemberDetail {
    fn of(member: Member, wallet: Wallet) -> Self {
        Self {
            member: member.into(),
            cash_fen: wallet.cash.0,
            gift_fen: wallet.gift.0,
            frozen_fen: wallet.frozen.0,
            owed_fen: wallet.owed.0,
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
        /// In this state.
        state: String,
        /// Of this level.
        level: i16,
        /// Of this company.
        company_id: i64,
        /// Registered from then on, Unix seconds.
        from: i64,
        /// Registered before then, Unix seconds.
        to: i64,
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
    responses((status = 200, description = "A page", body = Envelope<PageOut<MemberOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<MemberQuery>,
) -> Answer<PageOut<MemberOut>> {
    let page = query.page_request()?;
    let filter = MemberFilter {
        phone: query.phone,
        state: query.state,
        level: query.level,
        company: query.company_id,
        from: query.from.map(Timestamp::from_unix_seconds),
        until: query.to.map(Timestamp::from_unix_seconds),
        scope,
        ..MemberFilter::default()
    };
    let page = api.app().list_members(&filter, page).await?;
    Ok(ok(PageOut::of(page, MemberOut::from)))
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
    let member = api.app().member(id).await?;
    let wallet = api.app().wallet(id).await?;
    Ok(ok(MemberDetail::of(member, wallet)))
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
        ("x-audit" = json!("own")),
    ),
    params(("member_id" = i64, Path, description = "Their row", example = 12)),
    request_body = MemberBody,
    responses(
        (status = 200, description = "The member", body = Envelope<MemberOut>),
        (status = 404, description = "No such member", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(MemberRow(id)): At<MemberRow>,
    Payload(body): Payload<MemberBody>,
) -> Answer<MemberOut> {
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
