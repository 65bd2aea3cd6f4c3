//! Our side's link: one connection of one gateway, both dialects, or of one stand-alone device.
//!
//! * this file: framing, who is on the other end, the clock of the connection;
//! * `strangers`: what is said to those that are not ours;
//! * `gateway`: what is remembered of a gateway that is ours, and its events;
//! * `networked_up`, `container_up`, `v86_up`, `direct`: uplinks of each command set;
//! * `starts`, `networked_down`, `v86_down`, `direct`: commands of each;
//! * `jobs`, `outbox`: pacing and repeats; `answers`, `questions`: what the device says to
//!   commands, and asking it again;
//! * `receipts`, `replies`: replies that wait for the platform.

mod answers;
mod container_up;
mod direct;
mod gateway;
mod jobs;
mod keys;
mod networked_down;
mod networked_up;
mod outbox;
mod params;
mod questions;
mod receipts;
mod replies;
mod starts;
mod strangers;
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
    Admission, Answer, CloseReason, CommandReport, Direction, Dispatch, Envelope, Event, FrameNote,
    Item, Link, Outcome, Output, Profile, Receipt, Refusal,
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
/// Bytes that are held back while the platform looks a device up. Who sends more than this
/// before we know is disconnected.
const HELD_MAX: usize = 64 * 1024;

/// A connection that speaks BKV.
pub struct BkvLink {
    splitter: Splitter,
    pending: Vec<u8>,
    opened_at: Option<Timestamp>,
    last_valid: Option<Timestamp>,
    split_deadline: Option<Timestamp>,
    /// Frames since the last good one that were malformed, in form or content.
    bad_in_a_row: u32,
    other_end: OtherEnd,
    closed: bool,
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
            bad_in_a_row: 0,
            other_end: OtherEnd::Nobody,
            closed: false,
        }
    }

    /// Bytes received of which nothing can be said yet.
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Gives the connection up, once; what comes after is not looked at.
    fn close(&mut self, reason: CloseReason, out: &mut Output) {
        if !self.closed {
            self.closed = true;
            out.items.push(Item::Close(reason));
        }
        let left = std::mem::take(&mut self.pending);
        out.tally.skipped += left.len() as u64;
        self.split_deadline = None;
    }

    /// Takes as many frames as there are; stops while the platform is being asked.
    fn consume(&mut self, now: Timestamp, out: &mut Output) {
        let buffer = std::mem::take(&mut self.pending);
        let mut rest = buffer.as_slice();
        self.split_deadline = None;
        while !matches!(self.other_end, OtherEnd::Asked(_))
            && self.bad_in_a_row < frame::MALFORMED_MAX
        {
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
                    self.bad_in_a_row += 1;
                }
                Split::Pending { deadline } => {
                    out.tally.skipped += skipped as u64;
                    rest = rest.get(skipped..).unwrap_or_default();
                    // Bytes inside a frame that never came whole may begin the next such.
                    if deadline.is_none_or(|deadline| deadline > now) {
                        self.split_deadline = deadline;
                        break;
                    }
                }
            }
        }
        if rest.len() == buffer.len() {
            self.pending = buffer;
        } else if !rest.is_empty() {
            // A fresh allocation of the right size: an idle connection keeps no large buffer.
            self.pending = rest.to_vec();
        }
        if self.bad_in_a_row >= frame::MALFORMED_MAX {
            self.close(CloseReason::Garbage, out);
        }
    }

    /// One good frame. False when the platform has to be asked first.
    fn hear(&mut self, frame: &Frame<'_>, now: Timestamp, out: &mut Output) -> bool {
        let Some(address) = address_of(frame) else {
            refuse_content(frame, "content", out);
            self.bad_in_a_row += 1;
            return true;
        };
        let good = match &mut self.other_end {
            OtherEnd::Nobody => {
                let Some(id) = Id::of(address) else {
                    refuse_content(frame, "content", out);
                    self.bad_in_a_row += 1;
                    return true;
                };
                self.last_valid = Some(now);
                out.items.push(Item::Identify(id.phy.clone()));
                self.other_end = OtherEnd::Asked(id);
                return false;
            }
            OtherEnd::Asked(_) => return false,
            OtherEnd::Stranger(id) if id.address == address => strangers::hear(id, frame, now, out),
            OtherEnd::Ours(gateway) if gateway.id.address == address => {
                gateway.hear(frame, now, out)
            }
            // A connection belongs to one gateway.
            OtherEnd::Stranger(_) | OtherEnd::Ours(_) => {
                refuse_content(frame, "foreign id", out);
                false
            }
        };
        if good {
            self.last_valid = Some(now);
            self.bad_in_a_row = 0;
        } else {
            self.bad_in_a_row += 1;
        }
        true
    }

    fn close_at(&self) -> Option<(Timestamp, CloseReason)> {
        match &self.other_end {
            OtherEnd::Nobody => self
                .opened_at
                .map(|opened| (opened + IDENTIFY_WITHIN, CloseReason::NeverIdentified)),
            // It has said who it is; that the platform is slow is not its fault.
            OtherEnd::Asked(_) | OtherEnd::Stranger(_) => self
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
        if self.closed {
            out.tally.skipped += bytes.len() as u64;
            return;
        }
        self.opened_at.get_or_insert(now);
        self.splitter.received(now);
        self.pending.extend_from_slice(bytes);
        self.consume(now, out);
        // Only what waits for the platform's word can be so much.
        if self.pending.len() > HELD_MAX {
            self.close(CloseReason::Garbage, out);
        }
    }

    fn admit(&mut self, device: &PhyId, admission: Admission, now: Timestamp, out: &mut Output) {
        if self.closed {
            return;
        }
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
        match &mut self.other_end {
            // It was not written; the next connection is the place for it.
            _ if self.closed => {}
            OtherEnd::Ours(gateway) if gateway.id.phy == dispatch.device => {
                gateway.command(dispatch, now, out);
            }
            _ => refuse_command(dispatch, now, out),
        }
    }

    fn withdraw(&mut self, command: CommandId) -> bool {
        match &mut self.other_end {
            OtherEnd::Ours(gateway) => gateway.outbox.withdraw(command),
            _ => false,
        }
    }

    fn resolve(&mut self, receipt: Receipt, answer: Answer, now: Timestamp, out: &mut Output) {
        if let OtherEnd::Ours(gateway) = &mut self.other_end
            && !self.closed
        {
            gateway.resolve(receipt, answer, now, out);
        }
    }

    fn tick(&mut self, now: Timestamp, out: &mut Output) {
        if self.closed {
            return;
        }
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
            self.close(reason, out);
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        if self.closed {
            return None;
        }
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
            // What this link has learnt may not have been stored yet when the profile was read.
            let learnt = std::mem::replace(&mut gateway.profile, profile).learnt;
            gateway.profile.learnt.extend(learnt);
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

/// A command for a device that this connection does not carry, or not yet.
fn refuse_command(dispatch: Dispatch, now: Timestamp, out: &mut Output) {
    let refusal = Refusal {
        code: None,
        text: "this connection does not carry the device".to_owned(),
    };
    out.items.push(Item::Event(Envelope {
        device: dispatch.device,
        at: now,
        device_time: None,
        msg_id: None,
        receipt: None,
        raw: None,
        event: Event::Command(CommandReport {
            command: dispatch.id,
            outcome: Outcome::Refused(refusal),
        }),
    }));
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
