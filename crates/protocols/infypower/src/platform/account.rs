//! A record in one form, and whether it can be true (docs/protocols/infypower.md §12.2).

use super::identity::Whose;
use crate::value::SLOTS;
use device::{EndReason, EnergySplit};
use kernel::{Energy, Fen, Timestamp};
use std::time::Duration;

/// A charge of more energy than this is not believed.
const ENERGY_MAX: Energy = Energy(5_000_000);
/// Meter and energy may differ by so much, or by one part in [`METER_PART`].
const METER_OFF: i64 = 500;
/// See [`METER_OFF`].
const METER_PART: i64 = 200;
/// Slots and energy may differ by so much, or by one part in [`SLOTS_PART`].
const SLOTS_OFF: i64 = 5_000;
/// See [`SLOTS_OFF`].
const SLOTS_PART: i64 = 50;
/// Stated duration and the difference of the times may differ by so much.
const DURATION_OFF: Duration = Duration::from_mins(2);
/// Slots repeat after a day.
const DAY: Duration = Duration::from_hours(24);

/// A record, whatever its form.
pub(super) struct Account<'a> {
    pub(super) whose: Whose<'a>,
    pub(super) ended: Option<Timestamp>,
    pub(super) times_told: bool,
    pub(super) duration_s: u32,
    pub(super) soc: (u8, u8),
    pub(super) reason: EndReason,
    pub(super) reason_raw: u32,
    pub(super) energy: Energy,
    pub(super) meter: (Energy, Energy),
    pub(super) amount: Fen,
    pub(super) slots: Vec<Energy>,
    /// The unit of its energies is a guess.
    pub(super) guessed_unit: bool,
    /// It names a gun that a pile can have.
    pub(super) gun_known: bool,
    pub(super) mark: u64,
}

impl Account<'_> {
    /// Why it cannot be true as it stands.
    pub(super) fn doubts(&self) -> Vec<&'static str> {
        let mut doubts = Vec::new();
        if let (Some(started), Some(ended)) = (self.whose.started, self.ended) {
            let stated = Duration::from_secs(u64::from(self.duration_s));
            let between = ended.since(started);
            if ended < started {
                doubts.push("times");
            } else if stated.abs_diff(between) > DURATION_OFF {
                doubts.push("duration");
            }
        } else if self.times_told && self.whose.started.is_none() {
            doubts.push("clock");
        }
        let moved = self.meter.1.0.saturating_sub(self.meter.0.0);
        let off = moved.saturating_sub(self.energy.0).saturating_abs();
        if off > METER_OFF.max(self.energy.0 / METER_PART) {
            doubts.push("meter");
        }
        if self.energy > ENERGY_MAX {
            doubts.push("energy");
        }
        if Duration::from_secs(u64::from(self.duration_s)) > DAY {
            doubts.push("length");
        }
        doubts
    }

    /// The energy of the half hours, if it can be told.
    pub(super) fn split(&self, doubts: &mut Vec<&'static str>) -> EnergySplit {
        let mut slots = self.slots.clone();
        let sum: i64 = slots.iter().map(|slot| slot.0).sum();
        let too_long = Duration::from_secs(u64::from(self.duration_s)) > DAY;
        // Slots of a clock that was never set are those of another time of the day.
        if sum == 0 || self.energy.0 == 0 || too_long || self.whose.started.is_none() {
            return EnergySplit::Whole;
        }
        let missing = self.energy.0 - sum;
        if missing.saturating_abs() > SLOTS_OFF.max(self.energy.0 / SLOTS_PART) {
            doubts.push("period_sum");
            return EnergySplit::Whole;
        }
        if let Some(largest) = slots.iter_mut().max_by_key(|slot| slot.0) {
            largest.0 = (largest.0 + missing).max(0);
        }
        debug_assert_eq!(slots.len(), SLOTS);
        EnergySplit::BySlot(slots)
    }

    /// State of charge, where the pile knows it.
    pub(super) fn soc(&self) -> Option<(u8, u8)> {
        let (start, end) = self.soc;
        ((start, end) != (0, 0) && start <= 100 && end <= 100).then_some((start, end))
    }
}
