//! What lies on `suspense:unmatched`: money of channels without a reason, by what names it.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::{Fen, Timestamp};

row! {
    /// Money without a reason.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct UnmatchedRow {
        /// A payment's number, an order's, or the channel and its own number.
        pub reference: String,
        /// What is left of it.
        pub amount_fen: Fen,
        /// When the first of it was posted.
        pub since: Timestamp,
    }
}

const SUSPENSE: &str = "(select j.biz_no as reference, \
     cast(sum(case l.side when 'C' then l.amount_fen else -l.amount_fen end) as bigint) \
     as amount_fen, min(j.posted_at) as since \
     from journal_lines l join journals j on j.id = l.journal_id \
     where l.account = 'suspense:unmatched' group by j.biz_no \
     having sum(case l.side when 'C' then l.amount_fen else -l.amount_fen end) <> 0) as waiting";

/// A page of what waits for its reason, oldest first.
pub async fn list(
    conn: Conn<'_>,
    reference: Option<&str>,
    page: PageRequest,
) -> Result<Page<UnmatchedRow>> {
    let reference = reference.map(str::to_owned);
    Listing::of("reference, amount_fen, since", SUSPENSE)
        .narrow("reference =", reference.as_ref())
        .page(conn, "since, reference", page)
        .await
}

/// What is left under a name. For decisions the suspense account has to be locked before.
pub async fn left(conn: Conn<'_>, reference: &str) -> Result<Fen> {
    let Scalar(left) = conn
        .one(
            "select cast(coalesce(sum(case l.side when 'C' then l.amount_fen \
             else -l.amount_fen end), 0) as bigint) as value \
             from journals j join journal_lines l on l.journal_id = j.id \
             where j.biz_no = $1 and l.account = 'suspense:unmatched'",
            args![reference],
        )
        .await?;
    Ok(left)
}
