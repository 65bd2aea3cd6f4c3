//! Agents, merchants and companies: withdrawals, ledgers, contracts.

use super::{Case, act, read, write};
use crate::lab::Lab;
use app::staff::Actor;
use app::{SettlementWish, WithdrawalWish};
use axum::http::Method;
use domain::ledger::{Account, Asset, Journal, JournalKind, PartyPurse};
use domain::org::OrgType;
use domain::withdrawal::{SettlementAccount, SettlementKind, WithdrawalState};
use kernel::{Fen, MemberId, OrgId};
use serde_json::json;
use store::members::{self, MemberChange};
use store::{ledger, withdrawals};

const ADMIN: &str = "/api/v1/admin";
/// What only accounts of a party itself may do: see the tests of the console.
pub(super) const FOR_ACCOUNTS: [&str; 5] = [
    "apply_agent_withdrawal",
    "cancel_agent_withdrawal",
    "apply_merchant_withdrawal",
    "cancel_merchant_withdrawal",
    "confirm_statement",
];
/// The owner has all but a twentieth.
const SHARE: &str =
    r#"{"style":"flat","platform_cut_bp":500,"payees":[{"org_id":null,"pct":100}]}"#;

/// Somebody who works for an organisation of that type.
async fn clerk(lab: &Lab, kind: OrgType, name: &str) -> Actor {
    let body = json!({"name": name});
    let kinds = match kind {
        OrgType::Agent => "agents",
        OrgType::Merchant => "merchants",
        OrgType::Company | OrgType::Platform => "companies",
    };
    let made = lab
        .post(&format!("{ADMIN}/{kinds}"), body)
        .await
        .expect(200);
    Actor {
        admin_id: Some(900),
        org_id: made.data()["org_id"].as_i64().expect("an id"),
        org_type: kind,
        org_path: made.data()["path"].as_str().expect("a path").to_owned(),
        org_name: name.to_owned(),
        is_super: false,
        ..Actor::trusted(name)
    }
}

async fn earn(lab: &Lab, clerk: &Actor) {
    let org = OrgId(clerk.org_id);
    let available = match clerk.org_type {
        OrgType::Agent => Account::Agent(org, PartyPurse::Available),
        _ => Account::Merchant(org, PartyPurse::Available),
    };
    let journal = Journal::of(JournalKind::Split, &clerk.name, &clerk.name)
        .debit(Account::Asset(Asset::Bank), Fen(50_000))
        .credit(available, Fen(50_000));
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    ledger::post(tx.conn(), &[journal], "test", lab.app.now())
        .await
        .expect("posted");
    tx.commit().await.expect("committed");
}

async fn account(lab: &Lab, clerk: &Actor, kind: SettlementKind) -> i64 {
    let at_bank = kind == SettlementKind::Bank;
    let number = if at_bank {
        "6222020200112233"
    } else {
        "payee-1"
    };
    let account = SettlementAccount {
        kind,
        holder: "张三".to_owned(),
        bank: at_bank.then(|| "中国银行".to_owned()),
        number: number.to_owned(),
    };
    let wish = SettlementWish {
        org_id: clerk.org_id,
        account,
    };
    let entered = lab
        .app
        .add_settlement_account(clerk, clerk.org_type, &wish)
        .await;
    entered.expect("entered").id
}

async fn verified(lab: &Lab, clerk: &Actor, kind: SettlementKind) -> i64 {
    let id = account(lab, clerk, kind).await;
    let (bea, at) = (Actor::trusted("bea"), (clerk.org_type, id));
    let decided = lab.app.decide_settlement_account(&bea, at, true, None);
    decided.await.expect("verified").id
}

async fn asked(lab: &Lab, clerk: &Actor, account_id: i64) -> String {
    let wish = WithdrawalWish {
        amount: Fen(2000),
        account_id,
    };
    let asked = lab.app.apply_withdrawal(clerk, clerk.org_type, wish).await;
    asked.expect("asked").withdraw_no
}

async fn approved(lab: &Lab, clerk: &Actor, account_id: i64) -> String {
    let no = asked(lab, clerk, account_id).await;
    let bea = Actor::trusted("bea");
    let granted = lab.app.approve_withdrawal(&bea, clerk.org_type, &no).await;
    granted.expect("granted").withdraw_no
}

/// One that a channel has which is not configured here: asking leaves it as it is.
async fn under_way(lab: &Lab, clerk: &Actor) -> String {
    let wechat = verified(lab, clerk, SettlementKind::Wechat).await;
    let no = approved(lab, clerk, wechat).await;
    let now = lab.app.now();
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let row = withdrawals::lock(tx.conn(), &no).await.expect("read");
    let mut row = row.expect("there");
    row.state = WithdrawalState::Paying;
    withdrawals::update(tx.conn(), &row, None, now)
        .await
        .expect("written");
    tx.commit().await.expect("committed");
    no
}

/// The names of the operations of one type of party.
struct Names {
    kind: OrgType,
    word: &'static str,
    accounts: [&'static str; 4],
    withdrawals: [&'static str; 8],
    ledger: [&'static str; 2],
}

const AGENTS: Names = Names {
    kind: OrgType::Agent,
    word: "agent",
    accounts: [
        "list_agent_settlement_accounts",
        "add_agent_settlement_account",
        "decide_agent_settlement_account",
        "remove_agent_settlement_account",
    ],
    withdrawals: [
        "list_agent_withdrawals",
        "agent_bank_file",
        "show_agent_withdrawal",
        "approve_agent_withdrawal",
        "voucher_agent_withdrawal",
        "reject_agent_withdrawal",
        "pay_agent_withdrawal",
        "query_agent_withdrawal",
    ],
    ledger: ["list_agent_ledger", "list_agent_totals"],
};

const MERCHANTS: Names = Names {
    kind: OrgType::Merchant,
    word: "merchant",
    accounts: [
        "list_merchant_settlement_accounts",
        "add_merchant_settlement_account",
        "decide_merchant_settlement_account",
        "remove_merchant_settlement_account",
    ],
    withdrawals: [
        "list_merchant_withdrawals",
        "merchant_bank_file",
        "show_merchant_withdrawal",
        "approve_merchant_withdrawal",
        "voucher_merchant_withdrawal",
        "reject_merchant_withdrawal",
        "pay_merchant_withdrawal",
        "query_merchant_withdrawal",
    ],
    ledger: ["list_merchant_ledger", "list_merchant_totals"],
};

async fn party(lab: &Lab, names: &Names) -> Vec<Case> {
    let one = clerk(lab, names.kind, &format!("{}-one", names.word)).await;
    let two = clerk(lab, names.kind, &format!("{}-two", names.word)).await;
    for clerk in [&one, &two] {
        earn(lab, clerk).await;
    }
    let bank = verified(lab, &one, SettlementKind::Bank).await;
    let (to_pay, to_refuse) = (asked(lab, &one, bank).await, asked(lab, &one, bank).await);
    let mock = verified(lab, &two, SettlementKind::Mock).await;
    let (to_send, sent) = (approved(lab, &two, mock).await, under_way(lab, &two).await);
    let new = account(lab, &one, SettlementKind::Bank).await;
    let accounts = format!("{ADMIN}/{}-settlement-accounts", names.word);
    let all = format!("{ADMIN}/{}-withdrawals", names.word);
    let book = format!("{ADMIN}/{}-ledger", names.word);
    let at = |no: &str, verb: &str| format!("{all}/{no}/{verb}");
    let body = |number: &str| {
        let org = one.org_id;
        format!(
            r#"{{"org_id":{org},"kind":"bank","holder":"张三","bank":"中国银行","account_no":"{number}"}}"#
        )
    };
    let [list_accounts, add, decide, remove] = names.accounts;
    let [list, file, show, approve, voucher, reject, pay, query] = names.withdrawals;
    let [lines, totals] = names.ledger;
    let bad_page = |path: &str| format!("{path}?size=0");
    let bad_purse = |path: &str| format!("{path}?purse=gold");
    let post = Method::POST;
    vec![
        read(list_accounts, &accounts, Some((&bad_page(&accounts), 400))),
        write(
            add,
            post.clone(),
            &accounts,
            &body("6222020200112299"),
            &body("12"),
        ),
        write(
            decide,
            post.clone(),
            &format!("{accounts}/{new}/decide"),
            r#"{"verified":true}"#,
            r#"{"verified":false}"#,
        ),
        act(
            remove,
            Method::DELETE,
            &format!("{accounts}/{new}"),
            Some(&format!("{accounts}/999999")),
        ),
        read(list, &all, Some((&format!("{all}?state=x"), 400))),
        act(
            approve,
            post.clone(),
            &at(&to_pay, "approve"),
            Some(&at("WD1", "approve")),
        ),
        read(
            file,
            format!("{all}/bank-file"),
            Some((&bad_page(&format!("{all}/bank-file")), 400)),
        ),
        read(
            show,
            format!("{all}/{to_pay}"),
            Some((&format!("{all}/WD1"), 404)),
        ),
        write(
            voucher,
            post.clone(),
            &at(&to_pay, "voucher"),
            r#"{"voucher_no":"V1"}"#,
            r#"{"voucher_no":" "}"#,
        ),
        write(
            reject,
            post.clone(),
            &at(&to_refuse, "reject"),
            r#"{"reason":"wrong name"}"#,
            r#"{"reason":""}"#,
        ),
        act(
            pay,
            post.clone(),
            &at(&to_send, "pay"),
            Some(&at("WD1", "pay")),
        ),
        act(query, post, &at(&sent, "query"), Some(&at("WD1", "query"))),
        read(lines, &book, Some((&bad_purse(&book), 400))),
        read(
            totals,
            format!("{book}/totals"),
            Some((&bad_purse(&format!("{book}/totals")), 400)),
        ),
    ]
}

async fn member_of(lab: &Lab, org: i64, phone: &str) -> MemberId {
    let now = lab.app.now();
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let id = members::register(tx.conn(), phone, now)
        .await
        .expect("made");
    let change = MemberChange {
        company: Some(Some(OrgId(org))),
        ..MemberChange::default()
    };
    members::change(tx.conn(), id, &change, now)
        .await
        .expect("theirs");
    tx.commit().await.expect("committed");
    id
}

pub(super) async fn cases(lab: &Lab) -> Vec<Case> {
    let company = clerk(lab, OrgType::Company, "firm").await.org_id;
    let member = member_of(lab, company, "13900139011").await;
    let seller = clerk(lab, OrgType::Merchant, "seller").await.org_id;
    let firm = format!("{ADMIN}/companies/{company}");
    let at = |rest: &str| format!("{firm}/{rest}");
    let post = Method::POST;
    let book = format!("{ADMIN}/member-ledger");
    let mut cases = vec![
        read(
            "company_account",
            at("account"),
            Some(("/api/v1/admin/companies/1/account", 404)),
        ),
        write(
            "change_contract",
            Method::PUT,
            &at("contract"),
            r#"{"contract_no":"HT-1","bill_day":5,"member_daily_fen":5000}"#,
            r#"{"bill_day":31}"#,
        ),
        write(
            "recharge_company",
            post.clone(),
            &at("recharge"),
            r#"{"amount_fen":100000,"key":"B1"}"#,
            r#"{"amount_fen":0,"key":"B2"}"#,
        ),
        write(
            "adjust_credit",
            post.clone(),
            &at("adjust-credit"),
            r#"{"credit_fen":50000,"reason":"pays in time"}"#,
            r#"{"credit_fen":-1,"reason":"x"}"#,
        ),
        Case {
            id: "import_company_members",
            method: post.clone(),
            good: (
                at("members/import"),
                "phone,name\n13900139012,李四".to_owned(),
            ),
            bad: Some((at("members/import"), "phone,name\n".to_owned(), 400)),
        },
        act(
            "remove_company_member",
            Method::DELETE,
            &at(&format!("members/{member}")),
            Some(&at("members/999999")),
        ),
        read(
            "company_statement",
            at("statement"),
            Some((&at("statement?page=0"), 400)),
        ),
        read(
            "company_statement_total",
            at("statement/total"),
            Some((&at("statement/total?from=x"), 400)),
        ),
        write(
            "adjust_balance",
            post,
            &format!("{ADMIN}/members/{member}/adjust-balance"),
            r#"{"amount_fen":500,"reason":"stopped too early"}"#,
            r#"{"amount_fen":0,"reason":"x"}"#,
        ),
        write(
            "set_merchant_split",
            Method::POST,
            &format!("{ADMIN}/merchants/{seller}/split"),
            &format!(
                r#"{{"terms":{{"elec":{SHARE},"service":{SHARE},"reserve":{SHARE},"occupancy":{SHARE}}}}}"#
            ),
            r#"{"terms":{}}"#,
        ),
        read(
            "list_statements",
            format!("{ADMIN}/statements"),
            Some(("/api/v1/admin/statements?org_type=x", 400)),
        ),
        write(
            "make_statement",
            Method::POST,
            &format!("{ADMIN}/statements"),
            &format!(r#"{{"org_id":{seller},"month":"2024-09"}}"#),
            &format!(r#"{{"org_id":{seller},"month":"2024-10"}}"#),
        ),
        read(
            "list_member_ledger",
            &book,
            Some((&format!("{book}?purse=gold"), 400)),
        ),
        read(
            "list_member_totals",
            format!("{book}/totals"),
            Some((&format!("{book}/totals?purse=gold"), 400)),
        ),
    ];
    cases.extend(party(lab, &AGENTS).await);
    cases.extend(party(lab, &MERCHANTS).await);
    cases
}
