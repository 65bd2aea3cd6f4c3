//! Our side's link: one connection of one pile, or of several behind a concentrator.
//!
//! * this file: framing, who is on the other end, the clock of the connection;
//! * `pile`: what is remembered of a pile that is ours, its events, its frames;
//! * `login`: the login and what follows it;
//! * `status`, `leftover`, `bms`, `records`, `billing`, `requests`: uplinks;
//! * `commands`, `jobs`, `outbox`, `task`: commands, their repeats and their fate;
//! * `starts`, `parallel`, `answers`: what the pile says to them;
//! * `receipts`: replies that wait for the platform; `traffic`: floods; `words`: units.

mod answers;
mod billing;
mod bms;
mod commands;
mod jobs;
mod leftover;
mod login;
mod outbox;
mod parallel;
mod pile;
mod receipts;
mod records;
mod requests;
mod starts;
mod status;
mod task;
mod traffic;
mod words;

pub(crate) use billing::model as model_of;
pub(crate) use commands::wire_command;
pub(crate) use words::{gun_of, serial};

use crate::codes::{FrameType, LoginResult, RecordResult};
use crate::frame::{CrcOrder, Frame, FrameError, Split, Splitter};
use crate::inspect::direction_of;
use crate::message::{self, Body, LoginAnswer, Message};
use crate::secrets::loggable;
use crate::traits;
use crate::value::PileCode;
use device::{
    Admission, Answer, CloseReason, CommandReport, Direction, Dispatch, Envelope, Event, FrameNote,
    Item, Link, Outcome, Output, Profile, Receipt, Refusal,
};
use kernel::{CommandId, PhyId, Timestamp};
use pile::{Pile, number_of, pile_of};
use std::time::Duration;
use traffic::Turn;

/// A connection without a valid login so long after it was opened is closed: its pile is to
/// start over.
const LOGIN_WITHIN: Duration = Duration::from_secs(30);
/// Bytes of a malformed frame that are kept.
const MALFORMED_KEPT: usize = 512;
/// Bytes that are held back while the platform looks a pile up. Who sends more than this before
/// we know is disconnected.
const HELD_MAX: usize = 64 * 1024;
/// Piles on one connection.
const PILES_MAX: usize = 64;

/// A connection that speaks YKC.
#[derive(Default)]
pub struct YkcLink {
    splitter: Splitter,
    pending: Vec<u8>,
    opened_at: Option<Timestamp>,
    last_valid: Option<Timestamp>,
    split_deadline: Option<Timestamp>,
    /// The platform is being asked about this pile.
    asked: Option<(PileCode, PhyId)>,
    seats: Vec<Seat>,
    /// Seats given so far, which tells their receipts apart.
    places: u64,
    closed: bool,
}

/// A pile that has shown itself here.
struct Seat {
    code: PileCode,
    phy: PhyId,
    /// None for one that is not ours.
    pile: Option<Box<Pile>>,
    /// It has been told that it is not.
    refused: bool,
}

impl YkcLink {
    /// A link for a new connection.
    pub fn new() -> Self {
        Self::default()
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
        while self.asked.is_none() && !self.closed && !self.splitter.is_hopeless() {
            let (taken, split) = self.splitter.next(rest, now);
            let done = match split {
                Split::Frame(frame) => {
                    let before = taken - frame.raw.len();
                    out.tally.skipped += before as u64;
                    // Asked just now: this frame is looked at again once we know.
                    if self.hear(&frame, now, out) {
                        taken
                    } else {
                        before
                    }
                }
                Split::Malformed { raw, error } => {
                    out.tally.malformed += 1;
                    out.tally.skipped += taken.saturating_sub(1) as u64;
                    out.tally.bad_frames += 1;
                    malformed(raw, error.kind(), out);
                    if error == FrameError::Version2 {
                        self.closed = true;
                        out.items.push(Item::Close(CloseReason::Refused));
                    }
                    taken
                }
                Split::Pending { deadline } => {
                    out.tally.skipped += taken as u64;
                    rest = rest.get(taken..).unwrap_or_default();
                    // What follows a frame that never came whole may begin the next such.
                    if deadline.is_none_or(|deadline| deadline > now) {
                        self.split_deadline = deadline;
                        break;
                    }
                    continue;
                }
            };
            rest = rest.get(done..).unwrap_or_default();
        }
        if self.closed {
            out.tally.skipped += rest.len() as u64;
            self.split_deadline = None;
        } else if rest.len() == buffer.len() {
            self.pending = buffer;
        } else if !rest.is_empty() {
            // A fresh allocation of the right size: an idle connection keeps no large buffer.
            self.pending = rest.to_vec();
        }
        if self.splitter.is_hopeless() {
            self.close(CloseReason::Garbage, out);
        }
    }

    /// One good frame. False when the platform has to be asked first.
    fn hear(&mut self, frame: &Frame<'_>, now: Timestamp, out: &mut Output) -> bool {
        self.last_valid = Some(now);
        if frame.encrypted {
            refuse_content(frame, "encrypted", out);
            if frame.kind == FrameType::Login && !self.has_login() {
                self.close(CloseReason::Refused, out);
            }
            return true;
        }
        let Some(code) = pile_of(frame.kind, frame.body) else {
            refuse_content(frame, "length", out);
            return true;
        };
        let seat = self.seats.iter().position(|seat| seat.code == code);
        let Some(place) = seat else {
            return self.hear_unknown(code, frame, out);
        };
        let others = self.has_login();
        let Some(seat) = self.seats.get_mut(place) else {
            return true;
        };
        let message = match message::decode(frame) {
            Ok(message) => message,
            Err(error) => {
                note(&seat.phy, frame, "unknown", out);
                refuse_content(frame, error.kind(), out);
                return true;
            }
        };
        note(&seat.phy, frame, frame.kind.kind(), out);
        count_good(frame, &message, out);
        match &mut seat.pile {
            Some(pile) if pile.logged_in.is_some() || frame.kind == FrameType::Login => {
                match pile.traffic.frame(now) {
                    Turn::Heard => pile.hear(frame, message, now, out),
                    Turn::Refused => {
                        let values = vec![("frames_per_second_exceeded", 1)];
                        pile.frame_alarm(frame.kind, true, values, now, out);
                    }
                    Turn::Ignored => {}
                }
            }
            None if frame.kind == FrameType::Login && !seat.refused => {
                seat.refused = true;
                refuse_login(code, &seat.phy, frame, out);
                // Others go on.
                if !others {
                    self.close(CloseReason::Refused, out);
                }
            }
            // Not ours, or not logged in: it hears nothing more.
            Some(_) | None => {}
        }
        true
    }

    /// A frame of a pile that has not logged in here.
    fn hear_unknown(&mut self, code: PileCode, frame: &Frame<'_>, out: &mut Output) -> bool {
        if frame.kind != FrameType::Login {
            self.misdirected(frame, out);
            return true;
        }
        let phy = code.to_string().parse::<PhyId>();
        let (true, Ok(phy)) = (self.seats.len() < PILES_MAX, phy) else {
            refuse_content(frame, "foreign id", out);
            return true;
        };
        if let Err(error) = message::decode(frame) {
            refuse_content(frame, error.kind(), out);
            return true;
        }
        out.items.push(Item::Identify(phy.clone()));
        self.asked = Some((code, phy));
        false
    }

    /// A record of a pile that is not here cannot be kept, and must not come for ever. Anything
    /// else of such a pile is dropped.
    fn misdirected(&self, frame: &Frame<'_>, out: &mut Output) {
        let record = matches!(frame.kind, FrameType::Record | FrameType::Record17);
        refuse_content(frame, "foreign id", out);
        let speaker = self.seats.iter().find_map(|seat| seat.pile.as_deref());
        if let (true, Some(pile)) = (record, speaker.filter(|pile| pile.logged_in.is_some()))
            && let Ok(message) = message::decode(frame)
        {
            let serial = match &message.body {
                Body::Record(record) => record.head.head.transaction_no,
                Body::OddRecord(record) => record.head.transaction_no,
                _ => return,
            };
            let answer = Pile::confirmation(serial, RecordResult::Illegal);
            pile.reply(answer, frame.sequence, out);
        }
    }

    fn has_login(&self) -> bool {
        self.piles().any(|pile| pile.logged_in.is_some())
    }

    fn piles(&self) -> impl Iterator<Item = &Pile> {
        self.seats.iter().filter_map(|seat| seat.pile.as_deref())
    }

    fn pile_mut(&mut self, device: &PhyId) -> Option<&mut Pile> {
        let seat = self.seats.iter_mut().find(|seat| seat.phy == *device)?;
        seat.pile.as_deref_mut()
    }

    fn close_at(&self) -> Option<(Timestamp, CloseReason)> {
        if self.has_login() {
            let silent = |heard: Timestamp| heard + traits::RHYTHM.close_after;
            return self.last_valid.map(|at| (silent(at), CloseReason::Silent));
        }
        // It has said who it is; that the platform is slow is not its fault.
        if self.asked.is_some() {
            return None;
        }
        let late = |opened: Timestamp| opened + LOGIN_WITHIN;
        self.opened_at
            .map(|at| (late(at), CloseReason::NeverIdentified))
    }
}

impl Link for YkcLink {
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
        let profile = match admission {
            Admission::Known(profile) => Some(profile),
            Admission::Stranger => None,
        };
        let asked = self.asked.take_if(|(_, phy)| phy == device);
        if let Some((code, phy)) = asked {
            self.places += 1;
            let place = self.places;
            let pile =
                profile.map(|profile| Box::new(Pile::new(code, phy.clone(), profile, place)));
            self.seats.push(Seat {
                code,
                phy,
                pile,
                refused: false,
            });
            self.consume(now, out);
        } else if let Some(profile) = profile {
            // Adopted while it was connected: it is ours from its next login on.
            self.places += 1;
            let place = self.places;
            let seat = self.seats.iter_mut().find(|seat| seat.phy == *device);
            if let Some(seat) = seat.filter(|seat| seat.pile.is_none()) {
                let pile = Pile::new(seat.code, seat.phy.clone(), profile, place);
                seat.pile = Some(Box::new(pile));
            }
        }
    }

    fn command(&mut self, dispatch: Dispatch, now: Timestamp, out: &mut Output) {
        if self.closed {
            // It was not written; the next connection is the place for it.
            return;
        }
        match self.pile_mut(&dispatch.device) {
            Some(pile) => pile.command(dispatch, now, out),
            None => refuse_command(dispatch, now, out),
        }
    }

    fn withdraw(&mut self, command: CommandId) -> bool {
        let piles = self.seats.iter_mut().filter_map(|seat| seat.pile.as_mut());
        let mut found = piles.map(|pile| pile.outbox.withdraw(command));
        found.any(|found| found)
    }

    fn resolve(&mut self, receipt: Receipt, answer: Answer, now: Timestamp, out: &mut Output) {
        if self.closed {
            return;
        }
        let mut piles = self.seats.iter_mut().filter_map(|seat| seat.pile.as_mut());
        if let Some(pile) = piles.find(|pile| pile.receipts.issued(receipt)) {
            pile.resolve(receipt, answer, now, out);
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
        for seat in &mut self.seats {
            if let Some(pile) = &mut seat.pile {
                pile.tick(now, out);
            }
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
        let piles = self.piles().filter_map(Pile::deadline).min();
        let close = self.close_at().map(|(at, _)| at);
        [piles, close, self.split_deadline]
            .into_iter()
            .flatten()
            .min()
    }

    fn reprofile(&mut self, device: &PhyId, profile: Profile) {
        if let Some(pile) = self.pile_mut(device) {
            // What this link has learnt may not have been stored yet when the profile was read.
            let learnt = std::mem::replace(&mut pile.profile, profile).learnt;
            pile.profile.learnt.extend(learnt);
        }
    }

    fn release(&mut self, device: &PhyId, _now: Timestamp, _out: &mut Output) {
        self.seats.retain(|seat| seat.phy != *device);
    }
}

/// A login that is refused: told so.
fn refuse_login(code: PileCode, phy: &PhyId, frame: &Frame<'_>, out: &mut Output) {
    let answer = LoginAnswer {
        pile_code: code,
        result: LoginResult::Refused,
    };
    pile::write(
        phy,
        Body::LoginAnswer(answer),
        frame.sequence,
        CrcOrder::default(),
        out,
    );
}

/// A frame whose content is refused.
fn refuse_content(frame: &Frame<'_>, reason: &'static str, out: &mut Output) {
    out.tally.malformed += frame.raw.len() as u64;
    out.tally.bad_frames += 1;
    malformed(&loggable(frame), reason, out);
}

fn malformed(raw: &[u8], reason: &'static str, out: &mut Output) {
    let kept = raw.get(..raw.len().min(MALFORMED_KEPT)).unwrap_or_default();
    out.items.push(Item::Malformed {
        reason,
        raw: kept.into(),
    });
}

/// A command for a pile that this connection does not carry, or not yet.
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

/// Notes an uplink for the log.
fn note(device: &PhyId, frame: &Frame<'_>, kind: &'static str, out: &mut Output) {
    out.items.push(Item::Frame(FrameNote {
        direction: Direction::Up,
        device: device.clone(),
        cmd: u16::from(u8::from(frame.kind)),
        kind,
        msg_id: Some(number_of(frame.sequence)),
        data_len: frame.body.len(),
        raw: loggable(frame).into(),
    }));
}

/// Counts a frame that could be read. One that goes the other way is nothing that a pile says.
fn count_good(frame: &Frame<'_>, message: &Message, out: &mut Output) {
    let bytes = frame.raw.len() as u64;
    let known = !matches!(message.body, Body::Unknown(..));
    if known && direction_of(frame.kind) == Direction::Up {
        out.tally.decoded += bytes;
    } else {
        out.tally.unknown += bytes;
    }
    out.tally.frames += 1;
}
