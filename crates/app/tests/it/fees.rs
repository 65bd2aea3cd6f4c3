//! Plugs that are left in: paid out of the wallet, owed, reduced and given back.

use crate::scene::{DEVICE, Pile, Scene, port_report, settings};
use crate::town::{Town, anna};
use app::AppError;
use device::{PortReport, PortState};
use domain::ledger::{Account, Income, PartyPurse};
use domain::occupancy::{Occupancy, OccupancyState};
use domain::org::Scope;
use kernel::{Fen, MemberId};
use store::PageRequest;

/// A charge of 1.50 yuan, and a plug that stays in for so long.
async fn left_in(town: &Town, pile: &mut Pile, member: MemberId, seconds: u64) -> Occupancy {
    let order = town.start(member, 1, 10_000).await.expect("started");
    town.charges(pile, &order, 100).await;
    town.unplugs(pile, 1, seconds).await;
    occupancy(town).await
}

async fn occupancy(town: &Town) -> Occupancy {
    let page = PageRequest::default();
    let list = town
        .scene
        .app
        .list_occupancies(Scope::Everything, None, None, None, page)
        .await;
    list.expect("readable").items.remove(0)
}

/// The platform's income, the agent's and the merchant's shares of occupancies alone.
async fn earned(town: &Town) -> [i64; 3] {
    [
        town.held(Account::Income(Income::Occupancy)).await,
        town.held(Account::Agent(town.agent, PartyPurse::Pending))
            .await,
        town.held(Account::Merchant(town.merchant, PartyPurse::Pending))
            .await,
    ]
}

testkit::both_engines! {
    /// Ten minutes beyond the free one: 5 yuan out of the wallet, 40 % the platform's, of the
    /// rest a fifth the agent's.
    async fn a_fee_is_paid_out_of_the_wallet_and_shared(db: &store::Db) {
        let town = Town::new(db).await;
        town.plugs_cost().await;
        let member = town.member("13800138000", 2000).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let order = town.start(member, 1, 10_000).await.expect("started");
        town.charges(&mut pile, &order, 100).await;
        let before = earned(&town).await;
        assert_eq!(town.wallet(member).await, (1850, 0));
        town.unplugs(&pile, 1, 660).await;
        let paid = occupancy(&town).await;
        assert_eq!((paid.state, paid.fee.fen), (OccupancyState::Paid, Fen(500)));
        assert_eq!(town.wallet(member).await, (1350, 0));
        let after = earned(&town).await;
        let gained: Vec<i64> = after.iter().zip(before).map(|(now, then)| now - then).collect();
        assert_eq!(gained, [200, 60, 240]);
        assert_eq!(town.scene.order(order.order_no).await.occupancy_fen, Fen(500));
        town.books_are_right().await;

        // Less is taken, then nothing: the money goes back, and those who earned it give it back.
        let app = &town.scene.app;
        let reduced = app.reduce_occupancy(&anna(), &paid.occ_no, Fen(200), "rain").await;
        let reduced = reduced.expect("reduced");
        assert_eq!((reduced.state, reduced.fee.fen), (OccupancyState::Paid, Fen(200)));
        assert_eq!(town.wallet(member).await, (1650, 0));
        town.books_are_right().await;
        let more = app.reduce_occupancy(&anna(), &paid.occ_no, Fen(200), "rain").await;
        assert!(matches!(more, Err(AppError::Invalid { .. })), "not less than now");
        for _ in 0..2 {
            let waived = app.waive_occupancy("ben", &paid.occ_no, "the barrier stuck").await;
            assert_eq!(waived.expect("waived").state, OccupancyState::Waived);
            assert_eq!(town.wallet(member).await, (1850, 0), "once");
        }
        assert_eq!(earned(&town).await, before);
        assert_eq!(town.scene.order(order.order_no).await.occupancy_fen, Fen(0));
        town.books_are_right().await;
    }

    /// Less is in the wallet: what is there is taken, the rest is owed and blocks the next start;
    /// a top-up pays it.
    async fn what_is_owed_blocks_until_a_top_up_pays_it(db: &store::Db) {
        let town = Town::new(db).await;
        town.plugs_cost().await;
        let member = town.member("13800138000", 600).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let owing = left_in(&town, &mut pile, member, 1260).await;
        assert_eq!((owing.state, owing.fee.fen), (OccupancyState::ToPay, Fen(1000)));
        assert_eq!((town.cash(member).await, town.owed(member).await), (0, 550));
        town.books_are_right().await;
        let refused = town.start(member, 1, 10_000).await;
        assert!(matches!(refused, Err(AppError::Conflict("an earlier charge is not paid"))));
        let empty = town.scene.app.pay_debts(member).await;
        assert!(matches!(empty, Err(AppError::Conflict("balance too low"))));
        town.top_up(member, 500).await;
        assert_eq!(occupancy(&town).await.state, OccupancyState::ToPay, "half a yuan is owed");
        town.top_up(member, 5000).await;
        assert_eq!(occupancy(&town).await.state, OccupancyState::Paid);
        assert_eq!((town.cash(member).await, town.owed(member).await), (4950, 0));
        town.books_are_right().await;
        let order = town.start(member, 1, 10_000).await.expect("nothing is owed");
        assert_eq!(order.amount, Fen(4950));
    }

    /// What is waived while it is owed is owed no more, and what was paid of it comes back.
    async fn a_waived_debt_is_owed_no_more(db: &store::Db) {
        let town = Town::new(db).await;
        town.plugs_cost().await;
        let member = town.member("13800138000", 600).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let owing = left_in(&town, &mut pile, member, 1260).await;
        let app = &town.scene.app;
        let reduced = app.reduce_occupancy(&anna(), &owing.occ_no, Fen(400), "late").await;
        assert_eq!(reduced.expect("reduced").state, OccupancyState::Paid, "nothing is owed now");
        assert_eq!((town.cash(member).await, town.owed(member).await), (50, 0));
        town.books_are_right().await;
        app.waive_occupancy("ben", &owing.occ_no, "late").await.expect("waived");
        assert_eq!((town.cash(member).await, town.owed(member).await), (450, 0));
        town.books_are_right().await;
    }

    /// The program falls over before and after the payment: it is paid once.
    async fn a_restart_pays_once(db: &store::Db) {
        let town = Town::new(db).await;
        town.plugs_cost().await;
        let member = town.member("13800138000", 2000).await;
        let mut pile = town.scene.connect(DEVICE).await;
        let order = town.start(member, 1, 10_000).await.expect("started");
        town.charges(&mut pile, &order, 100).await;
        town.scene.app.flush().await;
        let clock = town.scene.clock.clone();
        let again = Scene::restarted(db, settings(), clock.clone()).await;
        let pile = again.connect(DEVICE).await;
        let still_in = PortReport {
            plugged: Some(true),
            ..port_report(1, PortState::Plugged)
        };
        pile.shows(still_in.clone()).await;
        again.app.watch_occupied().await.expect("written");
        again.advance(661);
        let out = PortReport {
            plugged: Some(false),
            state: PortState::Idle,
            ..still_in
        };
        pile.shows(out).await;
        for _ in 0..2 {
            again.app.watch_occupied().await.expect("written");
        }
        let paid = occupancy(&town).await;
        assert_eq!((paid.state, paid.fee.fen), (OccupancyState::Paid, Fen(550)));
        assert_eq!(town.wallet(member).await, (1300, 0));
        let third = Scene::restarted(db, settings(), clock).await;
        third.app.watch_occupied().await.expect("written");
        assert_eq!(town.wallet(member).await, (1300, 0));
        town.books_are_right().await;
    }
}
