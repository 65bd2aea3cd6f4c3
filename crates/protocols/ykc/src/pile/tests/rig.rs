//! One pile on a virtual clock.

use crate::frame::crc16;
use crate::pile::{Setup, device};
use ::pile::{Action, Event, Pile, Step};
use kernel::{PortNo, Timestamp};
use std::time::Duration;

/// 2024-10-20 15:00:00 in Shanghai.
pub(super) const START: Timestamp = Timestamp(1_729_407_600_000);
pub(super) const ID: &str = "32010600019236";
/// A transaction number for gun 1.
pub(super) const NUMBER: &str = "32010600019236012410201500000001";

/// A frame from the pile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Up {
    pub(super) at: Timestamp,
    pub(super) kind: u8,
    pub(super) sequence: [u8; 2],
    pub(super) body: Vec<u8>,
    /// Low byte of the checksum first.
    pub(super) low_first: bool,
}

impl Up {
    /// Bytes of the body as upper-case hex.
    pub(super) fn hex(&self, from: usize, count: usize) -> String {
        hex::encode_upper(&self.body[from..from + count])
    }

    /// A number of the body, low byte first.
    pub(super) fn number(&self, from: usize, count: usize) -> u64 {
        let bytes = self.body[from..from + count].iter().rev();
        bytes.fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

pub(super) struct Rig {
    pub(super) pile: Box<dyn Pile>,
    pub(super) now: Timestamp,
    pub(super) ups: Vec<Up>,
    pub(super) events: Vec<(Timestamp, Event)>,
    pub(super) connects: Vec<Timestamp>,
    /// Answers logins, heartbeats, model questions and records as a platform must.
    pub(super) polite: bool,
    /// Types that are not answered all the same.
    pub(super) withheld: Vec<u8>,
    /// Whether records are confirmed.
    pub(super) confirms: bool,
    pub(super) reachable: bool,
    steps: Vec<Step>,
    answered: usize,
    sequence: u16,
}

impl Rig {
    pub(super) fn new(setup: Setup) -> Self {
        let mut rig = Self::with(setup, true);
        rig.run(5.0);
        rig
    }

    /// A platform that says nothing by itself.
    pub(super) fn rude(setup: Setup) -> Self {
        Self::with(setup, false)
    }

    fn with(setup: Setup, polite: bool) -> Self {
        let mut rig = Self {
            pile: device(setup, START).expect("a possible pile"),
            now: START,
            ups: Vec::new(),
            events: Vec::new(),
            connects: Vec::new(),
            polite,
            withheld: Vec::new(),
            confirms: true,
            reachable: true,
            steps: Vec::new(),
            answered: 0,
            sequence: 0x0100,
        };
        rig.run(0.0);
        rig
    }

    /// Lets so many seconds pass.
    pub(super) fn run(&mut self, seconds: f64) {
        let end = self.now + Duration::from_secs_f64(seconds);
        self.pile.tick(self.now, &mut self.steps);
        loop {
            self.settle();
            match self.pile.deadline().filter(|next| *next <= end) {
                Some(next) => {
                    self.now = self.now.max(next);
                    self.pile.tick(self.now, &mut self.steps);
                }
                None => break,
            }
        }
        self.now = end;
        self.pile.tick(self.now, &mut self.steps);
        self.settle();
    }

    pub(super) fn act(&mut self, action: &Action) {
        let done = self.pile.act(action, self.now, &mut self.steps);
        done.expect("a possible action");
        self.settle();
    }

    pub(super) fn plug(&mut self, port: u16) {
        self.act(&Action::Plug(PortNo(port)));
    }

    /// Says a frame whose body is given as hex; its sequence.
    pub(super) fn say(&mut self, kind: u8, body: &str) -> [u8; 2] {
        self.sequence += 1;
        let sequence = self.sequence.to_le_bytes();
        self.say_with(kind, sequence, &hex::decode(body).expect("hex digits"));
        sequence
    }

    fn say_with(&mut self, kind: u8, sequence: [u8; 2], body: &[u8]) {
        let length = u8::try_from(body.len() + 4).expect("short");
        let mut frame = vec![0x68, length, sequence[0], sequence[1], 0, kind];
        frame.extend_from_slice(body);
        let crc = crc16(&frame[2..]);
        frame.extend_from_slice(&crc.to_le_bytes());
        self.pile.receive(&frame, self.now, &mut self.steps);
        self.settle();
    }

    /// Starts a gun for so many fen.
    pub(super) fn start(&mut self, gun: u8, number: &str, fen: u32) {
        let body = format!(
            "{number}{ID}{gun:02}{:016}{:016}{}",
            0,
            0,
            hex::encode(fen.to_le_bytes())
        );
        self.say(0x34, &body);
    }

    /// Frames of a type since the last call of `forget`.
    pub(super) fn of(&self, kind: u8) -> Vec<Up> {
        let ups = self.ups.iter();
        ups.filter(|up| up.kind == kind).cloned().collect()
    }

    /// The only frame of a type.
    pub(super) fn only(&self, kind: u8) -> Up {
        let found = self.of(kind);
        assert_eq!(found.len(), 1, "frames {kind:#04x}");
        found[0].clone()
    }

    pub(super) fn forget(&mut self) {
        self.ups.clear();
        self.answered = 0;
        self.events.clear();
    }

    fn settle(&mut self) {
        for _ in 0..1000 {
            let unanswered: Vec<Up> = self.ups[self.answered..].to_vec();
            self.answered = self.ups.len();
            if self.steps.is_empty() && unanswered.is_empty() {
                return;
            }
            for step in std::mem::take(&mut self.steps) {
                match step {
                    Step::Connect { .. } => {
                        self.connects.push(self.now);
                        if self.reachable {
                            self.pile.connected(self.now, &mut self.steps);
                        } else {
                            self.pile.disconnected(self.now, &mut self.steps);
                        }
                    }
                    Step::Write(writing) => self.take_apart(&writing.bytes),
                    Step::Close | Step::Abandon => {}
                    Step::Note(note) => self.events.push((note.at, note.event)),
                }
            }
            if self.polite {
                for up in unanswered {
                    self.answer(&up);
                }
            }
        }
        panic!("the pile never stops talking");
    }

    fn take_apart(&mut self, mut bytes: &[u8]) {
        while let [0x68, length, rest @ ..] = bytes {
            let length = usize::from(*length);
            let (covered, tail) = rest.split_at(length);
            let crc = crc16(covered);
            let low_first = tail[..2] == crc.to_le_bytes();
            assert!(low_first || tail[..2] == crc.to_be_bytes(), "checksum");
            assert_eq!(covered[2], 0, "plain");
            self.ups.push(Up {
                at: self.now,
                kind: covered[3],
                sequence: [covered[0], covered[1]],
                body: covered[4..].to_vec(),
                low_first,
            });
            bytes = &tail[2..];
        }
        assert!(bytes.is_empty(), "{bytes:02x?}");
    }

    fn answer(&mut self, up: &Up) {
        if self.withheld.contains(&up.kind) {
            return;
        }
        let (kind, body) = match up.kind {
            0x01 => (0x02, [&up.body[..7], &[0]].concat()),
            0x03 => (0x04, [&up.body[..8], &[0]].concat()),
            0x05 => (0x06, [&up.body[..9], &[1]].concat()),
            0x09 => (0x0A, model(&up.body[..7])),
            0x3B | 0x3D if self.confirms => (0x40, [&up.body[..16], &[0]].concat()),
            _ => return,
        };
        self.say_with(kind, up.sequence, &body);
    }
}

/// Model 0102: sharp 1.50, peak 1.20, flat 1.00, valley 0.65; flat all day but sharp from 16:00
/// to 17:00.
pub(super) fn model(pile: &[u8]) -> Vec<u8> {
    let mut body = pile.to_vec();
    body.extend_from_slice(&[0x01, 0x02]);
    for price in [
        100_000_u32,
        50_000,
        80_000,
        40_000,
        60_000,
        40_000,
        35_000,
        30_000,
    ] {
        body.extend_from_slice(&price.to_le_bytes());
    }
    body.push(0);
    let mut slots = [2_u8; 48];
    slots[32..34].fill(0);
    body.extend_from_slice(&slots);
    body
}
