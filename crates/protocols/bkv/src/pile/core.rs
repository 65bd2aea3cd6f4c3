//! What every simulated device has: a clock, a connection, manners.

use super::chance::Chance;
use super::clock::{DeviceClock, Moment};
use super::setup::{Dialect, Profile, Setup};
use super::step::{Event, Note, Pieces, Step, Writing};
use kernel::Timestamp;
use std::net::Ipv4Addr;
use std::time::Duration;

/// Bytes from the platform that may wait for the rest of their frame. The longest frame of the
/// protocol has 4100.
const INBOUND_MAX: usize = 64 * 1024;

/// A networked gateway reconnects so long after a loss (captured).
const RECONNECT_NETWORKED: Duration = Duration::from_secs(4);

/// Pieces of a noisy device: size and pause.
const NOISE_PIECE: usize = 7;
const NOISE_GAP: Duration = Duration::from_millis(3);

/// Where the connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// None, and the next attempt at this time if any.
    Down(Option<Timestamp>),
    /// The shell is at it.
    Connecting,
    Up,
}

pub(super) struct Core {
    pub(super) setup: Setup,
    pub(super) clock: DeviceClock,
    pub(super) chance: Chance,
    /// So many commands are refused from now on.
    pub(super) refuse: u32,
    /// Commands are not heard.
    pub(super) ignores: bool,
    /// Every byte on its own, with this pause.
    pub(super) slow: Option<Duration>,
    /// Bytes from the platform not yet understood.
    pub(super) unread: Vec<u8>,
    line: Line,
    cut: bool,
    /// Dark until then.
    dark_until: Option<Timestamp>,
    source: Option<Ipv4Addr>,
    /// The connection was given up and the dialogue does not know it yet.
    dropped: bool,
}

impl Core {
    pub(super) fn new(setup: Setup, now: Timestamp) -> Self {
        Self {
            clock: DeviceClock::new(now, setup.speed),
            chance: Chance::new(setup.seed),
            refuse: 0,
            ignores: false,
            slow: None,
            unread: Vec::new(),
            line: Line::Down(Some(now)),
            cut: false,
            dark_until: None,
            source: setup.source,
            dropped: false,
            setup,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.line == Line::Up
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        match (self.dark_until, self.line) {
            (Some(end), _) => Some(end),
            (None, Line::Down(retry)) if !self.cut => retry,
            _ => None,
        }
    }

    /// Runs the core's one timer. True when mains power has come back.
    pub(super) fn due(&mut self, at: Moment, out: &mut Vec<Step>) -> bool {
        if self.dark_until.take().is_some() {
            self.line = Line::Down(Some(at.t + Duration::from_secs(1)));
            return true;
        }
        self.line = Line::Connecting;
        out.push(Step::Connect {
            source: self.source,
        });
        false
    }

    /// False when the connection came too late and is of no use.
    pub(super) fn came_up(&mut self, _at: Moment) -> bool {
        if self.line != Line::Connecting {
            return false;
        }
        self.unread = Vec::new();
        self.line = Line::Up;
        true
    }

    pub(super) fn went_down(&mut self, at: Moment) {
        let wait = match self.line {
            Line::Up => self.reconnect_after(),
            // The server may be down for long: no faster than once a second of real time.
            Line::Connecting => {
                let wait = self.reconnect_after();
                self.clock.patience(wait)
            }
            Line::Down(_) => return,
        };
        self.line = Line::Down(Some(at.t + wait));
    }

    /// The device gives the connection up by itself and comes back.
    pub(super) fn hang_up(&mut self, at: Moment, out: &mut Vec<Step>) {
        if self.is_up() {
            out.push(Step::Close);
            self.dropped = true;
            let wait = self.reconnect_after();
            self.line = Line::Down(Some(at.t + wait));
        }
    }

    /// Loses the connection by itself for a while.
    pub(super) fn vanish(&mut self, at: Moment, away: Duration, out: &mut Vec<Step>) {
        if self.is_up() {
            out.push(Step::Close);
            self.dropped = true;
            self.line = Line::Down(Some(at.t + away));
        }
    }

    pub(super) fn cut(&mut self, silent: bool, out: &mut Vec<Step>) {
        self.cut = true;
        self.leave(silent, out);
    }

    pub(super) fn restore(&mut self, at: Moment) {
        if std::mem::take(&mut self.cut) {
            let wait = self.reconnect_after();
            self.line = Line::Down(Some(at.t + wait));
        }
    }

    pub(super) fn roam(&mut self, at: Moment, address: Ipv4Addr, out: &mut Vec<Step>) {
        self.source = Some(address);
        self.leave(true, out);
        if !self.cut && self.dark_until.is_none() {
            let wait = self.reconnect_after();
            self.line = Line::Down(Some(at.t + wait));
        }
    }

    /// A modem without power says no goodbye.
    pub(super) fn lose_power(&mut self, at: Moment, outage: Duration, out: &mut Vec<Step>) {
        self.leave(true, out);
        self.dark_until = Some(at.t + outage);
    }

    fn leave(&mut self, silent: bool, out: &mut Vec<Step>) {
        if self.line != Line::Down(None) {
            if self.is_up() {
                self.dropped = true;
            }
            out.push(if silent { Step::Abandon } else { Step::Close });
        }
        self.line = Line::Down(None);
    }

    /// True once after the device itself has given a connection up.
    pub(super) fn take_dropped(&mut self, _at: Moment) -> bool {
        std::mem::take(&mut self.dropped)
    }

    /// BKV, docs/protocols/bkv.md, transport: about 4 s; v8.6: 5 to 10 s.
    fn reconnect_after(&mut self) -> Duration {
        match self.setup.dialect {
            Dialect::V86 => self.chance.millis(5_000, 9_500),
            Dialect::Networked | Dialect::Direct => RECONNECT_NETWORKED,
        }
    }

    pub(super) fn inbound(&mut self, bytes: &[u8]) {
        if self.unread.len() + bytes.len() > INBOUND_MAX {
            self.unread.clear();
        }
        self.unread.extend_from_slice(bytes);
    }

    /// Whether the next command is refused.
    pub(super) fn refuses(&mut self) -> bool {
        if self.refuse > 0 {
            self.refuse -= 1;
            return true;
        }
        self.setup.profile == Profile::Refuser
    }

    /// How long the device takes for an answer: `usual` milliseconds, or 3 to 8 s by a slow
    /// radio.
    pub(super) fn answer_delay(&mut self, usual_ms: u64) -> Duration {
        if self.setup.profile == Profile::SlowRadio {
            self.chance.millis(3_000, 8_000)
        } else {
            Duration::from_millis(usual_ms)
        }
    }

    pub(super) fn note(&self, at: Moment, event: Event, out: &mut Vec<Step>) {
        let at = self.clock.wall(at.t);
        out.push(Step::Note(Note { at, event }));
    }

    /// Sends a frame, as far as there is a connection, with the noise that the profile adds.
    pub(super) fn say(&mut self, mut frame: Vec<u8>, out: &mut Vec<Step>) {
        if !self.is_up() {
            return;
        }
        if self.setup.profile == Profile::Noisy {
            self.spoil(&mut frame);
        }
        self.write(frame, out);
    }

    /// Writes bytes as they are. Writings of one call are joined when nothing slows them.
    pub(super) fn write(&mut self, bytes: Vec<u8>, out: &mut Vec<Step>) {
        let noisy = self.setup.profile == Profile::Noisy;
        let pieces = match self.slow {
            Some(gap) => Some(Pieces { size: 1, gap }),
            None if noisy && self.chance.once_in(3) => Some(Pieces {
                size: NOISE_PIECE,
                gap: NOISE_GAP,
            }),
            None => None,
        };
        if let (None, Some(Step::Write(before))) = (pieces, out.last_mut())
            && before.pieces.is_none()
        {
            before.bytes.extend_from_slice(&bytes);
            return;
        }
        out.push(Step::Write(Writing { bytes, pieces }));
    }

    /// One wrong checksum in twenty, garbage before and a stray 0E behind every fourth frame.
    fn spoil(&mut self, frame: &mut Vec<u8>) {
        if self.chance.once_in(20) && frame.len() > 3 {
            let checksum = frame.len() - 3;
            frame[checksum] = frame[checksum].wrapping_add(1);
        }
        if self.chance.once_in(4) {
            let garbage: Vec<u8> = (0..=self.chance.below(8))
                .map(|_| self.chance.byte())
                .collect();
            frame.splice(0..0, garbage);
        }
        if self.chance.once_in(4) {
            frame.push(0x0E);
        }
    }
}
