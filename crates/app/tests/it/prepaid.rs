//! Charges that are paid for by themselves: paid, not paid, paid too late, cancelled, refunded.

use crate::scene::{DEVICE, Scene, end, id, settings};
use crate::town::{Town, wish};
use app::{AppError, PrepaidCharge, PrepaidWish};
use channels::payment::PaymentMethod;
use device::{ChargeKey, Outcome, Refusal};
use domain::ledger::{Account, Asset};
use domain::order::OrderStatus;
use domain::payment::PaymentState;
use domain::refund::RefundState;
use domain::settlement::Wishes;
use kernel::{Fen, MemberId, OrderNo};
use serde_json::json;
use std::time::Duration;
use store::refunds::{RefundFilter, RefundRow};

const PHONE: &str = "13800138000";

async fn prepay(town: &Town, member: MemberId, fen: i64) -> Result<PrepaidCharge, AppError> {
    let member = town.scene.app.member(member).await.expect("there");
    let wish = PrepaidWish {
        plan: wish(1, fen),
        wishes: Wishes::default(),
        method: PaymentMethod::Mock,
        ip: None,
    };
    town.scene
        .app
        .prepay_charge(&member, &id(DEVICE), &wish)
        .await
}

async fn refunds(town: &Town, member: MemberId) -> Vec<RefundRow> {
    let page = store::PageRequest::default();
    let list = town
        .scene
        .app
        .list_refunds(
            &RefundFilter {
                member: Some(member),
                ..RefundFilter::default()
            },
            page,
        )
        .await;
    list.expect("read").items
}

/// The channel is given what it has to refund, and says what became of it.
async fn refunded(town: &Town) {
    for _ in 0..5 {
        town.scene.app.send_refunds().await.expect("sent");
        town.scene.advance(60);
    }
}

/// What is prepaid for an order, between us and the channel, at the channel.
async fn money(town: &Town, order: OrderNo) -> [i64; 3] {
    [
        town.held(Account::Prepay(order)).await,
        town.held(Account::RefundInflight).await,
        town.held(Account::Asset(Asset::Mock)).await,
    ]
}

testkit::both_engines! {
    /// 20 yuan are paid, 7.85 are used, 12.15 go back through the channel.
    async fn what_is_not_used_goes_back(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member(PHONE, 0).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let charge = prepay(&town, member, 2000).await.expect("asked");
        let order_no = charge.order.order_no;
        assert_eq!(charge.payment.state, PaymentState::Paying);
        assert!(pile.command().is_none(), "nothing starts before it is paid");
        let other = town.member("13900139000", 2000).await;
        assert!(matches!(town.start(other, 1, 1000).await, Err(AppError::PortBusy { .. })));
        let script = serde_json::from_value(json!({"callbacks": {"copies": 3}}));
        town.mock.set_script(script.expect("a script"));
        town.mock.pay(&charge.payment.payment_no).expect("paid");
        town.callbacks().await;
        assert_eq!(money(&town, order_no).await, [2000, 0, 2000], "once");
        town.books_are_right().await;
        let order = town.scene.order(order_no).await;
        assert!(order.start_sent);
        pile.begins(&order).await;
        assert!(pile.command().is_none(), "one start");
        town.scene.advance(3600);
        for _ in 0..2 {
            pile.ends(end(ChargeKey::Order(order_no), 1, 3600, 523)).await;
        }
        assert_eq!(town.scene.order(order_no).await.final_amount, Some(Fen(785)));
        assert_eq!(money(&town, order_no).await, [1215, 0, 2000]);
        town.books_are_right().await;
        refunded(&town).await;
        assert_eq!(money(&town, order_no).await, [0, 0, 785]);
        let back = refunds(&town, member).await;
        assert_eq!(back.len(), 1);
        assert_eq!((back[0].amount, back[0].state), (Fen(1215), RefundState::Success));
        assert_eq!(town.wallet(member).await, (0, 0));
        let shown = town.scene.app.prepaid_charge(member, order_no).await.expect("there");
        assert_eq!(shown.payment.state, PaymentState::PartRefunded);
        town.books_are_right().await;
    }

    /// Nobody pays in time: the order is cancelled and its port free; money that comes after all
    /// goes back.
    async fn what_is_not_paid_in_time_is_cancelled(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member(PHONE, 0).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let charge = prepay(&town, member, 2000).await.expect("asked");
        for _ in 0..12 {
            town.scene.clock.advance(Duration::from_secs(30));
            town.scene.app.ask_about_payments().await.expect("asked");
        }
        let order = town.scene.order(charge.order.order_no).await;
        assert_eq!(order.status, OrderStatus::Cancelled);
        assert!(town.scene.open_alarms().await.is_empty());
        town.mock.pay_anyway(&charge.payment.payment_no).expect("paid too late");
        town.callbacks().await;
        assert_eq!(town.held(Account::SuspenseUnmatched).await, 2000);
        refunded(&town).await;
        assert_eq!(money(&town, order.order_no).await, [0, 0, 0]);
        assert_eq!(town.held(Account::SuspenseUnmatched).await, 0);
        assert!(pile.command().is_none(), "nothing ever started");
        town.books_are_right().await;
        let again = prepay(&town, member, 2000).await;
        assert!(again.is_ok(), "the port is free: {again:?}");
    }

    /// The member takes it back while the payment is under way: all of it goes back.
    async fn what_is_cancelled_before_the_payment_goes_back(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member(PHONE, 0).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let charge = prepay(&town, member, 2000).await.expect("asked");
        let order_no = charge.order.order_no;
        let other = town.member("13900139000", 0).await;
        let app = &town.scene.app;
        assert!(app.stop_for_member(other, order_no).await.is_err(), "not theirs");
        assert!(app.prepaid_charge(other, order_no).await.is_err(), "not theirs");
        app.stop_for_member(member, order_no).await.expect("taken back");
        town.mock.pay(&charge.payment.payment_no).expect("paid");
        town.callbacks().await;
        assert_eq!(money(&town, order_no).await, [2000, 0, 2000]);
        town.books_are_right().await;
        refunded(&town).await;
        assert_eq!(money(&town, order_no).await, [0, 0, 0]);
        assert!(pile.command().is_none(), "nothing starts");
        town.books_are_right().await;
    }

    /// The device refuses the start: all of it goes back. The channel cannot deliver it: it is in
    /// the wallet.
    async fn a_refund_that_fails_is_in_the_wallet(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member(PHONE, 0).await;
        let mut pile = town.scene.connect(DEVICE).await;
        for outcome in ["abnormal", "failed"] {
            let before = town.cash(member).await;
            let script = json!({"refunds": {"outcome": outcome}});
            town.mock.set_script(serde_json::from_value(script).expect("a script"));
            let charge = prepay(&town, member, 500).await.expect("asked");
            town.mock.pay(&charge.payment.payment_no).expect("paid");
            town.callbacks().await;
            let dispatch = pile.command().expect("a start command");
            let refusal = Refusal { code: None, text: "no".to_owned() };
            pile.answers(&dispatch, Outcome::Refused(refusal)).await;
            let order = town.scene.order(charge.order.order_no).await;
            assert_eq!(order.status, OrderStatus::Failed);
            refunded(&town).await;
            assert_eq!(town.cash(member).await, before + 500, "{outcome}");
            let [prepaid, inflight, _] = money(&town, order.order_no).await;
            assert_eq!([prepaid, inflight], [0, 0], "{outcome}");
            town.books_are_right().await;
        }
    }

    /// The payment is stored, and the program falls over before the order hears of it.
    async fn a_payment_survives_a_restart(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member(PHONE, 0).await;
        let pile = town.scene.connect(DEVICE).await;
        let charge = prepay(&town, member, 2000).await.expect("asked");
        let order_no = charge.order.order_no;
        drop(pile);
        town.scene.app.flush().await;
        let (clock, outside) = (town.scene.clock.clone(), town.outside.clone());
        let again = Scene::restarted_among(db, settings(), clock, outside).await;
        let mut pile = again.connect(DEVICE).await;
        town.mock.pay(&charge.payment.payment_no).expect("paid");
        again.advance(20);
        again.app.ask_about_payments().await.expect("asked");
        again.app.tell_prepaid_orders().await.expect("told");
        let order = again.order(order_no).await;
        pile.begins(&order).await;
        assert_eq!(again.order(order_no).await.status, OrderStatus::Charging);
        town.books_are_right().await;
    }

    /// The device goes away while the member pays: the order is cancelled, and all goes back.
    async fn a_device_that_went_away_starts_nothing(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member(PHONE, 0).await;
        let pile = town.scene.connect(DEVICE).await;
        let charge = prepay(&town, member, 2000).await.expect("asked");
        pile.leave();
        town.mock.pay(&charge.payment.payment_no).expect("paid");
        town.callbacks().await;
        let order = town.scene.order(charge.order.order_no).await;
        assert_eq!(order.status, OrderStatus::Cancelled);
        refunded(&town).await;
        assert_eq!(money(&town, order.order_no).await, [0, 0, 0]);
        town.books_are_right().await;
    }

    async fn sums_that_cannot_be_start_nothing(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member(PHONE, 0).await;
        let _pile = town.scene.connect(DEVICE).await;
        let refused = prepay(&town, member, 20_001).await;
        assert!(matches!(refused, Err(AppError::Invalid { field, .. }) if field == "amount"));
        assert!(town.scene.app.orders().is_empty());
    }
}
