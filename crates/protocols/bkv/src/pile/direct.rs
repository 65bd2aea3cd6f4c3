//! A stand-alone device of the same family: six to twenty ports in one box, without gateway and
//! sockets (BKV, docs/protocols/bkv.md, "Direct framing").

mod commands;
#[cfg(test)]
mod tests;
mod words;

use super::bay::{Bay, Card, Ending, Parameters, Plan, Why};
use super::elements::Element;
use super::networked::card_number;
use super::setup::{Profile, SetupFault};
use crate::pile::{Core, Setup};
use ::pile::Agenda;
use ::pile::Dialogue;
use ::pile::Moment;
use ::pile::{Action, Impossible};
use ::pile::{Event, PortView, Session, Step};
use ::pile::{Goal, Outlet};
use kernel::{PortNo, Timestamp};
use std::time::Duration;

/// Status reports, charging or not.
const PERIOD: Duration = Duration::from_mins(5);
/// From a change to its report.
const CHANGE_REPORT: Duration = Duration::from_millis(500);
/// An end report that is not answered is repeated.
const REPEAT: Duration = Duration::from_secs(10);
/// A device whose heartbeat is not answered sets its connection up anew.
const ANSWER_WAIT: Duration = Duration::from_mins(1);
/// From a protection bit to the end of the session.
const FAULT_ENDS: Duration = Duration::from_secs(5);
/// End reports kept at most; the oldest is given up beyond that.
const ENDS_MAX: usize = 256;

#[derive(Clone, Debug, PartialEq)]
enum Timer {
    Beat,
    Unanswered,
    Report,
    Periodic,
    Look(usize),
    EndsAgain,
    Say(Vec<u8>),
    /// A stop command takes effect.
    Stop(usize),
    AutoPlug(usize),
    AutoUnplug(usize),
    /// A reboot command takes effect.
    Restart,
}

#[derive(Clone, Debug)]
struct Hole {
    bay: Bay,
    last: Option<Ending>,
    /// A card was shown here.
    card: Option<[u8; 6]>,
}

#[derive(Clone, Debug)]
struct Unacknowledged {
    index: usize,
    ending: Ending,
    attempts: u32,
}

pub(super) struct Direct {
    mac: words::Mac,
    holes: Vec<Hole>,
    parameters: Parameters,
    agenda: Agenda<Timer>,
    ends: Vec<Unacknowledged>,
    next_business: u16,
    /// An old session that is shown once.
    stale: Option<(usize, u16)>,
}

impl Direct {
    pub(super) fn new(core: &mut Core, at: Moment) -> Result<Self, SetupFault> {
        let hole = |index| Hole {
            bay: Bay::new(Outlet::new(core.setup.load(index), at.t)),
            last: None,
            card: None,
        };
        Ok(Self {
            mac: words::mac(&core.setup).ok_or(SetupFault::Id { digits: 12 })?,
            holes: (0..usize::from(core.setup.ports)).map(hole).collect(),
            parameters: Parameters::default(),
            agenda: Agenda::new(),
            ends: Vec::new(),
            next_business: 1,
            stale: None,
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

    fn say(&self, core: &mut Core, command: u16, elements: &[Element], out: &mut Vec<Step>) {
        core.say(words::frame(self.mac, 0, command, elements), out);
    }

    fn report(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        for hole in &mut self.holes {
            hole.bay.count(at.t, 0);
        }
        if core.is_up() {
            let elements = words::status(&self.holes, &self.parameters, self.stale.take());
            self.say(core, words::command::STATUS, &elements, out);
        }
    }

    /// Starts a session if the port can take one; its business number.
    fn begin(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        plan: Plan,
        goal: Goal,
        out: &mut Vec<Step>,
    ) -> Option<u16> {
        let hole = self.holes.get_mut(index)?;
        if hole.bay.charge.is_some() || hole.bay.outlet.faults != 0 || core.refuses() {
            return None;
        }
        let business = self.next_business;
        self.next_business = business.checked_add(1).unwrap_or(1);
        let card = hole.card.take().map(Card);
        hole.bay.begin(at.t, business, plan, card, goal);
        let port = port_no(index);
        let session = Session::Business(business);
        core.note(at, Event::Began { port, session }, out);
        self.look(core, at, index, out);
        self.agenda.cancel(&Timer::AutoUnplug(index));
        let plugged = self.holes[index].bay.outlet.plugged;
        if let Some(user) = core.setup.automatic.filter(|_| !plugged) {
            self.agenda
                .set(at.t + user.plug_after, Timer::AutoPlug(index));
        }
        Some(business)
    }

    fn look(&mut self, core: &mut Core, at: Moment, index: usize, out: &mut Vec<Step>) {
        let bay = &mut self.holes[index].bay;
        bay.count(at.t, 0);
        match bay.check(at.t, &self.parameters) {
            Some(why) => self.end(core, at, index, why, out),
            None => match bay.next(&self.parameters) {
                Some(next) => self.agenda.set(next, Timer::Look(index)),
                None => self.agenda.cancel(&Timer::Look(index)),
            },
        }
    }

    fn end(&mut self, core: &mut Core, at: Moment, index: usize, why: Why, out: &mut Vec<Step>) {
        let Some(ending) = self.end_quietly(core, at, index, why, out) else {
            return;
        };
        if core.setup.profile == Profile::NoEndReport {
            return;
        }
        if self.ends.len() == ENDS_MAX {
            self.ends.remove(0);
        }
        self.ends.push(Unacknowledged {
            index,
            ending,
            attempts: 0,
        });
        self.send_ends(core, at, out);
    }

    fn end_quietly(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        why: Why,
        out: &mut Vec<Step>,
    ) -> Option<Ending> {
        let hole = &mut self.holes[index];
        hole.bay.count(at.t, 0);
        let ending = hole.bay.end(at.t, why, at.civil)?;
        hole.last = Some(ending.clone());
        let ended = Event::Ended {
            port: port_no(index),
            session: Session::Business(ending.business),
            reason: ending.status.into(),
            energy_wh: u64::from(ending.wh),
            seconds: ending.seconds,
        };
        core.note(at, ended, out);
        self.agenda.cancel(&Timer::Look(index));
        self.agenda.cancel(&Timer::AutoPlug(index));
        self.agenda.set(at.t + CHANGE_REPORT, Timer::Report);
        if let Some(after) = core.setup.automatic.and_then(|user| user.unplug_after) {
            self.agenda.set(at.t + after, Timer::AutoUnplug(index));
        }
        Some(ending)
    }

    /// Sends all end reports that are not answered, now and every ten seconds.
    fn send_ends(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        if !core.is_up() || self.ends.is_empty() {
            return;
        }
        for position in 0..self.ends.len() {
            let end = &mut self.ends[position];
            end.attempts += 1;
            let (index, attempts, ending) = (end.index, end.attempts, end.ending.clone());
            self.say_end(core, at, index, &ending, attempts, out);
        }
        let again = at.t + core.clock.patience(REPEAT);
        self.agenda.set(again, Timer::EndsAgain);
    }

    fn say_end(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        ending: &Ending,
        attempt: u32,
        out: &mut Vec<Step>,
    ) {
        let (command, elements) = words::end(index, ending);
        self.say(core, command, &elements, out);
        let reported = Event::EndReported {
            port: port_no(index),
            session: Session::Business(ending.business),
            attempt,
        };
        core.note(at, reported, out);
    }

    fn plug(&mut self, core: &mut Core, at: Moment, index: usize, on: bool, out: &mut Vec<Step>) {
        self.look(core, at, index, out);
        let outlet = &mut self.holes[index].bay.outlet;
        if on {
            outlet.plug(at.t);
        } else {
            outlet.unplug(at.t);
        }
        self.look(core, at, index, out);
    }
}

/// Ports are counted from 0 on the wire, from 1 by the API.
fn port_no(index: usize) -> PortNo {
    PortNo(u16::try_from(index + 1).unwrap_or(u16::MAX))
}

impl Dialogue<Setup> for Direct {
    fn online(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        self.say(
            core,
            words::command::HEARTBEAT,
            &words::heartbeat(&core.setup),
            out,
        );
        self.agenda.set(at.t + core.setup.heartbeat, Timer::Beat);
        let wait = core.clock.patience(ANSWER_WAIT);
        self.agenda.set(at.t + wait, Timer::Unanswered);
        self.agenda.set(at.t + CHANGE_REPORT, Timer::Report);
        self.agenda.set(at.t + PERIOD, Timer::Periodic);
        self.send_ends(core, at, out);
    }

    fn offline(&mut self, core: &mut Core, _at: Moment, _out: &mut Vec<Step>) {
        self.agenda.retain(|timer| {
            !matches!(
                timer,
                Timer::Beat
                    | Timer::Unanswered
                    | Timer::Report
                    | Timer::Periodic
                    | Timer::EndsAgain
                    | Timer::Say(_)
            )
        });
        if core.setup.profile == Profile::Stale {
            self.stale = self.holes.iter().enumerate().find_map(|(index, hole)| {
                let idle = hole.bay.charge.is_none();
                Some((index, hole.last.as_ref().filter(|_| idle)?.business))
            });
        }
    }

    fn hear(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        while let Some(container) = words::read(core, self.mac) {
            self.obey(core, at, &container, out);
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
            Timer::Beat => {
                self.say(
                    core,
                    words::command::HEARTBEAT,
                    &words::heartbeat(&core.setup),
                    out,
                );
                self.agenda.set(at.t + core.setup.heartbeat, Timer::Beat);
                if !self.agenda.has(|timer| *timer == Timer::Unanswered) {
                    let wait = core.clock.patience(ANSWER_WAIT);
                    self.agenda.set(at.t + wait, Timer::Unanswered);
                }
            }
            Timer::Unanswered | Timer::Restart => core.hang_up(at, out),
            Timer::Report => self.report(core, at, out),
            Timer::Periodic => {
                self.report(core, at, out);
                self.agenda.set(at.t + PERIOD, Timer::Periodic);
            }
            Timer::Look(index) => self.look(core, at, index, out),
            Timer::EndsAgain => self.send_ends(core, at, out),
            Timer::Say(frame) => core.say(frame, out),
            Timer::Stop(index) => self.end(core, at, index, Why::Command, out),
            Timer::AutoPlug(index) => self.plug(core, at, index, true, out),
            Timer::AutoUnplug(index) => self.plug(core, at, index, false, out),
        }
    }

    fn act(
        &mut self,
        core: &mut Core,
        at: Moment,
        action: &Action,
        out: &mut Vec<Step>,
    ) -> Result<(), Impossible> {
        match action {
            Action::Plug(port) => {
                let index = self.index(*port)?;
                self.plug(core, at, index, true, out);
            }
            Action::Unplug(port) => {
                let index = self.index(*port)?;
                self.plug(core, at, index, false, out);
            }
            Action::Button(port) | Action::SilentEnd(port) => {
                let index = self.index(*port)?;
                if self.holes[index].bay.charge.is_none() {
                    return Err(Impossible::NotCharging(*port));
                }
                if matches!(action, Action::Button(_)) {
                    self.end(core, at, index, Why::User, out);
                } else {
                    self.end_quietly(core, at, index, Why::User, out);
                }
            }
            Action::Swipe { port, card, .. } | Action::AskBalance { port, card } => {
                let index = self.index(*port)?;
                let card = card_number(card).ok_or(Impossible::CardNumber)?;
                let command = if matches!(action, Action::Swipe { .. }) {
                    self.holes[index].card = Some(card);
                    words::command::CARD
                } else {
                    words::command::BALANCE
                };
                let elements = vec![
                    Element::byte(0x08, words::port(index)),
                    Element::new(0x16, card),
                    Element::byte(0x26, 0),
                ];
                self.say(core, command, &elements, out);
            }
            Action::SetFault { port, bits } => {
                let index = self.index(*port)?;
                let bay = &mut self.holes[index].bay;
                bay.count(at.t, 0);
                bay.outlet.faults |= bits & 0x07;
                self.report(core, at, out);
                self.agenda.set(at.t + FAULT_ENDS, Timer::Look(index));
            }
            Action::ClearFault(port) => {
                let index = self.index(*port)?;
                self.holes[index].bay.outlet.faults = 0;
                self.report(core, at, out);
            }
            Action::RepeatEnd(port) => {
                let index = self.index(*port)?;
                let last = self.holes[index].last.clone();
                let last = last.ok_or(Impossible::NothingToRepeat(*port))?;
                self.say_end(core, at, index, &last, 2, out);
            }
            Action::Vehicle { port, name } => {
                let index = self.index(*port)?;
                let load = super::load(name)?;
                self.holes[index].bay.outlet.exchange(at.t, load);
                self.look(core, at, index, out);
            }
            Action::ClockLost => core.clock.set_civil(at, Timestamp(0)),
            Action::SetClock(shown) => core.clock.set_civil(at, *shown),
            Action::Malformed => {
                // An element that is longer than its frame.
                let mut frame = words::frame(self.mac, 0, words::command::STATUS, &[]);
                super::ear::append_to_body(&mut frame, &[0x20, 0x01, 0x1C]);
                core.say(frame, out);
            }
            Action::WrongChecksum => {
                let elements = words::heartbeat(&core.setup);
                let mut frame = words::frame(self.mac, 0, words::command::HEARTBEAT, &elements);
                super::ear::break_checksum(&mut frame);
                core.say(frame, out);
            }
            _ => return Err(Impossible::NotInDialect),
        }
        Ok(())
    }

    fn power_lost(&mut self, core: &mut Core, at: Moment, memory: bool, out: &mut Vec<Step>) {
        for index in 0..self.holes.len() {
            self.holes[index].bay.count(at.t, 0);
            self.holes[index].bay.outlet.open(at.t);
            if !memory {
                self.end_quietly(core, at, index, Why::NoLoad, out);
                self.holes[index].last = None;
            }
        }
        if !memory {
            self.ends.clear();
            self.next_business = 1;
        }
        self.agenda = Agenda::new();
    }

    fn power_back(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        for index in 0..self.holes.len() {
            let bay = &mut self.holes[index].bay;
            bay.count(at.t, 0);
            if bay.charge.is_some() {
                bay.outlet.resume(at.t);
                self.look(core, at, index, out);
            }
        }
    }

    fn ports(&mut self, _core: &Core, at: Moment) -> Vec<PortView> {
        let view = |(index, hole): (usize, &mut Hole)| {
            let bay = &mut hole.bay;
            bay.count(at.t, 0);
            let charge = bay.charge.as_ref();
            PortView {
                port: port_no(index),
                plugged: bay.outlet.plugged,
                charging: bay.outlet.is_closed(),
                faults: bay.outlet.faults,
                session: charge.map(|charge| Session::Business(charge.business)),
                power_dw: bay.outlet.power_dw(),
                energy_wh: bay.outlet.wh(),
                seconds: bay.outlet.seconds(),
                soc: None,
            }
        };
        self.holes.iter_mut().enumerate().map(view).collect()
    }
}
