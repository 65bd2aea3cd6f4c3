//! Money of members and cards through the real program: what they pay, what stays in the books
//! when the program is killed, and that somebody who looks finds them right.

use crate::families::{Charger, desk};
use crate::harness::http::{Answer, send};
use crate::harness::{Site, eventually, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};
use simulator::family::Family;
use std::process::Command;
use std::time::Duration;
use tokio::time::sleep;

const CARD: &str = "1000000001";
const PHONE: &str = "13800138000";

/// 1.50 yuan per kWh.
pub async fn give_plan(site: &Site, id: &str) {
    give_plan_at(site, id, 150).await;
}

/// So many fen per kWh.
pub async fn give_plan_at(site: &Site, id: &str, fen: i64) {
    let plan = json!({"name": "By energy", "plan": {"mode": "energy", "unit_price_fen": fen}});
    desk::give_rule(site, "ebike-plans", id, &plan).await;
}

/// A stored-value card with so much on it.
pub async fn card(site: &Site, fen: i64) {
    let card = json!({"card_no": CARD, "limit_fen": 20_000, "kind": "stored"});
    site.http
        .admin_post("/api/v1/admin/cards", &card)
        .await
        .data();
    let path = format!("/api/v1/admin/cards/{CARD}/recharge");
    let paid = json!({"amount_fen": fen, "key": "R1"});
    let answer = site.http.admin_post(&path, &paid).await;
    assert_eq!(answer.data()["balance_fen"], fen, "A4-E10");
}

async fn balance(site: &Site) -> i64 {
    let path = format!("/api/v1/admin/cards/{CARD}/balance");
    let answer = site.http.admin_get(&path).await;
    answer.data()["balance_fen"].as_i64().expect("a sum")
}

/// The newest order of a device, if it has one.
async fn newest(site: &Site, id: &str) -> Option<Value> {
    let path = format!("/api/v1/third/orders?phy_id={id}&size=1");
    let list = site.http.get(&path).await;
    list.data()["items"].get(0).cloned()
}

pub async fn delivering(site: &Site, id: &str) -> Value {
    eventually("a charge delivers", async || {
        let order = newest(site, id).await?;
        (order["total_kwh"].as_f64() > Some(0.01)).then_some(order)
    })
    .await
}

/// `openpile ledger verify` as a person would run it.
pub fn assert_books_are_right(site: &Site) {
    let output = Command::new(crate::harness::program::binary())
        .args(["ledger", "verify", "--config"])
        .arg(site.folder().join("openpile.yaml"))
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("ok      balance_is_sum_of_lines"), "{text}");
}

/// A member's telephone.
pub struct Phone<'a> {
    site: &'a Site,
    token: String,
}

impl Phone<'_> {
    /// A call of the member's.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let path = format!("/api/v1/member{path}");
        let mut request = self
            .site
            .http
            .request(method, &path)
            .bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        send(request).await
    }

    async fn wallet(&self) -> Value {
        self.call(Method::GET, "/wallet", None).await.data().clone()
    }

    async fn wait_cash(&self, fen: i64) {
        eventually(&format!("{fen} fen in the wallet"), async || {
            (self.wallet().await["cash_fen"] == fen).then_some(())
        })
        .await;
    }
}

/// Registers by the code that would have been sent.
async fn member(site: &Site) -> Phone<'_> {
    let asked = json!({"phone": PHONE, "purpose": "login"});
    site.http.post("/api/v1/member/codes", &asked).await.data();
    let line = site.program.log().wait("the code", |line| {
        line["values"]
            .as_str()
            .is_some_and(|text| text.starts_with("code="))
    });
    let line = line.await;
    let code = line["values"]
        .as_str()
        .and_then(|text| text.strip_prefix("code="));
    let with = json!({"phone": PHONE, "code": code});
    let session = site.http.post("/api/v1/member/sessions", &with).await;
    let token = session.data()["token"]
        .as_str()
        .expect("a token")
        .to_owned();
    Phone { site, token }
}

/// A member with 100 yuan, of an installation with `PAYMENTS__MOCK` and `SMS__LOG_CODES`.
pub async fn rich_member(site: &Site) -> Phone<'_> {
    let phone = member(site).await;
    let wish = json!({"amount_fen": 10_000, "method": "mock"});
    let cashier = phone.call(Method::POST, "/recharges", Some(&wish)).await;
    let payment = cashier.data()["recharge"]["payment_no"]
        .as_str()
        .expect("a number");
    let path = format!("/api/pay/mock/{payment}");
    site.http.post(&path, &json!({})).await.data();
    phone.wait_cash(10_000).await;
    phone
}

on_both_engines! {
    /// A4-E10, A4-S1.4: a card with 100 yuan starts by being held to the reader, and has paid
    /// exactly the bill afterwards.
    async fn a4_s14_e10_a_card_pays_its_bill(engine) {
        let site = Site::open(engine).await;
        card(&site, 10_000).await;
        let socket = Charger::usual(&site, Family::Bkv, "normal").await;
        give_plan(&site, &socket.id).await;
        socket.act("plug 1").await;
        socket.act(&format!("swipe 1 {CARD}")).await;
        let order = delivering(&site, &socket.id).await;
        assert_eq!((&order["source"], &order["card_no"]), (&json!("card"), &json!(CARD)));
        assert_eq!(balance(&site).await, 0, "all of it is held while it charges");
        socket.act("unplug 1").await;
        let order_no = order["order_no"].as_str().expect("a number");
        let order = socket.assert_billed(&site, order_no).await;
        let bill = order["final_amount_fen"].as_i64().expect("a bill");
        assert!(bill > 0, "{order}");
        assert_eq!(balance(&site).await, 10_000 - bill, "A4-S1.4");
        assert_books_are_right(&site);
    }

    /// A4-S4.4: too little refuses the start; used up while it charges ends it with reason 2.
    async fn a4_s44_balance_insufficient(engine) {
        let site = Site::open(engine).await;
        card(&site, 400).await;
        let socket = Charger::usual(&site, Family::Bkv, "normal").await;
        // Dear enough to be used up within the test.
        give_plan_at(&site, &socket.id, 10_000).await;
        socket.act("plug 1").await;
        socket.act(&format!("swipe 1 {CARD}")).await;
        sleep(Duration::from_secs(2)).await;
        assert!(newest(&site, &socket.id).await.is_none(), "refused");
        assert!(!socket.sim.port(1).await.expect("a port").charging);

        let more = json!({"amount_fen": 150, "key": "R2"});
        let path = format!("/api/v1/admin/cards/{CARD}/recharge");
        site.http.admin_post(&path, &more).await.data();
        // The same card again is a repeat for ten seconds.
        sleep(Duration::from_secs(10)).await;
        socket.act(&format!("swipe 1 {CARD}")).await;
        let order = delivering(&site, &socket.id).await;
        let order_no = order["order_no"].as_str().expect("a number").to_owned();
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason"], "insufficient_balance", "{order}");
        let bill = order["final_amount_fen"].as_i64().expect("a bill");
        assert_eq!(balance(&site).await, (550 - bill).max(0));
        assert_books_are_right(&site);
    }

    /// A member tops up, charges, and the program is killed in the middle: nothing of the money
    /// is lost or counted twice.
    async fn a_member_s_money_survives_a_kill(engine) {
        let mut site = Site::with(engine, &[("PAYMENTS__MOCK", "true"), ("SMS__LOG_CODES", "true")]).await;
        let socket = Charger::usual(&site, Family::Bkv, "normal").await;
        give_plan(&site, &socket.id).await;
        let token = {
            let phone = rich_member(&site).await;
            socket.act("plug 1").await;
            let wish = json!({"device": socket.id, "port_no": 1, "charge_mode": 4});
            let started = phone.call(Method::POST, "/charges", Some(&wish)).await;
            assert_eq!(started.data()["held_fen"], 10_000);
            assert_eq!(phone.wallet().await["frozen_fen"], 10_000);
            phone.token
        };
        let order = delivering(&site, &socket.id).await;
        site.program.kill();
        site.program.start_again().await;
        let phone = Phone { site: &site, token };
        let order_no = order["order_no"].as_str().expect("a number");
        eventually("the device is back", async || {
            (site.device_view(&socket.id).await["online"] == true).then_some(())
        })
        .await;
        let stop = format!("/charges/{order_no}/stop");
        phone.call(Method::POST, &stop, None).await.data();
        let order = socket.assert_billed(&site, order_no).await;
        let bill = order["final_amount_fen"].as_i64().expect("a bill");
        phone.wait_cash(10_000 - bill).await;
        assert_eq!(phone.wallet().await["frozen_fen"], 0);
        assert_books_are_right(&site);
    }
}
