//! Two guns for one vehicle, and more money for a charge that runs.

use super::charger::Charger;
use crate::harness::{Site, holds, on_both_engines};
use serde_json::{Value, json};
use simulator::family::{FAMILIES, Family};
use std::time::Duration;

fn together(amount: i64) -> Value {
    json!({
        "port_no": 1, "parallel_port_no": 2,
        "charge_mode": 4, "amount": amount, "price_per_kwh": 150
    })
}

on_both_engines! {
    /// Each gun has its order and its half of the money; a stop of one ends both.
    async fn two_guns_feed_one_vehicle(engine) {
        let site = Site::open(engine).await;
        let charger = Charger::usual(&site, Family::Ykc, "normal").await;
        charger.act("plug 1").await;
        charger.act("plug 2").await;
        let started = site.charge(&charger.id, &together(90_001)).await;
        let number = |field: &str| started.data()[field].as_str().expect("a number").to_owned();
        let (first, second) = (number("order_no"), number("parallel_order_no"));
        for (order_no, port, amount) in [(&first, 1, 45_001), (&second, 2, 45_000)] {
            let order = charger.wait_delivers(&site, order_no).await;
            assert_eq!((&order["port_no"], &order["amount"]), (&json!(port), &json!(amount)));
            assert!(order["parallel_no"].is_string(), "{order}");
        }
        let tie = |order: Value| order["parallel_no"].clone();
        assert_eq!(tie(site.order(&first).await), tie(site.order(&second).await));
        charger.stop(&site, &first).await;
        for order_no in [&first, &second] {
            let order = site.wait_order(order_no, "completed", |order| {
                order["status"] == "completed" && order["provisional"] == false
            });
            let order = order.await;
            assert_eq!(order["end_reason"], "remote_stop", "{order}");
            assert!(order["final_amount_fen"].as_i64() > Some(0), "{order}");
        }
    }

    /// Both guns or none.
    async fn a_gun_that_is_taken_keeps_the_other_from_starting(engine) {
        let site = Site::open(engine).await;
        let charger = Charger::usual(&site, Family::Ykc, "normal").await;
        charger.act("plug 2").await;
        let body = json!({"port_no": 2, "charge_mode": 4, "amount": 9000, "price_per_kwh": 150});
        let other = site.start(&charger.id, &body).await;
        charger.wait_delivers(&site, &other).await;
        charger.act("plug 1").await;
        let refused = site.charge(&charger.id, &together(90_000)).await;
        assert_eq!(refused.status, 409, "{refused:?}");
        let alone = format!("/api/v1/admin/orders?phy_id={}&size=50", charger.id);
        let orders = site.http.admin_get(&alone).await;
        let orders = orders.data()["items"].as_array().expect("a list").clone();
        let first = orders.iter().find(|order| order["port_no"] == 1).expect("it was made");
        let order_no = first["order_no"].as_str().expect("a number");
        site.wait_order(order_no, "over", |order| {
            order["status"] != "pending" && order["status"] != "charging"
        }).await;
        holds(Duration::from_secs(3), "nothing flows at the first gun", async || {
            let port = charger.sim.port(1).await.expect("a port");
            port.energy_wh < 200
        }).await;
    }

    async fn other_families_say_that_they_cannot(engine) {
        let site = Site::open(engine).await;
        for family in FAMILIES {
            let charger = Charger::usual(&site, family, "normal").await;
            let same = json!({"port_no": 1, "parallel_port_no": 1, "charge_mode": 4, "amount": 10});
            assert_eq!(site.charge(&charger.id, &same).await.status, 422);
            if family != Family::Ykc {
                let refused = site.charge(&charger.id, &together(9000)).await;
                assert_eq!(refused.status, 422, "{family}: {refused:?}");
                assert!(refused.body.to_string().contains("not supported"), "{refused:?}");
            }
        }
    }

    /// The pile is told of the new limit, and both keep it.
    async fn more_money_lets_a_charge_run_on(engine) {
        let site = Site::open(engine).await;
        let charger = Charger::usual(&site, Family::Ykc, "normal").await;
        let body = json!({"port_no": 1, "charge_mode": 4, "amount": 1500, "price_per_kwh": 150});
        let order_no = charger.start(&site, &body).await;
        charger.wait_delivers(&site, &order_no).await;
        let path = format!("/api/v1/admin/orders/{order_no}/adjust");
        let less = site.http.admin_post(&path, &json!({"amount": 1500})).await;
        assert_eq!(less.status, 422, "{less:?}");
        let more = site.http.admin_post(&path, &json!({"amount": 3000})).await;
        assert_eq!(more.status, 200, "{more:?}");
        let order = site.wait_order(&order_no, "the pile took it", |order| order["amount"] == 3000);
        order.await;
        let order = charger.assert_billed(&site, &order_no).await;
        assert_eq!(order["end_reason"], "insufficient_balance", "{order}");
        assert!(order["final_amount_fen"].as_i64() > Some(1600), "{order}");
    }
}
