//! Bytes: garbage, halves, silence, the end of a connection.

use super::{Desk, SOCKET, frame, order_hex};
use device::{CloseReason, Item, Link as _};

fn heartbeat() -> Vec<u8> {
    frame(SOCKET, 7, 0x21, "12090200000060")
}

fn malformed(desk: &Desk) -> Vec<&'static str> {
    let items = desk.items.iter().filter_map(|item| match item {
        Item::Malformed { reason, .. } => Some(*reason),
        _ => None,
    });
    items.collect()
}

fn close_reason(desk: &Desk) -> Option<CloseReason> {
    desk.items.iter().find_map(|item| match item {
        Item::Close(reason) => Some(*reason),
        _ => None,
    })
}

#[test]
fn garbage_is_skipped_and_good_frames_behind_it_are_heard() {
    let mut desk = Desk::new();
    let mut bad = heartbeat();
    *bad.last_mut().expect("bytes") ^= 1;
    desk.bytes(&bad);
    desk.bytes(&heartbeat());
    assert_eq!(desk.written(0x21), 1);
    assert_eq!(malformed(&desk), ["checksum"]);
    desk.bytes(b"DNY\xFF\xFF\0\0");
    desk.bytes(&heartbeat());
    assert_eq!(malformed(&desk), ["checksum", "length"]);
    assert_eq!(desk.written(0x21), 2);
    assert!(!desk.closed());
}

#[test]
fn a_corrupted_length_swallows_nothing_for_long() {
    let mut desk = Desk::new();
    let mut bad = heartbeat();
    bad[3] = 0xFF;
    desk.bytes(&bad);
    desk.bytes(&heartbeat());
    assert_eq!(desk.written(0x21), 0, "it waits for the rest");
    desk.seconds(5);
    assert_eq!(desk.written(0x21), 1);
    assert_eq!(desk.link.pending(), 0);
}

#[test]
fn markers_inside_a_frame_are_content() {
    let mut desk = Desk::new();
    let order = hex::encode(b"DNYlinkDNY898604");
    desk.power(0, 300, 4, &order);
    assert_eq!(desk.named("progress").len(), 1);
    assert!(malformed(&desk).is_empty());
    assert_eq!(desk.tally.skipped, 0);
}

#[test]
fn silence_ends_a_connection() {
    let mut desk = Desk::fresh();
    desk.call(device::Link::tick);
    desk.seconds(59);
    assert!(!desk.closed());
    desk.seconds(1);
    assert_eq!(close_reason(&desk), Some(CloseReason::NeverIdentified));
    let mut desk = Desk::new();
    desk.seconds(294);
    assert!(!desk.closed());
    desk.bytes(b"link");
    desk.seconds(299);
    assert!(!desk.closed(), "a modem that lives keeps it open");
    desk.seconds(1);
    assert_eq!(close_reason(&desk), Some(CloseReason::Silent));
    assert_eq!(desk.link.deadline(), None);
    desk.idle(SOCKET);
    assert!(desk.downs.is_empty());
    assert_eq!(desk.link.pending(), 0);
}

#[test]
fn noise_alone_is_no_life() {
    let mut desk = Desk::fresh();
    for _ in 0..61 {
        desk.bytes(&[0xA5; 40]);
        desk.seconds(1);
    }
    assert_eq!(close_reason(&desk), Some(CloseReason::NeverIdentified));
}

#[test]
fn a_closed_connection_takes_no_commands() {
    let mut desk = Desk::new();
    desk.seconds(400);
    assert!(desk.closed());
    let id = desk.command(super::start(1, 1));
    assert!(desk.is_open(id), "the next connection is the place for it");
    desk.settle(0, 60, 1, 1, &order_hex(1));
    assert!(desk.named("record").is_empty());
}
