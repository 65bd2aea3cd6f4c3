//! Messages to a member (消息).

use super::guard::Caller;
use crate::Api;
use crate::admin::paged_query;
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::Refusal;
use crate::payload::{At, Filter, Named};
use crate::run_to_end::run_to_end;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use store::messages::MessageRow;
use utoipa::ToSchema;

/// A message, in a path.
#[derive(Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(crate) struct MessageId(i64);

impl Named for MessageId {
    const NAME: &'static str = "message";
}

/// A message.
#[derive(Serialize, ToSchema)]
pub(crate) struct MessageOut {
    /// Its id.
    #[schema(example = 31)]
    id: i64,
    /// `charge_done`, `charge_fault`, `start_failed`, `occupancy_end`, `recharge_ok`, `refund_ok`,
    /// `refund_fail`, `coupon_grant`, `fault_reply`, `complaint_reply`, `review_reply`,
    /// `invoice_ok`, `company_invitation`.
    #[schema(example = "charge_done")]
    kind: &'static str,
    /// Its first line.
    #[schema(example = "充电结束")]
    title: String,
    /// The rest.
    #[schema(example = "5.23度，60分钟，消费7.85元。")]
    text: String,
    /// The order, invoice, coupon … that it is about.
    #[schema(example = "APP1729407600001")]
    about: String,
    /// When it was written, Unix seconds.
    created_at: i64,
    /// When it was read, Unix seconds.
    read_at: Option<i64>,
}

impl From<MessageRow> for MessageOut {
    fn from(row: MessageRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind.as_str(),
            title: row.title,
            text: row.text,
            about: row.biz_no,
            created_at: row.created_at.unix_seconds(),
            read_at: seconds(row.read_at),
        }
    }
}

paged_query! {
    /// Which messages a list shows.
    MessageQuery {
        /// Only those that were not read.
        unread: bool,
    }
}

/// Lists messages, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/member/messages",
    tag = "member",
    operation_id = "member_messages",
    params(MessageQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<MessageOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    caller: Caller,
    Filter(query): Filter<MessageQuery>,
) -> Answer<PageOut<MessageOut>> {
    let member = caller.member.member_id();
    let page = query.page_request()?;
    let unread = query.unread.unwrap_or(false);
    let page = api.app().member_messages(member, unread, page).await?;
    Ok(ok(PageOut::of(page, MessageOut::from)))
}

/// How many messages wait.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnreadOut {
    /// Those that were not read.
    #[schema(example = 2)]
    unread: i64,
}

/// Says how many messages were not read.
#[utoipa::path(
    get,
    path = "/api/v1/member/messages/unread",
    tag = "member",
    operation_id = "member_unread_messages",
    responses((status = 200, description = "How many", body = Envelope<UnreadOut>))
)]
pub(crate) async fn unread(State(api): State<Api>, caller: Caller) -> Answer<UnreadOut> {
    let unread = api.app().unread_messages(caller.member.member_id()).await?;
    Ok(ok(UnreadOut { unread }))
}

/// Marks all messages as read.
#[utoipa::path(
    post,
    path = "/api/v1/member/messages/read",
    tag = "member",
    operation_id = "member_read_all_messages",
    responses((status = 200, description = "None is left", body = Envelope<UnreadOut>))
)]
pub(crate) async fn read_all(State(api): State<Api>, caller: Caller) -> Answer<UnreadOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let unread = run_to_end(async move {
        app.read_all_messages(member).await?;
        app.unread_messages(member).await
    })
    .await?;
    Ok(ok(UnreadOut { unread }))
}

/// Marks a message as read.
#[utoipa::path(
    post,
    path = "/api/v1/member/messages/{id}/read",
    tag = "member",
    operation_id = "member_read_message",
    params(("id" = i64, Path, description = "Its id", example = 31)),
    responses(
        (status = 200, description = "How many are left", body = Envelope<UnreadOut>),
        (status = 404, description = "No such message of yours", body = Refusal),
    )
)]
pub(crate) async fn read(
    State(api): State<Api>,
    caller: Caller,
    At(MessageId(id)): At<MessageId>,
) -> Answer<UnreadOut> {
    let app = api.app().clone();
    let member = caller.member.member_id();
    let unread = run_to_end(async move {
        app.read_message(member, id).await?;
        app.unread_messages(member).await
    })
    .await?;
    Ok(ok(UnreadOut { unread }))
}
