//! F3 and F7: what an idle device costs, and how long a fleet needs to be back after a crash.

use super::Plan;
use super::echo::EchoProcess;
use super::figure::{FigureId, Row, Verdict};
use super::fleet::{FleetPlan, PlainFleet};
use super::numbers::{float, grouped, median};
use super::ping::{CONNECTING_MAX, connect};
use super::process::Folder;
use super::server::{Launcher, Server, Setup};
use anyhow::Result;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The slope is taken between these two.
const FEW: u64 = 1_000;
/// The whole fleet.
const MANY: u64 = 15_000;
/// Devices that are switched on together: their enrolment is no part of what an idle one costs.
const STEP: u64 = 250;
/// Restarts.
const ROUNDS: usize = 3;
/// After the last login: what is under way is written, what is spare given back.
const SETTLE: Duration = Duration::from_secs(10);
/// After a crash, before the next round.
const PAUSE: Duration = Duration::from_secs(1);

const F3_TARGET: f64 = 3500.0;
const F7_TARGET: f64 = 5.0;

/// Measures both figures, communication log on.
///
/// # Errors
/// When the server does not come up or the fleet cannot log in.
pub async fn measure(plan: &Plan) -> Result<Vec<Row>> {
    let folder = Folder::new("residency")?;
    let setup = Setup {
        comm_log: true,
        heartbeat_sample: 10,
        ..Setup::default()
    };
    let launcher = Launcher::new(&plan.program, &folder, &setup)?;
    let server = launcher.start().await?;
    let fleet_plan = FleetPlan {
        server: server.tcp,
        sockets: 1,
    };
    let mut fleet = PlainFleet::new(fleet_plan);
    fleet.grow_by(STEP, FEW).await?;
    tokio::time::sleep(SETTLE).await;
    let few = server.program.resident()?;
    fleet.grow_by(STEP, MANY).await?;
    tokio::time::sleep(SETTLE).await;
    let many = server.program.resident()?;
    let mut rows = vec![residency(few, many)];
    if plan.wants(&[FigureId::F7]) {
        rows.push(storm(plan, &folder, &launcher, server, fleet).await?);
    }
    Ok(rows)
}

fn residency(few: u64, many: u64) -> Row {
    let each = float(many.saturating_sub(few)) / float(MANY - FEW);
    Row {
        figure: FigureId::F3,
        conditions: "two ports each, communication log on; slope from 1,000 to 15,000".to_owned(),
        measured: format!(
            "{:.1} MB with 1,000 devices, {:.1} MB with 15,000",
            float(few) / 1e6,
            float(many) / 1e6
        ),
        beside: "floor: 1.0 kB for a tokio task with a 64-byte buffer".to_owned(),
        result: format!("{} bytes", grouped(each)),
        target: "≤ 3,500 bytes",
        verdict: Verdict::of(each <= F3_TARGET),
    }
}

async fn storm(
    plan: &Plan,
    folder: &Folder,
    launcher: &Launcher<'_>,
    server: Server,
    fleet: PlainFleet,
) -> Result<Row> {
    let echo = EchoProcess::start(&plan.program, folder).await?;
    let (mut bare, mut back) = (Vec::new(), Vec::new());
    let (mut server, mut fleet) = (server, fleet);
    for _ in 0..ROUNDS {
        server.program.kill().await?;
        fleet.end().await;
        tokio::time::sleep(PAUSE).await;
        bare.push(connect_all(echo.address).await?.as_secs_f64());
        tokio::time::sleep(PAUSE).await;
        let began = Instant::now();
        server = launcher.spawn()?;
        fleet = PlainFleet::new(FleetPlan {
            server: server.tcp,
            sockets: 0,
        });
        fleet.grow(MANY).await?;
        back.push(began.elapsed().as_secs_f64());
        tokio::time::sleep(PAUSE).await;
    }
    let (bare, back) = (median(&bare), median(&back));
    let ratio = back / bare.max(f64::EPSILON);
    Ok(Row {
        figure: FigureId::F7,
        conditions: format!(
            "kill -9, {} devices from the start of the new process to the last answered \
             heartbeat, {CONNECTING_MAX} connecting at a time, communication log on",
            grouped(float(MANY))
        ),
        measured: format!("{back:.2} s"),
        beside: format!("as many connects to the echo server: {bare:.2} s"),
        result: format!("{ratio:.1}"),
        target: "≤ 5",
        verdict: Verdict::of(ratio <= F7_TARGET),
    })
}

/// Time until so many connections stand.
async fn connect_all(address: SocketAddr) -> Result<Duration> {
    let doors = Arc::new(Semaphore::new(CONNECTING_MAX));
    let began = Instant::now();
    let mut connecting = JoinSet::new();
    for number in 0..MANY {
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
