//! Items found in byte streams.

use crate::vector_files::{bytes, good_frames, vectors};
use ap3000::frame::{PENDING_MAX, Split, Splitter, parse};
use kernel::Timestamp;
use proptest::prelude::*;
use std::time::Duration;

/// A connection's ear: the buffer that a link keeps around its splitter.
#[derive(Default)]
struct Ear {
    splitter: Splitter,
    buffer: Vec<u8>,
    heard: Heard,
    deadline: Option<Timestamp>,
}

/// What came out of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Heard {
    items: Vec<Vec<u8>>,
    malformed: Vec<&'static str>,
    dropped: usize,
}

impl Ear {
    fn hear(&mut self, bytes: &[u8], now: Timestamp) {
        self.buffer.extend_from_slice(bytes);
        self.splitter.received(now);
        self.read(now);
    }

    fn read(&mut self, now: Timestamp) {
        loop {
            let (consumed, split) = self.splitter.next(&self.buffer, now);
            self.heard.dropped += consumed - split.good_bytes();
            match split {
                Split::Frame(frame) => self.heard.items.push(frame.raw.to_vec()),
                Split::Link => self.heard.items.push(b"link".to_vec()),
                Split::Iccid(iccid) => self.heard.items.push(iccid.to_vec()),
                Split::Malformed { error, .. } => self.heard.malformed.push(error.kind()),
                Split::Pending { deadline } => {
                    self.deadline = deadline;
                    self.buffer.drain(..consumed);
                    return;
                }
            }
            self.buffer.drain(..consumed);
        }
    }
}

fn heard(pieces: &[&[u8]]) -> (Heard, Vec<u8>) {
    let mut ear = Ear::default();
    for piece in pieces {
        ear.hear(piece, Timestamp::default());
    }
    (ear.heard, ear.buffer)
}

/// Every line of the file one after the other, the damaged ones too, with noise between.
fn dirty_stream() -> Vec<u8> {
    let mut stream = Vec::new();
    for vector in vectors() {
        stream.extend(bytes(&vector));
        stream.extend([0, 0, 0, 0, 0, 0, 1, 0, 0]);
    }
    // What the last damaged length still waits for.
    stream.extend([0; 512]);
    stream
}

#[test]
fn any_split_gives_the_same_items() {
    for vector in vectors().iter().filter(|vector| vector["kind"] == "stream") {
        let stream = bytes(vector);
        let whole = heard(&[&stream]);
        for at in 0..=stream.len() {
            let (front, back) = stream.split_at(at);
            assert_eq!(heard(&[front, back]), whole, "{} at {at}", vector["name"]);
        }
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(heard(&single), whole);
    }
}

#[test]
fn a_whole_capture_is_read_in_any_pieces() {
    let stream = dirty_stream();
    let whole = heard(&[&stream]);
    let good = good_frames().len();
    assert!(
        whole.0.items.len() >= good,
        "{} of {good}",
        whole.0.items.len()
    );
    for size in [1, 2, 3, 7, 64, 1000] {
        let pieces: Vec<&[u8]> = stream.chunks(size).collect();
        assert_eq!(heard(&pieces), whole, "pieces of {size}");
    }
}

#[test]
fn every_byte_is_delivered_dropped_or_pending() {
    let stream = dirty_stream();
    let (heard, pending) = heard(&[&stream]);
    let delivered: usize = heard.items.iter().map(Vec::len).sum();
    assert_eq!(delivered + heard.dropped + pending.len(), stream.len());
    let is = |wanted: &'static str| heard.malformed.contains(&wanted);
    assert!(is("bad_checksum") && is("bad_length"));
}

#[test]
fn a_truncated_frame_waits_at_every_length() {
    for good in good_frames() {
        for end in 0..good.bytes.len() {
            let front = &good.bytes[..end];
            let (heard, pending) = heard(&[front]);
            assert_eq!(heard, Heard::default(), "{} cut at {end}", good.name);
            assert_eq!(pending, front, "{} cut at {end}", good.name);
            assert!(parse(front).is_err());
        }
    }
}

#[test]
fn one_flipped_bit_is_never_taken_for_the_frame() {
    for good in good_frames() {
        for place in 0..good.bytes.len() * 8 {
            let mut damaged = good.bytes.clone();
            damaged[place / 8] ^= 1 << (place % 8);
            assert!(parse(&damaged).is_err(), "{}: bit {place}", good.name);
            let (heard, _) = heard(&[&damaged]);
            // A SIM number in the data of a damaged frame looks like a bare one.
            let frames = heard.items.iter().filter(|item| item.starts_with(b"DNY"));
            assert_eq!(frames.count(), 0, "{}: bit {place}", good.name);
        }
    }
}

/// The sum alone does not see these; the length does.
#[test]
fn a_lost_or_inserted_zero_is_seen_by_the_length() {
    for good in good_frames() {
        for place in 12..good.bytes.len() - 2 {
            let mut longer = good.bytes.clone();
            longer.insert(place, 0);
            assert!(parse(&longer).is_err(), "{}: {place}", good.name);
            if good.bytes[place] == 0 {
                let mut shorter = good.bytes.clone();
                shorter.remove(place);
                assert!(parse(&shorter).is_err(), "{}: {place}", good.name);
            }
        }
    }
}

#[test]
fn the_rest_of_a_frame_may_take_five_seconds() {
    let frame = good_frames().remove(0).bytes;
    let start = Timestamp(1_000_000);
    let after = |time: Duration| start + time;
    let second = Duration::from_secs(1);

    let mut patient = Ear::default();
    patient.hear(&frame[..10], start);
    assert_eq!(patient.deadline, Some(after(PENDING_MAX)));
    patient.hear(&frame[10..], after(second * 4));
    assert_eq!(patient.heard.items, std::slice::from_ref(&frame));
    assert_eq!(patient.deadline, None);

    // A damaged length that would swallow the following frames.
    let mut damaged = frame.clone();
    damaged[4] = 1;
    let mut overdue = Ear::default();
    overdue.hear(&damaged, start);
    overdue.read(after(PENDING_MAX));
    overdue.hear(&frame, after(second * 6));
    assert_eq!(overdue.heard.items, std::slice::from_ref(&frame));

    let mut unasked = Ear::default();
    unasked.hear(&frame[..10], start);
    unasked.hear(&frame, after(second * 6));
    assert_eq!(unasked.heard.items, [frame], "nobody asked at the deadline");
}

proptest! {
    #[test]
    fn garbage_never_panics_and_every_byte_is_accounted(
        garbage in proptest::collection::vec(
            prop_oneof![
                Just(b'D'), Just(b'N'), Just(b'Y'), Just(b'8'), Just(b'9'), Just(b'l'),
                Just(0), Just(1), any::<u8>()
            ],
            0..800,
        ),
        size in 1_usize..60,
    ) {
        let pieces: Vec<&[u8]> = garbage.chunks(size).collect();
        let (heard, pending) = heard(&pieces);
        let delivered: usize = heard.items.iter().map(Vec::len).sum();
        prop_assert_eq!(delivered + heard.dropped + pending.len(), garbage.len());
    }

    /// Garbage that cannot begin anything never costs a frame.
    #[test]
    fn good_frames_among_garbage_are_all_found(
        picks in proptest::collection::vec((any::<prop::sample::Index>(), "[^D8l]{0,20}"), 1..12),
        size in 1_usize..50,
    ) {
        let good = good_frames();
        let mut stream = Vec::new();
        let mut wanted = Vec::new();
        for (index, garbage) in &picks {
            stream.extend(garbage.bytes());
            let frame = index.get(&good);
            stream.extend_from_slice(&frame.bytes);
            wanted.push(frame.bytes.clone());
        }
        let pieces: Vec<&[u8]> = stream.chunks(size).collect();
        prop_assert_eq!(heard(&pieces).0.items, wanted);
    }

    /// Garbage of any kind never hides a frame that more bytes than a frame can have follow.
    #[test]
    fn a_frame_after_any_garbage_is_found_in_the_end(
        garbage in proptest::collection::vec(
            prop_oneof![Just(b'D'), Just(b'N'), Just(b'Y'), Just(1), any::<u8>()],
            0..300,
        ),
    ) {
        let frame = good_frames().remove(0).bytes;
        let mut stream = garbage;
        stream.extend_from_slice(&frame);
        stream.extend([0; ap3000::frame::LENGTH_MAX + 5]);
        prop_assert!(heard(&[&stream]).0.items.contains(&frame));
    }
}
