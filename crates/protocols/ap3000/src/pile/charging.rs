//! Starts, stops, progress and ends.

use super::frames::{Ask, Data, settlement};
use super::presence::{VOLTAGE_DV, wide};
use super::record::Record;
use super::setup::Profile;
use super::site::{Site, order_text, session};
use super::socket::{Terms, narrow};
use super::timer::Timer;
use crate::codes::{Executed, ModifyAnswer, SocketState, StartAnswer, StartType, StopReason};
use ::pile::{Core, Event, Moment, Step};
use std::time::Duration;

/// The first power heartbeat comes so soon (public log); the others in the documented period.
const FIRST_POWER: Duration = Duration::from_secs(15);
const POWER_EVERY: Duration = Duration::from_mins(5);
/// What the misbehaving profiles do to a charge comes after so long.
const MISHAP_AFTER: Duration = Duration::from_mins(1);
/// A cabinet keeps a place for a full battery so long before it settles.
const OCCUPIED_MAX: Duration = Duration::from_mins(30);
/// Smart port: the device chooses.
const SMART: u8 = 0xFF;

/// What a device says to 0x82.
struct Reply {
    answer: StartAnswer,
    order: [u8; 16],
    port: u8,
    pending: u16,
}

impl Site {
    /// 0x82. What is missing in it counts as zero.
    pub(super) fn charge(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        (msg, data): (u16, &[u8]),
        out: &mut Vec<Step>,
    ) {
        let ask = Ask::read(data);
        let mut reply = if ask.start {
            self.start(core, at, unit, &ask, out)
        } else {
            self.stop(core, at, unit, &ask, out)
        };
        if ask.start && self.is(Profile::Unclear) {
            reply.answer = StartAnswer::NoResponse;
        }
        let mut words = Data::default()
            .u8(reply.answer.into())
            .bytes(&reply.order)
            .u8(reply.port)
            .u16(reply.pending)
            .0;
        if self.is(Profile::Old) {
            words.truncate(1);
        }
        self.answer(core, at, unit, (0x82, msg, &words));
    }

    fn start(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        ask: &Ask,
        out: &mut Vec<Step>,
    ) -> Reply {
        let (answer, socket) = self.judge(core, unit, ask);
        let executed = answer.executed() == Executed::Yes;
        let port = socket.map_or(ask.port, |socket| u8::try_from(socket).unwrap_or(SMART));
        let running = socket.and_then(|socket| self.units[unit].sockets[socket].charge.as_ref());
        let mut reply = Reply {
            answer,
            order: running.map_or(ask.order, |charge| charge.order),
            port,
            pending: 0,
        };
        if answer == StartAnswer::SeveralWaiting {
            reply.pending = self.units[unit].waiting();
        }
        let event = Event::StartReceived {
            port: self.port_no(unit, socket.unwrap_or(usize::from(ask.port))),
            order: Some(order_text(&ask.order)),
            accepted: executed,
        };
        core.note(at, event, out);
        if let (true, Some(socket)) = (executed, socket) {
            let kind = u8::from(StartType::Online);
            self.take(
                core,
                at,
                (unit, socket),
                (ask.order, kind, [0; 4]),
                Terms::of(ask),
                out,
            );
        }
        reply
    }

    /// Whether a start is carried out, and where (docs/protocols/ap3000.md, "Answers to 0x82").
    fn judge(&self, core: &mut Core, unit: usize, ask: &Ask) -> (StartAnswer, Option<usize>) {
        let device = &self.units[unit];
        let socket = if ask.port == SMART {
            let waiting = device.waiting();
            match waiting.count_ones() {
                0 => return (StartAnswer::NoCharger, None),
                1 => usize::try_from(waiting.trailing_zeros()).unwrap_or(0),
                _ => return (StartAnswer::SeveralWaiting, None),
            }
        } else {
            usize::from(ask.port)
        };
        let Some(place) = device.sockets.get(socket) else {
            return (StartAnswer::NoSuchSocket, None);
        };
        let rated = self.setup.rating_dw;
        let wanted = device.power_dw() + place.outlet.load.power_dw;
        let answer = if core.refuses() {
            StartAnswer::PowerExceeded
        } else if place.charge.is_some() {
            StartAnswer::SameState
        } else if !place.outlet.plugged && !self.is(Profile::Cabinet) {
            StartAnswer::NoCharger
        } else if rated.is_some_and(|rated| wanted > rated) {
            StartAnswer::PowerExceeded
        } else {
            match place.fault {
                None | Some(SocketState::ReaderBroken) => StartAnswer::Ok,
                Some(fault) if fault.is_dangerous() => StartAnswer::PrecheckStuck,
                Some(SocketState::PrecheckRelay) => StartAnswer::PrecheckRelay,
                Some(SocketState::MemoryDamaged) => StartAnswer::MemoryDamaged,
                Some(SocketState::PrecheckShort) if ask.short_check => StartAnswer::PrecheckShort,
                Some(_) => StartAnswer::SocketFault,
            }
        };
        (answer, Some(socket))
    }

    /// A charge gets its socket; the relay closes at once, or with the plug in a cabinet.
    pub(super) fn take(
        &mut self,
        core: &mut Core,
        at: Moment,
        (unit, socket): (usize, usize),
        (order, kind, card): ([u8; 16], u8, [u8; 4]),
        terms: Terms,
        out: &mut Vec<Step>,
    ) {
        self.release(at, unit, socket);
        let place = &mut self.units[unit].sockets[socket];
        place.take(at.t, order, kind, card, terms);
        if place.outlet.plugged {
            self.begin(core, at, unit, socket, out);
        } else {
            self.agenda
                .set(at.t + FIRST_POWER, Timer::Power(unit, socket));
            if let Some(user) = self.setup.automatic {
                self.agenda
                    .set(at.t + user.plug_after, Timer::AutoPlug(unit, socket));
            }
        }
    }

    pub(super) fn begin(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        socket: usize,
        out: &mut Vec<Step>,
    ) {
        let port = self.port_no(unit, socket);
        let place = &mut self.units[unit].sockets[socket];
        place.begin(at.t);
        if let Some(charge) = &place.charge {
            let event = Event::Began {
                port,
                session: session(&charge.order),
            };
            core.note(at, event, out);
        }
        self.plan_power(at, unit, socket);
        self.look(core, at, unit, socket, out);
        if matches!(
            self.setup.profile,
            Profile::Fault | Profile::OfflineCharging
        ) {
            self.agenda
                .set(at.t + MISHAP_AFTER, Timer::Mishap(unit, socket));
        }
    }

    /// Progress is told soon: by 0x06, or by 0x04 where the device is too old for it.
    pub(super) fn plan_power(&mut self, at: Moment, unit: usize, socket: usize) {
        if self.is(Profile::Old) {
            self.agenda.set(at.t, Timer::ConfirmAgain(unit, socket));
        } else {
            self.agenda
                .set(at.t + FIRST_POWER, Timer::Power(unit, socket));
        }
    }

    /// 0x06.
    pub(super) fn power(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        socket: usize,
        out: &mut Vec<Step>,
    ) {
        let clock = self.clock(at, unit);
        let length = if self.is(Profile::Cabinet) { 47 } else { 45 };
        let device = &mut self.units[unit];
        let temp = device.temp_raw();
        let place = &mut device.sockets[socket];
        place.count(at.t, &device.settings);
        let state = match place.charge.as_ref() {
            None => return,
            Some(charge) if charge.waits => SocketState::Plugged,
            Some(_) if place.state() == SocketState::Floating => SocketState::Floating,
            Some(_) => SocketState::Charging,
        };
        let waits = state == SocketState::Plugged;
        let powers = place.interval(at.t);
        let Some(charge) = &place.charge else {
            return;
        };
        let of_session = |value: u64| if waits { 0 } else { narrow(value) };
        let power = place.outlet.power_dw();
        let mut data = Data::default()
            .u8(u8::try_from(socket).unwrap_or(SMART))
            .u8(state.into())
            .u16(of_session(place.outlet.seconds()))
            .u16(of_session(place.outlet.centi_kwh()))
            .u8(charge.start_type)
            .u16(wide(power))
            .u16(wide(powers.max_dw))
            .u16(wide(powers.min_dw))
            .u16(wide(powers.avg_dw))
            .bytes(&charge.order)
            // 4800 to 0.1 kWh, as far as samples tell.
            .u16(narrow(powers.wh * 24 / 5))
            .u16(of_session(place.outlet.peak_dw().into()))
            .u16(VOLTAGE_DV)
            .u16(narrow(u64::from(power) * 1_000 / u64::from(VOLTAGE_DV)))
            .u8(temp)
            .u8(temp + 2)
            .u32(clock)
            .u16(0)
            .0;
        data.truncate(length);
        self.say(core, at, unit, (0x06, &data), out);
        self.agenda
            .set(at.t + POWER_EVERY, Timer::Power(unit, socket));
    }

    /// 0x04 of old devices, until it is answered or the charge ends.
    pub(super) fn confirm(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        socket: usize,
        out: &mut Vec<Step>,
    ) {
        let place = &mut self.units[unit].sockets[socket];
        place.outlet.count(at.t);
        let Some(charge) = &place.charge else {
            return;
        };
        let data = Data::default()
            .u8(u8::try_from(socket).unwrap_or(SMART))
            .u8(charge.start_type)
            .bytes(&charge.card)
            .u16(narrow(place.outlet.seconds()))
            .bytes(&charge.order)
            .0;
        let msg = self.say(core, at, unit, (0x04, &data), out);
        let confirmations = &mut self.units[unit].now.confirmations;
        confirmations.retain(|(place, _)| *place != socket);
        confirmations.push((socket, msg));
        let seconds = self.units[unit].settings.get("heartbeat_interval_s");
        let again = core.clock.patience(Duration::from_secs(seconds.into()));
        self.agenda
            .set(at.t + again, Timer::ConfirmAgain(unit, socket));
    }

    /// The answer to 0x04.
    pub(super) fn confirmed(&mut self, unit: usize, msg: u16) {
        let confirmations = &mut self.units[unit].now.confirmations;
        let place = confirmations.iter().position(|(_, sent)| *sent == msg);
        if let Some(place) = place {
            let (socket, _) = confirmations.remove(place);
            self.agenda.cancel(&Timer::ConfirmAgain(unit, socket));
        }
    }

    fn stop(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        ask: &Ask,
        out: &mut Vec<Step>,
    ) -> Reply {
        let socket = usize::from(ask.port);
        let refused = core.refuses();
        let place = self.units[unit].sockets.get(socket);
        let running = place.and_then(|place| place.charge.as_ref().map(|charge| charge.order));
        let careless = self.is(Profile::Gullible) || self.is(Profile::Old);
        let obeys = !refused && running.is_some_and(|order| careless || order == ask.order);
        let answer = match (place.is_some(), obeys) {
            (false, _) => StartAnswer::NoSuchSocket,
            (true, true) => StartAnswer::Ok,
            (true, false) => StartAnswer::SameState,
        };
        let event = Event::StopReceived {
            port: self.port_no(unit, socket),
            order: Some(order_text(&ask.order)),
            accepted: obeys,
        };
        core.note(at, event, out);
        if obeys {
            self.end(core, at, (unit, socket), StopReason::Server, out);
        }
        Reply {
            answer,
            order: running.unwrap_or_default(),
            port: ask.port,
            pending: 0,
        }
    }

    /// 0x72 of cabinets.
    pub(super) fn cabinet_stop(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        (msg, data): (u16, &[u8]),
        out: &mut Vec<Step>,
    ) {
        let socket = usize::from(data.first().copied().unwrap_or(SMART));
        let order = data.get(1..).and_then(<[u8]>::first_chunk::<16>).copied();
        let order = order.unwrap_or_default();
        let running = self.units[unit].sockets.get(socket);
        let running = running.and_then(|place| place.charge.as_ref());
        let obeys = running.is_some_and(|charge| charge.order == order) && !core.refuses();
        if obeys {
            self.end(core, at, (unit, socket), StopReason::ServerForced, out);
        }
        let words = Data::default().u8(u8::from(!obeys)).bytes(&order).0;
        self.answer(core, at, unit, (0x72, msg, &words));
    }

    /// 0x8A.
    pub(super) fn modify(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        (msg, data): (u16, &[u8]),
        out: &mut Vec<Step>,
    ) {
        let answer = match data {
            &[mode, port, low, high, ..] => {
                let socket = usize::from(port);
                let device = &mut self.units[unit];
                match device.sockets.get_mut(socket) {
                    Some(place) => {
                        place.count(at.t, &device.settings);
                        let answer = place.modify(mode, u16::from_le_bytes([low, high]));
                        self.look(core, at, unit, socket, out);
                        answer
                    }
                    None => ModifyAnswer::NoSuch,
                }
            }
            _ => ModifyAnswer::NoSuch,
        };
        self.answer(core, at, unit, (0x8A, msg, &[answer.into()]));
    }

    pub(super) fn plan_look(&mut self, at: Moment, unit: usize, socket: usize) {
        let device = &self.units[unit];
        match device.sockets[socket].next(at.t, &device.settings) {
            Some(when) => self.agenda.set(when, Timer::Look(unit, socket)),
            None => self.agenda.cancel(&Timer::Look(unit, socket)),
        }
    }

    /// Looks whether a charge must end.
    pub(super) fn look(
        &mut self,
        core: &mut Core,
        at: Moment,
        unit: usize,
        socket: usize,
        out: &mut Vec<Step>,
    ) {
        let device = &mut self.units[unit];
        let place = &mut device.sockets[socket];
        place.count(at.t, &device.settings);
        match place.check(at.t, &device.settings) {
            Some(reason) => self.end(core, at, (unit, socket), reason, out),
            None => self.plan_look(at, unit, socket),
        }
    }

    /// The relay opens, and the settlement is written down.
    pub(super) fn end(
        &mut self,
        core: &mut Core,
        at: Moment,
        (unit, socket): (usize, usize),
        reason: StopReason,
        out: &mut Vec<Step>,
    ) {
        let Some(record) = self.open(core, at, (unit, socket), reason, out) else {
            return;
        };
        if self.is(Profile::NoEndReport) {
            return;
        }
        if self.is(Profile::Extended) {
            // The settlement by prices of the day, whose layout nobody has published.
            self.say(core, at, unit, (0x23, &settlement(&record, 37)), out);
        }
        let stays = self.units[unit].sockets[socket].outlet.plugged;
        if self.is(Profile::Cabinet) && reason == StopReason::Full && stays {
            self.say(core, at, unit, (0x43, &settlement(&record, 29)), out);
            self.units[unit].sockets[socket].held = Some((record, at.t));
            let longest = core.clock.patience(OCCUPIED_MAX);
            self.agenda
                .set(at.t + longest, Timer::Released(unit, socket));
        } else {
            self.keep_record(at, unit, record);
        }
    }

    /// The relay opens and nobody is told.
    pub(super) fn open(
        &mut self,
        core: &mut Core,
        at: Moment,
        (unit, socket): (usize, usize),
        reason: StopReason,
        out: &mut Vec<Step>,
    ) -> Option<Record> {
        let clock = self.clock(at, unit);
        let device = &mut self.units[unit];
        let place = &mut device.sockets[socket];
        place.count(at.t, &device.settings);
        let port = u8::try_from(socket).unwrap_or(SMART);
        let record = place.end(at.t, port, reason, clock)?;
        let event = Event::Ended {
            port: self.port_no(unit, socket),
            session: session(&record.order),
            reason: record.reason.into(),
            energy_wh: self.units[unit].sockets[socket].outlet.wh(),
            seconds: record.duration_s.into(),
        };
        core.note(at, event, out);
        for timer in [
            Timer::Power(unit, socket),
            Timer::ConfirmAgain(unit, socket),
            Timer::Look(unit, socket),
            Timer::Mishap(unit, socket),
        ] {
            self.agenda.cancel(&timer);
        }
        if let Some(after) = self.setup.automatic.and_then(|user| user.unplug_after) {
            self.agenda
                .set(at.t + after, Timer::AutoUnplug(unit, socket));
        }
        self.show_change(at, unit);
        Some(record)
    }

    /// A cabinet's place is free again: its settlement says how long it was occupied.
    pub(super) fn release(&mut self, at: Moment, unit: usize, socket: usize) {
        let held = self.units[unit].sockets[socket].held.take();
        if let Some((mut record, since)) = held {
            record.occupancy_min = narrow(at.t.since(since).as_secs() / 60);
            self.keep_record(at, unit, record);
            self.agenda.cancel(&Timer::Released(unit, socket));
        }
    }
}
