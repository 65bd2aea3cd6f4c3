//! Frames found in byte streams.

use crate::vector_files::{Vector, sound_frames, vectors};
use kernel::Timestamp;
use proptest::prelude::*;
use std::time::Duration;
use ykc::frame::{FRAME_MAX, FrameError, Split, Splitter, parse};

/// A connection's ear: the buffer that a link keeps around its splitter.
#[derive(Default)]
struct Ear {
    splitter: Splitter,
    buffer: Vec<u8>,
    frames: Vec<Vec<u8>>,
    malformed: Vec<FrameError>,
    deadline: Option<Timestamp>,
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
            let pending = match split {
                Split::Frame(frame) => {
                    self.frames.push(frame.raw.to_vec());
                    false
                }
                Split::Malformed { error, .. } => {
                    self.malformed.push(error);
                    false
                }
                Split::Pending { deadline } => {
                    self.deadline = deadline;
                    true
                }
            };
            assert!(consumed <= self.buffer.len());
            self.buffer.drain(..consumed);
            if pending {
                break;
            }
        }
    }

    /// Nothing comes any more: every deadline passes.
    fn wait(&mut self) {
        while let Some(deadline) = self.deadline {
            self.read(deadline);
        }
    }
}

/// Frames, and how many damaged ones were told of.
fn heard(pieces: &[&[u8]]) -> (Vec<Vec<u8>>, usize, Vec<u8>) {
    let mut ear = Ear::default();
    for piece in pieces {
        ear.hear(piece, Timestamp::default());
    }
    (ear.frames, ear.malformed.len(), ear.buffer)
}

fn sound() -> Vec<Vec<u8>> {
    sound_frames().into_iter().map(|(_, bytes)| bytes).collect()
}

#[test]
fn all_uplinks_in_one_write_and_byte_by_byte() {
    let ups: Vec<Vec<u8>> = vectors()
        .iter()
        .filter(|vector| vector.valid && vector.is_up())
        .map(Vector::bytes)
        .collect();
    assert!(ups.len() > 40);
    let stream = ups.concat();
    let whole = heard(&[&stream]);
    assert_eq!(whole, (ups, 0, Vec::new()));
    for size in [1, 2, 3, 7, 64, 1000] {
        let pieces: Vec<&[u8]> = stream.chunks(size).collect();
        assert_eq!(heard(&pieces), whole, "pieces of {size}");
    }
}

#[test]
fn a_stream_is_read_alike_wherever_it_is_cut() {
    let stream: Vec<u8> = sound().into_iter().take(6).flatten().collect();
    let whole = heard(&[&stream]);
    for at in 0..=stream.len() {
        let (front, back) = stream.split_at(at);
        assert_eq!(heard(&[front, back]), whole, "split at {at}");
    }
}

#[test]
fn damaged_samples_between_good_frames_cost_no_good_one() {
    let good = sound();
    let first = good.first().expect("there are some");
    for vector in vectors().iter().filter(|vector| !vector.frame_ok) {
        let stream = [first.clone(), vector.bytes(), first.clone()].concat();
        let mut ear = Ear::default();
        ear.hear(&stream, Timestamp::default());
        ear.wait();
        let found = ear.frames.iter().filter(|frame| *frame == first).count();
        assert_eq!(found, 2, "{}", vector.name);
    }
}

#[test]
fn a_flipped_bit_costs_its_frame_and_no_other() {
    let good = sound();
    let first = good.first().expect("there are some").clone();
    let second = good.get(7).expect("there are more").clone();
    for bit in 0..second.len() * 8 {
        let mut damaged = second.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let mut ear = Ear::default();
        ear.hear(
            &[first.clone(), damaged, first.clone()].concat(),
            Timestamp::default(),
        );
        ear.wait();
        assert_eq!(ear.frames, [first.clone(), first.clone()], "bit {bit}");
    }
}

#[test]
fn a_false_start_hides_a_frame_for_five_seconds() {
    let frame = sound().remove(0);
    let mut ear = Ear::default();
    ear.hear(&[0x68, 0xFF, 0x68, 0x40], Timestamp(1_000));
    ear.hear(&frame, Timestamp(1_000));
    assert!(ear.frames.is_empty());
    assert_eq!(ear.deadline, Some(Timestamp(6_000)));
    ear.wait();
    assert_eq!(ear.frames, [frame]);
}

#[test]
fn a_truncated_frame_waits_at_every_length_and_comes_to_nothing() {
    for (name, frame) in sound_frames() {
        for end in 0..frame.len() {
            let cut = &frame[..end];
            let (frames, malformed, pending) = heard(&[cut]);
            assert!(frames.is_empty(), "{name} cut at {end}");
            assert_eq!(
                (malformed, pending.as_slice()),
                (0, cut),
                "{name} cut at {end}"
            );
            assert!(parse(cut).is_err(), "{name} cut at {end}");
        }
    }
}

#[test]
fn one_flipped_bit_is_never_taken_for_the_same_frame() {
    // Either checksum order is accepted, so about one flip in 65,536 turns one order into the
    // other. That is the price; it is known, and counted here.
    let mut mistaken = 0;
    for (name, frame) in sound_frames() {
        let order = parse(&frame).expect("sound").order;
        for bit in 0..frame.len() * 8 {
            let mut damaged = frame.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            match parse(&damaged) {
                Ok(taken) => {
                    assert_ne!(taken.order, order, "{name}: bit {bit}");
                    mistaken += 1;
                }
                Err(error) => assert!(!error.kind().is_empty()),
            }
        }
    }
    assert!(mistaken <= 3, "{mistaken}");
}

#[test]
fn the_rest_of_a_frame_may_take_five_seconds() {
    let frame = sound().remove(0);
    let start = Timestamp(1_000_000);
    let after = |seconds| start + Duration::from_secs(seconds);

    let mut patient = Ear::default();
    patient.hear(&frame[..10], start);
    assert_eq!(patient.deadline, Some(after(5)));
    patient.hear(&frame[10..], after(4));
    assert_eq!(patient.frames, std::slice::from_ref(&frame));
    assert_eq!(patient.deadline, None);

    let mut overdue = Ear::default();
    overdue.hear(&frame[..10], start);
    overdue.read(after(5));
    overdue.hear(&frame, after(6));
    overdue.wait();
    assert_eq!(overdue.frames, [frame]);
}

#[test]
fn a_connection_of_nothing_but_damage_is_hopeless() {
    let frame = sound().remove(0);
    let mut damaged = frame.clone();
    damaged[10] ^= 1;
    let mut ear = Ear::default();
    for _ in 0..10 {
        ear.hear(&damaged, Timestamp::default());
    }
    assert!(!ear.splitter.is_hopeless(), "ten are borne");
    ear.hear(&frame, Timestamp::default());
    for _ in 0..11 {
        ear.hear(&damaged, Timestamp::default());
    }
    assert!(ear.splitter.is_hopeless());

    let mut noise = Ear::default();
    noise.hear(&[0x55; 4096], Timestamp::default());
    assert!(!noise.splitter.is_hopeless());
    noise.hear(&[0x55], Timestamp::default());
    assert!(noise.splitter.is_hopeless());
}

#[test]
fn the_framing_of_version_two_is_recognised() {
    let mut ear = Ear::default();
    ear.hear(&[0x68, 0x00, 0x9F, 0x00], Timestamp::default());
    assert_eq!(ear.malformed, [FrameError::Version2]);
}

/// Whether what begins in the garbage is sound as far as into the frame behind it.
fn swallows(garbage: &[u8], frame: &[u8]) -> bool {
    let stream = [garbage, frame, &[0; FRAME_MAX]].concat();
    (0..garbage.len()).any(|start| {
        let end = start + 4 + usize::from(stream[start + 1]);
        end > garbage.len() && parse(&stream[start..end]).is_ok()
    })
}

#[test]
fn garbage_that_is_a_frame_by_chance_takes_the_next_one() {
    let garbage = [
        0x68, 0x68, 0x72, 0x68, 0, 5, 0x68, 0x6D, 0xDA, 0, 0x68, 0x68, 0, 0xC4, 0x68, 0xFD, 0xE2,
        0x68, 0, 0x68, 0xC5, 0x8B, 0, 0x84, 0x95, 0x68, 0x68, 0x43, 0x68, 0x68, 0, 0x68, 0x9D,
        0xAE, 0x68, 0x68, 0x68, 0, 0, 0, 0x68, 0x26, 0x68, 5, 0x68, 0, 0x68, 0x68, 0, 0x68, 0xF7,
        0, 0x68, 0, 0x68, 0x68, 0xF0, 0,
    ];
    let frame = sound().remove(0);
    assert!(swallows(&garbage, &frame));
    assert!(!swallows(&garbage[..20], &frame));
}

proptest! {
    #[test]
    fn garbage_never_panics_and_nothing_waits_for_ever(
        garbage in proptest::collection::vec(
            prop_oneof![Just(0x68_u8), Just(0x0C), Just(0), any::<u8>()],
            0..900,
        ),
    ) {
        let mut ear = Ear::default();
        ear.hear(&garbage, Timestamp::default());
        ear.wait();
        prop_assert!(ear.buffer.is_empty());
    }

    /// Garbage without a start byte never costs a frame.
    #[test]
    fn good_frames_among_garbage_are_all_found(
        picks in proptest::collection::vec((any::<prop::sample::Index>(), "[^h]{0,20}"), 1..12),
        size in 1_usize..50,
    ) {
        let good = sound();
        let mut stream = Vec::new();
        let mut wanted = Vec::new();
        for (index, garbage) in &picks {
            stream.extend(garbage.bytes().filter(|byte| *byte != 0x68));
            let frame = index.get(&good);
            stream.extend_from_slice(frame);
            wanted.push(frame.clone());
        }
        let pieces: Vec<&[u8]> = stream.chunks(size).collect();
        prop_assert_eq!(heard(&pieces).0, wanted);
    }

    /// Whatever came before: a frame that follows is found in the end. Only garbage that is by
    /// chance a frame itself, checksum and all, can take its beginning away.
    #[test]
    fn a_frame_after_any_garbage_is_found_in_the_end(
        garbage in proptest::collection::vec(
            prop_oneof![Just(0x68_u8), Just(0), any::<u8>()],
            0..300,
        ),
    ) {
        let frame = sound().remove(0);
        prop_assume!(!swallows(&garbage, &frame));
        let mut ear = Ear::default();
        ear.hear(&[0x55], Timestamp::default());
        ear.hear(&garbage, Timestamp::default());
        ear.hear(&frame, Timestamp::default());
        ear.hear(&[0; FRAME_MAX], Timestamp::default());
        ear.wait();
        prop_assert!(ear.frames.contains(&frame));
    }
}
