//! F4 and F5: from the call to the device's socket, and to the order that everybody can see.

use super::Plan;
use super::charging;
use super::commits::OneRow;
use super::figure::{FigureId, Row, Verdict};
use super::fleet::{FleetPlan, PlainFleet, Seen};
use super::frames::Outlet;
use super::http::HttpPool;
use super::numbers::{Times, ms};
use super::process::Folder;
use super::server::{Launcher, Setup};
use anyhow::{Context, Result, ensure};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Devices connected.
const DEVICES: u64 = 2_000;
/// Calls, each to a device of its own.
const CALLS: u32 = 1_000;
/// One call every so often, whether or not the last one is answered.
const EVERY: Duration = Duration::from_millis(20);
/// One-row commits before and after, at the same pace.
const COMMITS: u32 = 150;
/// Connections of the callers.
const CALLERS: usize = 32;
/// Between two looks at an order.
const LOOK_EVERY: Duration = Duration::from_micros(500);
/// A start that is not visible by then is lost.
const PATIENCE: Duration = Duration::from_secs(20);
/// What the logins left to be written is written after this.
const SETTLE: Duration = Duration::from_secs(5);

const F4_TARGET: Duration = Duration::from_millis(20);
const F5_TARGET: Duration = Duration::from_millis(50);

/// Measures both figures on SQLite, communication log on.
///
/// # Errors
/// When the server does not come up, or loses a start.
pub async fn measure(plan: &Plan) -> Result<Vec<Row>> {
    let folder = Folder::new("starts")?;
    let setup = Setup {
        comm_log: true,
        heartbeat_sample: 10,
        ..Setup::default()
    };
    let server = Launcher::new(&plan.program, &folder, &setup)?
        .start()
        .await?;
    let mut fleet = PlainFleet::new(FleetPlan {
        servers: vec![server.tcp],
        sockets: 1,
    });
    fleet.grow(DEVICES).await?;
    tokio::time::sleep(SETTLE).await;
    let one_row = OneRow::open(folder.path().join("probe.db").display().to_string()).await?;
    let before = one_row.paced(COMMITS, EVERY).await?;
    let http = Arc::new(HttpPool::connect(server.http, CALLERS).await?);
    let (on_socket, visible) = calls(&mut fleet, &http, 0..CALLS).await?;
    let (on_socket, visible) = (Times::new(on_socket), Times::new(visible));
    let after = one_row.paced(COMMITS, EVERY).await?;
    one_row.close().await;
    let beside = format!(
        "one-row commits at the same pace: before {}, after {}",
        before.describe(),
        after.describe()
    );
    let row = |figure, times: &Times, limit: Duration, target| Row {
        figure,
        conditions: "2,000 devices, 50 calls/s in open loop, SQLite, communication log on".into(),
        measured: format!("{} ({} calls)", times.describe(), times.len()),
        beside: beside.clone(),
        result: format!("p99 {}", ms(times.percentile(99))),
        target,
        verdict: Verdict::of(times.percentile(99) < limit),
    };
    Ok(vec![
        row(FigureId::F4, &on_socket, F4_TARGET, "p99 < 20 ms"),
        row(FigureId::F5, &visible, F5_TARGET, "p99 < 50 ms"),
    ])
}

/// Starts a charge at each of these devices, one after the other at their pace. How long it took
/// until the start was at the device, and until the order was seen charging.
///
/// # Errors
/// When a start is lost.
pub(super) async fn calls(
    fleet: &mut PlainFleet,
    http: &Arc<HttpPool>,
    devices: Range<u32>,
) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let outlet = Outlet::of_port(1);
    let began = tokio::time::Instant::now();
    let mut watching = JoinSet::new();
    let (first, count) = (devices.start, devices.end - devices.start);
    for turn in devices {
        let due = began + EVERY * (turn - first);
        let (http, device) = (http.clone(), fleet.id(turn.into()));
        watching.spawn(async move {
            tokio::time::sleep_until(due).await;
            let order_no = charging::start(&http, &device, outlet).await?;
            let visible = tokio::time::timeout(PATIENCE, until_charging(&http, &order_no)).await;
            let visible = visible.context("an order never became visible as charging")??;
            anyhow::Ok(visible.saturating_duration_since(due.into_std()))
        });
    }
    let mut starts: HashMap<u64, Instant> = HashMap::new();
    let mut visible = Vec::new();
    while starts.len() < count as usize || !watching.is_empty() {
        ensure!(
            began.elapsed() < EVERY * count + PATIENCE,
            "{} starts arrived",
            starts.len()
        );
        tokio::select! {
            Some(seen) = fleet.sightings.recv() => {
                if matches!(seen.what, Seen::Started(_)) {
                    starts.entry(seen.device).or_insert(seen.at);
                }
            }
            Some(joined) = watching.join_next() => visible.push(joined??),
            () = tokio::time::sleep(PATIENCE) => {}
        }
    }
    let on_socket = starts.iter().filter_map(|(device, at)| {
        let turn = u32::try_from(*device).ok()?.checked_sub(first)?;
        let due = began + EVERY * turn;
        Some(at.saturating_duration_since(due.into_std()))
    });
    Ok((on_socket.collect(), visible))
}

async fn until_charging(http: &HttpPool, order_no: &str) -> Result<Instant> {
    loop {
        let status = charging::status(http, order_no).await?;
        let at = Instant::now();
        match status.as_str() {
            "charging" => return Ok(at),
            "pending" => tokio::time::sleep(LOOK_EVERY).await,
            other => anyhow::bail!("order {order_no} became {other}"),
        }
    }
}
