//! Who earns, who gives back, and where what goes back goes first.

use crate::scene::{DEVICE, id, port_report};
use crate::town::{Town, anna, wish};
use app::staff::Actor;
use app::{AppError, PayBy};
use device::{CardRefusal, CardVerdict, PortReport, PortState};
use domain::card::CardAccount;
use domain::commission::CommissionRule;
use domain::ledger::{Account, PartyPurse, postings};
use domain::occupancy::OccupancyState;
use domain::order::Order;
use domain::org::{OrgType, Scope};
use domain::settlement::Wishes;
use kernel::{Fen, MemberId, OrgId};
use serde_json::{Value, json};
use std::time::Duration;
use store::cards::CardEntry;
use store::members::MemberChange;
use store::{PageRequest, ledger};

const PHONE: &str = "13800138000";

async fn org(town: &Town, kind: OrgType) -> OrgId {
    let mut tx = town.scene.app.db().begin().await.expect("a transaction");
    let made = crate::town::org(tx.conn(), kind, 1).await;
    tx.commit().await.expect("committed");
    OrgId(made.id)
}

/// Four fifths the owner's, a fifth of somebody else.
fn fifth_of(payee: OrgId) -> CommissionRule {
    let flat = json!({"style": "flat", "platform_cut_bp": 0,
        "payees": [{"org_id": null, "pct": 80}, {"org_id": payee, "pct": 20}]});
    let terms = json!({"elec": flat, "service": flat, "reserve": flat, "occupancy": flat});
    serde_json::from_value(terms).expect("a rule")
}

async fn shared_with(town: &Town, payee: OrgId) -> Result<(), AppError> {
    let (app, anna, terms) = (&town.scene.app, anna(), fifth_of(payee));
    app.add_split_rule(&anna, "station", Some(town.station), &terms, None)
        .await
        .map(|_| ())
}

async fn charged(town: &Town, member: MemberId, pay_by: PayBy, centi_kwh: i64) -> Order {
    let app = &town.scene.app;
    let mut pile = town.scene.connect(DEVICE).await;
    let who = app.member(member).await.expect("there");
    let started = app
        .start_for_member(
            &who,
            &id(DEVICE),
            wish(1, 10_000),
            pay_by,
            Wishes::default(),
        )
        .await
        .expect("started");
    town.charges(&mut pile, &started.order, centi_kwh).await;
    town.scene.order(started.order.order_no).await
}

async fn later(town: &Town, member: MemberId) {
    let change = MemberChange {
        post_pay: Some(true),
        ..MemberChange::default()
    };
    town.scene
        .app
        .change_member(&anna(), member, &change)
        .await
        .expect("agreed");
}

async fn refund(town: &Town, order: &Order, fen: i64) -> Result<(), AppError> {
    let app = &town.scene.app;
    let asked = app
        .ask_order_refund(&anna(), order.order_no, Fen(fen), "slow")
        .await?;
    let ben = Actor::trusted("ben");
    app.decide_refund(&ben, &asked.refund_no, true)
        .await
        .map(|_| ())
}

async fn messages(town: &Town, member: MemberId) -> Vec<String> {
    let page = PageRequest::default();
    let list = town
        .scene
        .app
        .member_messages(member, false, page)
        .await
        .expect("read");
    list.items.into_iter().map(|row| row.text).collect()
}

testkit::both_engines! {
    /// An agent earns as an agent wherever he stands; nobody else can be named.
    async fn an_agent_beside_the_chain_earns_as_an_agent(db: &store::Db) {
        let town = Town::new(db).await;
        let company = org(&town, OrgType::Company).await;
        for nobody in [company, OrgId(999)] {
            let refused = shared_with(&town, nobody).await;
            let Err(AppError::Semantic { field, .. }) = refused else { panic!("{refused:?}") };
            assert_eq!(field, "terms.elec.payees[1].org_id");
        }
        let other = org(&town, OrgType::Agent).await;
        shared_with(&town, other).await.expect("a rule");
        let member = town.member(PHONE, 5000).await;
        let order = charged(&town, member, PayBy::Wallet, 1000).await;
        assert_eq!(order.final_amount, Some(Fen(1500)));
        let earned = Account::Agent(other, PartyPurse::Pending);
        assert_eq!(town.held(earned).await, 300);
        assert_eq!(town.held(Account::Merchant(other, PartyPurse::Pending)).await, 0);
        town.books_are_right().await;
    }

    /// A rule is for a merchant, and from now on.
    async fn rules_are_for_merchants_and_the_future(db: &store::Db) {
        let town = Town::new(db).await;
        let app = &town.scene.app;
        let terms = fifth_of(town.agent);
        let of_agent = app
            .add_split_rule(&anna(), "merchant", Some(town.agent.0), &terms, None)
            .await;
        assert!(matches!(of_agent, Err(AppError::NotFound("merchant"))), "{of_agent:?}");
        let past = Some(crate::scene::NOON - Duration::from_hours(48));
        let past = app.add_split_rule(&anna(), "default", None, &terms, past).await;
        assert!(matches!(past, Err(AppError::Semantic { field, .. }) if field == "effective_at"));
    }

    /// What is still owed of a bill goes back first; what was paid since goes into the wallet.
    async fn a_refund_reduces_what_is_owed_first(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member(PHONE, 500).await;
        later(&town, member).await;
        let order = charged(&town, member, PayBy::Later, 1000).await;
        assert_eq!((town.owed(member).await, order.refund_fen), (1500, Fen::ZERO));
        refund(&town, &order, 400).await.expect("given back");
        assert_eq!((town.owed(member).await, town.cash(member).await), (1100, 500));
        assert!(!messages(&town, member).await.iter().any(|text| text.contains("退回余额")));
        town.top_up(member, 2000).await;
        assert_eq!((town.owed(member).await, town.cash(member).await), (0, 1400));
        refund(&town, &order, 1100).await.expect("given back");
        assert_eq!((town.owed(member).await, town.cash(member).await), (0, 2500));
        assert!(messages(&town, member).await.iter().any(|text| text.contains("11.00元")));
        let more = refund(&town, &order, 1).await;
        assert!(matches!(more, Err(AppError::Conflict("more than was paid"))));
        town.books_are_right().await;
    }

    /// Shares that are payable already are given back out of that, kind of fee by kind of fee; a
    /// party that has less than nothing then is an alarm.
    async fn a_refund_after_maturing_shows_in_the_earnings(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member(PHONE, 5000).await;
        let order = charged(&town, member, PayBy::Wallet, 1000).await;
        town.scene.advance(2 * 86_400);
        town.scene.app.mature().await.expect("matured");
        let purse = Account::Merchant(town.merchant, PartyPurse::Available);
        let earned = town.held(purse.clone()).await;
        assert!(earned > 0);
        let mut tx = db.begin().await.expect("a transaction");
        let of = |purse| Account::Merchant(town.merchant, purse);
        let gone = postings::withdraw_request(&of, Fen(earned), "WD1");
        ledger::post(tx.conn(), &[gone], "test", crate::scene::NOON).await.expect("posted");
        tx.commit().await.expect("committed");
        refund(&town, &order, 1500).await.expect("given back");
        assert_eq!(town.held(purse).await, -earned);
        let page = PageRequest::default();
        let rows = town.scene.app.list_earnings(&Scope::Everything, None, None, None, page).await;
        let rows = rows.expect("read").items;
        let left: i64 = rows
            .iter()
            .filter(|row| row.payee_org_id == town.merchant.0)
            .map(|row| row.amount_fen.0)
            .sum();
        assert_eq!(left, 0, "{rows:?}");
        assert!(town.scene.open_alarms().await.iter().any(|code| code == "payee_overdrawn"));
    }

    /// A wallet cannot be emptied while something is owed, and a start pays that first.
    async fn what_is_owed_comes_first(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member(PHONE, 600).await;
        town.top_up(member, 2000).await;
        later(&town, member).await;
        charged(&town, member, PayBy::Later, 1000).await;
        assert_eq!((town.owed(member).await, town.cash(member).await), (1500, 2600));
        let app = &town.scene.app;
        let all = app.withdraw_wallet(member, Fen(2000)).await;
        assert!(matches!(all, Err(AppError::Conflict("an earlier charge is not paid"))));
        app.withdraw_wallet(member, Fen(1000)).await.expect("asked for");
        let order = town.start(member, 2, 10_000).await.expect("started");
        assert_eq!((town.owed(member).await, order.amount), (0, Fen(1100)));
        town.books_are_right().await;
    }

    /// Whoever has less than the least may not start, however little they want.
    async fn a_small_wish_needs_the_least_money_too(db: &store::Db) {
        let town = Town::new(db).await;
        let poor = town.member(PHONE, 499).await;
        let _pile = town.scene.connect(DEVICE).await;
        let refused = town.start(poor, 1, 1).await;
        assert!(matches!(refused, Err(AppError::Conflict("balance too low"))));
        let rich = town.member("13900139000", 500).await;
        let order = town.start(rich, 1, 1).await.expect("started");
        assert_eq!((order.amount, town.wallet(rich).await), (Fen(1), (499, 1)));
    }

    /// The plug of a monthly card costs nobody anything, and its charges are its holder's.
    async fn a_monthly_card_owes_nothing_for_its_plug(db: &store::Db) {
        let town = Town::new(db).await;
        town.plugs_cost().await;
        let member = town.member(PHONE, 0).await;
        let app = &town.scene.app;
        app.add_card(&anna(), monthly()).await.expect("added");
        app.bind_card(&anna(), "1000000001", member).await.expect("bound");
        let mut pile = town.scene.connect(DEVICE).await;
        assert!(matches!(crate::own_cards::swipe(&pile).await, CardVerdict::Accepted { .. }));
        let order = town.scene.app.member_orders(member, PageRequest::default()).await;
        let order = order.expect("read").items.remove(0);
        town.charges(&mut pile, &order, 100).await;
        town.unplugs(&pile, 1, 660).await;
        let page = PageRequest::default();
        let list = app.list_occupancies(Scope::Everything, None, None, None, page).await;
        let plug = list.expect("read").items.remove(0);
        assert_eq!(plug.state, OccupancyState::Waived, "{plug:?}");
        town.books_are_right().await;
    }

    /// Cards of a member who is shut out are shut out.
    async fn a_frozen_member_has_no_card(db: &store::Db) {
        let town = Town::new(db).await;
        let member = town.member(PHONE, 5000).await;
        let app = &town.scene.app;
        app.add_card(&anna(), monthly()).await.expect("added");
        app.bind_card(&anna(), "1000000001", member).await.expect("bound");
        let change = MemberChange { state: Some("frozen".to_owned()), ..MemberChange::default() };
        app.change_member(&anna(), member, &change).await.expect("frozen");
        let pile = town.scene.connect(DEVICE).await;
        pile.shows(PortReport { plugged: Some(true), ..port_report(1, PortState::Idle) }).await;
        let verdict = crate::own_cards::swipe(&pile).await;
        assert!(matches!(verdict, CardVerdict::Refused { reason: CardRefusal::Blocked, .. }), "{verdict:?}");
    }

    /// Numbers that cannot stand together are refused, whoever sets them.
    async fn limits_of_withdrawals_stand_together(db: &store::Db) {
        let town = Town::new(db).await;
        let app = &town.scene.app;
        let anna = anna();
        let set = |key, value: i64| app.change_setting(&anna, key, Some(Value::from(value)));
        set("money.withdraw.auto_limit_fen", 3000).await.expect("set");
        let below = set("money.withdraw.second_reviewer_fen", 1000).await;
        let Err(AppError::Semantic { problem, .. }) = below else { panic!("{below:?}") };
        assert!(problem.contains("withdraw.second_reviewer_fen"), "{problem}");
        assert!(set("money.withdraw.fee_bp", 10_000).await.is_err(), "nothing would be left");
    }
}

fn monthly() -> CardEntry {
    let mut entry = crate::own_cards::stored();
    entry.card.account = CardAccount::Monthly;
    entry
}
