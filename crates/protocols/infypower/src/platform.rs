//! Our side's link: one connection of one pile.
//!
//! * this file: framing, who is on the other end, the clock of the connection;
//! * `strangers`: those that are not ours;
//! * `station`: what is remembered of a pile that is ours, and its events; `guns` of each gun;
//! * `uplinks`, `sign_in`, `status_up`, `identity`, `record_up`, `account`, `cards`, `battery_up`: what the
//!   pile says;
//! * `jobs`, `params`, `prices`, `words`: commands; `outbox`, `task`: pacing and repeats;
//!   `answers`, `starts`, `stops`, `firmware`: what the pile says to them;
//! * `receipts`, `replies`: replies that wait for the platform.

mod account;
mod answers;
mod battery_up;
mod cards;
mod firmware;
mod guns;
mod identity;
mod jobs;
mod outbox;
mod params;
mod prices;
mod receipts;
mod record_up;
mod replies;
mod sign_in;
mod starts;
mod station;
mod status_up;
mod stops;
mod strangers;
mod task;
mod uplinks;
mod words;

pub(crate) use firmware::IMAGE_MAX;
pub(crate) use guns::GUNS_MAX;
pub(crate) use jobs::wire_command;
pub(crate) use params::{VENDOR, check as check_params, check_qr, check_vendor};
pub(crate) use prices::check as check_prices;

use crate::frame::{self, Frame, SKIPPED_MAX, Split, Splitter};
use crate::layout::{forms_of, usual_direction};
use crate::message::{check_version, pile_code};
use crate::secrets::loggable;
use crate::traits;
use device::{
    Admission, Answer, CloseReason, CommandReport, Direction, Dispatch, Envelope, Event, FrameNote,
    Item, Link, Outcome, Output, Profile, Receipt, Refusal,
};
use kernel::{CommandId, PhyId, Timestamp};
use station::Station;
use std::time::Duration;

/// A connection that has not said who it is for so long after it was opened is closed. A pile
/// signs in at once, three times, 5 s apart.
const IDENTIFY_WITHIN: Duration = Duration::from_mins(1);
/// Silence of strangers that is borne.
const STRANGER_SILENCE: Duration = Duration::from_mins(5);
/// Bytes of a malformed frame that are kept.
const MALFORMED_KEPT: usize = 512;
/// Bytes that are held back while the platform looks a device up. Who sends more than this
/// before we know is disconnected.
const HELD_MAX: usize = 64 * 1024;

/// A connection that speaks Infypower or one of its dialects.
pub struct InfypowerLink {
    splitter: Splitter,
    pending: Vec<u8>,
    opened_at: Option<Timestamp>,
    last_valid: Option<Timestamp>,
    split_deadline: Option<Timestamp>,
    /// Bad frames since the last good one.
    bad_in_a_row: u32,
    other_end: OtherEnd,
    closed: bool,
}

/// Who is on the other end.
enum OtherEnd {
    /// No frame yet that says it.
    Nobody,
    /// The platform is being asked.
    Asked(PhyId),
    /// Nobody of ours: listened to, answered nothing.
    Stranger(PhyId),
    /// One of ours.
    Ours(Box<Station>),
}

/// What a frame was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    /// It is one of the pile's.
    Good,
    /// It is not.
    Bad,
    /// The platform has to be asked first.
    Wait,
}

impl InfypowerLink {
    /// A link for a new connection.
    pub fn new() -> Self {
        Self {
            splitter: Splitter::default(),
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
        while !matches!(self.other_end, OtherEnd::Asked(_)) && !self.is_garbage() {
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
        if self.is_garbage() {
            self.close(CloseReason::Garbage, out);
        }
    }

    fn is_garbage(&self) -> bool {
        self.bad_in_a_row >= frame::BAD_MAX || self.splitter.dropped_in_a_row() >= SKIPPED_MAX
    }

    /// One good frame. False when the platform has to be asked first.
    fn hear(&mut self, frame: &Frame<'_>, now: Timestamp, out: &mut Output) -> bool {
        let code = code_of(frame);
        let heard = match &mut self.other_end {
            OtherEnd::Nobody => introduce(frame, code),
            OtherEnd::Asked(_) => Heard::Wait,
            OtherEnd::Stranger(phy) => match code {
                Some(code) if code != phy.as_str() => Heard::Bad,
                _ => {
                    strangers::hear(phy, frame, out);
                    Heard::Good
                }
            },
            OtherEnd::Ours(station) => match code {
                // A connection belongs to one pile.
                Some(code) if code != station.phy.as_str() => Heard::Bad,
                _ => {
                    station.hear(frame, now, out);
                    Heard::Good
                }
            },
        };
        match (heard, &self.other_end) {
            (Heard::Wait, OtherEnd::Nobody) => {
                self.last_valid = Some(now);
                if let Some(phy) = code.and_then(|code| code.parse::<PhyId>().ok()) {
                    out.items.push(Item::Identify(phy.clone()));
                    self.other_end = OtherEnd::Asked(phy);
                }
                return false;
            }
            (Heard::Wait, _) => return false,
            (Heard::Good, OtherEnd::Nobody) => {
                // Sound, but it does not say whose it is, or is another protocol's.
                let reason = match check_version(frame.version) {
                    Ok(()) => "no id",
                    Err(error) => error.kind(),
                };
                out.tally.unknown += frame.raw.len() as u64;
                out.tally.frames += 1;
                keep(frame, reason, out);
            }
            (Heard::Good, _) => {
                self.last_valid = Some(now);
                self.bad_in_a_row = 0;
            }
            (Heard::Bad, other) => {
                let reason = match other {
                    OtherEnd::Nobody => "content",
                    _ => "foreign id",
                };
                refuse_content(frame, reason, out);
                self.bad_in_a_row += 1;
            }
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
            OtherEnd::Ours(station) => {
                let silence = traits::rhythm(&station.profile).close_after;
                self.last_valid
                    .map(|heard| (heard + silence, CloseReason::Silent))
            }
        }
    }
}

impl Default for InfypowerLink {
    fn default() -> Self {
        Self::new()
    }
}

impl Link for InfypowerLink {
    fn receive(&mut self, bytes: &[u8], now: Timestamp, out: &mut Output) {
        if self.closed {
            out.tally.skipped += bytes.len() as u64;
            return;
        }
        self.opened_at.get_or_insert(now);
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
        let phy = match &self.other_end {
            OtherEnd::Asked(phy) | OtherEnd::Stranger(phy) if phy == device => phy.clone(),
            _ => return,
        };
        self.other_end = match admission {
            Admission::Stranger => OtherEnd::Stranger(phy),
            Admission::Known(profile) => OtherEnd::Ours(Box::new(Station::new(phy, profile))),
        };
        self.consume(now, out);
    }

    fn command(&mut self, dispatch: Dispatch, now: Timestamp, out: &mut Output) {
        match &mut self.other_end {
            // It was not written; the next connection is the place for it.
            _ if self.closed => {}
            OtherEnd::Ours(station) if station.phy == dispatch.device => {
                station.command(dispatch, now, out);
            }
            _ => refuse_command(dispatch, now, out),
        }
    }

    fn withdraw(&mut self, command: CommandId) -> bool {
        match &mut self.other_end {
            OtherEnd::Ours(station) => station.outbox.withdraw(command),
            _ => false,
        }
    }

    fn resolve(&mut self, receipt: Receipt, answer: Answer, now: Timestamp, out: &mut Output) {
        if let OtherEnd::Ours(station) = &mut self.other_end
            && !self.closed
        {
            station.resolve(receipt, answer, now, out);
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
        if let OtherEnd::Ours(station) = &mut self.other_end {
            station.tick(now, out);
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
            OtherEnd::Ours(station) => station.deadline(),
            _ => None,
        };
        let close = self.close_at().map(|(at, _)| at);
        [commands, close, self.split_deadline]
            .into_iter()
            .flatten()
            .min()
    }

    fn reprofile(&mut self, device: &PhyId, profile: Profile) {
        if let OtherEnd::Ours(station) = &mut self.other_end
            && station.phy == *device
        {
            // What this link has learnt may not have been stored yet when the profile was read.
            let learnt = std::mem::replace(&mut station.profile, profile).learnt;
            station.profile.learnt.extend(learnt);
        }
    }
}

/// The first frame of a connection: who it is, if it says so.
fn introduce(frame: &Frame<'_>, code: Option<&str>) -> Heard {
    let named = code.is_some_and(|code| code.parse::<PhyId>().is_ok());
    match check_version(frame.version) {
        Ok(()) if named => Heard::Wait,
        Ok(()) if code.is_some() => Heard::Bad,
        _ => Heard::Good,
    }
}

/// The pile that an uplink names.
fn code_of<'a>(frame: &Frame<'a>) -> Option<&'a str> {
    let length = frame.body.len();
    let goes_up = usual_direction(frame.cmd, length) == Direction::Up;
    if !goes_up || check_version(frame.version).is_err() || !is_listed(frame.cmd) {
        return None;
    }
    let bytes = pile_code(frame.cmd, frame.body)?;
    // A code that is no text is nobody's.
    Some(std::str::from_utf8(bytes).unwrap_or("?"))
}

/// Whether bodies of a command are known, so that it is known where they name the pile.
fn is_listed(cmd: u16) -> bool {
    forms_of(cmd)
        .iter()
        .any(|form| form.direction == Direction::Up)
}

/// Notes an uplink for the log.
fn note(phy: &PhyId, frame: &Frame<'_>, kind: &'static str, out: &mut Output) {
    out.items.push(Item::Frame(FrameNote {
        direction: Direction::Up,
        device: phy.clone(),
        cmd: frame.cmd,
        kind,
        msg_id: Some(u32::from(frame.seq)),
        data_len: frame.body.len(),
        raw: loggable(frame).into(),
    }));
}

/// A frame whose content is refused.
fn refuse_content(frame: &Frame<'_>, reason: &'static str, out: &mut Output) {
    out.tally.malformed += frame.raw.len() as u64;
    out.tally.bad_frames += 1;
    keep(frame, reason, out);
}

/// Keeps a frame that is of no use to anybody but the log.
fn keep(frame: &Frame<'_>, reason: &'static str, out: &mut Output) {
    let shown = loggable(frame);
    let end = shown.len().min(MALFORMED_KEPT);
    let kept = shown.get(..end).unwrap_or_default();
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
