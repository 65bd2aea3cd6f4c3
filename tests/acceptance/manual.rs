//! A4-M1 to M4: the manual walk-through.

use crate::harness::site::{body_a, frames};
use crate::harness::{DEVICE, Site, fast, holds, on_both_engines};
use serde_json::{Value, json};
use simulator::device::Direction;
use std::time::Duration;

fn five_minutes() -> Value {
    json!({"port_no": 1, "charge_mode": 1, "duration": 300, "amount": 500, "price_per_kwh": 150,
           "service_fee": 50})
}

fn duration(order: &Value) -> i64 {
    order["duration_sec"].as_i64().expect("a number")
}

on_both_engines! {
    async fn a4_m1_five_minutes(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start(DEVICE, &five_minutes()).await;
        let log = site.program.log();
        log.wait("A4-M1", |line| line["msg"] == "BKV frame sent" && line["cmd"] == "0x82").await;
        device.plug(1).await.expect("the device lives");
        site.wait_status(&order_no, "charging").await;
        site.wait_order(&order_no, "A4-M1 after a minute", |order| {
            duration(order) > 50 && order["total_kwh"].as_f64() > Some(0.0)
        })
        .await;
        site.event("charging.progress", &order_no).await;
        let order = site.wait_status(&order_no, "completed").await;
        assert!((duration(&order) - 300).abs() < 5, "A4-M1, N01: {order}");
        assert_eq!(order["total_kwh"], 0.44, "A4-M1, N02: 5.23 kWh an hour: {order}");
        assert_eq!(order["final_amount_fen"], 66, "A4-M1, N03: {order}");
        assert_eq!(order["service_fee"], 50, "A4-M1: echoed: {order}");
        site.event("order.completed", &order_no).await;
    }

    async fn a4_m2_stop_after_two_minutes(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &five_minutes()).await;
        site.wait_order(&order_no, "A4-M2 two minutes", |order| duration(order) >= 110).await;
        site.stop(DEVICE, &json!({"port_no": 1, "order_no": order_no})).await.data();
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason_code"], 3, "A4-M2: {order}");
        assert!((110..300).contains(&duration(&order)), "A4-M2: {order}");
        let port = device.port(1).await.expect("the port");
        assert!(!port.charging, "A4-M2: the relay is open");
    }

    async fn a4_m3_unplug_and_plug_again(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &five_minutes()).await;
        site.wait_order(&order_no, "A4-M3 a minute", |order| duration(order) >= 55).await;
        device.unplug(1).await.expect("the device lives");
        let order = site.wait_status(&order_no, "completed").await;
        let expected = i64::from(frames(&device, Direction::Up, 0x0003)[0].body[20])
            + 256 * i64::from(frames(&device, Direction::Up, 0x0003)[0].body[19]);
        assert_eq!(duration(&order), expected, "A4-M3: billed for what was used: {order}");
        device.plug(1).await.expect("the device lives");
        // Half a minute of the device's time.
        holds(Duration::from_millis(500), "A4-M3: no charge without an order", async || {
            let port = device.port(1).await.expect("the port");
            let order = site.order(&order_no).await;
            !port.charging && order["status"] == "completed"
        })
        .await;
        let seen = site.device_view(DEVICE).await;
        assert_eq!(seen["active_orders"], json!([]), "A4-M3: {seen}");
    }

    async fn a4_m4_two_minutes_offline(engine) {
        let site = Site::with(engine, &[("OFFLINE_AFTER_S", "1")]).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        let order = site.wait_order(&order_no, "A4-M4", |order| duration(order) >= 110).await;
        let log = site.program.log();
        let before = log.len();
        device.cut().await.expect("the device lives");
        site.wait_device(DEVICE, "A4-M4 offline", |seen| seen["online"] == false).await;
        device
            .wait_port(1, Duration::from_secs(20), |view| {
                i64::try_from(view.seconds).is_ok_and(|seconds| seconds > duration(&order) + 120)
            })
            .await
            .expect("A4-M4: it charges on");
        device.restore().await.expect("the device lives");
        log.wait_after(before, "A4-M4", |line| line["msg"] == "TCP connection accepted").await;
        let order = site
            .wait_order(&order_no, "A4-M4 includes the gap", |order| duration(order) >= 230)
            .await;
        assert_eq!(order["status"], "charging", "A4-M4");
    }
}
