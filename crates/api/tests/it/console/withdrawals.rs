//! A merchant takes money out: who may do what, and who sees what.

use super::world::{FOREIGN, account, world};
use axum::http::Method;
use domain::ledger::{Account, Asset, Journal, JournalKind, PartyPurse};
use kernel::{Fen, OrgId};
use serde_json::{Value, json};
use store::ledger;

const ALL: &str = "/api/v1/admin/merchant-withdrawals";
const ACCOUNTS: &str = "/api/v1/admin/merchant-settlement-accounts";

#[tokio::test]
async fn a_merchant_asks_and_the_platform_pays() {
    let world = world().await;
    let platform = world.platform().await;
    let org = OrgId(world.merchant.id);
    let journal = Journal::of(JournalKind::Split, "O1", "O1:1")
        .debit(Account::Asset(Asset::Bank), Fen(50_000))
        .credit(Account::Merchant(org, PartyPurse::Available), Fen(50_000));
    let mut tx = world.lab.db.db.begin().await.expect("a transaction");
    ledger::post(tx.conn(), &[journal], "test", super::world::NOW)
        .await
        .expect("posted");
    tx.commit().await.expect("committed");
    let all = [world.everything];
    let (_, _, merchant) = account(&world.lab, &world.merchant, "seller", &all).await;
    let (_, _, agent) = account(&world.lab, &world.agent, "broker", &all).await;
    let (_, _, boss) = account(&world.lab, &platform, "boss", &all).await;
    let leaves = [
        "finance.merchant_withdraw.view",
        "ds.withdrawals.bank_account",
    ];
    let reader = world.who_may(&platform, "reader", &leaves).await;
    let stranger = format!("token-{FOREIGN}");

    let account = json!({"kind":"bank","holder":"张三","bank":"中国银行",
        "account_no":"6222020200112233"});
    let post = Method::POST;
    let entered = world
        .call(&merchant, post.clone(), ACCOUNTS, &account)
        .await;
    let id = entered.expect(200).data()["settlement_account_id"].clone();
    let wish = json!({"amount_fen":20000,"settlement_account_id":id});
    world
        .call(&merchant, post.clone(), ALL, &wish)
        .await
        .expect(409);
    let decide = format!("{ACCOUNTS}/{id}/decide");
    let yes = json!({"verified":true});
    world
        .call(&merchant, post.clone(), &decide, &yes)
        .await
        .expect(403);
    world
        .call(&boss, post.clone(), &decide, &yes)
        .await
        .expect(200);
    let asked = world
        .call(&merchant, post.clone(), ALL, &wish)
        .await
        .expect(200);
    assert_eq!(
        (&asked.data()["fee_fen"], &asked.data()["net_fen"]),
        (&json!(120), &json!(19880))
    );
    let no = asked.data()["withdraw_no"]
        .as_str()
        .expect("a number")
        .to_owned();
    let one = format!("{ALL}/{no}");

    for verb in ["approve", "reject", "pay", "voucher", "query"] {
        let path = format!("{one}/{verb}");
        world
            .call(&merchant, post.clone(), &path, &json!({}))
            .await
            .expect(403);
    }
    world.get(&stranger, &one).await.expect(404);
    let cancel = format!("{one}/cancel");
    world
        .call(&stranger, post.clone(), &cancel, &Value::Null)
        .await
        .expect(404);
    for (token, count) in [(&stranger, 0), (&agent, 1), (&merchant, 1), (&boss, 1)] {
        let seen = world.get(token, ALL).await.expect(200);
        assert_eq!(seen.data()["total"], count, "{token}: {}", seen.body);
    }
    let agents = world
        .get(&boss, "/api/v1/admin/agent-withdrawals")
        .await
        .expect(200);
    assert_eq!(agents.data()["total"], 0);
    let wrong = format!("/api/v1/admin/agent-withdrawals/{no}");
    world.get(&boss, &wrong).await.expect(404);
    let masked = world.get(&reader, &one).await.expect(200);
    assert_eq!(masked.data()["account_no"], "****2233");

    let approve = format!("{one}/approve");
    world
        .call(&boss, post.clone(), &approve, &Value::Null)
        .await
        .expect(200);
    world
        .call(&merchant, post.clone(), &cancel, &Value::Null)
        .await
        .expect(409);
    let file = format!("{ALL}/bank-file");
    let file = world.get(&boss, &file).await.expect(200);
    let line = &file.data()["items"][0];
    assert_eq!(line["account_no"], "6222020200112233");
    assert_eq!(line["amount_yuan"], "198.80");
    let voucher = format!("{one}/voucher");
    let paid = world
        .call(&boss, post, &voucher, &json!({"voucher_no":"V1"}))
        .await
        .expect(200);
    assert_eq!(paid.data()["state"], "success");
    assert_eq!(paid.data()["paid_by"], "boss");

    let sellers = world
        .get(&agent, "/api/v1/admin/merchants")
        .await
        .expect(200);
    let seller = &sellers.data()["items"][0];
    assert_eq!(
        (&seller["parent"], &seller["balance_fen"]),
        (&json!("agent"), &json!(30_000))
    );
    assert_eq!(
        (&seller["stations"], &seller["devices"]),
        (&json!(1), &json!(1))
    );
    let book = "/api/v1/admin/merchant-ledger";
    let own = world.get(&merchant, book).await.expect(200);
    assert_eq!(own.data()["total"], 2, "earned, paid out: {}", own.body);
    assert_eq!(own.data()["items"][0]["after_fen"], 30_000);
    assert_eq!(own.data()["items"][0]["before_fen"], 50_000);
    let totals = world
        .get(&merchant, &format!("{book}/totals"))
        .await
        .expect(200);
    let sums = &totals.data()["items"][0];
    assert_eq!(
        (&sums["in_fen"], &sums["closing_fen"]),
        (&json!(50_000), &json!(30_000))
    );
    assert_eq!(
        world.get(&stranger, book).await.expect(200).data()["total"],
        0
    );
    world.lab.close().await;
}

#[tokio::test]
async fn a_merchant_confirms_its_month() {
    let world = world().await;
    let platform = world.platform().await;
    let all = [world.everything];
    let (_, _, merchant) = account(&world.lab, &world.merchant, "seller", &all).await;
    let (_, _, boss) = account(&world.lab, &platform, "boss", &all).await;
    let statements = "/api/v1/admin/statements";
    let month = json!({"org_id":world.merchant.id,"month":"2024-09"});
    let post = Method::POST;
    world
        .call(&merchant, post.clone(), statements, &month)
        .await
        .expect(403);
    let made = world.call(&boss, post.clone(), statements, &month).await;
    let id = made.expect(200).data()["statement_id"].clone();
    let confirm = format!("{statements}/{id}/confirm");
    let nothing = Value::Null;
    for (token, status) in [
        (format!("token-{FOREIGN}"), 404),
        (boss, 409),
        (merchant.clone(), 200),
        (merchant.clone(), 409),
    ] {
        let reply = world.call(&token, post.clone(), &confirm, &nothing).await;
        assert_eq!(reply.status, status, "{token}: {}", reply.body);
    }
    let seen = world.get(&merchant, statements).await.expect(200);
    assert_eq!(seen.data()["items"][0]["confirmed_by"], "seller");
    world.lab.close().await;
}
