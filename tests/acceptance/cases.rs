//! A4-TC001 to TC004: a charge by time to its normal end, stopped from afar, through a loss of
//! the network, through a restart of the device.

use crate::harness::site::{DEVICE_PATIENCE, body_a, frames};
use crate::harness::{DEVICE, Site, eventually, fast, full_hour, holds, on_both_engines};
use serde_json::json;
use simulator::device::Direction;
use simulator::pile::{Action, Event};
use std::time::Duration;

on_both_engines! {
    /// The whole first case, row by row, with the plan's own numbers.
    async fn a4_tc001_scan_by_time_normal_end(engine) {
        let site = Site::open(engine).await;
        let device = site.device(full_hour(DEVICE)).await;

        let seen = site.device_view(DEVICE).await;
        assert_eq!(seen["ports"][0]["state"], "idle", "A4-TC001-01: the port is offered: {seen}");

        let answer = site.charge(DEVICE, &body_a()).await;
        let order_no = answer.data()["order_no"].as_str().expect("A4-TC001-03").to_owned();
        if let Some(rows) = site.database.psql(&format!(
            "SELECT order_no, status, port_no, amount, created_at FROM orders \
             WHERE order_no='{order_no}'"
        )) {
            assert_eq!(rows[0][..4], [order_no.as_str(), "pending", "1", "1000"], "A4-TC001-04");
        }
        let order = site.order(&order_no).await;
        assert_eq!(order["status"], "pending", "A4-TC001-04");
        assert_eq!(order["amount"], 1000, "A4-TC001-04");

        let log = site.program.log();
        let ours = |line: &serde_json::Value| {
            (line["device"] == DEVICE || line["gateway_id"] == DEVICE) && line["cmd"] == "0x82"
        };
        let dequeued = log
            .wait("A4-TC001-06 dequeued", |line| {
                line["msg"] == "outbound message dequeued" && ours(line)
            })
            .await;
        let sent = log
            .wait("A4-TC001-06 sent", |line| line["msg"] == "BKV frame sent" && ours(line))
            .await;
        assert_eq!(sent["msg_id"], dequeued["msg_id"], "A4-TC001-06: one message id");
        let created = log.wait("order created", |line| line["msg"] == "order created").await;
        let delay = milliseconds(&sent) - milliseconds(&created);
        assert!((0..1000).contains(&delay), "A4-TC001-06, N10: {delay} ms");
        let answered = log
            .wait("A4-TC001-07 answer", |line| line["msg"] == "BKV frame received" && ours(line))
            .await;
        assert_eq!(answered["msg_id"], sent["msg_id"], "A4-TC001-07: the same message id");
        let acked = log.wait("A4-TC001-07 ack", |line| line["msg"] == "device ack received").await;
        assert_eq!(acked["status"], "success", "A4-TC001-07");

        assert_eq!(site.order(&order_no).await["status"], "pending", "not before the plug is in");
        device.plug(1).await.expect("A4-TC001-08");
        log.wait("A4-TC001-09 confirm frame", |line| {
            line["msg"] == "BKV frame received" && line["cmd"] == "0x0004"
        })
        .await;
        log.wait("A4-TC001-09 order confirmed", |line| {
            line["msg"] == "order confirmed"
                && line["order_no"] == order_no.as_str()
                && line["port_no"] == 1
        })
        .await;
        let order = site.wait_order(&order_no, "A4-TC001-09 begun", |order| {
            order["start_time"].is_i64()
        });
        assert_eq!(order.await["status"], "charging", "A4-TC001-09");
        if let Some(rows) = site.database.psql(&format!(
            "SELECT status, start_time FROM orders WHERE order_no='{order_no}'"
        )) {
            assert!(!rows[0][1].is_empty(), "A4-TC001-09: start_time is set: {rows:?}");
        }
        let started = site.event("charging.started", &order_no).await;
        assert_eq!(started.json["data"]["port_no"], 1, "A4-TC001-10");

        let growing = site.wait_order(&order_no, "A4-TC001-11 grows", |order| {
            order["duration_sec"].as_i64() > Some(50) && order["total_kwh"].as_f64() > Some(0.0)
        });
        assert_eq!(growing.await["current_power"], 1500.0, "A4-TC001-11");

        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["duration_sec"], 3600, "A4-TC001-13, P2: {order}");
        assert_eq!(order["total_kwh"], 5.23, "A4-TC001-13, P3: {order}");
        assert_eq!(order["final_amount_fen"], 785, "A4-TC001-13, P4: {order}");
        assert_eq!(order["final_amount"], 7.85, "A4-TC001-15: {order}");
        assert_eq!(order["end_reason"], "normal", "A4-TC001-13: {order}");
        assert_eq!(order["end_reason_code"], 0, "A4-TC001-13: {order}");
        assert_eq!(order["price_per_kwh"], 150, "A4-TC001-15: {order}");
        assert_eq!(order["service_fee"], 100, "A4-TC001-15: {order}");
        assert_eq!(order["refund_fen"], 215, "A4-TC001-15: {order}");
        for key in ["start_time", "end_time"] {
            assert!(order[key].is_i64(), "A4-TC001-15 {key}: {order}");
        }
        if let Some(rows) = site.database.psql(&format!(
            "SELECT order_no, status, duration_sec, total_kwh, final_amount, end_reason, end_time \
             FROM orders WHERE order_no='{order_no}'"
        )) {
            let expected = [order_no.as_str(), "completed", "3600", "523", "785", "0"];
            assert_eq!(rows[0][..6], expected, "A4-TC001-13");
            assert!(!rows[0][6].is_empty(), "A4-TC001-13 end_time: {rows:?}");
        }

        let settled = frames(&device, Direction::Up, 0x0003);
        assert_eq!(settled[0].order_at(0), order_no, "A4-TC001-12: the frame is of this order");
        let body = &settled[0].body;
        assert_eq!(body[17..21], 3600_u32.to_be_bytes(), "A4-TC001-13: duration on the wire");
        assert_eq!(body[21..23], 523_u16.to_be_bytes(), "A4-TC001-13: energy on the wire");
        assert_eq!(body[23..25], 785_u16.to_be_bytes(), "A4-TC001-13: amount on the wire");
        assert_eq!(body[25], 0, "A4-TC001-13: reason on the wire");
        assert_eq!(body[26..28], 18_000_u16.to_be_bytes(), "A4-TC001-13: peak on the wire");
        device
            .wait_note(DEVICE_PATIENCE, |event| matches!(event, Event::EndAcknowledged { .. }))
            .await
            .expect("the settlement is acknowledged");

        let completed = site.event("order.completed", &order_no).await;
        let data = &completed.json["data"];
        assert_eq!(data["duration_sec"], 3600, "A4-TC001-14: {data}");
        assert_eq!(data["total_kwh"], 5.23, "A4-TC001-14: {data}");
        assert_eq!(data["final_amount"], 7.85, "A4-TC001-14: {data}");
        assert_eq!(data["end_reason"], "normal", "A4-TC001-14: {data}");
        assert_eq!(data["peak_power"], 1800.0, "A4-TC001-14: {data}");

        let types = site.event_types(&order_no);
        let count = |wanted: &str| types.iter().filter(|kind| *kind == wanted).count();
        assert_eq!(count("charging.started"), 1, "A4-TC001-10: exactly one: {types:?}");
        assert_eq!(count("order.created"), 1, "A4-TC001-P5: {types:?}");
        assert_eq!(count("charging.ended"), 1, "A4-TC001-P5: {types:?}");
        assert_eq!(count("order.completed"), 1, "A4-TC001-P5: {types:?}");
        assert!((57..=60).contains(&count("charging.progress")), "A4-TC001-11: {types:?}");
        let mut expected = vec!["order.created", "charging.started"];
        expected.extend(vec!["charging.progress"; count("charging.progress")]);
        expected.extend(["charging.ended", "order.completed"]);
        assert_eq!(types, expected, "A4-W12: in this order");

        let port = site
            .wait_port(DEVICE, 1, "A4-TC001-P6 idle", |port| port["status"] == 0)
            .await;
        assert_eq!(port["power_w"].as_f64(), Some(0.0), "A4-TC001-P6: {port}");
        let sql = format!(
            "SELECT p.status, COALESCE(p.power_w,0) FROM ports p JOIN devices d ON \
             p.device_id=d.id WHERE d.phy_id='{DEVICE}' AND p.port_no=1"
        );
        if site.database.url().is_some() {
            eventually("A4-TC001-P6: the port's row is idle", async || {
                let rows = site.database.psql(&sql)?;
                (rows == [["0", "0"]]).then_some(())
            })
            .await;
        }
    }

    async fn a4_tc002_remote_stop(engine) {
        let site = Site::open(engine).await;
        let device = site.device(full_hour(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        site.wait_order(&order_no, "has charged 20 minutes", |order| {
            order["duration_sec"].as_i64() >= Some(1200)
        })
        .await;
        let stop = json!({"port_no": 1, "order_no": order_no, "reason": "user_cancelled"});
        let answer = site.stop(DEVICE, &stop).await;
        assert_eq!(answer.data()["order_no"], order_no.as_str(), "A4-TC002-01");
        assert_eq!(answer.body["message"], "stop command sent successfully", "A4-TC002-01");

        device
            .wait_note(DEVICE_PATIENCE, |event| matches!(event, Event::StopReceived { .. }))
            .await
            .expect("A4-TC002-02");
        let sent = frames(&device, Direction::Down, 0x0082);
        let stop = sent.last().expect("A4-TC002-02");
        assert_eq!(stop.body[5], 1, "A4-TC002-02: the port");
        assert_eq!(stop.body[6], 0, "A4-TC002-02: the switch says stop");
        assert_eq!(stop.order_at(9), order_no, "A4-TC002-02: the order");

        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason_code"], 3, "A4-TC002-04, P: {order}");
        let end = frames(&device, Direction::Up, 0x0003);
        assert_eq!(end[0].body[25], 3, "A4-TC002-03: reason on the wire");
        let duration = order["duration_sec"].as_i64().expect("a number");
        assert!((1200..1500).contains(&duration), "A4-TC002-P: billed by actual use: {order}");
        let expected = bill(&order);
        assert_eq!(order["final_amount_fen"].as_i64(), Some(expected), "A4-TC002-P: {order}");
        if let Some(rows) = site.database.psql(&format!(
            "SELECT status, end_reason FROM orders WHERE order_no='{order_no}'"
        )) {
            assert_eq!(rows, [["completed", "3"]], "A4-TC002-04");
        }
        let completed = site.event("order.completed", &order_no).await;
        assert_eq!(completed.json["data"]["end_reason"], "remote_stop", "A4-TC002-05");
        assert_eq!(completed.json["data"]["duration_sec"], duration, "A4-TC002-05");
    }

    async fn a4_tc003_network_loss_while_charging(engine) {
        let site = Site::with(engine, &[("OFFLINE_AFTER_S", "2")]).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        site.wait_order(&order_no, "charges a while", |order| {
            order["duration_sec"].as_i64() > Some(60)
        })
        .await;
        let log = site.program.log();
        let before = log.len();

        device.cut().await.expect("A4-TC003-01");
        let read_error = log
            .wait_after(before, "A4-TC003-02 read error", |line| line["msg"] == "TCP read error")
            .await;
        assert_eq!(read_error["error"], "read timeout", "A4-TC003-02: the line went dead");
        log.wait_after(before, "A4-TC003-02 close", |line| line["msg"] == "connection will close")
            .await;
        site.wait_device(DEVICE, "A4-TC003-03 offline", |seen| seen["online"] == false).await;
        let order = site
            .wait_order(&order_no, "A4-TC003-04 interrupted", |order| order["interrupted"] == true)
            .await;
        assert_eq!(order["status"], "charging", "A4-TC003-04");
        let at_loss = order["duration_sec"].as_i64().expect("a number");

        let before = log.len();
        device.restore().await.expect("A4-TC003-05");
        log.wait_after(before, "A4-TC003-05", |line| line["msg"] == "TCP connection accepted")
            .await;
        let order = site
            .wait_order(&order_no, "A4-TC003-06 recovered", |order| {
                order["interrupted"] == false && order["duration_sec"].as_i64() > Some(at_loss + 60)
            })
            .await;
        assert_eq!(order["status"], "charging", "A4-TC003-P");
        let reports = frames(&device, Direction::Up, 0x0006);
        let values: Vec<i64> = reports
            .iter()
            .map(|frame| i64::from(u16::from_be_bytes([frame.body[17], frame.body[18]])))
            .collect();
        let gap = values.windows(2).map(|pair| pair[1] - pair[0]).max().expect("two reports");
        assert!(gap > 60, "A4-TC003-06: the first report carries what was counted: {values:?}");

        device.unplug(1).await.expect("the device lives");
        let order = site.wait_status(&order_no, "completed").await;
        let real = frames(&device, Direction::Up, 0x0003)[0].body[17..21].to_vec();
        let real = u32::from_be_bytes(real.try_into().expect("four bytes"));
        assert_eq!(order["duration_sec"], real, "A4-TC003-P: the offline span is in the bill");
        let started = site.event_types(&order_no);
        let started = started.iter().filter(|kind| *kind == "charging.started").count();
        assert_eq!(started, 1, "A4-TC003-P: no second start");
    }

    async fn a4_tc004_a_restart_loses_the_order(engine) {
        let site = Site::with(engine, &[("OFFLINE_AFTER_S", "2"), ("SWEEP_S", "1")]).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        site.wait_order(&order_no, "charges a while", |order| {
            order["duration_sec"].as_i64() > Some(120)
        })
        .await;
        device.act(Action::Reboot { memory: false }).await.expect("the device lives");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["abnormal"], true, "A4-TC004-A: {order}");
        assert_eq!(order["end_reason"], "device_fault", "A4-TC004-A: {order}");
        assert_eq!(order["final_amount_fen"].as_i64(), Some(bill(&order)), "A4-TC004-A: {order}");
        let refund = 1000 - bill(&order);
        assert_eq!(order["refund_fen"], refund, "A4-TC004-A: the rest goes back: {order}");
        let completed = site.event("order.completed", &order_no).await;
        assert_eq!(completed.json["data"]["end_reason"], "device_fault", "A4-TC004-A");
        site.wait_port(DEVICE, 1, "A4-TC004-A free again", |port| port["status"] == 0).await;
    }

    async fn a4_tc004_b_restart_restores_the_order(engine) {
        let site = Site::with(engine, &[("OFFLINE_AFTER_S", "2"), ("SWEEP_S", "1")]).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        let before = site
            .wait_order(&order_no, "charges a while", |order| {
                order["duration_sec"].as_i64() > Some(60)
            })
            .await;
        let accepted = |line: &serde_json::Value| line["msg"] == "TCP connection accepted";
        let skip = site.program.log().len();
        device.act(Action::Reboot { memory: true }).await.expect("the device lives");
        site.program.log().wait_after(skip, "A4-TC004-B back", accepted).await;
        let order = site
            .wait_order(&order_no, "A4-TC004-B goes on", |order| {
                order["duration_sec"].as_i64() > before["duration_sec"].as_i64().map(|s| s + 60)
            })
            .await;
        assert_eq!(order["status"], "charging", "A4-TC004-B: the same order");
        holds(Duration::from_secs(1), "A4-TC004-B: it goes on", async || {
            site.order(&order_no).await["status"] == "charging"
        })
        .await;
        let types = site.event_types(&order_no);
        let started = types.iter().filter(|kind| *kind == "charging.started").count();
        assert_eq!(started, 1, "A4-TC004-B: no second charging.started: {types:?}");
    }
}

/// 150 fen for a kWh, half a fen up.
fn bill(order: &serde_json::Value) -> i64 {
    let kwh = order["total_kwh"].as_f64().expect("a number");
    #[expect(clippy::cast_possible_truncation, reason = "a few kWh in hundredths")]
    let hundredths = (kwh * 100.0).round() as i64;
    (hundredths * 150 + 50) / 100
}

/// The millisecond of the day of a log line: `…T15:01:00.123+08:00`.
fn milliseconds(line: &serde_json::Value) -> i64 {
    let text = line["time"].as_str().expect("every line has its time");
    let digits: String = text[11..23].chars().filter(char::is_ascii_digit).collect();
    let number: i64 = digits
        .parse()
        .expect("hours, minutes, seconds, milliseconds");
    let (time, millis) = (number / 1000, number % 1000);
    ((time / 10_000 * 60 + time / 100 % 100) * 60 + time % 100) * 1000 + millis
}
