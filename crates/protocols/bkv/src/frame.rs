//! Frames: gateway framing and direct framing, found in a byte stream and written to one.
//!
//! ```text
//! gateway: magic 2 · length 2 · command 2 · sequence 4 · direction 1 · gateway id 7 · body · sum 1 · FC EE
//! direct:  magic 2 · length 2 · BKV elements · sum 1 · FC EE
//! ```
//!
//! The length counts what follows it. There is no escaping: the magic and the tail may occur
//! inside a body, so a stream is split by the length alone, and after a bad frame the search goes
//! on one byte later, because a good frame may begin inside it (BKV, docs/protocols/bkv.md §3).

mod splitter;

pub use splitter::{Counters, MALFORMED_MAX, PENDING_MAX, Split, Splitter};

use device::Direction;
use wire::{Digits, sum8};

/// Longest frame that is believed, counted by its length field.
pub const LENGTH_MAX: usize = 4096;

/// Length field of a gateway frame with an empty body.
const GATEWAY_LENGTH_MIN: usize = 17;
/// Length field of a direct frame with one element.
const DIRECT_LENGTH_MIN: usize = 8;
/// Magic and length field.
const PREFIX: usize = 4;
/// Checksum and tail.
const SUFFIX: usize = 3;
/// Where the body of a gateway frame begins.
pub(crate) const GATEWAY_BODY: usize = 18;
/// Where the elements of a direct frame begin.
pub(crate) const DIRECT_BODY: usize = PREFIX;

const MAGIC: u8 = 0xFC;
const MAGIC_UP: u8 = 0xFE;
const MAGIC_DOWN: u8 = 0xFF;
const TAIL: [u8; 2] = [0xFC, 0xEE];
/// How every list of BKV elements begins: the command element.
const DIRECT_BEGIN: [u8; 3] = [0x04, 0x01, 0x01];

/// The id of a gateway: 14 hex digits, in practice decimal.
pub type GatewayId = Digits<7>;

/// How a frame is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// With command, sequence and gateway id in fixed places.
    Gateway {
        /// Outer command.
        cmd: u16,
        /// Sequence number; 0 for what the device sends on its own initiative.
        seq: u32,
        /// The gateway.
        gateway: GatewayId,
    },
    /// BKV elements only: stand-alone devices.
    Direct,
}

/// A whole frame whose length, tail, checksum and direction are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Its layout and header.
    pub framing: Framing,
    /// Which way it goes.
    pub direction: Direction,
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
    /// There is no magic at the beginning.
    #[error("does not begin with FC FE or FC FF")]
    Magic,
    /// The length field is impossible or does not fit the bytes.
    #[error("length field says {stated}, {had} bytes follow it")]
    Length {
        /// The length field.
        stated: usize,
        /// Bytes after it.
        had: usize,
    },
    /// The bytes at the end are not `FC EE`.
    #[error("does not end with FC EE")]
    Tail,
    /// The sum is wrong.
    #[error("checksum is {found:#04x}, the bytes sum to {computed:#04x}")]
    Checksum {
        /// The sum of the bytes.
        computed: u8,
        /// The sum that the frame carries.
        found: u8,
    },
    /// The direction byte contradicts the magic.
    #[error("direction byte {0:#04x} contradicts the magic")]
    Direction(u8),
}

impl FrameError {
    /// What is wrong in one word: `magic`, `length`, `tail`, `checksum`, `direction`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Magic => "magic",
            Self::Length { .. } => "length",
            Self::Tail => "tail",
            Self::Checksum { .. } => "checksum",
            Self::Direction(_) => "direction",
        }
    }
}

/// Which magics a reader looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Frames from devices: the platform's ear.
    Up,
    /// Frames from the platform: a device's ear.
    Down,
    /// Both: a capture.
    Any,
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
pub fn scan(bytes: &[u8], expect: Expect) -> Scan<'_> {
    let begin = find_magic(bytes, expect);
    if begin > 0 {
        return Scan::Skip(begin);
    }
    let Some(stated) = length_field(bytes) else {
        return Scan::Wait;
    };
    let had = bytes.len() - PREFIX;
    if stated > LENGTH_MAX || stated < length_min(bytes) {
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

/// Reads bytes that are exactly one frame.
///
/// # Errors
/// What is wrong with them; the length is looked at first, then the tail, the checksum and the
/// direction.
pub fn parse(raw: &[u8]) -> Result<Frame<'_>, FrameError> {
    match raw {
        [MAGIC, MAGIC_UP | MAGIC_DOWN, ..] => {}
        _ => return Err(FrameError::Magic),
    }
    let had = raw.len().saturating_sub(PREFIX);
    let stated = length_field(raw).unwrap_or_default();
    if had != stated || stated > LENGTH_MAX || stated < length_min(raw) {
        return Err(FrameError::Length { stated, had });
    }
    open(raw)
}

/// Whether bytes that begin a connection could be, or certainly are, an uplink of this family.
pub fn begins_uplink(first: &[u8]) -> Option<bool> {
    match first {
        [] | [MAGIC] => None,
        [MAGIC, MAGIC_UP, ..] => Some(true),
        _ => Some(false),
    }
}

/// Number of bytes before the first magic, or before a last byte that may begin one.
fn find_magic(bytes: &[u8], expect: Expect) -> usize {
    let wanted = |second: u8| match expect {
        Expect::Up => second == MAGIC_UP,
        Expect::Down => second == MAGIC_DOWN,
        Expect::Any => second == MAGIC_UP || second == MAGIC_DOWN,
    };
    let mut at = 0;
    while let Some(rest) = bytes.get(at..) {
        let Some(found) = rest.iter().position(|byte| *byte == MAGIC) else {
            return bytes.len();
        };
        at += found;
        match bytes.get(at + 1) {
            Some(second) if !wanted(*second) => at += 1,
            _ => return at,
        }
    }
    bytes.len()
}

fn length_field(bytes: &[u8]) -> Option<usize> {
    let field = bytes.get(2..PREFIX)?.first_chunk::<2>()?;
    Some(usize::from(u16::from_be_bytes(*field)))
}

/// The shortest legal length, as far as the framing can be told yet.
fn length_min(bytes: &[u8]) -> usize {
    match bytes.get(PREFIX..PREFIX + DIRECT_BEGIN.len()) {
        Some(first) if first != DIRECT_BEGIN => GATEWAY_LENGTH_MIN,
        _ => DIRECT_LENGTH_MIN,
    }
}

/// Checks and takes apart bytes whose length is right.
fn open(raw: &[u8]) -> Result<Frame<'_>, FrameError> {
    let had = raw.len().saturating_sub(PREFIX);
    let length = FrameError::Length { stated: had, had };
    let (front, tail) = raw.split_last_chunk::<2>().ok_or(length)?;
    if *tail != TAIL {
        return Err(FrameError::Tail);
    }
    let (&found, front) = front.split_last().ok_or(length)?;
    let computed = sum8(front.get(2..).ok_or(length)?);
    if computed != found {
        return Err(FrameError::Checksum { computed, found });
    }
    let direction = if raw.get(1) == Some(&MAGIC_UP) {
        Direction::Up
    } else {
        Direction::Down
    };
    let inside = front.get(PREFIX..).ok_or(length)?;
    let (framing, body) = if inside.starts_with(&DIRECT_BEGIN) {
        (Framing::Direct, inside)
    } else {
        header(inside, direction, length)?
    };
    Ok(Frame {
        framing,
        direction,
        body,
        checksum: found,
        raw,
    })
}

fn header(
    inside: &[u8],
    direction: Direction,
    length: FrameError,
) -> Result<(Framing, &[u8]), FrameError> {
    let (cmd, rest) = inside.split_first_chunk::<2>().ok_or(length)?;
    let (seq, rest) = rest.split_first_chunk::<4>().ok_or(length)?;
    let (&flag, rest) = rest.split_first().ok_or(length)?;
    let (gateway, body) = rest.split_first_chunk::<7>().ok_or(length)?;
    if flag != flag_of(direction) {
        return Err(FrameError::Direction(flag));
    }
    let framing = Framing::Gateway {
        cmd: u16::from_be_bytes(*cmd),
        seq: u32::from_be_bytes(*seq),
        gateway: Digits(*gateway),
    };
    Ok((framing, body))
}

pub(crate) const fn flag_of(direction: Direction) -> u8 {
    match direction {
        Direction::Up => 1,
        Direction::Down => 0,
    }
}

/// A body that is too long for a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the frame's length would be {length}, the limit is {LENGTH_MAX}")]
pub struct TooLong {
    /// What the length field would say.
    pub length: usize,
}

/// Appends a frame to `out`; `body` writes the body.
///
/// # Errors
/// When the body is longer than [`LENGTH_MAX`] allows; `out` is then as it was.
pub fn seal(
    framing: Framing,
    direction: Direction,
    out: &mut Vec<u8>,
    body: impl FnOnce(&mut Vec<u8>),
) -> Result<(), TooLong> {
    let begin = out.len();
    let magic = match direction {
        Direction::Up => MAGIC_UP,
        Direction::Down => MAGIC_DOWN,
    };
    out.extend_from_slice(&[MAGIC, magic, 0, 0]);
    if let Framing::Gateway { cmd, seq, gateway } = framing {
        out.extend_from_slice(&cmd.to_be_bytes());
        out.extend_from_slice(&seq.to_be_bytes());
        out.push(flag_of(direction));
        out.extend_from_slice(&gateway.0);
    }
    body(out);
    let length = out.len() - begin - PREFIX + SUFFIX;
    let field = u16::try_from(length).ok().filter(|_| length <= LENGTH_MAX);
    let Some(field) = field else {
        out.truncate(begin);
        return Err(TooLong { length });
    };
    if let Some(place) = out.get_mut(begin + 2..begin + PREFIX) {
        place.copy_from_slice(&field.to_be_bytes());
    }
    let checksum = sum8(out.get(begin + 2..).unwrap_or_default());
    out.push(checksum);
    out.extend_from_slice(&TAIL);
    Ok(())
}
