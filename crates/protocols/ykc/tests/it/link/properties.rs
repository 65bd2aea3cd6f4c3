//! Whatever comes in, in whatever pieces: nothing panics, every byte is accounted for, and what
//! goes out are sound frames.

use super::{Desk, login, phy, start, stop};
use crate::vector_files::sound_frames;
use device::{Admission, Answer, CardVerdict, Command, Link, Output, Profile};
use kernel::{Fen, PortNo, Timestamp};
use proptest::prelude::*;
use std::time::Duration;
use ykc::YkcLink;
use ykc::frame::CrcOrder;
use ykc::message::Message;

fn pieces() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let frames: Vec<Vec<u8>> = sound_frames().into_iter().map(|(_, bytes)| bytes).collect();
    let sound = proptest::sample::select(frames);
    let damaged = (sound.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(
        |(mut bytes, index, change)| {
            let at = index.index(bytes.len());
            bytes[at] ^= change;
            bytes
        },
    );
    let noise = proptest::collection::vec(any::<u8>(), 0..40);
    proptest::collection::vec(prop_oneof![4 => sound, 2 => damaged, 1 => noise], 0..24)
}

/// One answer of each kind, right or wrong for the question.
fn answers() -> impl Strategy<Value = Answer> {
    prop_oneof![
        Just(Answer::Stored),
        Just(Answer::Silence),
        Just(Answer::Tariff(None)),
        Just(Answer::Card(CardVerdict::AskPassword { balance: Fen(-1) })),
        Just(Answer::Card(CardVerdict::Accepted {
            balance: Fen(1),
            plan: Some(Box::new(super::plan(1))),
        })),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_stream_is_borne(
        pieces in pieces(),
        cuts in proptest::collection::vec(1_usize..80, 1..40),
        pauses in proptest::collection::vec(0_u64..20_000, 1..20),
        answer in answers(),
    ) {
        let mut desk = Desk::fresh(Profile::default());
        desk.says = Some(answer);
        desk.up(login());
        let stream = pieces.concat();
        let mut rest = &stream[..];
        let mut pauses = pauses.iter().cycle();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, later) = rest.split_at((*cut).min(rest.len()));
            desk.bytes(piece);
            rest = later;
            if let Some(pause) = pauses.next() {
                desk.pass(*pause / 10);
            }
        }
        desk.command(start(1));
        desk.command(stop(1));
        desk.seconds(200);
    }

    #[test]
    fn chunking_changes_nothing(
        pieces in pieces(),
        cuts in proptest::collection::vec(1_usize..80, 1..40),
    ) {
        let stream = pieces.concat();
        let run = |cuts: &[usize]| {
            let mut desk = Desk::new();
            // The platform's word comes between two calls, so its place depends on the cuts.
            desk.says = None;
            let mut rest = &stream[..];
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, later) = rest.split_at((*cut).min(rest.len()));
                desk.bytes(piece);
                rest = later;
            }
            (desk.downs, desk.events, desk.tally, desk.link.pending())
        };
        prop_assert_eq!(run(&cuts), run(&[stream.len().max(1)]));
    }

    #[test]
    fn arbitrary_bytes_are_borne(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let mut link = YkcLink::new();
        let mut out = Output::default();
        let now = Timestamp(1_729_407_600_000);
        link.receive(&bytes, now, &mut out);
        link.admit(&phy("32010600019236"), Admission::Known(Profile::default()), now, &mut out);
        link.tick(now + Duration::from_secs(6), &mut out);
        let tally = out.tally;
        let counted = tally.decoded + tally.unknown + tally.malformed + tally.skipped;
        prop_assert_eq!(counted + link.pending() as u64, bytes.len() as u64);
    }

    #[test]
    fn any_command_ends(port in 0_u16..40, amount in -5_i64..1_000_000_000_000, parallel in any::<bool>()) {
        let mut desk = Desk::new();
        let mut plan = super::plan(port);
        plan.amount = Fen(amount);
        plan.parallel = parallel.then(|| "241020150000".to_owned());
        let first = desk.command(Command::StartCharge(plan));
        let second = desk.command(Command::QueryPort { port: Some(PortNo(port)) });
        desk.live(120);
        prop_assert!(!desk.is_open(first));
        prop_assert!(!desk.is_open(second));
    }
}

#[test]
fn a_login_in_single_bytes() {
    let mut desk = Desk::fresh(Profile::default());
    let mut bytes = Vec::new();
    Message::from(login())
        .seal([1, 2], CrcOrder::HighLow, &mut bytes)
        .expect("short");
    for byte in bytes {
        desk.bytes(&[byte]);
    }
    assert_eq!(desk.kinds().len(), 2);
}
