//! What the staff is told about the program itself: what holds and what does not, how grave it is,
//! since when, in words.

use crate::alarm;
use crate::kpi::Rating;
use crate::text_enum::text_enum;
use kernel::Timestamp;
use std::time::Duration;

text_enum! {
    /// How well something is, from good to bad.
    Level {
        /// As it should be.
        Fine = "ok",
        /// Worth knowing.
        Info = "info",
        /// Somebody should look.
        Warning = "warning",
        /// Somebody must look now.
        Critical = "critical",
    }
}

impl From<alarm::Level> for Level {
    fn from(level: alarm::Level) -> Self {
        match level {
            alarm::Level::Info => Self::Info,
            alarm::Level::Warning => Self::Warning,
            alarm::Level::Critical => Self::Critical,
        }
    }
}

impl From<Rating> for Level {
    fn from(rating: Rating) -> Self {
        match rating {
            Rating::Good => Self::Fine,
            Rating::Warning => Self::Warning,
            Rating::Critical => Self::Critical,
        }
    }
}

impl Level {
    /// Its name: Chinese, English.
    pub const fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Fine => ("正常", "ok"),
            Self::Info => ("提示", "info"),
            Self::Warning => ("警告", "warning"),
            Self::Critical => ("严重", "critical"),
        }
    }
}

/// The same in both languages of the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Both.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// How one thing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What, for programs: `database`, `task/consistency`, `alarm/clock_jump/clock`.
    pub what: String,
    /// How well it is.
    pub level: Level,
    /// Since when; none where it is fine, or where that is not known.
    pub since: Option<Timestamp>,
    /// What there is to say.
    pub words: Words,
}

impl Condition {
    /// Something that is as it should be.
    pub fn fine(what: impl Into<String>, words: Words) -> Self {
        Self {
            what: what.into(),
            level: Level::Fine,
            since: None,
            words,
        }
    }

    /// Something that is not.
    pub fn bad(
        what: impl Into<String>,
        level: Level,
        since: Option<Timestamp>,
        words: Words,
    ) -> Self {
        Self {
            what: what.into(),
            level,
            since,
            words,
        }
    }
}

/// The worst first, of these the oldest; what is alike stays in its order.
pub fn sort(conditions: &mut [Condition]) {
    conditions.sort_by_key(|one| {
        let since = one.since.unwrap_or(Timestamp(i64::MAX));
        (std::cmp::Reverse(one.level), since)
    });
}

/// How well the whole is: as well as the worst of it.
pub fn overall(conditions: &[Condition]) -> Level {
    let levels = conditions.iter().map(|one| one.level);
    levels.max().unwrap_or(Level::Fine)
}

/// Since when something is late that happens regularly; none while it is not. What has not
/// happened at all is waited for from `began` on.
pub fn late_since(
    last: Option<Timestamp>,
    began: Timestamp,
    patience: Duration,
    now: Timestamp,
) -> Option<Timestamp> {
    let due = last.map_or(began, |last| last.max(began)) + patience;
    (now > due).then_some(due)
}

#[cfg(test)]
mod tests {
    use super::{Condition, Level, Words, late_since, overall, sort};
    use kernel::Timestamp;
    use std::time::Duration;

    fn condition(what: &str, level: Level, since: Option<i64>) -> Condition {
        Condition::bad(what, level, since.map(Timestamp), Words::new("", ""))
    }

    #[test]
    fn the_whole_is_as_well_as_its_worst_part_which_comes_first() {
        assert_eq!(overall(&[]), Level::Fine);
        let mut all = [
            condition("fine", Level::Fine, None),
            condition("new", Level::Critical, Some(9)),
            condition("note", Level::Info, None),
            condition("old", Level::Critical, Some(3)),
        ];
        sort(&mut all);
        let order = all.each_ref().map(|one| one.what.as_str());
        assert_eq!(order, ["old", "new", "note", "fine"]);
        assert_eq!(overall(&all), Level::Critical);
        assert_eq!(overall(&all[2..]), Level::Info);
    }

    #[test]
    fn a_program_that_has_just_begun_is_not_late() {
        let minute = Duration::from_mins(1);
        let (began, now) = (Timestamp(600_000), Timestamp(650_000));
        assert_eq!(late_since(None, began, minute, now), None);
        assert_eq!(late_since(Some(Timestamp(1)), began, minute, now), None);
        let later = Timestamp(660_001);
        let due = Some(Timestamp(660_000));
        assert_eq!(late_since(None, began, minute, later), due);
        let last = Some(Timestamp(630_000));
        assert_eq!(late_since(last, began, minute, later), None);
        assert_eq!(
            late_since(last, began, minute, Timestamp(700_000)),
            Some(Timestamp(690_000))
        );
    }
}
