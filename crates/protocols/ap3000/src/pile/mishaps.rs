//! Plugs, hands, and what goes wrong.

use super::setup::Profile;
use super::site::Site;
use crate::codes::{SocketState, StopReason};
use ::pile::{Core, Moment, Step};
use std::time::Duration;

/// How long a connection that is lost during a charge stays away.
const MISHAP_LASTS: Duration = Duration::from_mins(4);
/// Fault actions: behind this a stop reason, behind the other an alarm type.
const END_WITH: u64 = 0x100;
const ALARM: u64 = 0x200;

impl Site {
    pub(super) fn plug(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        socket: usize,
        out: &mut Vec<Step>,
    ) {
        let place = &mut self.units[unit].sockets[socket];
        if place.outlet.plugged {
            return;
        }
        place.plug(at.t);
        let waits = place.charge.as_ref().is_some_and(|charge| charge.waits);
        if waits {
            self.begin(core, at, unit, socket, out);
        } else {
            self.look(core, at, unit, socket, out);
        }
        self.show_change(at, unit);
    }

    pub(super) fn unplug(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        socket: usize,
        out: &mut Vec<Step>,
    ) {
        self.units[unit].sockets[socket].unplug(at.t);
        self.release(at, unit, socket);
        self.look(core, at, unit, socket, out);
        self.show_change(at, unit);
    }

    pub(super) fn end_by_hand(
        &mut self,
        core: &mut Core,
        at: Moment,
        place: (usize, usize),
        quietly: bool,
        out: &mut Vec<Step>,
    ) {
        if quietly {
            self.open(core, at, place, StopReason::External, out);
        } else {
            self.end(core, at, place, StopReason::External, out);
        }
    }

    pub(super) fn mishap(
        &mut self,
        core: &mut Core,
        at: Moment,
        place: (usize, usize),
        out: &mut Vec<Step>,
    ) {
        if self.is(Profile::Fault) {
            self.end(core, at, place, StopReason::OverCurrent, out);
        } else {
            core.vanish(at, MISHAP_LASTS, out);
        }
    }

    /// A fault action: a socket state as the heartbeats number them; 0x100 and a stop reason
    /// ends the charge with it; 0x200 and an alarm type raises that alarm.
    pub(super) fn trouble(
        &mut self,
        core: &mut Core,
        at: Moment,
        (unit, socket): (usize, usize),
        bits: u64,
        out: &mut Vec<Step>,
    ) {
        let [low, ..] = bits.to_le_bytes();
        if bits >= ALARM {
            let port = u8::try_from(socket).unwrap_or(0);
            self.say(core, at, unit, (0x42, &[low, port, 0]), out);
        } else if bits >= END_WITH {
            self.end(core, at, (unit, socket), low.into(), out);
        } else if let Some(state) = fault_state(low) {
            self.units[unit].sockets[socket].fault = Some(state);
            let reason = match state {
                SocketState::MemoryDamaged => Some(StopReason::MemoryError),
                SocketState::BadContact => Some(StopReason::NoPower),
                SocketState::PrecheckRelay => Some(StopReason::PrecheckRelay),
                SocketState::PrecheckShort => Some(StopReason::OverCurrent),
                _ => None,
            };
            if let Some(reason) = reason {
                self.end(core, at, (unit, socket), reason, out);
            }
            self.show_change(at, unit);
        }
    }
}

/// States that a fault action can set.
fn fault_state(code: u8) -> Option<SocketState> {
    let state = SocketState::from(code);
    let fault = state.fault().or_else(|| state.side_fault());
    fault.map(|_| state)
}
