//! The platform's link and the simulated device, face to face on a virtual clock.

mod networked;
mod v86;

use bkv::Bkv;
use bkv::frame::{Expect, Scan, scan};
use bkv::pile::{Action, Setup, Step, device as simulated};
use device::{
    Admission, Answer, CardVerdict, Command, Direction, Dispatch, EndReport, Envelope, Event, Item,
    Link, Outcome, Output, Profile, Protocol as _,
};
use kernel::{CommandId, Fen, OrderNo, PhyId, PortNo, Timestamp};
use pile::Pile;
use std::time::Duration;

/// 2024-10-20 15:00:00 in Shanghai.
const START: Timestamp = Timestamp(1_729_407_600_000);

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
    /// Whether the platform stores end reports, and so acknowledges them.
    pub(crate) stores: bool,
    pub(crate) next_command: i64,
    /// Loses frames on their way, when there is something.
    pub(crate) lose: Option<Lose>,
    /// Frames to the device, lost ones included.
    pub(crate) downs: Vec<Vec<u8>>,
}

impl Pair {
    pub(crate) fn new(setup: Setup) -> Self {
        let mut pair = Self {
            pile: simulated(setup, START).expect("a possible device"),
            link: None,
            profile: Profile::default(),
            now: START,
            steps: Vec::new(),
            events: Vec::new(),
            malformed: 0,
            connections: 0,
            stores: true,
            next_command: 1,
            lose: None,
            downs: Vec::new(),
        };
        pair.run(10);
        pair
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

    pub(crate) fn command(&mut self, command: Command) -> CommandId {
        let id = CommandId(self.next_command);
        self.next_command += 1;
        let dispatch = Dispatch {
            id,
            device: self.device(),
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

    pub(crate) fn count(&self, name: &str) -> usize {
        let events = self.events.iter();
        events
            .filter(|envelope| envelope.event.name() == name)
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
                        self.link = Some(Bkv.link());
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

    /// Whether the network loses a frame. Writes are whole frames but for the noisy device's.
    fn is_lost(&mut self, direction: Direction, bytes: &[u8]) -> bool {
        match &mut self.lose {
            Some(lose) => lose(direction, bytes),
            None => false,
        }
    }

    fn deliver(&mut self, bytes: &[u8]) {
        if self.is_lost(Direction::Up, bytes) {
            return;
        }
        if let Some(mut link) = self.link.take() {
            let mut out = Output::default();
            link.receive(bytes, self.now, &mut out);
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
        while let Scan::Frame(frame) = scan(wire, Expect::Down) {
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
        let answer = match &envelope.event {
            Event::CardSwiped(_) => Answer::Card(CardVerdict::Accepted {
                balance: Fen(10_000),
                plan: None,
            }),
            Event::BalanceAsked(_) => Answer::Balance(Fen(10_000)),
            _ => Answer::Stored,
        };
        if let (Some(receipt), true, Some(link)) =
            (envelope.receipt, self.stores, self.link.as_mut())
        {
            link.resolve(receipt, answer, self.now, out);
        }
        self.events.push(envelope);
    }
}

pub(crate) fn order(sequence: u16) -> OrderNo {
    OrderNo::compose("THD", 1_729_407_600, sequence).expect("legal parts")
}
