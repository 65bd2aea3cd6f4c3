//! E-bike plans and the occupancy fee, from the operator's desk to the bill.

use super::charger::Charger;
use super::desk;
use crate::harness::{Site, eventually, on_both_engines};
use serde_json::{Value, json};
use simulator::family::Family;

/// Fen per hour of up to 200 W, where the simulated e-bikes belong.
const LOWEST_TIER: f64 = 25.0;

on_both_engines! {
    /// One family tells minutes by power itself, for the other the platform does.
    async fn a_plan_by_power_bills_the_hours_of_its_tiers(engine) {
        let site = Site::open(engine).await;
        let plan = json!({"name": "Courtyard", "plan": {"mode": "tier", "tiers": [
            {"max_w": 200, "fen": 25, "minutes": 60}, {"max_w": 400, "fen": 50, "minutes": 60}]}});
        let mut running = Vec::new();
        for family in [Family::Bkv, Family::Ap3000] {
            let charger = Charger::usual(&site, family, "normal").await;
            desk::give_rule(&site, "ebike-plans", &charger.id, &plan).await;
            let body = json!({"port_no": 1, "charge_mode": 4, "amount": 1000});
            let order_no = charger.start(&site, &body).await;
            running.push((charger, order_no));
        }
        for (charger, order_no) in &running {
            site.wait_order(order_no, "has charged ten minutes", |order| {
                order["duration_sec"].as_i64() >= Some(600)
            })
            .await;
            charger.stop(&site, order_no).await;
        }
        for (charger, order_no) in &running {
            let order = site.wait_order(order_no, "completed", |order| {
                order["status"] == "completed" && order["provisional"] == false
            });
            let order = order.await;
            let hours = order["duration_sec"].as_f64().expect("seconds") / 3600.0;
            let billed = order["final_amount_fen"].as_f64().expect("a bill");
            let owed = hours * LOWEST_TIER;
            // Devices count whole minutes.
            assert!((billed - owed).abs() <= 1.0, "{} owes {owed}: {order}", charger.id);
            assert_eq!(order["plan"]["name"], "Courtyard", "{order}");
            assert!(!order["tiers"].as_array().expect("a list").is_empty(), "{order}");
            assert_eq!(order["refund_fen"].as_f64(), Some(1000.0 - billed), "{order}");
        }
    }

    async fn a_plug_that_is_left_in_costs_until_it_is_pulled(engine) {
        let site = Site::open(engine).await;
        let rule = json!({"name": "Busy place",
            "rule": {"free_minutes": 0, "unit_minutes": 1, "price_fen_per_unit": 70}});
        let mut running = Vec::new();
        for family in [Family::Ykc, Family::Infypower] {
            let charger = Charger::usual(&site, family, "normal").await;
            desk::give_rule(&site, "occupancy-rules", &charger.id, &rule).await;
            let order_no = charger.begin(&site).await;
            charger.stop(&site, &order_no).await;
            running.push((charger, order_no));
        }
        for (charger, order_no) in &running {
            charger.assert_billed(&site, order_no).await;
            let has_cost = |seen: &Value| seen["charge_seconds"].as_i64() >= Some(1);
            let waits = occupancy(&site, order_no, has_cost).await;
            assert_eq!(waits["device_phy_id"], charger.id.as_str(), "{waits}");
            charger.act("unplug 1").await;
            let over = occupancy(&site, order_no, |seen| !seen["ended_at"].is_null()).await;
            // It has taken less than a minute, and started minutes count.
            assert_eq!(over["fee_fen"], 70, "{over}");
            let order = site.order(order_no).await;
            assert_eq!(order["occupancy_fen"], 70, "{order}");
        }
    }
}

/// The wait after an order, once it looks as wished.
async fn occupancy(site: &Site, order_no: &str, wished: impl Fn(&Value) -> bool) -> Value {
    eventually(
        &format!("the plug of {order_no} is waited for"),
        async || {
            let list = site.http.admin_get("/api/v1/admin/occupancies").await;
            let items = list.data()["items"].as_array().expect("a list");
            let found = items.iter().find(|item| item["order_no"] == order_no);
            found.filter(|item| wished(item)).cloned()
        },
    )
    .await
}
