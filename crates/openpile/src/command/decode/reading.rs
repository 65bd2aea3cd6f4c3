//! One frame or element list taken apart, whatever its protocol.

use super::capture::{self, Kind};
use bkv::inspect::{self, Inspection};
use device::Direction;
use serde_json::{Map, Value};
use wire::Row;

/// Which protocol the bytes are read as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The one whose frames begin like that.
    #[default]
    Auto,
    /// BKV in either dialect and framing; `gn` is another name of it.
    Bkv,
    /// Retired: known by name, read no more.
    Keda,
}

impl Wanted {
    /// From the name on the command line.
    ///
    /// # Errors
    /// Names the protocols that there are.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        match name.to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "bkv" | "gn" => Ok(Self::Bkv),
            "keda" => Ok(Self::Keda),
            _ => Err("the protocols are auto, bkv, gn, keda".to_owned()),
        }
    }
}

/// A frame or element list that was understood.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// Its protocol.
    pub(crate) protocol: &'static str,
    /// Which way it goes, where it says so.
    pub(crate) direction: Option<Direction>,
    /// Its command as logs print it.
    pub(crate) command: String,
    /// The command inside it, where there is one.
    pub(crate) inner_command: Option<String>,
    /// What people call it.
    pub(crate) title: &'static str,
    /// Its fields in the form of the vector files.
    pub(crate) decoded: Map<String, Value>,
    /// The typed message, written again.
    pub(crate) reencoded: Vec<u8>,
    /// Every field with its place.
    pub(crate) rows: Vec<Row>,
    /// Where it differs from its documented form.
    pub(crate) notes: Vec<String>,
}

/// Bytes that were not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// The protocol that was tried.
    pub(crate) protocol: Option<&'static str>,
    /// Why, in one word: `checksum`, `length`, `tail`, `direction`, `magic` …
    pub(crate) kind: &'static str,
    /// Why, for people.
    pub(crate) detail: String,
}

const BKV: &str = "bkv";
/// First byte of a BKV frame.
const BKV_MAGIC: u8 = 0xFC;

/// Takes exactly one frame apart. A direction, when given, must be the frame's.
pub(crate) fn frame(
    wanted: Wanted,
    bytes: &[u8],
    direction: Option<Direction>,
) -> Result<Reading, Unreadable> {
    spoken(wanted)?;
    match bytes {
        [] => Err(refused(wanted, "empty", "there are no bytes".to_owned())),
        [BKV_MAGIC] => Err(refused(
            Wanted::Bkv,
            "length",
            "one byte is no frame".to_owned(),
        )),
        [BKV_MAGIC, ..] => read(inspect::frame(bytes, direction)),
        _ => inspect::frame(bytes, direction)
            .map(understood)
            .map_err(|error| refused(wanted, error.kind(), error.to_string())),
    }
}

/// Takes a bare list of BKV elements apart.
pub(crate) fn elements(
    wanted: Wanted,
    bytes: &[u8],
    direction: Option<Direction>,
) -> Result<Reading, Unreadable> {
    spoken(wanted)?;
    if bytes.is_empty() {
        return Err(refused(wanted, "empty", "there are no bytes".to_owned()));
    }
    read(inspect::elements(bytes, direction))
}

/// What some bytes are as a whole.
#[derive(Debug)]
pub(crate) enum Whole<'a> {
    /// One frame, or a list of elements.
    One(Box<Reading>),
    /// Several parts: frames and what lies between them.
    Capture(Vec<capture::Part<'a>>),
    /// Neither.
    Nothing(Unreadable),
}

/// Finds out what some bytes are. One damaged frame is an error rather than a capture full of
/// garbage, because a single frame is what people ask about most.
pub(crate) fn whole(wanted: Wanted, bytes: &[u8], direction: Option<Direction>) -> Whole<'_> {
    let error = match frame(wanted, bytes, direction) {
        Ok(reading) => return Whole::One(Box::new(reading)),
        Err(error) => error,
    };
    if spoken(wanted).is_err() || bytes.is_empty() || error.kind == "direction" {
        return Whole::Nothing(error);
    }
    if bytes.first() != Some(&BKV_MAGIC)
        && let Ok(reading) = elements(wanted, bytes, direction)
    {
        return Whole::One(Box::new(reading));
    }
    let parts = capture::parts(bytes);
    if parts.len() > 1 && parts.iter().any(|part| part.kind == Kind::Frame) {
        Whole::Capture(parts)
    } else {
        Whole::Nothing(error)
    }
}

fn spoken(wanted: Wanted) -> Result<(), Unreadable> {
    match wanted {
        Wanted::Auto | Wanted::Bkv => Ok(()),
        Wanted::Keda => {
            let detail = "keda is retired: its devices stay in the books, its frames are not read";
            Err(refused(wanted, "protocol_retired", detail.to_owned()))
        }
    }
}

fn refused(wanted: Wanted, kind: &'static str, detail: String) -> Unreadable {
    let protocol = match wanted {
        Wanted::Auto => None,
        Wanted::Bkv => Some(BKV),
        Wanted::Keda => Some("keda"),
    };
    Unreadable {
        protocol,
        kind,
        detail,
    }
}

fn read(inspection: Result<Inspection, bkv::message::DecodeError>) -> Result<Reading, Unreadable> {
    inspection
        .map(understood)
        .map_err(|error| refused(Wanted::Bkv, error.kind(), error.to_string()))
}

fn understood(inspection: Inspection) -> Reading {
    Reading {
        protocol: BKV,
        direction: inspection.direction,
        command: inspection.command,
        inner_command: inspection.inner_command,
        title: inspection.title,
        decoded: inspection.decoded,
        reencoded: inspection.reencoded,
        rows: inspection.rows,
        notes: inspection.notes,
    }
}
