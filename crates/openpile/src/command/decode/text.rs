//! Readings as tables for people.

use super::capture::{Kind, Part};
use super::family::Family;
use super::json;
use super::reading::{self, Reading, Unreadable, Wanted, Whole};
use serde_json::Value;
use std::fmt::Write as _;
use wire::Row;

/// Bytes of a field that are shown before `…`.
const BYTES_SHOWN: usize = 8;
/// Bytes of garbage that are shown before `…`.
const GARBAGE_SHOWN: usize = 64;

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    coloured: bool,
}

impl Paint {
    /// Colours only where a person looks.
    pub(crate) const fn new(coloured: bool) -> Self {
        Self { coloured }
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.coloured {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn title(self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn faint(self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn bad(self, text: &str) -> String {
        self.wrap("31", text)
    }

    fn value(self, text: &str) -> String {
        self.wrap("36", text)
    }
}

/// What some bytes are. The flag tells whether all of them were understood.
pub(crate) fn whole(wanted: Wanted, bytes: &[u8], paint: Paint) -> (String, bool) {
    match reading::whole(wanted, bytes, None) {
        Whole::One(reading) => (table(&reading, bytes, 0, paint), true),
        Whole::Nothing(error) => (refusal(&error, bytes, paint), false),
        Whole::Capture(_, parts) => {
            let mut text = String::new();
            let mut understood = true;
            for part in &parts {
                let (piece, good) = piece(wanted, part, paint);
                text.push_str(&piece);
                text.push('\n');
                understood &= good;
            }
            text.push_str(&summary(&parts));
            (text, understood)
        }
    }
}

fn piece(wanted: Wanted, part: &Part<'_>, paint: Paint) -> (String, bool) {
    let offset = part.offset;
    let count = counted(part.bytes.len());
    let lost = |what: &str| {
        let line = paint.bad(&format!("{count} at byte {offset}: {what}"));
        (
            format!("{line}\n  {}\n", digits(part.bytes, GARBAGE_SHOWN)),
            false,
        )
    };
    match &part.kind {
        Kind::Frame => match reading::frame(wanted, part.bytes, None) {
            Ok(reading) => (table(&reading, part.bytes, offset, paint), true),
            Err(error) => lost(&error.detail),
        },
        Kind::Garbage(error) => lost(&format!("no frame ({})", json::garbage(error.as_ref()))),
        Kind::Pending => lost("the beginning of a frame whose rest is missing"),
    }
}

fn summary(parts: &[Part<'_>]) -> String {
    let frames = parts.iter().filter(|part| part.kind == Kind::Frame).count();
    let rest = parts.iter().filter(|part| part.kind != Kind::Frame);
    let lost: usize = rest.map(|part| part.bytes.len()).sum();
    let plural = if frames == 1 { "" } else { "s" };
    format!(
        "{frames} frame{plural}, {} outside of frames\n",
        counted(lost)
    )
}

fn refusal(error: &Unreadable, bytes: &[u8], paint: Paint) -> String {
    let mut text = paint.bad(&format!("not understood: {}", error.detail));
    text.push('\n');
    if !bytes.is_empty() {
        let _ = writeln!(text, "  {}", digits(bytes, GARBAGE_SHOWN));
    }
    if let Some(reading) = with_right_sum(error, bytes) {
        let _ = writeln!(text, "\nWith the right checksum it would be:\n");
        text.push_str(&table(&reading, bytes, 0, paint));
    }
    text
}

/// What a frame would say whose checksum alone is wrong.
fn with_right_sum(error: &Unreadable, bytes: &[u8]) -> Option<Reading> {
    if error.kind != "checksum" || error.protocol != Some("bkv") {
        return None;
    }
    let place = bytes.len().checked_sub(3)?;
    let mut repaired = bytes.to_vec();
    *repaired.get_mut(place)? = wire::sum8(bytes.get(2..place)?);
    reading::frame(Wanted::Family(Family::Bkv), &repaired, None).ok()
}

fn table(reading: &Reading, bytes: &[u8], offset: usize, paint: Paint) -> String {
    let mut heading = format!(
        "{} {}",
        reading.protocol.to_ascii_uppercase(),
        reading.command
    );
    if let Some(inner) = &reading.inner_command {
        let _ = write!(heading, "/{inner}");
    }
    let _ = write!(heading, ": {}", reading.title);
    let way = match reading.direction {
        Some(device::Direction::Up) => ", up (from the device)",
        Some(device::Direction::Down) => ", down (to the device)",
        None => "",
    };
    let mut text = paint.title(&heading);
    let _ = writeln!(text, "{way}, {} at byte {offset}", counted(bytes.len()));

    let cells: Vec<[String; 4]> = reading.rows.iter().map(|row| cells(row, bytes)).collect();
    let width = |column: usize| {
        let widths = cells.iter().filter_map(|row| row.get(column));
        widths
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let (hex_width, name_width, value_width) = (width(0), width(1), width(2).min(40));
    for (row, [hex, name, value, meaning]) in reading.rows.iter().zip(&cells) {
        let line = format!(
            "{:>5}  {hex:hex_width$}  {name:name_width$}  ",
            row.offset + offset
        );
        let value = paint.value(&format!("{value:value_width$}"));
        let line = format!("{}{value}  {}", line, paint.faint(meaning));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    for note in &reading.notes {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

/// Bytes, name, value, and what is to be said about it.
fn cells(row: &Row, bytes: &[u8]) -> [String; 4] {
    let raw = bytes
        .get(row.offset..row.offset.saturating_add(row.length))
        .unwrap_or_default();
    let value = match &row.value {
        Value::String(text) => harmless(text),
        other => harmless(&other.to_string()),
    };
    let about = match &row.meaning {
        Some(meaning) if row.doc.is_empty() => meaning.clone(),
        Some(meaning) => format!("{meaning} ({})", row.doc),
        None => row.doc.clone(),
    };
    [
        digits(raw, BYTES_SHOWN),
        row.name.clone(),
        value,
        harmless(&about),
    ]
}

/// Frames come from strangers: nothing in them may steer a terminal.
fn harmless(text: &str) -> String {
    let steers = |letter: char| {
        letter.is_control() || matches!(letter, '\u{200e}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if steers(letter) {
            out.extend(letter.escape_unicode());
        } else {
            out.push(letter);
        }
    }
    out
}

fn digits(bytes: &[u8], shown: usize) -> String {
    let mut text: Vec<String> = bytes
        .iter()
        .take(shown)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if bytes.len() > shown {
        text.push("…".to_owned());
    }
    text.join(" ")
}

fn counted(bytes: usize) -> String {
    if bytes == 1 {
        "1 byte".to_owned()
    } else {
        format!("{bytes} bytes")
    }
}
