//! What a pile says by itself: login, heartbeats, real-time data, requests, ground locks.

use super::gun::{Phase, Request};
use super::setup::Kind;
use super::station::{CHARGING_EVERY, IDLE_EVERY, Station, Timer};
use super::{Core, Moment, Step, words};
use crate::codes::{
    GunHealth, GunHomed, GunPlugged, GunState, LockAlarm, NeedPassword, NetworkKind, Operator,
    ParkingState, PileType, ProtocolVersion, StartMode,
};
use crate::frame::{CrcOrder, Sequence};
use crate::message::{self, Body, SessionHead};
use crate::value::{Gun, Ident};
use ::pile::Battery;
use wire::Text;

/// °C of the gun line while it charges, above the offset of 50.
const LINE_TEMP: u8 = 50 + 32;
/// Mains voltage of an AC gun, 0.1 V.
const MAINS_DV: u64 = 2_200;

impl Station {
    /// Says something by itself.
    pub(super) fn say(&mut self, core: &mut Core, body: Body, out: &mut Vec<Step>) {
        let sequence = self.next_sequence();
        self.say_as(core, sequence, body, out);
    }

    /// Answers: with the number of the question.
    pub(super) fn answer(
        &mut self,
        core: &mut Core,
        question: Sequence,
        body: Body,
        out: &mut Vec<Step>,
    ) {
        let sequence = if self.habits.numbers_zero {
            [0, 0]
        } else {
            question
        };
        self.say_as(core, sequence, body, out);
    }

    fn say_as(&mut self, core: &mut Core, sequence: Sequence, body: Body, out: &mut Vec<Step>) {
        let order = if self.habits.swaps_checksum {
            CrcOrder::HighLow
        } else {
            CrcOrder::LowHigh
        };
        core.say(words::sealed(body, sequence, order), out);
    }

    /// A gun number as this pile writes it.
    pub(super) fn gun_no(&self, gun: u8) -> Gun {
        if self.habits.binary_guns {
            Gun(gun)
        } else {
            Gun::of(gun).unwrap_or(Gun(gun))
        }
    }

    pub(super) fn head(&self, gun: u8, transaction: super::gun::Transaction) -> SessionHead {
        SessionHead {
            transaction_no: Ident(transaction),
            pile_code: Ident(self.id),
            gun_no: self.gun_no(gun),
        }
    }

    pub(super) fn say_login(&mut self, core: &mut Core, out: &mut Vec<Step>) {
        let login = message::Login {
            pile_code: Ident(self.id),
            pile_type: match self.kind {
                Kind::Ac => PileType::Ac,
                Kind::Dc => PileType::Dc,
            },
            gun_count: u8::try_from(self.guns.len()).unwrap_or(u8::MAX),
            protocol_version: ProtocolVersion::from(self.habits.version),
            firmware_version: Text::padded(&self.firmware).unwrap_or(Text([0; 8])),
            network_type: NetworkKind::Sim,
            sim: self.setup.sim.parse().unwrap_or_default(),
            operator: Operator::Mobile,
        };
        self.say(core, Body::Login(login), out);
    }

    pub(super) fn say_heartbeat(&mut self, core: &mut Core, index: usize, out: &mut Vec<Step>) {
        let Some(gun) = self.guns.get(index) else {
            return;
        };
        let beat = message::Heartbeat {
            pile_code: Ident(self.id),
            gun_no: self.gun_no(gun.no),
            gun_status: if gun.faults.any() {
                GunHealth::Fault
            } else {
                GunHealth::Normal
            },
        };
        self.say(core, Body::Heartbeat(beat), out);
    }

    pub(super) fn say_model_check(&mut self, core: &mut Core, out: &mut Vec<Step>) {
        let check = message::ModelCheck {
            pile_code: Ident(self.id),
            model_code: Ident(self.model.as_ref().map_or([0, 0], |model| model.code)),
        };
        self.say(core, Body::ModelCheck(check), out);
    }

    pub(super) fn say_model_request(&mut self, core: &mut Core, out: &mut Vec<Step>) {
        let request = message::ModelRequest {
            pile_code: Ident(self.id),
        };
        self.say(core, Body::ModelRequest(request), out);
    }

    /// Real-time data by itself; the next ones follow in time.
    pub(super) fn say_realtime(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        self.say_realtime_as(core, at, index, None, out);
        let charging = self
            .guns
            .get(index)
            .is_some_and(super::gun::Gun::is_charging);
        let every = if charging { CHARGING_EVERY } else { IDLE_EVERY };
        self.agenda.set(at.t + every, Timer::Realtime(index));
        if charging {
            self.say_battery(core, index, out);
        }
    }

    /// Real-time data, by itself or to a question.
    pub(super) fn say_realtime_as(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        question: Option<Sequence>,
        out: &mut Vec<Step>,
    ) {
        self.count(at);
        if let Some(session) = self.session_mut(index) {
            session.reports += 1;
        }
        let Some(data) = self.realtime(index) else {
            return;
        };
        let body = Body::Realtime(data);
        match question {
            Some(question) => self.answer(core, question, body, out),
            None => self.say(core, body, out),
        }
    }

    fn realtime(&self, index: usize) -> Option<message::Realtime> {
        let limit = self.limit_dw();
        let gun = self.guns.get(index)?;
        let session = gun.session.as_ref();
        let starting = session.is_some_and(|it| it.phase == Phase::Closing);
        let state = if gun.faults.any() {
            GunState::Fault
        } else if gun.is_charging() || starting {
            GunState::Charging
        } else {
            GunState::Idle
        };
        let mut data = message::Realtime {
            transaction_no: Ident([0; 16]),
            pile_code: Ident(self.id),
            gun_no: self.gun_no(gun.no),
            state,
            gun_homed: if gun.is_plugged() {
                GunHomed::No
            } else {
                GunHomed::Yes
            },
            gun_plugged: if gun.is_plugged() {
                GunPlugged::Yes
            } else {
                GunPlugged::No
            },
            output_voltage: 0,
            output_current: 0,
            gun_line_temp: 0,
            gun_line_code: Ident([0; 8]),
            soc: 0,
            battery_max_temp: 0,
            charged_minutes: 0,
            remaining_minutes: 0,
            energy: 0,
            loss_energy: 0,
            amount: 0,
            fault_bits: gun.faults,
        };
        // Between start and first metering there is no number yet.
        if let (Some(running), Some(battery)) = (session.filter(|it| it.is_charging()), gun.battery)
        {
            let mut bill = running.bill(self.habits.rounding);
            if self.habits.falls && running.reports.is_multiple_of(4) {
                bill.energy /= 2;
                bill.loss_energy /= 2;
            }
            let (voltage, current) = self.output(&battery, gun.power_dw(limit));
            data.transaction_no = Ident(running.terms.transaction);
            data.output_voltage = voltage;
            data.output_current = current;
            data.gun_line_temp = LINE_TEMP;
            data.charged_minutes = running.minutes();
            data.energy = bill.energy;
            data.loss_energy = if self.habits.fills_loss {
                bill.loss_energy
            } else {
                0
            };
            data.amount = bill.amount;
            if self.kind == Kind::Dc {
                data.soc = battery.soc();
                data.battery_max_temp = celsius(battery.cells_c(limit).0);
                data.remaining_minutes = battery.minutes_left(limit);
            }
        }
        Some(data)
    }

    /// Data of the last session as if it ran, from a memory that was not emptied.
    pub(super) fn say_old(&mut self, core: &mut Core, index: usize, out: &mut Vec<Step>) {
        let Some(mut data) = self.realtime(index) else {
            return;
        };
        let Some(last) = self.guns.get(index).and_then(|gun| gun.last.as_ref()) else {
            return;
        };
        let totals = &last.record.totals;
        data.transaction_no = last.record.head.head.transaction_no;
        data.state = GunState::Charging;
        data.gun_plugged = GunPlugged::Yes;
        data.charged_minutes = narrow(last.seconds / 60);
        data.energy = totals.total_energy;
        data.loss_energy = totals.total_loss_energy;
        data.amount = totals.total_amount;
        self.say(core, Body::Realtime(data), out);
    }

    /// Output voltage and current, 0.1 V and 0.1 A, of a power in 0.1 W.
    pub(super) fn output(&self, battery: &Battery, power_dw: u64) -> (u16, u16) {
        let voltage = match self.kind {
            Kind::Ac => MAINS_DV,
            Kind::Dc => battery.voltage_dv(),
        };
        let current = power_dw * 10 / voltage.max(1);
        (narrow(voltage), narrow(current))
    }

    /// Asks for a card or a vehicle: 0x31 or 0xA1.
    pub(super) fn say_request(
        &mut self,
        core: &mut Core,
        index: usize,
        request: &Request,
        out: &mut Vec<Step>,
    ) {
        let Some(gun) = self.guns.get(index) else {
            return;
        };
        let vin: String = match request.mode {
            StartMode::Vin => gun.vehicle.vin.chars().rev().collect(),
            _ => String::new(),
        };
        let asked = message::StartRequest {
            pile_code: Ident(self.id),
            gun_no: self.gun_no(gun.no),
            start_mode: request.mode,
            need_password: match request.password {
                Some(_) => NeedPassword::Yes,
                None => NeedPassword::No,
            },
            account_or_card: Ident(request.card),
            password: Text(request.password.unwrap_or([0; 16])),
            vin_reversed: Text::padded(&vin).unwrap_or(Text([0; 17])),
        };
        let role = self.role(gun.no);
        let body = match request.parallel {
            None => Body::StartRequest(asked),
            Some(number) => Body::ParallelRequest(message::ParallelRequest {
                request: asked,
                gun_role: role,
                parallel_no: Ident(number),
            }),
        };
        self.say(core, body, out);
    }

    pub(super) fn say_lock(&mut self, core: &mut Core, index: usize, out: &mut Vec<Step>) {
        let Some(gun) = self.guns.get(index) else {
            return;
        };
        let data = message::LockData {
            pile_code: Ident(self.id),
            gun_no: gun.no,
            lock_state: gun.lock.state,
            parking_state: if gun.is_plugged() {
                ParkingState::Parked
            } else {
                ParkingState::Empty
            },
            lock_battery: 90,
            alarm: LockAlarm::None,
            reserved: Ident([0; 4]),
        };
        self.say(core, Body::LockData(data), out);
    }

    /// All ground locks, and again in five minutes.
    pub(super) fn say_locks(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        for index in 0..self.guns.len() {
            self.say_lock(core, index, out);
        }
        self.agenda.set(at.t + IDLE_EVERY, Timer::LockReport);
    }
}

/// A temperature with the offset of the wire.
pub(super) fn celsius(degrees: i16) -> u8 {
    u8::try_from(degrees.saturating_add(50)).unwrap_or_default()
}

pub(super) fn narrow(value: u64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}
