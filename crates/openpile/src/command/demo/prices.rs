//! The demo's operators: one writes a tariff, another approves it, so that piles that charge
//! nobody without prices have some.

use anyhow::{Context as _, ensure};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Gives a device a tariff, unless an earlier demo has.
pub(super) async fn give(http: SocketAddr, keys: [&str; 2], device: &str) -> anyhow::Result<()> {
    let desk = Desk {
        client: Client::new(),
        root: format!("http://{http}/api/v1/admin"),
    };
    let [writer, reviewer] = keys;
    let held = desk
        .client
        .get(desk.url(&format!("devices/{device}/tariff")));
    let held = held.header("X-Api-Key", writer).send().await?;
    if held.status() == StatusCode::OK {
        return Ok(());
    }
    let rate = |elec: i64| json!({"elec_p5": elec, "service_p5": 40_000});
    let tariff = json!({"name": format!("Demo {device}"), "prices": {
        "rates": [rate(130_000), rate(110_000), rate(70_000), rate(30_000)],
        "day": [{"from": "00:00", "to": "07:00", "kind": "valley"},
                {"from": "07:00", "to": "10:00", "kind": "flat"},
                {"from": "10:00", "to": "15:00", "kind": "peak"},
                {"from": "15:00", "to": "18:00", "kind": "flat"},
                {"from": "18:00", "to": "21:00", "kind": "sharp"},
                {"from": "21:00", "to": "24:00", "kind": "flat"}]}});
    let made = desk.call(Method::POST, writer, "tariffs", &tariff).await?;
    let id = made["tariff"]["id"].as_i64().context("no tariff")?;
    let version = format!("tariffs/{id}/versions/1");
    let submit = json!({"action": "submit"});
    desk.call(Method::POST, writer, &version, &submit).await?;
    let approve = json!({"action": "approve"});
    desk.call(Method::POST, reviewer, &version, &approve)
        .await?;
    let bind = json!({"tariff_id": id, "device_phy_id": device});
    let bindings = "tariffs/bindings";
    desk.call(Method::PUT, writer, bindings, &bind).await?;
    Ok(())
}

struct Desk {
    client: Client,
    root: String,
}

impl Desk {
    async fn call(
        &self,
        method: Method,
        key: &str,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let request = self.client.request(method, self.url(path)).json(body);
        let answer = request.header("X-Api-Key", key).send().await?;
        let mut answer: Value = answer.json().await?;
        ensure!(answer["code"] == 0, "{path} was refused: {answer}");
        Ok(answer["data"].take())
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }
}
