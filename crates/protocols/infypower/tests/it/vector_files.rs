//! Every line of the vector file.

use device::Direction;
use infypower::frame::{parse, seal};
use infypower::inspect;
use infypower::{Dialect, codes::Version};
use serde_json::Value;

const FILE: &str = include_str!("../../../../../testdata/protocols/infypower.jsonl");

/// All lines.
pub(crate) fn vectors() -> Vec<Value> {
    FILE.lines()
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

pub(crate) fn dialect(vector: &Value) -> Option<Dialect> {
    Dialect::parse(vector["dialect"].as_str().expect("a dialect"))
}

fn is_frame(vector: &Value) -> bool {
    vector["dialect"] != "stream"
}

/// The complete and valid frames.
pub(crate) fn good_frames() -> Vec<(String, Vec<u8>)> {
    let all = vectors();
    let good = all
        .iter()
        .filter(|vector| is_frame(vector) && vector["valid"] == true);
    good.map(|vector| (vector["name"].to_string(), bytes(vector)))
        .collect()
}

/// Bytes of the reserved words at the front of most bodies.
const RESERVED: std::ops::Range<usize> = 8..12;

#[test]
fn every_valid_vector_decodes_as_written_and_encodes_again() {
    let mut seen = 0;
    for vector in vectors()
        .iter()
        .filter(|vector| is_frame(vector) && vector["valid"] == true)
    {
        let name = &vector["name"];
        let raw = bytes(vector);
        let found = inspect::frame(&raw, Some(direction(vector)), dialect(vector))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        // As text, because the order of the fields counts too.
        let decoded = Value::Object(found.decoded).to_string();
        assert_eq!(decoded, vector["decoded"].to_string(), "{name}");
        assert_eq!(hex::encode(&found.reencoded), hex::encode(&raw), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 54);
}

#[test]
fn vectors_with_an_oddity_say_so_and_no_others() {
    for vector in vectors()
        .iter()
        .filter(|vector| is_frame(vector) && vector["valid"] == true)
    {
        let found = inspect::frame(&bytes(vector), Some(direction(vector)), dialect(vector))
            .expect("a good frame");
        let odd = matches!(
            vector["name"].as_str(),
            Some("lv34_3_set_qr" | "lv34_3_time_sync_foreign_body")
        );
        assert_eq!(
            !found.notes.is_empty(),
            odd,
            "{}: {:?}",
            vector["name"],
            found.notes
        );
    }
}

#[test]
fn every_invalid_frame_is_refused_for_its_reason() {
    let mut seen = 0;
    for vector in vectors()
        .iter()
        .filter(|vector| is_frame(vector) && vector["valid"] == false)
    {
        let raw = bytes(vector);
        let refused = inspect::frame(&raw, None, None).expect_err("invalid");
        let reason = vector["why_invalid"].as_str().expect("a reason");
        assert!(reason.starts_with(refused.kind()), "{reason}: {refused}");
        // The sums that the reason names are those of the error.
        let sums = refused.to_string().to_lowercase();
        for word in reason.split([' ', ',']).filter(|word| word.len() == 2) {
            assert!(
                sums.contains(&format!("0x{}", word.to_lowercase())),
                "{sums}"
            );
        }
        let header = inspect::header(&raw).expect("it begins like a frame");
        for (key, value) in vector["decoded"].as_object().expect("the header") {
            assert_eq!(header.get(key), Some(value), "{key}");
        }
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn look_alikes_with_a_good_checksum_are_not_decoded() {
    for version in [Version::Sunlight, Version::Sse] {
        for (name, raw) in good_frames() {
            let frame = parse(&raw).expect("a good frame");
            let mut foreign = Vec::new();
            let body = |out: &mut Vec<u8>| out.extend_from_slice(frame.body);
            seal(version, frame.seq, frame.cmd, &mut foreign, body).expect("as long as before");
            let found = inspect::frame(&foreign, None, None).expect("framing is right");
            let keys: Vec<&String> = found.decoded.keys().collect();
            assert_eq!(keys, ["length", "version", "seq", "cmd"], "{name}");
        }
    }
}

#[test]
fn encrypted_bodies_are_not_decoded() {
    for (name, raw) in good_frames() {
        let mut hidden = raw.clone();
        hidden[4] |= 0x80;
        let found = inspect::frame(&hidden, None, None).expect("the checksum leaves it out");
        assert_eq!(found.title, "encrypted body", "{name}");
        assert_eq!(found.decoded.len(), 4, "{name}");
    }
}

#[test]
fn a_damaged_version_loses_no_frame() {
    let (_, mut raw) = good_frames().remove(0);
    raw[4] = 0x77;
    let found = inspect::frame(&raw, None, None).expect("the checksum leaves it out");
    assert!(found.decoded.contains_key("pile_code"));
    assert!(!found.notes.is_empty());
}

#[test]
fn rows_cover_every_byte_of_a_frame_once() {
    for vector in vectors()
        .iter()
        .filter(|vector| is_frame(vector) && vector["valid"] == true)
    {
        let name = &vector["name"];
        let raw = bytes(vector);
        let found =
            inspect::frame(&raw, Some(direction(vector)), dialect(vector)).expect("a good frame");
        let mut covered = vec![0_u32; raw.len()];
        for row in &found.rows {
            for times in &mut covered[row.offset..row.offset + row.length] {
                *times += 1;
            }
        }
        assert!(covered.iter().all(|times| *times <= 1), "{name}: overlaps");
        // Reserved bytes are left out.
        let bare = covered.iter().filter(|times| **times == 0).count();
        let text = found.to_string();
        assert!(text.contains("checksum"), "{text}");
        assert!(bare < raw.len(), "{name}");
    }
}

#[test]
fn reserved_words_survive() {
    for (name, raw) in good_frames() {
        let frame = parse(&raw).expect("a good frame");
        if matches!(frame.cmd, 1001..=1012 | 1101..=1104) {
            continue;
        }
        let mut marked = raw[..raw.len() - 1].to_vec();
        marked[RESERVED].copy_from_slice(b"\x08\x00TB");
        let sum = wire::sum8(&marked[6..]);
        marked.push(sum);
        let found = inspect::frame(&marked, None, None).expect("a good frame");
        assert_eq!(
            hex::encode(&found.reencoded),
            hex::encode(&marked),
            "{name}"
        );
    }
}

#[test]
fn a0_05_the_pile_code_is_bytes_5_to_36_of_the_data() {
    let all = vectors();
    let sign_in = all
        .iter()
        .find(|vector| vector["name"] == "infy30_106_signin")
        .expect("the sign-in of the operator's document");
    let raw = bytes(sign_in);
    let data = &raw[8..];
    assert_eq!(
        &data[4..36],
        b"2900300800103\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    );
    let found = inspect::frame(&raw, Some(Direction::Up), None).expect("a good frame");
    assert_eq!(found.decoded["pile_code"], "2900300800103");
}

#[test]
fn the_dialect_is_guessed_from_the_length() {
    for vector in vectors()
        .iter()
        .filter(|vector| is_frame(vector) && vector["valid"] == true)
    {
        let raw = bytes(vector);
        let found = inspect::frame(&raw, None, None).expect("a good frame");
        let decoded = Value::Object(found.decoded).to_string();
        assert_eq!(decoded, vector["decoded"].to_string(), "{}", vector["name"]);
    }
}
