use serde::{Deserialize, Deserializer, de};
use tracing_subscriber::filter::{LevelFilter, Targets};

/// What is logged: a level for everything, levels for single modules, or both:
/// `info,gateway=debug`.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLevel {
    text: String,
    targets: Targets,
}

impl LogLevel {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same as a filter.
    pub fn targets(&self) -> Targets {
        self.targets.clone()
    }
}

impl<'de> Deserialize<'de> for LogLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut targets = Targets::new();
        for part in text.split(',').map(str::trim) {
            let (module, level) = match part.split_once('=') {
                Some((module, level)) => (Some(module), level),
                None => (None, part),
            };
            let level: LevelFilter = level
                .parse()
                .map_err(|_| de::Error::custom(format!("`{level}` is no log level")))?;
            targets = match module {
                Some(module) => targets.with_target(module, level),
                None => targets.with_default(level),
            };
        }
        Ok(Self { text, targets })
    }
}
