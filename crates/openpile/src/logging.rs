//! Logs: one event per line on standard output, as flat JSON or as text for people.
//!
//! A JSON line has `time`, `level`, `target`, `msg`, then the fields of the spans around the
//! event from the outermost inwards, then the event's own: all on one level, so that a line can
//! be searched with nothing but `grep`. Where a name occurs twice, the innermost value stays.

mod fields;
mod json;

#[cfg(test)]
mod tests;

pub use json::JsonLines;

use crate::config::{Log, LogFormat};
use std::io::IsTerminal as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

/// Sends the events of this process to standard output from now on.
///
/// # Errors
/// Something else already receives them.
pub fn init(log: &Log) -> Result<(), TryInitError> {
    let registry = tracing_subscriber::registry().with(log.level.targets());
    match log.format {
        LogFormat::Json => registry.with(JsonLines::to(std::io::stdout)).try_init(),
        LogFormat::Text => {
            let text = tracing_subscriber::fmt::layer().with_ansi(std::io::stdout().is_terminal());
            registry.with(text).try_init()
        }
    }
}
