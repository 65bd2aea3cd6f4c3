//! Every line of the vector file.

use ap3000::inspect::{self, Inspection};
use ap3000::message::DecodeError;
use device::Direction;
use serde_json::Value;

const FILE: &str = include_str!("../../../../../testdata/protocols/ap3000.jsonl");

/// All lines of the file.
pub(crate) fn vectors() -> Vec<Value> {
    FILE.lines()
        .map(|line| serde_json::from_str(line).expect("one JSON object per line"))
        .collect()
}

pub(crate) fn bytes(vector: &Value) -> Vec<u8> {
    unhex(&vector["hex"])
}

pub(crate) fn unhex(text: &Value) -> Vec<u8> {
    hex::decode(text.as_str().expect("hex")).expect("hex digits")
}

pub(crate) fn direction(vector: &Value) -> Direction {
    match vector["direction"].as_str() {
        Some("up") => Direction::Up,
        _ => Direction::Down,
    }
}

/// A valid frame of the file.
pub(crate) struct Good {
    pub(crate) name: String,
    pub(crate) way: Direction,
    pub(crate) bytes: Vec<u8>,
}

/// The complete and valid frames.
pub(crate) fn good_frames() -> Vec<Good> {
    let all = vectors();
    let good = all
        .iter()
        .filter(|vector| vector["kind"] == "frame" && vector["valid"] == true);
    good.map(|vector| Good {
        name: vector["name"].to_string(),
        way: direction(vector),
        bytes: bytes(vector),
    })
    .collect()
}

fn inspected(vector: &Value) -> Option<Result<Inspection, DecodeError>> {
    let bytes = bytes(vector);
    match vector["kind"].as_str() {
        Some("frame") => Some(inspect::frame(&bytes, Some(direction(vector)))),
        Some("raw") => Some(inspect::raw(&bytes)),
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
        let again = hex::encode_upper(&found.reencoded);
        assert_eq!(again, vector["hex"], "{name}");
        assert_eq!(found.direction, Some(direction(vector)), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 104);
}

#[test]
fn every_invalid_vector_is_refused_for_its_reason() {
    let mut seen = 0;
    for vector in vectors().iter().filter(|vector| vector["valid"] == false) {
        let name = &vector["name"];
        let refused = inspected(vector).expect("a frame").err();
        let refused = refused.unwrap_or_else(|| panic!("{name} was read"));
        assert_eq!(refused.kind(), vector["error"], "{name}");
        seen += 1;
    }
    assert_eq!(seen, 15);
}

#[test]
fn every_stream_gives_its_items_in_any_pieces() {
    let mut seen = 0;
    for vector in vectors().iter().filter(|vector| vector["kind"] == "stream") {
        let name = &vector["name"];
        let whole = bytes(vector);
        let chunks = vector["chunks"].as_array().expect("chunks");
        let chunks: Vec<u8> = chunks.iter().flat_map(unhex).collect();
        assert_eq!(chunks, whole, "{name}");
        let found = inspect::stream(&whole);
        let items: Value = found.items.iter().map(inspect::Found::to_json).collect();
        assert_eq!(items, vector["decoded"]["items"], "{name}");
        let discarded = &vector["decoded"]["discarded_bytes"];
        assert_eq!(found.discarded_bytes, *discarded, "{name}");
        assert_eq!(found.pending_bytes, 0, "{name}");
        seen += 1;
    }
    assert_eq!(seen, 6);
}

#[test]
fn what_is_odd_about_valid_frames_is_said() {
    let notes = |name: &str| {
        let all = vectors();
        let vector = all.iter().find(|vector| vector["name"] == name);
        let found = inspected(vector.expect("in the file")).expect("a frame");
        found.expect("valid").notes
    };
    for odd in ["register20_up_doc", "payload_82_two_bytes", "undoc23_up"] {
        assert_eq!(notes(odd).len(), 1, "{odd}");
    }
    assert_eq!(notes("start82_down_37"), Vec::<String>::new());
}

#[test]
fn rows_cover_every_byte_of_a_frame_once() {
    for good in good_frames() {
        let name = &good.name;
        let found = inspect::frame(&good.bytes, Some(good.way)).expect("valid");
        let mut next = 0;
        for row in &found.rows {
            assert!(row.offset >= next, "{name}: {} overlaps", row.name);
            next = row.offset + row.length;
        }
        assert_eq!(next, good.bytes.len(), "{name}");
        assert!(found.to_string().contains("checksum"), "{name}");
    }
}

#[test]
fn the_direction_is_guessed_where_the_form_tells() {
    let guessed = |good: &Good| inspect::frame(&good.bytes, None).expect("valid").direction;
    let good = good_frames();
    let right = good.iter().filter(|good| guessed(good) == Some(good.way));
    let charge = |good: &&Good| good.name.contains("82_") && !good.name.contains("two_bytes");
    for good in good.iter().filter(charge) {
        assert_eq!(guessed(good), Some(good.way), "{}", good.name);
    }
    // The others read the same both ways: settings of one byte look like their answers.
    assert!(right.count() >= good.len() * 3 / 4);
}
