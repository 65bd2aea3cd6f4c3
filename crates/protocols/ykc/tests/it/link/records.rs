//! Transaction records.

use super::{Body, Desk, NONE, SERIAL, START, record};
use device::{
    Answer, ChargeKey, EndReason, EndReport, EnergySplit, Event, RateShare, RecordDetails,
    StartSource,
};
use kernel::{Energy, Fen, PortNo};
use std::borrow::Cow;
use ykc::clock::Cp56Time;
use ykc::codes::{FrameType, RecordResult, StartFlag, StopReason};
use ykc::frame::{CrcOrder, seal};
use ykc::message::{DeepValley, Message, MeterData, Period, Periods, Record};
use ykc::value::{Gun, Ident};

fn told(record: Record) -> (Desk, EndReport) {
    let mut desk = Desk::new();
    desk.up(Body::Record(Box::new(record)));
    let Event::Ended(report) = desk.only() else {
        panic!("{:?}", desk.told());
    };
    let report = report.clone();
    (desk, report)
}

fn details(change: impl FnOnce(&mut Record)) -> RecordDetails {
    let mut changed = record(SERIAL);
    change(&mut changed);
    *told(changed).1.details.expect("details")
}

fn doubts(change: impl FnOnce(&mut Record)) -> Vec<Cow<'static, str>> {
    details(change).doubts
}

#[test]
fn a_record_in_neutral_words() {
    let (desk, report) = told(record(SERIAL));
    assert_eq!(report.charge, ChargeKey::Serial(SERIAL.to_owned()));
    assert_eq!((report.port, report.duration_s), (PortNo(1), 3_600));
    assert_eq!(report.energy, Energy(273_456));
    assert_eq!(report.device_amount, Some(Fen(3_735)), "37.3456");
    assert_eq!((report.reason, report.reason_raw), (EndReason::Full, 0x41));
    assert_eq!(report.ended_at, Some(START));
    let details = report.details.expect("details");
    assert_eq!(details.source, StartSource::Remote);
    assert_eq!(details.vin.as_deref(), Some("LGAG4PY5336000001"));
    assert_eq!(
        details.physical_card, None,
        "what stands there is no card when the app began"
    );
    assert_eq!(
        details.meter,
        Some((Energy(123_456_789_012), Energy(123_457_062_468)))
    );
    let share = |kind, energy, amount| RateShare {
        kind,
        energy: Energy(energy),
        amount: Some(Fen(amount)),
    };
    assert_eq!(
        details.split,
        EnergySplit::ByRate(vec![
            share(0, 0, 0),
            share(1, 200_000, 3_000),
            share(2, 73_456, 735),
            share(3, 0, 0),
        ])
    );
    assert!(details.doubts.is_empty());
    let envelope = desk.events.last().expect("one");
    assert!(envelope.raw.is_some() && envelope.receipt.is_some());
}

#[test]
fn a_record_is_confirmed_once_it_is_stored() {
    let mut desk = Desk::new();
    desk.says = None;
    let sequence = desk.up(Body::Record(Box::new(record(SERIAL))));
    assert!(desk.said().is_empty());
    desk.answer(Answer::Stored);
    assert_eq!(desk.last().sequence, sequence);
    let said = desk.said();
    assert!(matches!(&said[..], [Body::RecordConfirmation(answer)]
            if answer.transaction_no.to_string() == SERIAL && answer.result == RecordResult::Ok));
    // Repeats are confirmed each time; the platform knows that they are repeats.
    for _ in 0..3 {
        desk.up(Body::Record(Box::new(record(SERIAL))));
        desk.answer(Answer::Stored);
        assert_eq!(desk.kinds(), [FrameType::RecordConfirmation]);
    }
    assert_eq!(desk.told().len(), 4);
}

#[test]
fn a_record_that_could_not_be_stored_is_not_confirmed() {
    let mut desk = Desk::new();
    desk.says = None;
    desk.up(Body::Record(Box::new(record(SERIAL))));
    desk.answer(Answer::Silence);
    assert!(desk.said().is_empty());
    desk.answer(Answer::Stored);
    assert!(desk.said().is_empty(), "the receipt is used up");
}

#[test]
fn cards_are_named_where_a_card_began() {
    for (flag, source) in [
        (StartFlag::Card, StartSource::Card),
        (StartFlag::OfflineCard, StartSource::OfflineCard),
    ] {
        let details = details(|record| record.totals.start_flag = flag);
        assert_eq!(details.source, source);
        assert_eq!(details.physical_card.as_deref(), Some("0150BE785B3E781B"));
    }
    let by_vin = details(|record| record.totals.start_flag = StartFlag::Vin);
    assert_eq!(
        (by_vin.source, by_vin.physical_card),
        (StartSource::Vin, None)
    );
}

#[test]
fn five_periods_and_a_price_that_nobody_has() {
    let deep = |energy| {
        Some(DeepValley::of(Period {
            unit_price: 30_000,
            energy,
            loss_energy: 0,
            amount: 0,
        }))
    };
    assert!(doubts(|record| record.deep_valley = deep(0)).is_empty());
    let details = details(|record| {
        record.deep_valley = deep(1_000);
        record.totals.total_energy += 1_000;
        record.totals.total_loss_energy = 0;
    });
    assert_eq!(details.doubts, ["deep_valley"]);
    let EnergySplit::ByRate(shares) = details.split else {
        panic!("{:?}", details.split);
    };
    assert_eq!((shares.len(), shares[4].kind), (5, 4));
}

#[test]
fn a_record_of_the_next_version() {
    let (mut desk, report) = told(Record {
        meter: Some(MeterData {
            meter_no: Ident([1, 0, 0, 0, 0, 0]),
            meter_cipher: Ident([0x8B; 34]),
            meter_protocol_version: 1,
            meter_cipher_method: 0,
        }),
        ..record(SERIAL)
    });
    assert_eq!(report.energy, Energy(273_456));
    assert_eq!(desk.kinds(), [FrameType::RecordConfirmation]);
}

#[test]
fn sums_that_do_not_agree() {
    let zeros = |record: &mut Record| record.periods = Periods::of([Period::default(); 4]);
    let all_zero = details(zeros);
    assert_eq!(
        all_zero.split,
        EnergySplit::Whole,
        "made from what was metered"
    );
    assert!(all_zero.doubts.is_empty());
    let odd = details(|record| record.periods.peak_energy -= 101);
    assert_eq!(odd.split, EnergySplit::Whole);
    assert_eq!(odd.doubts, ["period_sum", "loss_energy"]);
    assert!(
        details(|record| {
            record.totals.total_energy += 100;
            record.totals.total_loss_energy += 100;
        })
        .doubts
        .is_empty(),
        "within 0.01 kWh"
    );
}

#[test]
fn energy_adjusted_for_losses_is_doubted() {
    let unfilled = doubts(|record| {
        record.periods.peak_loss_energy = 0;
        record.periods.flat_loss_energy = 0;
        record.totals.total_loss_energy = 0;
    });
    assert!(unfilled.is_empty());
    assert_eq!(
        doubts(|record| record.totals.total_loss_energy += 1),
        ["loss_energy"]
    );
}

#[test]
fn clocks_that_were_never_set() {
    let never = |record: &mut Record| {
        record.head.start_time = Cp56Time([0, 0, 0, 0, 1, 1, 0]);
        record.head.end_time = Cp56Time([0, 0, 0, 1, 1, 1, 0]);
    };
    let mut unset = record(SERIAL);
    never(&mut unset);
    let (_, report) = told(unset);
    assert_eq!((report.duration_s, report.ended_at), (0, None));
    let details = report.details.expect("details");
    assert_eq!(details.started_at, None);
    assert_eq!(details.doubts, ["clock"]);
    assert_eq!(
        doubts(|record| record.head.end_time = Cp56Time::default()),
        ["clock"]
    );
    let backwards = doubts(|record| {
        std::mem::swap(&mut record.head.start_time, &mut record.head.end_time);
    });
    assert_eq!(backwards, ["clock"]);
    let tomorrow = doubts(|record| {
        record.head.end_time = Cp56Time::from(START + std::time::Duration::from_hours(25));
    });
    assert_eq!(tomorrow, ["clock"]);
}

#[test]
fn unknown_reasons_keep_their_number() {
    let mut odd = record(SERIAL);
    odd.totals.stop_reason = StopReason::from(0xC3);
    let (_, report) = told(odd);
    assert_eq!(
        (report.reason, report.reason_raw),
        (EndReason::Unknown, 0xC3)
    );
}

#[test]
fn records_of_unknown_length_are_kept_and_confirmed() {
    for (length, told, confirmed) in [
        (157, 1, 1),
        (190, 1, 1),
        (24, 1, 1),
        (23, 0, 0),
        (201, 1, 1),
    ] {
        let mut body = Vec::new();
        Message::from(Body::Record(Box::new(record(SERIAL)))).write(&mut body);
        body.resize(length, 0);
        let mut bytes = Vec::new();
        seal(
            FrameType::Record,
            [9, 0],
            CrcOrder::LowHigh,
            &mut bytes,
            |out| out.extend_from_slice(&body),
        )
        .expect("short");
        let mut desk = Desk::new();
        desk.bytes(&bytes);
        assert_eq!(desk.told().len(), told, "{length}");
        assert_eq!(desk.kinds().len(), confirmed, "{length}");
        if let [Event::Ended(report)] = desk.told()[..] {
            let details = report.details.as_ref().expect("details");
            assert_eq!(details.doubts, ["length"]);
            assert_eq!(report.charge, ChargeKey::Serial(SERIAL.to_owned()));
            assert_eq!(report.energy, Energy::ZERO, "money is not guessed");
        }
        assert_eq!(desk.closed(), None);
    }
}

#[test]
fn records_without_a_number_or_of_other_guns() {
    let (_, report) = told(record(NONE));
    assert_eq!(report.charge, ChargeKey::Port);
    let mut fifth = record(SERIAL);
    fifth.head.head.gun_no = Gun(5);
    assert_eq!(told(fifth).1.port, PortNo(5), "records are never dropped");
}

#[test]
fn records_of_guns_that_no_pile_has_are_kept_and_confirmed() {
    for gun in [0, 0x33, 0xEE] {
        let mut nowhere = record(SERIAL);
        nowhere.head.head.gun_no = Gun(gun);
        let (mut desk, report) = told(nowhere);
        assert_eq!(report.port, PortNo(1));
        assert_eq!(report.charge, ChargeKey::Serial(SERIAL.to_owned()));
        assert_eq!(report.energy, Energy(273_456));
        assert_eq!(report.details.expect("details").doubts, ["gun_no"]);
        let said = desk.said();
        assert!(matches!(&said[..], [Body::RecordConfirmation(answer)]
            if answer.result == RecordResult::Ok));
    }
    // Without a number either, it is nobody's: not of what runs at the first gun.
    let mut nobody = record(NONE);
    nobody.head.head.gun_no = Gun(0);
    assert_eq!(told(nobody).1.charge, ChargeKey::Serial(NONE.to_owned()));
    // Neither is its length known.
    let mut body = Vec::new();
    let mut nowhere = record(SERIAL);
    nowhere.head.head.gun_no = Gun(0);
    Message::from(Body::Record(Box::new(nowhere))).write(&mut body);
    body.truncate(100);
    let mut bytes = Vec::new();
    seal(
        FrameType::Record,
        [9, 0],
        CrcOrder::LowHigh,
        &mut bytes,
        |out| out.extend_from_slice(&body),
    )
    .expect("short");
    let mut desk = Desk::new();
    desk.bytes(&bytes);
    assert!(matches!(desk.only(), Event::Ended(report)
        if report.details.as_ref().is_some_and(|it| it.doubts == ["length", "gun_no"])));
    assert_eq!(desk.kinds(), [FrameType::RecordConfirmation]);
}
