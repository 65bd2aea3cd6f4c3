//! Times of the day and windows between them, Beijing time, as price lists name them.

use kernel::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;
use std::str::FromStr;

/// Minutes of a day.
pub const DAY_MINUTES: u16 = 1440;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Beijing is ahead of UTC by eight hours.
const OFFSET_MS: i64 = 8 * 3_600_000;

/// A time of the day to the minute, 00:00 to 24:00; written `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayTime(u16);

/// A text that is no time of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a time of the day, 00:00 to 24:00")]
pub struct NoDayTime;

impl DayTime {
    /// From minutes after midnight, at most 1440.
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes > DAY_MINUTES {
            return None;
        }
        Some(Self(minutes))
    }

    /// Minutes after midnight.
    pub const fn minutes(self) -> u16 {
        self.0
    }

    /// Hour and minute; 24:00 is hour 24.
    pub const fn clock(self) -> (u16, u16) {
        (self.0 / 60, self.0 % 60)
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute) = self.clock();
        write!(f, "{hour:02}:{minute:02}")
    }
}

impl FromStr for DayTime {
    type Err = NoDayTime;

    fn from_str(text: &str) -> Result<Self, NoDayTime> {
        let digits = |part: &str| -> Option<u16> {
            let two = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            two.then(|| part.parse().ok()).flatten()
        };
        let (hour, minute) = text.split_once(':').ok_or(NoDayTime)?;
        let (hour, minute) = digits(hour).zip(digits(minute)).ok_or(NoDayTime)?;
        if minute > 59 {
            return Err(NoDayTime);
        }
        Self::from_minutes(hour * 60 + minute).ok_or(NoDayTime)
    }
}

impl Serialize for DayTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DayTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// A window of every day. One that ends before it begins goes over midnight; one that ends when
/// it begins is the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayWindow {
    /// Its first minute.
    pub from: DayTime,
    /// The minute after its last.
    pub to: DayTime,
}

impl DayWindow {
    /// Its pieces within one day, in minutes after midnight, first inclusive, last exclusive.
    fn pieces(self) -> [(u16, u16); 2] {
        let (from, to) = (self.from.0 % DAY_MINUTES, self.to.0);
        if from < to {
            [(from, to), (0, 0)]
        } else {
            [(from, DAY_MINUTES), (0, to)]
        }
    }

    /// Whether a minute of the day lies in it.
    pub fn covers(self, minute: u16) -> bool {
        self.pieces()
            .iter()
            .any(|(from, to)| (*from..*to).contains(&minute))
    }

    /// Whether two windows have a minute in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.pieces().iter().any(|(from, to)| {
            let meets = |(start, end): &(u16, u16)| from.max(start) < to.min(end);
            other.pieces().iter().any(meets)
        })
    }
}

/// Milliseconds of `from..to` that lie outside all windows.
pub fn outside_ms(windows: &[DayWindow], from: Timestamp, to: Timestamp) -> i64 {
    if to <= from {
        return 0;
    }
    let (from, to) = (
        from.0.saturating_add(OFFSET_MS),
        to.0.saturating_add(OFFSET_MS),
    );
    let covered = joined(windows);
    let per_day: i64 = covered.iter().map(|(start, end)| end - start).sum();
    let (first, last) = (from.div_euclid(DAY_MS), to.div_euclid(DAY_MS));
    // Whole days between the first and the last need no look at their windows.
    let within = |day: i64, low: i64, high: i64| -> i64 {
        let piece = |(start, end): &(i64, i64)| {
            let start = (day * DAY_MS + start).max(low);
            ((day * DAY_MS + end).min(high) - start).max(0)
        };
        covered.iter().map(piece).sum()
    };
    let mut inside = within(first, from, to);
    if last > first {
        inside += within(last, from, to);
        inside = inside.saturating_add(per_day.saturating_mul(last - first - 1));
    }
    (to - from).saturating_sub(inside)
}

/// All windows of a day as pieces in milliseconds that do not touch each other.
fn joined(windows: &[DayWindow]) -> Vec<(i64, i64)> {
    let mut pieces: Vec<(i64, i64)> = windows
        .iter()
        .flat_map(|window| window.pieces())
        .filter(|(from, to)| from < to)
        .map(|(from, to)| (i64::from(from) * MINUTE_MS, i64::from(to) * MINUTE_MS))
        .collect();
    pieces.sort_unstable();
    let mut whole: Vec<(i64, i64)> = Vec::with_capacity(pieces.len());
    for (from, to) in pieces {
        match whole.last_mut() {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => whole.push((from, to)),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::{DayTime, DayWindow, outside_ms};
    use kernel::Timestamp;

    fn window(from: &str, to: &str) -> DayWindow {
        DayWindow {
            from: from.parse().expect("a time"),
            to: to.parse().expect("a time"),
        }
    }

    fn at(day: u16, hour: u16, minute: u16) -> Timestamp {
        Timestamp::from_shanghai([2026, 3, day, hour, minute, 0]).expect("a time")
    }

    #[test]
    fn times_are_written_as_people_write_them() {
        for text in ["00:00", "07:05", "23:59", "24:00"] {
            let time: DayTime = text.parse().expect("a time");
            assert_eq!(time.to_string(), text);
        }
        for text in ["24:01", "7:00", "07:60", "0700", "", "ab:cd", "+1:00"] {
            assert!(text.parse::<DayTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_window_may_go_over_midnight() {
        let night = window("22:00", "07:00");
        assert!(night.covers(22 * 60) && night.covers(0) && night.covers(419));
        assert!(!night.covers(420) && !night.covers(1319));
        assert!(night.overlaps(window("06:59", "08:00")));
        assert!(!night.overlaps(window("07:00", "22:00")));
        assert!(window("05:00", "05:00").covers(4));
    }

    #[test]
    fn time_outside_of_windows_is_counted_over_days() {
        let night = [window("22:00", "07:00")];
        let minutes = |from, to| outside_ms(&night, from, to) / 60_000;
        assert_eq!(minutes(at(1, 21, 45), at(1, 22, 40)), 15);
        assert_eq!(minutes(at(1, 23, 0), at(2, 6, 0)), 0);
        assert_eq!(minutes(at(1, 21, 0), at(4, 8, 0)), 60 + 2 * 900 + 60);
        assert_eq!(minutes(at(2, 0, 0), at(1, 0, 0)), 0);
        let twice = [window("22:00", "07:00"), window("23:00", "08:00")];
        assert_eq!(outside_ms(&twice, at(1, 7, 0), at(1, 9, 0)) / 60_000, 60);
    }
}
