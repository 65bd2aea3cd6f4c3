//! Companies that would like to pay for a member.

use super::guard::Caller;
use crate::Api;
use crate::admin::paged_query;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter, Named};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::company_invitations::Invitation;
use utoipa::ToSchema;

/// An invitation, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct InvitationId(i64);

impl Named for InvitationId {
    const NAME: &'static str = "invitation";
}

/// An invitation of a company.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitationOut {
    /// Its id.
    #[schema(example = 5)]
    id: i64,
    /// The company that would pay.
    #[schema(example = "天府物流")]
    company: String,
    /// `pending`, `accepted`, `declined`.
    #[schema(example = "pending")]
    state: String,
    /// When it was made, Unix seconds.
    created_at: i64,
    /// When it was answered, Unix seconds.
    answered_at: Option<i64>,
}

impl From<Invitation> for InvitationOut {
    fn from(row: Invitation) -> Self {
        Self {
            id: row.id,
            company: row.company,
            state: row.state,
            created_at: row.created_at.unix_seconds(),
            answered_at: seconds(row.answered_at),
        }
    }
}

paged_query! {
    /// Which invitations a list shows.
    InvitationQuery {}
}

/// Lists companies that would like to pay for one, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/company-invitations",
    tag = "member",
    operation_id = "member_invitations",
    params(InvitationQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<InvitationOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<InvitationQuery>,
) -> Answer<PageOut<InvitationOut>> {
    let member = caller.member.member_id();
    let page = api.app().invitations(member, query.page_request()?).await?;
    Ok(ok(PageOut::of(page, InvitationOut::from)))
}

/// Lets a company pay for one's charges, where one asks it to. It sees one's name and telephone,
/// and what it pays; nothing of one's own money and charges.
#[utoipa::path(
    post,
    path = "/api/v1/member/company-invitations/{id}/accept",
    tag = "member",
    operation_id = "member_accept_invitation",
    params(("id" = i64, Path, description = "Its id", example = 5)),
    responses(
        (status = 200, description = "Accepted", body = Envelope<InvitationOut>),
        (status = 404, description = "No such invitation of yours", body = Refusal),
        (status = 409, description = "It was answered before, or another company pays for you",
            body = Refusal),
    )
)]
pub(crate) async fn accept(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<InvitationId>,
) -> Answer<InvitationOut> {
    answer(&api, &caller, id, true).await
}

/// Declines to have a company pay.
#[utoipa::path(
    post,
    path = "/api/v1/member/company-invitations/{id}/decline",
    tag = "member",
    operation_id = "member_decline_invitation",
    params(("id" = i64, Path, description = "Its id", example = 5)),
    responses(
        (status = 200, description = "Declined", body = Envelope<InvitationOut>),
        (status = 404, description = "No such invitation of yours", body = Refusal),
        (status = 409, description = "It was answered before", body = Refusal),
    )
)]
pub(crate) async fn decline(
    State(api): State<Api>,
    caller: Caller,
    At(id): At<InvitationId>,
) -> Answer<InvitationOut> {
    answer(&api, &caller, id, false).await
}

async fn answer(
    api: &Api,
    caller: &Caller,
    InvitationId(id): InvitationId,
    accept: bool,
) -> Answer<InvitationOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let row = run_to_end(async move { app.answer_invitation(member, id, accept).await }).await?;
    Ok(ok(row.into()))
}
