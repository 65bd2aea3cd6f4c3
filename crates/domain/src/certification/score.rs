use super::{Area, CheckCode};
use serde::{Deserialize, Serialize};

/// A count out of a count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// How many were right.
    pub good: u64,
    /// Of how many.
    pub all: u64,
}

impl Share {
    /// Whether more than so many of ten thousand were right; of nothing, none.
    pub fn exceeds(self, basis_points: u64) -> bool {
        self.all > 0
            && u128::from(self.good) * 10_000 > u128::from(self.all) * u128::from(basis_points)
    }

    /// In percent with three digits, rounded down, so that 99.9 % is never shown for less.
    pub fn percent(self) -> String {
        if self.all == 0 {
            return "0.000".to_owned();
        }
        let thousandths = u128::from(self.good) * 100_000 / u128::from(self.all);
        format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
    }

    /// One more.
    pub fn count(&mut self, good: bool) {
        self.all += 1;
        self.good += u64::from(good);
    }
}

/// The protocol score, 0 to 100: each area gives its points by the share of its checks that
/// passed, rounded down in the area.
pub fn score(passed: impl Fn(CheckCode) -> bool) -> u32 {
    Area::ALL
        .iter()
        .map(|area| {
            let checks = CheckCode::ALL.iter().filter(|code| code.area() == *area);
            let (mut all, mut good) = (0, 0);
            for code in checks {
                all += 1;
                good += u32::from(passed(*code));
            }
            (area.points() * good).checked_div(all).unwrap_or(0)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::{Share, score};
    use crate::certification::{Area, CheckCode};

    #[test]
    fn the_areas_make_a_hundred() {
        let points: u32 = Area::ALL.iter().map(|area| area.points()).sum();
        assert_eq!(points, 100);
        assert_eq!(score(|_| true), 100);
        assert_eq!(score(|_| false), 0);
        assert_eq!(score(|code| code != CheckCode::Timeliness), 80);
        assert_eq!(score(|code| code != CheckCode::Unplug), 97);
        assert_eq!(score(|code| code == CheckCode::Commands), 8);
    }

    #[test]
    fn limits_are_exceeded_not_reached() {
        let share = |good, all| Share { good, all };
        assert!(!share(999, 1000).exceeds(9990));
        assert!(share(9991, 10_000).exceeds(9990));
        assert!(share(1, 1).exceeds(9990));
        assert!(!share(0, 0).exceeds(0));
        assert_eq!(share(9_989, 10_000).percent(), "99.890");
        assert_eq!(share(2, 3).percent(), "66.666");
        assert_eq!(share(7, 7).percent(), "100.000");
    }
}
