//! A member's charge: code, top-up, start, stop, bill, and books that balance.

use super::desk::{Desk, Pass, until};
use super::phones::Phones;
use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// The member of the tour.
pub(super) const PHONE: &str = "13800138000";
/// What the member pays in, fen.
const TOP_UP: i64 = 10_000;

/// Walks through it at a device that has prices.
pub(super) async fn walk(
    http: SocketAddr,
    admin_key: &'static str,
    phones: &Phones,
    device: &str,
) -> anyhow::Result<()> {
    let stranger = Desk::new(http, Pass::Stranger);
    let asked = json!({"phone": PHONE, "purpose": "login"});
    stranger
        .send(Method::POST, "v1/member/codes", &asked)
        .await?;
    let code = until("the code is there", async || Ok(phones.last_code(PHONE))).await?;
    let login = json!({"phone": PHONE, "code": code});
    let session = stranger
        .send(Method::POST, "v1/member/sessions", &login)
        .await?;
    let token = session["token"].as_str().context("no token")?.to_owned();
    let member = stranger.showing(Pass::Session(token));

    let had = member.get("v1/member/wallet").await?;
    let ask = json!({"amount_fen": TOP_UP, "method": "mock"});
    let top_up = member
        .send(Method::POST, "v1/member/recharges", &ask)
        .await?;
    let payment = top_up["recharge"]["payment_no"]
        .as_str()
        .context("no payment")?;
    let pay = format!("pay/mock/{payment}");
    stranger.send(Method::POST, &pay, &json!({})).await?;
    let cash = |wallet: &Value| wallet["cash_fen"].as_i64().unwrap_or_default();
    let paid_in = until("the top-up has arrived", async || {
        let wallet = member.get("v1/member/wallet").await?;
        Ok((cash(&wallet) == cash(&had) + TOP_UP).then_some(wallet))
    })
    .await?;
    println!("wallet    {paid_in}");

    let start = json!({"device": device, "port_no": 2, "charge_mode": 4});
    let charge = member
        .send(Method::POST, "v1/member/charges", &start)
        .await?;
    let order_no = charge["order_no"].as_str().context("no order number")?;
    println!("started   {order_no}, holds {} fen", charge["held_fen"]);
    let path = format!("v1/member/charges/{order_no}");
    until("something is charged", async || {
        let order = member.get(&path).await?;
        Ok((order["total_kwh"].as_f64() > Some(0.1)).then_some(()))
    })
    .await?;
    let stop = format!("{path}/stop");
    member.send(Method::POST, &stop, &json!({})).await?;
    let bill = until("the bill is paid", async || {
        let order = member.get(&path).await?;
        Ok((order["settle_status"] == "settled").then_some(order))
    })
    .await?;
    println!("bill      {}", bill["bill"]);
    let wallet = member.get("v1/member/wallet").await?;
    println!("wallet    {wallet}");
    let cost = bill["final_amount_fen"].as_i64().context("no bill")?;
    ensure!(cost > 0, "the charge was free");
    ensure!(
        cash(&wallet) + cost == cash(&paid_in),
        "the wallet and the bill do not add up"
    );

    let staff = Desk::new(http, Pass::Key(admin_key));
    let books = staff.get("v1/admin/ledger/verify").await?;
    ensure!(books["clean"] == true, "the books are wrong: {books}");
    println!("books     {books}");
    Ok(())
}
