//! Prices at the operator's desk, so that a pile may charge.

use crate::harness::http::{SECOND_ADMIN_KEY, send};
use crate::harness::{Site, eventually};
use reqwest::Method;
use serde_json::json;

/// Writes, approves and binds a tariff of 1.50 yuan at all times; waits until the device has it.
pub async fn give(site: &Site, id: &str) {
    let rate = json!({"elec_p5": 110_000, "service_p5": 40_000});
    let body = json!({"name": format!("of {id}"), "prices": {"rates": [rate, rate],
        "day": [{"from": "00:00", "to": "12:00", "kind": "sharp"},
                {"from": "12:00", "to": "24:00", "kind": "peak"}]}});
    let made = site.http.admin_post("/api/v1/admin/tariffs", &body).await;
    let tariff = made.data()["tariff"]["id"].as_i64().expect("an id");
    let version = format!("/api/v1/admin/tariffs/{tariff}/versions/1");
    site.http
        .admin_post(&version, &json!({"action": "submit"}))
        .await
        .data();
    let own = site
        .http
        .admin_post(&version, &json!({"action": "approve"}))
        .await;
    assert_eq!(
        own.status, 409,
        "who wrote it does not approve it: {}",
        own.text
    );
    let second = site.http.request(Method::POST, &version);
    let second = second.header("X-Api-Key", SECOND_ADMIN_KEY);
    send(second.json(&json!({"action": "approve"})))
        .await
        .data();
    let bind = json!({"tariff_id": tariff, "device_phy_id": id});
    let path = "/api/v1/admin/tariffs/bindings";
    site.http.admin(Method::PUT, path, Some(&bind)).await.data();
    eventually(&format!("{id} holds the prices"), async || {
        let path = format!("/api/v1/admin/devices/{id}/tariff");
        let wanted = site.http.admin_get(&path).await.data()["model_no"].clone();
        let seen = site.http.admin_get(&format!("{path}/pushes")).await;
        let newest = &seen.data()["items"][0];
        let done = ["accepted", "same", "asked"].contains(&newest["result"].as_str()?);
        (done && newest["model_no"] == wanted).then_some(())
    })
    .await;
}
