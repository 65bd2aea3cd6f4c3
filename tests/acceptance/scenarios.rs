//! A4-S1.1 to S5.3: the scenario matrix. S1.1 is case TC001, S2.1 to S2.5 and S5.3 stand in the
//! HTTP contract, S4.3 in the exceptions, S5.1 in TC005; rows about balances need accounts.

use crate::harness::site::{DEVICE_PATIENCE, body_a, frames};
use crate::harness::{DEVICE, SECOND_DEVICE, Site, eventually, fast, full_hour, on_both_engines};
use serde_json::json;
use simulator::device::Direction;
use simulator::pile::{Action, Event, Load, Setup};
use std::net::Ipv4Addr;

/// A vehicle that draws 20 kW, so that 5 kWh take a quarter of an hour.
const HUNGRY: Load = Load {
    power_dw: 60_000,
    peak_dw: 60_000,
    wh_per_hour: 20_000,
    capacity_wh: None,
};

on_both_engines! {
    async fn a4_s12_by_energy(engine) {
        let site = Site::open(engine).await;
        let setup = Setup { loads: vec![HUNGRY], ..full_hour(DEVICE) };
        let device = site.device(setup).await;
        let body = json!({"port_no": 1, "charge_mode": 2, "amount": 750, "price_per_kwh": 150});
        let order_no = site.start_charging(&device, 1, &body).await;
        let start = &frames(&device, Direction::Down, 0x0082)[0];
        assert_eq!((start.body[0], &start.body[7..9]), (2, &500_u16.to_be_bytes()[..]), "A4-S1.2");
        let order = site.wait_status(&order_no, "completed").await;
        let kwh = order["total_kwh"].as_f64().expect("a number");
        assert!((4.9..=5.1).contains(&kwh), "A4-S1.2, N02: 500 ± 2 %: {order}");
        // The device's meter moves in steps and may stop one before the limit, never beyond the money.
        let fen = (kwh * 150.0).round().min(750.0);
        let billed = order["final_amount_fen"].as_f64().expect("a number");
        assert!((billed - fen).abs() < 0.5, "A4-S1.2, N03: {order}");
        assert_eq!(order["end_reason_code"], 0, "A4-S1.2: {order}");
    }

    async fn a4_s13_until_full(engine) {
        let site = Site::open(engine).await;
        let load = Load { capacity_wh: Some(1000), ..HUNGRY };
        let device = site.device(Setup { loads: vec![load], ..full_hour(DEVICE) }).await;
        let body = json!({"port_no": 1, "charge_mode": 4, "amount": 1500, "price_per_kwh": 150});
        let order_no = site.start_charging(&device, 1, &body).await;
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason_code"], 1, "A4-S1.3: {order}");
        assert_eq!(order["end_reason"], "full", "A4-S1.3: {order}");
    }

    async fn a4_s31_s32_s33_power_on_off_and_back(engine) {
        let site = Site::with(engine, &[("OFFLINE_AFTER_S", "1")]).await;
        let device = site.device(fast(DEVICE)).await;
        let log = site.program.log();
        log.wait("A4-S3.1 registered", |line| {
            line["msg"] == "BKV frame received" && line["cmd"] == "0x0000"
        })
        .await;
        log.wait("A4-S3.1 heartbeats", |line| {
            line["msg"] == "BKV frame received" && line["cmd"] == "0x0021"
        })
        .await;
        let seen = site.device_view(DEVICE).await;
        assert!(seen["last_seen_at"].is_i64(), "A4-S3.1: {seen}");

        device.act(Action::Cut { silent: false }).await.expect("the device lives");
        site.wait_device(DEVICE, "A4-S3.2 offline", |seen| seen["online"] == false).await;
        eventually("A4-S3.2: the session is gone", async || {
            let stats = site.http.admin_get("/api/v1/admin/stats").await;
            (stats.data()["sessions"] == 0).then_some(())
        })
        .await;
        site.event("device.offline", "").await;

        let before = log.len();
        device.restore().await.expect("the device lives");
        log.wait_after(before, "A4-S3.3", |line| line["msg"] == "TCP connection accepted").await;
        site.wait_device(DEVICE, "A4-S3.3 online", |seen| seen["online"] == true).await;
    }

    async fn a4_s34_another_base_station(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        let log = site.program.log();
        let before = log.len();
        let roam = Action::Roam(Ipv4Addr::new(127, 0, 0, 9));
        device.act(roam).await.expect("the device lives");
        log.wait_after(before, "A4-S3.4 new address", |line| {
            line["msg"] == "device address changed"
                && line["device"] == DEVICE
                && line["from"] == "127.0.0.1"
                && line["to"] == "127.0.0.9"
        })
        .await;
        log.wait_after(before, "A4-S3.4 the old one is replaced", |line| {
            line["msg"] == "connection replaced by a newer one"
        })
        .await;
        let seconds = site.order(&order_no).await["duration_sec"].as_i64();
        site.wait_order(&order_no, "A4-S3.4 goes on", |order| {
            order["status"] == "charging" && order["duration_sec"].as_i64() > seconds
        })
        .await;
        let seen = site.device_view(DEVICE).await;
        assert_eq!(seen["online"], true, "A4-S3.4: the end of the old one disturbs nothing");
    }

    async fn a4_s42_unplugged(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        site.wait_order(&order_no, "charges", |o| o["duration_sec"].as_i64() > Some(60)).await;
        device.unplug(1).await.expect("the device lives");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason_code"], 0, "A4-S4.2: {order}");
        assert!(order["duration_sec"].as_i64() < Some(3600), "A4-S4.2: by actual use: {order}");
        let completed = site.event("order.completed", &order_no).await;
        assert_eq!(completed.json["data"]["end_reason_msg"], "用户拔出插头", "A4-W08, S4.2");
    }

    async fn a4_s45_s46_second_start(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let first = site.start(DEVICE, &body_a()).await;
        let answer = site.charge(DEVICE, &body_a()).await;
        assert_eq!(answer.status, 409, "A4-S4.5: pending is busy too");
        assert_eq!(answer.body["data"]["status"], "pending", "A4-S4.5: {}", answer.text);
        device.plug(1).await.expect("the device lives");
        let before = site.wait_status(&first, "charging").await;
        let answer = site.charge(DEVICE, &body_a()).await;
        assert_eq!(answer.status, 409, "A4-S4.6");
        let after = site.order(&first).await;
        for key in ["status", "start_time", "amount"] {
            assert_eq!(before[key], after[key], "A4-S4.6: unchanged");
        }
        let starts = frames(&device, Direction::Down, 0x0082);
        assert_eq!(starts.len(), 1, "A4-S4.6: the device heard of one order");
    }

    async fn a4_s52_two_devices(engine) {
        let site = Site::open(engine).await;
        let first = site.device(fast(DEVICE)).await;
        let second = site.device(fast(SECOND_DEVICE)).await;
        let one = site.start_charging(&first, 1, &body_a()).await;
        let two = site.start_charging(&second, 1, &body_a()).await;
        assert_ne!(one, two, "A4-S5.2");
        first.unplug(1).await.expect("the device lives");
        let order = site.wait_status(&one, "completed").await;
        assert_eq!(order["device_phy_id"], DEVICE, "A4-S5.2");
        let order = site.order(&two).await;
        assert_eq!(order["status"], "charging", "A4-S5.2");
        assert_eq!(order["device_phy_id"], SECOND_DEVICE, "A4-S5.2");
    }

    /// The button, a refusal after the answer, the answers that a device gives twice.
    async fn other_ends(engine) {
        let site = Site::with(engine, &[("PLUG_TIMEOUT_S", "3"), ("SWEEP_S", "1")]).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        device.act(Action::Button(kernel::PortNo(1))).await.expect("it charges");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason"], "user_stop", "{order}");

        // Nobody plugs in: the platform's patience is shorter than the device's here.
        let two = json!({"port_no": 2, "charge_mode": 1, "duration": 60, "amount": 100});
        let order_no = site.start(DEVICE, &two).await;
        let order = site.wait_status(&order_no, "cancelled").await;
        assert_eq!(order["refund_fen"], 100, "everything goes back: {order}");
        device
            .wait_note(DEVICE_PATIENCE, |event| {
                matches!(event, Event::StopReceived { order: Some(stopped), .. }
                    if *stopped == order_no)
            })
            .await
            .expect("a start that was ever written is taken back on the device");
        site.event("order.cancelled", &order_no).await;

        device.act(Action::Refuse(1)).await.expect("the device lives");
        let order_no = site.start(DEVICE, &two).await;
        site.wait_status(&order_no, "failed").await;
        site.event("order.failed", &order_no).await;
        site.wait_alarm("start_failed").await;

        // The settlement again: acknowledged, and nothing changes.
        let completed = site.http.admin_get("/api/v1/admin/webhooks/events?type=order.completed");
        let before = completed.await.data()["total"].clone();
        device.act(Action::RepeatEnd(kernel::PortNo(1))).await.expect("there was one");
        eventually("the repeat is answered", async || {
            let answers = frames(&device, Direction::Down, 0x0003).len();
            (answers == frames(&device, Direction::Up, 0x0003).len() && answers > 1).then_some(())
        })
        .await;
        let completed = site.http.admin_get("/api/v1/admin/webhooks/events?type=order.completed");
        assert_eq!(completed.await.data()["total"], before, "O16");
    }
}
