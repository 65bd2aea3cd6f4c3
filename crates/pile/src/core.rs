//! What every simulated device has: a clock, a connection, manners.

use crate::chance::Chance;
use crate::clock::{DeviceClock, Moment};
use crate::step::{Event, Note, Pieces, Step, Writing};
use kernel::Timestamp;
use std::net::Ipv4Addr;
use std::time::Duration;

/// Bytes from the platform that may wait for the rest of their frame. The longest frame of the
/// protocol has 4100.
const INBOUND_MAX: usize = 64 * 1024;

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

/// How a device behaves on its line, whatever it speaks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manners {
    /// Garbage between frames, frames in pieces, and what [`LineSetup::spoil`] does.
    pub noisy: bool,
    /// Every command is refused.
    pub refuses: bool,
    /// Answers take 3 to 8 seconds.
    pub slow_radio: bool,
}

/// What a device's line is made from.
#[derive(Clone, Copy, Debug)]
pub struct LineSetup {
    /// How many times faster than real time the device lives.
    pub speed: u32,
    /// Seed of everything that varies.
    pub seed: u64,
    /// Local address of its connections; the system chooses when there is none.
    pub source: Option<Ipv4Addr>,
    /// Shortest and longest wait before a lost connection is set up again, ms of device time.
    pub reconnect_ms: (u32, u32),
    /// How it behaves.
    pub manners: Manners,
    /// Damages a frame now and then, for noisy devices: wrong checksums, stray bytes.
    pub spoil: fn(&mut Vec<u8>, &mut Chance),
}

/// A clock, a connection, manners, and what the family's device was made from.
#[derive(Debug)]
pub struct Core<S = ()> {
    /// What the device was made from.
    pub setup: S,
    /// The device's own time.
    pub clock: DeviceClock,
    /// Chance that its seed repeats.
    pub chance: Chance,
    /// So many commands are refused from now on.
    pub refuse: u32,
    /// Commands are not heard.
    pub ignores: bool,
    /// Every byte on its own, with this pause.
    pub slow: Option<Duration>,
    /// Bytes from the platform not yet understood.
    pub unread: Vec<u8>,
    line: Line,
    cut: bool,
    /// Dark until then.
    dark_until: Option<Timestamp>,
    source: Option<Ipv4Addr>,
    reconnect_ms: (u32, u32),
    manners: Manners,
    spoil: fn(&mut Vec<u8>, &mut Chance),
    /// The connection was given up and the dialogue does not know it yet.
    dropped: bool,
}

impl<S> Core<S> {
    /// A device that is switched on at `now`.
    pub fn new(setup: S, line: &LineSetup, now: Timestamp) -> Self {
        Self {
            clock: DeviceClock::new(now, line.speed),
            chance: Chance::new(line.seed),
            refuse: 0,
            ignores: false,
            slow: None,
            unread: Vec::new(),
            line: Line::Down(Some(now)),
            cut: false,
            dark_until: None,
            source: line.source,
            reconnect_ms: line.reconnect_ms,
            manners: line.manners,
            spoil: line.spoil,
            dropped: false,
            setup,
        }
    }

    /// Whether there is a connection.
    pub fn is_up(&self) -> bool {
        self.line == Line::Up
    }

    /// When the core wants to be run next, device time.
    pub fn next(&self) -> Option<Timestamp> {
        match (self.dark_until, self.line) {
            (Some(end), _) => Some(end),
            (None, Line::Down(retry)) if !self.cut => retry,
            _ => None,
        }
    }

    /// Runs the core's one timer. True when mains power has come back.
    pub fn due(&mut self, at: Moment, out: &mut Vec<Step>) -> bool {
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
    pub fn came_up(&mut self, _at: Moment) -> bool {
        if self.line != Line::Connecting {
            return false;
        }
        self.unread = Vec::new();
        self.line = Line::Up;
        true
    }

    /// The connection ended, or could not be set up.
    pub fn went_down(&mut self, at: Moment) {
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
    pub fn hang_up(&mut self, at: Moment, out: &mut Vec<Step>) {
        if self.is_up() {
            out.push(Step::Close);
            self.dropped = true;
            let wait = self.reconnect_after();
            self.line = Line::Down(Some(at.t + wait));
        }
    }

    /// Loses the connection by itself for a while.
    pub fn vanish(&mut self, at: Moment, away: Duration, out: &mut Vec<Step>) {
        if self.is_up() {
            out.push(Step::Close);
            self.dropped = true;
            self.line = Line::Down(Some(at.t + away));
        }
    }

    /// The link is lost until [`Core::restore`].
    pub fn cut(&mut self, silent: bool, out: &mut Vec<Step>) {
        self.cut = true;
        self.leave(silent, out);
    }

    /// The link may be set up again.
    pub fn restore(&mut self, at: Moment) {
        if std::mem::take(&mut self.cut) {
            let wait = self.reconnect_after();
            self.line = Line::Down(Some(at.t + wait));
        }
    }

    /// The base station changes: another address, the old connection left open.
    pub fn roam(&mut self, at: Moment, address: Ipv4Addr, out: &mut Vec<Step>) {
        self.source = Some(address);
        self.leave(true, out);
        if !self.cut && self.dark_until.is_none() {
            let wait = self.reconnect_after();
            self.line = Line::Down(Some(at.t + wait));
        }
    }

    /// A modem without power says no goodbye.
    pub fn lose_power(&mut self, at: Moment, outage: Duration, out: &mut Vec<Step>) {
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
    pub fn take_dropped(&mut self, _at: Moment) -> bool {
        std::mem::take(&mut self.dropped)
    }

    fn reconnect_after(&mut self) -> Duration {
        let (from, to) = self.reconnect_ms;
        self.chance.millis(from, to)
    }

    /// Bytes from the platform; too many without sense are forgotten.
    pub fn inbound(&mut self, bytes: &[u8]) {
        if self.unread.len() + bytes.len() > INBOUND_MAX {
            self.unread.clear();
        }
        self.unread.extend_from_slice(bytes);
    }

    /// Whether the next command is refused.
    pub fn refuses(&mut self) -> bool {
        if self.refuse > 0 {
            self.refuse -= 1;
            return true;
        }
        self.manners.refuses
    }

    /// How long the device takes for an answer: `usual` milliseconds, or 3 to 8 s by a slow
    /// radio.
    pub fn answer_delay(&mut self, usual_ms: u64) -> Duration {
        if self.manners.slow_radio {
            self.chance.millis(3_000, 8_000)
        } else {
            Duration::from_millis(usual_ms)
        }
    }

    /// Tells whoever watches.
    pub fn note(&self, at: Moment, event: Event, out: &mut Vec<Step>) {
        let at = self.clock.wall(at.t);
        out.push(Step::Note(Note { at, event }));
    }

    /// Sends a frame, as far as there is a connection, with the noise that the profile adds.
    pub fn say(&mut self, mut frame: Vec<u8>, out: &mut Vec<Step>) {
        if !self.is_up() {
            return;
        }
        if self.manners.noisy {
            (self.spoil)(&mut frame, &mut self.chance);
            self.add_garbage(&mut frame);
        }
        self.write(frame, out);
    }

    /// Writes bytes as they are. Writings of one call are joined when nothing slows them.
    pub fn write(&mut self, bytes: Vec<u8>, out: &mut Vec<Step>) {
        let noisy = self.manners.noisy;
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

    /// Garbage before every fourth frame.
    fn add_garbage(&mut self, frame: &mut Vec<u8>) {
        if self.chance.once_in(4) {
            let garbage: Vec<u8> = (0..=self.chance.below(8))
                .map(|_| self.chance.byte())
                .collect();
            frame.splice(0..0, garbage);
        }
    }
}
