//! Every line of the vector files.

use bkv::inspect;
use device::Direction;
use serde_json::Value;

const FILES: [&str; 2] = [
    include_str!("../../../../../testdata/protocols/bkv.jsonl"),
    include_str!("../../../../../testdata/protocols/bkv-v8.6.jsonl"),
];

/// All lines of both files.
pub(crate) fn vectors() -> Vec<Value> {
    FILES
        .iter()
        .flat_map(|file| file.lines())
        .map(|line| serde_json::from_str(line).expect("one JSON object per line"))
        .collect()
}

pub(crate) fn bytes(vector: &Value) -> Vec<u8> {
    hex::decode(vector["hex"].as_str().expect("hex")).expect("hex digits")
}

pub(crate) fn direction(vector: &Value) -> Direction {
    match vector["direction"].as_str() {
        Some("up") => Direction::Up,
        _ => Direction::Down,
    }
}

/// The complete and valid frames of both files.
pub(crate) fn good_frames() -> Vec<(String, Vec<u8>)> {
    let all = vectors();
    let good = all
        .iter()
        .filter(|vector| vector["kind"] == "frame" && vector["valid"] == true);
    good.map(|vector| (vector["name"].to_string(), bytes(vector)))
        .collect()
}

fn inspected(vector: &Value) -> Option<Result<inspect::Inspection, bkv::message::DecodeError>> {
    let (bytes, way) = (bytes(vector), Some(direction(vector)));
    match vector["kind"].as_str() {
        Some("frame") => Some(inspect::frame(&bytes, way)),
        Some("bkv") => Some(inspect::elements(&bytes, way)),
        _ => None,
    }
}

#[test]
fn every_valid_vector_decodes_as_written_and_encodes_again() {
    let mut seen = 0;
    for vector in vectors().iter().filter(|vector| vector["valid"] == true) {
        let name = &vector["name"];
        let Some(found) = inspected(vector) else {
            continue;
        };
        let found = found.unwrap_or_else(|error| panic!("{name}: {error}"));
        // As text, because the order of the fields counts too.
        let decoded = Value::Object(found.decoded).to_string();
        assert_eq!(decoded, vector["decoded"].to_string(), "{name}");
        assert_eq!(hex::encode(&found.reencoded), vector["hex"], "{name}");
        assert_eq!(found.notes, Vec::<String>::new(), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 77);
}

#[test]
fn every_invalid_vector_is_refused_for_its_reason() {
    let mut seen = 0;
    for vector in vectors().iter().filter(|vector| vector["valid"] == false) {
        let refused = inspected(vector).expect("a frame").expect_err("invalid");
        assert_eq!(
            refused.kind(),
            vector["decoded"]["error"],
            "{}",
            vector["name"]
        );
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn rows_cover_every_byte_of_a_frame_once() {
    for (name, bytes) in good_frames() {
        let found = inspect::frame(&bytes, None).expect("valid");
        let mut next = 0;
        for row in &found.rows {
            // Lists are shown by their items: their own key and length stand between.
            assert!(row.offset >= next, "{name}: {} overlaps", row.name);
            next = row.offset + row.length;
        }
        assert_eq!(next, bytes.len(), "{name}");
        let table = found.to_string();
        assert!(table.contains("checksum"), "{table}");
    }
}

#[test]
fn the_other_direction_is_refused() {
    for (name, bytes) in good_frames() {
        let up = inspect::frame(&bytes, Some(Direction::Up));
        let down = inspect::frame(&bytes, Some(Direction::Down));
        assert!(up.is_ok() != down.is_ok(), "{name}");
        let refused = up.err().or(down.err()).expect("one of them");
        assert_eq!(refused.kind(), "direction", "{name}");
    }
}

#[test]
fn the_stream_vector_delivers_its_frames() {
    let all = vectors();
    for vector in all.iter().filter(|vector| vector["kind"] == "stream") {
        let found = inspect::stream(&bytes(vector));
        let wanted: Vec<Vec<u8>> = vector["decoded"]["frames"]
            .as_array()
            .expect("names")
            .iter()
            .map(|name| {
                bytes(
                    all.iter()
                        .find(|other| other["name"] == *name)
                        .expect("known"),
                )
            })
            .collect();
        assert_eq!(found.frames, wanted);
        assert_eq!(found.pending_bytes, vector["decoded"]["pending_bytes"]);
        assert!(!found.malformed.is_empty());
    }
}
