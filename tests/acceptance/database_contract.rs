//! A4-D01 to D11: what scripts of operators ask the database. Literally on PostgreSQL; on the
//! embedded database the same facts through the API.

use crate::harness::site::{body_a, port_of};
use crate::harness::{DEVICE, Engine, SECOND_DEVICE, Site, eventually, fast, on_both_engines};
use serde_json::json;
use simulator::pile::Action;

on_both_engines! {
    async fn a4_d01_d09_d11_devices_and_ports(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let _second = site.device(fast(SECOND_DEVICE)).await;
        site.start_charging(&device, 2, &json!({
            "port_no": 2, "charge_mode": 1, "duration": 3600, "amount": 1000
        }))
        .await;
        device.act(Action::SetFault { port: kernel::PortNo(3), bits: 4 }).await.expect("a port");
        let seen = site
            .wait_device(DEVICE, "A4-D09 three states", |seen| {
                port_of(seen, 2)["status"] == 1 && port_of(seen, 3)["status"] == 2
            })
            .await;
        assert_eq!(port_of(&seen, 1)["status"], 0, "A4-D09");
        assert_eq!(port_of(&seen, 3)["fault_code"], 4, "A4-D09");
        if engine == Engine::Sqlite {
            return;
        }
        let ages = format!(
            "SELECT phy_id, last_seen_at, EXTRACT(EPOCH FROM NOW() - last_seen_at) AS \
             offline_duration FROM devices WHERE phy_id IN ('{DEVICE}', '{SECOND_DEVICE}') \
             ORDER BY last_seen_at DESC"
        );
        eventually("A4-D01: both were seen lately", async || {
            let rows = site.database.psql(&ages)?;
            let age = |row: &Vec<String>| row[2].parse::<f64>().is_ok_and(|age| age <= 16.0);
            (rows.len() == 2 && rows.iter().all(age)).then_some(())
        })
        .await;
        let online = format!(
            "SELECT phy_id FROM devices WHERE phy_id='{DEVICE}' AND \
             last_seen_at > NOW() - INTERVAL '30 seconds'"
        );
        assert_eq!(site.database.psql(&online), Some(vec![vec![DEVICE.to_owned()]]), "A4-D11");
        let ports = format!(
            "SELECT p.port_no, CASE p.status WHEN 0 THEN '空闲' WHEN 1 THEN '充电中' ELSE '故障' \
             END, COALESCE(p.power_w,0) FROM ports p JOIN devices d ON p.device_id=d.id \
             WHERE d.phy_id='{DEVICE}' ORDER BY p.port_no"
        );
        let expected = [["1", "空闲", "0"], ["2", "充电中", "1500"], ["3", "故障", "0"],
                        ["4", "空闲", "0"]];
        eventually("A4-D09: three states in the database", async || {
            let rows = site.database.psql(&ports)?;
            (rows == expected).then_some(())
        })
        .await;
        let bkv = format!(
            "SELECT port_no, status FROM ports_bkv WHERE device_id=(SELECT id FROM devices WHERE \
             phy_id='{DEVICE}') ORDER BY port_no"
        );
        let rows = site.database.psql(&bkv).expect("PostgreSQL");
        assert_eq!(rows, [["1", "9"], ["2", "129"], ["3", "1"], ["4", "9"]], "R16");
    }

    async fn a4_d02_d03_d04_d10_orders(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start(DEVICE, &body_a()).await;
        let ask = |columns: &str| {
            format!("SELECT {columns} FROM orders WHERE order_no='{order_no}'")
        };
        if let Some(rows) = site.database.psql(&ask("order_no, status, port_no, amount, created_at"))
        {
            let expected = [order_no.as_str(), "pending", "1", "1000"];
            assert_eq!(rows[0][..4], expected, "A4-D02");
        }
        device.plug(1).await.expect("the device lives");
        let order = site.wait_status(&order_no, "charging").await;
        assert!(order["start_time"].is_i64(), "A4-D03");
        if let Some(rows) = site.database.psql(&ask("status, start_time")) {
            assert_eq!(rows[0][0], "charging", "A4-D03");
            assert!(!rows[0][1].is_empty(), "A4-D03");
        }
        site.wait_order(&order_no, "A4-D04 a minute", |order| {
            order["duration_sec"].as_i64() > Some(60)
        })
        .await;
        let progress = ask("duration_sec, total_kwh, current_power, updated_at");
        if engine == Engine::Postgres {
            let seconds = |rows: &[Vec<String>]| rows[0][0].parse::<i64>().ok();
            let first = eventually("A4-D04: written while it charges", async || {
                let rows = site.database.psql(&progress)?;
                let energy = rows[0][1].parse::<i64>().ok()?;
                (seconds(&rows)? > 50 && energy > 0 && rows[0][2] == "1500").then_some(rows)
            })
            .await;
            eventually("A4-D04: it grows", async || {
                let rows = site.database.psql(&progress)?;
                (seconds(&rows)? > seconds(&first)? && rows[0][3] > first[0][3]).then_some(())
            })
            .await;
            let all = "id, device_id, order_no, port_no, status, amount, created_at, updated_at, \
                 start_time, end_time, duration_sec, total_kwh, current_power, peak_power, \
                 final_amount, end_reason, price_per_kwh, service_fee, charge_mode";
            assert_eq!(site.database.psql(&ask(all)).map(|rows| rows.len()), Some(1), "A4-D10");
            for sql in [
                "SELECT id, phy_id, last_seen_at FROM devices LIMIT 1",
                "SELECT device_id, port_no, status, power_w, fault_code, updated_at FROM ports \
                 LIMIT 1",
            ] {
                assert_eq!(site.database.psql(sql).map(|rows| rows.len()), Some(1), "A4-D10");
            }
        }
    }
}
