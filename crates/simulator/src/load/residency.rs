//! F3: what an idle device costs.

use super::Plan;
use super::crowd::{Crowd, Kind};
use super::figure::{FigureId, Row, Verdict};
use super::numbers::{float, grouped};
use super::process::Folder;
use super::server::{Launcher, Setup};
use crate::family::{FAMILIES, Family};
use anyhow::Result;

/// The slope is taken between these two.
const FEW: u16 = 1_000;
/// The whole fleet.
const MANY: u16 = 15_000;

const TARGET: f64 = 3500.0;

/// Measures every family, communication log on. One that cannot be measured becomes a row that
/// says why.
pub async fn measure(plan: &Plan) -> Vec<Row> {
    let mut rows = Vec::new();
    for family in FAMILIES {
        let measured = of_family(plan, family).await;
        rows.push(measured.unwrap_or_else(|error| {
            Row::not_measured(FigureId::F3, &error.context(family.name()))
        }));
    }
    rows
}

async fn of_family(plan: &Plan, family: Family) -> Result<Row> {
    let folder = Folder::new(&format!("residency-{family}"))?;
    let setup = Setup {
        comm_log: true,
        heartbeat_sample: 10,
        ..Setup::default()
    };
    let server = Launcher::new(&plan.program, &folder, &setup)?
        .start()
        .await?;
    let mut crowd = Crowd::new(Kind::Only(family))?;
    crowd.grow(&server, FEW.into()).await?;
    let few = server.settled().await?;
    crowd.grow(&server, MANY.into()).await?;
    let many = server.settled().await?;
    let each = float(many.saturating_sub(few)) / f64::from(MANY - FEW);
    Ok(Row {
        figure: FigureId::F3,
        conditions: format!(
            "{family}, two ports each, communication log on; slope from {} to {}",
            grouped(f64::from(FEW)),
            grouped(f64::from(MANY))
        ),
        measured: format!(
            "{:.1} MB with {} devices, {:.1} MB with {}",
            float(few) / 1e6,
            grouped(f64::from(FEW)),
            float(many) / 1e6,
            grouped(f64::from(MANY))
        ),
        beside: "floor: 1.0 kB for a tokio task with a 64-byte buffer".to_owned(),
        result: format!("{} bytes", grouped(each)),
        target: "≤ 3,500 bytes",
        verdict: Verdict::of(each <= TARGET),
    })
}
