use super::{Expect, Frame, FrameError, Scan, scan};
use kernel::Timestamp;
use std::time::Duration;

/// How long the rest of a frame may take after the last byte.
pub const PENDING_MAX: Duration = Duration::from_secs(5);

/// A connection that sends so many malformed frames in a row is closed.
pub const MALFORMED_MAX: u32 = 10;

/// What a connection sent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Good frames.
    pub frames: u64,
    /// Bytes that belonged to no good frame.
    pub dropped_bytes: u64,
    /// Frames with an impossible length.
    pub length_errors: u64,
    /// Frames without the tail in its place.
    pub tail_errors: u64,
    /// Frames with a wrong sum.
    pub checksum_errors: u64,
    /// Frames whose direction byte contradicts the magic.
    pub direction_errors: u64,
    /// Frames whose rest did not come in time.
    pub overdue: u64,
}

/// What comes next in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split<'a> {
    /// A good frame.
    Frame(Frame<'a>),
    /// Bytes that begin like a frame and are none. One of them is consumed; the others are
    /// looked at again, for a good frame may begin inside them.
    Malformed {
        /// The supposed frame, as far as it is there.
        raw: &'a [u8],
        /// What is wrong with it.
        error: FrameError,
    },
    /// The bytes that are left begin a frame whose rest has not come yet, or there are none.
    Pending {
        /// When to ask again even if nothing comes: the rest is then overdue.
        deadline: Option<Timestamp>,
    },
}

/// Finds the frames of one connection in its bytes, in whatever pieces they come.
///
/// The caller keeps the buffer: it appends what it received, says so with
/// [`received`](Self::received), then calls [`next`](Self::next) until that answers
/// [`Split::Pending`], each time removing the consumed bytes from the front.
#[derive(Clone, Debug)]
pub struct Splitter {
    expect: Expect,
    counters: Counters,
    malformed_in_a_row: u32,
    last_byte_at: Option<Timestamp>,
    /// The bytes left begin a frame with a plausible length.
    waiting: bool,
    overdue: bool,
}

impl Splitter {
    /// A splitter for a new connection.
    pub const fn new(expect: Expect) -> Self {
        Self {
            expect,
            counters: Counters {
                frames: 0,
                dropped_bytes: 0,
                length_errors: 0,
                tail_errors: 0,
                checksum_errors: 0,
                direction_errors: 0,
                overdue: 0,
            },
            malformed_in_a_row: 0,
            last_byte_at: None,
            waiting: false,
            overdue: false,
        }
    }

    /// What was counted so far.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Malformed frames since the last good one. At [`MALFORMED_MAX`] the connection is closed.
    pub const fn malformed_in_a_row(&self) -> u32 {
        self.malformed_in_a_row
    }

    /// Bytes came in at `now`.
    pub fn received(&mut self, now: Timestamp) {
        self.overdue |= self.is_overdue(now);
        self.last_byte_at = Some(now);
    }

    /// What stands at the front of `buffer`, and how many of its bytes are done with.
    pub fn next<'a>(&mut self, buffer: &'a [u8], now: Timestamp) -> (usize, Split<'a>) {
        let mut consumed = 0;
        if std::mem::take(&mut self.overdue) || self.is_overdue(now) {
            consumed = 1.min(buffer.len());
            self.counters.overdue += 1;
        }
        self.waiting = false;
        loop {
            let rest = buffer.get(consumed..).unwrap_or_default();
            match scan(rest, self.expect) {
                Scan::Skip(bytes) => consumed += bytes,
                Scan::Frame(frame) => {
                    self.drop_bytes(consumed);
                    self.counters.frames += 1;
                    self.malformed_in_a_row = 0;
                    return (consumed + frame.raw.len(), Split::Frame(frame));
                }
                Scan::Bad(error) => {
                    consumed += 1;
                    self.drop_bytes(consumed);
                    self.count(error);
                    let raw = supposed_frame(rest, error);
                    return (consumed, Split::Malformed { raw, error });
                }
                Scan::Wait => {
                    self.drop_bytes(consumed);
                    return (consumed, self.pending(rest));
                }
            }
        }
    }

    /// A frame that has no length yet may take its time; one whose length is known may not.
    fn pending(&mut self, rest: &[u8]) -> Split<'static> {
        self.waiting = rest.len() >= super::PREFIX;
        let since = self.last_byte_at.filter(|_| self.waiting);
        Split::Pending {
            deadline: since.map(|at| at + PENDING_MAX),
        }
    }

    fn is_overdue(&self, now: Timestamp) -> bool {
        let last = self.last_byte_at.filter(|_| self.waiting);
        last.is_some_and(|at| now.since(at) >= PENDING_MAX)
    }

    const fn drop_bytes(&mut self, count: usize) {
        self.counters.dropped_bytes += count as u64;
    }

    fn count(&mut self, error: FrameError) {
        self.malformed_in_a_row = self.malformed_in_a_row.saturating_add(1);
        let counter = match error {
            FrameError::Length { .. } | FrameError::Magic => &mut self.counters.length_errors,
            FrameError::Tail => &mut self.counters.tail_errors,
            FrameError::Checksum { .. } => &mut self.counters.checksum_errors,
            FrameError::Direction(_) => &mut self.counters.direction_errors,
        };
        *counter += 1;
    }
}

/// The bytes that a log should keep of a malformed frame.
fn supposed_frame(rest: &[u8], error: FrameError) -> &[u8] {
    let end = match error {
        FrameError::Length { .. } | FrameError::Magic => super::PREFIX,
        _ => super::PREFIX + super::length_field(rest).unwrap_or_default(),
    };
    rest.get(..end).unwrap_or(rest)
}
