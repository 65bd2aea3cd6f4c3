//! Frames for people: every field with its place, value and meaning, and the same as JSON in the
//! form of the vector file (Infypower, docs/protocols/infypower.md §20).
//!
//! What is shown comes from the typed message, and `reencoded` is that message written again, so
//! a difference between the two and the capture is a defect of the codec. A layout that nobody
//! knows is shown as header, raw body, and the fields that bodies of this family usually begin
//! with.

mod guess;
mod stream;
mod table;

pub use stream::{Stream, stream};

use crate::codes::{ParamOp, Version};
use crate::frame::{self, Frame, FrameError, HEADER, parse};
use crate::layout::{Choice, Dialect, choose, name_of, usual_direction};
use crate::message::{Body, DecodeError, Message, decode};
use device::Direction;
use serde_json::{Map, Value};
use wire::{Label, Row, Sheet};

/// A frame taken apart.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// Which way it goes, as said or by its number.
    pub direction: Option<Direction>,
    /// The command, decimal: `104`.
    pub command: String,
    /// What the message is called.
    pub title: &'static str,
    /// The fields in the form of the vector file.
    pub decoded: Map<String, Value>,
    /// The typed message, written again.
    pub reencoded: Vec<u8>,
    /// Every field with its place.
    pub rows: Vec<Row>,
    /// Where it differs from the documented forms.
    pub notes: Vec<String>,
}

/// Takes a whole frame apart. Without a direction the usual one of its command is assumed;
/// without a dialect the one whose form fits its length.
///
/// Look-alikes with a good checksum, encrypted bodies, unknown commands and bodies that are too
/// short are shown as far as they can be.
///
/// # Errors
/// What is wrong with the frame itself; [`FrameError::kind`] is the word of the vector file.
pub fn frame(
    bytes: &[u8],
    direction: Option<Direction>,
    dialect: Option<Dialect>,
) -> Result<Inspection, FrameError> {
    let frame = parse(bytes)?;
    let length = frame.body.len();
    let direction = direction.unwrap_or_else(|| usual_direction(frame.cmd, length));
    let dialect = dialect.unwrap_or_else(|| fitting(&frame, direction));
    Ok(match decode(&frame, direction, dialect, None) {
        Ok(message) => show(&frame, direction, dialect, &message),
        Err(error) => show_raw(&frame, direction, &error),
    })
}

/// The header of bytes that are no good frame but begin like one, in the form of the vector
/// file.
pub fn header(bytes: &[u8]) -> Option<Map<String, Value>> {
    let (version, seq, cmd) = frame::header(bytes)?;
    let stated = u16::from_le_bytes([*bytes.get(2)?, *bytes.get(3)?]);
    let mut sheet = Sheet::default();
    head(&mut sheet, usize::from(stated), version, seq, cmd);
    Some(sheet.object)
}

/// The first dialect that knows the length.
fn fitting(frame: &Frame<'_>, direction: Direction) -> Dialect {
    let length = frame.body.len();
    [Dialect::Infypower, Dialect::Lvneng, Dialect::Shenghong]
        .into_iter()
        .find(|dialect| {
            matches!(choose(*dialect, direction, frame.cmd, length),
                Choice::Form(form) if form.knows(length))
        })
        .unwrap_or_default()
}

fn head(sheet: &mut Sheet, length: usize, version: Version, seq: u8, cmd: u16) -> Row {
    sheet.skip(2);
    let label = Label::new("length", "bytes of the whole frame");
    sheet.row(label, 2, length.into(), None);
    sheet.field(&version, Label::new("version", "version, not summed"));
    sheet.field(&seq, Label::new("seq", "sequence, not summed"));
    sheet.field(&cmd, Label::new("cmd", "command"));
    debug_assert_eq!(sheet.offset(), HEADER);
    Row {
        name: "start".to_owned(),
        offset: 0,
        length: 2,
        value: Value::from("AAF5"),
        meaning: None,
        doc: "beginning of the frame".to_owned(),
    }
}

/// Begins the sheet of a frame and ends it with the checksum.
fn sheet_of(frame: &Frame<'_>, body: impl FnOnce(&mut Sheet)) -> (Map<String, Value>, Vec<Row>) {
    let mut sheet = Sheet::default();
    let start = head(
        &mut sheet,
        frame.raw.len(),
        frame.version,
        frame.seq,
        frame.cmd,
    );
    body(&mut sheet);
    let mut rows = vec![start];
    rows.append(&mut sheet.rows);
    rows.push(Row {
        name: "checksum".to_owned(),
        offset: frame.raw.len() - 1,
        length: 1,
        value: Value::from(format!("{:02X}", frame.checksum)),
        meaning: None,
        doc: "sum of command and body".to_owned(),
    });
    (sheet.object, rows)
}

fn show(
    frame: &Frame<'_>,
    direction: Direction,
    dialect: Dialect,
    message: &Message,
) -> Inspection {
    let (mut decoded, mut rows) = sheet_of(frame, |sheet| message.describe(sheet));
    let mut notes = notes(frame, direction, dialect, message);
    if matches!(message.body, Body::Unknown(_)) {
        notes.push("nobody knows this body".to_owned());
        guess::add(frame, direction, &mut decoded, &mut rows);
    }
    let mut reencoded = Vec::with_capacity(frame.raw.len());
    let sealed = message.seal(frame.version, frame.seq, frame.cmd, &mut reencoded);
    if sealed.is_err() || reencoded != frame.raw {
        notes.push("written again it differs".to_owned());
    }
    let title = match message.body {
        Body::Unknown(_) => name_of(frame.cmd).unwrap_or("unknown command"),
        _ => message.body.title(),
    };
    Inspection {
        direction: Some(direction),
        command: frame.cmd.to_string(),
        title,
        decoded,
        reencoded,
        rows,
        notes,
    }
}

/// What can be said of a frame whose body cannot be read.
fn show_raw(frame: &Frame<'_>, direction: Direction, error: &DecodeError) -> Inspection {
    let mut notes = vec![error.to_string()];
    let known = matches!(error, DecodeError::Short { .. } | DecodeError::Field(_));
    let (mut decoded, mut rows) = sheet_of(frame, |_| ());
    if known {
        guess::body(frame, &mut decoded, &mut rows);
        guess::add(frame, direction, &mut decoded, &mut rows);
    } else {
        // Its fields would be another protocol's, or cipher text.
        notes.push("not decoded beyond the header".to_owned());
    }
    let title = match error {
        DecodeError::Foreign(_) => "look-alike",
        DecodeError::Encrypted(_) => "encrypted body",
        _ => "body too short",
    };
    Inspection {
        direction: Some(direction),
        command: frame.cmd.to_string(),
        title,
        decoded,
        reencoded: frame.raw.to_vec(),
        rows,
        notes,
    }
}

fn notes(
    frame: &Frame<'_>,
    direction: Direction,
    dialect: Dialect,
    message: &Message,
) -> Vec<String> {
    let length = frame.body.len();
    let mut notes = Vec::new();
    if let Choice::Form(form) = choose(dialect, direction, frame.cmd, length)
        && !form.knows(length)
    {
        let known = form.lengths;
        notes.push(format!("body of {length} bytes; known are {known:?}"));
    }
    if let Version::Unknown(byte) = frame.version {
        notes.push(format!(
            "version {byte:#04x} is in no table; nothing vouches for it"
        ));
    }
    let foreign = match &message.body {
        Body::Characters(message) => matches!(message.op, ParamOp::Unknown(_)),
        Body::CharactersAnswer(message) => matches!(message.op, ParamOp::Unknown(_)),
        Body::Numbers(message) => matches!(message.op, ParamOp::Unknown(_)),
        Body::NumbersAnswer(message) => matches!(message.op, ParamOp::Unknown(_)),
        _ => false,
    };
    if foreign {
        notes.push("neither query nor set: another protocol's body".to_owned());
    }
    if let Body::Characters(message) = &message.body
        && usize::from(message.param_len) != message.data.0.len()
    {
        let (stated, had) = (message.param_len, message.data.0.len());
        notes.push(format!("states {stated} bytes of data and carries {had}"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::frame;
    use crate::codes::Version;
    use crate::frame::seal;
    use device::Direction;

    fn sealed(version: u8, cmd: u16, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let version = Version::from(version);
        seal(version, 1, cmd, &mut out, |out| out.extend_from_slice(body)).expect("short");
        out
    }

    fn named_body(length: usize) -> Vec<u8> {
        let mut body = vec![0; length];
        body[4..9].copy_from_slice(b"77001");
        body[36] = 2;
        body
    }

    #[test]
    fn an_unknown_layout_is_shown_raw_with_best_effort_fields() {
        let bytes = sealed(0x10, 130, &named_body(40));
        let found = frame(&bytes, None, None).expect("a good frame");
        assert_eq!(
            (found.title, found.direction),
            ("unknown command", Some(Direction::Up))
        );
        assert_eq!(found.decoded["cmd"], 130);
        assert_eq!(found.decoded["guess_pile_code"], "77001");
        assert_eq!(found.decoded["guess_gun_no"], 2);
        assert_eq!(found.decoded["body"].as_str().map(str::len), Some(80));
        assert_eq!(found.reencoded, bytes);
        assert!(found.to_string().contains("a guess"));
    }

    #[test]
    fn a_short_body_is_shown_as_far_as_it_goes() {
        let bytes = sealed(0x10, 104, &named_body(60));
        let found = frame(&bytes, None, None).expect("a good frame");
        assert_eq!(found.title, "body too short");
        assert_eq!(found.decoded["guess_pile_code"], "77001");
        assert!(found.notes[0].contains("169"));
    }

    #[test]
    fn a_longer_body_is_read_and_its_known_lengths_are_named() {
        let found = frame(&sealed(0x10, 104, &named_body(200)), None, None).expect("good");
        assert_eq!(found.title, "status");
        assert_eq!(found.decoded["surplus"].as_str().map(str::len), Some(56));
        assert!(found.notes[0].contains("223"), "{:?}", found.notes);
    }

    #[test]
    fn look_alikes_and_cipher_text_stop_at_the_header() {
        for (version, title) in [(0x03, "look-alike"), (0x8A, "encrypted body")] {
            let found = frame(&sealed(version, 106, &named_body(96)), None, None).expect("good");
            assert_eq!(found.title, title);
            assert_eq!(found.decoded.len(), 4);
        }
    }
}
