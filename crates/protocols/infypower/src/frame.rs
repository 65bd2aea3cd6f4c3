//! Frames, found in a byte stream and written to one.
//!
//! ```text
//! AA F5 · length 2 · version 1 · sequence 1 · command 2 · body · sum 1
//! ```
//!
//! Numbers are little-endian. The length counts the whole frame; the sum covers command and body
//! only, so nothing vouches for version and sequence. Reading goes in two steps (两段读取): the
//! eight bytes of the header, then what its length says. After a bad frame the search goes on one
//! byte later, because a good frame may begin inside it (Infypower, docs/protocols/infypower.md
//! §3).

mod splitter;

pub use splitter::{BAD_MAX, Counters, PENDING_MAX, SKIPPED_MAX, Split, Splitter};

use crate::codes::Version;
use wire::sum8;

/// Longest frame that is believed; the longest known one has 585 bytes, firmware pieces apart.
pub const LENGTH_MAX: usize = 4096;
/// Shortest frame: no body.
pub const LENGTH_MIN: usize = HEADER + 1;
/// Longest frame that is sent: one firmware clears its buffer of 1024 bytes when it is full.
pub const DOWN_MAX: usize = 1023;
/// Start, length, version, sequence, command.
pub const HEADER: usize = 8;

const START: [u8; 2] = [0xAA, 0xF5];
/// Where the sum begins.
const SUMMED: usize = 6;

/// A whole frame whose length and checksum are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Version byte; not covered by the checksum.
    pub version: Version,
    /// Sequence; not covered by the checksum, and good for nothing but firmware pieces.
    pub seq: u8,
    /// Command.
    pub cmd: u16,
    /// Its body.
    pub body: &'a [u8],
    /// Its checksum.
    pub checksum: u8,
    /// All of it.
    pub raw: &'a [u8],
}

/// What is wrong with bytes that begin like a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FrameError {
    /// They do not begin like one.
    #[error("does not begin with AA F5")]
    Start,
    /// The length field is impossible or does not fit the bytes.
    #[error("length field says {stated}, {had} bytes are there")]
    Length {
        /// The length field.
        stated: usize,
        /// Bytes that are there.
        had: usize,
    },
    /// The sum is wrong.
    #[error("checksum is {found:#04x}, command and body sum to {computed:#04x}")]
    Checksum {
        /// The sum of the bytes.
        computed: u8,
        /// The sum that the frame carries.
        found: u8,
    },
}

impl FrameError {
    /// What is wrong in one word: `start`, `length`, `checksum`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Length { .. } => "length",
            Self::Checksum { .. } => "checksum",
        }
    }
}

/// What stands at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan<'a> {
    /// A good frame.
    Frame(Frame<'a>),
    /// So many bytes that are no frame.
    Skip(usize),
    /// Something that begins like a frame and is none: skip one byte.
    Bad(FrameError),
    /// Not enough bytes to tell.
    Wait,
}

/// Looks at the beginning of `bytes`.
#[inline]
pub fn scan(bytes: &[u8]) -> Scan<'_> {
    let begin = find_start(bytes);
    if begin > 0 {
        return Scan::Skip(begin);
    }
    let Some(stated) = bytes.first_chunk().copied().map(stated_length) else {
        return Scan::Wait;
    };
    let had = bytes.len();
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&stated) {
        return Scan::Bad(FrameError::Length { stated, had });
    }
    match bytes.get(..stated) {
        None => Scan::Wait,
        Some(raw) => match open(raw) {
            Ok(frame) => Scan::Frame(frame),
            Err(error) => Scan::Bad(error),
        },
    }
}

/// Reads bytes that are exactly one frame.
///
/// # Errors
/// What is wrong with them: the start is looked at first, then the length, then the checksum.
pub fn parse(raw: &[u8]) -> Result<Frame<'_>, FrameError> {
    if !raw.starts_with(&START) {
        return Err(FrameError::Start);
    }
    let had = raw.len();
    let stated = raw.first_chunk().copied().map_or(0, stated_length);
    if had != stated || !(LENGTH_MIN..=LENGTH_MAX).contains(&stated) {
        return Err(FrameError::Length { stated, had });
    }
    open(raw)
}

/// The header of bytes that begin like a frame, whatever is wrong with the rest: version,
/// sequence, command.
pub fn header(raw: &[u8]) -> Option<(Version, u8, u16)> {
    match raw {
        [0xAA, 0xF5, _, _, version, seq, low, high, ..] => Some((
            Version::from(*version),
            *seq,
            u16::from_le_bytes([*low, *high]),
        )),
        _ => None,
    }
}

/// Whether bytes that begin a connection could be, or certainly are, of this family.
pub fn begins(first: &[u8]) -> Option<bool> {
    match first {
        [] | [0xAA] => None,
        [0xAA, 0xF5, ..] => Some(true),
        _ => Some(false),
    }
}

/// Number of bytes before the first start, or before a last byte that may begin one.
fn find_start(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..) {
        let Some(found) = rest.iter().position(|byte| *byte == START[0]) else {
            return bytes.len();
        };
        at += found;
        match bytes.get(at + 1) {
            Some(second) if *second != START[1] => at += 1,
            _ => return at,
        }
    }
    bytes.len()
}

fn stated_length(header: [u8; HEADER]) -> usize {
    usize::from(u16::from_le_bytes([header[2], header[3]]))
}

/// Checks and takes apart bytes whose length is right.
fn open(raw: &[u8]) -> Result<Frame<'_>, FrameError> {
    let had = raw.len();
    let length = FrameError::Length { stated: had, had };
    let (version, seq, cmd) = header(raw).ok_or(length)?;
    let (&found, front) = raw.split_last().ok_or(length)?;
    let computed = sum8(front.get(SUMMED..).ok_or(length)?);
    if computed != found {
        return Err(FrameError::Checksum { computed, found });
    }
    Ok(Frame {
        version,
        seq,
        cmd,
        body: front.get(HEADER..).ok_or(length)?,
        checksum: found,
        raw,
    })
}

/// A body that is too long for a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the frame would have {length} bytes, the limit is {LENGTH_MAX}")]
pub struct TooLong {
    /// What the length field would say.
    pub length: usize,
}

/// Appends a frame to `out`; `body` writes the body.
///
/// # Errors
/// When the body is longer than [`LENGTH_MAX`] allows; `out` is then as it was.
pub fn seal(
    version: Version,
    seq: u8,
    cmd: u16,
    out: &mut Vec<u8>,
    body: impl FnOnce(&mut Vec<u8>),
) -> Result<(), TooLong> {
    let begin = out.len();
    out.extend_from_slice(&START);
    out.extend_from_slice(&[0, 0, u8::from(version), seq]);
    out.extend_from_slice(&cmd.to_le_bytes());
    body(out);
    let length = out.len() - begin + 1;
    let field = u16::try_from(length).ok().filter(|_| length <= LENGTH_MAX);
    let Some(field) = field else {
        out.truncate(begin);
        return Err(TooLong { length });
    };
    if let Some(place) = out.get_mut(begin + 2..begin + 4) {
        place.copy_from_slice(&field.to_le_bytes());
    }
    let checksum = sum8(out.get(begin + SUMMED..).unwrap_or_default());
    out.push(checksum);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{FrameError, LENGTH_MAX, Scan, begins, parse, scan, seal};
    use crate::codes::Version;

    #[test]
    fn worked_checksums() {
        for (text, cmd) in [
            ("AAF50F001003650000000000000065", 101),
            ("AAF51200100169000000000001E24000008C", 105),
            ("AAF50900100C4D0451", 1101),
        ] {
            let bytes = hex::decode(text).expect("hex");
            let frame = parse(&bytes).expect("a good frame");
            assert_eq!((frame.cmd, frame.version), (cmd, Version::Plain));
            let mut out = vec![9];
            let body = |out: &mut Vec<u8>| out.extend_from_slice(frame.body);
            seal(frame.version, frame.seq, cmd, &mut out, body).expect("short");
            assert_eq!(out[1..], bytes);
        }
    }

    #[test]
    fn an_impossible_length_is_bad_and_a_short_one_waits() {
        let good = hex::decode("AAF50900100C4D0451").expect("hex");
        for end in 0..good.len() {
            assert_eq!(scan(&good[..end]), Scan::Wait, "{end}");
        }
        for length in [0, 8, 4097_u16] {
            let mut bad = good.clone();
            bad[2..4].copy_from_slice(&length.to_le_bytes());
            let stated = usize::from(length);
            assert_eq!(scan(&bad), Scan::Bad(FrameError::Length { stated, had: 9 }));
        }
        assert_eq!(scan(&[1, 2, 0xAA]), Scan::Skip(2));
        assert_eq!(scan(&[0xAA, 0xAA, 0xF5]), Scan::Skip(1));
    }

    #[test]
    fn a_body_beyond_the_limit_is_not_written() {
        let mut out = vec![7];
        let body = |out: &mut Vec<u8>| out.extend_from_slice(&[0; LENGTH_MAX]);
        assert!(seal(Version::Plain, 0, 1007, &mut out, body).is_err());
        assert_eq!(out, [7]);
    }

    #[test]
    fn connections_of_this_family_begin_with_the_start() {
        assert_eq!(begins(&[0xAA]), None);
        assert_eq!(begins(&[0xAA, 0xF5]), Some(true));
        assert_eq!(begins(&[0x68]), Some(false));
    }
}
