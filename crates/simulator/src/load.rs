//! The load generator: how fast the server is, beside what this machine can do at all.
//!
//! Every figure has its own denominator, measured in the same run and in turn with it: a bare
//! echo server, an MQTT broker, one-row commits of the same database. All traffic stays on
//! loopback and is bounded in count and time. The frames are put together by hand, so that the
//! generator costs little and shares no code with what it measures.

pub mod across;
pub mod alone;
pub mod beat;
pub mod bill;
pub mod calls;
pub mod charging;
pub mod cluster;
pub mod commits;
pub mod crowd;
pub mod decode;
pub mod echo;
pub mod figure;
pub mod fleet;
pub mod frames;
pub mod heartbeats;
pub mod http;
pub mod looks;
pub mod machine;
pub mod metrics;
pub mod mosquitto;
pub mod node_loss;
pub mod numbers;
pub mod ping;
pub mod postgres;
pub mod prices;
pub mod process;
pub mod receiver;
pub mod redis;
pub mod report;
pub mod residency;
pub mod rhythm;
pub mod scaling;
pub mod server;
pub mod settlements;
pub mod starts;
pub mod storm;
pub mod webhooks;

pub use figure::{FigureId, Row, Verdict};

use kernel::Timestamp;
use std::path::PathBuf;

/// What is to be measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The figures, in any order.
    pub figures: Vec<FigureId>,
    /// The program whose `serve` is measured: normally this one.
    pub program: PathBuf,
    /// Orders that F12 looks at.
    pub orders: i64,
    /// The machine's time: those orders end with it.
    pub now: Timestamp,
}

impl Plan {
    fn wants(&self, figures: &[FigureId]) -> bool {
        figures.iter().any(|figure| self.figures.contains(figure))
    }
}

/// Measures everything the plan wants and hands each row to `show` as soon as it is known. A
/// figure that cannot be measured becomes a row that says why; the others go on.
pub async fn run(plan: &Plan, mut show: impl FnMut(&Row)) -> Vec<Row> {
    use FigureId::{Bill, F1, F2, F3, F4, F5, F6, F7, F8, F9, F10, F11, F12, F13, F14, F15};
    let mut rows = Vec::new();
    if plan.wants(&[F10]) {
        take(F10, decode::measure(), &mut rows, plan, &mut show);
    }
    if plan.wants(&[Bill]) {
        take(Bill, bill::measure(), &mut rows, plan, &mut show);
    }
    if plan.wants(&[F1, F2]) {
        take(
            F1,
            heartbeats::measure(plan).await,
            &mut rows,
            plan,
            &mut show,
        );
    }
    if plan.wants(&[F3]) {
        take(
            F3,
            Ok(residency::measure(plan).await),
            &mut rows,
            plan,
            &mut show,
        );
    }
    if plan.wants(&[F7]) {
        take(F7, storm::measure(plan).await, &mut rows, plan, &mut show);
    }
    if plan.wants(&[F4, F5]) {
        take(F4, starts::measure(plan).await, &mut rows, plan, &mut show);
    }
    if plan.wants(&[F6]) {
        take(
            F6,
            settlements::measure(plan).await,
            &mut rows,
            plan,
            &mut show,
        );
    }
    if plan.wants(&[F8]) {
        take(
            F8,
            webhooks::measure(plan).await,
            &mut rows,
            plan,
            &mut show,
        );
    }
    if plan.wants(&[F9]) {
        take(F9, calls::measure(plan).await, &mut rows, plan, &mut show);
    }
    if plan.wants(&[F11]) {
        take(
            F11,
            Ok(rhythm::measure(plan).await),
            &mut rows,
            plan,
            &mut show,
        );
    }
    if plan.wants(&[F12]) {
        take(
            F12,
            Ok(looks::measure(plan).await),
            &mut rows,
            plan,
            &mut show,
        );
    }
    if plan.wants(&[F13]) {
        take(F13, across::measure(plan).await, &mut rows, plan, &mut show);
    }
    if plan.wants(&[F14]) {
        take(
            F14,
            node_loss::measure(plan).await,
            &mut rows,
            plan,
            &mut show,
        );
    }
    if plan.wants(&[F15]) {
        take(
            F15,
            scaling::measure(plan).await,
            &mut rows,
            plan,
            &mut show,
        );
    }
    rows.sort_by_key(|row| row.figure);
    rows
}

fn take(
    figure: FigureId,
    measured: anyhow::Result<Vec<Row>>,
    rows: &mut Vec<Row>,
    plan: &Plan,
    show: &mut impl FnMut(&Row),
) {
    let measured = measured.unwrap_or_else(|error| vec![Row::not_measured(figure, &error)]);
    for row in measured {
        if plan.figures.contains(&row.figure) || row.verdict == Verdict::NotMeasured {
            show(&row);
            rows.push(row);
        }
    }
}
