//! The platform's link and the simulated devices, face to face on a virtual clock.
//!
//! Whatever a test does, [`Pair`] watches some rules all the time: no command follows another
//! frame to the same id within half a second, nothing is said to what must not be answered, and
//! no device hears a stop that nobody ordered.

mod charging;
mod devices;
mod lossy;
mod upkeep;

use ap3000::Ap3000;
use ap3000::frame::{Scan, parse, scan};
use ap3000::pile::{Form, Setup, device as simulated};
use device::{
    Admission, Answer, CardVerdict, ChargeKey, ChargeMode, ChargePlan, Command, Direction,
    Dispatch, EndReport, Envelope, Event, Item, Link, Outcome, Output, Profile, Protocol as _,
};
use kernel::{CommandId, Energy, Fen, OrderNo, PhyId, PortNo, Timestamp};
use pile::{Action, Pile, Step};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// 2024-10-20 15:00:00 in Shanghai.
const START: Timestamp = Timestamp(1_729_407_600_000);

/// Rounds that the two may need to finish talking about one instant.
const ROUNDS_MAX: usize = 1000;

/// Uplinks that are never answered.
const SILENT: [u8; 9] = [0x05, 0x06, 0x11, 0x17, 0x35, 0x41, 0x42, 0x43, 0x44];

/// Uplinks that are, so that the same command down is an answer.
const ANSWERED: [u8; 9] = [0x01, 0x02, 0x03, 0x04, 0x12, 0x15, 0x20, 0x21, 0x22];

/// What becomes of a frame on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Arrives,
    Lost,
    Twice,
}

/// Asked for every frame with its direction.
pub(crate) type Network = Box<dyn FnMut(Direction, &[u8]) -> Fate>;

pub(crate) struct Pair {
    pub(crate) pile: Box<dyn Pile>,
    pub(crate) link: Option<Box<dyn Link>>,
    /// What the platform keeps of each device.
    pub(crate) profiles: BTreeMap<String, Profile>,
    pub(crate) devices: Vec<PhyId>,
    pub(crate) now: Timestamp,
    pub(crate) steps: Vec<Step>,
    pub(crate) events: Vec<Envelope>,
    /// What the devices did.
    pub(crate) deeds: Vec<pile::Event>,
    /// Settlements that the platform has stored: device and charge, and all that came.
    pub(crate) facts: Vec<(PhyId, ChargeKey, Vec<EndReport>)>,
    pub(crate) malformed: usize,
    pub(crate) connections: usize,
    /// Whether the platform stores end reports, and so acknowledges them.
    pub(crate) stores: bool,
    /// Ids that are not ours.
    pub(crate) strangers: bool,
    pub(crate) network: Option<Network>,
    /// Frames to the devices, lost ones included.
    pub(crate) downs: Vec<(Timestamp, Vec<u8>)>,
    /// Frames from the devices, lost ones included.
    pub(crate) ups: Vec<Vec<u8>>,
    next_command: i64,
    stops_ordered: usize,
}

impl Pair {
    pub(crate) fn new(setup: Setup) -> Self {
        let mut devices: Vec<PhyId> = Vec::new();
        for id in setup.device_ids() {
            devices.push(id.parse().expect("a device id"));
        }
        let mut pair = Self {
            pile: simulated(setup, START).expect("possible devices"),
            link: None,
            profiles: BTreeMap::new(),
            devices,
            now: START,
            steps: Vec::new(),
            events: Vec::new(),
            deeds: Vec::new(),
            facts: Vec::new(),
            malformed: 0,
            connections: 0,
            stores: true,
            strangers: false,
            network: None,
            downs: Vec::new(),
            ups: Vec::new(),
            next_command: 1,
            stops_ordered: 0,
        };
        pair.run(10);
        pair
    }

    pub(crate) fn combined() -> Self {
        Self::new(Setup::new("04A26CF3", Form::Combined))
    }

    /// Lets so many seconds pass, from one deadline to the next.
    pub(crate) fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        self.pile.tick(self.now, &mut self.steps);
        self.settle();
        loop {
            let link = self.link.as_ref().and_then(|link| link.deadline());
            let next = [self.pile.deadline(), link].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            self.pile.tick(self.now, &mut self.steps);
            self.settle();
            if let Some(mut link) = self.link.take() {
                let mut out = Output::default();
                link.tick(self.now, &mut out);
                self.link = Some(link);
                self.obey(out);
            }
            // A deadline in the past must not hold the clock.
            self.now = self.now + Duration::from_millis(1);
        }
        self.now = self.now.max(end);
    }

    pub(crate) fn act(&mut self, action: &Action) {
        self.pile
            .act(action, self.now, &mut self.steps)
            .expect("a possible action");
        self.settle();
    }

    pub(crate) fn plug(&mut self, port: u16) {
        self.act(&Action::Plug(PortNo(port)));
    }

    /// A command for the first device.
    pub(crate) fn command(&mut self, command: Command) -> CommandId {
        self.command_to(0, command)
    }

    pub(crate) fn command_to(&mut self, device: usize, command: Command) -> CommandId {
        self.dispatch(device, command, None)
    }

    pub(crate) fn dispatch(
        &mut self,
        device: usize,
        command: Command,
        image: Option<Arc<[u8]>>,
    ) -> CommandId {
        let id = CommandId(self.next_command);
        self.next_command += 1;
        if matches!(command, Command::StopCharge { .. }) {
            self.stops_ordered += 1;
        }
        let dispatch = Dispatch {
            id,
            device: self.devices[device].clone(),
            command,
            msg_id: u32::try_from(id.0).expect("small") + 100,
            attempted: false,
            image,
        };
        let mut out = Output::default();
        let link = self.link.as_mut().expect("a connection");
        link.command(dispatch, self.now, &mut out);
        self.obey(out);
        id
    }

    pub(crate) fn start(&mut self, plan: ChargePlan) -> CommandId {
        self.command(Command::StartCharge(plan))
    }

    pub(crate) fn stop(&mut self, port: u16, order: OrderNo) -> CommandId {
        self.command(Command::StopCharge {
            port: PortNo(port),
            order,
            serial: None,
        })
    }

    /// The platform is started anew: it knows what it has stored, and no connection.
    pub(crate) fn restart_platform(&mut self) {
        self.link = None;
        self.pile.disconnected(self.now, &mut self.steps);
        self.settle();
    }

    /// What became of a command, in the end.
    pub(crate) fn outcome(&self, command: CommandId) -> Option<&Outcome> {
        let mut reports = self
            .events
            .iter()
            .filter_map(|envelope| match &envelope.event {
                Event::Command(report) if report.command == command => Some(&report.outcome),
                _ => None,
            });
        reports.next_back()
    }

    pub(crate) fn ends(&self) -> Vec<&EndReport> {
        self.facts
            .iter()
            .map(|(_, _, reports)| &reports[0])
            .collect()
    }

    /// How often settlements came, repetitions included.
    pub(crate) fn settlements(&self) -> usize {
        self.facts.iter().map(|(_, _, reports)| reports.len()).sum()
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        let events = self.events.iter();
        events
            .filter(|envelope| envelope.event.name() == name)
            .count()
    }

    /// How often the devices did something of this kind.
    pub(crate) fn deed(&self, is: impl Fn(&pile::Event) -> bool) -> usize {
        self.deeds.iter().filter(|deed| is(deed)).count()
    }

    pub(crate) fn charging(&mut self, port: u16) -> bool {
        let views = self.pile.ports(self.now);
        views
            .iter()
            .any(|view| view.port == PortNo(port) && view.charging)
    }

    fn settle(&mut self) {
        for _ in 0..ROUNDS_MAX {
            if self.steps.is_empty() {
                return;
            }
            for step in std::mem::take(&mut self.steps) {
                match step {
                    Step::Connect { .. } => {
                        self.connections += 1;
                        self.link = Some(Ap3000.link());
                        self.pile.connected(self.now, &mut self.steps);
                    }
                    Step::Close | Step::Abandon => self.link = None,
                    Step::Write(writing) => self.send_up(&writing.bytes),
                    Step::Note(note) => self.deeds.push(note.event),
                }
            }
        }
        panic!("the two never stop talking");
    }

    fn fate(&mut self, direction: Direction, bytes: &[u8]) -> Fate {
        match &mut self.network {
            Some(network) => network(direction, bytes),
            None => Fate::Arrives,
        }
    }

    /// Whole items one by one, so that the network can lose each; what is none goes as it is.
    fn send_up(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let length = match scan(bytes) {
                Scan::Frame(frame) => {
                    self.ups.push(frame.raw.to_vec());
                    frame.raw.len()
                }
                Scan::Link => 4,
                Scan::Iccid(iccid) => iccid.len(),
                Scan::Skip(length) => length,
                Scan::Bad(_) => 1,
                Scan::Wait => bytes.len(),
            };
            let (item, rest) = bytes.split_at(length);
            bytes = rest;
            match self.fate(Direction::Up, item) {
                Fate::Arrives => self.deliver(item),
                Fate::Lost => {}
                Fate::Twice => {
                    self.deliver(item);
                    self.deliver(item);
                }
            }
        }
    }

    fn deliver(&mut self, bytes: &[u8]) {
        if let Some(mut link) = self.link.take() {
            let mut out = Output::default();
            link.receive(bytes, self.now, &mut out);
            self.link = Some(link);
            self.obey(out);
        }
    }

    fn obey(&mut self, out: Output) {
        if !out.wire.is_empty() {
            self.send_down(&out.wire);
        }
        for item in out.items {
            let mut next = Output::default();
            match item {
                Item::Identify(device) => {
                    let known = self.profiles.entry(device.to_string()).or_default();
                    let admission = if self.strangers {
                        Admission::Stranger
                    } else {
                        Admission::Known(known.clone())
                    };
                    if let Some(link) = &mut self.link {
                        link.admit(&device, admission, self.now, &mut next);
                    }
                }
                Item::Event(envelope) => self.take_in(envelope, &mut next),
                Item::Malformed { .. } => self.malformed += 1,
                Item::Frame(note) => assert!(!note.kind.is_empty()),
                Item::Close(_) => {
                    self.link = None;
                    self.pile.disconnected(self.now, &mut self.steps);
                }
            }
            if !(next.wire.is_empty() && next.items.is_empty()) {
                self.obey(next);
            }
        }
        self.settle();
    }

    fn send_down(&mut self, mut wire: &[u8]) {
        while let Scan::Frame(frame) = scan(wire) {
            let raw = frame.raw.to_vec();
            wire = &wire[raw.len()..];
            self.judge(&raw);
            self.downs.push((self.now, raw.clone()));
            match self.fate(Direction::Down, &raw) {
                Fate::Arrives => self.pile.receive(&raw, self.now, &mut self.steps),
                Fate::Lost => {}
                Fate::Twice => {
                    self.pile.receive(&raw, self.now, &mut self.steps);
                    self.pile.receive(&raw, self.now, &mut self.steps);
                }
            }
        }
        assert!(wire.is_empty(), "the link writes whole frames");
    }

    /// The rules that every frame to a device keeps.
    fn judge(&self, raw: &[u8]) {
        let frame = parse(raw).expect("the link writes good frames");
        assert!(!SILENT.contains(&frame.cmd), "{:#04x} answered", frame.cmd);
        if ANSWERED.contains(&frame.cmd) {
            let asks = |up: &Vec<u8>| {
                let up = parse(up).expect("was a frame");
                (up.id, up.cmd, up.msg_id) == (frame.id, frame.cmd, frame.msg_id)
            };
            assert!(self.ups.iter().any(asks), "{:#04x} for nothing", frame.cmd);
            return;
        }
        let before = self.downs.iter().rev().find(|(_, down)| {
            let down = parse(down).expect("was a frame");
            down.id == frame.id
        });
        if let Some((at, _)) = before {
            let gap = self.now.since(*at);
            assert!(
                gap >= Duration::from_millis(500),
                "{:#04x} after {gap:?}",
                frame.cmd
            );
        }
    }

    fn take_in(&mut self, envelope: Envelope, out: &mut Output) {
        if let Event::Learnt { key, value } = &envelope.event {
            let profile = self
                .profiles
                .entry(envelope.device.to_string())
                .or_default();
            profile.learnt.insert((*key).to_owned(), value.clone());
        }
        let answer = match &envelope.event {
            Event::CardSwiped(_) => Answer::Card(CardVerdict::Accepted {
                balance: Fen(10_000),
                plan: None,
            }),
            Event::BalanceAsked(_) => Answer::Balance(Fen(10_000)),
            _ => Answer::Stored,
        };
        if self.stores {
            if let Event::Ended(report) = &envelope.event {
                assert!(
                    envelope.receipt.is_some(),
                    "a settlement waits to be stored"
                );
                assert!(envelope.raw.is_some(), "and is kept with its bytes");
                self.store(envelope.device.clone(), report.clone());
            }
            if let (Some(receipt), Some(link)) = (envelope.receipt, self.link.as_mut()) {
                link.resolve(receipt, answer, self.now, out);
            }
        }
        self.events.push(envelope);
    }

    fn store(&mut self, device: PhyId, report: EndReport) {
        let same = |fact: &&mut (PhyId, ChargeKey, Vec<EndReport>)| {
            fact.0 == device && fact.1 == report.charge
        };
        match self.facts.iter_mut().find(same) {
            Some((_, _, reports)) => reports.push(report),
            None => self
                .facts
                .push((device, report.charge.clone(), vec![report])),
        }
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // Each stop may be tried twice, and doubled by the network.
        let heard = self.deed(|deed| matches!(deed, pile::Event::StopReceived { .. }));
        assert!(
            heard <= self.stops_ordered * 4,
            "{heard} stops heard, {} ordered",
            self.stops_ordered
        );
    }
}

pub(crate) fn order(sequence: u16) -> OrderNo {
    OrderNo::compose("THD", 1_729_407_600, sequence).expect("legal parts")
}

/// An hour on the first socket.
pub(crate) fn plan(sequence: u16) -> ChargePlan {
    ChargePlan {
        port: PortNo(1),
        order: order(sequence),
        mode: ChargeMode::Time,
        duration_s: Some(3600),
        energy: None,
        power_limit: None,
        amount: Fen(500),
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

pub(crate) fn by_energy(sequence: u16, centi_kwh: i64) -> ChargePlan {
    ChargePlan {
        mode: ChargeMode::Energy,
        duration_s: None,
        energy: Some(Energy::from_centi_kwh(centi_kwh)),
        ..plan(sequence)
    }
}

pub(crate) fn until_full(sequence: u16) -> ChargePlan {
    ChargePlan {
        mode: ChargeMode::Full,
        duration_s: None,
        ..plan(sequence)
    }
}
