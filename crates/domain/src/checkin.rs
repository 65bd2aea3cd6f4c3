//! The daily check-in (每日签到): once a day, and more the longer the streak.

use crate::day::Day;
use crate::points::Points;

/// Points of the days of a streak; after the last it begins anew.
pub const LADDER: [Points; 7] = [
    Points(1),
    Points(2),
    Points(3),
    Points(4),
    Points(5),
    Points(6),
    Points(10),
];

/// One check-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckIn {
    /// Its date.
    pub day: Day,
    /// Day of the streak, 1 to 7.
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
pub fn check_in(last: Option<CheckIn>, today: Day) -> Result<CheckIn, AlreadyCheckedIn> {
    let before = match last {
        Some(last) if last.day >= today => return Err(AlreadyCheckedIn(last.day)),
        Some(last) if last.day.next() == today => usize::from(last.streak) % LADDER.len(),
        Some(_) | None => 0,
    };
    let streak = u8::try_from(before + 1).unwrap_or(1);
    Ok(CheckIn {
        day: today,
        streak,
        points: LADDER.get(before).copied().unwrap_or_default(),
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
            let now = check_in(last, day).expect("a new day");
            earned.push(now.points.0);
            last = Some(now);
            day = day.next();
        }
        assert_eq!(earned, [1, 2, 3, 4, 5, 6, 10, 1, 2]);
        let missed = check_in(last, day.next()).expect("a new day");
        assert_eq!((missed.streak, missed.points), (1, Points(1)));
    }

    #[test]
    fn once_a_day() {
        let once = check_in(None, first()).expect("a new day");
        assert_eq!(
            check_in(Some(once), first()),
            Err(AlreadyCheckedIn(first()))
        );
    }

    proptest! {
        #[test]
        fn every_reward_is_a_rung(gaps in prop::collection::vec(0_u8..3, 1..60)) {
            let (mut day, mut last) = (first(), None);
            for gap in gaps {
                for _ in 0..gap {
                    day = day.next();
                }
                if let Ok(now) = check_in(last, day) {
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
