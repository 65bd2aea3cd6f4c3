//! Pictures that members show, for the staff in charge.

use crate::Api;
use crate::console::Acting;
use crate::failure::{Failure, Refusal};
use crate::member::picture_file;
use crate::payload::{At, Named};
use axum::extract::State;
use axum::response::Response;
use domain::picture::PictureUse;
use serde::Deserialize;

/// Where pictures of fault reports and complaints are for the staff.
pub(super) const OF_FEEDBACK: &str = "/api/v1/admin/feedback-pictures";
/// Where pictures of reviews are for the staff.
pub(super) const OF_REVIEWS: &str = "/api/v1/admin/review-pictures";

/// A picture's name in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct PictureName(String);

impl Named for PictureName {
    const NAME: &'static str = "picture";
}

/// Shows a picture of a fault report or a complaint.
#[utoipa::path(
    get,
    path = "/api/v1/admin/feedback-pictures/{picture}",
    tag = "administration",
    operation_id = "feedback_picture",
    extensions(("x-access" = json!("user.feedback.view"))),
    params(("picture" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The picture", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 404, description = "No such picture, or of something else", body = Refusal),
    )
)]
pub(crate) async fn of_feedback(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(PictureName(name)): At<PictureName>,
) -> Result<Response, Failure> {
    let places = [PictureUse::Fault, PictureUse::Complaint];
    let picture = api.app().staff_picture(&actor, &name, &places).await?;
    Ok(picture_file(picture))
}

/// Shows a picture of a review.
#[utoipa::path(
    get,
    path = "/api/v1/admin/review-pictures/{picture}",
    tag = "administration",
    operation_id = "review_picture",
    extensions(("x-access" = json!("user.review.view"))),
    params(("picture" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The picture", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 404, description = "No such picture, or of something else", body = Refusal),
    )
)]
pub(crate) async fn of_review(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(PictureName(name)): At<PictureName>,
) -> Result<Response, Failure> {
    let places = [PictureUse::Review];
    let picture = api.app().staff_picture(&actor, &name, &places).await?;
    Ok(picture_file(picture))
}
