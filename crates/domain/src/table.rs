//! Comma-separated values that people hand in: what spreadsheets write.

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which line of the text it begins on, 1 for the first.
    pub number: usize,
    /// Its cells, without their quotes.
    pub cells: Vec<String>,
}

/// A text that is no table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTable {
    /// A quoted cell that does not end.
    #[error("has a quote at line {0} that does not end")]
    OpenQuote(usize),
}

/// Reads a table. Cells may stand in quotes, where two quotes are one; a mark of the byte order,
/// and empty lines, are passed over.
///
/// # Errors
/// [`NoTable`] for a quote that does not end.
pub fn read(text: &str) -> Result<Vec<Line>, NoTable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    let mut number = 1;
    let mut line = Line {
        number,
        cells: Vec::new(),
    };
    let mut cell = String::new();
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\n' {
            number += 1;
        }
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.trim().is_empty() => {
                cell.clear();
                quoted = true;
            }
            letter if quoted => cell.push(letter),
            ',' => line.cells.push(std::mem::take(&mut cell)),
            '\n' => {
                end(&mut lines, &mut line, &mut cell, number);
            }
            '\r' => {}
            letter => cell.push(letter),
        }
    }
    if quoted {
        return Err(NoTable::OpenQuote(line.number));
    }
    end(&mut lines, &mut line, &mut cell, number);
    Ok(lines)
}

/// Ends a line; the next one begins at `number`.
fn end(lines: &mut Vec<Line>, line: &mut Line, cell: &mut String, number: usize) {
    line.cells.push(std::mem::take(cell));
    let next = Line {
        number,
        cells: Vec::new(),
    };
    let whole = std::mem::replace(line, next);
    if whole.cells.iter().any(|cell| !cell.trim().is_empty()) {
        lines.push(whole);
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, NoTable, read};

    fn line(number: usize, cells: &[&str]) -> Line {
        Line {
            number,
            cells: cells.iter().map(|cell| (*cell).to_owned()).collect(),
        }
    }

    #[test]
    fn tables_are_read_as_spreadsheets_write_them() {
        let text = "\u{feff}phone,name\r\n138,\"a, \"\"b\"\"\"\r\n\r\n , \n139,\"x\ny\"\n140";
        let expected = vec![
            line(1, &["phone", "name"]),
            line(2, &["138", "a, \"b\""]),
            line(5, &["139", "x\ny"]),
            line(7, &["140"]),
        ];
        assert_eq!(read(text), Ok(expected));
        assert_eq!(read(""), Ok(Vec::new()));
        assert_eq!(read("a\n\"b"), Err(NoTable::OpenQuote(2)));
    }
}
