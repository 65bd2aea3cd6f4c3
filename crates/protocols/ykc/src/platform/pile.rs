//! One pile that is ours: what is remembered of it, its events, its frames.

use super::leftover::Leftover;
use super::outbox::Outbox;
use super::receipts::{Receipts, Reply, Request};
use super::traffic::Traffic;
use crate::codes::{FrameType, GunState};
use crate::frame::{CrcOrder, Frame, Sequence};
use crate::message::{Body, Message, Realtime};
use crate::secrets::loggable_bytes;
use crate::traits;
use crate::value::{Gun, Ident, ParallelNo, PileCode, TransactionNo};
use device::{
    AlarmReport, ChargeKey, Direction, Envelope, Event, Fault, FrameNote, Item, Output, Profile,
    Registration,
};
use kernel::{PhyId, PortNo, Timestamp};
use litemap::LiteMap;
use std::collections::VecDeque;

/// Highest gun number that is believed.
pub(super) const GUN_MAX: u8 = 0x20;
/// Ended transactions that are remembered, so that stored data of theirs changes nothing.
const ENDED_MAX: usize = 32;

pub(super) struct Pile {
    pub(super) code: PileCode,
    pub(super) phy: PhyId,
    pub(super) profile: Profile,
    pub(super) outbox: Outbox,
    pub(super) receipts: Receipts,
    pub(super) traffic: Traffic,
    /// Number of guns of the login; 0 until then, and for piles that do not say.
    pub(super) gun_count: u8,
    /// When it logged in on this connection, the last time.
    pub(super) logged_in: Option<Timestamp>,
    /// Logins since then, without anything between.
    pub(super) logins: u32,
    pub(super) guns: LiteMap<u8, GunMemory>,
    /// Cards and vehicles that were accepted, for a request that comes again.
    pub(super) accepted: Vec<(Request, Body)>,
    /// When the clock is to be set next.
    pub(super) sync_at: Option<Timestamp>,
    pub(super) introduced: Option<Registration>,
    version_doubted: bool,
    ended: VecDeque<TransactionNo>,
    sequence: u16,
    heard_order: CrcOrder,
}

/// What is remembered of a gun.
#[derive(Clone, Debug)]
pub(super) struct GunMemory {
    /// Its last real-time data, or when it was asked for them.
    pub(super) news_at: Timestamp,
    pub(super) knowledge: Knowledge,
    pub(super) state: GunState,
    pub(super) transaction: TransactionNo,
    /// Fault bits of which an alarm has been raised.
    pub(super) alarms: Option<u16>,
    /// Faults that battery or charger named in the last session.
    pub(super) session_faults: Vec<Fault>,
    /// A session that has been allowed and has not begun.
    pub(super) starting: Option<Starting>,
    /// The parallel charge that its session is part of.
    pub(super) parallel: Option<(ParallelNo, TransactionNo)>,
    /// The last transaction that was seen charging.
    pub(super) session: TransactionNo,
    /// What it said of a session whose record had come.
    pub(super) leftover: Option<Box<Leftover>>,
    /// It was asked what its heartbeat meant by "fault".
    pub(super) health_asked: bool,
}

/// What this connection has told of a gun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// Nothing: a session may have outlived the last connection.
    Nothing,
    /// It has been asked.
    Asked,
    /// Its data, or its silence when it was asked.
    Enough,
}

/// A session that has been allowed and has not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Starting {
    pub(super) serial: TransactionNo,
    /// When it was allowed.
    pub(super) since: Timestamp,
}

impl GunMemory {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            news_at: now,
            knowledge: Knowledge::Nothing,
            state: GunState::Idle,
            transaction: TransactionNo::default(),
            alarms: None,
            session_faults: Vec::new(),
            starting: None,
            parallel: None,
            session: TransactionNo::default(),
            leftover: None,
            health_asked: false,
        }
    }

    /// Whether data of a session that is over only repeat the past.
    pub(super) fn is_past(&mut self, data: &Realtime, now: Timestamp) -> bool {
        match &self.leftover {
            Some(first) if first.is_about(data) => !first.is_outgrown(data, now),
            _ => {
                self.leftover = Some(Box::new(Leftover::of(data, now)));
                true
            }
        }
    }

    /// Whether it is known to be in that session.
    pub(super) fn runs(&self, serial: TransactionNo) -> bool {
        self.state == GunState::Charging && self.transaction == serial
    }
}

impl Pile {
    /// `place` tells it from the other piles of the connection.
    pub(super) fn new(code: PileCode, phy: PhyId, profile: Profile, place: u64) -> Self {
        Self {
            code,
            phy,
            profile,
            outbox: Outbox::default(),
            receipts: Receipts::of_place(place),
            traffic: Traffic::default(),
            gun_count: 0,
            logged_in: None,
            logins: 0,
            guns: LiteMap::new(),
            accepted: Vec::new(),
            sync_at: None,
            introduced: None,
            version_doubted: false,
            ended: VecDeque::new(),
            sequence: 0,
            heard_order: CrcOrder::default(),
        }
    }

    /// One good frame of this pile, which is logged in.
    pub(super) fn hear(
        &mut self,
        frame: &Frame<'_>,
        message: Message,
        now: Timestamp,
        out: &mut Output,
    ) {
        self.heard_order = frame.order;
        // The pile goes on after its login: it has understood the answer.
        if frame.kind != FrameType::Login {
            self.logins = 0;
        }
        self.doubt_version(&message, now, out);
        match message.body {
            Body::Login(login) => self.login(&login, frame, now, out),
            Body::Heartbeat(beat) => self.heartbeat(&beat, frame.sequence, now, out),
            Body::ModelCheck(check) => self.model_check(&check, frame, now, out),
            Body::ModelRequest(_) => self.model_request(frame, now, out),
            Body::Realtime(data) => self.realtime(&data, now, out),
            Body::BmsHandshake(message) => self.handshake(&message, now, out),
            Body::BmsParameters(message) => self.parameters(&message, now, out),
            Body::BmsEnd(message) => self.battery_end(&message, now, out),
            Body::BmsError(message) => self.bms_error(&message, now, out),
            Body::BmsAbort(message) => self.bms_abort(&message, now, out),
            Body::ChargerAbort(message) => self.charger_abort(&message, now, out),
            Body::BmsDemand(message) => self.demand(&message, now, out),
            Body::BmsInfo(message) => self.battery_info(&message, now, out),
            Body::StartRequest(request) => self.start_request(request, None, frame, now, out),
            Body::ParallelRequest(asked) => {
                self.start_request(asked.request, Some(asked.parallel_no), frame, now, out);
            }
            Body::RemoteStartResult(answer) => self.start_answer(&answer, now, out),
            Body::ParallelResult(answer) => self.start_answer(&answer.result, now, out),
            Body::RemoteStopResult(answer) => self.stop_answer(&answer, now, out),
            Body::Record(record) => self.record(&record, frame, now, out),
            Body::OddRecord(record) => self.odd_record(&record, frame, now, out),
            Body::LockData(data) => self.ground_lock(&data, now, out),
            answer => self.answer(answer, now, out),
        }
        self.pump(now, out);
    }

    /// A table of V1.7 that no other source supports has a gun number in the check of the billing
    /// model. A pile that really sends one proves that table right: somebody has to know.
    fn doubt_version(&mut self, message: &Message, now: Timestamp, out: &mut Output) {
        let odd = matches!(message.body, Body::ModelCheck(_)) && message.trailing.len() == 1;
        if odd && !self.version_doubted {
            self.version_doubted = true;
            let values = vec![("check_with_gun_number", 1)];
            self.frame_alarm(FrameType::ModelCheck, true, values, now, out);
        }
    }

    /// The port of a gun; none for numbers that are not believed, and for guns beyond those that
    /// the pile said it has: nothing is made of them.
    pub(super) fn port_of(&self, gun: u8) -> Option<PortNo> {
        let has = self.gun_count == 0 || gun <= self.gun_count;
        ((1..=GUN_MAX).contains(&gun) && has).then_some(PortNo(u16::from(gun)))
    }

    /// The port of a gun whose session is told of: the pile's own count is not held against a
    /// charge.
    pub(super) fn any_port(gun: Gun) -> Option<PortNo> {
        let gun = gun.number();
        (1..=GUN_MAX)
            .contains(&gun)
            .then_some(PortNo(u16::from(gun)))
    }

    /// What is remembered of a gun.
    pub(super) fn gun(&mut self, gun: u8, now: Timestamp) -> &mut GunMemory {
        // Bounded, because callers have asked for its port.
        self.guns.entry(gun).or_insert_with(|| GunMemory::new(now))
    }

    /// Whether any gun is in a session, or about to be, or may be in one that nobody knows of yet.
    pub(super) fn is_busy(&self) -> bool {
        let starts = self
            .outbox
            .jobs()
            .any(|job| job.attempts > 0 && job.task.starts().is_some());
        starts || self.guns.values().any(|gun| self.may_charge(gun))
    }

    fn may_charge(&self, gun: &GunMemory) -> bool {
        let serial = gun.transaction;
        let runs = match gun.state {
            GunState::Charging => true,
            // A fault does not end a session; its record does. What was not seen to charge on this
            // connection may be a number that the pile never clears.
            GunState::Fault => {
                !serial.is_zero() && gun.session == serial && !self.has_ended(serial)
            }
            GunState::Offline | GunState::Idle | GunState::Unknown(_) => false,
        };
        runs || gun.starting.is_some() || gun.knowledge != Knowledge::Enough
    }

    /// A transaction is over: stored data of it change nothing any more.
    pub(super) fn mark_ended(&mut self, serial: TransactionNo) {
        if serial.is_zero() || self.ended.contains(&serial) {
            return;
        }
        if self.ended.len() == ENDED_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back(serial);
    }

    pub(super) fn has_ended(&self, serial: TransactionNo) -> bool {
        self.ended.contains(&serial)
    }

    /// Keeps a trait, if it is news.
    pub(super) fn learn(
        &mut self,
        key: &'static str,
        value: &str,
        now: Timestamp,
        out: &mut Output,
    ) {
        if self.profile.learnt.get(key) == Some(value) {
            return;
        }
        self.profile.learnt.insert(key, value);
        let value = value.to_owned();
        self.tell(Event::Learnt { key, value }, now, out);
    }

    /// Hands an event on.
    pub(super) fn tell(&self, event: Event, now: Timestamp, out: &mut Output) {
        out.items.push(Item::Event(self.envelope(event, now)));
    }

    pub(super) fn envelope(&self, event: Event, now: Timestamp) -> Envelope {
        Envelope {
            device: self.phy.clone(),
            at: now,
            device_time: None,
            msg_id: None,
            receipt: None,
            raw: None,
            event,
        }
    }

    /// Hands an event on whose reply waits for the platform.
    pub(super) fn ask(
        &mut self,
        event: Event,
        reply: Reply,
        frame: &Frame<'_>,
        device_time: Option<Timestamp>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let mut envelope = self.envelope(event, now);
        envelope.receipt = Some(self.receipts.issue(frame.sequence, reply));
        envelope.raw = Some(frame.raw.into());
        envelope.msg_id = Some(number_of(frame.sequence));
        envelope.device_time = device_time;
        out.items.push(Item::Event(envelope));
    }

    /// Raises an alarm, or ends one.
    pub(super) fn alarm(
        &self,
        port: Option<PortNo>,
        (fault, code): (Option<Fault>, u32),
        active: bool,
        values: Vec<(&'static str, i64)>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let report = AlarmReport {
            port,
            fault,
            code,
            active,
            values,
        };
        self.tell(Event::Alarm(report), now, out);
    }

    /// Writes an answer: with the sequence of what it answers.
    pub(super) fn reply(&self, body: Body, sequence: Sequence, out: &mut Output) {
        let order = traits::crc_order(&self.profile, self.heard_order);
        write(&self.phy, body, sequence, order, out);
    }

    /// Writes something of our own accord: with the next number, which is returned.
    pub(super) fn say(&mut self, body: Body, out: &mut Output) -> u32 {
        let sequence = self.sequence.to_le_bytes();
        self.sequence = self.sequence.wrapping_add(1);
        self.reply(body, sequence, out);
        number_of(sequence)
    }
}

/// Bytes of a frame around its body.
const FRAME_OVERHEAD: usize = 8;

/// Writes a frame and notes it for the log.
pub(super) fn write(
    device: &PhyId,
    body: Body,
    sequence: Sequence,
    order: CrcOrder,
    out: &mut Output,
) {
    let begin = out.wire.len();
    let message = Message::from(body);
    message
        .seal(sequence, order, &mut out.wire)
        .expect("what the platform says is shorter than a frame");
    let raw = out.wire.get(begin..).unwrap_or_default();
    let kind = message.body.frame_type();
    out.items.push(Item::Frame(FrameNote {
        direction: Direction::Down,
        device: device.clone(),
        cmd: u16::from(u8::from(kind)),
        kind: kind.kind(),
        msg_id: Some(number_of(sequence)),
        data_len: raw.len().saturating_sub(FRAME_OVERHEAD),
        raw: loggable_bytes(kind, raw).into(),
    }));
}

/// How a transaction is called in events.
pub(super) fn key_of(serial: TransactionNo) -> ChargeKey {
    ChargeKey::Serial(serial.to_string())
}

/// A sequence as a number for logs.
pub(super) fn number_of(sequence: Sequence) -> u32 {
    u32::from(u16::from_le_bytes(sequence))
}

/// The pile that a frame names, read before the rest of it: by its place in the body.
pub(super) fn pile_of(kind: FrameType, body: &[u8]) -> Option<PileCode> {
    let begin = match kind {
        FrameType::Realtime
        | FrameType::BmsHandshake
        | FrameType::BmsParameters
        | FrameType::BmsEnd
        | FrameType::BmsError
        | FrameType::BmsAbort
        | FrameType::ChargerAbort
        | FrameType::BmsDemand
        | FrameType::BmsInfo
        | FrameType::RemoteStartResult
        | FrameType::ParallelResult
        | FrameType::Record
        | FrameType::Record17 => size_of::<TransactionNo>(),
        _ => 0,
    };
    let digits = body.get(begin..)?.first_chunk()?;
    Some(Ident(*digits))
}
