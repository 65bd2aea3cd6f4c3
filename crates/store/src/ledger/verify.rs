//! Whether the books are right: read-only, over everything.

use crate::db::{Scalar, row};
use crate::{Conn, Result};
use kernel::Fen;

/// Findings of one kind that a report names.
const NAMED_MAX: usize = 100;

row! {
    /// Something that is not as it should be.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Finding {
        /// The rule that it breaks.
        pub rule: String,
        /// The journal, account, order … that breaks it.
        pub object: String,
        /// What should be there, fen.
        pub expected: Fen,
        /// What is there, fen.
        pub found: Fen,
    }
}

/// What was looked at and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Journals looked at.
    pub journals: i64,
    /// Their lines.
    pub lines: i64,
    /// Accounts.
    pub accounts: i64,
    /// Rules looked after.
    pub rules: Vec<&'static str>,
    /// The first of each rule's findings.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Nothing was found.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// A rule and the statement that finds what breaks it.
const RULES: &[(&str, &str)] = &[
    (
        "journal_balances",
        "select 'journal_balances' as rule, cast(journal_id as text) as object, \
         cast(0 as bigint) as expected, \
         cast(sum(case side when 'D' then amount_fen else -amount_fen end) as bigint) as found \
         from journal_lines group by journal_id \
         having sum(case side when 'D' then amount_fen else -amount_fen end) <> 0 \
         order by journal_id limit 101",
    ),
    (
        "journal_has_lines",
        "select 'journal_has_lines' as rule, j.idempotency_key as object, \
         cast(2 as bigint) as expected, cast(0 as bigint) as found from journals j \
         where not exists (select 1 from journal_lines l where l.journal_id = j.id) \
         order by j.id limit 101",
    ),
    (
        "balance_is_sum_of_lines",
        "select 'balance_is_sum_of_lines' as rule, coalesce(a.code, s.account) as object, \
         coalesce(s.total, 0) as expected, coalesce(a.held, 0) as found \
         from (select code, cast(sum(case when type in ('asset', 'expense') \
         then balance_fen else -balance_fen end) as bigint) as held \
         from ledger_accounts group by code) a \
         full join (select account, cast(sum(case side when 'D' then amount_fen \
         else -amount_fen end) as bigint) as total from journal_lines group by account) s \
         on s.account = a.code \
         where coalesce(s.total, 0) <> coalesce(a.held, 0) order by 2 limit 101",
    ),
    (
        "no_pocket_below_nothing",
        "select 'no_pocket_below_nothing' as rule, code as object, cast(0 as bigint) as expected, \
         balance_fen as found from ledger_accounts \
         where balance_fen < 0 and not allow_negative order by code limit 101",
    ),
    (
        "books_balance",
        "select 'books_balance' as rule, 'all accounts' as object, cast(0 as bigint) as expected, \
         coalesce(cast(sum(case when type in ('asset', 'expense') \
         then balance_fen else -balance_fen end) as bigint), 0) as found from ledger_accounts \
         having coalesce(sum(case when type in ('asset', 'expense') \
         then balance_fen else -balance_fen end), 0) <> 0",
    ),
    (
        "nothing_stays_in_clearing",
        "select 'nothing_stays_in_clearing' as rule, j.biz_no as object, \
         cast(0 as bigint) as expected, \
         cast(sum(case l.side when 'C' then l.amount_fen else -l.amount_fen end) as bigint) \
         as found from journal_lines l join journals j on j.id = l.journal_id \
         where l.account = 'clearing:order' group by j.biz_no \
         having sum(case l.side when 'C' then l.amount_fen else -l.amount_fen end) <> 0 \
         order by j.biz_no limit 101",
    ),
    (
        "wallets_freeze_what_orders_hold",
        "select 'wallets_freeze_what_orders_hold' as rule, coalesce(a.code, h.code) as object, \
         coalesce(h.held, 0) as expected, coalesce(a.held, 0) as found \
         from (select code, balance_fen as held from ledger_accounts \
         where code like 'member:%:frozen') a \
         full join (select 'member:' || member_id || ':frozen' as code, \
         cast(sum(held) as bigint) as held from (select member_id, held_cash_fen as held \
         from order_money where payer ->> 'kind' = 'wallet' union all \
         select member_id, held_fen as held from fees where state = 'held') all_held \
         group by member_id) h on h.code = a.code \
         where coalesce(h.held, 0) <> coalesce(a.held, 0) order by 2 limit 101",
    ),
    (
        "gifts_freeze_what_orders_hold",
        "select 'gifts_freeze_what_orders_hold' as rule, coalesce(a.code, h.code) as object, \
         coalesce(h.held, 0) as expected, coalesce(a.held, 0) as found \
         from (select code, balance_fen as held from ledger_accounts \
         where code like 'member:%:frozen_gift') a \
         full join (select 'member:' || member_id || ':frozen_gift' as code, \
         cast(sum(held_gift_fen) as bigint) as held from order_money \
         where payer ->> 'kind' = 'wallet' group by member_id) h on h.code = a.code \
         where coalesce(h.held, 0) <> coalesce(a.held, 0) order by 2 limit 101",
    ),
    (
        "prepayments_hold_what_orders_hold",
        "select 'prepayments_hold_what_orders_hold' as rule, \
         coalesce(a.code, h.code) as object, coalesce(h.held, 0) as expected, \
         coalesce(a.held, 0) as found \
         from (select code, balance_fen as held from ledger_accounts \
         where code like 'prepay:order:%') a \
         full join (select 'prepay:order:' || order_no as code, \
         cast(sum(held) as bigint) as held from (select order_no, held_cash_fen as held \
         from order_money where payer ->> 'kind' = 'prepaid' union all \
         select biz_no as order_no, amount_fen as held from refunds \
         where kind = 'auto_unused' and state in ('requested', 'approved', 'rejected')) all_held \
         group by order_no) h on h.code = a.code \
         where coalesce(h.held, 0) <> coalesce(a.held, 0) order by 2 limit 101",
    ),
    (
        "cards_freeze_what_orders_hold",
        "select 'cards_freeze_what_orders_hold' as rule, coalesce(a.code, h.code) as object, \
         coalesce(h.held, 0) as expected, coalesce(a.held, 0) as found \
         from (select code, balance_fen as held from ledger_accounts \
         where code like 'card:%:frozen') a \
         full join (select 'card:' || card_no || ':frozen' as code, \
         cast(sum(held_cash_fen) as bigint) as held from order_money \
         where payer ->> 'kind' = 'card' group by card_no) h on h.code = a.code \
         where coalesce(h.held, 0) <> coalesce(a.held, 0) order by 2 limit 101",
    ),
];

/// Checks every rule. Each statement sees the whole table; run it beside the work, on a
/// connection for reading.
pub async fn verify(mut conn: Conn<'_>) -> Result<Report> {
    let mut report = Report::default();
    for (sql, figure) in [
        (
            "select count(*) as value from journals",
            &mut report.journals,
        ),
        (
            "select count(*) as value from journal_lines",
            &mut report.lines,
        ),
        (
            "select count(distinct code) as value from ledger_accounts",
            &mut report.accounts,
        ),
    ] {
        let Scalar(count) = conn.again().one(sql, &[]).await?;
        *figure = count;
    }
    for (rule, sql) in RULES {
        report.rules.push(rule);
        let found: Vec<Finding> = conn.again().all(*sql, &[]).await?;
        report.findings.extend(found.into_iter().take(NAMED_MAX));
    }
    Ok(report)
}
