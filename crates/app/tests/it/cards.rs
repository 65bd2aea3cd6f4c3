//! Cards at readers: who may charge, and that nobody charges without a price.

use crate::plans::{ebike, in_force};
use crate::scene::{DEVICE, Pile, Scene, end};
use crate::town::anna;
use device::{
    Answer, CardRefusal, CardSwipe, CardVerdict, ChargeKey, ChargeMode, Command, DeviceStart,
    EndReason, Event, StartSource,
};
use domain::card::{Card, CardAccount, CardStatus};
use domain::order::{OrderSource, OrderStatus, SettleStatus};
use kernel::{Fen, PortNo};
use serde_json::json;
use store::cards::CardEntry;

const CARD: &str = "1000000001";

async fn known(scene: &Scene, status: CardStatus) {
    let card = Card {
        card_no: CARD.to_owned(),
        physical_no: Some("DD887766".to_owned()),
        status,
        password_md5: None,
        limit: Fen(5000),
        charge_mode: ChargeMode::Full,
        duration_s: None,
        energy: None,
        account: CardAccount::Listed,
        holder: None,
        daily_limit: None,
        daily_times: None,
        offline: false,
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
}

/// Holds the card's chip to the reader of port 1.
async fn swipe(pile: &Pile) -> CardVerdict {
    let swipe = CardSwipe {
        card_no: "DD887766".to_owned(),
        physical_no: Some("DD887766".to_owned()),
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

fn refusal(verdict: CardVerdict) -> CardRefusal {
    match verdict {
        CardVerdict::Refused { reason, .. } => reason,
        other => panic!("not refused: {other:?}"),
    }
}

fn is_accepted(verdict: &CardVerdict) -> bool {
    matches!(
        verdict,
        CardVerdict::Accepted {
            balance: Fen(5000),
            ..
        }
    )
}

testkit::both_engines! {
    async fn a_card_where_no_price_applies_is_refused(db: &store::Db) {
        let scene = Scene::new(db).await;
        known(&scene, CardStatus::Active).await;
        let mut pile = scene.connect(DEVICE).await;
        assert_eq!(refusal(swipe(&pile).await), CardRefusal::NotServed);
        assert!(pile.command().is_none(), "nothing starts");
    }

    async fn unknown_and_blocked_cards_are_refused_by_their_reason(db: &store::Db) {
        let scene = Scene::new(db).await;
        in_force(&scene, ebike(json!({"mode": "energy", "unit_price_fen": 120}))).await;
        let mut pile = scene.connect(DEVICE).await;
        assert_eq!(refusal(swipe(&pile).await), CardRefusal::Unknown);
        known(&scene, CardStatus::Blocked).await;
        assert_eq!(refusal(swipe(&pile).await), CardRefusal::Blocked);
        assert!(pile.command().is_none(), "nothing starts");
    }

    /// Held again, the same card stops the charge; the bill is energy by price, not the limit.
    async fn a_card_charges_until_it_is_held_again(db: &store::Db) {
        let scene = Scene::new(db).await;
        in_force(&scene, ebike(json!({"mode": "energy", "unit_price_fen": 120}))).await;
        known(&scene, CardStatus::Active).await;
        let mut pile = scene.connect(DEVICE).await;
        assert!(is_accepted(&swipe(&pile).await));
        let dispatch = pile.command().expect("a start command");
        let Command::StartCharge(plan) = &dispatch.command else {
            panic!("{:?}", dispatch.command);
        };
        let order = scene.order(plan.order).await;
        assert_eq!(order.source, OrderSource::Card);
        assert_eq!(order.card_no.as_deref(), Some(CARD));
        pile.begins_with(&dispatch, &order).await;
        scene.advance(600);
        assert!(is_accepted(&swipe(&pile).await));
        let stop = pile.command().expect("a stop command");
        assert!(matches!(stop.command, Command::StopCharge { .. }), "{:?}", stop.command);
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 605, 50)).await;
        let order = scene.order(order.order_no).await;
        assert_eq!(order.status, OrderStatus::Completed);
        assert_eq!(order.end_reason, Some(EndReason::UserStop));
        assert_eq!(order.final_amount, Some(Fen(60)), "0.50 kWh at 1.20");
        assert_eq!(order.settle_status, SettleStatus::Settled);
    }

    /// The device let somebody charge while nobody was asked: stored, acknowledged, not billed.
    async fn a_charge_that_nobody_priced_is_held_for_review(db: &store::Db) {
        let scene = Scene::new(db).await;
        known(&scene, CardStatus::Active).await;
        let pile = scene.connect(DEVICE).await;
        let charge = ChargeKey::Serial("A1".to_owned());
        let began = DeviceStart {
            charge: charge.clone(),
            port: PortNo(1),
            source: StartSource::OfflineCard,
            card_no: Some("DD887766".to_owned()),
            vin: None,
            started_at: None,
        };
        pile.says(Event::Began(began)).await;
        scene.advance(600);
        let answer = pile.ends(end(charge, 1, 600, 50)).await;
        assert_eq!(answer, Some(Answer::Stored));
        let page = store::PageRequest::default();
        let held = scene.app.list_orders(&store::orders::OrderFilter::default(), page).await;
        let order = held.expect("readable").items.remove(0);
        assert_eq!(order.status, OrderStatus::Completed);
        assert_eq!(order.settle_status, SettleStatus::Error);
        assert_eq!(order.final_amount, Some(Fen::ZERO));
        assert_eq!(order.abnormal_reason.as_deref(), Some("no price applies"));
        let told = scene.told(order.order_no).await;
        assert!(!told.iter().any(|kind| kind == "order.completed"), "{told:?}");
    }
}
