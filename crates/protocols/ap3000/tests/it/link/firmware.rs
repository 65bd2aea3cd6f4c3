//! Firmware in all its ways.

use super::host_firmware::{behind_a_host, dual_sockets};
use super::{Desk, Down, HOST, SOCKET, fault, learnt, order_hex, start};
use ap3000::Ap3000;
use device::{
    Command, Event, FirmwareProgress, FirmwareSource, FirmwareTarget, Profile, Protocol as _,
};
use kernel::CommandId;
use std::sync::Arc;

pub(super) fn library(target: FirmwareTarget, version: &str, size: u32) -> Command {
    Command::UpdateFirmware {
        target,
        source: FirmwareSource::Library {
            firmware: 1,
            version: version.to_owned(),
            size,
        },
    }
}

fn new_device() -> Profile {
    learnt(&[("device_type", "31"), ("fw_version", "640")])
}

fn old_device() -> Profile {
    learnt(&[("device_type", "06"), ("fw_version", "214")])
}

fn image(length: usize) -> Arc<[u8]> {
    vec![7; length].into()
}

impl Desk {
    pub(super) fn update(&mut self, id: u32, command: Command, length: usize) -> CommandId {
        self.dispatch_with(id, command, false, Some(image(length)))
    }

    /// The device answers the piece that was written last.
    fn piece(&mut self, answer: u8) -> Down {
        let last = self.last().clone();
        let number = &last.data[4..8];
        self.reply(&format!("{answer:02x}{number}"));
        self.seconds(1);
        last
    }

    fn firmware(&self) -> Vec<FirmwareProgress> {
        let events = self.named("firmware").into_iter();
        events
            .filter_map(|event| match event {
                Event::Firmware(progress) => Some(progress.clone()),
                _ => None,
            })
            .collect()
    }
}

#[test]
fn pieces_of_200_and_a_check_packet() {
    let mut desk = Desk::with(new_device());
    let command = library(FirmwareTarget::Main, "6.41", 450);
    let id = desk.update(SOCKET, command, 450);
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let piece = desk.piece(0);
        assert_eq!((piece.cmd, piece.data.len()), (0xE0, 408));
        numbers.push(piece.msg_id);
    }
    assert!(desk.is_open(id));
    let check = desk.piece(0);
    let sum = hex::encode((450_u32 * 7).to_le_bytes());
    assert!(
        check
            .data
            .starts_with(&format!("04000400a1a2a3a4a5a6a7a8{sum}318102"))
    );
    assert!(desk.accepted(id));
    numbers.dedup();
    assert_eq!(numbers.len(), 3, "each piece has a number of its own");
    assert_eq!(
        desk.firmware().last().map(|news| (news.done, news.total)),
        Some((4, 4))
    );
}

#[test]
fn pieces_wait_thirty_seconds_and_three_repeats() {
    let mut desk = Desk::with(new_device());
    let id = desk.update(SOCKET, library(FirmwareTarget::Main, "6.41", 450), 450);
    desk.piece(0);
    for _ in 0..6 {
        desk.seconds(30);
        desk.idle(SOCKET);
    }
    let second = desk.downs.iter().filter(|down| down.cmd == 0xE0);
    assert_eq!(second.count(), 5, "one, and four times the second");
    assert!(desk.lapsed(id));
    assert!(
        desk.firmware()
            .last()
            .is_some_and(|news| news.error.is_some())
    );
}

#[test]
fn answers_of_the_device_steer_it() {
    let fresh = |version| {
        let mut desk = Desk::with(new_device());
        let id = desk.update(SOCKET, library(FirmwareTarget::Main, version, 450), 450);
        (desk, id)
    };
    // It names the piece that it wants again.
    let (mut desk, id) = fresh("6.41");
    desk.piece(0);
    desk.piece(0);
    desk.reply("010200");
    desk.seconds(1);
    assert!(desk.last().data.starts_with("04000200"));
    // Wrong type: over.
    desk.piece(3);
    assert!(desk.refusal(id).contains("wrong device type"));
    // Wrong sum: once more from the beginning, but not for ever.
    let (mut desk, id) = fresh("6.41");
    for _ in 0..20 {
        if desk.is_open(id) {
            desk.piece(2);
        }
    }
    assert!(desk.refusal(id).contains("sum of the whole firmware wrong"));
    // It wants a check packet, and the version for one is not known.
    let (mut desk, id) = fresh("nightly");
    assert!(desk.last().data.starts_with("0300"));
    desk.piece(4);
    assert!(desk.refusal(id).contains("check packet"));
    // Answers outside the table end it.
    let (mut desk, id) = fresh("6.41");
    desk.piece(0x33);
    assert!(desk.refusal(id).contains("answer 51"));
}

#[test]
fn old_devices_take_pieces_of_256_and_may_ask_to_begin_anew() {
    let mut desk = Desk::with(old_device());
    let id = desk.update(SOCKET, library(FirmwareTarget::Main, "2.15", 600), 600);
    assert_eq!((desk.last().cmd, desk.last().data.len()), (0xF8, 520));
    desk.piece(0);
    assert!(desk.last().data.starts_with("03000200"));
    desk.up(SOCKET, 0x05, "");
    desk.seconds(1);
    assert!(desk.last().data.starts_with("03000100"));
    for _ in 0..3 {
        desk.piece(0);
    }
    assert!(desk.accepted(id));
    assert_eq!(desk.written(0x05), 0);
}

#[test]
fn hosts_ask_for_their_firmware() {
    let host = learnt(&[("role", "host"), ("host_type", "50")]);
    let mut desk = Desk::fresh();
    desk.profiles.insert(HOST, host);
    desk.up(HOST, 0x12, "");
    desk.seconds(1);
    let id = desk.update(HOST, library(FirmwareTarget::Main, "3.20", 300), 300);
    assert_eq!((desk.last().cmd, desk.last().data.as_str()), (0xFA, ""));
    // The request has a number of the host's own.
    desk.up(HOST, 0xFA, "000000");
    desk.seconds(1);
    assert!(desk.last().data.starts_with("02000100"));
    desk.piece(0);
    // It was silent for long and begins anew.
    desk.up(HOST, 0xFA, "000000");
    desk.seconds(1);
    assert!(desk.last().data.starts_with("02000100"));
    desk.piece(0);
    desk.piece(0);
    assert!(desk.accepted(id));
    // Without an upgrade a request is not answered.
    desk.forget();
    desk.up(HOST, 0xFA, "000000");
    desk.seconds(5);
    assert!(desk.downs.is_empty());
}

#[test]
fn old_hosts_are_answered_and_begin_anew() {
    let host = learnt(&[("role", "host"), ("host_type", "01")]);
    let mut desk = Desk::fresh();
    desk.profiles.insert(HOST, host);
    desk.up(HOST, 0x12, "");
    desk.seconds(1);
    desk.update(HOST, library(FirmwareTarget::Main, "2.20", 300), 300);
    assert_eq!(desk.last().cmd, 0xF9);
    desk.piece(0);
    desk.forget();
    desk.up(HOST, 0x15, "");
    desk.seconds(1);
    let said: Vec<_> = desk
        .downs
        .iter()
        .map(|down| (down.cmd, &down.data[..2]))
        .collect();
    assert_eq!(said, [(0x15, "00"), (0xF9, "02")]);
    assert!(desk.last().data.starts_with("02000100"));
}

#[test]
fn a_power_board_and_the_host_under_the_same_id() {
    let both = learnt(&[
        ("device_type", "31"),
        ("fw_version", "640"),
        ("power_board", "1"),
        ("host_type", "50"),
    ]);
    let mut desk = Desk::with(both.clone());
    desk.update(SOCKET, library(FirmwareTarget::Socket, "1.01", 10), 10);
    assert_eq!(desk.last().cmd, 0xE1);
    let mut desk = Desk::with(both);
    desk.update(SOCKET, library(FirmwareTarget::Radio, "3.20", 10), 10);
    assert_eq!(desk.last().cmd, 0xFA);
    let mut desk = behind_a_host(&dual_sockets());
    desk.update(HOST, library(FirmwareTarget::Socket, "6.41", 10), 10);
    assert_eq!(desk.last().cmd, 0xE2);
    assert!(
        desk.last().data.starts_with("02000100"),
        "with a check packet"
    );
}

#[test]
fn a_power_board_belongs_to_a_device_of_the_list() {
    let unlisted = learnt(&[
        ("device_type", "99"),
        ("fw_version", "640"),
        ("power_board", "1"),
    ]);
    let mut desk = Desk::with(unlisted);
    let id = desk.update(SOCKET, library(FirmwareTarget::Socket, "1.01", 10), 10);
    assert_eq!(desk.refusal(id), "the vendor's list has no such device");
}

#[test]
fn a_device_gets_only_its_own_major_version() {
    let mut desk = Desk::with(new_device());
    let id = desk.update(SOCKET, library(FirmwareTarget::Main, "5.10", 10), 10);
    assert!(desk.refusal(id).contains("another major version"));
    assert_eq!(desk.written(0xE0), 0);
}

#[test]
fn firmware_for_unknown_devices_is_refused() {
    let unlisted = learnt(&[("device_type", "99"), ("fw_version", "640")]);
    let mut desk = Desk::with(unlisted);
    let id = desk.update(SOCKET, library(FirmwareTarget::Main, "6.41", 10), 10);
    assert_eq!(desk.refusal(id), "the vendor's list has no such device");
    let any = Profile::default();
    fault(&any, &library(FirmwareTarget::Socket, "1.0", 10));
    fault(&any, &library(FirmwareTarget::Radio, "1.0", 10));
    fault(&any, &library(FirmwareTarget::Main, "1.0", 0));
    fault(&any, &library(FirmwareTarget::Main, "1.0", 20_000_000));
    let host = learnt(&[("role", "host"), ("host_type", "55")]);
    fault(&host, &library(FirmwareTarget::Main, "1.0", 10));
    // The image has left the library.
    let mut desk = Desk::with(new_device());
    let id = desk.command(library(FirmwareTarget::Main, "6.41", 10));
    assert!(desk.refusal(id).contains("not in the library"));
}

#[test]
fn the_log_names_the_command_that_is_sent() {
    let device = |kind, version| learnt(&[("device_type", kind), ("fw_version", version)]);
    for (kind, version, cmd) in [
        ("31", "640", Some(0xE0)),
        ("06", "214", Some(0xF8)),
        ("07", "301", Some(0xF8)),
        ("02", "110", Some(0xE0)),
        ("02", "210", Some(0xF8)),
        ("70", "100", Some(0xF8)),
        ("99", "640", None),
    ] {
        let profile = device(kind, version);
        let command = library(FirmwareTarget::Main, "x", 10);
        assert_eq!(Ap3000.wire_command(&profile, &command), cmd, "{kind}");
        if let Some(cmd) = cmd
            && kind != "70"
        {
            let mut desk = Desk::with(profile);
            desk.update(SOCKET, command, 10);
            assert_eq!(u16::from(desk.last().cmd), cmd, "{kind}");
        }
    }
    let command = library(FirmwareTarget::Main, "x", 10);
    assert_eq!(Ap3000.wire_command(&Profile::default(), &command), None);
}

#[test]
fn no_firmware_while_something_charges() {
    let mut desk = Desk::with(new_device());
    desk.power(0, 300, 4, &order_hex(1));
    let id = desk.update(SOCKET, library(FirmwareTarget::Main, "6.41", 10), 10);
    assert_eq!(desk.refusal(id), "a socket of this device charges");
    // A charge that began while the firmware waited for its turn.
    let mut desk = Desk::with(new_device());
    let locate = super::commands::vendor("mute", vec![super::properties::number("mute", 1)]);
    desk.command(locate);
    let id = desk.update(SOCKET, library(FirmwareTarget::Main, "6.41", 10), 10);
    desk.states(SOCKET, 1, 0);
    let mute = desk.downs[0].clone();
    desk.up_as(SOCKET, mute.msg_id, 0x97, "00");
    desk.seconds(1);
    assert_eq!(desk.refusal(id), "a socket of this device charges");
    // And no start while the firmware is on its way.
    let mut desk = Desk::with(new_device());
    desk.update(SOCKET, library(FirmwareTarget::Main, "6.41", 450), 450);
    let id = desk.command(start(1, 1));
    assert_eq!(desk.refusal(id), "the firmware is being updated");
}

#[test]
fn a_stop_goes_between_two_pieces() {
    let mut desk = Desk::with(new_device());
    desk.update(SOCKET, library(FirmwareTarget::Main, "6.41", 450), 450);
    desk.command(super::stop(1, 1));
    desk.piece(0);
    assert_eq!(desk.last().cmd, 0x82);
}

#[test]
fn progress_is_told_a_hundred_times_at_most() {
    let mut desk = Desk::with(new_device());
    let id = desk.update(SOCKET, library(FirmwareTarget::Main, "x", 200_000), 200_000);
    for _ in 0..1000 {
        desk.piece(0);
    }
    assert!(desk.accepted(id));
    assert!((90..=101).contains(&desk.firmware().len()));
}
