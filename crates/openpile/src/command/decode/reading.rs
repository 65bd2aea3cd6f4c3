//! One frame or element list taken apart, whatever its protocol.

use super::capture::{self, Kind};
use super::family::Family;
use device::Direction;
use infypower::layout::Dialect;
use serde_json::{Map, Value};
use wire::Row;

/// Which protocol the bytes are read as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The one whose frames begin like that.
    #[default]
    Auto,
    /// This one.
    Family(Family),
    /// Retired: known by name, read no more.
    Keda,
}

/// The names on the command line.
const NAMES: &str = "auto, bkv, gn, ap3000, ykc, infypower, infypower-3.0, lvneng-3.4, \
    shenghong-5.3, keda";

impl Wanted {
    /// From the name on the command line; a dialect's name stands for its protocol too.
    ///
    /// # Errors
    /// Names the protocols that there are.
    pub(crate) fn parse(name: &str) -> Result<Self, String> {
        let name = name.to_ascii_lowercase();
        let family = match name.as_str() {
            "auto" => return Ok(Self::Auto),
            "keda" => return Ok(Self::Keda),
            "bkv" | "gn" => Family::Bkv,
            "ap3000" | "dny" => Family::Ap3000,
            "ykc" | "yunkuaichong" => Family::Ykc,
            "infypower" | "yfy" => Family::Infypower(None),
            _ => match Dialect::parse(&name) {
                Some(dialect) => Family::Infypower(Some(dialect)),
                None => return Err(format!("the protocols are {NAMES}")),
            },
        };
        Ok(Self::Family(family))
    }

    /// The same, narrowed to the dialect of a line that names one.
    pub(crate) fn in_dialect(self, name: Option<&str>) -> Self {
        let dialect = name.and_then(Dialect::parse);
        match (self, dialect) {
            (Self::Family(Family::Infypower(_)) | Self::Auto, Some(dialect)) => {
                Self::Family(Family::Infypower(Some(dialect)))
            }
            (wanted, _) => wanted,
        }
    }

    /// The family to try on these bytes: what was asked for, or what they begin like; bytes that
    /// begin like nothing are tried as BKV, whose element lists have no beginning.
    pub(crate) fn family(self, bytes: &[u8]) -> Family {
        match self {
            Self::Family(family) => family,
            Self::Auto | Self::Keda => Family::of(bytes).unwrap_or(Family::Bkv),
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

/// First byte of a BKV frame.
const BKV_MAGIC: u8 = 0xFC;

/// Takes exactly one frame apart. A direction, when given, must be the frame's.
pub(crate) fn frame(
    wanted: Wanted,
    bytes: &[u8],
    direction: Option<Direction>,
) -> Result<Reading, Unreadable> {
    spoken(wanted)?;
    let family = wanted.family(bytes);
    match bytes {
        [] => Err(refused(wanted, "empty", "there are no bytes".to_owned())),
        [_] => Err(refused(
            Wanted::Family(family),
            "length",
            "one byte is no frame".to_owned(),
        )),
        _ => family.frame(bytes, direction).map_err(|error| {
            // Bytes that begin like nothing belong to nobody.
            let known = wanted != Wanted::Auto || Family::of(bytes).is_some();
            Unreadable {
                protocol: error.protocol.filter(|_| known),
                ..error
            }
        }),
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
    let found = bkv::inspect::elements(bytes, direction).map_err(|error| {
        let bkv = Wanted::Family(Family::Bkv);
        refused(bkv, error.kind(), error.to_string())
    })?;
    Ok(Reading {
        protocol: Family::Bkv.name(),
        direction: found.direction,
        command: found.command,
        inner_command: found.inner_command,
        title: found.title,
        decoded: found.decoded,
        reencoded: found.reencoded,
        rows: found.rows,
        notes: found.notes,
    })
}

/// What some bytes are as a whole.
#[derive(Debug)]
pub(crate) enum Whole<'a> {
    /// One frame, or a list of elements.
    One(Box<Reading>),
    /// Several parts of one family: frames and what lies between them.
    Capture(Family, Vec<capture::Part<'a>>),
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
    let mut family = wanted.family(bytes);
    if family == Family::Bkv
        && bytes.first() != Some(&BKV_MAGIC)
        && let Ok(reading) = elements(wanted, bytes, direction)
    {
        return Whole::One(Box::new(reading));
    }
    if wanted == Wanted::Auto && Family::of(bytes).is_none() {
        family = Family::within(bytes).unwrap_or(family);
    }
    let parts = capture::parts(family, bytes);
    if parts.len() > 1 && parts.iter().any(|part| part.kind == Kind::Frame) {
        Whole::Capture(family, parts)
    } else {
        Whole::Nothing(error)
    }
}

fn spoken(wanted: Wanted) -> Result<(), Unreadable> {
    if wanted == Wanted::Keda {
        let detail = "keda is retired: its devices stay in the books, its frames are not read";
        return Err(refused(wanted, "protocol_retired", detail.to_owned()));
    }
    Ok(())
}

fn refused(wanted: Wanted, kind: &'static str, detail: String) -> Unreadable {
    let protocol = match wanted {
        Wanted::Auto => None,
        Wanted::Family(family) => Some(family.name()),
        Wanted::Keda => Some("keda"),
    };
    Unreadable {
        protocol,
        kind,
        detail,
    }
}
