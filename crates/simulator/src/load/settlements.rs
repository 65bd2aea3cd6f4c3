//! F6: end reports that are billed and durable, beside one-row commits.

use super::Plan;
use super::charging;
use super::commits::OneRow;
use super::figure::{FigureId, Row, Verdict};
use super::fleet::{FleetPlan, PlainFleet, Seen};
use super::frames::Outlet;
use super::http::HttpPool;
use super::numbers::{float, grouped, median, rate};
use super::postgres::Postgres;
use super::process::Folder;
use super::server::{Launcher, Setup};
use anyhow::{Context, Result};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Devices, one order each in every round.
const DEVICES: u64 = 1_000;
/// Reports under way at the same time, and commits.
const CLIENTS: usize = 8;
/// Rounds of each kind: one for every port.
const ROUNDS: u64 = 3;
/// How long one-row commits go on in a round.
const COMMIT_ROUND: Duration = Duration::from_secs(2);
/// An acknowledgement that is not there by then never comes.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the starts left to be written is written after this.
const SETTLE: Duration = Duration::from_secs(3);

const TARGET: f64 = 0.5;

/// Measures on SQLite and on PostgreSQL, communication log on.
///
/// # Errors
/// When the server does not come up or does not acknowledge. Without PostgreSQL there is a row
/// that says so.
pub async fn measure(plan: &Plan) -> Result<Vec<Row>> {
    let folder = Folder::new("settlements")?;
    let setup = Setup {
        comm_log: true,
        heartbeat_sample: 10,
        ..Setup::default()
    };
    let probe = folder.path().join("probe.db").display().to_string();
    let mut rows = vec![on(plan, &folder, &setup, probe, "SQLite").await?];
    match Postgres::start().await {
        Ok(postgres) => {
            let folder = Folder::new("settlements-pg")?;
            let setup = Setup {
                database_url: Some(postgres.url()),
                ..setup
            };
            let probe = postgres.probe_url();
            rows.push(on(plan, &folder, &setup, probe, "PostgreSQL").await?);
            postgres.stop().await;
        }
        Err(missing) => rows.push(Row::not_measured(FigureId::F6, &missing)),
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
        sockets: 2,
    });
    fleet.grow(DEVICES).await?;
    let http = Arc::new(HttpPool::connect(server.http, CLIENTS).await?);
    let one_row = OneRow::open(probe).await?;
    let (mut commits, mut settlements) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let outlet = Outlet::of_port(u16::try_from(round + 1)?);
        start_all(&mut fleet, &http, outlet).await?;
        tokio::time::sleep(SETTLE).await;
        let (count, took) = one_row.run(CLIENTS, COMMIT_ROUND).await?;
        commits.push(rate(count, took));
        let took = settle_all(&mut fleet, outlet).await?;
        settlements.push(rate(DEVICES, took));
    }
    one_row.close().await;
    let (commits, settlements) = (median(&commits), median(&settlements));
    let ratio = settlements / commits.max(1.0);
    Ok(Row {
        figure: FigureId::F6,
        conditions: format!("{engine}, {CLIENTS} at a time, full durability, communication log on"),
        measured: format!("{} settlements/s acknowledged", grouped(settlements)),
        beside: format!(
            "{} one-row commits/s with {CLIENTS} clients",
            grouped(commits)
        ),
        result: format!("{ratio:.2}"),
        target: "≥ 0.5",
        verdict: Verdict::of(ratio >= TARGET),
    })
}

/// Starts a charge at each device and waits until all have begun.
async fn start_all(fleet: &mut PlainFleet, http: &Arc<HttpPool>, outlet: Outlet) -> Result<()> {
    let mut calling = JoinSet::new();
    let clients = u64::try_from(CLIENTS)?;
    for client in 0..clients {
        let devices: Vec<_> = (client..DEVICES)
            .step_by(CLIENTS)
            .map(|device| fleet.id(device))
            .collect();
        let http = http.clone();
        calling.spawn(async move {
            let mut last = String::new();
            for device in devices {
                last = charging::start(&http, &device, outlet).await?;
            }
            anyhow::Ok(last)
        });
    }
    let mut begun = 0;
    while begun < DEVICES {
        tokio::select! {
            Some(seen) = fleet.sightings.recv() => {
                begun += u64::from(seen.what == Seen::Started(outlet));
            }
            Some(joined) = calling.join_next() => drop(joined??),
            () = tokio::time::sleep(PATIENCE) => {
                anyhow::bail!("only {} of {} starts arrived", begun, grouped(float(DEVICES)));
            }
        }
    }
    Ok(())
}

/// Ends all charges, so many at a time. Returns how long the acknowledgements took.
async fn settle_all(fleet: &mut PlainFleet, outlet: Outlet) -> Result<Duration> {
    let mut waiting: VecDeque<u64> = (0..DEVICES).collect();
    let began = Instant::now();
    for device in waiting.drain(..CLIENTS).collect::<Vec<_>>() {
        fleet.report_end(device, outlet).await?;
    }
    let mut taken = 0;
    while taken < DEVICES {
        let seen = tokio::time::timeout(PATIENCE, fleet.sightings.recv()).await;
        let seen = seen.with_context(|| format!("{taken} of {DEVICES} reports acknowledged"))?;
        if seen.context("the fleet has ended")?.what == Seen::EndTaken {
            taken += 1;
            if let Some(device) = waiting.pop_front() {
                fleet.report_end(device, outlet).await?;
            }
        }
    }
    Ok(began.elapsed())
}
