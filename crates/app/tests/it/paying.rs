//! Wallets through a channel: paid once, late, wrongly; paid back.

use app::staff::Actor;
use app::{App, OtherWay, Outside, Parts, PaymentChannels, RechargeWish};
use bus::Bus;
use channels::payment::mock::{MockChannel, MockConfig, Script};
use channels::payment::{ChannelName, PaymentMethod};
use device::Registry;
use domain::ledger::{Account, Asset, MemberPurse};
use domain::payment::PaymentState;
use domain::refund::RefundState;
use kernel::{Clock, Fen, ManualClock, MemberId, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::members::{self, Member};
use store::refunds::RefundFilter;
use store::{Db, ledger};

/// A member, a wallet and a channel without a platform behind it.
pub(crate) struct Shop {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) mock: MockChannel,
    pub(crate) member: Member,
    db: Db,
}

impl Shop {
    pub(crate) async fn open(db: &Db) -> Self {
        Self::with(db, app::Settings::default(), 0).await
    }

    /// With settings of the test's own, and a channel that keeps so many thousandths.
    pub(crate) async fn with(db: &Db, settings: app::Settings, fee: i64) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix_seconds(1_729_407_600)));
        let config: MockConfig = serde_json::from_value(json!({
            "secret": "a secret of the mock", "merchant": "M1", "notify_url": "http://127.0.0.1/",
            "fee": fee
        }))
        .expect("a configuration");
        let mock = MockChannel::new(config, clock.clone()).expect("a channel");
        let (app, _) = App::new(Parts {
            clock: clock.clone() as Arc<dyn Clock>,
            db: db.clone(),
            outside: Outside {
                payments: PaymentChannels::new(vec![Arc::new(mock.clone())]),
                ..Outside::default()
            },
            bus: Bus::in_process(),
            protocols: Registry::new(Vec::new()),
            settings,
        });
        let mut tx = db.begin().await.expect("a transaction");
        let id = members::register(tx.conn(), "13800138000", clock.now())
            .await
            .expect("made");
        let member = members::find(tx.conn(), id)
            .await
            .expect("read")
            .expect("there");
        tx.commit().await.expect("committed");
        Self {
            app,
            clock,
            mock,
            member,
            db: db.clone(),
        }
    }

    pub(crate) fn script(&self, script: Value) {
        let script: Script = serde_json::from_value(script).expect("a script");
        self.mock.set_script(script);
    }

    pub(crate) async fn recharge(&self, fen: i64) -> app::Cashier {
        let wish = RechargeWish {
            package: None,
            amount: Some(Fen(fen)),
            method: PaymentMethod::Mock,
            ip: None,
        };
        self.app.recharge(&self.member, &wish).await.expect("begun")
    }

    /// Hands the channel's callbacks over; how many, and whether all were accepted.
    pub(crate) async fn callbacks(&self) -> (usize, bool) {
        let due = self.mock.take_due_callbacks();
        let mut accepted = true;
        for callback in &due {
            let answer = self
                .app
                .payment_callback(ChannelName::Mock, &callback.request)
                .await;
            accepted &= answer.expect("answered").status < 300;
        }
        (due.len(), accepted)
    }

    pub(crate) async fn held(&self, account: Account) -> i64 {
        let mut view = self.db.view().await.expect("a connection");
        ledger::balance(view.conn(), &account)
            .await
            .expect("read")
            .0
    }

    pub(crate) async fn cash(&self) -> i64 {
        self.held(Account::Member(self.id(), MemberPurse::Cash))
            .await
    }

    pub(crate) fn id(&self) -> MemberId {
        self.member.member_id()
    }

    pub(crate) async fn payment(&self, cashier: &app::Cashier) -> PaymentState {
        let no = &cashier.recharge.recharge_no;
        let now = self
            .app
            .member_recharge(self.id(), no)
            .await
            .expect("there");
        now.payment.state
    }

    pub(crate) async fn assert_books_are_right(&self) {
        let mut view = self.db.view().await.expect("a connection");
        let report = ledger::verify(view.conn()).await.expect("read");
        assert!(report.is_clean(), "{report:#?}");
    }
}

testkit::both_engines! {
    async fn a_top_up_is_credited_once(db: &Db) {
        let shop = Shop::open(db).await;
        shop.script(json!({"callbacks": {"copies": 3}}));
        let cashier = shop.recharge(10_000).await;
        assert_eq!(cashier.payment.state, PaymentState::Paying);
        assert!(cashier.payment.ticket.is_some());
        assert_eq!(shop.cash().await, 0);
        shop.mock.pay(&cashier.payment.payment_no).expect("paid");
        shop.clock.advance(Duration::from_secs(5));
        let (count, accepted) = shop.callbacks().await;
        assert_eq!((count, accepted), (3, true));
        assert_eq!(shop.cash().await, 10_000);
        assert_eq!(shop.held(Account::Asset(Asset::Mock)).await, 10_000);
        assert_eq!(shop.payment(&cashier).await, PaymentState::Paid);
        let all = shop.app.list_recharges(None, Some("paid"), store::PageRequest::default()).await;
        let all = all.expect("read").items;
        assert_eq!((all.len(), all[0].channel.as_str()), (1, "mock"));
        shop.assert_books_are_right().await;
    }

    /// No callback comes: the channel is asked.
    async fn a_lost_callback_is_asked_for(db: &Db) {
        let shop = Shop::open(db).await;
        shop.script(json!({"callbacks": {"copies": 0}}));
        let cashier = shop.recharge(5000).await;
        shop.mock.pay(&cashier.payment.payment_no).expect("paid");
        for _ in 0..3 {
            shop.clock.advance(Duration::from_secs(20));
            shop.app.ask_about_payments().await.expect("asked");
        }
        assert_eq!(shop.cash().await, 5000);
        shop.assert_books_are_right().await;
    }

    /// Nobody pays in time; then somebody does: the money goes back by itself.
    async fn a_late_payment_goes_back(db: &Db) {
        let shop = Shop::open(db).await;
        let cashier = shop.recharge(5000).await;
        for _ in 0..30 {
            shop.clock.advance(Duration::from_mins(1));
            shop.app.ask_about_payments().await.expect("asked");
        }
        assert_eq!(shop.payment(&cashier).await, PaymentState::Closed);
        shop.mock.pay_anyway(&cashier.payment.payment_no).expect("paid too late");
        shop.clock.advance(Duration::from_secs(5));
        assert!(shop.callbacks().await.0 > 0);
        assert_eq!(shop.payment(&cashier).await, PaymentState::PaidLate);
        assert_eq!(shop.cash().await, 0);
        assert_eq!(shop.held(Account::SuspenseUnmatched).await, 5000);
        for _ in 0..5 {
            shop.app.send_refunds().await.expect("sent");
            shop.clock.advance(Duration::from_mins(1));
        }
        assert_eq!(shop.payment(&cashier).await, PaymentState::Refunded);
        assert_eq!(shop.held(Account::SuspenseUnmatched).await, 0);
        assert_eq!(shop.held(Account::RefundInflight).await, 0);
        assert_eq!(shop.held(Account::Asset(Asset::Mock)).await, 0);
        shop.assert_books_are_right().await;
    }

    async fn a_wrong_amount_and_a_forged_callback_change_nothing(db: &Db) {
        let shop = Shop::open(db).await;
        let cashier = shop.recharge(5000).await;
        shop.script(json!({"amount_error": -4900}));
        shop.mock.pay(&cashier.payment.payment_no).expect("paid");
        shop.clock.advance(Duration::from_secs(5));
        let due = shop.mock.take_due_callbacks();
        assert!(!due.is_empty());
        for callback in due {
            let mut forged = callback.request.clone();
            let at = forged.body.len() / 2;
            forged.body[at] ^= 1;
            for raw in [&callback.request, &forged] {
                let answer = shop.app.payment_callback(ChannelName::Mock, raw).await;
                assert!(answer.expect("answered").status >= 400);
            }
        }
        assert_eq!(shop.cash().await, 0);
        assert_eq!(shop.payment(&cashier).await, PaymentState::Paying);
        shop.assert_books_are_right().await;
    }

    /// The channel cannot deliver it, or refuses: a person ends it otherwise, or asks once more.
    async fn stuck_refunds_are_ended_by_a_person(db: &Db) {
        let shop = Shop::open(db).await;
        let cashier = shop.recharge(5000).await;
        shop.mock.pay(&cashier.payment.payment_no).expect("paid");
        shop.clock.advance(Duration::from_secs(5));
        shop.callbacks().await;
        let (anna, ben) = (Actor::trusted("anna"), Actor::trusted("ben"));
        let recharge = cashier.recharge.recharge_no.as_str();
        let app = &shop.app;
        let sent = async |amount: i64, outcome: &str| {
            shop.script(json!({"refunds": {"outcome": outcome}}));
            let asked = app.ask_recharge_refund(&anna, recharge, Fen(amount), "asked").await;
            let number = asked.expect("asked").refund_no;
            assert!(app.decide_refund(&anna, &number, true).await.is_err(), "her own request");
            app.decide_refund(&ben, &number, true).await.expect("agreed");
            for _ in 0..5 {
                app.send_refunds().await.expect("sent");
                shop.clock.advance(Duration::from_mins(1));
            }
            number
        };
        let bank = || OtherWay::Bank { voucher: "B-7".to_owned() };

        let first = sent(1000, "abnormal").await;
        assert!(app.end_refund_otherwise(&anna, &first, &bank()).await.is_err(), "her own");
        assert!(app.retry_refund(&ben, &first).await.is_err(), "not refused");
        let ended = app.end_refund_otherwise(&ben, &first, &OtherWay::Wallet).await;
        assert_eq!(ended.expect("ended").state, RefundState::Success);
        assert_eq!(shop.cash().await, 5000);
        let twice = app.end_refund_otherwise(&ben, &first, &bank()).await;
        assert!(twice.is_err(), "once");

        let second = sent(2000, "abnormal").await;
        app.end_refund_otherwise(&ben, &second, &bank()).await.expect("ended");
        assert_eq!(shop.cash().await, 3000);
        assert_eq!(shop.held(Account::Asset(Asset::Bank)).await, -2000);

        // What the channel tried to deliver it counts as given: 2000 are left of it.
        let third = sent(2000, "failed").await;
        assert_eq!(shop.cash().await, 3000, "it is back");
        shop.script(json!({"refunds": {"outcome": "success"}}));
        let again = app.retry_refund(&anna, &third).await.expect("asked").refund_no;
        assert_ne!(again, third);
        assert!(app.retry_refund(&anna, &third).await.is_err(), "once");
        app.decide_refund(&ben, &again, true).await.expect("agreed");
        for _ in 0..5 {
            app.send_refunds().await.expect("sent");
            shop.clock.advance(Duration::from_mins(1));
        }
        assert_eq!(shop.cash().await, 1000);
        assert_eq!(shop.payment(&cashier).await, PaymentState::PartRefunded);
        assert_eq!(shop.held(Account::RefundInflight).await, 0);
        let more = app.ask_recharge_refund(&anna, recharge, Fen(1001), "asked").await;
        assert!(more.is_err(), "less is left");
        shop.assert_books_are_right().await;
    }

    /// What is unused goes back by the way it came, once somebody agrees; never more than is there.
    async fn unused_money_goes_back(db: &Db) {
        let shop = Shop::open(db).await;
        for fen in [3000, 4000] {
            let cashier = shop.recharge(fen).await;
            shop.mock.pay(&cashier.payment.payment_no).expect("paid");
            shop.clock.advance(Duration::from_secs(5));
            shop.callbacks().await;
        }
        assert_eq!(shop.cash().await, 7000);
        let app = &shop.app;
        assert!(app.withdraw_wallet(shop.id(), Fen(7001)).await.is_err());
        let asked = app.withdraw_wallet(shop.id(), Fen(5000)).await.expect("asked");
        let sums: Vec<i64> = asked.iter().map(|refund| refund.amount.0).collect();
        assert_eq!(sums, [3000, 2000], "oldest first");
        assert!(app.withdraw_wallet(shop.id(), Fen(2001)).await.is_err(), "asked for already");
        let anna = app::staff::Actor::trusted("anna");
        for refund in &asked {
            app.decide_refund(&anna, &refund.refund_no, true).await.expect("agreed");
            assert!(app.decide_refund(&anna, &refund.refund_no, true).await.is_err(), "once");
        }
        for _ in 0..5 {
            app.send_refunds().await.expect("sent");
            shop.clock.advance(Duration::from_mins(1));
        }
        let page = store::PageRequest::default();
        let list = app.list_refunds(&RefundFilter { member: Some(shop.id()), ..RefundFilter::default() }, page).await.expect("read");
        assert!(list.items.iter().all(|refund| refund.state == RefundState::Success), "{list:?}");
        assert_eq!(shop.cash().await, 2000);
        assert_eq!(shop.held(Account::Asset(Asset::Mock)).await, 2000);
        shop.assert_books_are_right().await;
    }
}
