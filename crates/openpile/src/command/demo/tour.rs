//! The tour: printed for a person, or walked by the program itself.

use super::desk::{Desk, Pass, until};
use super::fleet::Stop;
use super::member;
use super::phones::Phones;
use super::receiver::Receiver;
use anyhow::{Context as _, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What the user has paid, fen: more than an hour at a fast pile costs.
const PAID: i64 = 20_000;

pub(super) struct Tour {
    pub(super) http: SocketAddr,
    pub(super) api_key: &'static str,
    pub(super) admin_key: &'static str,
    /// The super administrator's, of a fresh database.
    pub(super) password: &'static str,
    /// One device of each family, the first one for a person's tour.
    pub(super) families: Vec<Stop>,
    pub(super) receiver: Receiver,
    /// Of its members.
    pub(super) phones: Phones,
}

impl Tour {
    pub(super) fn print(&self, tcp: SocketAddr, devices: usize) {
        let (http, key, admin) = (self.http, self.api_key, self.admin_key);
        let (phone, password) = (member::PHONE, self.password);
        let priced = self.families.iter().find(|stop| stop.needs_prices);
        let priced = priced.map_or("", |stop| stop.id.as_str());
        let device = self.families.first().map_or("", |stop| stop.id.as_str());
        let others = self.families.iter().skip(1);
        let others: Vec<String> = others
            .map(|stop| format!("{} {}", stop.name, stop.id))
            .collect();
        let others = others.join(" · ");
        println!(
            "
OpenPile is running: {devices} simulated devices of four families are connected to {tcp}.
Their users plug in by themselves a moment after you start a charge.
OpenPile 已启动：四个系列共 {devices} 台模拟设备已连接 {tcp}，下单后模拟用户会自动插上插头。

  API document 接口文档   http://{http}/docs        metrics 指标   http://{http}/metrics

1. The device and its ports 查询设备
   curl -s http://{http}/api/v1/third/devices/{device} -H 'X-Api-Key: {key}'

2. Start a charge: port 1, one hour, at most 10 yuan, 1.50 yuan/kWh 开始充电
   curl -s http://{http}/api/v1/third/devices/{device}/charge -H 'X-Api-Key: {key}' \\
     -d '{{\"port_no\":1,\"charge_mode\":1,\"duration\":3600,\"amount\":1000,\"price_per_kwh\":150,\"service_fee\":100}}'

3. Watch it; put in the order_no of step 2 查看进度
   curl -s http://{http}/api/v1/third/orders/ORDER_NO -H 'X-Api-Key: {key}'

4. Stop it, and look at the bill with step 3 停止充电并查看账单
   curl -s http://{http}/api/v1/third/devices/{device}/stop -H 'X-Api-Key: {key}' -d '{{\"port_no\":1}}'

5. What went over the wire, as the operator sees it 通讯日志
   curl -s 'http://{http}/api/v1/admin/comm-logs?phy_id={device}&size=5' -H 'X-Api-Key: {admin}'

6. The same with another family: put its id into the steps above 换一台设备再试
   {others}

7. A member: code, login, top-up of 100 yuan, charge; the code stands below 会员：验证码、登录、充值、充电
   M=http://{http}/api/v1/member
   curl -s $M/codes -d '{{\"phone\":\"{phone}\",\"purpose\":\"login\"}}'
   curl -s $M/sessions -d '{{\"phone\":\"{phone}\",\"code\":\"CODE\"}}'
   curl -s $M/recharges -H 'Authorization: Bearer TOKEN' -d '{{\"amount_fen\":10000,\"method\":\"mock\"}}'
   curl -s -X POST http://{http}/api/pay/mock/PAYMENT_NO
   curl -s $M/charges -H 'Authorization: Bearer TOKEN' -d '{{\"device\":\"{priced}\",\"port_no\":2,\"charge_mode\":4}}'
   curl -s $M/wallet -H 'Authorization: Bearer TOKEN'

8. Staff sign in; the books of all this 后台登录，查账
   curl -s http://{http}/api/v1/admin/session -d '{{\"username\":\"admin\",\"password\":\"{password}\"}}'
   curl -s http://{http}/api/v1/admin/ledger/lines -H 'X-Api-Key: {admin}'

Webhooks are received here, their signatures checked 下面显示收到的回调。Ctrl-C ends the demo 结束演示。
"
        );
    }

    /// A charge at a device of each family.
    pub(super) async fn walk(&self) -> anyhow::Result<()> {
        for stop in &self.families {
            println!("device    {} {}", stop.name, stop.id);
            let charge = self.charge_at(&stop.id).await;
            charge.with_context(|| format!("at {} {}", stop.name, stop.id))?;
        }
        let priced = self.families.iter().find(|stop| stop.needs_prices);
        if let Some(stop) = priced {
            println!("member    at {} {}", stop.name, stop.id);
            member::walk(self.http, self.admin_key, &self.phones, &stop.id)
                .await
                .context("a member's charge")?;
        }
        println!("done      every step was as it should be");
        Ok(())
    }

    /// Start, progress, stop, bill, webhooks: each must be as it should.
    async fn charge_at(&self, device: &str) -> anyhow::Result<()> {
        let desk = Desk::new(self.http, Pass::Key(self.api_key));
        let place = format!("v1/third/devices/{device}");
        until("the device is known and online", async || {
            let known = desk.get(&place).await?;
            let ports = known["ports"].as_array().map_or(0, Vec::len);
            Ok((known["online"] == true && ports > 0).then_some(()))
        })
        .await?;
        let charge = json!({
            "port_no": 1, "charge_mode": 1, "duration": 3600, "amount": PAID,
            "price_per_kwh": 150, "service_fee": 100,
        });
        let start = format!("{place}/charge");
        let started = desk.send(Method::POST, &start, &charge).await?;
        let order_no = started["order_no"]
            .as_str()
            .context("no order number")?
            .to_owned();
        println!("started   {order_no}");
        let path = format!("v1/third/orders/{order_no}");
        let charging = until("ten minutes are charged", async || {
            let order = desk.get(&path).await?;
            let far_enough = order["duration_sec"].as_i64() > Some(600);
            Ok(far_enough.then_some(order))
        })
        .await?;
        println!("charging  {charging}");
        let stop = json!({ "port_no": 1, "order_no": order_no, "reason": "tour" });
        desk.send(Method::POST, &format!("{place}/stop"), &stop)
            .await?;
        let bill = until("the order is completed", async || {
            let order = desk.get(&path).await?;
            Ok((order["status"] == "completed").then_some(order))
        })
        .await?;
        println!("bill      {bill}");
        check_bill(&bill)?;
        self.all_told(&order_no).await
    }

    /// All events of an order arrive, in order.
    async fn all_told(&self, order_no: &str) -> anyhow::Result<()> {
        let wanted = [
            "order.created",
            "charging.started",
            "charging.ended",
            "order.completed",
        ];
        until("all webhooks have arrived", async || {
            let events = self.receiver.of_order(order_no);
            let place = |wanted: &&str| events.iter().position(|e| e["event_type"] == **wanted);
            let places: Vec<_> = wanted.iter().filter_map(place).collect();
            ensure!(places.is_sorted(), "webhooks out of order: {places:?}");
            Ok((places.len() == wanted.len()).then_some(()))
        })
        .await
    }
}

/// Energy × price, and why the charge ended.
fn check_bill(order: &Value) -> anyhow::Result<()> {
    let kwh = order["total_kwh"].as_f64().context("no energy")?;
    let fen = order["final_amount_fen"].as_f64().context("no bill")?;
    // The bill counts in 0.01 kWh and in fen, the order shows what its device counted: half a step
    // of each may lie between them.
    ensure!(
        (kwh * 150.0 - fen).abs() <= 0.005 * 150.0 + 0.5 + 1e-6,
        "{kwh} kWh at 150 fen are not {fen} fen"
    );
    ensure!(order["end_reason"] == "remote_stop", "another end reason");
    Ok(())
}
