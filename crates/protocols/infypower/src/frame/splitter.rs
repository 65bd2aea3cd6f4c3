use super::{Frame, FrameError, HEADER, Scan, scan, stated_length};
use kernel::Timestamp;
use std::time::Duration;

/// How long the rest of a frame whose header is there may take.
pub const PENDING_MAX: Duration = Duration::from_secs(10);

/// A connection that sends so many bad frames in a row is closed.
pub const BAD_MAX: u32 = 5;

/// A connection that sends so many bytes without a good frame among them is closed.
pub const SKIPPED_MAX: u64 = 64 * 1024;

/// What a connection sent so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Good frames.
    pub frames: u64,
    /// Bytes that belonged to no good frame.
    pub dropped_bytes: u64,
    /// Frames with an impossible length.
    pub length_errors: u64,
    /// Frames with a wrong sum.
    pub checksum_errors: u64,
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
/// The caller keeps the buffer: it appends what it received, then calls [`next`](Self::next)
/// until that answers [`Split::Pending`], each time removing the consumed bytes from the front.
#[derive(Clone, Debug, Default)]
pub struct Splitter {
    counters: Counters,
    dropped_in_a_row: u64,
    /// Since when the frame at the front waits for its rest.
    waiting_since: Option<Timestamp>,
}

impl Splitter {
    /// What was counted so far.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Bytes dropped since the last good frame. At [`SKIPPED_MAX`] the connection is closed.
    pub const fn dropped_in_a_row(&self) -> u64 {
        self.dropped_in_a_row
    }

    /// What stands at the front of `buffer`, and how many of its bytes are done with.
    pub fn next<'a>(&mut self, buffer: &'a [u8], now: Timestamp) -> (usize, Split<'a>) {
        let mut consumed = 0;
        let waited = self.waiting_since.take();
        let overdue = waited.is_some_and(|since| now.since(since) >= PENDING_MAX);
        // What has come whole in the meantime is taken, however late.
        if overdue && matches!(scan(buffer), Scan::Wait) {
            consumed = 1.min(buffer.len());
            self.counters.overdue += 1;
        }
        loop {
            let rest = buffer.get(consumed..).unwrap_or_default();
            match scan(rest) {
                Scan::Skip(bytes) => consumed += bytes,
                Scan::Frame(frame) => {
                    self.drop_bytes(consumed);
                    self.counters.frames += 1;
                    self.dropped_in_a_row = 0;
                    return (consumed + frame.raw.len(), Split::Frame(frame));
                }
                Scan::Bad(error) => {
                    consumed += 1;
                    self.drop_bytes(consumed);
                    match error {
                        FrameError::Checksum { .. } => self.counters.checksum_errors += 1,
                        FrameError::Length { .. } | FrameError::Start => {
                            self.counters.length_errors += 1;
                        }
                    }
                    let raw = supposed_frame(rest, error);
                    return (consumed, Split::Malformed { raw, error });
                }
                Scan::Wait => {
                    self.drop_bytes(consumed);
                    if rest.len() >= HEADER {
                        let since = waited.filter(|since| consumed == 0 && *since <= now);
                        self.waiting_since = Some(since.unwrap_or(now));
                    }
                    let deadline = self.waiting_since.map(|since| since + PENDING_MAX);
                    return (consumed, Split::Pending { deadline });
                }
            }
        }
    }

    const fn drop_bytes(&mut self, count: usize) {
        self.counters.dropped_bytes += count as u64;
        self.dropped_in_a_row += count as u64;
    }
}

/// The bytes that a log should keep of a bad frame.
fn supposed_frame(rest: &[u8], error: FrameError) -> &[u8] {
    let end = match error {
        FrameError::Length { .. } | FrameError::Start => HEADER,
        FrameError::Checksum { .. } => rest.first_chunk().copied().map_or(0, stated_length),
    };
    rest.get(..end).unwrap_or(rest)
}
