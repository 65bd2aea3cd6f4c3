//! The acceptance plan in meaning on networked gateways: other commands, minutes instead of
//! seconds, reports every five minutes.

use crate::harness::metrics::Metrics;
use crate::harness::site::DEVICE_PATIENCE;
use crate::harness::{DEVICE, Site, eventually, holds, networked, on_both_engines};
use kernel::PortNo;
use serde_json::{Value, json};
use simulator::SimDevice;
use simulator::pile::{Action, Event, Profile, Setup};
use std::time::Duration;

/// Half an hour on the first port.
fn half_an_hour() -> Value {
    json!({"port_no": 1, "charge_mode": 1, "duration": 1800, "amount": 1000, "price_per_kwh": 150})
}

/// Ten minutes on the second.
fn ten_minutes() -> Value {
    json!({"port_no": 2, "charge_mode": 1, "duration": 600, "amount": 1000, "price_per_kwh": 150})
}

fn count(device: &SimDevice, wanted: impl Fn(&Event) -> bool) -> usize {
    device
        .notes()
        .iter()
        .filter(|note| wanted(&note.event))
        .count()
}

on_both_engines! {
    async fn start_progress_end(engine) {
        let site = Site::open(engine).await;
        let device = site.device(networked(DEVICE)).await;
        device.plug(2).await.expect("the device lives");
        let order_no = site.start(DEVICE, &ten_minutes()).await;
        site.event("charging.started", &order_no).await;
        site.event("charging.progress", &order_no).await;
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["port_no"], 2, "{order}");
        assert_eq!(order["duration_sec"], 600, "{order}");
        assert_eq!(order["total_kwh"], 0.03, "180 W for ten minutes: {order}");
        assert_eq!(order["end_reason"], "normal", "{order}");
        let port = site.wait_port(DEVICE, 2, "idle", |port| port["status"] == 0).await;
        assert_eq!(port["power_w"].as_f64(), Some(0.0), "{port}");
        site.event("order.completed", &order_no).await;
        let types = site.event_types(&order_no);
        assert_eq!(types.first().map(String::as_str), Some("order.created"), "{types:?}");
        assert_eq!(types[types.len() - 2..], ["charging.ended", "order.completed"], "{types:?}");
    }

    async fn by_energy(engine) {
        let site = Site::open(engine).await;
        let device = site.device(networked(DEVICE)).await;
        let body = json!({"port_no": 1, "charge_mode": 2, "kwh": 0.02, "amount": 100,
                          "price_per_kwh": 150});
        let order_no = site.start_charging(&device, 1, &body).await;
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["total_kwh"], 0.02, "{order}");
        assert_eq!(order["end_reason"], "normal", "{order}");
    }

    async fn remote_stop(engine) {
        let site = Site::open(engine).await;
        let device = site.device(networked(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &half_an_hour()).await;
        site.wait_order(&order_no, "a report", |o| o["total_kwh"].as_f64() > Some(0.0)).await;
        let answer = site.stop(DEVICE, &json!({"port_no": 1, "order_no": order_no})).await;
        assert_eq!(answer.body["message"], "stop command sent successfully", "{}", answer.text);
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason_code"], 3, "{order}");
        assert!(order["duration_sec"].as_i64() < Some(1800), "by actual use: {order}");
        let port = device.port(1).await.expect("the port");
        assert!(!port.charging, "the relay is open");
    }

    async fn offline_and_back(engine) {
        let site = Site::with(engine, &[("OFFLINE_AFTER_S", "2")]).await;
        let device = site.device(networked(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &half_an_hour()).await;
        let before =
            site.wait_order(&order_no, "a report", |o| o["duration_sec"].as_i64() > Some(60)).await;
        device.cut().await.expect("the device lives");
        site.wait_device(DEVICE, "offline", |seen| seen["online"] == false).await;
        let order = site
            .wait_order(&order_no, "interrupted", |order| order["interrupted"] == true)
            .await;
        assert_eq!(order["status"], "charging", "{order}");
        device.restore().await.expect("the device lives");
        let order = site
            .wait_order(&order_no, "goes on with what was counted", |order| {
                order["interrupted"] == false
                    && order["duration_sec"].as_i64()
                        > before["duration_sec"].as_i64().map(|seconds| seconds + 120)
            })
            .await;
        assert!(matches!(order["status"].as_str(), Some("charging" | "completed")), "{order}");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["duration_sec"], 1800, "the offline span is in the bill: {order}");
        let types = site.event_types(&order_no);
        let started = types.iter().filter(|kind| *kind == "charging.started").count();
        assert_eq!(started, 1, "{types:?}");
    }

    /// The end comes while the line is dead; its report is kept and delivered afterwards.
    async fn ended_while_offline(engine) {
        let site = Site::with(engine, &[("OFFLINE_AFTER_S", "2")]).await;
        let device = site.device(networked(DEVICE)).await;
        device.plug(2).await.expect("the device lives");
        let order_no = site.start(DEVICE, &ten_minutes()).await;
        site.wait_status(&order_no, "charging").await;
        device.cut().await.expect("the device lives");
        device
            .wait_note(DEVICE_PATIENCE, |event| matches!(event, Event::Ended { .. }))
            .await
            .expect("it ends");
        assert_eq!(site.order(&order_no).await["status"], "charging");
        device.restore().await.expect("the device lives");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["duration_sec"], 600, "{order}");
        assert_eq!(order["end_reason"], "normal", "{order}");
    }

    /// The answer of the first form is not understood; the report is repeated, billed once, and
    /// from then on answered in the form that works.
    async fn unacknowledged_end_repeats(engine) {
        let site = Site::open(engine).await;
        let device = site.device(networked(DEVICE).with_profile(Profile::EndRepeat)).await;
        device.plug(2).await.expect("the device lives");
        let acknowledged =
            |event: &Event| matches!(event, Event::EndAcknowledged { .. });
        let mut reports = Vec::new();
        for round in 1..=2 {
            let order_no = site.start(DEVICE, &ten_minutes()).await;
            site.wait_status(&order_no, "completed").await;
            eventually("the end is acknowledged", async || {
                (count(&device, acknowledged) >= round).then_some(())
            })
            .await;
            let types = site.event_types(&order_no);
            let completed = types.iter().filter(|kind| *kind == "order.completed").count();
            assert!(completed <= 1, "billed once: {types:?}");
            site.event("order.completed", &order_no).await;
            reports.push(count(&device, |event| matches!(event, Event::EndReported { .. })));
        }
        assert!(reports[0] > 1, "repeated until understood: {reports:?}");
        assert!(reports[1] - reports[0] <= reports[0], "the form has been learnt: {reports:?}");
        if let Some(rows) = site.database.psql(
            "SELECT order_no FROM device_records WHERE kind='matched' GROUP BY order_no \
             HAVING count(*) > 1",
        ) {
            assert!(rows.is_empty(), "one record settles an order: {rows:?}");
        }
    }

    async fn fault_ends_the_charge(engine) {
        let site = Site::open(engine).await;
        let device = site.device(networked(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &half_an_hour()).await;
        site.wait_order(&order_no, "a report", |o| o["total_kwh"].as_f64() > Some(0.0)).await;
        let fault = Action::SetFault { port: PortNo(1), bits: 4 };
        device.act(fault).await.expect("the device lives");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason"], "device_fault", "{order}");
        let port = site.wait_port(DEVICE, 1, "fault", |port| port["status"] == 2).await;
        assert_eq!(port["fault_code"], 16, "over-temperature in the published numbers: {port}");
        site.wait_alarm("port_fault").await;
        device.act(Action::ClearFault(PortNo(1))).await.expect("the device lives");
        site.wait_port(DEVICE, 1, "in service again", |port| port["status"] == 0).await;
    }

    async fn refused_start(engine) {
        let site = Site::open(engine).await;
        let device = site.device(networked(DEVICE).with_profile(Profile::Refuser)).await;
        let order_no = site.start(DEVICE, &half_an_hour()).await;
        let order = site.wait_status(&order_no, "failed").await;
        assert_eq!(order["refund_fen"], 1000, "{order}");
        site.wait_alarm("start_failed").await;
        drop(device);
    }

    async fn slow_radio(engine) {
        let site = Site::open(engine).await;
        let setup = Setup { speed: 20, ..networked(DEVICE) };
        let device = site.device(setup.with_profile(Profile::SlowRadio)).await;
        device.plug(2).await.expect("the device lives");
        let minute = json!({"port_no": 2, "charge_mode": 1, "duration": 60, "amount": 10,
                            "price_per_kwh": 150});
        let order_no = site.start(DEVICE, &minute).await;
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["duration_sec"], 60, "{order}");
    }

    /// Garbage between the frames, frames in pieces, wrong checksums: the charge does not care.
    async fn noisy_line(engine) {
        let site = Site::open(engine).await;
        let device = site.device(networked(DEVICE).with_profile(Profile::Noisy)).await;
        device.plug(2).await.expect("the device lives");
        for _ in 0..2 {
            let order_no = site.start(DEVICE, &ten_minutes()).await;
            let order = site.wait_status(&order_no, "completed").await;
            assert_eq!(order["duration_sec"], 600, "{order}");
        }
        let metrics = Metrics::of(&site.http).await;
        let lost = metrics.sum("openpile_bytes_received_total", &["fate=\"skipped\""])
            + metrics.sum("openpile_bytes_received_total", &["fate=\"malformed\""]);
        assert!(lost > 0.0, "noise is counted");
    }

    async fn old_firmware_reports_as_1c(engine) {
        let site = Site::open(engine).await;
        let device = site.device(networked(DEVICE).with_profile(Profile::Legacy1c)).await;
        let order_no = site.start_charging(&device, 1, &half_an_hour()).await;
        site.wait_order(&order_no, "a report", |o| o["total_kwh"].as_f64() > Some(0.0)).await;
        site.stop(DEVICE, &json!({"port_no": 1})).await.data();
        site.wait_status(&order_no, "completed").await;
    }

    /// What a gateway shows after a reconnect may be long over: it opens nothing.
    async fn stale_report_after_a_reconnect(engine) {
        let site = Site::with(engine, &[("OFFLINE_AFTER_S", "2")]).await;
        let device = site.device(networked(DEVICE).with_profile(Profile::Stale)).await;
        device.plug(2).await.expect("the device lives");
        let order_no = site.start(DEVICE, &ten_minutes()).await;
        site.wait_status(&order_no, "completed").await;
        device.cut().await.expect("the device lives");
        site.wait_device(DEVICE, "offline", |seen| seen["online"] == false).await;
        device.restore().await.expect("the device lives");
        site.wait_device(DEVICE, "online", |seen| seen["online"] == true).await;
        holds(Duration::from_secs(2), "no order from the past", async || {
            site.order(&order_no).await["status"] == "completed"
                && site.device_view(DEVICE).await["active_orders"] == json!([])
        })
        .await;
    }

    /// The gateway is there, its socket is not.
    async fn socket_lost_and_back(engine) {
        let site = Site::open(engine).await;
        let device = site.device(networked(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &half_an_hour()).await;
        site.wait_order(&order_no, "a report", |o| o["total_kwh"].as_f64() > Some(0.0)).await;
        device.act(Action::SocketLost(PortNo(1))).await.expect("the device lives");
        holds(Duration::from_secs(1), "the order waits", async || {
            site.order(&order_no).await["status"] == "charging"
        })
        .await;
        device.act(Action::SocketBack(PortNo(1))).await.expect("the device lives");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["duration_sec"], 1800, "{order}");
    }
}
