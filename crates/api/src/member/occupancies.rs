//! Plugs that a member left in after a charge.

use super::guard::Caller;
use super::wallet::LinesQuery;
use crate::Api;
use crate::admin::OccupancyOut;
use crate::envelope::{Answer, Envelope, ok};
use crate::payload::Filter;
use crate::view::{PageOut, PageQuery};
use axum::extract::State;

/// Lists plugs that were left in after charges of the member, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/occupancies",
    tag = "member",
    operation_id = "member_occupancies",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<OccupancyOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<OccupancyOut>> {
    let member = caller.member.member_id();
    let page = api
        .app()
        .member_occupancies(member, query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, OccupancyOut::from)))
}
