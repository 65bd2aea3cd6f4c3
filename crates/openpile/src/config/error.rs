use serde::de::{Expected, Unexpected};
use std::fmt;
use std::sync::Arc;

/// Where a configuration value was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In a file.
    File {
        /// The file's name as it was given.
        file: Arc<str>,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// In an environment variable of this name.
    Variable(Arc<str>),
    /// It is the content of this file, which holds a secret.
    SecretFile(Arc<str>),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::SecretFile(file) => f.write_str(file),
        }
    }
}

/// Why a configuration was refused: where, which key, what is wrong with it.
///
/// Reads `production.yaml:3:11: http.listen: invalid socket address syntax`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// Where the offending text stands.
    pub origin: Option<Origin>,
    /// The key, sections joined by dots; empty at the top.
    pub path: String,
    /// What is wrong. Never repeats a secret.
    pub message: String,
}

impl ConfigError {
    pub(super) fn new(origin: &Origin, path: &str, message: impl Into<String>) -> Self {
        Self {
            origin: Some(origin.clone()),
            path: path.to_owned(),
            message: message.into(),
        }
    }

    pub(super) fn bare(message: impl Into<String>) -> Self {
        Self {
            origin: None,
            path: String::new(),
            message: message.into(),
        }
    }

    /// Fills in the place, unless a deeper level has already named a closer one.
    pub(super) fn at(mut self, origin: &Origin) -> Self {
        self.origin.get_or_insert_with(|| origin.clone());
        self
    }

    /// Says that the error lies below `key`.
    pub(super) fn below(mut self, key: &str) -> Self {
        self.path = match self.path.as_str() {
            "" => key.to_owned(),
            rest if rest.starts_with('[') => format!("{key}{rest}"),
            rest => format!("{key}.{rest}"),
        };
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(origin) = &self.origin {
            write!(f, "{origin}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

impl serde::de::Error for ConfigError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::bare(message.to_string())
    }

    /// A text may be a secret that stands where a list or a section belongs: it is not repeated.
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Str(_) => Self::bare(format!("expected {expected}, found a single value")),
            other => Self::bare(format!("invalid type: {other}, expected {expected}")),
        }
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::bare(unknown_key(field, expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::bare(format!("key `{field}` is missing"))
    }
}

/// The message for a key that does not exist.
pub(super) fn unknown_key(key: &str, known: &[&str]) -> String {
    format!("unknown key `{key}`, expected one of: {}", known.join(", "))
}
