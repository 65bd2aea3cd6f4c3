//! The occupancy fee (占位费): what it costs to leave a plug in after the charge.
//!
//! Time runs from the end of the charge; the first part of it is free, and so is every window of
//! the day that the rule exempts. The clock stands still while nobody can know whether the plug
//! is in: while the device is offline, or its port faulty.

use super::day_time::{DayWindow, outside_ms};
use kernel::{Fen, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Longest free time and unit, minutes: a day.
pub const MINUTES_MAX: u16 = 1440;
/// Highest price of a unit, and highest cap, fen.
pub const FEN_MAX: i64 = 1_000_000;
/// Most exempt windows.
pub const WINDOWS_MAX: usize = 8;
/// Most exempt members.
pub const MEMBERS_MAX: usize = 1000;

/// From when on the time counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OccupancyTrigger {
    /// From the end of the order.
    #[default]
    AfterEnd,
    /// From the moment the vehicle was full, where that was before the end of the order.
    AfterFull,
}

/// The parameters of an occupancy fee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OccupancyRule {
    /// Whether a fee is taken at all.
    pub enabled: bool,
    /// Minutes that cost nothing.
    pub free_minutes: u16,
    /// Length of a unit in minutes; started units count.
    pub unit_minutes: u16,
    /// Price of a unit.
    pub price_fen_per_unit: Fen,
    /// Most that it costs; zero: no cap.
    pub cap_fen: Fen,
    /// When leaving the plug in costs nothing.
    pub exempt_windows: Vec<DayWindow>,
    /// From when on the time counts.
    pub trigger: OccupancyTrigger,
    /// Members who pay nothing, by the reference that started their order.
    pub exempt_members: Vec<String>,
}

impl Default for OccupancyRule {
    fn default() -> Self {
        Self {
            enabled: true,
            free_minutes: 15,
            unit_minutes: 1,
            price_fen_per_unit: Fen(50),
            cap_fen: Fen(5000),
            exempt_windows: Vec::new(),
            trigger: OccupancyTrigger::AfterEnd,
            exempt_members: Vec::new(),
        }
    }
}

/// What is wrong with a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct RuleFault {
    /// Which value.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

impl OccupancyRule {
    /// Checks a rule before it becomes a version.
    ///
    /// # Errors
    /// The first value that is out of range.
    pub fn check(&self) -> Result<(), RuleFault> {
        let wrong = |field: &str, problem: String| {
            Err(RuleFault {
                field: field.to_owned(),
                problem,
            })
        };
        if self.free_minutes > MINUTES_MAX {
            return wrong("free_minutes", format!("must be 0 to {MINUTES_MAX}"));
        }
        if !(1..=MINUTES_MAX).contains(&self.unit_minutes) {
            return wrong("unit_minutes", format!("must be 1 to {MINUTES_MAX}"));
        }
        if !(1..=FEN_MAX).contains(&self.price_fen_per_unit.0) {
            return wrong("price_fen_per_unit", format!("must be 1 to {FEN_MAX} fen"));
        }
        if !(0..=FEN_MAX).contains(&self.cap_fen.0) {
            return wrong("cap_fen", format!("must be 0 to {FEN_MAX} fen"));
        }
        if self.exempt_windows.len() > WINDOWS_MAX {
            return wrong("exempt_windows", format!("must be at most {WINDOWS_MAX}"));
        }
        if self.exempt_members.len() > MEMBERS_MAX {
            return wrong("exempt_members", format!("must be at most {MEMBERS_MAX}"));
        }
        Ok(())
    }

    /// The free time.
    pub fn free(&self) -> Duration {
        Duration::from_secs(u64::from(self.free_minutes) * 60)
    }

    /// Whether a member pays nothing.
    pub fn exempts(&self, member: Option<&str>) -> bool {
        member.is_some_and(|member| self.exempt_members.iter().any(|known| known == member))
    }

    /// What so many chargeable seconds cost.
    pub fn fee(&self, seconds: i64) -> Fee {
        let unit = i64::from(self.unit_minutes.max(1)) * 60;
        let seconds = seconds.max(0);
        let units = seconds / unit + i64::from(seconds % unit > 0);
        let mut fen = units.saturating_mul(self.price_fen_per_unit.0);
        if self.cap_fen > Fen::ZERO {
            fen = fen.min(self.cap_fen.0);
        }
        Fee {
            seconds,
            units,
            fen: Fen(fen),
        }
    }
}

/// An occupancy fee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fee {
    /// Seconds that count.
    pub seconds: i64,
    /// Started units.
    pub units: i64,
    /// What they cost.
    pub fen: Fen,
}

/// The clock of one plug that is left in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OccupancyClock {
    /// Milliseconds that it has run, free time included.
    pub ran_ms: i64,
    /// Of those, the ones that count.
    pub counted_ms: i64,
    /// Since when it has been running; none while it stands still.
    pub since: Option<Timestamp>,
}

impl OccupancyClock {
    /// A clock that has just begun to run.
    pub const fn begun(at: Timestamp) -> Self {
        Self {
            ran_ms: 0,
            counted_ms: 0,
            since: Some(at),
        }
    }

    /// The clock as it stands at an instant, still running if it was.
    #[must_use]
    pub fn at(self, rule: &OccupancyRule, now: Timestamp) -> Self {
        let Some(since) = self.since.filter(|since| *since < now) else {
            return self;
        };
        let free_ms = i64::try_from(rule.free().as_millis()).unwrap_or(i64::MAX);
        let free_left = free_ms.saturating_sub(self.ran_ms).max(0);
        let counts_from = Timestamp(since.0.saturating_add(free_left));
        let counted = outside_ms(&rule.exempt_windows, counts_from, now);
        Self {
            ran_ms: self.ran_ms.saturating_add(now.0 - since.0),
            counted_ms: self.counted_ms.saturating_add(counted),
            since: Some(now),
        }
    }

    /// The clock stands still from an instant on.
    #[must_use]
    pub fn paused(self, rule: &OccupancyRule, at: Timestamp) -> Self {
        Self {
            since: None,
            ..self.at(rule, at)
        }
    }

    /// The clock runs again from an instant on.
    #[must_use]
    pub fn resumed(self, at: Timestamp) -> Self {
        Self {
            since: self.since.or(Some(at)),
            ..self
        }
    }

    /// When the free time is over, if the clock runs until then.
    pub fn free_until(self, rule: &OccupancyRule) -> Option<Timestamp> {
        let free_ms = i64::try_from(rule.free().as_millis()).unwrap_or(i64::MAX);
        let left = free_ms.saturating_sub(self.ran_ms).max(0);
        Some(Timestamp(self.since?.0.saturating_add(left)))
    }

    /// What it costs at an instant.
    pub fn fee(self, rule: &OccupancyRule, now: Timestamp) -> Fee {
        rule.fee(self.at(rule, now).counted_ms / 1000)
    }
}

#[cfg(test)]
mod tests;
