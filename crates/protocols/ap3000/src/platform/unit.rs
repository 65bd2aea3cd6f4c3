//! One device or host that is ours: what is remembered of it on this connection, and its events.

use super::asking::Asking;
use super::held::held_before;
use super::line::{About, Doings, Reply, Turn};
use super::outbox::Outbox;
use super::starts::Watch;
use super::task::{Job, Task};
use super::words;
use crate::PhysicalId;
use crate::codes::{Cmd, Recognition};
use crate::frame::{Frame, parse};
use crate::message::{Body, Message, OrderKey, decode};
use crate::traits;
use device::{
    AlarmReport, Direction, Envelope, Event, Fault, FrameNote, Item, Output, Profile, Registration,
};
use kernel::{PhyId, Timestamp};
use std::collections::VecDeque;
use std::time::Duration;

/// Pause between a frame to a device and the next command to it.
const PACE: Duration = Duration::from_millis(500);
/// Answers keep a command waiting no longer than this.
const HELD_MAX: Duration = Duration::from_secs(2);
/// The same request within so long is a repetition.
const REPEATED_WITHIN: Duration = Duration::from_mins(1);
/// Requests of a device that are remembered.
const RECENT_MAX: usize = 8;
/// Sockets whose order is remembered.
const RUNNING_MAX: usize = 32;
/// Alarms that are raised once on a connection.
const RAISED_MAX: usize = 32;
/// After an accepted stop the settlement is awaited for so long, then the device is asked.
pub(super) const SETTLEMENT_WAIT: Duration = Duration::from_mins(1);

/// Our own numbers of alarms that no vendor table has.
pub(super) mod alarm {
    /// The device has lost its own id.
    pub(in super::super) const DEFECTIVE_ID: u32 = 3_002_000;
    /// A command whose layout is not published; its number is added.
    pub(in super::super) const UNSUPPORTED: u32 = 3_002_256;
}

/// A request that was heard not long ago.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    cmd: Cmd,
    msg_id: u16,
    data: Box<[u8]>,
    at: Timestamp,
    /// What was answered; nothing as long as the platform has not said.
    answer: Option<Message>,
}

pub(super) struct Unit {
    pub(super) id: PhysicalId,
    pub(super) phy: PhyId,
    pub(super) profile: Profile,
    pub(super) outbox: Outbox,
    pub(super) asking: Asking,
    /// Starts that may have happened.
    pub(super) watches: Vec<Watch>,
    /// Stops that were accepted: order, and when the device is asked about it.
    pub(super) stopping: Vec<(OrderKey, Timestamp)>,
    /// No command before.
    pub(super) quiet_until: Timestamp,
    /// Since when answers have kept a command waiting.
    held_since: Option<Timestamp>,
    number: u16,
    introduced: Registration,
    recent: VecDeque<Recent>,
    /// Sockets as on the wire, and what they run.
    pub(super) running: Vec<(u8, OrderKey)>,
    /// Those of them that are full and wait for their place to be free.
    pub(super) held: Vec<(u8, OrderKey)>,
    /// States as they were last heard.
    pub(super) states: Vec<u8>,
    /// Charges of the device's own that have been told.
    pub(super) began: Vec<OrderKey>,
    /// Old heartbeats on this connection.
    pub(super) legacy_heartbeats: u32,
    pub(super) raised: Vec<(u32, u8)>,
    /// Open doors and running fans of a cabinet.
    pub(super) cabinet: Option<(u32, u32)>,
    pub(super) smoke: bool,
}

impl Unit {
    pub(super) fn new(id: PhysicalId, phy: PhyId, profile: Profile, now: Timestamp) -> Self {
        // Numbers begin where no earlier connection has left unanswered ones.
        let seed = now.0.rem_euclid(i64::from(u16::MAX));
        let held = held_before(&profile);
        Self {
            id,
            phy,
            profile,
            outbox: Outbox::default(),
            asking: Asking::once_silent(now),
            watches: Vec::new(),
            stopping: Vec::new(),
            quiet_until: Timestamp(i64::MIN),
            held_since: None,
            number: u16::try_from(seed).unwrap_or(0),
            introduced: Registration::default(),
            recent: VecDeque::new(),
            running: held.clone(),
            held,
            states: Vec::new(),
            began: Vec::new(),
            legacy_heartbeats: 0,
            raised: Vec::new(),
            cabinet: None,
            smoke: false,
        }
    }

    /// What is said of the id itself, once it is known to be ours.
    pub(super) fn welcome(&mut self, turn: &mut Turn<'_>) {
        if self.is_only_host() {
            self.learn(traits::ROLE, "host".to_owned(), turn);
            // Hosts report themselves twice an hour, and not when they are asked.
            self.asking.settle();
        }
        if self.id.is_defective() {
            self.alarm_once(alarm::DEFECTIVE_ID, 0, None, Vec::new(), turn);
        }
    }

    /// Whether only hosts have such ids.
    pub(super) fn is_only_host(&self) -> bool {
        matches!(
            self.id.recognition(),
            Recognition::Host | Recognition::LeakageHost
        )
    }

    /// One good frame under this id.
    pub(super) fn hear(&mut self, frame: &Frame<'_>, turn: &mut Turn<'_>) {
        let Ok(message) = decode(frame, Direction::Up) else {
            note(&self.phy, frame, "unknown", turn.out);
            super::refuse_content(frame, turn.out);
            return;
        };
        let kind = words::kind_of(message.cmd, Some(&message));
        note(&self.phy, frame, kind, turn.out);
        super::count_good(frame, &message, turn.out);
        self.attend(frame, &message, turn);
        self.pump(turn);
    }

    fn attend(&mut self, frame: &Frame<'_>, message: &Message, turn: &mut Turn<'_>) {
        let msg_id = frame.msg_id;
        match &message.body {
            Body::Registration(seen) => self.registered(seen, msg_id, turn),
            Body::Heartbeat(seen) => self.heartbeat(seen, msg_id, turn),
            Body::LegacyHeartbeat(seen) => self.legacy_heartbeat(seen, msg_id, turn),
            Body::Request(_) => match message.cmd {
                Cmd::HostUpgradeRequest => self.host_wants_upgrade(msg_id, turn),
                cmd => self.tell_time(cmd, msg_id, turn),
            },
            Body::HostHeartbeat(seen) => self.host_heartbeat(seen, turn),
            Body::HostState(seen) => self.host_state(seen, turn),
            Body::SubDevices(seen) => self.sub_devices(seen, turn),
            Body::RadioRequest(seen) => self.radio_wanted(seen, turn),
            Body::CardSwipe(swipe) => self.card(swipe, frame, turn),
            Body::Settlement(record) => self.settlement(record, frame, turn),
            Body::OrderConfirm(confirm) => self.confirmation(confirm, frame, turn),
            Body::Power(power) => self.power(power, frame, turn),
            Body::FullNotice(sum) => self.full_notice(sum, frame, turn),
            Body::Alarm(alarm) => self.alarm(alarm, turn),
            Body::PortNotice(notice) => self.port_notice(notice, turn),
            Body::CabinetHeartbeat(cabinet) => self.cabinet(cabinet, turn),
            Body::UpgradeRequest(request) => self.device_wants_upgrade(request, turn),
            Body::Unknown(_) => {
                if matches!(message.cmd, Cmd::TimeOfUseSettlement | Cmd::ExtendedPower) {
                    let code = alarm::UNSUPPORTED + u32::from(frame.cmd);
                    self.alarm_once(code, frame.cmd, None, Vec::new(), turn);
                }
            }
            // Answers to commands. They are never answered.
            _ => self.answer_heard(frame, message, turn),
        }
    }

    // --- telling ---

    /// Hands an event on.
    pub(super) fn tell(&self, event: Event, turn: &mut Turn<'_>) {
        let envelope = self.envelope(event, turn);
        turn.out.items.push(Item::Event(envelope));
    }

    /// Hands an event on with the frame that said so and the clock of the device.
    pub(super) fn tell_of(
        &self,
        event: Event,
        frame: &Frame<'_>,
        device_time: Option<Timestamp>,
        turn: &mut Turn<'_>,
    ) {
        let mut envelope = self.envelope(event, turn);
        envelope.msg_id = Some(u32::from(frame.msg_id));
        envelope.device_time = device_time;
        turn.out.items.push(Item::Event(envelope));
    }

    /// Hands an event on whose reply waits for the platform.
    pub(super) fn ask(
        &mut self,
        event: Event,
        about: About,
        frame: &Frame<'_>,
        device_time: Option<Timestamp>,
        turn: &mut Turn<'_>,
    ) {
        self.remember(frame, turn.now);
        let mut envelope = self.envelope(event, turn);
        envelope.receipt = Some(turn.line.issue(Reply {
            id: self.id,
            msg_id: frame.msg_id,
            about,
        }));
        envelope.raw = Some(frame.raw.into());
        envelope.device_time = device_time;
        envelope.msg_id = Some(u32::from(frame.msg_id));
        turn.out.items.push(Item::Event(envelope));
    }

    fn envelope(&self, event: Event, turn: &Turn<'_>) -> Envelope {
        Envelope {
            device: self.phy.clone(),
            at: turn.at,
            device_time: None,
            msg_id: None,
            receipt: None,
            raw: None,
            event,
        }
    }

    /// Raises an alarm, once on a connection.
    pub(super) fn alarm_once(
        &mut self,
        code: u32,
        place: u8,
        port: Option<u8>,
        values: Vec<(&'static str, i64)>,
        turn: &mut Turn<'_>,
    ) {
        if self.raised.contains(&(code, place)) || self.raised.len() == RAISED_MAX {
            return;
        }
        self.raised.push((code, place));
        let report = AlarmReport {
            port: port.map(words::port_no),
            fault: Some(Fault::Unknown(code)),
            code: u32::from(place),
            active: true,
            values,
        };
        self.tell(Event::Alarm(report), turn);
    }

    /// Tells what the device says of itself, when that is news on this connection.
    pub(super) fn introduce(&mut self, news: Registration, turn: &mut Turn<'_>) {
        let iccid = news.iccid.or_else(|| turn.line.iccid.clone());
        let known = &self.introduced;
        let all = Registration {
            iccid: iccid.or_else(|| known.iccid.clone()),
            imei: news.imei.or_else(|| known.imei.clone()),
            model: news.model.or_else(|| known.model.clone()),
            firmware: news.firmware.or_else(|| known.firmware.clone()),
            port_count: news.port_count.or(known.port_count),
        };
        if all != self.introduced {
            self.introduced = all.clone();
            self.tell(Event::Registered(all), turn);
        }
    }

    /// Keeps a trait, if it is news.
    pub(super) fn learn(&mut self, key: &'static str, value: String, turn: &mut Turn<'_>) {
        if self.profile.learnt.get(key) == Some(&*value) {
            return;
        }
        self.profile.learnt.insert(key, value.as_str());
        self.tell(Event::Learnt { key, value }, turn);
    }

    // --- answering ---

    /// Writes an answer: at once, and with the number of what it answers.
    pub(super) fn answer(&mut self, message: Message, msg_id: u16, turn: &mut Turn<'_>) {
        self.write(&message, msg_id, turn);
        let asked = self
            .recent
            .iter_mut()
            .find(|recent| recent.cmd == message.cmd && recent.msg_id == msg_id);
        if let Some(recent) = asked {
            recent.answer = Some(message);
        }
    }

    /// After a frame the device has half a second of peace; but a device that talks all the time
    /// does not keep a stop away for ever.
    fn rest(&mut self, now: Timestamp) {
        let waits = self.outbox.is_ready();
        self.held_since = waits.then(|| self.held_since.unwrap_or(now));
        let latest = self.held_since.map(|since| since + HELD_MAX);
        self.quiet_until = latest.map_or(now + PACE, |latest| latest.min(now + PACE));
    }

    /// After a command it has half a second in any case.
    pub(super) fn rest_after_command(&mut self, now: Timestamp) {
        self.held_since = None;
        self.quiet_until = now + PACE;
    }

    /// Writes a frame and notes it. False when it cannot be written.
    pub(super) fn write(&mut self, message: &Message, msg_id: u16, turn: &mut Turn<'_>) -> bool {
        let begin = turn.out.wire.len();
        if message.seal(self.id, msg_id, &mut turn.out.wire).is_err() {
            return false;
        }
        self.rest(turn.now);
        let raw = turn.out.wire.get(begin..).unwrap_or_default();
        if let Ok(frame) = parse(raw) {
            let kind = words::kind_of(message.cmd, Some(message));
            let noted = note_of(&self.phy, &frame, kind, Direction::Down);
            turn.out.items.push(Item::Frame(noted));
        }
        true
    }

    /// Whether a request is a repetition; if it is, it is answered as before.
    pub(super) fn is_repeated(&mut self, frame: &Frame<'_>, turn: &mut Turn<'_>) -> bool {
        let cmd = Cmd::from(frame.cmd);
        self.recent
            .retain(|recent| turn.now.since(recent.at) < REPEATED_WITHIN);
        let same = self.recent.iter().find(|recent| {
            recent.cmd == cmd && recent.msg_id == frame.msg_id && *recent.data == *frame.data
        });
        let Some(same) = same else {
            return false;
        };
        if let Some(answer) = same.answer.clone() {
            self.write(&answer, frame.msg_id, turn);
        }
        true
    }

    fn remember(&mut self, frame: &Frame<'_>, now: Timestamp) {
        let cmd = Cmd::from(frame.cmd);
        self.recent
            .retain(|recent| recent.cmd != cmd || recent.msg_id != frame.msg_id);
        if self.recent.len() == RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(Recent {
            cmd,
            msg_id: frame.msg_id,
            data: frame.data.into(),
            at: now,
            answer: None,
        });
    }

    /// The platform will say nothing: the next repetition is a new request.
    pub(super) fn forget_request(&mut self, cmd: Cmd, msg_id: u16) {
        self.recent
            .retain(|recent| recent.cmd != cmd || recent.msg_id != msg_id);
    }

    // --- remembering ---

    /// A fresh number for a frame that no stored command owns: 1 to 65535, never 0.
    pub(super) fn next_number(&mut self) -> u16 {
        self.number = self.number.checked_add(1).unwrap_or(1);
        self.number
    }

    /// A socket runs an order.
    pub(super) fn runs(&mut self, port: u8, order: OrderKey) {
        self.running.retain(|(other, _)| *other != port);
        if self.running.len() < RUNNING_MAX && !order.is_none() {
            self.running.push((port, order));
        }
    }

    /// A socket runs nothing any more.
    pub(super) fn runs_nothing(&mut self, port: u8) {
        self.running.retain(|(other, _)| *other != port);
    }

    /// What a socket is known to run.
    pub(super) fn runs_at(&self, port: u8) -> Option<OrderKey> {
        let found = self.running.iter().find(|(other, _)| *other == port);
        found.map(|(_, order)| *order)
    }

    /// Whether some socket charges, is about to or may do so, as far as is known.
    pub(super) fn is_busy(&self) -> bool {
        !self.running.is_empty()
            || self.states.iter().any(|state| is_charging(*state))
            || !self.watches.is_empty()
            || self.outbox.jobs().any(|job| job.task.starts().is_some())
    }

    /// What the other devices of the connection have to know.
    pub(super) fn doings(&self) -> Doings {
        let updates = |job: &Job| {
            let update = matches!(job.task, Task::Upgrade(_));
            update && job.begun && self.reaches_all(&job.task)
        };
        Doings {
            charges: self.is_busy(),
            updates: self.outbox.jobs().any(updates),
        }
    }

    /// Whether a job is the host's, on whom all devices of the connection depend.
    pub(super) fn reaches_all(&self, task: &Task) -> bool {
        traits::is_host(&self.profile) || task.is_for_host()
    }
}

/// Whether a state of a socket means that energy flows.
pub(super) fn is_charging(state: u8) -> bool {
    crate::codes::SocketState::from(state).port_state() == device::PortState::Charging
}

/// Notes an uplink for the log.
pub(super) fn note(phy: &PhyId, frame: &Frame<'_>, kind: &'static str, out: &mut Output) {
    out.items
        .push(Item::Frame(note_of(phy, frame, kind, Direction::Up)));
}

fn note_of(phy: &PhyId, frame: &Frame<'_>, kind: &'static str, direction: Direction) -> FrameNote {
    FrameNote {
        direction,
        device: phy.clone(),
        cmd: u16::from(frame.cmd),
        kind,
        msg_id: Some(u32::from(frame.msg_id)),
        data_len: frame.data.len(),
        raw: words::loggable(frame).into(),
    }
}
