//! Logs: one event per line on standard output, as flat JSON or as text for people.
//!
//! A JSON line has `time`, `level`, `target`, `msg`, then the fields of the spans around the
//! event from the outermost inwards, then the event's own: all on one level, so that a line can
//! be searched with nothing but `grep`. Where a name occurs twice, the innermost value stays.

mod fields;
#[cfg(feature = "otel")]
mod flows;
mod json;

#[cfg(test)]
mod tests;

pub use json::JsonLines;

use crate::config::{HttpUrl, Log, LogFormat, Otel};
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

/// What sends spans, until it is told to finish.
#[derive(Default)]
pub struct Exporting {
    #[cfg(feature = "otel")]
    flows: Option<flows::Sending>,
}

impl Exporting {
    /// Sends what is left; waits for a few seconds at most.
    pub fn finish(self) {
        #[cfg(feature = "otel")]
        if let Some(flows) = self.flows {
            flows.finish();
        }
    }
}

/// As [`init`]; where the configuration names a collector, the spans of flows go there as well.
///
/// # Errors
/// Something else receives the events already, the collector's address cannot be used, or the
/// program was built without the feature that it takes.
pub fn init_exporting(log: &Log, otel: &Otel) -> anyhow::Result<Exporting> {
    if let Some(endpoint) = &otel.endpoint {
        return export(log, endpoint);
    }
    init(log)?;
    Ok(Exporting::default())
}

#[cfg(not(feature = "otel"))]
fn export(_: &Log, endpoint: &HttpUrl) -> anyhow::Result<Exporting> {
    anyhow::bail!(
        "otel.endpoint is {}, and this program was built without the feature otel \
         (cargo build --features otel)",
        endpoint.as_str()
    )
}

#[cfg(feature = "otel")]
fn export(log: &Log, endpoint: &HttpUrl) -> anyhow::Result<Exporting> {
    use tracing_subscriber::Layer as _;
    let (layer, sending) = flows::layer(endpoint)?;
    // The filter of the log must not hide from the collector what the log leaves out.
    let registry = tracing_subscriber::registry().with(layer.with_filter(flows::only()));
    let wanted = log.level.targets();
    match log.format {
        LogFormat::Json => {
            let lines = JsonLines::to(std::io::stdout).with_filter(wanted);
            registry.with(lines).try_init()?;
        }
        LogFormat::Text => {
            let text = tracing_subscriber::fmt::layer().with_ansi(std::io::stdout().is_terminal());
            registry.with(text.with_filter(wanted)).try_init()?;
        }
    }
    Ok(Exporting {
        flows: Some(sending),
    })
}
