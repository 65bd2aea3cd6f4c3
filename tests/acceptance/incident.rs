//! A2-V1 to V3 and V7: the incident that an older platform had, with the timers shortened.

use crate::harness::site::body_a;
use crate::harness::{DEVICE, SECOND_DEVICE, Site, fast, holds, networked, on_both_engines};
use serde_json::{Value, json};
use simulator::SimDevice;
use simulator::pile::{Automatic, Dialect, Event, Profile, Setup};
use std::time::Duration;

/// Seven minutes on the first port.
fn seven_minutes() -> Value {
    json!({"port_no": 1, "charge_mode": 1, "duration": 420, "amount": 1000, "price_per_kwh": 150})
}

fn consistent(site: &Site) {
    let mismatch = "SELECT o.order_no FROM orders o LEFT JOIN ports p ON p.device_id=o.device_id \
        AND p.port_no=o.port_no WHERE o.status='charging' AND COALESCE(p.status,0)<>1";
    if let Some(rows) = site.database.psql(mismatch) {
        assert!(
            rows.is_empty(),
            "no order charges on a port that does not: {rows:?}"
        );
    }
}

on_both_engines! {
    async fn a2_v1_seven_minutes(engine) {
        let site = Site::open(engine).await;
        let device = site.device(networked(DEVICE)).await;
        device.plug(1).await.expect("the device lives");
        let order_no = site.start(DEVICE, &seven_minutes()).await;
        site.wait_status(&order_no, "charging").await;
        let seen = site
            .wait_port(DEVICE, 1, "A2-V1 meters", |port| port["power_w"].as_f64() > Some(0.0))
            .await;
        assert!(seen["voltage"].as_f64() > Some(0.0), "A2-V1, A2-14: {seen}");
        assert!(seen["current"].as_f64() > Some(0.0), "A2-V1, A2-14: {seen}");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["duration_sec"], 420, "A2-V1: {order}");
        assert!(order["total_kwh"].as_f64() > Some(0.0), "A2-V1: {order}");
        assert_eq!(order["end_reason"], "normal", "A2-V1: {order}");
        assert_eq!(order["provisional"], false, "A2-V1: {order}");
        device
            .wait_note(Duration::from_secs(20), |event| {
                matches!(event, Event::EndAcknowledged { .. })
            })
            .await
            .expect("A2-V1: the end report is acknowledged");
        let acknowledged = |event: &Event| matches!(event, Event::EndAcknowledged { .. });
        let count = device.notes().iter().filter(|note| acknowledged(&note.event)).count();
        assert_eq!(count, 1, "A2-V1: exactly one end report is acknowledged");
        site.wait_port(DEVICE, 1, "A2-V1 idle", |port| port["status"] == 0).await;
        consistent(&site);
    }

    /// The incident itself: heartbeats, and not a word about the charge.
    async fn a2_v1n_the_end_is_never_reported(engine) {
        let changes = [("STUCK_TIMEOUT_MIN", "0.05"), ("SWEEP_S", "1")];
        let mut site = Site::with(engine, &changes).await;
        let device = site.device(networked(DEVICE).with_profile(Profile::NoEndReport)).await;
        device.plug(1).await.expect("the device lives");
        let order_no = site.start(DEVICE, &seven_minutes()).await;
        site.wait_status(&order_no, "charging").await;
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason"], "timeout", "A2-V1n, A2-02: {order}");
        assert_eq!(order["end_reason_code"], 5, "A2-V1n, A2-02: {order}");
        assert!(order["end_time"].is_i64(), "A2-V1n, A2-02: {order}");
        assert_eq!(order["provisional"], true, "A2-V1n: {order}");
        site.wait_alarm("order_stuck").await;
        site.wait_alarm("end_report_missing").await;
        let sql = format!("SELECT status_code FROM orders WHERE order_no='{order_no}'");
        if let Some(rows) = site.database.psql(&sql) {
            assert_eq!(rows, [["7"]], "A2-02: the number of older platforms");
        }
        assert!(site.program.stop().await.success(), "what was counted is written");
        site.program.start_again().await;
        let path = format!("/api/v1/admin/ops/protocol-quality/devices/{DEVICE}");
        let judged = site.http.admin_get(&path).await;
        let judged = judged.data();
        assert!(judged["sum"]["score"].as_f64() < Some(100.0), "A2-V1n: {judged}");
        let missing = judged["sum"]["rules"].as_array().into_iter().flatten();
        let missing = missing.filter(|rule| rule["rule"] == "end_report_missing").count();
        assert_eq!(missing, 1, "A2-11: {judged}");
    }

    /// A2-03, A2-04: whoever reports is not touched by the stuck rule.
    async fn a2_04_a_reporting_order_is_not_stuck(engine) {
        let changes = [("STUCK_TIMEOUT_MIN", "0.04"), ("SWEEP_S", "1")];
        let site = Site::with(engine, &changes).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 2, &json!({
            "port_no": 2, "charge_mode": 1, "duration": 3600, "amount": 1000
        }))
        .await;
        holds(Duration::from_secs(5), "A2-04: it goes on", async || {
            site.order(&order_no).await["status"] == "charging"
        })
        .await;
        site.wait_port(DEVICE, 2, "A2-03 untouched", |port| port["status"] == 1).await;
    }

    async fn a2_v2_five_minutes_offline(engine) {
        let changes = [("OFFLINE_AFTER_S", "1"), ("OFFLINE_COMPLETE_S", "1"), ("SWEEP_S", "1")];
        let site = Site::with(engine, &changes).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        site.wait_order(&order_no, "charges", |o| o["duration_sec"].as_i64() > Some(60)).await;
        device.cut().await.expect("the device lives");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason"], "timeout", "A2-V2: {order}");
        assert_eq!(order["provisional"], true, "A2-V2, R17: {order}");
        site.wait_port(DEVICE, 1, "A2-V2 reset", |port| port["status"] == 0).await;
        consistent(&site);
        let first_bill = order["final_amount_fen"].as_i64();

        device.restore().await.expect("the device lives");
        let order = site.wait_status(&order_no, "charging").await;
        assert_eq!(order["provisional"], false, "A2-V2: re-opened by later progress: {order}");
        device.unplug(1).await.expect("the device lives");
        let order = site
            .wait_order(&order_no, "A2-V2 final", |order| {
                order["status"] == "completed" && order["provisional"] == false
            })
            .await;
        assert_eq!(order["adjusted"], true, "A2-V2: {order}");
        assert!(order["final_amount_fen"].as_i64() > first_bill, "A2-V2: corrected: {order}");
        let adjusted = site.receiver.wait_until("A2-V2: told as adjusted", |events| {
            events.iter().any(|event| {
                event.event_type() == "order.completed" && event.json["data"]["adjusted"] == true
            })
        });
        adjusted.await.expect("A2-V2");
        let types = site.event_types(&order_no);
        let started = types.iter().filter(|kind| *kind == "charging.started").count();
        assert_eq!(started, 1, "O11: charging.started does not repeat: {types:?}");
    }

    async fn a2_v3_fifty_devices(engine) {
        let site = Site::with(engine, &[("RATE__WRITE__BURST", "50")]).await;
        let setup = |number: u16| Setup {
            speed: 30,
            ports: 1,
            automatic: Some(Automatic::default()),
            ..Setup::new(&format!("990000000{number:05}"), Dialect::V86)
        };
        let devices: Vec<SimDevice> =
            (1..=50).map(|number| site.strange_device(setup(number))).collect();
        let body = json!({"port_no": 1, "charge_mode": 1, "duration": 120, "amount": 500,
                          "price_per_kwh": 150});
        let mut orders = Vec::new();
        for device in &devices {
            site.wait_device(device.id(), "online", |seen| {
                seen["online"] == true && seen["ports"].as_array().is_some_and(|p| p.len() == 1)
            })
            .await;
            orders.push(site.start(device.id(), &body).await);
        }
        for (device, order_no) in devices.iter().zip(&orders) {
            let order = site.wait_status(order_no, "completed").await;
            assert_eq!(order["device_phy_id"], device.id(), "A2-V3: no cross-talk: {order}");
            assert_eq!(order["end_reason"], "normal", "A2-V3: {order}");
            assert_eq!(order["duration_sec"], 120, "A2-V3: {order}");
            assert_eq!(order["final_amount_fen"], 26, "A2-V3: 0.17 kWh: {order}");
        }
        consistent(&site);
        let metrics = crate::harness::metrics::Metrics::of(&site.http).await;
        let completed = metrics.sum("openpile_orders_total", &["result=\"completed\""]);
        assert!((completed - 50.0).abs() < 0.5, "A2-V3: 50 of 50, not {completed}");
    }

    /// Who refuses its starts is ranked before who does not, and says why.
    async fn a2_v7_risks_are_ranked(engine) {
        let site = Site::open(engine).await;
        let bad = site.device(fast(DEVICE).with_profile(Profile::Refuser)).await;
        let good = site.device(fast(SECOND_DEVICE)).await;
        let body = |port: u16| json!({"port_no": port, "charge_mode": 1, "duration": 60,
                                      "amount": 500});
        for port in [1, 2, 3, 4, 1] {
            let order_no = site.start(bad.id(), &body(port)).await;
            site.wait_status(&order_no, "failed").await;
            let order_no = site.start_charging(&good, port, &body(port)).await;
            site.wait_status(&order_no, "completed").await;
            good.unplug(port).await.expect("the device lives");
        }
        let path = "/api/v1/admin/failure-risks";
        let assessed = site.http.admin_post(path, &json!({})).await;
        assert!(assessed.data()["places"].as_i64() > Some(0), "A2-V7");
        let list = site.http.admin_get(&format!("{path}?kind=device")).await;
        let rows = list.data()["items"].as_array().expect("a list");
        assert_eq!(rows[0]["phy_id"], DEVICE, "A2-V7: {rows:?}");
        let reasons = rows[0]["reasons"].as_array().expect("reasons");
        let failed = reasons.iter().find(|reason| reason["factor"] == "failed_starts");
        assert_eq!(failed.expect("why")["now"], 1000, "A2-V7: per mille: {reasons:?}");
        let score = |row: &Value| row["score"].as_i64();
        let other = rows.iter().find(|row| row["phy_id"] == SECOND_DEVICE);
        assert!(other.and_then(score) < score(&rows[0]), "A2-V7: {rows:?}");
    }
}
