//! A plugged battery: what it takes, how full and warm it is, what its management asks for.
//!
//! Everything follows from the energy inside, which is counted in integers, millisecond by
//! millisecond, so that it does not depend on how often one looks.

use super::{Inlet, Vehicle};
use kernel::Timestamp;

/// Units (0.1 W × 1 ms) in 0.0001 kWh, the finest step of energy on the wires.
pub const UNITS_PER_STEP: u64 = 3_600_000;

/// A full battery, percent.
const FULL: u64 = 100;
/// Where the power begins to fall, percent.
const TAPER_FROM_DC: u64 = 80;
const TAPER_FROM_AC: u64 = 97;
/// Power just before the battery is full, per mille of the bulk power.
const TAPER_TO: u64 = 120;
/// Longest time left that is told, minutes.
const MINUTES_MAX: u64 = 999;
/// What a battery asks for above its voltage in bulk charging, 0.1 V.
const HEADROOM_DV: u64 = 100;
/// Cells differ by so much from the average, mV.
const HIGH_CELL_MV: u64 = 8;
const LOW_CELL_MV: u64 = 12;

/// The battery of a plugged vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Battery {
    inlet: Inlet,
    /// Units that fit in.
    capacity: u64,
    /// Units that are in.
    filled: u64,
    power_dw: u64,
    voltage_dv: u64,
    highest_dv: u64,
    cells: u64,
}

impl Battery {
    /// The battery of a vehicle that is plugged in now.
    pub fn of(vehicle: &Vehicle) -> Self {
        let mut battery = Self {
            inlet: vehicle.inlet,
            capacity: u64::from(vehicle.capacity_wh.max(1)) * 10 * UNITS_PER_STEP,
            filled: 0,
            power_dw: u64::from(vehicle.power_w) * 10,
            voltage_dv: u64::from(vehicle.voltage_dv.max(1)),
            highest_dv: vehicle.highest_dv(),
            cells: u64::from(vehicle.cells.max(1)),
        };
        battery.set_soc(vehicle.soc);
        battery
    }

    /// Makes it so full, percent; more than 100 is 100.
    pub fn set_soc(&mut self, percent: u8) {
        self.filled = self.capacity / FULL * u64::from(percent).min(FULL);
        if u64::from(percent) >= FULL {
            self.filled = self.capacity;
        }
    }

    /// State of charge, percent, cut off.
    pub fn soc(&self) -> u8 {
        u8::try_from(self.percent()).unwrap_or(100)
    }

    /// State of charge, per mille, cut off.
    pub fn soc_per_mille(&self) -> u16 {
        u16::try_from(self.filled.saturating_mul(1_000) / self.capacity).unwrap_or(1_000)
    }

    /// It takes no more.
    pub const fn is_full(&self) -> bool {
        self.filled >= self.capacity
    }

    /// Whether the battery still asks for current rather than voltage.
    pub const fn is_in_bulk(&self) -> bool {
        self.percent() < self.taper_from()
    }

    /// Power at this moment, 0.1 W, out of a pile that gives at most `limit_dw`.
    pub fn power_dw(&self, limit_dw: u64) -> u64 {
        if self.is_full() {
            return 0;
        }
        let (percent, from) = (self.percent(), self.taper_from());
        let share = if percent < from {
            1_000
        } else {
            1_000 - (percent - from) * (1_000 - TAPER_TO) / (FULL - from)
        };
        (self.power_dw * share / 1_000).min(limit_dw)
    }

    /// Takes energy from one instant to another; the units that it took.
    pub fn take(&mut self, from: Timestamp, to: Timestamp, limit_dw: u64) -> u64 {
        let mut left_ms = u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0);
        let before = self.filled;
        // Power is constant between two percents.
        for _ in 0..=FULL {
            let power = self.power_dw(limit_dw);
            if left_ms == 0 || power == 0 {
                break;
            }
            let step_ms = left_ms.min(self.missing_to_next().div_ceil(power));
            self.filled = (self.filled + power * step_ms).min(self.capacity);
            left_ms -= step_ms;
        }
        self.filled - before
    }

    /// Milliseconds until it has taken `units` more, or until its power changes if that comes
    /// first; `None` if it takes nothing.
    pub fn ms_until(&self, units: Option<u64>, limit_dw: u64) -> Option<u64> {
        let power = self.power_dw(limit_dw);
        if power == 0 {
            return None;
        }
        let wanted = units.unwrap_or(u64::MAX).min(self.missing_to_next());
        Some(wanted.div_ceil(power).max(1))
    }

    /// Minutes until it is full, taper included, begun ones counted; at most 999.
    pub fn minutes_left(&self, limit_dw: u64) -> u16 {
        let mut ahead = *self;
        let mut ms = 0_u64;
        for _ in 0..=FULL {
            let Some(step_ms) = ahead.ms_until(None, limit_dw) else {
                break;
            };
            ms = ms.saturating_add(step_ms);
            ahead.filled = (ahead.filled + ahead.missing_to_next()).min(ahead.capacity);
        }
        let minutes = if self.is_full() || ms > 0 {
            ms.div_ceil(60_000).min(MINUTES_MAX)
        } else {
            MINUTES_MAX
        };
        u16::try_from(minutes).unwrap_or(u16::MAX)
    }

    /// Voltage of the pack, 0.1 V.
    pub const fn voltage_dv(&self) -> u64 {
        self.voltage_dv * (5 * FULL + self.percent()) / (5 * FULL)
    }

    /// Current into the pack, 0.1 A.
    pub fn current_da(&self, limit_dw: u64) -> u64 {
        // 0.1 W over 0.1 V are whole amperes.
        self.power_dw(limit_dw) * 10 / self.voltage_dv().max(1)
    }

    /// Voltage that the battery management asks for, 0.1 V: somewhat more than the pack has, and
    /// the highest once the taper has begun.
    pub fn demand_dv(&self) -> u64 {
        if self.is_in_bulk() {
            (self.voltage_dv() + HEADROOM_DV).min(self.highest_dv)
        } else {
            self.highest_dv
        }
    }

    /// Current that the battery management asks for, 0.1 A, whatever the pile can give.
    pub fn demand_da(&self) -> u64 {
        self.current_da(u64::MAX)
    }

    /// Highest and lowest voltage of a cell, mV.
    pub const fn cells_mv(&self) -> (u64, u64) {
        let average = self.voltage_dv() * 100 / self.cells;
        (average + HIGH_CELL_MV, average.saturating_sub(LOW_CELL_MV))
    }

    /// Highest and lowest temperature of a cell, °C: 25 and 23 at rest, more with the power per
    /// capacity and with the charge, never above 55.
    pub fn cells_c(&self, limit_dw: u64) -> (i16, i16) {
        // An hour's power in percent of the capacity: 100 is what fills the battery in an hour.
        let rate = self
            .power_dw(limit_dw)
            .saturating_mul(UNITS_PER_STEP * FULL)
            / self.capacity;
        let warm = rate / 12 + self.percent() / 20;
        let hottest = i16::try_from(25 + warm).unwrap_or(55).min(55);
        (hottest, hottest - 2)
    }

    const fn taper_from(&self) -> u64 {
        match self.inlet {
            Inlet::Ac => TAPER_FROM_AC,
            Inlet::Dc => TAPER_FROM_DC,
        }
    }

    const fn percent(&self) -> u64 {
        self.filled.saturating_mul(FULL) / self.capacity
    }

    /// Units to the next percent; 1 at least.
    fn missing_to_next(&self) -> u64 {
        let next = (self.percent() + 1).min(FULL);
        (self.capacity * next)
            .div_ceil(FULL)
            .saturating_sub(self.filled)
            .max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Battery, UNITS_PER_STEP};
    use crate::vehicle::{VEHICLES, Vehicle};
    use kernel::Timestamp;
    use proptest::prelude::*;

    /// 120 kW.
    const LIMIT: u64 = 1_200_000;
    const DAY: i64 = 24 * 3_600_000;

    fn all() -> Vec<Vehicle> {
        let vehicles = VEHICLES.iter().map(|name| Vehicle::named(name));
        vehicles.map(|found| found.expect("a known name")).collect()
    }

    #[test]
    fn it_takes_constant_power_and_then_less() {
        let mut battery = Battery::of(&Vehicle::car());
        assert_eq!((battery.soc(), battery.power_dw(LIMIT)), (30, 900_000));
        assert_eq!(battery.power_dw(70_000), 70_000);
        // 20 minutes at 90 kW are 30 kWh: half of the battery.
        let taken = battery.take(Timestamp(0), Timestamp(1_200_000), LIMIT);
        assert_eq!(taken / UNITS_PER_STEP, 300_000);
        assert_eq!((battery.soc(), battery.is_in_bulk()), (80, false));
    }

    #[test]
    fn power_never_rises_and_every_battery_gets_full() {
        for vehicle in all() {
            let mut battery = Battery::of(&vehicle);
            let mut last = battery.power_dw(LIMIT);
            let mut minutes = battery.minutes_left(LIMIT);
            for minute in 0..DAY / 60_000 {
                let at = Timestamp(minute * 60_000);
                battery.take(at, Timestamp(at.0 + 60_000), LIMIT);
                assert!(battery.power_dw(LIMIT) <= last, "{vehicle:?}");
                assert!(battery.minutes_left(LIMIT) <= minutes, "{vehicle:?}");
                last = battery.power_dw(LIMIT);
                minutes = battery.minutes_left(LIMIT);
            }
            assert!(battery.is_full(), "{vehicle:?}");
            assert_eq!((battery.soc(), battery.soc_per_mille()), (100, 1_000));
            assert_eq!((last, minutes), (0, 0));
            assert_eq!(battery.ms_until(None, LIMIT), None);
            assert_eq!(battery.take(Timestamp(0), Timestamp(DAY), LIMIT), 0);
        }
    }

    #[test]
    fn what_is_missing_is_what_it_takes() {
        for vehicle in all() {
            let mut battery = Battery::of(&vehicle);
            let missing = u64::from(vehicle.capacity_wh) * u64::from(100 - vehicle.soc) / 10;
            let taken = battery.take(Timestamp(0), Timestamp(4 * DAY), LIMIT);
            assert_eq!(taken, missing * UNITS_PER_STEP, "{vehicle:?}");
        }
    }

    #[test]
    fn the_time_left_is_the_time_it_takes() {
        let mut battery = Battery::of(&Vehicle::car());
        let minutes = battery.minutes_left(LIMIT);
        let end = Timestamp(i64::from(minutes) * 60_000);
        battery.take(Timestamp(0), Timestamp(end.0 - 60_000), LIMIT);
        assert!(!battery.is_full());
        battery.take(Timestamp(end.0 - 60_000), end, LIMIT);
        assert!(battery.is_full());
        assert_eq!(Battery::of(&Vehicle::car()).minutes_left(0), 999);
    }

    #[test]
    fn alternating_current_is_constant_until_the_end() {
        let vehicle = Vehicle::named("ac_7kw").expect("a known name").at(96);
        let mut battery = Battery::of(&vehicle);
        assert_eq!(battery.power_dw(LIMIT), 70_000);
        battery.set_soc(99);
        assert!(battery.power_dw(LIMIT) < 40_000);
    }

    #[test]
    fn the_management_tells_what_goes_together() {
        let mut battery = Battery::of(&Vehicle::car());
        // 90 kW into 360.4 V.
        assert_eq!(battery.voltage_dv(), 3_604);
        assert_eq!(battery.current_da(LIMIT), 2_497);
        assert_eq!((battery.demand_dv(), battery.demand_da()), (3_704, 2_497));
        let (high, low) = battery.cells_mv();
        assert!(low < high && (3_000..3_650).contains(&high), "{high}");
        let (hottest, coldest) = battery.cells_c(LIMIT);
        assert!(coldest < hottest && (25..=55).contains(&hottest));
        battery.set_soc(100);
        assert_eq!(battery.demand_dv(), 4_080);
        assert_eq!(
            (battery.voltage_dv(), battery.current_da(LIMIT)),
            (4_080, 0)
        );
    }

    #[test]
    fn a_goal_is_met_to_the_millisecond() {
        let mut battery = Battery::of(&Vehicle::car());
        let goal = 5 * UNITS_PER_STEP;
        let ms = battery.ms_until(Some(goal), LIMIT).expect("it flows");
        let ms = i64::try_from(ms).expect("short");
        let mut early = battery;
        assert!(early.take(Timestamp(0), Timestamp(ms - 1), LIMIT) < goal);
        assert!(battery.take(Timestamp(0), Timestamp(ms), LIMIT) >= goal);
    }

    proptest! {
        #[test]
        fn energy_does_not_depend_on_how_often_one_looks(
            name in 0..VEHICLES.len(),
            soc in 0_u8..=100,
            looks in proptest::collection::vec(1_i64..4_000_000, 1..60),
        ) {
            let vehicle = Vehicle::named(VEHICLES[name]).expect("a known name").at(soc);
            let (mut once, mut often) = (Battery::of(&vehicle), Battery::of(&vehicle));
            let (mut now, mut sum) = (0, 0);
            for passed in looks {
                sum += often.take(Timestamp(now), Timestamp(now + passed), LIMIT);
                now += passed;
            }
            prop_assert_eq!(once.take(Timestamp(0), Timestamp(now), LIMIT), sum);
            prop_assert_eq!(once, often);
        }
    }
}
