//! F1 and F2: heartbeats in a closed loop, in turn with the echo server and the MQTT broker.

use super::Plan;
use super::beat::Beat;
use super::echo::EchoProcess;
use super::figure::{FigureId, Row, Verdict};
use super::mosquitto::Mosquitto;
use super::numbers::{float, grouped, median, rate};
use super::ping::{Clients, Reply};
use super::process::{Folder, Program};
use super::server::{Launcher, Server, Setup};
use crate::family::Family;
use anyhow::{Context as _, Result};
use std::time::Duration;

/// How long each server is kept busy in a round.
const ROUND: Duration = Duration::from_millis(1500);
/// Rounds of each kind.
const ROUNDS: usize = 3;
/// Who beats, and how many of them. A hundred would be a flood in protocols that limit what one
/// device may say, as YKC does.
const BEATING: [(Family, u64); 5] = [
    (Family::Bkv, 100),
    (Family::Bkv, 2000),
    (Family::Ap3000, 2000),
    (Family::Ykc, 2000),
    (Family::Infypower, 2000),
];
/// Heartbeats between two announcements: at a thousand times the real rhythm, announcing every
/// tenth would measure the outbox.
const SAMPLE: u32 = 1_000_000;

const F1_TARGET: f64 = 0.35;

/// One kind of server under closed-loop load.
#[derive(Default)]
struct Tally {
    per_second: Vec<f64>,
    per_cpu_second: Vec<f64>,
}

/// What is measured in turn, for one family and one number of connections.
#[derive(Default)]
struct Turns {
    frame_bytes: usize,
    answer_bytes: usize,
    echo: Tally,
    log_off: Tally,
    log_on: Tally,
    broker: Tally,
}

/// Everything that runs beside each other.
struct Servers {
    echo: EchoProcess,
    log_off: Server,
    log_on: Server,
    broker: Option<Result<Mosquitto>>,
}

/// Measures both figures: F1 for every family, with the communication log and without it, F2
/// for BKV.
///
/// # Errors
/// When the server or the echo server does not come up. A missing broker becomes a row.
pub async fn measure(plan: &Plan) -> Result<Vec<Row>> {
    let (folder, logged) = (
        Folder::new("heartbeats")?,
        Folder::new("heartbeats-logged")?,
    );
    let servers = Servers {
        echo: EchoProcess::start(&plan.program, &folder).await?,
        log_off: server(plan, &folder, false).await?,
        log_on: server(plan, &logged, true).await?,
        broker: if plan.wants(&[FigureId::F2]) {
            Some(Mosquitto::start(&folder).await)
        } else {
            None
        },
    };
    let mut rows = Vec::new();
    for (family, connections) in BEATING {
        if family != Family::Bkv && !plan.wants(&[FigureId::F1]) {
            continue;
        }
        let turns = servers.compare(family, connections).await;
        let turns = turns.with_context(|| format!("{connections} devices of {family}"))?;
        rows.push(beside_echo(family, connections, &turns));
        if !turns.broker.per_second.is_empty() {
            rows.push(beside_broker(connections, &turns));
        }
    }
    if let Some(Err(missing)) = servers.broker {
        rows.push(Row::not_measured(FigureId::F2, &missing));
    }
    Ok(rows)
}

async fn server(plan: &Plan, folder: &Folder, comm_log: bool) -> Result<Server> {
    let setup = Setup {
        heartbeat_sample: SAMPLE,
        comm_log,
        ..Setup::default()
    };
    Launcher::new(&plan.program, folder, &setup)?.start().await
}

impl Tally {
    async fn round(&mut self, clients: &mut Clients, program: &Program) -> Result<()> {
        let before = program.cpu()?;
        let (answers, took) = clients.run(ROUND).await?;
        let cpu = program.cpu()?.saturating_sub(before);
        self.per_second.push(rate(answers, took));
        self.per_cpu_second.push(rate(answers, cpu));
        Ok(())
    }
}

impl Servers {
    /// The broker takes its turns with BKV.
    async fn compare(&self, family: Family, connections: u64) -> Result<Turns> {
        let beat = Beat::of(family);
        let broker = self.broker.as_ref().and_then(|broker| broker.as_ref().ok());
        let broker = broker.filter(|_| family == Family::Bkv);
        let (mut off, answer) = Clients::log_in(self.log_off.tcp, 0..connections, beat).await?;
        let (mut on, _) = Clients::log_in(self.log_on.tcp, 0..connections, beat).await?;
        let frame = off.request();
        let same = Reply::Bytes(frame.len());
        let none = |_| (Vec::new(), 0);
        let address = self.echo.address;
        let mut bare =
            Clients::connect(address, connections, same, none, |_| frame.clone()).await?;
        let mut theirs = match broker {
            Some(broker) => Some(broker.clients(connections).await?),
            None => None,
        };
        let mut turns = Turns {
            frame_bytes: frame.len(),
            answer_bytes: answer,
            ..Turns::default()
        };
        // What the logins left to be written is no part of a heartbeat.
        tokio::time::sleep(Duration::from_secs(2)).await;
        for _ in 0..ROUNDS {
            turns.echo.round(&mut bare, &self.echo.program).await?;
            turns.log_off.round(&mut off, &self.log_off.program).await?;
            turns.log_on.round(&mut on, &self.log_on.program).await?;
            if let (Some(clients), Some(broker)) = (&mut theirs, broker) {
                turns.broker.round(clients, &broker.program).await?;
            }
        }
        Ok(turns)
    }
}

fn beside_echo(family: Family, connections: u64, turns: &Turns) -> Row {
    let [off, on, echo] =
        [&turns.log_off, &turns.log_on, &turns.echo].map(|tally| median(&tally.per_cpu_second));
    let micros = |per_second: f64| 1e6 / per_second.max(1.0);
    let ratios = [off, on].map(|server| server / echo.max(1.0));
    Row {
        figure: FigureId::F1,
        conditions: format!(
            "{family}, {} connections, communication log off; on (one heartbeat kept in 10 \
             minutes)",
            grouped(float(connections))
        ),
        measured: format!(
            "{} heartbeats per processor second ({:.1} µs each, answer included); {} ({:.1} µs: \
             the log costs {:+.1} µs)",
            grouped(off),
            micros(off),
            grouped(on),
            micros(on),
            micros(on) - micros(off)
        ),
        beside: format!(
            "echo of the same {} bytes: {} per processor second ({:.1} µs)",
            turns.frame_bytes,
            grouped(echo),
            micros(echo)
        ),
        result: format!("{:.2}; {:.2}", ratios[0], ratios[1]),
        target: "≥ 0.35",
        verdict: Verdict::of(ratios.iter().all(|ratio| *ratio >= F1_TARGET)),
    }
}

fn beside_broker(connections: u64, turns: &Turns) -> Row {
    let (target, text) = if connections <= 100 {
        (0.5, "≥ 0.5")
    } else {
        (1.0, "≥ 1")
    };
    let ours = median(&turns.log_off.per_second);
    let broker = median(&turns.broker.per_second);
    let ratio = ours / broker.max(1.0);
    Row {
        figure: FigureId::F2,
        conditions: format!(
            "bkv, {} connections, one question under way on each, communication log off",
            grouped(float(connections))
        ),
        measured: format!("{}/s ({}-byte answers)", grouped(ours), turns.answer_bytes),
        beside: format!(
            "mosquitto: {}/s (2-byte answers; {:.1} µs of processor time each)",
            grouped(broker),
            1e6 / median(&turns.broker.per_cpu_second).max(1.0)
        ),
        result: format!("{ratio:.2}"),
        target: text,
        verdict: Verdict::of(ratio >= target),
    }
}
