//! How profiles differ.

use super::rig::{ID, NUMBER, Rig, Up};
use crate::pile::{Kind, PROFILES, Profile, Setup};
use ::pile::Action;
use kernel::PortNo;

fn charged(profile: Profile) -> Rig {
    let mut rig = Rig::new(Setup::new(ID, Kind::Dc).with_profile(profile));
    rig.plug(1);
    rig.start(1, NUMBER, 1_000_000);
    rig.run(100.0);
    rig
}

fn record(profile: Profile) -> Up {
    let mut rig = charged(profile);
    rig.act(&Action::Button(PortNo(1)));
    rig.run(3.0);
    let kind = if profile == Profile::V17 { 0x3D } else { 0x3B };
    rig.only(kind)
}

#[test]
fn every_profile_charges() {
    for (name, profile) in PROFILES {
        if matches!(profile, Profile::Refuser | Profile::Noisy) {
            continue;
        }
        let mut rig = charged(profile);
        rig.run(400.0);
        let began = rig
            .events
            .iter()
            .any(|(_, event)| matches!(event, ::pile::Event::Began { .. }));
        assert!(began, "{name}");
    }
}

#[test]
fn records_differ_as_captured() {
    let normal = record(Profile::Normal);
    assert_eq!(normal.number(116, 4), normal.number(112, 4), "loss energy");
    let no_loss = record(Profile::ZeroLoss);
    assert!(no_loss.number(112, 4) > 0);
    assert_eq!((no_loss.number(78, 4), no_loss.number(116, 4)), (0, 0));
    let fen = record(Profile::CutToFen);
    assert_eq!(fen.number(120, 4) % 100, 0);
    let five = record(Profile::FivePeriods);
    assert_eq!(five.body.len(), 174);
    assert_eq!(five.number(102, 4), 0, "no price for the fifth");
    let zero = record(Profile::ZeroPeriods);
    assert_eq!(zero.number(70, 4), 99_999);
    assert_eq!((zero.number(74, 4), zero.number(82, 4)), (0, 0));
    assert!(zero.number(112, 4) > 0 && zero.number(120, 4) > 0);
    let newer = record(Profile::V17);
    assert_eq!(newer.body.len(), 201);
    let silent = record(Profile::NoReason);
    assert_eq!(silent.body[149], 0);
    let sdk = record(Profile::Sdk);
    assert_eq!(sdk.number(70, 4), 60_000, "without the service fee");
    let unset = record(Profile::UnsetClock);
    assert_eq!(unset.body[30], 0, "the year 2000");
}

#[test]
fn currents_of_batteries_have_either_sign() {
    let current = |profile| charged(profile).of(0x23)[1].number(26, 2);
    let plus = current(Profile::Normal);
    let minus = current(Profile::NegativeCurrent);
    assert!(plus > 4_000 && minus < 4_000);
    assert_eq!(plus - 4_000, 4_000 - minus);
}

#[test]
fn an_unconfirmed_record_comes_again() {
    let mut rig = charged(Profile::Normal);
    rig.confirms = false;
    rig.act(&Action::Button(PortNo(1)));
    rig.run(100.0);
    let times: Vec<u64> = rig
        .of(0x3B)
        .windows(2)
        .map(|pair| pair[1].at.since(pair[0].at).as_secs())
        .collect();
    assert_eq!(times, [30, 30, 30]);
    rig.run(400.0);
    assert_eq!(rig.of(0x3B).len(), 5);
    // After the next login again, until it is confirmed.
    rig.act(&Action::Cut { silent: false });
    rig.act(&Action::Restore);
    rig.confirms = true;
    rig.run(60.0);
    assert_eq!(rig.of(0x3B).len(), 6);
    rig.run(600.0);
    assert_eq!(rig.of(0x3B).len(), 6);
}

#[test]
fn some_piles_must_be_told_three_times() {
    let mut rig = charged(Profile::RepeatedRecords);
    rig.act(&Action::Button(PortNo(1)));
    rig.run(600.0);
    assert_eq!(rig.of(0x3B).len(), 3);
}

#[test]
fn an_illegal_bill_stays_in_memory() {
    let mut rig = charged(Profile::Normal);
    rig.confirms = false;
    rig.act(&Action::Button(PortNo(1)));
    rig.run(5.0);
    rig.say(0x40, &format!("{NUMBER}01"));
    rig.run(40.0);
    assert_eq!(rig.of(0x3B).len(), 2);
    rig.say(0x40, &format!("{NUMBER}00"));
    rig.run(100.0);
    assert_eq!(rig.of(0x3B).len(), 2);
}

#[test]
fn a_late_pile_answers_a_stop_when_it_has_stopped() {
    let mut rig = charged(Profile::LateStop);
    rig.say(0x36, &format!("{ID}01"));
    rig.run(7.0);
    assert!(rig.of(0x35).is_empty());
    rig.run(2.0);
    assert_eq!(rig.only(0x35).hex(7, 3), "010100");
}

#[test]
fn mishaps_befall_every_session_of_their_profiles() {
    let mut fault = charged(Profile::Fault);
    fault.run(5.0);
    assert_eq!(fault.only(0x3B).body[149], 0x74);
    fault.run(200.0);
    assert_eq!(fault.of(0x13).last().expect("data").body[24], 2, "over");

    let mut away = charged(Profile::OfflineCharging);
    away.run(300.0);
    assert_eq!(away.connects.len(), 2);
    assert_eq!(away.of(0x13).last().expect("data").hex(0, 16), NUMBER);

    let mut refuser = Rig::new(Setup::new(ID, Kind::Dc).with_profile(Profile::Refuser));
    refuser.plug(1);
    refuser.start(1, NUMBER, 1_000);
    assert_eq!(refuser.only(0x33).hex(24, 2), "0003");

    let mut forgetful = charged(Profile::NoRecord);
    forgetful.act(&Action::Button(PortNo(1)));
    forgetful.run(600.0);
    assert!(forgetful.of(0x3B).is_empty());
}

#[test]
fn a_fast_pile_lives_an_hour_in_a_minute() {
    let mut setup = Setup::new(ID, Kind::Ac);
    setup.speed = 60;
    let mut rig = Rig::new(setup);
    rig.plug(1);
    rig.start(1, NUMBER, 1_000_000);
    rig.run(60.0);
    rig.act(&Action::Button(PortNo(1)));
    rig.run(3.0);
    let record = rig.only(0x3B);
    let energy = record.number(112, 4);
    assert!((69_000..=70_000).contains(&energy), "{energy}");
    // From 14:01 to 15:01: what it says it took fits what it says it lasted.
    assert_eq!((record.body[27], record.body[34]), (14, 15));
}

#[test]
fn meters_may_fall_run_wild_or_tell_old_news() {
    let mut falling = charged(Profile::FallingMeter);
    falling.run(100.0);
    let energies: Vec<u64> = falling.of(0x13).iter().map(|up| up.number(46, 4)).collect();
    assert!(!energies.is_sorted(), "{energies:?}");

    let wild = record(Profile::WildEnergy);
    let energy = wild.number(112, 4);
    assert_eq!(wild.number(107, 5) - wild.number(102, 5), energy);
    assert_eq!(energy, 20 * record(Profile::Normal).number(112, 4));

    let mut stale = charged(Profile::Stale);
    stale.act(&Action::Button(PortNo(1)));
    stale.run(5.0);
    stale.forget();
    stale.act(&Action::Cut { silent: false });
    stale.act(&Action::Restore);
    stale.run(15.0);
    let data = stale.of(0x13);
    assert_eq!((data[0].hex(0, 16), data[0].body[24]), (NUMBER.into(), 3));
    assert_eq!(data[1].hex(0, 16), "0".repeat(32));
}

#[test]
fn vehicles_and_clocks_can_be_changed_by_hand() {
    let mut rig = charged(Profile::Normal);
    rig.act(&Action::SetSoc {
        port: PortNo(1),
        percent: 99,
    });
    rig.run(600.0);
    assert_eq!(rig.only(0x3B).body[149], 0x41);
    rig.act(&Action::Vehicle {
        port: PortNo(1),
        name: "bus_250kwh".to_owned(),
    });
    rig.act(&Action::ClockLost);
    rig.forget();
    rig.start(1, "32010600019236012410201500000002", 1_000_000);
    rig.run(60.0);
    assert_eq!(&rig.only(0x15).body[48..65], b"LZYTBGBW0P1000042");
    rig.act(&Action::EmergencyStop(PortNo(1)));
    rig.run(3.0);
    let record = rig.only(0x3B);
    assert_eq!(record.body[149], 0x72);
    assert_eq!(record.hex(24, 14), "0".repeat(28), "no time");
    rig.act(&Action::Alarm {
        port: PortNo(2),
        code: 13,
        on: true,
    });
    let data = rig.of(0x13).pop().expect("data");
    assert_eq!((data.body[23], data.number(58, 2)), (2, 0x1000));
}

#[test]
fn what_a_user_types_goes_out_hashed() {
    let mut rig = Rig::new(Setup::new(ID, Kind::Dc));
    rig.plug(1);
    rig.act(&Action::Swipe {
        port: PortNo(1),
        card: "1".to_owned(),
        balance_fen: 0,
        password: Some("123456".to_owned()),
    });
    let asked = rig.only(0x31);
    assert_eq!(asked.body[9], 1);
    // MD5 of 123456: e10adc3949ba59abbe56e057f20f883e.
    assert_eq!(&asked.body[18..34], b"49ba59abbe56e057");
}
