//! The curve of a charge: what devices, vehicles and batteries report, per order.

use super::charger::{Charger, dialect};
use crate::harness::{Site, eventually, on_both_engines};
use serde_json::Value;
use simulator::family::{FAMILIES, Family};

/// What each family's reports carry.
fn told_by(family: Family) -> &'static [&'static str] {
    match family {
        Family::Bkv | Family::Ap3000 => &["power", "total_kwh"],
        Family::Ykc | Family::Infypower => &[
            "power",
            "total_kwh",
            "voltage",
            "current",
            "soc",
            "battery_max_temp",
            "battery_min_temp",
            "demand_voltage",
            "demand_current",
        ],
    }
}

on_both_engines! {
    async fn every_family_s_charge_leaves_a_curve(engine) {
        let site = Site::open(engine).await;
        for family in FAMILIES {
            // Of this family's command sets one tells what the battery says, field by field.
            let place = match family {
                Family::Infypower => dialect(family, "shenghong-5.3/dc"),
                _ => 0,
            };
            let charger = Charger::open(&site, family, place, "normal").await;
            let order_no = charger.begin(&site).await;
            let path = format!("/api/v1/third/orders/{order_no}/samples");
            let wanted = told_by(charger.family);
            eventually(&format!("{wanted:?} in the curve of {}", charger.id), async || {
                let points = site.http.get(&path).await;
                let points = points.data().as_array().expect("a list");
                let whole = |point: &Value| wanted.iter().all(|name| !point[name].is_null());
                points.iter().any(whole).then_some(())
            })
            .await;
            charger.stop(&site, &order_no).await;
            charger.assert_billed(&site, &order_no).await;
            let points = site.http.get(&path).await;
            let times: Vec<_> = points.data().as_array().expect("a list").iter()
                .map(|point| point["at"].as_i64()).collect();
            assert!(times.is_sorted() && !times.is_empty(), "{}: {times:?}", charger.id);
        }
    }
}
