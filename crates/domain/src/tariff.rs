//! Tariffs: versions of prices that somebody writes, somebody else approves, and devices are
//! told.

use device::{Rate, TARIFF_RATES_MAX, TARIFF_SLOTS};

/// Highest price, electricity or service, in 0.00001 yuan per kWh.
pub const PRICE_MAX: i64 = 9_999_999;

/// State of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VersionState {
    /// Being written.
    Draft,
    /// Waits for a second person.
    Submitted,
    /// In force from its instant on; never changed again.
    Approved,
    /// Sent back.
    Rejected,
    /// Taken out of force.
    Retired,
}

impl VersionState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Submitted,
        Self::Approved,
        Self::Rejected,
        Self::Retired,
    ];

    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Retired => "retired",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether its prices may still be rewritten.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Rejected)
    }

    /// Whether a version may go from here to there.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Draft | Self::Rejected, Self::Submitted)
                | (
                    Self::Submitted,
                    Self::Approved | Self::Rejected | Self::Draft
                )
                | (Self::Approved, Self::Retired)
        )
    }
}

/// What is wrong with prices.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct TariffFault {
    /// Which value: `rates[1].electricity`, `slots[47]` …
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

fn fault(field: impl Into<String>, problem: impl Into<String>) -> TariffFault {
    TariffFault {
        field: field.into(),
        problem: problem.into(),
    }
}

/// Checks prices before they become a version. `free`: the station gives its energy away.
///
/// # Errors
/// The first value that is out of range.
pub fn check(rates: &[Rate], slots: &[u8], free: bool) -> Result<(), TariffFault> {
    if !(1..=TARIFF_RATES_MAX).contains(&rates.len()) {
        return Err(fault("rates", "must be 1 to 5"));
    }
    for (index, rate) in rates.iter().enumerate() {
        for (name, price) in [("electricity", rate.electricity), ("service", rate.service)] {
            if !(0..=PRICE_MAX).contains(&price.0) {
                let field = format!("rates[{index}].{name}");
                return Err(fault(field, "must be 0 to 99.99999 yuan per kWh"));
            }
        }
    }
    if slots.len() != TARIFF_SLOTS {
        return Err(fault("slots", "must be 48"));
    }
    for (index, kind) in slots.iter().enumerate() {
        let field = || format!("slots[{index}]");
        match rates.get(usize::from(*kind)) {
            None => return Err(fault(field(), "names a rate that is not there")),
            Some(rate) if !free && rate.electricity.0 + rate.service.0 == 0 => {
                return Err(fault(field(), "costs nothing; say free if that is meant"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// The number by which devices know a version: it changes with every version, and is never 0,
/// which is a device's word for "none yet".
pub fn model_number(version_row: i64) -> u16 {
    let number = (version_row - 1).rem_euclid(9999) + 1;
    u16::try_from(number).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::{VersionState, check, model_number};
    use device::Rate;
    use kernel::Price;

    fn rate(electricity: i64, service: i64) -> Rate {
        Rate {
            electricity: Price(electricity),
            service: Price(service),
        }
    }

    #[test]
    fn prices_are_checked_value_by_value() {
        let good = [rate(120_000, 40_000), rate(30_000, 40_000)];
        let slots = [vec![0; 20], vec![1; 28]].concat();
        assert_eq!(check(&good, &slots, false), Ok(()));
        let field = |rates: &[Rate], slots: &[u8], free| {
            check(rates, slots, free).map_err(|fault| fault.field)
        };
        assert_eq!(field(&[], &slots, false), Err("rates".to_owned()));
        assert_eq!(field(&good, &slots[1..], false), Err("slots".to_owned()));
        assert_eq!(
            field(&good[..1], &slots, false),
            Err("slots[20]".to_owned())
        );
        let dear = [rate(120_000, 10_000_000), good[1]];
        assert_eq!(
            field(&dear, &slots, false),
            Err("rates[0].service".to_owned())
        );
        let gift = [rate(0, 0), good[1]];
        assert_eq!(field(&gift, &slots, false), Err("slots[0]".to_owned()));
        assert_eq!(field(&gift, &slots, true), Ok(()));
    }

    #[test]
    fn model_numbers_have_four_digits_and_change() {
        assert_eq!(model_number(1), 1);
        assert_eq!(model_number(9999), 9999);
        assert_eq!(model_number(10_000), 1);
    }

    #[test]
    fn nobody_skips_the_second_person() {
        use VersionState::{Approved, Draft, Rejected, Retired, Submitted};
        for (from, to, may) in [
            (Draft, Submitted, true),
            (Draft, Approved, false),
            (Submitted, Approved, true),
            (Submitted, Rejected, true),
            (Rejected, Submitted, true),
            (Approved, Draft, false),
            (Approved, Retired, true),
            (Retired, Approved, false),
        ] {
            assert_eq!(from.may_become(to), may, "{from:?} to {to:?}");
        }
    }
}
