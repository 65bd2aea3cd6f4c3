//! The daily check-in (每日签到).

use super::points::{self, Occasion};
use super::rules::there;
use crate::staff::Actor;
use crate::{App, AppError};
use domain::checkin::{CheckIn, CheckInRules, check_in};
use domain::day::Day;
use domain::points::Points;
use kernel::MemberId;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{checkins, settings};
use tracing::warn;

/// The row of `sys_config`.
const KEY: &str = "checkin";

/// A month of check-ins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckInCalendar {
    /// Those of the month, the first first.
    pub days: Vec<CheckIn>,
    /// Day of the streak that goes on, 0 for none.
    pub streak: u8,
    /// Today is done.
    pub today: bool,
}

/// What an operator decides anew about check-ins; what is none stays as it was decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckInChange {
    /// See [`CheckInRules::enabled`].
    #[serde(deserialize_with = "there")]
    pub enabled: Option<bool>,
    /// See [`CheckInRules::ladder`].
    #[serde(deserialize_with = "there")]
    pub ladder: Option<Vec<Points>>,
}

impl From<&CheckInRules> for CheckInChange {
    fn from(all: &CheckInRules) -> Self {
        Self {
            enabled: Some(all.enabled),
            ladder: Some(all.ladder.clone()),
        }
    }
}

impl App {
    /// What has been decided about check-ins.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn check_in_rules(&self) -> Result<CheckInRules, AppError> {
        let mut view = self.db.view().await?;
        Ok(understood(settings::get(view.conn(), KEY).await?))
    }

    /// Decides about check-ins; what the change does not name stays. Streaks go on where the new
    /// ladder has their day.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for the first value that cannot stand.
    pub async fn set_check_in_rules(
        &self,
        actor: &Actor,
        change: impl Into<CheckInChange>,
    ) -> Result<CheckInRules, AppError> {
        let change = change.into();
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = understood(settings::lock(tx.conn(), KEY).await?);
        let new = CheckInRules {
            enabled: change.enabled.unwrap_or(before.enabled),
            ladder: change.ladder.unwrap_or_else(|| before.ladder.clone()),
        };
        new.check()?;
        let (before, after) = (json!(before), json!(new));
        settings::put(tx.conn(), KEY, &after, &actor.name, now).await?;
        let action = "marketing.checkin.edit";
        let object = format!("setting:{KEY}");
        self.audit_in(&mut tx, actor, action, &object, Some(before), Some(after))
            .await?;
        tx.commit().await?;
        Ok(new)
    }

    /// A member checks in: once a Shanghai day.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when that was done today, or nobody can.
    pub async fn check_in(&self, member: MemberId) -> Result<CheckIn, AppError> {
        const ALREADY: AppError = AppError::Conflict("already checked in today");
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let rules = understood(settings::get(tx.conn(), KEY).await?);
        if !rules.enabled {
            return Err(AppError::Conflict("there are no check-ins"));
        }
        // Whoever calls twice waits for himself.
        store::points::lock(tx.conn(), member).await?;
        let last = checkins::last(tx.conn(), member).await?;
        let done = check_in(last, Day::of(now), &rules.ladder).map_err(|_| ALREADY)?;
        if !checkins::insert(tx.conn(), member, done, now).await? {
            return Err(ALREADY);
        }
        let day = done.day.to_string();
        let name = format!("checkin:{day}");
        let occasion = Occasion {
            member,
            reason: "checkin",
            biz_no: &day,
            name: &name,
            at: now,
        };
        points::add(&mut tx, occasion, done.points).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// A member's check-ins of a month; of the present one where none is named.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a month that there is not.
    pub async fn check_ins(
        &self,
        member: MemberId,
        month: Option<[u16; 2]>,
    ) -> Result<CheckInCalendar, AppError> {
        let today = Day::of(self.now());
        let [year, month] = month.unwrap_or_else(|| {
            let [year, month, _] = today.civil();
            [year, month]
        });
        let first = Day::from_civil([year, month, 1]).ok_or_else(|| AppError::Invalid {
            field: "month".to_owned(),
            problem: "must be a month like 2026-03".to_owned(),
        })?;
        let last = (28..=31)
            .rev()
            .find_map(|day| Day::from_civil([year, month, day]));
        let mut view = self.db.view().await?;
        let last = last.unwrap_or(first);
        let days = checkins::between(view.conn(), member, first, last).await?;
        let newest = checkins::last(view.conn(), member).await?;
        let alive = newest.filter(|newest| newest.day == today || newest.day.next() == today);
        Ok(CheckInCalendar {
            days,
            streak: alive.map_or(0, |newest| newest.streak),
            today: alive.is_some_and(|newest| newest.day == today),
        })
    }
}

/// What is stored; the defaults where nothing is, or nothing that can be understood.
fn understood(stored: Option<Value>) -> CheckInRules {
    let Some(value) = stored else {
        return CheckInRules::default();
    };
    serde_json::from_value(value).unwrap_or_else(|error| {
        warn!(%error, "the rules of check-ins cannot be read");
        CheckInRules::default()
    })
}
