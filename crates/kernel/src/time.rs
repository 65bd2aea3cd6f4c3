use serde::{Deserialize, Serialize};
use std::ops::{Add, Sub};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// An instant: milliseconds since 1970-01-01 UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// The business calendar is Asia/Shanghai: UTC+8, no daylight saving.
const SHANGHAI_OFFSET_S: i64 = 8 * 3600;

impl Timestamp {
    /// From whole Unix seconds.
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds * 1000)
    }

    /// Whole Unix seconds, rounded down: the unit of the third-party API and of webhooks.
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Time passed since `earlier`; zero when `earlier` lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// Shanghai local civil time: year, month, day, hour, minute, second.
    pub fn shanghai(self) -> [u16; 6] {
        let local = self.unix_seconds() + SHANGHAI_OFFSET_S;
        let [year, month, day] = civil_from_days(local.div_euclid(86_400));
        let second = local.rem_euclid(86_400);
        let part = |value: i64| u16::try_from(value).unwrap_or(u16::MAX);
        [
            year,
            month,
            day,
            part(second / 3600),
            part(second / 60 % 60),
            part(second % 60),
        ]
    }

    /// The instant of a Shanghai civil time, or `None` when there is no such date or time.
    pub fn from_shanghai(civil: [u16; 6]) -> Option<Self> {
        let [year, month, day, hour, minute, second] = civil.map(i64::from);
        if !(1970..=9999).contains(&year) || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_from_civil(year, month, day);
        if civil_from_days(days).map(i64::from) != [year, month, day] {
            return None;
        }
        let local = days * 86_400 + hour * 3600 + minute * 60 + second;
        Some(Self::from_unix_seconds(local - SHANGHAI_OFFSET_S))
    }
}

/// Days since 1970-01-01 of a proleptic Gregorian date.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a count of days since 1970-01-01.
fn civil_from_days(days: i64) -> [u16; 3] {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    [year, month, day].map(|part| u16::try_from(part).unwrap_or(u16::MAX))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "no duration here lasts 292 million years"
)]
fn millis(duration: Duration) -> i64 {
    duration.as_millis() as i64
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;
    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }
}

/// Where the shell asks for the time. Protocol and domain code never ask; they are told.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// How much time has passed since some instant in the past, whatever the clock is set to.
    fn steady(&self) -> Duration;
}

/// The clock of day and the time that passes may differ by so much between two looks.
const CLOCK_TOLERANCE_MS: i64 = 5_000;

/// What a clock showed at a look: the time of day, and how much time had passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockLook {
    /// [`Clock::now`].
    pub now: Timestamp,
    /// [`Clock::steady`].
    pub steady: Duration,
}

/// Somebody set the clock between two looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockSet {
    /// By how much, milliseconds; below zero: back.
    pub by_ms: i64,
    /// What it would show now.
    pub would_be: Timestamp,
    /// What it shows now.
    pub now: Timestamp,
    /// It was set within so long.
    within: Duration,
}

impl ClockSet {
    /// None when the clock went on like the time that passed, give or take five seconds.
    pub fn between(before: ClockLook, after: ClockLook) -> Option<Self> {
        let within = after.steady.saturating_sub(before.steady);
        let would_be = before.now + within;
        let by_ms = after.now.0.saturating_sub(would_be.0);
        (by_ms.saturating_abs() > CLOCK_TOLERANCE_MS).then_some(Self {
            by_ms,
            would_be,
            now: after.now,
            within,
        })
    }

    /// An instant that was noted before the clock was set, by the clock as it is now: what lay a
    /// minute back still does. What was noted since it was set stays.
    #[must_use]
    pub fn moved(&self, at: Timestamp) -> Timestamp {
        let noted_since = self.now - self.within <= at && at <= self.now;
        if noted_since {
            at
        } else {
            Timestamp(at.0.saturating_add(self.by_ms))
        }
    }

    /// Moves an instant, where there is one.
    pub fn move_some(&self, at: &mut Option<Timestamp>) {
        *at = at.map(|at| self.moved(at));
    }
}

/// A clock that moves only when a test moves it.
#[derive(Debug, Default)]
pub struct ManualClock {
    now_ms: AtomicI64,
    passed_ms: AtomicI64,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub const fn at(start: Timestamp) -> Self {
        Self {
            now_ms: AtomicI64::new(start.0),
            passed_ms: AtomicI64::new(0),
        }
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.now_ms.fetch_add(millis(by), Ordering::SeqCst);
        self.passed_ms.fetch_add(millis(by), Ordering::SeqCst);
    }

    /// Somebody sets the clock, by so many seconds forward or, below zero, back. No time passes.
    pub fn set_by(&self, seconds: i64) {
        let by_ms = seconds.saturating_mul(1000);
        self.now_ms.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now_ms.load(Ordering::SeqCst))
    }

    fn steady(&self) -> Duration {
        let passed = self.passed_ms.load(Ordering::SeqCst);
        Duration::from_millis(u64::try_from(passed).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock as _, ClockLook, ClockSet, ManualClock, Timestamp};
    use std::time::Duration;

    fn look(clock: &ManualClock) -> ClockLook {
        ClockLook {
            now: clock.now(),
            steady: clock.steady(),
        }
    }

    #[test]
    fn a_clock_that_was_set_is_told_from_time_that_passed() {
        let noon = Timestamp::from_unix_seconds(1_729_407_600);
        let clock = ManualClock::at(noon);
        let before = look(&clock);
        clock.advance(Duration::from_hours(3));
        assert_eq!(ClockSet::between(before, look(&clock)), None);
        clock.set_by(4);
        assert_eq!(ClockSet::between(before, look(&clock)), None);
        for by in [3600, -3600, 86_400 * 365, -86_400 * 365] {
            let before = look(&clock);
            let minute_ago = before.now - Duration::from_mins(1);
            clock.advance(Duration::from_secs(1));
            clock.set_by(by);
            let after = look(&clock);
            let set = ClockSet::between(before, after).expect("it was set");
            assert_eq!(set.by_ms, by * 1000);
            let moved = set.moved(minute_ago);
            assert_eq!(after.now.since(moved), Duration::from_secs(61), "{by}");
            assert_eq!(set.moved(after.now), after.now, "noted since");
        }
    }

    #[test]
    fn civil_time_is_shanghai_time() {
        let instant = Timestamp::from_unix_seconds(1_729_407_600);
        assert_eq!(instant.shanghai(), [2024, 10, 20, 15, 0, 0]);
        assert_eq!(
            Timestamp::from_shanghai([2024, 10, 20, 15, 0, 0]),
            Some(instant)
        );
    }

    #[test]
    fn every_day_of_four_centuries_survives_the_round_trip() {
        for day in 0..146_097 {
            let noon = Timestamp::from_unix_seconds(day * 86_400 + 4 * 3600);
            assert_eq!(Timestamp::from_shanghai(noon.shanghai()), Some(noon));
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        assert_eq!(Timestamp::from_shanghai([2023, 2, 29, 0, 0, 0]), None);
        assert_eq!(Timestamp::from_shanghai([2024, 13, 1, 0, 0, 0]), None);
        assert_eq!(Timestamp::from_shanghai([2024, 1, 1, 24, 0, 0]), None);
        assert_eq!(Timestamp::from_shanghai([2024, 0, 1, 0, 0, 0]), None);
    }
}
