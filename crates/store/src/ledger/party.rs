//! The ledgers of those who earn, and of members: each line with what was held after it, and what
//! all of a time come to.

use crate::db::{args, row};
use crate::ledger::Sums;
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::{OrgType, Scope};
use kernel::{Fen, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

row! {
    /// A line of a party's ledger.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PartyLine {
        /// Its journal.
        pub journal_id: i64,
        /// Its place in it.
        pub seq: i16,
        /// When.
        pub posted_at: Timestamp,
        /// `domain::ledger::JournalKind`.
        pub event_type: String,
        /// The order, withdrawal … that it belongs to.
        pub biz_no: String,
        /// Which account.
        pub account: String,
        /// Whose: an organisation or a member.
        pub owner_id: i64,
        /// The name of that.
        pub owner: Option<String>,
        /// Grown or, less than nothing, shrunk by so much.
        pub change_fen: Fen,
        /// What a share of a bill was reckoned from.
        pub base_fen: Option<Fen>,
        /// Its lowest rate, 1/10000.
        pub rate_low_bp: Option<i32>,
        /// Its highest.
        pub rate_high_bp: Option<i32>,
        /// In words.
        pub memo: Option<String>,
        /// The number of the receipt that a company's payment was written down by.
        pub receipt: Option<String>,
    }
}

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct PartyFilter {
    /// One organisation or member.
    pub owner: Option<i64>,
    /// One of the purses; otherwise all of them together, without what only moves between them.
    pub purse: Option<&'static str>,
    /// Of one kind of event.
    pub event_type: Option<String>,
    /// Of one order, withdrawal …
    pub biz_no: Option<String>,
    /// From then on.
    pub from: Option<Timestamp>,
    /// Before then.
    pub until: Option<Timestamp>,
    /// Of these organisations, or of members of these companies.
    pub scope: Scope,
}

const PURSES_OF_PARTIES: [&str; 3] = ["pending", "available", "frozen"];
const PURSES_OF_MEMBERS: [&str; 4] = ["cash", "gift", "frozen", "frozen_gift"];

macro_rules! line {
    ($change:expr, $receipt:expr) => {
        concat!(
            "l.journal_id, l.seq, j.posted_at, j.event_type, j.biz_no, l.account, ",
            $change,
            " as change_fen, j.memo, ",
            $receipt,
            " as receipt, "
        )
    };
    () => {
        line!(
            "case l.side when 'C' then l.amount_fen else -l.amount_fen end",
            "cast(null as text)"
        )
    };
}

/// Another line of the same journal, of the same company: what it has prepaid, what is held, what it
/// owes.
macro_rules! of_the_same_company {
    () => {
        "n.journal_id = l.journal_id and n.account in ('company:' || o.id || ':cash', \
         'company:' || o.id || ':frozen', 'receivable:company:' || o.id)"
    };
}

/// A journal is one line to a company, whichever of its accounts it moves: the last has them all.
const LAST_OF_ITS_JOURNAL: &str = concat!(
    "not exists (select 1 from journal_lines n where ",
    of_the_same_company!(),
    " and n.seq > l.seq)"
);

/// Something about the shares that a journal wrote down for an organisation.
macro_rules! share {
    ($what:literal) => {
        concat!(
            "case when j.event_type = 'split' then (select ",
            $what,
            " from commission_entries c where c.order_no = j.biz_no and c.payee_org_id = o.id ",
            "and c.rate_bp > 0 ",
            "and j.idempotency_key = 'split:' || c.order_no || ':' || c.round) end"
        )
    };
}

/// The sums of up to four accounts; `$more` narrows the lines.
macro_rules! sums {
    ($more:literal) => {
        concat!(
            "select cast(coalesce(sum(case when j.posted_at >= $5 then 0 ",
            "when l.side = 'C' then l.amount_fen else -l.amount_fen end), 0) as bigint) ",
            "as opening, ",
            "cast(coalesce(sum(case when j.posted_at >= $5 and l.side = 'C' ",
            "then l.amount_fen else 0 end), 0) as bigint) as grown, ",
            "cast(coalesce(sum(case when j.posted_at >= $5 and l.side = 'D' ",
            "then l.amount_fen else 0 end), 0) as bigint) as shrunk ",
            "from journal_lines l join journals j on j.id = l.journal_id ",
            "where l.account in ($1, $2, $3, $4) and j.posted_at < $6",
            $more
        )
    };
}

/// Whose ledgers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ledgers {
    /// Of agents.
    Agents,
    /// Of merchants.
    Merchants,
    /// Of companies: prepaid money less what is owed.
    Companies,
    /// Of members.
    Members,
}

impl Ledgers {
    /// The first part of their accounts' codes.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agents => OrgType::Agent.as_str(),
            Self::Merchants => OrgType::Merchant.as_str(),
            Self::Companies => OrgType::Company.as_str(),
            Self::Members => "member",
        }
    }

    /// Their purses.
    pub const fn purses(self) -> &'static [&'static str] {
        match self {
            Self::Agents | Self::Merchants => &PURSES_OF_PARTIES,
            Self::Companies => &[],
            Self::Members => &PURSES_OF_MEMBERS,
        }
    }

    const fn columns(self) -> &'static str {
        match self {
            Self::Companies => concat!(
                line!(
                    concat!(
                        "(select cast(sum(case n.side when 'C' then n.amount_fen ",
                        "else -n.amount_fen end) as bigint) from journal_lines n where ",
                        of_the_same_company!(),
                        ")"
                    ),
                    "case j.event_type when 'company_paid' then substr(j.idempotency_key, \
                     length('company_paid:' || o.id || ':') + 1) end"
                ),
                "o.id as owner_id, o.name as owner, cast(null as bigint) as base_fen, ",
                "cast(null as integer) as rate_low_bp, cast(null as integer) as rate_high_bp"
            ),
            Self::Agents | Self::Merchants => concat!(
                line!(),
                "o.id as owner_id, o.name as owner, ",
                share!("cast(sum(c.base_fen) as bigint)"),
                " as base_fen, ",
                share!("min(c.rate_bp)"),
                " as rate_low_bp, ",
                share!("max(c.rate_bp)"),
                " as rate_high_bp"
            ),
            Self::Members => concat!(
                line!(),
                "m.id as owner_id, m.phone as owner, cast(null as bigint) as base_fen, ",
                "cast(null as integer) as rate_low_bp, cast(null as integer) as rate_high_bp"
            ),
        }
    }

    const fn tables(self) -> &'static str {
        match self {
            Self::Agents | Self::Merchants | Self::Companies => {
                "journal_lines l join journals j on j.id = l.journal_id \
                 join (select distinct code, owner_org_id from ledger_accounts \
                 where owner_org_id is not null) a on a.code = l.account \
                 join orgs o on o.id = a.owner_org_id"
            }
            Self::Members => {
                "journal_lines l join journals j on j.id = l.journal_id \
                 join (select distinct code, member_id from ledger_accounts \
                 where member_id is not null) a on a.code = l.account \
                 join members m on m.id = a.member_id"
            }
        }
    }

    /// What only moves between purses of one owner.
    const fn leaves_the_owner(self) -> &'static str {
        match self {
            Self::Agents | Self::Merchants => {
                "j.event_type not in ('mature', 'withdraw_request', 'withdraw_returned')"
            }
            Self::Members | Self::Companies => "j.event_type not in ('freeze', 'release')",
        }
    }

    /// The codes of an owner's accounts, four of them; one may stand there several times.
    fn codes(self, owner: i64, purse: Option<&str>) -> [String; 4] {
        let word = self.word();
        if self == Self::Companies {
            let cash = format!("{word}:{owner}:cash");
            return [
                cash.clone(),
                format!("{word}:{owner}:frozen"),
                format!("receivable:{word}:{owner}"),
                cash,
            ];
        }
        let purses = self.purses();
        let code = |place: usize| {
            let purse = purse.unwrap_or(purses[place.min(purses.len() - 1)]);
            format!("{word}:{owner}:{purse}")
        };
        [code(0), code(1), code(2), code(3)]
    }
}

/// A line, and what its owner held after it, in the purse or in all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldLine {
    /// The line.
    pub line: PartyLine,
    /// What was held after it.
    pub after: Fen,
}

/// A page of lines, newest first.
pub async fn party_lines(
    mut conn: Conn<'_>,
    ledgers: Ledgers,
    filter: &PartyFilter,
    page: PageRequest,
) -> Result<Page<HeldLine>> {
    // What a company owes has a code that begins otherwise.
    let companies = ledgers == Ledgers::Companies;
    let first = (!companies).then(|| format!("{}:", ledgers.word()));
    let end = first.as_ref().map(|first| format!("{first}\u{10ffff}"));
    let members = ledgers == Ledgers::Members;
    let listing = Listing::of(ledgers.columns(), ledgers.tables());
    let listing = if members {
        listing
            .within(
                "m.company_id in (select o.id from orgs o where o.path like {path})",
                &filter.scope,
            )
            .narrow("m.id =", filter.owner.as_ref())
    } else {
        listing
            .within("o.path like {path}", &filter.scope)
            .narrow("o.id =", filter.owner.as_ref())
    };
    let found: Page<PartyLine> = listing
        .narrow("l.account >=", first.as_ref())
        .narrow("l.account <", end.as_ref())
        .only("o.type = 'company'", companies)
        .only(LAST_OF_ITS_JOURNAL, companies)
        .only(of_purse(filter.purse), filter.purse.is_some())
        .only(ledgers.leaves_the_owner(), filter.purse.is_none())
        .narrow("j.event_type =", filter.event_type.as_ref())
        .narrow("j.biz_no =", filter.biz_no.as_ref())
        .narrow("j.posted_at >=", filter.from.as_ref())
        .narrow("j.posted_at <", filter.until.as_ref())
        .page(conn.again(), "l.journal_id desc, l.seq desc", page)
        .await?;
    let after = held_after(conn, ledgers, filter.purse, &found.items).await?;
    Ok(found.map(|line| HeldLine {
        after: after
            .get(&(line.owner_id, line.journal_id, line.seq))
            .copied()
            .unwrap_or_default(),
        line,
    }))
}

/// The condition that picks a purse.
fn of_purse(purse: Option<&str>) -> &'static str {
    match purse {
        Some("pending") => "l.account like '%:pending'",
        Some("available") => "l.account like '%:available'",
        Some("frozen") => "l.account like '%:frozen'",
        Some("cash") => "l.account like '%:cash'",
        Some("gift") => "l.account like '%:gift'",
        Some("frozen_gift") => "l.account like '%:frozen_gift'",
        _ => "true",
    }
}

/// Later than everything.
const FAR: Timestamp = Timestamp::from_unix_seconds(253_402_300_799);

type After = BTreeMap<(i64, i64, i16), Fen>;

/// What the owners of lines held after each of them.
async fn held_after(
    mut conn: Conn<'_>,
    ledgers: Ledgers,
    purse: Option<&str>,
    lines: &[PartyLine],
) -> Result<After> {
    row! {
        struct Running {
            pub journal_id: i64,
            pub seq: i16,
            pub after_fen: Fen,
        }
    }
    let mut after = After::new();
    let owners: BTreeSet<i64> = lines.iter().map(|line| line.owner_id).collect();
    for owner in owners {
        let own = || lines.iter().filter(|line| line.owner_id == owner);
        let ids = || own().map(|line| line.journal_id);
        let (first, last) = (ids().min().unwrap_or(0), ids().max().unwrap_or(0));
        let [one, two, three, four] = ledgers.codes(owner, purse);
        let running: Vec<Running> = conn
            .again()
            .all(
                "select journal_id, seq, after_fen from (select l.journal_id, l.seq, \
                 cast(sum(case l.side when 'C' then l.amount_fen else -l.amount_fen end) \
                 over (order by l.journal_id, l.seq) as bigint) as after_fen \
                 from journal_lines l where l.account in ($1, $2, $3, $4) \
                 and l.journal_id <= $6) as running where journal_id >= $5",
                args![one, two, three, four, first, last],
            )
            .await?;
        after.extend(
            running
                .into_iter()
                .map(|row| ((owner, row.journal_id, row.seq), row.after_fen)),
        );
    }
    Ok(after)
}

/// What the lines of one owner come to, in a purse or in all of them, within a time.
pub async fn party_sums(
    conn: Conn<'_>,
    ledgers: Ledgers,
    owner: i64,
    purse: Option<&str>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<Sums> {
    row! {
        struct Parts {
            pub opening: Fen,
            pub grown: Fen,
            pub shrunk: Fen,
        }
    }
    let [one, two, three, four] = ledgers.codes(owner, purse);
    let from = from.unwrap_or(Timestamp(0));
    let until = until.unwrap_or(FAR);
    let sql = match (ledgers, purse) {
        (_, Some(_)) => sums!(""),
        (Ledgers::Members | Ledgers::Companies, None) => {
            sums!(" and j.event_type not in ('freeze', 'release')")
        }
        (Ledgers::Agents | Ledgers::Merchants, None) => {
            sums!(" and j.event_type not in ('mature', 'withdraw_request', 'withdraw_returned')")
        }
    };
    let parts: Parts = conn
        .one(sql, args![one, two, three, four, from, until])
        .await?;
    Ok(Sums {
        opening: parts.opening,
        grown: parts.grown,
        shrunk: parts.shrunk,
    })
}
