//! Taking pasted bytes apart. What frames of each family look like is known to their crates alone,
//! so whoever puts the program together brings a reader along.

use serde_json::{Value, json};
use std::fmt::Debug;
use std::sync::Arc;

/// Takes bytes apart.
pub trait FrameReader: Debug + Send + Sync {
    /// What a text of hexadecimal digits says: `valid`, and of one frame its `protocol`, `command`, `title`,
    /// `direction`, `decoded` and `fields`; of a capture its `parts`, each with its `offset` and
    /// `hex`; otherwise `error` and `detail`.
    ///
    /// # Errors
    /// When the text is no bytes, or `protocol` is none that there is.
    fn read(&self, text: &str, protocol: Option<&str>) -> Result<Value, Unread>;
}

/// Why nothing was taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The text is no bytes.
    Text(String),
    /// There is no such protocol.
    Protocol(String),
}

/// A reader in many hands.
pub type SharedFrameReader = Arc<dyn FrameReader>;

/// Understands nothing.
#[derive(Debug)]
pub struct NoFrames;

impl FrameReader for NoFrames {
    fn read(&self, _text: &str, _protocol: Option<&str>) -> Result<Value, Unread> {
        Ok(json!({
            "valid": false,
            "error": "unknown",
            "detail": "this program knows no protocol",
        }))
    }
}
