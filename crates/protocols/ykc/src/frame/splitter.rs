use super::{Frame, FrameError, Scan, is_version2, scan};
use kernel::Timestamp;
use std::time::Duration;

/// How long a frame may take from its first byte to its last.
pub const PENDING_MAX: Duration = Duration::from_secs(5);

/// A connection that sends more damaged frames in a row is closed.
pub const MALFORMED_MAX: u32 = 10;

/// A connection that sends more bytes without one good frame among them is closed.
pub const DROPPED_MAX: u64 = 4096;

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
#[derive(Clone, Debug, Default)]
pub struct Splitter {
    last_byte_at: Option<Timestamp>,
    /// When the first byte of the unfinished frame at the front came.
    waiting_since: Option<Timestamp>,
    /// Anything was consumed already: what begins now does not begin the connection.
    begun: bool,
    /// Bytes left of a damaged frame that are being looked at again.
    rescanning: usize,
    malformed_in_a_row: u32,
    dropped_in_a_row: u64,
}

impl Splitter {
    /// A splitter for a new connection.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether so much was damaged or no frame at all since the last good frame that the
    /// connection is to be closed.
    pub const fn is_hopeless(&self) -> bool {
        self.malformed_in_a_row > MALFORMED_MAX || self.dropped_in_a_row > DROPPED_MAX
    }

    /// Bytes came in at `now`.
    pub const fn received(&mut self, now: Timestamp) {
        self.last_byte_at = Some(now);
    }

    /// What stands at the front of `buffer`, and how many of its bytes are done with.
    #[inline]
    pub fn next<'a>(&mut self, buffer: &'a [u8], now: Timestamp) -> (usize, Split<'a>) {
        let mut consumed = 0;
        if self
            .waiting_since
            .is_some_and(|since| now.since(since) >= PENDING_MAX)
            && !buffer.is_empty()
        {
            self.waiting_since = None;
            let counted = self.damaged(buffer.len());
            consumed = self.skip(1);
            if counted {
                let error = FrameError::Overdue;
                return (consumed, Split::Malformed { raw: buffer, error });
            }
        }
        loop {
            let rest = buffer.get(consumed..).unwrap_or_default();
            if !self.begun && is_version2(rest) {
                self.begun = true;
                self.malformed_in_a_row += 1;
                let error = FrameError::Version2;
                return (consumed + 1, Split::Malformed { raw: rest, error });
            }
            match scan(rest) {
                Scan::Skip(bytes) => consumed += self.skip(bytes),
                Scan::Frame(frame) => {
                    self.begun = true;
                    self.waiting_since = None;
                    self.rescanning = 0;
                    self.malformed_in_a_row = 0;
                    self.dropped_in_a_row = 0;
                    return (consumed + frame.raw.len(), Split::Frame(frame));
                }
                Scan::Bad(error) => {
                    let raw = supposed_frame(rest, error);
                    // A wrong length or flag is a start byte that is none: no frame was damaged.
                    let counted =
                        matches!(error, FrameError::Checksum { .. }) && self.damaged(raw.len());
                    consumed += self.skip(1);
                    if counted {
                        return (consumed, Split::Malformed { raw, error });
                    }
                }
                Scan::Wait => return (consumed, self.pending(rest, consumed)),
            }
        }
    }

    fn pending(&mut self, rest: &[u8], consumed: usize) -> Split<'static> {
        if rest.is_empty() {
            self.waiting_since = None;
        } else if consumed > 0 || self.waiting_since.is_none() {
            self.waiting_since = self.last_byte_at;
        }
        Split::Pending {
            deadline: self.waiting_since.map(|since| since + PENDING_MAX),
        }
    }

    /// Passes over bytes that belong to no good frame.
    const fn skip(&mut self, bytes: usize) -> usize {
        self.begun = true;
        self.waiting_since = None;
        self.rescanning = self.rescanning.saturating_sub(bytes);
        self.dropped_in_a_row = self.dropped_in_a_row.saturating_add(bytes as u64);
        bytes
    }

    /// Whether a damaged frame counts: those found inside of one do not.
    const fn damaged(&mut self, length: usize) -> bool {
        if self.rescanning > 0 {
            return false;
        }
        self.rescanning = length;
        self.malformed_in_a_row = self.malformed_in_a_row.saturating_add(1);
        true
    }
}

/// The bytes that a log should keep of a damaged frame.
fn supposed_frame(rest: &[u8], error: FrameError) -> &[u8] {
    let stated = rest.get(1).copied().map_or(0, usize::from);
    let end = match error {
        FrameError::Checksum { .. } => stated + super::PREFIX + super::SUFFIX,
        _ => super::BODY,
    };
    rest.get(..end).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::{Split, Splitter};
    use crate::codes::FrameType;
    use crate::frame::{CrcOrder, FrameError, seal};
    use kernel::Timestamp;

    fn frame(kind: FrameType, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        seal(kind, [1, 0], CrcOrder::LowHigh, &mut out, |out| {
            out.extend_from_slice(body);
        })
        .expect("short");
        out
    }

    /// Kinds of the good frames, and how many bad ones were told of.
    fn split(stream: &[u8], chunk: usize) -> (Vec<FrameType>, usize) {
        let mut splitter = Splitter::new();
        let mut buffer = Vec::new();
        let mut good = Vec::new();
        let mut bad = 0;
        let mut now = Timestamp(0);
        let mut take = |buffer: &mut Vec<u8>, splitter: &mut Splitter, now| {
            loop {
                let (consumed, split) = splitter.next(buffer, now);
                let deadline = match split {
                    Split::Frame(frame) => {
                        good.push(frame.kind);
                        None
                    }
                    Split::Malformed { .. } => {
                        bad += 1;
                        None
                    }
                    Split::Pending { deadline } => Some(deadline),
                };
                buffer.drain(..consumed);
                if let Some(deadline) = deadline {
                    return deadline;
                }
            }
        };
        let mut deadline = None;
        for piece in stream.chunks(chunk) {
            buffer.extend_from_slice(piece);
            splitter.received(now);
            deadline = take(&mut buffer, &mut splitter, now);
        }
        while let Some(at) = deadline {
            now = at;
            deadline = take(&mut buffer, &mut splitter, now);
        }
        (good, bad)
    }

    #[test]
    fn a_damaged_frame_hides_no_other() {
        let good = frame(FrameType::ModelRequest, &[0x55; 7]);
        let mut damaged = frame(FrameType::Heartbeat, &[0x68; 9]);
        damaged[8] ^= 4;
        let stream = [good.clone(), damaged, good].concat();
        for chunk in [1, 3, 1000] {
            let (kinds, bad) = split(&stream, chunk);
            assert_eq!(kinds, [FrameType::ModelRequest; 2]);
            assert_eq!(bad, 1);
        }
    }

    #[test]
    fn a_false_start_blocks_for_five_seconds_only() {
        let good = frame(FrameType::ModelRequest, &[0x55; 7]);
        let stream = [vec![0x68, 0xFF, 0x68, 0x40], good.clone()].concat();
        assert_eq!(split(&stream, 1000).0, [FrameType::ModelRequest]);
        // Cut after three bytes: nothing comes of it.
        assert!(split(&good[..3], 1).0.is_empty());
    }

    #[test]
    fn the_other_framing_is_told_only_at_the_beginning() {
        let mut splitter = Splitter::new();
        let first = [0x68, 0x00, 0x9F, 0, 0];
        let (_, split) = splitter.next(&first, Timestamp(0));
        assert!(matches!(
            split,
            Split::Malformed {
                error: FrameError::Version2,
                ..
            }
        ));
        let (_, split) = splitter.next(&first, Timestamp(0));
        assert!(matches!(split, Split::Pending { .. }));
    }
}
