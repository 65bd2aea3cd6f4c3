//! Money that agents and merchants take out: by the bank, by a channel, and what may go wrong.

use app::staff::Actor;
use app::{App, Outside, Parts, PaymentChannels, SettlementWish, WithdrawalWish};
use bus::Bus;
use channels::payment::ChannelName;
use channels::payment::mock::{MockChannel, MockConfig, Script};
use device::Registry;
use domain::ledger::{Account, Asset, Income, Journal, JournalKind, PartyPurse};
use domain::org::{OrgType, place};
use domain::withdrawal::{SettlementAccount, SettlementKind, WithdrawalRules, WithdrawalState};
use kernel::{BasisPoints, Clock, Fen, ManualClock, OrgId, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use store::orgs::{self, OrgEntry};
use store::withdrawals::{WithdrawalFilter, WithdrawalRow};
use store::{Db, PageRequest, ledger};

const KIND: OrgType = OrgType::Merchant;

/// A merchant with 500 yuan to take out, and a channel to take it by.
pub(crate) struct House {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Arc<ManualClock>,
    mock: MockChannel,
    /// The merchant's clerk.
    pub(crate) clerk: Actor,
    db: Db,
    settings: app::Settings,
}

impl House {
    pub(crate) async fn open(db: &Db) -> Self {
        Self::with(db, WithdrawalRules::default()).await
    }

    async fn with(db: &Db, rules: WithdrawalRules) -> Self {
        Self::of(db, rules, "clerk").await
    }

    async fn of(db: &Db, rules: WithdrawalRules, name: &str) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_unix_seconds(1_729_407_600)));
        let config: MockConfig = serde_json::from_value(json!({
            "secret": "a secret of the mock", "merchant": "M1", "notify_url": "http://127.0.0.1/"
        }))
        .expect("a configuration");
        let mock = MockChannel::new(config, clock.clone()).expect("a channel");
        let mut settings = app::Settings::default();
        settings.money.withdrawals = rules;
        let app = program(db, &clock, &mock, &settings);
        let clerk = clerk(db, KIND, 1, name, 7, clock.now()).await;
        let house = Self {
            app,
            clock,
            mock,
            clerk,
            db: db.clone(),
            settings,
        };
        house.earn(house.org(), 50_000, name).await;
        house
    }

    /// The program ends, and another begins on the same database.
    fn restart(&mut self) {
        self.app = program(&self.db, &self.clock, &self.mock, &self.settings);
    }

    fn org(&self) -> OrgId {
        OrgId(self.clerk.org_id)
    }

    /// What orders of before have brought.
    async fn earn(&self, org: OrgId, fen: i64, key: &str) {
        let journal = Journal::of(JournalKind::Split, key, key);
        let available = Account::Merchant(org, PartyPurse::Available);
        let journal = if fen < 0 {
            journal
                .debit(available, Fen(-fen))
                .credit(Account::Asset(Asset::Bank), Fen(-fen))
        } else {
            journal
                .debit(Account::Asset(Asset::Bank), Fen(fen))
                .credit(available, Fen(fen))
        };
        let mut tx = self.db.begin().await.expect("a transaction");
        let now = self.clock.now();
        ledger::post(tx.conn(), &[journal], "test", now)
            .await
            .expect("posted");
        tx.commit().await.expect("committed");
    }

    async fn account(&self, kind: SettlementKind) -> i64 {
        let bank = (kind == SettlementKind::Bank).then(|| "中国银行".to_owned());
        let number = if kind == SettlementKind::Bank {
            "6222020200112233"
        } else {
            "payee-1"
        };
        let account = SettlementAccount {
            kind,
            holder: "张三".to_owned(),
            bank,
            number: number.to_owned(),
        };
        let org_id = self.clerk.org_id;
        let wish = SettlementWish { org_id, account };
        let entered = self
            .app
            .add_settlement_account(&self.clerk, KIND, &wish)
            .await;
        let id = entered.expect("entered").id;
        let at = (KIND, id);
        let own = self
            .app
            .decide_settlement_account(&self.clerk, at, true, None)
            .await;
        assert!(own.is_err(), "who entered it does not verify it");
        let decided = self
            .app
            .decide_settlement_account(&person("bea"), at, true, None)
            .await;
        assert_eq!(decided.expect("verified").state, "verified");
        id
    }

    async fn ask(&self, fen: i64, account_id: i64) -> Result<WithdrawalRow, app::AppError> {
        let wish = WithdrawalWish {
            amount: Fen(fen),
            account_id,
        };
        self.app.apply_withdrawal(&self.clerk, KIND, wish).await
    }

    async fn approved(&self, fen: i64, account_id: i64) -> String {
        let no = self.ask(fen, account_id).await.expect("asked").withdraw_no;
        let row = self.app.approve_withdrawal(&person("bea"), KIND, &no).await;
        assert_eq!(row.expect("granted").state, WithdrawalState::Approved);
        no
    }

    async fn held(&self, account: Account) -> i64 {
        let mut view = self.db.view().await.expect("a connection");
        let held = ledger::balance(view.conn(), &account).await;
        held.expect("read").0
    }

    /// Payable, held.
    async fn purse(&self) -> (i64, i64) {
        let of = |purse| Account::Merchant(self.org(), purse);
        (
            self.held(of(PartyPurse::Available)).await,
            self.held(of(PartyPurse::Frozen)).await,
        )
    }

    async fn state(&self, no: &str) -> WithdrawalState {
        self.app.withdrawal(KIND, no).await.expect("there").state
    }

    fn script(&self, script: Value) {
        let script: Script = serde_json::from_value(script).expect("a script");
        self.mock.set_script(script);
    }

    /// The jobs run for so many half hours.
    async fn half_hours(&self, count: u32) {
        for _ in 0..count {
            self.app.send_withdrawals().await.expect("sent");
            self.clock.advance(Duration::from_mins(30));
        }
        self.app.send_withdrawals().await.expect("sent");
    }

    async fn callbacks(&self) -> (usize, bool) {
        let due = self.mock.take_due_callbacks();
        let mut accepted = true;
        for callback in &due {
            let name = ChannelName::Mock;
            let answer = self.app.payment_callback(name, &callback.request).await;
            accepted &= answer.expect("answered").status < 300;
        }
        (due.len(), accepted)
    }

    async fn alarms(&self) -> i64 {
        let filter = store::alarms::AlarmFilter {
            open: true,
            code: Some("withdraw_abnormal".to_owned()),
            ..Default::default()
        };
        let mut view = self.db.view().await.expect("a connection");
        let page = store::alarms::list(view.conn(), &filter, PageRequest::default()).await;
        page.expect("read").total
    }

    pub(crate) async fn assert_books_are_right(&self) {
        let mut view = self.db.view().await.expect("a connection");
        let report = ledger::verify(view.conn()).await.expect("read");
        assert!(report.is_clean(), "{report:#?}");
    }
}

fn program(
    db: &Db,
    clock: &Arc<ManualClock>,
    mock: &MockChannel,
    settings: &app::Settings,
) -> Arc<App> {
    let (app, _) = App::new(Parts {
        clock: clock.clone() as Arc<dyn Clock>,
        db: db.clone(),
        outside: Outside {
            payments: PaymentChannels::new(vec![Arc::new(mock.clone())]),
            ..Outside::default()
        },
        bus: Bus::in_process(),
        protocols: Registry::new(Vec::new()),
        settings: settings.clone(),
    });
    app
}

/// Somebody of the platform.
pub(crate) fn person(name: &str) -> Actor {
    Actor::trusted(name)
}

/// An organisation with somebody who works there.
pub(crate) async fn clerk(
    db: &Db,
    kind: OrgType,
    parent: i64,
    name: &str,
    admin_id: i64,
    now: Timestamp,
) -> Actor {
    let mut tx = db.begin().await.expect("a transaction");
    let parent = orgs::find(tx.conn(), parent).await.expect("read");
    let parent = parent.expect("a parent");
    let level = place(kind, parent.kind, parent.level).expect("a place");
    let entry = OrgEntry {
        name: format!("{name}的公司"),
        contact: None,
        phone: None,
        area_code: None,
        licence: None,
        settlement: json!({}),
        remark: None,
    };
    let id = orgs::insert(tx.conn(), kind, level, &parent, &entry, now).await;
    let org = orgs::find(tx.conn(), id.expect("made"))
        .await
        .expect("read");
    let org = org.expect("there");
    tx.commit().await.expect("committed");
    Actor {
        admin_id: Some(admin_id),
        org_id: org.id,
        org_type: kind,
        org_path: org.path,
        org_name: org.entry.name,
        is_super: false,
        ..Actor::trusted(name)
    }
}

testkit::both_engines! {
    /// 200 yuan by the bank: 1.20 stay as the fee, 198.80 go out.
    async fn the_bank_pays(db: &Db) {
        let house = House::open(db).await;
        let account = house.account(SettlementKind::Bank).await;
        let asked = house.ask(20_000, account).await.expect("asked");
        assert_eq!((asked.fee_fen, asked.tax_fen, asked.net_fen), (Fen(120), Fen(0), Fen(19_880)));
        assert_eq!(house.purse().await, (30_000, 20_000));
        house.assert_books_are_right().await;
        let no = asked.withdraw_no.as_str();
        let app = &house.app;
        let own = Actor { org_type: OrgType::Platform, org_path: "/1/".to_owned(), ..house.clerk.clone() };
        assert!(app.approve_withdrawal(&own, KIND, no).await.is_err(), "not one's own");
        let early = app.withdrawal_voucher(&person("bea"), KIND, no, "V1").await;
        assert!(early.is_err(), "not granted yet");
        let agent = app.approve_withdrawal(&person("bea"), OrgType::Agent, no).await;
        assert!(agent.is_err(), "of a merchant");
        app.approve_withdrawal(&person("bea"), KIND, no).await.expect("granted");
        assert!(app.approve_withdrawal(&person("cem"), KIND, no).await.is_err(), "once");
        assert!(app.pay_withdrawal(&person("bea"), KIND, no).await.is_err(), "the bank pays it");
        assert!(app.cancel_withdrawal(&house.clerk, KIND, no).await.is_err(), "too late");
        for _ in 0..2 {
            let paid = app.withdrawal_voucher(&person("bea"), KIND, no, "V1").await;
            assert_eq!(paid.expect("paid").state, WithdrawalState::Success);
        }
        assert!(app.withdrawal_voucher(&person("bea"), KIND, no, "V2").await.is_err(), "paid once");
        assert_eq!(house.purse().await, (30_000, 0));
        assert_eq!(house.held(Account::Asset(Asset::Bank)).await, 50_000 - 19_880);
        assert_eq!(house.held(Account::Income(Income::WithdrawFee)).await, 120);
        house.assert_books_are_right().await;
    }

    async fn tax_is_kept_back(db: &Db) {
        let rules = WithdrawalRules { tax_bp: BasisPoints(300), ..WithdrawalRules::default() };
        let house = House::with(db, rules).await;
        let account = house.account(SettlementKind::Bank).await;
        let no = house.approved(20_000, account).await;
        let paid = house.app.withdrawal_voucher(&person("bea"), KIND, &no, "V1").await;
        assert_eq!(paid.expect("paid").net_fen, Fen(20_000 - 120 - 600));
        assert_eq!(house.held(Account::TaxWithheld).await, 600);
        assert_eq!(house.held(Account::Asset(Asset::Bank)).await, 50_000 - 19_280);
        house.assert_books_are_right().await;
    }

    /// What is cancelled or refused is payable again, and does not count as one of the day's.
    async fn what_is_taken_back_is_payable_again(db: &Db) {
        let house = House::open(db).await;
        let account = house.account(SettlementKind::Bank).await;
        for _ in 0..2 {
            let no = house.ask(50_000, account).await.expect("asked").withdraw_no;
            let other = Actor { admin_id: Some(8), ..house.clerk.clone() };
            assert!(house.app.cancel_withdrawal(&other, KIND, &no).await.is_err(), "not theirs");
            house.app.cancel_withdrawal(&house.clerk, KIND, &no).await.expect("cancelled");
            assert_eq!(house.purse().await, (50_000, 0));
            let no = house.approved(50_000, account).await;
            assert!(house.app.reject_withdrawal(&person("bea"), KIND, &no, " ").await.is_err());
            let row = house.app.reject_withdrawal(&person("bea"), KIND, &no, "no such account").await;
            assert_eq!(row.expect("refused").state, WithdrawalState::Rejected);
            assert!(house.app.reject_withdrawal(&person("bea"), KIND, &no, "again").await.is_err());
            assert_eq!(house.purse().await, (50_000, 0));
        }
        house.assert_books_are_right().await;
    }

    async fn limits_are_kept(db: &Db) {
        let house = House::open(db).await;
        let account = house.account(SettlementKind::Bank).await;
        for fen in [0, -1, 999, 50_001] {
            assert!(house.ask(fen, account).await.is_err(), "{fen}");
        }
        let wish = WithdrawalWish { amount: Fen(1000), account_id: account };
        let stranger = house.app.apply_withdrawal(&person("bea"), KIND, wish).await;
        assert!(stranger.is_err(), "the platform does not apply");
        let other = clerk(db, KIND, 1, "other", 9, house.clock.now()).await;
        house.earn(OrgId(other.org_id), 5000, "E2").await;
        let foreign = house.app.apply_withdrawal(&other, KIND, wish).await;
        assert!(matches!(foreign, Err(app::AppError::NotFound(_))), "somebody else's account");
        let bank = SettlementAccount {
            kind: SettlementKind::Bank,
            holder: "张三".to_owned(),
            bank: Some("中国银行".to_owned()),
            number: "6222020200112234".to_owned(),
        };
        let new = SettlementWish { org_id: house.clerk.org_id, account: bank };
        let new = house.app.add_settlement_account(&house.clerk, KIND, &new).await.expect("entered");
        assert!(house.ask(1000, new.id).await.is_err(), "not verified");
        for _ in 0..3 {
            house.ask(1000, account).await.expect("asked");
        }
        assert!(house.ask(1000, account).await.is_err(), "three a day");
        house.clock.advance(Duration::from_hours(9));
        house.ask(1000, account).await.expect("another day in Shanghai");
        assert_eq!(house.purse().await, (46_000, 4000));
        house.assert_books_are_right().await;
    }

    async fn limits_change_while_the_program_runs(db: &Db) {
        let house = House::open(db).await;
        let bank = house.account(SettlementKind::Bank).await;
        let staff = Actor::trusted("boss");
        let least = Some(json!(40_000));
        let changed = house.app.change_setting(&staff, "money.withdraw.min_fen", least).await;
        changed.expect("changed");
        assert!(house.ask(39_999, bank).await.is_err(), "too little now");
        house.ask(40_000, bank).await.expect("enough");
    }

    /// Two at once: one of them sees what the other left.
    async fn two_cannot_take_the_same_money(db: &Db) {
        let house = House::open(db).await;
        let account = house.account(SettlementKind::Bank).await;
        let (one, two) = tokio::join!(house.ask(30_000, account), house.ask(30_000, account));
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        assert_eq!(house.purse().await, (20_000, 30_000));
        house.assert_books_are_right().await;
    }

    /// A refund after the withdrawal: what is payable falls below nothing, and nothing more goes
    /// out before it is earned.
    async fn who_owes_takes_nothing_out(db: &Db) {
        let house = House::open(db).await;
        let account = house.account(SettlementKind::Bank).await;
        let no = house.approved(50_000, account).await;
        house.app.withdrawal_voucher(&person("bea"), KIND, &no, "V1").await.expect("paid");
        house.earn(house.org(), -816, "R1").await;
        assert_eq!(house.purse().await, (-816, 0));
        assert!(house.ask(1000, account).await.is_err());
        house.earn(house.org(), 1816, "E3").await;
        house.ask(1000, account).await.expect("asked");
        assert_eq!(house.purse().await, (0, 1000));
        house.assert_books_are_right().await;
    }

    async fn much_money_takes_two_persons(db: &Db) {
        let rules = WithdrawalRules { second_reviewer_above: Fen(19_999), ..WithdrawalRules::default() };
        let house = House::with(db, rules).await;
        let account = house.account(SettlementKind::Bank).await;
        let no = house.ask(20_000, account).await.expect("asked").withdraw_no;
        let app = &house.app;
        let first = app.approve_withdrawal(&person("bea"), KIND, &no).await.expect("one word");
        assert_eq!(first.state, WithdrawalState::Submitted);
        assert!(app.approve_withdrawal(&person("bea"), KIND, &no).await.is_err(), "the same person");
        let second = app.approve_withdrawal(&person("cem"), KIND, &no).await.expect("two words");
        assert_eq!(second.state, WithdrawalState::Approved);
        assert_eq!(second.first_audit_by.as_deref(), Some("bea"));
        assert_eq!(second.audited_by.as_deref(), Some("cem"));
        assert!(app.approve_withdrawal(&person("dora"), KIND, &no).await.is_err());
    }

    /// A channel that pays at once, and whose callbacks come three times.
    async fn a_channel_pays(db: &Db) {
        let house = House::open(db).await;
        house.script(json!({"callbacks": {"copies": 3}}));
        let account = house.account(SettlementKind::Mock).await;
        let no = house.approved(20_000, account).await;
        assert!(house.app.withdrawal_voucher(&person("bea"), KIND, &no, "V1").await.is_err());
        let sent = house.app.pay_withdrawal(&person("bea"), KIND, &no).await.expect("on its way");
        assert_eq!(sent.state, WithdrawalState::Paying);
        assert!(house.app.pay_withdrawal(&person("bea"), KIND, &no).await.is_err(), "once");
        assert!(house.app.reject_withdrawal(&person("bea"), KIND, &no, "x").await.is_err());
        house.app.send_withdrawals().await.expect("sent");
        house.clock.advance(Duration::from_secs(5));
        assert_eq!(house.callbacks().await, (3, true));
        let row = house.app.withdrawal(KIND, &no).await.expect("there");
        assert_eq!(row.state, WithdrawalState::Success);
        assert!(row.channel_no.is_some() && row.finished_at.is_some());
        house.half_hours(3).await;
        assert_eq!(house.purse().await, (30_000, 0));
        assert_eq!(house.held(Account::Asset(Asset::Mock)).await, -19_880);
        assert_eq!(house.held(Account::Income(Income::WithdrawFee)).await, 120);
        house.assert_books_are_right().await;
    }

    /// The answer is lost, the program ends: it is asked for under its number, and paid once.
    async fn a_lost_answer_is_asked_for(db: &Db) {
        for (happens, name) in [(true, "anna"), (false, "bert")] {
            let mut house = House::of(db, WithdrawalRules::default(), name).await;
            let lost = json!({"call": "transfer", "times": 1,
                "outcome": {"kind": "unreachable", "happens": happens}});
            house.script(json!({"calls": [lost], "callbacks": {"copies": 0}}));
            let account = house.account(SettlementKind::Mock).await;
            let no = house.approved(20_000, account).await;
            house.restart();
            assert_eq!(house.state(&no).await, WithdrawalState::Approved);
            house.app.pay_withdrawal(&person("bea"), KIND, &no).await.expect("on its way");
            house.restart();
            house.app.send_withdrawals().await.expect("sent");
            assert_eq!(house.state(&no).await, WithdrawalState::Paying, "nobody knows");
            assert_eq!(house.purse().await, (30_000, 20_000));
            house.restart();
            house.half_hours(1).await;
            assert_eq!(house.state(&no).await, WithdrawalState::Success, "{happens}");
            assert_eq!(house.purse().await, (30_000, 0));
            house.assert_books_are_right().await;
        }
    }

    /// The channel refuses for certain: the money is payable again.
    async fn a_refusal_gives_the_money_back(db: &Db) {
        let house = House::open(db).await;
        let account = house.account(SettlementKind::Mock).await;
        let refusal = json!({"call": "transfer", "times": 1,
            "outcome": {"kind": "refuse", "code": "NO_SUCH_PAYEE"}});
        for script in [json!({"calls": [refusal]}), json!({"transfers": {"outcome": "failed"}})] {
            house.script(script);
            let no = house.approved(20_000, account).await;
            house.app.pay_withdrawal(&person("bea"), KIND, &no).await.expect("on its way");
            house.app.send_withdrawals().await.expect("sent");
            let row = house.app.withdrawal(KIND, &no).await.expect("there");
            assert_eq!(row.state, WithdrawalState::Failed);
            assert!(row.fail_reason.is_some());
            assert_eq!(house.purse().await, (50_000, 0));
            house.callbacks().await;
            house.assert_books_are_right().await;
        }
        assert_eq!(house.held(Account::Asset(Asset::Mock)).await, 0);
    }

    /// The payee has to confirm, and does after a restart.
    async fn a_payee_confirms(db: &Db) {
        let mut house = House::open(db).await;
        house.script(json!({"transfers": {"confirmation": {"kind": "waits"}}}));
        let account = house.account(SettlementKind::Mock).await;
        let no = house.approved(20_000, account).await;
        house.app.pay_withdrawal(&person("bea"), KIND, &no).await.expect("on its way");
        house.app.send_withdrawals().await.expect("sent");
        let row = house.app.withdrawal(KIND, &no).await.expect("there");
        assert_eq!(row.state, WithdrawalState::WaitConfirm);
        assert!(row.package_info.is_some(), "what the payee's app confirms with");
        house.half_hours(4).await;
        house.restart();
        assert_eq!(house.purse().await, (30_000, 20_000));
        house.mock.confirm_transfer(&no).expect("confirmed");
        house.clock.advance(Duration::from_secs(5));
        house.callbacks().await;
        assert_eq!(house.state(&no).await, WithdrawalState::Success);
        house.assert_books_are_right().await;
    }

    /// Nobody confirms for a day: it is taken back at the channel, and only then payable again.
    async fn what_nobody_confirms_is_taken_back(db: &Db) {
        let house = House::open(db).await;
        house.script(json!({"transfers": {"confirmation": {"kind": "waits"}},
            "callbacks": {"copies": 0}}));
        let account = house.account(SettlementKind::Mock).await;
        let no = house.approved(20_000, account).await;
        house.app.pay_withdrawal(&person("bea"), KIND, &no).await.expect("on its way");
        house.half_hours(47).await;
        assert_eq!(house.state(&no).await, WithdrawalState::WaitConfirm);
        assert_eq!(house.purse().await, (30_000, 20_000));
        house.half_hours(2).await;
        assert_eq!(house.state(&no).await, WithdrawalState::Failed);
        assert_eq!(house.purse().await, (50_000, 0));
        assert_eq!(house.alarms().await, 0);
        house.assert_books_are_right().await;
    }

    /// A channel that never says what became of it is an alarm, and the money stays held.
    async fn what_is_stuck_is_an_alarm(db: &Db) {
        let house = House::open(db).await;
        let silent = json!({"call": "transfer",
            "outcome": {"kind": "unreachable", "happens": true}});
        let deaf = json!({"call": "query_transfer",
            "outcome": {"kind": "unreachable", "happens": false}});
        house.script(json!({"calls": [silent, deaf], "callbacks": {"copies": 0}}));
        let account = house.account(SettlementKind::Mock).await;
        let no = house.approved(20_000, account).await;
        house.app.pay_withdrawal(&person("bea"), KIND, &no).await.expect("on its way");
        house.half_hours(20).await;
        assert_eq!(house.alarms().await, 0);
        house.half_hours(40).await;
        assert_eq!(house.alarms().await, 1);
        assert_eq!(house.state(&no).await, WithdrawalState::Paying);
        assert_eq!(house.purse().await, (30_000, 20_000));
        house.script(json!({}));
        let asked = house.app.ask_about_withdrawal(&person("bea"), KIND, &no).await;
        assert_eq!(asked.expect("asked").state, WithdrawalState::Success);
        assert_eq!(house.purse().await, (30_000, 0));
        house.assert_books_are_right().await;
    }

    /// Small sums go by themselves where the operator wants it.
    async fn small_sums_go_by_themselves(db: &Db) {
        let rules = WithdrawalRules { auto_limit: Fen(5000), ..WithdrawalRules::default() };
        let house = House::with(db, rules).await;
        let account = house.account(SettlementKind::Mock).await;
        let small = house.ask(5000, account).await.expect("asked");
        assert_eq!(small.state, WithdrawalState::Paying);
        let large = house.ask(5001, account).await.expect("asked");
        assert_eq!(large.state, WithdrawalState::Submitted);
        house.app.send_withdrawals().await.expect("sent");
        assert_eq!(house.state(&small.withdraw_no).await, WithdrawalState::Success);
        assert_eq!(house.purse().await, (50_000 - 10_001, 5001));
        house.assert_books_are_right().await;
    }

    /// While the books are known not to balance nothing leaves the house.
    async fn broken_books_stop_withdrawals(db: &Db) {
        let house = House::open(db).await;
        let account = house.account(SettlementKind::Mock).await;
        let no = house.approved(1000, account).await;
        let alarm = store::alarms::NewAlarm {
            code: "ledger_invariant".to_owned(),
            level: "C".to_owned(),
            object_type: "books".to_owned(),
            object_id: "all".to_owned(),
            device_id: None,
            port_no: None,
            order_no: None,
            message: String::new(),
            details: json!({}),
            at: house.clock.now(),
        };
        let mut direct = db.direct().await.expect("a connection");
        store::alarms::raise(direct.conn(), &alarm).await.expect("raised");
        drop(direct);
        assert!(house.ask(1000, account).await.is_err());
        assert!(house.app.pay_withdrawal(&person("bea"), KIND, &no).await.is_err());
        let all = WithdrawalFilter { org_id: Some(house.clerk.org_id), ..WithdrawalFilter::default() };
        let page = house.app.list_withdrawals(&all, None, PageRequest::default()).await;
        assert_eq!(page.expect("read").total, 1);
    }
}
