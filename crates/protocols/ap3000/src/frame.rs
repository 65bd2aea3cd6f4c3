//! Frames, the bare SIM number and the bare `link`, found in a byte stream and written to one.
//!
//! ```text
//! DNY · length 2 · physical id 4 · message id 2 · command 1 · data n · sum 2
//! ```
//!
//! All numbers are little-endian; the length counts what follows it, the sum is that of all bytes
//! before it. An additive sum misses swapped bytes and lost zeros, so the length is judged as
//! strictly. Only the front of the unread bytes counts: what looks like a marker inside a frame
//! is content (AP3000, docs/protocols/ap3000.md §2 and §3).

mod splitter;

pub use splitter::{PENDING_MAX, Split, Splitter};

use crate::PhysicalId;

/// Longest frame that is believed, by its length field.
pub const LENGTH_MAX: usize = 512;
/// Length field of a frame without data.
pub const LENGTH_MIN: usize = 9;
/// Longest frame that is sent, by its length field, but for the pieces of old firmware.
pub const LENGTH_SENT_MAX: usize = 256;
/// How every frame begins.
pub const HEADER: [u8; 3] = *b"DNY";
/// What a modem says when nothing else was said for half a minute.
pub const LINK: [u8; 4] = *b"link";
/// Characters of a SIM number.
pub const ICCID_LENGTH: usize = 20;

/// Header and length field.
const PREFIX: usize = 5;
/// Header, length, physical id, message id and command.
pub(crate) const DATA: usize = 12;
/// Checksum.
const SUFFIX: usize = 2;
/// How every SIM number begins.
const ICCID_BEGIN: [u8; 2] = *b"89";

/// A whole frame whose length and sum are right. Nothing in it tells which way it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Whom it is from or for.
    pub id: PhysicalId,
    /// Message id; answers copy it.
    pub msg_id: u16,
    /// Command byte.
    pub cmd: u8,
    /// Its data.
    pub data: &'a [u8],
    /// Its checksum.
    pub checksum: u16,
    /// All of it.
    pub raw: &'a [u8],
}

/// What is wrong with bytes that should be a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FrameError {
    /// They do not begin with `DNY`.
    #[error("does not begin with DNY")]
    Header,
    /// The length field is impossible or does not fit the bytes.
    #[error("length field says {stated}, {had} bytes follow it")]
    Length {
        /// The length field.
        stated: usize,
        /// Bytes after it.
        had: usize,
    },
    /// The rest is missing.
    #[error("ends after {had} bytes")]
    Incomplete {
        /// Bytes that are there.
        had: usize,
    },
    /// The sum is wrong.
    #[error("checksum is {found:#06x}, the bytes sum to {computed:#06x}")]
    Checksum {
        /// The sum of the bytes.
        computed: u16,
        /// The sum that the frame carries.
        found: u16,
    },
}

impl FrameError {
    /// The word of the vector files: `no_header`, `bad_length`, `incomplete`, `bad_checksum`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Header => "no_header",
            Self::Length { .. } => "bad_length",
            Self::Incomplete { .. } => "incomplete",
            Self::Checksum { .. } => "bad_checksum",
        }
    }

    /// The platform's word for it.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Length { .. } | Self::Incomplete { .. } => "length",
            Self::Checksum { .. } => "checksum",
        }
    }
}

/// What stands at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan<'a> {
    /// A good frame.
    Frame(Frame<'a>),
    /// The bare `link`.
    Link,
    /// A bare SIM number.
    Iccid(&'a [u8; ICCID_LENGTH]),
    /// So many bytes that begin nothing.
    Skip(usize),
    /// Something that begins like a frame and is none: skip one byte.
    Bad(FrameError),
    /// Not enough bytes to tell.
    Wait,
}

/// Looks at the beginning of `bytes`.
#[inline]
pub fn scan(bytes: &[u8]) -> Scan<'_> {
    match bytes.first() {
        None => Scan::Wait,
        Some(b'D') => scan_frame(bytes),
        Some(b'l') => match starts(bytes, &LINK) {
            Some(true) => Scan::Link,
            Some(false) => Scan::Skip(to_candidate(bytes)),
            None => Scan::Wait,
        },
        Some(b'8') => scan_iccid(bytes),
        Some(_) => Scan::Skip(to_candidate(bytes)),
    }
}

/// Reads bytes that are exactly one frame.
///
/// # Errors
/// What is wrong with them: the header is looked at first, then the length, then the sum.
pub fn parse(raw: &[u8]) -> Result<Frame<'_>, FrameError> {
    if starts(raw, &HEADER) == Some(false) {
        return Err(FrameError::Header);
    }
    let Some(stated) = length_field(raw) else {
        return Err(FrameError::Incomplete { had: raw.len() });
    };
    let had = raw.len() - PREFIX;
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&stated) || had > stated {
        return Err(FrameError::Length { stated, had });
    }
    if had < stated {
        return Err(FrameError::Incomplete { had: raw.len() });
    }
    open(raw)
}

/// Whether bytes that begin a connection could be, or certainly are, of this family. A SIM
/// number or `link` alone proves nothing; the first header does.
pub fn begins_connection(mut first: &[u8]) -> Option<bool> {
    loop {
        match scan(first) {
            Scan::Link => first = first.get(LINK.len()..)?,
            Scan::Iccid(_) => first = first.get(ICCID_LENGTH..)?,
            Scan::Wait if first.len() >= HEADER.len() && first.starts_with(&HEADER) => {
                return Some(true);
            }
            Scan::Wait => return None,
            // Only what has the header can be bad.
            Scan::Frame(_) | Scan::Bad(_) => return Some(true),
            Scan::Skip(_) => return Some(false),
        }
    }
}

/// Whether `bytes` begin with `marker`; none while they are too few to tell.
fn starts(bytes: &[u8], marker: &[u8]) -> Option<bool> {
    let common = bytes.len().min(marker.len());
    if bytes.get(..common) != marker.get(..common) {
        return Some(false);
    }
    (common == marker.len()).then_some(true)
}

/// Number of bytes before the next one that may begin something, at least one.
fn to_candidate(bytes: &[u8]) -> usize {
    let rest = bytes.get(1..).unwrap_or_default();
    let next = rest
        .iter()
        .position(|byte| matches!(byte, b'D' | b'l' | b'8'));
    next.map_or(bytes.len(), |at| at + 1)
}

#[inline]
fn scan_frame(bytes: &[u8]) -> Scan<'_> {
    match starts(bytes, &HEADER) {
        Some(false) => return Scan::Skip(to_candidate(bytes)),
        None => return Scan::Wait,
        Some(true) => {}
    }
    let Some(stated) = length_field(bytes) else {
        return Scan::Wait;
    };
    if !(LENGTH_MIN..=LENGTH_MAX).contains(&stated) {
        let had = bytes.len() - PREFIX;
        return Scan::Bad(FrameError::Length { stated, had });
    }
    match bytes.get(..PREFIX + stated) {
        None => Scan::Wait,
        Some(raw) => match open(raw) {
            Ok(frame) => Scan::Frame(frame),
            Err(error) => Scan::Bad(error),
        },
    }
}

fn scan_iccid(bytes: &[u8]) -> Scan<'_> {
    let candidate = bytes
        .get(..bytes.len().min(ICCID_LENGTH))
        .unwrap_or_default();
    let fits = starts(candidate, &ICCID_BEGIN) != Some(false)
        && candidate.iter().all(u8::is_ascii_hexdigit);
    if !fits {
        return Scan::Skip(to_candidate(bytes));
    }
    match bytes.first_chunk::<ICCID_LENGTH>() {
        Some(iccid) => Scan::Iccid(iccid),
        None => Scan::Wait,
    }
}

fn length_field(bytes: &[u8]) -> Option<usize> {
    let field = bytes.get(HEADER.len()..PREFIX)?.first_chunk::<2>()?;
    Some(usize::from(u16::from_le_bytes(*field)))
}

/// Checks and takes apart bytes whose header and length are right.
#[inline]
fn open(raw: &[u8]) -> Result<Frame<'_>, FrameError> {
    let short = FrameError::Incomplete { had: raw.len() };
    let (front, found) = raw.split_last_chunk::<SUFFIX>().ok_or(short)?;
    let found = u16::from_le_bytes(*found);
    let computed = sum16(front);
    if computed != found {
        return Err(FrameError::Checksum { computed, found });
    }
    let (head, data) = front.split_first_chunk::<DATA>().ok_or(short)?;
    let [_, _, _, _, _, id0, id1, id2, id3, msg0, msg1, cmd] = *head;
    Ok(Frame {
        id: PhysicalId(u32::from_le_bytes([id0, id1, id2, id3])),
        msg_id: u16::from_le_bytes([msg0, msg1]),
        cmd,
        data,
        checksum: found,
        raw,
    })
}

/// Sum of all bytes, low 16 bits.
#[inline]
fn sum16(bytes: &[u8]) -> u16 {
    bytes
        .iter()
        .fold(0, |sum: u16, byte| sum.wrapping_add(u16::from(*byte)))
}

/// Data that is too long for a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the frame's length would be {length}, the limit is {limit}")]
pub struct TooLong {
    /// What the length field would say.
    pub length: usize,
    /// What it may say.
    pub limit: usize,
}

/// Appends a frame to `out`; `data` writes its data.
///
/// # Errors
/// When the data is longer than a frame may carry: [`LENGTH_SENT_MAX`], for the pieces of old
/// firmware (0xF8, 0xF9) [`LENGTH_MAX`]. `out` is then as it was.
pub fn seal(
    id: PhysicalId,
    msg_id: u16,
    cmd: u8,
    out: &mut Vec<u8>,
    data: impl FnOnce(&mut Vec<u8>),
) -> Result<(), TooLong> {
    let begin = out.len();
    out.extend_from_slice(&HEADER);
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&id.0.to_le_bytes());
    out.extend_from_slice(&msg_id.to_le_bytes());
    out.push(cmd);
    data(out);
    let length = out.len() - begin - PREFIX + SUFFIX;
    let limit = match cmd {
        0xF8 | 0xF9 => LENGTH_MAX,
        _ => LENGTH_SENT_MAX,
    };
    let field = u16::try_from(length).ok().filter(|_| length <= limit);
    let Some(field) = field else {
        out.truncate(begin);
        return Err(TooLong { length, limit });
    };
    if let Some(place) = out.get_mut(begin + HEADER.len()..begin + PREFIX) {
        place.copy_from_slice(&field.to_le_bytes());
    }
    let sum = sum16(out.get(begin..).unwrap_or_default());
    out.extend_from_slice(&sum.to_le_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{FrameError, Scan, begins_connection, parse, scan, seal};
    use crate::PhysicalId;

    const QUERY: &str = "444E5909003B37AB040100819702";

    #[test]
    fn the_worked_example_adds_up() {
        let mut out = Vec::new();
        seal(PhysicalId(0x04AB_373B), 1, 0x81, &mut out, |_| {}).expect("no data");
        assert_eq!(hex::encode_upper(&out), QUERY);
        let frame = parse(&out).expect("just made");
        assert_eq!((frame.msg_id, frame.cmd, frame.checksum), (1, 0x81, 0x0297));
        assert!(frame.data.is_empty());
    }

    #[test]
    fn only_pieces_of_old_firmware_are_long() {
        let long = |cmd| {
            let mut out = vec![7];
            let sealed = seal(PhysicalId(1), 1, cmd, &mut out, |out| out.extend([0; 260]));
            (sealed.is_ok(), out.len())
        };
        assert_eq!(long(0xF8), (true, 275));
        assert_eq!(long(0x95), (false, 1));
    }

    #[test]
    fn a_connection_is_known_by_its_first_header() {
        let told = |text: &[u8]| begins_connection(text);
        assert_eq!(told(b""), None);
        assert_eq!(told(b"8986"), None);
        assert_eq!(told(b"898604D9162390488297"), None);
        assert_eq!(told(b"898604D9162390488297link"), None);
        assert_eq!(told(b"898604D9162390488297DNY"), Some(true));
        assert_eq!(told(b"DN"), None);
        assert_eq!(told(b"DNY"), Some(true));
        assert_eq!(told(b"linkDNY\x09\x00"), Some(true));
        assert_eq!(told(b"89860"), None);
        assert_eq!(told(&[0x68, 0x22]), Some(false));
        assert_eq!(told(&[0xFC, 0xFE]), Some(false));
        assert_eq!(told(&[0xAA, 0xF5]), Some(false));
        assert_eq!(told(b"898604D9162390488297\xFC"), Some(false));
        assert_eq!(told(b"GET / HTTP/1.1"), Some(false));
    }

    #[test]
    fn what_begins_nothing_is_skipped_up_to_what_may() {
        assert_eq!(scan(&[0, 1, 2, b'D']), Scan::Skip(3));
        assert_eq!(scan(b"DxD"), Scan::Skip(2));
        assert_eq!(scan(b"8x"), Scan::Skip(2));
        assert_eq!(scan(b"lin"), Scan::Wait);
        assert!(matches!(
            scan(&[0x44, 0x4E, 0x59, 8, 0]),
            Scan::Bad(FrameError::Length { stated: 8, had: 0 })
        ));
    }
}
