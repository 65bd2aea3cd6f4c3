//! What the platform says to a v8.6 gateway, and what the gateway does about it.

use super::order::{Order, OrderText, Reason, Terms, text};
use super::words::{self, Heard, Said};
use super::{
    ANSWERS_MAX, OVERHEARD, PLUG_WAIT, Profile, Timer, UNANSWERED_MAX, V86, port_no, session,
};
use crate::pile::Core;
use ::pile::Moment;
use ::pile::{Event, Step};
use kernel::PortNo;
use std::time::Duration;

/// Results of 0x0082 other than 0; the document leaves their meaning to the device.
const REFUSED_BUSY: u8 = 1;
const REFUSED_FAULT: u8 = 2;
const REFUSED_NO_SUCH_PORT: u8 = 3;
const REFUSED_TERMS: u8 = 4;
const REFUSED_NO_SUCH_ORDER: u8 = 5;
const REFUSED: u8 = 9;

/// In 0x0082: the gateway chooses the port.
const ANY_PORT: u8 = 255;

/// Usual time for an answer, ms.
const ANSWER_MS: u64 = 50;

/// From the last firmware chunk to the restart.
const UPDATE_TIME: Duration = Duration::from_secs(10);

impl V86 {
    pub(super) fn obey(&mut self, core: &mut Core, at: Moment, heard: Heard, out: &mut Vec<Step>) {
        let sequence = heard.sequence;
        // Answers are heard even by a gateway that ignores commands.
        match heard.said {
            Said::Time(told) => {
                core.clock.set_civil(at, told);
                core.note(at, Event::TimeReceived(told), out);
            }
            Said::StatusNoted => self.unanswered = 0,
            Said::ConfirmNoted { order } => self.confirmed(&order),
            Said::SettlementNoted { order } => self.settled(core, at, &order, out),
            Said::CardAnswer {
                card,
                result,
                balance_fen,
            } => self.card_answered(core, at, card, result, balance_fen, out),
            _ if core.ignores => note_other(core, at, &heard, out),
            Said::Start { port, terms, order } => {
                let (result, chosen) = self.start(core, at, port, terms, &order);
                core.note(
                    at,
                    Event::StartReceived {
                        port: PortNo(u16::from(port)),
                        order: Some(text(&order)),
                        accepted: result == 0,
                    },
                    out,
                );
                let answer = self.control_answer(sequence, result, &order, chosen);
                self.answer(core, at, answer, out);
                // Plugged in before the start: the confirmation follows at once.
                let plugged = self.index(PortNo(u16::from(chosen)));
                if let Ok(index) = plugged
                    && result == 0
                    && self.holes[index].seen
                {
                    self.begin(core, at, index, out);
                }
            }
            Said::Stop { port, order } => self.stop(core, at, sequence, port, &order, out),
            Said::Change {
                order,
                port,
                seconds,
                centi_kwh,
            } => {
                note_other(core, at, &heard, out);
                let result = self.change_terms(core, at, port, &order, seconds, centi_kwh);
                let answer = self.change_answer(sequence, result, &order);
                self.answer(core, at, answer, out);
            }
            Said::Query => {
                note_other(core, at, &heard, out);
                let answer = self.query_answer(sequence);
                self.answer(core, at, answer, out);
            }
            Said::Parameter { command, id } => {
                note_other(core, at, &heard, out);
                let result = if core.refuses() { REFUSED } else { 0 };
                let answer = self.parameter_answer(sequence, command, result, id);
                self.answer(core, at, answer, out);
            }
            Said::Chunk {
                command,
                index,
                total,
            } => {
                note_other(core, at, &heard, out);
                self.chunk(core, at, sequence, (command, index, total), out);
            }
            Said::Unknown => note_other(core, at, &heard, out),
        }
    }

    /// Writes an answer now, or when the slow radio has got it through.
    fn answer(&mut self, core: &mut Core, at: Moment, frame: Vec<u8>, out: &mut Vec<Step>) {
        let delay = core.answer_delay(ANSWER_MS);
        let waiting = || self.agenda.count(|timer| matches!(timer, Timer::Say(_)));
        if core.setup.profile == Profile::SlowRadio && waiting() < ANSWERS_MAX {
            self.agenda.add(at.t + delay, Timer::Say(frame));
        } else {
            core.say(frame, out);
        }
    }

    /// Result and port of a start.
    fn start(
        &mut self,
        core: &mut Core,
        at: Moment,
        port: u8,
        terms: Terms,
        number: &OrderText,
    ) -> (u8, u8) {
        // A repeat of what the device already holds is answered again and changes nothing.
        let held = self.holes.iter().position(|hole| {
            hole.order
                .as_ref()
                .is_some_and(|order| order.number == *number)
        });
        if let Some(index) = held.filter(|index| port == ANY_PORT || wire_port(*index) == port) {
            return (0, wire_port(index));
        }
        if core.refuses() {
            return (REFUSED, port);
        }
        let chosen = if port == ANY_PORT {
            let plugged = self
                .holes
                .iter()
                .position(|hole| hole.seen && hole.is_free());
            plugged.or_else(|| self.holes.iter().position(super::Hole::is_free))
        } else {
            self.index(PortNo(u16::from(port))).ok()
        };
        let Some(index) = chosen else {
            let nowhere = if port == ANY_PORT {
                REFUSED_BUSY
            } else {
                REFUSED_NO_SUCH_PORT
            };
            return (nowhere, port);
        };
        let hole = &mut self.holes[index];
        let chosen = wire_port(index);
        if hole.outlet.faults != 0 {
            return (REFUSED_FAULT, chosen);
        }
        if hole.order.is_some() {
            return (REFUSED_BUSY, chosen);
        }
        let from_card = std::mem::take(&mut hole.card_expected);
        let Some(goal) = terms.goal(&core.setup, from_card) else {
            return (REFUSED_TERMS, chosen);
        };
        hole.order = Some(Order {
            number: *number,
            terms,
            goal,
            begun: false,
            unconfirmed: false,
        });
        self.agenda.cancel(&Timer::AutoUnplug(index));
        self.agenda.set(at.t + PLUG_WAIT, Timer::Unclaimed(index));
        if let Some(user) = core
            .setup
            .automatic
            .filter(|_| !self.holes[index].outlet.plugged)
        {
            self.agenda
                .set(at.t + user.plug_after, Timer::AutoPlug(index));
        }
        (0, chosen)
    }

    fn stop(
        &mut self,
        core: &mut Core,
        at: Moment,
        sequence: u32,
        port: u8,
        number: &OrderText,
        out: &mut Vec<Step>,
    ) {
        let index = self.index(PortNo(u16::from(port))).ok();
        let hole = index.map(|index| &self.holes[index]);
        let holds = hole
            .and_then(|hole| hole.order.as_ref())
            .filter(|order| order.number == *number)
            .map(|order| order.begun);
        let ended = hole
            .and_then(|hole| hole.last.as_ref())
            .is_some_and(|last| last.number == *number);
        let result = match (index, holds) {
            (None, _) => REFUSED_NO_SUCH_PORT,
            (Some(_), None) if ended => 0,
            (Some(_), None) => REFUSED_NO_SUCH_ORDER,
            _ if core.refuses() => REFUSED,
            _ => 0,
        };
        core.note(
            at,
            Event::StopReceived {
                port: PortNo(u16::from(port)),
                order: Some(text(number)),
                accepted: result == 0,
            },
            out,
        );
        let answer = self.control_answer(sequence, result, number, port);
        self.answer(core, at, answer, out);
        match (index, holds) {
            (Some(_), Some(true)) if core.setup.profile == Profile::StubbornStop => {}
            (Some(index), Some(true)) if result == 0 => {
                self.end(core, at, index, Reason::Remote, out);
            }
            // Nothing has been charged: nothing to settle.
            (Some(index), Some(false)) if result == 0 => {
                self.agenda.cancel(&Timer::Unclaimed(index));
                self.agenda.cancel(&Timer::AutoPlug(index));
                self.holes[index].order = None;
            }
            _ => {}
        }
    }

    fn change_terms(
        &mut self,
        core: &mut Core,
        at: Moment,
        port: u8,
        number: &OrderText,
        seconds: u16,
        centi_kwh: u16,
    ) -> u8 {
        let Ok(index) = self.index(PortNo(u16::from(port))) else {
            return REFUSED_NO_SUCH_PORT;
        };
        if core.refuses() {
            return REFUSED;
        }
        let hole = &mut self.holes[index];
        hole.outlet.count(at.t);
        let Some(order) = hole.order.as_mut().filter(|order| order.number == *number) else {
            return REFUSED_NO_SUCH_ORDER;
        };
        if seconds > 0 {
            order.goal.ms = Some(u64::from(seconds) * 1000);
        }
        if centi_kwh > 0 {
            order.goal.wh = Some(u64::from(centi_kwh) * 10);
        }
        self.plan_change(index);
        0
    }

    fn chunk(
        &mut self,
        core: &mut Core,
        at: Moment,
        sequence: u32,
        (command, index, total): (u16, u16, u16),
        out: &mut Vec<Step>,
    ) {
        if index == 1 {
            self.chunk = 1;
        }
        // A chunk received before is good again; a gap is not.
        let fits = index > 0 && index <= total && index <= self.chunk;
        let result = if fits && !core.refuses() { 0 } else { REFUSED };
        if result == 0 && index == self.chunk {
            self.chunk = self.chunk.saturating_add(1);
        }
        let answer = self.chunk_answer(sequence, command, result, index);
        self.answer(core, at, answer, out);
        if result == 0 && index == total {
            self.updates += 1;
            core.setup.version = format!("200.2.{}", self.updates % 100);
            self.gateway = words::gateway(&core.setup).unwrap_or(self.gateway);
            self.agenda.set(at.t + UPDATE_TIME, Timer::Restart);
        }
    }

    fn confirmed(&mut self, number: &OrderText) {
        self.refused.retain(|(order, _)| order != number);
        for (index, hole) in self.holes.iter_mut().enumerate() {
            if let Some(order) = hole.order.as_mut().filter(|order| order.number == *number) {
                order.unconfirmed = false;
                self.agenda.cancel(&Timer::ConfirmAgain(index));
            }
        }
    }

    fn settled(&mut self, core: &Core, at: Moment, number: &OrderText, out: &mut Vec<Step>) {
        let known = self
            .unsettled
            .iter()
            .position(|kept| kept.number == *number);
        let Some(position) = known else {
            return;
        };
        let deaf = core.setup.profile == Profile::EndRepeat;
        if deaf && self.unsettled[position].attempts <= OVERHEARD {
            return;
        }
        if let Some(kept) = self.unsettled.remove(position) {
            let acknowledged = Event::EndAcknowledged {
                port: kept.port,
                session: session(number),
            };
            core.note(at, acknowledged, out);
        }
        if self.unsettled.is_empty() && self.refused.is_empty() {
            self.agenda.cancel(&Timer::SettleAgain);
        }
    }

    fn card_answered(
        &mut self,
        core: &Core,
        at: Moment,
        card: u32,
        result: u8,
        balance_fen: u32,
        out: &mut Vec<Step>,
    ) {
        let waiting = self.cards.iter().position(|(_, shown)| *shown == card);
        let Some((index, _)) = waiting.map(|position| self.cards.remove(position)) else {
            return;
        };
        self.holes[index].card_expected = result == 0;
        let answered = Event::CardAnswered {
            port: port_no(index),
            result: result.into(),
            balance_fen: Some(balance_fen),
        };
        core.note(at, answered, out);
    }

    pub(super) fn beat(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        if self.unanswered >= UNANSWERED_MAX {
            core.hang_up(at, out);
            return;
        }
        self.unanswered += 1;
        self.say_status(core, out);
        let period = super::BEAT;
        self.agenda.set(at.t + period, Timer::Beat);
    }
}

fn wire_port(index: usize) -> u8 {
    u8::try_from(index + 1).unwrap_or(ANY_PORT)
}

fn note_other(core: &Core, at: Moment, heard: &Heard, out: &mut Vec<Step>) {
    let event = Event::CommandReceived {
        command: format!("0x{:04x}", heard.command),
        detail: format!("{:?}", heard.said),
    };
    core.note(at, event, out);
}
