//! Lost links, lost frames, odd piles.

use super::{Pair, key};
use device::{EndReason, Outcome};
use kernel::PortNo;
use pile::Action;
use ykc::pile::{Kind, PROFILES, Profile, Setup};

#[test]
fn a_charge_outlives_its_connection() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.start(1, 1, 10_000);
    pair.run(120);
    let before = pair.progress().len();
    pair.act(&Action::Cut { silent: true });
    pair.link = None;
    pair.run(300);
    assert_eq!(pair.progress().len(), before);
    pair.act(&Action::Restore);
    pair.run(60);
    let progress = pair.progress();
    assert!(progress.len() > before);
    assert_eq!(progress[before].charge, key(1, 1));
    assert!(
        progress[before].duration_s >= 360,
        "{}",
        progress[before].duration_s
    );
    pair.run(6_000);
    assert_eq!(pair.ends().len(), 1);
}

#[test]
fn a_restarted_platform_finds_the_charge_running() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.start(1, 1, 10_000);
    pair.run(120);
    pair.restart_platform();
    pair.run(60);
    assert_eq!(pair.connections, 2);
    let command = pair.stop(1, 1);
    pair.run(10);
    assert!(pair.accepted(command));
    assert_eq!(pair.ends()[0].reason, EndReason::RemoteStop);
}

#[test]
fn a_record_of_a_charge_that_ended_alone_comes_after_the_login() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.start(1, 1, 500);
    pair.run(60);
    pair.act(&Action::Cut { silent: true });
    pair.link = None;
    pair.run(900);
    assert!(pair.ends().is_empty());
    pair.act(&Action::Restore);
    pair.run(30);
    let ends = pair.ends();
    assert_eq!(ends.len(), 1);
    assert_eq!(ends[0].charge, key(1, 1));
    assert!(ends[0].ended_at.is_some());
}

#[test]
fn a_power_cut_ends_a_charge_with_a_record() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.start(1, 1, 10_000);
    pair.run(120);
    pair.act(&Action::Reboot { memory: true });
    pair.link = None;
    pair.run(60);
    assert_eq!(pair.ends()[0].reason, EndReason::PowerOff);
}

#[test]
fn what_is_not_stored_is_not_confirmed() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.start(1, 1, 10_000);
    pair.run(60);
    pair.stores = false;
    pair.act(&Action::Button(PortNo(1)));
    pair.run(80);
    assert!(pair.ends().len() >= 2, "it comes again");
    assert_eq!(pair.told(0x40), 0);
    pair.stores = true;
    pair.run(40);
    assert_eq!(pair.told(0x40), 1);
    let so_far = pair.ends().len();
    pair.run(900);
    assert_eq!(pair.ends().len(), so_far);
}

#[test]
fn duplicate_records_are_told_alike_and_confirmed_each() {
    let setup = Setup::new(super::ID, Kind::Dc).with_profile(Profile::RepeatedRecords);
    let mut pair = Pair::new(setup);
    pair.plug(1);
    pair.start(1, 1, 10_000);
    pair.run(60);
    pair.act(&Action::Button(PortNo(1)));
    pair.run(300);
    let ends = pair.ends();
    assert_eq!(ends.len(), 3);
    assert!(ends.iter().all(|end| *end == ends[0]));
    assert_eq!(pair.told(0x40), 3);
}

#[test]
fn a_lost_stop_is_repeated() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.start(1, 1, 10_000);
    pair.run(60);
    let mut lost = 0;
    pair.lose = Some(Box::new(move |_, raw| {
        lost += u32::from(raw[5] == 0x36);
        raw[5] == 0x36 && lost == 1
    }));
    let command = pair.stop(1, 1);
    pair.run(30);
    assert!(pair.accepted(command), "{:?}", pair.outcome(command));
    assert_eq!(pair.told(0x36), 2);
    assert_eq!(pair.ends().len(), 1);
}

#[test]
fn a_lost_start_answer_is_no_failed_start() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.lose = Some(Box::new(|_, raw| raw[5] == 0x33));
    let command = pair.start(1, 1, 10_000);
    pair.run(100);
    assert!(!matches!(pair.outcome(command), Some(Outcome::Refused(_))));
    assert!(!pair.progress().is_empty(), "it charges all the same");
}

#[test]
fn a_network_that_loses_every_seventh_frame_loses_no_charge() {
    for offset in 0..7 {
        let mut pair = Pair::dc();
        pair.plug(1);
        let mut count = offset;
        pair.lose = Some(Box::new(move |_, _| {
            count += 1;
            count % 7 == 0
        }));
        let command = pair.start(1, 1, 2_000);
        pair.run(3_600);
        let refused = matches!(pair.outcome(command), Some(Outcome::Refused(_)));
        assert!(!refused, "offset {offset}: {:?}", pair.outcome(command));
        if pair.told(0x34) > 0 && !pair.progress().is_empty() {
            let ends = pair.ends();
            assert!(!ends.is_empty(), "offset {offset}");
            assert!(ends.iter().all(|end| *end == ends[0]), "offset {offset}");
        }
        assert_eq!(pair.malformed, 0);
    }
}

#[test]
fn odd_piles_are_understood_and_never_cut_off() {
    for (name, profile) in PROFILES {
        if profile == Profile::Refuser {
            continue;
        }
        let mut pair = Pair::new(Setup::new(super::ID, Kind::Dc).with_profile(profile));
        pair.run(60);
        pair.plug(1);
        let command = pair.start(1, 1, 1_000);
        pair.run(1_200);
        let outcome = pair.outcome(command);
        assert!(
            !matches!(outcome, Some(Outcome::Refused(_))),
            "{name}: {outcome:?}"
        );
        assert!(!pair.progress().is_empty(), "{name}");
        if profile != Profile::NoRecord {
            let ends = pair.ends();
            assert!(!ends.is_empty(), "{name}");
            assert!(ends[0].energy.0 > 0, "{name}");
            assert_eq!(ends[0].charge, key(1, 1), "{name}");
        }
        if profile != Profile::Noisy {
            assert_eq!(pair.malformed, 0, "{name}");
        }
    }
}

/// What the platform must not bill blindly.
#[test]
fn implausible_records_carry_their_doubts() {
    for (profile, doubtful) in [
        (Profile::Normal, false),
        (Profile::ZeroLoss, false),
        (Profile::CutToFen, false),
        (Profile::ZeroPeriods, true),
    ] {
        let mut pair = Pair::new(Setup::new(super::ID, Kind::Dc).with_profile(profile));
        pair.plug(1);
        pair.start(1, 1, 1_000);
        pair.run(900);
        let ends = pair.ends();
        let details = ends[0].details.as_deref().expect("details");
        let rebuilt = details.split == device::EnergySplit::Whole;
        assert_eq!(
            rebuilt || !details.doubts.is_empty(),
            doubtful,
            "{profile}: {:?}",
            details.doubts
        );
    }
}

#[test]
fn a_refusal_and_silence_are_told_apart() {
    let setup = Setup::new(super::ID, Kind::Dc).with_profile(Profile::Refuser);
    let mut pair = Pair::new(setup);
    pair.plug(1);
    let refused = pair.start(1, 1, 1_000);
    pair.run(5);
    assert!(matches!(pair.outcome(refused), Some(Outcome::Refused(_))));
    pair.act(&Action::Ignore(true));
    pair.plug(2);
    let ignored = pair.start(2, 2, 1_000);
    pair.run(180);
    assert!(
        matches!(pair.outcome(ignored), Some(Outcome::Lapsed { .. })),
        "{:?}",
        pair.outcome(ignored)
    );
}

/// The link tells what it hears; the rules of orders judge it, the same for every protocol.
#[test]
fn a_meter_that_falls_back_is_told_as_it_is_and_ends_right() {
    let setup = Setup::new(super::ID, Kind::Dc).with_profile(Profile::FallingMeter);
    let mut pair = Pair::new(setup);
    pair.plug(1);
    pair.start(1, 1, 10_000);
    pair.run(300);
    let energies: Vec<i64> = pair.progress().iter().map(|it| it.energy.0).collect();
    assert!(!energies.is_sorted(), "{energies:?}");
    pair.act(&Action::Button(PortNo(1)));
    pair.run(10);
    let highest = energies.into_iter().max().expect("some");
    assert!(pair.ends()[0].energy.0 >= highest);
}

#[test]
fn a_clock_that_was_lost_is_no_end_in_1970() {
    let mut pair = Pair::dc();
    pair.plug(1);
    pair.start(1, 1, 10_000);
    pair.run(60);
    pair.act(&Action::ClockLost);
    pair.act(&Action::Button(PortNo(1)));
    pair.run(10);
    let ends = pair.ends();
    assert_eq!(ends[0].ended_at, None);
    assert!(ends[0].energy.0 > 0);
    assert!(
        ends[0]
            .details
            .as_deref()
            .is_some_and(|it| it.started_at.is_none())
    );
}
