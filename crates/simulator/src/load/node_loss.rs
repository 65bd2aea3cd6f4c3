//! F14: how long the devices of a node that died need to be back at the others.

use super::Plan;
use super::cluster::Cluster;
use super::echo::EchoProcess;
use super::figure::{FigureId, Row, Verdict};
use super::fleet::{FleetPlan, PlainFleet};
use super::numbers::median;
use super::process::Folder;
use super::storm::connect_all;
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};

/// The whole fleet, and what one node of three has of it.
const DEVICES: u64 = 15_000;
const OF_ONE_NODE: u64 = 5_000;
/// Devices that are enrolled together.
const STEP: u64 = 250;
/// Losses.
const ROUNDS: usize = 3;
/// For what a loss leaves to be written, before the next one.
const PAUSE: Duration = Duration::from_secs(15);
/// Devices that are not back by then never will be.
const PATIENCE: Duration = Duration::from_mins(1);

const TARGET: f64 = 5.0;

/// Measures with three nodes and BKV gateways that connect anew at once.
///
/// # Errors
/// When the nodes do not come up or devices stay away.
pub async fn measure(plan: &Plan) -> Result<Vec<Row>> {
    let folder = Folder::new("node-loss")?;
    let mut cluster = Cluster::start(plan, "loss", 3, 10).await?;
    let echo = EchoProcess::start(&plan.program, &folder).await?;
    let (mut bare, mut back) = (Vec::new(), Vec::new());
    let mut enrolled = false;
    for round in 0..ROUNDS {
        // Before there is a fleet: a process has only so many connections.
        bare.push(connect_all(echo.address, OF_ONE_NODE).await?.as_secs_f64());
        let mut fleet = PlainFleet::new(FleetPlan {
            servers: cluster.doors(),
            sockets: 0,
        });
        if std::mem::replace(&mut enrolled, true) {
            fleet.grow(DEVICES).await?;
        } else {
            fleet.grow_by(STEP, DEVICES).await?;
        }
        tokio::time::sleep(PAUSE).await;
        let lost = round % cluster.nodes.len();
        let before = fleet.logins();
        let began = Instant::now();
        cluster.nodes.remove(lost).program.kill().await?;
        while fleet.logins() < before + OF_ONE_NODE {
            ensure!(began.elapsed() < PATIENCE, "devices stay away");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        back.push(began.elapsed().as_secs_f64());
        tokio::time::sleep(PAUSE).await;
        fleet.end().await;
        let again = cluster.launchers[lost].start().await?;
        cluster.nodes.insert(lost, again);
    }
    let (bare, back) = (median(&bare), median(&back));
    let ratio = back / bare.max(f64::EPSILON);
    Ok(vec![Row {
        figure: FigureId::F14,
        conditions:
            "kill -9 of one of three nodes under 15,000 devices, PostgreSQL, Redis; from the \
                     signal to the last answered heartbeat of its 5,000 devices"
                .into(),
        measured: format!("{back:.2} s"),
        beside: format!("5,000 connects to the echo server: {bare:.2} s"),
        result: format!("{ratio:.1}"),
        target: "≤ 5",
        verdict: Verdict::of(ratio <= TARGET),
    }])
}
