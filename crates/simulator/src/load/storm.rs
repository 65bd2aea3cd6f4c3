//! F7: how long a fleet needs to be back after a crash.

use super::Plan;
use super::echo::EchoProcess;
use super::figure::{FigureId, Row, Verdict};
use super::fleet::{FleetPlan, PlainFleet};
use super::numbers::{float, grouped, median};
use super::ping::{CONNECTING_MAX, connect};
use super::process::Folder;
use super::server::{Launcher, Setup};
use anyhow::Result;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The whole fleet.
const DEVICES: u64 = 15_000;
/// Devices that are enrolled together before the first crash.
const STEP: u64 = 250;
/// Restarts.
const ROUNDS: usize = 3;
/// After a crash, before the next round.
const PAUSE: Duration = Duration::from_secs(1);

const TARGET: f64 = 5.0;

/// Measures with BKV gateways, communication log on.
///
/// # Errors
/// When the server does not come up or the fleet cannot log in.
pub async fn measure(plan: &Plan) -> Result<Vec<Row>> {
    let folder = Folder::new("storm")?;
    let setup = Setup {
        comm_log: true,
        heartbeat_sample: 10,
        ..Setup::default()
    };
    let launcher = Launcher::new(&plan.program, &folder, &setup)?;
    let mut server = launcher.start().await?;
    let mut fleet = PlainFleet::new(FleetPlan {
        servers: vec![server.tcp],
        sockets: 1,
    });
    fleet.grow_by(STEP, DEVICES).await?;
    let echo = EchoProcess::start(&plan.program, &folder).await?;
    let (mut bare, mut back) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        server.program.kill().await?;
        fleet.end().await;
        tokio::time::sleep(PAUSE).await;
        bare.push(connect_all(echo.address, DEVICES).await?.as_secs_f64());
        tokio::time::sleep(PAUSE).await;
        let began = Instant::now();
        server = launcher.spawn()?;
        fleet = PlainFleet::new(FleetPlan {
            servers: vec![server.tcp],
            sockets: 0,
        });
        fleet.grow(DEVICES).await?;
        back.push(began.elapsed().as_secs_f64());
        tokio::time::sleep(PAUSE).await;
    }
    let (bare, back) = (median(&bare), median(&back));
    let ratio = back / bare.max(f64::EPSILON);
    Ok(vec![Row {
        figure: FigureId::F7,
        conditions: format!(
            "kill -9, {} devices from the start of the new process to the last answered \
             heartbeat, {CONNECTING_MAX} connecting at a time, communication log on",
            grouped(float(DEVICES))
        ),
        measured: format!("{back:.2} s"),
        beside: format!("as many connects to the echo server: {bare:.2} s"),
        result: format!("{ratio:.1}"),
        target: "≤ 5",
        verdict: Verdict::of(ratio <= TARGET),
    }])
}

/// Time until so many connections stand.
pub(super) async fn connect_all(address: SocketAddr, count: u64) -> Result<Duration> {
    let doors = Arc::new(Semaphore::new(CONNECTING_MAX));
    let began = Instant::now();
    let mut connecting = JoinSet::new();
    for number in 0..count {
        let doors = doors.clone();
        connecting.spawn(async move {
            let _door = doors.acquire().await?;
            connect(address, number).await
        });
    }
    let mut streams = Vec::new();
    while let Some(joined) = connecting.join_next().await {
        streams.push(joined??);
    }
    Ok(began.elapsed())
}
