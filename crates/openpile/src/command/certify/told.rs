//! What comes of it, on standard output and in files.

use anyhow::Context as _;
use app::CertificationView;
use std::path::{Path, PathBuf};

/// Prints the outcome of each check.
pub(super) fn checks(view: &CertificationView) {
    let row = &view.row;
    let score = row
        .score
        .map_or_else(|| "-".to_owned(), |score| score.to_string());
    let result = match row.passed {
        Some(true) => "passed",
        Some(false) => "not passed",
        None => row.state.as_str(),
    };
    println!(
        "{} {} {}: {result}, score {score}",
        row.protocol.as_deref().unwrap_or("-"),
        row.phy_id,
        row.firmware_version.as_deref().unwrap_or("-"),
    );
    for check in &view.checks {
        let reason = check.reason.as_deref().unwrap_or_default();
        println!(
            "  {:8} {:17} {reason}",
            check.state.as_str(),
            check.code.as_str()
        );
    }
    if !row.plan.is_full() {
        println!("  shorter than certification demands: it certifies nothing");
    }
}

/// The file of one device of several.
pub(super) fn file_for(file: &Path, name: Option<&str>) -> PathBuf {
    let Some(name) = name else {
        return file.to_owned();
    };
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let ending = file.extension().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}-{name}.{ending}"))
}

/// Whether a report is for programs.
pub(super) fn is_for_programs(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "json")
}

/// Writes a report.
pub(super) fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}
