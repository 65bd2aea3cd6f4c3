//! The v8.6 gateway: orders have the platform's numbers, heartbeats come every 11 s (BKV v8.6,
//! docs/protocols/bkv-v8.6.md, "Behaviour" and "Reliability").

mod acts;
mod commands;
mod order;
mod reports;
#[cfg(test)]
mod tests;
mod words;

use self::order::{Hole, Order, OrderText, Reason, Settlement};
use super::setup::{Profile, SetupFault};
use crate::pile::{Core, Setup};
use ::pile::Agenda;
use ::pile::Dialogue;
use ::pile::Moment;
use ::pile::{Action, Impossible};
use ::pile::{Event, PortView, Session, Step};
use ::pile::{Outlet, Reached};
use kernel::{PortNo, Timestamp};
use std::collections::VecDeque;
use std::time::Duration;

/// Status heartbeat and progress period.
const BEAT: Duration = Duration::from_secs(11);
/// An order whose vehicle does not come is dropped.
const PLUG_WAIT: Duration = Duration::from_mins(10);
/// Confirmations and settlements are repeated until answered.
const REPEAT: Duration = Duration::from_secs(30);
/// Heartbeats without an answer until the device sets its connection up anew.
const UNANSWERED_MAX: u32 = 3;
/// Settlements kept for a platform that does not answer; the oldest is given up beyond that.
const SETTLEMENTS_MAX: usize = 64;
/// Answers that wait for a slow radio.
const ANSWERS_MAX: usize = 32;

/// What the misbehaving profiles do to a session, after so long.
const MISHAP_AFTER: Duration = Duration::from_mins(1);
/// How long a vanished device stays away, and how long a profile's fault lasts.
const MISHAP_LASTS: Duration = Duration::from_mins(2);
/// A short circuit.
const FAULT_BITS: u8 = 4;
/// Answers to a settlement that the `end_repeat` profile overhears.
const OVERHEARD: u32 = 2;

#[derive(Clone, Debug, PartialEq)]
enum Timer {
    Beat,
    /// The device notices the plug.
    Seen(usize),
    /// No plug came.
    Unclaimed(usize),
    /// Something of the charge changes by itself.
    Change(usize),
    Progress(usize),
    ConfirmAgain(usize),
    SettleAgain,
    /// A frame that took its time.
    Say(Vec<u8>),
    /// The user's own doings.
    AutoPlug(usize),
    AutoUnplug(usize),
    /// The profile's doings.
    Mishap(usize),
    MishapOver(usize),
    /// After a firmware update.
    Restart,
}

pub(super) struct V86 {
    gateway: words::Gateway,
    holes: Vec<Hole>,
    agenda: Agenda<Timer>,
    sequence: u32,
    /// Heartbeats since the platform last answered one.
    unanswered: u32,
    /// Cards shown and not answered yet: port index and number.
    cards: Vec<(usize, u32)>,
    unsettled: VecDeque<Settlement>,
    /// A 0x0004 status 1 that the platform has not answered: order and port.
    refused: VecDeque<(OrderText, PortNo)>,
    /// Next firmware chunk expected.
    chunk: u16,
    updates: u32,
}

impl V86 {
    pub(super) fn new(core: &mut Core, at: Moment) -> Result<Self, SetupFault> {
        let hole = |index| Hole {
            outlet: Outlet::new(core.setup.load(index), at.t),
            seen: false,
            order: None,
            last: None,
            card_expected: false,
        };
        Ok(Self {
            gateway: words::gateway(&core.setup)?,
            holes: (0..usize::from(core.setup.ports)).map(hole).collect(),
            agenda: Agenda::new(),
            sequence: core.chance.below(1_000_000),
            unanswered: 0,
            cards: Vec::new(),
            unsettled: VecDeque::new(),
            refused: VecDeque::new(),
            chunk: 1,
            updates: 0,
        })
    }

    fn index(&self, port: PortNo) -> Result<usize, Impossible> {
        let index = usize::from(port.0).wrapping_sub(1);
        if index < self.holes.len() {
            Ok(index)
        } else {
            Err(Impossible::NoSuchPort(port))
        }
    }

    /// The relay closes for the order of this port, which is told to the platform.
    fn begin(&mut self, core: &mut Core, at: Moment, index: usize, out: &mut Vec<Step>) {
        let hole = &mut self.holes[index];
        let Some(order) = hole.order.as_mut().filter(|order| !order.begun) else {
            return;
        };
        order.begun = true;
        order.unconfirmed = true;
        let session = order.session();
        hole.outlet.begin(at.t, order.terms.cap_dw());
        let port = port_no(index);
        core.note(at, Event::Began { port, session }, out);
        self.agenda.cancel(&Timer::Unclaimed(index));
        self.agenda.set(at.t + BEAT, Timer::Progress(index));
        self.plan_change(index);
        if matches!(
            core.setup.profile,
            Profile::Fault | Profile::OfflineCharging
        ) {
            self.agenda.set(at.t + MISHAP_AFTER, Timer::Mishap(index));
        }
        self.say_confirmation(core, at, index, out);
    }

    /// The relay opens, and the settlement goes out.
    fn end(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        reason: Reason,
        out: &mut Vec<Step>,
    ) {
        let Some(settlement) = self.stop_quietly(core, at, index, reason, out) else {
            return;
        };
        if core.setup.profile == Profile::NoEndReport {
            return;
        }
        if self.unsettled.len() == SETTLEMENTS_MAX {
            self.unsettled.pop_front();
        }
        self.unsettled.push_back(settlement);
        self.say_settlement(core, at, self.unsettled.len() - 1, out);
        let again = at.t + core.clock.patience(REPEAT);
        if !self.agenda.has(|timer| *timer == Timer::SettleAgain) {
            self.agenda.set(again, Timer::SettleAgain);
        }
    }

    /// The relay opens and nobody is told.
    fn stop_quietly(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        reason: Reason,
        out: &mut Vec<Step>,
    ) -> Option<Settlement> {
        let hole = &mut self.holes[index];
        hole.outlet.open(at.t);
        let order = hole.order.take_if(|order| order.begun)?;
        let price = core.setup.price_fen_per_kwh;
        let mut settlement = Settlement::of(hole, &order, port_no(index), price, at.civil);
        settlement.reason = reason.code();
        settlement.centi_kwh = core.setup.told_energy(settlement.centi_kwh);
        hole.last = Some(settlement.clone());
        let ended = Event::Ended {
            port: port_no(index),
            session: order.session(),
            reason: reason.code().into(),
            energy_wh: hole.outlet.wh(),
            seconds: hole.outlet.seconds(),
        };
        core.note(at, ended, out);
        for timer in [
            Timer::Change(index),
            Timer::Progress(index),
            Timer::ConfirmAgain(index),
            Timer::Mishap(index),
        ] {
            self.agenda.cancel(&timer);
        }
        if let Some(after) = core.setup.automatic.and_then(|user| user.unplug_after) {
            self.agenda.set(at.t + after, Timer::AutoUnplug(index));
        }
        Some(settlement)
    }

    fn plan_change(&mut self, index: usize) {
        let hole = &self.holes[index];
        let goal = hole.order.as_ref().map(|order| order.goal);
        let change = goal.and_then(|goal| hole.outlet.next_change(&goal));
        match change {
            Some(change) => self.agenda.set(change, Timer::Change(index)),
            None => self.agenda.cancel(&Timer::Change(index)),
        }
    }

    /// A goal is reached, or the battery draws less.
    fn change(&mut self, core: &mut Core, at: Moment, index: usize, out: &mut Vec<Step>) {
        let hole = &mut self.holes[index];
        hole.outlet.count(at.t);
        let Some(order) = hole.order.as_ref().filter(|order| order.begun) else {
            return;
        };
        let by_time = order.terms.mode == 1;
        let reason = match hole.outlet.reached(&order.goal) {
            Some(Reached::Time) if !by_time => Some(Reason::Timeout),
            Some(Reached::Time | Reached::Energy) => Some(Reason::Normal),
            Some(Reached::Amount) => Some(Reason::Balance),
            None if hole.outlet.is_full() => Some(Reason::Full),
            None => None,
        };
        match reason {
            Some(reason) => self.end(core, at, index, reason, out),
            None => self.plan_change(index),
        }
    }

    fn plug(&mut self, core: &mut Core, at: Moment, index: usize) {
        self.holes[index].outlet.plug(at.t);
        // Plug detection takes 2 to 5 s.
        let notice = core.chance.millis(2_000, 5_000);
        self.agenda.set(at.t + notice, Timer::Seen(index));
    }

    fn unplug(&mut self, core: &mut Core, at: Moment, index: usize, out: &mut Vec<Step>) {
        let hole = &mut self.holes[index];
        hole.outlet.unplug(at.t);
        hole.seen = false;
        self.agenda.cancel(&Timer::Seen(index));
        self.end(core, at, index, Reason::Normal, out);
    }

    fn fault(&mut self, core: &mut Core, at: Moment, index: usize, bits: u8, out: &mut Vec<Step>) {
        self.holes[index].outlet.count(at.t);
        self.holes[index].outlet.faults |= u64::from(bits & 0xFC);
        self.say_status(core, out);
        match &self.holes[index].order {
            Some(order) if order.begun => {
                self.say_progress(core, at, index, out);
                self.end(core, at, index, Reason::Fault, out);
            }
            Some(_) => self.drop_order(core, at, index, out),
            None => {}
        }
    }

    /// An order that has not begun is refused after all: 0x0004 with status 1.
    fn drop_order(&mut self, core: &mut Core, at: Moment, index: usize, out: &mut Vec<Step>) {
        self.agenda.cancel(&Timer::Unclaimed(index));
        self.agenda.cancel(&Timer::AutoPlug(index));
        let Some(order) = self.holes[index].order.take() else {
            return;
        };
        if self.refused.len() == SETTLEMENTS_MAX {
            self.refused.pop_front();
        }
        self.refused.push_back((order.number, port_no(index)));
        self.say_refusals(core, out);
        let again = at.t + core.clock.patience(REPEAT);
        self.agenda.set(again, Timer::SettleAgain);
    }

    fn repeat_settlements(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        for position in 0..self.unsettled.len() {
            self.say_settlement(core, at, position, out);
        }
        self.say_refusals(core, out);
        if !(self.unsettled.is_empty() && self.refused.is_empty()) {
            let again = at.t + core.clock.patience(REPEAT);
            self.agenda.set(again, Timer::SettleAgain);
        }
    }
}

/// Ports are counted from 1 on the wire.
fn port_no(index: usize) -> PortNo {
    PortNo(u16::try_from(index + 1).unwrap_or(u16::MAX))
}

impl Dialogue<Setup> for V86 {
    fn online(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        self.unanswered = 0;
        self.say_heartbeat(core, out);
        self.say_status(core, out);
        self.agenda.set(at.t + BEAT, Timer::Beat);
        for index in 0..self.holes.len() {
            let begun = self.holes[index].order.as_ref().map(|order| order.begun);
            if core.setup.profile == Profile::Stale {
                self.say_stale_progress(core, at, index, out);
            }
            if begun == Some(true) {
                self.say_progress(core, at, index, out);
                self.agenda.set(at.t + BEAT, Timer::Progress(index));
                if self.holes[index]
                    .order
                    .as_ref()
                    .is_some_and(|order| order.unconfirmed)
                {
                    self.say_confirmation(core, at, index, out);
                }
            }
        }
        self.repeat_settlements(core, at, out);
    }

    fn offline(&mut self, _core: &mut Core, _at: Moment, _out: &mut Vec<Step>) {
        self.agenda
            .retain(|timer| !matches!(timer, Timer::Beat | Timer::Say(_)));
    }

    fn hear(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        while let Some(heard) = words::read(core, self.gateway) {
            self.obey(core, at, heard, out);
        }
    }

    fn next(&self) -> Option<Timestamp> {
        self.agenda.next()
    }

    fn due(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        let Some(timer) = self.agenda.pop(at.t) else {
            return;
        };
        match timer {
            Timer::Beat => self.beat(core, at, out),
            Timer::Seen(index) => {
                self.holes[index].seen = true;
                self.begin(core, at, index, out);
            }
            Timer::Unclaimed(index) => self.drop_order(core, at, index, out),
            Timer::Change(index) => self.change(core, at, index, out),
            Timer::Progress(index) => {
                if core.setup.profile != Profile::NoEndReport {
                    self.say_progress(core, at, index, out);
                }
                self.agenda.set(at.t + BEAT, Timer::Progress(index));
            }
            Timer::ConfirmAgain(index) => self.say_confirmation(core, at, index, out),
            Timer::SettleAgain => self.repeat_settlements(core, at, out),
            Timer::Say(frame) => core.say(frame, out),
            Timer::AutoPlug(index) => self.plug(core, at, index),
            Timer::AutoUnplug(index) => self.unplug(core, at, index, out),
            Timer::Mishap(index) => {
                if core.setup.profile == Profile::Fault {
                    self.fault(core, at, index, FAULT_BITS, out);
                    self.agenda
                        .set(at.t + MISHAP_LASTS, Timer::MishapOver(index));
                } else {
                    core.vanish(at, MISHAP_LASTS, out);
                }
            }
            Timer::MishapOver(index) => {
                self.holes[index].outlet.faults = 0;
                self.say_status(core, out);
            }
            Timer::Restart => core.hang_up(at, out),
        }
    }

    fn act(
        &mut self,
        core: &mut Core,
        at: Moment,
        action: &Action,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        self.undergo(core, at, action, out)
    }

    fn power_lost(&mut self, core: &mut Core, at: Moment, memory: bool, out: &mut Vec<Step>) {
        self.agenda = Agenda::new();
        for index in 0..self.holes.len() {
            self.holes[index].outlet.open(at.t);
            self.holes[index].seen = false;
            if memory {
                continue;
            }
            self.stop_quietly(core, at, index, Reason::Fault, out);
            let hole = &mut self.holes[index];
            hole.order = None;
            hole.last = None;
            hole.card_expected = false;
            self.unsettled.clear();
            self.refused.clear();
        }
        if !memory {
            self.agenda = Agenda::new();
        }
    }

    fn power_back(&mut self, core: &mut Core, at: Moment, _out: &mut Vec<Step>) {
        for index in 0..self.holes.len() {
            let hole = &mut self.holes[index];
            hole.outlet.count(at.t);
            match hole.order.as_ref().map(|order| order.begun) {
                Some(true) => {
                    hole.outlet.resume(at.t);
                    self.agenda.set(at.t + BEAT, Timer::Progress(index));
                    self.plan_change(index);
                }
                Some(false) => {
                    self.agenda.set(at.t + PLUG_WAIT, Timer::Unclaimed(index));
                    if self.holes[index].outlet.plugged {
                        self.plug(core, at, index);
                    }
                }
                None if self.holes[index].outlet.plugged => self.plug(core, at, index),
                None => {}
            }
        }
    }

    fn ports(&mut self, _core: &Core, at: Moment) -> Vec<PortView> {
        let view = |(index, hole): (usize, &mut Hole)| {
            hole.outlet.count(at.t);
            PortView {
                port: port_no(index),
                plugged: hole.outlet.plugged,
                charging: hole.outlet.is_closed(),
                faults: hole.outlet.faults,
                session: hole.order.as_ref().map(Order::session),
                power_dw: hole.outlet.power_dw(),
                energy_wh: hole.outlet.wh(),
                seconds: hole.outlet.seconds(),
                soc: None,
            }
        };
        self.holes.iter_mut().enumerate().map(view).collect()
    }
}

/// The charge whose order number this is.
fn session(order: &OrderText) -> Session {
    Session::Order(order::text(order))
}
