//! Cards and vehicles of others: where they serve, who may name their payer, and that no money is
//! lost with a card.

use crate::scene::{DEVICE, Pile};
use crate::town::{Town, anna};
use crate::withdrawals::clerk;
use app::AppError;
use app::staff::Actor;
use device::{
    Answer, CardRefusal, CardSwipe, CardVerdict, ChargeKey, DeviceStart, Event, StartSource,
    VinOffer,
};
use domain::card::{CardAccount, CardStatus, Vehicle};
use domain::ledger::{Account, Purse};
use domain::org::OrgType;
use kernel::{Fen, MemberId, OrgId, PortNo};
use store::cards::CardEntry;
use store::members::{self, MemberChange};
use store::vehicles::VehicleEntry;
use store::{Db, orgs};

const CARD: &str = "1000000001";
pub(crate) const VIN: &str = "LSGBC5345HG001234";

fn card(number: &str, account: CardAccount) -> CardEntry {
    let mut entry = crate::own_cards::stored();
    number.clone_into(&mut entry.card.card_no);
    entry.card.physical_no = None;
    entry.card.account = account;
    entry.phone = None;
    entry
}

pub(crate) fn vehicle(
    member: Option<MemberId>,
    company: Option<OrgId>,
    card_no: Option<&str>,
) -> VehicleEntry {
    VehicleEntry {
        vehicle: Vehicle {
            vin: VIN.to_owned(),
            status: CardStatus::Active,
            plug_and_charge: true,
            limit: Fen(20_000),
            member,
            company,
            card_no: card_no.map(str::to_owned),
        },
        plate: None,
        holder: None,
        phone: None,
        remark: None,
    }
}

async fn swipe(pile: &Pile, number: &str) -> CardVerdict {
    swipe_at(pile, number, 1).await
}

async fn swipe_at(pile: &Pile, number: &str, port: u16) -> CardVerdict {
    let swipe = CardSwipe {
        card_no: number.to_owned(),
        physical_no: None,
        port: PortNo(port),
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

fn is_unknown(verdict: &CardVerdict) -> bool {
    let unknown = [CardRefusal::Unknown, CardRefusal::VehicleUnknown];
    matches!(verdict, CardVerdict::Refused { reason, .. } if unknown.contains(reason))
}

fn names<T: std::fmt::Debug>(refused: &Result<T, AppError>, wrong: &str) -> bool {
    matches!(refused, Err(AppError::Invalid { field, .. }) if field == wrong)
}

/// Somebody of the merchant whose station stands there.
async fn at_home(town: &Town, db: &Db) -> Actor {
    let mut view = db.view().await.expect("a view");
    let org = orgs::find(view.conn(), town.merchant.0)
        .await
        .expect("read");
    Actor {
        admin_id: Some(41),
        org_id: town.merchant.0,
        org_type: OrgType::Merchant,
        org_path: org.expect("there").path,
        is_super: false,
        ..Actor::trusted("home")
    }
}

async fn joins(db: &Db, town: &Town, member: MemberId, company: i64) {
    let mut direct = db.direct().await.expect("a connection");
    let change = MemberChange {
        company: Some(Some(OrgId(company))),
        ..MemberChange::default()
    };
    let now = town.scene.app.now();
    members::change(direct.conn(), member, &change, now)
        .await
        .expect("theirs");
}

testkit::both_engines! {
    /// What is given away is given at places of who gives it.
    async fn free_cards_serve_at_home(db: &Db) {
        let town = Town::new(db).await;
        let (app, now) = (&town.scene.app, town.scene.app.now());
        let stranger = clerk(db, OrgType::Merchant, 1, "stranger", 51, now).await;
        let home = at_home(&town, db).await;
        let mut pile = town.scene.connect(DEVICE).await;
        for (number, account) in [("11", CardAccount::Listed), ("12", CardAccount::Monthly)] {
            app.add_card(&stranger, card(number, account)).await.expect("added");
            assert!(is_unknown(&swipe(&pile, number).await), "{number}");
        }
        app.add_vehicle(&stranger, vehicle(None, None, None)).await.expect("added");
        let offer = VinOffer { vin: VIN.to_owned(), vin_other: None, port: PortNo(1), parallel: None };
        match pile.says(Event::VinOffered(offer)).await {
            Some(Answer::Card(verdict)) => assert!(is_unknown(&verdict), "{verdict:?}"),
            other => panic!("no verdict: {other:?}"),
        }
        assert!(pile.command().is_none(), "nothing starts");
        // A device that asks nobody is believed, but the card is none that is known there.
        let began = DeviceStart {
            charge: ChargeKey::Serial("A1".to_owned()),
            port: PortNo(3),
            source: StartSource::OfflineCard,
            card_no: Some("12".to_owned()),
            vin: None,
            started_at: None,
        };
        pile.says(Event::Began(began)).await;
        let filter = store::orders::OrderFilter::default();
        let orders = app.list_orders(&filter, store::PageRequest::default()).await;
        let order = orders.expect("read").items.remove(0);
        assert_eq!(order.abnormal_reason.as_deref(), Some("card is not known"));
        assert!(order.payer.is_none());
        for (number, port, owner) in [("13", 1, &home), ("14", 2, &anna())] {
            app.add_card(owner, card(number, CardAccount::Monthly)).await.expect("added");
            let verdict = swipe_at(&pile, number, port).await;
            assert!(matches!(verdict, CardVerdict::Accepted { .. }), "{number}: {verdict:?}");
            assert!(pile.command().is_some(), "{number}");
        }
        town.books_are_right().await;
    }

    /// Nobody names a payer who is not theirs, and what there is not pays for nothing.
    async fn payers_are_ones_own(db: &Db) {
        let town = Town::new(db).await;
        let (app, now) = (&town.scene.app, town.scene.app.now());
        let firm = clerk(db, OrgType::Company, 1, "firm", 51, now).await;
        let other = clerk(db, OrgType::Company, 1, "other", 52, now).await;
        let home = at_home(&town, db).await;
        let mine = town.member("13800138000", 10_000).await;
        let theirs = town.member("13900139000", 10_000).await;
        joins(db, &town, mine, firm.org_id).await;
        let wallet = CardAccount::Member;
        let company = |id: i64| CardAccount::Company(OrgId(id));
        for (actor, account, field) in [
            (&firm, wallet(theirs), "member_id"),
            (&home, wallet(mine), "member_id"),
            (&anna(), wallet(MemberId(99_999)), "member_id"),
            (&firm, company(other.org_id), "company_id"),
            (&home, company(firm.org_id), "company_id"),
            (&anna(), company(town.merchant.0), "company_id"),
            (&anna(), company(99_999), "company_id"),
        ] {
            let refused = app.add_card(actor, card("21", account.clone())).await;
            assert!(names(&refused, field), "{}: {refused:?}", actor.name);
            let (member, org) = match account {
                CardAccount::Company(org) => (None, Some(org)),
                CardAccount::Member(member) => (Some(member), None),
                _ => (None, None),
            };
            let refused = app.add_vehicle(actor, vehicle(member, org, None)).await;
            assert!(names(&refused, field), "{}: {refused:?}", actor.name);
        }
        app.add_card(&home, card("22", CardAccount::Listed)).await.expect("added");
        let changed = app.change_card(&home, card("22", wallet(mine))).await;
        assert!(names(&changed, "member_id"), "{changed:?}");
        let bound = app.bind_card(&home, "22", mine).await;
        assert!(matches!(bound, Err(AppError::NotFound("member"))), "{bound:?}");
        app.add_card(&firm, card("23", wallet(mine))).await.expect("their own member");
        let own = app.add_card(&anna(), card("24", company(firm.org_id))).await.expect("added");
        assert_eq!(own.org_path.as_deref(), Some(firm.org_path.as_str()), "the company sees it");
        // What another may name stays where it is.
        app.change_card(&firm, card("24", company(firm.org_id))).await.expect("unchanged");
        for ghost in ["22", "999"] {
            let refused = app.add_vehicle(&firm, vehicle(None, None, Some(ghost))).await;
            assert!(names(&refused, "card_no"), "{refused:?}");
        }
        let own = vehicle(Some(mine), Some(OrgId(firm.org_id)), Some("24"));
        let row = app.add_vehicle(&anna(), own).await.expect("added");
        assert_eq!(row.org_path.as_deref(), Some(firm.org_path.as_str()));
    }

    /// A card with money, or a debt, stays what it is.
    async fn money_is_not_lost_with_its_card(db: &Db) {
        let town = Town::new(db).await;
        let app = &town.scene.app;
        app.add_card(&anna(), card(CARD, CardAccount::Stored)).await.expect("added");
        app.recharge_card("anna", CARD, Fen(5000), "R1").await.expect("paid in");
        let gone = app.remove_card(&anna(), CARD).await;
        assert!(matches!(gone, Err(AppError::Conflict(_))), "{gone:?}");
        let changed = app.change_card(&anna(), card(CARD, CardAccount::Listed)).await;
        assert!(matches!(changed, Err(AppError::Conflict(_))), "{changed:?}");
        app.refund_card("anna", CARD, Fen(5000), "R2").await.expect("paid out");
        app.remove_card(&anna(), CARD).await.expect("empty");

        // Money that lies under a number whose card went before.
        let mut direct = db.direct().await.expect("a connection");
        let paid = domain::ledger::postings::card_recharge("R3", CARD, Fen(100), Fen::ZERO);
        store::ledger::post(direct.conn(), &[paid], "test", app.now()).await.expect("posted");
        drop(direct);
        let again = app.add_card(&anna(), card(CARD, CardAccount::Stored)).await;
        assert!(matches!(again, Err(AppError::Conflict(_))), "{again:?}");
        assert!(app.card(CARD).await.is_err(), "it was not added");
        assert_eq!(town.held(Account::Card(CARD.to_owned(), Purse::Cash)).await, 100);
        town.books_are_right().await;
    }

    /// A chip is one card's, whichever way round a reader sends it.
    async fn a_chip_is_one_cards(db: &Db) {
        let town = Town::new(db).await;
        let app = &town.scene.app;
        let chip = |number: &str, chip: &str| {
            let mut entry = card(number, CardAccount::Stored);
            entry.card.physical_no = Some(chip.to_owned());
            entry
        };
        app.add_card(&anna(), chip("31", "00000000D14B0A54")).await.expect("added");
        let same = app.add_card(&anna(), chip("32", "540A4BD1")).await;
        assert!(matches!(same, Err(AppError::Conflict("another card has that chip"))), "{same:?}");
        app.add_card(&anna(), chip("32", "DD887766")).await.expect("added");
        let moved = app.change_card(&anna(), chip("32", "D14B0A54")).await;
        assert!(matches!(moved, Err(AppError::Conflict("another card has that chip"))), "{moved:?}");
        let number = app.change_card(&anna(), chip("31", "DD887766")).await;
        assert!(number.is_err(), "{number:?}");
        app.remove_card(&anna(), "31").await.expect("gone");
        app.change_card(&anna(), chip("32", "D14B0A54")).await.expect("free again");
        let anna = anna();
        let (one, two) = tokio::join!(
            app.add_card(&anna, chip("33", "AABBCCDD")),
            app.add_card(&anna, chip("34", "AABBCCDD")),
        );
        assert!(one.is_ok() != two.is_ok(), "one of both");
    }

    /// The number of a receipt stands for one sum.
    async fn a_receipt_stands_for_one_sum(db: &Db) {
        let town = Town::new(db).await;
        let (app, now) = (&town.scene.app, town.scene.app.now());
        let other = |said: Result<Fen, AppError>| {
            assert!(matches!(said, Err(AppError::Conflict("the key stands for another sum"))), "{said:?}");
        };
        app.add_card(&anna(), card(CARD, CardAccount::Stored)).await.expect("added");
        for _ in 0..2 {
            let held = app.recharge_card("anna", CARD, Fen(5000), "R1").await;
            assert_eq!(held.expect("known"), Fen(5000));
        }
        other(app.recharge_card("anna", CARD, Fen(9000), "R1").await);
        for _ in 0..2 {
            let held = app.refund_card("anna", CARD, Fen(1000), "R1").await;
            assert_eq!(held.expect("known"), Fen(4000));
        }
        other(app.refund_card("anna", CARD, Fen(2000), "R1").await);
        let firm = clerk(db, OrgType::Company, 1, "firm", 51, now).await;
        let pays = |fen| {
            let anna = anna();
            let org = OrgId(firm.org_id);
            async move { app.recharge_company(&anna, org, Fen(fen), "B1").await.map(|a| a.cash) }
        };
        for _ in 0..2 {
            assert_eq!(pays(7000).await.expect("known"), Fen(7000));
        }
        other(pays(7001).await);
        let (one, two) = tokio::join!(
            app.recharge_card("anna", CARD, Fen(10), "R9"),
            app.recharge_card("anna", CARD, Fen(20), "R9"),
        );
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        let member = town.member("13800138000", 0).await;
        for _ in 0..2 {
            app.adjust_points(&anna(), member, 100, "welcome", "P1").await.expect("given");
        }
        let more = app.adjust_points(&anna(), member, 200, "welcome", "P1").await;
        assert!(matches!(more, Err(AppError::Conflict("the key stands for another number"))), "{more:?}");
        assert_eq!(app.points(member).await.expect("read").balance, 100);
        town.books_are_right().await;
    }
}
