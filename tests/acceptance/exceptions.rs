//! A4-X1 to X3: the device is away, a port fails, a port is taken.

use crate::harness::site::{DEVICE_PATIENCE, body_a, frames};
use crate::harness::wire::{self, Meter, Settlement};
use crate::harness::{DEVICE, Peer, Site, eventually, fast, holds, on_both_engines};
use kernel::PortNo;
use serde_json::json;
use simulator::device::Direction;
use simulator::pile::{Action, Event};
use std::time::Duration;

on_both_engines! {
    async fn a4_x1_offline_start(engine) {
        let site = Site::with(engine, &[("OFFLINE_AFTER_S", "1")]).await;
        let device = site.device(fast(DEVICE)).await;
        device.plug(1).await.expect("the device lives");
        device.act(Action::Cut { silent: false }).await.expect("the device lives");
        site.wait_device(DEVICE, "A4-X1-01 offline", |seen| seen["online"] == false).await;
        let open = site.http.get_bare(&format!("/api/devices/{DEVICE}")).await;
        assert_eq!(open.body["online"], false, "A4-X1-01");

        let before = tokio::time::Instant::now();
        let order_no = site.start(DEVICE, &body_a()).await;
        assert!(before.elapsed() < Duration::from_secs(5), "A4-X1-02: the call does not wait");
        assert_eq!(site.order(&order_no).await["status"], "pending", "A4-X1-02");
        let path = format!("/api/v1/admin/devices/{DEVICE}/outbound");
        let queue = eventually("A4-X1-02: the command waits for the device", async || {
            let waiting = site.http.admin_get(&path).await;
            assert_eq!(waiting.data().as_array().map(Vec::len), Some(1), "{}", waiting.text);
            (waiting.data()[0]["state"] == "queued").then(|| waiting.data().clone())
        })
        .await;
        assert_eq!(queue[0]["order_no"], order_no.as_str(), "A4-X1-02");

        device.restore().await.expect("the device lives");
        let order = site.wait_status(&order_no, "charging").await;
        assert_eq!(order["interrupted"], false, "A4-X1-03, P");
        eventually("A4-X1-03: the queue is empty", async || {
            let waiting = site.http.admin_get(&path).await;
            waiting.data().as_array().is_some_and(Vec::is_empty).then_some(())
        })
        .await;
        let acked = site.program.log();
        acked.wait("A4-X1-03", |line| line["msg"] == "device ack received").await;
    }

    /// R11: a start does not fire long after it was paid for.
    async fn a4_x1_r11_offline_start_expires(engine) {
        let changes = [("OFFLINE_AFTER_S", "1"), ("START_TTL_S", "2"), ("SWEEP_S", "1")];
        let site = Site::with(engine, &changes).await;
        let device = site.device(fast(DEVICE)).await;
        device.plug(1).await.expect("the device lives");
        device.cut().await.expect("the device lives");
        site.wait_device(DEVICE, "offline", |seen| seen["online"] == false).await;
        let order_no = site.start(DEVICE, &body_a()).await;
        let order = site.wait_status(&order_no, "cancelled").await;
        assert_eq!(order["refund_fen"], 1000, "R11: {order}");
        site.event("order.cancelled", &order_no).await;
        device.clear_log();
        device.restore().await.expect("the device lives");
        site.wait_device(DEVICE, "online", |seen| seen["online"] == true).await;
        holds(Duration::from_secs(1), "R11: no surprise start", async || {
            frames(&device, Direction::Down, 0x0082).iter().all(|frame| frame.body[6] == 0)
        })
        .await;
    }

    async fn a4_x2_port_faults(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let faults = [(1, 4, "短路保护触发"), (2, 8, "过流保护触发"), (3, 16, "温度过高保护触发")];
        for (port, bits, message) in faults {
            let body = json!({"port_no": port, "charge_mode": 1, "duration": 3600,
                              "amount": 1000, "price_per_kwh": 150});
            let order_no = site.start_charging(&device, port, &body).await;
            site.wait_order(&order_no, "has used something", |order| {
                order["total_kwh"].as_f64() > Some(0.02)
            })
            .await;
            let fault = Action::SetFault { port: PortNo(port), bits };
            device.act(fault).await.expect("the device lives");
            let order = site.wait_status(&order_no, "completed").await;
            assert_eq!(order["end_reason_code"], 4, "A4-X2-01: {order}");
            let fen = order["final_amount_fen"].as_i64().expect("a bill");
            assert!(fen > 0 && fen < 1000, "A4-X2-01: by actual use: {order}");
            assert_eq!(order["refund_fen"], 1000 - fen, "A4-X2-01: the rest goes back: {order}");
            let view = site
                .wait_port(DEVICE, port, "A4-X2-01 fault", |view| view["status"] == 2)
                .await;
            assert_eq!(view["fault_code"], bits, "A4-X2-01: {view}");
            site.receiver
                .wait_until("A4-X2: device.alarm", |events| {
                    events.iter().any(|event| {
                        event.json["data"]["fault_msg"] == message
                            && event.json["data"]["port_no"] == port
                            && event.json["data"]["fault_code"] == bits
                    })
                })
                .await
                .expect("A4-X2-01, W10");
            let answer = site.charge(DEVICE, &body).await;
            assert_eq!(answer.status, 409, "no new start on a faulty port: {}", answer.text);
            assert_eq!(answer.body["message"], "port fault", "{}", answer.text);
        }
        device.act(Action::ClearFault(PortNo(1))).await.expect("the device lives");
        site.wait_port(DEVICE, 1, "recovers", |view| view["status"] == 0).await;
        let over = site.receiver.wait_until("the alarm is over", |events| {
            events.iter().any(|event| event.json["data"]["recovered"] == true)
        });
        over.await.expect("the alarm recovers by itself");
    }

    /// O9: no end report follows the fault, so the last values count, until one comes after all.
    async fn a4_x2_fault_without_a_settlement(engine) {
        let site = Site::with(engine, &[("SWEEP_S", "1")]).await;
        let mut peer = Peer::gateway(site.tcp[0], DEVICE, 2).await;
        site.wait_port(DEVICE, 1, "known", |view| view["status"] == 0).await;
        let order_no = site.start(DEVICE, &body_a()).await;
        let start = peer.expect("a start", |frame| frame.cmd == 0x0082).await;
        peer.send(&wire::control_answer(DEVICE, start.seq, 0, &order_no, 1)).await;
        peer.send(&wire::confirm(DEVICE, 3, &order_no, 1, 0)).await;
        peer.expect("a noted confirm", |frame| frame.cmd == 0x0004).await;
        let faulty = Meter { duration_s: 600, power_dw: 0, energy: 100, state: 4 };
        peer.send(&wire::progress(DEVICE, 4, &order_no, 1, faulty)).await;
        let stop = peer.expect("a stop", |frame| frame.cmd == 0x0082).await;
        assert_eq!((stop.body[6], stop.order_at(9)), (0, order_no.clone()), "O9: stop at once");
        peer.send(&wire::control_answer(DEVICE, stop.seq, 0, &order_no, 1)).await;

        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason_code"], 4, "O9: {order}");
        assert_eq!(order["provisional"], true, "O9: {order}");
        assert_eq!(order["final_amount_fen"], 150, "O9: last values: {order}");

        let late = Settlement { duration_s: 610, energy: 102, amount_fen: 153, reason: 4 };
        peer.send(&wire::settlement(DEVICE, 5, &order_no, 1, late)).await;
        peer.expect("a noted settlement", |frame| frame.cmd == 0x0003).await;
        let order = site.order(&order_no).await;
        assert_eq!(order["provisional"], false, "O12: {order}");
        assert_eq!(order["adjusted"], true, "O12: {order}");
        assert_eq!(order["final_amount_fen"], 153, "O12: {order}");
    }

    async fn a4_x3_01_reject(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let first = site.start_charging(&device, 1, &body_a()).await;
        let answer = site.charge(DEVICE, &body_a()).await;
        assert_eq!(answer.status, 409, "A4-X3-01");
        assert_eq!(answer.body["data"]["current_order"], first.as_str(), "A4-X3-01");
        assert_eq!(site.order(&first).await["status"], "charging", "A4-X3-01");
    }

    async fn a4_x3_02_replace(engine) {
        let site = Site::with(engine, &[("PORT_CONFLICT_POLICY", "replace")]).await;
        let device = site.device(fast(DEVICE)).await;
        let first = site.start_charging(&device, 1, &body_a()).await;
        site.wait_order(&first, "charges", |order| order["total_kwh"].as_f64() > Some(0.05)).await;
        let answer = site.charge(DEVICE, &body_a()).await;
        let second = answer.data()["new_order"].as_str().expect("A4-X3-02").to_owned();
        let order = site.wait_status(&first, "completed").await;
        assert!(order["final_amount_fen"].as_i64() > Some(0), "A4-X3-02: billed: {order}");
        let active = "SELECT count(*) FROM orders WHERE status IN ('pending','charging')";
        if let Some(rows) = site.database.psql(active) {
            assert_eq!(rows, [["1"]], "A4-X3-P: never two active orders on a port");
        }
        // The vehicle is still plugged in, so the new order begins as soon as the port is free.
        site.wait_status(&second, "charging").await;
        device
            .wait_note(DEVICE_PATIENCE, |event| {
                matches!(event, Event::Ended { session, .. }
                    if *session == simulator::pile::Session::Order(first.clone()))
            })
            .await
            .expect("A4-X3-P: the first charge has ended in the device too");
        let seen = site.device_view(DEVICE).await;
        let active = seen["active_orders"].as_array().expect("a list");
        assert_eq!(active.len(), 1, "A4-X3-P: {seen}");
        assert_eq!(active[0]["order_no"], second.as_str(), "A4-X3-P");
    }
}
