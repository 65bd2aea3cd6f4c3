//! Charges with an activity, a coupon and points: what is held, billed, shared, taken back.

use crate::scene::{DEVICE, NOON, Pile, Scene, end, id};
use app::staff::Actor;
use app::{AppError, CouponShelf, Decision, PayBy, Place, Prices, PromotionSettings};
use device::{ChargeKey, Rate};
use domain::commission::CommissionRule;
use domain::coupon_grant::GrantState;
use domain::ledger::{Account, Asset, Expense, Income, MemberPurse, PartyPurse, postings};
use domain::order::{Order, OrderStatus};
use domain::org::{OperationMode, OrgType};
use domain::points::Points;
use domain::promotion::{
    Alloc, CouponKind, CouponLimits, FundedBy, GiftInSplit, LevelPrice, PriceCut, PromotionRules,
    ValidRule, Validity,
};
use domain::request::start_plan;
use domain::settlement::{Settled, Wishes};
use kernel::{BasisPoints, Fen, MemberId, OrgId, Price, StationId};
use serde_json::json;
use std::time::Duration;
use store::activities::{ActivityFilter, NewActivity};
use store::coupons::NewCoupon;
use store::events::EventFilter;
use store::members::{self, MemberChange};
use store::orgs::{self, Org, OrgEntry};
use store::stations::{self, StationEntry};
use store::{Conn, Db, PageRequest, commission, ledger, order_money};

fn anna() -> Actor {
    Actor::trusted("anna")
}

async fn org(mut conn: Conn<'_>, kind: OrgType, parent: i64) -> Org {
    let parent = orgs::find(conn.again(), parent).await.expect("ok");
    let parent = parent.expect("a parent");
    let level = domain::org::place(kind, parent.kind, parent.level).expect("a place");
    let entry = OrgEntry {
        name: format!("{kind:?}"),
        contact: None,
        phone: None,
        area_code: None,
        licence: None,
        settlement: json!({}),
        remark: None,
    };
    let made = orgs::insert(conn.again(), kind, level, &parent, &entry, NOON).await;
    let made = orgs::find(conn, made.expect("made")).await.expect("ok");
    made.expect("there")
}

/// A merchant's station below an agent; 10 kWh cost 23.45 and 12.34 yuan there.
pub(crate) struct Market {
    pub(crate) scene: Scene,
    member: MemberId,
    merchant: OrgId,
    agent: OrgId,
    pub(crate) station: StationId,
    /// The prices.
    pub(crate) tariff: i64,
}

impl Market {
    pub(crate) async fn new(db: &Db) -> Self {
        let scene = Scene::new(db).await;
        let mut tx = db.begin().await.expect("a transaction");
        let agent = org(tx.conn(), OrgType::Agent, 1).await;
        let merchant = org(tx.conn(), OrgType::Merchant, agent.id).await;
        let entry = StationEntry {
            station_no: "S1".to_owned(),
            name: "S1".to_owned(),
            owner_org_id: merchant.id,
            operator_org_id: None,
            agent_org_id: Some(agent.id),
            operation_mode: OperationMode::SelfSelf,
            org_path: merchant.path.clone(),
            operator_path: None,
            area_code: None,
            address: None,
            lng: None,
            lat: None,
            station_type: 1,
            station_status: 50,
            service_tel: None,
            invoice_by: "platform".to_owned(),
            details: json!({}),
            remark: None,
        };
        let station = stations::insert(tx.conn(), &entry, NOON)
            .await
            .expect("made");
        let taken = stations::take_devices(tx.conn(), station, &[id(DEVICE)], NOON).await;
        assert_eq!(taken.expect("ok"), 1);
        let all = json!({"style": "flat", "platform_cut_bp": 0,
            "payees": [{"org_id": null, "pct": 100}]});
        let terms: CommissionRule = serde_json::from_value(json!({
            "elec": {"style": "flat", "platform_cut_bp": 500,
                "payees": [{"org_id": null, "pct": 100}]},
            "service": {"style": "flat", "platform_cut_bp": 2000, "payees":
                [{"org_id": null, "pct": 70}, {"org_id": agent.id, "pct": 30}]},
            "reserve": all, "occupancy": all}))
        .expect("a rule");
        commission::insert_rule(tx.conn(), "default", None, &terms, NOON, "anna", NOON)
            .await
            .expect("a rule");
        let member = members::register(tx.conn(), "13800138000", NOON).await;
        let member = member.expect("registered");
        let paid = postings::recharge("RC1", member, Asset::Mock, Fen(2000), Fen(2000));
        ledger::post(tx.conn(), &[paid], "test", NOON)
            .await
            .expect("posted");
        tx.commit().await.expect("committed");
        let mut market = Self {
            scene,
            member,
            merchant: OrgId(merchant.id),
            agent: OrgId(agent.id),
            station: StationId(station),
            tariff: 0,
        };
        market.tariff = market.price().await;
        market
    }

    async fn price(&self) -> i64 {
        let app = &self.scene.app;
        let prices = Prices {
            rates: vec![
                Rate {
                    electricity: Price(234_500),
                    service: Price(123_400),
                };
                3
            ],
            slots: vec![0; 48],
            effective_at: NOON,
            free: false,
        };
        let made = app.create_tariff("anna", "T1", &prices).await;
        let tariff = made.expect("a draft").tariff.id;
        for (actor, decision) in [("anna", Decision::Submit), ("ben", Decision::Approve)] {
            let decided = app.decide_tariff(actor, (tariff, 1), decision, None).await;
            decided.expect("decided");
        }
        let bound = app
            .bind_tariff("anna", Some(tariff), Place::Device(id(DEVICE)))
            .await;
        bound.expect("bound");
        tariff
    }

    /// The promotions of the worked example: 20 % off the service fee, which the merchant bears,
    /// beats the member's level; 5 yuan off from 30 on; 300 points. The coupon's grant.
    async fn promote(&self) -> i64 {
        let app = &self.scene.app;
        let valid = Validity {
            from: NOON,
            until: NOON + Duration::from_hours(240),
        };
        let activity = NewActivity {
            name: "Spring".to_owned(),
            cut: PriceCut::ServiceDiscountBp {
                off_bp: BasisPoints(2000),
            },
            funded_by: FundedBy::Merchant,
            stations: Some(vec![self.station]),
            valid,
            priority: 0,
        };
        let draft = app
            .create_activity(&anna(), &activity)
            .await
            .expect("an activity");
        app.publish_activity(&anna(), draft.id)
            .await
            .expect("published");
        self.decide(GiftInSplit::Included).await;
        let change = MemberChange {
            level: Some(1),
            ..MemberChange::default()
        };
        app.change_member(&anna(), self.member, &change)
            .await
            .expect("changed");
        let given = app
            .adjust_points(&anna(), self.member, 300, "welcome", "P1")
            .await;
        assert_eq!(given.expect("given").balance, 300);
        self.grant().await
    }

    async fn decide(&self, gift_in_split: GiftInSplit) {
        let decided = PromotionSettings {
            rules: PromotionRules {
                gift_in_split,
                ..PromotionRules::default()
            },
            levels: vec![LevelPrice {
                level: 1,
                off_bp: BasisPoints(1000),
                funded_by: FundedBy::Platform,
            }],
        };
        let app = &self.scene.app;
        app.set_promotion_settings(&anna(), &decided)
            .await
            .expect("decided");
    }

    async fn grant(&self) -> i64 {
        let app = &self.scene.app;
        let made = app
            .create_coupon(&anna(), &thirty_less_five())
            .await
            .expect("a coupon");
        let granted = app.grant_coupon(&anna(), made.id, &[self.member]).await;
        granted.expect("granted")[0].id
    }

    async fn start(&self, wishes: Wishes) -> Result<Order, AppError> {
        let app = &self.scene.app;
        let member = app.member(self.member).await.expect("there");
        let plan = json!({"port_no": 1, "charge_mode": 4, "amount": 10_000});
        let plan = start_plan(&plan).expect("a legal request");
        let device = id(DEVICE);
        let started = app
            .start_for_member(&member, &device, plan, PayBy::Wallet, wishes)
            .await;
        started.map(|started| started.order)
    }

    async fn held(&self, account: Account) -> i64 {
        let mut view = self.scene.app.db().view().await.expect("a connection");
        let balance = ledger::balance(view.conn(), &account).await;
        balance.expect("read").0
    }

    /// Free cash, free gifts, everything that is held.
    async fn wallet(&self) -> (i64, i64, i64) {
        let wallet = self.scene.app.wallet(self.member).await.expect("read");
        (wallet.cash.0, wallet.gift.0, wallet.frozen.0)
    }

    /// The platform's cut of both fees, the agent's and the merchant's shares.
    async fn shares(&self) -> [i64; 4] {
        [
            self.held(Account::Income(Income::CommissionElec)).await,
            self.held(Account::Income(Income::CommissionService)).await,
            self.held(Account::Agent(self.agent, PartyPurse::Pending))
                .await,
            self.held(Account::Merchant(self.merchant, PartyPurse::Pending))
                .await,
        ]
    }

    /// What coupons and points cost the platform.
    async fn expenses(&self) -> (i64, i64) {
        (
            self.held(Account::Expense(Expense::Coupon)).await,
            self.held(Account::Expense(Expense::Points)).await,
        )
    }

    async fn coupon(&self, grant: i64) -> GrantState {
        let mut view = self.scene.app.db().view().await.expect("a connection");
        let row = store::coupon_grants::find(view.conn(), grant).await;
        row.expect("ok").expect("there").grant.state
    }

    async fn points(&self) -> i64 {
        let points = self.scene.app.points(self.member).await.expect("read");
        assert_eq!(
            points.available,
            Points(points.balance.max(0)),
            "lots are the balance"
        );
        points.balance
    }

    async fn settled(&self, order: &Order) -> Settled {
        let mut view = self.scene.app.db().view().await.expect("a connection");
        let money = order_money::find(view.conn(), order.order_no).await;
        money.expect("ok").expect("there").settled.expect("billed")
    }

    async fn bill(&self, order: &Order) -> (i64, i64, i64, i64) {
        let app = &self.scene.app;
        let bills = app
            .paid_bills(self.member, std::slice::from_ref(order))
            .await;
        let bill = bills.expect("read")[0];
        (
            bill.discount_fen.0,
            bill.payable_fen.0,
            bill.paid_cash_fen.0,
            bill.paid_gift_fen.0,
        )
    }

    async fn books_are_right(&self) {
        let mut view = self.scene.app.db().view().await.expect("a connection");
        let report = ledger::verify(view.conn()).await.expect("read");
        assert!(report.is_clean(), "{report:#?}");
        drop(view);
        assert_eq!(self.held(Account::ClearingOrder).await, 0);
    }
}

fn thirty_less_five() -> NewCoupon {
    NewCoupon {
        name: "满30减5".to_owned(),
        kind: CouponKind::FullReduction { value: Fen(500) },
        threshold: Fen(3000),
        alloc: Alloc::ServiceFirst,
        funded_by: FundedBy::Platform,
        limits: CouponLimits::default(),
        valid: ValidRule::Days { days: 30 },
        stock: Some(10),
        per_user: Some(1),
        claimable: true,
    }
}

fn wishes(coupon: i64) -> Wishes {
    Wishes {
        coupon: Some(coupon),
        points: Points(200),
    }
}

async fn ends(pile: &Pile, order: &Order, centi_kwh: i64) {
    let report = end(ChargeKey::Order(order.order_no), 1, 1800, centi_kwh);
    pile.ends(report).await;
}

testkit::both_engines! {
    /// The worked example: 35.79 at list price, 26.32 to be paid, the merchant made whole for
    /// what the platform gives.
    async fn a_charge_with_everything(db: &Db) {
        let market = Market::new(db).await;
        let grant = market.promote().await;
        let mut pile = market.scene.connect(DEVICE).await;
        let order = market.start(wishes(grant)).await.expect("started");
        assert_eq!(market.coupon(grant).await, GrantState::Locked);
        assert_eq!(market.points().await, 300, "points are taken with the bill");
        assert_eq!(market.wallet().await, (0, 0, 4000));
        pile.begins(&order).await;
        market.scene.advance(1800);
        for _ in 0..2 {
            ends(&pile, &order, 1000).await;
            let done = market.scene.order(order.order_no).await;
            assert_eq!((done.elec_fen, done.service_fen), (Fen(2345), Fen(1234)));
            assert_eq!(market.wallet().await, (0, 1368, 0));
            assert_eq!(market.bill(&done).await, (947, 2632, 2000, 632));
            assert_eq!(done.refund_fen, Fen(1368), "what was held and not used");
            let filter = EventFilter { order_no: Some(order.order_no), ..EventFilter::default() };
            let told = market.scene.events(&filter).await;
            let told = told.iter().find(|event| event.event_type == "order.completed");
            assert_eq!(told.expect("told").payload["refund_fen"], 1368);
            let paid = market.settled(&done).await.payable();
            assert_eq!((paid.elec, paid.service), (Fen(2345), Fen(287)), "the service fee less 9.47");
            assert_eq!(market.shares().await, [117, 197, 237, 2781]);
            assert_eq!(market.expenses().await, (500, 200));
            assert_eq!(market.coupon(grant).await, GrantState::Used);
            assert_eq!(market.points().await, 120, "200 spent, 20 earned with 20 yuan of cash");
            market.books_are_right().await;
        }
        let page = PageRequest::default();
        let app = &market.scene.app;
        for (shelf, sees) in [(CouponShelf::Available, 0), (CouponShelf::Used, 1), (CouponShelf::Expired, 0)] {
            let list = app.member_coupons(market.member, shelf, page).await.expect("read");
            assert_eq!(list.total, sees, "{shelf:?}");
        }
        let coupons = app.list_coupons(&anna(), store::coupons::CouponFilter::default(), page).await;
        assert_eq!(coupons.expect("read").items[0].used, 1);
    }

    /// What is left of the payment has earned less.
    async fn a_refund_takes_points_back(db: &Db) {
        let market = Market::new(db).await;
        let grant = market.promote().await;
        let mut pile = market.scene.connect(DEVICE).await;
        let order = market.start(wishes(grant)).await.expect("started");
        pile.begins(&order).await;
        market.scene.advance(1800);
        ends(&pile, &order, 1000).await;
        assert_eq!(market.points().await, 120);
        let app = &market.scene.app;
        let asked = app.ask_order_refund(&anna(), order.order_no, Fen(1050), "too slow").await;
        let asked = asked.expect("asked").refund_no;
        let ben = Actor::trusted("ben");
        app.decide_refund(&ben, &asked, true).await.expect("agreed");
        assert_eq!(market.wallet().await, (1050, 1368, 0));
        assert_eq!(market.points().await, 109, "9.50 yuan earn 9");
        assert_eq!(market.coupon(grant).await, GrantState::Used);
        market.books_are_right().await;
    }

    /// A public platform shares only what was really paid.
    async fn gifts_may_not_be_shared(db: &Db) {
        let market = Market::new(db).await;
        let grant = market.promote().await;
        market.decide(GiftInSplit::Excluded).await;
        let mut pile = market.scene.connect(DEVICE).await;
        let order = market.start(wishes(grant)).await.expect("started");
        pile.begins(&order).await;
        market.scene.advance(1800);
        ends(&pile, &order, 1000).await;
        assert_eq!(market.wallet().await, (0, 1368, 0));
        let shares = market.shares().await;
        assert_eq!(shares.iter().sum::<i64>(), 3332 - 632);
        assert_eq!(shares, [95, 160, 192, 2253]);
        assert_eq!(market.held(Account::Expense(Expense::Gift)).await, 2000 - 632);
        market.books_are_right().await;
        // The device's word corrects the bill: all of that is taken back first.
        let held = Account::Member(market.member, MemberPurse::FrozenGift);
        assert_eq!(market.held(held).await, 0);
    }

    /// The device falls silent, is billed provisionally, goes on, and is billed anew.
    async fn a_provisional_bill_with_a_coupon_is_taken_back(db: &Db) {
        let market = Market::new(db).await;
        let grant = market.promote().await;
        let scene = &market.scene;
        let mut pile = scene.connect(DEVICE).await;
        let order = market.start(wishes(grant)).await.expect("started");
        pile.begins(&order).await;
        scene.advance(600);
        pile.progresses(order.order_no, 1, 600, 900).await;
        pile.leave();
        scene.live_through(400).await;
        let closed = scene.order(order.order_no).await;
        assert_eq!((closed.status, closed.provisional), (OrderStatus::Completed, true));
        assert_eq!((closed.elec_fen, closed.service_fen), (Fen(2111), Fen(1111)));
        assert_eq!(market.bill(&closed).await, (922, 2300, 2000, 300));
        assert_eq!(market.coupon(grant).await, GrantState::Used);
        assert_eq!(market.points().await, 100, "spent, and nothing earned before it is final");
        assert_eq!(market.wallet().await, (0, 0, 1700), "the rest waits");
        market.books_are_right().await;

        let pile = scene.connect(DEVICE).await;
        pile.progresses(order.order_no, 1, 1100, 950).await;
        assert_eq!(scene.order(order.order_no).await.status, OrderStatus::Charging);
        assert_eq!(market.coupon(grant).await, GrantState::Locked);
        assert_eq!(market.points().await, 300);
        assert_eq!(market.wallet().await, (0, 0, 4000));
        assert_eq!((market.expenses().await, market.shares().await), ((0, 0), [0; 4]));
        market.books_are_right().await;

        ends(&pile, &order, 1000).await;
        let done = scene.order(order.order_no).await;
        assert_eq!(market.bill(&done).await, (947, 2632, 2000, 632));
        assert_eq!(market.shares().await, [117, 197, 237, 2781]);
        assert_eq!(market.expenses().await, (500, 200));
        assert_eq!((market.coupon(grant).await, market.points().await), (GrantState::Used, 120));
        assert_eq!(market.wallet().await, (0, 1368, 0));
        market.books_are_right().await;
    }

    /// Nobody comes back in time, the bill becomes final and earns points; the device's late word
    /// makes it smaller than the coupon asks for: the coupon is the member's again.
    async fn a_late_word_gives_the_coupon_back(db: &Db) {
        let market = Market::new(db).await;
        let grant = market.promote().await;
        let scene = &market.scene;
        let mut pile = scene.connect(DEVICE).await;
        let order = market.start(wishes(grant)).await.expect("started");
        pile.begins(&order).await;
        scene.advance(600);
        pile.progresses(order.order_no, 1, 600, 900).await;
        pile.leave();
        scene.live_through(4000).await;
        assert_eq!(market.wallet().await, (0, 1700, 0), "the hold is over");
        assert_eq!(market.points().await, 120, "20 earned");
        let pile = scene.connect(DEVICE).await;
        pile.ends(end(ChargeKey::Order(order.order_no), 1, 700, 100)).await;
        let done = scene.order(order.order_no).await;
        assert_eq!((done.elec_fen, done.service_fen), (Fen(235), Fen(123)));
        // 25 off the service fee; no coupon below 30 yuan, no points for a tenth below one yuan.
        assert_eq!(market.bill(&done).await, (25, 333, 333, 0));
        assert_eq!(market.coupon(grant).await, GrantState::Unused);
        assert_eq!(market.points().await, 303);
        assert_eq!(market.expenses().await, (0, 0));
        market.books_are_right().await;
    }

    async fn a_start_that_fails_gives_the_coupon_back(db: &Db) {
        let market = Market::new(db).await;
        let grant = market.promote().await;
        let mut pile = market.scene.connect(DEVICE).await;
        market.start(wishes(grant)).await.expect("started");
        let dispatch = pile.command().expect("a start command");
        let refused = device::Refusal { code: None, text: "no".to_owned() };
        pile.answers(&dispatch, device::Outcome::Refused(refused)).await;
        assert_eq!(market.coupon(grant).await, GrantState::Unused);
        assert_eq!((market.points().await, market.wallet().await), (300, (2000, 2000, 0)));
        market.books_are_right().await;
    }

    async fn wishes_that_cannot_be_fulfilled_start_nothing(db: &Db) {
        let market = Market::new(db).await;
        let grant = market.promote().await;
        let scene = &market.scene;
        let _pile = scene.connect(DEVICE).await;
        let with = |coupon, points| Wishes { coupon, points: Points(points) };
        let odd = market.start(with(None, 150)).await;
        assert!(matches!(odd, Err(AppError::Semantic { ref field, .. }) if field == "points"), "{odd:?}");
        let dear = market.start(with(None, 400)).await;
        assert!(matches!(dear, Err(AppError::Conflict("not enough points"))), "{dear:?}");
        let absent = market.start(with(Some(999), 0)).await;
        assert!(matches!(absent, Err(AppError::NotFound("coupon"))), "{absent:?}");
        let other = {
            let mut lease = db.direct().await.expect("a connection");
            members::register(lease.conn(), "13800138001", NOON).await.expect("registered")
        };
        let app = &scene.app;
        let coupon = app.coupon_centre(PageRequest::default()).await.expect("read").items[0].id;
        let theirs = app.claim_coupon(other, coupon).await.expect("claimed").id;
        let stolen = market.start(with(Some(theirs), 0)).await;
        assert!(matches!(stolen, Err(AppError::NotFound("coupon"))), "{stolen:?}");
        let again = app.claim_coupon(other, coupon).await;
        assert!(matches!(again, Err(AppError::Conflict(_))), "one each: {again:?}");
        scene.advance(31 * 86_400);
        let late = market.start(with(Some(grant), 0)).await;
        assert!(late.is_err(), "{late:?}");
        assert_eq!(market.wallet().await, (2000, 2000, 0));
        assert_eq!(app.expire_promotions().await.expect("expired"), (2, 0));
        assert_eq!(market.coupon(grant).await, GrantState::Expired);
    }

    /// Others than the platform promise what is theirs.
    async fn a_merchant_promises_at_its_own_cost(db: &Db) {
        let market = Market::new(db).await;
        let app = &market.scene.app;
        let path = {
            let mut view = db.view().await.expect("a connection");
            let row = orgs::find(view.conn(), market.merchant.0).await.expect("ok");
            row.expect("there").path
        };
        let merchant = |path: &str| Actor {
            org_type: OrgType::Merchant,
            org_path: path.to_owned(),
            is_super: false,
            ..Actor::trusted("mia")
        };
        let (mia, other) = (merchant(&path), merchant("/1/999/"));
        let new = |funded_by, stations: Option<Vec<StationId>>| NewActivity {
            name: "Spring".to_owned(),
            cut: PriceCut::FirstOrder { off_bp: BasisPoints(5000) },
            funded_by,
            stations,
            valid: Validity { from: NOON, until: NOON + Duration::from_hours(1) },
            priority: 0,
        };
        let here = || Some(vec![market.station]);
        for (actor, activity, field) in [
            (&mia, new(FundedBy::Platform, here()), "funded_by"),
            (&mia, new(FundedBy::Merchant, None), "stations"),
            (&other, new(FundedBy::Merchant, here()), "stations"),
        ] {
            let refused = app.create_activity(actor, &activity).await;
            assert!(
                matches!(refused, Err(AppError::Semantic { field: ref at, .. }) if at == field),
                "{refused:?}"
            );
        }
        let mut nameless = new(FundedBy::Merchant, here());
        nameless.name.clear();
        let refused = app.create_activity(&mia, &nameless).await;
        assert!(matches!(refused, Err(AppError::Invalid { ref field, .. }) if field == "name"));
        let made = app.create_activity(&mia, &new(FundedBy::Merchant, here())).await;
        let made = made.expect("an activity").id;
        let page = PageRequest::default();
        let open = || ActivityFilter { open_at: Some(NOON), ..ActivityFilter::default() };
        for (actor, sees) in [(&mia, 1), (&other, 0), (&anna(), 1)] {
            assert_eq!(app.list_activities(actor, open(), page).await.expect("read").total, sees);
        }
        let refused = app.end_activity(&other, made).await;
        assert!(matches!(refused, Err(AppError::NotFound(_))), "{refused:?}");
        app.end_activity(&mia, made).await.expect("ended");
        assert_eq!(app.list_activities(&mia, open(), page).await.expect("read").total, 0);
        let audit = app.list_audit(&store::audit_logs::AuditFilter::default(), page).await;
        let actions: Vec<String> = audit.expect("read").items.into_iter().map(|l| l.action).collect();
        assert_eq!(actions, ["marketing.activity.close", "marketing.activity.create"]);
    }

    /// Fifty members claim one of ten.
    async fn a_stock_ends(db: &Db) {
        let market = Market::new(db).await;
        let app = &market.scene.app;
        let coupon = app.create_coupon(&anna(), &thirty_less_five()).await.expect("a coupon").id;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..50 {
            let (app, db) = (app.clone(), db.clone());
            tasks.spawn(async move {
                let phone = format!("139001380{number:02}");
                let mut lease = db.direct().await.expect("a connection");
                let who = members::register(lease.conn(), &phone, NOON).await.expect("registered");
                drop(lease);
                app.claim_coupon(who, coupon).await.is_ok()
            });
        }
        let got = tasks.join_all().await.into_iter().filter(|got| *got).count();
        assert_eq!(got, 10);
    }

    async fn points_end_with_the_next_year(db: &Db) {
        let market = Market::new(db).await;
        let (app, member) = (&market.scene.app, market.member);
        app.check_in(member).await.expect("checked in");
        let twice = app.check_in(member).await;
        assert!(matches!(twice, Err(AppError::Conflict(_))), "{twice:?}");
        for _ in 0..2 {
            app.adjust_points(&anna(), member, 100, "welcome", "P1").await.expect("given");
        }
        let points = app.points(member).await.expect("read");
        let (ending, day) = points.ending.expect("they end");
        assert_eq!((points.balance, ending.0, day.to_string().as_str()), (101, 101, "2025-12-31"));
        let more = app.adjust_points(&anna(), member, -102, "fraud", "P2").await;
        assert!(matches!(more, Err(AppError::Conflict(_))), "{more:?}");
        market.scene.advance(438 * 86_400);
        assert_eq!(app.expire_promotions().await.expect("expired"), (0, 1));
        assert_eq!(market.points().await, 0);
        let month = app.check_ins(member, Some([2024, 10])).await.expect("read");
        assert_eq!((month.days.len(), month.streak, month.today), (1, 0, false));
        let mut view = db.view().await.expect("a connection");
        let none = order_money::has_charged(view.conn(), member, None).await;
        assert!(!none.expect("read"));
    }
}
