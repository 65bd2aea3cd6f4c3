//! Who was told of which alarm, and whether it arrived.

use crate::Api;
use crate::admin::money::paged_query;
use crate::choice::among;
use crate::envelope::{Answer, Envelope, ok};
use crate::payload::Filter;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use serde::Serialize;
use store::alarm_notices::Notice;
use utoipa::ToSchema;

/// What a channel told, or has to tell, of an alarm.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlarmNoticeOut {
    /// Its row.
    notice_id: i64,
    /// The alarm.
    alarm_id: i64,
    /// Who tells it.
    channel_id: i64,
    /// Its name.
    channel: Option<String>,
    /// `raised`, `repeated`, `escalated`, `recovered`.
    #[schema(example = "raised")]
    kind: &'static str,
    /// When, Unix seconds; quiet hours and digests lie behind it.
    due_at: i64,
    /// `pending`, `sent`, `dead`.
    #[schema(example = "sent")]
    state: String,
    /// How often it was tried.
    attempts: i32,
    /// What went wrong last.
    error: Option<String>,
    /// When it arrived or was given up, Unix seconds.
    done_at: Option<i64>,
}

impl From<Notice> for AlarmNoticeOut {
    fn from(row: Notice) -> Self {
        Self {
            notice_id: row.id,
            alarm_id: row.alarm_id,
            channel_id: row.channel_id,
            channel: row.channel,
            kind: row.kind.as_str(),
            due_at: row.due_at.unix_seconds(),
            state: row.state,
            attempts: row.attempts,
            error: row.error,
            done_at: seconds(row.done_at),
        }
    }
}

paged_query! {
    /// Which notices a list shows.
    AlarmNoticeQuery {
        /// Of this alarm.
        alarm_id: i64,
        /// Of this channel.
        channel_id: i64,
        /// `pending`, `sent`, `dead`.
        state: String,
    }
}

/// Lists who was told of alarms, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/alarm-notices",
    tag = "administration",
    operation_id = "list_alarm_notices",
    extensions(("x-access" = json!("device.alarm.view"))),
    params(AlarmNoticeQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<AlarmNoticeOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Filter(query): Filter<AlarmNoticeQuery>,
) -> Answer<PageOut<AlarmNoticeOut>> {
    let state = among(
        "state",
        query.state.as_deref(),
        &["pending", "sent", "dead"],
    )?;
    let (alarm, channel) = (query.alarm_id, query.channel_id);
    let page = query.page_request()?;
    let page = api.app().alarm_notices(alarm, channel, state, page).await?;
    Ok(ok(PageOut::of(page, AlarmNoticeOut::from)))
}
