//! F1 and F2: heartbeats in a closed loop, in turn with the echo server and the MQTT broker.

use super::echo::EchoProcess;
use super::figure::{FigureId, Row, Verdict};
use super::frames::Gateway;
use super::mosquitto::Mosquitto;
use super::numbers::{float, grouped, median, rate};
use super::ping::{Clients, Reply};
use super::process::{Folder, Program};
use super::server::{Launcher, Server, Setup};
use super::{Plan, frames};
use anyhow::Result;
use std::time::Duration;

/// How long each server is kept busy in a round.
const ROUND: Duration = Duration::from_millis(2500);
/// Rounds of each kind.
const ROUNDS: usize = 3;
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

/// Measures both figures at 100 and at 2,000 connections.
///
/// # Errors
/// When the server or the echo server does not come up. A missing broker becomes a row.
pub async fn measure(plan: &Plan) -> Result<Vec<Row>> {
    let folder = Folder::new("heartbeats")?;
    let setup = Setup {
        heartbeat_sample: SAMPLE,
        ..Setup::default()
    };
    let server = Launcher::new(&plan.program, &folder, &setup)?
        .start()
        .await?;
    let echo = EchoProcess::start(&plan.program, &folder).await?;
    let broker = if plan.wants(&[FigureId::F2]) {
        Some(Mosquitto::start(&folder).await)
    } else {
        None
    };
    let mut rows = Vec::new();
    for (connections, target, text) in [(100, 0.5, "≥ 0.5"), (2000, 1.0, "≥ 1")] {
        let broker = broker.as_ref().and_then(|broker| broker.as_ref().ok());
        let [ours, bare, theirs] = compare(connections, &server, &echo, broker).await?;
        rows.push(beside_echo(connections, &ours, &bare));
        if broker.is_some() {
            rows.push(beside_broker(connections, &ours, &theirs, target, text));
        }
    }
    if let Some(Err(missing)) = broker {
        rows.push(Row::not_measured(FigureId::F2, &missing));
    }
    Ok(rows)
}

async fn compare(
    connections: u64,
    server: &Server,
    echo: &EchoProcess,
    broker: Option<&Mosquitto>,
) -> Result<[Tally; 3]> {
    let heartbeat = |number| Gateway::numbered(number).heartbeat();
    let none = |_| (Vec::new(), 0);
    let length = heartbeat(0).len();
    let mut ours =
        Clients::connect(server.tcp, connections, Reply::Heartbeat, none, heartbeat).await?;
    let mut bare = Clients::connect(
        echo.address,
        connections,
        Reply::Bytes(length),
        none,
        heartbeat,
    )
    .await?;
    let mut theirs = match broker {
        Some(broker) => Some(broker.clients(connections).await?),
        None => None,
    };
    let mut tallies: [Tally; 3] = Default::default();
    // What the logins left to be written is no part of a heartbeat.
    tokio::time::sleep(Duration::from_secs(2)).await;
    for _ in 0..ROUNDS {
        tallies[1].round(&mut bare, &echo.program).await?;
        tallies[0].round(&mut ours, &server.program).await?;
        if let (Some(clients), Some(broker)) = (&mut theirs, broker) {
            tallies[2].round(clients, &broker.program).await?;
        }
    }
    Ok(tallies)
}

fn beside_echo(connections: u64, ours: &Tally, bare: &Tally) -> Row {
    let (server, echo) = (median(&ours.per_cpu_second), median(&bare.per_cpu_second));
    let ratio = server / echo.max(1.0);
    Row {
        figure: FigureId::F1,
        conditions: format!(
            "{} connections, communication log off",
            grouped(float(connections))
        ),
        measured: format!(
            "{} heartbeats per processor second ({:.1} µs each, answer included)",
            grouped(server),
            1e6 / server.max(1.0)
        ),
        beside: format!(
            "echo of the same frame: {} per processor second ({:.1} µs)",
            grouped(echo),
            1e6 / echo.max(1.0)
        ),
        result: format!("{ratio:.2}"),
        target: "≥ 0.35",
        verdict: Verdict::of(ratio >= F1_TARGET),
    }
}

fn beside_broker(
    connections: u64,
    ours: &Tally,
    theirs: &Tally,
    target: f64,
    text: &'static str,
) -> Row {
    let (server, broker) = (median(&ours.per_second), median(&theirs.per_second));
    let ratio = server / broker.max(1.0);
    Row {
        figure: FigureId::F2,
        conditions: format!(
            "{} connections, one question under way on each, communication log off",
            grouped(float(connections))
        ),
        measured: format!(
            "{}/s ({}-byte answers)",
            grouped(server),
            frames::HEARTBEAT_ANSWER
        ),
        beside: format!(
            "mosquitto: {}/s (2-byte answers; {:.1} µs of processor time each)",
            grouped(broker),
            1e6 / median(&theirs.per_cpu_second).max(1.0)
        ),
        result: format!("{ratio:.2}"),
        target: text,
        verdict: Verdict::of(ratio >= target),
    }
}
