//! The pile's own prices and sums: a bill by price kind, rounded as real piles round.

use ::pile::UNITS_PER_STEP;
use kernel::Timestamp;

/// Half hours of a day.
pub(super) const SLOTS: usize = 48;
/// Price kinds of a billing model: sharp, peak, flat, valley.
pub(super) const KINDS: usize = 4;

/// Prices of one kind, 1e-5 CNY/kWh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Price {
    pub(super) energy: u32,
    pub(super) service: u32,
}

/// A billing model as the platform gave it (docs/protocols/ykc.md §6.1, §8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    /// Four digits as on the wire.
    pub(super) code: [u8; 2],
    pub(super) prices: [Price; KINDS],
    /// Per cent by which metered energy grows before it is billed.
    pub(super) loss_percent: u8,
    /// Kind of each half hour.
    pub(super) slots: [u8; SLOTS],
}

impl Model {
    /// The kind of the half hour; a number that names no price counts as the last one.
    pub(super) fn kind(&self, slot: usize) -> usize {
        let kind = self.slots.get(slot % SLOTS).copied().unwrap_or_default();
        usize::from(kind).min(KINDS - 1)
    }

    /// Electricity and service fee together.
    pub(super) fn unit_price(&self, kind: usize) -> u64 {
        self.prices.get(kind).map_or(0, |price| {
            u64::from(price.energy) + u64::from(price.service)
        })
    }
}

/// How a pile rounds and what it leaves out (docs/protocols/ykc.md §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    /// Four decimals, the rest cut off.
    FourDecimals,
    /// Whole fen, the rest cut off.
    Fen,
    /// Whole fen, and one fen lost in every kind but the first.
    FenShort,
    /// Floating point: a price comes out one unit low.
    Float,
}

/// What one kind contributes, in the units of the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// 1e-5 CNY/kWh.
    pub(super) unit_price: u32,
    /// 1e-4 kWh.
    pub(super) energy: u32,
    /// 1e-4 kWh.
    pub(super) loss_energy: u32,
    /// 1e-4 CNY.
    pub(super) amount: u32,
}

/// A session's bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bill {
    pub(super) parts: [Part; KINDS],
    /// 1e-4 kWh.
    pub(super) energy: u32,
    /// 1e-4 kWh.
    pub(super) loss_energy: u32,
    /// 1e-4 CNY.
    pub(super) amount: u32,
}

impl Bill {
    /// The same with so many times the energy and money.
    #[must_use]
    pub(super) fn times(mut self, factor: u32) -> Self {
        for part in &mut self.parts {
            part.energy = part.energy.saturating_mul(factor);
            part.loss_energy = part.loss_energy.saturating_mul(factor);
            part.amount = part.amount.saturating_mul(factor);
        }
        self.energy = self.energy.saturating_mul(factor);
        self.loss_energy = self.loss_energy.saturating_mul(factor);
        self.amount = self.amount.saturating_mul(factor);
        self
    }
}

/// Energy of a session by price kind, exact: units of 0.1 W × 1 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shares([u64; KINDS]);

impl Shares {
    /// Adds energy that flowed evenly from one civil time to another, split where the price
    /// kind may change.
    pub(super) fn add(&mut self, model: &Model, from: Timestamp, to: Timestamp, units: u64) {
        let whole = u64::try_from(to.0 - from.0).unwrap_or(0);
        let (mut at, mut left) = (from, units);
        // A report period spans one boundary; a long absence spans at most all of a day.
        for _ in 0..=SLOTS {
            let slot = slot_of(at);
            let edge = next_edge(at);
            let kind = model.kind(slot);
            if edge >= to || whole == 0 {
                self.put(kind, left);
                return;
            }
            let share = u128::from(units) * u128::from(edge.0.abs_diff(at.0)) / u128::from(whole);
            let share = u64::try_from(share).unwrap_or(left).min(left);
            self.put(kind, share);
            left -= share;
            at = edge;
        }
        self.put(model.kind(slot_of(to)), left);
    }

    fn put(&mut self, kind: usize, units: u64) {
        if let Some(share) = self.0.get_mut(kind) {
            *share = share.saturating_add(units);
        }
    }

    /// The bill so far.
    pub(super) fn bill(&self, model: &Model, rounding: Rounding) -> Bill {
        let total = u32::try_from(self.0.iter().sum::<u64>() / UNITS_PER_STEP).unwrap_or(u32::MAX);
        let mut bill = Bill {
            energy: total,
            ..Bill::default()
        };
        let mut rest = total;
        let last = self.0.iter().rposition(|units| *units > 0);
        for (kind, (part, units)) in bill.parts.iter_mut().zip(self.0).enumerate() {
            // The kinds add up to the total: the last one takes what rounding left over.
            let energy = if Some(kind) == last {
                rest
            } else {
                u32::try_from(units / UNITS_PER_STEP)
                    .unwrap_or(u32::MAX)
                    .min(rest)
            };
            rest -= energy;
            *part = priced(model, kind, energy, rounding);
            bill.loss_energy = bill.loss_energy.saturating_add(part.loss_energy);
            bill.amount = bill.amount.saturating_add(part.amount);
        }
        bill
    }
}

fn priced(model: &Model, kind: usize, energy: u32, rounding: Rounding) -> Part {
    let loss = u64::from(energy) * (100 + u64::from(model.loss_percent)) / 100;
    let exact = model.unit_price(kind);
    let unit_price = match rounding {
        Rounding::Float => exact.saturating_sub(1),
        _ => exact,
    };
    let amount = unit_price * loss / 100_000;
    let amount = match rounding {
        Rounding::FourDecimals | Rounding::Float => amount,
        Rounding::Fen => amount / 100 * 100,
        Rounding::FenShort if kind == 0 => amount / 100 * 100,
        Rounding::FenShort => (amount / 100).saturating_sub(1) * 100,
    };
    let narrow = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
    Part {
        unit_price: narrow(unit_price),
        energy,
        loss_energy: narrow(loss),
        amount: narrow(amount),
    }
}

/// The half hour of the day, Beijing time.
fn slot_of(at: Timestamp) -> usize {
    let [_, _, _, hour, minute, _] = at.shanghai();
    usize::from(hour) * 2 + usize::from(minute >= 30)
}

/// When the next half hour begins. Beijing time differs from UTC by whole half hours.
fn next_edge(at: Timestamp) -> Timestamp {
    const HALF_HOUR_MS: i64 = 1_800_000;
    Timestamp((at.0.div_euclid(HALF_HOUR_MS) + 1) * HALF_HOUR_MS)
}

#[cfg(test)]
mod tests {
    use super::{Model, Price, Rounding, SLOTS, Shares, slot_of};
    use ::pile::UNITS_PER_STEP;
    use kernel::Timestamp;

    fn model() -> Model {
        let mut slots = [2_u8; SLOTS];
        slots[..16].fill(3);
        slots[20..24].fill(1);
        Model {
            code: [0x01, 0x02],
            prices: [
                Price {
                    energy: 100_000,
                    service: 50_000,
                },
                Price {
                    energy: 90_000,
                    service: 60_000,
                },
                Price {
                    energy: 60_000,
                    service: 40_000,
                },
                Price {
                    energy: 35_012,
                    service: 30_000,
                },
            ],
            loss_percent: 0,
            slots,
        }
    }

    fn at(hour: u16, minute: u16) -> Timestamp {
        Timestamp::from_shanghai([2024, 10, 20, hour, minute, 0]).expect("a time")
    }

    #[test]
    fn half_hours_are_counted_in_beijing() {
        assert_eq!(slot_of(at(0, 0)), 0);
        assert_eq!(slot_of(at(9, 59)), 19);
        assert_eq!(slot_of(at(23, 30)), 47);
    }

    #[test]
    fn energy_is_split_where_the_price_changes() {
        let model = model();
        let mut shares = Shares::default();
        // 09:45 to 10:15: half before, half after ten o'clock (flat, then peak).
        shares.add(&model, at(9, 45), at(10, 15), 200_000 * UNITS_PER_STEP);
        let bill = shares.bill(&model, Rounding::FourDecimals);
        assert_eq!(
            (bill.parts[2].energy, bill.parts[1].energy),
            (100_000, 100_000)
        );
        assert_eq!(bill.energy, 200_000);
        // 10 kWh × 1.00 + 10 kWh × 1.50.
        assert_eq!(bill.amount, 250_000);
        assert_eq!(bill.loss_energy, 200_000);
    }

    #[test]
    fn the_parts_add_up_whatever_is_cut_off() {
        let model = model();
        let mut shares = Shares::default();
        for minute in 0..50 {
            shares.add(&model, at(9, minute), at(9, minute + 1), 7_777_777);
        }
        shares.add(&model, at(9, 50), at(12, 10), 100_000_001);
        let bill = shares.bill(&model, Rounding::FourDecimals);
        let sum: u32 = bill.parts.iter().map(|part| part.energy).sum();
        assert_eq!(sum, bill.energy);
    }

    #[test]
    fn piles_round_as_captured() {
        let mut model = model();
        model.prices[0] = Price {
            energy: 40_000,
            service: 10_000,
        };
        model.slots = [0; SLOTS];
        let mut shares = Shares::default();
        shares.add(&model, at(1, 0), at(1, 10), 85_630 * UNITS_PER_STEP);
        let amounts = [
            Rounding::FourDecimals,
            Rounding::Fen,
            Rounding::FenShort,
            Rounding::Float,
        ]
        .map(|rounding| shares.bill(&model, rounding).amount);
        // 8.5630 × 0.50000 = 4.2815.
        assert_eq!(amounts, [42_815, 42_800, 42_800, 42_814]);
        model.loss_percent = 3;
        let bill = shares.bill(&model, Rounding::FourDecimals);
        assert_eq!((bill.energy, bill.loss_energy), (85_630, 88_198));
    }
}
