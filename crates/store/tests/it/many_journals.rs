//! How long the books of a large operator take to be checked. Not part of the tests:
//! `cargo test -p store --test it many_journals -- --ignored --nocapture`.

use crate::fixtures::device;
use sqlx::AssertSqlSafe;
use std::time::Instant;
use store::{Db, Tx, ledger};

/// Orders; each has five journals with twelve lines, a payment and three shares.
const ORDERS: i64 = 200_000;

/// What each order leaves behind: 50 yuan paid in and held, 30 billed and shared, 20 free again.
const STATEMENTS: &[&str] = &[
    "insert into orders (order_no, device_id, phy_id, port_no, status, source, charge_mode, \
     created_at, updated_at, tariff_snapshot) {numbers} select 'APP' || (1729407600000 + i), \
     (select min(id) from devices), '82210225000520', 1, 'completed', 'app', 1, {now}, {now}, \
     cast('{}' as {json}) from n",
    "insert into journals (id, event_type, biz_no, idempotency_key, posted_at, actor, \
     document_no, value_at) {numbers} select i * 5, 'recharge', 'RC' || i, 'recharge:RC' || i, \
     {now}, 'bench', 'PY' || i, {now} from n",
    "insert into journals (id, event_type, biz_no, idempotency_key, posted_at, actor) {numbers} \
     select i * 5 + k, kind, 'APP' || (1729407600000 + i), \
     kind || ':APP' || (1729407600000 + i) || ':1', {now}, 'bench' from n \
     cross join (select 1 as k, 'freeze' as kind union all select 2, 'settle' \
     union all select 3, 'split' union all select 4, 'release') as kinds",
    "insert into journal_lines (journal_id, seq, account, side, amount_fen) {numbers} \
     select i * 5 + k, seq, case account when 'cash' then 'member:' || (i % 50000) || ':cash' \
     when 'frozen' then 'member:' || (i % 50000) || ':frozen' else account end, side, fen from n \
     cross join (select 0 as k, 0 as seq, 'asset:mock' as account, 'D' as side, 5000 as fen \
     union all select 0, 1, 'cash', 'C', 5000 \
     union all select 1, 0, 'cash', 'D', 5000 union all select 1, 1, 'frozen', 'C', 5000 \
     union all select 2, 0, 'frozen', 'D', 3000 \
     union all select 2, 1, 'clearing:order', 'C', 3000 \
     union all select 3, 0, 'clearing:order', 'D', 3000 \
     union all select 3, 1, 'merchant:7:pending', 'C', 2000 \
     union all select 3, 2, 'agent:9:pending', 'C', 200 \
     union all select 3, 3, 'income:commission_service', 'C', 800 \
     union all select 4, 0, 'frozen', 'D', 2000 union all select 4, 1, 'cash', 'C', 2000) \
     as lines",
    "insert into ledger_accounts (code, stripe, type, allow_negative, balance_fen, updated_at) \
     select account, 0, case when account like 'asset:%' then 'asset' \
     when account like 'income:%' then 'income' else 'liability' end, {false}, \
     abs(sum(case side when 'D' then amount_fen else -amount_fen end)), {now} \
     from journal_lines group by account",
    "insert into order_money (order_no, payer, member_id, state, round, held_cash_fen, \
     held_gift_fen, created_at, updated_at) {numbers} select 'APP' || (1729407600000 + i), \
     cast('{\"kind\":\"wallet\",\"member\":1}' as {json}), i % 50000, 'settled', 1, 0, 0, {now}, \
     {now} from n",
    "insert into commission_entries (order_no, round, payee_org_id, payee_type, fee_type, \
     base_fen, rate_bp, amount_fen, state, created_at) {numbers} \
     select 'APP' || (1729407600000 + i), 1, org, payee, 'service', base, 1, fen, 'available', \
     {now} from n cross join (select 1 as org, 'platform' as payee, 3000 as base, 800 as fen \
     union all select 7, 'merchant', 2200, 2000 union all select 9, 'agent', 2200, 200) as payees",
    "insert into payments (payment_no, biz_type, biz_no, channel, amount_fen, state, expire_at, \
     paid_at, created_at, updated_at) {numbers} select 'PY' || i, 'recharge', 'RC' || i, 'mock', \
     5000, 'paid', {now}, {now}, {now}, {now} from n",
    "insert into reconciliations (channel, day, begins_at, state, their_count, their_in_fen, \
     their_out_fen, fee_fen, our_count, our_in_fen, our_out_fen, our_fee_fen, run_by, run_at) \
     select 'mock', '2024-10-20', {midnight}, 'clean', count(*), sum(amount_fen), 0, 0, count(*), \
     sum(amount_fen), 0, 0, 'bench', {now} from payments",
];

async fn run(db: &Db, statement: &str) {
    let postgres = matches!(db.engine(), "postgres" | "postgresql");
    let (now, midnight) = if postgres {
        ("to_timestamp(1729407600)", "to_timestamp(1729353600)")
    } else {
        ("1729407600000", "1729353600000")
    };
    let numbers = format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {ORDERS})"
    );
    let sql = statement
        .replace("{numbers}", &numbers)
        .replace("{now}", now)
        .replace("{midnight}", midnight)
        .replace("{json}", if postgres { "jsonb" } else { "text" })
        .replace("{false}", if postgres { "false" } else { "0" });
    match db.begin().await.expect("a transaction") {
        Tx::Sqlite(mut tx) => {
            let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await;
            done.expect(statement);
            tx.commit().await.expect("committed");
        }
        Tx::Pg(mut tx) => {
            // Long, and right by its making.
            for freedom in [
                "set local statement_timeout = 0",
                "set local session_replication_role = replica",
            ] {
                let set = sqlx::query(freedom).execute(&mut *tx).await;
                set.expect(freedom);
            }
            let done = sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await;
            done.expect(statement);
            tx.commit().await.expect("committed");
        }
    }
}

async fn measured(db: &Db) {
    device(db, "82210225000520").await;
    for statement in STATEMENTS {
        run(db, statement).await;
    }
    run(db, "analyze").await;
    for turn in 1..=2 {
        let mut view = db.view().await.expect("a connection");
        let begun = Instant::now();
        let report = ledger::verify(view.conn()).await.expect("read");
        assert!(report.is_clean(), "{report:#?}");
        println!(
            "{}, run {turn}: {} journals, {} lines checked in {:.1} s",
            db.engine(),
            report.journals,
            report.lines,
            begun.elapsed().as_secs_f64()
        );
    }
}

#[tokio::test]
#[ignore = "takes minutes and measures; it decides nothing"]
async fn on_sqlite() {
    let test = testkit::db::TestDb::sqlite().await.expect("SQLite");
    measured(&test.db).await;
    test.remove().await.expect("removed");
}

#[tokio::test]
#[ignore = "takes minutes and measures; it decides nothing"]
async fn on_postgres() {
    let test = testkit::db::TestDb::postgres().await.expect("PostgreSQL");
    measured(&test.db).await;
    test.remove().await.expect("removed");
}
