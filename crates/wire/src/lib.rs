//! Byte readers and writers, field inspection, checksums and BCD for device protocols.
//!
//! A protocol crate declares its messages with [`message!`] so that they read like the vendor's
//! table; the macro derives decoding, encoding and [inspection](Sheet) from that one table.
//! Nothing here indexes into a slice: every read is bounded, and says on failure which field of
//! which message was too short and where ([`WireError`]).

mod bcd;
mod checksum;
mod code;
mod error;
mod field;
mod list;
mod message;
mod number;
mod reader;
mod sheet;
mod text;
mod writer;

pub use bcd::{bcd_from, bcd_to};
pub use checksum::sum8;
pub use error::{Problem, WireError};
pub use field::{Field, Label};
pub use list::{Counted, CountedBytes, Tail, TooMany};
pub use message::Message;
pub use reader::{ByteOrder, Reader};
pub use sheet::{Row, Sheet};
pub use text::{Digits, Hex8, Hex16, HexBytes, InvalidHex, Text, printable};
pub use writer::Writer;

#[doc(hidden)]
pub use serde_json;
