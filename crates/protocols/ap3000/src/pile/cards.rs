//! Cards: asked for while the platform hears, allowed by the device while it does not.

use super::frames::Data;
use super::presence::RETRY;
use super::setup::Profile;
use super::site::Site;
use super::socket::Terms;
use super::timer::Timer;
use super::unit::Pending;
use crate::codes::{StartType, StopReason};
use ::pile::{Core, Event, Moment, Step};
use kernel::{PortNo, Timestamp};

/// Only the balance is asked for.
const BALANCE: u8 = 0xFF;
/// Length of an answer.
const REPLY: usize = 11;
/// A swipe is said once more when it is not answered.
const TRIES: u8 = 2;
/// Device-made order numbers count their socket from here (vendor document V8.6, order number).
const OFFLINE_SOCKET: u32 = 30;

impl Site {
    pub(super) fn swipe(
        &mut self,
        core: &mut Core,
        at: Moment,
        (unit, socket): (usize, usize),
        card: [u8; 4],
        out: &mut Vec<Step>,
    ) {
        let device = &self.units[unit];
        let place = &device.sockets[socket];
        let own = place.charge.is_some() && place.card == Some(card);
        if own && self.is(Profile::CardStop) {
            self.end(core, at, (unit, socket), StopReason::CardSwiped, out);
        } else if device.is_on_its_own() {
            self.start_by_card(core, at, (unit, socket), card, out);
        } else {
            self.ask_card(core, at, (unit, socket), card, out);
        }
    }

    pub(super) fn ask_balance(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        card: [u8; 4],
        out: &mut Vec<Step>,
    ) {
        self.ask_card(core, at, (unit, usize::from(BALANCE)), card, out);
    }

    fn ask_card(
        &mut self,
        core: &mut Core,
        at: Moment,
        (unit, socket): (usize, usize),
        card: [u8; 4],
        out: &mut Vec<Step>,
    ) {
        let clock = self.clock(at, unit);
        let mut data = Data::default()
            .bytes(&card)
            .u8(0)
            .u8(u8::try_from(socket).unwrap_or(BALANCE))
            .u16(0)
            .u32(clock)
            .u8(0)
            .0;
        if self.is(Profile::Old) {
            data.truncate(8);
        }
        let msg = self.say(core, at, unit, (0x02, &data), out);
        let pending = Pending {
            msg,
            tries: 1,
            data,
        };
        self.units[unit].now.card = Some((socket, pending));
        let wait = core.clock.patience(RETRY);
        self.agenda.set(at.t + wait, Timer::CardAgain(unit));
    }

    pub(super) fn card_again(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        out: &mut Vec<Step>,
    ) {
        let Some((_, pending)) = &mut self.units[unit].now.card else {
            return;
        };
        if pending.tries == TRIES {
            self.units[unit].now.card = None;
            return;
        }
        pending.tries += 1;
        let (msg, data) = (pending.msg, pending.data.clone());
        self.say_as(core, at, unit, (0x02, msg, &data), out);
        let wait = core.clock.patience(RETRY);
        self.agenda.set(at.t + wait, Timer::CardAgain(unit));
    }

    /// The answer to 0x02; the device speaks it. A charge begins by 0x82 only.
    pub(super) fn card_answered(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        (msg, data): (u16, &[u8]),
        out: &mut Vec<Step>,
    ) {
        let asked = self.units[unit]
            .now
            .card
            .take_if(|(_, pending)| pending.msg == msg);
        let (Some((socket, pending)), true) = (asked, data.len() >= REPLY) else {
            return;
        };
        let card = data.first_chunk::<4>().copied().unwrap_or_default();
        let state = data.get(4).copied().unwrap_or_default();
        let balance = data.get(6..).and_then(<[u8]>::first_chunk::<4>);
        if !pending.data.starts_with(&card) {
            return;
        }
        self.agenda.cancel(&Timer::CardAgain(unit));
        if let (0, Some(place)) = (state, self.units[unit].sockets.get_mut(socket)) {
            place.card = Some(card);
        }
        let asked_balance = socket == usize::from(BALANCE);
        let event = Event::CardAnswered {
            port: if asked_balance {
                PortNo(BALANCE.into())
            } else {
                self.port_no(unit, socket)
            },
            result: state.into(),
            balance_fen: balance.map(|fen| u32::from_le_bytes(*fen)),
        };
        core.note(at, event, out);
    }

    /// The device is on its own: a card that it can read charges until full.
    fn start_by_card(
        &mut self,
        core: &mut Core,
        at: Moment,
        (unit, socket): (usize, usize),
        card: [u8; 4],
        out: &mut Vec<Step>,
    ) {
        let device = &self.units[unit];
        let place = &device.sockets[socket];
        if place.charge.is_some() || place.fault.is_some() || !place.outlet.plugged {
            return;
        }
        let clock = Timestamp(i64::from(self.clock(at, unit)) * 1000);
        let order = offline_order(clock, card, device.number, socket);
        let kind = u8::from(StartType::OfflineCard);
        self.take(
            core,
            at,
            (unit, socket),
            (order, kind, card),
            Terms::offline(),
            out,
        );
    }
}

/// Date and time, card, device number and socket, BCD but for the card.
fn offline_order(clock: Timestamp, card: [u8; 4], number: u32, socket: usize) -> [u8; 16] {
    let [year, month, day, hour, minute, second] = clock.shanghai().map(u32::from);
    let socket = u32::try_from(socket + 1).unwrap_or(0) + OFFLINE_SOCKET;
    let digits = number & 0x00FF_FFFF;
    let two = |value: u32| u8::try_from(value % 100 / 10 * 16 + value % 10).unwrap_or(0);
    let [a, b, c, d] = card;
    [
        two(year / 100),
        two(year),
        two(month),
        two(day),
        two(hour),
        two(minute),
        two(second),
        a,
        b,
        c,
        d,
        two(digits / 1_000_000),
        two(digits / 10_000),
        two(digits / 100),
        two(digits),
        two(socket),
    ]
}

#[cfg(test)]
mod tests {
    use super::offline_order;
    use kernel::Timestamp;

    #[test]
    fn the_number_is_that_of_the_vector_file() {
        // 2025-10-20 14:30:05 in Shanghai.
        let clock = Timestamp(1_760_941_805_000);
        let order = offline_order(clock, [0x7A, 0x8D, 0x05, 0xDD], 0x04CE_AA40, 0);
        assert_eq!(hex::encode(order), "202510201430057a8d05dd1354400031");
    }
}
