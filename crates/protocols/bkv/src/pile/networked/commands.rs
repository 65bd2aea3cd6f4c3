//! What the platform says to a networked gateway, and what the gateway does about it.

use super::sessions::Order;
use super::socket::Place;
use super::words::{CardStart, Control, Heard, Node, Said, Terms};
use super::{CHANGE_REPORT, Networked, Timer, frames, words};
use crate::pile::Core;
use crate::pile::bay::{Card, MINUTES_MAX, Plan};
use crate::pile::setup::Profile;
use ::pile::Goal;
use ::pile::Moment;
use ::pile::{Event, Step};
use kernel::PortNo;
use std::time::Duration;

/// The radio hop of a control command (captured).
const CONTROL_MS: u64 = 1_050;
/// Storing the list of sockets (captured).
const LIST_MS: u64 = 3_400;
/// A query is answered out of the gateway's memory (captured).
const QUERY_MS: u64 = 200;
/// Other answers.
const ANSWER_MS: u64 = 500;

/// From a new list to the first sign of a socket, and between two sockets.
const FIRST_SIGN: Duration = Duration::from_secs(2);
const NEXT_SIGN: Duration = Duration::from_millis(500);

/// Frames that may wait for the radio.
const ANSWERS_MAX: usize = 64;

/// How long a firmware update takes.
const UPDATE_TIME: Duration = Duration::from_mins(1);

/// The socket number that means all of them, in the voice command.
const ALL_SOCKETS: u8 = 254;

impl Networked {
    pub(super) fn obey(&mut self, core: &mut Core, at: Moment, heard: Heard, out: &mut Vec<Step>) {
        let sequence = heard.sequence;
        match heard.said {
            // Answers are heard even by a gateway that ignores commands.
            Said::Time(told) => {
                self.agenda.cancel(&Timer::Unanswered);
                core.clock.set_civil(at, told);
                core.note(at, Event::TimeReceived(told), out);
            }
            Said::EndNoted {
                sub_command,
                socket,
            } => {
                self.end_noted(core, at, sub_command, socket, out);
            }
            Said::FeesEndNoted { socket, port } => {
                let place = self.place_of(socket, port);
                self.fees_end_noted(core, at, place, out);
            }
            Said::Balance { socket, port, fen } => {
                let answered = Event::CardAnswered {
                    port: self.port_no(socket, port),
                    result: 0,
                    balance_fen: Some(fen),
                };
                core.note(at, answered, out);
            }
            Said::ReportNoted => {}
            _ if core.ignores => note_other(core, at, &heard, out),
            Said::Control(control) => self.control(core, at, sequence, &control, out),
            Said::CardStart(start) => self.card_start(core, at, sequence, start, out),
            said => {
                let heard = Heard { said, ..heard };
                note_other(core, at, &heard, out);
                self.serve(core, at, sequence, heard.said, out);
            }
        }
    }

    /// Commands that have nothing to do with a session.
    fn serve(
        &mut self,
        core: &mut Core,
        at: Moment,
        sequence: u32,
        said: Said,
        out: &mut Vec<Step>,
    ) {
        match said {
            Said::Refresh(nodes) => self.refresh(core, at, sequence, &nodes),
            Said::Add(node) => {
                let added = !core.refuses();
                if added {
                    self.list(at, node, FIRST_SIGN);
                }
                let answer = frames::list_answer(self.gateway, sequence, 0x09, added);
                self.answer(core, at, LIST_MS, answer);
            }
            Said::Delete(node) => {
                let removed = !core.refuses();
                if removed {
                    self.unlist(|socket| socket.mac == node.mac);
                }
                let answer = frames::list_answer(self.gateway, sequence, 0x0A, removed);
                self.answer(core, at, LIST_MS, answer);
            }
            Said::Query(number) => self.query(core, at, sequence, number, out),
            Said::SetParameters { socket, set } => {
                let index = self.socket_of(socket);
                let done = index.is_some() && !core.refuses();
                if let Some(index) = index.filter(|_| done) {
                    words::apply(&set, &mut self.sockets[index].parameters);
                    self.look_at_all(core, at, index, out);
                }
                let answer = frames::parameters_set(self.gateway, sequence, socket, done);
                self.answer(core, at, ANSWER_MS, answer);
            }
            Said::AskParameters(number) => {
                if let Some(index) = self.socket_of(number) {
                    let socket = &self.sockets[index];
                    let answer = frames::parameters(self.gateway, sequence, number, socket);
                    self.answer(core, at, ANSWER_MS, answer);
                }
            }
            Said::LegacySet { socket, set } => {
                let index = self.socket_of(socket);
                if let Some(index) = index {
                    words::apply(&set, &mut self.sockets[index].parameters);
                    self.look_at_all(core, at, index, out);
                }
                let answer = frames::list_answer(self.gateway, sequence, 0x03, index.is_some());
                self.answer(core, at, ANSWER_MS, answer);
            }
            Said::LegacyLimits { socket, set } => {
                let index = self.socket_of(socket);
                if let Some(index) = index {
                    words::apply(&set, &mut self.sockets[index].parameters);
                    self.look_at_all(core, at, index, out);
                }
                let answer = frames::list_answer(self.gateway, sequence, 0x06, index.is_some());
                self.answer(core, at, ANSWER_MS, answer);
            }
            Said::LegacyAsk(number) => {
                if let Some(index) = self.socket_of(number) {
                    let parameters = self.sockets[index].parameters;
                    let answer =
                        frames::legacy_parameters(self.gateway, sequence, number, &parameters);
                    self.answer(core, at, ANSWER_MS, answer);
                }
            }
            Said::Voice { socket, port } => {
                let known = socket == ALL_SOCKETS || self.socket_of(socket).is_some();
                let done = known && !core.refuses();
                let answer = frames::voice_answer(self.gateway, sequence, socket, port, done);
                self.answer(core, at, ANSWER_MS, answer);
            }
            Said::Update { target, file } => self.update(core, at, sequence, target, &file),
            _ => {}
        }
    }

    fn look_at_all(&mut self, core: &mut Core, at: Moment, index: usize, out: &mut Vec<Step>) {
        for hole in 0..self.sockets[index].holes.len() {
            let place = Place {
                socket: index,
                hole,
            };
            self.look(core, at, place, out);
        }
    }

    /// An answer comes when the radio has done its work.
    fn answer(&mut self, core: &mut Core, at: Moment, usual_ms: u64, frame: Vec<u8>) {
        if self.agenda.count(|timer| matches!(timer, Timer::Say(_))) < ANSWERS_MAX {
            let delay = core.answer_delay(usual_ms);
            self.agenda.add(at.t + delay, Timer::Say(frame));
        }
    }

    fn port_no(&self, number: u8, port: u8) -> PortNo {
        match self.place_of(number, port) {
            Some(place) => self.sockets[place.socket].port_no(place.socket, place.hole),
            None => PortNo(u16::from(number.saturating_sub(1)) * 2 + u16::from(port) + 1),
        }
    }

    fn control(
        &mut self,
        core: &mut Core,
        at: Moment,
        sequence: u32,
        control: &Control,
        out: &mut Vec<Step>,
    ) {
        let place = self.place_of(control.socket, control.port);
        // A new command ends the silence of firmware that forgets to report.
        self.mute = false;
        let delay = core.answer_delay(CONTROL_MS);
        let port = self.port_no(control.socket, control.port);
        let (accepted, business) = if control.switch {
            let started = match (place, order(control)) {
                (Some(place), Some(order)) => self.begin(core, at, place, order, delay, out),
                _ => None,
            };
            let received = Event::StartReceived {
                port,
                order: None,
                accepted: started.is_some(),
            };
            core.note(at, received, out);
            (started.is_some(), started.unwrap_or(0))
        } else {
            let accepted = place.is_some() && !core.refuses();
            let running = place.and_then(|place| self.running(place));
            let received = Event::StopReceived {
                port,
                order: None,
                accepted,
            };
            core.note(at, received, out);
            (accepted, running.unwrap_or(0))
        };
        let answer = frames::control_answer(self.gateway, sequence, control, accepted, business);
        self.agenda.add(at.t + delay, Timer::Say(answer));
        if let Some(place) = place.filter(|_| accepted && !control.switch) {
            // The end report follows the answer.
            self.agenda
                .set(at.t + delay + CHANGE_REPORT, Timer::Stop(place));
        }
    }

    fn running(&self, place: Place) -> Option<u16> {
        let hole = &self.sockets[place.socket].holes[place.hole];
        hole.bay.charge.as_ref().map(|charge| charge.business)
    }

    fn card_start(
        &mut self,
        core: &mut Core,
        at: Moment,
        sequence: u32,
        start: CardStart,
        out: &mut Vec<Step>,
    ) {
        let CardStart {
            business,
            switch,
            terms,
            ..
        } = start;
        let Some(place) = self.place_of(start.socket, start.port) else {
            return;
        };
        let hole = &mut self.sockets[place.socket].holes[place.hole];
        let shown = hole.card.take_if(|(_, proposed)| *proposed == business);
        let Some((card, _)) = shown else {
            return;
        };
        self.agenda.cancel(&Timer::CardOver(place));
        let port = self.sockets[place.socket].port_no(place.socket, place.hole);
        let answered = Event::CardAnswered {
            port,
            result: u32::from(!switch),
            balance_fen: None,
        };
        core.note(at, answered, out);
        if !switch {
            return;
        }
        let delay = core.answer_delay(CONTROL_MS);
        let order = plan(terms).map(|(plan, goal)| Order {
            plan,
            goal,
            card: Some(Card(card)),
            business: Some(business),
        });
        let started = order.and_then(|order| self.begin(core, at, place, order, delay, out));
        let number = self.sockets[place.socket].number.unwrap_or(0);
        let done = started.is_some();
        let answer = frames::card_started(self.gateway, sequence, number, place.hole, done);
        self.agenda.add(at.t + delay, Timer::Say(answer));
    }

    fn query(
        &mut self,
        core: &mut Core,
        at: Moment,
        sequence: u32,
        number: u8,
        out: &mut Vec<Step>,
    ) {
        let Some(index) = self.socket_of(number).filter(|_| !self.mute) else {
            return;
        };
        if core.setup.profile == Profile::Legacy1c {
            self.say_status_1c(core, at, index, sequence, out);
        } else {
            let delay = core.answer_delay(QUERY_MS);
            self.agenda.set(at.t + delay, Timer::Report(index));
        }
    }

    fn refresh(&mut self, core: &mut Core, at: Moment, sequence: u32, nodes: &[Node]) {
        let stored = !core.refuses();
        if stored {
            self.unlist(|socket| !nodes.iter().any(|node| node.mac == socket.mac));
            let mut wait = Duration::from_millis(LIST_MS) + FIRST_SIGN;
            for node in nodes {
                self.list(at, *node, wait);
                wait += NEXT_SIGN;
            }
            // Captured: one heartbeat more after networking.
            let beat = at.t + Duration::from_millis(LIST_MS) + Duration::from_secs(4);
            self.agenda.set(beat, Timer::BeatAgain);
        }
        let answer = frames::list_answer(self.gateway, sequence, 0x08, stored);
        self.answer(core, at, LIST_MS, answer);
    }

    /// Takes a socket into the list; it is heard a little later, if it exists.
    fn list(&mut self, at: Moment, node: Node, after: Duration) {
        let wanted = self
            .sockets
            .iter()
            .position(|socket| socket.mac == node.mac);
        let Some(index) = wanted else {
            return;
        };
        for (other, socket) in self.sockets.iter_mut().enumerate() {
            if other != index && socket.number == Some(node.socket) {
                socket.number = None;
                socket.online = false;
            }
        }
        self.sockets[index].number = Some(node.socket);
        self.agenda.set(at.t + after, Timer::Heard(index));
    }

    fn unlist(&mut self, gone: impl Fn(&super::Socket) -> bool) {
        for socket in self.sockets.iter_mut().filter(|socket| gone(socket)) {
            socket.number = None;
            socket.online = false;
        }
    }

    fn update(&mut self, core: &mut Core, at: Moment, sequence: u32, target: u8, file: &str) {
        let done = !core.refuses();
        let answer = frames::update_answer(self.gateway, sequence, done);
        self.answer(core, at, ANSWER_MS, answer);
        if done {
            // GV.8r12.OTA holds version V.8r12. The file is not fetched: addresses in frames
            // are data.
            let name = file.split('.').skip(1).take(1).collect::<String>();
            let version: String = format!("V.{name}").chars().take(8).collect();
            let sockets = target == 2;
            self.next_version = (!sockets).then_some(version);
            self.agenda.set(at.t + UPDATE_TIME, Timer::Updated(sockets));
        }
    }
}

/// What a start command asks for; `None` when no session can come of it.
fn order(control: &Control) -> Option<Order> {
    let (plan, goal) = plan(control.terms.clone())?;
    Some(Order {
        plan,
        goal,
        card: None,
        business: None,
    })
}

fn plan(terms: Terms) -> Option<(Plan, Goal)> {
    let longest = Some(u64::from(MINUTES_MAX) * 60_000);
    let until = |minutes: u16| Some(u64::from(minutes) * 60_000);
    let (plan, ms, wh) = match terms {
        Terms::Time(1..=MINUTES_MAX)
        | Terms::Energy(1.., _)
        | Terms::Tiers(..)
        | Terms::Fees(..) => match terms {
            Terms::Time(minutes) => (Plan::Time, until(minutes), None),
            Terms::Energy(wh, 0) => (Plan::Energy, longest, Some(u64::from(wh))),
            Terms::Energy(wh, minutes) => (Plan::Energy, until(minutes), Some(u64::from(wh))),
            Terms::Tiers(amount, tiers) => (Plan::Tiers(amount, tiers), longest, None),
            Terms::Fees(segments, by_energy) => (Plan::Fees(segments, by_energy), longest, None),
        },
        Terms::Time(_) | Terms::Energy(..) => return None,
    };
    let goal = Goal {
        ms,
        wh,
        paid_wh: None,
    };
    Some((plan, goal))
}

fn note_other(core: &Core, at: Moment, heard: &Heard, out: &mut Vec<Step>) {
    let event = Event::CommandReceived {
        command: heard.name(),
        detail: format!("{:?}", heard.said),
    };
    core.note(at, event, out);
}
