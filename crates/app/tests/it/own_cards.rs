//! Cards and vehicles that members hold, and what a card may do on one day.

use crate::scene::{DEVICE, Pile, end};
use crate::town::{Town, anna};
use app::{AppError, CardProof, VehicleWish};
use device::{
    Answer, CardRefusal, CardSwipe, CardVerdict, ChargeKey, ChargeMode, Command, Event, VinOffer,
};
use domain::card::{Card, CardAccount, CardStatus, md5_of};
use domain::order::Order;
use domain::org::Scope;
use domain::payer::Payer;
use kernel::{Fen, PortNo};
use store::PageRequest;
use store::cards::CardEntry;
use store::members::Member;
use store::orders::OrderFilter;

const CARD: &str = "1000000001";
const PHONE: &str = "13800138000";
const VIN: &str = "LSGBC5345HG001234";

pub(crate) fn stored() -> CardEntry {
    CardEntry {
        card: Card {
            card_no: CARD.to_owned(),
            physical_no: Some("DD887766".to_owned()),
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
            offline: false,
            valid_until: None,
            station_id: None,
        },
        holder: None,
        phone: Some("13600136000".to_owned()),
        remark: None,
    }
}

async fn card_with(town: &Town, entry: CardEntry, fen: i64) {
    let app = &town.scene.app;
    app.add_card(&anna(), entry).await.expect("added");
    let balance = app.recharge_card("anna", CARD, Fen(fen), "R1").await;
    assert_eq!(balance.expect("recharged"), Fen(fen));
}

async fn member(town: &Town, phone: &str, fen: i64) -> Member {
    let id = town.member(phone, fen).await;
    town.scene.app.member(id).await.expect("there")
}

fn proof(chip: Option<&str>, password: Option<&str>) -> CardProof {
    CardProof {
        card_no: CARD.to_owned(),
        password: password.map(str::to_owned),
        chip_no: chip.map(str::to_owned),
    }
}

pub(crate) async fn swipe(pile: &Pile) -> CardVerdict {
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

fn refusal(verdict: CardVerdict) -> CardRefusal {
    match verdict {
        CardVerdict::Refused { reason, .. } => reason,
        other => panic!("not refused: {other:?}"),
    }
}

/// Holds the card to the reader, charges so much and ends.
async fn charged(town: &Town, pile: &mut Pile, centi_kwh: i64) -> Order {
    let verdict = swipe(pile).await;
    assert!(
        matches!(verdict, CardVerdict::Accepted { .. }),
        "{verdict:?}"
    );
    let dispatch = pile.command().expect("a start command");
    let Command::StartCharge(plan) = &dispatch.command else {
        panic!("{:?}", dispatch.command);
    };
    let order = town.scene.order(plan.order).await;
    pile.begins_with(&dispatch, &order).await;
    town.scene.advance(600);
    pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, centi_kwh))
        .await;
    order
}

testkit::both_engines! {
    /// Who has the chip's number binds the card, sees its money and its charges, and nobody else.
    async fn a_member_holds_a_card(db: &store::Db) {
        let town = Town::new(db).await;
        card_with(&town, stored(), 10_000).await;
        let app = &town.scene.app;
        let mine = member(&town, PHONE, 0).await;
        let other = member(&town, "13900139000", 0).await;
        for wrong in [proof(None, None), proof(Some("AABBCCDD"), None), proof(None, Some("1"))] {
            let refused = app.bind_own_card(&other, &wrong).await;
            let said = AppError::Conflict("card and verification do not fit");
            assert_eq!(refused.expect_err("refused").to_string(), said.to_string());
        }
        let bound = app.bind_own_card(&mine, &proof(Some("dd887766"), None)).await;
        assert_eq!(bound.expect("bound").balance, Some(Fen(10_000)));
        app.bind_own_card(&mine, &proof(Some("dd887766"), None)).await.expect("said again");
        assert!(app.bind_own_card(&other, &proof(Some("dd887766"), None)).await.is_err());
        assert!(app.bind_card(&anna(), CARD, other.member_id()).await.is_err(), "somebody's");

        let mut pile = town.scene.connect(DEVICE).await;
        let order = charged(&town, &mut pile, 523).await;
        let page = PageRequest::default();
        let own = app.member_orders(mine.member_id(), page).await.expect("read").items;
        assert_eq!(own.len(), 1);
        assert_eq!(own[0].order_no, order.order_no);
        assert!(app.member_order(other.member_id(), order.order_no).await.is_err());
        let cards = app.own_cards(mine.member_id()).await.expect("read");
        assert_eq!(cards[0].balance, Some(Fen(9215)));

        let all = app.list_cards(&Scope::Everything, None, None, page).await.expect("read").items;
        assert_eq!((all[0].balance, all[0].last_used_at), (Some(Fen(9215)), Some(order.created_at)));
        let used = |card_no: &str| OrderFilter { card_no: Some(card_no.to_owned()), ..OrderFilter::default() };
        let lines = app.list_order_lines(&used(CARD), None, page).await.expect("read");
        assert_eq!(lines.items[0].order.order_no, order.order_no);
        assert_eq!(app.list_order_lines(&used("7"), None, page).await.expect("read").total, 0);
        assert_eq!(town.wallet(mine.member_id()).await, (0, 0), "the card pays");
        town.books_are_right().await;

        let lost = app.lose_own_card(mine.member_id(), CARD, true).await.expect("lost");
        assert_eq!(lost.row.card.status, CardStatus::Lost);
        assert_eq!(refusal(swipe(&pile).await), CardRefusal::Blocked);
        assert!(app.lose_own_card(other.member_id(), CARD, false).await.is_err());
        app.lose_own_card(mine.member_id(), CARD, false).await.expect("found");
        app.move_card(&anna(), CARD, CardStatus::Blocked, "user.card.block").await.expect("ok");
        let lifted = app.lose_own_card(mine.member_id(), CARD, false).await;
        assert!(lifted.is_err(), "what the operator blocks its holder cannot lift");
        app.unbind_own_card(mine.member_id(), CARD).await.expect("given up");
        assert!(app.own_cards(mine.member_id()).await.expect("read").is_empty());
    }

    /// A password is guessed only so often.
    async fn guesses_are_few(db: &store::Db) {
        let town = Town::new(db).await;
        let mut entry = stored();
        entry.card.password_md5 = Some(md5_of("4711"));
        card_with(&town, entry, 500).await;
        let mine = member(&town, PHONE, 0).await;
        let app = &town.scene.app;
        let mut locked = false;
        for guess in 0..10 {
            let guess = format!("{guess:04}");
            let refused = app.bind_own_card(&mine, &proof(None, Some(&guess))).await;
            locked |= matches!(refused, Err(AppError::Locked { .. }));
        }
        assert!(locked, "guessing ends");
        let right = app.bind_own_card(&mine, &proof(None, Some("4711"))).await;
        assert!(right.is_err(), "also for the right one");
    }

    /// Two charges, or ten yuan, a day: the device is told why not, and the next day begins anew.
    async fn a_day_has_its_limits(db: &store::Db) {
        let town = Town::new(db).await;
        let mut entry = stored();
        entry.card.daily_times = Some(2);
        entry.card.daily_limit = Some(Fen(1500));
        card_with(&town, entry, 10_000).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let first = charged(&town, &mut pile, 500).await;
        assert_eq!(first.amount, Fen(1500), "a day's worth is the most of one charge");
        let second = charged(&town, &mut pile, 100).await;
        assert_eq!(second.amount, Fen(750), "what the first left");
        assert_eq!(refusal(swipe(&pile).await), CardRefusal::DailyLimit);
        town.scene.advance(9 * 3600);
        pile.leave();
        town.scene.settle().await;
        let mut pile = town.scene.connect(DEVICE).await;
        charged(&town, &mut pile, 900).await;
        assert_eq!(refusal(swipe(&pile).await), CardRefusal::DailyLimit, "1.50 yuan are left");
        town.books_are_right().await;
    }

    /// A number has one owner; its charges are his wallet's and stand in his list.
    async fn a_vehicle_has_one_owner(db: &store::Db) {
        let town = Town::new(db).await;
        let app = &town.scene.app;
        let mine = member(&town, PHONE, 5000).await;
        let other = member(&town, "13900139000", 5000).await;
        let wish = VehicleWish {
            plate: Some("京A·D1234 5".to_owned()),
            vin: Some(VIN.to_lowercase()),
            plug_and_charge: true,
        };
        let bound = app.bind_vehicle(&mine, &wish).await.expect("bound");
        assert_eq!(bound.plate.as_deref(), Some("京AD12345"));
        for taken in [
            VehicleWish { plate: Some("京ad12345".to_owned()), ..VehicleWish::default() },
            VehicleWish { vin: Some(VIN.to_owned()), ..VehicleWish::default() },
        ] {
            let refused = app.bind_vehicle(&other, &taken).await;
            assert!(matches!(refused, Err(AppError::Conflict("the vehicle is somebody else's"))));
        }
        for wrong in [
            VehicleWish::default(),
            VehicleWish { plate: Some("A1".to_owned()), ..VehicleWish::default() },
            VehicleWish { vin: Some("LSGBC5345HG00123O".to_owned()), ..VehicleWish::default() },
            VehicleWish {
                plate: Some("京B12345".to_owned()),
                plug_and_charge: true,
                ..VehicleWish::default()
            },
        ] {
            let refused = app.bind_vehicle(&other, &wrong).await;
            assert!(matches!(refused, Err(AppError::Invalid { .. })), "{wrong:?}");
        }
        let pile = town.scene.connect(DEVICE).await;
        let offer = VinOffer {
            vin: VIN.to_owned(),
            vin_other: None,
            port: PortNo(1),
            parallel: None,
        };
        let said = pile.says(Event::VinOffered(offer)).await;
        assert!(matches!(said, Some(Answer::Card(CardVerdict::Accepted { .. }))), "{said:?}");
        let own = app.member_orders(mine.member_id(), PageRequest::default()).await;
        let own = own.expect("read").items;
        assert_eq!(own.len(), 1);
        let payer = own[0].payer.as_deref();
        assert_eq!(payer, Some(&Payer::Wallet { member: mine.member_id() }));
        assert!(app.unbind_vehicle(other.member_id(), bound.id).await.is_err());
        app.unbind_vehicle(mine.member_id(), bound.id).await.expect("given up");
        app.bind_vehicle(&other, &wish).await.expect("free again");
    }
}
