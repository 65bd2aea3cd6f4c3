//! F9: charge calls in a closed loop, beside calls that do nothing and one-row commits.

use super::Plan;
use super::charging;
use super::commits::OneRow;
use super::figure::{FigureId, Row, Verdict};
use super::fleet::{FleetPlan, PlainFleet};
use super::http::HttpPool;
use super::numbers::{Times, grouped, median, ms, rate};
use super::postgres::Postgres;
use super::process::Folder;
use super::server::{Launcher, Server, Setup};
use anyhow::{Result, ensure};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Devices; each has [`SOCKETS`] sockets of two ports.
const DEVICES: u64 = 2_000;
const SOCKETS: u8 = 4;
/// Callers that each wait for their answer.
const CLIENTS: usize = 8;
/// How long each kind of call goes on in a round.
const ROUND: Duration = Duration::from_secs(2);
/// Rounds of each kind.
const ROUNDS: usize = 3;
/// What the logins left to be written is written after this.
const SETTLE: Duration = Duration::from_secs(5);

const TARGET_RATE: f64 = 2000.0;
const TARGET_MEAN: Duration = Duration::from_millis(5);

/// Measures on SQLite and on PostgreSQL: devices online that answer each start, communication
/// log on.
///
/// # Errors
/// When the server does not come up or refuses a start. Without PostgreSQL there is a row that
/// says so.
pub async fn measure(plan: &Plan) -> Result<Vec<Row>> {
    let folder = Folder::new("calls")?;
    let setup = Setup {
        comm_log: true,
        heartbeat_sample: 10,
        ..Setup::default()
    };
    let probe = folder.path().join("probe.db").display().to_string();
    let mut rows = vec![on(plan, &folder, &setup, probe, "SQLite").await?];
    match Postgres::start().await {
        Ok(postgres) => {
            let folder = Folder::new("calls-pg")?;
            let setup = Setup {
                database_url: Some(postgres.url()),
                ..setup
            };
            let probe = postgres.probe_url();
            rows.push(on(plan, &folder, &setup, probe, "PostgreSQL").await?);
            postgres.stop().await;
        }
        Err(missing) => rows.push(Row::not_measured(FigureId::F9, &missing)),
    }
    Ok(rows)
}

async fn on(
    plan: &Plan,
    folder: &Folder,
    setup: &Setup,
    probe: String,
    engine: &str,
) -> Result<Row> {
    let server = Launcher::new(&plan.program, folder, setup)?.start().await?;
    let mut fleet = PlainFleet::new(FleetPlan {
        servers: vec![server.tcp],
        sockets: SOCKETS,
    });
    fleet.grow(DEVICES).await?;
    tokio::time::sleep(SETTLE).await;
    let one_row = OneRow::open(probe).await?;
    let http = Arc::new(HttpPool::connect(server.http, CLIENTS).await?);
    let devices: Arc<[String]> = (0..DEVICES).map(|device| fleet.id(device)).collect();
    let (mut commits, mut empty, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut times, mut cpu) = (Vec::new(), Vec::new());
    let turn = Arc::new(AtomicU64::new(0));
    for _ in 0..ROUNDS {
        let (count, took) = one_row.run(CLIENTS, ROUND).await?;
        commits.push(rate(count, took));
        empty.push(do_nothing(&http).await?);
        let (round, per_second, each) = start_charges(&server, &http, &devices, &turn).await?;
        times.extend(round);
        starts.push(per_second);
        cpu.push(each);
        drain(&mut fleet);
    }
    one_row.close().await;
    let (per_second, times) = (median(&starts), Times::new(times));
    Ok(Row {
        figure: FigureId::F9,
        conditions: format!(
            "{engine}, {CLIENTS} callers in closed loop, {} devices online that answer, \
             communication log on",
            grouped(2000.0)
        ),
        measured: format!(
            "{}/s, mean {}, {}; {:.0} µs of processor time a call with its confirmation",
            grouped(per_second),
            ms(times.mean()),
            times.describe(),
            median(&cpu)
        ),
        beside: format!(
            "/healthz: {}/s; one-row commits: {}/s",
            grouped(median(&empty)),
            grouped(median(&commits))
        ),
        result: format!(
            "{}/s, {:.2} of the commits",
            grouped(per_second),
            per_second / median(&commits).max(1.0)
        ),
        target: "≥ 2,000/s, mean < 5 ms",
        verdict: Verdict::of(per_second >= TARGET_RATE && times.mean() < TARGET_MEAN),
    })
}

/// Calls per second that ask for nothing.
async fn do_nothing(http: &Arc<HttpPool>) -> Result<f64> {
    let began = Instant::now();
    let mut calling = JoinSet::new();
    for _ in 0..CLIENTS {
        let http = http.clone();
        calling.spawn(async move {
            let mut calls = 0_u64;
            while began.elapsed() < ROUND {
                http.call("/healthz", "").await?;
                calls += 1;
            }
            anyhow::Ok(calls)
        });
    }
    let mut calls = 0;
    while let Some(joined) = calling.join_next().await {
        calls += joined??;
    }
    Ok(rate(calls, began.elapsed()))
}

/// Starts on ever new ports. Returns the times, calls per second and processor time a call in
/// microseconds.
async fn start_charges(
    server: &Server,
    http: &Arc<HttpPool>,
    devices: &Arc<[String]>,
    turn: &Arc<AtomicU64>,
) -> Result<(Vec<Duration>, f64, f64)> {
    let cpu = server.program.cpu()?;
    let began = Instant::now();
    let mut calling = JoinSet::new();
    for _ in 0..CLIENTS {
        let (http, devices, turn) = (http.clone(), devices.clone(), turn.clone());
        calling.spawn(async move {
            let mut times = Vec::new();
            while began.elapsed() < ROUND {
                let number = turn.fetch_add(1, Ordering::Relaxed);
                let (device, outlet) = charging::outlet(number, DEVICES);
                ensure!(outlet.socket <= SOCKETS, "all ports are in use");
                let id = &devices[usize::try_from(device)?];
                let asked = Instant::now();
                charging::start(&http, id, outlet).await?;
                times.push(asked.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(joined) = calling.join_next().await {
        times.extend(joined??);
    }
    let took = began.elapsed();
    let count = u64::try_from(times.len())?;
    let cpu = server.program.cpu()?.saturating_sub(cpu);
    let each = cpu.as_secs_f64() * 1e6 / super::numbers::float(count.max(1));
    Ok((times, rate(count, took), each))
}

/// Forgets what the devices saw.
fn drain(fleet: &mut PlainFleet) {
    while fleet.sightings.try_recv().is_ok() {}
}
