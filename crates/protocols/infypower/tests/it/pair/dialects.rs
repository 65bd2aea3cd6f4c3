//! The three dialects, AC and DC, and every documented peculiarity.

use super::{CODE, Mode, Pair, order};
use device::{ChargeKey, EndReason, EnergySplit, Event, Outcome};
use infypower::pile::{Dialect, Kind, PROFILES, Profile, Setup};
use kernel::{Energy, PortNo};

const DIALECTS: [Dialect; 3] = [Dialect::Infypower, Dialect::Lvneng, Dialect::Shenghong];

#[test]
fn a_charge_in_every_dialect_and_kind() {
    for dialect in DIALECTS {
        for kind in [Kind::Ac, Kind::Dc] {
            let mut pair = Pair::new(Setup::new(CODE, dialect, kind));
            assert_eq!(pair.traits.get("dialect"), Some(dialect.as_str()));
            pair.plug(1);
            let command = pair.start(1, Mode::Time(600), 1);
            pair.run(700);
            let outcome = pair.outcome(command);
            assert!(pair.is_accepted(command), "{dialect} {kind:?}: {outcome:?}");
            let end = pair.end();
            assert_eq!(end.charge, ChargeKey::Order(order(1)), "{dialect} {kind:?}");
            assert_eq!((end.duration_s, end.reason), (600, EndReason::Normal));
            assert_eq!(end.port, PortNo(1));
            // 90 kW or 7 kW for ten minutes; the meter began at 12345.67 kWh.
            let narrow = dialect == Dialect::Infypower;
            let energy = match (kind, narrow) {
                (Kind::Dc, _) => Energy::from_wh(15_000),
                (Kind::Ac, true) => Energy::from_wh(1_160),
                (Kind::Ac, false) => Energy::from_wh(1_166),
            };
            assert_eq!(end.energy, energy, "{dialect} {kind:?}");
            let details = end.details.as_ref().expect("an EV record");
            assert_eq!(details.doubts, Vec::<&str>::new(), "{dialect} {kind:?}");
            assert_eq!((pair.connections, pair.malformed), (1, 0));
        }
    }
}

#[test]
fn every_peculiarity_is_understood() {
    for dialect in DIALECTS {
        for (name, profile) in PROFILES {
            let mut pair = Pair::dc(dialect, profile);
            pair.plug(1);
            let command = pair.start(1, Mode::Time(300), 1);
            pair.run(900);
            let outcome = pair.outcome(command);
            match profile {
                Profile::Refuser | Profile::StartFails => {
                    assert!(
                        matches!(outcome, Some(Outcome::Refused(_))),
                        "{dialect} {name}: {outcome:?}"
                    );
                    assert!(pair.ends().is_empty(), "{dialect} {name}");
                    continue;
                }
                _ => assert!(pair.is_accepted(command), "{dialect} {name}: {outcome:?}"),
            }
            let ends = pair.ends();
            assert!(!ends.is_empty(), "{dialect} {name}");
            // V5.3 has no second place for the number.
            let nameless = matches!(profile, Profile::Firmware | Profile::NoOrderNo)
                && dialect == Dialect::Shenghong;
            let named = ends[0].charge == ChargeKey::Order(order(1));
            assert_eq!(named, !nameless, "{dialect} {name}: {:?}", ends[0].charge);
            assert!(ends[0].energy > Energy::ZERO, "{dialect} {name}");
            if profile != Profile::Noisy {
                assert_eq!(pair.malformed, 0, "{dialect} {name}");
            }
        }
    }
}

#[test]
fn records_that_cannot_be_billed_by_slots_say_so() {
    let record = |profile| {
        let mut pair = Pair::dc(Dialect::Infypower, profile);
        pair.plug(1);
        pair.start(1, Mode::Time(300), 1);
        pair.run(400);
        pair.end().clone()
    };
    let zero = record(Profile::ZeroSlots);
    let details = zero.details.as_ref().expect("an EV record");
    assert_eq!(details.split, EnergySplit::Whole, "never billed as nothing");
    assert_eq!(
        details.doubts,
        Vec::<&str>::new(),
        "the samples tell the split"
    );
    let rounded = record(Profile::Rounding);
    let details = rounded.details.as_ref().expect("an EV record");
    assert_eq!(
        details.doubts,
        Vec::<&str>::new(),
        "small differences are borne"
    );
    let EnergySplit::BySlot(slots) = &details.split else {
        panic!("{:?}", details.split);
    };
    assert_eq!(
        slots.iter().map(|slot| slot.0).sum::<i64>(),
        rounded.energy.0
    );
    let silent = record(Profile::NoReason);
    assert_eq!((silent.reason, silent.reason_raw), (EndReason::Normal, 0));
}

#[test]
fn a_stop_of_ours_explains_a_reason_of_nothing() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::NoReason);
    pair.plug(1);
    pair.start(1, Mode::Full(0), 1);
    pair.run(120);
    pair.stop(1, 1);
    pair.run(20);
    assert_eq!(pair.end().reason, EndReason::RemoteStop);
}

#[test]
fn a_pile_that_keeps_no_order_number_is_known_by_its_card() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::Firmware);
    pair.plug(1);
    let command = pair.start(1, Mode::Time(300), 1);
    pair.run(5);
    assert!(!pair.is_accepted(command), "not before energy flows");
    pair.run(10);
    assert!(pair.is_accepted(command));
    pair.run(400);
    assert_eq!(pair.end().charge, ChargeKey::Order(order(1)));
    // 0.1 W for 0.1 kW: shown as voltage times current.
    let progress = pair.progress();
    let power = progress.last().and_then(|last| last.power).expect("shown");
    assert!((895_000..905_000).contains(&power.0), "{power:?}");
}

#[test]
fn a_gun_that_connects_by_itself_is_a_device_of_its_own() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::PerGun);
    assert_eq!(pair.pile.id(), format!("{CODE}A"));
    pair.plug(1);
    let command = pair.start(1, Mode::Time(60), 1);
    pair.run(120);
    assert!(pair.is_accepted(command));
    assert_eq!(pair.end().port, PortNo(1));
}

#[test]
fn v20_carries_the_order_in_the_card_field() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::V20);
    assert_eq!(pair.traits.get("protocol_version"), Some("20"));
    pair.plug(1);
    pair.start(1, Mode::Time(60), 1);
    pair.run(120);
    let starts: Vec<_> = pair
        .downs
        .iter()
        .filter(|frame| frame[6] == 7 && frame[7] == 0)
        .collect();
    assert_eq!(starts[0].len(), 67 + 9);
    assert_eq!(pair.end().charge, ChargeKey::Order(order(1)));
}

#[test]
fn a_stubborn_pile_is_told_again_and_then_an_alarm_is_raised() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::StubbornStop);
    pair.plug(1);
    pair.start(1, Mode::Full(0), 1);
    pair.run(60);
    let alarms = pair.count("alarm");
    pair.stop(1, 1);
    pair.run(300);
    assert_eq!(pair.said(5), 3);
    assert!(pair.count("alarm") > alarms);
}

#[test]
fn implausible_records_are_passed_on_with_their_doubts() {
    for (profile, doubt) in [(Profile::MeterBack, "meter"), (Profile::TooMuch, "energy")] {
        let mut pair = Pair::dc(Dialect::Infypower, profile);
        pair.plug(1);
        pair.start(1, Mode::Time(300), 1);
        pair.run(400);
        let end = pair.end();
        let details = end.details.as_ref().expect("an EV record");
        assert!(
            details.doubts.contains(&doubt.into()),
            "{profile}: {:?}",
            details.doubts
        );
        assert_eq!(pair.said(201), 1, "{profile}: answered all the same");
    }
}

#[test]
fn tails_that_nobody_knows_are_borne() {
    for dialect in DIALECTS {
        let mut pair = Pair::dc(dialect, Profile::OddLength);
        pair.plug(1);
        pair.start(1, Mode::Time(300), 1);
        pair.run(400);
        let end = pair.end();
        assert_eq!(end.energy, Energy::from_centi_kwh(750), "{dialect}");
        let details = end.details.as_ref().expect("an EV record");
        assert_eq!(details.doubts, Vec::<&str>::new(), "{dialect}");
        assert_eq!(pair.malformed, 0);
    }
}

#[test]
fn unknown_codes_are_kept_with_their_numbers() {
    let mut pair = Pair::dc(Dialect::Infypower, Profile::StrangeCodes);
    pair.plug(1);
    pair.start(1, Mode::Full(0), 1);
    pair.run(120);
    pair.act(&pile::Action::EmergencyStop(PortNo(1)));
    pair.run(10);
    let end = pair.end();
    assert_eq!((end.reason, end.reason_raw), (EndReason::Unknown, 4_711));
    let alarm = pair
        .events
        .iter()
        .rev()
        .find_map(|envelope| match &envelope.event {
            Event::Faults(list) => list.faults.first(),
            _ => None,
        });
    assert_eq!(alarm.expect("listed").code, 777);
}
