//! Everything that the platform can tell a pile besides starts and stops.

use super::rig::{ID, NUMBER, Rig, START};
use crate::pile::{Kind, Setup};
use ::pile::Action;
use kernel::PortNo;

fn rig() -> Rig {
    Rig::new(Setup::new(ID, Kind::Dc))
}

#[test]
fn prices_are_taken_by_an_idle_pile_only() {
    let mut rig = rig();
    let pile = hex::decode(ID).expect("hex digits");
    let mut model = super::rig::model(&pile);
    model[7..9].copy_from_slice(&[0x01, 0x03]);
    rig.say(0x58, &hex::encode(&model));
    assert_eq!(rig.only(0x57).body[7], 1);
    rig.plug(1);
    rig.start(1, NUMBER, 10_000);
    rig.run(30.0);
    rig.forget();
    rig.say(0x58, &hex::encode(&model));
    assert_eq!(rig.only(0x57).body[7], 0);
}

#[test]
fn the_platform_sets_the_clock() {
    let mut rig = rig();
    // 2020-03-16 17:14:47.
    rig.say(0x56, &format!("{ID}98B70E11100314"));
    assert_eq!(rig.only(0x55).hex(7, 7), "98B70E11100314");
    rig.plug(1);
    rig.start(1, NUMBER, 10_000);
    rig.run(60.0);
    rig.act(&Action::Button(PortNo(1)));
    rig.run(5.0);
    let record = rig.only(0x3B);
    assert_eq!(record.hex(31 + 2, 5), "0F11100314", "17:15");
    assert_eq!(record.hex(24 + 3, 4), "11100314");
}

#[test]
fn a_balance_is_the_new_limit_of_a_session() {
    let mut rig = rig();
    rig.plug(1);
    rig.start(1, NUMBER, 500);
    rig.run(30.0);
    rig.say(0x42, &format!("{ID}01{:016}E8030000", 0));
    assert_eq!(rig.only(0x41).body[15], 0);
    rig.forget();
    rig.say(0x42, &format!("{ID}0100000000D14B0A54E8030000"));
    assert_eq!(rig.only(0x41).body[15], 2, "another card");
    rig.run(900.0);
    let amount = rig.only(0x3B).number(120, 4);
    assert!((100_000..100_100).contains(&amount), "{amount}");
}

#[test]
fn a_locked_pile_starts_nothing_and_half_power_is_half() {
    let mut rig = rig();
    rig.say(0x52, &format!("{ID}0164"));
    rig.plug(1);
    rig.start(1, NUMBER, 500);
    assert_eq!(rig.only(0x33).hex(24, 2), "0003");
    rig.say(0x52, &format!("{ID}0032"));
    rig.say(0x52, &format!("{ID}000A"));
    let answers: Vec<u8> = rig.of(0x51).iter().map(|up| up.body[7]).collect();
    assert_eq!(answers, [1, 1, 0], "10 % is out of range");
    rig.start(1, NUMBER, 50_000);
    rig.run(60.0);
    assert_eq!(rig.pile.ports(rig.now)[0].power_dw, 600_000);
}

#[test]
fn cards_are_stored_found_and_cleared() {
    let mut rig = rig();
    rig.say(
        0x44,
        &format!("{ID}02{:016}00000000D14B0A54{:016}00000000E14C0A54", 1, 2),
    );
    rig.say(0x48, &format!("{ID}0200000000D14B0A540000000000000001"));
    let found = rig.only(0x47);
    assert_eq!(found.body.len(), 25);
    assert_eq!((found.body[15], found.body[24]), (1, 0));
    rig.say(0x46, &format!("{ID}0200000000D14B0A540000000000000001"));
    let cleared = rig.only(0x45);
    assert_eq!(cleared.body.len(), 27);
    assert_eq!((cleared.body[15], cleared.body[25]), (1, 0));
}

#[test]
fn a_ground_lock_moves_and_not_into_a_vehicle() {
    let mut rig = rig();
    rig.forget();
    rig.say(0x62, &format!("{ID}0155{:08}", 0));
    assert_eq!(rig.only(0x63).body[8], 1);
    rig.run(5.0);
    assert_eq!(rig.only(0x61).hex(7, 2), "0155");
    rig.plug(2);
    rig.say(0x62, &format!("{ID}0255{:08}", 0));
    assert_eq!(rig.of(0x63)[1].body[8], 0);
}

#[test]
fn a_restart_waits_for_an_idle_pile_if_told_to() {
    let mut rig = rig();
    rig.plug(1);
    rig.start(1, NUMBER, 200);
    rig.run(20.0);
    rig.say(0x92, &format!("{ID}02"));
    assert_eq!(rig.only(0x91).body[7], 1);
    rig.run(20.0);
    assert_eq!(rig.of(0x01).len(), 1);
    rig.run(200.0);
    assert_eq!(rig.of(0x01).len(), 2, "after the charge");

    let mut now = self::rig();
    now.say(0x92, &format!("{ID}01"));
    now.run(30.0);
    assert_eq!(now.of(0x01).len(), 2);
}

fn update(model: u8) -> String {
    let text = |text: &str, length: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.resize(length, 0);
        hex::encode(bytes)
    };
    format!(
        "{ID}{model:02}7800{}1500{}{}{}013C",
        text("192.0.2.1", 16),
        text("user", 16),
        text("word", 16),
        text("dc/V5.0.1", 32)
    )
}

#[test]
fn an_update_answers_after_the_attempt_and_shows_in_the_login() {
    let mut rig = rig();
    rig.forget();
    rig.say(0x94, &update(1));
    assert!(rig.of(0x93).is_empty());
    rig.run(41.0);
    assert_eq!(rig.only(0x93).body[7], 0);
    rig.run(30.0);
    assert_eq!(&rig.only(0x01).body[10..16], b"V5.0.1");
    rig.forget();
    rig.say(0x94, &update(2));
    assert_eq!(rig.only(0x93).body[7], 2, "it is a DC pile");
}

#[test]
fn the_prefix_of_the_code_is_taken() {
    let mut rig = rig();
    let prefix = hex::encode("https://example.com/g?no=");
    rig.say(0xF0, &format!("{ID}0119{prefix}"));
    assert_eq!(rig.only(0xF1).body[7], 1);
}

#[test]
fn a_question_is_answered_and_what_is_for_others_is_not() {
    let mut rig = rig();
    rig.forget();
    let question = rig.say(0x12, &format!("{ID}02"));
    let data = rig.only(0x13);
    assert_eq!((data.sequence, data.body[23]), (question, 2));
    rig.forget();
    rig.say(0x12, "3201060001923702");
    assert!(rig.ups.is_empty());
    rig.say(0x36, "3201060001923701");
    assert_eq!(rig.only(0x35).hex(8, 2), "0001", "another pile's number");
    assert!(rig.now > START);
}
