//! Frames for people: every field with its place, value and meaning, and the same as JSON in the
//! form of the vector file (YKC, docs/protocols/ykc.md §18).
//!
//! What is shown comes from the typed message, and `reencoded` is that message written again, so
//! a difference between the two and the capture is a defect of the codec.

mod table;

use crate::codes::FrameType;
use crate::frame::{BODY, CrcOrder, Frame, parse};
use crate::message::{Body, DecodeError, Message, decode};
use device::Direction;
use serde_json::{Map, Value};
use wire::{Label, Row, Sheet};

/// A frame taken apart.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Which way frames of its type go; unknown types by the rule "odd up, even down".
    pub direction: Option<Direction>,
    /// The type: `0x13`.
    pub command: String,
    /// Always none: frames of this family have no command inside.
    pub inner_command: Option<String>,
    /// What the message is called.
    pub title: &'static str,
    /// Sequence bytes, upper-case hex.
    pub sequence: String,
    /// Order of the checksum bytes.
    pub order: CrcOrder,
    /// The fields of the body in the form of the vector file.
    pub decoded: Map<String, Value>,
    /// The typed message, written again.
    pub reencoded: Vec<u8>,
    /// Every field with its place.
    pub rows: Vec<Row>,
    /// Where it differs from the documented form.
    pub notes: Vec<String>,
}

/// Takes a whole frame apart. A direction, when given, must be that of its type.
///
/// # Errors
/// What is wrong with it; [`InspectError::kind`] is the word for it.
pub fn frame(bytes: &[u8], direction: Option<Direction>) -> Result<Inspection, InspectError> {
    let frame = parse(bytes).map_err(DecodeError::from)?;
    let own = direction_of(frame.kind);
    if direction.is_some_and(|direction| direction != own) {
        return Err(InspectError::Direction(u8::from(frame.kind)));
    }
    let message = decode(&frame)?;
    Ok(show(&frame, &message))
}

/// Why a frame cannot be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InspectError {
    /// The frame or its content is wrong.
    #[error("{0}")]
    Decode(#[from] DecodeError),
    /// Frames of this type go the other way.
    #[error("frames of type {0:#04x} go the other way")]
    Direction(u8),
}

impl InspectError {
    /// What is wrong in one word.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.kind(),
            Self::Direction(_) => "direction",
        }
    }
}

/// Which way frames of a type go: what the table says, and for the others odd up, even down.
pub fn direction_of(kind: FrameType) -> Direction {
    kind.direction().unwrap_or(match u8::from(kind) % 2 {
        0 => Direction::Down,
        _ => Direction::Up,
    })
}

fn show(frame: &Frame<'_>, message: &Message) -> Inspection {
    let direction = direction_of(frame.kind);
    let mut rows = header(frame, direction);
    let mut sheet = Sheet::starting_at(BODY);
    message.describe(&mut sheet);
    let crc = sheet.offset();
    rows.append(&mut sheet.rows);
    let found = frame.raw.get(crc..).unwrap_or_default();
    let meaning = match frame.order {
        CrcOrder::LowHigh => "low byte first",
        CrcOrder::HighLow => "high byte first",
    };
    rows.push(Row {
        meaning: Some(meaning.to_owned()),
        ..fixed("crc", crc, found, "CRC-16/MODBUS from the sequence on")
    });
    let mut reencoded = Vec::with_capacity(frame.raw.len());
    let sealed = message.seal(frame.sequence, frame.order, &mut reencoded);
    let mut notes = notes(message);
    if sealed.is_err() || reencoded != frame.raw {
        notes.push("writing the message again gives other bytes".to_owned());
    }
    Inspection {
        direction: Some(direction),
        command: format!("{:#04x}", u8::from(frame.kind)),
        inner_command: None,
        title: frame.kind.meaning().unwrap_or_else(|| message.body.title()),
        sequence: hex::encode_upper(frame.sequence),
        order: frame.order,
        decoded: sheet.object,
        reencoded,
        rows,
        notes,
    }
}

fn header(frame: &Frame<'_>, direction: Direction) -> Vec<Row> {
    let length = frame.body.len() + BODY - 2;
    let way = match direction {
        Direction::Up => "pile to platform",
        Direction::Down => "platform to pile",
    };
    let kind = frame.kind.meaning().unwrap_or("not documented");
    let mut sheet = Sheet::starting_at(1);
    let label = Label::new("length", "bytes from the sequence to the end of the body");
    sheet.row(label, 1, length.into(), None);
    let sequence = Value::from(hex::encode_upper(frame.sequence));
    sheet.row(Label::new("sequence", "raw"), 2, sequence, None);
    let flag = Value::from(u8::from(frame.encrypted));
    sheet.row(Label::new("encrypt", "0 plain, 1 3DES"), 1, flag, None);
    let number = Value::from(format!("{:#04x}", u8::from(frame.kind)));
    let meaning = format!("{kind}, {way}");
    sheet.row(Label::new("type", "frame type"), 1, number, Some(meaning));
    let mut rows = vec![fixed("start", 0, &[0x68], "beginning of the frame")];
    rows.append(&mut sheet.rows);
    rows
}

fn notes(message: &Message) -> Vec<String> {
    let mut notes = Vec::new();
    if !message.trailing.is_empty() {
        notes.push("there are bytes behind the last known field".to_owned());
    }
    match &message.body {
        Body::OddRecord(_) => notes.push("no document knows a record of this length".to_owned()),
        Body::ModelCheck(_) if message.trailing.len() == 1 => {
            notes.push("a check with a gun number: the other reading of V1.7".to_owned());
        }
        _ => {}
    }
    notes
}

fn fixed(name: &str, offset: usize, bytes: &[u8], doc: &str) -> Row {
    Row {
        name: name.to_owned(),
        offset,
        length: bytes.len(),
        value: Value::from(hex::encode_upper(bytes)),
        meaning: None,
        doc: doc.to_owned(),
    }
}
