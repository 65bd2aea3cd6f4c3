//! Banners on members' telephones (轮播图).

use super::{BannerRow, instant};
use crate::Api;
use crate::admin::money::paged_query;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Failure;
use crate::payload::{At, Filter, Payload};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::banners::{Banner, NewBanner};
use utoipa::ToSchema;

/// What a banner shows, where and when.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "夏季充电节", "image": "https://example.com/summer.png",
    "place": "home", "valid_from": 1_729_407_600, "valid_until": 1_735_660_800}))]
pub(crate) struct BannerBody {
    /// 1 to 60 characters.
    title: String,
    /// Address of its picture, https://…
    image: String,
    /// Where it leads, https://…
    link: Option<String>,
    /// `home`, `charge`, `member`.
    place: String,
    /// The greatest first, 0 to 9999.
    #[serde(default)]
    weight: i32,
    /// Its first instant, Unix seconds.
    valid_from: i64,
    /// The instant after its last, Unix seconds.
    valid_until: i64,
    /// Whether it is shown at all; it is when absent.
    shown: Option<bool>,
}

impl BannerBody {
    fn read(self) -> Result<NewBanner, Failure> {
        Ok(NewBanner {
            title: self.title,
            image: self.image,
            link: self.link,
            place: self.place,
            weight: self.weight,
            valid_from: instant("valid_from", self.valid_from)?,
            valid_until: instant("valid_until", self.valid_until)?,
            shown: self.shown.unwrap_or(true),
        })
    }
}

/// A banner.
#[derive(Serialize, ToSchema)]
pub(crate) struct BannerOut {
    /// Its row.
    #[schema(example = 6)]
    banner_id: i64,
    /// What it says.
    title: String,
    /// Address of its picture.
    image: String,
    /// Where it leads.
    link: Option<String>,
    /// `home`, `charge`, `member`.
    #[schema(example = "home")]
    place: String,
    /// The greatest first.
    weight: i32,
    /// Its first instant, Unix seconds.
    valid_from: i64,
    /// The instant after its last, Unix seconds.
    valid_until: i64,
    /// Whether it is shown at all.
    shown: bool,
    /// Who made it.
    created_by: String,
    /// When, Unix seconds.
    created_at: i64,
}

impl From<Banner> for BannerOut {
    fn from(row: Banner) -> Self {
        Self {
            banner_id: row.id,
            title: row.title,
            image: row.image,
            link: row.link,
            place: row.place,
            weight: row.weight,
            valid_from: row.valid_from.unix_seconds(),
            valid_until: row.valid_until.unix_seconds(),
            shown: row.shown,
            created_by: row.created_by,
            created_at: row.created_at.unix_seconds(),
        }
    }
}

paged_query! {
    /// Which banners a list shows.
    BannerQuery {
        /// `home`, `charge`, `member`.
        place: String,
    }
}

/// Lists banners, the greatest weight first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/banners",
    tag = "administration",
    operation_id = "list_banners",
    extensions(("x-access" = json!("marketing.banner.view"))),
    params(BannerQuery),
    responses(
        (status = 200, description = "A page", body = Envelope<PageOut<BannerOut>>),
        (status = 422, description = "No such place", body = crate::failure::Refusal),
    )
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<BannerQuery>,
) -> Answer<PageOut<BannerOut>> {
    let page = query.page_request()?;
    let page = api.app().list_banners(query.place.as_deref(), page).await?;
    Ok(ok(PageOut::of(page, BannerOut::from)))
}

/// Makes a banner.
#[utoipa::path(
    post,
    path = "/api/v1/admin/banners",
    tag = "administration",
    operation_id = "add_banner",
    extensions(("x-access" = json!("marketing.banner.create")), ("x-audit" = json!("own"))),
    request_body = BannerBody,
    responses((status = 200, description = "The banner", body = Envelope<BannerOut>))
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<BannerBody>,
) -> Answer<BannerOut> {
    let new = body.read()?;
    let app = api.app().clone();
    let made = run_to_end(async move { app.add_banner(&actor, &new).await }).await?;
    Ok(ok(made.into()))
}

/// Writes a banner anew.
#[utoipa::path(
    put,
    path = "/api/v1/admin/banners/{banner_id}",
    tag = "administration",
    operation_id = "change_banner",
    extensions(("x-access" = json!("marketing.banner.edit")), ("x-audit" = json!("own"))),
    params(("banner_id" = i64, Path, description = "Its row", example = 6)),
    request_body = BannerBody,
    responses((status = 200, description = "The banner", body = Envelope<BannerOut>))
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(BannerRow(id)): At<BannerRow>,
    Payload(body): Payload<BannerBody>,
) -> Answer<BannerOut> {
    let new = body.read()?;
    let app = api.app().clone();
    let made = run_to_end(async move { app.change_banner(&actor, id, &new).await }).await?;
    Ok(ok(made.into()))
}

/// Takes a banner away.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/banners/{banner_id}",
    tag = "administration",
    operation_id = "remove_banner",
    extensions(("x-access" = json!("marketing.banner.delete")), ("x-audit" = json!("own"))),
    params(("banner_id" = i64, Path, description = "Its row", example = 6)),
    responses((status = 200, description = "Gone", body = Envelope<BannerOut>))
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(BannerRow(id)): At<BannerRow>,
) -> Answer<BannerOut> {
    let app = api.app().clone();
    let gone = run_to_end(async move { app.remove_banner(&actor, id).await }).await?;
    Ok(ok(gone.into()))
}
