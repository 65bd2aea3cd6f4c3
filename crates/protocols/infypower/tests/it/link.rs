//! The platform's link alone, on a virtual clock: what it answers, asks, tells and counts.

mod cards;
mod commands;
mod dialects;
mod firmware;
mod identity;
mod properties;
mod records;
mod sign_in;
mod starts;
mod status;
mod stops;
mod strangers;
mod stream;
mod tariff;

use device::{
    Admission, Answer, CloseReason, Command, Direction, Dispatch, Envelope, Event, FrameNote, Item,
    Link, Outcome, Output, Profile, Receipt,
};
use infypower::InfypowerLink;
use infypower::clock::BcdTime;
use infypower::codes::{CarLink, StartType, Version, WorkState};
use infypower::frame::{self, seal};
use infypower::layout::Dialect;
use infypower::message::{
    Body, Heartbeat, LvnengRecord, LvnengStatus, Message, Record, SignIn, SignIn26, Status, decode,
};
use infypower::value::{Ascii, Later, Scaled};
use kernel::{CommandId, OrderNo, PhyId, PortNo, Timestamp};
use std::time::Duration;
use wire::ByteOrder;

/// 2024-10-20 15:00:00 in Shanghai.
pub(crate) const START: Timestamp = Timestamp(1_729_407_600_000);
pub(crate) const CODE: &str = "2900300800103";
pub(crate) const ORDER: &str = "THD1729407600001";

pub(crate) fn order() -> OrderNo {
    ORDER.parse().expect("an order number")
}

pub(crate) fn ascii<const N: usize>(text: &str) -> Ascii<N> {
    Ascii::padded(text).expect("short")
}

pub(crate) fn bcd(at: Timestamp) -> BcdTime {
    BcdTime::from(at)
}

/// A message whose body is zeros, `length` of them.
pub(crate) fn blank<M: wire::Message>(length: usize) -> M {
    M::decode(&vec![0; length], ByteOrder::Little)
        .expect("long enough")
        .0
}

pub(crate) fn sealed(cmd: u16, body: impl Into<Body>) -> Vec<u8> {
    let mut out = Vec::new();
    let message = Message::from(body.into());
    message
        .seal(Version::Plain, 7, cmd, &mut out)
        .expect("short");
    out
}

pub(crate) fn raw(cmd: u16, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    seal(Version::Plain, 7, cmd, &mut out, |out| {
        out.extend_from_slice(body);
    })
    .expect("short");
    out
}

/// 106 of V3.0 with two guns.
pub(crate) fn sign_in() -> SignIn {
    let mut message: SignIn = blank(96);
    message.pile_code = ascii(CODE);
    message.gun_count = 2;
    message.heartbeat_period_s = 15;
    message.pile_time = bcd(START);
    message.v26 = Later(Some(SignIn26 {
        random: 0x1234_5678,
        protocol_version: 30,
        v34: Later::NONE,
    }));
    message
}

/// The same with one gun.
pub(crate) fn sign_in_of_one_gun() -> SignIn {
    let mut message = sign_in();
    message.gun_count = 1;
    message
}

/// 104 of V2.8: the gun in that state, started by the platform if it charges.
pub(crate) fn status(gun_no: u8, state: WorkState) -> Status {
    let mut message: Status = blank(223);
    message.pile_code = ascii(CODE);
    message.gun_count = 2;
    message.gun_no = gun_no;
    message.work_state = state;
    message.start_type = StartType::Platform;
    if state != WorkState::Idle {
        message.car_link = CarLink::Connected;
    }
    message
}

/// 104 of a charge of an order.
pub(crate) fn charging(gun_no: u8, order_no: &str, seconds: u32, centi_kwh: u32) -> Status {
    let mut message = status(gun_no, WorkState::Charging);
    message.duration_s = seconds;
    message.energy_kwh = Scaled(centi_kwh);
    message.card_no = ascii(order_no);
    set_order(&mut message, order_no);
    message
}

pub(crate) fn set_order(message: &mut Status, order_no: &str) {
    let temperatures = message.temperatures.0.as_mut().expect("223 bytes");
    let vehicle = temperatures.vehicle.0.as_mut().expect("223 bytes");
    vehicle.order_no = ascii(order_no);
}

/// 109 of a Lvneng pile.
pub(crate) fn lvneng_status(state: WorkState) -> LvnengStatus {
    let mut message: LvnengStatus = blank(199);
    message.pile_code = ascii(CODE);
    message.gun_no = 1;
    message.work_state = state;
    message
}

/// 202 with an order number, of 10 kWh in one half hour and 20 minutes.
pub(crate) fn record(order_no: &str) -> Record {
    let mut message: Record = blank(288);
    message.pile_code = ascii(CODE);
    message.gun_no = 1;
    message.start_type = StartType::Platform;
    message.start_time = bcd(START);
    message.end_time = bcd(START + Duration::from_mins(20));
    message.duration_s = 1200;
    message.energy_kwh = Scaled(1000);
    message.meter_start_kwh = Scaled(50_000);
    message.meter_end_kwh = Scaled(51_000);
    message.periods_kwh.0[30] = Scaled(1000);
    message.order.0.as_mut().expect("288 bytes").order_no = ascii(order_no);
    message
}

/// 203 of a Lvneng pile, of 10 kWh.
pub(crate) fn lvneng_record() -> LvnengRecord {
    let mut message: LvnengRecord = blank(396);
    message.pile_code = ascii(CODE);
    message.gun_no = 1;
    message.start_time = bcd(START);
    message.end_time = bcd(START + Duration::from_mins(20));
    message.duration_s = 1200;
    message.energy_kwh = Scaled(10_000);
    message.meter_end_kwh = Scaled(10_000);
    message.periods_kwh.0[30] = Scaled(10_000);
    message.internal_index = 4711;
    message
}

/// A link and everything that it said.
pub(crate) struct Rig {
    pub(crate) link: InfypowerLink,
    pub(crate) now: Timestamp,
    pub(crate) out: Output,
    pub(crate) events: Vec<Envelope>,
    pub(crate) notes: Vec<FrameNote>,
    pub(crate) malformed: Vec<&'static str>,
    pub(crate) closed: Option<CloseReason>,
    pub(crate) identified: Option<PhyId>,
    /// Bytes given to the link.
    pub(crate) given: u64,
    next_command: i64,
}

impl Rig {
    /// A connection that has said nothing.
    pub(crate) fn new() -> Self {
        Self {
            link: InfypowerLink::new(),
            now: START,
            out: Output::default(),
            events: Vec::new(),
            notes: Vec::new(),
            malformed: Vec::new(),
            closed: None,
            identified: None,
            given: 0,
            next_command: 0,
        }
    }

    /// A pile of ours that has signed in and whose clock is set.
    pub(crate) fn ready() -> Self {
        Self::with(Profile::default(), sign_in())
    }

    /// The same with what is known of it and how it signs in.
    pub(crate) fn with(profile: Profile, sign_in: SignIn) -> Self {
        let mut rig = Self::new();
        rig.hear(&sealed(106, sign_in));
        let phy = rig.identified.clone().expect("it says who it is");
        rig.admit(&phy, Admission::Known(profile));
        rig.time_answered();
        rig.forget();
        rig
    }

    /// A pile whose traits an operator pinned.
    pub(crate) fn pinned(traits: &[(&str, &str)]) -> Self {
        Self::with(pinned(traits), sign_in())
    }

    pub(crate) fn admit(&mut self, phy: &PhyId, admission: Admission) {
        self.link.admit(phy, admission, self.now, &mut self.out);
        self.take();
    }

    /// The pile takes the time.
    pub(crate) fn time_answered(&mut self) {
        if self.said().contains(&3) {
            let mut answer: infypower::message::CharactersAnswer = blank(42);
            answer.pile_code = ascii(CODE);
            answer.op = infypower::codes::ParamOp::Set;
            answer.addr = infypower::codes::TextParam::Clock;
            self.hear(&sealed(4, answer));
        }
    }

    pub(crate) fn hear(&mut self, bytes: &[u8]) {
        self.given += bytes.len() as u64;
        self.link.receive(bytes, self.now, &mut self.out);
        self.take();
    }

    pub(crate) fn hear_all(&mut self, frames: &[Vec<u8>]) {
        for frame in frames {
            self.hear(frame);
        }
    }

    /// Lets time pass; the link is woken when it wants to be.
    pub(crate) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        for _ in 0..10_000 {
            let Some(due) = self.link.deadline().filter(|due| *due <= end) else {
                break;
            };
            self.now = self.now.max(due);
            self.link.tick(self.now, &mut self.out);
            self.take();
        }
        self.now = end;
        self.link.tick(self.now, &mut self.out);
        self.take();
    }

    pub(crate) fn command(&mut self, command: Command) -> CommandId {
        self.send(command, false)
    }

    pub(crate) fn send(&mut self, command: Command, attempted: bool) -> CommandId {
        self.next_command += 1;
        let id = CommandId(self.next_command);
        let dispatch = Dispatch {
            id,
            device: CODE.parse().expect("an id"),
            command,
            msg_id: 9,
            attempted,
            image: None,
        };
        self.link.command(dispatch, self.now, &mut self.out);
        self.take();
        id
    }

    /// Gives an answer to the last event that waits for one.
    pub(crate) fn answer(&mut self, answer: Answer) {
        let receipt = self.receipt();
        self.link.resolve(receipt, answer, self.now, &mut self.out);
        self.take();
    }

    pub(crate) fn receipt(&self) -> Receipt {
        let last = self.events.iter().rev().find_map(|event| event.receipt);
        last.expect("something waits")
    }

    fn take(&mut self) {
        for item in self.out.items.drain(..) {
            match item {
                Item::Identify(phy) => self.identified = Some(phy),
                Item::Event(envelope) => self.events.push(envelope),
                Item::Frame(note) => self.notes.push(note),
                Item::Malformed { reason, .. } => self.malformed.push(reason),
                Item::Close(reason) => self.closed = Some(reason),
            }
        }
        self.out.wire.clear();
    }

    /// Forgets what was said so far.
    pub(crate) fn forget(&mut self) {
        self.events.clear();
        self.notes.clear();
        self.malformed.clear();
    }

    /// Commands that were sent to the pile.
    pub(crate) fn said(&self) -> Vec<u16> {
        let down = self.notes.iter();
        down.filter(|note| note.direction == Direction::Down)
            .map(|note| note.cmd)
            .collect()
    }

    /// The last frame to the pile with that command.
    pub(crate) fn last(&self, cmd: u16) -> Body {
        let sent = |note: &&FrameNote| note.direction == Direction::Down && note.cmd == cmd;
        let note = self.notes.iter().rev().find(sent);
        let note = note.unwrap_or_else(|| panic!("no {cmd} in {:?}", self.said()));
        let parsed = frame::parse(&note.raw).expect("a frame");
        let dialect = match note.raw.len() {
            50 | 585 => Dialect::Lvneng,
            _ => Dialect::Shenghong,
        };
        decode(&parsed, Direction::Down, dialect, None)
            .expect("ours")
            .body
    }

    /// Length of the body of the last frame with that command.
    pub(crate) fn last_length(&self, cmd: u16) -> usize {
        let sent = |note: &&FrameNote| note.direction == Direction::Down && note.cmd == cmd;
        let note = self.notes.iter().rev().find(sent);
        note.expect("sent").data_len
    }

    /// What became of a command at last.
    pub(crate) fn outcome(&self, id: CommandId) -> Option<Outcome> {
        self.find(|event| match event {
            Event::Command(report) if report.command == id => Some(report.outcome.clone()),
            _ => None,
        })
    }

    pub(crate) fn is_accepted(&self, id: CommandId) -> bool {
        matches!(self.outcome(id), Some(Outcome::Accepted { .. }))
    }

    pub(crate) fn refusal(&self, id: CommandId) -> device::Refusal {
        match self.outcome(id) {
            Some(Outcome::Refused(refusal)) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// Names of the events.
    pub(crate) fn told(&self) -> Vec<&'static str> {
        self.events.iter().map(|event| event.event.name()).collect()
    }

    pub(crate) fn find<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> Option<T> {
        self.events
            .iter()
            .rev()
            .find_map(|event| pick(&event.event))
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        self.told().iter().filter(|told| **told == name).count()
    }

    /// All bytes are accounted for.
    pub(crate) fn assert_tally(&self) {
        let tally = &self.out.tally;
        let counted = tally.decoded + tally.unknown + tally.malformed + tally.skipped;
        assert_eq!(
            counted + self.link.pending() as u64,
            self.given,
            "{tally:?}"
        );
    }
}

pub(crate) fn pinned(traits: &[(&str, &str)]) -> Profile {
    let pairs = traits.iter();
    Profile {
        pinned: pairs
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
        ..Profile::default()
    }
}

pub(crate) fn heartbeat(number: u16) -> Vec<u8> {
    let mut message: Heartbeat = blank(38);
    message.pile_code = ascii(CODE);
    message.heartbeat_seq = number;
    sealed(102, message)
}

/// A plan for a gun.
pub(crate) fn plan(port: u16) -> device::ChargePlan {
    device::ChargePlan {
        port: PortNo(port),
        order: order(),
        mode: device::ChargeMode::Full,
        duration_s: None,
        energy: None,
        power_limit: None,
        amount: kernel::Fen(0),
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

pub(crate) fn stop(port: u16) -> Command {
    Command::StopCharge {
        port: PortNo(port),
        order: order(),
        serial: None,
    }
}
