//! What agents, merchants and members see of their own money; corrections by two persons.

use crate::withdrawals::{House, clerk, person};
use app::TotalsFilter;
use app::staff::Actor;
use domain::ledger::postings;
use domain::ledger::{Account, Asset, Income, Journal, JournalKind, MemberPurse, PartyPurse};
use domain::org::{OrgType, Scope};
use kernel::{Fen, MemberId, OrgId};
use std::time::Duration;
use store::ledger::{self, HeldLine, Ledgers, PartyFilter};
use store::{Db, PageRequest, members};

async fn post(house: &House, journals: &[Journal]) {
    let mut tx = house.app.db().begin().await.expect("a transaction");
    let now = house.app.now();
    let posted = ledger::post(tx.conn(), journals, "test", now).await;
    posted.expect("posted");
    tx.commit().await.expect("committed");
}

/// A share of a bill that becomes payable later.
async fn earns(house: &House, agent: &Actor, fen: i64, order: &str) {
    let org = OrgId(agent.org_id);
    let split = Journal::of(JournalKind::Split, order, format!("{order}:1"))
        .debit(Account::Asset(Asset::Bank), Fen(fen))
        .credit(Account::Agent(org, PartyPurse::Pending), Fen(fen));
    post(house, &[split]).await;
}

async fn matures(house: &House, agent: &Actor, fen: i64) {
    let org = OrgId(agent.org_id);
    let of = move |purse| Account::Agent(org, purse);
    let batch = format!("{fen}");
    post(house, &[postings::mature(&of, Fen(fen), &batch)]).await;
}

async fn lines(house: &House, ledgers: Ledgers, filter: PartyFilter) -> Vec<HeldLine> {
    let page = PageRequest { page: 1, size: 100 };
    let page = house.app.party_ledger(ledgers, &filter, page).await;
    page.expect("read").items
}

/// Change and what was held afterwards, the oldest first.
fn moves(lines: &[HeldLine]) -> Vec<(i64, i64)> {
    let all = lines.iter().rev();
    all.map(|held| (held.line.change_fen.0, held.after.0))
        .collect()
}

testkit::both_engines! {
    async fn an_agent_sees_its_own_lines_and_those_below(db: &Db) {
        let house = House::open(db).await;
        let now = house.app.now();
        let first = clerk(db, OrgType::Agent, 1, "first", 11, now).await;
        let below = clerk(db, OrgType::Agent, first.org_id, "below", 12, now).await;
        let sibling = clerk(db, OrgType::Agent, 1, "sibling", 13, now).await;
        earns(&house, &first, 300, "O1").await;
        earns(&house, &below, 50, "O1b").await;
        earns(&house, &sibling, 7, "O1c").await;
        matures(&house, &first, 300).await;
        house.clock.advance(Duration::from_hours(1));
        let later = house.app.now();
        earns(&house, &first, 96, "O2").await;

        let seen = |actor: &Actor| PartyFilter { scope: actor.scope(), ..PartyFilter::default() };
        let all = lines(&house, Ledgers::Agents, seen(&first)).await;
        let names: Vec<&str> = all.iter().filter_map(|held| held.line.owner.as_deref()).collect();
        assert_eq!(names.len(), 3, "what only moves between purses is left out: {names:?}");
        assert!(!names.contains(&"sibling的公司"));
        assert_eq!(lines(&house, Ledgers::Agents, seen(&below)).await.len(), 1);
        let own = PartyFilter { owner: Some(first.org_id), ..seen(&first) };
        assert_eq!(moves(&lines(&house, Ledgers::Agents, own.clone()).await), [(300, 300), (96, 396)]);
        let pending = PartyFilter { purse: Some("pending"), ..own.clone() };
        let pending = lines(&house, Ledgers::Agents, pending).await;
        assert_eq!(moves(&pending), [(300, 300), (-300, 0), (96, 96)]);
        let available = PartyFilter { purse: Some("available"), ..own.clone() };
        assert_eq!(moves(&lines(&house, Ledgers::Agents, available).await), [(300, 300)]);
        let of_order = PartyFilter { biz_no: Some("O2".to_owned()), ..own };
        assert_eq!(moves(&lines(&house, Ledgers::Agents, of_order).await), [(96, 396)]);

        let totals = TotalsFilter {
            owner: Some(first.org_id),
            from: Some(later),
            scope: first.scope(),
            ..TotalsFilter::default()
        };
        let page = PageRequest::default();
        let found = house.app.party_totals(Ledgers::Agents, &totals, page).await.expect("read");
        let sums = found.items[0].sums;
        assert_eq!((sums.opening, sums.grown, sums.shrunk), (Fen(300), Fen(96), Fen(0)));
        assert_eq!(sums.closing(), Fen(396));
        let foreign = TotalsFilter { owner: Some(sibling.org_id), ..totals };
        let none = house.app.party_totals(Ledgers::Agents, &foreign, page).await.expect("read");
        assert_eq!((none.total, none.items.len()), (0, 0));
        let merchants = PartyFilter { scope: Scope::Everything, ..PartyFilter::default() };
        let merchants = lines(&house, Ledgers::Merchants, merchants).await;
        assert_eq!(moves(&merchants), [(50_000, 50_000)]);
        house.assert_books_are_right().await;
    }

    /// J15: a second person confirms; the wallet never falls below nothing.
    async fn a_wallet_is_corrected_by_two(db: &Db) {
        let house = House::open(db).await;
        let app = &house.app;
        let mut tx = db.begin().await.expect("a transaction");
        let member = members::register(tx.conn(), "13800138000", app.now()).await.expect("made");
        tx.commit().await.expect("committed");
        let (bea, cem) = (person("bea"), person("cem"));
        let propose = |fen, reason| app.propose_adjustment(&bea, member, Fen(fen), reason);
        for (fen, reason) in [(0, "x"), (10_000_001, "x"), (500, " "), (-1, "more than is there")] {
            assert!(propose(fen, reason).await.is_err(), "{fen} {reason}");
        }
        assert!(app.propose_adjustment(&bea, MemberId(99), Fen(1), "x").await.is_err());
        let plus = propose(500, "stopped too early").await.expect("proposed");
        assert_eq!(app.wallet(member).await.expect("read").cash, Fen(0), "it waits");
        assert!(app.decide_operation(&bea, plus.id, true, None).await.is_err(), "it takes two");
        app.decide_operation(&cem, plus.id, true, None).await.expect("confirmed");
        assert!(app.decide_operation(&cem, plus.id, true, None).await.is_err(), "once");
        assert_eq!(app.wallet(member).await.expect("read").cash, Fen(500));
        let first = propose(-300, "paid twice").await.expect("proposed");
        let second = propose(-300, "paid twice").await.expect("both fit now");
        app.decide_operation(&cem, first.id, true, None).await.expect("confirmed");
        let short = app.decide_operation(&cem, second.id, true, None).await;
        assert!(short.is_err(), "not below nothing");
        assert_eq!(app.wallet(member).await.expect("read").cash, Fen(200));
        let rejected = app.decide_operation(&cem, second.id, false, Some("no")).await;
        assert_eq!(rejected.expect("still open").state, "rejected");
        let mine = PartyFilter { owner: Some(member.0), ..PartyFilter::default() };
        let mine = lines(&house, Ledgers::Members, mine).await;
        assert_eq!(moves(&mine), [(500, 500), (-300, 200)]);
        let wallet = Account::Member(member, MemberPurse::Cash).to_string();
        assert!(mine.iter().all(|held| held.line.account == wallet));
        let nobody = clerk(db, OrgType::Company, 1, "firm", 5, app.now()).await;
        let theirs = PartyFilter { scope: nobody.scope(), ..PartyFilter::default() };
        assert!(lines(&house, Ledgers::Members, theirs).await.is_empty());
        let mut view = db.view().await.expect("a connection");
        let fee = ledger::balance(view.conn(), &Account::Income(Income::WithdrawFee)).await;
        assert_eq!(fee.expect("read"), Fen(0));
        drop(view);
        house.assert_books_are_right().await;
    }
}
