//! Reviews of charges.

use super::{ReplyBody, ReviewRow, pictures, shown};
use crate::Api;
use crate::admin::marketing::between;
use crate::admin::money::paged_query;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Failure;
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::sorted;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::reviews::{Review, ReviewFilter, SORT};
use utoipa::ToSchema;

/// A review.
#[derive(Serialize, ToSchema)]
pub(crate) struct StaffReviewOut {
    /// Its row.
    #[schema(example = 5)]
    review_id: i64,
    /// The charge.
    #[schema(example = "APP1729407600001")]
    order_no: String,
    /// Who wrote it.
    member_id: i64,
    /// Where.
    station_id: Option<i64>,
    /// 1 to 5.
    #[schema(example = 5)]
    stars: i16,
    /// Single words.
    tags: Vec<String>,
    /// In their own words.
    text: String,
    /// Addresses of pictures.
    images: Vec<String>,
    /// `shown`, `hidden`.
    #[schema(example = "shown")]
    state: String,
    /// What was answered.
    reply: Option<String>,
    /// By whom.
    replied_by: Option<String>,
    /// When, Unix seconds.
    replied_at: Option<i64>,
    /// When it was written, Unix seconds.
    created_at: i64,
}

impl From<Review> for StaffReviewOut {
    fn from(row: Review) -> Self {
        Self {
            review_id: row.id,
            order_no: row.says.order_no.to_string(),
            member_id: row.says.member_id,
            station_id: row.station_id,
            stars: row.says.stars,
            tags: row.says.tags,
            text: row.says.text,
            images: shown(row.says.images, pictures::OF_REVIEWS),
            state: row.state,
            reply: row.reply,
            replied_by: row.replied_by,
            replied_at: seconds(row.replied_at),
            created_at: row.created_at.unix_seconds(),
        }
    }
}

paged_query! {
    /// Which reviews a list shows.
    StaffReviewQuery {
        /// At this station.
        station_id: i64,
        /// By this member.
        member_id: i64,
        /// `shown`, `hidden`.
        state: String,
        /// With so many stars at most.
        stars_max: i16,
        /// Only those that were, or were not, answered.
        answered: bool,
        /// Written from then on, Unix seconds.
        from: i64,
        /// Written before then, Unix seconds.
        to: i64,
        /// `-created_at` (when absent), `created_at`, `stars`, `-stars`.
        sort: String,
    }
}

/// Lists reviews, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/reviews",
    tag = "administration",
    operation_id = "list_reviews",
    extensions(("x-access" = json!("user.review.view")), ("x-scope" = json!("org"))),
    params(StaffReviewQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<StaffReviewOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Acting(actor): Acting,
    Filter(query): Filter<StaffReviewQuery>,
) -> Answer<PageOut<StaffReviewOut>> {
    let page = query.page_request()?;
    if let Some(state) = &query.state
        && !["shown", "hidden"].contains(&state.as_str())
    {
        return Err(Failure::invalid("state", "must be shown or hidden"));
    }
    let sort = sorted(query.sort.as_deref(), SORT)?;
    let (from, until) = between(query.from, query.to)?;
    let filter = ReviewFilter {
        member: query.member_id,
        station: query.station_id,
        state: query.state.clone(),
        stars_max: query.stars_max,
        answered: query.answered,
        from,
        until,
    };
    let page = api.app().list_reviews(&actor, &filter, sort, page).await?;
    Ok(ok(PageOut::of(page, StaffReviewOut::from)))
}

/// Shows a review.
#[utoipa::path(
    get,
    path = "/api/v1/admin/reviews/{review_id}",
    tag = "administration",
    operation_id = "show_review",
    extensions(("x-access" = json!("user.review.view"))),
    params(("review_id" = i64, Path, description = "Its row", example = 5)),
    responses((status = 200, description = "The review", body = Envelope<StaffReviewOut>))
)]
pub(crate) async fn show(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ReviewRow(id)): At<ReviewRow>,
) -> Answer<StaffReviewOut> {
    Ok(ok(api.app().review(&actor, id).await?.into()))
}

/// Answers a review, anew if it was answered before.
#[utoipa::path(
    post,
    path = "/api/v1/admin/reviews/{review_id}/reply",
    tag = "administration",
    operation_id = "reply_to_review",
    extensions(("x-access" = json!("user.review.reply")), ("x-audit" = json!("own"))),
    params(("review_id" = i64, Path, description = "Its row", example = 5)),
    request_body = ReplyBody,
    responses((status = 200, description = "The review", body = Envelope<StaffReviewOut>))
)]
pub(crate) async fn reply(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ReviewRow(id)): At<ReviewRow>,
    Payload(body): Payload<ReplyBody>,
) -> Answer<StaffReviewOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.reply_to_review(&actor, id, &body.reply).await }).await?;
    Ok(ok(row.into()))
}

/// Whether a review is hidden.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"hidden": true}))]
pub(crate) struct HideBody {
    /// From everybody but its writer.
    hidden: bool,
}

/// Hides a review from everybody but its writer, or shows it again.
#[utoipa::path(
    post,
    path = "/api/v1/admin/reviews/{review_id}/hide",
    tag = "administration",
    operation_id = "hide_review",
    extensions(("x-access" = json!("user.review.hide")), ("x-audit" = json!("own"))),
    params(("review_id" = i64, Path, description = "Its row", example = 5)),
    request_body = HideBody,
    responses((status = 200, description = "The review", body = Envelope<StaffReviewOut>))
)]
pub(crate) async fn hide(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(ReviewRow(id)): At<ReviewRow>,
    Payload(body): Payload<HideBody>,
) -> Answer<StaffReviewOut> {
    let app = api.app().clone();
    let row = run_to_end(async move { app.hide_review(&actor, id, body.hidden).await }).await?;
    Ok(ok(row.into()))
}
