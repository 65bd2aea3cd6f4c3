//! Byte streams: which frames they hold and what is left over.

use crate::frame::{Split, Splitter};
use kernel::Timestamp;
use serde_json::{Map, Value, json};

/// What a stream of bytes holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The good frames.
    pub frames: Vec<Vec<u8>>,
    /// Their commands.
    pub commands: Vec<u16>,
    /// Bytes that belong to none.
    pub discarded: usize,
    /// Bytes at the end that may begin one.
    pub pending: usize,
}

impl Stream {
    /// In the form of the vector file.
    pub fn decoded(&self) -> Map<String, Value> {
        let value = json!({
            "frames_cmd": self.commands,
            "discarded_bytes": self.discarded,
            "pending_bytes": self.pending,
        });
        match value {
            Value::Object(object) => object,
            _ => Map::new(),
        }
    }
}

/// Finds the frames of a stream that comes in the given pieces.
pub fn stream<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Stream {
    let (mut splitter, mut buffer, mut found) =
        (Splitter::default(), Vec::new(), Stream::default());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            let (consumed, split) = splitter.next(&buffer, Timestamp(0));
            let done = match split {
                Split::Frame(frame) => {
                    found.frames.push(frame.raw.to_vec());
                    found.commands.push(frame.cmd);
                    found.discarded += consumed - frame.raw.len();
                    false
                }
                Split::Malformed { .. } => {
                    found.discarded += consumed;
                    false
                }
                Split::Pending { .. } => {
                    found.discarded += consumed;
                    true
                }
            };
            buffer.drain(..consumed);
            if done {
                break;
            }
        }
    }
    found.pending = buffer.len();
    found
}
