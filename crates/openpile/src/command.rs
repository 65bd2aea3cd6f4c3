//! The command line: one module for each subcommand.

mod config;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Charging operations platform: connects charging devices, starts and stops charges, bills them
/// and tells everybody concerned.
#[derive(Debug, Parser)]
#[command(name = "openpile", version)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Looks at the configuration
    #[command(subcommand)]
    Config(config::Command),
}

impl CommandLine {
    /// Does what the command line says. Failures have been printed when this returns.
    pub fn run(self) -> ExitCode {
        match self.command {
            Command::Config(command) => command.run(),
        }
    }
}
