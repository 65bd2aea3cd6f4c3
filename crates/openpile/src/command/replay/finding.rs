//! What a replay finds, in the order of time.

use super::line::Line;
use super::past::Past;
use crate::command::decode::json;
use crate::command::decode::reading::{self, Wanted};
use device::Direction;
use kernel::{PhyId, Timestamp};
use serde_json::{Value, json as object};

/// Longest text of one entry, in characters.
const TEXT_MAX: usize = 600;

/// One thing that happened.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// When, by the replay's clock.
    pub(crate) at: Timestamp,
    /// `frame`, `event`, `reply`, `order`, `bill`, `alarm`, `command`.
    pub(crate) what: &'static str,
    /// For people.
    pub(crate) text: String,
    /// The same for programs.
    pub(crate) data: Value,
}

impl Entry {
    /// Something in words alone.
    pub(crate) fn said(at: Timestamp, what: &'static str, text: &str) -> Self {
        Self {
            at,
            what,
            text: text.chars().take(TEXT_MAX).collect(),
            data: Value::Null,
        }
    }
}

/// All that happened to one device.
pub(crate) struct Finding {
    pub(crate) device: PhyId,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) entries: Vec<Entry>,
    /// Where it is not what the database says.
    pub(crate) differences: Vec<String>,
    pub(crate) notes: Vec<String>,
}

/// What its frames say, and nothing more.
pub(crate) fn decoded_only(past: &Past) -> Finding {
    let wanted = wanted(past.protocol());
    let mut differences = Vec::new();
    let mut entries = Vec::new();
    for line in &past.lines {
        let (entry, understood) = frame(wanted, line);
        differences.extend(judged(line, understood, &entry.text));
        entries.push(entry);
    }
    Finding {
        device: past.device.clone(),
        from: past.from,
        until: past.until,
        entries,
        differences,
        notes: past.notes.clone(),
    }
}

/// The frames of that protocol, or whatever they begin like.
pub(crate) fn wanted(protocol: Option<&str>) -> Wanted {
    protocol
        .and_then(|name| Wanted::parse(name).ok())
        .unwrap_or_default()
}

/// A frame, and whether it is understood today.
pub(crate) fn frame(wanted: Wanted, line: &Line) -> (Entry, bool) {
    let (text, data, understood) = read(wanted, &line.bytes, line.direction);
    let what = match line.direction {
        Direction::Up => "frame",
        Direction::Down => "sent",
    };
    let entry = Entry {
        at: line.at,
        what,
        text,
        data,
    };
    (entry, understood)
}

/// What bytes say.
pub(crate) fn read(wanted: Wanted, bytes: &[u8], way: Direction) -> (String, Value, bool) {
    let hex = hex::encode_upper(bytes);
    match reading::frame(wanted, bytes, Some(way)) {
        Ok(reading) => {
            let fields = Value::Object(reading.decoded.clone());
            let text: String = format!("{} {} {fields}", reading.command, reading.title)
                .chars()
                .take(TEXT_MAX)
                .collect();
            let mut data = json::read(&reading);
            data.insert("hex".to_owned(), hex.into());
            (text, Value::Object(data), true)
        }
        Err(error) => {
            let text = format!("not readable: {} ({}) {hex}", error.detail, error.kind);
            let data = object!({ "valid": false, "error": error.kind, "hex": hex });
            (text.chars().take(TEXT_MAX).collect(), data, false)
        }
    }
}

/// How today's reading of a frame differs from that of then.
pub(crate) fn judged(line: &Line, understood: bool, text: &str) -> Option<String> {
    let when = super::period::text(line.at);
    match (&line.noise, understood) {
        (Some(why), true) => Some(format!(
            "{when} was no frame ({why}) and is understood now: {text}"
        )),
        (None, false) => Some(format!("{when} was a frame then: {text}")),
        (None, true) | (Some(_), false) => None,
    }
}
