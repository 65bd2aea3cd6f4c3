//! `settlement_accounts`: where withdrawals go.

use crate::db::{Scalar, args, row, text_column};
use crate::paging::{Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result};
use domain::org::{OrgType, Scope};
use domain::withdrawal::{SettlementAccount, SettlementKind};
use kernel::Timestamp;

text_column!(SettlementKind);

row! {
    /// A row of `settlement_accounts`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct SettlementRow {
        /// Its row.
        pub id: i64,
        /// Whose.
        pub org_id: i64,
        /// The path of that.
        pub org_path: String,
        /// What kind it is.
        pub kind: SettlementKind,
        /// The name that it is in.
        pub holder: String,
        /// The bank.
        pub bank: Option<String>,
        /// Account number, openid, user id.
        pub account_no: String,
        /// `submitted`, `verified`, `rejected`, `removed`.
        pub state: String,
        /// Who entered it.
        pub entered_by: String,
        /// The account of that.
        pub entered_by_id: Option<i64>,
        /// Who looked at it.
        pub decided_by: Option<String>,
        /// When.
        pub decided_at: Option<Timestamp>,
        /// Why it was refused.
        pub reason: Option<String>,
        /// When it was entered.
        pub created_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, org_id, org_path, kind, holder, bank, account_no, state, entered_by, entered_by_id, \
         decided_by, decided_at, reason, created_at"
    };
}

/// Who enters an account, for which organisation.
#[derive(Clone, Copy, Debug)]
pub struct EnteredBy<'a> {
    /// The organisation.
    pub org_id: i64,
    /// Its path.
    pub org_path: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// The person's account.
    pub admin_id: Option<i64>,
}

/// Adds an account; its row.
pub async fn insert(
    conn: Conn<'_>,
    by: EnteredBy<'_>,
    account: &SettlementAccount,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into settlement_accounts (org_id, org_path, kind, holder, bank, account_no, \
             entered_by, entered_by_id, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) returning id as value",
            args![
                by.org_id,
                by.org_path,
                account.kind,
                account.holder,
                account.bank,
                account.number,
                by.name,
                by.admin_id,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// An account, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, id: i64) -> Result<Option<SettlementRow>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from settlement_accounts where id = $1 and state <> 'removed'"
        ),
        concat!(
            "select ",
            columns!(),
            " from settlement_accounts where id = $1 and state <> 'removed' for update"
        ),
    );
    conn.optional(sql, args![id]).await
}

/// Writes what was decided about an account.
pub async fn update(conn: Conn<'_>, row: &SettlementRow, now: Timestamp) -> Result<()> {
    conn.execute(
        "update settlement_accounts set state = $2, decided_by = $3, decided_at = $4, \
         reason = $5, updated_at = $6 where id = $1",
        args![
            row.id,
            row.state,
            row.decided_by,
            row.decided_at,
            row.reason,
            now
        ],
    )
    .await?;
    Ok(())
}

/// How many accounts an organisation has.
pub async fn count_of(conn: Conn<'_>, org_id: i64) -> Result<i64> {
    let Scalar(count) = conn
        .one(
            "select count(*) as value from settlement_accounts \
             where org_id = $1 and state <> 'removed'",
            args![org_id],
        )
        .await?;
    Ok(count)
}

/// Which accounts a list shows.
#[derive(Clone, Debug, Default)]
pub struct SettlementFilter {
    /// Of organisations of this type only.
    pub org_type: Option<OrgType>,
    /// Of this organisation only.
    pub org_id: Option<i64>,
    /// In this state only; otherwise all but those that were removed.
    pub state: Option<String>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// A page of accounts, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &SettlementFilter,
    page: PageRequest,
) -> Result<Page<SettlementRow>> {
    Listing::of(columns!(), "settlement_accounts")
        .within(OWNED, &filter.scope)
        .only("state <> 'removed'", filter.state.is_none())
        .narrow("state =", filter.state.as_ref())
        .narrow("org_id =", filter.org_id.as_ref())
        .narrow(
            "(select o.type from orgs o where o.id = org_id) =",
            filter.org_type.as_ref(),
        )
        .page(conn, "id desc", page)
        .await
}
