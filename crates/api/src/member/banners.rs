//! Banners: what everybody sees who opens the app.

use crate::Api;
use crate::admin::paged_query;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::Filter;
use crate::view::{PageOut, PageQuery};
use axum::extract::State;
use serde::Serialize;
use store::banners::Banner;
use utoipa::ToSchema;

/// A banner.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShownBannerOut {
    /// What it says.
    title: String,
    /// Address of its picture.
    image: String,
    /// Where it leads.
    link: Option<String>,
    /// `home`, `charge`, `member`.
    #[schema(example = "home")]
    place: String,
}

impl From<Banner> for ShownBannerOut {
    fn from(row: Banner) -> Self {
        Self {
            title: row.title,
            image: row.image,
            link: row.link,
            place: row.place,
        }
    }
}

paged_query! {
    /// Which banners are wanted.
    ShownBannerQuery {
        /// `home`, `charge`, `member`.
        place: String,
    }
}

/// Lists the banners of now, the greatest weight first.
#[utoipa::path(
    get,
    path = "/api/v1/member/banners",
    tag = "member",
    operation_id = "member_banners",
    params(ShownBannerQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<ShownBannerOut>>),
        (status = 422, description = "No such place", body = Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<ShownBannerQuery>,
) -> Answer<PageOut<ShownBannerOut>> {
    let page = query.page_request()?;
    let place = query.place.as_deref();
    let page = api.app().visible_banners(place, page).await?;
    Ok(ok(PageOut::of(page, ShownBannerOut::from)))
}
