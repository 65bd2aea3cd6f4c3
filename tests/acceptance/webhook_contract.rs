//! A4-W01 to W12: what third parties are told, when, and how it is signed.

use crate::harness::site::body_a;
use crate::harness::{DEVICE, Site, fast, on_both_engines};
use serde_json::{Value, json};
use simulator::pile::Action;
use std::collections::BTreeSet;
use testkit::receiver::Received;

fn assert_keys(id: &str, event: &Received, keys: &[&str]) {
    for key in keys {
        assert!(
            event.json["data"].get(key).is_some(),
            "{id}: {key} is missing in {}",
            event.json
        );
    }
}

on_both_engines! {
    async fn a4_w01_to_w09_w12(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        let progress = site.event("charging.progress", &order_no).await;
        for key in ["event_id", "event_type", "device_phy_id", "timestamp", "nonce", "data"] {
            assert!(progress.json.get(key).is_some(), "A4-W01: {key}: {}", progress.json);
        }
        let expected = format!(
            "charging.progress-{order_no}-{}",
            progress.json["timestamp"].as_i64().expect("A4-W01: seconds")
        );
        assert!(progress.event_id().starts_with(&expected), "A4-W01: {}", progress.event_id());
        assert_eq!(progress.json["device_phy_id"], DEVICE, "A4-W01");
        assert_eq!(progress.path, "/webhook", "A4-E08");
        assert!(progress.timestamp.is_some() && progress.nonce.is_some(), "A4-W01: headers");
        assert_keys("A4-W06", &progress, &[
            "order_no", "port_no", "duration_sec", "total_kwh", "current_power", "peak_power",
            "voltage", "current", "temp", "duration", "kwh", "power",
        ]);
        let data = &progress.json["data"];
        assert_eq!(data["power"], 1500.0, "A4-W06: {data}");
        assert_eq!(data["peak_power"], 1800.0, "A4-W06: {data}");
        assert_eq!(data["voltage"], 220.5, "A4-W06: {data}");
        assert_eq!(data["current"], 6.8, "A4-W06: {data}");
        assert_eq!(data["temp"], 35, "A4-W06: {data}");
        assert!(data["duration_sec"].as_i64() >= Some(60), "A4-W06: after the first minute");

        let registered = site.event("device.registered", "").await;
        assert_keys("A4-W02", &registered, &["iccid", "firmware", "port_count", "registered_at"]);
        let beat = site.event("device.heartbeat", "").await;
        assert_eq!(beat.json["data"]["seq"].as_i64().map(|seq| seq % 10), Some(0), "A4-W03");
        assert_keys("A4-W03", &beat, &["voltage", "rssi", "temp", "ports"]);
        let created = site.event("order.created", &order_no).await;
        assert_keys("A4-W04", &created, &["order_no", "amount", "charge_mode", "duration"]);
        let flow = |event: &Received| {
            let parent = event.traceparent.clone().expect("the flow of the order");
            parent.split('-').nth(1).expect("00-{trace}-{span}-01").to_owned()
        };
        let started = site.event("charging.started", &order_no).await;
        assert_eq!(flow(&started), flow(&created), "one flow, one id");
        assert!(started.json["data"]["start_time"].is_i64(), "A4-W05");

        site.stop(DEVICE, &json!({"port_no": 1})).await.data();
        let ended = site.event("charging.ended", &order_no).await;
        assert_keys("A4-W07", &ended, &["duration_sec", "total_kwh", "end_reason", "end_time"]);
        let completed = site.event("order.completed", &order_no).await;
        assert_keys("A4-W08", &completed, &[
            "order_no", "port_no", "duration_sec", "total_kwh", "peak_power", "avg_power",
            "final_amount", "final_amount_fen", "end_reason", "end_reason_msg", "start_time",
            "end_time",
        ]);
        assert_eq!(completed.json["data"]["avg_power"], 1500.0, "A4-W08: mean of the samples");
        assert_eq!(completed.json["data"]["end_reason"], "remote_stop", "A4-W09");

        let events = site.deliveries_of(&order_no);
        let sequence: Vec<i64> =
            events.iter().filter_map(|event| event.json["data"]["sequence_no"].as_i64()).collect();
        assert!(sequence.is_sorted(), "A4-W12: in this order: {sequence:?}");
        let ids: BTreeSet<&str> = events.iter().map(Received::event_id).collect();
        assert_eq!(ids.len(), events.len(), "A4-W05: no event twice");
        let nonces: BTreeSet<_> = events.iter().map(|event| &event.nonce).collect();
        assert_eq!(nonces.len(), events.len(), "a new nonce for every attempt");
    }

    async fn a4_w10_device_alarm(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        device.act(Action::SetFault { port: kernel::PortNo(1), bits: 4 }).await.expect("a port");
        let alarm = site
            .receiver
            .wait_until("A4-W10 device.alarm", |events| {
                events.iter().any(|event| event.json["data"]["alarm_type"] == "port_fault")
            })
            .await
            .expect("A4-W10");
        let alarm = alarm.iter().find(|event| event.json["data"]["alarm_type"] == "port_fault");
        let data: &Value = &alarm.expect("just seen").json["data"];
        assert_eq!(data["port_no"], 1, "A4-W10: {data}");
        assert_eq!(data["fault_code"], 4, "A4-W10: {data}");
        assert_eq!(data["fault_msg"], "短路保护触发", "A4-W10: {data}");
        let completed = site.event("order.completed", &order_no).await;
        assert_eq!(completed.json["data"]["end_reason"], "device_fault", "A4-X2-01");
    }

    /// Two seconds from the fact to the first attempt.
    async fn a4_w11_n11_latency(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let before = tokio::time::Instant::now();
        let order_no = site.start(DEVICE, &body_a()).await;
        let created = site.event("order.created", &order_no).await;
        let took = created.at.duration_since(before);
        assert!(took.as_secs_f64() < 2.0, "A4-W11: {took:?}");
        device.plug(1).await.expect("the device lives");
        let began = device
            .wait_note(std::time::Duration::from_secs(20), |event| {
                matches!(event, simulator::pile::Event::Began { .. })
            })
            .await
            .expect("it begins");
        let started = site.event("charging.started", &order_no).await;
        let told = started.timestamp.expect("A4-W01");
        let late = told - began.at.unix_seconds();
        assert!((0..=2).contains(&late), "A4-W11, N11: {late} s");
    }
}
