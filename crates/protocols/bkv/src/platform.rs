//! Our side's link: one connection of one gateway, both dialects, or of one stand-alone device.
//!
//! * this file: framing, who is on the other end, the clock of the connection;
//! * `gateway`: what is remembered of a gateway that is ours, and its events;
//! * `networked_up`, `container_up`, `v86_up`, `direct_up`: uplinks of each command set;
//! * `start`, `networked_down`, `v86_down`, `direct_down`: commands of each;
//! * `outbox`: pacing, answers, repeats; `receipts`: replies that wait for the platform.

mod answers;
mod container_up;
mod direct;
mod gateway;
mod keys;
mod networked_down;
mod networked_up;
mod outbox;
mod params;
mod receipts;
mod task;
mod v86_down;
mod v86_up;
mod words;

pub(crate) use params::check as check_params;
pub(crate) use task::wire_command;

use crate::clock::BcdTime;
use crate::frame::{self, Expect, Frame, Framing, GatewayId, Split, Splitter};
use crate::message::{self, Message, TimeReply};
use crate::traits;
use device::{
    Admission, Answer, CloseReason, Direction, Dispatch, FrameNote, Item, Link, Output, Profile,
    Receipt,
};
use gateway::Gateway;
use kernel::{CommandId, PhyId, Timestamp};
use std::time::Duration;
use wire::Digits;
use words::{Address, outer};

/// A connection that has shown no valid frame for so long after it was opened is closed.
const IDENTIFY_WITHIN: Duration = Duration::from_secs(30);
/// Silence of strangers that is borne.
const STRANGER_SILENCE: Duration = Duration::from_mins(5);
/// Bytes of a malformed frame that are kept.
const MALFORMED_KEPT: usize = 512;
/// Bytes that are held back while the platform looks a device up. The gateway that sends more
/// than this before it is answered is not read on.
const HELD_MAX: usize = 64 * 1024;

/// A connection that speaks BKV.
pub struct BkvLink {
    splitter: Splitter,
    pending: Vec<u8>,
    opened_at: Option<Timestamp>,
    last_valid: Option<Timestamp>,
    split_deadline: Option<Timestamp>,
    other_end: OtherEnd,
}

/// Who is on the other end.
enum OtherEnd {
    /// No valid frame yet.
    Nobody,
    /// The platform is being asked.
    Asked(Id),
    /// Nobody of ours: kept reachable, acknowledged nothing.
    Stranger(Id),
    /// One of ours.
    Ours(Box<Gateway>),
}

/// How a device names itself in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Id {
    address: Address,
    phy: PhyId,
}

impl BkvLink {
    /// A link for a new connection.
    pub fn new() -> Self {
        Self {
            splitter: Splitter::new(Expect::Up),
            pending: Vec::new(),
            opened_at: None,
            last_valid: None,
            split_deadline: None,
            other_end: OtherEnd::Nobody,
        }
    }

    /// Takes as many frames as there are; stops while the platform is being asked.
    fn consume(&mut self, now: Timestamp, out: &mut Output) {
        let buffer = std::mem::take(&mut self.pending);
        let mut rest = buffer.as_slice();
        self.split_deadline = None;
        while !matches!(self.other_end, OtherEnd::Asked(_)) {
            let (skipped, split) = self.splitter.next(rest, now);
            match split {
                Split::Frame(frame) => {
                    out.tally.skipped += (skipped - frame.raw.len()) as u64;
                    if self.hear(&frame, now, out) {
                        rest = rest.get(skipped..).unwrap_or_default();
                    } else {
                        // Asked just now: this frame is looked at again once we know.
                        let before = skipped - frame.raw.len();
                        rest = rest.get(before..).unwrap_or_default();
                    }
                }
                Split::Malformed { raw, error } => {
                    out.tally.malformed += 1;
                    out.tally.skipped += skipped.saturating_sub(1) as u64;
                    out.tally.bad_frames += 1;
                    let kept = raw.get(..raw.len().min(MALFORMED_KEPT)).unwrap_or_default();
                    out.items.push(Item::Malformed {
                        reason: error.kind(),
                        raw: kept.into(),
                    });
                    rest = rest.get(skipped..).unwrap_or_default();
                    if self.splitter.malformed_in_a_row() >= frame::MALFORMED_MAX {
                        out.items.push(Item::Close(CloseReason::Garbage));
                        break;
                    }
                }
                Split::Pending { deadline } => {
                    out.tally.skipped += skipped as u64;
                    rest = rest.get(skipped..).unwrap_or_default();
                    self.split_deadline = deadline;
                    break;
                }
            }
        }
        if rest.len() == buffer.len() {
            self.pending = buffer;
        } else if !rest.is_empty() {
            // A fresh allocation of the right size: an idle connection keeps no large buffer.
            self.pending = rest.to_vec();
        }
    }

    /// One good frame. False when the platform has to be asked first.
    fn hear(&mut self, frame: &Frame<'_>, now: Timestamp, out: &mut Output) -> bool {
        let Some(address) = address_of(frame) else {
            refuse_content(frame, "content", out);
            return true;
        };
        self.last_valid = Some(now);
        match &mut self.other_end {
            OtherEnd::Nobody => {
                let Some(id) = Id::of(address) else {
                    refuse_content(frame, "content", out);
                    return true;
                };
                out.items.push(Item::Identify(id.phy.clone()));
                self.other_end = OtherEnd::Asked(id);
                return false;
            }
            OtherEnd::Asked(_) => return false,
            OtherEnd::Stranger(id) => {
                if id.address == address {
                    hear_stranger(id, frame, now, out);
                } else {
                    refuse_content(frame, "foreign id", out);
                }
            }
            OtherEnd::Ours(gateway) => {
                if gateway.id.address == address {
                    gateway.hear(frame, now, out);
                } else {
                    refuse_content(frame, "foreign id", out);
                }
            }
        }
        true
    }

    fn close_at(&self) -> Option<(Timestamp, CloseReason)> {
        match &self.other_end {
            OtherEnd::Nobody | OtherEnd::Asked(_) => self
                .opened_at
                .map(|opened| (opened + IDENTIFY_WITHIN, CloseReason::NeverIdentified)),
            OtherEnd::Stranger(_) => self
                .last_valid
                .map(|heard| (heard + STRANGER_SILENCE, CloseReason::Silent)),
            OtherEnd::Ours(gateway) => {
                let silence = traits::rhythm(&gateway.profile).close_after;
                self.last_valid
                    .map(|heard| (heard + silence, CloseReason::Silent))
            }
        }
    }
}

impl Default for BkvLink {
    fn default() -> Self {
        Self::new()
    }
}

impl Link for BkvLink {
    fn receive(&mut self, bytes: &[u8], now: Timestamp, out: &mut Output) {
        self.opened_at.get_or_insert(now);
        self.splitter.received(now);
        if self.pending.len() + bytes.len() > HELD_MAX {
            out.tally.skipped += bytes.len() as u64;
            out.items.push(Item::Close(CloseReason::Garbage));
            return;
        }
        self.pending.extend_from_slice(bytes);
        self.consume(now, out);
    }

    fn admit(&mut self, device: &PhyId, admission: Admission, now: Timestamp, out: &mut Output) {
        let id = match &self.other_end {
            OtherEnd::Asked(id) | OtherEnd::Stranger(id) if id.phy == *device => id.clone(),
            _ => return,
        };
        self.other_end = match admission {
            Admission::Stranger => OtherEnd::Stranger(id),
            Admission::Known(profile) => OtherEnd::Ours(Box::new(Gateway::new(id, profile, now))),
        };
        self.consume(now, out);
    }

    fn command(&mut self, dispatch: Dispatch, now: Timestamp, out: &mut Output) {
        if let OtherEnd::Ours(gateway) = &mut self.other_end {
            gateway.command(dispatch, now, out);
        }
    }

    fn withdraw(&mut self, command: CommandId) -> bool {
        match &mut self.other_end {
            OtherEnd::Ours(gateway) => gateway.outbox.withdraw(command),
            _ => false,
        }
    }

    fn resolve(&mut self, receipt: Receipt, answer: Answer, now: Timestamp, out: &mut Output) {
        if let OtherEnd::Ours(gateway) = &mut self.other_end {
            gateway.resolve(receipt, answer, now, out);
        }
    }

    fn tick(&mut self, now: Timestamp, out: &mut Output) {
        self.opened_at.get_or_insert(now);
        if self.split_deadline.is_some_and(|deadline| deadline <= now) {
            self.consume(now, out);
        }
        if let OtherEnd::Ours(gateway) = &mut self.other_end {
            gateway.tick(now, out);
        }
        if let Some((at, reason)) = self.close_at()
            && at <= now
        {
            out.items.push(Item::Close(reason));
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        let commands = match &self.other_end {
            OtherEnd::Ours(gateway) => gateway.outbox.deadline(),
            _ => None,
        };
        let close = self.close_at().map(|(at, _)| at);
        [commands, close, self.split_deadline]
            .into_iter()
            .flatten()
            .min()
    }

    fn reprofile(&mut self, device: &PhyId, profile: Profile) {
        if let OtherEnd::Ours(gateway) = &mut self.other_end
            && gateway.id.phy == *device
        {
            gateway.profile = profile;
        }
    }
}

impl Id {
    fn of(address: Address) -> Option<Self> {
        let text = match address {
            Address::Gateway(id) => id.to_string(),
            Address::Direct(mac) => mac.to_string(),
        };
        Some(Self {
            address,
            phy: text.parse().ok()?,
        })
    }
}

/// Who a frame comes from; none when a direct frame does not say.
fn address_of(frame: &Frame<'_>) -> Option<Address> {
    match frame.framing {
        Framing::Gateway { gateway, .. } => Some(Address::Gateway(gateway)),
        Framing::Direct => direct::device_of(frame).map(Address::Direct),
    }
}

/// A frame whose content is refused.
fn refuse_content(frame: &Frame<'_>, reason: &'static str, out: &mut Output) {
    out.tally.malformed += frame.raw.len() as u64;
    out.tally.bad_frames += 1;
    let kept = frame
        .raw
        .get(..frame.raw.len().min(MALFORMED_KEPT))
        .unwrap_or_default();
    out.items.push(Item::Malformed {
        reason,
        raw: kept.into(),
    });
}

/// A stranger's heartbeat is answered, so that it stays reachable; nothing else is, so that it
/// keeps what it has to report.
fn hear_stranger(id: &Id, frame: &Frame<'_>, now: Timestamp, out: &mut Output) {
    note(id, frame, "noise", out);
    out.tally.decoded += frame.raw.len() as u64;
    out.tally.frames += 1;
    match (frame.framing, id.address) {
        (
            Framing::Gateway {
                cmd: outer::HEARTBEAT,
                seq,
                ..
            },
            Address::Gateway(gateway),
        ) => {
            answer_time(gateway, seq, now, out);
        }
        (Framing::Direct, address) => direct::answer_heartbeat(address, frame, now, out),
        _ => {}
    }
}

/// The answer to a heartbeat: the time.
fn answer_time(gateway: GatewayId, seq: u32, now: Timestamp, out: &mut Output) {
    let time = TimeReply {
        time: BcdTime::from(now),
    };
    words::plain(gateway, outer::HEARTBEAT, seq, &time, &mut out.wire);
}

/// Notes an uplink for the log.
fn note(id: &Id, frame: &Frame<'_>, kind: &'static str, out: &mut Output) {
    let (cmd, msg_id) = match frame.framing {
        Framing::Gateway { cmd, seq, .. } => (cmd, Some(seq)),
        Framing::Direct => (direct::command_of(frame), None),
    };
    out.items.push(Item::Frame(FrameNote {
        direction: Direction::Up,
        device: id.phy.clone(),
        cmd,
        kind,
        msg_id,
        data_len: frame.body.len(),
        raw: frame.raw.into(),
    }));
}

/// Digits of a stand-alone device.
type Mac = Digits<6>;

/// What a frame holds.
fn decode(frame: &Frame<'_>) -> Result<Message, message::DecodeError> {
    message::decode(frame)
}
