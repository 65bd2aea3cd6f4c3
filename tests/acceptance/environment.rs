//! A4-E01 to E10 as far as a program can answer for them, and A2's literals of the log.

use crate::harness::program::binary;
use crate::harness::site::body_a;
use crate::harness::{DEVICE, Peer, SECOND_DEVICE, Site, eventually, fast, on_both_engines};
use serde_json::Value;
use std::process::Command;
use testkit::receiver::Signature;

on_both_engines! {
    async fn a4_e01_e02_two_ports_take_devices(engine) {
        let site = Site::open(engine).await;
        for (address, id) in site.tcp.into_iter().zip([DEVICE, SECOND_DEVICE]) {
            let _peer = Peer::gateway(address, id, 2).await;
            site.wait_device(id, "A4-E02 online", |seen| seen["online"] == true).await;
        }
    }

    /// The second form of the plan's configuration: no secret. It starts and delivers, unsigned,
    /// with a warning.
    async fn a4_e05_without_a_secret(engine) {
        let site = Site::with(engine, &[("THIRD_PARTY__WEBHOOK_SECRET", "")]).await;
        let warned = site.program.log().find(|line| {
            line["level"] == "warn" && line["msg"].as_str().is_some_and(|m| m.contains("sign"))
        });
        assert_eq!(warned.len(), 1, "A4-E05: {warned:?}");
        site.device(fast(DEVICE)).await;
        // This receiver has a secret and refuses what is not signed with it.
        let refused = site.receiver.wait_for_requests(1).await.expect("A4-E05: it delivers");
        assert_eq!(refused[0].signature, Signature::Unchecked, "A4-E05: unsigned");
        assert_eq!(refused[0].answered, 401, "a receiver failing verification answers 401");
        eventually("a dead letter", async || {
            let dead = site.http.admin_get("/api/v1/admin/webhooks/dead-letters").await;
            (dead.data()["total"].as_i64() > Some(0)).then_some(())
        })
        .await;
    }

    /// `enable_queue: false` records events and sends none.
    async fn a4_e05_queue_off(engine) {
        let site = Site::with(engine, &[("THIRD_PARTY__ENABLE_QUEUE", "false")]).await;
        let _device = site.device(fast(DEVICE)).await;
        let order_no = site.start(DEVICE, &body_a()).await;
        let path = format!("/api/v1/admin/webhooks/events?order_no={order_no}");
        eventually("A4-E05: the event is recorded", async || {
            let events = site.http.admin_get(&path).await;
            (events.data()["total"] == 1).then_some(())
        })
        .await;
        assert!(site.receiver.received().is_empty(), "A4-E05: nothing is sent");
    }

    async fn a4_e07_restart_keeps_orders(engine) {
        let mut site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        let ended = site.program.stop().await;
        assert!(ended.success(), "A4-E07: an orderly end");
        site.program.start_again().await;
        let order = site
            .wait_order(&order_no, "A4-E07 goes on", |order| {
                order["interrupted"] == false && order["duration_sec"].as_i64() > Some(120)
            })
            .await;
        assert_eq!(order["status"], "charging", "A4-E07");
        device.unplug(1).await.expect("the device lives");
        site.wait_status(&order_no, "completed").await;
        let types = site.event_types(&order_no);
        let started = types.iter().filter(|kind| *kind == "charging.started").count();
        assert_eq!(started, 1, "A4-E07: {types:?}");
    }

    async fn a4_e08_webhook_path_is_free(engine) {
        let mut site = Site::open(engine).await;
        site.program.stop().await;
        let url = site.receiver.url_of("/api/iot/webhook");
        let variable = ("OPENPILE__THIRD_PARTY__WEBHOOK_URL".to_owned(), url);
        site.program.launch().variables.push(variable);
        site.program.start_again().await;
        let _device = site.device(fast(DEVICE)).await;
        let order_no = site.start(DEVICE, &body_a()).await;
        let created = site.event("order.created", &order_no).await;
        assert_eq!(created.path, "/api/iot/webhook", "A4-E08");
    }
}

/// The files that are shipped are understood by the program that is shipped with them.
#[test]
fn a4_e05_shipped_configurations_are_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/");
    for name in [
        "production.yaml",
        "production.example.yaml",
        "test.yaml",
        "defaults.yaml",
    ] {
        let output = Command::new(binary())
            .args(["config", "check", "--config", &format!("{folder}{name}")])
            .output()
            .expect("the program can be started");
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "A4-E05 {name}: {problem}");
    }
    let output = Command::new(binary())
        .args(["config", "check"])
        .env("OPENPILE__HTTP__LISTNE", "127.0.0.1:1")
        .output()
        .expect("the program can be started");
    assert!(!output.status.success(), "an unknown key is an error");
}

/// The smallest configuration serves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_says_what_it_is() {
    let output = Command::new(binary())
        .arg("--version")
        .output()
        .expect("it starts");
    assert!(
        String::from_utf8_lossy(&output.stdout).starts_with("openpile "),
        "{output:?}"
    );
    let site = Site::open(crate::harness::Engine::Sqlite).await;
    let health = site.http.get_bare("/healthz").await;
    assert_ne!(
        health.body["data"]["version"],
        Value::Null,
        "{}",
        health.text
    );
}
