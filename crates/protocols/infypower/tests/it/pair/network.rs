//! What is lost on the way, and what comes twice.

use super::{CODE, Mode, Pair, order};
use device::{ChargeKey, Direction, EndReason, Outcome};
use infypower::pile::{Dialect, Kind, PROFILES, Profile, Setup};
use kernel::Energy;
use pile::Action;

fn command_of(frame: &[u8]) -> u16 {
    u16::from_le_bytes([frame[6], frame[7]])
}

/// Loses the first `count` frames of this command.
fn lose(command: u16, mut count: usize) -> super::Lose {
    Box::new(move |_, frame| {
        let hit = command_of(frame) == command && count > 0;
        count -= usize::from(hit);
        hit
    })
}

/// One frame in six, but the start itself: it is never repeated.
fn lossy(seed: u64) -> super::Lose {
    let mut state = seed;
    Box::new(move |_, frame| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        command_of(frame) != 7 && (state >> 33).is_multiple_of(6)
    })
}

fn pair() -> Pair {
    Pair::dc(Dialect::Infypower, Profile::Normal)
}

#[test]
fn a_lost_answer_to_a_start_is_replaced_by_the_state() {
    let mut pair = pair();
    pair.plug(1);
    pair.lose = Some(lose(8, 1));
    let command = pair.start(1, Mode::Time(300), 1);
    pair.run(30);
    assert!(pair.is_accepted(command), "{:?}", pair.outcome(command));
    assert_eq!(pair.said(7), 1, "a start is never repeated blindly");
}

#[test]
fn a_lost_start_lapses_and_nothing_charges() {
    let mut pair = pair();
    pair.plug(1);
    pair.lose = Some(lose(7, 1));
    let command = pair.start(1, Mode::Time(300), 1);
    pair.run(200);
    assert!(!pair.is_accepted(command), "{:?}", pair.outcome(command));
    assert!(
        pair.outcome(command)
            .is_some_and(|outcome| !matches!(outcome, Outcome::Written { .. }))
    );
    assert!(pair.ends().is_empty());
}

#[test]
fn a_lost_stop_is_repeated() {
    for lost in [5, 6] {
        let mut pair = pair();
        pair.plug(1);
        pair.start(1, Mode::Full(0), 1);
        pair.run(300);
        pair.lose = Some(lose(lost, 1));
        let stop = pair.stop(1, 1);
        pair.run(30);
        assert_eq!(pair.end().reason, EndReason::RemoteStop, "{lost}");
        assert!(pair.is_accepted(stop), "{lost}: {:?}", pair.outcome(stop));
    }
}

#[test]
fn a_record_comes_again_until_its_answer_arrives() {
    for lost in [202, 201] {
        let mut pair = pair();
        pair.plug(1);
        pair.start(1, Mode::Time(60), 1);
        pair.run(60);
        pair.lose = Some(lose(lost, 2));
        pair.run(60);
        // A repeat of what is stored is answered and not told again.
        let answers = if lost == 202 { 1 } else { 3 };
        assert_eq!((pair.ends().len(), pair.said(201)), (1, answers), "{lost}");
        pair.run(120);
        assert_eq!(pair.said(201), answers, "answered, and over");
    }
}

#[test]
fn a_record_that_is_not_stored_is_not_answered() {
    let mut pair = pair();
    pair.plug(1);
    pair.start(1, Mode::Time(60), 1);
    pair.run(30);
    pair.stores = false;
    pair.run(120);
    assert!(pair.ends().len() >= 5);
    assert_eq!(pair.said(201), 0);
    pair.stores = true;
    pair.run(15);
    assert_eq!(pair.said(201), 1);
}

#[test]
fn one_answer_for_each_record_and_none_unasked() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::RepeatRecord);
    pair.plug(1);
    pair.start(1, Mode::Time(60), 1);
    pair.run(120);
    assert_eq!((pair.ends().len(), pair.said(201)), (1, 2));
}

#[test]
fn a_charge_survives_a_lost_link() {
    for silent in [false, true] {
        let mut pair = pair();
        pair.plug(1);
        pair.start(1, Mode::Time(900), 1);
        pair.run(300);
        pair.act(&Action::Cut { silent });
        pair.run(120);
        let before = pair.progress().len();
        pair.act(&Action::Restore);
        pair.run(20);
        let progress = pair.progress();
        assert!(progress.len() > before);
        assert!(progress[before].duration_s > 400);
        assert_eq!(progress[before].charge, ChargeKey::Order(order(1)));
        pair.run(600);
        assert_eq!((pair.end().duration_s, pair.connections), (900, 2));
    }
}

#[test]
fn a_record_made_while_away_is_uploaded_after_the_return() {
    let mut pair = pair();
    pair.plug(1);
    pair.start(1, Mode::Time(300), 1);
    pair.run(60);
    pair.act(&Action::Cut { silent: true });
    pair.run(600);
    assert!(pair.ends().is_empty());
    pair.act(&Action::Restore);
    pair.run(30);
    let end = pair.end();
    assert_eq!(end.charge, ChargeKey::Order(order(1)));
    assert_eq!(end.energy, Energy::from_centi_kwh(750));
    assert_eq!(pair.said(201), 1);
}

#[test]
fn a_restart_of_the_pile_ends_the_charge_with_a_record() {
    let mut pair = pair();
    pair.plug(1);
    pair.start(1, Mode::Full(0), 1);
    pair.run(300);
    pair.act(&Action::Reboot { memory: true });
    pair.run(60);
    let end = pair.end();
    assert_eq!((end.reason, end.reason_raw), (EndReason::PowerOff, 2015));
    assert_eq!(pair.connections, 2);
}

#[test]
fn old_records_after_a_restart_are_answered_and_nothing_else() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::OldRecords);
    pair.plug(1);
    for sequence in 1..=3 {
        pair.start(1, Mode::Time(30), sequence);
        pair.run(60);
    }
    assert_eq!(pair.ends().len(), 3);
    pair.act(&Action::Reboot { memory: true });
    pair.run(60);
    assert_eq!((pair.ends().len(), pair.said(201)), (6, 6));
    let again: Vec<_> = pair.ends()[3..].iter().map(|end| &end.charge).collect();
    let first: Vec<_> = pair.ends()[..3].iter().map(|end| &end.charge).collect();
    assert_eq!(again, first);
}

#[test]
fn a_lossy_network_delays_everything_and_loses_nothing() {
    for seed in 1..=5_u64 {
        let mut pair = pair();
        pair.lose = Some(lossy(seed));
        pair.plug(1);
        let command = pair.start(1, Mode::Time(600), 1);
        pair.run(1500);
        assert!(
            pair.is_accepted(command),
            "{seed}: {:?}",
            pair.outcome(command)
        );
        let ends = pair.ends();
        assert!(!ends.is_empty(), "{seed}");
        assert!(ends.iter().all(|end| *end == ends[0]), "{seed}");
        assert_eq!(ends[0].energy, Energy::from_centi_kwh(1500), "{seed}");
        assert_eq!(pair.acknowledged(), 1, "{seed}");
    }
}

#[test]
fn noise_and_pieces_cost_nothing_but_bytes() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::Noisy);
    pair.run(60);
    pair.plug(1);
    let command = pair.start(1, Mode::Time(300), 1);
    pair.run(900);
    assert!(pair.is_accepted(command), "{:?}", pair.outcome(command));
    assert!(!pair.ends().is_empty());
}

#[test]
fn a_stranger_is_told_nothing() {
    let setup = Setup::new(CODE, Dialect::Infypower, Kind::Dc);
    let mut pair = Pair::with(setup, false);
    pair.run(300);
    assert!(pair.downs.is_empty());
    assert!(pair.events.is_empty());
    assert!(pair.connections > 5, "it tries again and again");
}

#[test]
fn silence_is_borne_for_ninety_seconds() {
    let mut pair = pair();
    // Nothing of the pile arrives any more.
    pair.lose = Some(Box::new(|direction, _| direction == Direction::Up));
    pair.run(60);
    assert!(pair.link.is_some());
    pair.run(60);
    assert!(pair.connections >= 2);
}

#[test]
fn odd_piles_on_a_lossy_network_get_their_records_stored() {
    for (name, profile) in PROFILES {
        for dialect in [Dialect::Infypower, Dialect::Lvneng, Dialect::Shenghong] {
            let mut pair = Pair::dc(dialect, profile);
            pair.lose = Some(lossy(7));
            pair.plug(1);
            pair.start(1, Mode::Time(300), 1);
            pair.run(2_400);
            if matches!(profile, Profile::Refuser | Profile::StartFails) {
                assert!(pair.ends().is_empty(), "{dialect} {name}");
                continue;
            }
            assert!(!pair.ends().is_empty(), "{dialect} {name}");
            assert!(pair.acknowledged() >= 1, "{dialect} {name}");
        }
    }
}
