//! What no source file may contain. Each rule names the reason in its message.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file longer than this holds more than one idea.
const LINES_MAX: usize = 700;
/// Crates that are told the time and never ask for it.
const PURE: [&str; 5] = ["kernel/", "wire/", "device/", "protocols/", "domain/"];
/// Where money is counted. Elsewhere a float may show a quantity to a person.
const EXACT: [&str; 3] = ["kernel/src/money.rs", "kernel/src/round.rs", "domain/src/"];
/// Where finished figures become JSON numbers, for which floats are the only form.
const SHOWN: [&str; 2] = ["domain/src/webhook", "domain/src/request/tests.rs"];

/// A Rust source file, its path below `crates/` with forward slashes.
struct Source {
    path: String,
    text: String,
}

fn crates_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All Rust files of the workspace but this crate's own, which must spell what it forbids.
fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&crates_dir(), &mut paths);
    let sources: Vec<Source> = paths
        .into_iter()
        .filter_map(|path| {
            let relative = path.strip_prefix(crates_dir()).ok()?;
            let name = relative.to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path).ok()?;
            Some(Source { path: name, text })
        })
        .filter(|source| !source.path.starts_with("tidy/"))
        .collect();
    assert!(sources.len() > 20, "the sources could not be read");
    sources
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a readable folder");
    for path in entries.map(|entry| entry.expect("a readable entry").path()) {
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

impl Source {
    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }

    /// The lines that are no comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn lines_with<'a>(&'a self, words: &'a [&str]) -> impl Iterator<Item = String> + 'a {
        self.code()
            .filter(|(_, line)| words.iter().any(|word| line.contains(word)))
            .map(|(index, line)| format!("{}:{}: {}", self.path, index + 1, line.trim()))
    }
}

/// Fails with every place in the chosen sources where one of `words` stands in code.
fn forbid(reason: &str, words: &[&str], applies: impl Fn(&Source) -> bool) {
    let sources = sources();
    let chosen = sources.iter().filter(|source| applies(source));
    let found: Vec<String> = chosen.flat_map(|source| source.lines_with(words)).collect();
    assert!(found.is_empty(), "{reason}:\n{}", found.join("\n"));
}

#[test]
fn sql_is_written_in_store_only() {
    let statements = [
        "SELECT ",
        "INSERT INTO",
        "DELETE FROM",
        "CREATE TABLE",
        "ALTER TABLE",
        "ON CONFLICT",
        "insert into ",
        "delete from ",
        "create table ",
        "select * from",
    ];
    forbid("SQL belongs to the store crate", &statements, |source| {
        !source.is_in(&["store/", "testkit/"]) && source.path.contains("/src/")
    });
}

#[test]
fn pure_crates_never_ask_for_the_time() {
    let clocks = [
        "SystemTime::now",
        "Instant::now",
        "Utc::now",
        "Timestamp::now",
        "Zoned::now",
    ];
    forbid("time is passed in as kernel::Timestamp", &clocks, |s| {
        s.is_in(&PURE)
    });
}

#[test]
fn money_is_counted_in_integers() {
    forbid(
        "count in Fen, Energy and Price, never in floats",
        &["f32", "f64"],
        |s| s.is_in(&EXACT) && !s.is_in(&SHOWN),
    );
}

#[test]
fn lints_are_expected_not_allowed() {
    let allow = ["#[allow(", "#![allow("];
    forbid(
        "use #[expect(lint, reason = …)]: it reports when it became needless",
        &allow,
        |_| true,
    );
}

/// Elsewhere the examples of the documentation are not looked for, which takes seconds a crate.
#[test]
fn examples_in_documentation_are_run() {
    const RUN: [&str; 2] = ["store/", "wire/"];
    let sources = sources();
    let elsewhere = sources.iter().filter(|source| !source.is_in(&RUN));
    let found: Vec<String> = elsewhere
        .flat_map(|source| {
            let comments = source.text.lines().enumerate().filter_map(|(index, line)| {
                let line = line.trim_start();
                let text = line.strip_prefix("///").or(line.strip_prefix("//!"))?;
                Some((index, text.trim().strip_prefix("```")?))
            });
            comments
                .step_by(2)
                .filter(|(_, language)| *language != "text")
                .map(|(index, _)| format!("{}:{}", source.path, index + 1))
                .collect::<Vec<_>>()
        })
        .collect();
    let reason = "an example that nobody runs: take `doctest = false` out of its crate";
    assert!(found.is_empty(), "{reason}:\n{}", found.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    let marks = ["TODO", "FIXME", "todo!(", "unimplemented!("];
    let found: Vec<String> = sources()
        .iter()
        .flat_map(|source| {
            let lines = source.text.lines().enumerate();
            lines
                .filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)))
                .map(|(index, line)| format!("{}:{}: {}", source.path, index + 1, line.trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(
        found.is_empty(),
        "finish it or describe it in docs/:\n{}",
        found.join("\n")
    );
}

#[test]
fn files_hold_one_idea() {
    for source in sources() {
        let lines = source.text.lines().count();
        assert!(
            lines <= LINES_MAX,
            "{} has {lines} lines, split it",
            source.path
        );
    }
}

#[test]
fn every_source_file_is_documented() {
    let undocumented: Vec<String> = sources()
        .into_iter()
        .filter(|source| {
            let is_root = source.path.ends_with("/lib.rs") || source.path.ends_with("/main.rs");
            if is_root {
                !source.text.starts_with("//!")
            } else {
                !source.text.contains("//!") && !source.text.contains("///")
            }
        })
        .filter(|source| source.path.contains("/src/") && !is_test_file(&source.path))
        .map(|source| source.path)
        .collect();
    assert!(
        undocumented.is_empty(),
        "say what these are for: {undocumented:#?}"
    );
}

fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// The repository must mean the same on every machine.
#[test]
fn no_file_points_outside_the_repository() {
    let places = ["../shared", "/work/", "/home/", "/root/"];
    let mut paths = Vec::new();
    for folder in [
        "crates", "configs", "docs", "scripts", "testdata", "fuzz", ".ci", "Makefile",
    ] {
        collect_texts(&crates_dir().join("..").join(folder), &mut paths);
    }
    let mut found = Vec::new();
    for path in paths
        .iter()
        .filter(|path| !path.ends_with("tidy/tests/sources.rs"))
    {
        let text = fs::read_to_string(path).unwrap_or_default();
        for place in places.iter().filter(|place| text.contains(**place)) {
            found.push(format!("{}: {place}", path.display()));
        }
    }
    assert!(found.is_empty(), "machine paths:\n{}", found.join("\n"));
}

/// Files below `path` that may hold text, build results aside.
fn collect_texts(path: &Path, paths: &mut Vec<PathBuf>) {
    const SKIPPED: [&str; 4] = ["target", "corpus", "artifacts", "node_modules"];
    if path.is_file() {
        paths.push(path.to_path_buf());
    } else if path.is_dir() && !SKIPPED.iter().any(|name| path.ends_with(name)) {
        for entry in fs::read_dir(path).expect("a readable folder") {
            collect_texts(&entry.expect("a readable entry").path(), paths);
        }
    }
}

/// The names of figures in a text: `openpile_…`, as far as it goes.
fn figures(text: &str, before: char, after: &[char]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for piece in text.split(before).skip(1) {
        let end = piece.find(after).unwrap_or(piece.len());
        let name = &piece[..end];
        let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
        if name.starts_with("openpile_") && name.chars().all(is_name) {
            found.insert(name.to_owned());
        }
    }
    found
}

#[test]
fn every_figure_is_explained() {
    let guide = crates_dir().join("../docs/guide/metrics.md");
    let guide = fs::read_to_string(guide).expect("the page about figures");
    let rows: String = guide
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let explained = figures(&rows, '`', &['`']);
    let mut counted = BTreeSet::new();
    for source in sources() {
        let macros = ["counter!(", "gauge!(", "histogram!("];
        for piece in macros
            .iter()
            .flat_map(|name| source.text.split(name).skip(1))
        {
            counted.extend(figures(
                piece.trim_start().get(..80).unwrap_or(piece),
                '"',
                &['"'],
            ));
        }
    }
    let missing: Vec<_> = counted.difference(&explained).collect();
    let gone: Vec<_> = explained.difference(&counted).collect();
    assert!(
        counted.len() > 40,
        "the sources were read: {}",
        counted.len()
    );
    assert!(
        missing.is_empty(),
        "not in docs/guide/metrics.md: {missing:?}"
    );
    assert!(gone.is_empty(), "nobody counts them any more: {gone:?}");
}
