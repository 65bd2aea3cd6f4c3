//! What operators do beside a running server: copy its database, put a copy back, go through the
//! past once more.

use crate::families::Charger;
use crate::harness::program::binary;
use crate::harness::site::body_a;
use crate::harness::{DEVICE, Engine, Site, full_hour, on_both_engines};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

/// Runs the program beside the server, with the same configuration.
fn beside(site: &mut Site, words: &[&str]) -> Output {
    let launch = site.program.launch().clone();
    Command::new(binary())
        .args(words)
        .arg("--config")
        .arg(&launch.config)
        .envs(launch.variables.iter().map(|(key, value)| (key, value)))
        .output()
        .expect("the program can be started")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A whole charge of body A; its number.
async fn whole_charge(site: &Site) -> String {
    let device = site.device(full_hour(DEVICE)).await;
    let order_no = site.start_charging(&device, 1, &body_a()).await;
    let bill = site.wait_status(&order_no, "completed").await;
    assert_eq!(bill["final_amount_fen"], 785, "{bill}");
    device.shutdown().await;
    order_no
}

on_both_engines! {
    /// What a device sent leads to the same order, bill and replies once more, and the database is
    /// not touched. Bad input is refused in words.
    async fn a_charge_happens_once_more_as_it_is_stored(engine) {
        let mut site = Site::with(engine, &[("COMM_LOG__FULL", "true")]).await;
        let order_no = whole_charge(&site).await;
        let before = site.order(&order_no).await;
        assert!(site.program.stop().await.success(), "what waits for the log is written");

        let period = ["--from", "2020-01-01", "--to", "2100-01-01"];
        let mut words = vec!["replay", "--device", DEVICE, "--json"];
        words.extend(period);
        let output = beside(&mut site, &words);
        let told: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}{}", text(&output.stdout), text(&output.stderr)));
        let found = &told["devices"][0];
        assert_eq!(found["differences"], serde_json::json!([]), "{}", found["differences"]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let entries = found["entries"].as_array().expect("a list");
        let of = |what: &str| {
            entries.iter().filter(|entry| entry["what"] == what).collect::<Vec<_>>()
        };
        let bills = of("bill");
        assert_eq!(bills.len(), 1, "{bills:?}");
        assert_eq!(bills[0]["data"]["order_no"], order_no.as_str());
        assert_eq!(bills[0]["data"]["final_amount_fen"], 785);
        assert!(of("frame").len() > 10, "every frame is shown");
        assert!(!of("reply").is_empty(), "and what is answered");
        let moves: Vec<&str> = of("order").iter().filter_map(|entry| entry["text"].as_str()).collect();
        assert!(moves.iter().any(|text| text.contains("charging → completed")), "{moves:?}");

        words.push("--no-state");
        let decoded = beside(&mut site, &words);
        let decoded: Value = serde_json::from_slice(&decoded.stdout).expect("JSON");
        let entries = decoded["devices"][0]["entries"].as_array().expect("a list");
        assert!(entries.iter().all(|entry| entry["data"]["valid"] == true));

        for (words, problem) in [
            (["replay", "--device", "1", "--from", "2020-01-01", "--to", "2100-01-01"], "no such device"),
            (["replay", "--device", DEVICE, "--from", "2100-01-01", "--to", "2020-01-01"], "period is empty"),
            (["replay", "--device", DEVICE, "--from", "2019-01-01", "--to", "2020-01-01"], "purged"),
            (["replay", "--device", DEVICE, "--from", "2099-01-01", "--to", "2100-01-01"], "no frame"),
        ] {
            let refused = beside(&mut site, &words);
            let said = text(&refused.stderr);
            assert_eq!(refused.status.code(), Some(2), "{said}");
            assert!(said.contains(problem), "{said}");
        }

        site.program.start_again().await;
        assert_eq!(site.order(&order_no).await, before, "only looked at");
    }
}

/// A period begins in the middle of a connection: what its frames belong to is known all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_period_within_a_connection_happens_once_more() {
    let mut site = Site::with(Engine::Sqlite, &[("COMM_LOG__FULL", "true")]).await;
    let chargers = Charger::of_every_family(&site, "normal").await;
    // Periods are of whole seconds; the registrations lie before this one.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let health = site.http.admin_get("/healthz").await;
    let from = health.body["timestamp"].to_string();
    let mut ended = Vec::new();
    for charger in &chargers {
        let order_no = charger.begin(&site).await;
        charger.stop(&site, &order_no).await;
        charger.assert_billed(&site, &order_no).await;
        ended.push(order_no);
    }
    assert!(
        site.program.stop().await.success(),
        "what waits for the log is written"
    );
    for (charger, order_no) in chargers.iter().zip(&ended) {
        let family = charger.family;
        let words = [
            "replay",
            "--device",
            &charger.id,
            "--from",
            &from,
            "--to",
            "2100-01-01",
            "--json",
        ];
        let output = beside(&mut site, &words);
        let told: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}{}", text(&output.stdout), text(&output.stderr)));
        let found = &told["devices"][0];
        assert_eq!(found["differences"], json!([]), "{family}: {found}");
        let bills: Vec<&Value> = found["entries"]
            .as_array()
            .expect("a list")
            .iter()
            .filter(|entry| entry["what"] == "bill")
            .collect();
        assert_eq!(bills.len(), 1, "{family}: {found}");
        assert_eq!(bills[0]["data"]["order_no"], order_no.as_str(), "{family}");
    }
}

/// A copy is made while devices charge; put back, it is the database of that moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_made_while_the_server_runs_can_be_put_back() {
    let mut site = Site::open(Engine::Sqlite).await;
    let first = whole_charge(&site).await;
    let copy = site.folder().join("copy.db");
    let to = copy.display().to_string();
    let made = beside(&mut site, &["backup", "--to", &to]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert!(
        text(&made.stdout).contains("sound"),
        "{}",
        text(&made.stdout)
    );
    let again = beside(&mut site, &["backup", "--to", &to]);
    assert!(!again.status.success());
    assert!(
        text(&again.stderr).contains("exists already"),
        "{}",
        text(&again.stderr)
    );
    let forced = beside(&mut site, &["backup", "--to", &to, "--force"]);
    assert!(forced.status.success(), "{}", text(&forced.stderr));

    let second = whole_charge(&site).await;
    let refused = beside(&mut site, &["restore", "--from", &to]);
    assert!(!refused.status.success(), "the server runs");
    assert!(
        text(&refused.stderr).contains("in use"),
        "{}",
        text(&refused.stderr)
    );
    assert_eq!(
        site.order(&second).await["status"],
        "completed",
        "nothing happened"
    );

    assert!(site.program.stop().await.success());
    let broken = site.folder().join("broken.db");
    std::fs::write(&broken, b"no database").expect("written");
    let refused = beside(
        &mut site,
        &["restore", "--from", &broken.display().to_string()],
    );
    assert!(
        text(&refused.stderr).contains("not sound"),
        "{}",
        text(&refused.stderr)
    );
    let restored = beside(&mut site, &["restore", "--from", &to]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    let kept = kept_aside(&site.folder().join("data"));
    assert_eq!(kept.len(), 1, "{kept:?}");

    site.program.start_again().await;
    assert_eq!(site.order(&first).await["status"], "completed");
    let gone = site
        .http
        .get(&format!("/api/v1/third/orders/{second}"))
        .await;
    assert_eq!(gone.status, 404, "it came after the copy");
}

fn kept_aside(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the data directory");
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("openpile.db.before-") && !name.ends_with("-wal"))
        .filter(|name| !name.ends_with("-shm"))
        .collect()
}
