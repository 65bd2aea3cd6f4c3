//! Passwords stay out of the communication log, in bytes and in words.

use super::{Body, Desk, code};
use device::{Command, Direction, FirmwareSource, FirmwareTarget, Item, Profile, Protocol as _};
use std::net::Ipv4Addr;
use ykc::Ykc;
use ykc::codes::{NeedPassword, StartMode};
use ykc::inspect;
use ykc::message::StartRequest;
use ykc::value::Gun;

const USER: &str = "pile-user";
const PASSWORD: &str = "S3cret!";
const HASH: &str = "a7ef85a85fa10e41";

/// The line of the log that has this frame type.
fn logged(desk: &Desk, cmd: u16) -> Vec<u8> {
    let line = desk.items.iter().find_map(|item| match item {
        Item::Frame(note) if note.cmd == cmd => Some(note.raw.to_vec()),
        _ => None,
    });
    line.expect("logged")
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|some| some == text.as_bytes())
}

/// The words that views show for a line, whose frame is sound.
fn words(raw: &[u8], direction: Direction) -> String {
    let shown = inspect::frame(raw, Some(direction)).expect("the checksum is right again");
    assert!(shown.notes.is_empty(), "{:?}", shown.notes);
    let described = Ykc.describe(raw, direction, &Profile::default());
    described.expect("a known frame")
}

#[test]
fn the_login_of_a_firmware_server_is_written_and_not_logged() {
    let mut desk = Desk::new();
    desk.command(Command::UpdateFirmware {
        target: FirmwareTarget::Main,
        source: FirmwareSource::Ftp {
            host: Ipv4Addr::new(192, 0, 2, 7),
            port: 21,
            file: "/fw/v42.bin".to_owned(),
            user: Some(USER.to_owned()),
            password: Some(PASSWORD.to_owned()),
            when_idle: true,
        },
    });
    let said = desk.said();
    let [Body::Update(sent)] = &said[..] else {
        panic!("{said:?}");
    };
    assert_eq!(sent.username.text(), USER);
    assert_eq!(sent.password.text(), PASSWORD);
    let raw = logged(&desk, 0x94);
    assert!(!contains(&raw, USER) && !contains(&raw, PASSWORD));
    let words = words(&raw, Direction::Down);
    assert!(words.contains("/fw/v42.bin"), "{words}");
    // Lines that were written before are blanked when they are shown.
    let mut bare = Vec::new();
    ykc::message::Message::from(Body::Update(sent.clone()))
        .seal([0, 0], ykc::frame::CrcOrder::LowHigh, &mut bare)
        .expect("short");
    assert!(contains(&bare, PASSWORD));
    let words = self::words(&bare, Direction::Down);
    assert!(
        !words.contains(USER) && !words.contains(PASSWORD),
        "{words}"
    );
}

#[test]
fn what_a_holder_typed_is_not_logged() {
    let mut desk = Desk::new();
    desk.up(Body::StartRequest(StartRequest {
        pile_code: code(),
        gun_no: Gun(1),
        start_mode: StartMode::Card,
        need_password: NeedPassword::Yes,
        account_or_card: "00000000D14B0A54".parse().expect("hex"),
        password: wire::Text::padded(HASH).expect("16 characters"),
        vin_reversed: wire::Text([0; 17]),
    }));
    let raw = logged(&desk, 0x31);
    assert!(!contains(&raw, HASH));
    let words = words(&raw, Direction::Up);
    assert!(words.contains("00000000D14B0A54"), "{words}");
}
