//! What a simulated device heard and said, for tests to look at.

use crate::family::{Cut, FrameCut};
use ::pile::Note;
use kernel::Timestamp;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

pub use ::device::Direction;

/// Frames kept of one device; the oldest go first.
pub const FRAMES_MAX: usize = 8192;
/// Notes kept of one device; the oldest go first.
pub const NOTES_MAX: usize = 8192;
/// Bytes of one direction that may wait for the rest of their frame.
const PENDING_MAX: usize = 64 * 1024;

/// One frame on the wire, or bytes that are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameRecord {
    /// Real time.
    pub at: Timestamp,
    /// Which way it went.
    pub direction: Direction,
    /// All of it.
    pub bytes: Vec<u8>,
    /// False for garbage and for frames with a wrong checksum, tail or length.
    pub sound: bool,
}

#[derive(Default)]
struct Records {
    frames: VecDeque<FrameRecord>,
    notes: VecDeque<Note>,
    up: Vec<u8>,
    down: Vec<u8>,
}

/// Shared by the device's task and its handle.
pub(super) struct Log {
    enabled: bool,
    framing: FrameCut,
    records: Mutex<Records>,
    changed: Notify,
}

impl Log {
    pub(super) fn new(enabled: bool, framing: FrameCut) -> Self {
        Self {
            enabled,
            framing,
            records: Mutex::default(),
            changed: Notify::new(),
        }
    }

    pub(super) fn note(&self, note: Note) {
        if self.enabled {
            let mut records = self.lock();
            if records.notes.len() == NOTES_MAX {
                records.notes.pop_front();
            }
            records.notes.push_back(note);
            drop(records);
            self.changed.notify_waiters();
        }
    }

    pub(super) fn bytes(&self, at: Timestamp, direction: Direction, bytes: &[u8]) {
        if self.enabled {
            self.lock().take_in(self.framing, at, direction, bytes);
        }
    }

    /// A new connection begins with whole frames.
    pub(super) fn new_connection(&self) {
        let mut records = self.lock();
        records.up.clear();
        records.down.clear();
    }

    pub(super) fn notes(&self) -> Vec<Note> {
        self.lock().notes.iter().cloned().collect()
    }

    pub(super) fn frames(&self) -> Vec<FrameRecord> {
        self.lock().frames.iter().cloned().collect()
    }

    pub(super) fn clear(&self) {
        let mut records = self.lock();
        records.notes.clear();
        records.frames.clear();
    }

    /// The first note that fits, when there is one.
    pub(super) async fn first(&self, fits: impl Fn(&Note) -> bool) -> Note {
        loop {
            // Registered before looking, so that a note in between is not missed.
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if let Some(note) = self.lock().notes.iter().find(|note| fits(note)) {
                return note.clone();
            }
            changed.await;
        }
    }

    /// A panic while the lock was held leaves records that are still good to look at.
    fn lock(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Records {
    fn take_in(&mut self, framing: FrameCut, at: Timestamp, direction: Direction, bytes: &[u8]) {
        let mut pending = match direction {
            Direction::Up => std::mem::take(&mut self.up),
            Direction::Down => std::mem::take(&mut self.down),
        };
        pending.extend_from_slice(bytes);
        let mut read = 0;
        loop {
            let rest = pending.get(read..).unwrap_or_default();
            let (length, sound) = match framing(direction, rest) {
                Cut::Frame(length) => (length, true),
                Cut::Junk(length) => (length.max(1), false),
                Cut::Wait => break,
            };
            let bytes = rest.get(..length).unwrap_or_default().to_vec();
            read += length;
            self.push(FrameRecord {
                at,
                direction,
                bytes,
                sound,
            });
        }
        pending.drain(..read);
        if pending.len() > PENDING_MAX {
            pending.clear();
        }
        match direction {
            Direction::Up => self.up = pending,
            Direction::Down => self.down = pending,
        }
    }

    /// Garbage in a row is one record.
    fn push(&mut self, record: FrameRecord) {
        if let Some(last) = self.frames.back_mut()
            && !(last.sound || record.sound)
            && last.direction == record.direction
        {
            last.bytes.extend_from_slice(&record.bytes);
            return;
        }
        if self.frames.len() == FRAMES_MAX {
            self.frames.pop_front();
        }
        self.frames.push_back(record);
    }
}
