//! A device of a running server, through its API.

use super::told;
use anyhow::{Context as _, bail};
use domain::certification::CertificationPlan;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// How often it is asked how far it is.
const LOOK: Duration = Duration::from_secs(5);
/// Answers that may fail to come, one after the other.
const SILENCES_MAX: u32 = 60;

/// What is to be certified, and where.
pub(super) struct Wish<'a> {
    pub(super) server: &'a str,
    pub(super) key: &'a str,
    pub(super) device: &'a str,
    pub(super) plan: CertificationPlan,
}

/// Begins it, or finds the one under way, and follows it to its end. Whether it passed.
pub(super) async fn certify(wish: &Wish<'_>, report: Option<&Path>) -> anyhow::Result<bool> {
    let client = Client::builder().timeout(Duration::from_secs(30)).build()?;
    let id = begin(&client, wish).await?;
    println!("certification {id}");
    let path = format!("/{id}");
    let mut told = Vec::new();
    let mut silences = 0;
    let last = loop {
        match ask(&client, wish, Method::GET, &path, None).await {
            Ok(seen) => {
                silences = 0;
                tell(&seen, &mut told);
                if seen["certification"]["state"] != "running" {
                    break seen;
                }
            }
            // The server may be started anew meanwhile.
            Err(_) if silences < SILENCES_MAX => silences += 1,
            Err(failure) => return Err(failure),
        }
        tokio::time::sleep(LOOK).await;
    };
    let row = &last["certification"];
    println!(
        "{}: passed {}, score {}",
        row["state"], row["passed"], row["score"]
    );
    if let Some(file) = report {
        let text = if told::is_for_programs(file) {
            let path = format!("{path}/report.json");
            let report = ask(&client, wish, Method::GET, &path, None);
            report.await?.to_string()
        } else {
            let url = address(wish, &format!("{path}/report.html"));
            let page = client.get(url).header("X-Api-Key", wish.key).send();
            page.await?.error_for_status()?.text().await?
        };
        told::write(file, &text)?;
        println!("{}", file.display());
    }
    Ok(row["passed"] == true)
}

async fn begin(client: &Client, wish: &Wish<'_>) -> anyhow::Result<i64> {
    let query = format!("?state=running&phy_id={}", wish.device);
    let running = ask(client, wish, Method::GET, &query, None).await?;
    if let Some(id) = running["items"][0]["certification_id"].as_i64() {
        return Ok(id);
    }
    let plan = wish.plan;
    let body = json!({
        "phy_id": wish.device, "port_no": plan.port, "charge_s": plan.charge_s,
        "cycles": plan.cycles, "continuous_s": plan.continuous_s,
        "stability_s": plan.stability_s, "patience_s": plan.patience_s,
    });
    let begun = ask(client, wish, Method::POST, "", Some(body)).await?;
    let id = begun["certification"]["certification_id"].as_i64();
    id.context("the answer names no certification")
}

fn address(wish: &Wish<'_>, rest: &str) -> String {
    let server = wish.server.trim_end_matches('/');
    format!("{server}/api/v1/admin/ops/certifications{rest}")
}

async fn ask(
    client: &Client,
    wish: &Wish<'_>,
    method: Method,
    rest: &str,
    body: Option<Value>,
) -> anyhow::Result<Value> {
    let mut request = client
        .request(method, address(wish, rest))
        .header("X-Api-Key", wish.key);
    if let Some(body) = body {
        request = request.body(body.to_string());
    }
    let answer = request.send().await.context("the server does not answer")?;
    let status = answer.status();
    let text = answer.text().await?;
    let mut read: Value = serde_json::from_str(&text)
        .with_context(|| format!("the server answers {status} with no JSON"))?;
    if !status.is_success() {
        bail!("the server answers {status}: {}", read["message"]);
    }
    Ok(read["data"].take())
}

/// Prints what is new of each check.
fn tell(seen: &Value, told: &mut Vec<String>) {
    for check in seen["checks"].as_array().into_iter().flatten() {
        let text = |field: &str| check[field].as_str().unwrap_or_default().to_owned();
        let wants = text("request_en");
        let line = format!(
            "{:8} {:17} {}{wants}",
            text("state"),
            text("code"),
            text("reason")
        );
        if text("state") != "pending" && !told.contains(&line) {
            println!("{line}");
            told.push(line);
        }
    }
}
