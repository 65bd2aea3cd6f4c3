//! `openpile config`: what the server would run with.

use crate::config;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Checks the configuration and prints what is in force, secrets masked
    Check {
        /// Configuration file; without it, the defaults and the environment alone
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

impl Command {
    pub(super) fn run(self) -> ExitCode {
        let Self::Check { config } = self;
        match config::load(config.as_deref()) {
            Ok(loaded) => {
                for warning in &loaded.warnings {
                    eprintln!("warning: {warning}");
                }
                // A reader that went away, as `| head` does, is no failure.
                let _ = std::io::stdout().write_all(loaded.effective.as_bytes());
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }
}
