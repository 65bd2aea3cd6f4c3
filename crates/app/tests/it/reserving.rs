//! Ports that are kept: used, given up, let go by, and only for whom they are kept.

use crate::scene::{DEVICE, Scene, end, id, port_report, settings};
use crate::town::{Town, anna, wish};
use app::{AppError, PayBy};
use device::{ChargeKey, Command, DeviceStart, Event, PortState, StartSource};
use domain::ledger::{Account, Income, PartyPurse};
use domain::reservation::{NoShow, ReservationRules, ReservationState};
use domain::settlement::Wishes;
use kernel::{Fen, MemberId, PortNo};
use store::PageRequest;
use store::reservations::{ReservationFilter, ReservationRow};

const PHONE: &str = "13800138000";

async fn reserve(town: &Town, member: MemberId, port: u16) -> Result<ReservationRow, AppError> {
    let member = town.scene.app.member(member).await.expect("there");
    town.scene
        .app
        .reserve(&member, &id(DEVICE), PortNo(port))
        .await
}

async fn state(town: &Town, row: &ReservationRow) -> ReservationState {
    let (filter, page) = (ReservationFilter::default(), PageRequest::default());
    let list = town
        .scene
        .app
        .list_reservations(&filter, page)
        .await
        .expect("read");
    let mut items = list.items.into_iter();
    let found = items.find(|other| other.reservation_no == row.reservation_no);
    found.expect("there").says.state
}

async fn costs(town: &Town, fen: i64, no_show: NoShow) {
    let rules = ReservationRules {
        fee_fen: Fen(fen),
        no_show,
        ..ReservationRules::default()
    };
    let app = &town.scene.app;
    app.set_reservation_rules(&anna(), &rules)
        .await
        .expect("decided");
}

/// Four ports that are free.
async fn idle(town: &Town) -> crate::scene::Pile {
    let pile = town.scene.connect(DEVICE).await;
    for port in 1..=4 {
        pile.shows(port_report(port, PortState::Idle)).await;
    }
    pile
}

fn is_reserved(refused: &Result<domain::order::Order, AppError>) -> bool {
    matches!(refused, Err(AppError::Conflict("port is reserved")))
}

testkit::both_engines! {
    /// Two yuan are held, and shared when the member comes; nobody else may start meanwhile.
    async fn only_its_member_may_start(db: &store::Db) {
        let town = Town::new(db).await;
        costs(&town, 200, NoShow::KeepsFee).await;
        let mine = town.member(PHONE, 2000).await;
        let other = town.member("13900139000", 2000).await;
        let mut pile = idle(&town).await;
        let kept = reserve(&town, mine, 1).await.expect("kept");
        assert!(kept.reservation_no.starts_with("RS"));
        assert_eq!(town.wallet(mine).await, (1800, 200));
        town.books_are_right().await;
        town.scene.app.flush().await;
        assert_eq!(town.scene.port(1).await.state, PortState::Reserved);
        let again = reserve(&town, other, 1).await;
        assert!(matches!(again, Err(AppError::Conflict("port is reserved"))));
        let second = reserve(&town, mine, 2).await;
        assert!(matches!(second, Err(AppError::Conflict("you have a reservation already"))));
        assert!(is_reserved(&town.start(other, 1, 1000).await));
        assert!(town.scene.start(1).await.is_err(), "nor a third party");
        // Whoever wants any port gets another one, also with the plug of the reserved one in.
        pile.shows(port_report(1, PortState::Plugged)).await;
        assert!(is_reserved(&town.start(other, 1, 1000).await));
        let app = &town.scene.app;
        let member = app.member(other).await.expect("there");
        let any = wish(255, 1000);
        let started = app
            .start_for_member(&member, &id(DEVICE), any, PayBy::Wallet, Wishes::default())
            .await;
        assert_eq!(started.expect("started").order.port_no, PortNo(2));
        drop(pile.command());

        let order = town.start(mine, 1, 1000).await.expect("it is theirs");
        assert_eq!(state(&town, &kept).await, ReservationState::Used);
        assert_eq!(town.wallet(mine).await, (800, 1000));
        assert_eq!(town.held(Account::Income(Income::Reservation)).await, 100);
        assert_eq!(town.held(Account::Agent(town.agent, PartyPurse::Pending)).await, 20);
        assert_eq!(town.held(Account::Merchant(town.merchant, PartyPurse::Pending)).await, 80);
        town.books_are_right().await;
        while let Some(dispatch) = pile.command() {
            if matches!(&dispatch.command, Command::StartCharge(plan)
                if plan.order == order.order_no)
            {
                pile.begins_with(&dispatch, &order).await;
                break;
            }
        }
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 600, 100)).await;
        assert!(town.start(other, 1, 500).await.is_ok(), "it is kept no more");
        town.books_are_right().await;
    }

    /// Nobody comes: the port is free after fifteen minutes, over a restart, and the fee is kept
    /// or not, as the rules said when it was made.
    async fn who_does_not_come_loses_the_port(db: &store::Db) {
        let town = Town::new(db).await;
        let mine = town.member(PHONE, 2000).await;
        let other = town.member("13900139000", 2000).await;
        let pile = idle(&town).await;
        costs(&town, 200, NoShow::Free).await;
        let free = reserve(&town, mine, 1).await.expect("kept");
        costs(&town, 300, NoShow::KeepsFee).await;
        let kept = reserve(&town, other, 2).await.expect("kept");
        drop(pile);
        town.scene.app.flush().await;
        let clock = town.scene.clock.clone();
        let again = Scene::restarted(db, settings(), clock).await;
        let _pile = again.connect(DEVICE).await;
        again.advance(899);
        assert_eq!(again.app.expire_reservations().await.expect("looked"), 0);
        let member = again.app.member(other).await.expect("there");
        let refused = again
            .app
            .start_for_member(&member, &id(DEVICE), wish(1, 500), PayBy::Wallet, Wishes::default())
            .await;
        assert!(matches!(refused, Err(AppError::Conflict("port is reserved"))), "{refused:?}");
        again.advance(1);
        assert_eq!(again.app.expire_reservations().await.expect("looked"), 2);
        assert_eq!(again.app.expire_reservations().await.expect("looked"), 0, "once");
        assert_eq!(state(&town, &free).await, ReservationState::Expired);
        assert_eq!(state(&town, &kept).await, ReservationState::Expired);
        assert_eq!(town.wallet(mine).await, (2000, 0));
        assert_eq!(town.wallet(other).await, (1700, 0));
        assert_eq!(town.held(Account::Income(Income::Reservation)).await, 150);
        town.books_are_right().await;
        let started = again
            .app
            .start_for_member(&member, &id(DEVICE), wish(1, 500), PayBy::Wallet, Wishes::default())
            .await;
        assert!(started.is_ok(), "{started:?}");
    }

    /// What is given up costs nothing; nobody gives up what is another's.
    async fn a_reservation_may_be_given_up(db: &store::Db) {
        let town = Town::new(db).await;
        costs(&town, 200, NoShow::KeepsFee).await;
        let mine = town.member(PHONE, 1000).await;
        let other = town.member("13900139000", 100).await;
        let mut pile = idle(&town).await;
        let app = &town.scene.app;
        let poor = reserve(&town, other, 1).await;
        assert!(matches!(poor, Err(AppError::Conflict("balance too low"))));
        town.scene.app.flush().await;
        assert_eq!(town.scene.port(1).await.state, PortState::Idle, "nothing is kept");
        let first = reserve(&town, mine, 1).await.expect("kept");
        assert!(app.cancel_own_reservation(other, &first.reservation_no).await.is_err());
        app.open_ground_lock(mine, &first.reservation_no).await.expect("lowered");
        let lowered = pile.command().expect("a command").command;
        assert!(matches!(lowered, Command::MoveGroundLock { raise: false, .. }), "{lowered:?}");
        app.cancel_own_reservation(mine, &first.reservation_no).await.expect("given up");
        assert!(app.cancel_own_reservation(mine, &first.reservation_no).await.is_err(), "once");
        let second = reserve(&town, mine, 1).await.expect("free again");
        let number = &second.reservation_no;
        app.cancel_reservation(&anna(), number, "the port is needed").await.expect("taken back");
        assert!(app.cancel_reservation(&anna(), number, "again").await.is_err(), "once");
        assert_eq!(town.wallet(mine).await, (1000, 0));
        town.books_are_right().await;
        assert!(town.start(mine, 1, 500).await.is_ok());
    }

    /// Two members want the same port at once: one gets it.
    async fn one_port_is_kept_for_one(db: &store::Db) {
        let town = Town::new(db).await;
        costs(&town, 200, NoShow::KeepsFee).await;
        let mine = town.member(PHONE, 1000).await;
        let other = town.member("13900139000", 1000).await;
        let _pile = idle(&town).await;
        let (one, two) = tokio::join!(reserve(&town, mine, 1), reserve(&town, other, 1));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        assert_eq!(town.wallet(mine).await.1 + town.wallet(other).await.1, 200);
        town.books_are_right().await;
    }

    /// A device lets somebody else charge by itself: the member is not charged for it.
    async fn a_port_that_was_taken_costs_nothing(db: &store::Db) {
        let town = Town::new(db).await;
        costs(&town, 200, NoShow::KeepsFee).await;
        let mine = town.member(PHONE, 1000).await;
        let pile = idle(&town).await;
        let kept = reserve(&town, mine, 1).await.expect("kept");
        let began = DeviceStart {
            charge: ChargeKey::Serial("A1".to_owned()),
            port: PortNo(1),
            source: StartSource::Local,
            card_no: None,
            vin: None,
            started_at: None,
        };
        pile.says(Event::Began(began)).await;
        assert_eq!(state(&town, &kept).await, ReservationState::Cancelled);
        assert_eq!(town.wallet(mine).await, (1000, 0));
        town.books_are_right().await;
    }
}
