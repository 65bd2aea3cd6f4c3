//! Prices for devices that charge nobody without: one tariff, written by one operator, approved
//! by another, bound to each of them.

use super::http::HttpPool;
use super::server::OPERATOR_KEYS;
use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

const DESK: &str = "/api/v1/admin";

/// A tariff that may be used.
#[derive(Clone, Copy, Debug)]
pub struct Tariff(i64);

impl Tariff {
    /// Writes it and has it approved.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn write(http: &HttpPool) -> Result<Self> {
        let [writer, reviewer] = OPERATOR_KEYS;
        let rate = json!({"elec_p5": 110_000, "service_p5": 40_000});
        let tariff = json!({"name": "load", "prices": {"rates": [rate, rate],
            "day": [{"from": "00:00", "to": "12:00", "kind": "sharp"},
                    {"from": "12:00", "to": "24:00", "kind": "peak"}]}});
        let made = call(http, "POST", writer, "tariffs", &tariff).await?;
        let id = made["tariff"]["id"].as_i64().context("no tariff")?;
        let version = format!("tariffs/{id}/versions/1");
        call(http, "POST", writer, &version, &json!({"action": "submit"})).await?;
        call(
            http,
            "POST",
            reviewer,
            &version,
            &json!({"action": "approve"}),
        )
        .await?;
        Ok(Self(id))
    }

    /// Gives it to a device.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn give(self, http: &HttpPool, device: &str) -> Result<()> {
        let bind = json!({"tariff_id": self.0, "device_phy_id": device});
        call(http, "PUT", OPERATOR_KEYS[0], "tariffs/bindings", &bind).await?;
        Ok(())
    }
}

async fn call(http: &HttpPool, method: &str, key: &str, path: &str, body: &Value) -> Result<Value> {
    let path = format!("{DESK}/{path}");
    let answer = http.send(method, key, &path, &body.to_string()).await?;
    let mut said: Value = serde_json::from_str(&answer.body)?;
    ensure!(said["code"] == 0, "{path} was refused: {said}");
    Ok(said["data"].take())
}
