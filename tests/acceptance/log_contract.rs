//! A4-L01 to L11: the log lines that operators' scripts look for.

use crate::harness::site::body_a;
use crate::harness::{DEVICE, Site, fast, on_both_engines};
use serde_json::Value;
use simulator::pile::Action;

/// Waits for a line with this message for which `fits` holds, and checks that it has the keys.
async fn line(site: &Site, id: &str, msg: &str, keys: &[&str], fits: impl Fn(&Value) -> bool) {
    let line = site
        .program
        .log()
        .wait(id, |line| line["msg"] == msg && fits(line))
        .await;
    for key in keys {
        assert!(!line[key].is_null(), "{id}: {key} is missing in {line}");
    }
}

on_both_engines! {
    async fn a4_l01_to_l11(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        let any = |_: &Value| true;
        let start = |line: &Value| line["cmd"] == "0x82";
        let ours = |line: &Value| line["order_no"] == order_no.as_str();

        line(&site, "A4-L01", "TCP connection accepted", &["remote_addr"], any).await;
        line(&site, "A4-L02", "Protocol identified", &["protocol"], |l| l["protocol"] == "bkv")
            .await;
        for cmd in ["0x0000", "0x0021", "0x0004", "0x0006"] {
            let keys = ["gateway_id", "data_len", "msg_id", "cmd_hex4"];
            line(&site, "A4-L03", "BKV frame received", &keys, |l| {
                l["cmd"] == cmd && l["gateway_id"] == DEVICE && l["cmd_hex4"] == cmd
            })
            .await;
        }
        line(&site, "A4-L04", "outbound message dequeued", &["device", "cmd"], start).await;
        let keys = ["gateway_id", "cmd", "msg_id"];
        line(&site, "A4-L05", "BKV frame sent", &keys, |l| {
            start(l) && l["cmd_hex4"] == "0x0082"
        })
        .await;
        let keys = ["device", "cmd", "msg_id"];
        line(&site, "A4-L06", "outbound message sent", &keys, start).await;
        line(&site, "A4-L07", "device ack received", &["status"], |l| l["status"] == "success")
            .await;
        line(&site, "A4-L08", "order confirmed", &["order_no", "port_no"], ours).await;
        let keys = ["order_no", "duration", "kwh"];
        line(&site, "A4-L09", "charging progress updated", &keys, |l| {
            ours(l) && l["kwh"].as_f64() > Some(0.0)
        })
        .await;

        device.act(Action::Refuse(1)).await.expect("the device lives");
        let two = serde_json::json!({"port_no": 2, "charge_mode": 1, "duration": 60, "amount": 1});
        site.start(DEVICE, &two).await;
        line(&site, "A4-L07", "device ack received", &["status"], |l| l["status"] == "failed")
            .await;

        device.unplug(1).await.expect("the device lives");
        site.wait_status(&order_no, "completed").await;
        line(&site, "A4-L03", "BKV frame received", &["msg_id"], |l| l["cmd"] == "0x0003").await;
        device.act(Action::Cut { silent: false }).await.expect("the device lives");
        line(&site, "A4-L10", "TCP read error", &["remote_addr"], |l| l["error"] == "EOF").await;
        line(&site, "A4-L11", "connection will close", &["remote_addr"], any).await;

        let broken = site.program.log().find(|line| line["msg"] == "NOT JSON");
        assert!(broken.is_empty(), "A4-E07: one JSON object per line: {broken:?}");
        let named = site.program.log().find(|line| line.to_string().contains(&format!("\"{DEVICE}\"")));
        assert!(named.len() > 10, "lines about a device contain its id");
        let errors = site.program.log().find(|line| line["level"] == "error");
        assert!(errors.is_empty(), "nothing went wrong: {errors:?}");
    }
}
