//! An inspected frame as a table of text.

use super::Inspection;
use device::Direction;
use serde_json::Value;
use std::fmt;
use wire::Row;

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.direction {
            Some(Direction::Up) => ", device to platform",
            Some(Direction::Down) => ", platform to device",
            None => "",
        };
        writeln!(f, "{} {}{way}", self.command, self.title)?;
        let names = self.rows.iter().map(|row| row.name.chars().count());
        let width = names.max().unwrap_or(0);
        writeln!(f, "{:>6} {:>4}  {:width$}  value", "offset", "len", "field")?;
        for row in &self.rows {
            write_row(f, row, width)?;
        }
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        Ok(())
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, row: &Row, width: usize) -> fmt::Result {
    let value = match &row.value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (offset, length, name) = (row.offset, row.length, &row.name);
    write!(f, "{offset:>6} {length:>4}  {name:width$}  {value}")?;
    if let Some(meaning) = &row.meaning {
        write!(f, " = {meaning}")?;
    }
    if !row.doc.is_empty() {
        write!(f, "  ({})", row.doc)?;
    }
    writeln!(f)
}
