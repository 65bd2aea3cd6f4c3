//! Reviews of charges.

use super::guard::Caller;
use super::wallet::LinesQuery;
use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Conflict, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use app::{ReviewWords, Words};
use axum::extract::State;
use kernel::OrderNo;
use serde::{Deserialize, Serialize};
use store::reviews::Review;
use utoipa::ToSchema;

/// A station, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct ReviewedStation(i64);

impl Named for ReviewedStation {
    const NAME: &'static str = "station";
}

/// What a member says about a charge.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"stars": 5, "tags": ["干净"], "text": "很好"}))]
pub(crate) struct MemberReviewBody {
    /// 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    stars: i16,
    /// Single words, at most eight of at most 12 characters.
    #[serde(default)]
    tags: Vec<String>,
    /// At most 500 characters.
    #[serde(default)]
    text: String,
    /// Addresses of at most nine pictures.
    #[serde(default)]
    images: Vec<String>,
}

/// A review.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReviewOut {
    /// Its id.
    #[schema(example = 5)]
    id: i64,
    /// The charge.
    #[schema(example = "APP1729407600001")]
    order_no: String,
    /// 1 to 5.
    stars: i16,
    /// Single words.
    tags: Vec<String>,
    /// In the member's own words.
    text: String,
    /// Addresses of pictures.
    images: Vec<String>,
    /// `shown`, or `hidden` from others.
    #[schema(example = "shown")]
    state: String,
    /// What the operator answered.
    reply: Option<String>,
    /// When, Unix seconds.
    replied_at: Option<i64>,
    /// When it was written, Unix seconds.
    created_at: i64,
}

impl From<Review> for ReviewOut {
    fn from(review: Review) -> Self {
        Self {
            id: review.id,
            order_no: review.says.order_no.to_string(),
            stars: review.says.stars,
            tags: review.says.tags,
            text: review.says.text,
            images: review.says.images,
            state: review.state,
            reply: review.reply,
            replied_at: seconds(review.replied_at),
            created_at: review.created_at.unix_seconds(),
        }
    }
}

/// A review as others read it: who wrote it is not told.
#[derive(Serialize, ToSchema)]
pub(crate) struct StationReviewOut {
    /// 1 to 5.
    stars: i16,
    /// Single words.
    tags: Vec<String>,
    /// In the member's own words.
    text: String,
    /// Addresses of pictures.
    images: Vec<String>,
    /// What the operator answered.
    reply: Option<String>,
    /// When it was written, Unix seconds.
    created_at: i64,
}

impl From<Review> for StationReviewOut {
    fn from(review: Review) -> Self {
        Self {
            stars: review.says.stars,
            tags: review.says.tags,
            text: review.says.text,
            images: review.says.images,
            reply: review.reply,
            created_at: review.created_at.unix_seconds(),
        }
    }
}

/// Reviews a completed charge, once.
#[utoipa::path(
    post,
    path = "/api/v1/member/charges/{order_no}/review",
    tag = "member",
    operation_id = "member_review",
    params(("order_no" = String, Path, description = "Its number", example = "APP1729407600001")),
    request_body = MemberReviewBody,
    responses(
        (status = 200, description = "The review", body = Envelope<ReviewOut>),
        (status = 404, description = "No such order of yours", body = Refusal),
        (status = 409, description = "`only completed charges are reviewed`, `it was reviewed \
            before`", body = Conflict),
    )
)]
pub(crate) async fn write(
    State(api): State<Api>,
    caller: Caller,
    At(order_no): At<OrderNo>,
    Payload(body): Payload<MemberReviewBody>,
) -> Answer<ReviewOut> {
    let said = ReviewWords {
        stars: body.stars,
        tags: body.tags,
        words: Words {
            text: body.text,
            images: body.images,
        },
    };
    let app = api.app().clone();
    let member = caller.member.member_id();
    let review = run_to_end(async move { app.write_review(member, order_no, said).await }).await?;
    Ok(ok(review.into()))
}

/// Lists a member's reviews, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/reviews",
    tag = "member",
    operation_id = "member_reviews",
    params(LinesQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<ReviewOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<ReviewOut>> {
    let member = caller.member.member_id();
    let page = query.page_request()?;
    let page = api.app().member_reviews(member, page).await?;
    Ok(ok(PageOut::of(page, ReviewOut::from)))
}

/// Lists what members say about a station, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/stations/{id}/reviews",
    tag = "member",
    operation_id = "member_station_reviews",
    params(("id" = i64, Path, description = "The station", example = 3), LinesQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<StationReviewOut>>),
        (status = 404, description = "That is no station's id", body = Refusal),
    )
)]
pub(crate) async fn of_station(
    State(api): State<Api>,
    _: Caller,
    At(ReviewedStation(station)): At<ReviewedStation>,
    Filter(query): Filter<LinesQuery>,
) -> Answer<PageOut<StationReviewOut>> {
    let page = query.page_request()?;
    let page = api.app().station_reviews(station, page).await?;
    Ok(ok(PageOut::of(page, StationReviewOut::from)))
}
