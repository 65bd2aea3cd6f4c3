//! Gift money that nobody used in time.

use crate::db::{Scalar, args, row};
use crate::{Conn, Result};
use domain::ledger::{Account, MemberPurse};
use kernel::{MemberId, Timestamp};

row! {
    /// A member with free gift money, all of which came long ago.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OldGift {
        /// Whose.
        pub member_id: i64,
    }
}

/// Members after `after` with free gift money, none of which came in since `since`; in the order
/// of their rows. What a charge gives back did not come in.
pub async fn older_than(
    conn: Conn<'_>,
    since: Timestamp,
    after: MemberId,
    limit: u32,
) -> Result<Vec<OldGift>> {
    conn.all(
        "select a.member_id from ledger_accounts a where a.member_id > $2 and a.stripe = 0 \
         and a.code = 'member:' || a.member_id || ':gift' and a.balance_fen > 0 \
         and not exists (select 1 from journal_lines l join journals j on j.id = l.journal_id \
         where l.account = a.code and l.side = 'C' \
         and j.event_type not in ('release', 'reversal') and j.posted_at >= $1) \
         order by a.member_id limit $3",
        args![since, after.0, limit],
    )
    .await
}

/// Whether gift money of a member came in since then.
pub async fn came_since(conn: Conn<'_>, member: MemberId, since: Timestamp) -> Result<bool> {
    let account = Account::Member(member, MemberPurse::Gift).to_string();
    let found: Option<Scalar<i64>> = conn
        .optional(
            "select j.id as value from journal_lines l join journals j on j.id = l.journal_id \
             where l.account = $1 and l.side = 'C' \
             and j.event_type not in ('release', 'reversal') and j.posted_at >= $2 limit 1",
            args![account, since],
        )
        .await?;
    Ok(found.is_some())
}
