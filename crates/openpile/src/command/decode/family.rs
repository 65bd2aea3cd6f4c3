//! The families that frames are read as: what differs between them here, and nothing else.

use super::reading::{Reading, Unreadable};
use device::Direction;
use infypower::layout::Dialect;
use std::fmt::Display;

/// A family of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// BKV in either dialect and framing.
    Bkv,
    /// AP3000.
    Ap3000,
    /// YKC.
    Ykc,
    /// Infypower, with its dialect where that is known.
    Infypower(Option<Dialect>),
}

/// What begins at a place of a capture.
pub(crate) enum Found {
    /// A good frame of that length.
    Frame(usize),
    /// So many bytes that are no frame, and are meant to be there.
    Skip(usize),
    /// Something that begins like a frame and is none.
    Bad(Damage),
    /// The capture ends inside a frame.
    Wait,
}

/// What is wrong with something that begins like a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// In one word.
    pub(crate) kind: &'static str,
    /// For people.
    pub(crate) detail: String,
}

impl Damage {
    fn of(kind: &'static str, error: &impl Display) -> Self {
        Self {
            kind,
            detail: error.to_string(),
        }
    }
}

impl Family {
    /// The family whose frames begin like that; none when no frame does.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFC, ..] => Some(Self::Bkv),
            // A modem says the number of its SIM card first, and `link` to be heard.
            [b'D', b'N', b'Y', ..]
            | [b'8', b'9', b'8', b'6', ..]
            | [b'l', b'i', b'n', b'k', ..] => Some(Self::Ap3000),
            [0x68, ..] => Some(Self::Ykc),
            [0xAA, 0xF5, ..] => Some(Self::Infypower(None)),
            _ => None,
        }
    }

    /// The family of the first frame that may begin behind some garbage.
    pub(crate) fn within(bytes: &[u8]) -> Option<Self> {
        (1..bytes.len()).find_map(|at| match bytes.get(at..)? {
            [0xFC, 0xFE | 0xFF, ..] => Some(Self::Bkv),
            [b'D', b'N', b'Y', ..] => Some(Self::Ap3000),
            [0xAA, 0xF5, ..] => Some(Self::Infypower(None)),
            _ => None,
        })
    }

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bkv => "bkv",
            Self::Ap3000 => "ap3000",
            Self::Ykc => "ykc",
            Self::Infypower(_) => "infypower",
        }
    }

    /// Takes exactly one frame apart.
    pub(crate) fn frame(
        self,
        bytes: &[u8],
        direction: Option<Direction>,
    ) -> Result<Reading, Unreadable> {
        let refused = |kind: &'static str, error: &dyn Display| Unreadable {
            protocol: Some(self.name()),
            kind,
            detail: error.to_string(),
        };
        macro_rules! understood {
            ($inspection:expr, $inner:expr) => {{
                let inspection = $inspection;
                Reading {
                    protocol: self.name(),
                    direction: inspection.direction,
                    inner_command: $inner(&inspection),
                    command: inspection.command,
                    title: inspection.title,
                    decoded: inspection.decoded,
                    reencoded: inspection.reencoded,
                    rows: inspection.rows,
                    notes: inspection.notes,
                }
            }};
        }
        match self {
            Self::Bkv => bkv::inspect::frame(bytes, direction)
                .map(|found| {
                    understood!(found, |found: &bkv::inspect::Inspection| {
                        found.inner_command.clone()
                    })
                })
                .map_err(|error| refused(error.kind(), &error)),
            Self::Ap3000 => ap3000::inspect::raw(bytes)
                .or_else(|_| ap3000::inspect::frame(bytes, direction))
                .map(|found| understood!(found, |_: &_| None))
                .map_err(|error| refused(error.kind(), &error)),
            Self::Ykc => ykc::inspect::frame(bytes, direction)
                .map(|found| understood!(found, |_: &_| None))
                .map_err(|error| refused(error.kind(), &error)),
            Self::Infypower(dialect) => infypower::inspect::frame(bytes, direction, dialect)
                .map(|found| understood!(found, |_: &_| None))
                .map_err(|error| refused(error.kind(), &error)),
        }
    }

    /// What begins a capture.
    pub(crate) fn scan(self, bytes: &[u8]) -> Found {
        match self {
            Self::Bkv => match bkv::frame::scan(bytes, bkv::frame::Expect::Any) {
                bkv::frame::Scan::Frame(frame) => Found::Frame(frame.raw.len()),
                bkv::frame::Scan::Skip(count) => Found::Skip(count),
                bkv::frame::Scan::Bad(error) => Found::Bad(Damage::of(error.kind(), &error)),
                bkv::frame::Scan::Wait => Found::Wait,
            },
            Self::Ap3000 => match ap3000::frame::scan(bytes) {
                ap3000::frame::Scan::Frame(frame) => Found::Frame(frame.raw.len()),
                ap3000::frame::Scan::Link => Found::Skip(b"link".len()),
                ap3000::frame::Scan::Iccid(number) => Found::Skip(number.len()),
                ap3000::frame::Scan::Skip(count) => Found::Skip(count),
                ap3000::frame::Scan::Bad(error) => Found::Bad(Damage::of(error.kind(), &error)),
                ap3000::frame::Scan::Wait => Found::Wait,
            },
            Self::Ykc => match ykc::frame::scan(bytes) {
                ykc::frame::Scan::Frame(frame) => Found::Frame(frame.raw.len()),
                ykc::frame::Scan::Skip(count) => Found::Skip(count),
                ykc::frame::Scan::Bad(error) => Found::Bad(Damage::of(error.kind(), &error)),
                ykc::frame::Scan::Wait => Found::Wait,
            },
            Self::Infypower(_) => match infypower::frame::scan(bytes) {
                infypower::frame::Scan::Frame(frame) => Found::Frame(frame.raw.len()),
                infypower::frame::Scan::Skip(count) => Found::Skip(count),
                infypower::frame::Scan::Bad(error) => Found::Bad(Damage::of(error.kind(), &error)),
                infypower::frame::Scan::Wait => Found::Wait,
            },
        }
    }
}
