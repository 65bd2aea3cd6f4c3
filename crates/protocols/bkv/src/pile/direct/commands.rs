//! What the platform says to a stand-alone device, and what the device does about it.

use super::words::{self, command};
use super::{CHANGE_REPORT, Direct, Timer, port_no};
use crate::pile::Core;
use crate::pile::bay::{MINUTES_MAX, Plan};
use crate::pile::elements::{Element, Told};
use ::pile::Goal;
use ::pile::Moment;
use ::pile::{Event, Session, Step};
use kernel::PortNo;
use std::time::Duration;

/// Usual time for an answer, ms.
const ANSWER_MS: u64 = 100;

/// Frames that may wait for a slow radio.
const ANSWERS_MAX: usize = 64;

/// From a reboot command, or an update, to the restart.
const RESTART_AFTER: Duration = Duration::from_secs(5);
const UPDATE_TIME: Duration = Duration::from_mins(1);

/// `charge_mode` by energy.
const BY_ENERGY: u8 = 2;

impl Direct {
    pub(super) fn obey(
        &mut self,
        core: &mut Core,
        at: Moment,
        container: &Told,
        out: &mut Vec<Step>,
    ) {
        let acknowledged = container.byte(0x0F) == Some(1);
        match container.command {
            command::HEARTBEAT => {
                self.agenda.cancel(&Timer::Unanswered);
                if let Some(told) = words::time(container) {
                    core.clock.set_civil(at, told);
                    core.note(at, Event::TimeReceived(told), out);
                }
            }
            command::STATUS => {}
            command::END | command::CARD_END => {
                if acknowledged {
                    self.end_noted(core, at, container, out);
                }
            }
            command::BALANCE => balance(core, at, container, out),
            _ if core.ignores => note_other(core, at, container, out),
            command::CONTROL => self.control(core, at, container, out),
            command::CARD => self.card_refused(core, at, container, out),
            _ => {
                note_other(core, at, container, out);
                self.serve(core, at, container, out);
            }
        }
    }

    fn serve(&mut self, core: &mut Core, at: Moment, asked: &Told, out: &mut Vec<Step>) {
        let done = !core.refuses();
        let result = vec![Element::byte(0x0F, u8::from(done))];
        let elements = match asked.command {
            command::QUERY => {
                for hole in &mut self.holes {
                    hole.bay.count(at.t, 0);
                }
                words::status(&self.holes, &self.parameters, None)
            }
            command::SET_LIMITS | command::SET_PARAMETERS => {
                if done {
                    words::apply(asked, &mut self.parameters);
                    for index in 0..self.holes.len() {
                        self.look(core, at, index, out);
                    }
                }
                result
            }
            command::ASK_LIMITS => {
                let port = asked.byte(0x08).unwrap_or(0);
                words::limits(&self.parameters, port)
            }
            command::ASK_PARAMETERS => {
                let seconds = u16::try_from(core.setup.heartbeat.as_secs()).unwrap_or(u16::MAX);
                words::parameters(&self.parameters, seconds)
            }
            command::UPDATE if done => {
                "201.0.1".clone_into(&mut core.setup.version);
                self.agenda.set(at.t + UPDATE_TIME, Timer::Restart);
                result
            }
            command::REBOOT if done => {
                self.agenda.set(at.t + RESTART_AFTER, Timer::Restart);
                result
            }
            command::UPDATE | command::REBOOT | command::QUIET_TIME | command::QR_CODE => result,
            _ => return,
        };
        self.answer(core, at, asked, &elements);
    }

    /// Answers repeat the sequence of the command.
    fn answer(&mut self, core: &mut Core, at: Moment, asked: &Told, elements: &[Element]) {
        let delay = core.answer_delay(ANSWER_MS);
        let frame = words::frame(self.mac, asked.sequence, asked.command, elements);
        if self.agenda.count(|timer| matches!(timer, Timer::Say(_))) < ANSWERS_MAX {
            self.agenda.add(at.t + delay, Timer::Say(frame));
        }
    }

    fn control(&mut self, core: &mut Core, at: Moment, asked: &Told, out: &mut Vec<Step>) {
        let wire_port = asked.byte(0x08).unwrap_or(u8::MAX);
        let index = usize::from(wire_port);
        let port = PortNo(u16::from(wire_port).saturating_add(1));
        let (accepted, business) = if asked.byte(0x13) == Some(1) {
            let business =
                terms(asked).and_then(|(plan, goal)| self.begin(core, at, index, plan, goal, out));
            let accepted = business.is_some();
            let received = Event::StartReceived {
                port,
                order: None,
                accepted,
            };
            core.note(at, received, out);
            (accepted, business)
        } else {
            let hole = self.holes.get(index);
            let business = hole.and_then(|hole| hole.bay.charge.as_ref());
            let business = business.map(|charge| charge.business);
            let accepted = hole.is_some() && !core.refuses();
            let received = Event::StopReceived {
                port,
                order: None,
                accepted,
            };
            core.note(at, received, out);
            if accepted {
                self.agenda.set(at.t + CHANGE_REPORT, Timer::Stop(index));
            }
            (accepted, business)
        };
        let mut elements = vec![
            Element::byte(0x0F, u8::from(accepted)),
            Element::byte(0x08, wire_port),
            Element::word(0x0A, business.unwrap_or(0)),
        ];
        if accepted {
            self.agenda.set(at.t + 2 * CHANGE_REPORT, Timer::Report);
        } else {
            // The refusal codes are not published; this device knows one.
            elements.push(Element::byte(0x97, 1));
        }
        self.answer(core, at, asked, &elements);
    }

    fn end_noted(&mut self, core: &mut Core, at: Moment, noted: &Told, out: &mut Vec<Step>) {
        let port = noted.byte(0x08).map(usize::from);
        let fits = |end: &super::Unacknowledged| {
            end.ending.card.is_some() == (noted.command == command::CARD_END)
                && port.is_none_or(|port| port == end.index)
        };
        if let Some(position) = self.ends.iter().position(fits) {
            let end = self.ends.remove(position);
            let acknowledged = Event::EndAcknowledged {
                port: port_no(end.index),
                session: Session::Business(end.ending.business),
            };
            core.note(at, acknowledged, out);
        }
        if self.ends.is_empty() {
            self.agenda.cancel(&Timer::EndsAgain);
        }
    }

    /// A start is answered with 1007; an answer 1009 that is not 1 refuses the card.
    fn card_refused(&mut self, core: &Core, at: Moment, told: &Told, out: &mut Vec<Step>) {
        let index = usize::from(told.byte(0x08).unwrap_or(u8::MAX));
        let refused = told.byte(0x0F) != Some(1);
        if let Some(hole) = self.holes.get_mut(index).filter(|_| refused) {
            hole.card = None;
        }
        let answered = Event::CardAnswered {
            port: port_no(index),
            result: u32::from(refused),
            balance_fen: None,
        };
        core.note(at, answered, out);
    }
}

fn balance(core: &Core, at: Moment, told: &Told, out: &mut Vec<Step>) {
    let port = told.byte(0x08).unwrap_or(0);
    let answered = Event::CardAnswered {
        port: port_no(usize::from(port)),
        result: 0,
        balance_fen: told.number(0x18).and_then(|fen| u32::try_from(fen).ok()),
    };
    core.note(at, answered, out);
}

/// What a start asks for; `None` when no session can come of it.
fn terms(asked: &Told) -> Option<(Plan, Goal)> {
    let minutes = asked.word(0x14).filter(|minutes| *minutes > 0);
    let energy = asked.word(0x15).filter(|wh| *wh > 0);
    let ms = u64::from(minutes.unwrap_or(MINUTES_MAX)) * 60_000;
    let by_energy = asked.byte(0x12) == Some(BY_ENERGY);
    let (plan, wh) = match (by_energy, minutes, energy) {
        (true, _, Some(wh)) => (Plan::Energy, Some(u64::from(wh))),
        (false, Some(1..=MINUTES_MAX), _) => (Plan::Time, None),
        _ => return None,
    };
    let goal = Goal {
        ms: Some(ms),
        wh,
        paid_wh: None,
    };
    Some((plan, goal))
}

fn note_other(core: &Core, at: Moment, container: &Told, out: &mut Vec<Step>) {
    let event = Event::CommandReceived {
        command: format!("direct/{:04x}", container.command),
        detail: format!("{} elements", container.elements.len()),
    };
    core.note(at, event, out);
}
