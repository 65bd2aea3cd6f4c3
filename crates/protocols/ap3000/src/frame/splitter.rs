use super::{Frame, FrameError, ICCID_LENGTH, LINK, Scan, scan};
use kernel::Timestamp;
use std::time::Duration;

/// How long the rest of something incomplete may take after the last byte.
pub const PENDING_MAX: Duration = Duration::from_secs(5);

/// What comes next in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split<'a> {
    /// A good frame.
    Frame(Frame<'a>),
    /// The bare `link` of a modem.
    Link,
    /// The bare SIM number of a modem.
    Iccid(&'a [u8; ICCID_LENGTH]),
    /// Bytes that begin like a frame and are none. One of them is consumed; the others are looked
    /// at again, for a good frame may begin inside them.
    Malformed {
        /// The supposed frame, as far as it is there.
        raw: &'a [u8],
        /// What is wrong with it.
        error: FrameError,
    },
    /// The bytes that are left begin something whose rest has not come yet, or there are none.
    Pending {
        /// When to ask again even if nothing comes: the rest is then overdue.
        deadline: Option<Timestamp>,
    },
}

impl Split<'_> {
    /// Bytes of the good item itself.
    pub const fn good_bytes(&self) -> usize {
        match self {
            Self::Frame(frame) => frame.raw.len(),
            Self::Link => LINK.len(),
            Self::Iccid(_) => ICCID_LENGTH,
            Self::Malformed { .. } | Self::Pending { .. } => 0,
        }
    }
}

/// Finds the items of one connection in its bytes, in whatever pieces they come.
///
/// The caller keeps the buffer: it appends what it received, says so with
/// [`received`](Self::received), then calls [`next`](Self::next) until that answers
/// [`Split::Pending`], each time removing the consumed bytes from the front.
#[derive(Clone, Copy, Debug, Default)]
pub struct Splitter {
    last_byte_at: Option<Timestamp>,
    /// The bytes left begin something.
    waiting: bool,
    overdue: bool,
}

impl Splitter {
    /// A splitter for a new connection.
    pub const fn new() -> Self {
        Self {
            last_byte_at: None,
            waiting: false,
            overdue: false,
        }
    }

    /// Bytes came in at `now`.
    pub fn received(&mut self, now: Timestamp) {
        self.overdue |= self.is_overdue(now);
        self.last_byte_at = Some(now);
    }

    /// What stands at the front of `buffer`, and how many of its bytes are done with.
    #[inline]
    pub fn next<'a>(&mut self, buffer: &'a [u8], now: Timestamp) -> (usize, Split<'a>) {
        let mut consumed = 0;
        if std::mem::take(&mut self.overdue) || self.is_overdue(now) {
            consumed = 1.min(buffer.len());
        }
        self.waiting = false;
        loop {
            let rest = buffer.get(consumed..).unwrap_or_default();
            let split = match scan(rest) {
                Scan::Skip(bytes) => {
                    consumed += bytes;
                    continue;
                }
                Scan::Frame(frame) => Split::Frame(frame),
                Scan::Link => Split::Link,
                Scan::Iccid(iccid) => Split::Iccid(iccid),
                Scan::Bad(error) => {
                    let raw = supposed_frame(rest, error);
                    return (consumed + 1, Split::Malformed { raw, error });
                }
                Scan::Wait => {
                    self.waiting = !rest.is_empty();
                    let since = self.last_byte_at.filter(|_| self.waiting);
                    let deadline = since.map(|at| at + PENDING_MAX);
                    return (consumed, Split::Pending { deadline });
                }
            };
            return (consumed + split.good_bytes(), split);
        }
    }

    fn is_overdue(&self, now: Timestamp) -> bool {
        let last = self.last_byte_at.filter(|_| self.waiting);
        last.is_some_and(|at| now.since(at) >= PENDING_MAX)
    }
}

/// The bytes that a log should keep of a malformed frame.
fn supposed_frame(rest: &[u8], error: FrameError) -> &[u8] {
    let end = match error {
        FrameError::Checksum { .. } => {
            super::PREFIX + super::length_field(rest).unwrap_or_default()
        }
        _ => super::PREFIX,
    };
    rest.get(..end).unwrap_or(rest)
}
