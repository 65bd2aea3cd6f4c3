//! A vehicle: what its battery takes, and how full it is. Constant power, then a taper.

use super::billing::UNITS_PER_STEP;
use kernel::Timestamp;

/// From this state of charge on the power falls, percent.
const TAPER_FROM: u64 = 80;
/// What a nearly full battery still takes, per mille of the bulk power.
const TAPER_TO: u64 = 120;
/// Current below which a pile calls the vehicle idle is not modelled: a full vehicle stops.
const FULL: u64 = 100;

/// One vehicle and its battery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vehicle {
    /// Vehicle identification number, 17 characters.
    pub vin: String,
    /// Energy that the battery holds, Wh.
    pub capacity_wh: u32,
    /// State of charge when it is plugged in, percent.
    pub soc: u8,
    /// What it takes in bulk, W. The pile gives less where it can do less.
    pub power_w: u32,
    /// Voltage of the battery when empty, 0.1 V; rises with the state of charge by a fifth.
    pub voltage_dv: u16,
    /// Whether the battery management offers itself for plug-and-charge.
    pub plug_and_charge: bool,
}

impl Vehicle {
    /// A car with 60 kWh at 30 %, which takes up to 90 kW DC or 7 kW AC.
    pub fn car() -> Self {
        Self {
            vin: "LSVAA4182E2000017".to_owned(),
            capacity_wh: 60_000,
            soc: 30,
            power_w: 90_000,
            voltage_dv: 3_400,
            plug_and_charge: false,
        }
    }

    /// The same with another number that offers itself for plug-and-charge.
    #[must_use]
    pub fn offering(mut self, vin: &str) -> Self {
        vin.clone_into(&mut self.vin);
        self.plug_and_charge = true;
        self
    }
}

/// A plugged battery: how much it took, counted exactly in units of 0.1 W × 1 ms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Battery {
    capacity: u64,
    filled: u64,
    power_dw: u64,
    voltage_dv: u64,
}

impl Battery {
    /// The battery of a vehicle behind something that gives at most `limit_w`.
    pub(super) fn of(vehicle: &Vehicle) -> Self {
        let capacity = u64::from(vehicle.capacity_wh.max(1)) * 10 * UNITS_PER_STEP;
        Self {
            capacity,
            filled: capacity / 100 * u64::from(vehicle.soc.min(100)),
            power_dw: u64::from(vehicle.power_w) * 10,
            voltage_dv: u64::from(vehicle.voltage_dv),
        }
    }

    /// Percent, cut off.
    pub(super) fn soc(&self) -> u8 {
        u8::try_from(self.percent()).unwrap_or(100)
    }

    pub(super) fn is_full(&self) -> bool {
        self.filled >= self.capacity
    }

    /// 0.1 V.
    pub(super) fn voltage_dv(&self) -> u64 {
        self.voltage_dv * (500 + self.percent()) / 500
    }

    /// Power at this moment, 0.1 W.
    pub(super) fn power_dw(&self, limit_dw: u64) -> u64 {
        if self.is_full() {
            return 0;
        }
        let percent = self.percent();
        let share = if percent < TAPER_FROM {
            1000
        } else {
            let down = (percent - TAPER_FROM) * (1000 - TAPER_TO) / (FULL - TAPER_FROM);
            1000 - down
        };
        (self.power_dw * share / 1000).min(limit_dw)
    }

    /// Takes energy for so long; the units that it took.
    pub(super) fn take(&mut self, from: Timestamp, to: Timestamp, limit_dw: u64) -> u64 {
        let mut left_ms = u64::try_from(to.0 - from.0).unwrap_or(0);
        let before = self.filled;
        // Power is constant between two percents.
        for _ in 0..=FULL {
            let power = self.power_dw(limit_dw);
            if left_ms == 0 || power == 0 {
                break;
            }
            let step_ms = left_ms.min(self.units_to_next().div_ceil(power).max(1));
            self.filled = (self.filled + power * step_ms).min(self.capacity);
            left_ms -= step_ms;
        }
        self.filled - before
    }

    /// Milliseconds until it has taken `units` more, or until its power changes; none if it
    /// takes nothing.
    pub(super) fn ms_until(&self, units: Option<u64>, limit_dw: u64) -> Option<u64> {
        let power = self.power_dw(limit_dw);
        if power == 0 {
            return None;
        }
        let wanted = units.unwrap_or(u64::MAX).min(self.units_to_next());
        Some(wanted.div_ceil(power).max(1))
    }

    /// Minutes until full at the present power.
    pub(super) fn minutes_left(&self, limit_dw: u64) -> u16 {
        let power = self.power_dw(limit_dw).max(1);
        let ms = self.capacity.saturating_sub(self.filled) / power;
        u16::try_from(ms / 60_000).unwrap_or(u16::MAX).min(600)
    }

    fn percent(&self) -> u64 {
        self.filled.saturating_mul(FULL) / self.capacity
    }

    /// Units to the next percent.
    fn units_to_next(&self) -> u64 {
        let next = (self.percent() + 1).min(FULL);
        (self.capacity * next)
            .div_ceil(FULL)
            .saturating_sub(self.filled)
            .max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Battery, Vehicle};
    use crate::pile::billing::UNITS_PER_STEP;
    use kernel::Timestamp;

    const LIMIT: u64 = 1_200_000;

    #[test]
    fn it_takes_constant_power_and_then_less() {
        let mut battery = Battery::of(&Vehicle::car());
        assert_eq!((battery.soc(), battery.power_dw(LIMIT)), (30, 900_000));
        assert_eq!(battery.power_dw(70_000), 70_000);
        let hour = Timestamp(3_600_000);
        // 20 minutes at 90 kW are 30 kWh: half of the battery.
        let taken = battery.take(Timestamp(0), Timestamp(1_200_000), LIMIT);
        assert_eq!(taken / UNITS_PER_STEP, 300_000);
        assert_eq!(battery.soc(), 80);
        let mut last = battery.power_dw(LIMIT);
        for minute in 0..60 {
            let at = Timestamp(minute * 60_000);
            battery.take(at, Timestamp(at.0 + 60_000), LIMIT);
            assert!(battery.power_dw(LIMIT) <= last);
            last = battery.power_dw(LIMIT);
        }
        assert!(battery.is_full());
        assert_eq!((battery.soc(), last), (100, 0));
        assert_eq!(battery.ms_until(None, LIMIT), None);
        assert_eq!(battery.take(Timestamp(0), hour, LIMIT), 0);
    }

    #[test]
    fn energy_does_not_depend_on_how_often_one_looks() {
        let (mut once, mut often) = (Battery::of(&Vehicle::car()), Battery::of(&Vehicle::car()));
        let end = 40 * 60_000;
        let whole = once.take(Timestamp(0), Timestamp(end), LIMIT);
        let parts: u64 = (0..40)
            .map(|minute| {
                let from = Timestamp(minute * 60_000);
                often.take(from, Timestamp(from.0 + 60_000), LIMIT)
            })
            .sum();
        // Steps of a millisecond at a percent's edge are all that may differ.
        assert!(whole.abs_diff(parts) < 900_000 * 100);
    }

    #[test]
    fn a_goal_is_met_to_the_millisecond() {
        let mut battery = Battery::of(&Vehicle::car());
        let goal = 5 * UNITS_PER_STEP;
        let ms = battery.ms_until(Some(goal), LIMIT).expect("it flows");
        let ms = i64::try_from(ms).expect("short");
        assert!(battery.take(Timestamp(0), Timestamp(ms), LIMIT) >= goal);
    }
}
