//! Once a night: gifts that ended, and whether the books are right.

use crate::gauges::figure;
use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::day::Day;
use kernel::Timestamp;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::alarms::{self, NewAlarm};
use store::ledger::{self, Finding, Report};
use store::{Conn, Tx, settings};
use tracing::{error, info};

/// Under which name it is written down which night was the last.
const SETTING: &str = "close.last_night";
/// How long after midnight in Shanghai: few charge, and the day's late reports are there.
pub(crate) const NIGHT_AT: Duration = Duration::from_hours(3);
/// What alarms about the books are about.
const LEDGER: &str = "ledger";
/// Findings of a rule that its alarm names.
const NAMED_MAX: usize = 20;

impl App {
    /// Does the work of this night, if its time has come and it is not done; whether it was.
    ///
    /// # Errors
    /// When the database is away; it is done next time.
    pub async fn night_work(&self) -> Result<bool, AppError> {
        let now = self.now();
        let today = Day::of(now);
        if now < today.begins() + NIGHT_AT {
            return Ok(false);
        }
        let mut view = self.db.view().await?;
        let last = settings::get(view.conn(), SETTING).await?;
        drop(view);
        let night = today.to_string();
        if last.is_some_and(|last| last["day"] == night) {
            return Ok(false);
        }
        self.expire_gifts().await?;
        let report = self.check_books().await?;
        let done = json!({"day": night, "findings": report.findings.len()});
        let mut direct = self.db.direct().await?;
        settings::put(direct.conn(), SETTING, &done, "system", now).await?;
        Ok(true)
    }

    /// Shows by how much the books are off: what the last check of everything found, and never less
    /// than what all accounts together are away from nothing now.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn weigh_books(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let sum = ledger::sum_of_accounts(view.conn()).await?;
        drop(view);
        let off = self.books_off.load(Ordering::Relaxed).max(sum.0.abs());
        metrics::gauge!("openpile_ledger_imbalance_fen").set(figure(off));
        Ok(())
    }

    /// Checks the books, with an alarm for each rule that is broken; the alarm of a rule that holds
    /// is over.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn check_books(&self) -> Result<Report, AppError> {
        let report = self.verify_books().await?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        for rule in &report.rules {
            let of_rule = report.findings.iter().filter(|found| found.rule == *rule);
            let broken: Vec<&Finding> = of_rule.collect();
            if let Some(first) = broken.first() {
                alarm(&mut tx, rule, first, &broken, now).await?;
            } else {
                let code = AlarmCode::LedgerInvariant.as_str();
                alarms::recover(tx.conn(), code, LEDGER, rule, now).await?;
            }
        }
        tx.commit().await?;
        let off: i64 = report.findings.iter().map(apart).sum();
        self.books_off.store(off, Ordering::Relaxed);
        self.weigh_books().await?;
        info!(
            journals = report.journals,
            findings = report.findings.len(),
            "books checked"
        );
        Ok(report)
    }
}

/// By how much a finding is off, fen.
fn apart(found: &Finding) -> i64 {
    found.found.0.saturating_sub(found.expected.0).abs()
}

/// The last night whose work is done; none before the first.
///
/// # Errors
/// When the database is away.
pub(crate) async fn last_night(conn: Conn<'_>) -> Result<Option<Day>, AppError> {
    let done = settings::get(conn, SETTING).await?;
    Ok(done.and_then(|done| Day::parse(done["day"].as_str()?)))
}

async fn alarm(
    tx: &mut Tx,
    rule: &str,
    first: &Finding,
    broken: &[&Finding],
    now: Timestamp,
) -> Result<(), AppError> {
    let code = AlarmCode::LedgerInvariant;
    error!(rule, object = first.object, "the books are not right");
    let named: Vec<Value> = broken
        .iter()
        .take(NAMED_MAX)
        .map(|found| {
            json!({"object": found.object, "expected_fen": found.expected, "found_fen": found.found})
        })
        .collect();
    let alarm = NewAlarm {
        code: code.as_str().to_owned(),
        level: code.level().letter().to_owned(),
        object_type: LEDGER.to_owned(),
        object_id: rule.to_owned(),
        device_id: None,
        port_no: None,
        order_no: None,
        message: format!("{}: {rule}, {}", code.title(), first.object),
        details: json!({"rule": rule, "count": broken.len(), "findings": named}),
        at: now,
    };
    alarms::raise(tx.conn(), &alarm).await?;
    Ok(())
}
