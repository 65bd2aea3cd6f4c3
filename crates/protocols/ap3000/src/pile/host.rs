//! The host's own voice. A stand-alone device says 0x11 and 0x12 under its own id.

use super::frames::{Data, Down, seal};
use super::receiving::{Done, Receiving};
use super::setup::{Form, Profile};
use super::site::Site;
use super::timer::Timer;
use ::pile::{Core, Event, Moment, Step};
use kernel::Timestamp;
use std::time::Duration;

/// 0x11, 0x17.
const EVERY: Duration = Duration::from_mins(30);
/// 0x12 once it was answered.
const TIME_EVERY: Duration = Duration::from_hours(12);
/// 0x12 until it is answered; 0xFA after silence.
const RETRY: Duration = Duration::from_mins(3);
/// 0x3B until 0x3A comes.
const RADIO_EVERY: Duration = Duration::from_hours(2);
/// Upgrades of hosts come in pieces of this size.
const PIECE: usize = 200;

/// A host behind whose connection the devices are.
pub(super) struct Host {
    pub(super) number: u32,
    counter: u16,
    time: Option<u16>,
    clock_set: bool,
    radio_told: bool,
    upgrade: Receiving,
    version: u16,
}

impl Host {
    pub(super) fn new(number: u32) -> Self {
        Self {
            number,
            counter: 0,
            time: None,
            clock_set: false,
            radio_told: false,
            upgrade: Receiving::default(),
            version: 616,
        }
    }

    pub(super) fn restart(&mut self) {
        self.counter = 0;
        self.time = None;
        self.clock_set = false;
    }

    fn next_msg(&mut self) -> u16 {
        self.counter = self.counter.checked_add(1).unwrap_or(1);
        self.counter
    }
}

impl Site {
    /// The connection is up: 0x12, 0x11, 0x35, in the captured order.
    pub(super) fn host_online(&mut self, at: Moment) {
        let after = |millis| at.t + Duration::from_millis(millis);
        self.agenda.set(after(200), Timer::HostTime);
        self.agenda.set(after(400), Timer::HostBeat);
        if self.host.is_some() {
            self.agenda.set(after(600), Timer::HostVersions);
        }
        if self.is(Profile::Leakage) {
            self.agenda.set(after(800), Timer::HostState);
        }
        if self.is(Profile::Radio) {
            self.agenda.set(after(800), Timer::HostRadio);
        }
    }

    /// A host frame; a stand-alone device speaks under its own id and counter.
    fn host_say(
        &mut self,
        core: &mut Core,
        at: Moment,
        (cmd, data): (u8, &[u8]),
        out: &mut Vec<Step>,
    ) -> u16 {
        match &mut self.host {
            Some(host) => {
                let msg = host.next_msg();
                let frame = seal(host.number, msg, cmd, data);
                self.put(core, at, frame, out);
                msg
            }
            None => self.say(core, at, 0, (cmd, data), out),
        }
    }

    pub(super) fn host_due(
        &mut self,
        core: &mut Core,
        at: Moment,
        timer: &Timer,
        out: &mut Vec<Step>,
    ) {
        match timer {
            Timer::HostTime => {
                let msg = self.host_say(core, at, (0x12, &[]), out);
                if let Some(host) = &mut self.host {
                    host.time = Some(msg);
                } else {
                    self.units[0].now.time = Some(msg);
                }
                let wait = core.clock.patience(RETRY);
                self.agenda.set(at.t + wait, Timer::HostTime);
            }
            Timer::HostBeat => {
                let data = self.host_heartbeat(at);
                self.host_say(core, at, (0x11, &data), out);
                self.agenda.set(at.t + EVERY, Timer::HostBeat);
            }
            Timer::HostVersions => {
                let data = self.versions();
                self.host_say(core, at, (0x35, &data), out);
            }
            Timer::HostState => {
                let data = self.host_state();
                self.host_say(core, at, (0x17, &data), out);
                self.agenda.set(at.t + EVERY, Timer::HostState);
            }
            Timer::HostRadio if self.host.as_ref().is_some_and(|host| !host.radio_told) => {
                let data = Data::default().u16(470).0;
                self.host_say(core, at, (0x3B, &data), out);
                self.agenda.set(at.t + RADIO_EVERY, Timer::HostRadio);
            }
            Timer::HostUpgrade => self.host_wants_upgrade(core, at, out),
            _ => {}
        }
    }

    fn host_wants_upgrade(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        self.host_say(core, at, (0xFA, &[0, 0, 0]), out);
        let wait = core.clock.patience(RETRY);
        self.agenda.set(at.t + wait, Timer::HostUpgrade);
    }

    fn host_heartbeat(&self, at: Moment) -> Vec<u8> {
        let set = match &self.host {
            Some(host) => host.clock_set,
            None => self.units[0].now.clock_set,
        };
        let (version, kind) = match &self.host {
            Some(host) if self.setup.form == Form::Combined => (host.version, 0x55),
            Some(host) if self.is(Profile::Leakage) => (host.version, 0x51),
            Some(host) if self.is(Profile::Radio) => (host.version, 0x04),
            Some(host) => (host.version, 0x50),
            None => (self.units[0].version, self.units[0].device_type),
        };
        let frequency = if self.is(Profile::Radio) { 470 } else { 0 };
        Data::default()
            .u16(version)
            .u8(2)
            .u32(if set { unix(at.civil) } else { 0 })
            .u8(31)
            .u8(7)
            .text(&self.setup.iccid, 20)
            .u8(kind)
            .u16(frequency)
            .text("864452069762472", 15)
            .text("V1.0.00.000000.0616", 24)
            .0
    }

    /// Lowest version of each device type: all devices of this site are alike.
    fn versions(&self) -> Vec<u8> {
        let lowest = self.units.iter().min_by_key(|unit| unit.version);
        match lowest {
            Some(unit) => {
                Data::default()
                    .u8(1)
                    .u8(unit.device_type)
                    .u8(0)
                    .u16(unit.version)
                    .u32(unit.number)
                    .0
            }
            None => vec![0],
        }
    }

    fn host_state(&self) -> Vec<u8> {
        let power: u32 = self.units.iter().map(super::unit::Unit::power_dw).sum();
        let drawn = self.units.iter().flat_map(|unit| &unit.sockets);
        let wh: u64 = drawn.map(|socket| socket.outlet.wh()).sum();
        let energy = u32::try_from(wh / 10).unwrap_or(u32::MAX);
        // 0.1 W at 230 V in steps of 10 mA.
        let current = u16::try_from(power / 23).unwrap_or(u16::MAX);
        Data::default()
            .u8(1)
            .u8(65 + 27)
            .u16(2_302)
            .u16(current)
            .u32(energy)
            .u16(current)
            .u32(energy)
            .u8(0)
            .u8(0)
            .u8(2)
            .u8(65 + 30)
            .u8(65 + 29)
            .u8(0)
            .u8(1)
            .0
    }

    /// A frame for the host. False when it is none of its commands.
    pub(super) fn host_obeys(
        &mut self,
        core: &mut Core,
        at: Moment,
        down: &Down,
        out: &mut Vec<Step>,
    ) -> bool {
        let answers = |msg: Option<u16>| msg == Some(down.msg);
        match down.cmd {
            0x12 => {
                let waits = match &self.host {
                    Some(host) => answers(host.time),
                    None => answers(self.units[0].now.time),
                };
                if let (true, Some(told)) = (waits, told_time(&down.data)) {
                    self.host_time(core, at, told, out);
                }
                return true;
            }
            0x31 | 0x32 => {
                self.host_answers(core, at, down);
                // The modem comes back after a while.
                core.vanish(at, Duration::from_secs(10), out);
            }
            0x33 | 0x34 => self.host_answers(core, at, down),
            0x3A => {
                if let Some(host) = &mut self.host {
                    host.radio_told = true;
                }
                self.host_answers(core, at, down);
            }
            0xFA | 0xF9 => self.host_upgrade(core, at, down, out),
            0x11 | 0x15 | 0x17 | 0x35 | 0x3B => {}
            _ => return false,
        }
        let event = Event::CommandReceived {
            command: format!("0x{:02x}", down.cmd),
            detail: hex::encode(&down.data),
        };
        core.note(at, event, out);
        true
    }

    fn host_time(&mut self, core: &mut Core, at: Moment, told: Timestamp, out: &mut Vec<Step>) {
        core.note(at, Event::TimeReceived(told), out);
        if self.is(Profile::NoClock) {
            return;
        }
        core.clock.set_civil(at, told);
        if let Some(host) = &mut self.host {
            (host.clock_set, host.time) = (true, None);
        } else {
            let now = &mut self.units[0].now;
            (now.clock_set, now.time) = (true, None);
        }
        self.agenda.set(at.t + TIME_EVERY, Timer::HostTime);
    }

    fn host_answers(&mut self, core: &mut Core, at: Moment, down: &Down) {
        let refused = u8::from(core.refuses());
        let frame = seal(down.id, down.msg, down.cmd, &[refused]);
        let delay = core.answer_delay(250);
        self.agenda.add(at.t + delay, Timer::Say(None, frame));
    }

    /// 0xFA: the empty command is a call to ask for the firmware; then piece by piece.
    fn host_upgrade(&mut self, core: &mut Core, at: Moment, down: &Down, out: &mut Vec<Step>) {
        let Some(host) = &mut self.host else {
            return;
        };
        if down.data.is_empty() {
            let frame = seal(down.id, down.msg, down.cmd, &[0, 0, 0]);
            host.upgrade = Receiving::default();
            self.agenda
                .add(at.t + Duration::from_millis(200), Timer::Say(None, frame));
            let wait = core.clock.patience(RETRY);
            self.agenda.set(at.t + wait, Timer::HostUpgrade);
            return;
        }
        let size = if down.cmd == 0xF9 { 256 } else { PIECE };
        let verdict = host.upgrade.take(&down.data, size, 0, false);
        let [low, high] = verdict.packet.to_le_bytes();
        let answer = [u8::from(verdict.answer), low, high];
        let frame = seal(down.id, down.msg, down.cmd, &answer);
        if verdict.done == Done::No {
            let wait = core.clock.patience(RETRY);
            self.agenda.set(at.t + wait, Timer::HostUpgrade);
            self.put(core, at, frame, out);
        } else {
            host.version += 1;
            self.agenda.cancel(&Timer::HostUpgrade);
            // The answer leaves before the modem restarts.
            self.put(core, at, frame, out);
            core.vanish(at, Duration::from_secs(20), out);
        }
    }
}

/// The time of day in an answer to 0x12 or 0x22.
pub(super) fn told_time(data: &[u8]) -> Option<Timestamp> {
    let seconds = u32::from_le_bytes(*data.first_chunk::<4>()?);
    Some(Timestamp(i64::from(seconds) * 1000))
}

/// Unix seconds as the wire has them.
pub(super) fn unix(at: Timestamp) -> u32 {
    u32::try_from(at.0 / 1000).unwrap_or(u32::MAX)
}
