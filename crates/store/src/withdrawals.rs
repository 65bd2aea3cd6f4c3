//! `withdrawals`: money that agents and merchants take out.

use crate::db::{args, row, text_column};
use crate::paging::{Listing, OWNED, Page, PageRequest, Sort};
use crate::{Conn, Result};
use domain::org::{OrgType, Scope};
use domain::withdrawal::{SettlementKind, WithdrawalMethod, WithdrawalState};
use kernel::{Fen, Timestamp};

text_column!(WithdrawalMethod WithdrawalState);

row! {
    /// A row of `withdrawals`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct WithdrawalRow {
        /// Its number.
        pub withdraw_no: String,
        /// Whose money.
        pub org_id: i64,
        /// Its name.
        pub org_name: String,
        /// What that is.
        pub org_type: OrgType,
        /// The path of that.
        pub org_path: String,
        /// How much, fee and tax included.
        pub amount_fen: Fen,
        /// The platform's fee.
        pub fee_fen: Fen,
        /// Tax that is kept back.
        pub tax_fen: Fen,
        /// What the payee gets.
        pub net_fen: Fen,
        /// How it is paid.
        pub method: WithdrawalMethod,
        /// Where it is.
        pub state: WithdrawalState,
        /// The account that it goes to, by its row.
        pub account_id: i64,
        /// What kind that was when it was asked for.
        pub account_kind: SettlementKind,
        /// The name that it was in.
        pub holder: String,
        /// Its bank.
        pub bank: Option<String>,
        /// Account number, openid, user id.
        pub account_no: String,
        /// Who asked.
        pub applied_by: String,
        /// The account of that.
        pub applied_by_id: Option<i64>,
        /// The first of two who granted it.
        pub first_audit_by: Option<String>,
        /// Who decided.
        pub audited_by: Option<String>,
        /// When.
        pub audited_at: Option<Timestamp>,
        /// Who had it paid.
        pub paid_by: Option<String>,
        /// When it went to its channel.
        pub sent_at: Option<Timestamp>,
        /// Since when its payee is waited for.
        pub waits_since: Option<Timestamp>,
        /// What the payee's app confirms with.
        pub package_info: Option<String>,
        /// The channel's number.
        pub channel_no: Option<String>,
        /// The bank's number.
        pub voucher_no: Option<String>,
        /// Why it came to nothing.
        pub fail_reason: Option<String>,
        /// How often the channel was asked.
        pub asked: i32,
        /// When it was over.
        pub finished_at: Option<Timestamp>,
        /// When it was asked for.
        pub created_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "withdraw_no, org_id, (select o.name from orgs o where o.id = org_id) as org_name, \
         org_type, org_path, amount_fen, fee_fen, tax_fen, net_fen, method, state, account_id, account_kind, holder, bank, account_no, applied_by, applied_by_id, \
         first_audit_by, audited_by, audited_at, paid_by, sent_at, waits_since, package_info, \
         channel_no, voucher_no, fail_reason, asked, finished_at, created_at"
    };
}

/// Adds a withdrawal; `next_query_at` when its channel is to hear of it.
pub async fn insert(
    conn: Conn<'_>,
    row: &WithdrawalRow,
    next_query_at: Option<Timestamp>,
) -> Result<()> {
    conn.execute(
        "insert into withdrawals (withdraw_no, org_id, org_type, org_path, amount_fen, fee_fen, \
         tax_fen, net_fen, method, state, account_id, account_kind, holder, bank, account_no, \
         applied_by, applied_by_id, audited_by, audited_at, paid_by, sent_at, next_query_at, \
         created_at, updated_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
         $18, $19, $20, $21, $22, $23, $23)",
        args![
            row.withdraw_no,
            row.org_id,
            row.org_type,
            row.org_path,
            row.amount_fen,
            row.fee_fen,
            row.tax_fen,
            row.net_fen,
            row.method,
            row.state,
            row.account_id,
            row.account_kind,
            row.holder,
            row.bank,
            row.account_no,
            row.applied_by,
            row.applied_by_id,
            row.audited_by,
            row.audited_at,
            row.paid_by,
            row.sent_at,
            next_query_at,
            row.created_at
        ],
    )
    .await?;
    Ok(())
}

/// A withdrawal.
pub async fn find(conn: Conn<'_>, withdraw_no: &str) -> Result<Option<WithdrawalRow>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from withdrawals where withdraw_no = $1"
        ),
        args![withdraw_no],
    )
    .await
}

/// A withdrawal, locked until the transaction ends.
pub async fn lock(conn: Conn<'_>, withdraw_no: &str) -> Result<Option<WithdrawalRow>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from withdrawals where withdraw_no = $1"
        ),
        concat!(
            "select ",
            columns!(),
            " from withdrawals where withdraw_no = $1 for update"
        ),
    );
    conn.optional(sql, args![withdraw_no]).await
}

/// Writes where a withdrawal is and when something is to be done about it.
pub async fn update(
    conn: Conn<'_>,
    row: &WithdrawalRow,
    next_query_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "update withdrawals set state = $2, first_audit_by = $3, audited_by = $4, \
         audited_at = $5, paid_by = $6, sent_at = $7, waits_since = $8, package_info = $9, \
         channel_no = $10, voucher_no = $11, fail_reason = $12, asked = $13, \
         next_query_at = $14, finished_at = $15, updated_at = $16 where withdraw_no = $1",
        args![
            row.withdraw_no,
            row.state,
            row.first_audit_by,
            row.audited_by,
            row.audited_at,
            row.paid_by,
            row.sent_at,
            row.waits_since,
            row.package_info,
            row.channel_no,
            row.voucher_no,
            row.fail_reason,
            row.asked,
            next_query_at,
            row.finished_at,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Withdrawals about which their channels are to hear or to be asked, oldest first.
pub async fn due(conn: Conn<'_>, now: Timestamp, limit: u32) -> Result<Vec<WithdrawalRow>> {
    conn.all(
        concat!(
            "select ",
            columns!(),
            " from withdrawals where next_query_at <= $1 order by next_query_at limit $2"
        ),
        args![now, limit],
    )
    .await
}

row! {
    /// What an organisation asked for since some time.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct AskedFor {
        /// How often.
        pub times: i64,
        /// What it comes to.
        pub amount_fen: Fen,
    }
}

/// What an organisation has asked for since then; what came to nothing does not count.
pub async fn asked_since(conn: Conn<'_>, org_id: i64, since: Timestamp) -> Result<AskedFor> {
    conn.one(
        "select count(*) as times, cast(coalesce(sum(amount_fen), 0) as bigint) as amount_fen \
         from withdrawals where org_id = $1 and created_at >= $2 \
         and state not in ('cancelled', 'rejected', 'failed')",
        args![org_id, since],
    )
    .await
}

/// Which withdrawals a list shows.
#[derive(Clone, Debug, Default)]
pub struct WithdrawalFilter {
    /// Of organisations of this type only.
    pub org_type: Option<OrgType>,
    /// Of this organisation only.
    pub org_id: Option<i64>,
    /// In this state only.
    pub state: Option<WithdrawalState>,
    /// Paid this way only.
    pub method: Option<WithdrawalMethod>,
    /// With this number only.
    pub withdraw_no: Option<String>,
    /// Asked for from then on.
    pub from: Option<Timestamp>,
    /// Asked for before then.
    pub until: Option<Timestamp>,
    /// Of these organisations only.
    pub scope: Scope,
}

/// The orders of the list.
pub const SORT: Sort = Sort(&[
    ("-created_at", "created_at desc, withdraw_no desc"),
    ("created_at", "created_at, withdraw_no"),
    ("amount_fen", "amount_fen, withdraw_no"),
    ("-amount_fen", "amount_fen desc, withdraw_no desc"),
]);

/// A page of withdrawals.
pub async fn list(
    conn: Conn<'_>,
    filter: &WithdrawalFilter,
    sort: Option<&str>,
    page: PageRequest,
) -> Result<Page<WithdrawalRow>> {
    let usual = "created_at desc, withdraw_no desc";
    Listing::of(columns!(), "withdrawals")
        .within(OWNED, &filter.scope)
        .narrow("org_type =", filter.org_type.as_ref())
        .narrow("org_id =", filter.org_id.as_ref())
        .narrow("state =", filter.state.as_ref())
        .narrow("method =", filter.method.as_ref())
        .narrow("withdraw_no =", filter.withdraw_no.as_ref())
        .narrow("created_at >=", filter.from.as_ref())
        .narrow("created_at <", filter.until.as_ref())
        .page(conn, SORT.clause(sort).unwrap_or(usual), page)
        .await
}
