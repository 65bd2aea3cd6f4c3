//! Those that are not ours, look-alikes, and encrypted bodies.

use super::{CODE, ORDER, Rig, heartbeat, plan, record, sealed, sign_in};
use device::{Admission, CloseReason, Command, Profile};
use std::time::Duration;

fn stranger() -> Rig {
    let mut rig = Rig::new();
    rig.hear(&sealed(106, sign_in()));
    let phy = rig.identified.clone().expect("named");
    rig.admit(&phy, Admission::Stranger);
    rig
}

/// A0-01: frames of an unknown pile are noise, and nothing is answered.
#[test]
fn a0_01_a_stranger_is_logged_as_noise_and_told_nothing() {
    let mut rig = stranger();
    rig.hear_all(&[
        heartbeat(1),
        sealed(202, record(ORDER)),
        super::raw(9998, &[1]),
    ]);
    assert_eq!(rig.said(), Vec::<u16>::new());
    assert!(rig.events.is_empty());
    let kinds: Vec<_> = rig.notes.iter().map(|note| note.kind).collect();
    assert_eq!(kinds, ["noise"; 4]);
    assert_eq!(rig.notes[0].device.as_str(), CODE);
    rig.assert_tally();
}

#[test]
fn a_stranger_that_is_adopted_is_heard_at_once() {
    let mut rig = stranger();
    let phy = CODE.parse().expect("an id");
    rig.admit(&phy, Admission::Known(Profile::default()));
    rig.hear(&sealed(106, sign_in()));
    assert_eq!(rig.said(), [105, 3]);
}

#[test]
fn a_command_for_a_stranger_is_refused() {
    let mut rig = stranger();
    let id = rig.command(Command::StartCharge(plan(1)));
    assert!(rig.refusal(id).text.contains("does not carry"));
}

#[test]
fn a_strangers_silence_is_borne_five_minutes() {
    let mut rig = stranger();
    rig.wait(Duration::from_secs(299));
    assert_eq!(rig.closed, None);
    rig.wait(Duration::from_secs(1));
    assert_eq!(rig.closed, Some(CloseReason::Silent));
}

#[test]
fn look_alikes_and_encrypted_bodies_are_not_decoded() {
    for (version, reason) in [
        (0x03, "dialect"),
        (0x24, "dialect"),
        (0x8A, "encrypted"),
        (0x90, "encrypted"),
    ] {
        let mut frame = sealed(106, sign_in());
        frame[4] = version;
        let mut rig = Rig::new();
        rig.hear(&frame);
        assert_eq!(
            (rig.identified.clone(), rig.malformed.clone()),
            (None, vec![reason])
        );
        rig.assert_tally();
        let mut ours = Rig::ready();
        ours.hear(&frame);
        assert_eq!(
            (ours.said(), ours.malformed.clone()),
            (vec![], vec![reason])
        );
        assert_eq!(ours.notes[0].kind, "unknown");
        assert_eq!(ours.closed, None);
        ours.assert_tally();
    }
}

#[test]
fn versions_that_nobody_lists_are_no_reason_to_lose_a_frame() {
    for version in [0x0A, 0x02, 0x1C, 0x22, 0x00, 0x05, 0x7F] {
        let mut frame = heartbeat(1);
        frame[4] = version;
        let mut rig = Rig::ready();
        rig.hear(&frame);
        assert_eq!(rig.said(), [101], "{version:#x}");
    }
}

#[test]
fn an_unasked_encrypted_login_hears_that_there_is_none() {
    let mut frame = super::raw(1202, &[0x5A; 128]);
    frame[4] = 0x8A;
    let mut rig = Rig::ready();
    rig.hear(&frame);
    assert_eq!(rig.said(), [1201]);
    rig.assert_tally();
}
