//! Shares that add up: the largest remainder method.
//!
//! Every share is rounded down, then the missing units go one each to the largest fractional
//! parts; of equal ones the first in order gets it.

use kernel::Fen;

/// Divides `total` among `weights`, unit by unit.
///
/// The shares sum to `total` exactly and none differs from its exact value by a whole unit. A
/// negative total gives the negated shares of the positive one. None when a weight is negative,
/// or when there is something to divide and nobody who has a weight.
pub fn largest_remainder(total: i64, weights: &[i64]) -> Option<Vec<i64>> {
    if weights.iter().any(|weight| *weight < 0) {
        return None;
    }
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if sum == 0 {
        return (total == 0).then(|| vec![0; weights.len()]);
    }
    let size = i128::from(total).abs();
    let parts: Vec<(i128, i128)> = weights
        .iter()
        .map(|weight| size * i128::from(*weight))
        .map(|exact| (exact / sum, exact % sum))
        .collect();
    let given: i128 = parts.iter().map(|(floor, _)| floor).sum();
    let missing = usize::try_from(size - given).ok()?;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    // A stable sort: of equal remainders the first stays first.
    order.sort_by_key(|index| std::cmp::Reverse(parts.get(*index).map(|(_, rest)| *rest)));
    let mut shares: Vec<i128> = parts.into_iter().map(|(floor, _)| floor).collect();
    for index in order.into_iter().take(missing) {
        *shares.get_mut(index)? += 1;
    }
    let sign = i128::from(total.signum());
    shares
        .into_iter()
        .map(|share| i64::try_from(share * sign).ok())
        .collect()
}

/// Divides money among weights that are money themselves; see [`largest_remainder`].
pub fn allocate<const N: usize>(total: Fen, weights: [Fen; N]) -> Option<[Fen; N]> {
    let shares = largest_remainder(total.0, &weights.map(|weight| weight.0))?;
    let shares: Vec<Fen> = shares.into_iter().map(Fen).collect();
    shares.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::{allocate, largest_remainder};
    use kernel::Fen;
    use proptest::prelude::*;

    #[test]
    fn the_largest_remainders_get_what_is_missing() {
        let groups = [117, 246, 296, 2920];
        let shares = largest_remainder(1000, &groups);
        assert_eq!(shares, Some(vec![32, 69, 83, 816]));
        assert_eq!(
            allocate(Fen(500), [Fen(2345), Fen(987)]),
            Some([Fen(352), Fen(148)])
        );
    }

    #[test]
    fn of_equals_the_first_in_order_gets_more() {
        assert_eq!(largest_remainder(2, &[1, 1, 1]), Some(vec![1, 1, 0]));
        assert_eq!(largest_remainder(-2, &[1, 1, 1]), Some(vec![-1, -1, 0]));
    }

    #[test]
    fn nobody_can_share_something() {
        assert_eq!(largest_remainder(1, &[]), None);
        assert_eq!(largest_remainder(1, &[0, 0]), None);
        assert_eq!(largest_remainder(1, &[2, -1]), None);
        assert_eq!(largest_remainder(0, &[0, 0]), Some(vec![0, 0]));
    }

    #[test]
    fn the_largest_numbers_fit() {
        let shares = largest_remainder(i64::MIN + 1, &[i64::MAX, i64::MAX]).expect("weights");
        assert_eq!(shares.iter().sum::<i64>(), i64::MIN + 1);
    }

    proptest! {
        #[test]
        fn shares_add_up_and_are_fair(
            total in -1_000_000_000_i64..1_000_000_000,
            weights in prop::collection::vec(0_i64..1_000_000, 1..12),
        ) {
            prop_assume!(weights.iter().sum::<i64>() > 0);
            let shares = largest_remainder(total, &weights).expect("somebody has a weight");
            prop_assert_eq!(shares.iter().sum::<i64>(), total);
            let sum: i128 = weights.iter().map(|w| i128::from(*w)).sum();
            for (share, weight) in shares.iter().zip(&weights) {
                let exact = i128::from(total) * i128::from(*weight);
                prop_assert!((i128::from(*share) * sum - exact).abs() < sum);
            }
        }

        #[test]
        fn nobody_gives_back_more_than_he_has(
            weights in prop::collection::vec(0_i64..10_000, 1..12),
            part in 0_i64..10_000,
        ) {
            let sum: i64 = weights.iter().sum();
            prop_assume!(sum > 0);
            let total = sum * part / 10_000;
            let shares = largest_remainder(total, &weights).expect("somebody has a weight");
            prop_assert!(shares.iter().zip(&weights).all(|(share, weight)| share <= weight));
        }
    }
}
