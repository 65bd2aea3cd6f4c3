//! `statements`: what parties earned and took out in a month. Numbers are written once.

use crate::db::{args, row};
use crate::paging::{Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::{OrgType, Scope};
use kernel::{Fen, Timestamp};

row! {
    /// A row of `statements`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StatementRow {
        /// Its row.
        pub id: i64,
        /// Whose.
        pub org_id: i64,
        /// The name of that.
        pub org_name: String,
        /// What it is.
        pub org_type: OrgType,
        /// Its path.
        pub org_path: String,
        /// Which month, `2026-03`.
        pub month: String,
        /// Held before.
        pub opening_fen: Fen,
        /// Earned by charges, corrected bills included.
        pub earned_fen: Fen,
        /// Given back for refunded charges.
        pub refunded_fen: Fen,
        /// Paid out, fees and taxes included.
        pub withdrawn_fen: Fen,
        /// All else.
        pub other_fen: Fen,
        /// Held afterwards.
        pub closing_fen: Fen,
        /// Charges that brought something.
        pub orders: i64,
        /// `generated`, `confirmed`.
        pub state: String,
        /// Who made it.
        pub generated_by: String,
        /// Who of the party agreed.
        pub confirmed_by: Option<String>,
        /// When.
        pub confirmed_at: Option<Timestamp>,
        /// When it was made.
        pub created_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, org_id, (select o.name from orgs o where o.id = org_id) as org_name, org_type, \
         org_path, month, opening_fen, earned_fen, refunded_fen, withdrawn_fen, other_fen, \
         closing_fen, orders, state, generated_by, confirmed_by, confirmed_at, created_at"
    };
}

row! {
    /// What the lines of a month come to, by what they are for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct MonthSums {
        /// Held before.
        pub opening_fen: Fen,
        /// Earned by charges.
        pub earned_fen: Fen,
        /// Given back.
        pub refunded_fen: Fen,
        /// Paid out.
        pub withdrawn_fen: Fen,
        /// All of the month.
        pub change_fen: Fen,
        /// Charges that brought something.
        pub orders: i64,
    }
}

/// What a party's accounts say about a time.
pub async fn month_sums(
    conn: Conn<'_>,
    kind: OrgType,
    org_id: i64,
    from: Timestamp,
    until: Timestamp,
) -> Result<MonthSums> {
    let code = |purse: &str| format!("{}:{org_id}:{purse}", kind.as_str());
    conn.one(
        "select cast(coalesce(sum(case when at < $4 then change else 0 end), 0) as bigint) \
         as opening_fen, \
         cast(coalesce(sum(case when at >= $4 and event_type in \
         ('split', 'reversal', 'occupancy', 'reservation') then change else 0 end), 0) \
         as bigint) as earned_fen, \
         cast(coalesce(sum(case when at >= $4 and event_type = 'refund_order' \
         then -change else 0 end), 0) as bigint) as refunded_fen, \
         cast(coalesce(sum(case when at >= $4 and event_type = 'withdraw_paid' \
         then -change else 0 end), 0) as bigint) as withdrawn_fen, \
         cast(coalesce(sum(case when at >= $4 then change else 0 end), 0) as bigint) \
         as change_fen, \
         count(distinct case when at >= $4 and event_type = 'split' then biz_no end) as orders \
         from (select j.posted_at as at, j.event_type, j.biz_no, \
         case l.side when 'C' then l.amount_fen else -l.amount_fen end as change \
         from journal_lines l join journals j on j.id = l.journal_id \
         where l.account in ($1, $2, $3) and j.posted_at < $5) as moved",
        args![
            code("pending"),
            code("available"),
            code("frozen"),
            from,
            until
        ],
    )
    .await
}

/// Writes a statement down, once for a party and a month: a repeat changes nothing.
pub async fn insert(conn: Conn<'_>, row: &StatementRow) -> Result<bool> {
    let made = conn
        .execute(
            "insert into statements (org_id, org_type, org_path, month, opening_fen, earned_fen, \
             refunded_fen, withdrawn_fen, other_fen, closing_fen, orders, generated_by, \
             created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
             on conflict (org_id, month) do nothing",
            args![
                row.org_id,
                row.org_type,
                row.org_path,
                row.month,
                row.opening_fen,
                row.earned_fen,
                row.refunded_fen,
                row.withdrawn_fen,
                row.other_fen,
                row.closing_fen,
                row.orders,
                row.generated_by,
                row.created_at
            ],
        )
        .await?;
    Ok(made == 1)
}

/// The statement of a party for a month.
pub async fn of_month(conn: Conn<'_>, org_id: i64, month: &str) -> Result<Option<StatementRow>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from statements where org_id = $1 and month = $2"
        ),
        args![org_id, month],
    )
    .await
}

/// A statement.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<StatementRow>> {
    conn.optional(
        concat!("select ", columns!(), " from statements where id = $1"),
        args![id],
    )
    .await
}

/// The party agrees. False when it did before.
pub async fn confirm(conn: Conn<'_>, id: i64, by: &str, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update statements set state = 'confirmed', confirmed_by = $2, confirmed_at = $3 \
             where id = $1 and state = 'generated'",
            args![id, by, now],
        )
        .await?;
    Ok(changed == 1)
}

/// Which statements a list shows.
#[derive(Clone, Debug, Default)]
pub struct StatementFilter {
    /// Of this organisation only.
    pub org_id: Option<i64>,
    /// Of organisations of this type only.
    pub org_type: Option<OrgType>,
    /// Of this month only.
    pub month: Option<String>,
    /// In this state only.
    pub state: Option<String>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// A page of statements, newest month first.
pub async fn list(
    conn: Conn<'_>,
    filter: &StatementFilter,
    page: PageRequest,
) -> Result<Page<StatementRow>> {
    Listing::of(columns!(), "statements")
        .within(OWNED, &filter.scope)
        .narrow("org_id =", filter.org_id.as_ref())
        .narrow("org_type =", filter.org_type.as_ref())
        .narrow("month =", filter.month.as_ref())
        .narrow("state =", filter.state.as_ref())
        .page(conn, "month desc, id desc", page)
        .await
}
