//! Login, heartbeats, billing model.

use super::rig::{ID, Rig, START};
use crate::pile::{Kind, Profile, Setup};
use ::pile::Action;
use std::time::Duration;

fn dc() -> Setup {
    Setup::new(ID, Kind::Dc)
}

#[test]
fn a_pile_logs_in_checks_its_model_and_beats() {
    let rig = Rig::new(dc());
    let login = rig.only(0x01);
    assert_eq!(login.hex(0, 7), ID);
    assert_eq!(login.hex(7, 3), "000210", "DC, two guns, V1.6");
    assert_eq!(&login.body[10..17], b"V4.1.50");
    assert_eq!(login.hex(19, 10), "898604D11722D0348606");
    assert_eq!(rig.only(0x05).hex(7, 2), "0000", "no model yet");
    assert_eq!(rig.only(0x09).hex(0, 7), ID);
    let beats = rig.of(0x03);
    assert_eq!(beats.len(), 2, "one for each gun");
    assert_eq!((beats[0].body[7], beats[1].body[7]), (1, 2));
    let data = rig.of(0x13);
    assert_eq!(data.len(), 2);
    assert_eq!(data[0].body.len(), 60);
    assert_eq!(data[0].hex(0, 16), "0".repeat(32));
    assert_eq!(data[0].hex(24, 3), "020100", "idle, homed, not plugged");
    assert_eq!(rig.of(0x61).len(), 2);
}

#[test]
fn a_login_is_repeated_until_it_is_answered() {
    let mut rig = Rig::rude(dc());
    rig.run(95.0);
    assert_eq!(rig.of(0x01).len(), 4);
    assert_eq!(rig.ups.len(), 4, "and nothing else is said");
    rig.polite = true;
    rig.run(31.0);
    assert_eq!(rig.of(0x05).len(), 1);
}

#[test]
fn a_model_is_asked_for_until_it_comes() {
    let mut rig = Rig::rude(dc());
    rig.polite = true;
    rig.withheld = vec![0x05, 0x09];
    rig.say(0x02, &format!("{ID}00"));
    rig.run(61.0);
    assert_eq!(rig.of(0x05).len(), 3);
    rig.say(0x06, &format!("{ID}000001"));
    rig.run(31.0);
    assert_eq!(rig.of(0x09).len(), 2);
    rig.plug(1);
    rig.start(1, super::rig::NUMBER, 1000);
    let refused = rig.only(0x33);
    assert_eq!(refused.hex(24, 2), "0003", "no model, no charging");
}

#[test]
fn a_known_model_is_not_asked_for_again() {
    let mut rig = Rig::new(dc());
    rig.polite = false;
    rig.act(&Action::Cut { silent: true });
    rig.run(20.0);
    rig.forget();
    rig.act(&Action::Restore);
    rig.run(15.0);
    rig.say(0x02, &format!("{ID}00"));
    assert_eq!(rig.only(0x05).hex(7, 2), "0102");
    rig.say(0x06, &format!("{ID}010200"));
    rig.run(100.0);
    assert!(rig.of(0x09).is_empty());
}

#[test]
fn three_unanswered_heartbeats_are_enough() {
    let mut rig = Rig::new(dc());
    rig.polite = false;
    rig.run(60.0);
    assert!(rig.connects.len() >= 2, "{:?}", rig.connects);
    let lost = rig.connects[1].since(START);
    assert!(lost >= Duration::from_secs(30), "{lost:?}");
}

#[test]
fn sequences_count_from_zero_and_answers_repeat_their_question() {
    let mut rig = Rig::new(dc());
    let own: Vec<[u8; 2]> = rig.ups.iter().take(3).map(|up| up.sequence).collect();
    assert_eq!(own, [[0, 0], [1, 0], [2, 0]]);
    let question = rig.say(0x36, &format!("{ID}01"));
    assert_eq!(rig.only(0x35).sequence, question);
}

#[test]
fn the_sdk_numbers_nothing_and_beats_in_turn() {
    let mut rig = Rig::new(dc().with_profile(Profile::Sdk));
    rig.run(25.0);
    assert!(rig.ups.iter().all(|up| up.sequence == [0, 0]));
    let beats: Vec<u8> = rig.of(0x03).iter().map(|up| up.body[7]).collect();
    assert_eq!(beats, [1, 2, 1, 2]);
    assert_eq!(rig.only(0x01).body[9], 0x0A);
}

#[test]
fn a_swapped_checksum_is_swapped_everywhere() {
    let rig = Rig::new(dc().with_profile(Profile::SwappedChecksum));
    assert!(rig.ups.iter().all(|up| !up.low_first));
    assert!(Rig::new(dc()).ups.iter().all(|up| up.low_first));
}

#[test]
fn some_piles_forget_to_log_in_again() {
    let mut rig = Rig::new(dc().with_profile(Profile::NoLogin));
    rig.act(&Action::Cut { silent: false });
    rig.forget();
    rig.act(&Action::Restore);
    rig.run(15.0);
    assert!(rig.of(0x01).is_empty());
    assert!(!rig.of(0x13).is_empty());
}
