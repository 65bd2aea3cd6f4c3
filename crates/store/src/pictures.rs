//! `pictures`: what members show with their reports.

use crate::db::{Scalar, args, row};
use crate::{Conn, Result};
use domain::picture::{PictureKind, PictureUse};
use kernel::{MemberId, Timestamp};

crate::db::text_column! { PictureKind PictureUse }

row! {
    /// A picture and whose it is.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Picture {
        /// What its bytes are.
        pub kind: PictureKind,
        /// Its bytes.
        pub content: Vec<u8>,
        /// Who handed it in.
        pub member_id: i64,
        /// What it belongs to.
        pub used_in: Option<PictureUse>,
        /// Whose device that is about.
        pub org_path: Option<String>,
    }
}

/// Keeps a picture.
pub async fn insert(
    conn: Conn<'_>,
    name: &str,
    member: MemberId,
    kind: PictureKind,
    content: &[u8],
    now: Timestamp,
) -> Result<()> {
    let size = i32::try_from(content.len()).unwrap_or(i32::MAX);
    conn.execute(
        "insert into pictures (name, member_id, kind, size_bytes, content, created_at) \
         values ($1, $2, $3, $4, $5, $6)",
        args![name, member.0, kind, size, content, now],
    )
    .await?;
    Ok(())
}

/// The picture of that name.
pub async fn find(conn: Conn<'_>, name: &str) -> Result<Option<Picture>> {
    conn.optional(
        "select kind, content, member_id, used_in, org_path from pictures where name = $1",
        args![name],
    )
    .await
}

/// How many pictures a member has handed in since.
pub async fn count_since(conn: Conn<'_>, member: MemberId, since: Timestamp) -> Result<u32> {
    let Scalar(count) = conn
        .one(
            "select count(*) as value from pictures where member_id = $1 and created_at > $2",
            args![member.0, since],
        )
        .await?;
    Ok(count)
}

/// Uses a picture of a member's own, once. False when there is none that is free.
pub async fn attach(
    conn: Conn<'_>,
    name: &str,
    member: MemberId,
    used_in: PictureUse,
    org_path: &str,
) -> Result<bool> {
    let changed = conn
        .execute(
            "update pictures set used_in = $3, org_path = $4 \
             where name = $1 and member_id = $2 and used_in is null",
            args![name, member.0, used_in, org_path],
        )
        .await?;
    Ok(changed == 1)
}

/// Forgets pictures that were handed in before and never used; how many.
pub async fn purge_unused(conn: Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.execute(
        "delete from pictures where used_in is null and created_at < $1",
        args![before],
    )
    .await
}
