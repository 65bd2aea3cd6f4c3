//! The demo's operators: one writes a tariff, another approves it, so that piles that charge
//! nobody without prices have some.

use super::desk::{Desk, Pass};
use anyhow::Context as _;
use reqwest::Method;
use serde_json::json;
use std::net::SocketAddr;

/// Gives a device a tariff, unless an earlier demo has.
pub(super) async fn give(
    http: SocketAddr,
    keys: [&'static str; 2],
    device: &str,
) -> anyhow::Result<()> {
    let [writer, reviewer] = keys.map(|key| Desk::new(http, Pass::Key(key)));
    if writer
        .has(&format!("v1/admin/devices/{device}/tariff"))
        .await?
    {
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
    let made = writer
        .send(Method::POST, "v1/admin/tariffs", &tariff)
        .await?;
    let id = made["tariff"]["id"].as_i64().context("no tariff")?;
    let version = format!("v1/admin/tariffs/{id}/versions/1");
    for (person, action) in [(&writer, "submit"), (&reviewer, "approve")] {
        let deed = json!({ "action": action });
        person.send(Method::POST, &version, &deed).await?;
    }
    let bind = json!({"tariff_id": id, "device_phy_id": device});
    writer
        .send(Method::PUT, "v1/admin/tariffs/bindings", &bind)
        .await?;
    Ok(())
}
