//! The platform's link and the simulated pile, face to face on a virtual clock.

mod cards;
mod management;
mod sessions;
mod trouble;

use device::{
    Admission, Answer, CardRefusal, CardVerdict, ChargeKey, ChargeMode, ChargePlan, Command,
    Direction, Dispatch, EndReport, Envelope, Event, Item, Link, Outcome, Output, Profile,
    Progress, Protocol as _, Rate, TariffTable,
};
use kernel::{CommandId, Fen, OrderNo, PhyId, PortNo, Price, Timestamp};
use pile::{Action, Pile, Step};
use std::time::Duration;
use ykc::Ykc;
use ykc::frame::{Scan, scan};
use ykc::pile::{Kind, Setup};

/// 2024-10-20 15:00:00 in Shanghai.
const START: Timestamp = Timestamp(1_729_407_600_000);
pub(crate) const ID: &str = "32010600019236";

/// Rounds that the two may need to finish talking about one instant.
const ROUNDS_MAX: usize = 1000;

/// What the network loses: asked for every frame with its direction.
pub(crate) type Lose = Box<dyn FnMut(Direction, &[u8]) -> bool>;

pub(crate) struct Pair {
    pub(crate) pile: Box<dyn Pile>,
    pub(crate) link: Option<Box<dyn Link>>,
    pub(crate) profile: Profile,
    pub(crate) now: Timestamp,
    pub(crate) steps: Vec<Step>,
    pub(crate) events: Vec<Envelope>,
    pub(crate) malformed: usize,
    pub(crate) connections: usize,
    /// Whether the platform stores facts, and so answers them.
    pub(crate) stores: bool,
    /// Why cards and vehicles are refused, if they are.
    pub(crate) refuses: Option<CardRefusal>,
    pub(crate) next_command: i64,
    /// Orders that cards and vehicles began, counted.
    pub(crate) orders: u64,
    /// Loses frames on their way, when there is something.
    pub(crate) lose: Option<Lose>,
    /// Frames to the pile, lost ones included.
    pub(crate) downs: Vec<Vec<u8>>,
    /// Frames from the pile, lost ones included.
    pub(crate) ups: Vec<Vec<u8>>,
}

impl Pair {
    pub(crate) fn new(setup: Setup) -> Self {
        let mut pair = Self {
            pile: ykc::pile::device(setup, START).expect("a possible pile"),
            link: None,
            profile: Profile::default(),
            now: START,
            steps: Vec::new(),
            events: Vec::new(),
            malformed: 0,
            connections: 0,
            stores: true,
            refuses: None,
            next_command: 1,
            orders: 0,
            lose: None,
            downs: Vec::new(),
            ups: Vec::new(),
        };
        pair.run(10);
        pair
    }

    /// A DC pile with two guns.
    pub(crate) fn dc() -> Self {
        Self::new(Setup::new(ID, Kind::Dc))
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
            password: None,
        });
    }

    pub(crate) fn command(&mut self, command: Command) -> CommandId {
        let id = CommandId(self.next_command);
        self.next_command += 1;
        let dispatch = Dispatch {
            id,
            device: device(),
            command,
            msg_id: u32::try_from(id.0).expect("small") + 100,
            attempted: false,
            image: None,
        };
        let mut out = Output::default();
        let link = self.link.as_mut().expect("a connection");
        link.command(dispatch, self.now, &mut out);
        self.obey(out);
        id
    }

    /// Starts a gun; the amount is the limit that the pile keeps.
    pub(crate) fn start(&mut self, port: u16, sequence: u16, fen: i64) -> CommandId {
        let plan = plan(port, sequence, fen);
        self.command(Command::StartCharge(plan))
    }

    pub(crate) fn stop(&mut self, port: u16, sequence: u16) -> CommandId {
        self.command(Command::StopCharge {
            port: PortNo(port),
            order: order(sequence),
            serial: Some(serial(port, sequence)),
        })
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

    pub(crate) fn accepted(&self, command: CommandId) -> bool {
        matches!(self.outcome(command), Some(Outcome::Accepted { .. }))
    }

    pub(crate) fn ends(&self) -> Vec<&EndReport> {
        self.found(|event| match event {
            Event::Ended(end) => Some(end),
            _ => None,
        })
    }

    /// Meter values, by themselves or with the state of their port.
    pub(crate) fn progress(&self) -> Vec<&Progress> {
        let told = self.events.iter().map(|it| match &it.event {
            Event::Progress(progress) => vec![progress],
            Event::Status { ports, .. } => {
                ports.iter().filter_map(|it| it.meter.as_ref()).collect()
            }
            _ => Vec::new(),
        });
        told.flatten().collect()
    }

    pub(crate) fn found<'a, T>(&'a self, pick: impl Fn(&'a Event) -> Option<T>) -> Vec<T> {
        let events = self.events.iter();
        events.filter_map(|it| pick(&it.event)).collect()
    }

    pub(crate) fn count(&self, name: &str) -> usize {
        let events = self.events.iter();
        events.filter(|it| it.event.name() == name).count()
    }

    /// Frames of a type to the pile.
    pub(crate) fn told(&self, kind: u8) -> usize {
        self.downs.iter().filter(|raw| raw[5] == kind).count()
    }

    /// The platform restarts: the connection is gone and the pile notices.
    pub(crate) fn restart_platform(&mut self) {
        self.link = None;
        self.pile.disconnected(self.now, &mut self.steps);
        self.settle();
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
                        self.link = Some(Ykc.link());
                        self.pile.connected(self.now, &mut self.steps);
                    }
                    Step::Close | Step::Abandon => self.link = None,
                    Step::Write(writing) => self.deliver(&writing.bytes),
                    Step::Note(_) => {}
                }
            }
        }
        panic!("the two never stop talking");
    }

    /// Whether the network loses a frame.
    fn is_lost(&mut self, direction: Direction, bytes: &[u8]) -> bool {
        match &mut self.lose {
            Some(lose) => lose(direction, bytes),
            None => false,
        }
    }

    /// Frame by frame as far as they are whole; the noise of a noisy pile as it comes.
    fn deliver(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let piece = match scan(rest) {
                Scan::Frame(frame) => frame.raw,
                _ => rest,
            };
            rest = &rest[piece.len()..];
            self.ups.push(piece.to_vec());
            if self.is_lost(Direction::Up, piece) {
                continue;
            }
            if let Some(mut link) = self.link.take() {
                let mut out = Output::default();
                link.receive(piece, self.now, &mut out);
                self.link = Some(link);
                self.obey(out);
            }
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
                    let admission = Admission::Known(self.profile.clone());
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
            self.profile.learnt.insert((*key).to_owned(), value.clone());
        }
        let answer = self.answer(&envelope.event);
        if let (Some(receipt), true, Some(link)) =
            (envelope.receipt, self.stores, self.link.as_mut())
        {
            link.resolve(receipt, answer, self.now, out);
        }
        self.events.push(envelope);
    }

    fn answer(&mut self, event: &Event) -> Answer {
        let port = match event {
            Event::CardSwiped(swipe) => swipe.port,
            Event::VinOffered(offer) => offer.port,
            Event::TariffAsked { .. } => return Answer::Tariff(Some(Box::new(tariff(1)))),
            _ => return Answer::Stored,
        };
        if let Some(reason) = self.refuses {
            let balance = Fen(35);
            return Answer::Card(CardVerdict::Refused { reason, balance });
        }
        self.orders += 1;
        let sequence = u16::try_from(self.orders).expect("few") + 500;
        let mut plan = plan(port.0, sequence, 5_000);
        if let Event::CardSwiped(swipe) = event {
            plan.card_no = Some(swipe.card_no.clone());
            plan.physical_card.clone_from(&swipe.physical_no);
            plan.parallel.clone_from(&swipe.parallel);
        }
        Answer::Card(CardVerdict::Accepted {
            balance: Fen(5_000),
            plan: Some(Box::new(plan)),
        })
    }
}

pub(crate) fn device() -> PhyId {
    ID.parse().expect("a device id")
}

pub(crate) fn order(sequence: u16) -> OrderNo {
    OrderNo::compose("THD", 1_729_407_600, sequence).expect("legal parts")
}

/// A start; the amount is the limit that the pile keeps.
pub(crate) fn plan(port: u16, sequence: u16, fen: i64) -> ChargePlan {
    ChargePlan {
        port: PortNo(port),
        order: order(sequence),
        mode: ChargeMode::Full,
        duration_s: None,
        energy: None,
        power_limit: None,
        amount: Fen(fen),
        tiers: Vec::new(),
        fees: None,
        proposed_session: None,
        serial: Some(serial(port, sequence)),
        card_no: None,
        physical_card: None,
        parallel: None,
        price_model: None,
    }
}

/// The name of a charge on the wire, by the rule.
pub(crate) fn serial(port: u16, sequence: u16) -> String {
    format!("{ID}{port:02}241020150000{sequence:04}")
}

pub(crate) fn key(port: u16, sequence: u16) -> ChargeKey {
    ChargeKey::Serial(serial(port, sequence))
}

/// Flat 1.00 all day, but sharp 1.50 from 16:00 to 17:00.
pub(crate) fn tariff(model: u16) -> TariffTable {
    let rate = |electricity, service| Rate {
        electricity: Price(electricity),
        service: Price(service),
    };
    let mut slots = vec![2; 48];
    slots[32..34].fill(0);
    TariffTable {
        model,
        rates: vec![
            rate(100_000, 50_000),
            rate(80_000, 40_000),
            rate(60_000, 40_000),
            rate(35_000, 30_000),
        ],
        slots,
    }
}
