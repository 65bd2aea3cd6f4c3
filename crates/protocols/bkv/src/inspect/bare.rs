//! Element lists without a frame, and byte streams.

use super::Inspection;
use crate::element::{Elements, Key, put_raw, uint};
use crate::frame::{Expect, Split, Splitter};
use crate::message::{Container, ContainerError, DecodeError};
use device::Direction;
use kernel::Timestamp;
use serde_json::{Map, Value, json};
use wire::{Row, Sheet, printable};

/// Takes a bare list of BKV elements apart: a container when it begins like one, otherwise
/// element by element. Without a direction it is read as an uplink.
///
/// # Errors
/// When elements do not fit into each other.
pub fn elements(bytes: &[u8], direction: Option<Direction>) -> Result<Inspection, DecodeError> {
    let way = direction.unwrap_or(Direction::Up);
    match Container::read(bytes, way, None) {
        Ok(container) => Ok(contained(direction, &container)),
        Err(ContainerError::Header) => plain(bytes, direction),
        Err(error @ ContainerError::Element(_)) => Err(error.into()),
    }
}

fn contained(direction: Option<Direction>, container: &Container) -> Inspection {
    let mut sheet = Sheet::default();
    container.describe(&mut sheet);
    let mut reencoded = Vec::new();
    container.write(&mut reencoded);
    Inspection {
        direction,
        command: format!("{:#06x}", container.command),
        inner_command: None,
        title: container.content.title(),
        decoded: sheet.object,
        reencoded,
        rows: sheet.rows,
        notes: Vec::new(),
    }
}

fn plain(bytes: &[u8], direction: Option<Direction>) -> Result<Inspection, DecodeError> {
    let (mut list, mut rows, mut reencoded) = (Vec::new(), Vec::new(), Vec::new());
    for element in Elements::new(bytes) {
        let element = element.map_err(ContainerError::Element)?;
        let key = match element.key {
            Key::Number(key) => uint(key).map_or_else(|| hex::encode(key).into(), Value::from),
            Key::Text(key) => Value::from(printable(key)),
        };
        let value = Value::from(hex::encode(element.value));
        rows.push(Row {
            name: format!("[{}]", list.len()),
            offset: element.offset,
            length: element.value_offset + element.value.len() - element.offset,
            value: value.clone(),
            meaning: Some(format!("key {key}")),
            doc: "element".to_owned(),
        });
        list.push(json!({ "key": key, "value": value }));
        put_raw(element.key, element.value, &mut reencoded);
    }
    let decoded = Map::from_iter([("elements".to_owned(), Value::Array(list))]);
    Ok(Inspection {
        direction,
        command: "elements".to_owned(),
        inner_command: None,
        title: "list of elements",
        decoded,
        reencoded,
        rows,
        notes: Vec::new(),
    })
}

/// What a byte stream contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The good frames, in order.
    pub frames: Vec<Vec<u8>>,
    /// What begins like a frame and is none: its bytes and what is wrong.
    pub malformed: Vec<(Vec<u8>, &'static str)>,
    /// Bytes at the end that begin a frame whose rest is missing.
    pub pending_bytes: usize,
    /// Bytes that belong to no frame.
    pub dropped_bytes: u64,
}

/// Finds the frames of both directions in a captured byte stream.
pub fn stream(bytes: &[u8]) -> Stream {
    let mut splitter = Splitter::new(Expect::Any);
    let mut found = Stream::default();
    let mut rest = bytes;
    loop {
        let (consumed, split) = splitter.next(rest, Timestamp::default());
        rest = rest.get(consumed..).unwrap_or_default();
        match split {
            Split::Frame(frame) => found.frames.push(frame.raw.to_vec()),
            Split::Malformed { raw, error } => found.malformed.push((raw.to_vec(), error.kind())),
            Split::Pending { .. } => break,
        }
    }
    found.pending_bytes = rest.len();
    found.dropped_bytes = splitter.counters().dropped_bytes;
    found
}
