//! Frames found in byte streams.

use crate::vector_files::{bytes, good_frames, vectors};
use infypower::frame::{
    BAD_MAX, Counters, LENGTH_MAX, PENDING_MAX, SKIPPED_MAX, Split, Splitter, parse,
};
use kernel::Timestamp;
use proptest::prelude::*;
use std::time::Duration;

/// A connection's ear: the buffer that a link keeps around its splitter.
#[derive(Default)]
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
    fn hear(&mut self, bytes: &[u8], now: Timestamp) {
        self.buffer.extend_from_slice(bytes);
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
    let mut ear = Ear::default();
    for piece in pieces {
        ear.hear(piece, Timestamp::default());
    }
    ear.outcome()
}

fn command(frame: &[u8]) -> u16 {
    u16::from_le_bytes([frame[6], frame[7]])
}

/// All vectors one behind the other, with a byte that begins nothing between them.
fn dirty_stream() -> Vec<u8> {
    let mut stream = Vec::new();
    for vector in vectors() {
        stream.extend_from_slice(&bytes(&vector));
        stream.push(0x0E);
    }
    stream
}

#[test]
fn a0_06_streams_deliver_their_frames_at_every_split_point() {
    let all = vectors();
    let streams: Vec<_> = all
        .iter()
        .filter(|vector| vector["dialect"] == "stream")
        .collect();
    assert_eq!(streams.len(), 5);
    for vector in streams {
        let stream = bytes(vector);
        let whole = heard(&[&stream]);
        let (frames, _, pending, counters) = &whole;
        let decoded = &vector["decoded"];
        let commands: Vec<u16> = frames.iter().map(|frame| command(frame)).collect();
        let name = &vector["name"];
        assert_eq!(serde_json::json!(commands), decoded["frames_cmd"], "{name}");
        assert_eq!(pending.len(), decoded["pending_bytes"], "{name}");
        assert_eq!(counters.dropped_bytes, decoded["discarded_bytes"], "{name}");
        assert_eq!(frames.is_empty(), vector["valid"] == false, "{name}");
        for at in 0..=stream.len() {
            let (front, back) = stream.split_at(at);
            assert_eq!(heard(&[front, back]), whole, "{name} split at {at}");
        }
        let single: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(heard(&single), whole, "{name} byte by byte");
    }
}

#[test]
fn every_frame_is_read_at_every_split_point() {
    for (name, frame) in good_frames() {
        for at in 0..=frame.len() {
            let (front, back) = frame.split_at(at);
            let (frames, malformed, pending, _) = heard(&[front, back]);
            assert_eq!(frames, std::slice::from_ref(&frame), "{name} at {at}");
            assert_eq!(malformed.len() + pending.len(), 0, "{name} at {at}");
        }
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
    assert!(
        counters.checksum_errors > 0 && counters.length_errors > 0,
        "{counters:?}"
    );
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
fn one_flipped_bit_is_seen_wherever_the_checksum_reaches() {
    for (name, frame) in good_frames() {
        for place in 0..frame.len() * 8 {
            let mut damaged = frame.clone();
            damaged[place / 8] ^= 1 << (place % 8);
            // Nothing vouches for version and sequence.
            let unseen = matches!(place / 8, 4 | 5);
            assert_eq!(parse(&damaged).is_ok(), unseen, "{name}: bit {place}");
        }
    }
}

#[test]
fn the_rest_of_a_frame_may_take_ten_seconds() {
    let (_, frame) = good_frames().remove(0);
    let start = Timestamp(1_000_000);
    let after = |seconds| start + Duration::from_secs(seconds);

    let mut patient = Ear::default();
    patient.hear(&frame[..10], start);
    assert_eq!(patient.deadline, Some(start + PENDING_MAX));
    assert_eq!(PENDING_MAX, Duration::from_secs(10));
    patient.hear(&frame[10..], after(9));
    assert_eq!(patient.frames, std::slice::from_ref(&frame));
    assert_eq!(patient.deadline, None);

    let mut overdue = Ear::default();
    overdue.hear(&frame[..10], start);
    overdue.read(after(10));
    assert_eq!(overdue.splitter.counters().overdue, 1);
    overdue.hear(&frame, after(11));
    assert_eq!(overdue.frames, std::slice::from_ref(&frame));
}

#[test]
fn a_frame_without_a_length_yet_is_not_hurried() {
    let mut ear = Ear::default();
    ear.hear(&[0xAA, 0xF5, 0x09], Timestamp::default());
    assert_eq!(ear.deadline, None);
}

#[test]
fn a_false_start_does_not_swallow_the_frame_behind_it() {
    let (_, frame) = good_frames().remove(0);
    // A header that promises 300 bytes, and then a good frame.
    let mut stream = vec![0xAA, 0xF5, 0x2C, 0x01, 0x10, 0, 1, 0];
    stream.extend_from_slice(&frame);
    stream.resize(400, 0x0E);
    let (frames, malformed, _, _) = heard(&[&stream]);
    assert_eq!(frames, [frame]);
    assert_eq!(malformed.len(), 1);
}

#[test]
fn a_connection_of_nothing_but_noise_is_noticed() {
    let mut ear = Ear::default();
    let noise = [0x0E; 1024];
    while ear.splitter.dropped_in_a_row() < SKIPPED_MAX {
        ear.hear(&noise, Timestamp::default());
    }
    assert_eq!(ear.splitter.counters().dropped_bytes, SKIPPED_MAX);
    let (_, frame) = good_frames().remove(0);
    ear.hear(&frame, Timestamp::default());
    assert_eq!(ear.splitter.dropped_in_a_row(), 0);
    assert_eq!(BAD_MAX, 5);
}

proptest! {
    #[test]
    fn garbage_never_panics_and_every_byte_is_accounted(
        garbage in proptest::collection::vec(
            prop_oneof![Just(0xAA_u8), Just(0xF5), Just(0x10), Just(0), any::<u8>()],
            0..600,
        ),
        size in 1_usize..50,
    ) {
        let pieces: Vec<&[u8]> = garbage.chunks(size).collect();
        let (frames, _, pending, counters) = heard(&pieces);
        let delivered: usize = frames.iter().map(Vec::len).sum();
        let dropped = usize::try_from(counters.dropped_bytes).expect("small");
        prop_assert_eq!(delivered + dropped + pending.len(), garbage.len());
    }

    /// Garbage that cannot begin a frame never costs one.
    #[test]
    fn good_frames_among_garbage_are_all_found(
        picks in proptest::collection::vec((any::<prop::sample::Index>(), "[^\u{aa}]{0,20}"), 1..12),
        size in 1_usize..50,
    ) {
        let good = good_frames();
        let mut stream = Vec::new();
        let mut wanted = Vec::new();
        for (index, garbage) in &picks {
            stream.extend(garbage.bytes().filter(|byte| *byte != 0xAA));
            let (_, frame) = index.get(&good);
            stream.extend_from_slice(frame);
            wanted.push(frame.clone());
        }
        let pieces: Vec<&[u8]> = stream.chunks(size).collect();
        prop_assert_eq!(heard(&pieces).0, wanted);
    }

    /// Garbage of any kind never hides a frame that is followed by more bytes than a frame can
    /// have, unless the garbage and the frame's own bytes make a frame with a good checksum,
    /// which one sum in 256 does.
    #[test]
    fn a_frame_after_any_garbage_is_found_in_the_end(
        garbage in proptest::collection::vec(
            prop_oneof![Just(0xAA_u8), Just(0xF5), Just(0), any::<u8>()],
            0..300,
        ),
    ) {
        let (_, frame) = good_frames().remove(0);
        let mut stream = garbage;
        stream.extend_from_slice(&frame);
        stream.extend_from_slice(&[0; LENGTH_MAX + 4]);
        let found = heard(&[&stream]).0;
        prop_assert!(found.contains(&frame) || !found.is_empty());
    }
}
