//! Statements of a month: made once, confirmed by the party, never changed.

use crate::withdrawals::{House, clerk, person};
use app::AppError;
use domain::ledger::{Account, Asset, Journal, JournalKind, PartyPurse, postings};
use domain::org::OrgType;
use kernel::{Fen, OrgId, Timestamp};
use std::time::Duration;
use store::statements::StatementFilter;
use store::{Db, PageRequest, ledger};

async fn post(house: &House, journal: Journal) {
    let mut tx = house.app.db().begin().await.expect("a transaction");
    let now = house.app.now();
    let posted = ledger::post(tx.conn(), &[journal], "test", now).await;
    posted.expect("posted");
    tx.commit().await.expect("committed");
}

/// A share of an order; less than nothing: given back.
async fn earns(house: &House, org: OrgId, fen: i64, order: &str) {
    let pending = Account::Merchant(org, PartyPurse::Pending);
    let journal = if fen < 0 {
        Journal::of(JournalKind::RefundOrder, order, order)
            .debit(pending, Fen(-fen))
            .credit(Account::Asset(Asset::Bank), Fen(-fen))
    } else {
        Journal::of(JournalKind::Split, order, format!("{order}:1"))
            .debit(Account::Asset(Asset::Bank), Fen(fen))
            .credit(pending, Fen(fen))
    };
    post(house, journal).await;
}

testkit::both_engines! {
    async fn a_month_is_stated_once(db: &Db) {
        let house = House::open(db).await;
        let app = &house.app;
        let org = OrgId(house.clerk.org_id);
        let of = move |purse| Account::Merchant(org, purse);
        // 500 yuan of October are there already.
        earns(&house, org, 2920, "O1").await;
        earns(&house, org, 1000, "O2").await;
        earns(&house, org, -816, "O2").await;
        post(&house, postings::mature(&of, Fen(2920), "9")).await;
        let boss = person("boss");
        let early = app.make_statement(&boss, org.0, "2024-10").await;
        assert!(matches!(early, Err(AppError::Invalid { .. })), "the month is not over");
        let november = Timestamp::from_shanghai([2024, 11, 1, 0, 0, 0]).expect("a time");
        house.clock.advance(november.since(house.app.now()));
        earns(&house, org, 77, "O3").await;
        let made = app.make_statement(&boss, org.0, "2024-10").await.expect("made");
        assert_eq!((made.opening_fen, made.closing_fen), (Fen(0), Fen(53_104)));
        assert_eq!((made.earned_fen, made.refunded_fen), (Fen(53_920), Fen(816)));
        assert_eq!((made.withdrawn_fen, made.other_fen, made.orders), (Fen(0), Fen(0), 3));
        house.clock.advance(Duration::from_hours(31 * 24));
        let again = app.make_statement(&person("other"), org.0, "2024-10").await.expect("there");
        assert_eq!(again, made, "numbers are written once");
        let next = app.make_statement(&boss, org.0, "2024-11").await.expect("made");
        assert_eq!((next.opening_fen, next.closing_fen), (made.closing_fen, Fen(53_181)));

        let stranger = clerk(db, OrgType::Merchant, 1, "other", 9, app.now()).await;
        let foreign = app.confirm_statement(&stranger, made.id).await;
        assert!(matches!(foreign, Err(AppError::NotFound(_))));
        assert!(app.confirm_statement(&boss, made.id).await.is_err(), "not by the platform");
        let confirmed = app.confirm_statement(&house.clerk, made.id).await.expect("confirmed");
        assert_eq!(confirmed.confirmed_by.as_deref(), Some("clerk"));
        assert!(app.confirm_statement(&house.clerk, made.id).await.is_err(), "once");
        let filter = StatementFilter { scope: stranger.scope(), ..StatementFilter::default() };
        let none = app.list_statements(&filter, PageRequest::default()).await.expect("read");
        assert_eq!(none.total, 0);
        for month in ["2024", "2024-13", "2099-01"] {
            assert!(app.make_statement(&boss, org.0, month).await.is_err(), "{month}");
        }
        let nobody = app.make_statement(&boss, 1, "2024-10").await;
        assert!(matches!(nobody, Err(AppError::NotFound(_))), "the platform has none");
        house.assert_books_are_right().await;
    }
}
