//! One gun: its plug, its vehicle, its session with the exact bill.

use super::billing::{Bill, Model, Rounding, Shares};
use crate::codes::{FaultBits, LockState, StartFlag, StartMode, StopReason};
use crate::message::Record;
use ::pile::{Battery, UNITS_PER_STEP, Vehicle};
use kernel::Timestamp;

/// A transaction number as it stands on the wire.
pub(super) type Transaction = [u8; 16];
/// A physical card number.
pub(super) type Card = [u8; 8];
/// The number that ties the guns of one parallel charge together.
pub(super) type Parallel = [u8; 6];

/// Both scales of time at which a session was last counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    /// Device time.
    pub(super) t: Timestamp,
    /// The pile's calendar.
    pub(super) civil: Timestamp,
}

/// What a session was begun with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) transaction: Transaction,
    pub(super) flag: StartFlag,
    /// Card that began it, or that may end it; zeros for none.
    pub(super) card: Card,
    /// What may be spent, fen; none for sessions that the pile allowed by itself.
    pub(super) balance: Option<u32>,
    pub(super) parallel: Option<Parallel>,
}

/// How far a session has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Waits for the plug.
    Unplugged,
    /// Locked, talking to the battery: handshake next.
    Handshake,
    /// Battery parameters next.
    Parameters,
    /// The contactor closes next.
    Closing,
    /// Energy flows.
    Charging,
}

/// A session, from the accepted start to its end.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) terms: Terms,
    pub(super) phase: Phase,
    /// Prices as they were when it began.
    pub(super) model: Model,
    /// When the contactor closed, device time.
    pub(super) began: Option<Timestamp>,
    pub(super) soc: u8,
    /// Reports of it so far.
    pub(super) reports: u32,
    counted: Counted,
    shares: Shares,
    units: u64,
}

impl Session {
    pub(super) fn new(terms: Terms, model: Model, now: Counted) -> Self {
        Self {
            terms,
            phase: Phase::Unplugged,
            model,
            began: None,
            soc: 0,
            reports: 0,
            counted: now,
            shares: Shares::default(),
            units: 0,
        }
    }

    pub(super) fn is_charging(&self) -> bool {
        self.phase == Phase::Charging
    }

    /// Time with the contactor closed, ms of device time.
    pub(super) fn elapsed_ms(&self) -> u64 {
        self.began.map_or(0, |began| {
            u64::try_from(self.counted.t.0 - began.0).unwrap_or(0)
        })
    }

    pub(super) fn minutes(&self) -> u16 {
        u16::try_from(self.elapsed_ms() / 60_000).unwrap_or(u16::MAX)
    }

    pub(super) fn bill(&self, rounding: Rounding) -> Bill {
        self.shares.bill(&self.model, rounding)
    }

    /// The calendar was set: what is counted from now on belongs to the new time.
    pub(super) fn clock_set(&mut self, civil: Timestamp) {
        self.counted.civil = civil;
    }
}

/// A card or a vehicle that asked to charge and was not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) mode: StartMode,
    pub(super) card: Card,
    /// What the user typed, hashed.
    pub(super) password: Option<[u8; 16]>,
    pub(super) parallel: Option<Parallel>,
    /// Device time.
    pub(super) since: Timestamp,
}

/// The ground lock of the parking space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GroundLock {
    pub(super) state: LockState,
    /// Where it moves to.
    pub(super) target: LockState,
}

/// What is left of the last session, for those who watch.
#[derive(Clone, Debug)]
pub(super) struct Last {
    pub(super) record: Box<Record>,
    pub(super) energy: u32,
    pub(super) seconds: u64,
}

/// One gun.
pub(super) struct Gun {
    /// From 1 on.
    pub(super) no: u8,
    pub(super) vehicle: Vehicle,
    /// Present while plugged.
    pub(super) battery: Option<Battery>,
    pub(super) faults: FaultBits,
    pub(super) session: Option<Session>,
    pub(super) request: Option<Request>,
    pub(super) last: Option<Last>,
    pub(super) lock: GroundLock,
    /// Reading of the meter, units of 0.1 W × 1 ms.
    meter: u64,
}

impl Gun {
    pub(super) fn new(no: u8, vehicle: Vehicle, meter_steps: u64) -> Self {
        Self {
            no,
            vehicle,
            battery: None,
            faults: FaultBits::default(),
            session: None,
            request: None,
            last: None,
            lock: GroundLock {
                state: LockState::Lowered,
                target: LockState::Lowered,
            },
            meter: meter_steps * UNITS_PER_STEP,
        }
    }

    pub(super) const fn is_plugged(&self) -> bool {
        self.battery.is_some()
    }

    pub(super) fn is_charging(&self) -> bool {
        self.session.as_ref().is_some_and(Session::is_charging)
    }

    /// Reading of the meter, 1e-4 kWh.
    pub(super) const fn meter_steps(&self) -> u64 {
        self.meter / UNITS_PER_STEP
    }

    /// Reading of the meter when the session began, 1e-4 kWh.
    pub(super) fn meter_start_steps(&self) -> u64 {
        let drawn = self.session.as_ref().map_or(0, |session| session.units);
        // The difference of the two readings is the energy of the bill.
        self.meter_steps() - drawn / UNITS_PER_STEP
    }

    /// Power at this moment, 0.1 W.
    pub(super) fn power_dw(&self, limit_dw: u64) -> u64 {
        match (&self.battery, self.is_charging()) {
            (Some(battery), true) => battery.power_dw(limit_dw),
            _ => 0,
        }
    }

    /// Counts up to now at the limit that was in force.
    pub(super) fn count(&mut self, now: Counted, limit_dw: u64) {
        let Some(session) = &mut self.session else {
            return;
        };
        if let (Phase::Charging, Some(battery)) = (session.phase, &mut self.battery) {
            let units = battery.take(session.counted.t, now.t, limit_dw);
            session
                .shares
                .add(&session.model, session.counted.civil, now.civil, units);
            session.units += units;
            self.meter += units;
        }
        session.counted = now;
    }

    /// Whether the session must end by itself now, and why.
    pub(super) fn reached(&self, rounding: Rounding) -> Option<StopReason> {
        let session = self.session.as_ref().filter(|it| it.is_charging())?;
        if let Some(balance) = session.terms.balance
            && u64::from(session.bill(rounding).amount) >= u64::from(balance) * 100
        {
            return Some(StopReason::AmountLimit);
        }
        let full = self.battery.as_ref().is_some_and(Battery::is_full);
        full.then_some(StopReason::Full)
    }

    /// Milliseconds until something changes by itself: money used up, battery full, power.
    pub(super) fn ms_until_change(&self, rounding: Rounding, limit_dw: u64) -> Option<u64> {
        let session = self.session.as_ref().filter(|it| it.is_charging())?;
        let battery = self.battery.as_ref()?;
        let left = session.terms.balance.map(|balance| {
            let spent = u64::from(session.bill(rounding).amount);
            let left = (u64::from(balance) * 100).saturating_sub(spent);
            // The dearest price gives a time that is never too late; then it is looked at again.
            let dearest = (0..super::billing::KINDS)
                .map(|kind| session.model.unit_price(kind))
                .max()
                .unwrap_or(0);
            let factor = 100 + u64::from(session.model.loss_percent);
            let steps = left * 100_000 / dearest.max(1) * 100 / factor;
            steps.saturating_mul(UNITS_PER_STEP).max(UNITS_PER_STEP)
        });
        battery.ms_until(left, limit_dw)
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, Gun, Phase, Session, Terms};
    use crate::codes::{StartFlag, StopReason};
    use crate::pile::billing::{Model, Price, Rounding};
    use ::pile::{Battery, Vehicle};
    use kernel::Timestamp;

    const LIMIT: u64 = 1_200_000;

    fn at(ms: i64) -> Counted {
        Counted {
            t: Timestamp(ms),
            civil: Timestamp(ms),
        }
    }

    fn charging(balance: Option<u32>) -> Gun {
        let mut gun = Gun::new(1, Vehicle::car(), 123_456_789_012);
        let model = Model {
            code: [0, 1],
            prices: [Price {
                energy: 80_000,
                service: 20_000,
            }; 4],
            loss_percent: 0,
            slots: [0; 48],
        };
        let terms = Terms {
            transaction: [1; 16],
            flag: StartFlag::App,
            card: [0; 8],
            balance,
            parallel: None,
        };
        let mut session = Session::new(terms, model, at(0));
        session.phase = Phase::Charging;
        session.began = Some(Timestamp(0));
        gun.battery = Some(Battery::of(&gun.vehicle));
        gun.session = Some(session);
        gun
    }

    #[test]
    fn the_meter_moves_by_the_energy_of_the_bill() {
        let mut gun = charging(None);
        gun.count(at(600_000), LIMIT);
        let session = gun.session.as_ref().expect("it runs");
        let bill = session.bill(Rounding::FourDecimals);
        // 90 kW for ten minutes at 1.00 a kWh.
        assert_eq!((bill.energy, bill.amount), (150_000, 150_000));
        assert_eq!(gun.meter_steps() - gun.meter_start_steps(), 150_000);
        assert_eq!(session.minutes(), 10);
        assert_eq!(gun.reached(Rounding::FourDecimals), None);
    }

    #[test]
    fn money_ends_a_session_soon_after_it_is_used_up() {
        let mut gun = charging(Some(1_000));
        let mut now = 0;
        for _ in 0..500 {
            let Some(ms) = gun.ms_until_change(Rounding::FourDecimals, LIMIT) else {
                break;
            };
            now += i64::try_from(ms).expect("short");
            gun.count(at(now), LIMIT);
            if gun.reached(Rounding::FourDecimals).is_some() {
                break;
            }
        }
        assert_eq!(
            gun.reached(Rounding::FourDecimals),
            Some(StopReason::AmountLimit)
        );
        let session = gun.session.as_ref().expect("it runs");
        let amount = session.bill(Rounding::FourDecimals).amount;
        assert!((100_000..100_100).contains(&amount), "{amount}");
    }

    #[test]
    fn a_full_battery_ends_it_too() {
        let mut gun = charging(None);
        gun.count(at(3 * 3_600_000), LIMIT);
        assert_eq!(gun.reached(Rounding::FourDecimals), Some(StopReason::Full));
    }
}
