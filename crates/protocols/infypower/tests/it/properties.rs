//! Whatever a body contains: reading never panics, and what was read is written as it came.

use crate::vector_files::good_frames;
use device::Direction;
use infypower::codes::Version;
use infypower::frame::{parse, seal};
use infypower::layout::TABLE;
use infypower::message::{DecodeError, decode};
use infypower::{Dialect, inspect};
use proptest::prelude::*;

const DIALECTS: [Dialect; 3] = [Dialect::Infypower, Dialect::Lvneng, Dialect::Shenghong];

fn ways() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Up), Just(Direction::Down)]
}

fn dialects() -> impl Strategy<Value = Dialect> {
    prop::sample::select(DIALECTS.to_vec())
}

fn commands() -> impl Strategy<Value = u16> {
    let known: Vec<u16> = TABLE.iter().map(|form| form.cmd).collect();
    prop_oneof![9 => prop::sample::select(known), 1 => any::<u16>()]
}

/// A body of one of the known lengths, or of any other.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let lengths: Vec<usize> = TABLE
        .iter()
        .flat_map(|form| form.lengths.to_vec())
        .collect();
    let byte = prop_oneof![Just(0_u8), Just(0xFF), any::<u8>()];
    prop_oneof![
        3 => prop::sample::select(lengths),
        1 => 0_usize..700,
    ]
    .prop_flat_map(move |length| proptest::collection::vec(byte.clone(), length))
}

fn sealed(cmd: u16, seq: u8, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    seal(Version::Plain, seq, cmd, &mut out, |out| {
        out.extend_from_slice(body);
    })
    .expect("short enough");
    out
}

/// Reads, writes, reads: the bytes and the message must be the same.
fn survives(raw: &[u8], direction: Direction, dialect: Dialect) -> Result<(), DecodeError> {
    let frame = parse(raw)?;
    let message = decode(&frame, direction, dialect, None)?;
    let mut again = Vec::new();
    message
        .seal(frame.version, frame.seq, frame.cmd, &mut again)
        .expect("as long as it was");
    assert_eq!(hex::encode(&again), hex::encode(raw));
    let second = decode(&parse(&again)?, direction, dialect, None)?;
    assert_eq!(second, message);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_body_is_refused_or_survives(
        cmd in commands(),
        seq in any::<u8>(),
        body in bodies(),
        direction in ways(),
        dialect in dialects(),
    ) {
        let raw = sealed(cmd, seq, &body);
        match survives(&raw, direction, dialect) {
            Ok(()) => {}
            Err(error) => prop_assert_eq!(error.kind(), "short"),
        }
        let found = inspect::frame(&raw, Some(direction), Some(dialect)).expect("well framed");
        prop_assert_eq!(found.reencoded, raw);
        prop_assert_eq!(&found.decoded["cmd"], cmd);
    }

    /// A body that is cut short is refused, or read as the shorter form that it then is.
    #[test]
    fn truncated_bodies_are_refused_or_shorter(
        pick in any::<prop::sample::Index>(),
        share in 0.0_f64..1.0,
        dialect in dialects(),
        direction in ways(),
    ) {
        let good = good_frames();
        let (_, raw) = pick.get(&good);
        let frame = parse(raw).expect("good");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss,
            reason = "a share of a short length")]
        let end = (frame.body.len() as f64 * share) as usize;
        let cut = sealed(frame.cmd, frame.seq, &frame.body[..end]);
        if let Err(error) = survives(&cut, direction, dialect) {
            prop_assert_eq!(error.kind(), "short");
        }
    }

    #[test]
    fn any_bytes_are_inspected_without_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        direction in ways(),
    ) {
        let _ = inspect::frame(&bytes, Some(direction), None);
        let _ = inspect::header(&bytes);
    }
}

#[test]
fn every_form_is_refused_below_its_shortest_length_and_read_from_there_on() {
    for form in TABLE {
        for dialect in DIALECTS {
            for length in 0..form.lengths.last().copied().unwrap_or_default() + 3 {
                let raw = sealed(form.cmd, 7, &vec![0x31; length]);
                let read = survives(&raw, form.direction, dialect);
                let all = TABLE
                    .iter()
                    .filter(|other| other.cmd == form.cmd && other.direction == form.direction);
                let shortest = all.map(infypower::layout::Layout::shortest).min();
                let named_only = infypower::layout::name_of(form.cmd).is_some();
                let refused = shortest.is_some_and(|least| length < least) && !named_only;
                assert_eq!(read.is_err(), refused, "{} with {length}", form.cmd);
            }
        }
    }
}

#[test]
fn bytes_behind_a_body_are_kept() {
    for (name, raw) in good_frames() {
        let frame = parse(&raw).expect("good");
        let longer = [frame.body, &[1, 2, 3]].concat();
        let raw = sealed(frame.cmd, frame.seq, &longer);
        let found = inspect::frame(&raw, None, None).expect("well framed");
        assert_eq!(hex::encode(&found.reencoded), hex::encode(&raw), "{name}");
    }
}
