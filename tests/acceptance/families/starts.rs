//! Charges of every command set: by time, by energy, by money, until full.

use super::charger::{AMOUNT, Charger, PRICE, until_full};
use crate::harness::{Site, on_both_engines};
use serde_json::{Value, json};
use simulator::family::{FAMILIES, Family};

/// Speed at which an e-bike's hours pass in half a minute.
const HOURS_IN_SECONDS: u32 = 800;

/// Hours of real time within which a device hears of a stop: four seconds.
const HEARD_WITHIN_H: f64 = 4.0 / 3600.0;

/// Seconds of a charge by time.
const DURATION: i64 = 240;

/// Whether the family's devices charge e-bikes: hundreds of watts instead of tens of kilowatts.
fn is_for_e_bikes(family: Family) -> bool {
    matches!(family, Family::Bkv | Family::Ap3000)
}

/// Starts the same on one device of each family and reads the bills.
async fn bills(site: &Site, body: impl Fn(Family) -> Value) -> Vec<(Charger, Value)> {
    let mut running = Vec::new();
    for charger in Charger::of_every_family(site, "normal").await {
        let order_no = charger.start(site, &body(charger.family)).await;
        running.push((charger, order_no));
    }
    let mut bills = Vec::new();
    for (charger, order_no) in running {
        let order = charger.assert_billed(site, &order_no).await;
        bills.push((charger, order));
    }
    bills
}

on_both_engines! {
    async fn every_command_set_charges_stops_and_is_billed(engine) {
        let site = Site::open(engine).await;
        let mut running = Vec::new();
        for charger in Charger::of_every_dialect(&site).await {
            let order_no = charger.begin(&site).await;
            running.push((charger, order_no));
        }
        for (charger, order_no) in &running {
            charger.stop(&site, order_no).await;
        }
        for (charger, order_no) in &running {
            let order = charger.assert_billed(&site, order_no).await;
            assert_eq!(order["end_reason"], "remote_stop", "{}: {order}", charger.id);
        }
    }

    async fn every_family_charges_by_time(engine) {
        let site = Site::open(engine).await;
        let bills = bills(&site, |_| json!({
            "port_no": 1, "charge_mode": 1, "duration": DURATION,
            "amount": AMOUNT, "price_per_kwh": 150
        }));
        for (charger, order) in bills.await {
            let seconds = order["duration_sec"].as_i64().expect("seconds");
            assert!((DURATION - 30..=DURATION + 90).contains(&seconds), "{}: {order}", charger.id);
            assert_eq!(order["end_reason"], "normal", "{}: {order}", charger.id);
        }
    }

    async fn every_family_charges_by_energy(engine) {
        let site = Site::open(engine).await;
        let wished = |family| if is_for_e_bikes(family) { 0.05 } else { 1.0 };
        let bills = bills(&site, |family| json!({
            "port_no": 1, "charge_mode": 2, "kwh": wished(family),
            "amount": AMOUNT, "price_per_kwh": 150
        }));
        for (charger, order) in bills.await {
            let kwh = order["total_kwh"].as_f64().expect("energy");
            let wished = wished(charger.family);
            assert!(kwh >= wished * 0.9, "{}: {order}", charger.id);
            assert_eq!(order["end_reason"], "normal", "{}: {order}", charger.id);
        }
    }

    /// What was paid is the limit of the bill, whoever watches it.
    async fn no_family_charges_on_when_the_money_is_used_up(engine) {
        let site = Site::open(engine).await;
        let mut running = Vec::new();
        for family in FAMILIES {
            let (speed, paid) = if is_for_e_bikes(family) {
                (HOURS_IN_SECONDS, 40)
            } else {
                (60, 1500)
            };
            let charger = Charger::hasty(&site, family, speed).await;
            let body = json!({
                "port_no": 1, "charge_mode": 4, "amount": paid, "price_per_kwh": 150
            });
            let order_no = charger.start(&site, &body).await;
            running.push((charger, order_no, paid, speed));
        }
        for (charger, order_no, paid, speed) in running {
            let order = site.wait_order(&order_no, "completed", |order| {
                order["status"] == "completed" && order["provisional"] == false
            });
            let order = order.await;
            assert_eq!(order["end_reason"], "insufficient_balance", "{}: {order}", charger.id);
            let billed = order["final_amount_fen"].as_i64().expect("a bill");
            assert!((paid / 2..=paid).contains(&billed), "{}: {order}", charger.id);
            // Minutes of the device pass until it hears of the stop, more on a busy machine.
            let kwh = order["total_kwh"].as_f64().expect("energy");
            let worth = kwh * PRICE;
            let peak_kw = order["peak_power"].as_f64().expect("power") / 1000.0;
            let meanwhile = peak_kw * f64::from(speed) * HEARD_WITHIN_H * PRICE;
            let limit = f64::from(i32::try_from(paid).expect("little")) + meanwhile;
            assert!(worth <= limit, "{}: {order}", charger.id);
        }
    }

    async fn every_family_ends_when_the_vehicle_is_full(engine) {
        let site = Site::open(engine).await;
        let mut running = Vec::new();
        for family in FAMILIES {
            let charger = if is_for_e_bikes(family) {
                Charger::hasty(&site, family, HOURS_IN_SECONDS).await
            } else {
                Charger::usual(&site, family, "normal").await
            };
            if !is_for_e_bikes(family) {
                charger.act("soc 1 98").await;
            }
            let order_no = charger.start(&site, &until_full()).await;
            running.push((charger, order_no));
        }
        for (charger, order_no) in &running {
            let order = charger.assert_billed(&site, order_no).await;
            assert_eq!(order["end_reason"], "full", "{}: {order}", charger.id);
        }
    }

    async fn refusing_devices_fail_the_order_and_owe_nothing(engine) {
        let site = Site::open(engine).await;
        for charger in Charger::of_every_family(&site, "refuser").await {
            let order_no = charger.start(&site, &until_full()).await;
            let order = site.wait_status(&order_no, "failed").await;
            assert_eq!(order["final_amount_fen"], 0, "{order}");
            assert_eq!(order["refund_fen"], AMOUNT, "{order}");
        }
    }
}
