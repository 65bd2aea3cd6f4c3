//! F15: whether the work of several nodes is no more than that of one: on one machine they share
//! its processors, so what is compared is the processor time of a heartbeat and of a start.

use super::Plan;
use super::beat::Beat;
use super::cluster::Cluster;
use super::figure::{FigureId, Row, Verdict};
use super::fleet::{FleetPlan, PlainFleet};
use super::http::HttpPool;
use super::numbers::float;
use super::ping::Clients;
use super::starts;
use crate::family::Family;
use anyhow::Result;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Nodes.
const COUNTS: [usize; 3] = [1, 2, 3];
/// Devices that beat their hearts, whatever the number of nodes.
const BEATING: u64 = 1_500;
/// How long they do.
const ROUND: Duration = Duration::from_secs(4);
/// Heartbeats between two announcements: none in this time.
const SAMPLE: u32 = 1_000_000;
/// Starts, a third of them at each of three nodes.
const STARTS: u32 = 600;
/// Connections of the callers of each node.
const CALLERS: usize = 16;
/// What the logins left to be written is written after this.
const SETTLE: Duration = Duration::from_secs(5);

/// Three nodes may take this much more for the same work than one.
const TARGET: f64 = 1.25;

/// What the same work cost so many nodes together.
struct Cost {
    nodes: usize,
    /// Processor time of a heartbeat, µs.
    beat_us: f64,
    /// Processor time of a start, µs.
    start_us: f64,
    /// Commands that Redis was given for a heartbeat.
    redis_per_beat: f64,
}

/// Measures with one, two and three nodes.
///
/// # Errors
/// When the nodes do not come up.
pub async fn measure(plan: &Plan) -> Result<Vec<Row>> {
    let mut costs = Vec::new();
    for nodes in COUNTS {
        costs.push(cost(plan, nodes).await?);
    }
    let row = |what: &str, of: fn(&Cost) -> f64, shown: fn(&Cost) -> String| {
        let one = costs.first().map_or(0.0, of);
        let all = costs.last().map_or(0.0, of);
        let ratio = all / one.max(f64::EPSILON);
        let each: Vec<String> = costs
            .iter()
            .map(|cost| format!("{}: {}", cost.nodes, shown(cost)))
            .collect();
        Row {
            figure: FigureId::F15,
            conditions: format!("{what}, PostgreSQL, Redis, communication log off"),
            measured: format!("nodes: {}", each.join("; ")),
            beside: "the same at one node".into(),
            result: format!("{ratio:.2} at three"),
            target: "≤ 1.25",
            verdict: Verdict::of(ratio <= TARGET),
        }
    };
    Ok(vec![
        row(
            "processor time of all nodes for a heartbeat of 1,500 BKV devices in closed loop",
            |cost| cost.beat_us,
            |cost| {
                let (beat, redis) = (cost.beat_us, cost.redis_per_beat);
                format!("{beat:.1} µs, {redis:.4} commands of Redis")
            },
        ),
        row(
            "processor time of all nodes for a start and its confirmation, callers at every node, \
             devices at any",
            |cost| cost.start_us,
            |cost| format!("{:.0} µs", cost.start_us),
        ),
    ])
}

async fn cost(plan: &Plan, count: usize) -> Result<Cost> {
    let cluster = Cluster::start(plan, "scaling", count, SAMPLE).await?;
    let (beat_us, redis_per_beat) = heartbeats(&cluster).await?;
    let start_us = charges(&cluster).await?;
    Ok(Cost {
        nodes: count,
        beat_us,
        start_us,
        redis_per_beat,
    })
}

async fn heartbeats(cluster: &Cluster<'_>) -> Result<(f64, f64)> {
    let each = BEATING / u64::try_from(cluster.nodes.len())?;
    let mut fleets = Vec::new();
    for (place, node) in (0..).zip(&cluster.nodes) {
        let numbers = place * each..(place + 1) * each;
        let (clients, _) = Clients::log_in(node.tcp, numbers, Beat::of(Family::Bkv)).await?;
        fleets.push(clients);
    }
    tokio::time::sleep(SETTLE).await;
    // What the nodes say to Redis without a heartbeat.
    let commands = cluster.redis.commands().await?;
    tokio::time::sleep(ROUND).await;
    let idle = cluster.redis.commands().await? - commands;
    let (commands, cpu) = (cluster.redis.commands().await?, cluster.cpu()?);
    let mut running = JoinSet::new();
    for mut clients in fleets {
        running.spawn(async move { clients.run(ROUND).await });
    }
    let mut beats = 0;
    while let Some(joined) = running.join_next().await {
        beats += joined??.0;
    }
    let cpu = cluster.cpu()?.saturating_sub(cpu);
    let said = (cluster.redis.commands().await? - commands).saturating_sub(idle);
    let beats = float(beats);
    Ok((cpu.as_secs_f64() * 1e6 / beats, float(said) / beats))
}

async fn charges(cluster: &Cluster<'_>) -> Result<f64> {
    let mut fleet = PlainFleet::new(FleetPlan {
        servers: cluster.doors(),
        sockets: 1,
    });
    fleet.grow(STARTS.into()).await?;
    tokio::time::sleep(SETTLE).await;
    let nodes = u32::try_from(cluster.nodes.len())?;
    let share = STARTS / nodes;
    let cpu = cluster.cpu()?;
    for (place, node) in (0..).zip(&cluster.nodes) {
        let http = Arc::new(HttpPool::connect(node.http, CALLERS).await?);
        starts::calls(&mut fleet, &http, place * share..(place + 1) * share).await?;
    }
    let cpu = cluster.cpu()?.saturating_sub(cpu);
    Ok(cpu.as_secs_f64() * 1e6 / f64::from(share * nodes))
}
