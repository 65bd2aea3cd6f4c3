//! Whatever a body contains: reading never panics, and what was read is written as it came.

use crate::vector_files::good_frames;
use bkv::element::put;
use bkv::frame::{Framing, parse, seal};
use bkv::inspect;
use bkv::message::{DecodeError, decode};
use device::Direction;
use proptest::prelude::*;

const OUTER: [u16; 23] = [
    0x0000, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0007, 0x0015, 0x0020, 0x0021, 0x0081, 0x0082,
    0x0083, 0x0086, 0x0089, 0x008A, 0x00E0, 0x00E1, 0x00E2, 0x1000, 0x1001, 0x2000, 0x7777,
];

const BKV: [u16; 20] = [
    0x1001, 0x1002, 0x1003, 0x1004, 0x1005, 0x1006, 0x1007, 0x1008, 0x1009, 0x100A, 0x100B, 0x100C,
    0x100D, 0x1010, 0x1011, 0x1012, 0x1013, 0x1014, 0x1017, 0x1234,
];

fn ways() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Up), Just(Direction::Down)]
}

fn gateway(cmd: u16, seq: u32) -> Framing {
    let gateway = "82210225000520".parse().expect("fourteen digits");
    Framing::Gateway { cmd, seq, gateway }
}

fn sealed(framing: Framing, direction: Direction, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    seal(framing, direction, &mut out, |out| {
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
        .seal_as(frame.framing, frame.direction, &mut again)
        .expect("as long as it was");
    assert_eq!(hex::encode(&again), hex::encode(raw));
    let reread = decode(&parse(&again).expect("a frame")).expect("a message");
    assert_eq!(reread, message);
    let shown = inspect::frame(raw, Some(frame.direction)).expect("a message");
    assert_eq!(shown.reencoded, raw);
    assert!(!shown.to_string().is_empty());
    Ok(())
}

fn container(command: u16, device: bool, elements: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    put(1, &command.to_be_bytes(), &mut out);
    put(2, &[0; 8], &mut out);
    put(3, if device { &[1; 6] } else { &[1; 7][..] }, &mut out);
    for (key, value) in elements {
        put(u32::from(*key), value, &mut out);
    }
    out
}

fn elements() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    let value = proptest::collection::vec(any::<u8>(), 0..10);
    proptest::collection::vec((any::<u8>(), value), 0..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_body_of_any_command_survives(
        cmd in prop::sample::select(&OUTER[..]),
        seq in any::<u32>(),
        way in ways(),
        body in proptest::collection::vec(any::<u8>(), 0..120),
    ) {
        let raw = sealed(gateway(cmd, seq), way, &body);
        match survives(&raw) {
            Ok(()) => {}
            Err(error) => prop_assert!(["length", "header"].contains(&error.kind())),
        }
    }

    #[test]
    fn any_parameters_of_any_sub_command_survive(
        outer in prop_oneof![Just(0x0005_u16), Just(0x0015)],
        code in 0_u8..0x20,
        way in ways(),
        parameters in proptest::collection::vec(any::<u8>(), 0..80),
        stated in -3_i32..4,
    ) {
        let length = i32::try_from(parameters.len()).expect("short") + stated;
        prop_assume!(length >= 0);
        let mut body = u16::try_from(length).expect("short").to_be_bytes().to_vec();
        body.push(code);
        body.extend_from_slice(&parameters);
        let raw = sealed(gateway(outer, 7), way, &body);
        match survives(&raw) {
            Ok(()) => prop_assert!(stated <= 1),
            Err(error) => prop_assert_eq!(error.kind(), "length"),
        }
    }

    #[test]
    fn any_elements_survive_in_their_order(
        command in prop::sample::select(&BKV[..]),
        way in ways(),
        plain in elements(),
        socket in elements(),
        port in elements(),
        place in any::<prop::sample::Index>(),
    ) {
        // Nested lists must be well formed, so they are made on purpose.
        let nested = |key: u8| [0x94, 0x5B].contains(&key);
        let clean = |list: Vec<(u8, Vec<u8>)>| -> Vec<(u8, Vec<u8>)> {
            list.into_iter().filter(|(key, _)| !nested(*key)).collect()
        };
        let bytes = |list: &[(u8, Vec<u8>)]| {
            let mut out = Vec::new();
            for (key, value) in list {
                put(u32::from(*key), value, &mut out);
            }
            out
        };
        let mut socket = clean(socket);
        socket.push((0x5B, bytes(&clean(port))));
        let mut plain = clean(plain);
        plain.insert(place.index(plain.len() + 1), (0x94, bytes(&socket)));
        let raw = sealed(gateway(0x1000, 9), way, &container(command, false, &plain));
        prop_assert_eq!(survives(&raw), Ok(()));
    }

    #[test]
    fn any_elements_of_a_stand_alone_device_survive(
        command in prop::sample::select(&BKV[..]),
        way in ways(),
        plain in elements(),
        port in elements(),
    ) {
        let ports = [0x1C_u8, 0x1D, 0x49, 0x4A, 0x4B, 0x4C, 0xA6];
        let is_port = |key: u8| ports.contains(&key) || (0x61..=0x66).contains(&key)
            || (0xA6..=0xAE).contains(&key);
        let mut list = Vec::new();
        for (key, value) in port.iter().filter(|(key, _)| !is_port(*key)) {
            put(u32::from(*key), value, &mut list);
        }
        let mut plain: Vec<(u8, Vec<u8>)> =
            plain.into_iter().filter(|(key, _)| !is_port(*key)).collect();
        plain.extend(ports.map(|key| (key, list.clone())));
        let raw = sealed(Framing::Direct, way, &container(command, true, &plain));
        prop_assert_eq!(survives(&raw), Ok(()));
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = inspect::frame(&bytes, None);
        let _ = inspect::elements(&bytes, None);
        let _ = inspect::stream(&bytes);
    }

    /// A sound frame whose body was cut or changed is read or refused, never misread.
    #[test]
    fn changed_bodies_of_real_frames_survive(
        index in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        change in proptest::option::of((any::<prop::sample::Index>(), any::<u8>())),
    ) {
        let good = good_frames();
        let (_, raw) = index.get(&good);
        let frame = parse(raw).expect("valid");
        let mut body = frame.body.to_vec();
        body.truncate(cut.index(body.len() + 1));
        if let Some((place, value)) = change.filter(|_| !body.is_empty()) {
            let place = place.index(body.len());
            body[place] = value;
        }
        prop_assume!(frame.framing != Framing::Direct || body.starts_with(&[4, 1, 1, 0x10]));
        let changed = sealed(frame.framing, frame.direction, &body);
        if let Ok(frame) = parse(&changed) {
            // Longer than necessary lengths and keys are written in their shortest form.
            if let Ok(message) = decode(&frame) {
                let mut again = Vec::new();
                message
                    .seal_as(frame.framing, frame.direction, &mut again)
                    .expect("as long as it was");
                let reread = decode(&parse(&again).expect("a frame")).expect("a message");
                prop_assert_eq!(reread, message);
            }
        }
    }
}
