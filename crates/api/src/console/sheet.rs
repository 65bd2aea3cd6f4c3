//! Rows of JSON as cells of a table.

use kernel::Timestamp;
use serde_json::{Map, Value};

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Empty,
    Number(f64),
    Text(String),
}

/// A column of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its name in JSON.
    pub(crate) name: String,
    /// Whether its numbers are Unix seconds.
    pub(crate) is_time: bool,
}

/// The value of a column in a row.
pub(super) fn cell(row: &Map<String, Value>, column: &Column) -> Cell {
    match row.get(&column.name) {
        None | Some(Value::Null) => Cell::Empty,
        Some(Value::Number(number)) if column.is_time => number
            .as_i64()
            .map_or(Cell::Empty, |seconds| Cell::Text(local_time(seconds))),
        Some(Value::Number(number)) => number.as_f64().map_or(Cell::Empty, Cell::Number),
        Some(Value::String(text)) => Cell::Text(defused(text)),
        Some(other) => Cell::Text(defused(&readable(other))),
    }
}

/// An instant as people in China write it.
fn local_time(seconds: i64) -> String {
    let [year, month, day, hour, minute, second] = Timestamp::from_unix_seconds(seconds).shanghai();
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// What has parts, in words instead of JSON: `sharp: 3; peak: 5`, entries of a list with bars
/// between them.
fn readable(value: &Value) -> String {
    let inner = |value: &Value| match value {
        Value::Object(_) | Value::Array(_) => format!("({})", readable(value)),
        plain => readable(plain),
    };
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let parts = items.iter().any(Value::is_object);
            let between = if parts { " | " } else { ", " };
            let texts: Vec<String> = items.iter().map(readable).collect();
            texts.join(between)
        }
        Value::Object(fields) => {
            let told = fields.iter().filter(|(_, value)| !value.is_null());
            let texts: Vec<String> = told
                .map(|(name, value)| format!("{name}: {}", inner(value)))
                .collect();
            texts.join("; ")
        }
    }
}

/// A text that no spreadsheet takes for a formula.
fn defused(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The columns of a file: those of the first rows, in the order in which they come up, then those
/// that the list is documented to have besides.
pub(super) fn columns(rows: &[Map<String, Value>], declared: Vec<Column>) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if columns.iter().all(|column| column.name != *name) {
            let known = declared.iter().find(|column| column.name == *name);
            columns.push(known.cloned().unwrap_or_else(|| Column {
                name: name.clone(),
                is_time: false,
            }));
        }
    }
    for column in declared {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns
}

/// Lines of comma-separated values.
pub(super) fn lines(columns: &[Column], rows: &[Map<String, Value>], out: &mut String) {
    for row in rows {
        for (position, column) in columns.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            match cell(row, column) {
                Cell::Empty => {}
                // As it was written: a float would lose digits of long numbers.
                Cell::Number(_) => out.push_str(&row[column.name.as_str()].to_string()),
                Cell::Text(text) => quoted(&text, out),
            }
        }
        out.push_str("\r\n");
    }
}

/// The line with the names of the columns.
pub(super) fn heading(columns: &[Column], out: &mut String) {
    for (position, column) in columns.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        quoted(&column.name, out);
    }
    out.push_str("\r\n");
}

fn quoted(text: &str, out: &mut String) {
    if text.contains([',', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, columns, heading, lines};
    use serde_json::{Map, Value, json};

    fn text(rows: &[Value], declared: &[(&str, bool)]) -> String {
        let rows: Vec<Map<String, Value>> = rows
            .iter()
            .filter_map(|row| row.as_object().cloned())
            .collect();
        let declared = declared.iter().map(|(name, is_time)| Column {
            name: (*name).to_owned(),
            is_time: *is_time,
        });
        let columns = columns(&rows, declared.collect());
        let mut text = String::new();
        heading(&columns, &mut text);
        lines(&columns, &rows, &mut text);
        text
    }

    #[test]
    fn formulas_are_defused_and_numbers_stay() {
        let rows = [
            json!({"name":"=1+1","fen":-5,"note":"a,\"b\"\nc"}),
            json!({"name":"@x","extra":true,"fen":9_007_199_254_740_993_i64}),
            json!({"name":"-1","note":null}),
        ];
        assert_eq!(
            text(&rows, &[]),
            "name,fen,note,extra\r\n'=1+1,-5,\"a,\"\"b\"\"\nc\",\r\n\
             '@x,9007199254740993,,true\r\n'-1,,,\r\n"
        );
    }

    #[test]
    fn an_empty_list_has_its_heading_and_times_are_read_in_china() {
        let declared = [("at", true), ("fen", false)];
        assert_eq!(text(&[], &declared), "at,fen\r\n");
        let rows = [json!({"fen": 1_795_237_509, "at": 1_795_237_509})];
        let declared = [("at", true), ("fen", false), ("more", false)];
        assert_eq!(
            text(&rows, &declared),
            "fen,at,more\r\n1795237509,2026-11-21 13:05:09,\r\n"
        );
    }

    #[test]
    fn what_has_parts_is_told_in_words() {
        let rows = [json!({
            "splits": [{"org": "甲", "amount_fen": 405}, {"org": null, "amount_fen": 45}],
            "roles": ["clerk", "=x"],
            "bill": {"lines": [{"kind": "peak"}], "total_fen": 3},
            "nothing": [],
        })];
        assert_eq!(
            text(&rows, &[]),
            "splits,roles,bill,nothing\r\norg: 甲; amount_fen: 405 | amount_fen: 45,\
             \"clerk, =x\",lines: (kind: peak); total_fen: 3,\r\n"
        );
    }
}
