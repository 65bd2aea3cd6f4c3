//! Charges of every family through kills, cut links, unheard ends and repeated records.

use super::charger::Charger;
use crate::harness::{Site, on_both_engines};
use simulator::family::Family;
use std::time::Duration;
use tokio::time::sleep;

/// A device that has lost its link is back after at most so long.
const BACK_AFTER: Duration = Duration::from_secs(20);

async fn begun(site: &Site) -> Vec<(Charger, String)> {
    let mut running = Vec::new();
    for charger in Charger::of_every_family(site, "normal").await {
        let order_no = charger.begin(site).await;
        running.push((charger, order_no));
    }
    running
}

on_both_engines! {
    /// Killed and cut off in the middle: the charge goes on, ends once, is billed in full.
    async fn every_family_s_charge_survives_a_kill_and_a_cut_link(engine) {
        let mut site = Site::with(engine, &[("SWEEP_S", "1")]).await;
        let running = begun(&site).await;
        site.program.kill();
        sleep(Duration::from_millis(500)).await;
        site.program.start_again().await;
        for (charger, order_no) in &running {
            let before = site.order(order_no).await;
            let grown = format!("grows again at {}", charger.id);
            site.wait_order(order_no, &grown, |order| {
                order["status"] == "charging"
                    && order["total_kwh"].as_f64() > before["total_kwh"].as_f64()
            })
            .await;
            charger.act("cut").await;
        }
        sleep(Duration::from_millis(500)).await;
        for (charger, _) in &running {
            charger.act("restore").await;
            charger.sim.wait_online(true, BACK_AFTER).await.expect("back");
            site.wait_device(&charger.id, "back", |seen| seen["online"] == true).await;
        }
        for (charger, order_no) in &running {
            charger.stop(&site, order_no).await;
            charger.assert_billed(&site, order_no).await;
        }
    }

    /// The plug is pulled while nobody listens; the record that follows is the bill.
    async fn every_family_s_charge_that_ends_unheard_is_billed_by_its_record(engine) {
        let mut site = Site::with(engine, &[("SWEEP_S", "1")]).await;
        let running = begun(&site).await;
        site.program.kill();
        for (charger, _) in &running {
            charger.act("unplug 1").await;
        }
        sleep(Duration::from_secs(1)).await;
        site.program.start_again().await;
        for (charger, order_no) in &running {
            charger.assert_billed(&site, order_no).await;
        }
    }

    /// Records that come again and again are one bill.
    async fn repeated_records_are_one_bill(engine) {
        let site = Site::open(engine).await;
        let repeaters = [
            // The v8.6 gateway.
            (Family::Bkv, 1, "end_repeat"),
            (Family::Ap3000, 0, "repeated_records"),
            (Family::Ykc, 0, "repeated_records"),
            (Family::Infypower, 0, "repeat_record"),
        ];
        for (family, dialect, profile) in repeaters {
            let charger = Charger::open(&site, family, dialect, profile).await;
            let order_no = charger.begin(&site).await;
            charger.stop(&site, &order_no).await;
            charger.assert_billed(&site, &order_no).await;
            sleep(Duration::from_secs(2)).await;
            let order = charger.assert_billed(&site, &order_no).await;
            assert_eq!(order["adjusted"], false, "{order}");
        }
    }
}
