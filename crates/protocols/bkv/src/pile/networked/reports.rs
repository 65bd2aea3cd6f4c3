//! What a networked gateway says by itself.

use super::socket::Place;
use super::{CARD_WAIT, Networked, Timer, frames};
use crate::pile::Core;
use crate::pile::setup::Profile;
use ::pile::Moment;
use ::pile::Step;

/// Signal strength of the gateway, 0 to 31.
const SIGNAL: u8 = 17;

/// Seen 0.4 s after the first heartbeat of a reconnect; probably "link restored".
const EVENT_LINK_RESTORED: u16 = 0x3111;

impl Networked {
    pub(super) fn say_heartbeat(&mut self, core: &mut Core, out: &mut Vec<Step>) {
        let frame = frames::heartbeat(self.gateway, &core.setup, SIGNAL);
        core.say(frame, out);
    }

    /// The status of a socket: 1017, or 1C from old firmware.
    pub(super) fn report(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        if self.mute || self.sockets[index].number.is_none() {
            return;
        }
        if !(core.is_up() && self.greeted) {
            if !self.unreported.contains(&index) {
                self.unreported.push(index);
            }
            return;
        }
        if core.setup.profile == Profile::Legacy1c {
            self.say_status_1c(core, at, index, 0, out);
        } else {
            self.say_status_1017(core, at, index, out);
        }
    }

    pub(super) fn say_status_1017(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        out: &mut Vec<Step>,
    ) {
        self.read_meters(at, index);
        let stale = self.sockets[index].stale.take();
        let frame = frames::status_1017(self.gateway, &self.sockets[index], stale);
        core.say(frame, out);
    }

    pub(super) fn say_status_1c(
        &mut self,
        core: &mut Core,
        at: Moment,
        index: usize,
        sequence: u32,
        out: &mut Vec<Step>,
    ) {
        self.read_meters(at, index);
        let frame = frames::status_1c(self.gateway, &self.sockets[index], sequence);
        core.say(frame, out);
    }

    fn read_meters(&mut self, at: Moment, index: usize) {
        for hole in &mut self.sockets[index].holes {
            hole.bay.count(at.t, super::minute_of_day(at));
        }
    }

    pub(super) fn say_reconnect(&mut self, core: &mut Core, at: Moment, out: &mut Vec<Step>) {
        if let Some(number) = self.sockets.iter().find_map(|socket| socket.number) {
            let frame = frames::event(self.gateway, number, at.civil, EVENT_LINK_RESTORED);
            core.say(frame, out);
        }
    }

    pub(super) fn say_exception(
        &mut self,
        core: &mut Core,
        place: Place,
        reason: u8,
        out: &mut Vec<Step>,
    ) {
        let socket = &self.sockets[place.socket];
        if socket.online && !self.mute {
            core.say(
                frames::exception(self.gateway, socket, place.hole, reason),
                out,
            );
        }
    }

    /// A card is shown: the socket proposes a business number and waits for the platform.
    pub(super) fn swipe(
        &mut self,
        core: &mut Core,
        at: Moment,
        place: Place,
        card: [u8; 6],
        out: &mut Vec<Step>,
    ) {
        let socket = &mut self.sockets[place.socket];
        let Some(number) = socket.number.filter(|_| socket.online) else {
            return;
        };
        if socket.holes[place.hole].bay.charge.is_some() {
            return;
        }
        let business = socket.business();
        socket.holes[place.hole].card = Some((card, business));
        core.say(
            frames::swipe(self.gateway, number, place.hole, business, card),
            out,
        );
        let over = at.t + core.clock.patience(CARD_WAIT);
        self.agenda.set(over, Timer::CardOver(place));
    }

    pub(super) fn say_balance_request(
        &mut self,
        core: &mut Core,
        place: Place,
        card: [u8; 6],
        out: &mut Vec<Step>,
    ) {
        if let Some(number) = self.sockets[place.socket].number {
            core.say(
                frames::ask_balance(self.gateway, number, place.hole, card),
                out,
            );
        }
    }

    /// A status report whose elements overrun their parent, in a sound frame.
    pub(super) fn say_nonsense(&mut self, core: &mut Core, out: &mut Vec<Step>) {
        core.say(frames::nonsense(self.gateway), out);
    }

    pub(super) fn say_wrong_checksum(&mut self, core: &mut Core, out: &mut Vec<Step>) {
        let mut frame = frames::heartbeat(self.gateway, &core.setup, SIGNAL);
        frames::break_checksum(&mut frame);
        core.say(frame, out);
    }
}
