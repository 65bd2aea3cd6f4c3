use super::{OccupancyClock, OccupancyRule};
use kernel::{Fen, Timestamp};

fn at(day: u16, hour: u16, minute: u16, second: u16) -> Timestamp {
    Timestamp::from_shanghai([2026, 3, day, hour, minute, second]).expect("a time")
}

fn rule() -> OccupancyRule {
    OccupancyRule::default()
}

fn fee(rule: &OccupancyRule, from: Timestamp, to: Timestamp) -> (i64, i64) {
    let fee = OccupancyClock::begun(from).fee(rule, to);
    (fee.units, fee.fen.0)
}

fn at_night() -> OccupancyRule {
    OccupancyRule {
        exempt_windows: vec![
            serde_json::from_str(r#"{"from":"22:00","to":"07:00"}"#).expect("a window"),
        ],
        ..rule()
    }
}

#[test]
fn oc1_the_night_is_exempt() {
    let fee = fee(&at_night(), at(1, 21, 30, 0), at(1, 22, 40, 0));
    assert_eq!(fee, (15, 750));
}

#[test]
fn oc2_a_started_unit_counts() {
    assert_eq!(fee(&rule(), at(1, 9, 0, 0), at(1, 9, 15, 30)), (1, 50));
}

#[test]
fn oc3_the_cap_holds() {
    assert_eq!(fee(&rule(), at(1, 9, 0, 0), at(1, 12, 20, 0)), (185, 5000));
    let uncapped = OccupancyRule {
        cap_fen: Fen(0),
        ..rule()
    };
    let dear = fee(&uncapped, at(1, 9, 0, 0), at(1, 12, 20, 0));
    assert_eq!(dear, (185, 9250));
}

#[test]
fn oc4_free_time_is_free_to_its_last_second() {
    assert_eq!(fee(&rule(), at(1, 9, 0, 0), at(1, 9, 15, 0)), (0, 0));
}

#[test]
fn oc5_units_of_a_quarter_of_an_hour() {
    let quarters = OccupancyRule {
        unit_minutes: 15,
        price_fen_per_unit: Fen(500),
        cap_fen: Fen(0),
        ..rule()
    };
    assert_eq!(fee(&quarters, at(1, 9, 0, 0), at(1, 9, 47, 0)), (3, 1500));
}

#[test]
fn the_clock_stands_still_while_the_device_is_away() {
    let rule = rule();
    let clock = OccupancyClock::begun(at(1, 9, 0, 0)).paused(&rule, at(1, 9, 10, 0));
    assert_eq!(clock.free_until(&rule), None);
    let clock = clock.resumed(at(1, 11, 0, 0));
    assert_eq!(clock.free_until(&rule), Some(at(1, 11, 5, 0)));
    assert_eq!(clock.fee(&rule, at(1, 11, 5, 0)).fen, Fen(0));
    assert_eq!(clock.fee(&rule, at(1, 11, 7, 0)).fen, Fen(100));
    let paused = clock.paused(&rule, at(1, 11, 7, 0));
    assert_eq!(paused.fee(&rule, at(1, 20, 0, 0)).fen, Fen(100));
}

#[test]
fn looking_at_the_clock_changes_nothing() {
    let rule = at_night();
    let begun = OccupancyClock::begun(at(1, 21, 30, 0));
    let looked = [at(1, 21, 40, 0), at(1, 21, 50, 0), at(1, 22, 30, 0)]
        .into_iter()
        .fold(begun, |clock, now| clock.at(&rule, now));
    let end = at(2, 8, 0, 0);
    assert_eq!(looked.fee(&rule, end), begun.fee(&rule, end));
}

#[test]
fn rules_are_checked_value_by_value() {
    assert_eq!(rule().check(), Ok(()));
    let field = |rule: OccupancyRule| rule.check().map_err(|fault| fault.field);
    let changed = |change: fn(&mut OccupancyRule)| {
        let mut rule = rule();
        change(&mut rule);
        rule
    };
    for (rule, name) in [
        (changed(|rule| rule.free_minutes = 1441), "free_minutes"),
        (changed(|rule| rule.unit_minutes = 0), "unit_minutes"),
        (
            changed(|rule| rule.price_fen_per_unit = Fen(0)),
            "price_fen_per_unit",
        ),
        (changed(|rule| rule.cap_fen = Fen(-1)), "cap_fen"),
    ] {
        assert_eq!(field(rule), Err(name.to_owned()));
    }
}

mod laws {
    use super::{OccupancyClock, at, at_night};
    use kernel::Timestamp;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn later_never_costs_less(first in 0_i64..400_000, more in 0_i64..400_000) {
            let rule = at_night();
            let begun = at(1, 12, 0, 0);
            let clock = OccupancyClock::begun(begun);
            let later = |s: i64| Timestamp(begun.0 + s * 1000);
            let (early, late) = (clock.fee(&rule, later(first)), clock.fee(&rule, later(first + more)));
            prop_assert!(early.fen <= late.fen && late.fen <= rule.cap_fen);
        }

        #[test]
        fn pauses_never_cost(run in 0_i64..100_000, away in 0_i64..100_000, rest in 0_i64..100_000) {
            let rule = super::rule();
            let begun = at(1, 12, 0, 0);
            let later = |s: i64| Timestamp(begun.0 + s * 1000);
            let paused = OccupancyClock::begun(begun)
                .paused(&rule, later(run))
                .resumed(later(run + away))
                .fee(&rule, later(run + away + rest));
            let whole = OccupancyClock::begun(begun).fee(&rule, later(run + rest));
            prop_assert_eq!(paused, whole);
        }
    }
}
