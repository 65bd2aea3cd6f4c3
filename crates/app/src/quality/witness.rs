//! What has been seen of one device since it was last written down.

use domain::quality::{Lateness, Rule};
use kernel::{OrderNo, PortNo, Timestamp};
use store::protocol_quality::COUNTS;

/// Charges of a device whose session numbers are remembered.
const NUMBERS_MAX: usize = 8;

/// A count; its place in [`COUNTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum What {
    BytesReceived,
    BytesDecoded,
    BytesUnknown,
    BytesMalformed,
    BytesNoise,
    Frames,
    BadFrames,
    HeartbeatsExpected,
    HeartbeatsReceived,
    ReportsExpected,
    ReportsReceived,
    Statuses,
    Progresses,
    Ends,
    Exceptions,
}

/// Counts, in the order of [`COUNTS`].
pub(crate) type Seen = [u64; COUNTS.len()];

/// The last time that a rule was broken, and how often it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) rule: Rule,
    pub(crate) count: u64,
    pub(crate) at: Timestamp,
    pub(crate) port: Option<PortNo>,
    pub(crate) order: Option<OrderNo>,
    pub(crate) raw: Option<Box<[u8]>>,
}

/// What has been seen of one device.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    pub(crate) seen: Seen,
    /// One for each rule.
    pub(crate) broken: Vec<Note>,
    pub(crate) lateness: Lateness,
    /// Frames that could not be read, since the program started.
    pub(crate) bad_frames: u64,
    /// Session numbers of its last charges.
    numbers: Vec<(u16, OrderNo)>,
}

impl Witness {
    pub(crate) fn count(&mut self, what: What, number: u64) {
        self.seen[what as usize] += number;
    }

    pub(crate) fn broke(&mut self, note: Note) {
        match self.broken.iter_mut().find(|known| known.rule == note.rule) {
            None => self.broken.push(note),
            Some(known) => {
                let count = known.count + note.count;
                let raw = note.raw.clone().or_else(|| known.raw.take());
                *known = Note { count, raw, ..note };
            }
        }
    }

    /// Remembers the number of a charge; whether another charge had it not long ago.
    pub(crate) fn is_reused(&mut self, number: u16, order: OrderNo) -> bool {
        let known = self.numbers.iter().rev().find(|known| known.0 == number);
        match known {
            Some((_, other)) if *other == order => return false,
            Some(_) => {
                self.numbers.retain(|known| known.0 != number);
                self.numbers.push((number, order));
                return true;
            }
            None => {}
        }
        if self.numbers.len() >= NUMBERS_MAX {
            self.numbers.remove(0);
        }
        self.numbers.push((number, order));
        false
    }

    /// Takes what has been counted away.
    pub(crate) fn take(&mut self) -> (Seen, Vec<Note>) {
        (
            std::mem::take(&mut self.seen),
            std::mem::take(&mut self.broken),
        )
    }
}
