//! Whatever comes, in whatever pieces: nothing panics, all bytes are counted, lists are bounded.

use super::{CODE, ORDER, Rig, charging, heartbeat, plan, record, sealed, sign_in, stop};
use crate::vector_files;
use device::{Admission, Answer, Command, Item, Link as _, Output, Profile};
use infypower::InfypowerLink;
use infypower::frame::seal;
use kernel::{PortNo, Timestamp};
use proptest::prelude::*;
use std::time::Duration;

/// Frames with a good checksum and any content.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let commands = prop_oneof![
        Just(106_u16),
        Just(102),
        Just(104),
        Just(109),
        Just(504),
        Just(202),
        Just(203),
        Just(222),
        Just(502),
        Just(402),
        Just(204),
        Just(206),
        Just(208),
        Just(302),
        Just(108),
        Just(8),
        Just(6),
        Just(2),
        Just(4),
        Just(10),
        Just(1002),
        Just(1004),
        Just(1006),
        Just(1008),
        Just(1010),
        Just(1012),
        Just(1102),
        Just(1104),
        Just(1202),
        any::<u16>(),
    ];
    let body = (
        proptest::collection::vec(any::<u8>(), 0..500),
        any::<bool>(),
    );
    (commands, body, any::<u8>(), any::<u8>()).prop_map(|(cmd, (mut body, ours), version, seq)| {
        if ours && body.len() >= 36 {
            body[4..36].fill(0);
            body[4..17].copy_from_slice(CODE.as_bytes());
        }
        let version = if ours { 0x10 } else { version };
        let mut out = Vec::new();
        seal(version.into(), seq, cmd, &mut out, |out| {
            out.extend_from_slice(&body);
        })
        .expect("short");
        out
    })
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces = proptest::collection::vec(
        prop_oneof![
            3 => any_frame(),
            1 => proptest::collection::vec(any::<u8>(), 0..60),
            1 => Just(sealed(106, sign_in())),
            1 => Just(sealed(104, charging(1, ORDER, 60, 10))),
            1 => Just(sealed(202, record(ORDER))),
        ],
        1..20,
    );
    pieces.prop_map(|pieces| pieces.concat())
}

fn some_commands(rig: &mut Rig) {
    rig.command(Command::StartCharge(plan(1)));
    rig.command(stop(1));
    rig.command(Command::QueryParams { socket: None });
    rig.command(Command::QueryPort {
        port: Some(PortNo(1)),
    });
    rig.command(Command::QueryHistory { first: 0, count: 3 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn nothing_panics_and_every_byte_is_counted(
        bytes in any_bytes(),
        sizes in proptest::collection::vec(1_usize..700, 1..8),
        commands in any::<bool>(),
    ) {
        let mut rig = Rig::ready();
        if commands {
            some_commands(&mut rig);
        }
        let mut rest = bytes.as_slice();
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at((*size).min(rest.len()));
            rig.hear(piece);
            rest = behind;
            rig.assert_tally();
            prop_assert!(rig.link.pending() <= 64 * 1024);
            let waiting: Vec<_> = rig.events.iter().filter_map(|event| event.receipt).collect();
            for receipt in waiting {
                rig.link.resolve(receipt, Answer::Stored, rig.now, &mut rig.out);
            }
            rig.wait(Duration::from_secs(4));
        }
        rig.wait(Duration::from_mins(20));
        rig.assert_tally();
    }

    #[test]
    fn the_chunking_makes_no_difference(
        frames in proptest::collection::vec(any_frame(), 1..6),
        size in 1_usize..300,
    ) {
        let bytes = frames.concat();
        let talk = |size: usize| {
            let mut rig = Rig::ready();
            for piece in bytes.chunks(size) {
                rig.hear(piece);
            }
            (rig.notes, rig.events, rig.malformed, rig.out.tally)
        };
        prop_assert_eq!(talk(size), talk(bytes.len()));
    }

    #[test]
    fn a_link_without_a_pile_is_as_sturdy(bytes in any_bytes(), at in 0_i64..4_000_000_000_000) {
        let (mut link, mut out) = (InfypowerLink::new(), Output::default());
        let now = Timestamp(at);
        link.receive(&bytes, now, &mut out);
        let asked = out.items.iter().find_map(|item| match item {
            Item::Identify(phy) => Some(phy.clone()),
            _ => None,
        });
        if let Some(phy) = asked {
            link.admit(&phy, Admission::Known(Profile::default()), now, &mut out);
        }
        link.tick(now + Duration::from_hours(10), &mut out);
        link.tick(Timestamp(0), &mut out);
        let tally = &out.tally;
        let counted = tally.decoded + tally.unknown + tally.malformed + tally.skipped;
        prop_assert_eq!(counted + link.pending() as u64, bytes.len() as u64);
    }
}

#[test]
fn every_vector_is_heard_without_harm() {
    for (name, bytes) in vector_files::good_frames() {
        for admitted in [false, true] {
            let mut rig = if admitted { Rig::ready() } else { Rig::new() };
            rig.hear(&bytes);
            rig.hear(&heartbeat(1));
            rig.assert_tally();
            assert_eq!(rig.closed, None, "{name}");
        }
    }
}

#[test]
fn a_truncation_at_every_length_is_harmless() {
    for frame in [sealed(106, sign_in()), sealed(202, record(ORDER))] {
        let body = &frame[8..frame.len() - 1];
        let cmd = u16::from_le_bytes([frame[6], frame[7]]);
        for length in 0..=body.len() {
            let mut rig = Rig::ready();
            rig.hear(&super::raw(cmd, &body[..length]));
            rig.assert_tally();
            assert_eq!(rig.closed, None);
        }
    }
}
