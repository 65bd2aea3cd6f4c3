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
        "select 'balance_is_sum_of_lines' as rule, code as object, \
         cast(sum(total) as bigint) as expected, cast(sum(held) as bigint) as found \
         from (select code, 0 as total, sum(case when type in ('asset', 'expense') \
         then balance_fen else -balance_fen end) as held from ledger_accounts group by code \
         union all select account, sum(case side when 'D' then amount_fen else -amount_fen end), 0 \
         from journal_lines group by account) as both_sides \
         group by code having sum(total) <> sum(held) order by 2 limit 101",
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
        "select 'wallets_freeze_what_orders_hold' as rule, code as object, \
         cast(sum(wanted) as bigint) as expected, cast(sum(held) as bigint) as found \
         from (select code, 0 as wanted, balance_fen as held from ledger_accounts \
         where code like 'member:%:frozen' \
         union all select 'member:' || member_id || ':frozen', sum(held_cash_fen), 0 from order_money \
         where payer ->> 'kind' = 'wallet' group by member_id \
         union all select 'member:' || member_id || ':frozen', sum(held_fen), 0 from fees \
         where state = 'held' group by member_id) as both_sides \
         group by code having sum(wanted) <> sum(held) order by 2 limit 101",
    ),
    (
        "gifts_freeze_what_orders_hold",
        "select 'gifts_freeze_what_orders_hold' as rule, code as object, \
         cast(sum(wanted) as bigint) as expected, cast(sum(held) as bigint) as found \
         from (select code, 0 as wanted, balance_fen as held from ledger_accounts \
         where code like 'member:%:frozen_gift' \
         union all select 'member:' || member_id || ':frozen_gift', sum(held_gift_fen), 0 from order_money \
         where payer ->> 'kind' = 'wallet' group by member_id) as both_sides \
         group by code having sum(wanted) <> sum(held) order by 2 limit 101",
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
        "select 'cards_freeze_what_orders_hold' as rule, code as object, \
         cast(sum(wanted) as bigint) as expected, cast(sum(held) as bigint) as found \
         from (select code, 0 as wanted, balance_fen as held from ledger_accounts \
         where code like 'card:%:frozen' \
         union all select 'card:' || card_no || ':frozen', sum(held_cash_fen), 0 from order_money \
         where payer ->> 'kind' = 'card' group by card_no) as both_sides \
         group by code having sum(wanted) <> sum(held) order by 2 limit 101",
    ),
    (
        "parties_freeze_what_withdrawals_hold",
        "select 'parties_freeze_what_withdrawals_hold' as rule, coalesce(a.code, h.code) as object, \
         coalesce(h.held, 0) as expected, coalesce(a.held, 0) as found \
         from (select code, balance_fen as held from ledger_accounts \
         where code like 'agent:%:frozen' or code like 'merchant:%:frozen') a \
         full join (select org_type || ':' || org_id || ':frozen' as code, \
         cast(sum(amount_fen) as bigint) as held from withdrawals \
         where state in ('submitted', 'approved', 'paying', 'wait_confirm') \
         group by org_type, org_id) h on h.code = a.code \
         where coalesce(h.held, 0) <> coalesce(a.held, 0) order by 2 limit 101",
    ),
    (
        "orders_hold_capture_or_release",
        "select 'orders_hold_capture_or_release' as rule, order_no as object, \
         cast(sum(wanted) as bigint) as expected, cast(sum(held) as bigint) as found \
         from (select j.biz_no as order_no, 0 as wanted, \
         case l.side when 'C' then l.amount_fen else -l.amount_fen end as held \
         from journal_lines l join journals j on j.id = l.journal_id \
         where l.account like 'member:%:frozen%' or l.account like 'card:%:frozen' \
         or l.account like 'company:%:frozen' \
         union all select order_no, held_cash_fen + held_gift_fen, 0 from order_money \
         where payer ->> 'kind' in ('wallet', 'card', 'company') \
         union all select fee_no, held_fen, 0 from fees where state = 'held') as both_sides \
         group by order_no having sum(wanted) <> sum(held) order by 2 limit 101",
    ),
    (
        "shares_add_up_to_their_fee",
        "select 'shares_add_up_to_their_fee' as rule, order_no || ' ' || fee_type as object, \
         max(base_fen) as expected, cast(sum(amount_fen) as bigint) as found \
         from commission_entries where base_fen > 0 group by order_no, round, fee_type \
         having sum(amount_fen) <> max(base_fen) order by 2 limit 101",
    ),
    (
        "shares_are_what_was_split",
        "select 'shares_are_what_was_split' as rule, order_no as object, \
         cast(sum(total) as bigint) as expected, cast(sum(shared) as bigint) as found \
         from (select j.biz_no as order_no, 1 as splits, 0 as shared, \
         case l.side when 'D' then l.amount_fen else -l.amount_fen end as total \
         from journals j join journal_lines l on l.journal_id = j.id \
         where (j.event_type = 'split' or j.idempotency_key like 'reversal:split:%') \
         and l.account = 'clearing:order' \
         union all select order_no, 0, amount_fen, 0 from commission_entries \
         where base_fen > 0 and state <> 'reversed') as both_sides \
         group by order_no having sum(total) <> sum(shared) and max(splits) = 1 \
         order by 2 limit 101",
    ),
    (
        "payments_cover_their_refunds",
        "select 'payments_cover_their_refunds' as rule, p.payment_no as object, \
         p.amount_fen as expected, r.given as found from payments p \
         join (select payment_no, cast(sum(amount_fen) as bigint) as given from refunds \
         where payment_no is not null \
         and state in ('approved', 'processing', 'abnormal', 'success') \
         group by payment_no) r on r.payment_no = p.payment_no \
         where r.given > p.amount_fen order by 2 limit 101",
    ),
    (
        "payments_count_their_refunds",
        "select 'payments_count_their_refunds' as rule, payment_no as object, \
         cast(sum(done) as bigint) as expected, cast(sum(counted) as bigint) as found \
         from (select payment_no, 0 as done, refunded_fen as counted from payments \
         union all select payment_no, amount_fen, 0 from refunds \
         where payment_no is not null and state = 'success' and route = 'original') as both_sides \
         group by payment_no having sum(done) <> sum(counted) order by 2 limit 101",
    ),
    (
        "journals_have_keys",
        "select 'journals_have_keys' as rule, cast(id as text) as object, \
         cast(1 as bigint) as expected, cast(0 as bigint) as found from journals \
         where idempotency_key not like event_type || ':_%' order by id limit 101",
    ),
];

/// The rule about days that were compared with a channel's statement. The two texts differ in how
/// an instant becomes a number of the Shanghai calendar's days.
const DAYS_STAY: &str = "reconciled_days_stay";

macro_rules! days_stay {
    ($moved:literal, $begins:literal) => {
        concat!(
            "select 'reconciled_days_stay' as rule, r.channel || ' ' || r.day as object, \
             r.their_in_fen - r.their_out_fen - r.fee_fen - r.accepted_fen as expected, \
             coalesce(b.net, 0) as found from reconciliations r left join (select l.account, ",
            $moved,
            " as day_no, cast(sum(case l.side when 'D' then l.amount_fen \
             else -l.amount_fen end) as bigint) as net \
             from journal_lines l join journals j on j.id = l.journal_id where l.account in \
             ('asset:wechat', 'asset:alipay', 'asset:unionpay', 'asset:mock') \
             and j.event_type not in ('transfer', 'withdraw_paid') group by 1, 2) b \
             on b.account = 'asset:' || r.channel and b.day_no = ",
            $begins,
            " where r.state in ('clean', 'resolved') \
             and r.their_in_fen - r.their_out_fen - r.fee_fen - r.accepted_fen \
             <> coalesce(b.net, 0) order by 2 limit 101"
        )
    };
}

const DAYS_STAY_SQLITE: &str = days_stay!(
    "(coalesce(j.value_at, j.posted_at) + 28800000) / 86400000",
    "(r.begins_at + 28800000) / 86400000"
);

const DAYS_STAY_POSTGRES: &str = days_stay!(
    "cast(floor((extract(epoch from coalesce(j.value_at, j.posted_at)) + 28800) / 86400) \
     as bigint)",
    "cast(floor((extract(epoch from r.begins_at) + 28800) / 86400) as bigint)"
);

/// What all accounts together hold, debits above credits: nothing, in books that are right.
pub async fn sum_of_accounts(conn: Conn<'_>) -> Result<Fen> {
    let Scalar(sum) = conn
        .one(
            "select coalesce(cast(sum(case when type in ('asset', 'expense') \
             then balance_fen else -balance_fen end) as bigint), 0) as value from ledger_accounts",
            &[],
        )
        .await?;
    Ok(Fen(sum))
}

/// Checks every rule. Each statement sees the whole table; run it beside the work, on a
/// connection for reading. Large books may take longer than statements otherwise do.
pub async fn verify(mut conn: Conn<'_>) -> Result<Report> {
    if !conn.is_postgres() {
        return every_rule(conn).await;
    }
    conn.again()
        .execute("set statement_timeout = '10min'", &[])
        .await?;
    let report = every_rule(conn.again()).await;
    let reset = conn.execute("reset statement_timeout", &[]).await;
    let report = report?;
    reset?;
    Ok(report)
}

async fn every_rule(mut conn: Conn<'_>) -> Result<Report> {
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
    let days_stay = conn.choose(DAYS_STAY_SQLITE, DAYS_STAY_POSTGRES);
    let rules = RULES.iter().copied().chain([(DAYS_STAY, days_stay)]);
    for (rule, sql) in rules {
        report.rules.push(rule);
        let found: Vec<Finding> = conn.again().all(sql, &[]).await?;
        report.findings.extend(found.into_iter().take(NAMED_MAX));
    }
    Ok(report)
}
