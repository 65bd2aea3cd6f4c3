//! Best-effort fields of bodies that nobody knows: what nearly all of this family begin with.

use crate::frame::{Frame, HEADER};
use crate::message::pile_code;
use device::Direction;
use serde_json::{Map, Value};
use wire::Row;

/// Adds the raw body.
pub(super) fn body(frame: &Frame<'_>, decoded: &mut Map<String, Value>, rows: &mut Vec<Row>) {
    let value = Value::from(hex::encode_upper(frame.body));
    decoded.insert("body".to_owned(), value.clone());
    let row = Row {
        name: "body".to_owned(),
        offset: HEADER,
        length: frame.body.len(),
        value,
        meaning: None,
        doc: "body that cannot be read".to_owned(),
    };
    rows.insert(rows.len().saturating_sub(1), row);
}

/// Adds the pile code of an uplink, and the gun number that often follows it. Both are guesses
/// and marked as such.
pub(super) fn add(
    frame: &Frame<'_>,
    direction: Direction,
    decoded: &mut Map<String, Value>,
    rows: &mut Vec<Row>,
) {
    if direction != Direction::Up {
        return;
    }
    let graphic = |code: &&str| code.bytes().all(|byte| byte.is_ascii_graphic());
    let code = pile_code(frame.cmd, frame.body)
        .and_then(|code| std::str::from_utf8(code).ok())
        .filter(graphic);
    let Some(code) = code else {
        return;
    };
    let mut guess = |name: &str, at: usize, length: usize, value: Value| {
        decoded.insert(name.to_owned(), value.clone());
        rows.push(Row {
            name: name.to_owned(),
            offset: HEADER + at,
            length,
            value,
            meaning: None,
            doc: "a guess".to_owned(),
        });
    };
    guess("guess_pile_code", 4, 32, Value::from(code));
    if let Some(byte) = frame.body.get(36).filter(|byte| **byte <= 32) {
        guess("guess_gun_no", 36, 1, Value::from(*byte));
    }
}
