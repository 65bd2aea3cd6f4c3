//! `messages`: what members are told (消息).

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::message::{Message, MessageKind};
use kernel::{MemberId, Timestamp};

crate::db::text_column! { MessageKind }

row! {
    /// A row of `messages`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MessageRow {
        /// Its row.
        pub id: i64,
        /// What it is about.
        pub kind: MessageKind,
        /// Its first line.
        pub title: String,
        /// The rest.
        pub text: String,
        /// The order, invoice, coupon … that it is about.
        pub biz_no: String,
        /// When it was written.
        pub created_at: Timestamp,
        /// When it was read.
        pub read_at: Option<Timestamp>,
    }
}

/// Tells a member something. The same occasion again is told anew only where the words differ.
pub async fn put(
    conn: Conn<'_>,
    member: MemberId,
    message: &Message,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into messages (member_id, kind, title, text, biz_no, occasion, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (member_id, occasion) do update set \
         kind = excluded.kind, title = excluded.title, text = excluded.text, \
         created_at = excluded.created_at, read_at = null \
         where messages.text <> excluded.text or messages.kind <> excluded.kind",
        args![
            member.0,
            message.kind,
            message.title,
            message.text,
            message.biz_no,
            message.occasion,
            now
        ],
    )
    .await?;
    Ok(())
}

/// How many a member has not read.
pub async fn unread(conn: Conn<'_>, member: MemberId) -> Result<i64> {
    let Scalar(count) = conn
        .one(
            "select count(*) as value from messages where member_id = $1 and read_at is null",
            args![member.0],
        )
        .await?;
    Ok(count)
}

/// Marks one as read. False when there is no such message of theirs.
pub async fn read(conn: Conn<'_>, member: MemberId, id: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update messages set read_at = coalesce(read_at, $3) where id = $1 and member_id = $2",
            args![id, member.0, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Marks all as read; how many were not.
pub async fn read_all(conn: Conn<'_>, member: MemberId, now: Timestamp) -> Result<u64> {
    conn.execute(
        "update messages set read_at = $2 where member_id = $1 and read_at is null",
        args![member.0, now],
    )
    .await
}

/// Forgets messages that were written before; how many.
pub async fn purge(conn: Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.execute("delete from messages where created_at < $1", args![before])
        .await
}

/// A page of a member's messages, newest first.
pub async fn list(
    conn: Conn<'_>,
    member: MemberId,
    unread_only: bool,
    page: PageRequest,
) -> Result<Page<MessageRow>> {
    Listing::of(
        "id, kind, title, text, biz_no, created_at, read_at",
        "messages",
    )
    .narrow("member_id =", Some(&member.0))
    .only("read_at is null", unread_only)
    .page(conn, "id desc", page)
    .await
}
