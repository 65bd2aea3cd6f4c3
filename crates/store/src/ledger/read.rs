//! Reading: balances, journals, the lines of finance pages.

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::ledger::Account;
use kernel::{Fen, MemberId, Timestamp};

row! {
    /// An account and what it holds.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct AccountRow {
        /// Its code.
        pub code: String,
        /// `asset`, `liability`, `income`, `expense`.
        pub kind: String,
        /// On the side of its type.
        pub balance_fen: Fen,
    }
}

row! {
    /// A journal.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct JournalRow {
        /// Its row.
        pub id: i64,
        /// `domain::ledger::JournalKind`.
        pub event_type: String,
        /// The order, payment … that it belongs to.
        pub biz_no: String,
        /// The event's own key.
        pub idempotency_key: String,
        /// When.
        pub posted_at: Timestamp,
        /// Who caused it.
        pub actor: String,
        /// In words.
        pub memo: Option<String>,
        /// The journal that it takes back.
        pub reversal_of: Option<i64>,
    }
}

row! {
    /// A line with what is known of its journal.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LineRow {
        /// Its journal.
        pub journal_id: i64,
        /// Its place in it.
        pub seq: i16,
        /// When.
        pub posted_at: Timestamp,
        /// `domain::ledger::JournalKind`.
        pub event_type: String,
        /// The order, payment … that it belongs to.
        pub biz_no: String,
        /// Which account.
        pub account: String,
        /// `D` or `C`.
        pub side: String,
        /// How much.
        pub amount_fen: Fen,
        /// What the account held afterwards, where it is kept in one row.
        pub balance_fen: Option<Fen>,
        /// In words.
        pub memo: Option<String>,
    }
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct LineFilter {
    /// Accounts whose codes begin so; `%` and `_` are letters here.
    pub prefix: Option<String>,
    /// One account.
    pub account: Option<String>,
    /// Of one kind of event.
    pub event_type: Option<String>,
    /// Of one order, payment …
    pub biz_no: Option<String>,
    /// Of one journal.
    pub journal: Option<i64>,
    /// From then on.
    pub from: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
}

/// What lines come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// What the accounts held before the first of them.
    pub opening: Fen,
    /// All that made them grow.
    pub grown: Fen,
    /// All that made them shrink.
    pub shrunk: Fen,
}

impl Sums {
    /// What the accounts held after the last of them.
    pub fn closing(&self) -> Fen {
        self.opening + self.grown - self.shrunk
    }
}

/// What an account holds. Not locked: for decisions there is [`super::lock`].
pub async fn balance(conn: Conn<'_>, account: &Account) -> Result<Fen> {
    let Scalar(balance) = conn
        .one(
            "select cast(coalesce(sum(balance_fen), 0) as bigint) as value \
             from ledger_accounts where code = $1",
            args![account.to_string()],
        )
        .await?;
    Ok(balance)
}

/// Whether a journal with that key has been posted.
pub async fn is_posted(conn: Conn<'_>, key: &str) -> Result<bool> {
    let found: Option<Scalar<i64>> = conn
        .optional(
            "select id as value from journals where idempotency_key = $1",
            args![key],
        )
        .await?;
    Ok(found.is_some())
}

row! {
    /// What a journal debited.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Debit {
        /// Which account.
        pub account: String,
        /// How much.
        pub amount_fen: Fen,
    }
}

/// What the journal with that key debited, in its order; nothing without such a journal.
pub async fn debits_of(conn: Conn<'_>, key: &str) -> Result<Vec<Debit>> {
    conn.all(
        "select l.account, l.amount_fen from journal_lines l \
         join journals j on j.id = l.journal_id \
         where j.idempotency_key = $1 and l.side = 'D' order by l.seq",
        args![key],
    )
    .await
}

/// All accounts of a member.
pub async fn balances_of(conn: Conn<'_>, member: MemberId) -> Result<Vec<AccountRow>> {
    conn.all(
        "select code, min(type) as kind, cast(sum(balance_fen) as bigint) as balance_fen \
         from ledger_accounts where member_id = $1 group by code order by code",
        args![member.0],
    )
    .await
}

/// What partners and we owe each other: above nothing, we owe them.
pub async fn balances_of_partners(conn: Conn<'_>) -> Result<Vec<AccountRow>> {
    conn.all(
        "select code, min(type) as kind, cast(sum(balance_fen) as bigint) as balance_fen \
         from ledger_accounts where code >= 'partner:' and code < 'partner;' \
         group by code order by code",
        args![],
    )
    .await
}

/// The journals of an order, payment …, in the order in which they were posted.
pub async fn journals_of(conn: Conn<'_>, biz_no: &str) -> Result<Vec<JournalRow>> {
    conn.all(
        "select id, event_type, biz_no, idempotency_key, posted_at, actor, memo, reversal_of \
         from journals where biz_no = $1 order by id limit 1000",
        args![biz_no],
    )
    .await
}

const LINES: &str = "journal_lines l join journals j on j.id = l.journal_id";

fn narrowed<'a>(
    listing: Listing<'a>,
    filter: &'a LineFilter,
    end: Option<&'a String>,
) -> Listing<'a> {
    listing
        .narrow("l.account >=", filter.prefix.as_ref())
        .narrow("l.account <", end)
        .narrow("l.account =", filter.account.as_ref())
        .narrow("j.event_type =", filter.event_type.as_ref())
        .narrow("j.biz_no =", filter.biz_no.as_ref())
        .narrow("l.journal_id =", filter.journal.as_ref())
}

/// The first text after all that begin with `prefix`.
fn end_of(prefix: &str) -> String {
    let mut end = prefix.to_owned();
    end.push('\u{10ffff}');
    end
}

/// A page of lines, newest first.
pub async fn lines(
    conn: Conn<'_>,
    filter: &LineFilter,
    page: PageRequest,
) -> Result<Page<LineRow>> {
    let end = filter.prefix.as_deref().map(end_of);
    let listing = Listing::of(
        "l.journal_id, l.seq, j.posted_at, j.event_type, j.biz_no, l.account, l.side, \
         l.amount_fen, l.balance_fen, j.memo",
        LINES,
    );
    narrowed(listing, filter, end.as_ref())
        .narrow("j.posted_at >=", filter.from.as_ref())
        .narrow("j.posted_at <", filter.until.as_ref())
        .page(conn, "l.journal_id desc, l.seq desc", page)
        .await
}

/// What all lines of a filter come to, and what the accounts held before them.
pub async fn sums(mut conn: Conn<'_>, filter: &LineFilter) -> Result<Sums> {
    row! {
        struct Both {
            pub grown: Fen,
            pub shrunk: Fen,
        }
    }
    const COLUMNS: &str = "cast(coalesce(sum(case when (l.side = 'D') = \
         (l.account like 'asset:%' or l.account like 'expense:%' or l.account like 'receivable:%') \
         then l.amount_fen else 0 end), 0) as bigint) as grown, \
         cast(coalesce(sum(case when (l.side = 'D') = \
         (l.account like 'asset:%' or l.account like 'expense:%' or l.account like 'receivable:%') \
         then 0 else l.amount_fen end), 0) as bigint) as shrunk";
    let end = filter.prefix.as_deref().map(end_of);
    let within: Both = narrowed(Listing::of(COLUMNS, LINES), filter, end.as_ref())
        .narrow("j.posted_at >=", filter.from.as_ref())
        .narrow("j.posted_at <", filter.until.as_ref())
        .one(conn.again())
        .await?;
    let before = match &filter.from {
        Some(_) => {
            narrowed(Listing::of(COLUMNS, LINES), filter, end.as_ref())
                .narrow("j.posted_at <", filter.from.as_ref())
                .one(conn)
                .await?
        }
        None => Both {
            grown: Fen::ZERO,
            shrunk: Fen::ZERO,
        },
    };
    Ok(Sums {
        opening: before.grown - before.shrunk,
        grown: within.grown,
        shrunk: within.shrunk,
    })
}
