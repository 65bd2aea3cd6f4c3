//! J14: gift money that ends.

use crate::paying::Shop;
use app::staff::Actor;
use app::{RechargeWish, Settings};
use channels::payment::PaymentMethod;
use domain::ledger::{Account, Expense, MemberPurse, postings};
use domain::payer::{Payer, Sums};
use kernel::{Clock, Fen, OrderNo};
use std::time::Duration;
use store::{Db, ledger};

async fn topped_up(shop: &Shop) {
    let anna = Actor::trusted("anna");
    let packages = shop.app.recharge_packages().await.expect("read");
    if packages.is_empty() {
        shop.app
            .add_package(&anna, "充100送10", Fen(10_000), Fen(1000))
            .await
            .expect("added");
    }
    let wish = RechargeWish {
        package: Some(1),
        amount: None,
        method: PaymentMethod::Mock,
        ip: None,
    };
    let cashier = shop.app.recharge(&shop.member, &wish).await.expect("begun");
    shop.mock.pay(&cashier.payment.payment_no).expect("paid");
    shop.clock.advance(Duration::from_secs(5));
    shop.callbacks().await;
}

fn thirty_days() -> Settings {
    let mut settings = Settings::default();
    settings.money.gift_days = 30;
    settings
}

async fn days(shop: &Shop, days: u64) -> usize {
    shop.clock.advance(Duration::from_hours(24 * days));
    shop.app.expire_gifts().await.expect("ran")
}

testkit::both_engines! {
    async fn gifts_end_so_long_after_the_last_one(db: &Db) {
        let shop = Shop::with(db, thirty_days(), 0).await;
        let gift = || Account::Member(shop.id(), MemberPurse::Gift);
        topped_up(&shop).await;
        assert_eq!(days(&shop, 20).await, 0);
        topped_up(&shop).await;
        assert_eq!(days(&shop, 30).await, 0, "the last day belongs to it");
        assert_eq!(shop.held(gift()).await, 2000, "each gift keeps the others");
        // A charge holds part of it while it ends.
        let order = OrderNo::compose("APP", 1_729_407_600, 1).expect("legal parts");
        let wallet = Payer::Wallet { member: shop.id() };
        let sums = Sums { cash: Fen::ZERO, gift: Fen(300) };
        let mut tx = shop.app.db().begin().await.expect("a transaction");
        let held = postings::freeze(order, &wallet, sums);
        ledger::post(tx.conn(), &[held], "test", shop.clock.now()).await.expect("posted");
        tx.commit().await.expect("committed");
        assert_eq!(days(&shop, 1).await, 1);
        assert_eq!(shop.app.expire_gifts().await.expect("ran"), 0, "once");
        assert_eq!(shop.held(gift()).await, 0);
        assert_eq!(shop.cash().await, 20_000, "cash never ends");
        assert_eq!(shop.held(Account::Expense(Expense::Gift)).await, 300);
        // What comes back unused came in long ago.
        let mut tx = shop.app.db().begin().await.expect("a transaction");
        let free = postings::release(order, &wallet, sums, 1);
        ledger::post(tx.conn(), &[free], "test", shop.clock.now()).await.expect("posted");
        tx.commit().await.expect("committed");
        assert_eq!(days(&shop, 1).await, 1);
        assert_eq!(shop.held(Account::Expense(Expense::Gift)).await, 0);
        shop.assert_books_are_right().await;
    }

    async fn gifts_do_not_end_unless_somebody_wants_it(db: &Db) {
        let shop = Shop::open(db).await;
        topped_up(&shop).await;
        assert_eq!(days(&shop, 4000).await, 0);
        assert_eq!(shop.held(Account::Member(shop.id(), MemberPurse::Gift)).await, 1000);
    }

    /// Two programs, or a job and a person: a gift ends once.
    async fn gifts_end_once(db: &Db) {
        let shop = Shop::with(db, thirty_days(), 0).await;
        topped_up(&shop).await;
        shop.clock.advance(Duration::from_hours(24 * 31));
        let (one, other) = tokio::join!(shop.app.expire_gifts(), shop.app.expire_gifts());
        assert_eq!(one.expect("ran") + other.expect("ran"), 1);
        assert_eq!(shop.held(Account::Expense(Expense::Gift)).await, 0);
        shop.assert_books_are_right().await;
    }
}
