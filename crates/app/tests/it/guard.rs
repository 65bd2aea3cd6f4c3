//! Charges whose money is used up: they hold more before they are stopped.

use crate::scene::{DEVICE, Scene, end, settings};
use crate::town::Town;
use device::{ChargeKey, Command, EndReason};
use domain::order::OrderStatus;
use kernel::Fen;

testkit::both_engines! {
    /// Money that came into the wallet meanwhile is held, the device is told, and the charge goes
    /// on; when that is used up as well, it ends.
    async fn a_charge_goes_on_with_money_that_came_meanwhile(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member("13800138000", 600).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let order = town.start(member, 1, 10_000).await.expect("started");
        assert_eq!(order.amount, Fen(600));
        pile.begins(&order).await;
        town.top_up(member, 300).await;
        town.scene.advance(1200);
        pile.progresses(order.order_no, 1, 1200, 400).await;
        let told = pile.command().expect("a command").command;
        assert!(matches!(told, Command::UpdateBalance { balance: Fen(900), .. }), "{told:?}");
        let more = town.scene.order(order.order_no).await;
        assert_eq!((more.amount, more.stop_requested_at), (Fen(900), None));
        assert_eq!(town.wallet(member).await, (0, 900));
        town.books_are_right().await;

        // Another program finds it so.
        drop(pile);
        town.scene.app.flush().await;
        let clock = town.scene.clock.clone();
        let again = Scene::restarted(db, settings(), clock).await;
        let mut pile = again.connect(DEVICE).await;
        again.advance(1200);
        pile.progresses(order.order_no, 1, 2400, 600).await;
        let mut stop = pile.command();
        while let Some(dispatch) = &stop
            && !matches!(dispatch.command, Command::StopCharge { .. })
        {
            stop = pile.command();
        }
        assert!(stop.is_some(), "it is used up");
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 2405, 600)).await;
        let done = again.order(order.order_no).await;
        assert_eq!(done.end_reason, Some(EndReason::InsufficientBalance));
        assert_eq!(town.wallet(member).await, (0, 0));
        town.books_are_right().await;
    }

    /// Two charges of one member run out together: the same money is held once.
    async fn two_charges_do_not_hold_the_same_money(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member("13800138000", 600).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let first = town.start(member, 1, 600).await.expect("started");
        pile.begins(&first).await;
        assert!(town.start(member, 2, 1000).await.is_err(), "nothing is left");
        town.top_up(member, 500).await;
        let second = town.start(member, 2, 1000).await.expect("started");
        pile.begins(&second).await;
        assert_eq!((first.amount, second.amount), (Fen(600), Fen(500)));
        town.top_up(member, 300).await;
        town.scene.advance(1200);
        let (one, two) = (first.order_no, second.order_no);
        tokio::join!(
            pile.progresses(one, 1, 1200, 400),
            pile.progresses(two, 2, 1200, 334),
        );
        let one = town.scene.order(one).await;
        let two = town.scene.order(two).await;
        // The first asked for six yuan and no more; the second may have the rest.
        assert_eq!((one.amount, two.amount), (Fen(600), Fen(800)));
        assert!(one.stop_requested_at.is_some() && two.stop_requested_at.is_none());
        assert_eq!(town.wallet(member).await, (0, 1400));
        town.books_are_right().await;
        pile.ends(end(ChargeKey::Order(one.order_no), 1, 1205, 400)).await;
        pile.ends(end(ChargeKey::Order(two.order_no), 2, 1205, 400)).await;
        assert_eq!(town.scene.order(two.order_no).await.status, OrderStatus::Completed);
        assert_eq!(town.wallet(member).await, (200, 0));
        town.books_are_right().await;
    }

    /// No order ever holds more than the rules allow.
    async fn the_guard_keeps_to_the_most_that_an_order_may_hold(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member("13800138000", 19_900).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let order = town.start(member, 1, 90_000).await.expect("started");
        pile.begins(&order).await;
        town.top_up(member, 5000).await;
        town.scene.advance(12_000);
        pile.progresses(order.order_no, 1, 12_000, 13_270).await;
        assert_eq!(town.scene.order(order.order_no).await.amount, Fen(20_000));
        assert_eq!(town.wallet(member).await, (4900, 20_000));
        town.books_are_right().await;
    }
}
