//! The devices of one connection on a virtual clock.

use crate::pile::frames::{Down, next_down, seal};
use crate::pile::{Form, Setup, device};
use ::pile::{Action, Event, Pile, PortView, Step};
use kernel::{PortNo, Timestamp};
use std::time::Duration;

/// 2024-10-20 15:00:00 in Shanghai.
pub(super) const START: Timestamp = Timestamp(1_729_407_600_000);
/// A dual socket and its host, one id.
pub(super) const SOCKET: u32 = 0x04A2_6CF3;
/// The order of most tests.
pub(super) const ORDER: [u8; 16] = *b"THD1729407600001";

/// A frame from the devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Up {
    pub(super) at: Timestamp,
    pub(super) id: u32,
    pub(super) msg: u16,
    pub(super) cmd: u8,
    pub(super) data: Vec<u8>,
}

pub(super) struct Rig {
    pub(super) pile: Box<dyn Pile>,
    pub(super) now: Timestamp,
    pub(super) ups: Vec<Up>,
    /// Bytes that are no frames.
    pub(super) bare: Vec<u8>,
    pub(super) events: Vec<Event>,
    pub(super) connections: usize,
    /// Commands of the devices that the platform answers.
    pub(super) answers: Vec<u8>,
    steps: Vec<Step>,
    unread: Vec<u8>,
    counter: u16,
}

impl Rig {
    pub(super) fn new(setup: Setup) -> Self {
        let mut rig = Self {
            pile: device(setup, START).expect("possible devices"),
            now: START,
            ups: Vec::new(),
            bare: Vec::new(),
            events: Vec::new(),
            connections: 0,
            answers: vec![0x20, 0x21, 0x22, 0x12, 0x03],
            steps: Vec::new(),
            unread: Vec::new(),
            counter: 500,
        };
        rig.run(3);
        rig
    }

    pub(super) fn combined() -> Self {
        Self::new(Setup::new("04A26CF3", Form::Combined))
    }

    /// Lets so many seconds pass.
    pub(super) fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        self.pile.tick(self.now, &mut self.steps);
        self.settle();
        while let Some(next) = self.pile.deadline().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.pile.tick(self.now, &mut self.steps);
            self.settle();
        }
        self.now = end;
    }

    pub(super) fn act(&mut self, action: &Action) {
        let done = self.pile.act(action, self.now, &mut self.steps);
        done.expect("a possible action");
        self.settle();
    }

    pub(super) fn plug(&mut self, port: u16) {
        self.act(&Action::Plug(PortNo(port)));
    }

    /// Says something; its message id.
    pub(super) fn say(&mut self, id: u32, cmd: u8, data: &[u8]) -> u16 {
        self.counter += 1;
        self.say_as(id, self.counter, cmd, data);
        self.counter
    }

    pub(super) fn say_as(&mut self, id: u32, msg: u16, cmd: u8, data: &[u8]) {
        let frame = seal(id, msg, cmd, data);
        self.pile.receive(&frame, self.now, &mut self.steps);
        self.settle();
    }

    /// A start of 38 bytes: mode, value, what the last eleven bytes say.
    pub(super) fn start(&mut self, port: u8, mode: u8, value: u16, tail: [u8; 13]) {
        let mut data = vec![mode, 0, 0, 0, 0, port, 1];
        data.extend(value.to_le_bytes());
        data.extend(ORDER);
        data.extend(tail);
        self.say(SOCKET, 0x82, &data);
        self.run(1);
    }

    pub(super) fn stop(&mut self, port: u8, order: [u8; 16]) {
        let mut data = vec![0, 0, 0, 0, 0, port, 0, 0, 0];
        data.extend(order);
        self.say(SOCKET, 0x82, &data);
        self.run(1);
    }

    pub(super) fn of(&self, cmd: u8) -> Vec<Up> {
        let ups = self.ups.iter().filter(|up| up.cmd == cmd);
        ups.cloned().collect()
    }

    pub(super) fn last(&self, cmd: u8) -> Up {
        self.of(cmd).pop().expect("it was said")
    }

    pub(super) fn forget(&mut self) {
        self.ups.clear();
        self.events.clear();
        self.bare.clear();
    }

    pub(super) fn port(&mut self, port: u16) -> PortView {
        let views = self.pile.ports(self.now);
        let found = views.into_iter().find(|view| view.port == PortNo(port));
        found.expect("there is such a port")
    }

    /// Does what the devices want.
    fn settle(&mut self) {
        while !self.steps.is_empty() {
            for step in std::mem::take(&mut self.steps) {
                match step {
                    Step::Connect { .. } => {
                        self.connections += 1;
                        self.unread.clear();
                        self.pile.connected(self.now, &mut self.steps);
                    }
                    Step::Close | Step::Abandon => {}
                    Step::Note(note) => self.events.push(note.event),
                    Step::Write(writing) => self.hear(&writing.bytes),
                }
            }
        }
    }

    fn hear(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.unread.push(*byte);
            if !b"DNY".starts_with(&self.unread[..self.unread.len().min(3)]) {
                self.bare.append(&mut self.unread);
            }
            if let Some(Down { id, msg, cmd, data }) = next_down(&mut self.unread) {
                let up = Up {
                    at: self.now,
                    id,
                    msg,
                    cmd,
                    data,
                };
                self.ups.push(up.clone());
                self.answer(&up);
            }
        }
    }

    fn answer(&mut self, up: &Up) {
        if self.answers.contains(&up.cmd) {
            let time = u32::try_from(self.now.0 / 1000).expect("this century");
            let words: &[u8] = match up.cmd {
                0x12 | 0x22 => &time.to_le_bytes(),
                _ => &[0],
            };
            let frame = seal(up.id, up.msg, up.cmd, words);
            self.pile.receive(&frame, self.now, &mut self.steps);
        }
    }
}

/// The number at this place of some data.
pub(super) fn word(data: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([data[at], data[at + 1]])
}

/// The tail of a start that leaves everything to the device but the short-circuit test.
pub(super) const PLAIN: [u8; 13] = [0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0];
