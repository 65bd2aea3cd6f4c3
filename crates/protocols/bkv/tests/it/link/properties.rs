//! Whatever comes, in whatever order: no panic, nothing without bounds, every byte counted,
//! every command answered once.

use super::{Desk, GATEWAY, learnt, order, phy, pinned, plan, start, stop, tiers, up_from};
use crate::vector_files::good_frames;
use device::{
    Answer, CardRefusal, CardVerdict, ChargePlan, Command, FirmwareSource, FirmwareTarget,
    Link as _, ParamValue, Profile, Receipt, SocketEntry, VoiceSchedule,
};
use kernel::{CommandId, Fen, PortNo};
use proptest::collection::vec;
use proptest::prelude::*;

/// Something that happens to a link.
#[derive(Clone, Debug)]
enum Act {
    Bytes(Vec<u8>),
    /// A published frame under our gateway's id.
    Vector(usize),
    Frame(u16, u32, Vec<u8>),
    Sub(u16, u8, u32, Vec<u8>),
    Pass(u64),
    Command(usize, bool),
    Resolve(u64, usize),
    Withdraw(i64),
    Profile(usize),
    Clock(i64),
}

const OUTER: [u16; 20] = [
    0x0000, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0007, 0x0015, 0x0020, 0x0021, 0x0081, 0x0082,
    0x0083, 0x0089, 0x008A, 0x00E0, 0x00E2, 0x1000, 0x1001, 0x7777,
];
const SUBS: [u8; 16] = [
    0x02, 0x03, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0F, 0x13, 0x17, 0x18, 0x1A, 0x1B, 0x1C,
];

fn acts() -> impl Strategy<Value = Act> {
    // Numbers of commands are 101, 102, …
    let seq = prop_oneof![Just(0_u32), 101..130_u32, any::<u32>()];
    let outer = proptest::sample::select(&OUTER[..]);
    let subs = proptest::sample::select(&SUBS[..]);
    prop_oneof![
        2 => vec(any::<u8>(), 0..60).prop_map(Act::Bytes),
        6 => any::<usize>().prop_map(Act::Vector),
        3 => (outer, seq.clone(), vec(any::<u8>(), 0..50)).prop_map(|(cmd, seq, body)| Act::Frame(cmd, seq, body)),
        6 => (any::<bool>(), subs, seq, vec(0..4_u8, 0..40))
            .prop_map(|(old, sub, seq, body)| Act::Sub(if old { 5 } else { 0x15 }, sub, seq, body)),
        6 => (0..20_000_u64).prop_map(Act::Pass),
        5 => (any::<usize>(), any::<bool>()).prop_map(|(which, again)| Act::Command(which, again)),
        3 => (0..40_u64, any::<usize>()).prop_map(|(receipt, answer)| Act::Resolve(receipt, answer)),
        1 => (0..40_i64).prop_map(Act::Withdraw),
        1 => any::<usize>().prop_map(Act::Profile),
        1 => (-4_000_000..4_000_000_i64).prop_map(Act::Clock),
    ]
}

fn commands() -> Vec<Command> {
    let card = ChargePlan {
        proposed_session: Some(9),
        ..plan(1, 4)
    };
    let tiered = ChargePlan {
        tiers: vec![tiers::tier(200, 25, 60)],
        ..plan(2, 5)
    };
    let entry = SocketEntry {
        socket_no: 1,
        mac: "854121800889".to_owned(),
    };
    let value = |id: &str| ParamValue {
        id: id.to_owned(),
        value: 50.into(),
    };
    vec![
        start(1, 1),
        start(2, 2),
        start(255, 3),
        Command::StartCharge(card),
        Command::StartCharge(tiered),
        stop(1, 1),
        stop(2, 5),
        Command::AdjustCharge {
            port: PortNo(1),
            order: order(1),
            duration_s: Some(60),
            energy: None,
        },
        Command::QueryPort { port: None },
        Command::QueryPort {
            port: Some(PortNo(1)),
        },
        Command::SetParams {
            socket: None,
            values: vec![value("33"), value("37")],
            via: None,
        },
        Command::QueryParams { socket: None },
        Command::ReplaceSockets {
            channel: 1,
            sockets: vec![entry.clone()],
        },
        Command::AddSocket(entry),
        Command::SetVoice(VoiceSchedule {
            socket: 254,
            hole: 0,
            buzzer: true,
            voice: true,
            periods: Vec::new(),
        }),
        Command::UpdateFirmware {
            target: FirmwareTarget::Main,
            source: FirmwareSource::Image {
                hex: "00".repeat(500),
            },
        },
        Command::SyncTime,
        Command::Restart { when_idle: false },
    ]
}

fn answers() -> Vec<Answer> {
    vec![
        Answer::Stored,
        Answer::Silence,
        Answer::Balance(Fen(-1)),
        Answer::Card(CardVerdict::Accepted {
            balance: Fen(1),
            plan: None,
        }),
        Answer::Card(CardVerdict::Refused {
            reason: CardRefusal::Blocked,
            balance: Fen(i64::MAX),
        }),
    ]
}

fn profiles() -> Vec<Profile> {
    vec![
        Profile::default(),
        learnt("dialect", "v8.6"),
        pinned("dialect", "networked"),
        pinned("single_device", "1"),
        pinned("legacy_params", "1"),
        learnt("end_ack", "echo"),
    ]
}

/// The published uplinks, as if our gateway said them.
fn vectors() -> Vec<Vec<u8>> {
    let ours = |raw: &[u8]| {
        let frame = bkv::frame::parse(raw).ok()?;
        match frame.framing {
            bkv::frame::Framing::Gateway { cmd, seq, .. } if raw[1] == 0xFE => {
                Some(up_from(GATEWAY, cmd, seq, &hex::encode(frame.body)))
            }
            _ => None,
        }
    };
    good_frames()
        .iter()
        .filter_map(|(_, raw)| ours(raw))
        .collect()
}

fn pick<T: Clone>(all: &[T], which: usize) -> T {
    all[which % all.len()].clone()
}

fn perform(desk: &mut Desk, act: Act, frames: &[Vec<u8>], given: &mut Vec<CommandId>) {
    match act {
        Act::Bytes(bytes) => desk.bytes(&bytes),
        Act::Vector(which) => desk.bytes(&pick(frames, which)),
        Act::Frame(cmd, seq, body) => desk.up(cmd, seq, &hex::encode(body)),
        Act::Sub(cmd, sub, seq, body) => desk.sub(cmd, sub, seq, &hex::encode(body)),
        Act::Pass(milliseconds) => desk.pass(milliseconds),
        Act::Command(which, attempted) => {
            given.push(desk.dispatch(pick(&commands(), which), attempted));
        }
        Act::Resolve(receipt, answer) => {
            let answer = pick(&answers(), answer);
            desk.call(|link, now, out| link.resolve(Receipt(receipt), answer, now, out));
        }
        Act::Withdraw(id) => {
            if desk.link.withdraw(CommandId(id)) {
                given.retain(|other| other.0 != id);
            }
        }
        Act::Profile(which) => desk.link.reprofile(&phy(GATEWAY), pick(&profiles(), which)),
        Act::Clock(milliseconds) => desk.now.0 += milliseconds,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_breaks_a_link(profile: usize, stores: bool, ours in prop::bool::weighted(0.9), acts in vec(acts(), 0..80)) {
        let frames = vectors();
        let mut desk = Desk::fresh(pick(&profiles(), profile));
        desk.ours = ours;
        desk.stores = stores;
        desk.up(0x0000, 0, super::HEARTBEAT);
        let mut given = Vec::new();
        for act in acts {
            perform(&mut desk, act, &frames, &mut given);
            prop_assert!(desk.link.pending() <= 4096 + 4);
            if !desk.closed() {
                continue;
            }
            prop_assert_eq!((desk.link.pending(), desk.link.deadline()), (0, None));
        }
        for id in &given {
            prop_assert!(desk.outcomes(*id).len() <= 1, "one end each");
        }
        // Silence then; the clock may have been set back by hours.
        desk.seconds(400_000);
        prop_assert!(desk.closed());
    }

    /// With a device that is heard all the while every command comes to its end.
    #[test]
    fn every_command_comes_to_its_end(v86: bool, acts in vec(acts(), 0..40)) {
        let frames = vectors();
        let mut desk = if v86 { Desk::v86() } else { Desk::new() };
        let mut given = Vec::new();
        for act in acts {
            if !matches!(act, Act::Bytes(_) | Act::Frame(..) | Act::Clock(_) | Act::Pass(_)) {
                perform(&mut desk, act, &frames, &mut given);
            }
            desk.up(0x0000, 0, super::HEARTBEAT);
        }
        for _ in 0..200 {
            desk.seconds(10);
            desk.up(0x0000, 0, super::HEARTBEAT);
        }
        if !desk.closed() {
            for id in given {
                prop_assert_eq!(desk.outcomes(id).len(), 1);
            }
        }
    }
}
