//! `notices`: what the platform tells its staff and its members (公告).

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::Timestamp;

row! {
    /// A row of `notices`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Notice {
        /// Its row.
        pub id: i64,
        /// Its title.
        pub title: String,
        /// Its text.
        pub body: String,
        /// `staff`, `members`, `everybody`.
        pub audience: String,
        /// Shown from here.
        pub publish_at: Timestamp,
        /// Until there.
        pub end_at: Option<Timestamp>,
        /// Comes before others.
        pub pinned: bool,
        /// Who wrote it.
        pub created_by: String,
        /// When.
        pub created_at: Timestamp,
        /// When it last changed.
        pub updated_at: Timestamp,
    }
}

/// What an operator writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeDraft {
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// `staff`, `members`, `everybody`.
    pub audience: String,
    /// Shown from here.
    pub publish_at: Timestamp,
    /// Until there.
    pub end_at: Option<Timestamp>,
    /// Comes before others.
    pub pinned: bool,
}

const COLUMNS: &str = "id, title, body, audience, publish_at, end_at, pinned, created_by, \
     created_at, updated_at";

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Those who work at the console.
    Staff,
    /// Those who charge.
    Members,
}

/// Adds a notice; its id.
pub async fn insert(conn: Conn<'_>, draft: &NoticeDraft, by: &str, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into notices (title, body, audience, publish_at, end_at, pinned, created_by, \
             created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
             returning id as value",
            args![
                draft.title,
                draft.body,
                draft.audience,
                draft.publish_at,
                draft.end_at,
                draft.pinned,
                by,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// Replaces a notice. False when there is none.
pub async fn update(conn: Conn<'_>, id: i64, draft: &NoticeDraft, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update notices set title = $2, body = $3, audience = $4, publish_at = $5, \
             end_at = $6, pinned = $7, updated_at = $8 where id = $1 and deleted_at is null",
            args![
                id,
                draft.title,
                draft.body,
                draft.audience,
                draft.publish_at,
                draft.end_at,
                draft.pinned,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Takes a notice away. False when there is none.
pub async fn remove(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<bool> {
    let gone = conn
        .execute(
            "update notices set deleted_at = $2 where id = $1 and deleted_at is null",
            args![id, now],
        )
        .await?;
    Ok(gone == 1)
}

/// One notice.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Notice>> {
    conn.optional(
        "select id, title, body, audience, publish_at, end_at, pinned, created_by, created_at, \
         updated_at from notices where id = $1 and deleted_at is null",
        args![id],
    )
    .await
}

/// A page of notices, newest first.
pub async fn list(conn: Conn<'_>, page: PageRequest) -> Result<Page<Notice>> {
    Listing::of(COLUMNS, "notices")
        .only("deleted_at is null", true)
        .page(conn, "id desc", page)
        .await
}

/// What somebody is shown at an instant: pinned ones first, then the newest.
pub async fn shown(
    conn: Conn<'_>,
    reader: Reader,
    now: Timestamp,
    page: PageRequest,
) -> Result<Page<Notice>> {
    Listing::of(COLUMNS, "notices")
        .only("deleted_at is null", true)
        .only(
            "audience in ('staff', 'everybody')",
            reader == Reader::Staff,
        )
        .only(
            "audience in ('members', 'everybody')",
            reader == Reader::Members,
        )
        .narrow("publish_at <=", Some(&now))
        // The first value of the list is the same instant.
        .only("(end_at is null or end_at > $1)", true)
        .page(conn, "pinned desc, publish_at desc, id desc", page)
        .await
}
