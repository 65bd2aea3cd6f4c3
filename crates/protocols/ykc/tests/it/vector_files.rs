//! Every line of the vector file.

use device::Direction;
use serde_json::Value;
use ykc::frame::{CrcOrder, parse};
use ykc::inspect;

const FILE: &str = include_str!("../../../../../testdata/protocols/ykc.jsonl");

/// One line.
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) valid: bool,
    /// Length and checksum are right.
    pub(crate) frame_ok: bool,
    pub(crate) value: Value,
}

impl Vector {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        hex::decode(self.text("hex")).expect("hex digits")
    }

    pub(crate) fn is_up(&self) -> bool {
        self.text("direction") == "up"
    }

    pub(crate) fn direction(&self) -> Direction {
        if self.is_up() {
            Direction::Up
        } else {
            Direction::Down
        }
    }

    fn text(&self, key: &str) -> &str {
        self.value[key].as_str().expect("a text")
    }
}

/// All lines.
pub(crate) fn vectors() -> Vec<Vector> {
    let line = |line| {
        let value: Value = serde_json::from_str(line).expect("one JSON object per line");
        Vector {
            name: value["name"].as_str().expect("a name").to_owned(),
            valid: value["valid"] == true,
            frame_ok: value["frame_ok"] == true,
            value,
        }
    };
    FILE.lines().map(line).collect()
}

/// The valid frames with their names.
pub(crate) fn sound_frames() -> Vec<(String, Vec<u8>)> {
    let good = vectors().into_iter().filter(|vector| vector.valid);
    good.map(|vector| (vector.name.clone(), vector.bytes()))
        .collect()
}

#[test]
fn every_header_is_read_as_written() {
    for vector in vectors().iter().filter(|vector| vector.frame_ok) {
        let raw = vector.bytes();
        let frame = parse(&raw).unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(hex::encode_upper(frame.sequence), vector.text("seq_hex"));
        assert_eq!(frame.order.as_str(), vector.text("crc_order"));
        assert_eq!(
            format!("0x{:02X}", u8::from(frame.kind)),
            vector.text("frame_type")
        );
        assert_eq!(
            u64::from(frame.encrypted),
            vector.value["encrypt"].as_u64().expect("a number")
        );
    }
    let swapped = vectors().iter().any(|vector| {
        vector.frame_ok && parse(&vector.bytes()).expect("sound").order == CrcOrder::HighLow
    });
    assert!(swapped, "both orders are in the file");
}

#[test]
fn every_valid_vector_decodes_as_written_and_encodes_again() {
    let mut seen = 0;
    for vector in vectors().iter().filter(|vector| vector.valid) {
        let name = &vector.name;
        let found = inspect::frame(&vector.bytes(), Some(vector.direction()))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let decoded = Value::Object(found.decoded);
        for (key, value) in vector.value["decoded"].as_object().expect("fields") {
            assert_eq!(decoded[key], *value, "{name}: {key}");
        }
        assert_eq!(
            hex::encode_upper(&found.reencoded),
            vector.text("hex"),
            "{name}"
        );
        seen += 1;
    }
    assert_eq!(seen, 87);
}

#[test]
fn every_damaged_vector_is_refused_for_its_reason() {
    let mut seen = 0;
    for vector in vectors().iter().filter(|vector| !vector.frame_ok) {
        let refused = parse(&vector.bytes()).expect_err("damaged");
        let why = vector.text("why_invalid");
        let wanted = if why.starts_with("length byte") {
            "length"
        } else {
            "checksum"
        };
        assert_eq!(refused.kind(), wanted, "{}: {why}", vector.name);
        seen += 1;
    }
    assert_eq!(seen, 32);
}
