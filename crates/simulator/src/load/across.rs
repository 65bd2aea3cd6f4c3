//! F13: what a call costs in time that comes to another node than its device.

use super::Plan;
use super::cluster::Cluster;
use super::figure::{FigureId, Row, Verdict};
use super::fleet::{FleetPlan, PlainFleet};
use super::http::HttpPool;
use super::numbers::Times;
use super::starts;
use anyhow::Result;
use std::sync::Arc;
use std::time::Duration;

/// Devices connected, all of them to one node.
const DEVICES: u64 = 2_000;
/// Calls of one turn, each to a device of its own.
const TURN: u32 = 200;
/// Turns of each kind.
const TURNS: u32 = 4;
/// Connections of the callers of each node.
const CALLERS: usize = 32;
/// What the logins left to be written is written after this.
const SETTLE: Duration = Duration::from_secs(5);

const TARGET: f64 = 2.0;

/// Measures with two nodes, in turn with calls at the device's own node.
///
/// # Errors
/// When the nodes do not come up, or lose a start.
pub async fn measure(plan: &Plan) -> Result<Vec<Row>> {
    let cluster = Cluster::start(plan, "across", 2, 10).await?;
    let mut fleet = PlainFleet::new(FleetPlan {
        servers: vec![cluster.nodes[0].tcp],
        sockets: 1,
    });
    fleet.grow(DEVICES).await?;
    tokio::time::sleep(SETTLE).await;
    let (mut same, mut other) = (Vec::new(), Vec::new());
    for turn in 0..TURNS * 2 {
        let (node, times) = match turn % 2 {
            0 => (&cluster.nodes[0], &mut same),
            _ => (&cluster.nodes[1], &mut other),
        };
        let http = Arc::new(HttpPool::connect(node.http, CALLERS).await?);
        let (on_socket, _) =
            starts::calls(&mut fleet, &http, turn * TURN..(turn + 1) * TURN).await?;
        times.extend(on_socket);
    }
    let (same, other) = (Times::new(same), Times::new(other));
    let p99 = |times: &Times| times.percentile(99).as_secs_f64();
    let ratio = p99(&other) / p99(&same).max(f64::EPSILON);
    Ok(vec![Row {
        figure: FigureId::F13,
        conditions:
            "two nodes, PostgreSQL, Redis, 2,000 devices at one of them, 50 calls/s in open \
                     loop; to the frame on the device's socket"
                .into(),
        measured: format!("at the other node: {}", other.describe()),
        beside: format!("at the device's own: {}", same.describe()),
        result: format!("p99 {ratio:.1}×"),
        target: "p99 ≤ 2×",
        verdict: Verdict::of(ratio <= TARGET),
    }])
}
