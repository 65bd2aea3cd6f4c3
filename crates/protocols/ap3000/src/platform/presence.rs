//! Registration, heartbeats, time, and what hosts say of themselves.

use super::line::Turn;
use super::unit::Unit;
use super::words;
use super::{starts, vendor};
use crate::codes::{Cmd, Executed, Recognition, SocketState, major};
use crate::message::{
    Body, Heartbeat, HostHeartbeat, HostState, LegacyHeartbeat, LowestVersion, Message,
    RadioRequest, Registration, ResultOnly, SubDevices, TimeReply,
};
use crate::traits;
use device::{
    AlarmReport, Event, Fault, FaultList, ListedFault, Outcome, PortReport, PortState, Refusal,
    Vitals,
};
use kernel::{Power, Timestamp, Voltage};

/// Answers with success; no other value is documented.
const SUCCESS: u8 = 0;
/// An old heartbeat is answered from this one of a connection on: the device tries three times,
/// and one that also has the newer heartbeat sends that in between.
const LEGACY_ANSWERED_FROM: u32 = 2;
/// Signal of a host that could not measure it.
const SIGNAL_ERROR: u8 = 99;
/// Sockets that a heartbeat can describe.
const SOCKETS_MAX: usize = 255;

/// Answer of one byte to a report.
pub(super) const fn success(cmd: Cmd) -> Message {
    Message::new(cmd, Body::ResultOnly(ResultOnly { result: SUCCESS }))
}

/// The time as a device is told.
pub(super) fn time_reply(cmd: Cmd, at: Timestamp) -> Message {
    let timestamp = u32::try_from(at.unix_seconds()).unwrap_or(0);
    Message::new(cmd, Body::TimeReply(TimeReply { timestamp }))
}

impl Unit {
    pub(super) fn registered(&mut self, seen: &Registration, msg_id: u16, turn: &mut Turn<'_>) {
        self.answer(success(Cmd::Registration), msg_id, turn);
        self.learn_kind(seen.device_type, seen.fw_version, turn);
        let board = seen.power_board_version.is_some_and(|version| version != 0);
        if board {
            self.learn(traits::POWER_BOARD, "1".to_owned(), turn);
        }
        let news = device::Registration {
            model: Some(format!("{:02X}", seen.device_type)),
            firmware: Some(words::version(seen.fw_version)),
            port_count: Some(u16::from(seen.port_count)),
            ..device::Registration::default()
        };
        self.introduce(news, turn);
        self.came_back(turn);
    }

    fn learn_kind(&mut self, device_type: u8, fw_version: u16, turn: &mut Turn<'_>) {
        self.learn(traits::DEVICE_TYPE, format!("{device_type:02X}"), turn);
        self.learn(traits::FW_VERSION, fw_version.to_string(), turn);
    }

    pub(super) fn heartbeat(&mut self, seen: &Heartbeat, msg_id: u16, turn: &mut Turn<'_>) {
        self.answer(success(Cmd::Heartbeat), msg_id, turn);
        self.learn(traits::HEARTBEAT, "21".to_owned(), turn);
        let vitals = vitals(seen.voltage_dv, seen.signal, Some(seen.temp_raw));
        let ports = seen.port_states.iter().map(|state| (*state, None));
        let ports: Vec<_> = ports.collect();
        self.told_state(vitals, &ports, turn);
    }

    pub(super) fn legacy_heartbeat(
        &mut self,
        seen: &LegacyHeartbeat,
        msg_id: u16,
        turn: &mut Turn<'_>,
    ) {
        self.legacy_heartbeats = self.legacy_heartbeats.saturating_add(1);
        let newer = self.profile.get(traits::HEARTBEAT) == Some("21");
        if !newer && self.legacy_heartbeats >= LEGACY_ANSWERED_FROM {
            self.answer(success(Cmd::LegacyHeartbeat), msg_id, turn);
        }
        self.learn_kind(seen.device_type, seen.fw_version, turn);
        let news = device::Registration {
            model: Some(format!("{:02X}", seen.device_type)),
            firmware: Some(words::version(seen.fw_version)),
            port_count: Some(u16::try_from(seen.ports.states().len()).unwrap_or(u16::MAX)),
            ..device::Registration::default()
        };
        self.introduce(news, turn);
        let vitals = vitals(seen.voltage_dv, seen.signal, seen.temp_raw);
        let ports = seen.ports.iter();
        let ports: Vec<_> = ports
            .map(|(state, power, _)| (state, Some(power)))
            .collect();
        self.told_state(vitals, &ports, turn);
    }

    /// The state of all sockets: events, and everything that waited to hear it.
    fn told_state(
        &mut self,
        vitals: Vitals,
        ports: &[(SocketState, Option<u16>)],
        turn: &mut Turn<'_>,
    ) {
        self.tell(Event::Heartbeat(vitals), turn);
        let mut reports = Vec::with_capacity(ports.len());
        for (place, (state, power)) in ports.iter().enumerate().take(SOCKETS_MAX) {
            let port = u8::try_from(place).unwrap_or(u8::MAX);
            self.state_changed(port, *state, turn);
            self.judge_starts(port, *state, turn);
            let mut report = report_of(port, *state, *power, vitals);
            let held = self.held_at(port).filter(|_| *state == SocketState::Full);
            if held.is_some() {
                report.state = PortState::Suspended;
            }
            if matches!(report.state, PortState::Charging | PortState::Suspended) {
                // The heartbeat names no order, but an earlier report did.
                report.charge = self.runs_at(port).map(|order| words::charge_key(&order));
            }
            reports.push(report);
        }
        let event = Event::Status {
            vitals,
            ports: reports,
        };
        self.tell(event, turn);
        for id in self.asking.settle() {
            let outcome = Outcome::Accepted {
                port: None,
                session: None,
                data: None,
            };
            self.report(Some(id), outcome, turn);
        }
    }

    /// What a socket's state says beyond itself: what runs there, and danger.
    fn state_changed(&mut self, port: u8, state: SocketState, turn: &mut Turn<'_>) {
        let raw = u8::from(state);
        let place = usize::from(port);
        let first = self.states.len() <= place;
        if first {
            self.states.resize(place + 1, u8::from(SocketState::Idle));
        }
        let before = self
            .states
            .get_mut(place)
            .map_or(raw, |known| std::mem::replace(known, raw));
        let over = match state {
            SocketState::Idle | SocketState::Plugged => true,
            SocketState::Full => self.held_at(port).is_none(),
            _ => false,
        };
        if over {
            self.runs_nothing(port);
        }
        let was = SocketState::from(before);
        // The first word of a connection ends what was over before it.
        if first || was.side_fault() != state.side_fault() {
            self.tell_side_fault(port, state, turn);
        }
        if was.is_dangerous() != state.is_dangerous() {
            // The relay may be closed although nothing was started.
            let shown = if state.is_dangerous() { state } else { was };
            let alarm = AlarmReport {
                port: Some(words::port_no(port)),
                fault: shown.fault(),
                code: u32::from(u8::from(shown)),
                active: state.is_dangerous(),
                values: Vec::new(),
            };
            self.tell(Event::Alarm(alarm), turn);
        }
        if let (SocketState::Unknown(code), Some(Fault::Unknown(number))) = (state, state.fault()) {
            self.alarm_once(number, code, Some(port), Vec::new(), turn);
        }
    }

    /// What is wrong at a socket that can be used all the same.
    fn tell_side_fault(&self, port: u8, state: SocketState, turn: &mut Turn<'_>) {
        let listed = state.side_fault().map(|fault| ListedFault {
            fault: Some(fault),
            code: u32::from(u8::from(state)),
            values: Vec::new(),
        });
        let list = FaultList {
            port: Some(words::port_no(port)),
            faults: listed.into_iter().collect(),
        };
        self.tell(Event::Faults(list), turn);
    }

    /// Starts that may have happened, in the light of their socket's state.
    fn judge_starts(&mut self, port: u8, state: SocketState, turn: &mut Turn<'_>) {
        let charging = state.port_state() == PortState::Charging;
        let idle = matches!(
            state,
            SocketState::Idle | SocketState::Plugged | SocketState::Full
        );
        let (now, runs) = (turn.now, self.runs_at(port));
        let judged = |watch: &starts::Watch| {
            if watch.port == port {
                starts::judged(watch, (charging, idle), runs, now)
            } else {
                Executed::Unclear
            }
        };
        let decided = self
            .watches
            .extract_if(.., |watch| judged(watch) != Executed::Unclear);
        for watch in decided.collect::<Vec<_>>() {
            if judged(&watch) == Executed::Yes {
                self.start_happened(&watch, turn);
                self.confirm(watch.port, watch.order, turn);
            } else {
                let refusal = Refusal {
                    code: None,
                    text: "the socket does not charge".to_owned(),
                };
                self.report(watch.id, Outcome::Refused(refusal), turn);
            }
        }
    }

    pub(super) fn tell_time(&mut self, cmd: Cmd, msg_id: u16, turn: &mut Turn<'_>) {
        let reply = time_reply(cmd, turn.at);
        self.answer(reply, msg_id, turn);
    }

    /// A host. Where a device has the same id, version and type are the device's own.
    pub(super) fn host_heartbeat(&mut self, seen: &HostHeartbeat, turn: &mut Turn<'_>) {
        let host_type = u8::from(seen.host_type);
        self.learn(traits::HOST_TYPE, format!("{host_type:02X}"), turn);
        let text = |text: String| Some(text).filter(|text| !text.is_empty());
        let mut news = device::Registration {
            iccid: text(seen.iccid.text()),
            imei: seen.imei.and_then(|imei| text(imei.text())),
            ..device::Registration::default()
        };
        if self.is_only_host() {
            news.model = Some(format!("host {host_type:02X}"));
            news.firmware = Some(words::version(seen.fw_version));
        }
        self.introduce(news, turn);
        if self.is_only_host() {
            let vitals = Vitals {
                signal: host_signal(seen.signal),
                ..Vitals::default()
            };
            self.tell(Event::Heartbeat(vitals), turn);
        }
    }

    pub(super) fn host_state(&mut self, seen: &HostState, turn: &mut Turn<'_>) {
        if self.is_only_host() {
            let vitals = Vitals {
                voltage: Some(Voltage(i64::from(seen.voltage_dv))),
                ..Vitals::default()
            };
            self.tell(Event::Heartbeat(vitals), turn);
        }
        let smoke = seen.smoke_alarm != 0;
        if smoke != self.smoke {
            self.smoke = smoke;
            let alarm = AlarmReport {
                port: None,
                fault: Some(Fault::Smoke),
                code: u32::from(seen.smoke_alarm),
                active: smoke,
                values: vec![
                    ("current_10ma", i64::from(seen.current_10ma)),
                    ("leak_current_ma", i64::from(seen.leak_current_ma)),
                    ("alarm_relay", i64::from(seen.alarm_relay)),
                ],
            };
            self.tell(Event::Alarm(alarm), turn);
        }
    }

    /// What is behind a host is known when all of it is of one kind.
    pub(super) fn sub_devices(&mut self, seen: &SubDevices, turn: &mut Turn<'_>) {
        let items = seen.items.as_slice();
        let Some(first) = items.first() else {
            if self.profile.learnt.get(traits::SUB_DEVICE_TYPE).is_some() {
                self.learn(traits::SUB_DEVICE_TYPE, "none".to_owned(), turn);
            }
            return;
        };
        if items.iter().any(|item| kind_of(item) != kind_of(first)) {
            return self.learn(traits::SUB_DEVICE_TYPE, "mixed".to_owned(), turn);
        }
        let (device_type, code, _) = kind_of(first);
        let (code, version) = (u8::from(code), first.lowest_fw_version);
        self.learn(traits::SUB_DEVICE_CODE, format!("{code:02X}"), turn);
        self.learn(traits::SUB_DEVICE_FW, version.to_string(), turn);
        self.learn(traits::SUB_DEVICE_TYPE, format!("{device_type:02X}"), turn);
    }

    /// The answer would name all devices of the bus, and those left out would be lost: only an
    /// operator knows them.
    pub(super) fn radio_wanted(&mut self, seen: &RadioRequest, turn: &mut Turn<'_>) {
        let ids = traits::sub_devices(&self.profile);
        if let Some(message) = ids.and_then(|ids| vendor::radio(seen.frequency, ids)) {
            return self.push_own(message, turn);
        }
        let cmd = u8::from(Cmd::RadioRequest);
        let code = super::unit::alarm::UNSUPPORTED + u32::from(cmd);
        let values = vec![("frequency", i64::from(seen.frequency))];
        self.alarm_once(code, cmd, None, values, turn);
    }
}

/// What firmware has to match.
fn kind_of(device: &LowestVersion) -> (u8, Recognition, u16) {
    let version = device.lowest_fw_version;
    (
        device.device_type,
        device.physical_id.recognition(),
        major(version),
    )
}

fn vitals(voltage_dv: u16, signal: u8, temp_raw: Option<u8>) -> Vitals {
    Vitals {
        signal: Some(i16::from(signal)).filter(|signal| *signal != 0),
        temperature_c: temp_raw.and_then(words::celsius),
        voltage: Some(Voltage(i64::from(voltage_dv))),
    }
}

/// Above 100 the scale is another one; 99 is an error.
fn host_signal(raw: u8) -> Option<i16> {
    match raw {
        SIGNAL_ERROR => None,
        0..=100 => Some(i16::from(raw)),
        _ => Some(i16::from(raw) - 100),
    }
}

fn report_of(port: u8, state: SocketState, power: Option<u16>, vitals: Vitals) -> PortReport {
    PortReport {
        port: words::port_no(port),
        state: state.port_state(),
        raw: u32::from(u8::from(state)),
        faults: state.fault().into_iter().collect(),
        reachable: true,
        plugged: state.plugged(),
        charge: None,
        meter: None,
        voltage: vitals.voltage,
        current: None,
        power: power.map(|power| Power(i64::from(power))),
        temperature_c: vitals.temperature_c,
    }
}
