//! One gateway that is ours: what is remembered of it, its events, its jobs.

use super::outbox::{Job, Outbox};
use super::receipts::{EndMark, Receipts, Reply};
use super::task::{self, Task};
use super::words::{self, Address, outer};
use super::{Id, answer_time, decode, direct, note, refuse_content};
use crate::codes::CardResult;
use crate::frame::{Frame, Framing, GatewayId};
use crate::message::v86::{self, CardAnswer, OrderNoted};
use crate::message::{BalanceReply, Body, CardNo, CardStart, EndAck, Heartbeat};
use crate::port::{self, Outlet};
use crate::traits::{self, Dialect, EndAckStyle};
use device::{
    Answer, CardRefusal, CardVerdict, CommandReport, Direction, Dispatch, Envelope, Event,
    FrameNote, Item, Outcome, Output, Profile, Receipt, Refusal, Registration, Vitals,
};
use kernel::{CommandId, PortNo, Timestamp};
use std::time::Duration;

/// The same end report within so long after an answer: the answer was not understood.
const REPEAT_WITHIN: Duration = Duration::from_mins(1);
/// The same card request within so long is the same request.
const CARD_REPEAT_WITHIN: Duration = Duration::from_secs(30);
/// Answers that are remembered to recognise repeats.
const REMEMBERED_MAX: usize = 16;

/// An end report that has been answered.
struct Answered {
    mark: EndMark,
    at: Timestamp,
    style: EndAckStyle,
}

/// A card request, and what it was answered.
pub(super) struct CardMemory {
    pub(super) outlet: Outlet,
    pub(super) business_no: u16,
    pub(super) card: [u8; 6],
    pub(super) at: Timestamp,
    pub(super) answer: Option<Vec<u8>>,
}

pub(super) struct Gateway {
    pub(super) id: Id,
    pub(super) profile: Profile,
    pub(super) outbox: Outbox<Task>,
    pub(super) receipts: Receipts,
    introduced: Option<Registration>,
    answered: Vec<Answered>,
    pub(super) cards: Vec<CardMemory>,
    /// Sockets that have shown themselves on this connection.
    pub(super) sockets: Vec<u8>,
    /// Ports with a session, so that no firmware update interrupts one.
    pub(super) busy: Vec<PortNo>,
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
            answered: Vec::new(),
            cards: Vec::new(),
            sockets: Vec::new(),
            busy: Vec::new(),
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

    // --- up ---

    pub(super) fn hear(&mut self, frame: &Frame<'_>, now: Timestamp, out: &mut Output) {
        let message = match decode(frame) {
            Ok(message) => message,
            Err(error) => {
                note(&self.id, frame, "unreadable", out);
                refuse_content(frame, error.kind(), out);
                return;
            }
        };
        let unknown = matches!(message.body, Body::Unknown(_));
        note(&self.id, frame, kind_of_uplink(frame, &message.body), out);
        if unknown {
            out.tally.unknown += frame.raw.len() as u64;
        } else {
            out.tally.decoded += frame.raw.len() as u64;
        }
        out.tally.frames += 1;
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
                    Body::Unknown(_) if cmd == outer::FIRMWARE => {
                        self.reply_seen(seq, cmd, 0, &Word::Done(None), now, out);
                    }
                    _ => {}
                }
            }
        }
        self.pump(now, out);
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

    /// The first command that only one dialect has decides; an operator's word wins over it.
    fn learn_dialect(&mut self, cmd: u16, now: Timestamp, out: &mut Output) {
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
        if self.profile.learnt.get(key).map(String::as_str) == Some(value) {
            return;
        }
        self.profile.learnt.insert(key.to_owned(), value.to_owned());
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

    // --- replies that the platform releases ---

    pub(super) fn resolve(
        &mut self,
        receipt: Receipt,
        answer: Answer,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(reply) = self.receipts.redeem(receipt) else {
            return;
        };
        let begin = out.wire.len();
        match (reply, answer) {
            (_, Answer::Silence) => {}
            (
                Reply::End {
                    sub_cmd,
                    seq,
                    report,
                },
                _,
            ) => {
                self.answer_end(sub_cmd, seq, report, now, out);
            }
            (
                Reply::Container {
                    address,
                    bkv_cmd,
                    seq,
                    elements,
                },
                _,
            ) => {
                words::container(address, bkv_cmd, seq, &elements, &mut out.wire);
            }
            (Reply::Order { cmd, seq, order }, _) => {
                if let Some(gateway) = self.gateway() {
                    let noted = OrderNoted { order, result: 0 };
                    words::plain(gateway, cmd, seq, &noted, &mut out.wire);
                }
            }
            (
                Reply::Card {
                    outlet,
                    business_no,
                    card,
                },
                Answer::Card(verdict),
            ) => {
                self.answer_card(outlet, business_no, card, &verdict, out);
            }
            (Reply::V86Card { seq, card_no }, Answer::Card(verdict)) => {
                if let Some(gateway) = self.gateway() {
                    let answer = v86_verdict(card_no, &verdict);
                    words::plain(gateway, v86::cmd::CARD, seq, &answer, &mut out.wire);
                }
            }
            (Reply::Balance { outlet, card }, Answer::Balance(balance)) => {
                let seq = self.outbox.own_number();
                if let Some(gateway) = self.gateway() {
                    let reply = BalanceReply {
                        socket_no: outlet.socket,
                        port: outlet.hole,
                        card_no: CardNo(card),
                        balance_cent: u32::try_from(balance.0.max(0)).unwrap_or(u32::MAX),
                    };
                    words::sub(gateway, outer::CONTROL, 0x1A, seq, &reply, &mut out.wire);
                }
            }
            (Reply::DirectBalance { seq, card, port }, Answer::Balance(balance)) => {
                direct::answer_balance(self.id.address, seq, &card, port, balance, out);
            }
            // A verdict that does not fit the question: nothing is said, the device asks again.
            (
                Reply::Card { .. }
                | Reply::V86Card { .. }
                | Reply::Balance { .. }
                | Reply::DirectBalance { .. },
                _,
            ) => {}
        }
        self.note_down(begin, "answer", out);
        self.pump(now, out);
    }

    /// Acknowledges an end report in the style that this gateway understands. The same report
    /// again soon after an answer means that it did not: then the other style is used and kept.
    fn answer_end(
        &mut self,
        sub_cmd: u8,
        seq: u32,
        mark: EndMark,
        now: Timestamp,
        out: &mut Output,
    ) {
        let Some(gateway) = self.gateway() else {
            return;
        };
        let mut style = EndAckStyle::of(&self.profile);
        let has_two_forms = sub_cmd != SUB_CARD_END;
        let earlier = self
            .answered
            .iter()
            .position(|answered| answered.mark == mark);
        if let Some(place) = earlier {
            let earlier = self.answered.remove(place);
            if has_two_forms && now.since(earlier.at) < REPEAT_WITHIN {
                style = earlier.style.other();
                self.learn(traits::END_ACK, style.as_str(), now, out);
            }
        }
        if self.answered.len() == REMEMBERED_MAX {
            self.answered.remove(0);
        }
        self.answered.push(Answered {
            mark,
            at: now,
            style,
        });
        let form = match style {
            EndAckStyle::CardEnd => SUB_CARD_END,
            EndAckStyle::Echo => sub_cmd,
        };
        let ack = EndAck {
            socket_no: mark.outlet.socket,
            result: crate::codes::Outcome::Done,
        };
        words::sub(gateway, outer::CONTROL, form, seq, &ack, &mut out.wire);
    }

    /// A refused card is told so with an empty start, so that its lamp stops flashing; an
    /// accepted one hears from the start command that follows.
    fn answer_card(
        &mut self,
        outlet: Outlet,
        business_no: u16,
        card: [u8; 6],
        verdict: &CardVerdict,
        out: &mut Output,
    ) {
        let silent = self.profile.get(traits::CARD_REFUSAL) == Some("silence");
        let Some(gateway) = self.gateway() else {
            return;
        };
        if matches!(verdict, CardVerdict::Accepted { .. }) || silent {
            return;
        }
        let refusal = CardStart {
            socket_no: outlet.socket,
            port: outlet.hole,
            business_no,
            switch: crate::codes::Switch::Off,
            mode: crate::codes::ChargeMode::Time,
            duration_min: 0,
            energy_wh: 0,
            tiers: None,
        };
        let seq = self.outbox.own_number();
        let begin = out.wire.len();
        words::sub(gateway, outer::CONTROL, 0x0B, seq, &refusal, &mut out.wire);
        let written = out.wire.get(begin..).unwrap_or_default().to_vec();
        let memory = self.cards.iter_mut().find(|memory| {
            memory.outlet == outlet && memory.business_no == business_no && memory.card == card
        });
        if let Some(memory) = memory {
            memory.answer = Some(written);
        }
    }

    /// Whether a card request is a repeat; its earlier answer, if it has one, is given again.
    pub(super) fn card_again(
        &mut self,
        outlet: Outlet,
        business_no: u16,
        card: [u8; 6],
        now: Timestamp,
        out: &mut Output,
    ) -> bool {
        self.cards
            .retain(|memory| now.since(memory.at) < CARD_REPEAT_WITHIN);
        let known = self.cards.iter().find(|memory| {
            memory.outlet == outlet && memory.business_no == business_no && memory.card == card
        });
        if let Some(known) = known {
            if let Some(answer) = &known.answer {
                out.wire.extend_from_slice(answer);
            }
            return true;
        }
        if self.cards.len() == REMEMBERED_MAX {
            self.cards.remove(0);
        }
        self.cards.push(CardMemory {
            outlet,
            business_no,
            card,
            at: now,
            answer: None,
        });
        false
    }

    // --- down ---

    pub(super) fn command(&mut self, dispatch: Dispatch, now: Timestamp, out: &mut Output) {
        let id = dispatch.id;
        if self.outbox.holds(id) {
            return;
        }
        if !self.outbox.has_room() {
            self.refused(
                id,
                "too many commands are waiting for this gateway",
                now,
                out,
            );
            return;
        }
        let jobs = match (self.id.address, self.dialect()) {
            (Address::Direct(_), _) => self.direct_job(dispatch),
            (Address::Gateway(gateway), Dialect::Networked) => {
                self.networked_job(gateway, dispatch)
            }
            (Address::Gateway(gateway), Dialect::V86) => self.v86_job(gateway, dispatch),
        };
        match jobs {
            Ok(jobs) => jobs.into_iter().for_each(|job| self.outbox.push(job)),
            Err(why) => self.refused(id, why, now, out),
        }
        self.pump(now, out);
    }

    fn refused(&self, id: CommandId, why: &str, now: Timestamp, out: &mut Output) {
        let refusal = Refusal {
            code: None,
            text: why.to_owned(),
        };
        self.report(Some(id), Outcome::Refused(refusal), now, out);
    }

    /// Tells what became of a stored command; the link's own questions are nobody's business.
    pub(super) fn report(
        &self,
        id: Option<CommandId>,
        outcome: Outcome,
        now: Timestamp,
        out: &mut Output,
    ) {
        if let Some(command) = id {
            self.tell(Event::Command(CommandReport { command, outcome }), now, out);
        }
    }

    /// Writes what may be written now.
    pub(super) fn pump(&mut self, now: Timestamp, out: &mut Output) {
        while let Some(mut job) = self.outbox.next(now) {
            let begin = out.wire.len();
            (job.shot.write)(job.msg_id, &mut out.wire);
            self.note_down(begin, task::kind_of(&job.task), out);
            let asking = matches!(&job.task, Task::Start(start) if start.asking);
            if let Task::Start(start) = &mut job.task
                && !asking
            {
                start.written += 1;
            }
            if !asking {
                let attempt = match &job.task {
                    Task::Start(start) => start.written,
                    _ => job.attempts + 1,
                };
                let outcome = Outcome::Written {
                    cmd: job.shot.cmd,
                    msg_id: job.msg_id,
                    attempt,
                };
                self.report(job.id, outcome, now, out);
            }
            self.outbox.launched(job, now);
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp, out: &mut Output) {
        while let Some(job) = self.outbox.overdue(now) {
            self.unanswered(job, now, out);
        }
        self.pump(now, out);
    }

    /// No answer in time: again, another way, or given up.
    fn unanswered(&mut self, mut job: Job<Task>, now: Timestamp, out: &mut Output) {
        if let Task::Start(_) = &job.task {
            self.start_unanswered(job, now, out);
        } else if job.attempts < job.shot.tries {
            self.outbox.push_front(job);
        } else if let Task::Image { index, .. } = &mut job.task {
            let text = format!("no answer to chunk {index}");
            self.report(
                job.id,
                Outcome::Refused(Refusal { code: None, text }),
                now,
                out,
            );
        } else {
            self.report(
                job.id,
                Outcome::Lapsed {
                    attempts: job.attempts,
                },
                now,
                out,
            );
        }
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

/// Sub-command of a card session's end, and of the usual acknowledgement of all ends.
const SUB_CARD_END: u8 = 0x0C;

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
    /// No.
    Refused(u32),
}

fn v86_verdict(card_no: u32, verdict: &CardVerdict) -> CardAnswer {
    let (result, balance) = match verdict {
        CardVerdict::Accepted { balance } => (CardResult::Ok, balance),
        CardVerdict::Refused { reason, balance } => {
            let result = match reason {
                CardRefusal::Unknown => CardResult::UnknownCard,
                CardRefusal::Blocked => CardResult::Blocked,
                CardRefusal::BalanceTooLow => CardResult::BalanceTooLow,
                CardRefusal::PortUnavailable => CardResult::PortBusy,
                CardRefusal::NotServed => CardResult::NotServed,
            };
            (result, balance)
        }
    };
    let balance_fen = u32::try_from(balance.0.max(0)).unwrap_or(u32::MAX);
    CardAnswer {
        card_no,
        result,
        balance_fen,
    }
}

/// Kinds in the communication log.
fn kind_of_uplink(frame: &Frame<'_>, body: &Body) -> &'static str {
    match body {
        Body::Heartbeat(_) => "heartbeat",
        Body::V86(message) => super::v86_up::kind_of(message),
        Body::Sub(sub_cmd, _) => super::networked_up::kind_of(*sub_cmd),
        Body::Container(_) => super::container_up::kind_of(frame),
        Body::Unknown(_) => match frame.framing {
            // Numbers of an early, invented command set: should real hardware use them after
            // all, operators are to notice.
            Framing::Gateway {
                cmd: 0x1001 | 0x2000 | 0x2001 | 0x3000 | 0x3001 | 0x4000,
                ..
            } => "gn_legacy_command",
            _ => "unknown",
        },
        _ => "status",
    }
}
