//! Journals and balances: once, whole, locked, verified.

use crate::fixtures::NOW;
use domain::ledger::{
    Account, Asset, Expense, Income, Journal, JournalKind, MemberPurse, postings,
};
use domain::payer::{Payer, Sums};
use kernel::{Fen, MemberId, OrderNo};
use store::ledger::{self, LineFilter, Posted};
use store::{Db, PageRequest, Tx};

const MEMBER: MemberId = MemberId(12);

fn wallet() -> Payer {
    Payer::Wallet { member: MEMBER }
}

fn pocket(purse: MemberPurse) -> Account {
    Account::Member(MEMBER, purse)
}

fn order(number: i64) -> OrderNo {
    OrderNo::compose("APP", 1_729_407_600 + number, 1).expect("legal parts")
}

fn cash(amount: i64) -> Sums {
    Sums {
        cash: Fen(amount),
        gift: Fen::ZERO,
    }
}

async fn post(db: &Db, journals: &[Journal]) -> Posted {
    let mut tx = db.begin().await.expect("a transaction");
    let posted = ledger::post(tx.conn(), journals, "test", NOW)
        .await
        .expect("posted");
    match posted {
        Posted::Done { .. } => tx.commit().await.expect("committed"),
        Posted::Short { .. } => tx.rollback().await.expect("undone"),
    }
    posted
}

async fn held(db: &Db, account: &Account) -> Fen {
    let mut view = db.view().await.expect("a connection");
    ledger::balance(view.conn(), account).await.expect("read")
}

async fn tamper(db: &Db, sql: &'static str) {
    match db.begin().await.expect("a transaction") {
        Tx::Sqlite(mut tx) => {
            sqlx::query(sql).execute(&mut *tx).await.expect("changed");
            tx.commit().await.expect("committed");
        }
        Tx::Pg(mut tx) => {
            sqlx::query(sql).execute(&mut *tx).await.expect("changed");
            tx.commit().await.expect("committed");
        }
    }
}

async fn top_up(db: &Db, fen: i64) {
    let paid = postings::recharge("RC1", MEMBER, Asset::Mock, Fen(fen), Fen::ZERO);
    assert_eq!(post(db, &[paid]).await, Posted::Done { journals: 1 });
}

testkit::both_engines! {
    async fn a_journal_is_posted_once(db: &Db) {
        let paid = postings::recharge("RC1", MEMBER, Asset::Wechat, Fen(10_000), Fen(1000));
        let frozen = postings::freeze(order(1), &wallet(), cash(5000));
        let both = [paid, frozen];
        assert_eq!(post(db, &both).await, Posted::Done { journals: 2 });
        assert_eq!(post(db, &both).await, Posted::Done { journals: 0 });
        assert_eq!(held(db, &pocket(MemberPurse::Cash)).await, Fen(5000));
        assert_eq!(held(db, &pocket(MemberPurse::Gift)).await, Fen(1000));
        assert_eq!(held(db, &pocket(MemberPurse::Frozen)).await, Fen(5000));
        assert_eq!(held(db, &Account::Asset(Asset::Wechat)).await, Fen(10_000));
        assert_eq!(held(db, &Account::Expense(Expense::Gift)).await, Fen(1000));

        let mut view = db.view().await.expect("a connection");
        let filter = LineFilter {
            account: Some(pocket(MemberPurse::Cash).to_string()),
            ..LineFilter::default()
        };
        let page = ledger::lines(view.conn(), &filter, PageRequest::default()).await.expect("read");
        let seen: Vec<_> = page.items.iter().map(|line| (line.amount_fen, line.balance_fen)).collect();
        assert_eq!(seen, [(Fen(5000), Some(Fen(5000))), (Fen(10_000), Some(Fen(10_000)))]);
        let sums = ledger::sums(view.conn(), &filter).await.expect("read");
        assert_eq!((sums.grown, sums.shrunk, sums.closing()), (Fen(10_000), Fen(5000), Fen(5000)));
        let later = LineFilter { from: Some(kernel::Timestamp(NOW.0 + 1)), ..filter };
        let sums = ledger::sums(view.conn(), &later).await.expect("read");
        assert_eq!((sums.opening, sums.closing()), (Fen(5000), Fen(5000)));
        let assets = LineFilter { prefix: Some("asset:".to_owned()), ..LineFilter::default() };
        let sums = ledger::sums(view.conn(), &assets).await.expect("read");
        assert_eq!(sums.closing(), Fen(10_000), "assets grow by debits");
        assert_eq!(ledger::balances_of(view.conn(), MEMBER).await.expect("read").len(), 3);
    }

    async fn too_much_changes_nothing(db: &Db) {
        top_up(db, 100).await;
        let journals = [postings::freeze(order(1), &wallet(), cash(60)),
            postings::freeze(order(2), &wallet(), cash(60))];
        let short = Posted::Short { account: "member:12:cash".to_owned(), balance: Fen(-20) };
        assert_eq!(post(db, &journals).await, short);
        assert_eq!(held(db, &pocket(MemberPurse::Cash)).await, Fen(100));
        assert_eq!(held(db, &pocket(MemberPurse::Frozen)).await, Fen::ZERO);
        let mut tx = db.begin().await.expect("a transaction");
        let lopsided = Journal::of(JournalKind::Adjustment, "1", "1")
            .debit(Account::Expense(Expense::Compensation), Fen(1));
        assert!(ledger::post(tx.conn(), &[lopsided], "test", NOW).await.is_err());
    }

    /// Forty customers' hands in one wallet: each looks how much is there and takes at most 700.
    /// Without the locks two of them see the same money; the balance would fall below nothing and
    /// the posting be refused.
    async fn decisions_on_one_wallet_take_turns(db: &Db) {
        top_up(db, 10_000).await;
        let mut hands = tokio::task::JoinSet::new();
        for number in 0..40 {
            let db = db.clone();
            hands.spawn(async move {
                let mut tx = db.begin().await.expect("a transaction");
                let free = ledger::lock(tx.conn(), &[pocket(MemberPurse::Cash)]).await;
                let sum = free.expect("locked")[0].min(Fen(700));
                // Whoever decides takes time.
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                let freeze = postings::freeze(order(number), &wallet(), cash(sum.0));
                let posted = ledger::post(tx.conn(), &[freeze], "test", NOW).await.expect("posted");
                assert!(matches!(posted, Posted::Done { .. }), "{posted:?}");
                tx.commit().await.expect("committed");
                sum
            });
        }
        let taken: Vec<Fen> = hands.join_all().await;
        assert_eq!(taken.iter().copied().sum::<Fen>(), Fen(10_000));
        assert_eq!(held(db, &pocket(MemberPurse::Cash)).await, Fen::ZERO);
        assert_eq!(held(db, &pocket(MemberPurse::Frozen)).await, Fen(10_000));
    }

    /// Settlements of many members at once touch the same accounts of the platform.
    async fn busy_accounts_add_up(db: &Db) {
        let mut payments = tokio::task::JoinSet::new();
        for number in 0..60_i64 {
            let db = db.clone();
            payments.spawn(async move {
                let no = format!("RC{number}");
                let fee = postings::channel_fee(&no, Asset::Mock, Fen(1));
                let paid = postings::recharge(&no, MemberId(number), Asset::Mock, Fen(100), Fen(10));
                post(&db, &[paid, fee]).await
            });
        }
        payments.join_all().await;
        assert_eq!(held(db, &Account::Asset(Asset::Mock)).await, Fen(60 * 99));
        assert_eq!(held(db, &Account::Expense(Expense::ChannelFee)).await, Fen(60));
        let mut view = db.view().await.expect("a connection");
        let report = ledger::verify(view.conn()).await.expect("read");
        assert!(report.is_clean(), "{report:?}");
        assert_eq!((report.journals, report.lines), (120, 60 * 6));
    }

    async fn a_tampered_book_is_found_out(db: &Db) {
        top_up(db, 100).await;
        for (statement, rule) in [
            ("update ledger_accounts set balance_fen = 99 where code = 'member:12:cash'",
                "balance_is_sum_of_lines"),
            ("update journal_lines set amount_fen = 99 where side = 'C'", "journal_balances"),
            ("delete from journal_lines", "journal_has_lines"),
            ("update ledger_accounts set balance_fen = -1 where code = 'member:12:cash'",
                "no_pocket_below_nothing"),
        ] {
            tamper(db, statement).await;
            let mut view = db.view().await.expect("a connection");
            let report = ledger::verify(view.conn()).await.expect("read");
            assert!(report.findings.iter().any(|finding| finding.rule == rule), "{rule}: {report:?}");
        }
    }

    async fn a_reversal_takes_everything_back(db: &Db) {
        top_up(db, 100).await;
        let freeze = postings::freeze(order(1), &wallet(), cash(60));
        post(db, std::slice::from_ref(&freeze)).await;
        post(db, &[freeze.reversed("no charge")]).await;
        assert_eq!(held(db, &pocket(MemberPurse::Cash)).await, Fen(100));
        assert_eq!(held(db, &Account::Income(Income::Occupancy)).await, Fen::ZERO);
        let mut view = db.view().await.expect("a connection");
        let journals = ledger::journals_of(view.conn(), order(1).as_str()).await.expect("read");
        assert_eq!(journals.len(), 2);
        assert_eq!(journals[1].reversal_of, Some(journals[0].id));
    }
}
