//! What watches the program from outside: Prometheus with the rules and the figures of the
//! dashboards as they lie in `deploy/`, and `openpile doctor`.

use crate::harness::http::Http;
use crate::harness::metrics::Metrics;
use crate::harness::program::binary;
use crate::harness::site::body_a;
use crate::harness::{DEVICE, Engine, Site, eventually, full_hour, on_both_engines};
use domain::ledger::{Asset, postings};
use domain::payer::{Payer, Sums};
use kernel::Fen;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use store::alarms::NewAlarm;
use testkit::ports::free_address;

const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy");
/// The address in the files, which is the only thing that is changed.
const WRITTEN: &str = "127.0.0.1:7055";

fn deploy(path: &str) -> String {
    let path = Path::new(DEPLOY).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Prometheus on the program's figures; killed when dropped.
struct Prometheus {
    http: Http,
    _child: tokio::process::Child,
}

impl Prometheus {
    fn start(site: &Site) -> Self {
        let folder: PathBuf = site.folder().join("prometheus");
        std::fs::create_dir_all(&folder).expect("a folder");
        let program = site.http.base().trim_start_matches("http://").to_owned();
        let config = deploy("prometheus/prometheus.yml")
            .replace(WRITTEN, &program)
            .replace("15s", "1s");
        std::fs::write(folder.join("prometheus.yml"), config).expect("written");
        let rules = deploy("prometheus/openpile.rules.yml");
        std::fs::write(folder.join("openpile.rules.yml"), rules).expect("written");
        let address = free_address();
        let child = tokio::process::Command::new("prometheus")
            .arg(format!(
                "--config.file={}",
                folder.join("prometheus.yml").display()
            ))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.join("data").display()
            ))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Prometheus is installed");
        Self {
            http: Http::new(address),
            _child: child,
        }
    }

    async fn get(&self, path: &str) -> Option<Value> {
        let address = format!("{}{path}", self.http.base());
        let answer = reqwest::get(address).await.ok()?;
        answer.json().await.ok()
    }

    async fn query(&self, expression: &str) -> Value {
        let client = reqwest::Client::new();
        let address = format!("{}/api/v1/query", self.http.base());
        let form = format!("query={}", encoded(expression));
        let answer = client
            .post(address)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .expect("Prometheus answers");
        answer.json().await.expect("JSON")
    }
}

/// Everything but letters and digits as `%41`.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// Title and expression of every panel.
fn expressions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let folder = Path::new(DEPLOY).join("grafana/dashboards");
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a readable entry").path();
        let text = std::fs::read_to_string(&path).expect("readable");
        let board: Value = serde_json::from_str(&text).expect("a dashboard is JSON");
        for panel in board["panels"].as_array().expect("panels") {
            for target in panel["targets"].as_array().expect("targets") {
                let title = panel["title"].as_str().expect("a title").to_owned();
                let expression = target["expr"].as_str().expect("an expression");
                found.push((title, expression.to_owned()));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_takes_the_rules_and_the_dashboards_as_they_are() {
    let site = Site::open(Engine::Sqlite).await;
    let device = site.device(full_hour(DEVICE)).await;
    let order_no = site.start_charging(&device, 1, &body_a()).await;
    site.wait_status(&order_no, "completed").await;
    let prometheus = Prometheus::start(&site);
    eventually("Prometheus reads the program's figures", async || {
        let up = prometheus.get("/api/v1/query?query=up").await?;
        (up["data"]["result"][0]["value"][1] == "1").then_some(())
    })
    .await;
    eventually("every rule has been evaluated", async || {
        let rules = prometheus.get("/api/v1/rules").await?;
        let rules = rules["data"]["groups"][0]["rules"].as_array()?.clone();
        let healthy = |rule: &Value| rule["health"] == "ok";
        let done = !rules.is_empty() && rules.iter().all(healthy);
        let broken = rules.iter().find(|rule| rule["health"] == "err");
        assert!(broken.is_none(), "{broken:?}");
        done.then_some(())
    })
    .await;
    let mut shown = 0;
    let all = expressions();
    for (title, expression) in &all {
        let answer = prometheus.query(expression).await;
        assert_eq!(
            answer["status"], "success",
            "{title}: {expression}: {answer}"
        );
        let found = answer["data"]["result"].as_array().expect("a result");
        shown += usize::from(!found.is_empty());
    }
    assert!(shown >= 5, "{shown} of {} panels show something", all.len());
}

/// The figures that operators are promised, with their labels; `…_seconds` are distributions.
const FIGURES: &[(&str, &[&str])] = &[
    ("openpile_devices", &["state"]),
    ("openpile_device_online_ratio", &[]),
    ("openpile_ports", &["state"]),
    ("openpile_sessions_active", &[]),
    ("openpile_orders_total", &["source", "result"]),
    ("openpile_order_stuck_total", &["rule"]),
    ("openpile_start_result_total", &["result"]),
    ("openpile_end_reports_total", &["kind"]),
    ("openpile_status_reports_expected_total", &[]),
    ("openpile_status_reports_received_total", &[]),
    ("openpile_frames_total", &["protocol", "valid"]),
    ("openpile_heartbeats_expected_total", &[]),
    ("openpile_heartbeats_received_total", &[]),
    ("openpile_consistency_checked_total", &[]),
    ("openpile_consistency_inconsistent_total", &["issue"]),
    ("openpile_command_total", &["cmd", "result"]),
    ("openpile_command_latency_seconds_bucket", &["le"]),
    ("openpile_webhook_total", &["type", "result"]),
    ("openpile_webhook_latency_seconds_bucket", &["le"]),
    ("openpile_api_requests_total", &["route", "code"]),
    ("openpile_api_latency_seconds_bucket", &["le"]),
    ("openpile_energy_kwh_total", &[]),
    ("openpile_revenue_fen_total", &["kind"]),
    ("openpile_settle_seconds_bucket", &["le"]),
    ("openpile_ledger_imbalance_fen", &[]),
    ("openpile_queue_length", &["queue"]),
    ("openpile_dead_letters", &["queue"]),
];

on_both_engines! {
    /// Every figure is there after one charge, under its name and with its labels.
    async fn every_promised_figure_is_shown(engine) {
        let site = Site::open(engine).await;
        let device = site.device(full_hour(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        site.wait_status(&order_no, "completed").await;
        eventually("every figure", async || {
            let metrics = Metrics::of(&site.http).await;
            let missing = FIGURES.iter().find(|(name, labels)| !metrics.has_labelled(name, labels));
            match missing {
                Some(missing) => {
                    eprintln!("not yet: {missing:?}");
                    None
                }
                None => Some(()),
            }
        })
        .await;
        let metrics = Metrics::of(&site.http).await;
        let count = |name: &str, labels: &[&str]| metrics.sum(name, labels);
        let completed = count("openpile_orders_total", &["source=\"third\"", "result=\"completed\""]);
        assert!((completed - 1.0).abs() < f64::EPSILON, "{completed}");
        assert!(count("openpile_energy_kwh_total", &[]) > 0.0);
        assert!(count("openpile_ledger_imbalance_fen", &[]).abs() < f64::EPSILON);
    }

    /// Nothing is wrong: 0. Something is: 1, and it says what. No database: 2.
    async fn the_doctor_says_what_is_wrong(engine) {
        let mut site = Site::open(engine).await;
        let device = site.device(full_hour(DEVICE)).await;
        let order_no = site.start_charging(&device, 1, &body_a()).await;
        site.wait_status(&order_no, "completed").await;
        let launch = site.program.launch().clone();
        let doctor = |config: &Path| {
            let mut command = std::process::Command::new(binary());
            command.args(["doctor", "--json", "--config"]).arg(config);
            command.envs(launch.variables.iter().map(|(key, value)| (key, value)));
            command.output().expect("the program can be started")
        };
        let healthy = doctor(&launch.config);
        let told = String::from_utf8_lossy(&healthy.stdout).into_owned();
        assert_eq!(healthy.status.code(), Some(0), "{told}");
        let told: Value = serde_json::from_str(&told).expect("JSON");
        assert_eq!(told["wrong"].as_array().map(Vec::len), Some(0));
        let missing = doctor(Path::new("/nowhere/openpile.yaml"));
        assert_eq!(missing.status.code(), Some(2));
    }

    /// What is wrong is said in words, one line each, and by the exit status: money that is frozen
    /// for no order, and a critical alarm.
    async fn the_doctor_names_what_is_wrong(engine) {
        let mut site = Site::open(engine).await;
        let _device = site.device(full_hour(DEVICE)).await;
        let launch = site.program.launch().clone();
        let target = match site.database.url() {
            Some(url) => url.to_owned(),
            None => site.folder().join("data/openpile.db").display().to_string(),
        };
        let db = store::Db::connect(&target).await.expect("the program's database");
        let mut tx = db.begin().await.expect("a transaction");
        let now = kernel::Timestamp(1_729_407_600_000);
        let member = kernel::MemberId(12);
        let wallet = Payer::Wallet { member };
        let held = Sums { cash: Fen(60), ..Sums::NOTHING };
        let order_no = "APP1729407600001".parse().expect("a number");
        let journals = [
            postings::recharge("RC1", member, Asset::Mock, Fen(100), Fen::ZERO),
            postings::freeze(order_no, &wallet, held),
        ];
        store::ledger::post(tx.conn(), &journals, "test", now).await.expect("posted");
        let smoke = NewAlarm {
            code: "smoke".to_owned(),
            level: "C".to_owned(),
            object_type: "device".to_owned(),
            object_id: DEVICE.to_owned(),
            device_id: None,
            port_no: None,
            order_no: None,
            message: "烟雾".to_owned(),
            details: serde_json::json!({}),
            at: now,
        };
        store::alarms::raise(tx.conn(), &smoke).await.expect("raised");
        tx.commit().await.expect("committed");
        db.close().await;
        let mut command = std::process::Command::new(binary());
        command.args(["doctor", "--config"]).arg(&launch.config);
        command.envs(launch.variables.iter().map(|(key, value)| (key, value)));
        let told = command.output().expect("the program can be started");
        assert_eq!(told.status.code(), Some(1));
        let words = String::from_utf8_lossy(&told.stdout).into_owned();
        let frozen = "WRONG   freeze_mismatch member:12:frozen: wallets_freeze_what_orders_hold";
        assert!(words.lines().any(|line| line.starts_with(frozen)), "{words}");
        let alarm = format!("WRONG   alarm_smoke {DEVICE}: 烟雾");
        assert!(words.lines().any(|line| line == alarm), "{words}");
        assert!(words.lines().any(|line| line == "looked  the books are right"), "{words}");
    }
}
