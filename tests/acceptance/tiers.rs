//! A3-01: charging does not need the modules that can be spared, broken or switched off.

use crate::harness::site::{body_a, fast};
use crate::harness::{Engine, Site, eventually, on_both_engines};
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

/// What the modules of L2 and L3 keep their things in.
const SPARED: &[&str] = &[
    "activities",
    "alarm_mutes",
    "cameras",
    "certification_checks",
    "certifications",
    "certified_models",
    "checkins",
    "comm_logs",
    "complaints",
    "coupon_code_batches",
    "coupon_codes",
    "coupon_grants",
    "coupons",
    "failure_risks",
    "firmware_campaign_devices",
    "firmware_campaigns",
    "interface_calls",
    "invoice_items",
    "invoice_orders",
    "invoice_tasks",
    "invoice_titles",
    "invoices",
    "kpi_counts",
    "kpi_slots",
    "messages",
    "notice_channels",
    "notices",
    "occupancy_orders",
    "pictures",
    "points_log",
    "port_heat",
    "protocol_days",
    "protocol_violations",
    "reviews",
    "session_quality",
    "sms_log",
];

const FLEET: usize = 6;

fn rename(site: &Site, from: &str, to: &str) {
    let steps: Vec<String> = SPARED
        .iter()
        .map(|table| format!("alter table {table}{from} rename to {table}{to};"))
        .collect();
    let sql = format!("begin; {} commit;", steps.concat());
    site.database.psql(&sql).expect("PostgreSQL");
}

async fn module(site: &Site, name: &str) -> Value {
    let answer = site.http.admin_get("/api/v1/admin/ops/modules").await;
    let modules = answer.data().as_array().expect("a list").clone();
    let found = modules.into_iter().find(|module| module["module"] == name);
    found.unwrap_or_else(|| panic!("{name} is listed"))
}

/// All modules of L2 and L3 lose their tables while a fleet charges: each charge ends, is billed
/// and told, and new ones begin. The staff sees what fails, and since when, and that it is over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_be_spared_breaks_while_a_fleet_charges_postgres() {
    let site = Site::open(Engine::Postgres).await;
    let devices = (0..FLEET).map(|number| site.device(fast(&format!("822102250005{number:02}"))));
    let devices = join_all(devices).await;
    let body = body_a();
    let running = devices
        .iter()
        .map(|device| site.start_charging(device, 1, &body));
    let running = join_all(running).await;
    rename(&site, "", "_gone");
    let mut second = body_a();
    second["port_no"] = json!(2);
    let more = devices
        .iter()
        .map(|device| site.start_charging(device, 2, &second));
    let more = join_all(more).await;
    for device in &devices {
        device.unplug(1).await.expect("the device lives");
        device.unplug(2).await.expect("the device lives");
    }
    for order_no in running.iter().chain(&more) {
        let order = site.wait_status(order_no, "completed").await;
        assert_eq!(order["provisional"], false, "{order}");
        assert_eq!(order["settle_status"], "settled", "{order}");
        site.event("order.completed", order_no).await;
    }
    let failing = eventually("the staff sees it", async || {
        let invoices = module(&site, "invoices").await;
        (invoices["state"] == "failing").then_some(invoices)
    })
    .await;
    assert!(failing["failing_since"].is_i64(), "{failing}");
    for needed in ["orders", "commands", "webhooks", "payments"] {
        let state = module(&site, needed).await;
        assert_eq!(state["state"], "ok", "{state}");
    }
    rename(&site, "_gone", "");
    eventually("it is over", async || {
        (module(&site, "invoices").await["state"] == "ok").then_some(())
    })
    .await;
    assert!(site.alarms("ledger_invariant").await.is_empty());
}

on_both_engines! {
    /// An operator switches a module off, which refuses its pages and nothing else; what charging needs
    /// cannot be switched off.
    async fn modules_are_switched(engine) {
        let site = Site::open(engine).await;
        let page = "/api/v1/admin/failure-risks";
        let place = "/api/v1/admin/ops/modules/failure_risks";
        assert_eq!(site.http.admin_get(page).await.status, 200);
        let off = json!({"switch": "off"});
        let answer = site.http.admin(Method::PUT, place, Some(&off)).await;
        assert_eq!(answer.data()["state"], "off", "{}", answer.text);
        let refused = site.http.admin_get(page).await;
        assert_eq!(refused.status, 503, "{}", refused.text);
        assert!(refused.text.contains("failure_risks"), "{}", refused.text);
        assert!(refused.retry_after.is_some());
        let device = site.device(fast("82210225000520")).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        device.unplug(1).await.expect("the device lives");
        site.wait_status(&order_no, "completed").await;
        let default = json!({"switch": null});
        let answer = site.http.admin(Method::PUT, place, Some(&default)).await;
        assert_eq!(answer.data()["state"], "ok", "{}", answer.text);
        assert_eq!(site.http.admin_get(page).await.status, 200);
        let core = "/api/v1/admin/ops/modules/ledger";
        let refused = site.http.admin(Method::PUT, core, Some(&off)).await;
        assert_eq!(refused.status, 422, "{}", refused.text);
        let unknown = "/api/v1/admin/ops/modules/magic";
        let refused = site.http.admin(Method::PUT, unknown, Some(&off)).await;
        assert_eq!(refused.status, 404, "{}", refused.text);
        let odd = json!({"switch": "perhaps"});
        let refused = site.http.admin(Method::PUT, place, Some(&odd)).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(refused.text.contains("auto"), "{}", refused.text);
    }
}
