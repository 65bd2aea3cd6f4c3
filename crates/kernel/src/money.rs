use crate::div_half_up;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Neg, Sub};

/// Money in fen (分), 0.01 yuan. Never a float.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(pub i64);

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount in yuan with two decimals, as webhooks and bills print it: `785` → `7.85`.
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let abs = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", abs / 100, abs % 100)
    }

    /// The sum, or `None` when it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl std::iter::Sum for Fen {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        Self(parts.map(|part| part.0).sum())
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fen", self.0)
    }
}

impl Add for Fen {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Fen {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Fen {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

/// A ratio in thousandths (千分比), the unit of the third-party API's `service_fee`: 100 is 10 %.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Permille(pub i32);

/// A ratio in basis points (万分比), the unit of shares, cuts and fees: 500 is 5 %. Rules keep it
/// within 0 to 10 000.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct BasisPoints(pub i32);

impl BasisPoints {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// All of it.
    pub const WHOLE: Self = Self(10_000);

    /// Whether it is a share of something: 0 to 10 000.
    pub const fn is_share(self) -> bool {
        0 <= self.0 && self.0 <= Self::WHOLE.0
    }

    /// What is left of the whole; nothing when it is more than the whole.
    #[must_use]
    pub fn rest(self) -> Self {
        Self(Self::WHOLE.0.saturating_sub(self.0).max(0))
    }

    /// So much of an amount, rounded half up.
    pub fn of(self, amount: Fen) -> Fen {
        Fen(narrow(div_half_up(self.times(amount), 10_000)))
    }

    /// So much of an amount, rounded down: what each payee of a split gets.
    pub fn of_floor(self, amount: Fen) -> Fen {
        Fen(narrow(self.times(amount).div_euclid(10_000)))
    }

    fn times(self, amount: Fen) -> i128 {
        i128::from(amount.0) * i128::from(self.0)
    }
}

fn narrow(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::{BasisPoints, Fen};

    #[test]
    fn yuan_has_two_decimals() {
        assert_eq!(Fen(785).yuan(), "7.85");
        assert_eq!(Fen(5).yuan(), "0.05");
        assert_eq!(Fen(-120).yuan(), "-1.20");
    }

    #[test]
    fn shares_are_rounded_as_asked() {
        let fifth = BasisPoints(2000);
        assert_eq!(fifth.of(Fen(1234)), Fen(247));
        assert_eq!(fifth.of_floor(Fen(1234)), Fen(246));
        assert_eq!(fifth.rest(), BasisPoints(8000));
        assert_eq!(BasisPoints::WHOLE.of_floor(Fen(i64::MAX)), Fen(i64::MAX));
        assert!(fifth.is_share() && !BasisPoints(10_001).is_share());
    }
}
