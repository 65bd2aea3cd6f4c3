//! The table in docs/benchmarks.md: each run replaces the lines of the figures it measured and
//! leaves the others, and everything that people have written around it, as they are.

use super::figure::{FigureId, Row, Verdict};
use super::machine::Machine;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// Above the table.
const BEGIN: &str = "<!-- measured: begin -->";
/// Below the table.
const END: &str = "<!-- measured: end -->";

const HEAD: &str = "| | conditions | measured | beside it, in the same run | result | target | | \
                    date |\n|---|---|---|---|---|---|---|---|";

/// What stands in a new file before the table.
const TITLE: &str = "# How fast it is\n\n`make load` and `make bench` measure this and write it \
                     here.\n";

/// Writes the rows of this run into the file.
///
/// # Errors
/// When the file cannot be read or written.
pub fn write(path: &Path, rows: &[Row], machine: &Machine, date: &str) -> io::Result<()> {
    let old = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => TITLE.to_owned(),
        Err(error) => return Err(error),
    };
    fs::write(path, merge(&old, rows, machine, date))
}

fn merge(old: &str, rows: &[Row], machine: &Machine, date: &str) -> String {
    let (before, rest) = old.split_once(BEGIN).unwrap_or((old, ""));
    let (table, after) = rest.split_once(END).unwrap_or((rest, ""));
    let mut lines: BTreeMap<FigureId, Vec<String>> = BTreeMap::new();
    for line in table.lines() {
        let figure = line
            .strip_prefix("| ")
            .and_then(|rest| rest.split(' ').next()?.parse().ok());
        if let Some(figure) = figure {
            lines.entry(figure).or_default().push(line.to_owned());
        }
    }
    for row in rows {
        lines.remove(&row.figure);
    }
    for row in rows {
        let line = format!("{} {date} |", row.markdown());
        lines.entry(row.figure).or_default().push(line);
    }
    let body: Vec<String> = lines.into_values().flatten().collect();
    let before = before.trim_end();
    format!(
        "{before}\n\n{BEGIN}\nMachine: {}.\n\n{HEAD}\n{}\n{END}\n{}",
        machine.describe(),
        body.join("\n"),
        if after.trim().is_empty() {
            String::new()
        } else {
            format!("\n{}", after.trim_start())
        }
    )
}

/// A row for people at a terminal.
pub fn terminal(row: &Row) -> String {
    let verdict = match row.verdict {
        Verdict::Information => String::new(),
        other => format!("  [{}]", other.as_str()),
    };
    let target = if row.target.is_empty() {
        String::new()
    } else {
        format!(" (target {})", row.target)
    };
    let beside = if row.beside.is_empty() {
        String::new()
    } else {
        format!("\n       beside: {}", row.beside)
    };
    format!(
        "{:<4} {}\n       {}\n       {}{beside}\n       → {}{target}{verdict}",
        row.figure.to_string(),
        row.figure.title(),
        row.conditions,
        row.measured,
        row.result
    )
}

#[cfg(test)]
mod tests {
    use super::{FigureId, Machine, Row, Verdict, merge};

    fn row(figure: FigureId, result: &str) -> Row {
        Row {
            figure,
            conditions: String::new(),
            measured: String::new(),
            beside: String::new(),
            result: result.to_owned(),
            target: "",
            verdict: Verdict::Met,
        }
    }

    #[test]
    fn a_run_replaces_only_what_it_measured() {
        let machine = Machine {
            cores: 2,
            processor: "x".to_owned(),
            memory_mib: 1,
            kernel: "6".to_owned(),
        };
        let rows = [row(FigureId::F1, "one"), row(FigureId::F10, "ten")];
        let first = merge("# Title\n", &rows, &machine, "2026-01-01");
        let second = merge(
            &format!("{first}\nWords of people.\n"),
            &[row(FigureId::F1, "uno"), row(FigureId::F1, "due")],
            &machine,
            "2026-01-02",
        );
        assert!(second.starts_with("# Title\n"));
        assert!(second.ends_with("\nWords of people.\n"));
        assert!(!second.contains(" one ") && second.contains(" uno ") && second.contains(" due "));
        assert!(second.contains(" ten | "));
        assert_eq!(merge(&second, &[], &machine, "2026-01-03"), second);
    }
}
