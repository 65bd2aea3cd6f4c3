//! The platform's link alone, with frames made by hand on a virtual clock.

mod bms;
mod bounds;
mod cards;
mod commands;
mod frames;
mod logins;
mod management;
mod prices;
mod properties;
mod records;
mod secrets;
mod starts;
mod status;
mod stops;

use device::{
    Admission, Answer, Command, Dispatch, Envelope, Event, Item, Link, Outcome, Output, Profile,
    Protocol, Receipt, Tally,
};
use frames::{
    NONE, beat, charging, charging_data, code, data, head, idle, login, login_of, order_no, phy,
    pile_answer, pinned, plan, record, serial, start, started, stop, time_answer,
};
use kernel::{CommandId, PhyId, PortNo, Timestamp};
use std::time::Duration;
use ykc::codes::{Done, FrameType, StartFailure};
use ykc::frame::{CrcOrder, Scan, scan};
use ykc::message::{self, Body, Message};
use ykc::{Ykc, YkcLink};

/// 2024-10-20 15:00:00 in Shanghai.
const START: Timestamp = Timestamp(1_729_407_600_000);
const PILE: &str = "32010600019236";
const ORDER: &str = "THD1729407600001";
const SERIAL: &str = "32010600019236012410201500000001";

/// A frame that the link wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Down {
    at: Timestamp,
    sequence: [u8; 2],
    order: CrcOrder,
    body: Body,
}

/// One connection, a platform that stores everything unless told otherwise, and every invariant
/// that holds after every call.
struct Desk {
    link: YkcLink,
    now: Timestamp,
    profile: Profile,
    /// Known to the platform.
    ours: bool,
    /// What receipts are answered with at once; none: they wait.
    says: Option<Answer>,
    downs: Vec<Down>,
    items: Vec<Item>,
    events: Vec<Envelope>,
    receipts: Vec<Receipt>,
    tally: Tally,
    received: u64,
    next_id: i64,
    sequence: u16,
    order: CrcOrder,
}

impl Desk {
    /// A connection on which nothing has been said.
    fn fresh(profile: Profile) -> Self {
        Self {
            link: YkcLink::new(),
            now: START,
            profile,
            ours: true,
            says: Some(Answer::Stored),
            downs: Vec::new(),
            items: Vec::new(),
            events: Vec::new(),
            receipts: Vec::new(),
            tally: Tally::default(),
            received: 0,
            next_id: 1,
            sequence: 0x0100,
            order: CrcOrder::LowHigh,
        }
    }

    /// A pile that has logged in, whose clock is set and whose guns have shown themselves idle.
    fn with(profile: Profile) -> Self {
        let mut desk = Self::fresh(profile);
        desk.up(login());
        desk.up(time_answer(desk.now));
        desk.up(idle(1));
        desk.up(idle(2));
        desk.forget();
        desk
    }

    fn new() -> Self {
        Self::with(Profile::default())
    }

    fn forget(&mut self) {
        self.downs.clear();
        self.items.clear();
        self.events.clear();
    }

    // --- in ---

    fn call(&mut self, act: impl FnOnce(&mut YkcLink, Timestamp, &mut Output)) {
        let mut out = Output::default();
        act(&mut self.link, self.now, &mut out);
        self.take(out);
        let tally = self.tally;
        let counted = tally.decoded + tally.unknown + tally.malformed + tally.skipped;
        let pending = self.link.pending() as u64;
        assert_eq!(
            counted + pending,
            self.received,
            "every byte is accounted for"
        );
    }

    fn take(&mut self, out: Output) {
        self.tally.decoded += out.tally.decoded;
        self.tally.unknown += out.tally.unknown;
        self.tally.malformed += out.tally.malformed;
        self.tally.skipped += out.tally.skipped;
        self.tally.frames += out.tally.frames;
        self.tally.bad_frames += out.tally.bad_frames;
        self.read(&out.wire);
        for item in out.items {
            self.items.push(item.clone());
            match &item {
                Item::Identify(device) if self.ours => {
                    let known = Admission::Known(self.profile.clone());
                    self.admit(&device.clone(), known);
                }
                Item::Identify(device) => self.admit(&device.clone(), Admission::Stranger),
                Item::Event(envelope) => self.note(envelope.clone()),
                _ => {}
            }
        }
    }

    fn note(&mut self, envelope: Envelope) {
        let receipt = envelope.receipt;
        self.events.push(envelope);
        if let Some(receipt) = receipt {
            self.receipts.push(receipt);
            if let Some(answer) = self.says.clone() {
                self.resolve(receipt, answer);
            }
        }
    }

    fn admit(&mut self, device: &PhyId, admission: Admission) {
        self.call_unchecked(|link, now, out| link.admit(device, admission, now, out));
    }

    fn resolve(&mut self, receipt: Receipt, answer: Answer) {
        self.call_unchecked(|link, now, out| link.resolve(receipt, answer, now, out));
    }

    /// Answers the newest receipt.
    fn answer(&mut self, answer: Answer) {
        let receipt = *self.receipts.last().expect("something waits");
        self.resolve(receipt, answer);
    }

    /// A call from inside another one, whose bytes are not counted yet.
    fn call_unchecked(&mut self, act: impl FnOnce(&mut YkcLink, Timestamp, &mut Output)) {
        let mut out = Output::default();
        act(&mut self.link, self.now, &mut out);
        self.take(out);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        self.call(|link, now, out| link.receive(bytes, now, out));
    }

    /// A frame from the pile; its sequence is returned.
    fn up(&mut self, body: Body) -> [u8; 2] {
        let sequence = self.sequence.to_le_bytes();
        self.sequence += 1;
        let mut bytes = Vec::new();
        Message::from(body)
            .seal(sequence, self.order, &mut bytes)
            .expect("short enough");
        self.bytes(&bytes);
        sequence
    }

    fn command(&mut self, command: Command) -> CommandId {
        self.dispatch(command, false)
    }

    fn dispatch(&mut self, command: Command, attempted: bool) -> CommandId {
        let id = CommandId(self.next_id);
        self.next_id += 1;
        let dispatch = Dispatch {
            id,
            device: phy(PILE),
            command,
            msg_id: u32::try_from(id.0).expect("small") + 100,
            attempted,
            image: None,
        };
        self.call(|link, now, out| link.command(dispatch, now, out));
        id
    }

    /// Lets time pass, from one deadline to the next.
    fn pass(&mut self, milliseconds: u64) {
        let end = self.now + Duration::from_millis(milliseconds);
        while let Some(next) = self.link.deadline().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.call(Link::tick);
            let again = self.link.deadline();
            assert!(
                again.is_none_or(|again| again > self.now),
                "a tick does all that is due"
            );
        }
        self.now = end;
    }

    fn seconds(&mut self, seconds: u64) {
        self.pass(seconds * 1000);
    }

    /// Lets time pass on a connection that beats every ten seconds.
    fn live(&mut self, seconds: u64) {
        for _ in 0..seconds / 10 {
            self.seconds(10);
            self.up(beat(1));
        }
        self.seconds(seconds % 10);
    }

    // --- out ---

    fn read(&mut self, mut wire: &[u8]) {
        while !wire.is_empty() {
            let Scan::Frame(frame) = scan(wire) else {
                panic!("the link wrote no frame: {}", hex::encode(wire));
            };
            let message = message::decode(&frame).expect("the link writes sound bodies");
            assert!(message.trailing.is_empty());
            self.downs.push(Down {
                at: self.now,
                sequence: frame.sequence,
                order: frame.order,
                body: message.body,
            });
            wire = &wire[frame.raw.len()..];
        }
    }

    /// Everything written, in order, then forgets it; without answers to heartbeats.
    fn said(&mut self) -> Vec<Body> {
        let downs = std::mem::take(&mut self.downs);
        downs
            .into_iter()
            .map(|down| down.body)
            .filter(|body| !matches!(body, Body::HeartbeatAnswer(_)))
            .collect()
    }

    /// The types of everything written.
    fn kinds(&mut self) -> Vec<FrameType> {
        self.said().iter().map(Body::frame_type).collect()
    }

    fn last(&self) -> &Down {
        self.downs.last().expect("something was written")
    }

    /// Everything that became of a command, but for `Written`.
    fn outcomes(&self, command: CommandId) -> Vec<&Outcome> {
        let reports = self
            .events
            .iter()
            .filter_map(|envelope| match &envelope.event {
                Event::Command(report) if report.command == command => Some(&report.outcome),
                _ => None,
            });
        reports
            .filter(|outcome| !matches!(outcome, Outcome::Written { .. }))
            .collect()
    }

    /// The one thing that became of a command.
    fn outcome(&self, command: CommandId) -> &Outcome {
        match self.outcomes(command)[..] {
            [outcome] => outcome,
            ref others => panic!("{} outcomes: {others:?}", others.len()),
        }
    }

    fn is_open(&self, command: CommandId) -> bool {
        self.outcomes(command).is_empty()
    }

    fn is_accepted(&self, command: CommandId) -> bool {
        matches!(self.outcome(command), Outcome::Accepted { .. })
    }

    /// Code and words of a refusal.
    fn refusal(&self, command: CommandId) -> (Option<u32>, String) {
        match self.outcome(command) {
            Outcome::Refused(refusal) => (refusal.code, refusal.text.clone()),
            other => panic!("not refused: {other:?}"),
        }
    }

    /// Events that are no news of commands, heartbeats or traits.
    fn told(&self) -> Vec<&Event> {
        let events = self.events.iter().map(|envelope| &envelope.event);
        events
            .filter(|event| {
                !matches!(
                    event,
                    Event::Command(_) | Event::Heartbeat(_) | Event::Learnt { .. }
                )
            })
            .collect()
    }

    /// The only such event.
    fn only(&self) -> &Event {
        match self.told()[..] {
            [event] => event,
            ref others => panic!("{} events: {others:?}", others.len()),
        }
    }

    fn closed(&self) -> Option<device::CloseReason> {
        self.items.iter().find_map(|item| match item {
            Item::Close(reason) => Some(*reason),
            _ => None,
        })
    }

    fn malformed(&self) -> Vec<&'static str> {
        let items = self.items.iter();
        items
            .filter_map(|item| match item {
                Item::Malformed { reason, .. } => Some(*reason),
                _ => None,
            })
            .collect()
    }

    /// Alarms: fault, code, whether it begins.
    fn alarms(&self) -> Vec<(Option<device::Fault>, u32, bool)> {
        let events = self.events.iter();
        events
            .filter_map(|envelope| match &envelope.event {
                Event::Alarm(alarm) => Some((alarm.fault, alarm.code, alarm.active)),
                _ => None,
            })
            .collect()
    }

    /// Lists of faults: fault and code.
    fn lists(&self) -> Vec<Vec<(Option<device::Fault>, u32)>> {
        let events = self.events.iter();
        events
            .filter_map(|envelope| match &envelope.event {
                Event::Faults(list) => {
                    let faults = list.faults.iter();
                    Some(faults.map(|listed| (listed.fault, listed.code)).collect())
                }
                _ => None,
            })
            .collect()
    }

    /// A session that charges on gun 1, begun by a remote start.
    fn charging(&mut self) {
        self.command(start(1));
        self.up(started(SERIAL, Done::Ok, StartFailure::None));
        self.up(charging(1, SERIAL, 0));
        self.forget();
    }
}

#[test]
fn what_the_platform_is_told_of_the_family() {
    let none = Profile::default();
    assert_eq!((Ykc.name(), Ykc.label()), ("ykc", "YKC"));
    assert_eq!(Ykc.offline_policy(), device::OfflinePolicy::Hold);
    assert_eq!(Ykc.card_start(&none), device::CardStart::ByAnswer);
    assert_eq!(Ykc.tariff_use(&none), device::TariffUse::Compares);
    assert!(Ykc.keeps(&none).amount && !Ykc.keeps(&none).time);
    assert_eq!(Ykc.rhythm(&none).offline_after, Duration::from_secs(45));
    assert!(!Ykc.queues(&stop(1)) && Ykc.queues(&Command::SyncTime));
    let made = Ykc.serial(&phy(PILE), PortNo(1), order_no(), START, 10_001);
    assert_eq!(made.as_deref(), Some(SERIAL));
    assert_eq!(
        Ykc.serial(&phy("short"), PortNo(1), order_no(), START, 1),
        None
    );
}

#[test]
fn detection_by_the_first_bytes() {
    use device::Detection::{Maybe, No, Yes};
    for (first, wanted) in [
        (&[][..], Maybe),
        (&[0x68], Maybe),
        (&[0x68, 0x22, 0, 0], Maybe),
        (&[0x68, 0x22, 0, 0, 0, 0x01], Yes),
        (&[0x68, 0x22, 0, 0, 1, 0x01], Yes),
        // An answer of a platform, another family with the same first byte.
        (&[0x68, 0x0C, 0, 0, 0, 0x02], No),
        (&[0x68, 0x22, 0, 0, 7], No),
        (&[0x68, 0x04, 0x07, 0, 0, 0], Yes),
        (&[0x68, 0x00, 0x9F], Yes),
        (&[0x68, 0x00, 0x04], No),
        (&[0xAA, 0xF5], No),
        (b"DNY", No),
    ] {
        assert_eq!(Ykc.detect(first), wanted, "{first:02x?}");
    }
}

#[test]
fn frames_are_described_for_the_log() {
    let none = Profile::default();
    let mut bytes = Vec::new();
    Message::from(beat(1))
        .seal([0, 0], CrcOrder::HighLow, &mut bytes)
        .expect("short");
    let words = Ykc.describe(&bytes, device::Direction::Up, &none);
    let words: serde_json::Value = serde_json::from_str(&words.expect("sound")).expect("JSON");
    assert_eq!(
        words,
        serde_json::json!({"pile_code": PILE, "gun_no": "01", "gun_status": 0})
    );
    assert_eq!(
        Ykc.describe(&bytes, device::Direction::Down, &none),
        None,
        "it goes the other way"
    );
}
