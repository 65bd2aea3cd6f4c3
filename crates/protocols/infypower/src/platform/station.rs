//! One pile that is ours: what is remembered of it, its events, its frames.

use super::cards::CardMemory;
use super::guns::Guns;
use super::identity::Sessions;
use super::outbox::Outbox;
use super::receipts::{Receipts, Reply};
use super::words;
use crate::codes::{AlarmBits, Version};
use crate::frame::{DOWN_MAX, Frame};
use crate::layout::Dialect;
use crate::message::{Body, Message};
use crate::secrets::loggable_bytes;
use crate::traits;
use device::{
    CommandReport, Direction, Envelope, Event, FrameNote, Item, Outcome, Output, Profile, Refusal,
    Registration, TariffTable,
};
use kernel::{CommandId, OrderNo, PhyId, PortNo, Timestamp};

/// Records that are remembered to answer repeats at once.
const RECORDS_MAX: usize = 64;
/// Orders whose start failed and that must not charge.
const FAILED_MAX: usize = 16;

pub(super) struct Station {
    pub(super) phy: PhyId,
    pub(super) profile: Profile,
    pub(super) outbox: Outbox,
    pub(super) receipts: Receipts,
    pub(super) guns: Guns,
    pub(super) cards: Vec<CardMemory>,
    pub(super) sessions: Sessions,
    /// It has signed in on this connection.
    pub(super) signed_in: bool,
    introduced: Option<Registration>,
    /// Records that are stored, by their marks.
    stored: Vec<u64>,
    /// Orders that were given up and must not charge.
    failed: Vec<OrderNo>,
    pub(super) alarm_bits: Option<AlarmBits>,
    /// The same alarm bits came so often in a row.
    pub(super) alarm_repeats: u8,
    /// When its clock is set next.
    pub(super) clock_due: Option<Timestamp>,
    /// When its clock was set last.
    pub(super) clock_set: Option<Timestamp>,
    /// The prices that it has taken on this connection.
    pub(super) tariff: Option<TariffTable>,
    /// Version byte of its last plain uplink.
    pub(super) heard_version: Version,
    seq: u8,
}

impl Station {
    pub(super) fn new(phy: PhyId, profile: Profile) -> Self {
        let sessions = Sessions::parse(profile.get(traits::SESSIONS).unwrap_or_default());
        Self {
            phy,
            profile,
            outbox: Outbox::default(),
            receipts: Receipts::default(),
            guns: Guns::default(),
            cards: Vec::new(),
            sessions,
            signed_in: false,
            introduced: None,
            stored: Vec::new(),
            failed: Vec::new(),
            alarm_bits: None,
            alarm_repeats: 0,
            clock_due: None,
            clock_set: None,
            tariff: None,
            heard_version: Version::Plain,
            seq: 0,
        }
    }

    pub(super) fn dialect(&self) -> Dialect {
        traits::dialect(&self.profile)
    }

    /// Whether commands may be sent: after the sign-in, or when an earlier one or an operator has
    /// told what the pile speaks.
    pub(super) fn may_command(&self) -> bool {
        self.signed_in || traits::is_dialect_told(&self.profile)
    }

    /// The number of a gun on the wire.
    pub(super) fn gun_no(&self, port: PortNo) -> u8 {
        if port == PortNo(1) && traits::is_on(&self.profile, traits::GUN_ZERO) {
            return 0;
        }
        u8::try_from(port.0).unwrap_or(0)
    }

    /// The port of a gun's number; none beyond what a pile can have.
    pub(super) fn port_of(gun_no: u8) -> Option<PortNo> {
        let port = PortNo(u16::from(gun_no.max(1)));
        (port.0 <= super::GUNS_MAX).then_some(port)
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

    /// Tells what the pile says of itself, when that is news on this connection.
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

    /// Whether a record like this has been stored on this connection.
    pub(super) fn has_stored(&self, mark: u64) -> bool {
        self.stored.contains(&mark)
    }

    /// A record has been stored.
    pub(super) fn remember_record(&mut self, mark: u64) {
        if self.has_stored(mark) {
            return;
        }
        if self.stored.len() == RECORDS_MAX {
            self.stored.remove(0);
        }
        self.stored.push(mark);
    }

    /// An order was given up: it must not charge any more.
    pub(super) fn must_not_charge(&mut self, order: OrderNo) {
        if self.failed.contains(&order) {
            return;
        }
        if self.failed.len() == FAILED_MAX {
            self.failed.remove(0);
        }
        self.failed.push(order);
    }

    /// Whether an order was given up.
    pub(super) fn was_given_up(&self, order: OrderNo) -> bool {
        self.failed.contains(&order)
    }

    /// An order that was given up is begun anew.
    pub(super) fn begin_anew(&mut self, order: OrderNo) {
        self.failed.retain(|failed| *failed != order);
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
        envelope.receipt = Some(self.receipts.issue(reply));
        envelope.raw = Some(frame.raw.into());
        envelope.device_time = device_time;
        envelope.msg_id = Some(u32::from(frame.seq));
        out.items.push(Item::Event(envelope));
    }

    /// Tells what became of a stored command; the link's own are nobody's business.
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

    pub(super) fn refused(
        &self,
        id: Option<CommandId>,
        code: Option<u32>,
        why: &str,
        now: Timestamp,
        out: &mut Output,
    ) {
        let refusal = Refusal {
            code,
            text: why.to_owned(),
        };
        self.report(id, Outcome::Refused(refusal), now, out);
    }

    pub(super) fn accept(
        &self,
        id: Option<CommandId>,
        data: Option<String>,
        now: Timestamp,
        out: &mut Output,
    ) {
        let outcome = Outcome::Accepted {
            port: None,
            session: None,
            data,
        };
        self.report(id, outcome, now, out);
    }

    /// The next sequence of a command.
    pub(super) fn next_seq(&mut self) -> u8 {
        let seq = self.seq;
        self.seq = self.seq.wrapping_add(1);
        seq
    }

    /// Writes a frame and notes it for the log. One that piles have no room for is not written.
    pub(super) fn write(&self, cmd: u16, seq: u8, body: Body, out: &mut Output) {
        let kind = match &body {
            Body::Nothing(_) => words::kind_of_nothing(cmd),
            other => words::kind_of(other),
        };
        let begin = out.wire.len();
        let message = Message::from(body);
        let sealed = message.seal(self.version(), seq, cmd, &mut out.wire);
        if sealed.is_err() || out.wire.len() - begin > DOWN_MAX {
            out.wire.truncate(begin);
            return;
        }
        let raw = out.wire.get(begin..).unwrap_or_default();
        out.items.push(Item::Frame(FrameNote {
            direction: Direction::Down,
            device: self.phy.clone(),
            cmd,
            kind,
            msg_id: Some(u32::from(seq)),
            data_len: raw.len().saturating_sub(crate::frame::LENGTH_MIN),
            raw: loggable_bytes(cmd, raw).into(),
        }));
    }

    fn version(&self) -> Version {
        match self.profile.get(traits::VERSION_BYTE) {
            Some("echo") => self.heard_version,
            Some(text) => {
                let pinned = u8::from_str_radix(text.trim_start_matches("0x"), 16);
                let version = pinned.map_or(Version::Plain, Version::from);
                if version.is_plain() {
                    version
                } else {
                    Version::Plain
                }
            }
            None => Version::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Station;
    use crate::frame::{DOWN_MAX, LENGTH_MIN};
    use crate::message::Piece;
    use crate::value::HexTail;
    use device::{Output, Profile};

    #[test]
    fn nothing_is_written_that_a_pile_has_no_room_for() {
        let phy = "2900300800103".parse().expect("an id");
        let station = Station::new(phy, Profile::default());
        let room = DOWN_MAX - LENGTH_MIN;
        for (length, written) in [(room, DOWN_MAX), (room + 1, 0)] {
            let mut out = Output::default();
            out.wire.push(0xFF);
            let piece = Piece {
                data: HexTail(vec![0; length]),
            };
            station.write(1007, 0, piece.into(), &mut out);
            assert_eq!(out.wire.len() - 1, written);
            assert_eq!(out.items.len(), usize::from(written > 0));
        }
    }
}
