//! The plan's own scripts, unmodified but for host and key.

use crate::harness::http::{ADMIN_KEY, API_KEY};
use crate::harness::site::body_a;
use crate::harness::{DEVICE, Engine, SECOND_DEVICE, Site, fast, on_both_engines};
use simulator::pile::{Automatic, Dialect, Setup};
use std::process::Stdio;
use std::time::Duration;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scripts");

/// Longest that a script may run.
const SCRIPT_PATIENCE: Duration = Duration::from_secs(90);

/// A device whose user plugs in when an order has come.
fn attended(id: &str) -> Setup {
    Setup {
        automatic: Some(Automatic::default()),
        ..fast(id)
    }
}

/// Runs a script to its end: whether it succeeded, and what it printed.
async fn run(site: &Site, script: &str, arguments: &[&str]) -> (bool, String) {
    let path = std::env::var("PATH").expect("there is a PATH");
    let child = tokio::process::Command::new(format!("{FOLDER}/{script}"))
        .args(arguments)
        .env("PATH", format!("{FOLDER}/shim:{path}"))
        .env("HOST", site.http.base().trim_start_matches("http://"))
        .env("API_KEY", API_KEY)
        .env("OPENPILE_ADMIN_KEY", ADMIN_KEY)
        .env(
            "OPENPILE_DATABASE_URL",
            site.database.url().unwrap_or_default(),
        )
        .env("OPENPILE_LOG", site.folder().join("stdout.log"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(SCRIPT_PATIENCE, child).await;
    let output = output
        .expect("the script ends")
        .expect("the script can be started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    eprintln!(
        "--- {script}\n{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), text)
}

on_both_engines! {
    async fn a4_test_charge_and_batch_test(engine) {
        let site = Site::open(engine).await;
        let _first = site.device(attended(DEVICE)).await;
        let _second = site.device(attended(SECOND_DEVICE)).await;
        let other = Site::open(engine).await;
        let _third = other.device(attended(DEVICE)).await;
        let ((batch_worked, batch), (charge_worked, charge)) = tokio::join!(
            run(&site, "batch_test.sh", &[]),
            run(&other, "test_charge.sh", &[DEVICE, "1"]),
        );
        assert!(charge_worked, "test_charge.sh: {charge}");
        assert!(charge.contains("设备在线: true"), "{charge}");
        assert!(charge.contains("状态: completed, 时长: 300秒, 电量: 0.44kWh"), "{charge}");
        assert!(batch_worked, "batch_test.sh: {batch}");
        assert_eq!(batch.matches(": completed").count(), 4, "{batch}");
    }

    async fn a4_monitor_and_diagnosis(engine) {
        if engine == Engine::Sqlite {
            // These two look into PostgreSQL; its rows are checked through the API elsewhere.
            return;
        }
        let site = Site::open(engine).await;
        let device = site.device(fast(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        site.wait_order(&order_no, "charges", |o| o["duration_sec"].as_i64() > Some(200)).await;
        let (worked, text) = run(&site, "monitor_device.sh", &[DEVICE]).await;
        assert!(worked, "{text}");
        for part in [" t\n", "充电中", "1500", &order_no, "charging", "\"msg\":"] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
        let (worked, text) = run(&site, "diagnose.sh", &[DEVICE]).await;
        assert!(worked, "{text}");
        for part in ["在线", &order_no, "\n0\n", "\"cmd\":\"0x82\""] {
            assert!(text.contains(part), "{part:?} in {text}");
        }
    }

    /// A4-N13, R12: a key with raised limits; on one port every further start is a 409.
    async fn a4_n13_load(engine) {
        let changes = [("RATE__WRITE__BURST", "100000"), ("RATE__WRITE__REFILL_PER_S", "100000"),
                       ("LOG__LEVEL", "warn,openpile=info")];
        let site = Site::with(engine, &changes).await;
        // In real time, so that its one charge outlasts all calls on any machine.
        let _device = site.device(Setup::new(DEVICE, Dialect::V86)).await;
        let (worked, text) = run(&site, "load_test.sh", &[DEVICE]).await;
        assert!(worked, "{text}");
        assert!(text.contains("Complete requests:      1000"), "A4-N13: {text}");
        let non_2xx = number(&text, "Non-2xx responses:");
        assert!((999.0 - non_2xx).abs() < 0.5, "R12: one order, 999 times 409: {text}");
        // How long a call takes (A4-N13, N09: 200 ms) is measured by `make load`.
        let metrics = crate::harness::metrics::Metrics::of(&site.http).await;
        assert!(metrics.has("openpile_api_requests_total"), "calls are counted");
        let server_errors = metrics.sum("openpile_api_requests_total", &["code=\"5"]);
        assert!(server_errors < 0.5, "A4-N13: errors < 1 %: {server_errors}");
    }
}

/// The first number behind a label.
fn number(text: &str, label: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(label));
    let rest = line
        .unwrap_or_else(|| panic!("{label} in {text}"))
        .trim_start_matches(label);
    let word = rest.split_whitespace().next().expect("a number");
    word.parse().expect("a number")
}
