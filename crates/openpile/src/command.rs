//! The command line: one module for each subcommand.

mod admin;
mod backup;
mod certify;
mod config;
pub(crate) mod decode;
mod demo;
mod doctor;
mod ledger;
mod load;
mod replay;
mod serve;
mod simulate;

use clap::{Parser, Subcommand};
use std::future::Future;
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
    /// Runs the server
    Serve(serve::Serve),
    /// Runs the server with a simulated fleet and sample data, and prints a tour
    Demo(demo::Demo),
    /// Shows what a captured frame says
    Decode(decode::Decode),
    /// Runs simulated devices against any server on this machine
    Simulate(simulate::Simulate),
    /// Measures the server on this machine against the machine's own limits
    Load(load::Load),
    /// Looks at the configuration
    #[command(subcommand)]
    Config(config::Command),
    /// Looks whether what is stored hangs together; ends with 1 when something is wrong
    Doctor(doctor::Doctor),
    /// Looks at the books
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Helps with the accounts of the console
    #[command(subcommand)]
    Admin(admin::Command),
    /// Goes through what devices sent in the past once more, beside the real database
    Replay(replay::Replay),
    /// Copies the embedded database, also while the server runs
    Backup(backup::Backup),
    /// Puts a copy in the place of the embedded database
    Restore(backup::Restore),
    /// Certifies a device of a running server, or simulated ones at the speed of the machine
    Certify(certify::Certify),
}

impl CommandLine {
    /// Does what the command line says. Failures have been printed when this returns.
    pub fn run(self) -> ExitCode {
        match self.command {
            Command::Serve(command) => command.run(),
            Command::Demo(command) => command.run(),
            Command::Decode(command) => command.run(),
            Command::Simulate(command) => command.run(),
            Command::Load(command) => command.run(),
            Command::Config(command) => command.run(),
            Command::Doctor(command) => command.run(),
            Command::Ledger(command) => command.run(),
            Command::Admin(command) => command.run(),
            Command::Replay(command) => command.run(),
            Command::Backup(command) => command.run(),
            Command::Restore(command) => command.run(),
            Command::Certify(command) => command.run(),
        }
    }
}

/// Runs a future on a runtime of its own, on all cores.
fn block_on(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(work),
        Err(error) => {
            eprintln!("cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}
