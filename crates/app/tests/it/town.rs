//! A merchant's station below an agent, where a kWh costs 1.50 yuan, members with wallets, and a
//! payment channel.

use crate::plans::{ebike, in_force};
use crate::scene::{DEVICE, NOON, Pile, Scene, end, id, port_report, settings};
use app::staff::Actor;
use app::{AppError, Outside, PayBy, PaymentChannels, RuleTerms};
use channels::parking::ParkingVendors;
use channels::payment::ChannelName;
use channels::payment::mock::{MockChannel, MockConfig};
use device::{ChargeKey, PortReport, PortState};
use domain::commission::CommissionRule;
use domain::ledger::{Account, Asset, MemberPurse, postings};
use domain::order::Order;
use domain::org::{OperationMode, OrgType};
use domain::pricing::occupancy::OccupancyRule;
use domain::request::{StartPlan, start_plan};
use domain::settlement::Wishes;
use kernel::{Clock, Fen, ManualClock, MemberId, OrgId};
use serde_json::json;
use std::sync::Arc;
use store::members;
use store::orgs::{self, Org, OrgEntry};
use store::stations::{self, StationEntry};
use store::{Conn, Db, commission, ledger};

pub(crate) fn anna() -> Actor {
    Actor::trusted("anna")
}

/// What stands there.
pub(crate) struct Town {
    pub(crate) scene: Scene,
    pub(crate) mock: MockChannel,
    pub(crate) merchant: OrgId,
    pub(crate) agent: OrgId,
    pub(crate) station: i64,
    pub(crate) outside: Outside,
}

pub(crate) async fn org(mut conn: Conn<'_>, kind: OrgType, parent: i64) -> Org {
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

impl Town {
    pub(crate) async fn new(db: &Db) -> Self {
        Self::with_parking(db, ParkingVendors::default()).await
    }

    /// With car parks.
    pub(crate) async fn with_parking(db: &Db, parking: ParkingVendors) -> Self {
        let clock = Arc::new(ManualClock::at(NOON));
        let config: MockConfig = serde_json::from_value(json!({
            "secret": "a secret of the mock", "merchant": "M1", "notify_url": "http://127.0.0.1/"
        }))
        .expect("a configuration");
        let mock = MockChannel::new(config, clock.clone() as Arc<dyn Clock>).expect("a channel");
        let outside = Outside {
            payments: PaymentChannels::new(vec![Arc::new(mock.clone())]),
            parking,
            ..Outside::default()
        };
        let scene = Scene::among(db, settings(), clock, outside.clone()).await;
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
        let flat = |cut: i32| {
            json!({"style": "flat", "platform_cut_bp": cut,
                "payees": [{"org_id": null, "pct": 80}, {"org_id": agent.id, "pct": 20}]})
        };
        let terms: CommissionRule = serde_json::from_value(json!({
            "elec": flat(500), "service": flat(2000), "reserve": flat(5000),
            "occupancy": flat(4000)}))
        .expect("a rule");
        commission::insert_rule(tx.conn(), "default", None, &terms, NOON, "anna", NOON)
            .await
            .expect("a rule");
        tx.commit().await.expect("committed");
        in_force(
            &scene,
            ebike(json!({"mode": "energy", "unit_price_fen": 150})),
        )
        .await;
        Self {
            scene,
            mock,
            merchant: OrgId(merchant.id),
            agent: OrgId(agent.id),
            station,
            outside,
        }
    }

    /// A member with so much paid into the wallet.
    pub(crate) async fn member(&self, phone: &str, fen: i64) -> MemberId {
        let mut tx = self.scene.app.db().begin().await.expect("a transaction");
        let member = members::register(tx.conn(), phone, self.scene.clock.now()).await;
        let member = member.expect("registered");
        let paid = postings::recharge(phone, member, Asset::Bank, Fen(fen), Fen::ZERO);
        ledger::post(tx.conn(), &[paid], "test", NOON)
            .await
            .expect("posted");
        tx.commit().await.expect("committed");
        member
    }

    /// More into the same wallet, as the payment of a top-up does it.
    pub(crate) async fn top_up(&self, member: MemberId, fen: i64) {
        let member = self.scene.app.member(member).await.expect("there");
        let wish = app::RechargeWish {
            package: None,
            amount: Some(Fen(fen)),
            method: channels::payment::PaymentMethod::Mock,
            ip: None,
        };
        let cashier = self.scene.app.recharge(&member, &wish).await;
        let payment = cashier.expect("begun").payment.payment_no;
        self.mock.pay(&payment).expect("paid");
        self.callbacks().await;
    }

    /// Hands over what the channel has to say.
    pub(crate) async fn callbacks(&self) {
        self.scene.advance(1);
        for callback in self.mock.take_due_callbacks() {
            let (app, request) = (&self.scene.app, &callback.request);
            let answer = app.payment_callback(ChannelName::Mock, request).await;
            assert!(answer.expect("answered").status < 300);
        }
    }

    pub(crate) async fn start(
        &self,
        member: MemberId,
        port: u16,
        amount: i64,
    ) -> Result<Order, AppError> {
        let app = &self.scene.app;
        let member = app.member(member).await.expect("there");
        let started = app
            .start_for_member(
                &member,
                &id(DEVICE),
                wish(port, amount),
                PayBy::Wallet,
                Wishes::default(),
            )
            .await;
        started.map(|started| started.order)
    }

    /// Free and held money of a member.
    pub(crate) async fn wallet(&self, member: MemberId) -> (i64, i64) {
        let wallet = self.scene.app.wallet(member).await.expect("read");
        (wallet.cash.0, wallet.frozen.0)
    }

    pub(crate) async fn owed(&self, member: MemberId) -> i64 {
        self.held(Account::ReceivableMember(member)).await
    }

    pub(crate) async fn held(&self, account: Account) -> i64 {
        let mut view = self.scene.app.db().view().await.expect("a connection");
        let balance = ledger::balance(view.conn(), &account).await;
        balance.expect("read").0
    }

    pub(crate) async fn cash(&self, member: MemberId) -> i64 {
        self.held(Account::Member(member, MemberPurse::Cash)).await
    }

    pub(crate) async fn books_are_right(&self) {
        let mut view = self.scene.app.db().view().await.expect("a connection");
        let report = ledger::verify(view.conn()).await.expect("read");
        assert!(report.is_clean(), "{report:#?}");
        drop(view);
        assert_eq!(self.held(Account::ClearingOrder).await, 0);
    }

    /// Plugs that are left in cost 50 fen a minute from the second minute on.
    pub(crate) async fn plugs_cost(&self) {
        let rule = OccupancyRule {
            free_minutes: 1,
            ..OccupancyRule::default()
        };
        in_force(&self.scene, RuleTerms::Occupancy(Box::new(rule))).await;
    }

    /// The order charges with its plug in and ends so, with so much energy.
    pub(crate) async fn charges(&self, pile: &mut Pile, order: &Order, centi_kwh: i64) {
        pile.begins(order).await;
        self.scene.advance(600);
        let mut charging = port_report(order.port_no.0, PortState::Charging);
        charging.plugged = Some(true);
        charging.charge = Some(ChargeKey::Order(order.order_no));
        pile.shows(charging).await;
        let report = end(
            ChargeKey::Order(order.order_no),
            order.port_no.0,
            600,
            centi_kwh,
        );
        pile.ends(report).await;
    }

    /// The plug comes out after so many seconds.
    pub(crate) async fn unplugs(&self, pile: &Pile, port: u16, seconds: u64) {
        self.scene.advance(seconds);
        let out = PortReport {
            plugged: Some(false),
            ..port_report(port, PortState::Idle)
        };
        pile.shows(out).await;
        self.scene.app.watch_occupied().await.expect("written");
    }
}

/// Until full, for at most so much.
pub(crate) fn wish(port: u16, amount: i64) -> StartPlan {
    let body = json!({"port_no": port, "charge_mode": 4, "amount": amount});
    start_plan(&body).expect("a legal request")
}
