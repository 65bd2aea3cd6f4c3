//! What operators do at their desk: write prices and rules, let a second person approve them,
//! bind them to devices.

use crate::harness::http::{SECOND_ADMIN_KEY, send};
use crate::harness::{Site, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// A device has read what was written to it.
const READS_WITHIN: Duration = Duration::from_secs(1);
const DESK: &str = "/api/v1/admin";

/// Gives a device a tariff of 1.50 yuan at all times; waits until it has it.
pub async fn give_tariff(site: &Site, id: &str) {
    let rate = json!({"elec_p5": 110_000, "service_p5": 40_000});
    let body = json!({"name": format!("of {id}"), "prices": {"rates": [rate, rate],
        "day": [{"from": "00:00", "to": "12:00", "kind": "sharp"},
                {"from": "12:00", "to": "24:00", "kind": "peak"}]}});
    let made = site
        .http
        .admin_post(&format!("{DESK}/tariffs"), &body)
        .await;
    let tariff = approved(site, "tariffs", &made.data()["tariff"]["id"]).await;
    bind(
        site,
        "tariffs",
        &json!({"tariff_id": tariff, "device_phy_id": id}),
    )
    .await;
    eventually(&format!("{id} holds the prices"), async || {
        let path = format!("{DESK}/devices/{id}/tariff");
        let wanted = site.http.admin_get(&path).await.data()["model_no"].clone();
        let seen = site.http.admin_get(&format!("{path}/pushes")).await;
        let newest = &seen.data()["items"][0];
        let done = ["accepted", "same", "asked"].contains(&newest["result"].as_str()?);
        (done && newest["model_no"] == wanted).then_some(())
    })
    .await;
    // A pile that asked says nothing when it has read the answer.
    sleep(READS_WITHIN).await;
}

/// Gives a device an e-bike plan or an occupancy rule, written as `body`.
pub async fn give_rule(site: &Site, kind: &str, id: &str, body: &Value) {
    let made = site.http.admin_post(&format!("{DESK}/{kind}"), body).await;
    let rule = approved(site, kind, &made.data()["rule"]["id"]).await;
    bind(site, kind, &json!({"id": rule, "device_phy_id": id})).await;
}

/// Submits the first version; who wrote it cannot approve it, a second person can.
async fn approved(site: &Site, kind: &str, id: &Value) -> i64 {
    let id = id.as_i64().expect("an id");
    let version = format!("{DESK}/{kind}/{id}/versions/1");
    let submit = json!({"action": "submit"});
    site.http.admin_post(&version, &submit).await.data();
    let approve = json!({"action": "approve"});
    let own = site.http.admin_post(&version, &approve).await;
    assert_eq!(own.status, 409, "one's own: {}", own.text);
    let second = site.http.request(Method::POST, &version);
    let second = second.header("X-Api-Key", SECOND_ADMIN_KEY);
    send(second.json(&approve)).await.data();
    id
}

async fn bind(site: &Site, kind: &str, body: &Value) {
    let path = format!("{DESK}/{kind}/bindings");
    site.http.admin(Method::PUT, &path, Some(body)).await.data();
}
