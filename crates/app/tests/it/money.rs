//! Charges that cost somebody here money: what is held, paid, given back, taken back.

use crate::plans::{ebike, in_force};
use crate::scene::{DEVICE, Pile, Scene, end};
use crate::town::anna;
use device::{
    Answer, CardRefusal, CardSwipe, CardVerdict, ChargeKey, ChargeMode, Command, DeviceStart,
    EndReason, Event, StartSource,
};
use domain::card::{Card, CardAccount, CardStatus};
use domain::ledger::{Account, Income, Purse};
use domain::order::{Order, OrderStatus};
use kernel::{Fen, PortNo};
use serde_json::json;
use store::cards::CardEntry;
use store::{Db, ledger};

const CARD: &str = "1000000001";

/// A stored-value card with so much on it, at a device that charges 1.50 yuan per kWh.
async fn scene(db: &Db, fen: i64) -> Scene {
    let scene = Scene::new(db).await;
    in_force(
        &scene,
        ebike(json!({"mode": "energy", "unit_price_fen": 150})),
    )
    .await;
    let card = Card {
        card_no: CARD.to_owned(),
        physical_no: None,
        status: CardStatus::Active,
        password_md5: None,
        limit: Fen(20_000),
        account: CardAccount::Stored,
        holder: None,
        daily_limit: None,
        daily_times: None,
        charge_mode: ChargeMode::Full,
        duration_s: None,
        energy: None,
        offline: true,
        valid_until: None,
        station_id: None,
    };
    let entry = CardEntry {
        card,
        holder: None,
        phone: None,
        remark: None,
    };
    scene.app.add_card(&anna(), entry).await.expect("added");
    for _ in 0..2 {
        let balance = scene.app.recharge_card("anna", CARD, Fen(fen), "R1").await;
        assert_eq!(balance.expect("recharged"), Fen(fen), "once");
    }
    scene
}

async fn swipe(pile: &Pile) -> CardVerdict {
    let swipe = CardSwipe {
        card_no: CARD.to_owned(),
        physical_no: None,
        port: PortNo(1),
        card_balance: None,
        proposed_session: None,
        password: None,
        parallel: None,
    };
    match pile.says(Event::CardSwiped(swipe)).await {
        Some(Answer::Card(verdict)) => verdict,
        other => panic!("no verdict: {other:?}"),
    }
}

/// Holds the card to the reader; the charge runs.
async fn charging(scene: &Scene, pile: &mut Pile) -> Order {
    let verdict = swipe(pile).await;
    assert!(
        matches!(verdict, CardVerdict::Accepted { .. }),
        "{verdict:?}"
    );
    let dispatch = pile.command().expect("a start command");
    let Command::StartCharge(plan) = &dispatch.command else {
        panic!("{:?}", dispatch.command);
    };
    let order = scene.order(plan.order).await;
    pile.begins_with(&dispatch, &order).await;
    order
}

async fn held(db: &Db, account: Account) -> i64 {
    let mut view = db.view().await.expect("a connection");
    let balance = ledger::balance(view.conn(), &account).await;
    balance.expect("read").0
}

async fn card(db: &Db) -> (i64, i64) {
    let of = |purse| Account::Card(CARD.to_owned(), purse);
    (
        held(db, of(Purse::Cash)).await,
        held(db, of(Purse::Frozen)).await,
    )
}

async fn assert_books_are_right(db: &Db) {
    let mut view = db.view().await.expect("a connection");
    let report = ledger::verify(view.conn()).await.expect("read");
    assert!(report.is_clean(), "{report:#?}");
}

testkit::both_engines! {
    /// A4-E10, A4-S1.4: a card with 100 yuan pays 7.85.
    async fn a_stored_card_pays_for_its_charge(db: &Db) {
        let scene = scene(db, 10_000).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile).await;
        assert_eq!(order.amount, Fen(10_000), "what it may cost is what is there");
        assert_eq!(card(db).await, (0, 10_000));
        scene.advance(3600);
        for _ in 0..2 {
            pile.ends(end(ChargeKey::Order(order.order_no), 1, 3600, 523)).await;
            assert_eq!(card(db).await, (9215, 0), "repeats change nothing");
        }
        let order = scene.order(order.order_no).await;
        assert_eq!((order.status, order.final_amount), (OrderStatus::Completed, Some(Fen(785))));
        let page = store::PageRequest::default();
        let filter = store::card_orders::CardOrderFilter { card_no: Some(CARD.to_owned()), ..Default::default() };
        let list = scene.app.list_card_orders(&filter, None, page).await.expect("read");
        let line = &list.items[0];
        assert_eq!((line.payer_before_fen, line.payer_after_fen), (Some(Fen(10_000)), Some(Fen(9215))));
        assert_eq!((line.order_no, line.final_amount, line.payable_fen), (order.order_no, Some(Fen(785)), Fen(785)));
        assert_eq!(held(db, Account::Income(Income::ServiceOwn)).await
            + held(db, Account::Income(Income::ElecOwn)).await, 785, "no merchant: the platform's");
        assert_eq!(held(db, Account::ClearingOrder).await, 0);
        assert_books_are_right(db).await;
    }

    /// A4-S4.4: too little refuses the start.
    async fn a_poor_card_is_refused(db: &Db) {
        let scene = scene(db, 499).await;
        let mut pile = scene.connect(DEVICE).await;
        let verdict = swipe(&pile).await;
        let refused = CardVerdict::Refused { reason: CardRefusal::BalanceTooLow, balance: Fen(499) };
        assert_eq!(verdict, refused);
        assert!(pile.command().is_none(), "nothing starts");
        assert_eq!(card(db).await, (499, 0));
    }

    /// A4-S4.4: used up while it runs.
    async fn a_charge_ends_when_the_money_does(db: &Db) {
        let scene = scene(db, 500).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile).await;
        scene.advance(1200);
        pile.progresses(order.order_no, 1, 1200, 334).await;
        let stop = pile.command().expect("a stop command");
        assert!(matches!(stop.command, Command::StopCharge { .. }), "{:?}", stop.command);
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 1205, 335)).await;
        let order = scene.order(order.order_no).await;
        assert_eq!(order.end_reason, Some(EndReason::InsufficientBalance));
        assert_eq!(card(db).await, (0, 0));
        assert_books_are_right(db).await;
    }

    async fn a_refused_start_gives_everything_back(db: &Db) {
        let scene = scene(db, 10_000).await;
        let mut pile = scene.connect(DEVICE).await;
        swipe(&pile).await;
        let dispatch = pile.command().expect("a start command");
        assert_eq!(card(db).await, (0, 10_000));
        let refused = device::Outcome::Refused(device::Refusal { code: None, text: "no".to_owned() });
        pile.answers(&dispatch, refused).await;
        assert_eq!(card(db).await, (10_000, 0));
        assert_books_are_right(db).await;
    }

    /// The device falls silent: billed by what is known, the rest stays held; the charge goes on
    /// after all and is billed anew by the device's word.
    async fn a_provisional_bill_is_taken_back(db: &Db) {
        let scene = scene(db, 10_000).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile).await;
        scene.advance(600);
        pile.progresses(order.order_no, 1, 600, 100).await;
        pile.leave();
        scene.live_through(400).await;
        let closed = scene.order(order.order_no).await;
        assert_eq!((closed.status, closed.provisional), (OrderStatus::Completed, true));
        assert_eq!(card(db).await, (0, 9850), "1 kWh is paid, the rest waits");
        assert_books_are_right(db).await;

        let pile = scene.connect(DEVICE).await;
        pile.progresses(order.order_no, 1, 1100, 200).await;
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Charging);
        assert_eq!(card(db).await, (0, 10_000), "the bill is taken back");
        assert_books_are_right(db).await;

        pile.ends(end(ChargeKey::Order(order.order_no), 1, 1200, 300)).await;
        assert_eq!(card(db).await, (9550, 0));
        assert_books_are_right(db).await;
    }

    /// Nobody comes back: when the hold is over, what was not used is free.
    async fn a_hold_ends(db: &Db) {
        let scene = scene(db, 10_000).await;
        let mut pile = scene.connect(DEVICE).await;
        let order = charging(&scene, &mut pile).await;
        scene.advance(600);
        pile.progresses(order.order_no, 1, 600, 100).await;
        pile.leave();
        scene.live_through(400).await;
        assert_eq!(card(db).await, (0, 9850));
        scene.live_through(3600).await;
        assert_eq!(card(db).await, (9850, 0));
        assert_books_are_right(db).await;
        // The device's word still corrects the bill.
        let pile = scene.connect(DEVICE).await;
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 700, 120)).await;
        assert_eq!(card(db).await, (9820, 0));
        assert_books_are_right(db).await;
    }

    /// An offline card was used for more than it holds: the rest is owed, and the card is not
    /// served before it is paid.
    async fn an_offline_card_may_owe(db: &Db) {
        let scene = scene(db, 1000).await;
        let pile = scene.connect(DEVICE).await;
        let charge = ChargeKey::Serial("A1".to_owned());
        let began = DeviceStart {
            charge: charge.clone(),
            port: PortNo(1),
            source: StartSource::OfflineCard,
            card_no: Some(CARD.to_owned()),
            vin: None,
            started_at: None,
        };
        pile.says(Event::Began(began)).await;
        scene.advance(3600);
        assert_eq!(pile.ends(end(charge, 1, 3600, 1000)).await, Some(Answer::Stored));
        assert_eq!(card(db).await, (0, 0));
        assert_eq!(held(db, Account::ReceivableCard(CARD.to_owned())).await, 500);
        assert_books_are_right(db).await;
        scene.app.recharge_card("anna", CARD, Fen(5000), "R2").await.expect("recharged");
        let verdict = swipe(&pile).await;
        assert!(matches!(verdict, CardVerdict::Accepted { .. }), "the debt is paid first: {verdict:?}");
        assert_eq!(held(db, Account::ReceivableCard(CARD.to_owned())).await, 0);
        assert_books_are_right(db).await;
    }
}
