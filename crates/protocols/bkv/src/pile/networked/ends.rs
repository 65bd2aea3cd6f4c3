//! End reports that the platform has not acknowledged: repeated after 10 to 11 s, three times in
//! all; then the gateway closes the connection, comes back, and starts over (BKV,
//! docs/protocols/bkv.md, quirk Q3).

use super::socket::Place;
use super::{Networked, Timer, frames};
use crate::pile::Core;
use crate::pile::bay::{Ending, Plan};
use crate::pile::setup::{EndAnswer, Profile};
use ::pile::Moment;
use ::pile::{Event, Session, Step};
use std::time::Duration;

/// Between two repeats.
const REPEAT_MS: (u32, u32) = (10_000, 11_000);
/// So often in one connection.
const ATTEMPTS: u32 = 3;
/// From the last attempt to the close.
const GIVE_UP: Duration = Duration::from_secs(17);
/// Reports kept at most; the oldest is given up beyond that.
const ENDS_MAX: usize = 256;

/// One report.
#[derive(Clone, Debug)]
pub(super) struct Unacknowledged {
    pub(super) place: Place,
    pub(super) ending: Ending,
    /// Times sent over the present connection.
    sent: u32,
    attempts: u32,
}

/// Which form the report has, and therefore its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// 02.
    Plain,
    /// 18.
    Tiers,
    /// 0C.
    Card,
    /// 1004.
    Fees,
}

impl Form {
    pub(super) fn of(ending: &Ending) -> Self {
        match (&ending.card, &ending.plan) {
            (Some(_), _) => Self::Card,
            (None, Plan::Tiers(..)) => Self::Tiers,
            (None, Plan::Fees(..)) => Self::Fees,
            (None, Plan::Time | Plan::Energy) => Self::Plain,
        }
    }

    /// Sub-command of the report.
    fn sub_command(self) -> u8 {
        match self {
            Self::Plain => 0x02,
            Self::Tiers => 0x18,
            Self::Card => 0x0C,
            Self::Fees => 0,
        }
    }

    /// Whether this sub-command, from the platform, acknowledges the report.
    fn is_answered_by(self, sub_command: u8, accepted: EndAnswer) -> bool {
        match self {
            Self::Card => sub_command == 0x0C,
            Self::Fees => false,
            Self::Plain | Self::Tiers => match accepted {
                EndAnswer::Both => sub_command == 0x0C || sub_command == self.sub_command(),
                EndAnswer::Only0c => sub_command == 0x0C,
                EndAnswer::OnlyEcho => sub_command == self.sub_command(),
            },
        }
    }
}

impl Networked {
    /// Keeps an end report and sends it, if no other of its socket is under way.
    pub(super) fn report_end(
        &mut self,
        core: &mut Core,
        at: Moment,
        place: Place,
        ending: Ending,
        out: &mut Vec<Step>,
    ) {
        if self.ends.len() == ENDS_MAX {
            self.ends.remove(0);
        }
        self.ends.push(Unacknowledged {
            place,
            ending,
            sent: 0,
            attempts: 0,
        });
        self.send_ends(core, at, out);
    }

    /// A new connection starts the count anew.
    pub(super) fn restart_ends(&mut self) {
        for end in &mut self.ends {
            end.sent = 0;
        }
        self.agenda
            .retain(|timer| !matches!(timer, Timer::EndsAgain | Timer::GiveUp));
    }

    /// Sends what has not been sent over this connection: one report per socket, because the
    /// acknowledgement names only the socket.
    pub(super) fn send_ends(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        if !(core.is_up() && self.greeted) {
            return;
        }
        let mut busy: Vec<usize> = Vec::new();
        for position in 0..self.ends.len() {
            let socket = self.ends[position].place.socket;
            if busy.contains(&socket) {
                continue;
            }
            busy.push(socket);
            if self.ends[position].sent == 0 {
                self.send_end(core, at, position, out);
            }
        }
        if !busy.is_empty() && !self.agenda.has(|timer| *timer == Timer::EndsAgain) {
            self.plan_repeat(core, at);
        }
    }

    /// Ten seconds have passed without an acknowledgement.
    pub(super) fn repeat_ends(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        let mut exhausted = false;
        for position in 0..self.ends.len() {
            match self.ends[position].sent {
                0 => {}
                sent if sent < ATTEMPTS => self.send_end(core, at, position, out),
                _ => exhausted = true,
            }
        }
        let last = self.ends.iter().any(|end| end.sent == ATTEMPTS);
        if last && !exhausted && !self.agenda.has(|timer| *timer == Timer::GiveUp) {
            let close = at.t + core.clock.patience(GIVE_UP);
            self.agenda.set(close, Timer::GiveUp);
        }
        self.send_ends(core, at, out);
        if self
            .ends
            .iter()
            .any(|end| (1..ATTEMPTS).contains(&end.sent))
        {
            self.plan_repeat(core, at);
        }
    }

    fn plan_repeat(&mut self, core: &mut Core, at: Moment) {
        let wait = core.chance.millis(REPEAT_MS.0, REPEAT_MS.1);
        let again = at.t + core.clock.patience(wait);
        self.agenda.set(again, Timer::EndsAgain);
    }

    fn send_end(&mut self, core: &mut Core, at: Moment, position: usize, out: &mut Vec<Step>) {
        let end = &mut self.ends[position];
        end.sent += 1;
        end.attempts += 1;
        let Unacknowledged {
            place,
            mut ending,
            attempts,
            ..
        } = end.clone();
        // Captured: the live values go on changing between two repeats.
        if core.setup.profile == Profile::EndRepeat && attempts > 1 {
            let wobble = u16::try_from(core.chance.below(20)).unwrap_or(0);
            ending.power_dw = ending.power_dw.saturating_add(wobble);
            ending.current_ma = ending.current_ma.saturating_add(wobble * 4);
        }
        self.say_end(core, at, place, &ending, attempts, out);
    }

    /// Builds and sends one end report.
    pub(super) fn say_end(
        &mut self,
        core: &mut Core,
        at: Moment,
        place: Place,
        ending: &Ending,
        attempt: u32,
        out: &mut Vec<Step>,
    ) {
        let socket = &self.sockets[place.socket];
        core.say(frames::end(self.gateway, socket, place.hole, ending), out);
        let reported = Event::EndReported {
            port: socket.port_no(place.socket, place.hole),
            session: Session::Business(ending.business),
            attempt,
        };
        core.note(at, reported, out);
    }

    /// An acknowledgement by sub-command for this socket number.
    pub(super) fn end_noted(
        &mut self,
        core: &mut Core,
        at: Moment,
        sub_command: u8,
        number: u8,
        out: &mut Vec<Step>,
    ) {
        let accepted = core.setup.end_answer;
        let fits = |end: &Unacknowledged| {
            end.sent > 0
                && self.sockets[end.place.socket].number == Some(number)
                && Form::of(&end.ending).is_answered_by(sub_command, accepted)
        };
        let position = self.ends.iter().position(fits);
        self.acknowledged(core, at, position, out);
    }

    /// An acknowledgement of 1004, which names the hole.
    pub(super) fn fees_end_noted(
        &mut self,
        core: &mut Core,
        at: Moment,
        place: Option<Place>,
        out: &mut Vec<Step>,
    ) {
        let fits = |end: &Unacknowledged| {
            end.sent > 0 && Form::of(&end.ending) == Form::Fees && Some(end.place) == place
        };
        let position = self.ends.iter().position(fits);
        self.acknowledged(core, at, position, out);
    }

    fn acknowledged(
        &mut self,
        core: &mut Core,
        at: Moment,
        position: Option<usize>,
        out: &mut Vec<Step>,
    ) {
        let Some(position) = position else {
            return;
        };
        let end = self.ends.remove(position);
        let acknowledged = Event::EndAcknowledged {
            port: self.sockets[end.place.socket].port_no(end.place.socket, end.place.hole),
            session: Session::Business(end.ending.business),
        };
        core.note(at, acknowledged, out);
        if !self.ends.iter().any(|end| end.sent >= ATTEMPTS) {
            self.agenda.cancel(&Timer::GiveUp);
        }
        if self.ends.is_empty() {
            self.agenda.cancel(&Timer::EndsAgain);
        }
        self.send_ends(core, at, out);
    }
}
