//! Pictures that a member hands in, to be named in a report, a complaint or a review.

use super::guard::Caller;
use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Conflict, Failure, Refusal};
use crate::payload::{At, Named, read_body};
use crate::run_to_end::run_to_end;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::Response;
use domain::picture::BYTES_MAX;
use serde::{Deserialize, Serialize};
use store::pictures::Picture;
use utoipa::ToSchema;

/// A picture's name in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct OwnPicture(String);

impl Named for OwnPicture {
    const NAME: &'static str = "picture";
}

/// A picture is here.
#[derive(Serialize, ToSchema)]
pub(crate) struct PictureOut {
    /// What `images` of a report names, within a day.
    #[schema(example = "/api/v1/member/pictures/0123456789abcdef0123456789abcdef")]
    address: String,
}

/// A picture as it was handed in. Somebody else made it: it is never read as anything else.
pub(crate) fn picture_file(picture: Picture) -> Response {
    let mut response = Response::new(Body::from(picture.content));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static(picture.kind.media_type());
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let private = HeaderValue::from_static("private, max-age=3600");
    headers.insert(CACHE_CONTROL, private);
    response
}

/// Hands a picture in: JPEG, PNG or WebP, at most 2 MiB. The body is the picture itself.
#[utoipa::path(
    post,
    path = "/api/v1/member/pictures",
    tag = "member",
    operation_id = "member_keep_picture",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "Its address", body = Envelope<PictureOut>),
        (status = 409, description = "Too many pictures today", body = Conflict),
    )
)]
pub(crate) async fn keep(
    State(api): State<Api>,
    caller: Caller,
    request: Request,
) -> Answer<PictureOut> {
    let bytes = read_body(request, BYTES_MAX).await?;
    let app = api.app().clone();
    let member = caller.member.member_id();
    let address = run_to_end(async move { app.keep_picture(member, &bytes).await }).await?;
    Ok(ok(PictureOut { address }))
}

/// Shows a picture of one's own.
#[utoipa::path(
    get,
    path = "/api/v1/member/pictures/{name}",
    tag = "member",
    operation_id = "member_picture",
    params(("name" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The picture", body = Vec<u8>,
            content_type = "application/octet-stream"),
        (status = 404, description = "No such picture of yours", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    caller: Caller,
    At(OwnPicture(name)): At<OwnPicture>,
) -> Result<Response, Failure> {
    let member = caller.member.member_id();
    let picture = api.app().member_picture(member, &name).await?;
    Ok(picture_file(picture))
}
