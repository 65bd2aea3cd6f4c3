//! The platform's link alone, with frames made by hand on a virtual clock.

mod acknowledgements;
mod cards;
mod commands;
mod dialects;
mod ends;
mod faults;
mod firmware;
mod flows;
mod parameters;
mod properties;
mod starts;
mod stream;
mod tiers;
mod v86;

use bkv::frame::{Expect, Frame, Framing, Scan, scan, seal};
use bkv::{BkvLink, element};
use device::{
    Admission, Answer, ChargeMode, ChargePlan, Command, Dispatch, Envelope, Event, Item, Link,
    Outcome, Output, Profile, Receipt, Tally,
};
use kernel::{CommandId, Fen, OrderNo, PhyId, PortNo, Timestamp};
use std::time::Duration;

/// 2024-10-20 15:00:00 in Shanghai.
const START: Timestamp = Timestamp(1_729_407_600_000);
const GATEWAY: &str = "82241218000382";
/// ICCID 898608551024D1988196, version 200.1.17, signal 20.
const HEARTBEAT: &str = "38393836303835353130323444313938383139363230302e312e313714";

/// A frame that the link wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Down {
    at: Timestamp,
    cmd: u16,
    seq: u32,
    /// Hex.
    body: String,
    raw: Vec<u8>,
}

/// One connection, a platform that stores everything unless told otherwise, and every invariant
/// that holds after every call.
struct Desk {
    link: BkvLink,
    now: Timestamp,
    profile: Profile,
    /// Known to the platform.
    ours: bool,
    /// Receipts are answered at once.
    stores: bool,
    downs: Vec<Down>,
    items: Vec<Item>,
    events: Vec<Envelope>,
    receipts: Vec<Receipt>,
    tally: Tally,
    received: u64,
    next_id: i64,
}

impl Desk {
    /// A connection on which nothing has been said.
    fn fresh(profile: Profile) -> Self {
        Self {
            link: BkvLink::new(),
            now: START,
            profile,
            ours: true,
            stores: true,
            downs: Vec::new(),
            items: Vec::new(),
            events: Vec::new(),
            receipts: Vec::new(),
            tally: Tally::default(),
            received: 0,
            next_id: 1,
        }
    }

    /// A connection that has had its first heartbeat, the traces of which are wiped.
    fn with(profile: Profile) -> Self {
        let mut desk = Self::fresh(profile);
        desk.up(0x0000, 0, HEARTBEAT);
        desk.forget();
        desk
    }

    fn new() -> Self {
        Self::with(Profile::default())
    }

    /// The same in the v8.6 dialect.
    fn v86() -> Self {
        Self::with(learnt("dialect", "v8.6"))
    }

    fn forget(&mut self) {
        self.downs.clear();
        self.items.clear();
        self.events.clear();
    }

    // --- in ---

    fn call(&mut self, act: impl FnOnce(&mut BkvLink, Timestamp, &mut Output)) {
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
            if self.stores {
                self.resolve(receipt, Answer::Stored);
            }
        }
    }

    fn admit(&mut self, device: &PhyId, admission: Admission) {
        self.call_unchecked(|link, now, out| link.admit(device, admission, now, out));
    }

    fn resolve(&mut self, receipt: Receipt, answer: Answer) {
        self.call_unchecked(|link, now, out| link.resolve(receipt, answer, now, out));
    }

    /// A call from inside another one, whose bytes are not counted yet.
    fn call_unchecked(&mut self, act: impl FnOnce(&mut BkvLink, Timestamp, &mut Output)) {
        let mut out = Output::default();
        act(&mut self.link, self.now, &mut out);
        self.take(out);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        self.call(|link, now, out| link.receive(bytes, now, out));
    }

    /// A frame from the gateway.
    fn up(&mut self, cmd: u16, seq: u32, body: &str) {
        self.bytes(&up_from(GATEWAY, cmd, seq, body));
    }

    /// A sub-command of 0015 or 0005.
    fn sub(&mut self, cmd: u16, sub_cmd: u8, seq: u32, parameters: &str) {
        self.up(cmd, seq, &sub_body(sub_cmd, parameters));
    }

    /// A container with these elements behind its header.
    fn container(&mut self, bkv_cmd: u16, seq: u32, elements: &[(u32, &str)]) {
        self.up(0x1000, seq, &container_body(bkv_cmd, seq, elements));
    }

    /// The acknowledgement of a start or stop.
    fn control_ack(&mut self, seq: u32, result: u8, port: u8, business_no: u16) {
        self.sub(
            0x0015,
            0x07,
            seq,
            &format!("{result:02x}01{port:02x}{business_no:04x}"),
        );
    }

    /// 1017 of socket 1: status byte and business number of its holes.
    fn status(&mut self, a: (u8, u16), b: (u8, u16)) {
        self.status_of(1, &[(0, a.0, a.1), (1, b.0, b.1)]);
    }

    fn status_of(&mut self, socket: u8, holes: &[(u8, u8, u16)]) {
        let list = cluster(socket, holes);
        self.container(0x1017, 0, &[(0x94, &list)]);
    }

    /// 02 of socket 1.
    fn end(&mut self, port: u8, status: u8, business_no: u16, minutes: u16) {
        self.sub(
            0x0015,
            0x02,
            0,
            &end_body(port, status, business_no, minutes),
        );
    }

    fn command(&mut self, command: Command) -> CommandId {
        self.dispatch(command, false)
    }

    /// Hands a command over; its number on the wire is 100 more than its id.
    fn dispatch(&mut self, command: Command, attempted: bool) -> CommandId {
        let id = CommandId(self.next_id);
        self.next_id += 1;
        let dispatch = Dispatch {
            id,
            device: phy(GATEWAY),
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

    // --- out ---

    fn read(&mut self, mut wire: &[u8]) {
        while !wire.is_empty() {
            let Scan::Frame(frame) = scan(wire, Expect::Down) else {
                panic!("the link wrote no frame: {}", hex::encode(wire));
            };
            self.downs.push(self.down(&frame));
            wire = &wire[frame.raw.len()..];
        }
    }

    fn down(&self, frame: &Frame<'_>) -> Down {
        let (cmd, seq) = match frame.framing {
            Framing::Gateway { cmd, seq, gateway } => {
                assert_eq!(gateway.to_string(), GATEWAY);
                (cmd, seq)
            }
            Framing::Direct => (0, 0),
        };
        Down {
            at: self.now,
            cmd,
            seq,
            body: hex::encode(frame.body),
            raw: frame.raw.to_vec(),
        }
    }

    /// Command and body of everything written, in order, then forgets it.
    fn said(&mut self) -> Vec<(u16, String)> {
        let downs = std::mem::take(&mut self.downs);
        downs
            .into_iter()
            .map(|down| (down.cmd, down.body))
            .collect()
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

    fn accepted(&self, command: CommandId) -> bool {
        matches!(self.outcome(command), Outcome::Accepted { .. })
    }

    /// The words of a refusal.
    fn refusal(&self, command: CommandId) -> &str {
        match self.outcome(command) {
            Outcome::Refused(refusal) => &refusal.text,
            other => panic!("not refused: {other:?}"),
        }
    }

    fn named(&self, name: &str) -> Vec<&Event> {
        let events = self.events.iter().map(|envelope| &envelope.event);
        events.filter(|event| event.name() == name).collect()
    }

    fn closed(&self) -> bool {
        self.items.iter().any(|item| matches!(item, Item::Close(_)))
    }
}

fn phy(text: &str) -> PhyId {
    text.parse().expect("a device id")
}

fn order(sequence: u16) -> OrderNo {
    OrderNo::compose("THD", 1_729_407_600, sequence).expect("legal parts")
}

fn learnt(key: &str, value: &str) -> Profile {
    let mut profile = Profile::default();
    profile.learnt.insert(key.to_owned(), value.to_owned());
    profile
}

fn pinned(key: &str, value: &str) -> Profile {
    let mut profile = Profile::default();
    profile.pinned.insert(key.to_owned(), value.to_owned());
    profile
}

fn up_from(gateway: &str, cmd: u16, seq: u32, body: &str) -> Vec<u8> {
    let gateway = gateway.parse().expect("fourteen digits");
    let framing = Framing::Gateway { cmd, seq, gateway };
    let body = hex::decode(body).expect("hex");
    let mut out = Vec::new();
    seal(framing, device::Direction::Up, &mut out, |out| {
        out.extend_from_slice(&body);
    })
    .expect("short enough");
    out
}

fn sub_body(sub_cmd: u8, parameters: &str) -> String {
    format!("{:04x}{sub_cmd:02x}{parameters}", parameters.len() / 2)
}

fn container_body(bkv_cmd: u16, seq: u32, elements: &[(u32, &str)]) -> String {
    let mut body = Vec::new();
    element::put(1, &bkv_cmd.to_be_bytes(), &mut body);
    element::put(2, &u64::from(seq).to_be_bytes(), &mut body);
    element::put(3, &hex::decode(GATEWAY).expect("hex"), &mut body);
    for (key, value) in elements {
        element::put(*key, &hex::decode(value).expect("hex"), &mut body);
    }
    hex::encode(body)
}

/// What stands in an element 0x94.
fn cluster(socket: u8, holes: &[(u8, u8, u16)]) -> String {
    let mut list = Vec::new();
    element::put(0x4A, &[socket], &mut list);
    element::put(0x3E, &[0xFF, 0xFF], &mut list);
    element::put(0x07, &[29], &mut list);
    element::put(0x96, &[30], &mut list);
    for (hole, status, business_no) in holes {
        let mut port = Vec::new();
        element::put(0x08, &[*hole], &mut port);
        element::put(0x09, &[*status], &mut port);
        element::put(0x0A, &business_no.to_be_bytes(), &mut port);
        element::put(0x95, &2236_u16.to_be_bytes(), &mut port);
        element::put(0x0B, &1500_u16.to_be_bytes(), &mut port);
        element::put(0x0C, &670_u16.to_be_bytes(), &mut port);
        element::put(0x0D, &80_u16.to_be_bytes(), &mut port);
        element::put(0x0E, &30_u16.to_be_bytes(), &mut port);
        element::put(0x5B, &port, &mut list);
    }
    hex::encode(list)
}

/// The 17 bytes of an end report of socket 1; 80 Wh.
fn end_body(port: u8, status: u8, business_no: u16, minutes: u16) -> String {
    format!("01ffff1d1e{port:02x}{status:02x}{business_no:04x}000000000050{minutes:04x}")
}

fn plan(port: u16, sequence: u16) -> ChargePlan {
    ChargePlan {
        port: PortNo(port),
        order: order(sequence),
        mode: ChargeMode::Time,
        duration_s: Some(3600),
        energy: None,
        power_limit: None,
        amount: Fen(100),
        tiers: Vec::new(),
        fees: None,
        proposed_session: None,
        serial: None,
        card_no: None,
        physical_card: None,
        parallel: None,
        price_model: None,
    }
}

fn start(port: u16, sequence: u16) -> Command {
    Command::StartCharge(plan(port, sequence))
}

fn stop(port: u16, sequence: u16) -> Command {
    Command::StopCharge {
        port: PortNo(port),
        order: order(sequence),
        serial: None,
    }
}
