//! The table of all alarms in the documentation against the program.

use domain::alarm::{AlarmCode, Level};
use std::fs;
use std::path::Path;

/// A row of the table.
struct Row {
    code: String,
    title: String,
    level: String,
    raised_by: String,
    over: String,
    seen_by: String,
}

fn read(path: &str) -> String {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let file = crates.join(path);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn table() -> Vec<Row> {
    let text = read("../docs/alarms.md");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cells: Vec<String> = line
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().trim_matches('`').to_owned())
            .collect();
        let [code, title, level, _when, raised_by, over, seen_by] =
            <[String; 7]>::try_from(cells).expect("seven cells");
        Row {
            code,
            title,
            level,
            raised_by,
            over,
            seen_by,
        }
    })
    .collect()
}

/// How a source names a cause: by its variant, by its text, or, what devices say of themselves, by
/// the fault.
fn names(source: &str, code: AlarmCode) -> bool {
    let by_fault = source.contains("AlarmCode::of_fault") || source.contains("Alarm::of_fault");
    let (variant, text) = (format!("{code:?}"), format!("\"{}\"", code.as_str()));
    source.contains(&format!("AlarmCode::{variant}"))
        || (source.contains("use AlarmCode::{") && source.contains(&variant))
        || source.contains(&text)
        || (by_fault && code.is_device_exception())
}

/// The body of a function, as far as the next one.
fn body<'a>(source: &'a str, function: &str) -> Option<&'a str> {
    let at = source.find(&format!("fn {function}("))?;
    let rest = &source[at + 3..];
    let ends = ["\n    async fn ", "\n}\n"].map(|end| rest.find(end));
    Some(&rest[..ends.into_iter().flatten().min().unwrap_or(rest.len())])
}

#[test]
fn every_alarm_is_raised_somewhere_and_seen_by_a_test() {
    let rows = table();
    let listed: Vec<&str> = rows.iter().map(|row| row.code.as_str()).collect();
    let all: Vec<&str> = AlarmCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(
        listed, all,
        "the table lists every cause, in the program's order"
    );
    for row in rows {
        let code = AlarmCode::parse(&row.code).expect("known");
        assert_eq!(row.title, code.title(), "{code}");
        assert_eq!(Level::parse(&row.level), Some(code.level()), "{code}");
        let over = if code.recovers() {
            "by itself"
        } else {
            "by hand"
        };
        assert_eq!(row.over, over, "{code}");
        let source = read(&row.raised_by);
        assert!(
            names(&source, code),
            "{} does not raise {code}",
            row.raised_by
        );
        let (file, function) = row.seen_by.split_once("::").expect("file::function");
        let tests = read(file);
        let body = body(&tests, function);
        let body = body.unwrap_or_else(|| panic!("no {} for {code}", row.seen_by));
        assert!(names(body, code), "{} does not see {code}", row.seen_by);
    }
}
