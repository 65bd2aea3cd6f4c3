//! The three checks that take days, at one go: charge after charge until each has its answer.

use super::charge::{AWAY_MAX, Driven};
use super::checks::ended_well;
use super::{carry_on, conclude};
use crate::{App, AppError};
use domain::certification::{CheckCode, CheckMemory, Phase, Wanted};
use kernel::Timestamp;
use serde_json::json;
use std::time::Duration;
use store::certifications::{Certification, CertificationCheck};

/// Stretches that are tried before a day without interruption is given up.
const STRETCHES: u64 = 3;

impl App {
    /// What they have seen together is kept with the first of them.
    pub(super) async fn step_long(
        &self,
        row: &Certification,
        checks: &mut [CertificationCheck],
        now: Timestamp,
    ) -> Result<(), AppError> {
        let Some(first) = checks
            .iter()
            .position(|check| check.code == CheckCode::Cycles)
        else {
            return Ok(());
        };
        let mut memory = checks[first]
            .memory
            .take()
            .unwrap_or_else(|| CheckMemory::new(now));
        let online = self.is_online(&row.phy_id);
        memory.watch(online, now);
        let mut wanted = None;
        let mut lost = None;
        match self.drive(row, &mut memory, row.plan.charge(), now).await? {
            Driven::On(asked) => wanted = asked,
            Driven::Lost(why) => {
                memory.failed += 1;
                memory.problem = Some(why.clone());
                memory.order_no = None;
                memory.enter(Phase::Idle, now);
                if !online || why.starts_with("no charge") {
                    lost = Some(why);
                }
            }
            Driven::Over(order) => {
                let flaw = self.weigh(&mut memory, &order).await?;
                let problem = flaw.or_else(|| ended_well(&order));
                match problem {
                    None => memory.done += 1,
                    Some(problem) => {
                        memory.failed += 1;
                        memory.problem = Some(format!("{}: {problem}", order.order_no));
                    }
                }
                memory.order_no = None;
                memory.enter(Phase::Idle, now);
            }
        }
        if lost.is_none() && self.is_gone(row, now) {
            lost = Some("the device has been offline for more than ten minutes".to_owned());
        }
        for code in [
            CheckCode::Cycles,
            CheckCode::Continuous,
            CheckCode::Stability,
        ] {
            let check = checks.iter_mut().find(|check| check.code == code);
            if let Some(check) = check.filter(|check| !check.state.is_over()) {
                judge_long(row, check, &memory, wanted, lost.as_deref(), now);
            }
        }
        let is_over = checks
            .iter()
            .filter(|check| is_long(check.code))
            .all(|check| check.state.is_over());
        if is_over {
            self.stop_trial(&memory).await?;
        }
        checks[first].memory = Some(memory);
        Ok(())
    }

    fn is_gone(&self, row: &Certification, now: Timestamp) -> bool {
        let since = self
            .live
            .read(&row.phy_id, |live| live.offline_since)
            .flatten();
        !self.is_online(&row.phy_id) && since.is_some_and(|since| now.since(since) > AWAY_MAX)
    }
}

fn is_long(code: CheckCode) -> bool {
    matches!(
        code,
        CheckCode::Cycles | CheckCode::Continuous | CheckCode::Stability
    )
}

fn judge_long(
    row: &Certification,
    check: &mut CertificationCheck,
    memory: &CheckMemory,
    wanted: Option<Wanted>,
    lost: Option<&str>,
    now: Timestamp,
) {
    let plan = &row.plan;
    let begun = *check.started_at.get_or_insert(now);
    let passed = now.since(begun);
    check.figures = json!({
        "done": memory.done,
        "failed": memory.failed,
        "interruptions": memory.interruptions,
        "unbroken_s": memory.unbroken_s,
        // In minutes, so that nothing is written while nothing happens.
        "passed_s": passed.as_secs() / 60 * 60,
        "orders": memory.orders,
    });
    let problem = memory.problem.clone();
    let a_failure = || problem.unwrap_or_else(|| "a charge failed".to_owned());
    let seconds = Duration::from_secs;
    let has_failed =
        matches!(check.code, CheckCode::Cycles | CheckCode::Stability) && memory.failed > 0;
    let is_reached = match check.code {
        CheckCode::Cycles => memory.done >= plan.cycles,
        CheckCode::Continuous => memory.unbroken_s >= plan.continuous_s,
        _ => passed >= seconds(plan.stability_s),
    };
    let is_hopeless =
        check.code == CheckCode::Continuous && passed > seconds(plan.continuous_s * STRETCHES);
    let verdict = if has_failed {
        Some(Some(a_failure()))
    } else if is_reached {
        Some(None)
    } else if is_hopeless {
        Some(Some(format!("{} interruptions", memory.interruptions)))
    } else {
        None
    };
    let verdict = verdict.or_else(|| lost.map(|why| Some(why.to_owned())));
    match verdict {
        Some(problem) => conclude(check, problem, now),
        None => carry_on(check, wanted, now),
    }
}
