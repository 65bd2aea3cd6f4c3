//! What a device says of itself: registration, heartbeats, the question for the time.

use super::frames::Data;
use super::host::{told_time, unix};
use super::setup::{Form, Profile};
use super::site::Site;
use super::timer::Timer;
use super::unit::Beats;
use crate::codes::SocketState;
use ::pile::{Core, Event, Moment, Step};
use std::time::Duration;

/// 0x22 until it is answered.
const TIME_RETRY: Duration = Duration::from_mins(3);
/// 0x22 once it was answered.
const TIME_EVERY: Duration = Duration::from_hours(12);
/// Requests are repeated once after so long.
pub(super) const RETRY: Duration = Duration::from_secs(15);
/// 0x01 is sent so often without an answer.
const LEGACY_TRIES: u8 = 3;
/// From a change to the heartbeat that shows it.
const CHANGE: Duration = Duration::from_secs(2);
/// Mains voltage, 0.1 V.
pub(super) const VOLTAGE_DV: u16 = 2_302;

impl Site {
    fn interval(&self, unit: usize) -> Duration {
        let seconds = self.units[unit].settings.get("heartbeat_interval_s");
        Duration::from_secs(u64::from(seconds.max(1)))
    }

    /// 0x20, every heartbeat interval until it is answered.
    pub(super) fn register(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        out: &mut Vec<Step>,
    ) {
        if self.units[unit].now.registered {
            return;
        }
        self.say_registration(core, at, unit, out);
        let again = core.clock.patience(self.interval(unit));
        self.agenda.set(at.t + again, Timer::Register(unit));
    }

    /// 0x20, whoever asked for it.
    pub(super) fn say_registration(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        out: &mut Vec<Step>,
    ) {
        let device = &self.units[unit];
        let mut data = Data::default()
            .u16(device.version)
            .u8(count(device.sockets.len()))
            .u8(device.virtual_id)
            .u8(device.device_type)
            .u8(device.work_mode);
        if self.setup.form == Form::Alone || self.is(Profile::Extended) {
            data = data.u16(0);
        }
        if self.is(Profile::Extended) {
            data = data.bytes(&[0xE4, 0]);
        }
        let msg = self.say(core, at, unit, (0x20, &data.0), out);
        self.units[unit].now.registration = Some(msg);
    }

    /// The heartbeat of the period, of the kind that the device keeps to.
    pub(super) fn beat(&mut self, core: &mut Core, at: Moment, unit: usize, out: &mut Vec<Step>) {
        let now = &mut self.units[unit].now;
        if now.beat.is_some() || now.legacy.is_some() {
            now.unanswered = now.unanswered.saturating_add(1);
        }
        self.say_heartbeat(core, at, unit, out);
        if self.is(Profile::Extended) {
            // The power heartbeat whose layout nobody has published.
            self.say(core, at, unit, (0x26, &[0; 40]), out);
        }
        let period = self.interval(unit);
        self.agenda.set(at.t + period, Timer::Beat(unit));
    }

    /// 0x21, 0x01, or both while neither was answered.
    pub(super) fn say_heartbeat(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        out: &mut Vec<Step>,
    ) {
        let beats = self.units[unit].beats;
        if beats != Beats::New {
            self.units[unit].now.legacy = None;
            self.say_legacy(core, at, unit, out);
        }
        if beats != Beats::Legacy {
            let device = &self.units[unit];
            let states = device.states();
            let data = Data::default()
                .u16(VOLTAGE_DV)
                .u8(count(states.len()))
                .bytes(&states)
                .u8(0)
                .u8(device.temp_raw());
            let msg = self.say(core, at, unit, (0x21, &data.0), out);
            self.units[unit].now.beat = Some(msg);
        }
        if self.is(Profile::Cabinet) {
            self.say_cabinet(core, at, unit, out);
        }
    }

    fn say_legacy(&mut self, core: &mut Core, at: Moment, unit: usize, out: &mut Vec<Step>) {
        let device = &mut self.units[unit];
        if device.beats == Beats::Both && device.now.legacy_tries == LEGACY_TRIES {
            return;
        }
        if device.now.legacy.is_none() && device.beats == Beats::Legacy {
            device.now.legacy_tries = 0;
        }
        device.now.legacy_tries += 1;
        let states = device.states();
        let mut data = Data::default()
            .u16(device.version)
            .u16(VOLTAGE_DV)
            .u8(count(states.len()))
            .bytes(&states);
        for socket in &device.sockets {
            data = data.u16(wide(socket.outlet.power_dw()));
        }
        for socket in &device.sockets {
            data = data.u16(wide(socket.outlet.peak_dw()));
        }
        // The work mode of this heartbeat is 0 whatever the registration says (captured).
        let data = data
            .u8(device.virtual_id)
            .u8(0)
            .u8(device.device_type)
            .u8(device.temp_raw())
            .u8(0);
        let msg = self.say(core, at, unit, (0x01, &data.0), out);
        self.units[unit].now.legacy = Some(msg);
        if self.units[unit].beats == Beats::Legacy {
            let wait = core.clock.patience(RETRY);
            self.agenda.set(at.t + wait, Timer::LegacyAgain(unit));
        }
    }

    /// A device that knows no other heartbeat says it up to three times.
    pub(super) fn legacy_again(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        out: &mut Vec<Step>,
    ) {
        let now = &self.units[unit].now;
        if now.legacy.is_some() && now.legacy_tries < LEGACY_TRIES {
            self.say_legacy(core, at, unit, out);
        }
    }

    /// 0x41: open doors and running fans, as bits.
    fn say_cabinet(&mut self, core: &mut Core, at: Moment, unit: usize, out: &mut Vec<Step>) {
        let sockets = self.units[unit].sockets.iter().enumerate();
        let (mut doors, mut fans) = (0_u32, 0_u32);
        for (index, socket) in sockets {
            let bit = 1 << index.min(31);
            match socket.state() {
                SocketState::Idle => doors |= bit,
                SocketState::Charging => fans |= bit,
                _ => {}
            }
        }
        let data = Data::default()
            .u8(count(self.units[unit].sockets.len()))
            .u32(doors)
            .u32(fans)
            .0;
        self.say(core, at, unit, (0x41, &data), out);
    }

    /// What has changed is shown soon; old devices wait for their period.
    pub(super) fn show_change(&mut self, at: Moment, unit: usize) {
        if self.units[unit].beats != Beats::Legacy {
            self.agenda.set(at.t + CHANGE, Timer::Changed(unit));
        }
    }

    /// 0x22, until it is answered and twice a day.
    pub(super) fn ask_time(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        out: &mut Vec<Step>,
    ) {
        let msg = self.say(core, at, unit, (0x22, &[]), out);
        self.units[unit].now.time = Some(msg);
        let wait = core.clock.patience(TIME_RETRY);
        self.agenda.set(at.t + wait, Timer::Time(unit));
    }

    /// Answers to 0x01, 0x20, 0x21 and 0x22. Others than the one waited for do nothing.
    pub(super) fn hear_presence(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        (cmd, msg, data): (u8, u16, &[u8]),
        out: &mut Vec<Step>,
    ) {
        let device = &mut self.units[unit];
        let good = data.first() == Some(&0);
        match cmd {
            0x01 if good && device.now.legacy == Some(msg) => {
                device.now.legacy = None;
                device.now.unanswered = 0;
                if device.beats == Beats::Both {
                    device.beats = Beats::Legacy;
                    device.now.beat = None;
                }
            }
            0x21 if good && device.now.beat == Some(msg) => {
                device.now.beat = None;
                device.now.legacy = None;
                device.now.unanswered = 0;
                device.beats = Beats::New;
            }
            0x20 if good && device.now.registration == Some(msg) => {
                device.now.registered = true;
                self.agenda.cancel(&Timer::Register(unit));
            }
            0x22 if device.now.time == Some(msg) => {
                let Some(told) = told_time(data) else {
                    return;
                };
                device.now.time = None;
                core.note(at, Event::TimeReceived(told), out);
                if self.setup.profile != Profile::NoClock {
                    device.now.clock_set = true;
                    core.clock.set_civil(at, told);
                }
                self.agenda.set(at.t + TIME_EVERY, Timer::Time(unit));
            }
            _ => {}
        }
    }

    /// What the device's clock shows, Unix seconds: it runs from 1970 until it is told.
    pub(super) fn clock(&self, at: Moment, unit: usize) -> u32 {
        let device = &self.units[unit];
        if device.now.clock_set {
            unix(at.civil)
        } else {
            u32::try_from(at.t.since(device.booted).as_secs()).unwrap_or(u32::MAX)
        }
    }
}

pub(super) fn count(items: usize) -> u8 {
    u8::try_from(items).unwrap_or(u8::MAX)
}

/// Powers of two bytes stand still at their end.
pub(super) fn wide(power_dw: u32) -> u16 {
    u16::try_from(power_dw).unwrap_or(u16::MAX)
}
