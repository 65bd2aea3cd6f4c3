//! A4-TC005: four ports at once.

use crate::harness::site::frames;
use crate::harness::{DEVICE, Site, eventually, on_both_engines};
use serde_json::json;
use simulator::device::Direction;
use simulator::pile::{Dialect, Load, Setup};
use std::collections::BTreeSet;

/// The powers of the plan, so different that no value can be another port's.
const POWERS_DW: [u32; 4] = [15_000, 16_000, 14_000, 15_500];

on_both_engines! {
    async fn a4_tc005_four_ports_at_once(engine) {
        let site = Site::open(engine).await;
        let load = |power_dw| Load { power_dw, ..Load::acceptance(0) };
        let setup = Setup {
            speed: 60,
            loads: POWERS_DW.map(load).to_vec(),
            ..Setup::new(DEVICE, Dialect::V86)
        };
        let device = site.device(setup).await;
        let body = |port: u16| {
            json!({"port_no": port, "charge_mode": 1, "duration": 3600, "amount": 1000})
        };
        let bodies = [1, 2, 3, 4].map(body);
        let calls = bodies.iter().map(|body| site.start(DEVICE, body));
        let orders = futures_util::future::join_all(calls).await;
        let distinct: BTreeSet<&String> = orders.iter().collect();
        assert_eq!(distinct.len(), 4, "A4-TC005-02: four numbers: {orders:?}");
        if let Some(rows) = site.database.psql(&format!(
            "SELECT port_no, order_no, status FROM orders WHERE device_id=(SELECT id FROM devices \
             WHERE phy_id='{DEVICE}') AND status IN ('pending','charging') ORDER BY port_no"
        )) {
            for (row, (port, order_no)) in rows.iter().zip((1..).zip(&orders)) {
                let expected = [&port.to_string(), order_no, "pending"];
                assert_eq!(row, &expected.map(|text: &str| text.to_owned()), "A4-TC005-02");
            }
            assert_eq!(rows.len(), 4, "A4-TC005-02");
        }
        for order_no in &orders {
            assert_eq!(site.order(order_no).await["status"], "pending", "A4-TC005-02");
        }

        for port in 1..=4 {
            device.plug(port).await.expect("A4-TC005-03");
        }
        for ((port, order_no), power_dw) in (1_u16..).zip(&orders).zip(POWERS_DW) {
            let order = site
                .wait_order(order_no, "A4-TC005-03 charges", |order| {
                    order["status"] == "charging" && order["duration_sec"].as_i64() > Some(60)
                })
                .await;
            assert_eq!(order["port_no"], port, "A4-TC005-03: {order}");
            let watts = f64::from(power_dw) / 10.0;
            assert_eq!(order["current_power"], watts, "A4-TC005-04: its own values: {order}");
        }
        for cmd in [0x0004, 0x0006] {
            let told: BTreeSet<String> =
                frames(&device, Direction::Up, cmd).iter().map(|frame| frame.order_at(0)).collect();
            assert_eq!(told, orders.iter().cloned().collect(), "A4-TC005-03: four flows");
        }

        let total = f64::from(POWERS_DW.iter().sum::<u32>()) / 10.0;
        let is_total = |sum: f64| (sum - total).abs() < 0.05;
        let seen = site
            .wait_device(DEVICE, "A4-TC005-05 four powers", |seen| {
                let ports = seen["ports"].as_array().expect("a list");
                is_total(ports.iter().filter_map(|port| port["power_w"].as_f64()).sum())
            })
            .await;
        assert_eq!(seen["active_orders"].as_array().map(Vec::len), Some(4), "A4-TC005-P");
        let sql = format!(
            "SELECT SUM(power_w) AS total_power FROM ports WHERE device_id=(SELECT id FROM \
             devices WHERE phy_id='{DEVICE}') AND status=1"
        );
        if site.database.url().is_some() {
            eventually("A4-TC005-05: the sum in the database", async || {
                let rows = site.database.psql(&sql)?;
                let sum: f64 = rows[0][0].parse().ok()?;
                is_total(sum).then_some(())
            })
            .await;
        }

        // They end one after the other, each without touching the others.
        for (port, order_no) in (1_u16..).zip(&orders) {
            device.unplug(port).await.expect("the device lives");
            let order = site.wait_status(order_no, "completed").await;
            assert_eq!(order["port_no"], port, "A4-TC005-P");
            for later in orders.iter().skip(usize::from(port)) {
                assert_eq!(site.order(later).await["status"], "charging", "A4-TC005-P");
            }
        }
    }

    /// The plan's own powers stay below the rating of 6000 W; above it, no new start.
    async fn a4_tc005_05_total_power_is_guarded(engine) {
        let site = Site::with(engine, &[("SWEEP_S", "1")]).await;
        let setup = Setup { speed: 60, ports: 4, ..Setup::new(DEVICE, Dialect::V86) };
        let device = site.device(setup).await;
        let rating = json!({"rated_power_w": 2900});
        let path = format!("/api/v1/admin/devices/{DEVICE}");
        let answer = site.http.admin(reqwest::Method::PATCH, &path, Some(&rating)).await;
        answer.data();
        let body = |port: u16| {
            json!({"port_no": port, "charge_mode": 1, "duration": 3600, "amount": 1000})
        };
        for port in [1, 2] {
            site.start_charging(&device, port, &body(port)).await;
        }
        let alarm = site.wait_alarm("total_power_device").await;
        assert_eq!(alarm["level"], "C", "A4-TC005-P, R4: {alarm}");
        let answer = site.charge(DEVICE, &body(3)).await;
        assert_eq!(answer.status, 409, "A4-TC005-P, R4: no new starts: {}", answer.text);
    }
}
