//! A day of the business calendar: a date in Shanghai.

use kernel::Timestamp;
use std::fmt;

const DAY_MS: i64 = 86_400_000;
/// Shanghai is ahead of UTC by eight hours.
const OFFSET_MS: i64 = 8 * 3_600_000;

/// A date in Shanghai, as days since 1970-01-01. Written `2026-03-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The date of an instant.
    pub const fn of(at: Timestamp) -> Self {
        Self(at.0.saturating_add(OFFSET_MS).div_euclid(DAY_MS))
    }

    /// Year, month and day; none when there is no such date.
    pub fn from_civil([year, month, day]: [u16; 3]) -> Option<Self> {
        Timestamp::from_shanghai([year, month, day, 0, 0, 0]).map(Self::of)
    }

    /// Its first instant.
    pub const fn begins(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(DAY_MS).saturating_sub(OFFSET_MS))
    }

    /// The day after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The day so many days before it.
    #[must_use]
    pub const fn before(self, days: i64) -> Self {
        Self(self.0.saturating_sub(days))
    }

    /// Reads `2026-03-01`; none when it is written otherwise, or there is no such date.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let number = |part: &str| part.parse::<u16>().ok();
        let (year, rest) = text.split_at_checked(4).filter(|_| well_formed)?;
        let (month, day) = (rest.get(1..3)?, rest.get(4..6)?);
        Self::from_civil([number(year)?, number(month)?, number(day)?])
    }

    /// Days from another day to this one; negative when this one is earlier.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Year, month and day.
    pub fn civil(self) -> [u16; 3] {
        let [year, month, day, ..] = self.begins().shanghai();
        [year, month, day]
    }

    /// 31 December of the year after its own. The calendar ends with the year 9999.
    #[must_use]
    pub fn end_of_next_year(self) -> Self {
        let [year, ..] = self.civil();
        Self::from_civil([year.saturating_add(1), 12, 31]).unwrap_or(self)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [year, month, day] = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::Day;
    use kernel::Timestamp;
    use proptest::prelude::*;

    #[test]
    fn days_begin_at_midnight_in_shanghai() {
        let late = Timestamp::from_shanghai([2026, 2, 28, 23, 59, 59]).expect("a time");
        let day = Day::of(late);
        assert_eq!(day.to_string(), "2026-02-28");
        assert_eq!(day.next().civil(), [2026, 3, 1]);
        assert_eq!(Day::of(Timestamp(late.0 + 1000)), day.next());
        assert_eq!(Day::of(day.begins()), day);
        assert_eq!(day.next().since(day), 1);
        assert_eq!(day.end_of_next_year().to_string(), "2027-12-31");
        assert_eq!(Day::from_civil([2026, 2, 29]), None);
        assert_eq!(day.next().before(1), day);
        assert_eq!(Day::parse("2026-02-28"), Some(day));
        for wrong in [
            "",
            "2026-02-29",
            "2026-2-28",
            "20260228",
            "+026-02-28",
            "2026-02-28 ",
        ] {
            assert_eq!(Day::parse(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_date_is_read_back(seconds in 0_i64..200_000_000_000) {
            let day = Day::of(Timestamp::from_unix_seconds(seconds));
            prop_assert_eq!(Day::from_civil(day.civil()), Some(day));
            prop_assert!(day.end_of_next_year() > day);
        }
    }
}
