//! One outlet: a relay, a meter, and whatever is plugged in.

use crate::load::{Load, Meter, PowerCap};
use kernel::Timestamp;

/// What ends a session by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Goal {
    /// Time with the relay closed, ms.
    pub ms: Option<u64>,
    /// Energy, Wh.
    pub wh: Option<u64>,
    /// Energy at which the paid amount is used up, Wh.
    pub paid_wh: Option<u64>,
}

/// Which part of a [`Goal`] has been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Time with the relay closed.
    Time,
    /// Energy.
    Energy,
    /// Energy that the paid amount buys.
    Amount,
}

/// One outlet of an e-bike device.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// What hangs on the cable when it is plugged.
    pub load: Load,
    /// Something is plugged in.
    pub plugged: bool,
    /// Fault bits, as the family numbers them.
    pub faults: u64,
    /// What its sensor shows, °C, where somebody has heated it.
    pub heat: Option<i8>,
    closed: bool,
    /// The relay does not open.
    stuck: bool,
    counted_to: Timestamp,
    closed_ms: u64,
    cap: PowerCap,
    meter: Meter,
}

impl Outlet {
    /// An open outlet with nothing plugged in; `load` is what will be.
    pub fn new(load: Load, now: Timestamp) -> Self {
        Self {
            load,
            plugged: false,
            faults: 0,
            heat: None,
            closed: false,
            stuck: false,
            counted_to: now,
            closed_ms: 0,
            cap: PowerCap::default(),
            meter: Meter::new(now),
        }
    }

    /// Brings the meter up to `now`. To be called before anything else changes.
    pub fn count(&mut self, now: Timestamp) {
        let passed = u64::try_from(now.0 - self.counted_to.0).unwrap_or(0);
        if passed == 0 {
            return;
        }
        self.counted_to = now;
        if self.closed {
            self.closed_ms += passed;
        }
        if self.is_flowing() {
            self.meter.advance(now, &self.load, self.cap);
        } else {
            self.meter.pause(now);
        }
    }

    /// The relay closes for a new session, which draws at most `cap_dw` (0.1 W).
    pub fn begin(&mut self, now: Timestamp, cap_dw: Option<u32>) {
        self.count(now);
        self.closed = true;
        self.closed_ms = 0;
        self.cap = PowerCap(cap_dw);
        self.meter.begin(now);
    }

    /// The relay opens; the values of the session remain until the next one begins.
    pub fn open(&mut self, now: Timestamp) {
        self.count(now);
        self.closed = false;
    }

    /// The relay closes again for the session that was interrupted.
    pub fn resume(&mut self, now: Timestamp) {
        self.count(now);
        self.closed = true;
    }

    /// A vehicle is plugged in, as empty as it was made.
    pub fn plug(&mut self, now: Timestamp) {
        self.count(now);
        if !self.plugged {
            self.meter.replug();
        }
        self.plugged = true;
    }

    /// The plug is pulled; the relay stays as it is.
    pub fn unplug(&mut self, now: Timestamp) {
        self.count(now);
        self.plugged = false;
    }

    /// Another vehicle, empty; in place of the plugged one if there is one.
    pub fn exchange(&mut self, now: Timestamp, load: Load) {
        self.count(now);
        self.load = load;
        self.meter.replug();
    }

    /// The plugged load draws so much from now on (0.1 W), whatever it drew.
    pub fn draw(&mut self, now: Timestamp, power_dw: u32) {
        self.count(now);
        self.load = Load {
            power_dw,
            peak_dw: power_dw.max(self.load.peak_dw),
            wh_per_hour: power_dw / 10,
            capacity_wh: None,
        };
    }

    /// The relay sticks from now on, or is free again.
    pub fn stick(&mut self, now: Timestamp, stuck: bool) {
        self.count(now);
        self.stuck = stuck;
    }

    /// Whether the relay is closed, as far as the device knows.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn is_flowing(&self) -> bool {
        (self.closed || self.stuck) && self.plugged
    }

    /// Seconds with the relay closed in this session.
    pub fn seconds(&self) -> u64 {
        self.closed_ms / 1000
    }

    /// Power at this moment, 0.1 W.
    pub fn power_dw(&self) -> u32 {
        if self.is_flowing() {
            self.meter.power_dw(&self.load, self.cap)
        } else {
            0
        }
    }

    /// Highest power of the session, 0.1 W.
    pub fn peak_dw(&self) -> u32 {
        self.meter.peak_dw(&self.load, self.cap)
    }

    /// Energy of the session, Wh.
    pub fn wh(&self) -> u64 {
        self.meter.wh()
    }

    /// Energy of the session, 0.01 kWh.
    pub fn centi_kwh(&self) -> u64 {
        self.meter.centi_kwh()
    }

    /// Energy since the last call, 0.01 kWh.
    pub fn segment_centi_kwh(&mut self) -> u64 {
        self.meter.segment_centi_kwh()
    }

    /// A vehicle is plugged in and takes no more.
    pub fn is_full(&self) -> bool {
        self.plugged && self.meter.is_full(&self.load)
    }

    /// What has been reached of `goal`, energy before time.
    pub fn reached(&self, goal: &Goal) -> Option<Reached> {
        let drawn = self.meter.wh();
        if goal.wh.is_some_and(|wh| drawn >= wh) {
            Some(Reached::Energy)
        } else if goal.paid_wh.is_some_and(|wh| drawn >= wh) {
            Some(Reached::Amount)
        } else if goal.ms.is_some_and(|ms| self.closed_ms >= ms) {
            Some(Reached::Time)
        } else {
            None
        }
    }

    /// When something of the session will change by itself: a goal, or a step of the battery's
    /// power. `None` while the relay is open, or when nothing will.
    pub fn next_change(&self, goal: &Goal) -> Option<Timestamp> {
        if !self.closed {
            return None;
        }
        let time = goal.ms.map(|ms| ms.saturating_sub(self.closed_ms));
        let flowing = self.is_flowing();
        let energy = |wh: Option<u64>| {
            wh.filter(|_| flowing)
                .and_then(|wh| self.meter.ms_until(wh, &self.load, self.cap))
        };
        let step = flowing
            .then(|| self.meter.ms_until_step(&self.load, self.cap))
            .flatten();
        let waits = [time, energy(goal.wh), energy(goal.paid_wh), step];
        let ms = waits.into_iter().flatten().min()?;
        let ms = i64::try_from(ms.max(1)).unwrap_or(i64::MAX);
        Some(Timestamp(self.counted_to.0.saturating_add(ms)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Goal, Outlet, Reached};
    use crate::load::Load;
    use kernel::Timestamp;

    #[test]
    fn an_energy_goal_is_met_to_the_millisecond() {
        let mut outlet = Outlet::new(Load::acceptance(0), Timestamp(0));
        outlet.plug(Timestamp(0));
        outlet.begin(Timestamp(0), None);
        let goal = Goal {
            wh: Some(5000),
            ..Goal::default()
        };
        let end = outlet.next_change(&goal).expect("it flows");
        outlet.count(Timestamp(end.0 - 1));
        assert_eq!(outlet.reached(&goal), None);
        outlet.count(end);
        assert_eq!(outlet.reached(&goal), Some(Reached::Energy));
        assert_eq!(outlet.centi_kwh(), 500);
    }

    #[test]
    fn a_stuck_relay_lets_power_flow_on() {
        let mut outlet = Outlet::new(Load::e_bike(), Timestamp(0));
        outlet.plug(Timestamp(0));
        outlet.begin(Timestamp(0), None);
        outlet.draw(Timestamp(0), 9000);
        outlet.stick(Timestamp(1000), true);
        outlet.open(Timestamp(2000));
        assert!(!outlet.is_closed());
        assert_eq!((outlet.power_dw(), outlet.seconds()), (9000, 2));
        outlet.stick(Timestamp(3000), false);
        assert_eq!(outlet.power_dw(), 0);
    }

    #[test]
    fn time_passes_without_a_plug_but_no_energy() {
        let mut outlet = Outlet::new(Load::e_bike(), Timestamp(0));
        outlet.begin(Timestamp(0), None);
        outlet.count(Timestamp(60_000));
        assert_eq!((outlet.seconds(), outlet.wh()), (60, 0));
        outlet.plug(Timestamp(60_000));
        outlet.count(Timestamp(60_000 + 3_600_000));
        assert_eq!((outlet.seconds(), outlet.wh()), (3660, 180));
        outlet.open(Timestamp(60_000 + 3_600_000));
        outlet.count(Timestamp(9_000_000));
        assert_eq!((outlet.seconds(), outlet.wh()), (3660, 180));
    }
}
