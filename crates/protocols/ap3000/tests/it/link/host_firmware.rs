//! Firmware of hosts and through them: for whom, and not while something charges there.

use super::commands::vendor;
use super::firmware::library;
use super::properties::number;
use super::{Desk, HOST, SOCKET, learnt, order_hex, start};
use device::{Command, FirmwareSource, FirmwareTarget, Link as _};

#[test]
fn firmware_through_a_host_needs_one_known_kind_behind_it_and_a_version() {
    let refused = |versions: &str, command: Command| {
        let mut desk = behind_a_host(versions);
        let id = desk.update(HOST, command, 10);
        assert_eq!(desk.written(0xE2), 0);
        desk.refusal(id).to_owned()
    };
    let newer = || library(FirmwareTarget::Socket, "6.41", 10);
    let (dual, wide) = ("31008002f36ca204", "29000e01f36ca206");
    for versions in [
        String::new(),
        "00".to_owned(),
        format!("02{dual}{wide}"),
        // The same type with other recognition codes, or versions, is another model.
        "0220006400f36ca20520006400f46ca206".to_owned(),
        "0202007200f36ca2040200d200f46ca204".to_owned(),
    ] {
        assert!(refused(&versions, newer()).contains("of one type"));
    }
    let unlisted = "0199008002f36ca204";
    assert!(refused(unlisted, newer()).contains("the vendor's list"));
    for version in ["nightly", "5.10"] {
        let other = library(FirmwareTarget::Socket, version, 10);
        assert!(refused(&dual_sockets(), other).contains("version"));
    }
    let bare = Command::UpdateFirmware {
        target: FirmwareTarget::Socket,
        source: FirmwareSource::Image {
            hex: "0707".to_owned(),
        },
    };
    assert!(refused(&dual_sockets(), bare).contains("version"));
    // What was of one kind is not any more.
    let mut desk = behind_a_host(&dual_sockets());
    desk.up(HOST, 0x35, "00");
    let id = desk.update(HOST, newer(), 10);
    assert!(desk.refusal(id).contains("of one type"));
}

/// 0x35 with one entry: V6.40, type 31, recognition code 04.
pub(super) fn dual_sockets() -> String {
    "0131008002f36ca204".to_owned()
}

/// A host, a socket behind it, and what the host says of the devices there.
pub(super) fn behind_a_host(versions: &str) -> Desk {
    let host = learnt(&[("role", "host"), ("host_type", "50")]);
    let mut desk = Desk::fresh();
    desk.profiles.insert(HOST, host);
    desk.up(HOST, 0x12, "");
    if !versions.is_empty() {
        desk.up(HOST, 0x35, versions);
    }
    desk.idle(SOCKET);
    desk.seconds(5);
    desk
}

/// Firmware through the host, and its own.
fn host_updates() -> [Command; 2] {
    [
        library(FirmwareTarget::Socket, "6.41", 450),
        library(FirmwareTarget::Main, "3.20", 450),
    ]
}

#[test]
fn a_host_gets_no_firmware_while_something_behind_it_charges() {
    const WHY: &str = "a device on the connection of this host charges";
    for update in host_updates() {
        let mut desk = behind_a_host(&dual_sockets());
        desk.power(0, 300, 4, &order_hex(1));
        let id = desk.update(HOST, update.clone(), 450);
        assert_eq!(desk.refusal(id), WHY);
        desk.settle(0, 600, 8, 1, &order_hex(1));
        desk.states(SOCKET, 0, 1);
        let id = desk.update(HOST, update.clone(), 450);
        assert_eq!(desk.refusal(id), WHY);
        desk.idle(SOCKET);
        let id = desk.update(HOST, update.clone(), 450);
        assert!(desk.is_open(id), "all is quiet");
        // A start whose outcome is not known yet counts as well.
        let mut desk = behind_a_host(&dual_sockets());
        desk.command(start(1, 1));
        let id = desk.update(HOST, update.clone(), 450);
        assert_eq!(desk.refusal(id), WHY);
        desk.seconds(40);
        let id = desk.update(HOST, update, 450);
        assert_eq!(desk.refusal(id), WHY);
    }
    let mut desk = behind_a_host("");
    desk.power(0, 300, 4, &order_hex(1));
    let id = desk.dispatch(HOST, Command::Restart { when_idle: true }, false);
    assert_eq!(desk.refusal(id), WHY);
    desk.dispatch(HOST, Command::Restart { when_idle: false }, false);
    assert_eq!(desk.written(0x31), 1);
}

#[test]
fn a_charge_that_began_while_firmware_for_the_host_waited_stops_it() {
    let mut desk = behind_a_host(&dual_sockets());
    let wait = vendor("reboot_modem", vec![]);
    desk.dispatch(HOST, wait, false);
    let [update, _] = host_updates();
    let id = desk.update(HOST, update, 450);
    assert!(desk.is_open(id));
    desk.power(0, 300, 4, &order_hex(1));
    desk.seconds(20);
    assert!(desk.refusal(id).contains("charges"));
    assert_eq!(desk.written(0xE2), 0);
}

#[test]
fn nothing_starts_behind_a_host_that_gets_firmware() {
    for update in host_updates() {
        let mut desk = behind_a_host(&dual_sockets());
        let id = desk.update(HOST, update, 450);
        let refused = desk.command(start(1, 1));
        assert!(desk.refusal(refused).contains("is being updated"));
        desk.seconds(150);
        desk.idle(SOCKET);
        desk.seconds(1);
        assert!(desk.lapsed(id));
        desk.command(start(1, 2));
        assert_eq!(desk.last().cmd, 0x82);
    }
}

#[test]
fn a_withdrawn_start_keeps_no_firmware_away() {
    let mut desk = behind_a_host(&dual_sockets());
    desk.command(vendor("mute", vec![number("mute", 1)]));
    let waiting = desk.command(start(1, 1));
    assert!(desk.link.withdraw(waiting));
    let [update, _] = host_updates();
    let id = desk.update(HOST, update, 450);
    assert!(desk.is_open(id));
}
