//! What people and vehicles do, and the verdicts that they wait for.

use super::{Device, Gun, Line, MISHAP_LASTS, Moment, Step, Timer, up};
use crate::layout::Dialect;
use crate::pile::cause::Cause;
use crate::pile::charge::{Beginner, Beginning, Limit};
use ::pile::{Action, Impossible, Vehicle};
use kernel::{PortNo, Timestamp};

/// Fault bit of the emergency stop.
const EMERGENCY_STOP: u64 = 1;

/// An alarm that no table lists.
const STRANGE_ALARM: u32 = 777;

impl Device {
    fn port(&self, port: PortNo) -> Result<usize, Impossible> {
        let index = usize::from(port.0).wrapping_sub(1);
        if index < self.guns.len() {
            Ok(index)
        } else {
            Err(Impossible::NoSuchPort(port))
        }
    }

    /// What people, vehicles and mishaps do.
    pub(super) fn suffer(
        &mut self,
        core: &mut Line,
        at: Moment,
        action: &Action,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        match action {
            Action::Plug(port) => {
                let index = self.port(*port)?;
                self.plug(core, at, index, out);
            }
            Action::Unplug(port) => {
                let index = self.port(*port)?;
                self.unplug(core, at, index, out);
            }
            Action::Button(port) => {
                let index = self.port(*port)?;
                self.end(core, at, index, Cause::Screen, out);
            }
            Action::Swipe {
                port,
                card,
                balance_fen,
                password,
            } => {
                let index = self.port(*port)?;
                let typed = password.clone().unwrap_or_default();
                self.swipe(core, at, index, (card, *balance_fen, typed), out)?;
            }
            Action::Vin { port, vin } => {
                let index = self.port(*port)?;
                self.offer(core, at, index, vin, out);
            }
            Action::EmergencyStop(port) => {
                let index = self.port(*port)?;
                self.fault(core, at, index, EMERGENCY_STOP, out);
            }
            Action::Vehicle { port, name } => {
                let index = self.port(*port)?;
                let vehicle = Vehicle::named(name);
                let vehicle = vehicle.ok_or_else(|| Impossible::NoSuchVehicle(name.clone()))?;
                self.exchange(core, at, index, vehicle, out);
            }
            Action::SetSoc { port, percent } => {
                let index = self.port(*port)?;
                self.fill(index, *percent);
            }
            Action::ClockLost => core.clock.set_civil(at, Timestamp(0)),
            Action::SetFault { port, bits } => {
                let index = self.port(*port)?;
                self.fault(core, at, index, *bits, out);
            }
            Action::ClearFault(port) => {
                let index = self.port(*port)?;
                if let Some(gun) = self.guns.get_mut(index) {
                    gun.alarm = 0;
                }
                self.say_changes(core, at, out);
                self.say_alarm_bits(core, out);
            }
            Action::SilentEnd(port) => {
                let index = self.port(*port)?;
                if !self.guns.get(index).is_some_and(super::Gun::is_charging) {
                    return Err(Impossible::NotCharging(*port));
                }
                self.end_quietly(core, at, index, Cause::Screen, out);
                self.say_changes(core, at, out);
            }
            Action::RepeatEnd(port) => {
                let index = self.port(*port)?;
                let gun_no = self.guns.get(index).map_or(0, |gun| gun.no);
                if !self.book.repeat(gun_no) {
                    return Err(Impossible::NothingToRepeat(*port));
                }
                self.say_record(core, at, out);
            }
            Action::Malformed => self.say_nonsense(core, out),
            Action::WrongChecksum => {
                let body = up::heartbeat(&self.forms, &self.code, self.heartbeat_no, &[]);
                let mut frame = super::frame(super::VERSION, 0, 102, body);
                if let Some(checksum) = frame.last_mut() {
                    *checksum = checksum.wrapping_add(1);
                }
                core.write(frame, out);
            }
            _ => return Err(Impossible::NotInDialect),
        }
        Ok(())
    }

    /// Another vehicle stands there from now on, plugged in when the last one was.
    fn exchange(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        vehicle: Vehicle,
        out: &mut Vec<Step>,
    ) {
        let plugged = self.guns.get(index).is_some_and(Gun::is_plugged);
        self.unplug(core, at, index, out);
        if let Some(gun) = self.guns.get_mut(index) {
            gun.vehicle = vehicle;
        }
        if plugged {
            self.plug(core, at, index, out);
        }
    }

    /// The battery is so full from now on.
    fn fill(&mut self, index: usize, percent: u8) {
        if let Some(gun) = self.guns.get_mut(index) {
            gun.vehicle.soc = percent.min(100);
            if let Some(battery) = &mut gun.battery {
                battery.set_soc(percent);
            }
        }
    }

    pub(super) fn plug(&mut self, core: &mut Line, at: Moment, index: usize, out: &mut Vec<Step>) {
        let Some(gun) = self.guns.get_mut(index).filter(|gun| !gun.is_plugged()) else {
            return;
        };
        gun.plug(at.t, self.limit_dw);
        self.say_changes(core, at, out);
        self.offer_vin(core, at, index, out);
    }

    /// A vehicle that offers itself, in place of the one that is expected.
    fn offer(&mut self, core: &mut Line, at: Moment, index: usize, vin: &str, out: &mut Vec<Step>) {
        let Some(gun) = self.guns.get_mut(index) else {
            return;
        };
        gun.vehicle = gun.vehicle.clone().offering(vin);
        if gun.is_plugged() {
            self.offer_vin(core, at, index, out);
        } else {
            self.plug(core, at, index, out);
        }
    }

    /// Plug-and-charge: V5.3 asks the platform; Lvneng decides by itself, the session simply
    /// appears.
    fn offer_vin(&mut self, core: &mut Line, at: Moment, index: usize, out: &mut Vec<Step>) {
        let dc = !self.is_ac();
        let Some(gun) = self.guns.get(index) else {
            return;
        };
        if !(gun.vehicle.plug_and_charge && dc && gun.charge.is_none()) {
            return;
        }
        match self.dialect {
            Dialect::Shenghong if self.signed_in => {
                self.vin = Some(index);
                let body = up::vin(&self.code, gun.no, &gun.vehicle.vin);
                self.say(core, 208, body, out);
            }
            Dialect::Lvneng => {
                let beginning = Beginning {
                    by: Beginner::Vin,
                    order_no: String::new(),
                    card_no: String::new(),
                    card_balance_fen: 0,
                    limit: Limit::default(),
                };
                self.prepare(core, at, index, beginning, out);
            }
            _ => {}
        }
    }

    pub(super) fn unplug(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        self.agenda.cancel(&Timer::AutoUnplug(index));
        // The plug is gone first: the record says "pulled", the gun is free.
        self.end(core, at, index, Cause::Unplugged, out);
        if let Some(gun) = self.guns.get_mut(index) {
            gun.unplug(at.t, self.limit_dw);
        }
        self.say_changes(core, at, out);
        if let Some(user) = self.automatic {
            self.agenda
                .set(at.t + user.plug_after, Timer::AutoPlug(index));
        }
    }

    pub(super) fn vin_answered(
        &mut self,
        core: &mut Line,
        at: Moment,
        gun_no: u8,
        accepted: bool,
        order_no: String,
        out: &mut Vec<Step>,
    ) {
        let index = self.gun_index(gun_no);
        let Some(index) = self.vin.take_if(|waiting| Some(*waiting) == index) else {
            return;
        };
        let free = self
            .guns
            .get(index)
            .is_some_and(|gun| gun.charge.is_none() && gun.is_plugged());
        if accepted && free {
            let beginning = Beginning {
                by: Beginner::Vin,
                order_no,
                card_no: String::new(),
                card_balance_fen: 0,
                limit: Limit::default(),
            };
            self.prepare(core, at, index, beginning, out);
        }
    }

    /// An alarm appears: 1 emergency stop, 2 over-temperature, 4 insulation, 8 meter, 16
    /// over-current, others a module.
    fn fault(&mut self, core: &mut Line, at: Moment, index: usize, bits: u64, out: &mut Vec<Step>) {
        let (dc, lvneng) = match bits {
            1 => (3, 341),
            2 => (35, 433),
            4 => (1, 339),
            8 => (1002, 336),
            16 => (2024, 315),
            _ => (2008, 329),
        };
        let alarm = match (self.dialect, bits) {
            (Dialect::Lvneng, _) => lvneng,
            (_, 1) if self.is_ac() => 100_005,
            (_, 16) if self.is_ac() => 100_067,
            _ => dc,
        };
        let alarm = if self.quirks.strange_codes {
            STRANGE_ALARM
        } else {
            alarm
        };
        if let Some(gun) = self.guns.get_mut(index) {
            gun.count(at.t, self.limit_dw);
            gun.alarm = alarm;
        }
        self.say_alarm_bits(core, out);
        let cause = if bits == EMERGENCY_STOP {
            Cause::EmergencyStop
        } else {
            Cause::Alarm
        };
        self.end(core, at, index, cause, out);
        self.say_changes(core, at, out);
    }

    pub(super) fn mishap(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        if self.quirks.fails {
            self.fault(core, at, index, 2, out);
            self.agenda
                .set(at.t + MISHAP_LASTS, Timer::MishapOver(index));
        }
        if self.quirks.loses_line {
            core.vanish(at, MISHAP_LASTS, out);
        }
    }

    pub(super) fn mishap_over(
        &mut self,
        core: &mut Line,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        if let Some(gun) = self.guns.get_mut(index) {
            gun.alarm = 0;
        }
        self.say_changes(core, at, out);
        self.say_alarm_bits(core, out);
    }
}
