//! What the platform tells everybody: its name, its agreements, its notices, its words.

use crate::Api;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter, Named};
use crate::system::SystemQuery;
use crate::system::notices::ShownNoticeOut;
use crate::view::{PageOut, PageQuery};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::notices::Reader;
use utoipa::ToSchema;

/// What the platform is called and what it agrees with its members.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberSite {
    /// By name: `site.name`, `site.service_phone`, `agreement.user` …
    #[schema(value_type = Object, example = json!({"site.name": "某某充电"}))]
    settings: Map<String, Value>,
}

/// Shows the platform's name, its telephone and its agreements. Needs no login.
#[utoipa::path(
    get,
    path = "/api/v1/member/site",
    tag = "member",
    operation_id = "member_site",
    responses((status = 200, description = "The platform", body = Envelope<MemberSite>))
)]
pub(crate) async fn site(State(api): State<Api>) -> Answer<MemberSite> {
    let views = api.app().system_settings().await?;
    let public = views.into_iter().filter(|view| view.setting.public);
    let settings = public.map(|view| (view.setting.key.to_owned(), view.value));
    Ok(ok(MemberSite {
        settings: settings.collect(),
    }))
}

/// Lists the platform's notices to its members: pinned ones first, then the newest.
#[utoipa::path(
    get,
    path = "/api/v1/member/notices",
    tag = "member",
    operation_id = "member_notices",
    params(SystemQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<ShownNoticeOut>>))
)]
pub(crate) async fn notices(
    State(api): State<Api>,
    Filter(query): Filter<SystemQuery>,
) -> Answer<PageOut<ShownNoticeOut>> {
    let request = query.page_request()?;
    let page = api.app().shown_notices(Reader::Members, request).await?;
    Ok(ok(PageOut::of(page, ShownNoticeOut::from)))
}

/// A dictionary's code in a path.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct DictCode(String);

impl Named for DictCode {
    const NAME: &'static str = "dictionary";
}

/// A word that is offered.
#[derive(Serialize, ToSchema)]
pub(crate) struct MemberWord {
    /// What is sent.
    #[schema(example = "cable")]
    value: String,
    /// What is read.
    #[schema(example = "线缆损坏")]
    label: String,
}

/// Shows the words of a dictionary that are offered, in their order.
#[utoipa::path(
    get,
    path = "/api/v1/member/dicts/{code}",
    tag = "member",
    operation_id = "member_dict",
    params(("code" = String, Path, description = "Its code", example = "fault_kind")),
    responses(
        (status = 200, description = "Words", body = Envelope<Vec<MemberWord>>),
        (status = 404, description = "No such dictionary", body = Refusal),
    )
)]
pub(crate) async fn dict(
    State(api): State<Api>,
    At(DictCode(code)): At<DictCode>,
) -> Answer<Vec<MemberWord>> {
    let entries = api.app().dict(&code).await?.entries.into_iter();
    let offered = entries.filter(|entry| entry.enabled);
    let words = offered.map(|entry| MemberWord {
        value: entry.value,
        label: entry.label,
    });
    Ok(ok(words.collect()))
}
