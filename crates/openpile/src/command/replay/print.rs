//! Findings on standard output.

use super::finding::Finding;
use super::period;
use serde_json::{Value, json};
use std::io::{self, BufWriter, Write as _};

/// Prints all of them; a reader that went away is no failure.
pub(super) fn all(findings: &[Finding], as_json: bool) {
    let mut output = BufWriter::new(io::stdout().lock());
    let printed = if as_json {
        let devices: Vec<Value> = findings.iter().map(object).collect();
        writeln!(output, "{:#}", json!({ "devices": devices }))
    } else {
        findings
            .iter()
            .try_for_each(|found| text(&mut output, found))
    };
    let printed = printed.and_then(|()| output.flush());
    if let Err(error) = printed
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        eprintln!("error: {error}");
    }
}

fn object(found: &Finding) -> Value {
    let entries: Vec<Value> = found
        .entries
        .iter()
        .map(|entry| {
            json!({
                "at_ms": entry.at.0,
                "at": period::text(entry.at),
                "what": entry.what,
                "text": entry.text,
                "data": entry.data,
            })
        })
        .collect();
    json!({
        "device": found.device.as_str(),
        "from": found.from.unix_seconds(),
        "to": found.until.unix_seconds(),
        "entries": entries,
        "differences": found.differences,
        "notes": found.notes,
    })
}

fn text(output: &mut impl io::Write, found: &Finding) -> io::Result<()> {
    writeln!(
        output,
        "device {} from {} to {}",
        found.device,
        period::text(found.from),
        period::text(found.until)
    )?;
    for note in &found.notes {
        writeln!(output, "note: {note}")?;
    }
    for entry in &found.entries {
        let at = period::text(entry.at);
        writeln!(output, "{at}  {:7} {}", entry.what, entry.text)?;
    }
    if found.differences.is_empty() {
        return writeln!(output, "no difference");
    }
    for difference in &found.differences {
        writeln!(output, "DIFFERS  {difference}")?;
    }
    Ok(())
}
