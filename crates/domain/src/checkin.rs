//! The daily check-in (每日签到): once a day, and more the longer the streak.

use crate::day::Day;
use crate::fault::FieldFault;
use crate::points::Points;
use serde::{Deserialize, Serialize};

/// Most days of a ladder.
pub const RUNGS_MAX: usize = 31;
/// Most points of one day.
pub const RUNG_POINTS_MAX: i64 = 1000;

/// Points of the days of a streak, where nobody decided otherwise; after the last it begins anew.
pub const LADDER: [Points; 7] = [
    Points(1),
    Points(2),
    Points(3),
    Points(4),
    Points(5),
    Points(6),
    Points(10),
];

/// What an operator decides about check-ins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CheckInRules {
    /// Whether members may check in at all.
    pub enabled: bool,
    /// Points of the days of a streak; after the last it begins anew.
    pub ladder: Vec<Points>,
}

impl Default for CheckInRules {
    fn default() -> Self {
        Self {
            enabled: true,
            ladder: LADDER.to_vec(),
        }
    }
}

impl CheckInRules {
    /// Checks them before they are stored.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        let days = self.ladder.len();
        FieldFault::unless(
            (1..=RUNGS_MAX).contains(&days),
            "ladder",
            format!("must have 1 to {RUNGS_MAX} days"),
        )?;
        for (place, rung) in self.ladder.iter().enumerate() {
            FieldFault::unless(
                (0..=RUNG_POINTS_MAX).contains(&rung.0),
                &format!("ladder[{place}]"),
                format!("must be 0 to {RUNG_POINTS_MAX}"),
            )?;
        }
        Ok(())
    }
}

/// One check-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckIn {
    /// Its date.
    pub day: Day,
    /// Day of the streak, 1 to the length of the ladder.
    pub streak: u8,
    /// What it earned.
    pub points: Points,
}

/// The member has already checked in on that date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("already checked in on {0}")]
pub struct AlreadyCheckedIn(pub Day);

/// Checks in after the last check-in, if there was one: the day after it continues the streak, any
/// later day begins a new one.
///
/// # Errors
/// There is one of that date already, or a later one.
pub fn check_in(
    last: Option<CheckIn>,
    today: Day,
    ladder: &[Points],
) -> Result<CheckIn, AlreadyCheckedIn> {
    let before = match last {
        Some(last) if last.day >= today => return Err(AlreadyCheckedIn(last.day)),
        // A ladder that became shorter begins anew.
        Some(last) if last.day.next() == today && usize::from(last.streak) < ladder.len() => {
            usize::from(last.streak)
        }
        Some(_) | None => 0,
    };
    let streak = u8::try_from(before + 1).unwrap_or(1);
    Ok(CheckIn {
        day: today,
        streak,
        points: ladder.get(before).copied().unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn first() -> Day {
        Day::from_civil([2026, 2, 25]).expect("a date")
    }

    #[test]
    fn the_ladder_is_climbed_and_begins_anew() {
        let mut day = first();
        let mut last = None;
        let mut earned = Vec::new();
        for _ in 0..9 {
            let now = check_in(last, day, &LADDER).expect("a new day");
            earned.push(now.points.0);
            last = Some(now);
            day = day.next();
        }
        assert_eq!(earned, [1, 2, 3, 4, 5, 6, 10, 1, 2]);
        let missed = check_in(last, day.next(), &LADDER).expect("a new day");
        assert_eq!((missed.streak, missed.points), (1, Points(1)));
    }

    #[test]
    fn once_a_day() {
        let once = check_in(None, first(), &LADDER).expect("a new day");
        assert_eq!(
            check_in(Some(once), first(), &LADDER),
            Err(AlreadyCheckedIn(first()))
        );
    }

    #[test]
    fn a_ladder_is_what_the_operator_wants() {
        let short = [Points(5), Points(50)];
        let mut last = None;
        let mut day = first();
        let mut earned = Vec::new();
        for _ in 0..3 {
            let now = check_in(last, day, &short).expect("a new day");
            earned.push((now.streak, now.points.0));
            last = Some(now);
            day = day.next();
        }
        assert_eq!(earned, [(1, 5), (2, 50), (1, 5)]);
        // It became shorter than the streak.
        let far = CheckIn {
            day: first(),
            streak: 6,
            points: Points(6),
        };
        let now = check_in(Some(far), first().next(), &short).expect("a new day");
        assert_eq!((now.streak, now.points), (1, Points(5)));
    }

    #[test]
    fn impossible_ladders_are_named() {
        let rules = |ladder: &[i64]| CheckInRules {
            enabled: true,
            ladder: ladder.iter().copied().map(Points).collect(),
        };
        assert_eq!(rules(&[0, 1000]).check(), Ok(()));
        for (ladder, field) in [
            (&[][..], "ladder"),
            (&[1; 32], "ladder"),
            (&[1, -1], "ladder[1]"),
            (&[1001], "ladder[0]"),
        ] {
            let fault = rules(ladder).check().expect_err("impossible");
            assert_eq!(fault.field, field);
        }
    }

    proptest! {
        #[test]
        fn every_reward_is_a_rung(gaps in prop::collection::vec(0_u8..3, 1..60)) {
            let (mut day, mut last) = (first(), None);
            for gap in gaps {
                for _ in 0..gap {
                    day = day.next();
                }
                if let Ok(now) = check_in(last, day, &LADDER) {
                    let rung = usize::from(now.streak) - 1;
                    prop_assert_eq!(LADDER.get(rung), Some(&now.points));
                    last = Some(now);
                } else {
                    prop_assert_eq!(gap, 0);
                }
            }
        }
    }
}
