//! What can go wrong with a payment platform, by what it means for the money.

/// Longest text of a platform that an error keeps, in characters.
const TEXT_CHARS_MAX: usize = 300;

/// A call or a callback failed.
///
/// For a call, [`Self::Refused`], [`Self::Invalid`] and [`Self::Unsupported`] are definitive: it
/// had no effect. All others leave the **outcome unknown**: the platform may have done what was
/// asked, and only a query with the same number tells.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelError {
    /// No complete answer: connection failed, broke, or took too long. Outcome unknown.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// An answer that does not say whether it was done: overloaded, internal error, accepted but
    /// not processed. Outcome unknown.
    #[error("outcome unknown: {code} {message}")]
    Unknown {
        /// The platform's code, or its HTTP status.
        code: String,
        /// The platform's explanation.
        message: String,
    },
    /// The platform did not do it and will not do it later.
    #[error("refused: {code} {message}")]
    Refused {
        /// The platform's code, such as `NOT_ENOUGH`.
        code: String,
        /// The platform's explanation.
        message: String,
    },
    /// The request breaks a rule of the platform that is known here; nothing was sent.
    #[error("not sent: {0}")]
    Invalid(&'static str),
    /// The platform has no such operation; nothing was sent.
    #[error("not sent: the channel has no way to {0}")]
    Unsupported(&'static str),
    /// Not signed, signed by a key that is not known, or not the signature of this message.
    /// After a call: outcome unknown.
    #[error("signature does not match")]
    BadSignature,
    /// Not what the platform documents. After a call: outcome unknown.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Properly signed, but about another app or merchant. After a call: outcome unknown.
    #[error("meant for another app or merchant")]
    WrongMerchant,
    /// The signed timestamp is more than five minutes away from our clock: it may be a replay.
    /// After a call: outcome unknown.
    #[error("timestamp is more than five minutes away from our clock")]
    Expired,
}

impl ChannelError {
    /// Whether a call that failed like this may have had its effect nevertheless. Then query with
    /// the same number; never issue it again under another one.
    pub const fn is_outcome_unknown(&self) -> bool {
        !matches!(
            self,
            Self::Refused { .. } | Self::Invalid(_) | Self::Unsupported(_)
        )
    }

    pub(super) fn unknown(code: &str, message: &str) -> Self {
        Self::Unknown {
            code: readable(code),
            message: readable(message),
        }
    }

    pub(super) fn refused(code: &str, message: &str) -> Self {
        Self::Refused {
            code: readable(code),
            message: readable(message),
        }
    }

    pub(super) fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(readable(&what.into()))
    }

    /// A refusal whose effect has to be asked for all the same.
    pub(super) fn into_unknown(self) -> Self {
        match self {
            Self::Refused { code, message } => Self::Unknown { code, message },
            other => other,
        }
    }
}

/// A platform's text, fit for a log: short and without control characters.
fn readable(text: &str) -> String {
    let shown = text.chars().filter(|c| !c.is_control());
    shown.take(TEXT_CHARS_MAX).collect()
}

/// A channel cannot be set up from its configuration. Never shows the value that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A setting is empty, too long or not of its form.
    #[error("{0}")]
    Setting(&'static str),
    /// A key cannot be read.
    #[error("{0} is not an RSA key of 2048 to 8192 bits in PEM")]
    Key(&'static str),
    /// The HTTP client could not be built.
    #[error("cannot set up the client of the payment platform")]
    Client(#[source] reqwest::Error),
}
