//! A merchant takes its income out through the real program, which is killed while the money is on
//! its way.

use crate::families::Charger;
use crate::harness::http::{Answer, send};
use crate::harness::{Site, eventually, on_both_engines};
use crate::money::{assert_books_are_right, card, delivering, give_plan_at};
use reqwest::Method;
use serde_json::{Value, json};
use simulator::family::Family;

const ADMIN: &str = "/api/v1/admin";
const PAGE: &str = "/api/v1/admin/merchant-withdrawals";

/// A merchant with a station where that device stands; its id.
async fn merchant(site: &Site, device: &str) -> i64 {
    let post = async |path: &str, body: Value| {
        let answer = site.http.admin_post(&format!("{ADMIN}{path}"), &body).await;
        answer.data().clone()
    };
    let org = post("/merchants", json!({"name": "天府充电"})).await;
    let org = org["org_id"].as_i64().expect("an id");
    let station = json!({"station_no": "S1", "name": "S1", "owner_org_id": org});
    let station = post("/stations", station).await["station_id"].clone();
    let devices = json!({"phy_ids": [device]});
    post(&format!("/stations/{station}/devices"), devices).await;
    org
}

/// Somebody who works for an organisation and may ask for its money; the token of a session.
async fn clerk(site: &Site, org: i64) -> String {
    let leaves = [
        "finance.merchant_withdraw.view",
        "finance.merchant_withdraw.apply",
        "ds.withdrawals.bank_account",
        "ds.withdrawals.bank_account.plain",
    ];
    let role = json!({"org_id": org, "code": "cash", "name": "出纳", "granted": leaves});
    let role = site.http.admin_post(&format!("{ADMIN}/roles"), &role).await;
    let account = json!({"username": "cashier", "org_id": org,
        "role_ids": [role.data()["role_id"]]});
    let made = site
        .http
        .admin_post(&format!("{ADMIN}/admins"), &account)
        .await;
    let first = made.data()["password"].clone();
    let log_in = async |password: &Value| {
        let with = json!({"username": "cashier", "password": password});
        let request = site.http.request(Method::POST, &format!("{ADMIN}/session"));
        let answer = send(request.json(&with)).await;
        answer.data()["token"].as_str().expect("a token").to_owned()
    };
    let token = log_in(&first).await;
    let new = json!("an own password 1");
    let change = json!({"old_password": first, "new_password": new});
    let path = format!("{ADMIN}/session/password");
    let request = site.http.request(Method::PUT, &path).bearer_auth(&token);
    send(request.json(&change)).await.data();
    log_in(&new).await
}

async fn ask(site: &Site, token: &str, path: &str, body: &Value) -> Answer {
    let request = site.http.request(Method::POST, path).bearer_auth(token);
    send(request.json(body)).await
}

async fn payable(site: &Site, org: i64) -> Option<i64> {
    let path = format!("{ADMIN}/merchant-ledger/totals?org_id={org}&purse=available");
    let answer = site.http.admin_get(&path).await;
    answer.data()["items"][0]["closing_fen"].as_i64()
}

on_both_engines! {
    /// J13: earned by a charge, payable, asked for, granted, sent; killed on the way, paid once.
    async fn a_merchant_is_paid_once(engine) {
        let mut site = Site::with(engine, &[
            ("PAYMENTS__MOCK", "true"),
            ("MONEY__COMMISSION_MATURE_DAYS", "0"),
            ("MONEY__WITHDRAW__MIN_FEN", "1"),
        ])
        .await;
        card(&site, 10_000).await;
        let socket = Charger::usual(&site, Family::Bkv, "normal").await;
        give_plan_at(&site, &socket.id, 10_000).await;
        let org = merchant(&site, &socket.id).await;
        socket.act("plug 1").await;
        socket.act("swipe 1 1000000001").await;
        let order = delivering(&site, &socket.id).await;
        socket.act("unplug 1").await;
        let order_no = order["order_no"].as_str().expect("a number");
        let order = site
            .wait_order(order_no, "is billed", |order| {
                order["settle_status"] == "settled" && order["provisional"] == false
            })
            .await;
        let bill = order["final_amount_fen"].as_i64().expect("a bill");
        let token = clerk(&site, org).await;
        // What has become payable is looked for at every start.
        site.program.kill();
        site.program.start_again().await;
        eventually("the income is payable", async || {
            (payable(&site, org).await? == bill).then_some(())
        })
        .await;

        let account = json!({"kind": "mock", "holder": "张三", "account_no": "payee-1"});
        let accounts = format!("{ADMIN}/merchant-settlement-accounts");
        let account = ask(&site, &token, &accounts, &account).await;
        let id = account.data()["settlement_account_id"].clone();
        let wish = json!({"amount_fen": bill, "settlement_account_id": id});
        assert_eq!(ask(&site, &token, PAGE, &wish).await.status, 409, "not verified");
        let decide = format!("{accounts}/{id}/decide");
        site.http.admin_post(&decide, &json!({"verified": true})).await.data();
        let asked = ask(&site, &token, PAGE, &wish).await.data().clone();
        let net = asked["net_fen"].as_i64().expect("a sum");
        assert_eq!(ask(&site, &token, PAGE, &wish).await.status, 409, "nothing is left");
        let one = format!("{PAGE}/{}", asked["withdraw_no"].as_str().expect("a number"));
        let own = ask(&site, &token, &format!("{one}/approve"), &json!({})).await;
        assert_eq!(own.status, 403, "not by the merchant");
        site.http.admin_post(&format!("{one}/approve"), &json!({})).await.data();
        site.http.admin_post(&format!("{one}/pay"), &json!({})).await.data();
        site.program.kill();
        site.program.start_again().await;
        eventually("the merchant is paid", async || {
            let row = site.http.admin_get(&one).await;
            (row.data()["state"] == "success").then_some(())
        })
        .await;
        assert_eq!(payable(&site, org).await, Some(0));
        let path = format!("{ADMIN}/ledger/sums?of=asset:mock");
        let sums = site.http.admin_get(&path).await;
        assert_eq!(sums.data()["closing_fen"], -net, "once");
        assert_books_are_right(&site);
    }
}
