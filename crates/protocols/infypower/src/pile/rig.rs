//! Test rig: one pile on a virtual clock, with a platform that says what the test makes it say.

use super::device::Device;
use super::paper::{Paper, Reading};
use super::words::frame;
use super::{Dialect, Kind, Profile, Setup, Simulated};
use ::pile::{Action, Event, Pile as _, Step};
use kernel::{PortNo, Timestamp};
use std::time::Duration;

/// 2024-10-20 15:00:00 in Shanghai.
pub(super) const START: Timestamp = Timestamp(1_729_407_600_000);
pub(super) const CODE: &str = "2900300800103";
pub(super) const ORDER: &str = "THD1729407600001";

/// A frame from the pile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Up {
    pub(super) at: Timestamp,
    pub(super) command: u16,
    pub(super) body: Vec<u8>,
}

impl Up {
    pub(super) fn byte(&self, offset: usize) -> u8 {
        self.body[offset]
    }

    pub(super) fn word(&self, offset: usize) -> u16 {
        Reading(&self.body[offset..]).word().expect("two bytes")
    }

    pub(super) fn long(&self, offset: usize) -> u32 {
        Reading(&self.body[offset..]).long().expect("four bytes")
    }

    pub(super) fn text(&self, offset: usize, width: usize) -> String {
        Reading(&self.body[offset..]).text(width).expect("text")
    }

    pub(super) fn time(&self, offset: usize) -> Option<Timestamp> {
        Reading(&self.body[offset..]).time()
    }
}

pub(super) struct Rig {
    pub(super) pile: Simulated<Setup, Device>,
    pub(super) now: Timestamp,
    pub(super) ups: Vec<Up>,
    pub(super) bytes: Vec<u8>,
    pub(super) events: Vec<Event>,
    pub(super) connects: usize,
    /// Whether the network lets connections through.
    pub(super) reachable: bool,
    /// Answers sign-ins and heartbeats.
    pub(super) polite: bool,
    /// Answers records.
    pub(super) stores: bool,
    steps: Vec<Step>,
    sequence: u8,
}

impl Rig {
    pub(super) fn new(setup: Setup) -> Self {
        let pile = super::simulated(setup, START).expect("a possible pile");
        let mut rig = Self {
            pile,
            now: START,
            ups: Vec::new(),
            bytes: Vec::new(),
            events: Vec::new(),
            connects: 0,
            reachable: true,
            polite: true,
            stores: true,
            steps: Vec::new(),
            sequence: 0,
        };
        rig.run(1.0);
        rig
    }

    /// A DC pile with two guns of this dialect and behaviour.
    pub(super) fn dc(dialect: Dialect, profile: Profile) -> Self {
        Self::new(Setup::new(CODE, dialect, Kind::Dc).with_profile(profile))
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

    pub(super) fn say(&mut self, command: u16, body: Paper) {
        self.sequence = self.sequence.wrapping_add(1);
        self.say_with(command, self.sequence, body);
    }

    pub(super) fn say_with(&mut self, command: u16, sequence: u8, body: Paper) {
        let bytes = frame(0x10, sequence, command, body);
        self.pile.receive(&bytes, self.now, &mut self.steps);
        self.settle();
    }

    /// 7 with an order number in both fields.
    pub(super) fn start(&mut self, gun_no: u8, strategy: u32, param: u32) {
        let body = Paper::bare()
            .zeros(4)
            .byte(gun_no)
            .long(0)
            .long(0)
            .long(strategy)
            .long(param)
            .zeros(9)
            .text(ORDER, 32)
            .byte(0)
            .long(0)
            .text(ORDER, 32);
        self.say(7, body);
    }

    /// 5 with address 2.
    pub(super) fn stop(&mut self, gun_no: u8) {
        self.control(gun_no, 2);
    }

    pub(super) fn control(&mut self, gun_no: u8, address: u32) {
        let body = Paper::bare()
            .zeros(4)
            .byte(gun_no)
            .long(address)
            .byte(1)
            .word(4)
            .long(0x55);
        self.say(5, body);
    }

    /// Frames with this command since the last call of `forget`.
    pub(super) fn of(&self, command: u16) -> Vec<Up> {
        let ups = self.ups.iter();
        ups.filter(|up| up.command == command).cloned().collect()
    }

    /// All good frames of the bytes since the last call of `forget`.
    pub(super) fn frames(&self) -> Vec<Vec<u8>> {
        crate::inspect::stream([&self.bytes[..]]).frames
    }

    pub(super) fn last(&self, command: u16) -> Up {
        let found = self.of(command);
        found.last().expect("such a frame").clone()
    }

    /// The last report of a gun.
    pub(super) fn status(&self, gun_no: u8) -> Up {
        let mut ups = self.ups.iter().rev();
        let of_gun = |up: &&Up| matches!(up.command, 104 | 109 | 504) && up.byte(37) == gun_no;
        ups.find(of_gun).expect("a report of this gun").clone()
    }

    pub(super) fn forget(&mut self) {
        self.ups.clear();
        self.events.clear();
        self.bytes.clear();
    }

    /// Reason, Wh and seconds of every charge that has ended.
    pub(super) fn ended(&self) -> Vec<(u32, u64, u64)> {
        let events = self.events.iter().filter_map(|event| match event {
            Event::Ended {
                reason,
                energy_wh,
                seconds,
                ..
            } => Some((*reason, *energy_wh, *seconds)),
            _ => None,
        });
        events.collect()
    }

    pub(super) fn acknowledged(&self) -> usize {
        let is = |event: &&Event| matches!(event, Event::EndAcknowledged { .. });
        self.events.iter().filter(is).count()
    }

    fn settle(&mut self) {
        while !self.steps.is_empty() {
            for step in std::mem::take(&mut self.steps) {
                match step {
                    Step::Connect { .. } if self.reachable => {
                        self.connects += 1;
                        self.pile.connected(self.now, &mut self.steps);
                    }
                    Step::Connect { .. } => self.pile.disconnected(self.now, &mut self.steps),
                    Step::Close | Step::Abandon => {}
                    Step::Note(note) => self.events.push(note.event),
                    Step::Write(writing) => self.take_in(&writing.bytes),
                }
            }
        }
    }

    fn take_in(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let mut rest = bytes;
        while let [0xAA, 0xF5, low, high, ..] = rest {
            let length = usize::from(u16::from_le_bytes([*low, *high]));
            let Some(raw) = rest.get(..length) else {
                return;
            };
            let sum = raw[6..length - 1]
                .iter()
                .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
            if sum == raw[length - 1] {
                let up = Up {
                    at: self.now,
                    command: u16::from_le_bytes([raw[6], raw[7]]),
                    body: raw[8..length - 1].to_vec(),
                };
                self.ups.push(up.clone());
                self.answer(&up);
            }
            rest = &rest[length..];
        }
    }

    fn answer(&mut self, up: &Up) {
        let empty = || Paper::bare().zeros(4);
        match up.command {
            106 if self.polite => {
                let random = if up.body.len() >= 96 { up.long(90) } else { 0 };
                self.say(105, empty().long(random).zeros(1));
            }
            102 if self.polite => self.say(101, empty().word(up.word(36))),
            104 | 109 if self.polite => self.say(103, empty().byte(up.byte(37))),
            202 if self.stores => {
                let body = empty().byte(up.byte(37)).bytes(&up.body[38..70]);
                self.say(201, body);
            }
            502 if self.stores => {
                let body = empty().byte(up.byte(37)).bytes(&up.body[38..70]);
                self.say(501, body);
            }
            203 if self.stores => {
                let body = empty()
                    .byte(up.byte(37))
                    .bytes(&up.body[360..392])
                    .bytes(&up.body[120..124]);
                self.say(201, body);
            }
            222 if self.stores => {
                let body = empty().byte(up.byte(37)).bytes(&up.body[38..70]);
                self.say(221, body.bytes(&up.body[112..116]).zeros(25));
            }
            _ => {}
        }
    }
}
