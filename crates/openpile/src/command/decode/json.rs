//! Readings as JSON.

use super::capture::{Kind, Part};
use super::family::Damage;
use super::reading::{self, Reading, Unreadable, Wanted, Whole};
use device::Direction;
use serde_json::{Map, Value, json};

/// What some bytes are, as one object: a frame with its fields and their places, or a capture
/// with its parts.
pub(crate) fn whole(wanted: Wanted, bytes: &[u8]) -> Value {
    match reading::whole(wanted, bytes, None) {
        Whole::One(reading) => {
            let mut object = read(&reading);
            object.insert("fields".to_owned(), fields(&reading, bytes));
            Value::Object(object)
        }
        Whole::Nothing(error) => Value::Object(unreadable(&error)),
        Whole::Capture(_, parts) => {
            let parts: Vec<Value> = parts.iter().map(|part| piece(wanted, part)).collect();
            let valid = parts.iter().all(|part| part["valid"] == true);
            json!({ "valid": valid, "parts": parts })
        }
    }
}

fn piece(wanted: Wanted, part: &Part<'_>) -> Value {
    let mut object = match &part.kind {
        Kind::Frame => match reading::frame(wanted, part.bytes, None) {
            Ok(reading) => {
                let mut object = read(&reading);
                object.insert("fields".to_owned(), fields(&reading, part.bytes));
                object
            }
            Err(error) => unreadable(&error),
        },
        Kind::Garbage(error) => unreadable(&Unreadable {
            protocol: None,
            kind: error.as_ref().map_or("garbage", |error| error.kind),
            detail: garbage(error.as_ref()),
        }),
        Kind::Pending => unreadable(&Unreadable {
            protocol: None,
            kind: "pending",
            detail: "begins like a frame whose rest is missing".to_owned(),
        }),
    };
    object.insert("offset".to_owned(), part.offset.into());
    object.insert("hex".to_owned(), hex::encode(part.bytes).into());
    Value::Object(object)
}

/// What is wrong with bytes between frames.
pub(crate) fn garbage(error: Option<&Damage>) -> String {
    error.map_or_else(|| "no frame".to_owned(), |error| error.detail.clone())
}

/// The name of a direction, as vector files have it.
pub(crate) const fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
    }
}

/// A frame that was understood.
pub(crate) fn read(reading: &Reading) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("valid".to_owned(), true.into());
    object.insert("protocol".to_owned(), reading.protocol.into());
    object.insert("command".to_owned(), reading.command.clone().into());
    if let Some(inner) = &reading.inner_command {
        object.insert("inner_command".to_owned(), inner.clone().into());
    }
    object.insert("title".to_owned(), reading.title.into());
    if let Some(way) = reading.direction {
        object.insert("direction".to_owned(), direction(way).into());
    }
    object.insert("decoded".to_owned(), Value::Object(reading.decoded.clone()));
    object.insert(
        "reencoded".to_owned(),
        hex::encode(&reading.reencoded).into(),
    );
    if !reading.notes.is_empty() {
        object.insert("notes".to_owned(), reading.notes.clone().into());
    }
    object
}

/// One that was not. `decoded` has the form of invalid lines of the vector files.
pub(crate) fn unreadable(error: &Unreadable) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("valid".to_owned(), false.into());
    object.insert("error".to_owned(), error.kind.into());
    object.insert("detail".to_owned(), error.detail.clone().into());
    object.insert("protocol".to_owned(), error.protocol.into());
    object.insert("decoded".to_owned(), json!({ "error": error.kind }));
    object
}

fn fields(reading: &Reading, bytes: &[u8]) -> Value {
    reading.rows.iter().map(|row| row.to_json(bytes)).collect()
}
