//! Heartbeats, real-time data, ground locks.

use super::pile::{Knowledge, Pile, key_of};
use super::words;
use crate::codes::{
    FaultBits, FrameType, GunHealth, GunPlugged, GunState, LockState, ParkingState, PileType,
};
use crate::frame::Sequence;
use crate::message::{Body, Heartbeat, HeartbeatAnswer, LockData, Realtime};
use device::{
    Event, FaultList, GroundLockReport, ListedFault, Output, PortReport, PortState, Progress,
    Vitals,
};
use kernel::{PortNo, Timestamp};

impl Pile {
    pub(super) fn heartbeat(
        &mut self,
        beat: &Heartbeat,
        sequence: Sequence,
        now: Timestamp,
        out: &mut Output,
    ) {
        let answer = HeartbeatAnswer {
            pile_code: beat.pile_code,
            gun_no: beat.gun_no,
            reply: 0,
        };
        self.reply(Body::HeartbeatAnswer(answer), sequence, out);
        self.tell(Event::Heartbeat(Vitals::default()), now, out);
        let gun = beat.gun_no.number();
        // It says that something is wrong and not what: the real-time data tell.
        let news = beat.gun_status == GunHealth::Fault
            && self.guns.get(&gun).is_some_and(|memory| {
                memory.knowledge != Knowledge::Nothing && memory.state != GunState::Fault
            })
            && self.port_of(gun).is_some();
        if news && !self.gun(gun, now).health_asked {
            self.gun(gun, now).health_asked = true;
            self.ask_gun(gun, now);
        }
    }

    pub(super) fn realtime(&mut self, data: &Realtime, now: Timestamp, out: &mut Output) {
        let gun = data.gun_no.number();
        let Some(port) = self.port_of(gun) else {
            // Nothing is made of it here; that it was said is told.
            if let Some(port) = Self::any_port(data.gun_no) {
                let report = self.port_report(port, data);
                self.tell(one_port(report), now, out);
            }
            return;
        };
        let serial = data.transaction_no;
        let over = data.state == GunState::Charging && self.has_ended(serial);
        let memory = self.gun(gun, now);
        memory.news_at = now;
        memory.knowledge = Knowledge::Enough;
        if !over {
            memory.leftover = None;
        } else if memory.is_past(data, now) {
            // The present is told by the next one.
            return self.gun_answered(gun, None, now, out);
        }
        if data.state != GunState::Fault {
            memory.health_asked = false;
        }
        memory.state = data.state;
        memory.transaction = serial;
        let begins = data.state == GunState::Charging && !serial.is_zero();
        if begins && memory.session != serial {
            memory.session = serial;
            self.clear_session_faults(gun, port, now, out);
        }
        self.gun_answered(gun, Some(data), now, out);
        self.fault_list(gun, port, data, now, out);
        let report = self.port_report(port, data);
        self.tell(one_port(report), now, out);
    }

    fn port_report(&self, port: PortNo, data: &Realtime) -> PortReport {
        let voltage = words::voltage(data.output_voltage);
        let current = words::current(data.output_current);
        let temperature_c = words::temperature(data.gun_line_temp);
        let named = !data.transaction_no.is_zero();
        let plugged = data.gun_plugged == GunPlugged::Yes;
        let state = match data.state {
            GunState::Offline | GunState::Unknown(_) => PortState::Unknown,
            GunState::Fault => PortState::Fault,
            GunState::Idle if plugged => PortState::Plugged,
            GunState::Idle => PortState::Idle,
            // Between the start and the first metering.
            GunState::Charging if !named => PortState::Starting,
            GunState::Charging => PortState::Charging,
        };
        let runs = named && matches!(data.state, GunState::Charging | GunState::Fault);
        let power = match (voltage, current) {
            (Some(voltage), Some(current)) if state == PortState::Charging => {
                Some(words::power(voltage, current))
            }
            _ => None,
        };
        let charge = runs.then(|| key_of(data.transaction_no));
        let is_ac = self.pile_type() == PileType::Ac;
        let meter = charge.clone().map(|charge| Progress {
            charge,
            port,
            duration_s: u32::from(data.charged_minutes) * 60,
            energy: words::energy(data.energy),
            power,
            peak_power: None,
            voltage,
            current,
            temperature_c,
            soc: words::soc(data.soc).filter(|soc| *soc > 0 && !is_ac),
            remaining_min: Some(data.remaining_minutes).filter(|left| *left > 0 && !is_ac),
            device_amount: Some(words::fen(data.amount)),
        });
        PortReport {
            port,
            state,
            raw: u32::from(u8::from(data.state)) << 16 | u32::from(data.fault_bits.0),
            // Bits of a gun that goes on working are alarms; they do not take it out of use.
            faults: if data.state == GunState::Fault {
                leading_first(data)
            } else {
                Vec::new()
            },
            reachable: data.state != GunState::Offline,
            plugged: match data.gun_plugged {
                GunPlugged::Yes => Some(true),
                GunPlugged::No => Some(false),
                GunPlugged::Unknown(_) => None,
            },
            charge,
            meter,
            voltage,
            current,
            power,
            temperature_c,
        }
    }

    fn pile_type(&self) -> PileType {
        match self.profile.get(crate::traits::PILE_TYPE) {
            Some("ac") => PileType::Ac,
            _ => PileType::Dc,
        }
    }

    /// Tells the fault bits of a gun that is not out of use; a gun that is has them in its port
    /// report.
    fn fault_list(
        &mut self,
        gun: u8,
        port: PortNo,
        data: &Realtime,
        now: Timestamp,
        out: &mut Output,
    ) {
        let set = match data.state {
            GunState::Fault => 0,
            _ => data.fault_bits.0,
        };
        if self.gun(gun, now).alarms.replace(set) == Some(set) {
            return;
        }
        let bits = (0..16).map(|bit| 1 << bit).filter(|mask| set & mask != 0);
        let faults = bits.map(|mask| ListedFault {
            fault: FaultBits(mask).leading(),
            code: u32::from(mask),
            values: Vec::new(),
        });
        let list = FaultList {
            port: Some(port),
            faults: faults.collect(),
        };
        self.tell(Event::Faults(list), now, out);
    }

    pub(super) fn ground_lock(&mut self, data: &LockData, now: Timestamp, out: &mut Output) {
        let Some(port) = self.port_of(data.gun_no) else {
            return;
        };
        let report = GroundLockReport {
            port,
            raised: match data.lock_state {
                LockState::Raised => Some(true),
                LockState::Lowered => Some(false),
                LockState::Between | LockState::Unknown(_) => None,
            },
            occupied: match data.parking_state {
                ParkingState::Parked => Some(true),
                ParkingState::Empty => Some(false),
                ParkingState::Unknown(_) => None,
            },
            battery: Some(data.lock_battery).filter(|share| *share <= 100),
            alarm: u32::from(u8::from(data.alarm)),
        };
        self.tell(Event::GroundLock(report), now, out);
    }

    /// An alarm that no table names, with the frame type as its code.
    pub(super) fn frame_alarm(
        &self,
        kind: FrameType,
        active: bool,
        values: Vec<(&'static str, i64)>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let code = u32::from(u8::from(kind));
        self.alarm(None, (None, code), active, values, now, out);
    }
}

fn one_port(report: PortReport) -> Event {
    Event::Status {
        vitals: Vitals::default(),
        ports: vec![report],
    }
}

/// The faults of a gun that is out of use, the most serious one first.
fn leading_first(data: &Realtime) -> Vec<device::Fault> {
    let mut faults = data.fault_bits.faults();
    if let Some(leading) = data.fault_bits.leading()
        && let Some(place) = faults.iter().position(|fault| *fault == leading)
    {
        faults.swap(0, place);
    }
    faults
}
