//! Bytes in any pieces, garbage, and frames that never end.

use super::{Desk, GATEWAY, HEARTBEAT, end_body, sub_body, up_from};
use device::{CloseReason, Item, Profile};

/// Frames, garbage between them, a false beginning, a stray byte, a wrong checksum.
fn stream() -> Vec<u8> {
    let mut bytes = vec![0x00, 0xFC];
    bytes.extend(up_from(GATEWAY, 0x0000, 0, HEARTBEAT));
    bytes.push(0x0E);
    let mut broken = up_from(GATEWAY, 0x0000, 0, HEARTBEAT);
    let last = broken.len() - 3;
    broken[last] ^= 1;
    bytes.extend(broken);
    bytes.extend([0xFC, 0xFE, 0x00, 0x02, 0x99]);
    let sockets = super::cluster(1, &[(0, 0x90, 9), (1, 0x80, 0)]);
    let status = super::container_body(0x1017, 0, &[(0x94, &sockets)]);
    bytes.extend(up_from(GATEWAY, 0x1000, 0, &status));
    bytes.extend(up_from(
        GATEWAY,
        0x0015,
        0,
        &sub_body(0x02, &end_body(0, 0xB0, 9, 1)),
    ));
    bytes.extend(up_from(GATEWAY, 0x7777, 0, ""));
    bytes.extend(up_from(GATEWAY, 0x0000, 0, HEARTBEAT));
    bytes
}

fn heard(pieces: impl Iterator<Item = Vec<u8>>) -> (Vec<Item>, Vec<super::Down>, device::Tally) {
    let mut desk = Desk::fresh(Profile::default());
    for piece in pieces {
        desk.bytes(&piece);
    }
    // Answers that wait for the platform come behind those that do not.
    desk.downs.sort_by(|a, b| a.raw.cmp(&b.raw));
    (desk.items, desk.downs, desk.tally)
}

#[test]
fn any_chunking_tells_the_same() {
    let bytes = stream();
    let whole = heard(std::iter::once(bytes.clone()));
    assert_eq!(whole.2.frames, 5);
    assert_eq!(whole.2.bad_frames, 2);
    for size in 1..bytes.len() {
        let pieces = bytes.chunks(size).map(<[u8]>::to_vec);
        assert!(heard(pieces) == whole, "in pieces of {size}");
    }
    for cut in 0..bytes.len() {
        let (a, b) = bytes.split_at(cut);
        let pieces = [a.to_vec(), b.to_vec()].into_iter();
        assert!(heard(pieces) == whole, "cut at {cut}");
    }
}

#[test]
fn many_frames_in_one_piece_are_all_heard() {
    let mut desk = Desk::new();
    let frame = up_from(GATEWAY, 0x0000, 0, HEARTBEAT);
    desk.bytes(&frame.repeat(3000));
    assert_eq!(desk.downs.len(), 3000);
    assert!(!desk.closed());
}

#[test]
fn a_frame_that_does_not_end_is_given_up_after_5_s() {
    let mut desk = Desk::new();
    let frame = up_from(GATEWAY, 0x0000, 0, HEARTBEAT);
    // Claims 500 bytes, and a good frame stands inside.
    desk.bytes(&[0xFC, 0xFE, 0x01, 0xF4, 0x00, 0x00]);
    desk.bytes(&frame);
    desk.pass(4999);
    assert_eq!(desk.said(), []);
    desk.pass(1);
    assert_eq!(desk.said().len(), 1);
    assert_eq!((desk.tally.skipped, desk.link.pending()), (6, 0));
}

#[test]
fn false_beginnings_inside_each_other_are_given_up_together() {
    let mut desk = Desk::new();
    let mut bytes = [0xFC, 0xFE, 0x0F, 0xFF].repeat(500);
    bytes.extend(up_from(GATEWAY, 0x0000, 0, HEARTBEAT));
    desk.bytes(&bytes);
    desk.seconds(5);
    assert_eq!(desk.said().len(), 1);
    assert!(!desk.closed());
}

#[test]
fn ten_malformed_frames_in_a_row_close_nine_do_not() {
    let mut broken = up_from(GATEWAY, 0x0000, 0, HEARTBEAT);
    let last = broken.len() - 3;
    broken[last] ^= 1;
    let unreadable = up_from(GATEWAY, 0x0015, 0, "000602");
    for bad in [broken, unreadable] {
        let mut desk = Desk::new();
        for _ in 0..9 {
            desk.bytes(&bad);
        }
        desk.up(0x0000, 0, HEARTBEAT);
        for _ in 0..9 {
            desk.bytes(&bad);
        }
        assert!(!desk.closed());
        desk.bytes(&bad);
        assert!(desk.closed());
        let closes = |desk: &Desk| {
            let closes = desk.items.iter();
            closes.filter(|item| matches!(item, Item::Close(_))).count()
        };
        desk.bytes(&bad);
        desk.up(0x0000, 0, HEARTBEAT);
        desk.seconds(600);
        assert_eq!(closes(&desk), 1, "closed is closed");
        assert_eq!(desk.said().len(), 1);
    }
}

#[test]
fn who_says_nothing_valid_in_30_s_is_closed() {
    let mut desk = Desk::fresh(Profile::default());
    desk.bytes(&[0xFC]);
    desk.seconds(29);
    assert!(!desk.closed());
    desk.seconds(1);
    assert!(
        desk.items
            .contains(&Item::Close(CloseReason::NeverIdentified))
    );
    let mut silent = Desk::fresh(Profile::default());
    silent.call(device::Link::tick);
    silent.seconds(30);
    assert!(silent.closed());
}

#[test]
fn malformed_bytes_are_kept_for_the_log_but_not_too_many() {
    let mut desk = Desk::new();
    let mut frame = up_from(GATEWAY, 0x7777, 0, &"00".repeat(4000));
    let last = frame.len() - 3;
    frame[last] ^= 1;
    desk.bytes(&frame);
    let raw = desk.items.iter().find_map(|item| match item {
        Item::Malformed { reason, raw } => Some((*reason, raw.len())),
        _ => None,
    });
    assert_eq!(raw, Some(("checksum", 512)));
}
