//! Status of a gun: 104, 504 and 109.

use super::guns::{Running, STOP_SHOWS_WITHIN};
use super::identity::{Whose, plausible};
use super::station::Station;
use super::words::START_WAIT;
use crate::codes::{CarLink, GunType, StartType, WorkState};
use crate::message::{LvnengStatus, Status};
use crate::traits::{self, OrderField};
use crate::value::Celsius;
use device::{
    ChargeKey, DeviceStart, Event, Fault, FaultList, GroundLockReport, ListedFault, Output,
    PortReport, PortState, Progress, Vitals,
};
use kernel::{Current, Energy, Fen, PortNo, Power, Timestamp, Voltage};
use std::time::Duration;

/// Power that no pile has, 0.1 W: 2000 kW.
const POWER_MAX: i64 = 20_000_000;
/// A power that differs from voltage times current by this factor is in another unit.
const POWER_FACTOR: i64 = 10;
/// How often a stop that was answered and not obeyed is said again.
const STOPS_AGAIN: u8 = 2;

/// A status, whatever its form.
pub(super) struct Seen<'a> {
    pub(super) gun_no: u8,
    pub(super) state: WorkState,
    pub(super) whose: Whose<'a>,
    plug: CarLink,
    reserved: bool,
    soc: u8,
    alarm: u32,
    fault: Option<Fault>,
    fee: Fen,
    voltage: Voltage,
    current: Current,
    power: Power,
    remain_min: u16,
    duration_s: u32,
    energy: Energy,
    /// By how much the meter has moved, in a unit that is known.
    metered: Option<Energy>,
    temperature_c: Option<i16>,
    /// The pile's clock, where the status has it.
    clock: Option<Timestamp>,
    /// The order number has a field of its own, and it is empty.
    order_missing: bool,
}

impl Station {
    pub(super) fn status(&mut self, status: &Status, wide: bool, now: Timestamp, out: &mut Output) {
        let Some(port) = Self::port_of(status.gun_no) else {
            return;
        };
        let unit = if wide {
            traits::wide_unit(&self.profile)
        } else {
            Energy::from_centi_kwh(1)
        };
        let third_digit = status.v53().map_or(0, |v53| v53.energy_milli.min(9));
        let energy = Energy(
            scaled(status.energy_kwh.raw(), unit) + Energy::from_wh(i64::from(third_digit)).0,
        );
        let (start, end) = (status.meter_start_kwh.raw(), status.meter_now_kwh.raw());
        let moved = end.checked_sub(start).filter(|_| !wide);
        let (voltage, current) = electrical(
            status.gun_type,
            [status.dc_voltage_v.0, status.dc_current_a.0],
            [status.ac_ua_v.0, status.ac_ia_a.0],
        );
        let vehicle = status.vehicle();
        let gun_temp = status.temperatures.get().map(|temps| temps.gun_temp_c);
        let seen = Seen {
            gun_no: status.gun_no,
            state: status.work_state,
            whose: Whose {
                port,
                start_type: status.start_type,
                order: vehicle.and_then(|vehicle| vehicle.order_no.id()),
                card: status.card_no.id(),
                vin: vehicle.and_then(|vehicle| vehicle.vin.id()),
                started: plausible(status.start_time.instant()),
            },
            plug: status.car_link,
            reserved: status.reserve_flag == 1,
            soc: status.soc,
            alarm: u32::from(status.alarm_code),
            fault: status.alarm_code.fault(),
            fee: fen(status.fee_yuan.raw()),
            voltage,
            current,
            power: Power(i64::from(status.power_kw.0) * 1000),
            remain_min: status.remain_min,
            duration_s: status.duration_s,
            energy,
            metered: moved.map(|moved| Energy(scaled(moved, unit))),
            temperature_c: gun_temp.and_then(Celsius::degrees),
            clock: None,
            order_missing: vehicle.is_some_and(|vehicle| vehicle.order_no.bytes().is_empty()),
        };
        self.seen(&seen, now, out);
        if let Some(v53) = status.v53()
            && v53.ground_lock != 0
        {
            // What its values mean is not public.
            let lock = GroundLockReport {
                port,
                raised: None,
                occupied: None,
                battery: None,
                alarm: u32::from(v53.ground_lock),
            };
            self.tell(Event::GroundLock(lock), now, out);
        }
    }

    pub(super) fn lvneng_status(
        &mut self,
        status: &LvnengStatus,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(port) = Self::port_of(status.gun_no) else {
            return;
        };
        let (voltage, current) = electrical(
            status.gun_type,
            [status.dc_voltage_v.0, status.dc_current_a.0],
            [status.ac_ua_v.0, status.ac_ia_a.0],
        );
        let name = status.order_or_card.id();
        let platform = status.start_type == StartType::Platform;
        let (start, end) = (status.meter_start_kwh.raw(), status.meter_now_kwh.raw());
        let seen = Seen {
            gun_no: status.gun_no,
            state: status.work_state,
            whose: Whose {
                port,
                start_type: status.start_type,
                order: name.filter(|_| platform),
                card: name.filter(|_| !platform),
                vin: status.vin.id(),
                started: None,
            },
            plug: status.car_link,
            reserved: false,
            soc: status.soc,
            alarm: u32::from(status.alarm_code),
            fault: status.alarm_code.fault(),
            fee: fen(status.fee_yuan.raw()),
            voltage,
            current,
            power: Power(i64::from(status.power_kw.0) * 1000),
            remain_min: status.remain_min,
            duration_s: status.duration_s,
            energy: Energy(scaled(status.energy_kwh.raw(), Energy::from_wh(1))),
            metered: end
                .checked_sub(start)
                .map(|moved| Energy(scaled(moved, Energy::from_wh(1)))),
            temperature_c: status.gun_temp_c.degrees(),
            clock: plausible(status.pile_time.instant()),
            order_missing: false,
        };
        self.check_clock(status.pile_time, now);
        self.seen(&seen, now, out);
    }

    fn seen(&mut self, seen: &Seen<'_>, now: Timestamp, out: &mut Output) {
        let port = seen.whose.port;
        self.learn_gun_number(seen.gun_no, now, out);
        self.gun_alarm(seen, now, out);
        let charge = match seen.state {
            WorkState::Charging => Some(self.charge_of(seen, now, out)),
            WorkState::Preparing => seen.whose.order().map(ChargeKey::Order),
            WorkState::Unknown(_) => self.last_charge(seen),
            _ => None,
        };
        let runs = seen.state == WorkState::Charging;
        let Some(gun) = self.guns.get_mut(port) else {
            return;
        };
        let state = seen.state.port_state(seen.plug, seen.reserved);
        gun.state = state.unwrap_or(gun.state);
        let state = gun.state;
        // A state that nobody knows neither begins nor ends anything.
        let stays = matches!(seen.state, WorkState::Unknown(_));
        let before = gun.running.take_if(|_| !stays);
        let meter = charge.as_ref().filter(|_| runs).and_then(|charge| {
            let progress = seen.progress(charge);
            gun.running = Some(Running {
                charge: charge.clone(),
                duration_s: progress.duration_s,
                energy: progress.energy,
            });
            if let Some(moved) = seen.metered {
                gun.metered = Some((charge.clone(), moved));
            }
            // Within one session energy and time never go down.
            match before.as_ref().filter(|before| before.charge == *charge) {
                Some(before)
                    if progress.energy < before.energy
                        || progress.duration_s < before.duration_s =>
                {
                    gun.running = Some(before.clone());
                    None
                }
                _ => Some(progress),
            }
        });
        if !runs && !stays {
            gun.stop = None;
            let shown = before.is_some_and(|before| {
                gun.accepted.map(|(order, _)| ChargeKey::Order(order)) == Some(before.charge)
            });
            let forgotten = gun
                .accepted
                .is_some_and(|(_, at)| now.since(at) > START_WAIT);
            if shown || (forgotten && state != PortState::Starting) {
                gun.accepted = None;
            }
        }
        if let Some(charge) = charge.as_ref().filter(|_| runs) {
            self.runs(seen, charge, now, out);
        }
        if seen.state == WorkState::StartFailed {
            self.start_failed(port, now, out);
        }
        let faults = seen.fault.filter(|_| state == PortState::Fault);
        let report = PortReport {
            port,
            state,
            raw: u32::from(u8::from(seen.state)),
            faults: faults.into_iter().collect(),
            reachable: true,
            plugged: Some(seen.plug.is_plugged()),
            charge: charge.clone(),
            meter,
            voltage: Some(seen.voltage),
            current: Some(seen.current),
            power: Some(seen.true_power()),
            temperature_c: seen.temperature_c,
        };
        let event = Event::Status {
            vitals: Vitals::default(),
            ports: vec![report],
        };
        let mut envelope = self.envelope(event, now);
        envelope.device_time = seen.clock;
        out.items.push(device::Item::Event(envelope));
        self.status_answers(seen, charge.as_ref(), now, out);
    }

    /// The charge of the last state, which goes on.
    fn last_charge(&self, seen: &Seen<'_>) -> Option<ChargeKey> {
        let gun = self.guns.get(seen.port())?;
        match gun.state {
            PortState::Starting => seen.whose.order().map(ChargeKey::Order),
            _ => gun.running.as_ref().map(|running| running.charge.clone()),
        }
    }

    /// A pile with one gun calls it 0, and is to hear the same.
    fn learn_gun_number(&mut self, gun_no: u8, now: Timestamp, out: &mut Output) {
        let zero = gun_no == 0 && traits::may_call_gun_zero(&self.profile);
        if zero != traits::is_on(&self.profile, traits::GUN_ZERO) {
            let value = if zero { "1" } else { "0" };
            self.learn(traits::GUN_ZERO, value, now, out);
        }
    }

    fn gun_alarm(&mut self, seen: &Seen<'_>, now: Timestamp, out: &mut Output) {
        let port = seen.whose.port;
        let Some(gun) = self.guns.get_mut(port) else {
            return;
        };
        if gun.alarm.replace(seen.alarm) == Some(seen.alarm) {
            return;
        }
        let listed = ListedFault {
            fault: seen.fault,
            code: seen.alarm,
            values: Vec::new(),
        };
        let list = FaultList {
            port: Some(port),
            faults: Some(listed)
                .filter(|listed| listed.code != 0)
                .into_iter()
                .collect(),
        };
        self.tell(Event::Faults(list), now, out);
    }

    /// How the charge of a status is named.
    fn charge_of(&mut self, seen: &Seen<'_>, now: Timestamp, out: &mut Output) -> ChargeKey {
        let whose = &seen.whose;
        if let Some(order) = whose.order() {
            return ChargeKey::Order(order);
        }
        let platform = whose.start_type == StartType::Platform;
        let accepted = self.guns.get(whose.port).and_then(|gun| gun.accepted);
        if let Some((order, _)) = accepted.filter(|_| platform) {
            if seen.order_missing && traits::order_field(&self.profile) == OrderField::OrderNo {
                self.learn(traits::ORDER_FIELD, "card_no", now, out);
            }
            return ChargeKey::Order(order);
        }
        if let Some(charge) = whose.foreign_order() {
            return charge;
        }
        if let Some(name) = whose.session() {
            return ChargeKey::Serial(name);
        }
        if platform {
            return ChargeKey::Port;
        }
        let clock = seen.clock.unwrap_or(now);
        let began = clock - Duration::from_secs(u64::from(seen.duration_s));
        let holder = whose.holder();
        if let Some(name) = self.sessions.find(whose.port, &holder, Some(began)) {
            return ChargeKey::Serial(name.to_owned());
        }
        let name = self.sessions.begin(whose.port, &holder, began);
        let text = self.sessions.text();
        self.learn(traits::SESSIONS, &text, now, out);
        ChargeKey::Serial(name)
    }

    /// Energy flows.
    fn runs(&mut self, seen: &Seen<'_>, charge: &ChargeKey, now: Timestamp, out: &mut Output) {
        let port = seen.whose.port;
        match charge {
            ChargeKey::Order(order) => {
                self.order_runs(*order, port, now, out);
                if self.was_given_up(*order) {
                    self.must_stop(*order, port, now, out);
                }
            }
            ChargeKey::Serial(_) => self.began(seen, charge, now, out),
            ChargeKey::Session(_) | ChargeKey::Port => {}
        }
        let Some(gun) = self.guns.get_mut(port) else {
            return;
        };
        let Some(stop) = &mut gun.stop else {
            return;
        };
        if stop.charge != *charge {
            gun.stop = None;
        } else if now.since(stop.at) >= STOP_SHOWS_WITHIN {
            let charge = charge.clone();
            if stop.again < STOPS_AGAIN {
                stop.again += 1;
                stop.at = now;
                self.stop_again(charge, port);
            } else {
                gun.stop = None;
                self.stop_alarm(port, now, out);
            }
        }
    }

    /// A session that the pile began by itself: told once on a connection.
    fn began(&mut self, seen: &Seen<'_>, charge: &ChargeKey, now: Timestamp, out: &mut Output) {
        let whose = &seen.whose;
        let Some(gun) = self.guns.get_mut(whose.port) else {
            return;
        };
        if gun.told.as_ref() == Some(charge) {
            return;
        }
        gun.told = Some(charge.clone());
        let start = DeviceStart {
            charge: charge.clone(),
            port: whose.port,
            source: whose.start_type.source(),
            card_no: whose.card.map(str::to_owned),
            vin: whose.vin.map(str::to_owned),
            started_at: whose.started,
        };
        self.tell(Event::Began(start), now, out);
    }
}

impl Seen<'_> {
    /// The power, or what voltage and current say when its unit cannot be right.
    fn true_power(&self) -> Power {
        let computed = self.voltage.0 * (self.current.0 / 100) / 10;
        let wrong = self.power.0 > POWER_MAX
            || (computed > 0
                && self.power.0 > 0
                && (self.power.0 > computed.saturating_mul(POWER_FACTOR)
                    || computed > self.power.0.saturating_mul(POWER_FACTOR)));
        if wrong { Power(computed) } else { self.power }
    }

    fn progress(&self, charge: &ChargeKey) -> Progress {
        Progress {
            charge: charge.clone(),
            port: self.whose.port,
            duration_s: self.duration_s,
            energy: self.energy,
            power: Some(self.true_power()),
            peak_power: None,
            voltage: Some(self.voltage),
            current: Some(self.current),
            temperature_c: self.temperature_c,
            soc: Some(self.soc).filter(|soc| (1..=100).contains(soc)),
            remaining_min: Some(self.remain_min).filter(|minutes| *minutes > 0),
            device_amount: Some(self.fee),
        }
    }

    pub(super) const fn port(&self) -> PortNo {
        self.whose.port
    }
}

/// Voltage and current in 0.1 V and 0.1 A: of the DC side, of AC guns of phase A. A gun that does
/// not say its kind shows the side that has a voltage.
fn electrical(kind: GunType, dc: [u16; 2], ac: [u16; 2]) -> (Voltage, Current) {
    let [voltage, current] = match kind {
        GunType::Dc => dc,
        GunType::Unknown(_) if dc[0] > 0 => dc,
        GunType::Ac | GunType::Unknown(_) => ac,
    };
    (
        Voltage(i64::from(voltage)),
        Current(i64::from(current) * 100),
    )
}

/// An energy that counts so many units; too many to be true are the most that fit.
pub(super) fn scaled(raw: u64, unit: Energy) -> i64 {
    i64::try_from(raw)
        .unwrap_or(i64::MAX)
        .saturating_mul(unit.0)
}

/// Money in 0.01 yuan.
pub(super) fn fen(raw: u64) -> Fen {
    Fen(i64::try_from(raw).unwrap_or(i64::MAX))
}
