//! Key figures (KPI): what each one is, made of stored counts, and how good it is.
//!
//! What is stored are two counts a figure, so that hours add up to days and devices to stations; the
//! figure itself is made when somebody looks.

mod alert;
mod business;
mod definition;
mod detail;
mod rating;
mod threshold;

pub use alert::{Alert, RECOVERY, Watched, alert};
pub use business::{Business, Figure, Ratio};
pub use definition::{Definition, Kpi, Making, Unit};
pub use detail::{Detail, PERIODS};
pub use rating::{Bounds, Rating, SAMPLES_MIN};
pub use threshold::{Thresholds, threshold_default};

use std::iter::Sum;
use std::ops::Add;

/// The two counts that a figure is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The numerator: orders that succeeded, seconds online, minutes altogether …
    pub part: u64,
    /// The denominator: all of them.
    pub whole: u64,
}

impl Counts {
    /// So many of so many.
    pub const fn of(part: u64, whole: u64) -> Self {
        Self { part, whole }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            part: self.part.saturating_add(other.part),
            whole: self.whole.saturating_add(other.whole),
        }
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// A figure in millionths of its unit: 990,000 are 99 %, or 0.99 minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millionths(pub i64);

/// Millionths in one.
const WHOLE: i64 = 1_000_000;

impl Millionths {
    /// From hundredths of a percent, as targets are written: 9950 are 99.5 %.
    pub const fn basis_points(points: i64) -> Self {
        Self(points * (WHOLE / 10_000))
    }

    /// From whole units: minutes, milliseconds.
    pub const fn units(units: i64) -> Self {
        Self(units * WHOLE)
    }
}

impl Kpi {
    /// The figure, rounded half up; none where nothing was counted, which is shown as "—".
    pub fn value(self, counts: Counts) -> Option<Millionths> {
        let whole = i128::from(counts.whole);
        if whole == 0 {
            return None;
        }
        let part = match self.definition().making {
            Making::Part => i128::from(counts.part),
            // More can be received than was expected; a loss below nothing is none.
            Making::Rest => (whole - i128::from(counts.part)).max(0),
        };
        let scaled = (part * i128::from(WHOLE) * 2 + whole) / (whole * 2);
        Some(Millionths(i64::try_from(scaled).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests;
