use super::*;
use crate::alarm::AlarmCode;
use kernel::{Energy, Fen, OrderNo, PortNo, Timestamp};
use std::time::Duration;

fn rule() -> ParkingRule {
    ParkingRule {
        vendor: "mock".into(),
        lot_id: "P1".into(),
        relief: Relief::FreeMinutes { minutes: 120 },
        min_energy: Energy(50_000),
        min_fen: Fen(500),
        min_minutes: 10,
        cap_per_day: Some(1),
        plate: PlateRule::Required,
    }
}

fn charge() -> ParkedCharge<'static> {
    ParkedCharge {
        plate: Some("沪AD12345"),
        energy: Energy(50_000),
        total: Fen(500),
        lasted: Duration::from_mins(10),
        reliefs_today: 0,
    }
}

#[test]
fn every_condition_counts() {
    let decide = |change: fn(&mut ParkedCharge<'_>)| {
        let mut charge = charge();
        change(&mut charge);
        rule().decide(&charge)
    };
    assert_eq!(decide(|_| ()), Ok(Relief::FreeMinutes { minutes: 120 }));
    for (change, refusal) in [
        (
            (|c| c.plate = None) as fn(&mut ParkedCharge<'_>),
            ReliefRefusal::NoPlate,
        ),
        (|c| c.plate = Some(" "), ReliefRefusal::NoPlate),
        (|c| c.energy = Energy(49_999), ReliefRefusal::TooLittle),
        (|c| c.total = Fen(499), ReliefRefusal::TooCheap),
        (
            |c| c.lasted = Duration::from_secs(599),
            ReliefRefusal::TooShort,
        ),
        (|c| c.reliefs_today = 1, ReliefRefusal::CapReached),
    ] {
        assert_eq!(decide(change), Err(refusal));
    }
    let open = ParkingRule {
        plate: PlateRule::Optional,
        cap_per_day: None,
        ..rule()
    };
    let unknown = ParkedCharge {
        plate: None,
        reliefs_today: 9,
        ..charge()
    };
    assert!(open.decide(&unknown).is_ok());
}

#[test]
fn rules_are_checked_and_stored() {
    let field = |change: fn(&mut ParkingRule)| {
        let mut rule = rule();
        change(&mut rule);
        rule.check().map_err(|fault| fault.field)
    };
    assert_eq!(field(|_| ()), Ok(()));
    for (change, name) in [
        (
            (|r| r.vendor = String::new()) as fn(&mut ParkingRule),
            "vendor",
        ),
        (|r| r.lot_id = " ".into(), "lot_id"),
        (
            |r| r.relief = Relief::FreeMinutes { minutes: 0 },
            "relief.minutes",
        ),
        (|r| r.relief = Relief::FreeFen { fen: Fen(0) }, "relief.fen"),
        (
            |r| r.relief = Relief::Percent { percent: 101 },
            "relief.percent",
        ),
        (|r| r.min_fen = Fen(-1), "min_fen"),
        (|r| r.min_energy = Energy(-1), "min_energy"),
        (|r| r.cap_per_day = Some(0), "cap_per_day"),
    ] {
        assert_eq!(field(change), Err(name.to_owned()));
    }
    let text = r#"{"vendor":"v","lot_id":"1","relief":{"type":"percent","percent":50},"plate":"optional"}"#;
    let stored: ParkingRule = serde_json::from_str(text).expect("a rule");
    assert_eq!(stored.relief, Relief::Percent { percent: 50 });
    assert_eq!(stored.check(), Ok(()));
}

#[test]
fn the_record_speaks_the_units_of_car_parks() {
    let record = ParkingRecord {
        station_no: "S1".into(),
        order_no: OrderNo::compose("APP", 1_772_323_200, 1).expect("legal parts"),
        plate: Some("沪a·D12345".into()),
        start: Timestamp(0),
        end: Timestamp(600_000),
        energy: Energy(308_505),
        elec: Fen(2345),
        service: Fen(1234),
        speed: ChargeSpeed::Fast,
        device: "82210225000520".parse().expect("an id"),
        port: PortNo(1),
        mobile: None,
        relief: rule().relief,
    };
    let record = record.with_plain_plate();
    assert_eq!(record.plate.as_deref(), Some("沪AD12345"));
    assert_eq!(record.quantity_wh(), 30_851);
    assert_eq!(record.total(), Fen(3579));
    let strange = ParkingRecord {
        plate: Some("· ".into()),
        ..record
    };
    assert_eq!(strange.with_plain_plate().plate, None);
}

#[test]
fn a_silent_car_park_is_asked_three_times_more() {
    let mut waited = Duration::ZERO;
    for failures in 0..RETRIES_MAX {
        let step = Handover::Pending.next(Answer::None, failures);
        assert_eq!(step.to, Handover::Pending);
        for effect in step.effects {
            match effect {
                HandoverEffect::SendAfter(delay) => waited += delay,
                HandoverEffect::Raise(code) => panic!("{code} is too early"),
            }
        }
    }
    assert_eq!(waited, Duration::from_mins(30));
    let last = Handover::Pending.next(Answer::Code(500), RETRIES_MAX);
    assert_eq!(last.to, Handover::Failed);
    let raised = HandoverEffect::Raise(AlarmCode::ParkingReliefFailed);
    assert_eq!(last.effects, [raised]);
    assert_eq!(retry_delay(0), None);
}

#[test]
fn answers_are_final() {
    let after = |answer| Handover::Pending.next(answer, 1).to;
    assert_eq!(after(Answer::TAKEN), Handover::Done);
    assert_eq!(after(Answer::NOT_PARKED), Handover::NotParked);
    for over in [Handover::Done, Handover::NotParked, Handover::Failed] {
        assert_eq!(over.next(Answer::None, 0).to, over);
    }
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn more_charging_never_loses_relief(
            energy in 0_i64..200_000,
            total in 0_i64..2000,
            minutes in 0_u64..60,
            more in 0_i64..100_000,
        ) {
            let less = ParkedCharge {
                energy: Energy(energy),
                total: Fen(total),
                lasted: Duration::from_mins(minutes),
                ..charge()
            };
            let further = ParkedCharge {
                energy: Energy(energy + more),
                total: Fen(total + more),
                ..less
            };
            if rule().decide(&less).is_ok() {
                prop_assert!(rule().decide(&further).is_ok());
            }
        }

        #[test]
        fn every_record_comes_to_an_end(codes in prop::collection::vec(1000_i64..1004, 4..8)) {
            let (mut state, mut sent) = (Handover::Pending, 0);
            for code in codes {
                if state == Handover::Pending {
                    state = state.next(Answer::Code(code), sent).to;
                    sent += 1;
                }
            }
            prop_assert_ne!(state, Handover::Pending);
            prop_assert!(sent <= RETRIES_MAX + 1);
        }
    }
}
