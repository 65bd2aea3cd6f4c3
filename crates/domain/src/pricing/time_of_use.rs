//! The bill of a charge whose price depends on the time of the day.
//!
//! Per price kind, electricity and service are each rounded to 0.0001 yuan; the two sums are
//! rounded to the fen once, so that the parts always add up. The detail in fen per kind is
//! apportioned by the largest remainder.

use device::{EnergySplit, RateShare, TARIFF_RATES_MAX, TariffTable};
use kernel::{Energy, Fen, div_half_up};
use serde::{Deserialize, Serialize};

/// Energy of one price kind that a record may be off by, 0.0001 kWh.
const KIND_TOLERANCE: i64 = 2;

/// Energy of one half hour that a record in 0.01 kWh may be off by, 0.0001 kWh.
const SLOT_TOLERANCE: i64 = 100;

/// Kind of the cheap half hours, and of the still cheaper ones that not every device knows.
const VALLEY: u8 = 3;
const DEEP_VALLEY: u8 = 4;

/// 0.0001 kWh × 0.00001 yuan per kWh are 1e-9 yuan; 0.0001 yuan has 1e5 of them.
const M4: i128 = 100_000;

/// Energy by price kind: sharp, peak, flat, valley, deep valley.
pub type ByKind = [Energy; TARIFF_RATES_MAX];

/// One price kind of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// 0 sharp, 1 peak, 2 flat, 3 valley, 4 deep valley.
    pub kind: u8,
    /// Energy, 0.0001 kWh.
    pub e4: Energy,
    /// Electricity, 0.0001 yuan.
    pub elec_m4: i64,
    /// Service, 0.0001 yuan.
    pub service_m4: i64,
    /// Electricity in whole fen; the lines add up to the bill.
    pub elec_fen: Fen,
    /// Service in whole fen; the lines add up to the bill.
    pub service_fen: Fen,
}

/// A bill with its lines, kept with the order for ever.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillSheet {
    /// One per kind that was used.
    pub lines: Vec<BillLine>,
    /// Electricity.
    pub elec_fen: Fen,
    /// Service.
    pub service_fen: Fen,
}

impl BillSheet {
    /// Both parts.
    pub fn total(&self) -> Fen {
        self.elec_fen + self.service_fen
    }

    /// How many fen a device's own sum may differ: one per kind, and one.
    pub fn tolerance(&self) -> u64 {
        self.lines.len() as u64 + 1
    }
}

/// Makes the bill of these energies.
pub fn bill(table: &TariffTable, energy: &ByKind) -> BillSheet {
    let mut lines: Vec<BillLine> = Vec::new();
    for (kind, e4) in (0_u8..).zip(energy) {
        if *e4 <= Energy::ZERO {
            continue;
        }
        let rate = table.rates.get(usize::from(kind)).copied();
        let rate = rate.unwrap_or_default();
        lines.push(BillLine {
            kind,
            e4: *e4,
            elec_m4: m4(*e4, rate.electricity.0),
            service_m4: m4(*e4, rate.service.0),
            elec_fen: Fen::ZERO,
            service_fen: Fen::ZERO,
        });
    }
    let elec: Vec<i64> = lines.iter().map(|line| line.elec_m4).collect();
    let service: Vec<i64> = lines.iter().map(|line| line.service_m4).collect();
    let (elec_fen, elec_parts) = in_fen(&elec);
    let (service_fen, service_parts) = in_fen(&service);
    for ((line, elec), service) in lines.iter_mut().zip(elec_parts).zip(service_parts) {
        line.elec_fen = elec;
        line.service_fen = service;
    }
    BillSheet {
        lines,
        elec_fen,
        service_fen,
    }
}

fn m4(energy: Energy, price: i64) -> i64 {
    let exact = div_half_up(i128::from(energy.0) * i128::from(price), M4);
    i64::try_from(exact).unwrap_or(i64::MAX)
}

/// The sum in fen, and what each part contributes to it.
fn in_fen(parts: &[i64]) -> (Fen, Vec<Fen>) {
    let sum: i128 = parts.iter().copied().map(i128::from).sum();
    let total = i64::try_from(div_half_up(sum, 100)).unwrap_or(i64::MAX);
    let mut fen: Vec<i64> = parts.iter().map(|part| part / 100).collect();
    let mut missing = total - fen.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    // The largest remainder first; of equal ones the earlier kind.
    order.sort_by_key(|index| std::cmp::Reverse(parts.get(*index).map_or(0, |part| part % 100)));
    for index in order {
        if missing <= 0 {
            break;
        }
        if let Some(part) = fen.get_mut(index) {
            *part += 1;
            missing -= 1;
        }
    }
    (Fen(total), fen.into_iter().map(Fen).collect())
}

/// Energy by kind out of energy by half hour.
pub fn by_kind(table: &TariffTable, slots: &[Energy]) -> ByKind {
    let mut kinds = ByKind::default();
    for (slot, energy) in slots.iter().enumerate() {
        let kind = table.slots.get(slot).copied().unwrap_or(0);
        if let Some(sum) = kinds.get_mut(usize::from(kind)) {
            sum.0 += energy.0;
        }
    }
    kinds
}

/// What a record's own split is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// It has none, or one that does not tell the tariff's kinds apart.
    None,
    /// It adds up to the total.
    Good(ByKind),
    /// It does not, and is not scaled.
    Contradicts,
    /// It names a kind that the tariff has no price for.
    Unpriced,
}

/// Reads a record's split against its total and the tariff.
pub fn read_split(table: &TariffTable, split: &EnergySplit, total: Energy) -> Split {
    let (kinds, tolerance) = match split {
        EnergySplit::Whole => return Split::None,
        EnergySplit::ByRate(shares) => {
            let mut kinds = ByKind::default();
            for share in shares {
                match kinds.get_mut(usize::from(share.kind)) {
                    Some(sum) => sum.0 += share.energy.0,
                    None => return Split::Unpriced,
                }
            }
            (kinds, shares.iter().map(|_| KIND_TOLERANCE).sum())
        }
        EnergySplit::BySlot(slots) => {
            let used = slots.iter().filter(|energy| energy.0 > 0);
            (by_kind(table, slots), used.map(|_| SLOT_TOLERANCE).sum())
        }
    };
    let sum: i64 = kinds.iter().map(|energy| energy.0).sum();
    if sum == 0 && total > Energy::ZERO {
        // All zero: the device does not fill it in.
        return Split::None;
    }
    if kinds.iter().any(|energy| *energy < Energy::ZERO) || (sum - total.0).abs() > tolerance {
        return Split::Contradicts;
    }
    if let EnergySplit::ByRate(shares) = split
        && mixes_valleys(table, shares, &kinds)
    {
        return Split::None;
    }
    let unpriced = kinds.iter().skip(table.rates.len());
    if unpriced.into_iter().any(|energy| *energy > Energy::ZERO) {
        return Split::Unpriced;
    }
    Split::Good(rounded_to(kinds, total))
}

/// Whether the energy of valley may be that of deep valley: devices with four kinds count both
/// as valley.
fn mixes_valleys(table: &TariffTable, shares: &[RateShare], kinds: &ByKind) -> bool {
    let in_valley = kinds.get(usize::from(VALLEY));
    in_valley.is_some_and(|energy| *energy > Energy::ZERO)
        && table.slots.contains(&DEEP_VALLEY)
        && shares.iter().all(|share| share.kind != DEEP_VALLEY)
}

/// The same energies with what their rounding left over in the largest, so that they are the
/// total.
fn rounded_to(mut kinds: ByKind, total: Energy) -> ByKind {
    let sum: i64 = kinds.iter().map(|energy| energy.0).sum();
    if let Some(largest) = kinds.iter_mut().max_by_key(|energy| energy.0) {
        largest.0 += total.0 - sum;
    }
    kinds
}

#[cfg(test)]
mod tests;
