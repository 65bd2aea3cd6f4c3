//! Points (积分): earned with paid money, spent on charges, gone at the end of the following year.

use crate::day::Day;
use kernel::{BasisPoints, Fen};
use serde::{Deserialize, Serialize};

/// Cash that earns one point, fen.
pub const FEN_PER_EARNED: i64 = 100;
/// Points are spent in multiples of this.
pub const STEP: i64 = 100;
/// Most of an amount that points may pay, by default.
pub const CAP: BasisPoints = BasisPoints(1000);

/// Points. One is worth one fen when it is spent.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Points(pub i64);

impl Points {
    /// None.
    pub const ZERO: Self = Self(0);

    /// What they are worth.
    pub const fn worth(self) -> Fen {
        Fen(self.0)
    }
}

/// Points for each yuan of cash, as an operator decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EarnRate(pub i32);

impl Default for EarnRate {
    fn default() -> Self {
        Self(1)
    }
}

impl EarnRate {
    /// Most that can be decided.
    pub const MAX: i32 = 100;

    /// What an order earns: whole points of the cash that was paid for it. Gift money, coupons and
    /// points themselves earn nothing.
    pub fn earned(self, paid_cash: Fen) -> Points {
        let exact = i128::from(paid_cash.0.max(0)) * i128::from(self.0.max(0));
        Points(i64::try_from(exact / i128::from(FEN_PER_EARNED)).unwrap_or(i64::MAX))
    }

    /// What a refund of cash takes back of it: afterwards the member has what the order would
    /// have earned at its reduced price.
    pub fn reversal(self, paid_cash: Fen, refunded_before: Fen, refund: Fen) -> Points {
        let before = paid_cash - refunded_before;
        let after = before - refund;
        Points(self.earned(before).0 - self.earned(after).0)
    }
}

/// How many of the wanted points may pay for an amount: a multiple of 100, worth at most `cap` of
/// the amount, rounded down.
pub fn redeemable(wanted: Points, amount: Fen, cap: BasisPoints) -> Points {
    let most = cap.of_floor(amount.max(Fen::ZERO)).min(amount);
    Points(wanted.0.min(most.0).max(0) / STEP * STEP)
}

/// The last day of points that were earned on a day: 31 December of the following year.
pub fn expires_on(earned_on: Day) -> Day {
    earned_on.end_of_next_year()
}

/// Points of one origin that are not yet spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lot {
    /// How many.
    pub left: Points,
    /// Their last day.
    pub expires_on: Day,
}

/// What a member can spend on a day.
pub fn available(lots: &[Lot], today: Day) -> Points {
    let alive = lots.iter().filter(|lot| lot.expires_on >= today);
    Points(alive.map(|lot| lot.left.0).sum())
}

/// Takes points out of lots, those that expire first first; gives how many each lot loses, in the
/// order of `lots`. None when there are not enough on that day.
pub fn spend(lots: &[Lot], wanted: Points, today: Day) -> Option<Vec<Points>> {
    let mut missing = wanted.0.max(0);
    let mut order: Vec<usize> = (0..lots.len()).collect();
    order.sort_by_key(|index| lots.get(*index).map(|lot| lot.expires_on));
    let mut taken = vec![Points::ZERO; lots.len()];
    for index in order {
        let lot = lots.get(index).filter(|lot| lot.expires_on >= today);
        if let Some((lot, taken)) = lot.zip(taken.get_mut(index)) {
            taken.0 = lot.left.0.clamp(0, missing);
            missing -= taken.0;
        }
    }
    (missing == 0).then_some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ONE: EarnRate = EarnRate(1);

    fn day(civil: [u16; 3]) -> Day {
        Day::from_civil(civil).expect("a date")
    }

    #[test]
    fn whole_yuan_of_cash_earn() {
        assert_eq!(ONE.earned(Fen(2000)), Points(20));
        assert_eq!(ONE.earned(Fen(199)), Points(1));
        assert_eq!(ONE.earned(Fen(-5)), Points(0));
        assert_eq!(EarnRate(3).earned(Fen(199)), Points(5));
        assert_eq!(EarnRate(0).earned(Fen(199)), Points(0));
        assert_eq!(
            EarnRate(3).reversal(Fen(2000), Fen::ZERO, Fen(50)),
            Points(2)
        );
        assert_eq!(ONE.reversal(Fen(2000), Fen::ZERO, Fen(50)), Points(1));
        assert_eq!(ONE.reversal(Fen(2000), Fen(50), Fen(1950)), Points(19));
    }

    #[test]
    fn a_tenth_may_be_paid_with_points() {
        assert_eq!(redeemable(Points(200), Fen(2832), CAP), Points(200));
        assert_eq!(redeemable(Points(900), Fen(2832), CAP), Points(200));
        assert_eq!(redeemable(Points(199), Fen(2832), CAP), Points(100));
        assert_eq!(redeemable(Points(900), Fen(999), CAP), Points(0));
        assert_eq!(redeemable(Points(-100), Fen(2832), CAP), Points(0));
    }

    #[test]
    fn they_live_to_the_end_of_the_next_year() {
        let last = expires_on(day([2026, 1, 1]));
        assert_eq!(last, day([2027, 12, 31]));
        let lots = [Lot {
            left: Points(5),
            expires_on: last,
        }];
        assert_eq!(available(&lots, last), Points(5));
        assert_eq!(available(&lots, last.next()), Points(0));
    }

    #[test]
    fn the_oldest_are_spent_first() {
        let today = day([2026, 6, 1]);
        let lots = [(100, 2027), (30, 2026), (50, 2025)].map(|(left, year)| Lot {
            left: Points(left),
            expires_on: day([year, 12, 31]),
        });
        let taken = spend(&lots, Points(100), today).expect("enough");
        assert_eq!(taken, [Points(70), Points(30), Points(0)]);
        assert_eq!(spend(&lots, Points(131), today), None);
    }

    proptest! {
        #[test]
        fn parts_of_a_refund_take_back_what_the_whole_would(
            paid in 0_i64..1_000_000,
            part in 0_i64..=100,
            rate in 0_i32..=EarnRate::MAX,
        ) {
            let rate = EarnRate(rate);
            let first = paid * part / 100;
            let parts = rate.reversal(Fen(paid), Fen::ZERO, Fen(first)).0
                + rate.reversal(Fen(paid), Fen(first), Fen(paid - first)).0;
            prop_assert_eq!(Points(parts), rate.earned(Fen(paid)));
        }

        #[test]
        fn never_more_than_the_cap(wanted in any::<i64>(), amount in 0_i64..10_000_000) {
            let points = redeemable(Points(wanted), Fen(amount), CAP);
            prop_assert!(points.0 >= 0 && points.0 % STEP == 0 && points.0 * 10 <= amount);
        }
    }
}
