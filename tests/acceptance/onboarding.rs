//! A0-02 to A0-08: strangers, and how they become devices.

use crate::harness::site::{body_a, port_of};
use crate::harness::{DEVICE, Peer, Site, eventually, fast, networked, on_both_engines};
use serde_json::{Value, json};
use simulator::pile::{Action, Dialect, Setup};
use std::net::Ipv4Addr;

/// Where the stranger of these tests comes from.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 7);

async fn log_lines(site: &Site, filter: &str) -> Vec<Value> {
    let path = format!("/api/v1/admin/comm-logs?size=200&{filter}");
    site.http.admin_get(&path).await.data()["items"]
        .as_array()
        .expect("a list")
        .clone()
}

on_both_engines! {
    async fn a0_01_to_a0_03_an_address_becomes_a_device(engine) {
        let site = Site::with(engine, &[("DEVICES__AUTO_ENROL", "false")]).await;
        let setup = Setup { source: Some(STRANGER), ..fast(DEVICE) };
        let device = site.strange_device(setup);
        let noise = eventually("A0-01: noise from an unknown address", async || {
            log_lines(&site, &format!("type=noise&ip={STRANGER}")).await.pop()
        })
        .await;
        assert_eq!(noise["ip"], "127.0.0.7", "A0-01");
        assert!(noise["raw_hex"].as_str().is_some_and(|hex| !hex.is_empty()), "A0-01: {noise}");
        let answer = site.http.get(&format!("/api/v1/third/devices/{DEVICE}")).await;
        assert_eq!(answer.status, 404, "A0-01: it is nobody yet");

        let entry = json!({"ip": STRANGER.to_string()});
        site.http.admin_post("/api/v1/admin/devices", &entry).await.data();
        let seen = site
            .wait_device(DEVICE, "A0-03 filled in", |seen| {
                seen["online"] == true && seen["ports"].as_array().is_some_and(|p| p.len() == 4)
            })
            .await;
        assert_eq!(seen["protocol"], "bkv", "A0-03: {seen}");
        assert_eq!(port_of(&seen, 4)["port_no"], 4, "A0-03: the ports came by themselves");
        // This dialect says who it is once per connection, so at the latest with the next one.
        device.act(Action::Reboot { memory: true }).await.expect("the device lives");
        let named = site
            .wait_device(DEVICE, "A0-03 says who it is", |seen| seen["firmware"].is_string())
            .await;
        assert_eq!(named["firmware"], "200.1.17", "A0-03: {named}");
        if let Some(rows) = site.database.psql("SELECT phy_id, ip, iccid FROM devices") {
            assert_eq!(rows, [[DEVICE, "127.0.0.7", "898608551024D1988196"]], "A0-02, A0-03");
        }
    }

    async fn adopted_by_name(engine) {
        let site = Site::with(engine, &[("DEVICES__AUTO_ENROL", "false")]).await;
        let device = site.strange_device(fast(DEVICE));
        eventually("the stranger is heard", async || {
            log_lines(&site, "type=noise").await.pop()
        })
        .await;
        let path = format!("/api/v1/admin/devices/{DEVICE}/adopt");
        site.http.admin_post(&path, &json!({})).await.data();
        site.wait_device(DEVICE, "online", |seen| {
            seen["online"] == true && seen["ports"].as_array().is_some_and(|p| p.len() == 4)
        })
        .await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        site.stop(DEVICE, &json!({"port_no": 1})).await.data();
        site.wait_status(&order_no, "completed").await;
    }

    async fn a0_04_the_log_shows_starts_and_records(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        device.unplug(1).await.expect("the device lives");
        site.wait_status(&order_no, "completed").await;
        for (kind, cmd) in [("start", "0x82"), ("record", "0x0003")] {
            let line = eventually(&format!("A0-04: {kind}"), async || {
                let lines = log_lines(&site, &format!("type={kind}&phy_id={DEVICE}")).await;
                assert!(lines.iter().all(|line| line["type"] == kind), "A0-04: {lines:?}");
                lines.into_iter().find(|line| line["cmd"] == cmd)
            })
            .await;
            let decoded = line["decoded"].to_string();
            assert!(decoded.contains(&order_no), "A0-04: decoded parameters: {line}");
            let raw = line["raw_hex"].as_str().expect("A0-04: the raw frame").to_lowercase();
            assert!(raw.contains(&hex::encode(&order_no)), "A0-04: {line}");
        }
        let context = log_lines(&site, &format!("phy_id={DEVICE}")).await;
        assert!(context.len() > 5, "A0-04: in context");
        let up = log_lines(&site, "direction=up").await;
        assert!(up.iter().all(|line| line["direction"] == "up") && !up.is_empty(), "A0-04");
    }

    /// The command and its timer run together; whichever ends first cancels the other.
    async fn a0_07_command_with_timeout(engine) {
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let path = format!("/api/v1/third/devices/{DEVICE}/params");
        let body = json!({"params": [{"id": 1, "value": 100}], "wait": 20});
        let before = tokio::time::Instant::now();
        let answer = site.http.post(&path, &body).await;
        assert_eq!(answer.data()["result"]["outcome"], "accepted", "A0-07: {}", answer.text);
        assert!(before.elapsed().as_secs() < 10, "A0-07: the answer ends the waiting");

        device.act(Action::Ignore(true)).await.expect("the device lives");
        let impatient = json!({"params": [{"id": 1, "value": 100}], "wait": 1});
        let before = tokio::time::Instant::now();
        let answer = site.http.post(&path, &impatient).await;
        assert_eq!(answer.data()["result"], Value::Null, "A0-07: timeout: {}", answer.text);
        assert_eq!(answer.data()["state"], "sent", "A0-07: {}", answer.text);
        let took = before.elapsed().as_secs();
        assert!((1..10).contains(&took), "A0-07: the timer ends the waiting: {took} s");

        // The command itself goes on: it is repeated under its number, and then answered.
        device.act(Action::Ignore(false)).await.expect("the device lives");
        let id = answer.data()["command_id"].as_i64().expect("an id");
        let path = format!("/api/v1/third/commands/{id}");
        eventually("A0-07: the late answer", async || {
            let command = site.http.get(&path).await;
            (command.data()["state"] == "acked").then_some(())
        })
        .await;
    }

    /// One listener, one connection handler, devices of every kind.
    async fn a0_08_one_handler_for_all(engine) {
        let site = Site::open(engine).await;
        let _v86 = site.device(fast(DEVICE)).await;
        let _networked = site.device(networked("82200520004869")).await;
        let direct = Setup { speed: 60, ..Setup::new("A1B2C3D4E5F6", Dialect::Direct) };
        let _direct = site.strange_device(direct);
        let mut stranger = Peer::connect(site.tcp[0]).await;
        stranger.send(b"GET / HTTP/1.1\r\n\r\n").await;
        site.program
            .log()
            .wait("A0-08: a stranger is noise", |line| line["msg"] == "unknown protocol")
            .await;
        eventually("A0-08: the stand-alone device is known or logged", async || {
            let lines = log_lines(&site, "").await;
            let seen = lines.iter().any(|line| {
                line["raw_hex"].as_str().is_some_and(|hex| {
                    hex.to_lowercase().contains("a1b2c3d4e5f6")
                })
            });
            seen.then_some(())
        })
        .await;
        for id in [DEVICE, "82200520004869"] {
            assert_eq!(site.device_view(id).await["online"], true, "A0-08: undisturbed");
        }
    }
}
