//! Our side's link: one connection, and every device and host that speaks on it.
//!
//! * this file: framing, who is on the connection, its own clock and its end;
//! * `line`: what all of them share; `clock`: time that never runs backwards;
//! * `strangers`: what is said to those that are not ours; `unit`: what is remembered of one that
//!   is, and its events;
//! * `presence`, `charging`, `held`, `notices`: uplinks; `verdicts`: answers to cards;
//! * `commands`, `starts`, `params`, `parcel`, `upgrade`, `vendor`: commands; `task`, `outbox`,
//!   `asking`, `jobs`: their pacing and repeats; `answers`: what devices say to them.

mod answers;
mod asking;
mod charging;
mod clock;
mod commands;
mod held;
mod jobs;
mod line;
mod notices;
mod outbox;
mod params;
mod parcel;
mod party;
mod presence;
mod starts;
mod strangers;
mod task;
mod unit;
mod upgrade;
mod vendor;
mod verdicts;
mod words;

pub(crate) use commands::wire_command;
pub(crate) use params::check as check_params;
pub(crate) use upgrade::IMAGE_MAX;
pub(crate) use vendor::{COMMANDS, is_plain, message as vendor_message};
pub(crate) use words::{PORT_MAX, loggable, order_key, version_number};

use crate::PhysicalId;
use crate::frame::{Frame, Split, Splitter, parse};
use crate::message::{Body, Message};
use crate::traits::SILENCE_MAX;
use clock::Clock;
use device::{
    Admission, Answer, CloseReason, CommandReport, Dispatch, Envelope, Event, Item, Link, Outcome,
    Output, Profile, Receipt, Refusal,
};
use kernel::{CommandId, PhyId, Timestamp};
use line::{About, Line, Turn};
use party::{Party, Who};
use std::collections::VecDeque;
use std::time::Duration;
use unit::Unit;
use wire::printable;

/// A connection that has shown nothing valid for so long after it was opened is closed.
const IDENTIFY_WITHIN: Duration = Duration::from_mins(1);
/// Ids of one connection: a host, the fifty devices that it can have, and a few that line noise
/// made up.
const IDS_MAX: usize = 64;
/// A stranger that has been silent for so long gives way to a new id when there are too many.
const STRANGER_SILENCE: Duration = Duration::from_mins(10);
/// Bytes of a malformed frame that are kept.
const MALFORMED_KEPT: usize = 512;

/// A connection that speaks AP3000.
pub struct Ap3000Link {
    clock: Clock,
    splitter: Splitter,
    pending: Vec<u8>,
    opened_at: Option<Timestamp>,
    last_valid: Option<Timestamp>,
    split_deadline: Option<Timestamp>,
    line: Line,
    parties: Vec<Party>,
    closed: bool,
}

impl Ap3000Link {
    /// A link for a new connection.
    pub fn new() -> Self {
        Self {
            clock: Clock::default(),
            splitter: Splitter::new(),
            pending: Vec::new(),
            opened_at: None,
            last_valid: None,
            split_deadline: None,
            line: Line::default(),
            parties: Vec::new(),
            closed: false,
        }
    }

    /// Bytes received of which nothing can be said yet.
    pub fn pending(&self) -> usize {
        let held = self.parties.iter().map(Party::held);
        self.pending.len() + held.sum::<usize>()
    }

    /// Gives the connection up, once; what comes after is not looked at.
    fn close(&mut self, reason: CloseReason, out: &mut Output) {
        if !self.closed {
            self.closed = true;
            out.items.push(Item::Close(reason));
        }
        out.tally.skipped += self.pending() as u64;
        self.pending = Vec::new();
        self.parties = Vec::new();
        self.split_deadline = None;
    }

    /// Takes as many items as there are.
    fn consume(&mut self, now: Timestamp, at: Timestamp, out: &mut Output) {
        let buffer = std::mem::take(&mut self.pending);
        let mut rest = buffer.as_slice();
        self.split_deadline = None;
        loop {
            let (consumed, split) = self.splitter.next(rest, now);
            let good = split.good_bytes();
            match split {
                Split::Frame(frame) => {
                    out.tally.skipped += (consumed - good) as u64;
                    self.last_valid = Some(now);
                    self.hear(&frame, now, at, out);
                }
                Split::Link => {
                    count_bare(consumed, good, out);
                    self.last_valid = Some(now);
                }
                Split::Iccid(iccid) => {
                    count_bare(consumed, good, out);
                    self.last_valid = Some(now);
                    self.line.iccid = Some(printable(iccid));
                }
                Split::Malformed { raw, error } => {
                    out.tally.malformed += 1;
                    out.tally.skipped += consumed.saturating_sub(1) as u64;
                    out.tally.bad_frames += 1;
                    let kept = raw.get(..raw.len().min(MALFORMED_KEPT)).unwrap_or_default();
                    out.items.push(Item::Malformed {
                        reason: error.reason(),
                        raw: kept.into(),
                    });
                }
                Split::Pending { deadline } => {
                    out.tally.skipped += consumed as u64;
                    rest = rest.get(consumed..).unwrap_or_default();
                    // What follows a candidate that never came whole may be the next such.
                    if deadline.is_none_or(|deadline| deadline > now) {
                        self.split_deadline = deadline;
                        break;
                    }
                    continue;
                }
            }
            rest = rest.get(consumed..).unwrap_or_default();
        }
        if rest.len() == buffer.len() {
            self.pending = buffer;
        } else if !rest.is_empty() {
            // A fresh allocation of the right size: an idle connection keeps no large buffer.
            self.pending = rest.to_vec();
        }
    }

    /// One good frame.
    fn hear(&mut self, frame: &Frame<'_>, now: Timestamp, at: Timestamp, out: &mut Output) {
        let known = self.place_of(frame.id);
        let Some(place) = known.or_else(|| self.make_room(now)) else {
            return refuse(frame, "foreign id", out);
        };
        if known.is_none() {
            let phy = frame.id.phy();
            out.items.push(Item::Identify(phy.clone()));
            self.parties.push(Party {
                id: frame.id,
                phy,
                heard: now,
                who: Who::Asked(VecDeque::new()),
            });
        }
        let Some(party) = self.parties.get_mut(place) else {
            return;
        };
        let mut turn = Turn {
            now,
            at,
            line: &mut self.line,
            out,
        };
        party.hear(frame, &mut turn);
    }

    fn place_of(&self, id: PhysicalId) -> Option<usize> {
        self.parties.iter().position(|party| party.id == id)
    }

    /// The place of a new id; none when there are too many.
    fn make_room(&mut self, now: Timestamp) -> Option<usize> {
        if self.parties.len() >= IDS_MAX {
            let silent = |party: &Party| {
                matches!(party.who, Who::Stranger) && now.since(party.heard) >= STRANGER_SILENCE
            };
            let place = self.parties.iter().position(silent)?;
            self.parties.remove(place);
        }
        Some(self.parties.len())
    }

    fn party(&mut self, device: &PhyId) -> Option<usize> {
        self.parties.iter().position(|party| party.phy == *device)
    }

    /// Calls something on one of our devices.
    fn with_unit<T>(
        &mut self,
        place: Option<usize>,
        now: Timestamp,
        out: &mut Output,
        act: impl FnOnce(&mut Unit, &mut Turn<'_>) -> T,
    ) -> Option<T> {
        let inner = self.clock.read(now);
        let party = self.parties.get_mut(place?)?;
        let Who::Ours(unit) = &mut party.who else {
            return None;
        };
        let mut turn = Turn {
            now: inner,
            at: now,
            line: &mut self.line,
            out,
        };
        Some(act(unit, &mut turn))
    }

    fn close_at(&self) -> Option<(Timestamp, CloseReason)> {
        match (self.last_valid, self.opened_at) {
            (Some(heard), _) => Some((heard + SILENCE_MAX, CloseReason::Silent)),
            (None, Some(opened)) => Some((opened + IDENTIFY_WITHIN, CloseReason::NeverIdentified)),
            (None, None) => None,
        }
    }
}

impl Default for Ap3000Link {
    fn default() -> Self {
        Self::new()
    }
}

impl Link for Ap3000Link {
    fn receive(&mut self, bytes: &[u8], now: Timestamp, out: &mut Output) {
        if self.closed {
            out.tally.skipped += bytes.len() as u64;
            return;
        }
        let inner = self.clock.read(now);
        self.opened_at.get_or_insert(inner);
        self.splitter.received(inner);
        self.pending.extend_from_slice(bytes);
        self.consume(inner, now, out);
    }

    fn admit(&mut self, device: &PhyId, admission: Admission, now: Timestamp, out: &mut Output) {
        let inner = self.clock.read(now);
        let Some(place) = self.party(device) else {
            return;
        };
        let Some(party) = self.parties.get_mut(place) else {
            return;
        };
        let held = match &mut party.who {
            Who::Asked(held) => std::mem::take(held),
            Who::Stranger => VecDeque::new(),
            Who::Ours(_) => return,
        };
        let mut turn = Turn {
            now: inner,
            at: now,
            line: &mut self.line,
            out,
        };
        party.who = match admission {
            Admission::Stranger => Who::Stranger,
            Admission::Known(profile) => {
                let mut unit = Unit::new(party.id, party.phy.clone(), profile, inner);
                unit.welcome(&mut turn);
                Who::Ours(Box::new(unit))
            }
        };
        for raw in held {
            match parse(&raw) {
                Ok(frame) => party.hear(&frame, &mut turn),
                Err(_) => turn.out.tally.skipped += raw.len() as u64,
            }
        }
    }

    fn command(&mut self, dispatch: Dispatch, now: Timestamp, out: &mut Output) {
        if self.closed {
            // It was not written; the next connection is the place for it.
            return;
        }
        let place = self.party(&dispatch.device);
        let ours = place
            .and_then(|place| self.parties.get(place))
            .is_some_and(|party| matches!(party.who, Who::Ours(_)));
        if ours {
            self.with_unit(place, now, out, |unit, turn| unit.command(dispatch, turn));
        } else {
            refuse_command(dispatch, now, out);
        }
    }

    fn withdraw(&mut self, command: CommandId) -> bool {
        self.parties.iter_mut().any(|party| match &mut party.who {
            Who::Ours(unit) => {
                let withdrawn = unit.withdraw(command);
                if withdrawn {
                    self.line.show(unit.id, unit.doings());
                }
                withdrawn
            }
            Who::Asked(_) | Who::Stranger => false,
        })
    }

    fn resolve(&mut self, receipt: Receipt, answer: Answer, now: Timestamp, out: &mut Output) {
        if self.closed {
            return;
        }
        let Some(reply) = self.line.redeem(receipt) else {
            return;
        };
        let place = self.place_of(reply.id);
        self.with_unit(place, now, out, |unit, turn| {
            match (reply.about, answer) {
                (About::Card(card, port), answer) => {
                    unit.card_decided(card, port, reply.msg_id, &answer, turn);
                }
                (about, Answer::Stored) => unit.stored(about, reply.msg_id, turn),
                (About::Settlement, _) => {
                    unit.forget_request(crate::codes::Cmd::Settlement, reply.msg_id);
                }
                (About::Confirmation(_), _) => {
                    unit.forget_request(crate::codes::Cmd::OrderConfirm, reply.msg_id);
                }
            }
            unit.pump(turn);
        });
    }

    fn tick(&mut self, now: Timestamp, out: &mut Output) {
        if self.closed {
            return;
        }
        let inner = self.clock.read(now);
        self.opened_at.get_or_insert(inner);
        if self
            .split_deadline
            .is_some_and(|deadline| deadline <= inner)
        {
            self.consume(inner, now, out);
        }
        for party in &mut self.parties {
            if let Who::Ours(unit) = &mut party.who {
                let mut turn = Turn {
                    now: inner,
                    at: now,
                    line: &mut self.line,
                    out,
                };
                unit.tick(&mut turn);
            }
        }
        if let Some((at, reason)) = self.close_at()
            && at <= inner
        {
            self.close(reason, out);
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        if self.closed {
            return None;
        }
        let units = self.parties.iter().filter_map(|party| match &party.who {
            Who::Ours(unit) => unit.deadline(&self.line),
            Who::Asked(_) | Who::Stranger => None,
        });
        let close = self.close_at().map(|(at, _)| at);
        units
            .chain(close)
            .chain(self.split_deadline)
            .min()
            .map(|at| self.clock.outer(at))
    }

    fn reprofile(&mut self, device: &PhyId, profile: Profile) {
        let Some(place) = self.party(device) else {
            return;
        };
        if let Some(Party {
            who: Who::Ours(unit),
            ..
        }) = self.parties.get_mut(place)
        {
            // What this link has learnt may not have been stored yet when the profile was read.
            let learnt = std::mem::replace(&mut unit.profile, profile).learnt;
            unit.profile.learnt.extend(learnt);
        }
    }

    fn release(&mut self, device: &PhyId, _now: Timestamp, out: &mut Output) {
        let Some(place) = self.party(device) else {
            return;
        };
        let party = self.parties.remove(place);
        self.line.forget(party.id);
        out.tally.skipped += party.held() as u64;
    }
}

/// Counts what a modem says by itself.
fn count_bare(consumed: usize, good: usize, out: &mut Output) {
    out.tally.skipped += (consumed - good) as u64;
    out.tally.decoded += good as u64;
    out.tally.frames += 1;
}

/// Counts a frame that could be read.
fn count_good(frame: &Frame<'_>, message: &Message, out: &mut Output) {
    let bytes = frame.raw.len() as u64;
    if matches!(message.body, Body::Unknown(_)) {
        out.tally.unknown += bytes;
    } else {
        out.tally.decoded += bytes;
    }
    out.tally.frames += 1;
}

/// A frame whose data is too short for its command.
fn refuse_content(frame: &Frame<'_>, out: &mut Output) {
    refuse(frame, "content", out);
}

fn refuse(frame: &Frame<'_>, reason: &'static str, out: &mut Output) {
    out.tally.malformed += frame.raw.len() as u64;
    out.tally.bad_frames += 1;
    let raw = loggable(frame);
    let kept = raw.get(..raw.len().min(MALFORMED_KEPT)).unwrap_or_default();
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
