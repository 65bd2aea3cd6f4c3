//! The safety rules: what must never be answered, what is detected, what logs may hold.

use super::{Desk, HOST, SOCKET, frame, order, order_hex, start};
use ap3000::{Ap3000, PhysicalId};
use device::{Command, Detection, Direction, Item, OfflinePolicy, Profile, Protocol as _};
use kernel::{PortNo, Timestamp};

#[test]
fn answers_are_never_answered() {
    let mut desk = Desk::new();
    desk.idle(HOST);
    desk.seconds(5);
    desk.forget();
    for device in [SOCKET, HOST] {
        for cmd in [
            0x72, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8B, 0x8C, 0x8D, 0x8E,
            0x8F, 0x90, 0x91, 0x92, 0x93, 0x95, 0x96, 0x97, 0x98, 0xE0, 0xE1, 0xE2, 0xF8, 0xF9,
            0xFA, 0x31, 0x32, 0x33, 0x34, 0x3A,
        ] {
            for data in [
                "00",
                "01",
                &"00".repeat(17),
                &"00".repeat(20),
                &"00".repeat(23),
            ] {
                desk.up(device, cmd, data);
            }
        }
    }
    // The published loop: answer 2 with an order of zeros, every five seconds.
    for _ in 0..20 {
        desk.up_as(SOCKET, 9, 0x82, &format!("02{}000000", "00".repeat(16)));
        desk.seconds(5);
    }
    assert!(desk.downs.is_empty());
    assert!(desk.events.is_empty());
}

#[test]
fn reports_that_want_no_answer_get_none() {
    let mut desk = Desk::new();
    let order = order_hex(1);
    for (cmd, data) in [
        (0x05, String::new()),
        (0x05, "31800204030201".to_owned()),
        (0x06, super::power_data(0, 1, 1, 1, 1, &order)),
        (0x35, "00".to_owned()),
        (0x41, "0c00000000ff0f0000".to_owned()),
        (0x42, "0400".to_owned()),
        (0x43, super::settle_data(0, 1, 1, 1, "00000000", 1, &order)),
        (0x44, format!("0100{order}")),
    ] {
        desk.up(SOCKET, cmd, &data);
    }
    desk.seconds(30);
    assert!(desk.downs.is_empty());
}

#[test]
fn an_answer_under_another_number_or_command_is_no_answer() {
    let mut desk = Desk::new();
    let id = desk.command(start(1, 1));
    let answer = format!("00{}000000", order_hex(1));
    desk.up_as(SOCKET, 999, 0x82, &answer);
    desk.up_as(SOCKET, 101, 0x72, &answer[..34]);
    desk.idle(HOST);
    desk.up_as(HOST, 101, 0x82, &answer);
    assert!(desk.is_open(id));
    desk.up_as(SOCKET, 101, 0x82, &answer);
    assert!(desk.accepted(id));
}

#[test]
fn a_connection_is_detected_by_its_first_header() {
    let detect = |bytes: &[u8]| Ap3000.detect(bytes);
    assert_eq!(detect(b""), Detection::Maybe);
    assert_eq!(detect(b"898604D9162390488297link"), Detection::Maybe);
    assert_eq!(detect(b"898604D9162390488297linkDNY"), Detection::Yes);
    assert_eq!(detect(&frame(SOCKET, 1, 0x22, "")), Detection::Yes);
    for others in [&[0xFC, 0xFE][..], &[0x68], &[0xAA, 0xF5], b"GET ", &[0x7E]] {
        assert_eq!(detect(others), Detection::No);
    }
}

#[test]
fn the_protocol_introduces_itself() {
    assert_eq!((Ap3000.name(), Ap3000.label()), ("ap3000", "AP3000"));
    assert_eq!(Ap3000.offline_policy(), OfflinePolicy::Complete);
    let keeps = Ap3000.keeps(&Profile::default());
    assert!(keeps.time && keeps.energy && !keeps.amount);
    assert!(Ap3000.stops_wait());
    let dangerous: Vec<_> = Ap3000
        .vendor_commands()
        .iter()
        .filter(|command| command.dangerous)
        .map(|command| command.name)
        .collect();
    assert!(dangerous.contains(&"erase_memory") && dangerous.contains(&"set_server"));
}

#[test]
fn frames_are_described_in_words_and_without_keys() {
    let raw = frame(SOCKET, 1, 0x86, "00159185191880ffffffffffff");
    let text = Ap3000.describe(&raw, Direction::Down, &Profile::default());
    let text = text.expect("a frame");
    assert!(text.contains(r#""sector":0"#) && text.contains(r#""user_key_hex":"000000000000""#));
    let mut desk = Desk::new();
    desk.up(SOCKET, 0x93, "00159185191880ffffffffffff");
    for item in &desk.items {
        if let Item::Frame(note) = item {
            assert!(!hex::encode(&note.raw).contains("159185191880"));
        }
    }
    let heartbeat = frame(SOCKET, 1, 0x21, "1209020002006 0".replace(' ', "").as_str());
    let text = Ap3000.describe(&heartbeat, Direction::Up, &Profile::default());
    assert!(text.expect("a frame").contains(r#""port_states":[0,2]"#));
    assert_eq!(
        Ap3000.describe(b"DNY", Direction::Up, &Profile::default()),
        None
    );
}

#[test]
fn every_frame_has_a_kind_for_operators() {
    let mut desk = Desk::new();
    desk.idle(SOCKET);
    desk.settle(0, 60, 1, 1, &order_hex(1));
    desk.up(SOCKET, 0x23, "00");
    desk.command(start(1, 1));
    desk.seconds(1);
    let kinds: Vec<_> = desk
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Frame(note) => Some((note.direction, note.kind)),
            _ => None,
        })
        .collect();
    assert_eq!(
        kinds,
        [
            (Direction::Up, "heartbeat"),
            (Direction::Down, "heartbeat"),
            (Direction::Up, "record"),
            (Direction::Down, "record"),
            (Direction::Up, "unknown"),
            (Direction::Down, "start"),
        ]
    );
}

/// So that a card's charge, which the device names by itself, is never taken for an order.
#[test]
fn charges_are_named_by_their_order_before_the_device_says_so() {
    let device = PhysicalId(SOCKET).phy();
    let name = Ap3000.serial(&device, PortNo(1), order(1), Timestamp(0), 7);
    assert_eq!(name, Some(order(1).to_string()));
    let mut desk = Desk::new();
    desk.command(Command::StopCharge {
        port: PortNo(1),
        order: order(1),
        serial: name,
    });
    assert!(desk.last().data.contains(&order_hex(1)));
}
