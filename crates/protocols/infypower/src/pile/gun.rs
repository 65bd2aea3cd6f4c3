//! One gun: its plug, its vehicle, its meter and its charge.

use super::cause::Cause;
use super::charge::Charge;
use super::prices::Prices;
use ::pile::{Battery, UNITS_PER_STEP, Vehicle};
use kernel::Timestamp;

/// Units of the meter (0.1 W × 1 ms) in one Wh.
const UNITS_PER_WH: u64 = 10 * UNITS_PER_STEP;

/// What a gun does when it does not charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Idle,
    /// A charge has ended, the plug is still in.
    Finished,
    StartFailed,
}

/// One gun.
pub(super) struct Gun {
    /// As the wire counts: 0 on a pile with one gun.
    pub(super) no: u8,
    pub(super) vehicle: Vehicle,
    /// Present while plugged.
    pub(super) battery: Option<Battery>,
    /// Highest alarm, 0 for none.
    pub(super) alarm: u32,
    pub(super) suspended: bool,
    pub(super) rest: Rest,
    pub(super) charge: Option<Charge>,
    /// Energy and charging time of the present or last charge.
    session_units: u64,
    flowing_ms: u64,
    /// Reading of the meter.
    meter_units: u64,
    counted_to: Timestamp,
    /// What the last report showed, to see changes.
    pub(super) told: Option<(u8, u8)>,
    /// Name of the present or last charge, for those who watch.
    pub(super) last_name: String,
}

impl Gun {
    pub(super) fn new(no: u8, vehicle: Vehicle, meter_wh: u64, now: Timestamp) -> Self {
        Self {
            no,
            vehicle,
            battery: None,
            alarm: 0,
            suspended: false,
            rest: Rest::Idle,
            charge: None,
            session_units: 0,
            flowing_ms: 0,
            meter_units: meter_wh * UNITS_PER_WH,
            counted_to: now,
            told: None,
            last_name: String::new(),
        }
    }

    pub(super) const fn is_plugged(&self) -> bool {
        self.battery.is_some()
    }

    pub(super) fn is_charging(&self) -> bool {
        self.charge.as_ref().is_some_and(|charge| charge.flowing)
    }

    /// Work state, docs/protocols/infypower.md §9.1; `few` for firmware that knows 0, 2 and 3.
    pub(super) fn work_state(&self, few: bool) -> u8 {
        let state = match (&self.charge, self.rest) {
            (Some(charge), _) if charge.flowing => 2,
            (Some(_), _) => 1,
            (None, _) if self.alarm != 0 => 6,
            (None, _) if self.suspended => 7,
            (None, Rest::Finished) => 3,
            (None, Rest::StartFailed) => 4,
            (None, Rest::Idle) => 0,
        };
        match state {
            2 | 3 => state,
            _ if few => 0,
            _ => state,
        }
    }

    /// Plug state.
    pub(super) const fn car_link(&self) -> u8 {
        if self.is_plugged() { 2 } else { 0 }
    }

    pub(super) fn plug(&mut self, now: Timestamp, limit_dw: u64) {
        self.count(now, limit_dw);
        self.battery = Some(Battery::of(&self.vehicle));
        self.rest = Rest::Idle;
    }

    pub(super) fn unplug(&mut self, now: Timestamp, limit_dw: u64) {
        self.count(now, limit_dw);
        self.battery = None;
        self.rest = Rest::Idle;
    }

    /// Energy begins to flow for the charge that was prepared.
    pub(super) fn flow(&mut self, now: Timestamp, calendar: Timestamp) {
        self.session_units = 0;
        self.flowing_ms = 0;
        self.counted_to = now;
        let soc = self.soc();
        let meter_wh = self.meter_wh();
        if let Some(charge) = &mut self.charge {
            charge.flows(now, calendar, soc, meter_wh);
        }
    }

    /// Brings the meter up to `now`. To be called before anything else changes.
    pub(super) fn count(&mut self, now: Timestamp, limit_dw: u64) {
        let passed = u64::try_from(now.0 - self.counted_to.0).unwrap_or(0);
        if self.is_charging() {
            self.flowing_ms += passed;
            if let Some(battery) = &mut self.battery {
                let units = battery.take(self.counted_to, now, limit_dw);
                self.session_units += units;
                self.meter_units += units;
            }
        }
        self.counted_to = self.counted_to.max(now);
        let wh = self.wh();
        if let Some(charge) = self.charge.as_mut().filter(|charge| charge.flowing) {
            charge.share_out(now, wh);
        }
    }

    /// Why the charge must end by itself now, if it must.
    pub(super) fn reached(&self, prices: &Prices) -> Option<Cause> {
        let charge = self.charge.as_ref().filter(|charge| charge.flowing)?;
        let full = self.battery.as_ref().is_some_and(Battery::is_full);
        charge
            .reached(self.flowing_ms, prices)
            .or_else(|| full.then_some(Cause::Full))
    }

    /// When something of the charge will change by itself.
    pub(super) fn next_change(&self, limit_dw: u64, prices: &Prices) -> Option<Timestamp> {
        let charge = self.charge.as_ref().filter(|charge| charge.flowing)?;
        let battery = self.battery.as_ref()?;
        let goals = [charge.limit.wh(), charge.wh_to_pay(self.counted_to, prices)];
        let goal = goals.into_iter().flatten().min();
        let units = goal.map(|wh| (wh * UNITS_PER_WH).saturating_sub(self.session_units));
        let energy_ms = battery.ms_until(units, limit_dw);
        let time_ms = charge
            .limit
            .ms()
            .map(|limit| limit.saturating_sub(self.flowing_ms));
        let waits = [energy_ms, time_ms].into_iter().flatten().min();
        let border = charge.next_border(self.counted_to);
        let soonest = waits.map(|ms| {
            let ms = i64::try_from(ms.max(1)).unwrap_or(i64::MAX);
            Timestamp(self.counted_to.0.saturating_add(ms))
        });
        Some(soonest.map_or(border, |soonest| soonest.min(border)))
    }

    /// Energy of the present or last charge, Wh.
    pub(super) const fn wh(&self) -> u64 {
        self.session_units / UNITS_PER_WH
    }

    /// Charging time of the present or last charge, s.
    pub(super) const fn seconds(&self) -> u64 {
        self.flowing_ms / 1000
    }

    /// Reading of the meter, Wh.
    pub(super) const fn meter_wh(&self) -> u64 {
        self.meter_units / UNITS_PER_WH
    }

    /// 0.1 W.
    pub(super) fn power_dw(&self, limit_dw: u64) -> u64 {
        match &self.battery {
            Some(battery) if self.is_charging() => battery.power_dw(limit_dw),
            _ => 0,
        }
    }

    /// State of charge, %; 0 without a vehicle.
    pub(super) fn soc(&self) -> u8 {
        self.battery.as_ref().map_or(0, Battery::soc)
    }
}

#[cfg(test)]
mod tests {
    use super::{Gun, Prices};
    use crate::pile::cause::Cause;
    use crate::pile::charge::{Beginner, Beginning, Charge, Limit};
    use ::pile::Vehicle;
    use kernel::Timestamp;

    /// 2024-10-20 15:00:00 in Shanghai.
    const START: Timestamp = Timestamp(1_729_407_600_000);
    const LIMIT_DW: u64 = 1_200_000;

    fn charging(strategy: u32, param: u32) -> Gun {
        let mut gun = Gun::new(1, Vehicle::car(), 1_234_567, START);
        gun.plug(START, LIMIT_DW);
        let beginning = Beginning {
            by: Beginner::Platform,
            order_no: String::new(),
            card_no: String::new(),
            card_balance_fen: 0,
            limit: Limit::of(strategy, param).expect("known"),
        };
        gun.charge = Some(Charge::new(beginning, START, START));
        gun.flow(START, START);
        gun
    }

    /// Lets the charge run from change to change until it ends by itself.
    fn end(gun: &mut Gun, prices: &Prices) -> (Cause, i64) {
        for _ in 0..1000 {
            let next = gun.next_change(LIMIT_DW, prices).expect("it charges");
            gun.count(next, LIMIT_DW);
            if let Some(cause) = gun.reached(prices) {
                return (cause, (next.0 - START.0) / 1000);
            }
        }
        panic!("it never ends");
    }

    #[test]
    fn limits_are_met() {
        let prices = Prices::flat(120);
        // 90 kW: 15 kWh in ten minutes.
        let mut by_energy = charging(3, 1500);
        assert_eq!(end(&mut by_energy, &prices), (Cause::EnergyReached, 600));
        assert_eq!(by_energy.wh(), 15_000);
        let mut by_time = charging(1, 1234);
        assert_eq!(end(&mut by_time, &prices), (Cause::TimeReached, 1234));
        let mut by_amount = charging(2, 1800);
        assert_eq!(end(&mut by_amount, &prices), (Cause::AmountReached, 600));
    }

    #[test]
    fn until_full_the_slots_add_up_to_the_meter() {
        let prices = Prices::flat(120);
        let mut gun = charging(0, 0);
        assert_eq!(end(&mut gun, &prices).0, Cause::Full);
        let slots = gun.charge.as_ref().expect("it runs").slots_wh;
        assert_eq!(slots.iter().sum::<u64>(), gun.wh());
        assert_eq!(gun.meter_wh() - 1_234_567, gun.wh());
        assert!(slots[30] > slots[31], "the taper takes less");
        assert_eq!(gun.soc(), 100);
    }
}
