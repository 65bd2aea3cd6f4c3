//! Whatever comes, in whatever order: no panic, nothing without bounds, every byte counted,
//! every command answered once.

use super::commands::vendor;
use super::{Desk, HOST, OTHER, SOCKET, frame, learnt, order, pinned, plan, start, stop};
use crate::vector_files::good_frames;
use ap3000::PhysicalId;
use ap3000::frame::parse;
use device::{
    Answer, CardRefusal, CardVerdict, ChargeMode, ChargePlan, Command, Envelope, FirmwareSource,
    FirmwareTarget, Link as _, ParamValue, Profile, Receipt,
};
use kernel::{CommandId, Energy, Fen, PortNo};
use proptest::collection::vec;
use proptest::prelude::*;

/// Something that happens to a link.
#[derive(Clone, Debug)]
enum Act {
    Bytes(Vec<u8>),
    /// A published frame under one of our ids.
    Vector(usize, usize),
    Frame(usize, u16, u8, Vec<u8>),
    /// A published frame under our id, cut or with a flipped bit, its sum made right.
    Bent(usize, usize, u8),
    Pass(u64),
    Command(usize, usize, bool),
    /// An answer to what was written last.
    Reply(Vec<u8>),
    Resolve(u64, usize),
    Withdraw(i64),
    Profile(usize),
    Release(usize),
    Admit(usize, bool),
    Clock(i64),
}

const IDS: [u32; 4] = [SOCKET, OTHER, HOST, 0x0500_0001];

pub(super) fn number(id: &str, value: i64) -> ParamValue {
    ParamValue {
        id: id.to_owned(),
        value: value.into(),
    }
}

fn acts() -> impl Strategy<Value = Act> {
    // Numbers of commands are 101, 102, …
    let msg = prop_oneof![Just(0_u16), 101..130_u16, any::<u16>()];
    let any_index = any::<usize>;
    prop_oneof![
        2 => vec(any::<u8>(), 0..60).prop_map(Act::Bytes),
        6 => (any_index(), any_index()).prop_map(|(which, id)| Act::Vector(which, id)),
        4 => (any_index(), msg, any::<u8>(), vec(0..6_u8, 0..50))
            .prop_map(|(id, msg, cmd, data)| Act::Frame(id, msg, cmd, data)),
        3 => (any_index(), any_index(), any::<u8>())
            .prop_map(|(which, place, bits)| Act::Bent(which, place, bits)),
        6 => (0..40_000_u64).prop_map(Act::Pass),
        5 => (any_index(), any_index(), any::<bool>())
            .prop_map(|(which, id, again)| Act::Command(which, id, again)),
        5 => vec(0..4_u8, 1..25).prop_map(Act::Reply),
        3 => (0..40_u64, any_index()).prop_map(|(receipt, answer)| Act::Resolve(receipt, answer)),
        1 => (0..40_i64).prop_map(Act::Withdraw),
        1 => any_index().prop_map(Act::Profile),
        1 => any_index().prop_map(Act::Release),
        1 => (any_index(), any::<bool>()).prop_map(|(id, known)| Act::Admit(id, known)),
        1 => (-4_000_000..4_000_000_i64).prop_map(Act::Clock),
    ]
}

fn commands() -> Vec<Command> {
    let energy = ChargePlan {
        mode: ChargeMode::Energy,
        energy: Some(Energy::from_centi_kwh(100)),
        ..plan(2, 4)
    };
    let image = |target| Command::UpdateFirmware {
        target,
        source: FirmwareSource::Image {
            hex: "00".repeat(700),
        },
    };
    vec![
        start(1, 1),
        start(2, 2),
        start(255, 3),
        Command::StartCharge(energy),
        stop(1, 1),
        stop(2, 4),
        Command::AdjustCharge {
            port: PortNo(1),
            order: order(1),
            duration_s: Some(60),
            energy: None,
        },
        Command::QueryPort { port: None },
        Command::SetParams {
            socket: None,
            values: vec![number("float_percent", 20), number("max_duration_s", 3600)],
            via: None,
        },
        Command::QueryParams { socket: None },
        image(FirmwareTarget::Main),
        image(FirmwareTarget::Socket),
        image(FirmwareTarget::Radio),
        Command::SyncTime,
        Command::Restart { when_idle: false },
        vendor("erase_memory", vec![]),
        vendor("self_upgrade", vec![]),
        vendor(
            "read_eeprom",
            vec![number("address", 1), number("length", 2)],
        ),
        vendor("locate", vec![number("seconds", 3)]),
    ]
}

fn answers() -> Vec<Answer> {
    vec![
        Answer::Stored,
        Answer::Silence,
        Answer::Balance(Fen(-1)),
        Answer::Tariff(None),
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
        learnt(&[("device_type", "31"), ("fw_version", "640")]),
        learnt(&[("device_type", "02"), ("fw_version", "214")]),
        learnt(&[("role", "host"), ("host_type", "50")]),
        learnt(&[("host_type", "01"), ("heartbeat", "21")]),
        pinned("start_length", "25"),
        pinned("bus_gap_ms", "99999999999"),
        pinned("sub_devices", "04A26CF3"),
        learnt(&[("device_type", "zz"), ("heartbeat_s", "-1")]),
    ]
}

fn pick<T: Clone>(all: &[T], which: usize) -> T {
    all[which % all.len()].clone()
}

/// A published frame under another id.
fn under(raw: &[u8], id: u32) -> Vec<u8> {
    let found = parse(raw).expect("published");
    frame(id, found.msg_id, found.cmd, &hex::encode(found.data))
}

fn bent(raw: &[u8], place: usize, bits: u8) -> Vec<u8> {
    let found = parse(raw).expect("published");
    let mut data = found.data.to_vec();
    let place = place % (data.len() + 1);
    match data.get_mut(place) {
        Some(byte) if bits % 2 == 1 => *byte ^= bits,
        _ => data.truncate(place),
    }
    frame(SOCKET, found.msg_id, found.cmd, &hex::encode(data))
}

fn perform(desk: &mut Desk, act: Act, frames: &[Vec<u8>], given: &mut Vec<CommandId>) {
    match act {
        Act::Bytes(bytes) => desk.bytes(&bytes),
        Act::Vector(which, id) => desk.bytes(&under(&pick(frames, which), pick(&IDS, id))),
        Act::Frame(id, msg, cmd, data) => desk.up_as(pick(&IDS, id), msg, cmd, &hex::encode(data)),
        Act::Bent(which, place, bits) => desk.bytes(&bent(&pick(frames, which), place, bits)),
        Act::Pass(milliseconds) => desk.pass(milliseconds),
        Act::Command(which, id, attempted) => {
            let command = pick(&commands(), which);
            given.push(desk.dispatch(pick(&IDS, id), command, attempted));
        }
        Act::Reply(data) => {
            if !desk.downs.is_empty() {
                desk.reply(&hex::encode(data));
            }
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
        Act::Profile(which) => {
            let phy = PhysicalId(SOCKET).phy();
            desk.link.reprofile(&phy, pick(&profiles(), which));
        }
        Act::Release(id) => {
            let phy = PhysicalId(pick(&IDS, id)).phy();
            desk.call(|link, now, out| link.release(&phy, now, out));
        }
        Act::Admit(id, known) => {
            let ours = std::mem::replace(&mut desk.ours, known);
            let phy = PhysicalId(pick(&IDS, id)).phy();
            desk.admit(&phy);
            desk.ours = ours;
        }
        Act::Clock(milliseconds) => desk.now.0 += milliseconds,
    }
}

/// Receipts are numbered over all ids.
fn unnumbered(envelope: Envelope) -> Envelope {
    Envelope {
        receipt: envelope.receipt.map(|_| Receipt(0)),
        ..envelope
    }
}

fn vectors() -> Vec<Vec<u8>> {
    let frames = good_frames();
    let sent = |raw: &Vec<u8>| raw.len() < 260;
    frames
        .into_iter()
        .map(|good| good.bytes)
        .filter(sent)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_breaks_a_link(
        profile: usize,
        stores: bool,
        admits in prop::bool::weighted(0.8),
        ours in prop::bool::weighted(0.9),
        acts in vec(acts(), 0..80),
    ) {
        let frames = vectors();
        let mut desk = Desk::fresh();
        desk.profiles.insert(SOCKET, pick(&profiles(), profile));
        (desk.stores, desk.admits, desk.ours) = (stores, admits, ours);
        desk.idle(SOCKET);
        let mut given = Vec::new();
        for act in acts {
            perform(&mut desk, act, &frames, &mut given);
            prop_assert!(desk.link.pending() <= 517 + 4 * 32 * 517);
            if desk.closed() {
                prop_assert_eq!((desk.link.pending(), desk.link.deadline()), (0, None));
            }
        }
        for id in &given {
            prop_assert!(desk.outcomes(*id).len() <= 1, "one end each");
        }
        // Silence then; the clock may have been set back by hours.
        desk.seconds(400_000);
        prop_assert!(desk.closed());
    }

    /// With devices that are heard all the while every command comes to its end.
    #[test]
    fn every_command_comes_to_its_end(profile: usize, acts in vec(acts(), 0..40)) {
        let frames = vectors();
        let mut desk = Desk::fresh();
        desk.profiles.insert(SOCKET, pick(&profiles(), profile));
        for id in IDS {
            desk.idle(id);
        }
        let mut given = Vec::new();
        for act in acts {
            let quiet = matches!(
                act,
                Act::Bytes(_) | Act::Clock(_) | Act::Pass(_) | Act::Release(_) | Act::Admit(..)
            );
            if !quiet {
                perform(&mut desk, act, &frames, &mut given);
            }
            desk.bytes(b"link");
        }
        for _ in 0..400 {
            desk.seconds(10);
            desk.bytes(b"link");
        }
        for id in given {
            prop_assert_eq!(desk.outcomes(id).len(), 1);
        }
    }

    /// The same bytes in other pieces say the same.
    #[test]
    fn chunking_changes_nothing(
        which in vec((any::<usize>(), any::<usize>()), 1..6),
        noise in vec(any::<u8>(), 0..12),
        cuts in vec(1..40_usize, 0..30),
    ) {
        let frames = vectors();
        let mut stream = noise;
        for (which, id) in which {
            stream.extend(under(&pick(&frames, which), pick(&IDS, id)));
        }
        let fresh = || {
            let mut desk = Desk::fresh();
            desk.stores = false;
            desk
        };
        let mut whole = fresh();
        whole.bytes(&stream);
        let mut pieces = fresh();
        let mut rest = &stream[..];
        let mut cuts = cuts.into_iter().cycle();
        while !rest.is_empty() {
            let cut = cuts.next().unwrap_or(1).min(rest.len());
            pieces.bytes(&rest[..cut]);
            rest = &rest[cut..];
        }
        // Ids wait for the platform each by itself, so only their own order is the same.
        for id in IDS {
            let phy = PhysicalId(id).phy();
            let of = |desk: &Desk| {
                let events = desk.events.iter().filter(|event| event.device == phy);
                let downs = desk.downs.iter().filter(|down| down.id == id);
                (events.cloned().map(unnumbered).collect::<Vec<_>>(), downs.cloned().collect::<Vec<_>>())
            };
            prop_assert_eq!(of(&whole), of(&pieces));
        }
        prop_assert_eq!(whole.tally, pieces.tally);
    }
}
