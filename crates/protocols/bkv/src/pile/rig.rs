//! Test rig: one device on a virtual clock, with a platform that says what the test makes it
//! say. Frames are taken apart by hand here, so that the codec is not checked against itself.

use super::{Action, Event, Session, Setup, Step};
use crate::frame::{Expect, Scan, scan};
use ::pile::Pile;
use kernel::{PortNo, Timestamp};
use std::time::Duration;

/// 2024-10-20 15:00:00 in Shanghai.
pub(super) const START: Timestamp = Timestamp(1_729_407_600_000);

/// A frame from the device: when, outer command, sequence, body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Up {
    pub(super) at: Timestamp,
    pub(super) command: u16,
    pub(super) sequence: u32,
    pub(super) body: Vec<u8>,
}

impl Up {
    /// Sub-command of 0005 and 0015.
    pub(super) fn sub(&self) -> u8 {
        self.body[2]
    }

    /// Parameters of a sub-command.
    pub(super) fn parameters(&self) -> &[u8] {
        &self.body[3..]
    }

    /// BKV command of a container.
    pub(super) fn bkv(&self) -> u16 {
        u16::from_be_bytes([self.body[3], self.body[4]])
    }
}

pub(super) struct Rig {
    pub(super) pile: Box<dyn Pile>,
    pub(super) now: Timestamp,
    pub(super) ups: Vec<Up>,
    pub(super) bytes: Vec<u8>,
    pub(super) events: Vec<(Timestamp, Event)>,
    pub(super) connects: Vec<Timestamp>,
    pub(super) closes: Vec<Timestamp>,
    pub(super) abandons: usize,
    /// Whether the network lets connections through.
    pub(super) reachable: bool,
    /// Answers heartbeats and reports as a platform must, unless a test wants silence.
    pub(super) polite: bool,
    steps: Vec<Step>,
    sequence: u32,
}

impl Rig {
    pub(super) fn new(setup: Setup) -> Self {
        let pile = super::device(setup, START).expect("a possible device");
        let mut rig = Self {
            pile,
            now: START,
            ups: Vec::new(),
            bytes: Vec::new(),
            events: Vec::new(),
            connects: Vec::new(),
            closes: Vec::new(),
            abandons: 0,
            reachable: true,
            polite: true,
            steps: Vec::new(),
            sequence: 0x100,
        };
        rig.run(0.0);
        rig
    }

    /// Lets so many seconds pass.
    pub(super) fn run(&mut self, seconds: f64) {
        let end = self.now + Duration::from_secs_f64(seconds);
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

    /// Says something with a gateway header; its sequence.
    pub(super) fn say(&mut self, command: u16, body: &[u8]) -> u32 {
        self.sequence += 1;
        self.say_with(command, self.sequence, body);
        self.sequence
    }

    pub(super) fn say_with(&mut self, command: u16, sequence: u32, body: &[u8]) {
        let id = hex::decode(self.pile.id()).expect("hex digits");
        let mut inside = command.to_be_bytes().to_vec();
        inside.extend_from_slice(&sequence.to_be_bytes());
        inside.push(0);
        inside.extend_from_slice(&id);
        inside.extend_from_slice(body);
        self.say_bytes(&sealed(&inside));
    }

    /// Says a sub-command of 0005 or 0015; its sequence.
    pub(super) fn say_sub(&mut self, command: u16, sub: u8, parameters: &[u8]) -> u32 {
        let mut body = u16::try_from(parameters.len())
            .expect("short")
            .to_be_bytes()
            .to_vec();
        body.push(sub);
        body.extend_from_slice(parameters);
        self.say(command, &body)
    }

    /// Says a BKV container; `elements` follow the header.
    pub(super) fn say_bkv(&mut self, command: u16, elements: &str) -> u32 {
        let sequence = self.sequence + 1;
        let id = self.pile.id().to_owned();
        let body = format!("040101{command:04x}0a0102{sequence:016x}090103{id}{elements}");
        self.say(0x1000, &hex::decode(body).expect("hex digits"))
    }

    pub(super) fn say_bytes(&mut self, bytes: &[u8]) {
        self.pile.receive(bytes, self.now, &mut self.steps);
        self.settle();
    }

    /// Frames with this outer command since the last call of `forget`.
    pub(super) fn of(&self, command: u16) -> Vec<Up> {
        let ups = self.ups.iter();
        ups.filter(|up| up.command == command).cloned().collect()
    }

    /// Frames with this sub-command.
    pub(super) fn of_sub(&self, sub: u8) -> Vec<Up> {
        let ups = self.ups.iter();
        let subs = ups.filter(|up| matches!(up.command, 5 | 0x15) && up.sub() == sub);
        subs.cloned().collect()
    }

    /// Containers with this BKV command.
    pub(super) fn of_bkv(&self, command: u16) -> Vec<Up> {
        let ups = self.ups.iter();
        let found = ups.filter(|up| up.command == 0x1000 && up.bkv() == command);
        found.cloned().collect()
    }

    pub(super) fn forget(&mut self) {
        self.ups.clear();
        self.events.clear();
        self.bytes.clear();
    }

    /// Seconds since the rig began.
    pub(super) fn seconds(at: Timestamp) -> f64 {
        at.since(START).as_secs_f64()
    }

    pub(super) fn ended(&self) -> Vec<(Session, u32, u64, u64)> {
        let events = self.events.iter().filter_map(|(_, event)| match event {
            Event::Ended {
                session,
                reason,
                energy_wh,
                seconds,
                ..
            } => Some((session.clone(), *reason, *energy_wh, *seconds)),
            _ => None,
        });
        events.collect()
    }

    pub(super) fn acknowledged(&self) -> usize {
        let is = |(_, event): &&(Timestamp, Event)| matches!(event, Event::EndAcknowledged { .. });
        self.events.iter().filter(is).count()
    }

    /// Does what the device wants.
    fn settle(&mut self) {
        while !self.steps.is_empty() {
            for step in std::mem::take(&mut self.steps) {
                match step {
                    Step::Connect { .. } if self.reachable => {
                        self.connects.push(self.now);
                        self.pile.connected(self.now, &mut self.steps);
                    }
                    Step::Connect { .. } => self.pile.disconnected(self.now, &mut self.steps),
                    Step::Close => self.closes.push(self.now),
                    Step::Abandon => self.abandons += 1,
                    Step::Note(note) => self.events.push((note.at, note.event)),
                    Step::Write(writing) => self.take_in(&writing.bytes),
                }
            }
        }
    }

    fn take_in(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let mut rest = bytes;
        while !rest.is_empty() {
            match scan(rest, Expect::Up) {
                Scan::Frame(frame) => {
                    let raw = frame.raw.to_vec();
                    rest = &rest[raw.len()..];
                    self.hear(&raw);
                }
                Scan::Skip(count) => rest = &rest[count..],
                Scan::Bad(_) => rest = &rest[1..],
                Scan::Wait => break,
            }
        }
    }

    fn hear(&mut self, raw: &[u8]) {
        // Direct frames are looked at by their tests.
        let direct = raw[4..7] == [4, 1, 1];
        let up = Up {
            at: self.now,
            command: if direct {
                0
            } else {
                u16::from_be_bytes([raw[4], raw[5]])
            },
            sequence: if direct {
                0
            } else {
                u32::from_be_bytes([raw[6], raw[7], raw[8], raw[9]])
            },
            body: raw[if direct { 4 } else { 18 }..raw.len() - 3].to_vec(),
        };
        self.ups.push(up.clone());
        if self.polite && !direct {
            self.answer(&up);
        }
    }

    fn answer(&mut self, up: &Up) {
        match up.command {
            0x0000 => {
                let time = hex::decode("20241020150000").expect("hex digits");
                self.say_with(0, up.sequence, &time);
            }
            0x0021 => self.say_with(0x21, up.sequence, &[0]),
            0x0003 | 0x0004 if up.body.len() > 16 => {
                let mut body = up.body[..16].to_vec();
                body.push(0);
                self.say_with(up.command, up.sequence, &body);
            }
            0x0015 if matches!(up.sub(), 0x02 | 0x18 | 0x0C) => {
                let socket = up.parameters()[0];
                self.say_with(0x15, 0, &[0, 2, 0x0C, socket, 1]);
            }
            0x1000 if matches!(up.bkv(), 0x1017 | 0x1010 | 0x1013) => {
                let mut body = up.body[..26].to_vec();
                body.extend_from_slice(&[3, 1, 0x0F, 1]);
                self.say_with(0x1000, 0, &body);
            }
            _ => {}
        }
    }
}

/// Magic, length, checksum and tail around the inside of a frame.
pub(super) fn sealed(inside: &[u8]) -> Vec<u8> {
    let length = u16::try_from(inside.len() + 3)
        .expect("short")
        .to_be_bytes();
    let mut frame = vec![0xFC, 0xFF, length[0], length[1]];
    frame.extend_from_slice(inside);
    let sum = frame[2..]
        .iter()
        .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    frame.extend_from_slice(&[sum, 0xFC, 0xEE]);
    frame
}
