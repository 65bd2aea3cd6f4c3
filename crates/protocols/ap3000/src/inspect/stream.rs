//! Bare bytes of a modem, and byte streams.

use super::Inspection;
use crate::frame::{ICCID_LENGTH, LINK, Split, Splitter};
use crate::message::DecodeError;
use device::Direction;
use kernel::Timestamp;
use serde_json::{Map, Value};
use wire::{Label, Sheet, printable};

/// Takes what a modem says apart: `link`, or the number of its SIM card.
///
/// # Errors
/// When it is neither; [`DecodeError::kind`] is the word of the vector file.
pub fn raw(bytes: &[u8]) -> Result<Inspection, DecodeError> {
    let mut sheet = Sheet::default();
    let kind = |sheet: &mut Sheet, kind: &str| {
        sheet.object.insert("kind".to_owned(), kind.into());
    };
    let title = match Splitter::new().next(bytes, Timestamp::default()) {
        (4, Split::Link) if bytes.len() == LINK.len() => {
            kind(&mut sheet, "link");
            sheet.rows.push(wire::Row {
                name: "link".to_owned(),
                offset: 0,
                length: LINK.len(),
                value: Value::from("link"),
                meaning: None,
                doc: "the modem lives".to_owned(),
            });
            "link"
        }
        (ICCID_LENGTH, Split::Iccid(iccid)) if bytes.len() == ICCID_LENGTH => {
            kind(&mut sheet, "iccid");
            let label = Label::new("iccid", "SIM card number");
            sheet.row(label, ICCID_LENGTH, printable(iccid).into(), None);
            "SIM card number"
        }
        _ => return Err(DecodeError::IccidLength(bytes.len())),
    };
    Ok(Inspection {
        direction: Some(Direction::Up),
        command: title.to_owned(),
        title,
        decoded: sheet.object,
        reencoded: bytes.to_vec(),
        rows: sheet.rows,
        notes: Vec::new(),
    })
}

/// One good item of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A frame.
    Frame(Vec<u8>),
    /// `link`.
    Link,
    /// SIM card number.
    Iccid(String),
}

impl Found {
    /// In the form of the vector file.
    pub fn to_json(&self) -> Value {
        let pairs: &[(&str, String)] = match self {
            Self::Frame(bytes) => &[
                ("kind", "frame".to_owned()),
                ("hex", hex::encode_upper(bytes)),
            ],
            Self::Link => &[("kind", "link".to_owned())],
            Self::Iccid(text) => &[("kind", "iccid".to_owned()), ("iccid", text.clone())],
        };
        let pairs = pairs.iter();
        let object: Map<_, _> = pairs
            .map(|(name, value)| ((*name).to_owned(), value.clone().into()))
            .collect();
        Value::Object(object)
    }
}

/// What a byte stream contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The good items, in order.
    pub items: Vec<Found>,
    /// What begins like a frame and is none: its bytes and what is wrong.
    pub malformed: Vec<(Vec<u8>, &'static str)>,
    /// Bytes at the end that begin something whose rest is missing.
    pub pending_bytes: usize,
    /// Bytes that belong to no good item.
    pub discarded_bytes: usize,
}

/// Finds the items of a captured byte stream.
pub fn stream(bytes: &[u8]) -> Stream {
    let mut splitter = Splitter::new();
    let mut found = Stream::default();
    let mut rest = bytes;
    loop {
        let (consumed, split) = splitter.next(rest, Timestamp::default());
        rest = rest.get(consumed..).unwrap_or_default();
        found.discarded_bytes += consumed - split.good_bytes();
        match split {
            Split::Frame(frame) => found.items.push(Found::Frame(frame.raw.to_vec())),
            Split::Link => found.items.push(Found::Link),
            Split::Iccid(iccid) => found.items.push(Found::Iccid(printable(iccid))),
            Split::Malformed { raw, error } => found.malformed.push((raw.to_vec(), error.kind())),
            Split::Pending { .. } => break,
        }
    }
    found.pending_bytes = rest.len();
    found
}
