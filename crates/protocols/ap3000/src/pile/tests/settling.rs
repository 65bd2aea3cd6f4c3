//! Settlements, until they are answered.

use super::rig::{PLAIN, Rig};
use crate::pile::{Form, Profile, Setup};
use ::pile::{Action, Event};
use kernel::PortNo;

fn charged(profile: Profile) -> Rig {
    let mut rig = Rig::new(Setup::new("04A26CF3", Form::Combined).with_profile(profile));
    rig.plug(1);
    rig.start(0, 0, 600, PLAIN);
    rig
}

#[test]
fn an_unanswered_settlement_comes_every_half_hour() {
    let mut rig = charged(Profile::Normal);
    rig.answers.retain(|cmd| *cmd != 0x03);
    rig.run(600 + 3 * 1800);
    let tries = rig.of(0x03);
    assert_eq!(tries.len(), 3);
    assert_eq!(tries[1].at.since(tries[0].at).as_secs(), 1800);
    assert_eq!(tries[0].data, tries[2].data);
    assert_ne!(tries[0].msg, tries[1].msg);
    rig.answers.push(0x03);
    rig.run(1800);
    let answered = |event: &&Event| matches!(event, Event::EndAcknowledged { .. });
    assert_eq!(rig.events.iter().filter(answered).count(), 1);
    rig.run(3 * 3600);
    assert_eq!(rig.of(0x03).len(), 4, "forgotten once it was answered");
}

#[test]
fn an_error_is_no_answer() {
    let mut rig = charged(Profile::Normal);
    rig.answers.retain(|cmd| *cmd != 0x03);
    rig.run(610);
    let msg = rig.last(0x03).msg;
    rig.say_as(super::rig::SOCKET, msg, 0x03, &[1]);
    rig.say_as(super::rig::SOCKET, msg + 1, 0x03, &[0]);
    rig.run(1800);
    assert_eq!(rig.of(0x03).len(), 2);
}

#[test]
fn missed_settlements_drain_one_a_minute() {
    let mut rig = charged(Profile::Normal);
    rig.plug(2);
    rig.act(&Action::Cut { silent: true });
    rig.run(700);
    rig.act(&Action::Restore);
    rig.run(30);
    assert_eq!(rig.of(0x03).len(), 1);
    for _ in 0..3 {
        rig.start(0, 0, 60, PLAIN);
        rig.start(1, 0, 60, PLAIN);
        rig.act(&Action::Cut { silent: false });
        rig.run(120);
        rig.act(&Action::Restore);
        rig.forget();
        rig.run(20);
        assert_eq!(rig.of(0x03).len(), 1, "the first at once");
        rig.run(60);
        let records = rig.of(0x03);
        assert_eq!(records.len(), 2);
        let gap = records[1].at.since(records[0].at);
        assert_eq!(gap.as_secs(), 60);
    }
}

#[test]
fn lazy_devices_wait_and_keep_the_id() {
    let mut rig = charged(Profile::LazyRecords);
    rig.answers.retain(|cmd| *cmd != 0x03);
    rig.run(610);
    rig.act(&Action::Cut { silent: false });
    rig.act(&Action::Restore);
    rig.run(60);
    assert_eq!(rig.of(0x03).len(), 1);
    rig.run(1800);
    let tries = rig.of(0x03);
    assert_eq!((tries.len(), tries[0].msg), (2, tries[1].msg));
}

#[test]
fn some_devices_repeat_what_was_answered() {
    for (profile, changed) in [
        (Profile::RepeatedRecords, false),
        (Profile::ChangedRecords, true),
    ] {
        let mut rig = charged(profile);
        rig.run(3600);
        let tries = rig.of(0x03);
        assert_eq!(tries.len(), 2, "{profile}");
        assert_ne!(tries[0].msg, tries[1].msg);
        assert_eq!(tries[0].data != tries[1].data, changed, "{profile}");
    }
}

#[test]
fn a_cabinet_settles_when_the_place_is_free() {
    let mut rig = charged(Profile::Cabinet);
    rig.stop(0, super::rig::ORDER);
    rig.run(5);
    assert_eq!(rig.of(0x03).len(), 1);
    rig.start(0, 0, 0, PLAIN);
    rig.run(9 * 3600);
    assert_eq!(rig.of(0x43).len(), 1);
    assert_eq!(rig.last(0x43).data[12], 1);
    let records = rig.of(0x03);
    assert_eq!((records.len(), records[1].data.len()), (2, 37));
    assert_eq!(records[1].data[35], 30, "minutes that it was occupied");

    rig.start(0, 0, 0, PLAIN);
    rig.run(600);
    rig.act(&Action::Unplug(PortNo(1)));
    rig.run(20);
    assert_eq!(rig.last(0x03).data[12], 5, "pulled before it was full");
}

#[test]
fn memory_may_be_lost() {
    let mut rig = charged(Profile::Normal);
    rig.answers.retain(|cmd| *cmd != 0x03);
    rig.run(610);
    rig.act(&Action::Reboot { memory: false });
    rig.forget();
    rig.run(7200);
    assert!(rig.of(0x03).is_empty());
    let mut silent = charged(Profile::NoEndReport);
    silent.run(3600);
    assert!(silent.of(0x03).is_empty());
}
