//! The platform's link alone, with frames made by hand on a virtual clock.

mod cards;
mod commands;
mod events;
mod firmware;
mod host_firmware;
mod ids;
mod pacing;
mod parameters;
mod properties;
mod records;
mod rules;
mod starts;
mod stream;

use ap3000::frame::{Scan, scan, seal};
use ap3000::{Ap3000, Ap3000Link, PhysicalId};
use device::{
    Admission, Answer, ChargeMode, ChargePlan, Command, Dispatch, Envelope, Event, Item, Link,
    Outcome, Output, Profile, Protocol as _, Receipt, Tally,
};
use kernel::{CommandId, Fen, OrderNo, PhyId, PortNo, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// 2024-10-20 15:00:00 in Shanghai.
const START: Timestamp = Timestamp(1_729_407_600_000);
/// A dual socket, its host's namesake in the captures.
const SOCKET: u32 = 0x04A2_6CF3;
/// Another one behind the same host.
const OTHER: u32 = 0x04A2_28CD;
const HOST: u32 = 0x09D6_2684;

/// A frame that the link wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Down {
    at: Timestamp,
    id: u32,
    cmd: u8,
    msg_id: u16,
    /// Hex.
    data: String,
}

/// One connection, a platform that stores everything unless told otherwise, and every invariant
/// that holds after every call.
struct Desk {
    link: Ap3000Link,
    now: Timestamp,
    profiles: BTreeMap<u32, Profile>,
    /// Known to the platform.
    ours: bool,
    /// New ids are answered at once.
    admits: bool,
    /// Receipts are answered at once.
    stores: bool,
    downs: Vec<Down>,
    items: Vec<Item>,
    events: Vec<Envelope>,
    receipts: Vec<Receipt>,
    tally: Tally,
    received: u64,
    next_id: i64,
    next_msg: u16,
}

impl Desk {
    /// A connection on which nothing has been said.
    fn fresh() -> Self {
        Self {
            link: Ap3000Link::new(),
            now: START,
            profiles: BTreeMap::new(),
            ours: true,
            admits: true,
            stores: true,
            downs: Vec::new(),
            items: Vec::new(),
            events: Vec::new(),
            receipts: Vec::new(),
            tally: Tally::default(),
            received: 0,
            next_id: 1,
            next_msg: 0x0700,
        }
    }

    /// A connection on which the socket device has had its first heartbeat long ago.
    fn with(profile: Profile) -> Self {
        let mut desk = Self::fresh();
        desk.profiles.insert(SOCKET, profile);
        desk.idle(SOCKET);
        desk.seconds(5);
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

    fn call(&mut self, act: impl FnOnce(&mut Ap3000Link, Timestamp, &mut Output)) {
        self.call_unchecked(act);
        let tally = self.tally;
        let counted = tally.decoded + tally.unknown + tally.malformed + tally.skipped;
        let pending = self.link.pending() as u64;
        assert_eq!(
            counted + pending,
            self.received,
            "every byte is accounted for"
        );
    }

    /// A call from inside another one, whose bytes are not counted yet.
    fn call_unchecked(&mut self, act: impl FnOnce(&mut Ap3000Link, Timestamp, &mut Output)) {
        let mut out = Output::default();
        act(&mut self.link, self.now, &mut out);
        self.take(out);
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
                Item::Identify(device) if self.admits => self.admit(&device.clone()),
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

    fn admit(&mut self, device: &PhyId) {
        let id: PhysicalId = device.as_str().parse().expect("a physical id");
        let admission = if self.ours {
            Admission::Known(self.profiles.get(&id.0).cloned().unwrap_or_default())
        } else {
            Admission::Stranger
        };
        self.call_unchecked(|link, now, out| link.admit(device, admission, now, out));
    }

    fn resolve(&mut self, receipt: Receipt, answer: Answer) {
        self.call_unchecked(|link, now, out| link.resolve(receipt, answer, now, out));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.received += bytes.len() as u64;
        self.call(|link, now, out| link.receive(bytes, now, out));
    }

    /// A frame with a number that was not used before.
    fn up(&mut self, id: u32, cmd: u8, data: &str) -> u16 {
        self.next_msg += 1;
        let msg_id = self.next_msg;
        self.up_as(id, msg_id, cmd, data);
        msg_id
    }

    fn up_as(&mut self, id: u32, msg_id: u16, cmd: u8, data: &str) {
        self.bytes(&frame(id, msg_id, cmd, data));
    }

    /// 0x21 of a dual socket with these states.
    fn states(&mut self, id: u32, first: u8, second: u8) {
        self.up(id, 0x21, &format!("120902{first:02x}{second:02x}0060"));
    }

    /// 0x21: nothing plugged in.
    fn idle(&mut self, id: u32) {
        self.states(id, 0, 0);
    }

    /// 0x06 of socket 1 as the wire counts it.
    fn power(&mut self, port: u8, seconds: u16, centi_kwh: u16, order: &str) {
        self.up(
            SOCKET,
            0x06,
            &power_data(port, 1, seconds, centi_kwh, 1, order),
        );
    }

    /// 0x03 with start type 1.
    fn settle(&mut self, port: u8, seconds: u16, centi_kwh: u16, reason: u8, order: &str) -> u16 {
        let data = settle_data(port, seconds, centi_kwh, 1, "00000000", reason, order);
        self.up(SOCKET, 0x03, &data)
    }

    /// The device's answer to the last frame that was written.
    fn reply(&mut self, data: &str) {
        let last = self.last().clone();
        self.up_as(last.id, last.msg_id, last.cmd, data);
    }

    /// Answer to 0x82.
    fn charge_reply(&mut self, answer: u8, order: &str, port: u8) {
        self.reply(&format!("{answer:02x}{order}{port:02x}0000"));
    }

    fn command(&mut self, command: Command) -> CommandId {
        self.dispatch(SOCKET, command, false)
    }

    /// Hands a command over; its number on the wire is 100 more than its id.
    fn dispatch(&mut self, id: u32, command: Command, attempted: bool) -> CommandId {
        self.dispatch_with(id, command, attempted, None)
    }

    fn dispatch_with(
        &mut self,
        device: u32,
        command: Command,
        attempted: bool,
        image: Option<Arc<[u8]>>,
    ) -> CommandId {
        let id = CommandId(self.next_id);
        self.next_id += 1;
        let dispatch = Dispatch {
            id,
            device: PhysicalId(device).phy(),
            command,
            msg_id: u32::try_from(id.0).expect("small") + 100,
            attempted,
            image,
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
            let Scan::Frame(frame) = scan(wire) else {
                panic!("the link wrote no frame: {}", hex::encode(wire));
            };
            self.downs.push(Down {
                at: self.now,
                id: frame.id.0,
                cmd: frame.cmd,
                msg_id: frame.msg_id,
                data: hex::encode(frame.data),
            });
            wire = &wire[frame.raw.len()..];
        }
    }

    /// Command and data of everything written, in order, then forgets it.
    fn said(&mut self) -> Vec<(u8, String)> {
        let downs = std::mem::take(&mut self.downs);
        downs
            .into_iter()
            .map(|down| (down.cmd, down.data))
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

    fn lapsed(&self, command: CommandId) -> bool {
        matches!(self.outcome(command), Outcome::Lapsed { .. })
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

    /// How many frames with this command were written.
    fn written(&self, cmd: u8) -> usize {
        self.downs.iter().filter(|down| down.cmd == cmd).count()
    }
}

fn frame(id: u32, msg_id: u16, cmd: u8, data: &str) -> Vec<u8> {
    let data = hex::decode(data).expect("hex");
    let mut out = Vec::new();
    seal(PhysicalId(id), msg_id, cmd, &mut out, |out| {
        out.extend_from_slice(&data);
    })
    .expect("short enough");
    out
}

fn order(sequence: u16) -> OrderNo {
    OrderNo::compose("THD", 1_729_407_600, sequence).expect("legal parts")
}

/// The 16 bytes of an order in hex.
fn order_hex(sequence: u16) -> String {
    hex::encode(order(sequence).as_bytes())
}

/// A charge that a device named by itself: an offline card of 14:30:05, device 10644723, socket 1.
const OWN_ORDER: &str = "202410201430057a8d05dd1064472331";

fn learnt(pairs: &[(&str, &str)]) -> Profile {
    let mut profile = Profile::default();
    for (key, value) in pairs {
        profile
            .learnt
            .insert((*key).to_owned(), (*value).to_owned());
    }
    profile
}

fn pinned(key: &str, value: &str) -> Profile {
    let mut profile = Profile::default();
    profile.pinned.insert(key.to_owned(), value.to_owned());
    profile
}

fn le(value: u16) -> String {
    hex::encode(value.to_le_bytes())
}

/// 0x06 with 41 bytes: 146.0 W, 234.2 V, 0.640 A, 30 °C.
fn power_data(
    port: u8,
    state: u8,
    seconds: u16,
    centi_kwh: u16,
    start_type: u8,
    order: &str,
) -> String {
    format!(
        "{port:02x}{state:02x}{}{}{start_type:02x}b405de0528058305{order}8401de05260980025d5f",
        le(seconds),
        le(centi_kwh)
    )
}

/// 0x03 with 31 bytes; highest power 600.0 W.
fn settle_data(
    port: u8,
    seconds: u16,
    centi_kwh: u16,
    start_type: u8,
    card: &str,
    reason: u8,
    order: &str,
) -> String {
    format!(
        "{}7017{}{port:02x}{start_type:02x}{card}{reason:02x}{order}7017",
        le(seconds),
        le(centi_kwh)
    )
}

fn plan(port: u16, sequence: u16) -> ChargePlan {
    ChargePlan {
        port: PortNo(port),
        order: order(sequence),
        mode: ChargeMode::Time,
        duration_s: Some(3600),
        energy: None,
        power_limit: None,
        amount: Fen(1000),
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

/// Why a command cannot be given to a device of this profile.
fn fault(profile: &Profile, command: &Command) -> String {
    match Ap3000.check(profile, command) {
        Ok(()) => panic!("nothing is wrong with it"),
        Err(fault) => fault.to_string(),
    }
}
