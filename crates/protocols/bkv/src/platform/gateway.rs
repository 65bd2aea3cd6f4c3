//! One gateway that is ours: what is remembered of it, its events, its jobs.

use super::outbox::{Expect, Outbox};
use super::receipts::{Receipts, Reply};
use super::replies::{Answered, CardMemory};
use super::task::Task;
use super::words::{Address, outer};
use super::{Id, answer_time, decode, direct, note, refuse_content};
use crate::frame::{Frame, Framing, GatewayId};
use crate::message::v86;
use crate::message::{Body, Content, Heartbeat, Sub};
use crate::port::{self, Outlet};
use crate::traits::{self, Dialect};
use device::{
    AlarmReport, Direction, Envelope, Event, FrameNote, Item, Output, Profile, Registration, Vitals,
};
use kernel::{PortNo, Timestamp};

/// Holes that cannot be, of which an alarm has been raised on this connection.
const STRANGE_MAX: usize = 16;

pub(super) struct Gateway {
    pub(super) id: Id,
    pub(super) profile: Profile,
    pub(super) outbox: Outbox<Task>,
    pub(super) receipts: Receipts,
    introduced: Option<Registration>,
    /// The first command that only one dialect has has been heard on this connection.
    dialect_heard: bool,
    pub(super) answered: Vec<Answered>,
    pub(super) cards: Vec<CardMemory>,
    /// Sockets that have shown themselves on this connection.
    pub(super) sockets: Vec<u8>,
    /// Ports with a session, so that no firmware update interrupts one.
    pub(super) busy: Vec<PortNo>,
    /// Holes whose status contradicts itself and that have been asked about.
    pub(super) doubted: Vec<Outlet>,
    strange: Vec<Outlet>,
}

impl Gateway {
    pub(super) fn new(id: Id, profile: Profile, now: Timestamp) -> Self {
        let seed = u32::try_from(now.0.rem_euclid(0x4000_0000)).unwrap_or(0);
        Self {
            id,
            profile,
            outbox: Outbox::new(seed),
            receipts: Receipts::default(),
            introduced: None,
            dialect_heard: false,
            answered: Vec::new(),
            cards: Vec::new(),
            sockets: Vec::new(),
            busy: Vec::new(),
            doubted: Vec::new(),
            strange: Vec::new(),
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        Dialect::of(&self.profile)
    }

    pub(super) fn single_device(&self) -> bool {
        traits::is_on(&self.profile, traits::SINGLE_DEVICE)
    }

    /// The gateway's id on the wire; none for a stand-alone device.
    pub(super) fn gateway(&self) -> Option<GatewayId> {
        match self.id.address {
            Address::Gateway(id) => Some(id),
            Address::Direct(_) => None,
        }
    }

    pub(super) fn port_of(&self, outlet: Outlet) -> Option<PortNo> {
        port::number(outlet, self.single_device())
    }

    pub(super) fn set_busy(&mut self, port: PortNo, busy: bool) {
        self.busy.retain(|other| *other != port);
        if busy {
            self.busy.push(port);
        }
    }

    /// One good frame. False when its content cannot be read.
    pub(super) fn hear(&mut self, frame: &Frame<'_>, now: Timestamp, out: &mut Output) -> bool {
        let message = match decode(frame) {
            Ok(message) => message,
            Err(error) => {
                note(&self.id, frame, "unreadable", out);
                refuse_content(frame, error.kind(), out);
                return false;
            }
        };
        note(&self.id, frame, kind_of_uplink(frame, &message.body), out);
        count_good(frame, &message.body, out);
        match (frame.framing, message.body) {
            (Framing::Direct, Body::Container(container)) => {
                self.hear_direct(&container, frame, now, out);
            }
            (Framing::Direct, _) => {}
            (Framing::Gateway { cmd, seq, .. }, body) => {
                self.learn_dialect(cmd, now, out);
                match body {
                    Body::Heartbeat(heartbeat) => self.heartbeat(&heartbeat, seq, now, out),
                    Body::V86(message) => self.hear_v86(&message, cmd, seq, frame, now, out),
                    Body::Sub(sub_cmd, sub) => {
                        self.hear_sub(cmd, sub_cmd, &sub, seq, frame, now, out);
                    }
                    Body::Container(container) => {
                        self.hear_container(&container, seq, frame, now, out);
                    }
                    // The form of the answer is unknown: any word of it is "received".
                    Body::Unknown(_) if cmd == outer::FIRMWARE => {
                        if let Some(job) = self.outbox.answered_by_any(Expect::Outer(cmd)) {
                            self.accept(job.id, None, now, out);
                        }
                    }
                    _ => {}
                }
            }
        }
        self.pump(now, out);
        true
    }

    /// A report of a hole that cannot exist: an alarm, once for each on a connection.
    pub(super) fn strange_hole(&mut self, outlet: Outlet, now: Timestamp, out: &mut Output) {
        if !self.strange.contains(&outlet) && self.strange.len() < STRANGE_MAX {
            self.strange.push(outlet);
            self.tell(Event::Alarm(strange_alarm(outlet, Vec::new())), now, out);
        }
    }

    /// Heartbeat and registration, the same in both dialects.
    pub(super) fn heartbeat(
        &mut self,
        heartbeat: &Heartbeat,
        seq: u32,
        now: Timestamp,
        out: &mut Output,
    ) {
        if let Some(gateway) = self.gateway() {
            let begin = out.wire.len();
            answer_time(gateway, seq, now, out);
            self.note_down(begin, "heartbeat", out);
        }
        let registration = Registration {
            iccid: Some(heartbeat.iccid.text()).filter(|text| !text.is_empty()),
            firmware: Some(heartbeat.version.text()).filter(|text| !text.is_empty()),
            ..Registration::default()
        };
        self.introduce(registration, now, out);
        let vitals = Vitals {
            signal: Some(i16::from(heartbeat.signal)),
            ..Vitals::default()
        };
        self.tell(Event::Heartbeat(vitals), now, out);
    }

    /// Tells what the device says of itself, when that is news on this connection.
    pub(super) fn introduce(
        &mut self,
        registration: Registration,
        now: Timestamp,
        out: &mut Output,
    ) {
        if self.introduced.as_ref() != Some(&registration) {
            self.introduced = Some(registration.clone());
            self.tell(Event::Registered(registration), now, out);
        }
    }

    /// The first command on a connection that only one dialect has decides; an operator's word
    /// wins over it. Later ones do not, or a confused device would change its profile for ever.
    fn learn_dialect(&mut self, cmd: u16, now: Timestamp, out: &mut Output) {
        if self.dialect_heard {
            return;
        }
        let spoken = if v86::is_command(cmd) {
            Dialect::V86
        } else if matches!(
            cmd,
            outer::NETWORK | outer::FIRMWARE | outer::CONTROL | outer::CONTAINER
        ) {
            Dialect::Networked
        } else {
            return;
        };
        self.dialect_heard = true;
        self.learn(traits::DIALECT, spoken.as_str(), now, out);
    }

    /// Keeps a trait, if it is news.
    pub(super) fn learn(
        &mut self,
        key: &'static str,
        value: &'static str,
        now: Timestamp,
        out: &mut Output,
    ) {
        if self.profile.learnt.get(key) == Some(value) {
            return;
        }
        self.profile.learnt.insert(key, value);
        self.tell(
            Event::Learnt {
                key,
                value: value.to_owned(),
            },
            now,
            out,
        );
    }

    /// Hands an event on.
    pub(super) fn tell(&self, event: Event, now: Timestamp, out: &mut Output) {
        out.items.push(Item::Event(self.envelope(event, now)));
    }

    pub(super) fn envelope(&self, event: Event, now: Timestamp) -> Envelope {
        Envelope {
            device: self.id.phy.clone(),
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
        envelope.receipt = Some(self.receipts.issue(reply));
        envelope.raw = Some(frame.raw.into());
        envelope.device_time = device_time;
        if let Framing::Gateway { seq, .. } = frame.framing {
            envelope.msg_id = Some(seq);
        }
        out.items.push(Item::Event(envelope));
    }

    /// Notes everything written since `begin` as one frame to the device.
    pub(super) fn note_down(&self, begin: usize, kind: &'static str, out: &mut Output) {
        let raw = out.wire.get(begin..).unwrap_or_default();
        let Ok(frame) = crate::frame::parse(raw) else {
            return;
        };
        let (cmd, msg_id) = match frame.framing {
            Framing::Gateway { cmd, seq, .. } => (cmd, Some(seq)),
            Framing::Direct => (direct::command_of(&frame), None),
        };
        out.items.push(Item::Frame(FrameNote {
            direction: Direction::Down,
            device: self.id.phy.clone(),
            cmd,
            kind,
            msg_id,
            data_len: frame.body.len(),
            raw: raw.into(),
        }));
    }
}

/// What a device said to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Yes, with what came back.
    Done(Option<String>),
    /// Yes, on this port with this session.
    Begun {
        port: Option<PortNo>,
        session: Option<u16>,
    },
    /// No, with the reason that it gave.
    Refused(Option<u32>),
}

/// The alarm about a hole that cannot be; its code is the socket number and the hole number.
pub(super) fn strange_alarm(outlet: Outlet, more: Vec<(&'static str, i64)>) -> AlarmReport {
    let mut values = vec![
        ("socket_no", i64::from(outlet.socket)),
        ("hole", i64::from(outlet.hole)),
    ];
    values.extend(more);
    AlarmReport {
        port: None,
        fault: None,
        code: u32::from(outlet.socket) << 8 | u32::from(outlet.hole),
        active: true,
        values,
    }
}

/// Counts a frame that could be read.
pub(super) fn count_good(frame: &Frame<'_>, body: &Body, out: &mut Output) {
    let bytes = frame.raw.len() as u64;
    if is_unknown(frame, body) {
        out.tally.unknown += bytes;
    } else {
        out.tally.decoded += bytes;
    }
    out.tally.frames += 1;
}

/// Whether nobody knows what a well-formed frame means.
fn is_unknown(frame: &Frame<'_>, body: &Body) -> bool {
    match body {
        // That a firmware update has been received is all that its answer says.
        Body::Unknown(_) => {
            !matches!(frame.framing, Framing::Gateway { cmd, .. } if cmd == outer::FIRMWARE)
        }
        // The same with what older firmware says to parameters.
        Body::Sub(sub_cmd, Sub::Unknown(_)) => !matches!(sub_cmd, 0x03 | 0x06 | 0x13),
        Body::Container(container) => matches!(container.content, Content::Unlisted(_)),
        _ => false,
    }
}

/// Kinds in the communication log.
fn kind_of_uplink(frame: &Frame<'_>, body: &Body) -> &'static str {
    match (body, frame.framing) {
        // Numbers of an early, invented command set: should real hardware use them after all,
        // operators are to notice.
        (
            Body::Unknown(_),
            Framing::Gateway {
                cmd: 0x1001 | 0x2000 | 0x2001 | 0x3000 | 0x3001 | 0x4000,
                ..
            },
        ) => "gn_legacy_command",
        _ if is_unknown(frame, body) => "unknown",
        (Body::Heartbeat(_), _) => "heartbeat",
        (Body::V86(message), _) => super::v86_up::kind_of(message),
        (Body::Sub(sub_cmd, _), _) => super::networked_up::kind_of(*sub_cmd),
        (Body::Container(_), _) => super::container_up::kind_of(frame),
        _ => "answer",
    }
}
