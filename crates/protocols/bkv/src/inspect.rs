//! Frames for people: every field with its place, value and meaning, and the same as JSON in the
//! form of the vector files (BKV, docs/protocols/bkv.md §22).
//!
//! What is shown comes from the typed message, and `reencoded` is that message written again, so
//! a difference between the two and the capture is a defect of the codec.

mod bare;
mod table;

pub use bare::{Stream, elements, stream};

use crate::frame::{DIRECT_BODY, Frame, FrameError, Framing, GATEWAY_BODY, flag_of, parse};
use crate::message::{Body, DecodeError, Message, decode};
use device::Direction;
use serde_json::{Map, Value};
use wire::{Hex8, Hex16, Label, Row, Sheet};

/// A frame taken apart.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Which way it goes; unknown for a bare list of elements.
    pub direction: Option<Direction>,
    /// The command: `0x0015`, in direct frames the BKV command.
    pub command: String,
    /// The sub-command (`0x07`) or BKV command (`0x1017`) inside it.
    pub inner_command: Option<String>,
    /// What the message is called.
    pub title: &'static str,
    /// The fields in the form of the vector files.
    pub decoded: Map<String, Value>,
    /// The typed message, written again.
    pub reencoded: Vec<u8>,
    /// Every field with its place.
    pub rows: Vec<Row>,
    /// Where it differs from the documented form.
    pub notes: Vec<String>,
}

/// Takes a whole frame apart. A direction, when given, must be the frame's.
///
/// # Errors
/// What is wrong with it; [`DecodeError::kind`] is the word of the vector files.
pub fn frame(bytes: &[u8], direction: Option<Direction>) -> Result<Inspection, DecodeError> {
    let frame = parse(bytes)?;
    if direction.is_some_and(|direction| direction != frame.direction) {
        return Err(FrameError::Direction(flag_of(frame.direction)).into());
    }
    let message = decode(&frame)?;
    Ok(show(&frame, &message))
}

fn show(frame: &Frame<'_>, message: &Message) -> Inspection {
    let mut sheet = Sheet::default();
    let mut rows = vec![magic(frame.direction)];
    sheet.skip(2);
    let length = frame.raw.len() - DIRECT_BODY;
    let direct = frame.framing == Framing::Direct;
    if direct {
        let framing = Value::from("direct");
        sheet.object.insert("framing".to_owned(), framing);
    }
    let label = Label::new("length", "bytes after this field");
    sheet.row(label, 2, length.into(), None);
    if let Framing::Gateway { cmd, seq, gateway } = frame.framing {
        sheet.field(&Hex16(cmd), Label::new("cmd", "outer command"));
        let seq = Value::from(format!("{seq:#010x}"));
        sheet.row(Label::new("seq", "sequence"), 4, seq, None);
        let way = match frame.direction {
            Direction::Up => "device to platform",
            Direction::Down => "platform to device",
        };
        let label = Label::new("dir", "direction");
        let flag = flag_of(frame.direction);
        sheet.row(label, 1, flag.into(), Some(way.to_owned()));
        sheet.field(&gateway, Label::new("gateway_id", "gateway"));
        debug_assert_eq!(sheet.offset(), GATEWAY_BODY);
        // The vectors name the checksum with the header, although it stands behind the body.
        sheet.object.insert("checksum".to_owned(), Value::Null);
    }
    message.describe(&mut sheet);
    let label = Label::new("checksum", "sum of all bytes from the length on");
    sheet.field(&Hex8(frame.checksum), label);
    let tail = sheet.offset();
    rows.append(&mut sheet.rows);
    rows.push(fixed("tail", tail, "fcee", "end of the frame"));

    let mut reencoded = Vec::with_capacity(frame.raw.len());
    let sealed = message.seal_as(frame.framing, frame.direction, &mut reencoded);
    let mut notes = notes(message);
    if sealed.is_err() || reencoded != frame.raw {
        notes.push("element lengths or keys are not in their shortest form".to_owned());
    }
    let (command, inner_command) = commands(frame, message);
    Inspection {
        direction: Some(frame.direction),
        command,
        inner_command,
        title: message.title(),
        decoded: sheet.object,
        reencoded,
        rows,
        notes,
    }
}

fn commands(frame: &Frame<'_>, message: &Message) -> (String, Option<String>) {
    let inner = match &message.body {
        Body::Sub(code, _) => Some(format!("{code:#04x}")),
        Body::Container(container) => Some(format!("{:#06x}", container.command)),
        _ => None,
    };
    match frame.framing {
        Framing::Gateway { cmd, .. } => (format!("{cmd:#06x}"), inner),
        Framing::Direct => (inner.unwrap_or_default(), None),
    }
}

fn notes(message: &Message) -> Vec<String> {
    let slack = &message.slack;
    [
        (
            slack.counts_sub_command,
            "the inner length counts the sub-command byte as well",
        ),
        (
            !slack.trailing.is_empty(),
            "there are bytes behind the last known field",
        ),
        (
            !slack.surplus.is_empty(),
            "there are bytes behind the stated inner length",
        ),
    ]
    .into_iter()
    .filter(|(set, _)| *set)
    .map(|(_, note)| note.to_owned())
    .collect()
}

fn magic(direction: Direction) -> Row {
    let text = match direction {
        Direction::Up => "fcfe",
        Direction::Down => "fcff",
    };
    fixed("magic", 0, text, "beginning of the frame")
}

fn fixed(name: &str, offset: usize, text: &str, doc: &str) -> Row {
    Row {
        name: name.to_owned(),
        offset,
        length: 2,
        value: Value::from(text),
        meaning: None,
        doc: doc.to_owned(),
    }
}
