//! Frames for people: every field with its place, value and meaning, and the same as JSON in the
//! form of the vector file (AP3000, docs/protocols/ap3000.md §20).
//!
//! What is shown comes from the typed message, and `reencoded` is that message written again, so
//! a difference between the two and the capture is a defect of the codec.

mod stream;
mod table;

pub use stream::{Found, Stream, raw, stream};

use crate::codes::Cmd;
use crate::frame::{DATA, Frame, parse};
use crate::message::{Body, DecodeError, Message, decode};
use device::Direction;
use serde_json::{Map, Value};
use wire::{Hex16, Label, Row, Sheet};

/// A frame taken apart.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Which way it goes, as said or guessed.
    pub direction: Option<Direction>,
    /// The command: `0x82`.
    pub command: String,
    /// What the command is called.
    pub title: &'static str,
    /// The fields in the form of the vector file.
    pub decoded: Map<String, Value>,
    /// The typed message, written again.
    pub reencoded: Vec<u8>,
    /// Every field with its place.
    pub rows: Vec<Row>,
    /// Where it differs from the documented form.
    pub notes: Vec<String>,
}

/// Takes a whole frame apart. Frames do not say which way they go; without a direction the one
/// is taken whose form fits.
///
/// # Errors
/// What is wrong with it; [`DecodeError::kind`] is the word of the vector file.
pub fn frame(bytes: &[u8], direction: Option<Direction>) -> Result<Inspection, DecodeError> {
    let frame = parse(bytes)?;
    let way = direction.unwrap_or_else(|| guess(&frame));
    let message = decode(&frame, way)?;
    Ok(show(&frame, way, &message))
}

/// The direction whose form fits the data, from the device when both do.
fn guess(frame: &Frame<'_>) -> Direction {
    let fits = |way: Direction| {
        let known = Body::is_known(Cmd::from(frame.cmd), way);
        let whole = decode(frame, way).is_ok_and(|message| message.trailing.is_empty());
        known && whole
    };
    let readable =
        |way: Direction| Body::is_known(Cmd::from(frame.cmd), way) && decode(frame, way).is_ok();
    if fits(Direction::Up) {
        Direction::Up
    } else if fits(Direction::Down) || (readable(Direction::Down) && !readable(Direction::Up)) {
        Direction::Down
    } else {
        Direction::Up
    }
}

fn show(frame: &Frame<'_>, way: Direction, message: &Message) -> Inspection {
    let mut sheet = Sheet::default();
    let mut rows = vec![Row {
        name: "header".to_owned(),
        offset: 0,
        length: 3,
        value: Value::from("DNY"),
        meaning: None,
        doc: "beginning of the frame".to_owned(),
    }];
    sheet.skip(3);
    let length = Label::new("length", "bytes after this field");
    sheet.row(length, 2, (frame.raw.len() - 5).into(), None);
    sheet.object.clear();
    sheet.field(&frame.id, Label::new("physical_id", "device"));
    sheet.field(&frame.msg_id, Label::new("msg_id", "message id"));
    let cmd = Label::new("cmd", "command");
    let title = message.title().to_owned();
    sheet.row(cmd, 1, frame.cmd.into(), Some(title));
    debug_assert_eq!(sheet.offset(), DATA);
    message.describe(&mut sheet);
    let decoded = std::mem::take(&mut sheet.object);
    let checksum = Label::new("checksum", "sum of all bytes before it");
    sheet.field(&Hex16(frame.checksum), checksum);
    rows.append(&mut sheet.rows);

    let mut reencoded = Vec::with_capacity(frame.raw.len());
    let sealed = message.seal(frame.id, frame.msg_id, &mut reencoded);
    let mut notes = notes(frame, message);
    if sealed.is_err() {
        notes.push("longer than such a frame may be".to_owned());
    } else if reencoded != frame.raw {
        notes.push("written differently by this codec".to_owned());
    }
    Inspection {
        direction: Some(way),
        command: format!("{:#04x}", frame.cmd),
        title: message.title(),
        decoded,
        reencoded,
        rows,
        notes,
    }
}

fn notes(frame: &Frame<'_>, message: &Message) -> Vec<String> {
    let mut notes = Vec::new();
    if !message.trailing.is_empty() {
        notes.push(if message.is_answer_of_old_firmware() {
            "an answer of its first byte alone, as from old firmware".to_owned()
        } else {
            "there are bytes behind the last known field".to_owned()
        });
    }
    if matches!(message.body, Body::Unknown(_)) {
        notes.push("no layout of this command is published".to_owned());
    }
    if frame.id.is_defective() {
        notes.push("the id of a device that has lost its own".to_owned());
    }
    notes
}
