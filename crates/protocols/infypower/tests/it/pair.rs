//! The platform's link and the simulated pile, face to face on a virtual clock.

mod cards;
mod charges;
mod dialects;
mod network;
mod upkeep;

use device::{
    Admission, Answer, CardVerdict, ChargeMode, ChargePlan, Command, Direction, Dispatch,
    EndReport, Envelope, Event, Item, Link, Outcome, Output, Profile as Traits, Progress,
    Protocol as _,
};
use infypower::Infypower;
use infypower::frame::{Scan, scan};
use infypower::pile::{self as simulated, Dialect, Kind, Profile, Setup};
use kernel::{CommandId, Energy, Fen, OrderNo, PhyId, PortNo, Timestamp};
use pile::{Action, Pile, Step};
use std::sync::Arc;
use std::time::Duration;

/// 2024-10-20 15:00:00 in Shanghai.
const START: Timestamp = Timestamp(1_729_407_600_000);

/// Code of every pile.
const CODE: &str = "2900300800103";

/// Rounds that the two may need to finish talking about one instant.
const ROUNDS_MAX: usize = 1000;

/// What the network loses: asked for every writing with its direction.
pub(crate) type Lose = Box<dyn FnMut(Direction, &[u8]) -> bool>;

/// What the platform says to a card, a password or a vehicle.
pub(crate) type Judge = Box<dyn FnMut(&Event) -> CardVerdict>;

pub(crate) struct Pair {
    pub(crate) pile: Box<dyn Pile>,
    pub(crate) link: Option<Box<dyn Link>>,
    pub(crate) traits: Traits,
    pub(crate) now: Timestamp,
    pub(crate) steps: Vec<Step>,
    pub(crate) events: Vec<Envelope>,
    /// What the pile tells those who watch it.
    pub(crate) notes: Vec<pile::Event>,
    pub(crate) malformed: usize,
    pub(crate) connections: usize,
    /// Whether the platform stores records, and so acknowledges them.
    pub(crate) stores: bool,
    /// Whether the pile is one of ours.
    pub(crate) known: bool,
    pub(crate) next_command: i64,
    /// What users type when asked.
    pub(crate) password: &'static str,
    /// Loses frames on their way, when there is something.
    pub(crate) lose: Option<Lose>,
    pub(crate) judge: Judge,
    /// Frames to the pile, lost ones included.
    pub(crate) downs: Vec<Vec<u8>>,
}

impl Pair {
    pub(crate) fn new(setup: Setup) -> Self {
        Self::with(setup, true)
    }

    /// A pile, and whether it is one of ours.
    pub(crate) fn with(setup: Setup, known: bool) -> Self {
        let mut pair = Self {
            pile: simulated::device(setup, START).expect("a possible pile"),
            link: None,
            traits: Traits::default(),
            now: START,
            steps: Vec::new(),
            events: Vec::new(),
            notes: Vec::new(),
            malformed: 0,
            connections: 0,
            stores: true,
            known,
            next_command: 1,
            password: "123456",
            lose: None,
            judge: Box::new(|_| CardVerdict::Accepted {
                balance: Fen(10_000),
                plan: None,
            }),
            downs: Vec::new(),
        };
        pair.run(10);
        pair
    }

    /// A DC pile with two guns.
    pub(crate) fn dc(dialect: Dialect, profile: Profile) -> Self {
        Self::new(Setup::new(CODE, dialect, Kind::Dc).with_profile(profile))
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

    pub(crate) fn swipe(&mut self, port: u16, card: &str) {
        self.act(&Action::Swipe {
            port: PortNo(port),
            card: card.to_owned(),
            balance_fen: 0,
            password: Some(self.password.to_owned()),
        });
    }

    pub(crate) fn command(&mut self, command: Command) -> CommandId {
        self.command_with(command, None)
    }

    pub(crate) fn command_with(&mut self, command: Command, image: Option<Arc<[u8]>>) -> CommandId {
        let id = CommandId(self.next_command);
        self.next_command += 1;
        let dispatch = Dispatch {
            id,
            device: self.device(),
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

    /// Starts a charge on a port.
    pub(crate) fn start(&mut self, port: u16, mode: Mode, sequence: u16) -> CommandId {
        self.command(Command::StartCharge(plan(port, mode, sequence)))
    }

    /// Starts a charge that is billed by the prices with this number.
    pub(crate) fn start_by_tariff(&mut self, port: u16, mode: Mode, model: u16) -> CommandId {
        let mut priced = plan(port, mode, 1);
        priced.price_model = Some(model);
        self.command(Command::StartCharge(priced))
    }

    pub(crate) fn stop(&mut self, port: u16, sequence: u16) -> CommandId {
        self.command(Command::StopCharge {
            port: PortNo(port),
            order: order(sequence),
            serial: None,
        })
    }

    fn device(&self) -> PhyId {
        self.pile.id().parse().expect("a device id")
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

    pub(crate) fn is_accepted(&self, command: CommandId) -> bool {
        matches!(self.outcome(command), Some(Outcome::Accepted { .. }))
    }

    pub(crate) fn ends(&self) -> Vec<&EndReport> {
        let ends = self
            .events
            .iter()
            .filter_map(|envelope| match &envelope.event {
                Event::Ended(end) => Some(end),
                _ => None,
            });
        ends.collect()
    }

    /// The only end there is.
    pub(crate) fn end(&self) -> &EndReport {
        let ends = self.ends();
        assert_eq!(ends.len(), 1, "{ends:?}");
        ends[0]
    }

    /// Everything that was said of running charges.
    pub(crate) fn progress(&self) -> Vec<&Progress> {
        let reports = self
            .events
            .iter()
            .filter_map(|envelope| match &envelope.event {
                Event::Status { ports, .. } => Some(ports),
                _ => None,
            });
        reports
            .flatten()
            .filter_map(|port| port.meter.as_ref())
            .collect()
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        let events = self.events.iter();
        events
            .filter(|envelope| envelope.event.name() == name)
            .count()
    }

    /// Records that the pile knows to be stored.
    pub(crate) fn acknowledged(&self) -> usize {
        let is = |note: &&pile::Event| matches!(note, pile::Event::EndAcknowledged { .. });
        self.notes.iter().filter(is).count()
    }

    /// Frames to the pile with this command.
    pub(crate) fn said(&self, command: u16) -> usize {
        let downs = self.downs.iter();
        downs
            .filter(|frame| u16::from_le_bytes([frame[6], frame[7]]) == command)
            .count()
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
                        self.link = Some(Infypower.link());
                        self.pile.connected(self.now, &mut self.steps);
                    }
                    Step::Close | Step::Abandon => self.link = None,
                    Step::Write(writing) => self.deliver(&writing.bytes),
                    Step::Note(note) => self.notes.push(note.event),
                }
            }
        }
        panic!("the two never stop talking");
    }

    fn is_lost(&mut self, direction: Direction, bytes: &[u8]) -> bool {
        match &mut self.lose {
            Some(lose) => lose(direction, bytes),
            None => false,
        }
    }

    /// Bytes of the pile. The network loses whole frames.
    fn deliver(&mut self, bytes: &[u8]) {
        let mut kept = Vec::new();
        let mut rest = bytes;
        while let Scan::Frame(frame) = scan(rest) {
            if !self.is_lost(Direction::Up, frame.raw) {
                kept.extend_from_slice(frame.raw);
            }
            rest = rest.get(frame.raw.len()..).unwrap_or_default();
        }
        kept.extend_from_slice(rest);
        if let Some(mut link) = self.link.take() {
            let mut out = Output::default();
            link.receive(&kept, self.now, &mut out);
            self.link = Some(link);
            self.obey(out);
        }
    }

    fn obey(&mut self, out: Output) {
        if !out.wire.is_empty() {
            self.send(&out.wire);
        }
        for item in out.items {
            let mut next = Output::default();
            match item {
                Item::Identify(device) => {
                    let admission = if self.known {
                        Admission::Known(self.traits.clone())
                    } else {
                        Admission::Stranger
                    };
                    if let Some(link) = &mut self.link {
                        link.admit(&device, admission, self.now, &mut next);
                    }
                }
                Item::Event(envelope) => self.take_in(envelope, &mut next),
                Item::Malformed { .. } => self.malformed += 1,
                Item::Frame(_) => {}
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

    fn send(&mut self, mut wire: &[u8]) {
        while let Scan::Frame(frame) = scan(wire) {
            self.downs.push(frame.raw.to_vec());
            if !self.is_lost(Direction::Down, frame.raw) {
                self.pile.receive(frame.raw, self.now, &mut self.steps);
            }
            wire = wire.get(frame.raw.len()..).unwrap_or_default();
        }
        assert!(wire.is_empty(), "the link writes whole frames");
    }

    fn take_in(&mut self, envelope: Envelope, out: &mut Output) {
        if let Event::Learnt { key, value } = &envelope.event {
            self.traits.learnt.insert((*key).to_owned(), value.clone());
        }
        let answer = match &envelope.event {
            asked @ (Event::CardSwiped(_) | Event::VinOffered(_)) => {
                Answer::Card((self.judge)(asked))
            }
            Event::TariffAsked { .. } => Answer::Tariff(None),
            Event::BalanceAsked(_) => Answer::Balance(Fen(10_000)),
            _ => Answer::Stored,
        };
        let record = matches!(envelope.event, Event::Ended(_));
        if let (Some(receipt), Some(link)) = (
            envelope.receipt.filter(|_| self.stores || !record),
            self.link.as_mut(),
        ) {
            link.resolve(receipt, answer, self.now, out);
        }
        self.events.push(envelope);
    }
}

pub(crate) fn order(sequence: u16) -> OrderNo {
    OrderNo::compose("THD", 1_729_407_600, sequence).expect("legal parts")
}

/// What a charge is by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mode {
    /// Seconds.
    Time(u32),
    /// 0.01 kWh.
    Energy(i64),
    /// Until full, with a money limit in fen.
    Full(i64),
}

pub(crate) fn plan(port: u16, mode: Mode, sequence: u16) -> ChargePlan {
    let (by, duration_s, energy, amount) = match mode {
        Mode::Time(seconds) => (ChargeMode::Time, Some(seconds), None, 10_000),
        Mode::Energy(centi) => {
            let energy = Energy::from_centi_kwh(centi);
            (ChargeMode::Energy, None, Some(energy), 10_000)
        }
        Mode::Full(amount) => (ChargeMode::Full, None, None, amount),
    };
    ChargePlan {
        port: PortNo(port),
        order: order(sequence),
        mode: by,
        duration_s,
        energy,
        power_limit: None,
        amount: Fen(amount),
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
