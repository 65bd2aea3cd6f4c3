//! Where frames begin and end, family by family, for those who watch.

use super::Family;
use ::device::Direction;

/// The beginning of a byte stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// So many bytes are a good frame.
    Frame(usize),
    /// So many bytes are none.
    Junk(usize),
    /// More bytes are needed to tell.
    Wait,
}

/// Looks at the beginning of a stream of one direction.
pub type FrameCut = fn(Direction, &[u8]) -> Cut;

impl Family {
    /// How its byte stream is cut into frames.
    pub const fn framing(self) -> FrameCut {
        match self {
            Self::Bkv => bkv,
            Self::Ap3000 => ap3000,
            Self::Ykc => ykc,
            Self::Infypower => infypower,
        }
    }
}

fn bkv(direction: Direction, bytes: &[u8]) -> Cut {
    use bkv::frame::{Expect, Scan, scan};
    let expect = match direction {
        Direction::Up => Expect::Up,
        Direction::Down => Expect::Down,
    };
    match scan(bytes, expect) {
        Scan::Frame(frame) => Cut::Frame(frame.raw.len()),
        Scan::Skip(count) => Cut::Junk(count),
        Scan::Bad(_) => Cut::Junk(1),
        Scan::Wait => Cut::Wait,
    }
}

/// The bare words of the modem are whole frames too.
fn ap3000(_direction: Direction, bytes: &[u8]) -> Cut {
    use ap3000::frame::{ICCID_LENGTH, LINK, Scan, scan};
    match scan(bytes) {
        Scan::Frame(frame) => Cut::Frame(frame.raw.len()),
        Scan::Link => Cut::Frame(LINK.len()),
        Scan::Iccid(_) => Cut::Frame(ICCID_LENGTH),
        Scan::Skip(count) => Cut::Junk(count),
        Scan::Bad(_) => Cut::Junk(1),
        Scan::Wait => Cut::Wait,
    }
}

fn ykc(_direction: Direction, bytes: &[u8]) -> Cut {
    use ykc::frame::{Scan, scan};
    match scan(bytes) {
        Scan::Frame(frame) => Cut::Frame(frame.raw.len()),
        Scan::Skip(count) => Cut::Junk(count),
        Scan::Bad(_) => Cut::Junk(1),
        Scan::Wait => Cut::Wait,
    }
}

fn infypower(_direction: Direction, bytes: &[u8]) -> Cut {
    use infypower::frame::{Scan, scan};
    match scan(bytes) {
        Scan::Frame(frame) => Cut::Frame(frame.raw.len()),
        Scan::Skip(count) => Cut::Junk(count),
        Scan::Bad(_) => Cut::Junk(1),
        Scan::Wait => Cut::Wait,
    }
}
