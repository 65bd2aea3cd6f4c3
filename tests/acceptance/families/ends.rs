//! Ends that the device brings about.

use super::charger::Charger;
use crate::harness::{Site, on_both_engines};

on_both_engines! {
    async fn every_family_ends_when_the_plug_is_pulled(engine) {
        let site = Site::open(engine).await;
        let mut running = Vec::new();
        for charger in Charger::of_every_family(&site, "normal").await {
            let order_no = charger.begin(&site).await;
            charger.act("unplug 1").await;
            running.push((charger, order_no));
        }
        for (charger, order_no) in &running {
            charger.assert_billed(&site, order_no).await;
        }
    }

    /// What was delivered until then is owed, and the order names the fault.
    async fn every_family_ends_at_a_fault(engine) {
        let site = Site::open(engine).await;
        let mut running = Vec::new();
        for charger in Charger::of_every_family(&site, "normal").await {
            let order_no = charger.begin(&site).await;
            charger.act("fault 1 4").await;
            running.push((charger, order_no));
        }
        for (charger, order_no) in &running {
            let order = charger.assert_billed(&site, order_no).await;
            assert_eq!(order["end_reason"], "device_fault", "{}: {order}", charger.id);
        }
    }
}
