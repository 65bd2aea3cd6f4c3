//! Energy by the half hour of the day, gathered while a charge runs, so that its bill needs no
//! walk through its curve.

use kernel::{Energy, Timestamp};
use serde::{Deserialize, Serialize};

/// Half hours of a day.
const SLOTS: usize = 48;

/// Length of one in milliseconds.
const SLOT_MS: i64 = 1_800_000;

/// Beijing is ahead of UTC by sixteen half hours.
const OFFSET: i64 = 16;

/// Energy per half hour of the day, from 00:00 Beijing time on. A charge over midnight goes on
/// in the first ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlotEnergy(Vec<Energy>);

impl Default for SlotEnergy {
    fn default() -> Self {
        Self(vec![Energy::ZERO; SLOTS])
    }
}

impl SlotEnergy {
    /// Energy that flowed between two instants, in proportion to the time in each half hour.
    /// Every piece but the last is rounded half up, the last takes the rest.
    pub fn add(&mut self, from: Timestamp, to: Timestamp, energy: Energy) {
        if energy <= Energy::ZERO {
            return;
        }
        let whole_ms = i128::from(to.0.saturating_sub(from.0));
        let mut rest = energy.0;
        let mut at = from;
        let mut next = slot_end(at);
        while whole_ms > 0 && next < to {
            let part_ms = i128::from(next.0 - at.0);
            let part = kernel::div_half_up(i128::from(energy.0) * part_ms, whole_ms);
            let part = i64::try_from(part).unwrap_or(0).min(rest);
            self.put(slot_of(at), part);
            rest -= part;
            at = next;
            next = slot_end(at);
        }
        self.put(slot_of(if whole_ms > 0 { at } else { to }), rest);
    }

    /// Takes energy away again, the latest first: the device's final account is lower than its
    /// progress was.
    pub fn take(&mut self, latest: Timestamp, energy: Energy) {
        let mut rest = energy.0;
        let start = slot_of(latest);
        for back in 0..SLOTS {
            if rest <= 0 {
                return;
            }
            let index = (start + SLOTS - back) % SLOTS;
            if let Some(slot) = self.0.get_mut(index) {
                let part = rest.min(slot.0);
                slot.0 -= part;
                rest -= part;
            }
        }
    }

    /// The sum.
    pub fn total(&self) -> Energy {
        Energy(self.0.iter().map(|energy| energy.0).sum())
    }

    /// All 48.
    pub fn slots(&self) -> &[Energy] {
        &self.0
    }

    fn put(&mut self, index: usize, energy: i64) {
        if let Some(slot) = self.0.get_mut(index) {
            slot.0 += energy;
        }
    }
}

/// The half hour of the day, 0..=47.
pub(crate) fn slot_of(at: Timestamp) -> usize {
    let slot = (at.0.div_euclid(SLOT_MS) + OFFSET).rem_euclid(48);
    usize::try_from(slot).unwrap_or(0)
}

/// The first instant after the half hour of `at`.
fn slot_end(at: Timestamp) -> Timestamp {
    Timestamp(at.0 - at.0.rem_euclid(SLOT_MS) + SLOT_MS)
}

#[cfg(test)]
mod tests {
    use super::SlotEnergy;
    use kernel::{Energy, Timestamp};

    fn at(hour: u16, minute: u16) -> Timestamp {
        Timestamp::from_shanghai([2026, 3, 1, hour, minute, 0]).expect("a time")
    }

    fn filled(energy: &SlotEnergy) -> Vec<(usize, i64)> {
        let slots = energy.slots().iter().enumerate();
        slots
            .filter(|(_, e)| e.0 != 0)
            .map(|(slot, e)| (slot, e.0))
            .collect()
    }

    #[test]
    fn energy_goes_into_the_half_hours_in_proportion_to_time() {
        let mut energy = SlotEnergy::default();
        energy.add(at(7, 50), at(8, 10), Energy(100));
        assert_eq!(filled(&energy), [(15, 50), (16, 50)]);
        energy.add(at(23, 45), at(23, 45), Energy(7));
        energy.add(at(8, 10), at(8, 0), Energy(3));
        assert_eq!(energy.total(), Energy(110));
    }

    #[test]
    fn midnight_goes_on_in_the_first_half_hours() {
        let mut energy = SlotEnergy::default();
        let next_day = Timestamp(at(23, 30).0 + 3_600_000);
        energy.add(at(23, 30), next_day, Energy(5));
        assert_eq!(filled(&energy), [(0, 2), (47, 3)]);
    }

    #[test]
    fn no_piece_is_lost_or_invented() {
        let mut energy = SlotEnergy::default();
        // Four half hours share two units: rounded half up they would take four.
        energy.add(at(10, 0), at(12, 0), Energy(2));
        assert_eq!(energy.total(), Energy(2));
        energy.add(at(10, 0), at(9, 0), Energy(-4));
        assert_eq!(energy.total(), Energy(2));
    }

    #[test]
    fn what_is_taken_back_is_the_latest() {
        let mut energy = SlotEnergy::default();
        energy.add(at(10, 0), at(10, 30), Energy(10));
        energy.add(at(10, 30), at(10, 40), Energy(4));
        energy.take(at(10, 40), Energy(6));
        assert_eq!(filled(&energy), [(20, 8)]);
        energy.take(at(10, 40), Energy(100));
        assert_eq!(energy.total(), Energy::ZERO);
    }
}
