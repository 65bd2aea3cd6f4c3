//! Whatever the data contains: reading never panics, and what was read is written as it came.

use crate::vector_files::good_frames;
use ap3000::PhysicalId;
use ap3000::codes::Cmd;
use ap3000::frame::{LENGTH_SENT_MAX, parse, seal};
use ap3000::inspect;
use ap3000::message::{Body, DecodeError, decode};
use device::Direction;
use proptest::prelude::*;

fn ways() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Up), Just(Direction::Down)]
}

/// Longest data that is ever sent, but for the pieces of old firmware.
const DATA_MAX: usize = LENGTH_SENT_MAX - 9;

fn sealed(id: u32, msg_id: u16, cmd: u8, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    seal(PhysicalId(id), msg_id, cmd, &mut out, |out| {
        out.extend_from_slice(data);
    })
    .expect("short enough");
    out
}

/// Reads, writes, reads: the bytes and the message must be the same.
fn survives(raw: &[u8], way: Direction) -> Result<(), DecodeError> {
    let frame = parse(raw)?;
    let message = decode(&frame, way)?;
    let mut again = Vec::new();
    message
        .seal(frame.id, frame.msg_id, &mut again)
        .expect("as long as it was");
    assert_eq!(hex::encode(&again), hex::encode(raw));
    let reread = decode(&parse(&again).expect("a frame"), way).expect("a message");
    assert_eq!(reread, message);
    let shown = inspect::frame(raw, Some(way)).expect("a message");
    assert_eq!(shown.reencoded, raw);
    assert!(!shown.to_string().is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_data_of_any_command_survives(
        id in any::<u32>(),
        msg_id in any::<u16>(),
        cmd in any::<u8>(),
        way in ways(),
        data in proptest::collection::vec(any::<u8>(), 0..=DATA_MAX),
    ) {
        match survives(&sealed(id, msg_id, cmd, &data), way) {
            Ok(()) => {}
            Err(error) => prop_assert_eq!(error.kind(), "short_payload"),
        }
    }

    #[test]
    fn short_data_of_known_commands_is_refused_or_read(
        cmd in prop::sample::select(
            (0..=u8::MAX)
                .filter(|cmd| Body::is_known(Cmd::from(*cmd), Direction::Up))
                .collect::<Vec<u8>>(),
        ),
        data in proptest::collection::vec(0_u8..4, 0..60),
    ) {
        match survives(&sealed(0x04A2_6CF3, 7, cmd, &data), Direction::Up) {
            Ok(()) => {}
            Err(error) => prop_assert_eq!(error.kind(), "short_payload"),
        }
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = inspect::frame(&bytes, None);
        let _ = inspect::raw(&bytes);
        let _ = inspect::stream(&bytes);
    }

    /// A sound frame whose data was cut or changed is read or refused, never misread.
    #[test]
    fn changed_data_of_real_frames_survives(
        index in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        change in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let good = good_frames();
        let original = index.get(&good);
        let frame = parse(&original.bytes).expect("valid");
        let mut data = frame.data.to_vec();
        data.truncate(cut.index(data.len() + 1));
        if let Some((place, value)) = change.filter(|_| !data.is_empty()) {
            let place = place.index(data.len());
            data[place] = value;
        }
        let changed = sealed(frame.id.0, frame.msg_id, frame.cmd, &data);
        match survives(&changed, original.way) {
            Ok(()) => {}
            Err(error) => prop_assert_eq!(error.kind(), "short_payload"),
        }
    }
}

/// Mandatory lengths of the tables (docs/protocols/ap3000.md §7 to §10): one byte less is refused.
#[test]
fn the_mandatory_part_must_be_there() {
    let mandatory: [(u8, Direction, usize); 13] = [
        (0x02, Direction::Up, 8),
        (0x03, Direction::Up, 29),
        (0x04, Direction::Up, 24),
        (0x06, Direction::Up, 31),
        (0x11, Direction::Up, 32),
        (0x17, Direction::Up, 19),
        (0x20, Direction::Up, 6),
        (0x42, Direction::Up, 2),
        (0x43, Direction::Up, 29),
        (0x44, Direction::Up, 18),
        (0x82, Direction::Up, 1),
        (0x82, Direction::Down, 25),
        (0x8A, Direction::Down, 4),
    ];
    for (cmd, way, length) in mandatory {
        let read = |length: usize| survives(&sealed(1, 1, cmd, &vec![0; length]), way);
        assert_eq!(read(length), Ok(()), "{cmd:#04x}");
        let refused = read(length - 1).map_err(|error| error.kind());
        assert_eq!(refused, Err("short_payload"), "{cmd:#04x}");
    }
}
