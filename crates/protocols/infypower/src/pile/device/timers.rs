//! What the shell asks of a pile: timers, power, and what those who watch see.

use super::{Device, Line, Moment, OUTAGE, PortView, Setup, Step, Timer, port_no};
use crate::pile::cause::Cause;
use ::pile::{Action, Battery, Dialogue, Impossible};
use kernel::Timestamp;

impl Dialogue<Setup> for Device {
    fn online(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        self.came_online(core, at, out);
    }

    fn offline(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        self.went_offline(core, at, out);
    }

    fn hear(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        self.hear_all(core, at, out);
    }

    fn next(&self) -> Option<Timestamp> {
        self.agenda.next()
    }

    fn due(&mut self, core: &mut Line, at: Moment, out: &mut Vec<Step>) {
        let Some(timer) = self.agenda.pop(at.t) else {
            return;
        };
        match timer {
            Timer::SignIn => self.sign_in_unanswered(core, at, out),
            Timer::SignInAgain => self.say_sign_in(core, at, out),
            Timer::Beat => self.beat(core, at, out),
            Timer::Status => self.say_all_status(core, at, out),
            Timer::Prepared(index) => self.prepared(core, at, index, out),
            Timer::Change(index) => self.change(core, at, index, out),
            Timer::Record => self.say_record(core, at, out),
            Timer::Card => self.ask_for_card(core, at, out),
            Timer::CardOver => self.card_over(),
            Timer::Battery => self.say_battery(core, at, out),
            Timer::Say(frame) => core.say(frame, out),
            Timer::AutoPlug(index) => self.plug(core, at, index, out),
            Timer::AutoUnplug(index) => self.unplug(core, at, index, out),
            Timer::Mishap(index) => self.mishap(core, at, index, out),
            Timer::MishapOver(index) => self.mishap_over(core, at, index, out),
            Timer::UpdateOver => self.update_over(),
            Timer::Restart => {
                core.lose_power(at, OUTAGE, out);
                self.power_lost(core, at, true, out);
            }
        }
    }

    fn act(
        &mut self,
        core: &mut Line,
        at: Moment,
        action: &Action,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        self.suffer(core, at, action, out)
    }

    fn power_lost(&mut self, core: &mut Line, at: Moment, memory: bool, out: &mut Vec<Step>) {
        self.signed_in = false;
        for index in 0..self.guns.len() {
            if let Some(record) = self.end_quietly(core, at, index, Cause::PowerLost, out)
                && memory
            {
                self.book.add(record);
            }
        }
        self.agenda
            .retain(|timer| matches!(timer, Timer::AutoPlug(_) | Timer::AutoUnplug(_)));
        self.update = None;
        self.card = None;
        if !memory {
            self.book.forget();
        }
    }

    fn power_back(&mut self, _core: &mut Line, _at: Moment, _out: &mut Vec<Step>) {
        self.boots = self.boots.wrapping_add(1);
        if self.quirks.old_records {
            self.book.again();
        }
    }

    fn ports(&mut self, _core: &Line, at: Moment) -> Vec<PortView> {
        let limit_dw = self.limit_dw;
        let dc = !self.is_ac();
        let guns = self.guns.iter_mut().enumerate();
        guns.map(|(index, gun)| {
            gun.count(at.t, limit_dw);
            PortView {
                port: port_no(index),
                plugged: gun.is_plugged(),
                charging: gun.is_charging(),
                faults: u64::from(gun.alarm),
                session: (!gun.last_name.is_empty()).then(|| Self::session(&gun.last_name)),
                power_dw: u32::try_from(gun.power_dw(limit_dw)).unwrap_or(u32::MAX),
                energy_wh: gun.wh(),
                seconds: gun.seconds(),
                soc: gun.battery.as_ref().filter(|_| dc).map(Battery::soc),
            }
        })
        .collect()
    }
}
