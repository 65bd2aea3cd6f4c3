//! `openpile decode`: what captured bytes say, for an engineer on site and for test suites.

pub(super) mod capture;
pub(super) mod digits;
pub(super) mod family;
pub(super) mod json;
mod lines;
pub(crate) mod pasted;
pub(super) mod reading;
mod text;

use clap::Args;
use reading::Wanted;
use std::io::{self, BufReader, BufWriter, IsTerminal as _, Read as _, Write as _};
use std::process::ExitCode;
use text::Paint;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  openpile decode FCFE0025001500000000018600445945300500110202503630200098\\
0068000000010050002d41fcee
  openpile decode --json 'fc fe 00 12 …'
  openpile decode < capture.txt
  openpile decode --jsonl < testdata/protocols/bkv.jsonl

Exit status: 0 if everything was understood (with --jsonl: if everything was answered), else 1.")]
pub(super) struct Decode {
    /// auto, bkv, gn (the same as bkv), ap3000, ykc, infypower, keda (retired); or a dialect of
    /// infypower: infypower-3.0, lvneng-3.4, shenghong-5.3
    #[arg(long, value_name = "PROTOCOL", default_value = "auto", value_parser = Wanted::parse)]
    protocol: Wanted,
    /// Prints one JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Reads one JSON object per line (hex, and where present name, direction, dialect, kind)
    /// and prints one per line
    #[arg(long, conflicts_with_all = ["json", "hex"])]
    jsonl: bool,
    /// Bytes as hexadecimal digits, with or without blanks, colons and 0x: a frame, a list of BKV
    /// elements, or a capture of many frames. Without it standard input is read
    #[arg(value_name = "HEX")]
    hex: Vec<String>,
}

impl Decode {
    pub(super) fn run(self) -> ExitCode {
        let done = if self.jsonl {
            self.answer_lines()
        } else {
            self.show()
        };
        match done {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }

    fn answer_lines(&self) -> io::Result<bool> {
        let mut input = BufReader::new(io::stdin().lock());
        let mut output = BufWriter::new(io::stdout().lock());
        lines::answer_all(self.protocol, &mut input, &mut output).map(|()| true)
    }

    fn show(self) -> io::Result<bool> {
        let text = if self.hex.is_empty() {
            read_input()?
        } else {
            self.hex.join(" ")
        };
        let bytes = match digits::bytes(&text) {
            Ok(bytes) => bytes,
            Err(error) => {
                eprintln!("error: {error}");
                return Ok(false);
            }
        };
        let (text, understood) = if self.json {
            let found = json::whole(self.protocol, &bytes);
            (format!("{found:#}\n"), found["valid"] == true)
        } else {
            text::whole(self.protocol, &bytes, Paint::new(is_coloured()))
        };
        let mut output = io::stdout().lock();
        match output
            .write_all(text.as_bytes())
            .and_then(|()| output.flush())
        {
            // A reader that went away, as `| head` does, is no failure.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(understood),
        }
    }
}

/// Standard input as text, as far as it is read at all.
fn read_input() -> io::Result<String> {
    if io::stdin().is_terminal() {
        eprintln!("reading hexadecimal digits; end with Ctrl-D");
    }
    let limit = u64::try_from(digits::TEXT_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_coloured() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
}
