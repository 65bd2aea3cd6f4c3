//! J22: a member's debt is given up by two persons.

use crate::paying::Shop;
use app::AppError;
use app::staff::Actor;
use domain::ledger::{Account, Expense, Income, Journal, JournalKind};
use kernel::{Clock, Fen, MemberId};
use store::{Db, ledger};

/// Owes 5 yuan.
async fn owing(shop: &Shop) {
    let mut tx = shop.app.db().begin().await.expect("a transaction");
    let journal = Journal::of(JournalKind::Occupancy, "OC1", "OC1")
        .debit(Account::ReceivableMember(shop.id()), Fen(500))
        .credit(Account::Income(Income::Occupancy), Fen(500));
    ledger::post(tx.conn(), &[journal], "test", shop.clock.now())
        .await
        .expect("posted");
    tx.commit().await.expect("committed");
}

testkit::both_engines! {
    async fn a_debt_is_given_up_by_two(db: &Db) {
        let shop = Shop::open(db).await;
        let (app, member) = (&shop.app, shop.id());
        let (anna, bert) = (Actor::trusted("anna"), Actor::trusted("bert"));
        owing(&shop).await;
        for (member, fen, reason) in [(member, 0, "x"), (member, -5, "x"), (member, 5, " "),
            (member, 501, "x"), (MemberId(99), 5, "x")] {
            let refused = app.propose_write_off(&anna, member, Fen(fen), reason).await;
            assert!(refused.is_err(), "{member} {fen} {reason}");
        }
        let reason = "cannot be reached";
        let waits = app.propose_write_off(&anna, member, Fen(300), reason).await.expect("waits");
        assert!(waits.summary.ends_with("：cannot be reached"), "{}", waits.summary);
        let other = app.propose_write_off(&anna, member, Fen(300), reason).await.expect("waits");
        let own = app.decide_operation(&anna, waits.id, true, None).await;
        assert!(matches!(own, Err(AppError::Conflict(_))));
        let done = app.decide_operation(&bert, waits.id, true, None).await.expect("agreed");
        assert_eq!(done.result.expect("a result")["owed_fen"], 200);
        assert_eq!(shop.held(Account::ReceivableMember(member)).await, 200);
        assert_eq!(shop.held(Account::Expense(Expense::Writeoff)).await, 300);
        let late = app.decide_operation(&bert, other.id, true, None).await;
        assert!(matches!(late, Err(AppError::Conflict(_))), "less is owed by now: {late:?}");
        assert_eq!(shop.held(Account::ReceivableMember(member)).await, 200);
        shop.assert_books_are_right().await;
    }
}
