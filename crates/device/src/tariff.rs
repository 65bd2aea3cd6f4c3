use kernel::Price;
use serde::{Deserialize, Serialize};

/// Half-hour slots of a day.
pub const TARIFF_SLOTS: usize = 48;

/// Most rates that a tariff has: sharp, peak, flat, valley, deep valley.
pub const TARIFF_RATES_MAX: usize = 5;

/// Prices by the time of the day, as a device holds them (计费模型).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TariffTable {
    /// The number by which device and platform tell whether they hold the same prices, 1..=9999.
    pub model: u16,
    /// By kind: 0 sharp (尖), 1 peak (峰), 2 flat (平), 3 valley (谷), 4 deep valley (深谷). One
    /// to [`TARIFF_RATES_MAX`].
    pub rates: Vec<Rate>,
    /// The kind of each half hour from 00:00 on, exactly [`TARIFF_SLOTS`]; each names a rate.
    pub slots: Vec<u8>,
}

impl TariffTable {
    /// Whether it has 48 slots that all name a rate, and a model number of four digits.
    pub fn is_complete(&self) -> bool {
        (1..=9999).contains(&self.model)
            && (1..=TARIFF_RATES_MAX).contains(&self.rates.len())
            && self.slots.len() == TARIFF_SLOTS
            && self
                .slots
                .iter()
                .all(|kind| usize::from(*kind) < self.rates.len())
    }

    /// The rate of a half hour; none beyond the 48th or when the table is not complete.
    pub fn rate(&self, slot: usize) -> Option<Rate> {
        let kind = self.slots.get(slot)?;
        self.rates.get(usize::from(*kind)).copied()
    }

    /// The same prices for a device that knows at most so many kinds: those beyond become the
    /// last one that it knows, at that one's price. Deep valley becomes valley on a device with
    /// four. Bills keep them apart.
    #[must_use]
    pub fn folded(&self, kinds: usize) -> Self {
        let kinds = kinds.max(1);
        let last = u8::try_from(kinds - 1).unwrap_or(u8::MAX);
        Self {
            model: self.model,
            rates: self.rates.iter().take(kinds).copied().collect(),
            slots: self.slots.iter().map(|kind| (*kind).min(last)).collect(),
        }
    }
}

/// What a kWh costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Electricity.
    pub electricity: Price,
    /// Service fee.
    pub service: Price,
}

#[cfg(test)]
mod tests {
    use super::{Rate, TariffTable};
    use kernel::Price;

    fn table(kinds: u8) -> TariffTable {
        let rate = |kind: u8| Rate {
            electricity: Price(i64::from(kind) + 1),
            service: Price(40_000),
        };
        TariffTable {
            model: 7,
            rates: (0..kinds).map(rate).collect(),
            slots: (0..48).map(|slot| slot % kinds).collect(),
        }
    }

    #[test]
    fn kinds_that_a_device_does_not_know_become_its_last() {
        let four = table(5).folded(4);
        assert!(four.is_complete());
        assert_eq!(four.rates.len(), 4);
        assert_eq!(four.slots[..6], [0, 1, 2, 3, 3, 0]);
        assert_eq!(four.rate(4), table(5).rate(3));
        assert!(table(5).folded(0).is_complete());
    }

    #[test]
    fn a_device_that_knows_all_kinds_gets_them() {
        for kinds in 1..=5 {
            assert_eq!(table(kinds).folded(5), table(kinds));
        }
    }
}
