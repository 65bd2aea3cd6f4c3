//! Frames found in byte streams.

use crate::vector_files::{bytes, good_frames, vectors};
use bkv::frame::{Counters, Expect, Split, Splitter, parse};
use kernel::Timestamp;
use proptest::prelude::*;
use std::time::Duration;

/// A connection's ear: the buffer that a link keeps around its splitter.
struct Ear {
    splitter: Splitter,
    buffer: Vec<u8>,
    frames: Vec<Vec<u8>>,
    malformed: Vec<Vec<u8>>,
    deadline: Option<Timestamp>,
}

/// Frames, malformed frames, pending bytes, counters.
type Outcome = (Vec<Vec<u8>>, Vec<Vec<u8>>, Vec<u8>, Counters);

impl Ear {
    fn new(expect: Expect) -> Self {
        Self {
            splitter: Splitter::new(expect),
            buffer: Vec::new(),
            frames: Vec::new(),
            malformed: Vec::new(),
            deadline: None,
        }
    }

    fn hear(&mut self, bytes: &[u8], now: Timestamp) {
        self.buffer.extend_from_slice(bytes);
        self.splitter.received(now);
        self.read(now);
    }

    fn read(&mut self, now: Timestamp) {
        loop {
            let (consumed, split) = self.splitter.next(&self.buffer, now);
            let pending = match split {
                Split::Frame(frame) => {
                    self.frames.push(frame.raw.to_vec());
                    false
                }
                Split::Malformed { raw, .. } => {
                    self.malformed.push(raw.to_vec());
                    false
                }
                Split::Pending { deadline } => {
                    self.deadline = deadline;
                    true
                }
            };
            self.buffer.drain(..consumed);
            if pending {
                break;
            }
        }
    }

    fn outcome(self) -> Outcome {
        let counters = *self.splitter.counters();
        (self.frames, self.malformed, self.buffer, counters)
    }
}

fn heard(pieces: &[&[u8]]) -> Outcome {
    let mut ear = Ear::new(Expect::Any);
    for piece in pieces {
        ear.hear(piece, Timestamp::default());
    }
    ear.outcome()
}

/// Good frames and what may stand between them.
fn dirty_stream() -> Vec<u8> {
    let mut stream = Vec::new();
    for vector in vectors() {
        stream.extend_from_slice(&bytes(&vector));
        stream.extend_from_slice(&[0x0E]);
    }
    stream
}

#[test]
fn any_chunking_gives_the_same_frames() {
    for vector in vectors().iter().filter(|vector| vector["kind"] == "stream") {
        let stream = bytes(vector);
        let whole = heard(&[&stream]);
        assert_eq!(whole.2.len(), 20, "twenty bytes are pending");
        for at in 0..=stream.len() {
            let (front, back) = stream.split_at(at);
            assert_eq!(heard(&[front, back]), whole, "split at {at}");
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
    assert!(whole.0.len() >= good, "{} of {good}", whole.0.len());
    for size in [1, 2, 3, 7, 64, 1000] {
        let pieces: Vec<&[u8]> = stream.chunks(size).collect();
        assert_eq!(heard(&pieces), whole, "pieces of {size}");
    }
}

#[test]
fn every_byte_is_delivered_dropped_or_pending() {
    let stream = dirty_stream();
    let (frames, _, pending, counters) = heard(&[&stream]);
    let delivered: usize = frames.iter().map(Vec::len).sum();
    let dropped = usize::try_from(counters.dropped_bytes).expect("small");
    assert_eq!(delivered + dropped + pending.len(), stream.len());
    assert_eq!(counters.frames, frames.len() as u64);
    assert!(counters.checksum_errors >= 3 && counters.length_errors > 0);
}

#[test]
fn a_truncated_frame_waits_at_every_length() {
    for (name, frame) in good_frames() {
        for end in 0..frame.len() {
            let (frames, malformed, pending, counters) = heard(&[&frame[..end]]);
            assert_eq!(frames.len() + malformed.len(), 0, "{name} cut at {end}");
            assert_eq!(pending.len(), end, "{name} cut at {end}");
            assert_eq!(counters, Counters::default());
            assert!(parse(&frame[..end]).is_err());
        }
    }
}

#[test]
fn one_flipped_bit_is_never_taken_for_a_frame() {
    for (name, frame) in good_frames() {
        for place in 0..frame.len() * 8 {
            let mut damaged = frame.clone();
            damaged[place / 8] ^= 1 << (place % 8);
            // The lowest bit of the magic is the direction, which only gateway frames repeat.
            let direction_of_direct = place == 8 && frame[4..7] == [4, 1, 1];
            assert_eq!(
                parse(&damaged).is_ok(),
                direction_of_direct,
                "{name}: bit {place}"
            );
        }
    }
}

#[test]
fn the_rest_of_a_frame_may_take_five_seconds() {
    let (_, frame) = good_frames().remove(0);
    let start = Timestamp(1_000_000);
    let after = |seconds| start + Duration::from_secs(seconds);

    let mut patient = Ear::new(Expect::Up);
    patient.hear(&frame[..10], start);
    assert_eq!(patient.deadline, Some(after(5)));
    patient.hear(&frame[10..], after(4));
    assert_eq!(patient.frames, std::slice::from_ref(&frame));
    assert_eq!(patient.deadline, None);

    let mut overdue = Ear::new(Expect::Up);
    overdue.hear(&frame[..10], start);
    overdue.read(after(5));
    assert!(overdue.buffer.is_empty(), "the beginning is given up");
    assert_eq!(overdue.splitter.counters().overdue, 1);
    overdue.hear(&frame, after(6));
    assert_eq!(overdue.frames, std::slice::from_ref(&frame));

    let mut unasked = Ear::new(Expect::Up);
    unasked.hear(&frame[..10], start);
    unasked.hear(&frame, after(6));
    assert_eq!(unasked.frames, [frame], "nobody asked at the deadline");
}

#[test]
fn a_frame_without_a_length_yet_is_not_hurried() {
    let mut ear = Ear::new(Expect::Up);
    ear.hear(&[0xFC, 0xFE, 0x00], Timestamp::default());
    assert_eq!(ear.deadline, None);
}

#[test]
fn malformed_frames_in_a_row_are_counted_until_a_good_one() {
    let (_, frame) = good_frames().remove(0);
    let mut damaged = frame.clone();
    damaged[20] ^= 1;
    let mut ear = Ear::new(Expect::Up);
    for _ in 0..10 {
        ear.hear(&damaged, Timestamp::default());
    }
    assert_eq!(ear.splitter.malformed_in_a_row(), bkv::frame::MALFORMED_MAX);
    assert_eq!(ear.malformed[0], damaged, "kept for the log");
    ear.hear(&frame, Timestamp::default());
    assert_eq!(ear.splitter.malformed_in_a_row(), 0);
}

#[test]
fn each_ear_hears_its_own_direction() {
    for (name, frame) in good_frames() {
        let up = frame[1] == 0xFE;
        for (expect, wanted) in [(Expect::Up, up), (Expect::Down, !up), (Expect::Any, true)] {
            let mut ear = Ear::new(expect);
            ear.hear(&frame, Timestamp::default());
            assert_eq!(ear.frames.len() == 1, wanted, "{name} by {expect:?}");
        }
    }
}

proptest! {
    #[test]
    fn garbage_never_panics_and_every_byte_is_accounted(
        garbage in proptest::collection::vec(
            prop_oneof![Just(0xFC_u8), Just(0xFE), Just(0xFF), Just(0xEE), Just(0), any::<u8>()],
            0..600,
        ),
    ) {
        let (frames, _, pending, counters) = heard(&[&garbage]);
        let delivered: usize = frames.iter().map(Vec::len).sum();
        let dropped = usize::try_from(counters.dropped_bytes).expect("small");
        prop_assert_eq!(delivered + dropped + pending.len(), garbage.len());
    }

    /// Garbage that cannot begin a frame never costs one.
    #[test]
    fn good_frames_among_garbage_are_all_found(
        picks in proptest::collection::vec((any::<prop::sample::Index>(), "[^\u{fc}]{0,20}"), 1..12),
        size in 1_usize..50,
    ) {
        let good = good_frames();
        let mut stream = Vec::new();
        let mut wanted = Vec::new();
        for (index, garbage) in &picks {
            stream.extend(garbage.bytes().filter(|byte| *byte != 0xFC));
            let (_, frame) = index.get(&good);
            stream.extend_from_slice(frame);
            wanted.push(frame.clone());
        }
        let pieces: Vec<&[u8]> = stream.chunks(size).collect();
        prop_assert_eq!(heard(&pieces).0, wanted);
    }

    /// Garbage of any kind costs at most the frames that its false lengths reach into, and
    /// never hides one that follows after more bytes than a frame can have.
    #[test]
    fn a_frame_after_any_garbage_is_found_in_the_end(
        garbage in proptest::collection::vec(
            prop_oneof![Just(0xFC_u8), Just(0xFE), Just(0), any::<u8>()],
            0..300,
        ),
    ) {
        let (_, frame) = good_frames().remove(0);
        let mut stream = garbage;
        stream.extend_from_slice(&frame);
        stream.extend_from_slice(&[0; bkv::frame::LENGTH_MAX + 4]);
        let found = heard(&[&stream]).0;
        prop_assert!(found.contains(&frame));
    }
}
