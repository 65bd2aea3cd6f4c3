//! The profiles.

use crate::pile::rig::{ORDER, Rig};
use crate::pile::{Dialect, Profile};
use ::pile::Action;
use kernel::PortNo;

fn started(profile: Profile) -> Rig {
    let mut rig = Rig::dc(Dialect::Infypower, profile);
    rig.plug(1);
    rig.start(1, 1, 300);
    rig
}

fn done(profile: Profile) -> Rig {
    let mut rig = started(profile);
    rig.run(600.0);
    rig
}

#[test]
fn starts_are_answered_late_never_or_with_nonsense() {
    let mut late = started(Profile::LateStart);
    late.run(99.0);
    assert_eq!(late.of(8).len(), 0);
    late.run(2.0);
    assert_eq!((late.last(8).long(37), late.status(1).byte(39)), (0, 2));

    let silent = done(Profile::SilentStart);
    assert_eq!((silent.of(8).len(), silent.of(202).len()), (0, 1));
    assert_eq!(started(Profile::BadGun).last(8).byte(36), 0xCC);
    assert_eq!(started(Profile::Refuser).last(8).long(37), 4);

    let mut fails = started(Profile::StartFails);
    fails.run(130.0);
    assert_eq!(fails.last(8).long(37), 100_002);
    assert_eq!((fails.status(1).byte(39), fails.of(202).len()), (4, 0));
}

#[test]
fn records_lack_what_the_profile_leaves_out() {
    let slots = |rig: &Rig| -> u32 {
        let record = rig.last(202);
        (0..48)
            .map(|slot| u32::from(record.word(159 + 2 * slot)))
            .sum()
    };
    let normal = done(Profile::Normal);
    assert_eq!((slots(&normal), normal.last(202).long(92)), (750, 307));
    assert_eq!(slots(&done(Profile::ZeroSlots)), 0);
    assert_eq!(done(Profile::NoReason).last(202).long(92), 0);
    let nameless = done(Profile::NoOrderNo);
    assert_eq!(nameless.last(202).text(256, 32), "");
    assert_eq!(
        nameless.last(202).text(38, 32),
        ORDER,
        "where the platform put it"
    );
    assert_eq!(done(Profile::NoClock).last(202).time(70), None);
}

#[test]
fn records_come_too_often() {
    let mut burst = started(Profile::RecordBurst);
    burst.stores = false;
    burst.run(305.0 + 2.0 + 10.5);
    assert!(burst.of(202).len() > 9, "{}", burst.of(202).len());
    let repeated = done(Profile::RepeatRecord);
    assert_eq!(repeated.of(202).len(), 2);
    assert_eq!(repeated.of(202)[0].body, repeated.of(202)[1].body);

    let mut old = done(Profile::OldRecords);
    old.forget();
    old.act(&Action::Reboot { memory: true });
    old.run(30.0);
    assert_eq!(old.of(202).len(), 1, "answered long ago");
}

#[test]
fn the_published_firmware_is_itself() {
    let mut rig = started(Profile::Firmware);
    rig.run(5.0);
    assert_eq!((rig.of(8).len(), rig.status(1).byte(39)), (0, 0));
    rig.run(4.0);
    assert_eq!((rig.of(8).len(), rig.status(1).byte(39)), (1, 2));
    // 90 kW in 0.1 W.
    assert_eq!(rig.status(1).long(153), 900_000);
    rig.run(600.0);
    let record = rig.last(202);
    assert_eq!((record.long(92), record.text(256, 32).as_str()), (0, ""));
    rig.control(1, 11);
    assert_eq!(rig.last(6).byte(42), 1);
    rig.run(20.0);
    assert_eq!(rig.connects, 2, "denied and done");
    assert_eq!(rig.of(202).len(), 2, "again after the restart");
}

#[test]
fn lines_are_lost() {
    let away = done(Profile::OfflineCharging);
    assert_eq!(away.connects, 2);
    assert_eq!(away.ended()[0].0, 307);
    let mut stopped = started(Profile::OfflineStop);
    stopped.run(60.0);
    stopped.act(&Action::Cut { silent: true });
    assert_eq!(stopped.ended()[0].0, 313);
    stopped.act(&Action::Restore);
    stopped.run(20.0);
    assert_eq!(stopped.last(202).long(92), 313);
}

#[test]
fn faults_and_deaf_ears() {
    let fault = done(Profile::Fault);
    assert_eq!(fault.last(202).long(92), 2008);
    let mut deaf = started(Profile::StubbornStop);
    deaf.run(60.0);
    deaf.stop(1);
    assert_eq!((deaf.last(6).byte(42), deaf.status(1).byte(39)), (0, 2));
    deaf.run(60.0);
    assert!(deaf.ended().is_empty());
}

#[test]
fn telemetry_and_letters() {
    let mut rig = started(Profile::Telemetry);
    rig.run(70.0);
    assert_eq!(rig.last(302).body.len(), 212);
    rig.act(&Action::SetFault {
        port: PortNo(1),
        bits: 1,
    });
    assert_eq!(rig.last(108).byte(36), 0x02);
    let letter = started(Profile::PerGun);
    assert_eq!(letter.last(106).text(4, 32), "2900300800103A");
}

#[test]
fn a_slow_pile_answers_in_the_end() {
    let mut slow = started(Profile::Slow);
    slow.run(2.9);
    assert_eq!(slow.of(8).len(), 0);
    slow.run(6.0);
    assert_eq!(slow.of(8).len(), 1);
}

#[test]
fn noise_stays_noise() {
    let mut rig = started(Profile::Noisy);
    rig.run(900.0);
    assert!(rig.bytes.len() > rig.ups.iter().map(|up| up.body.len() + 9).sum());
    assert_eq!(rig.ended().len(), 1);
}
