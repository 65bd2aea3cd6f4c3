//! How each kind of alarm is handled: the program's way, or what operators decided.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::alarm::{AlarmCode, AlarmRule, Level};
use domain::fault::FieldFault;
use kernel::Timestamp;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::alarm_rules::{self, RuleRow};

/// Longest time of a rule.
const TIME_MAX_S: u32 = 7 * 86_400;
/// Shortest pause between two notices of one alarm.
const REPEAT_MIN_S: u32 = 60;

/// What operators decided, by cause.
pub(crate) type AlarmRules = HashMap<AlarmCode, AlarmRule>;

/// A rule with who changed it.
#[derive(Clone, Debug)]
pub struct RuleInForce {
    /// The cause.
    pub code: AlarmCode,
    /// How it is handled.
    pub rule: AlarmRule,
    /// Who changed it and when; none: it is the program's own.
    pub changed: Option<(String, Timestamp)>,
}

/// What an operator wants of a kind of alarm, in full. Times in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleChange {
    /// Whether people are told of it.
    pub enabled: bool,
    /// How grave it is.
    pub level: Level,
    /// Its cause must be gone for so long before it is over.
    pub recover_s: u32,
    /// It is told again after so long; none: once.
    pub repeat_s: Option<u32>,
    /// It goes to the second tier after so long; none: never.
    pub escalate_s: Option<u32>,
}

impl RuleChange {
    fn check(&self) -> Result<(), FieldFault> {
        FieldFault::unless(
            self.enabled || self.level != Level::Critical,
            "enabled",
            "must be true for a critical alarm",
        )?;
        let at_most = |field: &str, seconds: Option<u32>, least: u32| {
            let fits = seconds.is_none_or(|seconds| (least..=TIME_MAX_S).contains(&seconds));
            FieldFault::unless(
                fits,
                field,
                format!("must be {least} to {TIME_MAX_S} seconds"),
            )
        };
        at_most("recover_s", Some(self.recover_s), 0)?;
        at_most("repeat_s", self.repeat_s, REPEAT_MIN_S)?;
        at_most("escalate_s", self.escalate_s, REPEAT_MIN_S)
    }

    fn row(&self, code: AlarmCode, by: &str, now: Timestamp) -> RuleRow {
        let whole = |seconds: u32| i32::try_from(seconds).unwrap_or(i32::MAX);
        RuleRow {
            code: code.as_str().to_owned(),
            enabled: self.enabled,
            level: self.level.letter().to_owned(),
            recover_s: whole(self.recover_s),
            repeat_s: self.repeat_s.map(whole),
            escalate_s: self.escalate_s.map(whole),
            updated_by: by.to_owned(),
            updated_at: now,
        }
    }
}

impl App {
    /// How a kind of alarm is handled now.
    pub(crate) fn alarm_rule(&self, code: AlarmCode) -> AlarmRule {
        let rules = self.alarm_rules.load();
        rules
            .get(&code)
            .copied()
            .unwrap_or_else(|| AlarmRule::standard(code))
    }

    /// Reads what operators decided, at the start and every minute.
    pub(crate) async fn load_alarm_rules(&self) -> Result<(), AppError> {
        let mut view = self.db.view().await?;
        let rows = alarm_rules::list(view.conn()).await?;
        let rules = rows
            .iter()
            .filter_map(|row| Some((AlarmCode::parse(&row.code)?, rule_of(row)?)))
            .collect();
        self.alarm_rules.store(Arc::new(rules));
        Ok(())
    }

    /// How all kinds of alarms are handled.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_alarm_rules(&self) -> Result<Vec<RuleInForce>, AppError> {
        let mut view = self.db.view().await?;
        let rows = alarm_rules::list(view.conn()).await?;
        let in_force = |code: &AlarmCode| {
            let row = rows.iter().find(|row| row.code == code.as_str());
            RuleInForce {
                code: *code,
                rule: row
                    .and_then(rule_of)
                    .unwrap_or_else(|| AlarmRule::standard(*code)),
                changed: row.map(|row| (row.updated_by.clone(), row.updated_at)),
            }
        };
        Ok(AlarmCode::ALL.iter().map(in_force).collect())
    }

    /// Changes how a kind of alarm is handled; `None` takes it back to the program's way. It holds
    /// from the next look on, also for alarms that are open.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a kind, [`AppError::Invalid`] for what cannot be.
    pub async fn change_alarm_rule(
        &self,
        actor: &Actor,
        code: &str,
        change: Option<RuleChange>,
    ) -> Result<RuleInForce, AppError> {
        let code = AlarmCode::parse(code).ok_or(AppError::NotFound("alarm code"))?;
        if let Some(change) = &change {
            change.check()?;
        }
        let now = self.now();
        let before = shown(&self.alarm_rule(code));
        let mut tx = self.db.begin().await?;
        let row = change.map(|change| change.row(code, &actor.name, now));
        match &row {
            Some(row) => alarm_rules::put(tx.conn(), row).await?,
            None => alarm_rules::remove(tx.conn(), code.as_str()).await?,
        }
        let rule = row
            .as_ref()
            .and_then(rule_of)
            .unwrap_or_else(|| AlarmRule::standard(code));
        let object = format!("alarm_rule:{code}");
        let action = "device.alarm.edit_rule";
        self.audit_in(
            &mut tx,
            actor,
            action,
            &object,
            Some(before),
            Some(shown(&rule)),
        )
        .await?;
        tx.commit().await?;
        self.load_alarm_rules().await?;
        Ok(RuleInForce {
            code,
            rule,
            changed: row.map(|row| (row.updated_by, now)),
        })
    }
}

fn rule_of(row: &RuleRow) -> Option<AlarmRule> {
    let time = |seconds: i32| Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    Some(AlarmRule {
        enabled: row.enabled,
        level: Level::parse(&row.level)?,
        recover: time(row.recover_s),
        repeat: row.repeat_s.map(time),
        escalate: row.escalate_s.map(time),
    })
}

fn shown(rule: &AlarmRule) -> Value {
    json!({
        "enabled": rule.enabled,
        "level": rule.level.letter(),
        "recover_s": rule.recover.as_secs(),
        "repeat_s": rule.repeat.map(|time| time.as_secs()),
        "escalate_s": rule.escalate.map(|time| time.as_secs()),
    })
}
