//! Notices (公告): what the platform tells its staff and its members.

use super::{SystemQuery, instant};
use crate::Api;
use crate::console::Acting;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::named;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::notices::{Notice, NoticeDraft, Reader};
use utoipa::ToSchema;

/// A notice's row, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct NoticeId(i64);

impl Named for NoticeId {
    const NAME: &'static str = "notice";
}

/// A notice.
#[derive(Serialize, ToSchema)]
pub(crate) struct NoticeOut {
    /// Its row.
    notice_id: i64,
    /// Its title.
    #[schema(example = "系统维护")]
    title: String,
    /// Its text.
    body: String,
    /// `staff`, `members`, `everybody`.
    #[schema(example = "members")]
    audience: String,
    /// Shown from here, Unix seconds.
    publish_at: i64,
    /// Until there, Unix seconds.
    end_at: Option<i64>,
    /// Comes before others.
    pinned: bool,
    /// Who wrote it.
    created_by: String,
    /// When it last changed, Unix seconds.
    updated_at: i64,
}

impl From<Notice> for NoticeOut {
    fn from(row: Notice) -> Self {
        Self {
            notice_id: row.id,
            title: row.title,
            body: row.body,
            audience: row.audience,
            publish_at: row.publish_at.unix_seconds(),
            end_at: seconds(row.end_at),
            pinned: row.pinned,
            created_by: row.created_by,
            updated_at: row.updated_at.unix_seconds(),
        }
    }
}

/// A notice as it is read.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShownNoticeOut {
    /// Its row.
    notice_id: i64,
    /// Its title.
    #[schema(example = "系统维护")]
    title: String,
    /// Its text.
    body: String,
    /// Since when it is shown, Unix seconds.
    publish_at: i64,
    /// Comes before others.
    pinned: bool,
}

impl From<Notice> for ShownNoticeOut {
    fn from(row: Notice) -> Self {
        Self {
            notice_id: row.id,
            title: row.title,
            body: row.body,
            publish_at: row.publish_at.unix_seconds(),
            pinned: row.pinned,
        }
    }
}

/// What is written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "系统维护", "body": "今晚维护。", "audience": "members"}))]
pub(crate) struct NoticeBody {
    /// Its title.
    title: String,
    /// Its text, at most 20 000 characters.
    body: String,
    /// `staff`, `members`, `everybody`.
    audience: String,
    /// Shown from here, Unix seconds; from now on when absent.
    publish_at: Option<i64>,
    /// Until there, Unix seconds; until it is taken away when absent.
    end_at: Option<i64>,
    /// Comes before others.
    pinned: Option<bool>,
}

impl NoticeBody {
    fn read(self, api: &Api) -> Result<NoticeDraft, Failure> {
        if !["staff", "members", "everybody"].contains(&self.audience.as_str()) {
            return Err(Failure::invalid(
                "audience",
                "must be staff, members or everybody",
            ));
        }
        let at = |field: &str, said: Option<i64>| said.map(|at| instant(field, at)).transpose();
        Ok(NoticeDraft {
            title: named("title", &self.title, 100)?,
            body: named("body", &self.body, 20_000)?,
            audience: self.audience,
            publish_at: at("publish_at", self.publish_at)?.unwrap_or_else(|| api.app().now()),
            end_at: at("end_at", self.end_at)?,
            pinned: self.pinned.unwrap_or_default(),
        })
    }
}

/// Lists notices, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/notices",
    tag = "console",
    operation_id = "list_notices",
    extensions(("x-access" = json!("system.notice.view"))),
    params(SystemQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<NoticeOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<SystemQuery>,
) -> Answer<PageOut<NoticeOut>> {
    let page = api.app().list_notices(query.page_request()?).await?;
    Ok(ok(PageOut::of(page, NoticeOut::from)))
}

/// Writes a notice.
#[utoipa::path(
    post,
    path = "/api/v1/admin/notices",
    tag = "console",
    operation_id = "create_notice",
    extensions(("x-access" = json!("system.notice.create")), ("x-audit" = json!("own"))),
    request_body = NoticeBody,
    responses(
        (status = 200, description = "The notice", body = Envelope<NoticeOut>),
        (status = 422, description = "It would end before it is shown", body = Refusal),
    )
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<NoticeBody>,
) -> Answer<NoticeOut> {
    let draft = body.read(&api)?;
    let app = api.app().clone();
    let notice = run_to_end(async move { app.add_notice(&actor, &draft).await }).await?;
    Ok(ok(notice.into()))
}

/// Shows a notice.
#[utoipa::path(
    get,
    path = "/api/v1/admin/notices/{notice_id}",
    tag = "console",
    operation_id = "show_notice",
    extensions(("x-access" = json!("system.notice.view"))),
    params(("notice_id" = i64, Path, description = "The notice", example = 1)),
    responses(
        (status = 200, description = "The notice", body = Envelope<NoticeOut>),
        (status = 404, description = "No such notice", body = Refusal),
    )
)]
pub(crate) async fn show(
    State(api): State<Api>,
    At(NoticeId(id)): At<NoticeId>,
) -> Answer<NoticeOut> {
    Ok(ok(api.app().notice(id).await?.into()))
}

/// Replaces a notice.
#[utoipa::path(
    put,
    path = "/api/v1/admin/notices/{notice_id}",
    tag = "console",
    operation_id = "change_notice",
    extensions(("x-access" = json!("system.notice.edit")), ("x-audit" = json!("own"))),
    params(("notice_id" = i64, Path, description = "The notice", example = 1)),
    request_body = NoticeBody,
    responses(
        (status = 200, description = "The notice", body = Envelope<NoticeOut>),
        (status = 404, description = "No such notice", body = Refusal),
        (status = 422, description = "It would end before it is shown", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(NoticeId(id)): At<NoticeId>,
    Payload(body): Payload<NoticeBody>,
) -> Answer<NoticeOut> {
    let draft = body.read(&api)?;
    let app = api.app().clone();
    let notice = run_to_end(async move { app.change_notice(&actor, id, &draft).await }).await?;
    Ok(ok(notice.into()))
}

/// Takes a notice away.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/notices/{notice_id}",
    tag = "console",
    operation_id = "remove_notice",
    extensions(("x-access" = json!("system.notice.delete")), ("x-audit" = json!("own"))),
    params(("notice_id" = i64, Path, description = "The notice", example = 1)),
    responses(
        (status = 200, description = "What it was", body = Envelope<NoticeOut>),
        (status = 404, description = "No such notice", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(NoticeId(id)): At<NoticeId>,
) -> Answer<NoticeOut> {
    let app = api.app().clone();
    let notice = run_to_end(async move { app.remove_notice(&actor, id).await }).await?;
    Ok(ok(notice.into()))
}

/// Shows what the platform tells those who work at the console: pinned notices first, then the
/// newest.
#[utoipa::path(
    get,
    path = "/api/v1/admin/session/notices",
    tag = "console",
    operation_id = "staff_notices",
    extensions(("x-access" = json!("session")), ("x-scope" = json!("any"))),
    params(SystemQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<ShownNoticeOut>>))
)]
pub(crate) async fn for_staff(
    State(api): State<Api>,
    Filter(query): Filter<SystemQuery>,
) -> Answer<PageOut<ShownNoticeOut>> {
    let request = query.page_request()?;
    let page = api.app().shown_notices(Reader::Staff, request).await?;
    Ok(ok(PageOut::of(page, ShownNoticeOut::from)))
}
