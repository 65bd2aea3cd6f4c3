//! What a device is told, command by command.

use super::frames::{Data, Down, seal};
use super::receiving::{Done, Receiving};
use super::setup::Profile;
use super::site::Site;
use super::timer::Timer;
use crate::codes::{StartAnswer, UpgradeAnswer};
use ::pile::{Core, Event, Moment, Step};
use std::time::Duration;

/// A host gives a device up after so long.
const NO_RESPONSE: Duration = Duration::from_secs(2);
/// Firmware pieces are written quickly.
const FLASH: Duration = Duration::from_millis(80);
/// From the last piece to the restart.
const INSTALL: Duration = Duration::from_secs(2);
/// An old device asks anew when its upgrade has stopped for so long.
const UPGRADE_QUIET: Duration = Duration::from_mins(2);
/// Bytes of one EEPROM command at most.
const EEPROM_MAX: usize = 32;

impl Site {
    pub(super) fn obey(&mut self, core: &mut Core, at: Moment, down: &Down, out: &mut Vec<Step>) {
        let own = match &self.host {
            Some(host) => host.number,
            None => self.units[0].number,
        };
        if down.id == own && self.host_obeys(core, at, down, out) {
            return;
        }
        let unit = self.units.iter().position(|unit| unit.number == down.id);
        let Some(unit) = unit.filter(|unit| !self.units[*unit].dark) else {
            return;
        };
        if !self.units[unit].reachable {
            self.host_gives_up(at, down);
            return;
        }
        let (msg, data) = (down.msg, down.data.as_slice());
        match down.cmd {
            0x01 | 0x20 | 0x21 | 0x22 => {
                self.hear_presence(core, at, unit, (down.cmd, msg, data), out);
            }
            0x02 => self.card_answered(core, at, unit, (msg, data), out),
            0x03 => self.settled(core, at, unit, (msg, data), out),
            0x04 => self.confirmed(unit, msg),
            0x82 => self.charge(core, at, unit, (msg, data), out),
            _ => {
                let event = Event::CommandReceived {
                    command: format!("0x{:02x}", down.cmd),
                    detail: hex::encode(data),
                };
                core.note(at, event, out);
                self.obey_rest(core, at, unit, down, out);
            }
        }
    }

    fn obey_rest(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        down: &Down,
        out: &mut Vec<Step>,
    ) {
        let (cmd, msg, data) = (down.cmd, down.msg, down.data.as_slice());
        match cmd {
            0x72 => self.cabinet_stop(core, at, unit, (msg, data), out),
            0x81 => {
                self.say_registration(core, at, unit, out);
                self.say_heartbeat(core, at, unit, out);
            }
            0x8A => self.modify(core, at, unit, (msg, data), out),
            0xE0 | 0xE1 | 0xE2 | 0xF8 => self.upgrade(core, at, unit, down),
            0x90..=0x93 => {
                let block = self.units[unit].settings.query(cmd);
                self.answer(core, at, unit, (cmd, msg, &block));
            }
            0x8B => {
                let words = self.read_eeprom(unit, data);
                self.answer(core, at, unit, (cmd, msg, &words));
            }
            0x83..=0x86 | 0x87 | 0x88 | 0x8C..=0x8F | 0x95..=0x98 => {
                let refused = core.refuses();
                let answer = if refused {
                    1
                } else {
                    self.set(unit, cmd, data)
                };
                if cmd == 0x87 && !refused {
                    // What would be said later is lost with the restart.
                    self.say_as(core, at, unit, (cmd, msg, &[0]), out);
                    self.restart(core, at, unit, out);
                } else {
                    self.answer(core, at, unit, (cmd, msg, &[answer]));
                }
            }
            _ => {}
        }
    }

    /// Settings that are answered with one byte.
    fn set(&mut self, unit: usize, cmd: u8, data: &[u8]) -> u8 {
        let fresh = self.fresh_settings();
        let device = &mut self.units[unit];
        match cmd {
            0x83..=0x86 => device.settings.set(cmd, data),
            0x88 => {
                device.settings = fresh;
                device.records.clear();
                0
            }
            0x8C => device.write_eeprom(data),
            0x8D => match data.first() {
                Some(mode @ (0 | 1)) => {
                    device.work_mode = device.work_mode & !1 | mode;
                    0
                }
                _ => 2,
            },
            0x8E => u8::from(data.len() != 76 || data.last() != Some(&0)),
            0x8F => u8::from(data.first().is_none_or(|mode| *mode > 6)),
            0x95 => u8::from(data.len() != 200),
            _ => 0,
        }
    }

    fn read_eeprom(&self, unit: usize, data: &[u8]) -> Vec<u8> {
        let &[low, high, length, ..] = data else {
            return vec![1];
        };
        let from = usize::from(u16::from_le_bytes([low, high]));
        let length = usize::from(length);
        let bytes = self.units[unit].eeprom.get(from..from + length);
        match bytes.filter(|_| length <= EEPROM_MAX) {
            Some(bytes) => Data::default().u8(0).bytes(bytes).0,
            None => vec![1],
        }
    }

    /// The host says of a device that it does not reach only this much.
    fn host_gives_up(&mut self, at: Moment, down: &Down) {
        if down.cmd == 0x82 {
            let order = down.data.get(9..25).unwrap_or(&[0; 16]);
            let port = down.data.get(5).copied().unwrap_or(0);
            let words = Data::default()
                .u8(StartAnswer::NoResponse.into())
                .bytes(order)
                .u8(port)
                .u16(0)
                .0;
            let frame = seal(down.id, down.msg, down.cmd, &words);
            self.agenda.add(at.t + NO_RESPONSE, Timer::Say(None, frame));
        }
    }

    /// A piece of firmware.
    fn upgrade(&mut self, core: &mut Core, at: Moment, unit: usize, down: &Down) {
        let chunk = if down.cmd == 0xF8 { 256 } else { 200 };
        let insists = self.setup.wants_check && down.cmd != 0xF8;
        let refused = core.refuses();
        let device = &mut self.units[unit];
        let kind = device.device_type;
        let mut verdict = device.upgrade.take(&down.data, chunk, kind, insists);
        if refused {
            (verdict.answer, verdict.done) = (UpgradeAnswer::WrongType, Done::No);
        }
        let [low, high] = verdict.packet.to_le_bytes();
        let words = [u8::from(verdict.answer), low, high];
        let frame = seal(device.number, down.msg, down.cmd, &words);
        self.agenda.add(at.t + FLASH, Timer::Say(Some(unit), frame));
        let device = &mut self.units[unit];
        let version = match verdict.done {
            Done::No => None,
            Done::Unchecked => Some(device.version + 1),
            Done::Version(version) => Some(version),
        };
        if version.is_some() {
            device.next_version = version;
            device.upgrade = Receiving::default();
            self.agenda.cancel(&Timer::UpgradeAgain(unit));
            self.agenda.set(at.t + INSTALL, Timer::Restart(unit));
        } else if self.is(Profile::Old) {
            let quiet = core.clock.patience(UPGRADE_QUIET);
            self.agenda.set(at.t + quiet, Timer::UpgradeAgain(unit));
        }
    }
}
