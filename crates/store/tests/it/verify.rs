//! Every rule of the books, broken by hand and found.

use crate::fixtures::{NOW, device, stored};
use domain::commission::{Entry, FeeType, Payee};
use domain::ledger::postings::{self, Capture, Share};
use domain::ledger::{Account, Asset, Income, PartyPurse};
use domain::payer::{Payer, Sums};
use domain::payment::PaymentState;
use domain::refund::{RefundKind, RefundRoute, RefundState};
use domain::settlement::{Place, Wishes};
use kernel::{BasisPoints, Fen, MemberId, OrgId, Timestamp};
use sqlx::AssertSqlSafe;
use store::ledger::{self, Finding};
use store::order_money::{self, MoneyState, OrderMoney};
use store::payments::{self, PaymentRow};
use store::reconciliations::{self, ReconciliationRow};
use store::refunds::{self, RefundRow};
use store::{Db, Tx, commission};

const MEMBER: MemberId = MemberId(12);
const MERCHANT: OrgId = OrgId(7);
const ORDER: &str = "APP1729407600001";
/// Midnight in Shanghai before [`NOW`].
const MIDNIGHT: Timestamp = Timestamp::from_unix_seconds(1_729_353_600);

fn cash(fen: i64) -> Sums {
    Sums {
        cash: Fen(fen),
        gift: Fen::ZERO,
    }
}

fn wallet() -> Payer {
    Payer::Wallet { member: MEMBER }
}

fn place() -> Place {
    Place {
        owner: Some(MERCHANT),
        ..Place::default()
    }
}

fn payment() -> PaymentRow {
    PaymentRow {
        payment_no: "PY1".to_owned(),
        biz_type: "recharge".to_owned(),
        biz_no: "RC1".to_owned(),
        member: None,
        channel: "mock".to_owned(),
        amount: Fen(10_000),
        state: PaymentState::PartRefunded,
        payer_id: None,
        channel_trade_no: None,
        ticket: None,
        asked: 0,
        expire_at: NOW,
        paid_at: Some(NOW),
        refunded: Fen(1000),
        created_at: NOW,
    }
}

fn refund() -> RefundRow {
    RefundRow {
        refund_no: "RF1".to_owned(),
        payment_no: Some("PY1".to_owned()),
        biz_no: "wallet:12".to_owned(),
        member: None,
        amount: Fen(1000),
        kind: RefundKind::WalletWithdraw,
        route: RefundRoute::Original,
        state: RefundState::Success,
        reason: "x".to_owned(),
        applicant: "x".to_owned(),
        auditor: None,
        channel_refund_no: None,
        asked: 1,
        finished_at: Some(NOW),
        created_at: NOW,
    }
}

/// A compared day: 100 yuan paid, 60 fen of fees, 10 yuan back.
fn day() -> ReconciliationRow {
    ReconciliationRow {
        channel: "mock".to_owned(),
        day: "2024-10-20".to_owned(),
        begins_at: MIDNIGHT,
        state: "clean".to_owned(),
        their_count: 2,
        their_in_fen: Fen(10_000),
        their_out_fen: Fen(1000),
        fee_fen: Fen(60),
        our_count: 2,
        our_in_fen: Fen(10_000),
        our_out_fen: Fen(1000),
        our_fee_fen: Fen(60),
        accepted_fen: Fen::ZERO,
        runs: 1,
        run_by: "system".to_owned(),
        run_at: NOW,
    }
}

/// A member tops up 100 yuan and charges: 50 held, 30 billed, 20 free again; 10 go back.
async fn business(db: &Db) {
    let id = device(db, "82210225000520").await;
    let order = stored(db, ORDER, id, 1).await.order_no;
    let capture = Capture {
        held: cash(3000),
        ..Capture::default()
    };
    let shares = [
        Share {
            account: Account::Income(Income::CommissionService),
            amount: Fen(1000),
        },
        Share {
            account: Account::Merchant(MERCHANT, PartyPurse::Pending),
            amount: Fen(2000),
        },
    ];
    let [bill, split] = postings::settle(order, &wallet(), &capture, &shares, 1);
    let journals = [
        postings::recharge("RC1", MEMBER, Asset::Mock, Fen(10_000), Fen(100))
            .at_channel("PY1", NOW),
        postings::channel_fee("PY1", Asset::Mock, Fen(60)).at_channel("PY1", NOW),
        postings::freeze(order, &wallet(), cash(5000)),
        bill,
        split,
        postings::release(order, &wallet(), cash(2000), 1),
        postings::wallet_withdraw("RF1", MEMBER, Fen(1000)),
        postings::refund_paid("RF1", Asset::Mock, Fen(1000)).at_channel("RF1", NOW),
        postings::to_bank("mock:1", Asset::Mock, Fen(4000)),
    ];
    let entry = |payee, amount, base, rate| Entry {
        payee,
        fee_type: FeeType::Service,
        level: None,
        base: Fen(base),
        rate_bp: BasisPoints(rate),
        amount: Fen(amount),
    };
    let entries = [
        entry(Payee::Platform, 1000, 3000, 3334),
        entry(Payee::Org(MERCHANT), 2000, 2000, 10_000),
    ];
    let mut money = OrderMoney {
        order_no: order,
        payer: wallet(),
        card_no: None,
        place: place(),
        state: MoneyState::Held,
        round: 0,
        held: cash(5000),
        reserved: Fen::ZERO,
        limit: Fen(5000),
        settled: None,
        wishes: Wishes::default(),
        refunded: Fen::ZERO,
        counted: None,
    };
    let mut tx = db.begin().await.expect("a transaction");
    ledger::post(tx.conn(), &journals, "test", NOW)
        .await
        .expect("posted");
    order_money::insert(tx.conn(), &money, NOW)
        .await
        .expect("written");
    (money.state, money.round, money.held) = (MoneyState::Settled, 1, Sums::NOTHING);
    order_money::update(tx.conn(), &money, NOW)
        .await
        .expect("written");
    commission::insert_entries(tx.conn(), ORDER, 1, &entries, &place(), Some(NOW), NOW)
        .await
        .expect("written");
    payments::insert(tx.conn(), &payment(), NOW, NOW)
        .await
        .expect("written");
    payments::update(tx.conn(), &payment(), None, NOW)
        .await
        .expect("written");
    refunds::insert(tx.conn(), &refund(), None)
        .await
        .expect("written");
    reconciliations::put(tx.conn(), &day())
        .await
        .expect("written");
    tx.commit().await.expect("committed");
}

async fn findings(db: &Db) -> Vec<Finding> {
    let mut view = db.view().await.expect("a connection");
    let report = ledger::verify(view.conn()).await.expect("read");
    assert!(report.rules.len() >= 16, "{:?}", report.rules);
    report.findings
}

/// What a statement breaks, and what is found; afterwards everything is as it was.
async fn broken(db: &Db, sql: &str) -> Vec<Finding> {
    let report = match db.begin().await.expect("a transaction") {
        Tx::Sqlite(mut tx) => {
            let changed = sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await;
            assert!(changed.expect(sql).rows_affected() > 0, "{sql}");
            let mut tx = Tx::Sqlite(tx);
            let report = ledger::verify(tx.conn()).await.expect("read");
            tx.rollback().await.expect("undone");
            report
        }
        Tx::Pg(mut tx) => {
            let changed = sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await;
            assert!(changed.expect(sql).rows_affected() > 0, "{sql}");
            let mut tx = Tx::Pg(tx);
            let report = ledger::verify(tx.conn()).await.expect("read");
            tx.rollback().await.expect("undone");
            report
        }
    };
    report.findings
}

testkit::both_engines! {
    async fn every_rule_finds_what_breaks_it(db: &Db) {
        business(db).await;
        assert_eq!(findings(db).await, [], "the business is right");
        for (rule, object, expected, found, sql) in [
            ("orders_hold_capture_or_release", ORDER, 100, 0,
                "update order_money set held_cash_fen = 100"),
            ("orders_hold_capture_or_release", ORDER, 0, -2000,
                "update journals set biz_no = 'APP1729407600002' where event_type = 'freeze' \
                 or event_type = 'settle'"),
            ("shares_add_up_to_their_fee", "APP1729407600001 service", 3000, 2999,
                "update commission_entries set amount_fen = 1999 where amount_fen = 2000"),
            ("shares_are_what_was_split", ORDER, 3000, 2000,
                "delete from commission_entries where payee_type = 'platform'"),
            ("shares_are_what_was_split", ORDER, 3000, 0,
                "update commission_entries set state = 'reversed'"),
            ("payments_cover_their_refunds", "PY1", 900, 1000,
                "update payments set amount_fen = 900"),
            ("payments_count_their_refunds", "PY1", 1000, 999,
                "update payments set refunded_fen = 999"),
            ("payments_count_their_refunds", "PY1", 0, 1000,
                "update refunds set state = 'failed'"),
            ("journals_have_keys", "1", 1, 0,
                "update journals set idempotency_key = '' where id = 1"),
            ("journals_have_keys", "2", 1, 0,
                "update journals set idempotency_key = 'channel_fee:' where id = 2"),
            ("reconciled_days_stay", "mock 2024-10-20", 8940, 9000,
                "update journals set event_type = 'transfer' where event_type = 'channel_fee'"),
            ("reconciled_days_stay", "mock 2024-10-20", 8940, 9940,
                "update journals set event_type = 'transfer' where event_type = 'refund_paid'"),
            ("reconciled_days_stay", "mock 2024-10-20", 8840, 8940,
                "update reconciliations set accepted_fen = 100"),
        ] {
            let broken = broken(db, sql).await;
            let expected = Finding {
                rule: rule.to_owned(), object: object.to_owned(),
                expected: Fen(expected), found: Fen(found),
            };
            assert!(broken.contains(&expected), "{sql}: {broken:#?}");
        }
        assert_eq!(findings(db).await, [], "nothing was left behind");
    }

    /// A movement counts on the day that the channel says, whenever it was posted.
    async fn a_late_posting_belongs_to_its_day(db: &Db) {
        let eve = Timestamp(MIDNIGHT.0 - 1);
        let paid = postings::recharge("RC1", MEMBER, Asset::Mock, Fen(700), Fen::ZERO)
            .at_channel("PY1", eve);
        let plain = postings::recharge("RC2", MEMBER, Asset::Mock, Fen(30), Fen::ZERO);
        let mut tx = db.begin().await.expect("a transaction");
        ledger::post(tx.conn(), &[paid, plain], "test", NOW).await.expect("posted");
        tx.commit().await.expect("committed");
        let mut view = db.view().await.expect("a connection");
        let before = Timestamp(MIDNIGHT.0 - 86_400_000);
        let after = Timestamp(MIDNIGHT.0 + 86_400_000);
        let eve = reconciliations::books_of(view.conn(), Asset::Mock, before, MIDNIGHT).await;
        assert_eq!(eve.expect("read").in_fen, Fen(700));
        let day = reconciliations::books_of(view.conn(), Asset::Mock, MIDNIGHT, after).await;
        assert_eq!(day.expect("read").in_fen, Fen(30));
        let lines = reconciliations::booked(view.conn(), Asset::Mock, before, MIDNIGHT).await;
        let lines = lines.expect("read");
        assert_eq!((lines.len(), lines[0].document_no.as_str()), (1, "PY1"));
    }
}
