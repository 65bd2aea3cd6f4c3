//! Bytes in any pieces, damaged ones among them.

use super::{Rig, heartbeat, raw, sealed, sign_in, status};
use device::CloseReason;
use infypower::codes::WorkState;
use std::time::Duration;

/// A0-06: header first, then what its length says, then the checksum.
#[test]
fn a0_06_frames_are_read_in_two_stages_in_any_pieces() {
    let glued = [
        heartbeat(1),
        sealed(104, status(1, WorkState::Idle)),
        heartbeat(2),
    ]
    .concat();
    for size in [1, 2, 7, 8, 9, 47, 50, glued.len()] {
        let mut rig = Rig::ready();
        for piece in glued.chunks(size) {
            rig.hear(piece);
        }
        assert_eq!(rig.said(), [101, 103, 101], "{size}");
        rig.assert_tally();
    }
}

#[test]
fn a_bad_checksum_is_noise_and_five_in_a_row_are_too_many() {
    let mut rig = Rig::ready();
    let mut bad = heartbeat(1);
    let last = bad.len() - 1;
    bad[last] ^= 1;
    for _ in 0..4 {
        rig.hear(&bad);
    }
    assert_eq!(rig.malformed, ["checksum"; 4]);
    rig.hear(&heartbeat(2));
    assert_eq!((rig.closed, rig.said()), (None, vec![101]));
    for _ in 0..5 {
        rig.hear(&bad);
    }
    assert_eq!(rig.closed, Some(CloseReason::Garbage));
    rig.assert_tally();
}

#[test]
fn a_frame_inside_a_false_start_is_found() {
    let mut rig = Rig::ready();
    let mut bytes = vec![0xAA, 0xF5, 60, 0, 0x10, 0, 102, 0];
    bytes.extend_from_slice(&heartbeat(1));
    bytes.extend_from_slice(&heartbeat(2));
    rig.hear(&bytes);
    assert_eq!(rig.said(), [101, 101]);
    rig.assert_tally();
}

#[test]
fn a_frame_that_does_not_end_is_given_up_after_ten_seconds() {
    let mut rig = Rig::ready();
    rig.hear(&[0xAA, 0xF5, 0, 2, 0x10, 0, 104, 0]);
    rig.hear(&heartbeat(1));
    assert_eq!(rig.said(), Vec::<u16>::new());
    rig.wait(Duration::from_secs(9));
    assert_eq!(rig.said(), Vec::<u16>::new());
    rig.wait(Duration::from_secs(1));
    assert_eq!(rig.said(), [101]);
    rig.assert_tally();
}

#[test]
fn impossible_lengths_are_skipped() {
    let mut rig = Rig::ready();
    for length in [0_u16, 8, 4097, u16::MAX] {
        let mut bytes = heartbeat(1);
        bytes[2..4].copy_from_slice(&length.to_le_bytes());
        rig.hear(&bytes);
        rig.hear(&heartbeat(2));
    }
    assert_eq!(rig.malformed, ["length"; 4]);
    assert_eq!(rig.said(), [101; 4]);
    rig.assert_tally();
}

#[test]
fn so_much_without_a_frame_is_garbage() {
    let mut rig = Rig::ready();
    for _ in 0..63 {
        rig.hear(&[0x55; 1024]);
    }
    assert_eq!(rig.closed, None);
    rig.hear(&[0x55; 1024]);
    assert_eq!(rig.closed, Some(CloseReason::Garbage));
    rig.assert_tally();
}

#[test]
fn what_comes_while_the_platform_looks_is_held_and_bounded() {
    let mut rig = Rig::new();
    rig.hear(&sealed(106, sign_in()));
    rig.hear(&heartbeat(1));
    assert!(rig.notes.is_empty());
    let phy = rig.identified.clone().expect("named");
    rig.admit(&phy, device::Admission::Known(device::Profile::default()));
    assert_eq!(rig.said(), [105, 3, 101]);
    let mut rig = Rig::new();
    rig.hear(&sealed(106, sign_in()));
    for _ in 0..70 {
        rig.hear(&[0x55; 1024]);
    }
    assert_eq!(rig.closed, Some(CloseReason::Garbage));
    rig.assert_tally();
}

#[test]
fn unknown_commands_are_logged_and_not_answered() {
    let mut rig = Rig::ready();
    for cmd in [112, 114, 304, 514, 602, 1106, 9998, 601, 702] {
        rig.hear(&raw(cmd, &[0; 60]));
    }
    assert_eq!(rig.said(), Vec::<u16>::new());
    assert!(rig.notes.iter().all(|note| note.kind == "unknown"));
    assert_eq!((rig.closed, rig.malformed.len()), (None, 0));
    rig.assert_tally();
}
