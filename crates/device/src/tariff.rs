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
}

/// What a kWh costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Electricity.
    pub electricity: Price,
    /// Service fee.
    pub service: Price,
}
