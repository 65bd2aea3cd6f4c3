//! One look with everything that follows from it.

use super::look::Seen;
use crate::cluster::Duty;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::consistency::{Issue, Severity};
use kernel::Timestamp;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};
use store::alarms::{self, NewAlarm};
use store::consistency::{self, FindingFilter, FindingRow, Found, RunRow};
use store::{Page, PageRequest, Tx};
use tracing::{info, warn};

/// Looks and findings that are over are kept for so long.
const KEPT: Duration = Duration::from_hours(24 * 90);
/// Rows that one purge deletes.
const PURGE_ROWS: u16 = 5_000;
/// What alarms about orders are about.
const ORDER: &str = "consistency";

/// What a look came to.
#[derive(Clone, Debug)]
pub struct ConsistencyReport {
    /// Charging orders that were looked at.
    pub checked: u64,
    /// Those that did not agree with their port, each once.
    pub inconsistent: u64,
    /// Everything that was found; a mismatch is an orphan as well.
    pub found: Vec<Found>,
    /// How long the look took.
    pub took: Duration,
}

impl App {
    /// Looks at everything and changes nothing.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn check_consistency(&self) -> Result<ConsistencyReport, AppError> {
        let began = Instant::now();
        let seen = self.look_for_inconsistencies().await?;
        Ok(report(seen, began))
    }

    /// Looks at everything, writes down what it found, mends what is safe to mend.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn keep_consistent(&self, source: &str) -> Result<ConsistencyReport, AppError> {
        let began = Instant::now();
        let now = self.now();
        let seen = self.look_for_inconsistencies().await?;
        let report = report(seen, began);
        count_metrics(&report);
        self.count_consistency(report.checked, report.inconsistent);
        let mut view = self.db.view().await?;
        let mut open = consistency::open(view.conn()).await?;
        drop(view);
        // Each node of a cluster looks at its own devices, and one at what is nobody's.
        open.retain(|row| match row.phy_id.as_ref().map(|id| id.parse()) {
            Some(Ok(device)) => self.looks_after(&device),
            _ => self.holds(Duty::CONSISTENCY),
        });
        let known: HashMap<(Issue, &str), &FindingRow> = open
            .iter()
            .map(|row| ((row.issue_type, row.object_id.as_str()), row))
            .collect();
        let graded: Vec<(Found, Severity)> = report
            .found
            .iter()
            .map(|found| {
                let before = known.get(&(found.issue_type, found.object_id.as_str()));
                let first_seen = before.map_or(now, |row| row.first_seen);
                (found.clone(), Severity::of_age(first_seen, now))
            })
            .collect();
        let still: HashSet<(Issue, &str)> = report
            .found
            .iter()
            .map(|found| (found.issue_type, found.object_id.as_str()))
            .collect();
        let over: Vec<&FindingRow> = open
            .iter()
            .filter(|row| !still.contains(&(row.issue_type, row.object_id.as_str())))
            .collect();
        let ended = self.how_they_ended(&over).await;
        let mut tx = self.db.begin().await?;
        consistency::put(tx.conn(), &graded, now).await?;
        let resolved: Vec<(i64, &str)> = ended.iter().map(|(row, how)| (row.id, *how)).collect();
        consistency::resolve(tx.conn(), &resolved, now).await?;
        alarm_of(&mut tx, &graded, &known, now).await?;
        for row in &over {
            if let Some(code) = row.issue_type.alarm() {
                alarms::recover(tx.conn(), code.as_str(), ORDER, &row.object_id, now).await?;
            }
        }
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let run = RunRow {
            source: source.to_owned(),
            at: now,
            checked: count(report.checked),
            inconsistent: count(report.inconsistent),
            findings: count(report.found.len() as u64),
            took_ms: i64::try_from(report.took.as_millis()).unwrap_or(i64::MAX),
        };
        consistency::add_run(tx.conn(), &run).await?;
        tx.commit().await?;
        for (row, how) in &ended {
            info!(
                source = "consistency",
                scenario = row.issue_type.as_str(),
                object = row.object_id,
                action = how,
                "inconsistency over"
            );
        }
        self.heal(&open, &still).await;
        let mut direct = self.db.direct().await?;
        consistency::purge(direct.conn(), now - KEPT, PURGE_ROWS).await?;
        self.hint(&bus::Topic::Findings);
        Ok(report)
    }

    /// The look of every minute.
    pub(crate) async fn keep_consistent_regularly(&self) {
        if let Err(error) = self.keep_consistent("schedule").await {
            warn!(%error, "consistency not looked at, trying again");
        }
    }

    /// Findings and how each ended: by an order's end, or because the two agree again.
    async fn how_they_ended<'a>(
        &self,
        over: &[&'a FindingRow],
    ) -> Vec<(&'a FindingRow, &'static str)> {
        let mut ended = Vec::with_capacity(over.len());
        for row in over {
            let order = row.order_no.as_ref().and_then(|number| number.parse().ok());
            let active = match order {
                Some(number) => {
                    let order = self.orders.peek(number).await;
                    order.is_some_and(|order| order.status.is_active())
                }
                None => true,
            };
            ended.push((
                *row,
                if active {
                    "agrees again"
                } else {
                    "order ended"
                },
            ));
        }
        ended
    }

    /// A page of findings, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_findings(
        &self,
        actor: &Actor,
        filter: &FindingFilter,
        page: PageRequest,
    ) -> Result<Page<FindingRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(consistency::list(view.conn(), &actor.scope(), filter, page).await?)
    }

    /// A page of looks, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_consistency_runs(&self, page: PageRequest) -> Result<Page<RunRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(consistency::runs(view.conn(), page).await?)
    }
}

fn report(seen: Seen, began: Instant) -> ConsistencyReport {
    ConsistencyReport {
        checked: seen.checked,
        inconsistent: seen.inconsistent,
        found: seen.found,
        took: began.elapsed(),
    }
}

/// Alarms of findings that have become graver with this look. An order that is a mismatch and an
/// orphan has one alarm.
async fn alarm_of(
    tx: &mut Tx,
    graded: &[(Found, Severity)],
    known: &HashMap<(Issue, &str), &FindingRow>,
    now: Timestamp,
) -> Result<(), AppError> {
    let mismatched: HashSet<&str> = graded
        .iter()
        .filter(|(found, _)| found.issue_type == Issue::OrderPortMismatch)
        .map(|(found, _)| found.object_id.as_str())
        .collect();
    for (found, severity) in graded {
        let before = known.get(&(found.issue_type, found.object_id.as_str()));
        let was = before.map_or(Severity::Info, |row| row.severity);
        let doubled = found.issue_type == Issue::OrphanedChargingOrder
            && mismatched.contains(found.object_id.as_str());
        let (Some(code), Some(level)) = (found.issue_type.alarm(), Issue::level(*severity)) else {
            continue;
        };
        if *severity > was && !doubled {
            let port_no = found.port_no.and_then(|port| u16::try_from(port).ok());
            let alarm = NewAlarm {
                code: AlarmCode::as_str(code).to_owned(),
                level: level.letter().to_owned(),
                object_type: ORDER.to_owned(),
                object_id: found.object_id.clone(),
                device_id: found.device_id.map(kernel::DeviceId),
                port_no: port_no.map(kernel::PortNo),
                order_no: found
                    .order_no
                    .as_ref()
                    .and_then(|number| number.parse().ok()),
                message: found.details.clone(),
                details: json!({"issue_type": found.issue_type, "severity": severity}),
                at: now,
            };
            alarms::raise(tx.conn(), &alarm).await?;
        }
    }
    Ok(())
}

fn count_metrics(report: &ConsistencyReport) {
    metrics::counter!("openpile_consistency_checked_total").increment(report.checked);
    for issue in Issue::ALL {
        let found = report.found.iter();
        let count = found.filter(|found| found.issue_type == *issue).count();
        metrics::counter!("openpile_consistency_inconsistent_total", "issue" => issue.as_str())
            .increment(count as u64);
    }
    metrics::histogram!("openpile_consistency_seconds").record(report.took.as_secs_f64());
}
