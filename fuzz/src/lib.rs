//! What the fuzz targets do with bytes. Each function takes any bytes, never panics on correct
//! code, and fails by panicking where a promise of the code is broken.
//!
//! `crates/openpile/tests/corpus.rs` runs every file of the corpus through them as a plain test.

mod codec;
mod link;
mod parsers;

// The decoder of the command line is part of the program, which nobody wants to build for this.
#[path = "../../crates/openpile/src/command/decode/capture.rs"]
mod capture;
#[path = "../../crates/openpile/src/command/decode/digits.rs"]
mod digits;
#[path = "../../crates/openpile/src/command/decode/family.rs"]
mod family;
#[path = "../../crates/openpile/src/command/decode/json.rs"]
mod json;
#[path = "../../crates/openpile/src/command/decode/lines.rs"]
mod lines;
#[path = "../../crates/openpile/src/command/decode/reading.rs"]
mod reading;
#[path = "../../crates/openpile/src/command/decode/text.rs"]
mod text;

pub use codec::{bkv_decode, bkv_elements, bkv_frame};
pub use link::bkv_link;
pub use parsers::{decode_jsonl, start_request};
