//! F11: what the server needs for devices that live at their protocols' own rhythm, a fifth of
//! them charging.

use super::Plan;
use super::charging;
use super::crowd::{Crowd, Kind};
use super::figure::{FigureId, Row, Verdict};
use super::frames::Outlet;
use super::http::HttpPool;
use super::metrics::Metrics;
use super::numbers::{float, grouped};
use super::prices::Tariff;
use super::process::Folder;
use super::server::{Launcher, Server, Setup};
use crate::family::FAMILIES;
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};

/// Devices.
const DEVICES: u16 = 15_000;
/// Every so many devices one charges.
const EVERY: u16 = 5;
/// Callers that start the charges.
const CALLERS: usize = 8;
/// A charge that has not begun by then never will.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long a fleet is watched: as long as the longest heartbeat period but that of AP3000, of
/// which the window may hold more or less than its share.
const WINDOW: Duration = Duration::from_mins(1);

/// Processor time of one core, percent.
const TARGET_SHARE: f64 = 35.0;
/// Resident memory, MB.
const TARGET_MB: f64 = 300.0;

/// Queues that must be no longer at the end of the window than at its beginning, but for what
/// happens to be under way when somebody looks.
const QUEUES: [&str; 4] = ["comm_log", "commands_in_flight", "devices_waiting", "news"];
/// What may be under way.
const UNDER_WAY: f64 = 500.0;
/// Counters of what was given up because a queue was full.
const LOSSES: [&str; 3] = [
    "openpile_comm_log_dropped_total",
    "openpile_news_dropped_total",
    "openpile_events_shed_total",
];

/// The server over one window.
struct Watched {
    /// Processor time of one core, percent.
    share: f64,
    /// Resident at the end, MB.
    resident: f64,
    /// Frames from the devices, per second.
    frames: f64,
    /// Charges that ran at the end.
    charging: u64,
    /// The queues' lengths at the beginning and at the end.
    queues: Vec<(&'static str, f64, f64)>,
    /// What was given up.
    lost: f64,
}

/// Measures the mixed fleet and every family alone, each with the communication log on and
/// without it. What cannot be measured becomes a row that says why.
pub async fn measure(plan: &Plan) -> Vec<Row> {
    let alone = FAMILIES.into_iter().map(Kind::Only);
    let mut rows = Vec::new();
    for kind in [Kind::Mixed].into_iter().chain(alone) {
        let compared = compare(plan, kind).await;
        rows.push(
            compared.unwrap_or_else(|error| {
                Row::not_measured(FigureId::F11, &error.context(kind.name()))
            }),
        );
    }
    rows
}

async fn compare(plan: &Plan, kind: Kind) -> Result<Row> {
    let on = watch(plan, kind, true).await?;
    let off = watch(plan, kind, false).await?;
    Ok(row(kind, &on, &off))
}

async fn watch(plan: &Plan, kind: Kind, comm_log: bool) -> Result<Watched> {
    let folder = Folder::new(&format!("rhythm-{}-{comm_log}", kind.name()))?;
    let setup = Setup {
        comm_log,
        heartbeat_sample: 10,
        ..Setup::default()
    };
    let server = Launcher::new(&plan.program, &folder, &setup)?
        .start()
        .await?;
    let mut crowd = Crowd::new(kind)?;
    crowd.grow(&server, DEVICES.into()).await?;
    server.settled().await?;
    start_all(&crowd, &server).await?;
    server.settled().await?;

    let (before, cpu, began) = (
        Metrics::read(server.http).await?,
        server.program.cpu()?,
        Instant::now(),
    );
    tokio::time::sleep(WINDOW).await;
    let (cpu, seconds) = (
        server.program.cpu()?.saturating_sub(cpu).as_secs_f64(),
        began.elapsed().as_secs_f64(),
    );
    let resident = server.program.resident()?;
    let after = Metrics::read(server.http).await?;
    let frames = |metrics: &Metrics| metrics.sum("openpile_frames_total", None);
    let length = |metrics: &Metrics, queue: &str| {
        metrics.sum("openpile_queue_length", Some(&format!("queue=\"{queue}\"")))
    };
    Ok(Watched {
        share: cpu / seconds * 100.0,
        resident: float(resident) / 1e6,
        frames: (frames(&after) - frames(&before)) / seconds,
        charging: crowd.charging(),
        queues: QUEUES
            .into_iter()
            .map(|queue| (queue, length(&before, queue), length(&after, queue)))
            .collect(),
        lost: LOSSES
            .into_iter()
            .map(|loss| after.sum(loss, None) - before.sum(loss, None))
            .sum(),
    })
}

/// Starts a charge at every fifth device and waits until all run.
async fn start_all(crowd: &Crowd, server: &Server) -> Result<()> {
    let chosen = || (0..usize::from(DEVICES)).step_by(EVERY.into());
    let priced = chosen().filter(|number| crowd.needs_prices(*number));
    let priced: Vec<String> = priced.map(|number| crowd.id(number)).collect();
    if !priced.is_empty() {
        let http = HttpPool::connect(server.http, CALLERS).await?;
        let tariff = Tariff::write(&http).await?;
        each(&http, &priced, async |http, device| {
            tariff.give(http, device).await
        })
        .await?;
        server.settled().await?;
    }
    let charging: Vec<String> = chosen().map(|number| crowd.id(number)).collect();
    // New connections: coming to rest may take longer than the server keeps idle ones.
    let http = HttpPool::connect(server.http, CALLERS).await?;
    each(&http, &charging, async |http, device| {
        charging::start(http, device, Outlet::of_port(1))
            .await
            .map(drop)
    })
    .await?;
    let wanted = u64::try_from(charging.len())?;
    let began = Instant::now();
    while crowd.charging() < wanted {
        ensure!(
            began.elapsed() < PATIENCE,
            "only {} of {wanted} charges have begun",
            crowd.charging()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Does something for each device, so many at a time.
async fn each(
    http: &HttpPool,
    devices: &[String],
    work: impl AsyncFn(&HttpPool, &str) -> Result<()>,
) -> Result<()> {
    let shares = devices.chunks(devices.len().div_ceil(CALLERS).max(1));
    let working = shares.map(async |share| {
        for device in share {
            work(http, device).await?;
        }
        anyhow::Ok(())
    });
    futures_util::future::try_join_all(working).await?;
    Ok(())
}

impl Watched {
    fn grows(&self) -> bool {
        let mut queues = self.queues.iter();
        self.lost > 0.0 || queues.any(|(_, before, after)| *after > before + UNDER_WAY)
    }

    fn queues(&self) -> String {
        let queues = self.queues.iter();
        let lengths = queues.map(|(queue, before, after)| format!("{queue} {before} → {after}"));
        lengths.collect::<Vec<_>>().join(", ")
    }
}

fn row(kind: Kind, on: &Watched, off: &Watched) -> Row {
    let met = on.share <= TARGET_SHARE && on.resident <= TARGET_MB && !on.grows();
    Row {
        figure: FigureId::F11,
        conditions: format!(
            "{}, {} devices, {} charging at the end, {} s; communication log on",
            kind.name(),
            grouped(f64::from(DEVICES)),
            grouped(float(on.charging)),
            WINDOW.as_secs()
        ),
        measured: format!(
            "{} frames/s from the devices, {:.0} µs of processor time each; queues at the begin \
             and the end: {}; lost: {}",
            grouped(on.frames),
            on.share * 1e4 / on.frames.max(1.0),
            on.queues(),
            on.lost
        ),
        beside: format!(
            "communication log off: {:.1} % of one core, {:.0} MB",
            off.share, off.resident
        ),
        result: format!("{:.1} % of one core, {:.0} MB", on.share, on.resident),
        target: "≤ 35 %, ≤ 300 MB, no queue growing",
        verdict: Verdict::of(met),
    }
}
