//! Once a night: gifts that ended, and whether the books are right.

use crate::{App, AppError};
use domain::alarm::AlarmCode;
use domain::day::Day;
use kernel::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;
use store::alarms::{self, NewAlarm};
use store::ledger::{Finding, Report};
use store::{Tx, settings};
use tracing::{error, info};

/// Under which name it is written down which night was the last.
const SETTING: &str = "close.last_night";
/// How long after midnight in Shanghai: few charge, and the day's late reports are there.
const AT: Duration = Duration::from_hours(3);
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
        if now < today.begins() + AT {
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
        info!(
            journals = report.journals,
            findings = report.findings.len(),
            "books checked"
        );
        Ok(report)
    }
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
