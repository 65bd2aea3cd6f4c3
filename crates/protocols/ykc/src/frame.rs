//! Frames: found in a byte stream and written to one.
//!
//! ```text
//! 68 · length 1 · sequence 2 · encryption 1 · type 1 · body · checksum 2
//! ```
//!
//! The length counts from the sequence to the end of the body, and so does the checksum. There is
//! no escaping and no tail: after a bad frame the search goes on one byte later, because the
//! length itself may be the damaged byte (YKC, docs/protocols/ykc.md §3).

mod crc;
mod splitter;

pub use crc::crc16;
pub use splitter::{DROPPED_MAX, MALFORMED_MAX, PENDING_MAX, Split, Splitter};

use crate::codes::FrameType;

/// Smallest length field: a frame that holds nothing but a pile number.
pub const LENGTH_MIN: u8 = 0x0B;

/// Largest length field that the document allows; ours keep to it, but for the QR prefix.
/// Received frames may be longer, as real and official ones are.
pub const LENGTH_SENT_MAX: usize = 200;

/// Longest frame that there can be.
pub const FRAME_MAX: usize = 0xFF + PREFIX + SUFFIX;

/// Start and length.
const PREFIX: usize = 2;
/// Checksum.
const SUFFIX: usize = 2;
/// Sequence, encryption, type.
const HEADER: usize = 4;
/// Where the body begins.
pub(crate) const BODY: usize = PREFIX + HEADER;

const START: u8 = 0x68;
const PLAIN: u8 = 0;
const ENCRYPTED: u8 = 1;

/// The two sequence bytes as they stand on the wire. Piles disagree about their order, so an
/// answer copies them.
pub type Sequence = [u8; 2];

/// Which byte of the checksum comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CrcOrder {
    /// Low byte first, as the document says.
    #[default]
    LowHigh,
    /// High byte first, as some piles and one platform write.
    HighLow,
}

impl CrcOrder {
    /// Name in vector files and profiles.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LowHigh => "lo_hi",
            Self::HighLow => "hi_lo",
        }
    }

    const fn bytes(self, crc: u16) -> [u8; 2] {
        match self {
            Self::LowHigh => crc.to_le_bytes(),
            Self::HighLow => crc.to_be_bytes(),
        }
    }
}

/// A whole frame whose length and checksum are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Sequence, raw.
    pub sequence: Sequence,
    /// The body is encrypted: nobody can read it.
    pub encrypted: bool,
    /// What it is.
    pub kind: FrameType,
    /// Its body.
    pub body: &'a [u8],
    /// In which order the checksum came. Where both orders fit, the document's.
    pub order: CrcOrder,
    /// All of it.
    pub raw: &'a [u8],
}

/// What is wrong with bytes that begin like a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FrameError {
    /// There is no start byte at the beginning.
    #[error("does not begin with 68")]
    Start,
    /// The length field is impossible or does not fit the bytes.
    #[error("length field says {stated}, {had} bytes stand between it and the checksum")]
    Length {
        /// The length field.
        stated: usize,
        /// Bytes between it and the checksum.
        had: usize,
    },
    /// The encryption flag is neither 0 nor 1.
    #[error("encryption flag is {0:#04x}")]
    Encryption(u8),
    /// The checksum fits in neither order.
    #[error("checksum bytes are {found:02x?}, computed {computed:#06x}")]
    Checksum {
        /// The checksum of the bytes.
        computed: u16,
        /// The bytes that the frame carries.
        found: [u8; 2],
    },
    /// Framing of V2.x, which is another protocol.
    #[error("framing of V2.x, which is not spoken")]
    Version2,
    /// The rest did not come in time.
    #[error("the rest did not come in time")]
    Overdue,
}

impl FrameError {
    /// What is wrong in one word: `start`, `length`, `header`, `checksum`, `version`, `overdue`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Length { .. } => "length",
            Self::Encryption(_) => "header",
            Self::Checksum { .. } => "checksum",
            Self::Version2 => "version",
            Self::Overdue => "overdue",
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
    let begin = bytes.iter().position(|byte| *byte == START);
    match begin {
        Some(0) => {}
        Some(begin) => return Scan::Skip(begin),
        None if bytes.is_empty() => return Scan::Wait,
        None => return Scan::Skip(bytes.len()),
    }
    let Some(&stated) = bytes.get(1) else {
        return Scan::Wait;
    };
    if stated < LENGTH_MIN {
        let had = bytes.len().saturating_sub(PREFIX);
        let stated = usize::from(stated);
        return Scan::Bad(FrameError::Length { stated, had });
    }
    if let Some(&flag) = bytes.get(4)
        && flag != PLAIN
        && flag != ENCRYPTED
    {
        return Scan::Bad(FrameError::Encryption(flag));
    }
    match bytes.get(..usize::from(stated) + PREFIX + SUFFIX) {
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
/// What is wrong with them; the length is looked at first, then the flag and the checksum.
pub fn parse(raw: &[u8]) -> Result<Frame<'_>, FrameError> {
    let [START, stated, ..] = *raw else {
        return Err(FrameError::Start);
    };
    let had = raw.len().saturating_sub(PREFIX + SUFFIX);
    if had != usize::from(stated) || stated < LENGTH_MIN {
        let stated = usize::from(stated);
        return Err(FrameError::Length { stated, had });
    }
    open(raw)
}

/// Whether bytes begin the framing of V2.x, whose length has two bytes, high byte first.
pub const fn is_version2(first: &[u8]) -> bool {
    matches!(first, [START, 0..LENGTH_MIN, ..])
}

/// Checks and takes apart bytes whose length is right.
#[inline]
fn open(raw: &[u8]) -> Result<Frame<'_>, FrameError> {
    let had = raw.len().saturating_sub(PREFIX + SUFFIX);
    let length = FrameError::Length { stated: had, had };
    let (front, found) = raw.split_last_chunk::<SUFFIX>().ok_or(length)?;
    let covered = front.get(PREFIX..).ok_or(length)?;
    let (header, body) = covered.split_first_chunk::<HEADER>().ok_or(length)?;
    let [first, second, flag, kind] = *header;
    if flag != PLAIN && flag != ENCRYPTED {
        return Err(FrameError::Encryption(flag));
    }
    let computed = crc16(covered);
    let order = if *found == CrcOrder::LowHigh.bytes(computed) {
        CrcOrder::LowHigh
    } else if *found == CrcOrder::HighLow.bytes(computed) {
        CrcOrder::HighLow
    } else {
        let found = *found;
        return Err(FrameError::Checksum { computed, found });
    };
    Ok(Frame {
        sequence: [first, second],
        encrypted: flag == ENCRYPTED,
        kind: FrameType::from(kind),
        body,
        order,
        raw,
    })
}

/// A body that is too long for a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the frame's length would be {length}, the length byte ends at 255")]
pub struct TooLong {
    /// What the length field would say.
    pub length: usize,
}

/// Appends a plain frame to `out`; `body` writes the body.
///
/// # Errors
/// When the body is longer than the length byte can say; `out` is then as it was.
pub fn seal(
    kind: FrameType,
    sequence: Sequence,
    order: CrcOrder,
    out: &mut Vec<u8>,
    body: impl FnOnce(&mut Vec<u8>),
) -> Result<(), TooLong> {
    let begin = out.len();
    let [first, second] = sequence;
    out.extend_from_slice(&[START, 0, first, second, PLAIN, u8::from(kind)]);
    body(out);
    let length = out.len() - begin - PREFIX;
    let Ok(field) = u8::try_from(length) else {
        out.truncate(begin);
        return Err(TooLong { length });
    };
    if let Some(place) = out.get_mut(begin + 1) {
        *place = field;
    }
    let crc = crc16(out.get(begin + PREFIX..).unwrap_or_default());
    out.extend_from_slice(&order.bytes(crc));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{CrcOrder, FrameError, Scan, is_version2, parse, scan, seal};
    use crate::codes::FrameType;

    const LOGIN_ANSWER: [u8; 16] = [
        0x68, 0x0C, 0, 0, 0, 0x02, 0x55, 0x03, 0x14, 0x12, 0x78, 0x23, 0x05, 0, 0xDA, 0x4C,
    ];

    #[test]
    fn the_worked_example_is_read_and_written() {
        let frame = parse(&LOGIN_ANSWER).expect("sound");
        assert_eq!(frame.kind, FrameType::LoginAnswer);
        assert_eq!(frame.order, CrcOrder::LowHigh);
        let mut out = Vec::new();
        seal(
            frame.kind,
            frame.sequence,
            CrcOrder::LowHigh,
            &mut out,
            |out| {
                out.extend_from_slice(frame.body);
            },
        )
        .expect("short");
        assert_eq!(out, LOGIN_ANSWER);
    }

    #[test]
    fn either_checksum_order_is_accepted() {
        let mut swapped = LOGIN_ANSWER;
        swapped.swap(14, 15);
        assert_eq!(parse(&swapped).expect("sound").order, CrcOrder::HighLow);
        let mut damaged = LOGIN_ANSWER;
        damaged[9] ^= 1;
        assert!(matches!(parse(&damaged), Err(FrameError::Checksum { .. })));
    }

    #[test]
    fn what_is_no_frame_is_named() {
        assert_eq!(parse(&[]), Err(FrameError::Start));
        assert!(matches!(
            parse(&LOGIN_ANSWER[..15]),
            Err(FrameError::Length { .. })
        ));
        let mut flagged = LOGIN_ANSWER;
        flagged[4] = 2;
        assert_eq!(scan(&flagged), Scan::Bad(FrameError::Encryption(2)));
        assert_eq!(scan(&LOGIN_ANSWER[..4]), Scan::Wait);
        assert_eq!(scan(&[0, 1, 0x68]), Scan::Skip(2));
        assert!(is_version2(&[0x68, 0x00, 0x9F]));
        assert!(!is_version2(&LOGIN_ANSWER));
    }

    #[test]
    fn what_does_not_fit_is_not_written() {
        let mut out = vec![7];
        let long = seal(
            FrameType::QrPrefix,
            [0, 0],
            CrcOrder::LowHigh,
            &mut out,
            |out| {
                out.extend_from_slice(&[0; 252]);
            },
        );
        assert_eq!(long.expect_err("256").length, 256);
        assert_eq!(out, [7]);
    }
}
