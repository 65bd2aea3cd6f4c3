//! Rows of JSON as cells of a table.

use serde_json::{Map, Value};

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Empty,
    Number(f64),
    Text(String),
}

/// The value of a column in a row.
pub(super) fn cell(row: &Map<String, Value>, column: &str) -> Cell {
    match row.get(column) {
        None | Some(Value::Null) => Cell::Empty,
        Some(Value::Number(number)) => number.as_f64().map_or(Cell::Empty, Cell::Number),
        Some(Value::String(text)) => Cell::Text(defused(text)),
        Some(Value::Bool(flag)) => Cell::Text(flag.to_string()),
        Some(other) => Cell::Text(other.to_string()),
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

/// The names of the columns: those of all the rows, in the order in which they come up.
pub(super) fn columns(rows: &[Map<String, Value>]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for row in rows {
        for name in row.keys() {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
    }
    columns
}

/// Lines of comma-separated values.
pub(super) fn lines(columns: &[String], rows: &[Map<String, Value>], out: &mut String) {
    for row in rows {
        for (position, column) in columns.iter().enumerate() {
            if position > 0 {
                out.push(',');
            }
            match cell(row, column) {
                Cell::Empty => {}
                // As it was written: a float would lose digits of long numbers.
                Cell::Number(_) => out.push_str(&row[column.as_str()].to_string()),
                Cell::Text(text) => quoted(&text, out),
            }
        }
        out.push_str("\r\n");
    }
}

/// The line with the names of the columns.
pub(super) fn heading(columns: &[String], out: &mut String) {
    for (position, column) in columns.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        quoted(column, out);
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
    use super::{columns, heading, lines};
    use serde_json::{Map, Value, json};

    #[test]
    fn formulas_are_defused_and_numbers_stay() {
        let rows: Vec<Map<String, Value>> = [
            json!({"name":"=1+1","fen":-5,"note":"a,\"b\"\nc"}),
            json!({"name":"@x","extra":true,"fen":9_007_199_254_740_993_i64}),
            json!({"name":"-1","note":null}),
        ]
        .into_iter()
        .filter_map(|row| row.as_object().cloned())
        .collect();
        let names = columns(&rows);
        let mut text = String::new();
        heading(&names, &mut text);
        lines(&names, &rows, &mut text);
        assert_eq!(
            text,
            "name,fen,note,extra\r\n'=1+1,-5,\"a,\"\"b\"\"\nc\",\r\n\
             '@x,9007199254740993,,true\r\n'-1,,,\r\n"
        );
    }
}
