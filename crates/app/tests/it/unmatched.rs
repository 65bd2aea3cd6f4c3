//! J21: money without a reason finds one, with two persons.

use crate::paying::Shop;
use app::staff::Actor;
use app::{AppError, UnmatchedWay};
use domain::ledger::{Account, Asset, postings};
use domain::payment::PaymentState;
use domain::refund::RefundState;
use kernel::{Clock, Fen, MemberId};
use serde_json::json;
use std::time::Duration;
use store::refunds::RefundFilter;
use store::{Db, PageRequest, ledger};

const REFERENCE: &str = "mock:42";

/// 7 yuan that nobody knows.
async fn found(shop: &Shop) {
    let mut tx = shop.app.db().begin().await.expect("a transaction");
    let journal = postings::unmatched(REFERENCE, Asset::Mock, Fen(700));
    ledger::post(tx.conn(), &[journal], "test", shop.clock.now())
        .await
        .expect("posted");
    tx.commit().await.expect("committed");
}

fn conflict<T: std::fmt::Debug>(outcome: Result<T, AppError>) {
    match outcome {
        Err(AppError::Conflict(_)) => {}
        other => panic!("{other:?}"),
    }
}

testkit::both_engines! {
    async fn it_goes_to_a_member_once(db: &Db) {
        let shop = Shop::open(db).await;
        let app = &shop.app;
        let (anna, bert) = (Actor::trusted("anna"), Actor::trusted("bert"));
        found(&shop).await;
        let way = UnmatchedWay::Wallet(shop.id());
        let nobody = UnmatchedWay::Wallet(MemberId(999));
        let unknown = app.propose_unmatched(&anna, REFERENCE, nobody, "paid twice").await;
        assert!(matches!(unknown, Err(AppError::NotFound(_))));
        let unknown = app.propose_unmatched(&anna, "mock:43", way, "paid twice").await;
        assert!(matches!(unknown, Err(AppError::NotFound(_))));
        let silent = app.propose_unmatched(&anna, REFERENCE, way, "").await;
        assert!(matches!(silent, Err(AppError::Invalid { .. })));
        conflict(app.propose_unmatched(&anna, REFERENCE, UnmatchedWay::Refund, "x").await);
        let one = app.propose_unmatched(&anna, REFERENCE, way, "paid twice").await.expect("waits");
        let two = app.propose_unmatched(&anna, REFERENCE, way, "paid twice").await.expect("waits");
        conflict(app.decide_operation(&anna, one.id, true, None).await);
        assert_eq!(shop.cash().await, 0);
        let (first, second) = tokio::join!(
            app.decide_operation(&bert, one.id, true, None),
            app.decide_operation(&bert, two.id, true, None),
        );
        assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1, "money goes once");
        assert_eq!((shop.cash().await, shop.held(Account::SuspenseUnmatched).await), (700, 0));
        let left = app.list_unmatched(None, PageRequest::default()).await.expect("read");
        assert_eq!(left.total, 0);
        shop.assert_books_are_right().await;
    }

    /// A late payment whose refund the channel refused is asked for once more.
    async fn a_late_payment_goes_back_after_all(db: &Db) {
        let shop = Shop::open(db).await;
        let app = &shop.app;
        let cashier = shop.recharge(5000).await;
        let payment_no = &cashier.payment.payment_no;
        for _ in 0..30 {
            shop.clock.advance(Duration::from_mins(1));
            app.ask_about_payments().await.expect("asked");
        }
        shop.script(json!({"refunds": {"outcome": "failed"}}));
        shop.mock.pay_anyway(payment_no).expect("paid too late");
        shop.clock.advance(Duration::from_secs(5));
        shop.callbacks().await;
        let (anna, bert) = (Actor::trusted("anna"), Actor::trusted("bert"));
        let way = UnmatchedWay::Refund;
        conflict(app.propose_unmatched(&anna, payment_no, way, "late").await);
        for _ in 0..3 {
            app.send_refunds().await.expect("sent");
            shop.clock.advance(Duration::from_mins(1));
        }
        assert_eq!(shop.held(Account::SuspenseUnmatched).await, 5000, "the channel refused");
        shop.script(json!({}));
        let waits = app.propose_unmatched(&anna, payment_no, way, "late").await.expect("waits");
        let done = app.decide_operation(&bert, waits.id, true, None).await.expect("agreed");
        let refund_no = done.result.expect("a result")["refund_no"].clone();
        conflict(app.propose_unmatched(&anna, payment_no, way, "late").await);
        for _ in 0..3 {
            app.send_refunds().await.expect("sent");
            shop.clock.advance(Duration::from_mins(1));
        }
        assert_eq!(shop.payment(&cashier).await, PaymentState::Refunded);
        assert_eq!(shop.held(Account::SuspenseUnmatched).await, 0);
        assert_eq!(shop.held(Account::Asset(Asset::Mock)).await, 0);
        let page = app.list_refunds(&RefundFilter::default(), PageRequest::default()).await.expect("read");
        let made = page.items.iter().find(|row| json!(row.refund_no) == refund_no);
        assert_eq!(made.expect("there").state, RefundState::Success);
        let left = app.list_unmatched(None, PageRequest::default()).await.expect("read");
        assert_eq!(left.total, 0);
        shop.assert_books_are_right().await;
    }
}
