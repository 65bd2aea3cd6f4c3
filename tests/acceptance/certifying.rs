//! Certification of a device of a running server, as an operator does it: `openpile certify`
//! follows it, somebody stands at the device, and the server is killed in the middle.

use crate::harness::program::binary;
use crate::harness::wait::within;
use crate::harness::{DEVICE, Engine, Site, eventually, on_both_engines};
use kernel::PortNo;
use serde_json::{Value, json};
use simulator::family::{Family, Trouble};
use simulator::pile::{Action, Automatic, Dialect, Load, Setup};
use simulator::{Model, SimDevice};
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::time::sleep;

const TRIALS: &str = "/api/v1/admin/ops/certifications";
/// The platform lets every charge of a mishap run for half a minute first.
const ALL_CHECKS: Duration = Duration::from_mins(12);

/// The command looks every five seconds.
const READS: Duration = Duration::from_secs(7);

/// A device whose minute lasts ten seconds, whose user plugs in and out by himself.
fn setup() -> Setup {
    Setup {
        speed: 6,
        loads: vec![Load::e_bike()],
        automatic: Some(Automatic::default()),
        ..Setup::new(DEVICE, Dialect::V86)
    }
}

fn short() -> Value {
    json!({"phy_id": DEVICE, "charge_s": 60, "cycles": 2, "continuous_s": 60,
           "stability_s": 60, "patience_s": 120})
}

/// The newest certification with its checks.
async fn newest(site: &Site) -> Option<Value> {
    let list = site.http.admin_get(TRIALS).await;
    let id = list.data()["items"][0]["certification_id"].as_i64()?;
    let seen = site.http.admin_get(&format!("{TRIALS}/{id}")).await;
    Some(seen.data().clone())
}

fn check<'a>(seen: &'a Value, code: &str) -> &'a Value {
    let checks = seen["checks"].as_array().expect("checks");
    let found = checks.iter().find(|check| check["code"] == code);
    found.expect("every check is there")
}

/// Does what is asked of whoever stands at the device, once.
async fn act(device: &SimDevice, model: Model, seen: &Value, done: &mut Vec<String>) {
    let port = PortNo(1);
    for check in seen["checks"].as_array().expect("checks") {
        let Some(wanted) = check["wanted"].as_str() else {
            continue;
        };
        let key = format!("{} {wanted}", check["code"]);
        if done.contains(&key) {
            continue;
        }
        done.push(key);
        // Whoever follows the command reads what is asked first.
        sleep(READS).await;
        let actions = match wanted {
            "plug" => vec![Action::Plug(port)],
            "unplug" => vec![Action::Unplug(port)],
            "over_current" => vec![model.trouble(Trouble::OverCurrent, port)],
            "over_temperature" => vec![model.trouble(Trouble::OverTemperature, port)],
            "clear" => vec![Action::ClearFault(port)],
            "cut" => vec![Action::Cut { silent: false }, Action::Restore],
            "power_cycle" => vec![Action::Reboot { memory: true }],
            other => panic!("nobody knows how to {other}"),
        };
        for action in actions {
            device.act(action).await.expect("the device lives");
        }
    }
}

/// The whole suite over the API of a real server that is killed while cycles run; reports carry
/// the frames. A trial that is shorter than certification demands certifies nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_is_certified_though_the_server_is_killed() {
    let mut site = Site::with(Engine::Sqlite, &[("COMM_LOG__FULL", "true")]).await;
    let model = Family::Bkv.model(Some("v8.6"), "normal").expect("known");
    let device = site.device(setup()).await;
    let folder = site.folder().to_owned();
    let page = folder.join("report.html").display().to_string();
    let mut child = Command::new(binary())
        .args(["certify", "--server", site.http.base(), "--device", DEVICE])
        .args([
            "--key",
            "test-admin-key",
            "--charge-s",
            "60",
            "--cycles",
            "2",
        ])
        .args([
            "--continuous-s",
            "60",
            "--stability-s",
            "60",
            "--patience-s",
            "120",
        ])
        .args(["--report", &page])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");

    let mut done = Vec::new();
    let mut killed = false;
    let begun = eventually("it is begun", async || newest(&site).await).await;
    assert_eq!(begun["certification"]["full"], false);
    let twice = site.http.admin_post(TRIALS, &short()).await;
    assert_eq!(twice.status, 409, "{}", twice.text);
    let last = within(ALL_CHECKS, "all checks are over", async || {
        let seen = newest(&site).await?;
        act(&device, model, &seen, &mut done).await;
        if !killed && check(&seen, "cycles")["figures"]["done"] == 1 {
            killed = true;
            site.program.kill();
            site.program.start_again().await;
        }
        (seen["certification"]["state"] != "running").then_some(seen)
    })
    .await;
    assert!(killed, "{last}");
    let failed: Vec<&Value> = last["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .filter(|check| check["state"] != "passed")
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(last["certification"]["score"], 100);
    let ended = within(Duration::from_mins(1), "the command ends", async || {
        child.try_wait().expect("it can be asked")
    })
    .await;
    let output = child.wait_with_output().expect("it has ended");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        ended.code(),
        Some(0),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for words in [
        "score 100",
        "Pull the plug while it charges",
        "passed   flow",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let page = std::fs::read_to_string(folder.join("report.html")).expect("the report");
    assert!(
        page.contains("设备认证报告") && page.contains("FCFE"),
        "frames"
    );

    let id = last["certification"]["certification_id"].clone();
    let report = site
        .http
        .admin_get(&format!("{TRIALS}/{id}/report.json"))
        .await;
    let evidence = report.data()["evidence"]
        .as_array()
        .expect("evidence")
        .clone();
    let of = evidence.iter().find(|piece| piece["code"] == "full_charge");
    let frames = of.expect("frames")["frames"]
        .as_array()
        .expect("a list")
        .len();
    assert!(frames > 5, "{frames} frames");
    let row = &last["certification"];
    let wish = json!({
        "device_model": row["device_model"].as_str().unwrap_or("v8.6"),
        "firmware_version": row["firmware_version"], "certified": true
    });
    let models = "/api/v1/admin/ops/certified-models";
    let said = site
        .http
        .admin(reqwest::Method::PUT, models, Some(&wish))
        .await;
    assert_eq!(said.status, 409, "A2-V6: {}", said.text);
}

on_both_engines! {
    /// Cancelled in the middle of a charge, the charge is stopped and the device is free.
    async fn a_cancelled_trial_stops_its_charge(engine) {
        let site = Site::open(engine).await;
        let slow = Setup { speed: 1, ..setup() };
        let _device = site.device(slow).await;
        let begun = site.http.admin_post(TRIALS, &short()).await;
        let id = begun.data()["certification"]["certification_id"].clone();
        let list = format!("/api/v1/third/orders?phy_id={DEVICE}&size=1");
        let order = eventually("its charge runs", async || {
            let rows = site.http.get(&list).await;
            let order = rows.data()["items"].get(0)?.clone();
            (order["status"] == "charging").then_some(order)
        });
        let order_no = order.await["order_no"].as_str().expect("a number").to_owned();
        let cancel = format!("{TRIALS}/{id}/cancel");
        let reason = json!({"reason": "设备需返修"});
        let cancelled = site.http.admin_post(&cancel, &reason).await;
        assert_eq!(cancelled.data()["certification"]["state"], "cancelled");
        let order = site.wait_status(&order_no, "completed").await;
        assert_eq!(order["end_reason"], "remote_stop", "{order}");
        sleep(Duration::from_secs(3)).await;
        let rows = site.http.get(&list).await;
        assert_eq!(rows.data()["items"][0]["order_no"], order_no, "no further charge");
        let again = site.http.admin_post(&cancel, &reason).await;
        assert_eq!(again.status, 409, "{}", again.text);
    }
}
