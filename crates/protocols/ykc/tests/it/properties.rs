//! Whatever a body contains: reading never panics, and what was read is written as it came.

use crate::vector_files::{sound_frames, vectors};
use proptest::prelude::*;
use ykc::codes::FrameType;
use ykc::frame::{CrcOrder, LENGTH_MIN, parse, seal};
use ykc::inspect;
use ykc::message::{Body, DecodeError, Record, decode};

fn orders() -> impl Strategy<Value = CrcOrder> {
    prop_oneof![Just(CrcOrder::LowHigh), Just(CrcOrder::HighLow)]
}

fn sealed(kind: u8, sequence: [u8; 2], order: CrcOrder, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    seal(FrameType::from(kind), sequence, order, &mut out, |out| {
        out.extend_from_slice(body);
    })
    .expect("short enough");
    out
}

/// Reads, writes, reads: the bytes and the message must be the same.
fn survives(raw: &[u8]) -> Result<(), DecodeError> {
    let frame = parse(raw)?;
    let message = decode(&frame)?;
    let mut again = Vec::new();
    message
        .seal(frame.sequence, frame.order, &mut again)
        .expect("as long as it was");
    assert_eq!(hex::encode(&again), hex::encode(raw));
    let reread = decode(&parse(&again).expect("a frame")).expect("a message");
    assert_eq!(reread, message);
    let shown = inspect::frame(raw, None).expect("a message");
    assert_eq!(shown.reencoded, raw);
    assert!(!shown.to_string().is_empty());
    Ok(())
}

#[test]
fn every_length_of_every_type_is_read_or_refused() {
    for kind in 0..=u8::MAX {
        for length in usize::from(LENGTH_MIN) - 4..=251 {
            let raw = sealed(kind, [1, 2], CrcOrder::LowHigh, &vec![1; length]);
            match survives(&raw) {
                Ok(()) => {}
                Err(error) => assert_eq!(error.kind(), "length", "{kind:#04x} of {length}"),
            }
        }
    }
}

#[test]
fn a_body_cut_short_is_refused_and_a_longer_one_keeps_its_tail() {
    for (name, raw) in sound_frames() {
        let frame = parse(&raw).expect("sound");
        let kind = u8::from(frame.kind);
        let whole = frame.body.len();
        for end in usize::from(LENGTH_MIN) - 4..whole {
            let cut = sealed(kind, frame.sequence, frame.order, &frame.body[..end]);
            let message = decode(&parse(&cut).expect("a frame"));
            match message.map(|message| message.body) {
                // A record of any length from 24 bytes on tells whose it is.
                Ok(Body::OddRecord(record)) => assert_eq!(record.rest.0.len(), end - 24),
                // Five periods cut to the length of four: only the checksum tells.
                Ok(Body::Record(_)) => assert_eq!((whole, end), (Record::FIVE, Record::FOUR)),
                // The card of a balance answer may be missing, and answers about cards list as
                // many as there are.
                Ok(Body::BalanceAnswer(_) | Body::CardsCleared(_) | Body::CardsFound(_)) => {}
                Ok(other) => panic!("{name} cut at {end} reads as {other:?}"),
                Err(error) => assert_eq!(error.kind(), "length", "{name} cut at {end}"),
            }
        }
        if whole < 240 {
            let body = [frame.body, &[0xAB; 3]].concat();
            let longer = sealed(kind, frame.sequence, frame.order, &body);
            match survives(&longer) {
                Ok(()) => {}
                Err(error) => assert_eq!(error.kind(), "length", "{name}"),
            }
        }
    }
}

/// What a platform must not act on although length and checksum are right.
#[test]
fn sound_frames_with_odd_bodies_are_refused_or_noted() {
    for vector in vectors() {
        if vector.valid || !vector.frame_ok {
            continue;
        }
        let raw = vector.bytes();
        match inspect::frame(&raw, None) {
            Err(error) => {
                let encrypted = vector.value["encrypt"] == 1;
                let wanted = if encrypted { "encrypted" } else { "length" };
                assert_eq!(error.kind(), wanted, "{}", vector.name);
            }
            Ok(found) => {
                let unknown = found.title == "unknown type";
                assert!(unknown || !found.notes.is_empty(), "{}", vector.name);
                assert_eq!(found.reencoded, raw, "{}", vector.name);
            }
        }
    }
}

#[test]
fn rows_cover_every_byte_of_a_frame_once() {
    for (name, bytes) in sound_frames() {
        let found = inspect::frame(&bytes, None).expect("valid");
        let mut next = 0;
        for row in &found.rows {
            assert_eq!(row.offset, next, "{name}: {}", row.name);
            next = row.offset + row.length;
        }
        assert_eq!(next, bytes.len(), "{name}");
        assert_eq!(found.notes, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_other_direction_is_refused() {
    use device::Direction::{Down, Up};
    for (name, bytes) in sound_frames() {
        let up = inspect::frame(&bytes, Some(Up));
        let down = inspect::frame(&bytes, Some(Down));
        assert!(up.is_ok() != down.is_ok(), "{name}");
        let refused = up.err().or(down.err()).expect("one of them");
        assert_eq!(refused.kind(), "direction", "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_body_of_any_type_survives(
        kind in any::<u8>(),
        sequence in any::<[u8; 2]>(),
        order in orders(),
        body in proptest::collection::vec(any::<u8>(), 7..251),
    ) {
        let raw = sealed(kind, sequence, order, &body);
        match survives(&raw) {
            Ok(()) => {}
            Err(error) => prop_assert_eq!(error.kind(), "length"),
        }
    }

    /// A sound frame whose body was changed is read or refused, never misread.
    #[test]
    fn changed_bodies_of_real_frames_survive(
        index in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        order in orders(),
    ) {
        let good = sound_frames();
        let (_, raw) = index.get(&good);
        let frame = parse(raw).expect("valid");
        let mut body = frame.body.to_vec();
        for (place, value) in changes {
            let place = place.index(body.len());
            body[place] = value;
        }
        let changed = sealed(u8::from(frame.kind), frame.sequence, order, &body);
        match survives(&changed) {
            Ok(()) => {}
            Err(error) => prop_assert_eq!(error.kind(), "length"),
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..260)) {
        let _ = inspect::frame(&bytes, None);
        let _ = parse(&bytes);
    }
}
