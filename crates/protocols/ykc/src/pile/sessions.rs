//! Sessions: how they begin, change and end.

use super::bms::transaction_of;
use super::gun::{Last, Phase, Request, Session, Terms};
use super::profile::Profile;
use super::setup::Kind;
use super::station::{MISHAP_AFTER, MISHAP_LASTS, Station, Timer, counted, port_no, session};
use super::{Core, Event, Moment, Step};
use crate::codes::{FaultBits, StartMode, StopReason};
use crate::message::Record;
use ::pile::Battery;
use std::time::Duration;

/// A remote start whose plug is missing waits so long (PDF: 60 s).
const PLUG_WAIT: Duration = Duration::from_mins(1);
/// From the accepted start to the battery's handshake, from there to its parameters, and to the
/// closed contactor. AC piles only close it.
const HANDSHAKE_AFTER: Duration = Duration::from_secs(3);
const PARAMETERS_AFTER: Duration = Duration::from_secs(2);
const CLOSING_AFTER: Duration = Duration::from_secs(4);
const AC_CLOSING_AFTER: Duration = Duration::from_secs(2);
/// The battery tells its number so long after the plug.
const VIN_AFTER: Duration = Duration::from_secs(3);
/// From the end of a session to its record (PDF: at most 30 s).
const RECORD_AFTER: Duration = Duration::from_secs(2);

impl Station {
    /// A start was accepted; it goes on when the plug is in.
    pub(super) fn accept(&mut self, at: Moment, index: usize, terms: Terms) {
        let (Some(gun), Some(model)) = (self.guns.get_mut(index), self.model.clone()) else {
            return;
        };
        gun.request = None;
        gun.session = Some(Session::new(terms, model, counted(at)));
        self.agenda.cancel(&Timer::Request(index));
        self.agenda.cancel(&Timer::VinRead(index));
        if gun.is_plugged() {
            self.lock_gun(at, index);
        } else {
            self.agenda.set(at.t + PLUG_WAIT, Timer::PlugTimeout(index));
        }
    }

    /// The plug is in: talk to the battery, or close the contactor at once.
    fn lock_gun(&mut self, at: Moment, index: usize) {
        let kind = self.kind;
        let Some(session) = self.session_mut(index) else {
            return;
        };
        let (phase, after) = match kind {
            Kind::Ac => (Phase::Closing, AC_CLOSING_AFTER),
            Kind::Dc => (Phase::Handshake, HANDSHAKE_AFTER),
        };
        session.phase = phase;
        self.agenda.cancel(&Timer::PlugTimeout(index));
        self.agenda.set(at.t + after, Timer::Phase(index));
    }

    /// The next phase of a start is due.
    pub(super) fn next_phase(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        let Some(session) = self.session_mut(index) else {
            return;
        };
        match session.phase {
            Phase::Handshake => {
                session.phase = Phase::Parameters;
                self.agenda
                    .set(at.t + PARAMETERS_AFTER, Timer::Phase(index));
                self.say_handshake(core, index, out);
            }
            Phase::Parameters => {
                session.phase = Phase::Closing;
                self.agenda.set(at.t + CLOSING_AFTER, Timer::Phase(index));
                self.say_parameters(core, index, out);
            }
            Phase::Closing => self.close(core, at, index, out),
            Phase::Unplugged | Phase::Charging => {}
        }
    }

    /// The contactor closes.
    fn close(&mut self, core: &mut Core, at: Moment, index: usize, out: &mut Vec<Step>) {
        self.count(at);
        let Some(gun) = self.guns.get_mut(index) else {
            return;
        };
        let soc = gun.battery.as_ref().map_or(0, Battery::soc);
        let Some(running) = &mut gun.session else {
            return;
        };
        if running.terms.balance == Some(0) {
            self.end(core, at, index, StopReason::StartBalance, out);
            return;
        }
        running.phase = Phase::Charging;
        running.began = Some(at.t);
        running.soc = soc;
        let began = Event::Began {
            port: port_no(gun.no),
            session: session(&running.terms.transaction),
        };
        core.note(at, began, out);
        self.say_realtime(core, at, index, out);
        if matches!(
            self.setup.profile,
            Profile::Fault | Profile::OfflineCharging
        ) {
            self.agenda.set(at.t + MISHAP_AFTER, Timer::Mishap(index));
        }
    }

    /// Something changes by itself: money used up, battery full, or only less power.
    pub(super) fn change(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        let rounding = self.habits.rounding;
        let reached = self.guns.get(index).and_then(|gun| gun.reached(rounding));
        if let Some(reason) = reached {
            self.end(core, at, index, reason, out);
        }
    }

    /// The session ends, and its record is on the way: also for a start that never charged.
    pub(super) fn end(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        reason: StopReason,
        out: &mut Vec<Step>,
    ) {
        if let Some(record) = self.end_quietly(core, at, index, reason, out)
            && self.setup.profile != Profile::NoRecord
        {
            let transaction = transaction_of(&record);
            self.records.keep(transaction, record, at.t + RECORD_AFTER);
        }
    }

    /// The contactor opens, and no record says so. The record that should have been written.
    pub(super) fn end_quietly(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        reason: StopReason,
        out: &mut Vec<Step>,
    ) -> Option<Record> {
        self.count(at);
        let record = self.record(at, index, reason)?;
        self.say_end(core, index, out);
        let rounding = self.habits.rounding;
        let gun = self.guns.get_mut(index)?;
        let ended = gun.session.take()?;
        let bill = ended.bill(rounding);
        gun.last = Some(Last {
            record: Box::new(record.clone()),
            energy: bill.energy,
            seconds: ended.elapsed_ms() / 1000,
        });
        let event = Event::Ended {
            port: port_no(gun.no),
            session: session(&ended.terms.transaction),
            reason: u8::from(reason).into(),
            energy_wh: u64::from(bill.energy) / 10,
            seconds: ended.elapsed_ms() / 1000,
        };
        core.note(at, event, out);
        for timer in [
            Timer::Phase(index),
            Timer::Change(index),
            Timer::PlugTimeout(index),
            Timer::Mishap(index),
        ] {
            self.agenda.cancel(&timer);
        }
        self.say_realtime(core, at, index, out);
        if let Some(after) = self.setup.automatic.and_then(|user| user.unplug_after) {
            self.agenda.set(at.t + after, Timer::AutoUnplug(index));
        }
        self.upkeep_if_idle(at);
        Some(record)
    }

    /// A start whose plug did not come. Its answer said so already; a card's start was said to
    /// have succeeded, so its record says that it did not.
    pub(super) fn plug_timeout(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        let Some(session) = self.session_mut(index) else {
            return;
        };
        if session.terms.flag == crate::codes::StartFlag::App {
            if let Some(gun) = self.guns.get_mut(index) {
                gun.session = None;
            }
            self.upkeep_if_idle(at);
        } else {
            self.end(core, at, index, StopReason::StartPilot, out);
        }
    }

    pub(super) fn plug(&mut self, core: &mut Core, at: Moment, index: usize, out: &mut Vec<Step>) {
        self.count(at);
        let Some(gun) = self.guns.get_mut(index) else {
            return;
        };
        if gun.is_plugged() {
            return;
        }
        gun.battery = Some(Battery::of(&gun.vehicle));
        let offers = gun.vehicle.plug_and_charge && gun.session.is_none();
        let waits = gun
            .session
            .as_ref()
            .map(|it| (it.terms, it.phase == Phase::Unplugged));
        self.say_realtime(core, at, index, out);
        if let Some((terms, true)) = waits {
            if terms.flag == crate::codes::StartFlag::App {
                self.say_start_result(core, None, index, &terms, None, out);
            }
            self.lock_gun(at, index);
        } else if offers && self.kind == Kind::Dc {
            self.agenda.set(at.t + VIN_AFTER, Timer::VinRead(index));
        }
    }

    pub(super) fn unplug(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        self.count(at);
        let begun = self
            .guns
            .get(index)
            .and_then(|gun| gun.session.as_ref())
            .map(|it| (it.is_charging(), it.phase == Phase::Unplugged));
        let Some(gun) = self.guns.get_mut(index) else {
            return;
        };
        if !gun.is_plugged() {
            return;
        }
        gun.battery = None;
        gun.request = None;
        self.agenda.cancel(&Timer::VinRead(index));
        self.agenda.cancel(&Timer::AutoUnplug(index));
        match begun {
            Some((true, _)) => self.end(core, at, index, StopReason::Pilot, out),
            Some((false, false)) => self.end(core, at, index, StopReason::StartPilot, out),
            _ => self.say_realtime(core, at, index, out),
        }
    }

    /// The battery has told its number: the vehicle asks to be charged.
    pub(super) fn vin_read(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        let idle = self
            .guns
            .get(index)
            .is_some_and(|gun| gun.is_plugged() && gun.session.is_none());
        if idle && core.is_up() {
            let request = Request {
                mode: StartMode::Vin,
                card: [0; 8],
                password: None,
                parallel: None,
                since: at.t,
            };
            self.request(core, at, index, request, out);
        }
    }

    /// A card or a vehicle asks to charge.
    pub(super) fn request(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        request: Request,
        out: &mut Vec<Step>,
    ) {
        if let Some(gun) = self.guns.get_mut(index) {
            gun.request = Some(request);
            self.request_again(core, at, index, out);
        }
    }

    /// Fault bits appear. A session does not survive them.
    pub(super) fn fault(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        bits: FaultBits,
        out: &mut Vec<Step>,
    ) {
        self.count(at);
        let Some(gun) = self.guns.get_mut(index) else {
            return;
        };
        gun.faults.0 |= bits.0;
        match gun.session.as_ref().map(Session::is_charging) {
            Some(charging) => {
                self.say_abort(core, index, bits, out);
                let reason = stop_reason(bits, charging);
                self.end(core, at, index, reason, out);
            }
            None => self.say_realtime(core, at, index, out),
        }
    }

    pub(super) fn clear_fault(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        if let Some(gun) = self.guns.get_mut(index) {
            gun.faults = FaultBits::default();
            self.say_realtime(core, at, index, out);
        }
    }

    pub(super) fn mishap(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        if self.setup.profile == Profile::Fault {
            self.fault(core, at, index, FaultBits::OUTLET_TOO_HOT, out);
            self.agenda
                .set(at.t + MISHAP_LASTS, Timer::MishapOver(index));
        } else {
            core.vanish(at, MISHAP_LASTS, out);
        }
    }

    pub(super) fn session_mut(&mut self, index: usize) -> Option<&mut Session> {
        self.guns.get_mut(index)?.session.as_mut()
    }
}

/// The stop reason that goes with fault bits.
fn stop_reason(bits: FaultBits, charging: bool) -> StopReason {
    const TABLE: [(u16, StopReason, StopReason); 9] = [
        (0x0001, StopReason::StartEmergency, StopReason::Emergency),
        (0x0002, StopReason::StartModule, StopReason::Module),
        (
            0x0004,
            StopReason::StartTemperature,
            StopReason::Temperature,
        ),
        (0x0008, StopReason::StartSurge, StopReason::Surge),
        (0x0020, StopReason::StartInsulation, StopReason::Interlock),
        (0x0040, StopReason::StartMeter, StopReason::Meter),
        (0x0400, StopReason::StartBreaker, StopReason::DcProtection),
        (0x0800, StopReason::StartClosing, StopReason::Output),
        (0x1000, StopReason::StartControl, StopReason::Interlock),
    ];
    let found = TABLE.iter().find(|(mask, ..)| bits.0 & mask != 0);
    match (found, charging) {
        (Some((_, starting, _)), false) => *starting,
        (Some((_, _, running)), true) => *running,
        (None, false) => StopReason::StartControl,
        (None, true) => StopReason::Interlock,
    }
}
