//! Companies that pay for their people: prepaid, on credit, within what was agreed.

use crate::plans::{ebike, in_force};
use crate::scene::{DEVICE, Pile, Scene, end, id};
use crate::withdrawals::{clerk, person};
use app::{AppError, ContractEntry, PayBy, Started};
use device::{ChargeKey, Command};
use domain::order::Order;
use domain::org::OrgType;
use domain::request::start_plan;
use domain::settlement::Wishes;
use kernel::{Fen, MemberId, OrgId};
use serde_json::json;
use store::ledger::Ledgers;
use store::members::{self, Member, MemberChange};
use store::{Db, PageRequest, ledger};

struct Firm {
    scene: Scene,
    pile: Pile,
    org: OrgId,
    member: Member,
}

impl Firm {
    /// A company without money that pays for one member.
    async fn new(db: &Db) -> Self {
        let scene = Scene::new(db).await;
        in_force(
            &scene,
            ebike(json!({"mode": "energy", "unit_price_fen": 150})),
        )
        .await;
        let now = scene.app.now();
        let org = OrgId(clerk(db, OrgType::Company, 1, "firm", 5, now).await.org_id);
        let mut tx = db.begin().await.expect("a transaction");
        let member = members::register(tx.conn(), "13800138000", now).await;
        let member = member.expect("made");
        let change = MemberChange {
            company: Some(Some(org)),
            ..MemberChange::default()
        };
        members::change(tx.conn(), member, &change, now)
            .await
            .expect("theirs");
        let member = members::find(tx.conn(), member).await.expect("read");
        let member = member.expect("there");
        tx.commit().await.expect("committed");
        let pile = scene.connect(DEVICE).await;
        Self {
            scene,
            pile,
            org,
            member,
        }
    }

    async fn start(&self, amount: i64) -> Result<Started, AppError> {
        let body = json!({"port_no": 1, "charge_mode": 1, "duration": 3600, "amount": amount});
        let plan = start_plan(&body).expect("a legal request");
        let (member, device) = (&self.member, id(DEVICE));
        self.scene
            .app
            .start_for_member(member, &device, plan, PayBy::Company, Wishes::default())
            .await
    }

    /// A charge of 5.23 kWh, 7.85 yuan.
    async fn charge(&mut self, amount: i64) -> Order {
        self.start(amount).await.expect("started");
        let dispatch = self.pile.command().expect("a start command");
        let Command::StartCharge(plan) = &dispatch.command else {
            panic!("{:?}", dispatch.command);
        };
        let order = self.scene.order(plan.order).await;
        self.pile.begins_with(&dispatch, &order).await;
        self.scene.advance(3600);
        let key = ChargeKey::Order(order.order_no);
        self.pile.ends(end(key, 1, 3600, 523)).await;
        order
    }

    async fn pays(&self, fen: i64, key: &str) {
        let anna = person("anna");
        let paid = self
            .scene
            .app
            .recharge_company(&anna, self.org, Fen(fen), key);
        paid.await.expect("paid");
    }

    async fn credit(&self, fen: i64) {
        let app = &self.scene.app;
        let waits = app
            .propose_credit(&person("anna"), self.org, Fen(fen), "agreed")
            .await;
        let waits = waits.expect("proposed");
        let own = app
            .decide_operation(&person("anna"), waits.id, true, None)
            .await;
        assert!(own.is_err(), "it takes two");
        let done = app
            .decide_operation(&person("bea"), waits.id, true, None)
            .await;
        assert_eq!(done.expect("confirmed").state, "approved");
    }

    /// Prepaid, owed, left of the credit.
    async fn money(&self) -> (i64, i64, i64) {
        let account = self
            .scene
            .app
            .company_account(&person("anna"), self.org)
            .await;
        let account = account.expect("there");
        (account.cash.0, account.owed.0, account.credit_left().0)
    }

    async fn assert_books_are_right(&self) {
        let mut view = self.scene.app.db().view().await.expect("a connection");
        let report = ledger::verify(view.conn()).await.expect("read");
        assert!(report.is_clean(), "{report:#?}");
    }
}

testkit::both_engines! {
    async fn prepaid_money_pays_and_then_does_not(db: &Db) {
        let mut firm = Firm::new(db).await;
        let refused = firm.start(1000).await;
        assert!(matches!(refused, Err(AppError::Conflict("balance too low"))), "{refused:?}");
        for _ in 0..2 {
            firm.pays(1000, "P1").await;
            assert_eq!(firm.money().await, (1000, 0, 0), "once");
        }
        firm.charge(1000).await;
        assert_eq!(firm.money().await, (215, 0, 0));
        let paid = firm.scene.app.company_paid(&firm.member).await;
        assert_eq!(paid.expect("read"), Some(Fen(785)));
        let refused = firm.start(1000).await;
        assert!(matches!(refused, Err(AppError::Conflict("balance too low"))), "{refused:?}");
        assert_eq!(firm.money().await, (215, 0, 0), "nothing is held");
        firm.assert_books_are_right().await;
    }

    async fn credit_pays_what_is_not_prepaid_up_to_its_limit(db: &Db) {
        let mut firm = Firm::new(db).await;
        firm.pays(215, "P1").await;
        firm.credit(1200).await;
        assert_eq!(firm.money().await, (215, 0, 1200));
        firm.charge(1000).await;
        assert_eq!(firm.money().await, (0, 570, 630), "prepaid money first");
        firm.assert_books_are_right().await;
        firm.credit(1000).await;
        let refused = firm.start(1000).await;
        assert!(matches!(refused, Err(AppError::Conflict("balance too low"))), "{refused:?}");
        firm.pays(1000, "P2").await;
        assert_eq!(firm.money().await, (430, 0, 1000), "what is owed goes first");
        firm.assert_books_are_right().await;

        let app = &firm.scene.app;
        let figures = app.party_figures(&[firm.org.0]).await.expect("read");
        let figures = figures.get(&firm.org.0).expect("the company's");
        assert_eq!((figures.credit_fen, figures.balance_fen), (Some(Fen(1000)), Fen(430)));
        assert_eq!((figures.members, figures.vehicles), (Some(1), Some(0)));
        let filter = store::ledger::PartyFilter {
            owner: Some(firm.org.0),
            ..store::ledger::PartyFilter::default()
        };
        let lines = app.party_ledger(Ledgers::Companies, &filter, PageRequest::default()).await;
        let lines = lines.expect("read").items;
        let first = lines.first().expect("the payment");
        assert_eq!(first.after, Fen(430));
        // One line for each deed, whichever of its accounts it moved.
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line.line.change_fen.0, line.after.0, line.line.receipt.as_deref()))
            .collect();
        assert_eq!(told, [(1000, 430, Some("P2")), (-785, -570, None), (215, 215, Some("P1"))]);
        let totals = app::TotalsFilter { owner: Some(firm.org.0), ..Default::default() };
        let totals = app.party_totals(Ledgers::Companies, &totals, PageRequest::default()).await;
        let sums = totals.expect("read").items[0].sums;
        assert_eq!((sums.opening, sums.grown, sums.shrunk), (Fen(0), Fen(1215), Fen(785)));
        assert_eq!(sums.closing(), Fen(430));
    }

    async fn a_contract_limits_the_day_and_the_places(db: &Db) {
        let mut firm = Firm::new(db).await;
        firm.pays(100_000, "P1").await;
        let entry = ContractEntry {
            contract_no: Some("HT-1".to_owned()),
            bill_day: 5,
            member_daily: Some(Fen(1400)),
            stations: Vec::new(),
        };
        let app = firm.scene.app.clone();
        let anna = person("anna");
        let changed = app.change_contract(&anna, firm.org, entry.clone()).await.expect("written");
        assert_eq!((changed.contract.bill_day, changed.members), (5, 1));
        let order = firm.charge(5000).await;
        assert_eq!(order.amount, Fen(1400), "no more than the day has left");
        let order = firm.charge(5000).await;
        assert_eq!(order.amount, Fen(615));
        assert!(firm.start(5000).await.is_err(), "the day is used up");
        for wrong in [
            ContractEntry { bill_day: 29, ..entry.clone() },
            ContractEntry { member_daily: Some(Fen(0)), ..entry.clone() },
            ContractEntry { stations: vec![99], ..entry },
        ] {
            assert!(app.change_contract(&anna, firm.org, wrong).await.is_err());
        }
        firm.assert_books_are_right().await;
    }

    async fn people_come_from_a_list(db: &Db) {
        let firm = Firm::new(db).await;
        let now = firm.scene.app.now();
        let other = OrgId(clerk(db, OrgType::Company, 1, "other", 6, now).await.org_id);
        let list = "手机号,姓名\r\n13900139000,李四\n13800138000,张三\n1390013900,x\n\
                    13900139000,again\n13700137000,a,b\n13600136000,\n";
        let app = &firm.scene.app;
        let anna = person("anna");
        let report = app.import_company_members(&anna, firm.org, list).await.expect("taken");
        assert_eq!((report.added, report.known), (2, 1));
        let lines: Vec<usize> = report.faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [4, 5, 6]);
        let again = app.import_company_members(&anna, firm.org, list).await.expect("taken");
        assert_eq!((again.added, again.known), (0, 3));
        let stolen = app.import_company_members(&anna, other, "13900139000,李四").await;
        let stolen = stolen.expect("read");
        assert_eq!((stolen.added, stolen.faults.len()), (0, 1), "somebody else pays for them");
        assert!(app.import_company_members(&anna, firm.org, "phone\n").await.is_err());
        let page = PageRequest::default();
        let mut view = db.view().await.expect("a connection");
        let found = members::find_by_phone(view.conn(), "13900139000").await.expect("read");
        let found = found.expect("registered");
        drop(view);
        assert_eq!((found.company_id, found.real_name.as_deref()), (Some(firm.org.0), Some("李四")));
        let member = MemberId(found.id);
        assert!(app.remove_company_member(&anna, other, member).await.is_err());
        app.remove_company_member(&anna, firm.org, member).await.expect("gone");
        assert!(app.remove_company_member(&anna, firm.org, member).await.is_err(), "once");
        let back = app.import_company_members(&anna, firm.org, "13900139000").await;
        assert_eq!(back.expect("read").invited, 1, "whoever was here is asked");
        assert_eq!(app.invitations(member, page).await.expect("read").total, 1);
    }

    /// Who is a member already decides; until then nothing of theirs is the company's.
    async fn a_member_is_asked_before_a_company_pays(db: &Db) {
        let firm = Firm::new(db).await;
        let (app, now, anna) = (&firm.scene.app, firm.scene.app.now(), person("anna"));
        let other = OrgId(clerk(db, OrgType::Company, 1, "other", 6, now).await.org_id);
        let mut direct = db.direct().await.expect("a connection");
        let private = members::register(direct.conn(), "13500135000", now).await.expect("made");
        let stranger = members::register(direct.conn(), "13500135001", now).await.expect("made");
        drop(direct);
        let page = PageRequest::default();
        for company in [firm.org, firm.org, other] {
            let report = app.import_company_members(&anna, company, "13500135000,王五").await;
            let report = report.expect("read");
            assert_eq!((report.added, report.known, report.invited), (0, 0, 1));
        }
        let company_of = async |member| {
            let member = app.member(member).await.expect("there");
            (member.company_id, member.real_name)
        };
        assert_eq!(company_of(private).await, (None, None));
        let waiting = app.invitations(private, page).await.expect("read").items;
        assert_eq!(waiting.len(), 2, "one of each company");
        let told = app.member_messages(private, true, page).await.expect("read").items;
        assert_eq!(told.len(), 2);
        assert!(told.iter().all(|message| message.kind.as_str() == "company_invitation"));
        let of = |org: OrgId| waiting.iter().find(|row| row.company_id == org.0).expect("one").id;
        let (ours, theirs) = (of(firm.org), of(other));
        let foreign = app.answer_invitation(stranger, ours, true).await;
        assert!(matches!(foreign, Err(AppError::NotFound("invitation"))), "{foreign:?}");
        let (one, two) = tokio::join!(
            app.answer_invitation(private, ours, true),
            app.answer_invitation(private, theirs, true),
        );
        assert!(one.is_ok() != two.is_ok(), "one company pays: {one:?} {two:?}");
        let (company, name) = company_of(private).await;
        let joined = if one.is_ok() { firm.org } else { other };
        assert_eq!((company, name.as_deref()), (Some(joined.0), Some("王五")));
        let (answered, open) = if one.is_ok() { (ours, theirs) } else { (theirs, ours) };
        let again = app.answer_invitation(private, answered, false).await;
        assert!(matches!(again, Err(AppError::Conflict(_))), "{again:?}");
        let declined = app.answer_invitation(private, open, false).await.expect("declined");
        assert_eq!(declined.state, "declined");
        assert_eq!(company_of(private).await.0, Some(joined.0));
    }
}
